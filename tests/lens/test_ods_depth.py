"""Opaque things hide the volumes behind them and nothing else, for the ray of every pixel's own eye.

In a uniform fog of known opacity, the brightness of a pixel tells the length of its ray inside the fog, up to the fog's
border or to a thing inside of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, minimum_filter

import moviemaker as mm
from tests.lens.ods_truth import directions, rays, through_box, to_box, to_sphere

WIDTH = 512
IPD = 0.2
MERGE = [60, 75]
BORDER = np.array([4.0, 12.0, 3.0])
OPACITY = 0.3  # for each unit of length


def picture(
    folder: Path, camera: np.ndarray, half: np.ndarray, layer: dict | None, data: dict, stereo: bool
) -> np.ndarray:
    """A red fog in a box of half widths (3,) around the origin, and a blue, unlit layer in it."""
    np.save(folder / "fog.npy", np.ones((9, 9, 9), np.float32))
    fog: dict[str, Any] = {
        "kind": "volume",
        "data": "fog",
        "colormap": ["red", "red"],
        "range": [0, 1],
        "transfer": [[0, OPACITY], [1, OPACITY]],
        "unit_distance": 1.0,
        "step": 0.05,
    }
    output: dict[str, Any] = {"lens": "equirectangular", "size": [WIDTH, WIDTH // 2], "format": "png"}
    if stereo:
        output |= {"size": [WIDTH, WIDTH], "stereo": {"packing": "top-bottom", "ipd": IPD, "pole_merge": MERGE}}
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"fog": {"kind": "grid", "file": "fog.npy", "bounds": np.stack([-half, half], axis=1).tolist()}}
            | data,
            "layers": [fog] if layer is None else [fog, layer],
            "camera": {
                "keyframes": [{"time": 0, "position": camera.tolist(), "target": np.add(camera, [0, 1, 0]).tolist()}]
            },
            "outputs": {"main": output},
        },
        folder=folder,
    )
    made = scene.still(0.0) / 255
    scene.close()
    return made


def outlines(shown: np.ndarray) -> np.ndarray:
    """Pixels of an array that have another value close by."""
    return maximum_filter(shown, 5) != minimum_filter(shown, 5)


# All around: into the faces of the cubemap, and where two and three of them meet.
AROUND = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)])
PLACES = AROUND / np.linalg.norm(AROUND, axis=1, keepdims=True) * np.linspace(1.5, 2.5, len(AROUND))[:, None]


@pytest.mark.parametrize("stereo", [False, True], ids=["mono", "stereo"])
@pytest.mark.parametrize("shape", ["sphere", "cube", "surface"])
def test_opaque_things_hide_the_fog_behind_them(tmp_path, shape, stereo):
    size, data = 0.7, {}
    if shape == "surface":  # planes of two triangles each, above and below and on two sides
        layers = {"kind": "isosurface", "data": "ramp", "levels": [-1.2, 1.5], "color": "blue", "shade": False}
        ramp = np.broadcast_to(np.array([-3.0, 3.0])[:, None, None], (2, 2, 2)).astype(np.float32)
        np.save(tmp_path / "ramp.npy", ramp)
        data["ramp"] = {"kind": "grid", "file": "ramp.npy", "bounds": [[-3, 3]] * 3}
    else:
        layers = {"kind": "points", "data": "points", "shape": shape, "size": size, "color": "blue", "shade": False}
        np.savez(tmp_path / "points.npz", position=PLACES)
        data["points"] = {"kind": "particles", "file": "points.npz"}
    made = picture(tmp_path, np.zeros(3), BORDER, layers, data, stereo)
    eyes = zip(np.vsplit(made, 2), (-IPD / 2, IPD / 2), strict=True) if stereo else [(made, 0.0)]
    for eye, radius in eyes:
        followed = rays(np.zeros(3), directions(WIDTH), radius, MERGE)
        if shape == "surface":
            away = [to_box(followed, np.array([x, -3, -3]), np.array([x + 1e-9, 3, 3])) for x in (-1.2, 1.5)]
        elif shape == "sphere":
            away = [to_sphere(followed, place, size) for place in PLACES]
        else:
            away = [to_box(followed, place - size / 2, place + size / 2) for place in PLACES]
        nearest = np.min(away, axis=0)
        hit = np.isfinite(nearest)
        _, border = through_box(followed, -BORDER, BORDER)
        clear = (1 - OPACITY) ** np.minimum(nearest, border)
        sure = ~outlines(np.where(hit, np.argmin(away, axis=0), -1))
        assert (hit & sure).mean() > 0.05
        assert eye[sure, 0] == pytest.approx(1 - clear[sure], abs=0.015)
        assert eye[sure, 2] == pytest.approx((clear * hit)[sure], abs=0.015)


@pytest.mark.parametrize("stereo", [False, True], ids=["mono", "stereo"])
def test_dots_are_in_the_fog_at_their_distance(tmp_path, stereo):
    np.savez(tmp_path / "points.npz", position=PLACES)
    layer = {"kind": "points", "data": "points", "shape": "dot", "size": 5, "color": "blue"}
    data = {"points": {"kind": "particles", "file": "points.npz"}}
    made = picture(tmp_path, np.zeros(3), BORDER, layer, data, stereo)
    eyes = zip(np.vsplit(made, 2), (-IPD / 2, IPD / 2), strict=True) if stereo else [(made, 0.0)]
    for eye, radius in eyes:
        start, ahead = rays(np.zeros(3), directions(WIDTH), radius, MERGE)
        for place in PLACES:
            away = ((place - start) * ahead).sum(axis=-1)
            missed = np.where(away > 0, np.linalg.norm(start + away[..., None] * ahead - place, axis=-1), np.inf)
            pixel = np.unravel_index(np.argmin(missed), missed.shape)
            clear = (1 - OPACITY) ** away[pixel]
            assert eye[pixel] == pytest.approx([1 - clear, 0, clear], abs=0.015)


@pytest.mark.parametrize(
    "camera",
    [[0, -1.05, 0], [1.05, -1.05, 0.3], [-1.13, 1.13, 1.09], [0.3, 0.2, 1.03], [0.97, 0.2, 0.3], [0, -1.35, 0.9]],
    ids=str,
)
def test_a_fog_close_by_is_complete_even_if_only_one_eye_is_in_it(tmp_path, camera):
    made = picture(tmp_path, np.array(camera), np.ones(3), None, {}, stereo=True)
    for eye, radius in zip(np.vsplit(made, 2), (-IPD / 2, IPD / 2), strict=True):
        followed = rays(np.array(camera), directions(WIDTH), radius, MERGE)
        enters, leaves = through_box(followed, np.full(3, -1.0), np.full(3, 1.0))
        expected = 1 - (1 - OPACITY) ** (leaves - enters)
        sure = ~outlines(leaves > enters)
        wrong = np.abs(eye[..., 0] - expected)[sure] > 0.03
        assert wrong.mean() < 1e-3
