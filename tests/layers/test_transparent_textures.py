"""Pictures and movies with opacity, laid on surfaces: what is behind shines through."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import pyvista as pv
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

import moviemaker as mm
from moviemaker.data.globe.coordinates import globe_position

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def square(tmp_path, name, y):
    """Two units wide, upright, at a distance behind the plane y = 0."""
    mesh = pv.PolyData(np.array([(-1.0, y, -1), (1, y, -1), (1, y, 1), (-1, y, 1)]), faces=[4, 0, 1, 2, 3])
    mesh["uv"] = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    mesh.save(tmp_path / f"{name}.vtp")


def picture(left, right, shape=(8, 8)):
    """Left and right half of a picture, each a colour and an opacity."""
    pixels = np.empty((*shape, 4), np.uint8)
    pixels[:, : shape[1] // 2], pixels[:, shape[1] // 2 :] = left, right
    return Image.fromarray(pixels)


def still(tmp_path, layers, time=0.0, background="black"):
    """A picture of layers: a mesh and what it looks like, seen along y; 64 x 64 of two by two units."""
    scene = {
        "duration": 1,
        "fps": 10,
        "background": background,
        "data": {mesh: {"kind": "mesh", "file": f"{mesh}.vtp"} for mesh, _ in layers},
        "layers": [{"kind": "surface", "data": mesh, "shade": False} | looks for mesh, looks in layers],
        "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": {"lens": "orthographic", "height": 2, "size": [64, 64]}},
    }
    return mm.Scene.from_dict(scene, folder=tmp_path).still(time).astype(int)


@pytest.mark.parametrize("turned", [False, True])
def test_transparent_textures_show_what_is_behind_in_any_order_of_layers(tmp_path, turned):
    for name, y in (("wall", 1), ("far", 0), ("near", -1)):
        square(tmp_path, name, y)
    picture((*RED, 102), (*RED, 0)).save(tmp_path / "red.png")
    picture((*GREEN, 51), (*GREEN, 255)).save(tmp_path / "green.png")
    layers = [("wall", {"color": "blue"}), ("far", {"texture": "green.png"}), ("near", {"texture": "red.png"})]
    found = still(tmp_path, layers[::-1] if turned else layers)
    left = 0.4 * np.array(RED) + 0.6 * (0.2 * np.array(GREEN) + 0.8 * np.array(BLUE))
    assert found[32, 8] == pytest.approx(left, abs=2)
    assert found[32, 56] == pytest.approx(GREEN, abs=1)


def test_the_opacity_of_the_layer_multiplies_that_of_the_picture(tmp_path):
    square(tmp_path, "near", 0)
    picture((*WHITE, 128), (*WHITE, 255)).save(tmp_path / "half.png")
    found = still(tmp_path, [("near", {"texture": "half.png", "opacity": 0.5})])
    assert found[32, [8, 56], 0] == pytest.approx([64, 128], abs=2)


def test_colours_of_transparent_pixels_are_not_mixed_into_their_neighbours(tmp_path):
    square(tmp_path, "near", 0)
    picture((*GREEN, 0), (*RED, 255)).save(tmp_path / "cut.png")
    found = still(tmp_path, [("near", {"texture": "cut.png"})])
    assert (found[..., 1] <= 1).all(), "no green"
    edge = found[32, 26:38, 0]
    assert (np.diff(edge) >= 0).all(), "red fades out evenly"
    assert ((edge > 20) & (edge < 235)).sum() >= 4


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_opacity_is_found_however_the_file_holds_it(tmp_path, mode):
    square(tmp_path, "near", 0)
    if mode in ("RGBA", "LA"):
        picture((*WHITE, 0), (*WHITE, 255)).convert(mode).save(tmp_path / "cut.png")
    else:  # of one colour it is said that it is clear
        cut = picture((0, 0, 0, 255), (*WHITE, 255)).convert("RGB").convert(mode)
        clear = (0, 0, 0) if mode == "RGB" else int(np.asarray(cut)[0, 0])
        cut.save(tmp_path / "cut.png", transparency=clear)
    found = still(tmp_path, [("near", {"texture": "cut.png"})], background="blue")
    assert found[32, 8] == pytest.approx(BLUE, abs=1)
    assert found[32, 56] == pytest.approx(WHITE, abs=1)


def test_full_opacity_is_as_none(tmp_path):
    square(tmp_path, "near", 0)
    opaque = picture((10, 200, 30, 255), (90, 20, 255, 255))
    opaque.save(tmp_path / "with.png")
    opaque.convert("RGB").save(tmp_path / "without.png")
    pictures = [still(tmp_path, [("near", {"texture": f"{name}.png"})]) for name in ("with", "without")]
    assert (pictures[0] == pictures[1]).all()


def test_the_ground_is_visible_through_gaps_of_a_transparent_globe(tmp_path):
    west, east = np.meshgrid(np.linspace(-180, 180, 73), np.linspace(-90, 90, 37), indexing="ij")
    for name, radius in (("ground", 0.8), ("sky", 0.9)):
        x, y, z = np.moveaxis(globe_position([west.ravel(), east.ravel()], radius).reshape(73, 37, 3), -1, 0)
        pv.StructuredGrid(x, y, z).extract_surface(algorithm=None).save(tmp_path / f"{name}.vtp")
    # The camera looks along y: longitude -90 is in the middle, what is west of it on the left.
    sky = np.zeros((90, 180, 4), np.uint8)
    sky[:, 45:] = (*WHITE, 255)  # from longitude -90 on
    sky[:, 54:57] = (*WHITE, 0)  # a gap at -70, through which the far side of the sky is not visible
    Image.fromarray(sky).save(tmp_path / "sky.png")
    texture = {"file": "sky.png", "wrap": "lonlat"}
    found = still(tmp_path, [("sky", {"texture": texture}), ("ground", {"color": "green"})])
    green = (0, 128, 0)
    column = round(32 + 32 * 0.9 * np.sin(np.radians(20)))
    assert found[32, 20] == pytest.approx(green, abs=2)
    assert found[32, 36] == pytest.approx(WHITE, abs=2)
    assert found[32, column] == pytest.approx(green, abs=2)
    rim = round(32 - 32 * 0.85)
    assert found[32, rim] == pytest.approx(WHITE, abs=2), "beside the ground the far side of the sky is seen"


def test_a_picture_larger_than_opengl_takes_is_drawn_smaller(tmp_path, monkeypatch):
    from moviemaker.layers.textures import image

    monkeypatch.setattr(image, "LARGEST_SIDE", 64)
    square(tmp_path, "near", 0)
    picture((*RED, 255), (*WHITE, 255), (40, 160)).save(tmp_path / "large.png")
    laid = image.find_picture(tmp_path / "large.png").pixels
    assert laid.shape == (14, 54, 3)
    found = still(tmp_path, [("near", {"texture": "large.png"})])
    assert found[32, 8] == pytest.approx(RED, abs=1)
    assert found[32, 56] == pytest.approx(WHITE, abs=1)


def test_a_picture_with_too_many_pixels_is_an_error(tmp_path, monkeypatch):
    from moviemaker.layers.textures import image

    monkeypatch.setattr(image, "MOST_PIXELS", 99)
    square(tmp_path, "near", 0)
    Image.new("RGB", (20, 20)).save(tmp_path / "large.png")
    with pytest.raises(mm.SceneError, match="it has more than 99 pixels"):
        still(tmp_path, [("near", {"texture": "large.png"})])


def test_a_picture_may_have_sixteen_bits(tmp_path):
    square(tmp_path, "near", 0)
    Image.fromarray(np.full((8, 8), 100 * 257, np.uint16)).save(tmp_path / "grey.png")
    assert still(tmp_path, [("near", {"texture": "grey.png"})])[32, 32] == pytest.approx((100, 100, 100), abs=1)


MOVIES = {
    "m.mov": ["-c:v", "qtrle", "-pix_fmt", "argb"],
    "prores.mov": ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"],
    "m.webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-b:v", "1M", "-cpu-used", "8"],
    "vp8.webm": ["-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-b:v", "1M"],
    "m.mkv": ["-c:v", "ffv1", "-pix_fmt", "bgra"],
}


@pytest.mark.parametrize("name", MOVIES)
def test_movies_have_opacity_too(tmp_path, name):
    square(tmp_path, "near", 0)
    frames = np.empty((6, 32, 64, 4), np.uint8)
    frames[..., :3] = WHITE
    for number in range(6):
        frames[number, ..., 3] = 40 * number
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", "64x32", "-r", "10"]
    command += ["-i", "-", *MOVIES[name], str(tmp_path / name)]
    subprocess.run(command, input=frames.tobytes(), check=True)
    for number in (0, 1, 3, 5):
        found = still(tmp_path, [("near", {"texture": name})], time=number / 10, background="red")
        # red is 255 before and behind; white adds green and blue
        assert found[32, 32] == pytest.approx((255, 40 * number, 40 * number), abs=6)
