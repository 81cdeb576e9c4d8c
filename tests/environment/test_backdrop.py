"""The sky behind plates: where its directions are in pictures of every lens, for every eye."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

import moviemaker as mm
from moviemaker.core.camera import Camera, View
from moviemaker.core.kinds import build, load_kind
from moviemaker.environment.backdrop import before
from moviemaker.environment.sky import Sky, resolve_sky
from moviemaker.lens import Lens
from moviemaker.rendering.made_from import frames_fingerprint
from moviemaker.scene.sky import SkyKeys
from moviemaker.stage.numerics.empty_plate import blank

LONGITUDE, LATITUDE = 25.0, 35.0
"""Of the dot, degrees, as globes count them: from x towards y, and upwards."""


def toward(longitude: float, latitude: float) -> np.ndarray:
    """The unit vector of a longitude and a latitude, degrees."""
    turn, rise = math.radians(longitude), math.radians(latitude)
    return np.array([math.cos(rise) * math.cos(turn), math.cos(rise) * math.sin(turn), math.sin(rise)])


def dotted(folder, longitude=LONGITUDE, latitude=LATITUDE, rows=360, radius=1.5):
    """A black picture of all directions with a white, round dot, whose radius is in degrees."""
    columns = 2 * rows
    u, v = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    turn, rise = -2 * np.pi * (u - 0.5), np.pi * (0.5 - v)
    seen = np.stack([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)], axis=-1)
    white = seen @ toward(longitude, latitude) > math.cos(math.radians(radius))
    Image.fromarray(np.repeat(255 * white[..., None], 3, axis=2).astype(np.uint8)).save(folder / "dot.png")
    return "dot.png"


def eye(azimuth: float, elevation: float, up=(0.0, 0.0, 1.0), ods=None) -> Camera:
    """A camera somewhere, that looks into a direction."""
    forward, up = toward(azimuth, elevation), np.array(up)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    return Camera(np.array([3.0, -2.0, 1.0]), forward, np.cross(right, forward), right, math.radians(60), up, 0.0, ods)


def picture(lens: Lens, camera: Camera, size: tuple[int, int], sky: Sky) -> np.ndarray:
    """What a lens shows of a sky alone."""
    plates = [before(blank(view.size, None, 8), view, sky) for view in lens.views(camera, size)]
    return lens.finish(lens.develop(plates, size), size)


def middle(found: np.ndarray) -> tuple[float, float]:
    """The middle of what is bright: column and row, in pixels from the upper left corner."""
    weight = found[..., 0].astype(float)
    assert weight.max() > 200
    rows, columns = np.indices(weight.shape)
    return ((columns + 0.5) * weight).sum() / weight.sum(), ((rows + 0.5) * weight).sum() / weight.sum()


@pytest.fixture
def sky(tmp_path) -> Sky:
    return Sky(resolve_sky(SkyKeys(file=dotted(tmp_path)), tmp_path), np.array([0.0, 0.0, 1.0]))


def test_a_dot_is_where_a_flat_picture_has_its_direction(sky):
    camera, size = eye(10, 25), (320, 200)
    lens = build(load_kind("lens", "perspective"), {"lens": "perspective"})
    direction = toward(LONGITUDE, LATITUDE)
    scale = 100 / math.tan(camera.fov / 2) / (direction @ camera.forward)
    expected = (160 + scale * (direction @ camera.right), 100 - scale * (direction @ camera.up))
    assert middle(picture(lens, camera, size, sky)) == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize("radius", [-0.05, 0.05, 0.0])
def test_both_eyes_see_the_dot_in_the_same_place_of_the_whole_sphere(sky, radius):
    from moviemaker.core.camera import Ods

    up = np.array([0.0, 0.0, 1.0])
    camera = eye(40, 10, ods=Ods(radius, up, (math.radians(60), math.radians(75))) if radius else None)
    lens = build(load_kind("lens", "equirectangular"), {"lens": "equirectangular"})
    found = middle(picture(lens, camera, (360, 180), sky))
    assert found == pytest.approx((180 + 40 - LONGITUDE, 90 - LATITUDE), abs=0.3)


def test_a_dot_is_where_a_dome_has_its_direction(sky):
    lens = build(load_kind("lens", "domemaster"), {"lens": "domemaster", "aperture": 200, "tilt": 0})
    away = (90 - LATITUDE) / 100 * 100  # the rim is 100 degrees and 100 pixels from the zenith
    turn = math.radians(LONGITUDE - 40)  # to the left of the front, which is below
    expected = (100 - away * math.sin(turn), 100 + away * math.cos(turn))
    assert middle(picture(lens, eye(40, 10), (200, 200), sky)) == pytest.approx(expected, abs=0.3)


def test_turn_takes_the_sky_from_x_towards_y_and_the_vertical_carries_it(tmp_path):
    lens = build(load_kind("lens", "perspective"), {"lens": "perspective"})
    keys = SkyKeys(file=dotted(tmp_path), turn=90)
    turned = Sky(resolve_sky(keys, tmp_path), np.array([0.0, 0.0, 1.0]))
    assert middle(picture(lens, eye(LONGITUDE + 90, LATITUDE), (64, 64), turned)) == pytest.approx((32, 32), abs=0.3)
    upright = Sky(resolve_sky(SkyKeys(file="dot.png"), tmp_path), np.array([0.0, 1.0, 0.0]))
    x, y, z = toward(LONGITUDE, LATITUDE)  # the rotation from z to y takes y to -z
    azimuth, elevation = math.degrees(math.atan2(z, x)), math.degrees(math.asin(-y))
    assert middle(picture(lens, eye(azimuth, elevation), (64, 64), upright)) == pytest.approx((32, 32), abs=0.3)


@pytest.mark.parametrize("place", [(180.0, 0.0), (0.0, 90.0), (77.0, -90.0)])
def test_the_sky_has_no_seam_at_180_degrees_nor_at_the_poles(tmp_path, place):
    sky = Sky(resolve_sky(SkyKeys(file=dotted(tmp_path, *place, radius=6)), tmp_path), np.array([0.0, 0.0, 1.0]))
    lens = build(load_kind("lens", "perspective"), {"lens": "perspective"})
    camera = eye(place[0] + 5, 0.9 * place[1], up=(0.0, 0.6, 0.8))
    found = picture(lens, camera, (400, 400), sky)
    direction = toward(*place)
    scale = 200 / math.tan(camera.fov / 2) / (direction @ camera.forward)
    expected = (200 + scale * (direction @ camera.right), 200 - scale * (direction @ camera.up))
    assert middle(found) == pytest.approx(expected, abs=1.0)
    lit = found[..., 0] > 127
    wide, tall = np.ptp(np.flatnonzero(lit.any(axis=0))) + 1, np.ptp(np.flatnonzero(lit.any(axis=1))) + 1
    assert lit.sum() == pytest.approx(np.pi / 4 * wide * tall, rel=0.05), "it is a whole, round disk"


def test_plates_of_all_depths_show_the_sky_through_what_is_translucent(tmp_path):
    sky = Sky(resolve_sky(SkyKeys(zenith=(0.5, 0.25, 0.75)), tmp_path), np.array([0.0, 0.0, 1.0]))
    camera = eye(0, 0)
    (view,) = build(load_kind("lens", "perspective"), {"lens": "perspective"}).views(camera, (4, 2))
    assert isinstance(view, View)
    for kind, white in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)):
        plate = np.zeros((2, 4, 4), kind)
        plate[0] = white
        plate[1, 2:] = (0, 0.25 * white, 0, 0.5 * white)
        found = before(plate, view, sky)
        assert found.dtype == kind
        assert found[0] / white == pytest.approx(np.ones((4, 3)), abs=1e-6)
        assert found[1, 0] / white == pytest.approx([0.5, 0.25, 0.75], abs=0.003)
        assert found[1, 3] / white == pytest.approx([0.25, 0.375, 0.375], abs=0.006)


SCENE = {
    "duration": 1,
    "fps": 2,
    "layers": [],
    "camera": {"orbit": {"radius": 5.0, "azimuth": 180, "elevation": 0}},
    "outputs": {"flat": {"lens": "perspective", "size": [32, 32]}},
}


def test_a_scene_shows_its_sky_and_fades_it(tmp_path):
    sky = {"zenith": [1, 1, 1], "brightness": {0: 1, 0.5: 0.25, "ease": "linear"}}
    scene = mm.Scene.from_dict({**SCENE, "sky": sky}, folder=tmp_path)
    assert scene.still(0, "flat")[16, 16] == pytest.approx((255, 255, 255), abs=1)
    assert scene.still(0.5, "flat")[16, 16] == pytest.approx((137, 137, 137), abs=1)  # a quarter of the light


def test_a_sky_that_only_lights_leaves_the_background(tmp_path):
    sky = {"zenith": [1, 1, 1], "visible": False}
    scene = mm.Scene.from_dict({**SCENE, "sky": sky, "background": [0, 0, 1]}, folder=tmp_path)
    assert scene.still(0, "flat")[16, 16] == pytest.approx((0, 0, 255))


def test_pictures_of_sixteen_bits_and_of_light_show_the_sky(tmp_path):
    outputs = {
        "deep": {"lens": "perspective", "size": [32, 32], "format": "png", "bits": 16},
        "light": {"lens": "perspective", "size": [32, 32], "format": "exr"},
    }
    scene = mm.Scene.from_dict({**SCENE, "sky": {"zenith": [0.5, 0.5, 0.5], "brightness": 9}, "outputs": outputs})
    light = 9 * ((0.5 + 0.055) / 1.055) ** 2.4
    assert scene.still(0, "light")[16, 16] == pytest.approx((light,) * 3, rel=0.001)
    assert scene.still(0, "deep")[16, 16] == pytest.approx((65535,) * 3)


def test_frames_are_made_from_the_picture_of_their_sky(tmp_path):
    found = []
    for latitude in (10, 10, 20):
        dotted(tmp_path, 0, latitude, rows=16, radius=30)
        prepared = mm.Scene.from_dict({**SCENE, "sky": "dot.png"}, folder=tmp_path).prepared
        found.append(frames_fingerprint(prepared, "flat", (32, 32)))
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_metal_without_a_sky_is_told(tmp_path):
    np.savez(tmp_path / "one.npz", position=np.zeros((1, 3)))
    layer = {"kind": "points", "data": "one", "metal": 1}
    written = {**SCENE, "data": {"one": {"kind": "particles", "file": "one.npz"}}, "layers": [layer]}
    assert any("write a sky" in warning for warning in mm.Scene.from_dict(written, folder=tmp_path).warnings)
    lit = mm.Scene.from_dict({**written, "sky": {"up": "white", "down": "grey"}}, folder=tmp_path)
    assert not any("write a sky" in warning for warning in lit.warnings)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"sky": {"file": "none.png"}}, "no such file"),
        ({"sky": "square.png"}, "twice as wide as high"),
        ({"sky": {"file": "broken.exr"}}, "not a picture that can be read"),
        ({"sky": {"zenith": "red", "file": "dot.png"}}, "a file and the zenith of a gradient are given"),
        ({"sky": {"horizon": "red"}}, "without a zenith"),
        ({"sky": {"zenith": "red"}, "background": "blue"}, "a background and a sky are given"),
        ({"sky": {"zenith": "red", "sharpness": 1}}, "unknown key 'sharpness'"),
    ],
)
def test_mistakes_are_told(tmp_path, keys, message):
    Image.new("RGB", (20, 20)).save(tmp_path / "square.png")
    (tmp_path / "broken.exr").write_bytes(b"\x76\x2f\x31\x01" + bytes(200))
    dotted(tmp_path, rows=16)
    with pytest.raises(mm.SceneError, match=message):
        mm.Scene.from_dict({**SCENE, **keys}, folder=tmp_path)


@pytest.mark.parametrize("format", ["exr", "hdr"])
def test_files_of_light_are_brighter_than_white(tmp_path, format):
    import subprocess

    from imageio_ffmpeg import get_ffmpeg_exe

    light = np.full((16, 32, 3), 4.0, "<f4")
    head = b"PF\n32 16\n-1.0\n"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "pfm_pipe", "-i", "-", str(tmp_path / f"bright.{format}")]
    subprocess.run(command, input=head + light.tobytes(), check=True)
    sky = Sky(resolve_sky(SkyKeys(file=f"bright.{format}"), tmp_path), np.array([0.0, 0.0, 1.0]))
    assert sky.table[sky.texels(0.1)] == pytest.approx(1.055 * 4 ** (1 / 2.4) - 0.055, rel=0.01)
    assert sky.environment(reflected=True).mean == pytest.approx((4, 4, 4), rel=0.01)
