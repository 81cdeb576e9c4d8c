"""Tubes close by have the outline of round tubes with round ends, for every eye: long straight tubes bend in ODS."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import pyvista

import moviemaker as mm
from tests.lens.ods_truth import Rays, directions, rays

WIDTH = 2048
IPD = 0.2
CAMERA = np.array([3.0, -2.0, 1.0])
FINE = 4
"""Rays across a pixel, and down."""

LINES = {
    "long, ahead": ([[-30, 1, 0.1], [30, 1, 0.1]], 0.1),
    "oblique, close by": ([[-0.6, 0.7, -0.5], [0.9, 0.8, 0.9]], 0.3),
    "past the camera": ([[1, -20, -0.7], [1, 20, -0.7]], 0.2),
    "up to where the eyes merge": ([[-4, 1.0, 2.4], [4, 1.5, 2.4]], 0.25),
}


def scene(folder: Path, ends: list, width: float, output: dict) -> mm.Scene:
    line = pyvista.lines_from_points(CAMERA + np.array(ends))
    line.save(folder / "line.vtp")
    camera = {"keyframes": [{"time": 0, "position": CAMERA.tolist(), "target": np.add(CAMERA, [0, 1, 0]).tolist()}]}
    camera["keyframes"][0]["fov"] = 60
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"line": {"kind": "mesh", "file": "line.vtp"}},
            "layers": [{"kind": "lines", "data": "line", "width": width, "shade": False}],
            "camera": camera,
            "outputs": {"main": output | {"format": "png"}},
        },
        folder=folder,
    )


def meets(some: Rays, ends: np.ndarray, radius: float) -> np.ndarray:
    """Whether rays pass a straight piece nearer than a radius. The squared distance is convex along the piece."""
    start, ahead = some
    a, way = ends[0], ends[1] - ends[0]

    def apart(t: np.ndarray) -> np.ndarray:
        offset = a + t[..., None] * way - start
        along = np.maximum((offset * ahead).sum(axis=-1), 0)
        return np.linalg.norm(offset - along[..., None] * ahead, axis=-1)

    low, high = np.zeros(start.shape[:-1]), np.ones(start.shape[:-1])
    for _ in range(60):
        one, other = low + (high - low) / 3, high - (high - low) / 3
        nearer = apart(one) < apart(other)
        low, high = np.where(nearer, low, one), np.where(nearer, other, high)
    return apart((low + high) / 2) < radius


def check(picture: np.ndarray, covered: np.ndarray, chosen: np.ndarray) -> None:
    """Compares the covered part of each column, in pixels, and its middle; each pixel has only a few samples."""
    off = (picture.sum(axis=0) - covered.sum(axis=0))[chosen] / 2  # on either side
    assert chosen.sum() > 30
    rows = np.arange(len(picture))[:, None] + 0.5
    middle = [(part * rows).sum(axis=0)[chosen] / part.sum(axis=0)[chosen] for part in (picture, covered)]
    for error in (off, middle[0] - middle[1]):
        assert np.sqrt((error**2).mean()) < 0.15
        assert np.sort(np.abs(error))[-3] < 0.4  # at its ends the outline is as steep as the column


LONGER = ("oblique, close by", "past the camera")
"""Lines that two others cover in part; each takes as long as they do."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONGER else name for name in LINES]
)
def test_both_eyes_of_ods(tmp_path, name):
    ends, width = LINES[name]
    output = {"lens": "equirectangular", "size": [WIDTH, WIDTH], "stereo": {"packing": "top-bottom", "ipd": IPD}}
    picture = scene(tmp_path, ends, width, output).still(0.0)[..., 0] / 255
    fine = directions(WIDTH * FINE).reshape(WIDTH // 2, FINE, WIDTH, FINE, 3)
    columns = np.arange(0, WIDTH, 16)
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        ahead = fine[:, :, columns].transpose(0, 2, 1, 3, 4)
        # Only where the tube may be, to save rays.
        near = np.isclose(meets(rays(CAMERA, ahead[:, :, 0, 0], radius, (60, 75)), CAMERA + ends, width), True)
        covered = np.zeros(near.shape)
        covered[near] = meets(rays(CAMERA, ahead[near], radius, (60, 75)), CAMERA + ends, width / 2).mean(axis=(1, 2))
        seen = eye[:, columns]
        crossed = (covered.sum(axis=0) > 2) & (covered.sum(axis=0) < 500)
        check(seen, covered, crossed)
        assert np.abs(seen.sum(axis=0)[covered.sum(axis=0) == 0]).max(initial=0) < 0.5


def test_perspective(tmp_path):
    ends, width = [[-0.8, 1.4, -0.3], [0.9, 2.4, 0.5]], 0.2
    size = (1280, 720)
    picture = scene(tmp_path, ends, width, {"lens": "perspective", "size": list(size)}).still(0.0)[..., 0] / 255
    half = math.tan(math.radians(30))
    x = ((np.arange(0, size[0], 16) + 0.5) / size[0] * 2 - 1) * half * size[0] / size[1]
    z = (1 - (np.arange(size[1] * FINE) + 0.5) / (size[1] * FINE) * 2) * half
    x, z = np.meshgrid(x, z)
    ahead = np.stack([x, np.ones_like(x), z], axis=-1)
    ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
    covered = meets((np.broadcast_to(CAMERA, ahead.shape), ahead), CAMERA + ends, width / 2)
    covered = covered.reshape(size[1], FINE, -1).mean(axis=1)
    check(picture[:, ::16], covered, covered.sum(axis=0) > 30)
