"""Outlines are as wide in degrees as the scene says, at every distance, in every lens and for both eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from tests.lens.ods_truth import directions

CAMERA = np.array([3.0, -2.0, 1.0])
DISTANCES = (6.0, 14.0)
RADIUS = 1.0
WIDTH = 2.0
IN_FRONT = np.array([[-0.5, 1, 0.4], [0.5, 1, 0.4], [-0.5, 1, -0.4], [0.5, 1, -0.4]])
AROUND = np.array([[1, 1, 1], [-1, 1, 1], [1, -1, 0.8], [-1, -0.9, 0.7]])  # where views of panoramas meet


def picture(folder: Path, toward: np.ndarray, output: dict[str, Any], **keys: Any) -> np.ndarray:
    """Two white spheres and two white balls of triangles before white, with black outlines: how dark it is, 0 to 1."""
    toward = toward / np.linalg.norm(toward, axis=1, keepdims=True)
    places = CAMERA + toward * np.tile(DISTANCES, 2)[:, None]
    np.savez(folder / "spheres.npz", position=places[:2])
    line = {"color": "white", "shade": False, "outline": WIDTH} | keys
    data: dict[str, Any] = {"spheres": {"kind": "particles", "file": "spheres.npz"}}
    layers = [{"kind": "points", "data": "spheres", "size": 2 * RADIUS, **line}]
    axis = np.linspace(-1.2, 1.2, 40) * RADIUS
    np.save(folder / "ball.npy", np.linalg.norm(np.meshgrid(axis, axis, axis), axis=0).astype(np.float32))
    for name, place in zip(("near", "far"), places[2:], strict=True):
        data[name] = {
            "kind": "grid",
            "file": "ball.npy",
            "bounds": [[c - axis[-1], c + axis[-1]] for c in place.tolist()],
        }
        layers.append({"kind": "isosurface", "data": name, "levels": [RADIUS], **line})
    camera = {"time": 0, "position": CAMERA.tolist(), "target": np.add(CAMERA, [0, 1, 0]).tolist(), "fov": 90}
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "background": "white",
            "data": data,
            "layers": layers,
            "camera": {"keyframes": [camera]},
            "outputs": {"main": {"format": "png", **output}},
        },
        folder=folder,
    )
    try:
        return np.asarray(1 - scene.still(0.0)[..., 0] / 255)
    finally:
        scene.close()


def widths(dark: np.ndarray, look: np.ndarray, area: np.ndarray, toward: np.ndarray) -> list[float]:
    """Widths of the four outlines, degrees, by the solid angle that is dark around each body."""
    toward = toward / np.linalg.norm(toward, axis=1, keepdims=True)
    nearest = np.argmax(look @ toward.T, axis=-1)
    found = []
    for number, distance in enumerate(np.tile(DISTANCES, 2)):
        inside = np.sqrt(1 - (RADIUS / distance) ** 2)
        outside = inside - (dark * area)[nearest == number].sum() / (2 * np.pi)
        found.append(float(np.degrees(np.arccos(outside) - np.arccos(inside))))
    return found


def of_lens(lens: str) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Directions of the pixels of a picture, their solid angles, and its size."""
    if lens == "equirectangular":
        look = directions(512)
        return look, (2 * np.pi / 512) ** 2 * np.hypot(look[..., 0], look[..., 1]), [512, 256]
    if lens == "domemaster":
        x, y = np.meshgrid(*(2 * (np.arange(320) + 0.5) / 320 - 1,) * 2)
        radius = np.hypot(x, y)
        flat = np.sin(radius * np.pi / 2) / radius
        look = np.stack([flat * x, -flat * y, np.cos(radius * np.pi / 2)], axis=-1)
        look[..., 1] *= -1  # the front is at the bottom
        return look, np.where(radius < 0.98, flat * (np.pi / 2) * (2 / 320) ** 2, 0), [320, 320]
    x, z = np.meshgrid((np.arange(-119.5, 120)) / 120, -(np.arange(-119.5, 120)) / 120)
    length = np.sqrt(x * x + z * z + 1)
    return np.stack([x, np.ones_like(x), z], axis=-1) / length[..., None], 1 / 120**2 / length**3, [240, 240]


@pytest.mark.parametrize("lens", ["perspective", "domemaster"])
def test_an_outline_is_as_wide_at_every_distance_in_every_lens(tmp_path, lens):
    look, area, size = of_lens(lens)
    toward = IN_FRONT if lens == "perspective" else AROUND
    dark = picture(tmp_path, toward, {"lens": lens, "size": size})
    assert np.abs(np.divide(widths(dark, look, area, toward), WIDTH) - 1).max() < 0.03


def test_both_eyes_see_outlines_of_the_same_width_all_around(tmp_path):
    look, area, (width, height) = of_lens("equirectangular")
    output = {"lens": "equirectangular", "size": [width, 2 * height], "stereo": {"packing": "top-bottom", "ipd": 0.2}}
    for eye in np.vsplit(picture(tmp_path, AROUND, output), 2):
        assert np.abs(np.divide(widths(eye, look, area, AROUND), WIDTH) - 1).max() < 0.03


def test_an_outline_may_move_and_is_none_while_its_layer_fades(tmp_path):
    output = {"lens": "perspective", "size": [80, 80]}
    fading = picture(tmp_path, IN_FRONT, output, opacity={0: 0.5, 0.5: 1})
    assert fading.max() < 0.01
    thin = picture(tmp_path, IN_FRONT, output, outline={0: 0, 1: WIDTH})
    assert thin.max() < 0.01
    assert picture(tmp_path, IN_FRONT, output).max() > 0.99


def test_an_orthographic_picture_has_outlines_of_a_part_of_its_height(tmp_path):
    output = {"lens": "orthographic", "size": [200, 200], "height": 20.0}
    dark = picture(tmp_path, IN_FRONT, output)
    thick = 20 * WIDTH / 40
    expected = np.pi * ((RADIUS + thick) ** 2 - RADIUS**2)
    assert dark.sum() * 0.1**2 / (4 * expected) == pytest.approx(1, abs=0.05)
