"""EXR sequences: linear light, records of frames, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from PIL import Image

import moviemaker as mm
from moviemaker.core.colors import linear_from_srgb, srgb_from_linear
from moviemaker.core.errors import InputError, UserError
from moviemaker.film import exr
from moviemaker.film.frame_record import origin
from moviemaker.film.inspect.report import inspect
from moviemaker.film.picture import DamagedPicture, read_picture, write_picture
from tests.test_transparent import COLOR, disk_scene

HALF = 2.0**-11
"""Half floats are rounded to this part of themselves."""


def pixels(path: Path) -> np.ndarray:
    (picture,) = (channel.pixels for channel in OpenEXR.File(str(path)).channels().values())
    assert picture.dtype == np.float16
    return np.asarray(picture, float)


def picture(height: int = 40, width: int = 30, channels: int = 4) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 5, (height, width, channels)).astype(np.float32)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_is_kept_to_half_precision_by_every_reader(tmp_path, channels):
    made = picture(channels=channels)
    path = write_picture(tmp_path / "a.exr", made, made_from="A")
    assert np.abs(pixels(path) / made - 1).max() <= HALF
    assert (read_picture(path) == pixels(path)).all()
    assert write_picture(tmp_path / "b.exr", made, made_from="A").read_bytes() == path.read_bytes()
    assert exr.head_of(path) == exr.read_head(path.read_bytes())
    head = exr.head_of(path)
    assert head is not None
    assert (head.size, head.sort, head.pieces) == ((30, 40), "half floats", 3)
    assert head.channels == tuple("ABGR"[4 - channels :])


def test_light_beyond_half_floats_is_the_largest_of_them(tmp_path):
    path = write_picture(tmp_path / "a.exr", np.full((2, 2, 3), 1e9, np.float32))
    assert (pixels(path) == 65504).all()


def test_a_frame_is_known_by_its_record_and_an_edited_one_is_not(tmp_path):
    path = write_picture(tmp_path / "a.exr", picture(), made_from="A")
    found = exr.read_frame_file(path)
    assert (found.state, found.origin) == ("whole", origin("A"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert exr.read_frame_file(path).state == "cut short"
    path.write_bytes(bytes(len(whole)))
    assert exr.read_frame_file(path).state == "cut short"
    path.write_bytes(whole + b"more")
    assert exr.read_frame_file(path).state == "unknown"
    path.write_bytes(whole)
    assert exr.read_frame_file(path).state == "whole"

    file = OpenEXR.File(str(path))
    edited = file.channels()["RGBA"].pixels.copy()
    edited[7, 7] = 1
    OpenEXR.File(file.header(), {"RGBA": edited}).write(str(path))
    assert b"moviemaker\0string" in path.read_bytes()
    assert exr.read_frame_file(path).state == "unknown"
    assert exr.read_frame_file(write_picture(tmp_path / "b.exr", picture())).state == "unknown"
    assert exr.read_frame_file(tmp_path / "c.exr").state == "absent"


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "a.exr"
    for content in (b"", b"no picture", write_picture(path, picture()).read_bytes()[:200]):
        path.write_bytes(content)
        assert exr.head_of(path) is None
        with pytest.raises(DamagedPicture, match=r"a\.exr is damaged"):
            read_picture(path)


def test_other_formats_hold_what_a_screen_shows(tmp_path):
    light = np.array([[[0.5, 0.0, 3.0, 1.0], [0.25, 0.0, 0.0, 0.5], [0, 0, 0, 0]]], np.float32)
    with Image.open(write_picture(tmp_path / "a.png", light)) as image:
        assert np.asarray(image).tolist() == [[[188, 0, 255, 255], [188, 0, 0, 128], [0, 0, 0, 0]]]


def test_codes_become_light_with_colours_times_opacity(tmp_path):
    codes = np.array([[[188, 0, 255, 255], [188, 0, 0, 128], [9, 9, 9, 0]]], np.uint8)
    found = pixels(write_picture(tmp_path / "a.exr", codes))
    assert np.abs(found - [[[0.5, 0, 1, 1], [0.25, 0, 0, 0.5], [0, 0, 0, 0]]]).max() < 0.005


def outputs() -> dict[str, Any]:
    return {"exr": {"format": "exr"}, "fine": {"format": "png", "bits": 16}}


def test_a_disk_is_linear_light_with_colours_times_opacity(tmp_path):
    scene = disk_scene(tmp_path, outputs())
    (folder,) = scene.render("exr", out=tmp_path / "out")
    found, codes = pixels(folder / "scene_exr_000001.exr"), scene.still(0.0, "fine") / 65535
    wanted = linear_from_srgb(np.array(COLOR) / 255)
    assert np.abs(found[..., 3] - codes[..., 3]).max() <= 0.5 * HALF + 1 / 65535
    seen = found[..., 3] > 0.02
    straight = found[seen, :3] / found[seen, 3:]
    assert np.abs(straight / wanted - 1).max() <= 4 * HALF  # at the edges too: no dark fringe
    assert (found[~seen] < 0.02).all()


def test_before_a_colour_an_exr_looks_like_the_png(tmp_path):
    scene = disk_scene(tmp_path, outputs(), background="#203040")
    light = scene.still(0.0, "exr")
    assert light.shape == (96, 96, 3)
    codes = scene.still(0.0, "fine") / 65535
    assert np.abs(srgb_from_linear(light) - codes).max() <= 1 / 65535 + 1e-5
    assert np.abs(scene.still(0.0, "fine", linear=True) - light).max() == 0


def test_a_glow_has_no_tone_curve(particles_scene):
    layer = {"shape": "glow", "size": 1.0, "color": "#ff8000"}
    sizes = {"lens": "perspective", "size": [64, 36]}
    made = {"exr": sizes | {"format": "exr"}, "fine": sizes | {"format": "png", "bits": 16}}
    for background in ("black", "transparent"):
        scene = particles_scene([[0, 0, 0], [0, 0, 0]], layer, outputs=made, background=background)
        light, codes = scene.still(0.0, "exr"), scene.still(0.0, "fine") / 65535
        peak = light[..., 0]
        assert peak.max() > 0.2
        assert np.abs(light[..., 1] - linear_from_srgb(np.float64(128 / 255)) * peak).max() < 1e-3 * peak.max()
        opacity = codes[..., 3] if background == "transparent" else 1
        shown = linear_from_srgb(codes[..., 0] * opacity)
        assert np.abs(shown - (1 - np.exp(-peak))).max() < 1e-3
        if background == "transparent":
            assert np.abs(light[..., 3] - (1 - np.exp(-peak))).max() < 1e-4


def test_what_is_brighter_than_white_keeps_its_brightness_and_its_edge(particles_scene):
    everywhere = {"kind": "ambient", "intensity": 1.6}
    output = {"lens": "perspective", "size": [64, 64], "format": "exr"}
    light = particles_scene(
        [[0, 0, 0]], {"shade": True, "size": 2}, lights=[everywhere], outputs={"exr": output}, background="transparent"
    ).still(0.0)
    opacity = light[..., 3]
    straight = light[opacity > 0, 0] / opacity[opacity > 0]
    assert straight == pytest.approx(float(linear_from_srgb(np.array(1.6))), rel=0.01)
    radius = 32 * np.tan(np.arcsin(0.1)) / np.tan(np.radians(15))
    assert opacity.sum() == pytest.approx(np.pi * radius**2, rel=0.03)


@pytest.mark.parametrize("stereo", ["none", "anaglyph"])
def test_volumes_and_domes_are_as_they_are_in_a_png(tmp_path, stereo):
    lens = (
        {"lens": "perspective", "size": [48, 32], "stereo": stereo}
        if stereo == "anaglyph"
        else {"lens": "domemaster", "size": [32, 32]}
    )
    written = {
        "duration": 1,
        "background": "black",
        "data": {"halo": {"kind": "sample", "name": "galaxy_halo", "shape": [16, 16, 16]}},
        "layers": [{"kind": "volume", "data": "halo"}],
        "camera": {"orbit": {"center": [0, 0, 0], "radius": 45, "elevation": -40}},
        "outputs": {"exr": lens | {"format": "exr"}, "fine": lens | {"format": "png", "bits": 16}},
    }
    scene = mm.Scene.from_dict(written)
    light, codes = scene.still(0.0, "exr"), scene.still(0.0, "fine") / 65535
    assert codes.max() > 0.05
    rows, columns = np.indices(codes.shape[:2])
    inside = np.hypot(rows - 15.5, columns - 15.5) < 15 if stereo == "none" else rows >= 0  # the rim is a mean of light
    assert np.abs(srgb_from_linear(light) - codes)[inside].max() < 0.002
    scene.close()
    clear = mm.Scene.from_dict(written | {"background": "transparent"})
    light, codes = clear.still(0.0, "exr"), clear.still(0.0, "fine") / 65535
    assert np.abs(light[..., 3] - codes[..., 3]).max() < 0.002
    if stereo == "none":
        assert (light[[0, 0, -1, -1], [0, -1, 0, -1]] == 0).all()


def test_a_stopped_sequence_carries_on_and_other_files_are_left_alone(tmp_path):
    scene = disk_scene(tmp_path, {"exr": {"format": "exr"}}, {0: 0.2, 0.1: 0.9})
    (folder,) = scene.render(out=tmp_path / "out")
    names = ["scene_exr_000001.exr", "scene_exr_000002.exr"]
    assert sorted(path.name for path in folder.iterdir()) == names
    before = [(folder / name).read_bytes() for name in names]
    changed = (folder / names[0]).stat().st_mtime_ns
    (folder / names[1]).unlink()
    scene.render(out=tmp_path / "out")
    assert [(folder / name).read_bytes() for name in names] == before
    assert (folder / names[0]).stat().st_mtime_ns == changed
    text = str(inspect(folder))
    assert "EXR with alpha in EXR sequence, 96 x 96 of 16 bits, 2 frames" in text
    assert "format: png" not in text  # EXR is as good a master as PNG
    write_picture(folder / names[0], picture())
    with pytest.raises(UserError, match="no record of"):
        scene.render(out=tmp_path / "out")


def test_bits_and_a_missing_library_are_told(tmp_path, monkeypatch):
    def error(**keys: object) -> str:
        with pytest.raises(mm.SceneError) as caught:
            disk_scene(tmp_path, {"a": {"format": "exr"} | keys})
        return str(caught.value)

    assert "outputs.a.bits: EXR holds floats of 16 bits, not 8 bits" in error(bits=8)
    assert "outputs.a.codec: codec h264 with format exr" in error(codec="h264")
    monkeypatch.setattr(exr, "find_spec", lambda name: None)
    assert "outputs.a.format: EXR files need OpenEXR, which is not installed; install it with pip" in error()
    with pytest.raises(InputError, match=r"moviemaker\[exr\]"):
        write_picture(tmp_path / "a.exr", picture())
