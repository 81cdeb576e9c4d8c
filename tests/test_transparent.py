"""`background: transparent`: every format and lens has the right opacity, and colours are as before black."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
import pyvista as pv

import moviemaker as mm
from moviemaker.core.colors import straight
from moviemaker.film.encode import encode
from moviemaker.film.inspect.probe import gather
from moviemaker.film.picture import read_picture
from moviemaker.film.settings import FilmSettings

COLOR = (204, 102, 51)
CAMERA = {"keyframes": [{"time": 0, "position": [0, 0, 10], "target": [0, 0, 0], "up": [0, 1, 0]}]}
FORMATS: dict[str, dict[str, object]] = {
    "png": {"format": "png"},
    "default": {},
    "webm": {"format": "webm"},
    "mkv": {"format": "mkv"},
}


def disk_scene(folder: Path, outputs: dict[str, Any], opacity: Any = 0.5, **scene: Any) -> mm.Scene:
    """An unlit disk of radius 1 that half of the light passes through, seen along z by parallel rays, 2.5 high."""
    pv.Disc(inner=0, outer=1, c_res=256).triangulate().save(folder / "disk.vtp")
    written = {
        "duration": 0.1,
        "fps": 20,
        "background": "transparent",
        "data": {"disk": {"kind": "mesh", "file": "disk.vtp"}},
        "layers": [
            {"kind": "surface", "data": "disk", "color": [c / 255 for c in COLOR], "opacity": opacity, "shade": False}
        ],
        "camera": CAMERA,
        "outputs": {
            name: {"lens": "orthographic", "height": 2.5, "size": [96, 96]} | keys for name, keys in outputs.items()
        },
    }
    return mm.Scene.from_dict(written | scene, folder=folder)


def decode(path: Path) -> np.ndarray:
    """The first frame of a movie, (height, width, 4), with the decoder that reads alpha."""
    decoder = ["-c:v", "libvpx-vp9"] if gather(path).codec == "VP9" else []
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *decoder, "-i", str(path), "-frames:v", "1"]
    command += ["-vf", "scale=flags=accurate_rnd+full_chroma_inp+full_chroma_int"]
    run = subprocess.run([*command, "-pix_fmt", "rgba", "-f", "rawvideo", "-"], capture_output=True, check=True)
    width, height = gather(path).size or (0, 0)
    return np.frombuffer(run.stdout, np.uint8).reshape(height, width, 4).astype(int)


def test_a_disk_of_known_coverage_comes_out_right_in_every_format(tmp_path):
    scene = disk_scene(tmp_path, FORMATS)
    truth = scene.still(0.0, "png").astype(int)
    assert truth[..., 3].sum() / 255 / truth[..., 3].size == pytest.approx(0.5 * np.pi / 2.5**2, rel=0.005)
    inside = np.hypot(*(np.indices((96, 96)) - 47.5)) < 30
    for name in FORMATS:
        (path,) = scene.render(name, out=tmp_path / "out")
        if path.is_dir():
            picture = read_picture(path / "scene_png_000001.png").astype(int)
        else:
            assert gather(path).clear, name
            picture = decode(path)
        assert np.abs(picture[inside, 3] - 127.5).max() <= 1.5, name
        assert (picture[0, :, 3] == 0).all(), name
        assert np.abs(picture[..., 3] - truth[..., 3]).max() <= 1, name
        seen = truth[..., 3] >= 8
        held = 2 + 128 / truth[seen, 3]  # straight colours of 8 bits cannot be finer where little is seen
        assert (np.abs(picture[seen, :3] - COLOR) <= held[:, None]).all(), name  # at the edges too: no dark fringe
    assert {path.suffix for path in (tmp_path / "out" / "scene").iterdir()} >= {".mov", ".webm", ".mkv"}


@pytest.mark.parametrize(("keys", "exact"), [({"format": "webm"}, 0), ({"codec": "prores"}, 1), ({"codec": "ffv1"}, 0)])
def test_opacities_of_an_edge_that_moves_are_kept(tmp_path, keys, exact):
    across, down = np.indices((96, 128))[::-1]
    frames = np.zeros((6, 96, 128, 4), np.uint8)
    frames[..., :3] = 204, 102, 51
    for number, frame in enumerate(frames):
        frame[..., 3] = np.rint(255 * np.clip(30.5 - np.hypot(across - 40 - 3.3 * number, down - 47.5), 0, 1))
    encoding = FilmSettings(**keys).with_default_format(clear=True)
    movie = encode(list(frames), encoding, (128, 96), 30, tmp_path / f"m.{encoding.format}")
    decoder = ["-c:v", "libvpx-vp9"] if encoding.format == "webm" else []
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        *decoder,
        "-i",
        str(movie),
        "-vf",
        "alphaextract,format=gray",
    ]
    found = subprocess.run([*command, "-f", "rawvideo", "-"], capture_output=True, check=True).stdout
    off = np.frombuffer(found, np.uint8).reshape(6, 96, 128).astype(int) - frames[..., 3]
    assert np.abs(off).max() <= exact


def test_a_volume_is_as_opaque_as_its_transfer_function_says(grid_scene):
    values = np.ones((8, 8, 8), np.float32)
    layer = {"range": [0, 1], "transfer": [[0, 0.2], [1, 0.2]], "unit_distance": 0.5}
    scene = grid_scene(values, [[-1, 1]] * 3, layer, background="transparent")
    picture = scene.still(0.0)
    assert np.abs(picture[..., 3] / 255 - (1 - 0.8 ** (2 / 0.5))).max() <= 1 / 255
    assert (picture[..., :3] >= 254).all()
    light = scene.still(0.0, linear=True)
    assert np.abs(light[..., 3] - (1 - 0.8 ** (2 / 0.5))).max() < 2e-4
    assert np.abs(light[..., :3] - light[..., 3:]).max() < 1e-4


LENSES: dict[str, dict[str, Any]] = {
    "flat": {"lens": "perspective", "size": [48, 32]},
    "fine": {"lens": "perspective", "size": [24, 16], "supersample": 2, "bits": 16, "format": "png"},
    "anaglyph": {"lens": "perspective", "size": [48, 32], "stereo": "anaglyph"},
    "around": {"lens": "equirectangular", "size": [48, 48], "stereo": "top-bottom"},
    "dome": {"lens": "domemaster", "size": [48, 48], "guides": True},
    "cube": {"lens": "cubemap", "size": [48, 32], "format": "png"},
}
VOLUME = {"kind": "volume", "data": "halo"}
GLOW = {"kind": "points", "data": "stream", "shape": "glow", "size": 0.6, "color": "orange"}
SPHERES = {"kind": "points", "data": "stream", "size": 1.0, "opacity": 0.6}
SURFACE = {"kind": "isosurface", "data": "halo", "levels": ["99%"], "opacity": 0.5}


@pytest.mark.parametrize(
    ("layers", "lenses"),
    [
        ([VOLUME | {"opacity": 0.7}, GLOW], LENSES),
        ([VOLUME | {"blend": "additive"}], ["flat", "anaglyph"]),
        ([VOLUME, SPHERES], ["flat"]),
        ([SURFACE, VOLUME | {"opacity": 0.5}], ["flat", "fine"]),
    ],
    ids=["lenses", "additive", "occluded", "peeled"],
)
def test_before_black_every_picture_is_what_it_is_with_a_black_background(layers, lenses):
    made = []
    for background in ("transparent", "black"):
        written = {
            "duration": 1,
            "background": background,
            "data": {
                "halo": {"kind": "sample", "name": "galaxy_halo", "shape": [16, 16, 16]},
                "stream": {"kind": "sample", "name": "tidal_stream", "count": 300},
            },
            "layers": layers,
            "camera": {"orbit": {"center": [0, 0, 0], "radius": 45, "elevation": 20}},
            "outputs": {name: LENSES[name] for name in lenses},
        }
        scene = mm.Scene.from_dict(written)
        made.append({name: scene.still(0.5, name) for name in lenses})
        scene.close()
    for name, picture in made[0].items():
        white = np.iinfo(picture.dtype).max
        over = picture[..., :3] / white * picture[..., 3:]
        assert np.abs(over - made[1][name]).max() <= 0.55, name
        assert picture[..., 3].max() > 0.2 * white, name
        assert (picture[picture[..., 3] == 0] == 0).all(), name
    if "dome" in lenses:
        assert (made[0]["dome"][[0, 0, -1, -1], [0, -1, 0, -1], 3] == 0).all()


def test_light_keeps_its_hue_before_white():
    glow = GLOW | {"color": "#ff8000"}
    written = {
        "duration": 1,
        "background": "transparent",
        "data": {"stream": {"kind": "sample", "name": "tidal_stream", "count": 300}},
        "layers": [glow],
        "camera": {"orbit": {"center": [0, 0, 0], "radius": 45, "elevation": 20}},
        "outputs": {"flat": {"lens": "perspective", "size": [48, 32]}},
    }
    picture = mm.Scene.from_dict(written).still(0.5).astype(int)
    faint = picture[(picture[..., 3] > 40) & (picture[..., 3] < 200)]
    assert len(faint) > 20
    assert (faint[:, 0] >= 250).all()
    assert np.abs(faint[:, 1] - 128).max() < 40  # near black, sRGB is a straight line
    assert (faint[:, 2] <= 3).all()


def test_a_stopped_render_carries_on_and_gives_the_same_bytes(tmp_path):
    scene = disk_scene(tmp_path, {"png": {"format": "png"}, "webm": {"format": "webm"}}, {0: 0.2, 0.1: 0.9})
    (folder,) = scene.render("png", out=tmp_path / "a")
    (movie,) = scene.render("webm", out=tmp_path / "a")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    whole = movie.read_bytes()
    (folder / "scene_png_000002.png").unlink()
    movie.unlink()
    next((movie.parent / ".scene_webm.frames").glob("*_000001.png")).unlink()
    scene.render(out=tmp_path / "a")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert movie.read_bytes() == whole


def test_metadata_for_players_leave_the_alpha_of_a_webm(tmp_path):
    output = {"lens": "equirectangular", "size": [64, 32], "format": "webm"}
    pv.Disc(inner=0, outer=1, c_res=64).triangulate().save(tmp_path / "disk.vtp")
    written = {
        "duration": 0.1,
        "fps": 20,
        "background": "transparent",
        "data": {"disk": {"kind": "mesh", "file": "disk.vtp"}},
        "layers": [{"kind": "surface", "data": "disk"}],
        "camera": {"keyframes": [{"time": 0, "position": [0, -0.3, 0.5], "target": [0, 0, 0], "up": [0, 0, 1]}]},
        "outputs": {"around": output},
    }
    scene = mm.Scene.from_dict(written, folder=tmp_path)
    (path,) = scene.render(out=tmp_path)
    facts = gather(path)
    assert facts.clear
    assert facts.readings[0].projection == "equirectangular"
    alpha = decode(path)[..., 3]
    assert np.abs(alpha - scene.still(0.0)[..., 3].astype(int)).mean() < 2
    assert alpha.min() == 0
    assert alpha.max() == 255


def problems_of(tmp_path: Path, background: str, output: str) -> list[str]:
    path = tmp_path / "s.yaml"
    path.write_text(
        f"duration: 1\nbackground: {background}\ncamera: {{orbit: {{center: [0, 0, 0], radius: 1}}}}\n"
        f"outputs:\n  hd:\n    lens: perspective\n    size: [64, 64]\n    {output}\n"
    )
    with pytest.raises(mm.SceneError) as caught:
        mm.load(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("format: mp4", "outputs.hd.format: format mp4 holds no alpha channel"),
        ("codec: h264", "outputs.hd.codec: H.264 has no alpha"),
        ("codec: av1", "outputs.hd.codec: AV1 has no alpha"),
        ("format: gif", "outputs.hd.format: in a GIF a pixel is transparent or not"),
    ],
)
def test_a_format_without_alpha_is_refused_at_its_line(tmp_path, output, what):
    (problem,) = problems_of(tmp_path, "transparent", output)
    assert f"s.yaml:8: {what}" in problem
    assert "write format: png or exr, codec: prores (in mov), vp9 (in webm) or ffv1 (in mkv)" in problem


@pytest.mark.parametrize(
    ("background", "what"),
    [
        ("{0: black, 1: transparent}", "background[1]: a transparent background cannot change into a colour"),
        ("transparant", "did you mean 'transparent'?"),
        ('"#00000000"', "write background: transparent"),
        ("[0, 0, 0, 0]", "write background: transparent"),
    ],
)
def test_what_is_meant_is_said(tmp_path, background, what):
    (problem,) = problems_of(tmp_path, background, "format: png")
    assert "s.yaml:2: background" in problem
    assert what in problem


@pytest.mark.parametrize("word", ["transparent", "Transparent", "none", "clear"])
def test_other_words_for_a_transparent_background_are_understood(tmp_path, word):
    scene = disk_scene(tmp_path, {"hd": {}}, background=word)
    film = scene.prepared.script.scene.outputs["hd"].film
    assert (film.format, film.codec, film.clear) == ("mov", "prores", True)


def test_an_output_that_asks_for_alpha_is_told_where_it_is(tmp_path):
    with pytest.raises(mm.SceneError, match=r"outputs.hd.alpha: .*background: transparent"):
        disk_scene(tmp_path, {"hd": {"alpha": True}}, background="black")


def test_colours_of_the_background_still_move(tmp_path):
    scene = disk_scene(tmp_path, {"png": {"format": "png"}}, 0.0, background={0: "black", 0.1: [1, 0.5, 0]})
    assert (scene.still(0.0)[0, 0] == 0).all()
    assert scene.still(0.1)[0, 0].tolist() == [255, 128, 0]


def test_the_storyboard_shows_squares_behind(tmp_path):
    scene = disk_scene(tmp_path, {"png": {"format": "png"}}, 0.0)
    sheet = scene.storyboard(pictures=1)
    assert sheet.shape[2] == 3
    assert {(102,) * 3, (122,) * 3} <= set(map(tuple, sheet.reshape(-1, 3).tolist()))


def test_straight_colours_are_the_rounded_quotients():
    opacity, color = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    within = color <= opacity
    picture = np.stack([color, color, color, opacity], axis=2).astype(np.uint8)
    found = straight(picture)[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.nan_to_num(np.floor(255 * color / opacity + 0.5))
    assert (found[within] == wanted[within]).all()
