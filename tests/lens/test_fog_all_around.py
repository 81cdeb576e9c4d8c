"""Fog by the distance to the camera: the same in every lens, in all views, and to both eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from tests.lens.ods_truth import Rays, directions, of_eyes, on_dome

RADIUS = 4.0
CAMERA = np.array([1.2, -1.5, 0.8])
FOG: dict[str, Any] = {"from": 2, "to": 7, "color": [0.2, 0.4, 0.6], "amount": 0.9}
IPD = 0.3


def seen(folder: Path, output: dict, layer: dict, fog: dict | None, data: dict | None = None, **keys: Any) -> Any:
    """The picture of a layer, colours from 0 to 255."""
    folder.mkdir(exist_ok=True)
    axis = np.linspace(-1.3, 1.3, 64) * RADIUS
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    np.save(folder / "ball.npy", np.sqrt(x * x + y * y + z * z).astype(np.float32))
    camera = {"position": CAMERA.tolist(), "target": np.add(CAMERA, [0, 1, 0]).tolist(), "fov": 90}
    scene = {
        "duration": 1,
        "data": {"ball": {"kind": "grid", "file": "ball.npy", "bounds": [[-1.3 * RADIUS, 1.3 * RADIUS]] * 3}}
        | (data or {}),
        "layers": [layer],
        "camera": {"keyframes": [{"time": 0, **camera}]},
        "outputs": {"main": {"format": "png", **output}},
        **keys,
    }
    with_fog = scene if fog is None else scene | {"fog": fog}
    made = mm.Scene.from_dict(with_fog, folder=folder)
    try:
        return made.still(0.0).astype(float)
    finally:
        made.close()


SHELL = {"kind": "isosurface", "data": "ball", "levels": [RADIUS], "color": "white", "shade": False}


def expected(found: Rays) -> np.ndarray:
    """The colour of a white ball around the camera in the fog, where rays meet it from inside."""
    start, ahead = found
    along = (start * ahead).sum(axis=-1)
    reach = np.sqrt(along**2 - (start**2).sum(axis=-1) + RADIUS**2) - along
    away = np.linalg.norm(start + reach[..., None] * ahead - CAMERA, axis=-1)
    part = np.clip((away - FOG["from"]) / (FOG["to"] - FOG["from"]), 0, 1)
    fog = (FOG["amount"] * part**2 * (3 - 2 * part))[..., None]
    return np.asarray(255 * (1 - fog + fog * np.array(FOG["color"])))


@pytest.mark.parametrize("lens", ["equirectangular", "domemaster"])
def test_fog_counts_from_the_camera_in_all_directions_and_to_both_eyes(tmp_path, lens):
    around = lens == "equirectangular"
    look, inside = (directions(256), np.ones((128, 256), bool)) if around else on_dome(160)
    output = {"lens": lens, "size": [look.shape[1], look.shape[0] * 2]}
    eyes = np.vsplit(seen(tmp_path, output | {"stereo": {"packing": "top-bottom", "ipd": IPD}}, SHELL, FOG), 2)
    for eye, found in zip(eyes, of_eyes(CAMERA, look, IPD), strict=True):
        assert np.abs(eye - expected(found))[inside].max() < 1.6  # half a code, and half of one in the mesh


def test_two_fixed_eyes_see_a_place_in_the_same_fog(tmp_path):
    look = directions(256)[:, 64:192]
    output = {"lens": "vr180", "size": [256, 128], "stereo": {"packing": "left-right", "ipd": IPD}}
    left, right = np.hsplit(seen(tmp_path, output, SHELL, FOG), 2)
    for eye, side in ((left, -1), (right, 1)):
        start = np.broadcast_to(np.add(CAMERA, [side * IPD / 2, 0, 0]), look.shape)
        assert np.abs(eye - expected((start, look))).max() < 1.6


def test_a_flat_picture_shows_the_same_fog(tmp_path):
    look = np.stack(np.broadcast_arrays(np.arange(-63.5, 64)[None] / 64, 1.0, -np.arange(-63.5, 64)[:, None] / 64), -1)
    found = np.broadcast_to(CAMERA, look.shape), look / np.linalg.norm(look, axis=-1, keepdims=True)
    picture = seen(tmp_path, {"lens": "perspective", "size": [128, 128]}, SHELL, FOG)
    assert np.abs(picture - expected(found)).max() < 1.6


def test_light_gets_fainter_in_the_fog_and_takes_no_colour_of_it(tmp_path):
    np.savez(tmp_path / "one.npz", position=np.add(CAMERA, [[0, 4.5, 0]]))
    data = {"one": {"kind": "particles", "file": "one.npz"}}
    glow = {"kind": "points", "data": "one", "shape": "glow", "size": 1, "exposure": 0.6}
    output = {"lens": "perspective", "size": [64, 64]}
    lit = seen(tmp_path, output, glow, FOG, data)
    fainter = seen(tmp_path, output, glow | {"exposure": 0.6 * (1 - 0.9 * 0.5)}, None, data)
    assert lit.max() > 30
    assert np.abs(lit - fainter).max() <= 1


def test_stars_and_the_background_stay_as_they_are(tmp_path):
    np.savez(tmp_path / "far.npz", position=np.add(CAMERA, [[0, 30.0, 0]]), luminosity=np.array([1e6]))
    data = {"far": {"kind": "particles", "file": "far.npz"}}
    stars = {"kind": "stars", "data": "far", "luminosity": "luminosity"}
    output = {"lens": "perspective", "size": [64, 64]}
    pictures = [seen(tmp_path, output, stars, fog, data, background="navy") for fog in (None, FOG)]
    assert pictures[0].max() > 150
    assert np.array_equal(*pictures)


def test_the_fog_has_the_colour_of_the_background_unless_it_is_said(tmp_path):
    fog = {"from": 0.1, "to": 0.2}
    picture = seen(tmp_path, {"lens": "perspective", "size": [32, 32]}, SHELL, fog, background="#406080")
    assert np.abs(picture - [0x40, 0x60, 0x80]).max() <= 1


def test_before_a_transparent_background_the_fog_hides_no_more_than_what_is_in_it(tmp_path):
    layer = {"kind": "volume", "data": "ball", "range": [0, 7], "colormap": ["white", "white"], "shade": False}
    layer |= {"transfer": [[0, 0.1], [7, 0.1]], "unit_distance": 1}
    output = {"lens": "perspective", "size": [32, 32]}
    fog = {"from": 0.1, "to": 0.2, "color": "lime"}
    clear, in_fog = (seen(tmp_path, output, layer, one, background="transparent") for one in (None, fog))
    assert np.abs(clear[..., 3] - in_fog[..., 3]).max() <= 1
    assert in_fog[..., 3].min() > 50
    assert in_fog[..., 3].max() < 200
    assert np.abs(in_fog[..., :3] - [0, 255, 0]).max() <= 12  # a little of it is before the fog


def test_parallel_rays_take_the_fog_along_the_view(tmp_path):
    np.savez(tmp_path / "dots.npz", position=np.add(CAMERA, [[-3, 4.5, 0], [3, 4.5, 1], [0, 1.9, -3], [3, 7.1, -3]]))
    data = {"dots": {"kind": "particles", "file": "dots.npz"}}
    dots = {"kind": "points", "data": "dots", "shape": "dot", "size": 6, "color": "white"}
    output = {"lens": "orthographic", "size": [80, 80], "height": 10}
    picture = seen(tmp_path, output, dots, FOG | {"color": "black"}, data)
    codes = [picture[row, column, 0] for row, column in ((40, 16), (32, 64), (64, 40), (64, 64))]
    assert np.abs(np.subtract(codes, [255 * 0.55, 255 * 0.55, 255, 25.5])).max() < 1.1
