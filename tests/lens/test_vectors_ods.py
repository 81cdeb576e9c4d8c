"""Arrows cover the pixels that the formulas of each lens and eye say: their rays meet an arrow or not.

No reference picture is involved. The shape of an arrow is written down here once more, from its documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import moviemaker as mm
from tests.lens.ods_truth import Rays, rays

CAMERA = np.array([3.0, -2.0, 1.0])  # looks along y with z up
IPD, MERGE = 0.2, [60, 75]
HEAD, SHAFT_RADIUS = 0.35, 0.045
RADIUS = {"arrow": 0.12, "cone": 0.17}
FINER = 4
"""Rays along each side of a pixel."""

Lens = Callable[[np.ndarray, np.ndarray, tuple[int, int]], np.ndarray]
"""Directions of points in a picture, in pixels from its upper left corner."""


def latlon(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    lon, lat = (x / size[0] - 0.5) * 2 * np.pi, (0.5 - y / size[1]) * np.pi
    return np.stack([np.sin(lon) * np.cos(lat), np.cos(lon) * np.cos(lat), np.sin(lat)], axis=-1)


def pinhole(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    half = np.tan(np.radians(40))  # of a field of view of 80 degrees
    across, down = (2 * x - size[0]) / size[1] * half, (2 * y / size[1] - 1) * half
    d = np.stack([across, np.ones_like(x), -down], axis=-1)
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


def dome(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Tilted by 60 degrees to the front, which is at the bottom."""
    across, down = 2 * x / size[0] - 1, 2 * y / size[1] - 1
    r = np.hypot(across, down)
    theta, tilt = r * np.pi / 2, np.radians(60)
    axis, front = np.array([0, np.sin(tilt), np.cos(tilt)]), np.array([0, np.cos(tilt), -np.sin(tilt)])
    out = (across[..., None] * np.array([1.0, 0, 0]) + down[..., None] * front) / r[..., None]
    d = np.cos(theta)[..., None] * axis + np.sin(theta)[..., None] * out
    d[r > 1] = -axis
    return d


LENSES: dict[str, tuple[dict, Lens]] = {
    "perspective": ({"lens": "perspective", "size": [600, 450]}, pinhole),
    "equirectangular": ({"lens": "equirectangular", "size": [1024, 512]}, latlon),
    "dome": ({"lens": "domemaster", "size": [800, 800], "tilt": 60}, dome),
}


def meets(rays: Rays, tail: np.ndarray, tip: np.ndarray, shape: str) -> np.ndarray:
    """Whether rays (...) meet an arrow or a cone."""
    length = np.linalg.norm(tip - tail)
    x_axis = (tip - tail) / length
    y_axis = np.cross(x_axis, [0.3, 0.5, 0.8])
    y_axis /= np.linalg.norm(y_axis)
    frame = np.stack([x_axis, y_axis, np.cross(x_axis, y_axis)], axis=1)
    p, d = (rays[0] - tail) @ frame / length, rays[1] @ frame
    if shape == "cone":
        return _in_part(p, d, 0.0, 1.0, RADIUS["cone"], 1.0)
    shaft = _in_part(p, d, 0.0, 1 - HEAD, SHAFT_RADIUS, 0.0)
    return shaft | _in_part(p, d, 1 - HEAD, 1.0, RADIUS["arrow"] / HEAD, 1.0)


def _in_part(p: np.ndarray, d: np.ndarray, low: float, high: float, radius: float, taper: float) -> np.ndarray:
    """Whether rays meet the part from low to high along x: a cylinder, or with taper 1 a cone whose tip is at 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (low - p[..., 0]) / d[..., 0], (high - p[..., 0]) / d[..., 0]
        enters, leaves = np.maximum(np.minimum(*ends), 0), np.maximum(*ends)
        wide, wider = radius * (1 - taper * p[..., 0]), -radius * taper * d[..., 0]
        if not taper:
            wide, wider = np.full(p.shape[:-1], radius), np.zeros(d.shape[:-1])
        a = d[..., 1] ** 2 + d[..., 2] ** 2 - wider**2
        b = p[..., 1] * d[..., 1] + p[..., 2] * d[..., 2] - wide * wider
        c = p[..., 1] ** 2 + p[..., 2] ** 2 - wide**2
        root = np.sqrt(b * b - a * c)
        first, last = np.minimum((-b - root) / a, (-b + root) / a), np.maximum((-b - root) / a, (-b + root) / a)
        through = np.maximum(first, enters) < np.minimum(last, leaves)
        along = (enters < np.minimum(first, leaves)) | (np.maximum(last, enters) < leaves)
        return np.where(np.isnan(root), (a < 0) & (enters < leaves), np.where(a > 0, through, along))


def covered(
    lens: Lens, size: tuple[int, int], radius: float, tail: np.ndarray, tip: np.ndarray, shape: str
) -> np.ndarray:
    """The covered part of each pixel, (H, W)."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    spread = np.arange(FINER) / FINER - 0.5 + 0.5 / FINER
    middle, half = (tail + tip) / 2 - CAMERA, 0.55 * np.linalg.norm(tip - tail) + IPD
    near = lens(x, y, size) @ (middle / np.linalg.norm(middle)) > np.cos(
        np.arcsin(min(half / np.linalg.norm(middle), 1))
    )
    right, down = np.meshgrid(spread, spread)
    d = lens(x[near][:, None] + right.ravel(), y[near][:, None] + down.ravel(), size)
    hit = np.zeros(x.shape)
    hit[near] = meets(rays(CAMERA, d, radius, MERGE), tail, tip, shape).mean(axis=1)
    return hit


ARROWS = {
    "across, ahead": ([-0.6, 1.6, 0.1], [0.7, 1.5, 0.3]),
    "coming closer": ([0.5, 3.0, -0.4], [0.25, 0.9, 0.3]),
    "upwards past the corner of a cube": ([0.8, 1.0, 0.2], [1.0, 1.1, 1.5]),
    "long and close by": ([-1.2, 0.5, -0.1], [1.3, 0.6, 0.2]),
}


def made(folder: Path, output: dict, tail: np.ndarray, tip: np.ndarray, **layer: Any) -> np.ndarray:
    np.savez(folder / "one.npz", position=[tail], velocity=[(tip - tail) * 3])
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"one": {"kind": "particles", "file": "one.npz"}},
            "layers": [{"kind": "vectors", "data": "one", "size": 2, "scale": 1 / 6, "shade": False} | layer],
            "camera": {
                "keyframes": [
                    {"time": 0, "position": CAMERA.tolist(), "target": np.add(CAMERA, [0, 1, 0]).tolist(), "fov": 80}
                ]
            },
            "outputs": {"main": output | {"format": "png"}},
        },
        folder=folder,
    )
    picture = scene.still(0.0)[..., 0] / 255
    scene.close()
    return picture


def check(picture: np.ndarray, truth: np.ndarray) -> None:
    outline = (truth > 0) & (truth < 1)
    assert outline.sum() > 100
    # Resampled pictures are softer, equally on both sides of an outline. A straight outline that is off by one pixel
    # leaves differences that add up to one for each pixel of its length, and are at most 0.2 high.
    off = np.abs(gaussian_filter(picture - truth, 2.0))
    assert off.sum() / outline.sum() < 0.1
    assert off.max() < 0.1


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize(("name", "shape"), [*((name, "arrow") for name in ARROWS), ("coming closer", "cone")])
def test_arrows_reach_from_tail_to_tip_in_every_lens(tmp_path, lens, name, shape):
    output, directions = LENSES[lens]
    tail, tip = (CAMERA + place for place in ARROWS[name])
    size = tuple(output["size"])
    truth = covered(directions, size, 0.0, tail, tip, shape)
    check(made(tmp_path, output, tail, tip, shape=shape), truth)


@pytest.mark.parametrize("lens", ["equirectangular", "dome"])
@pytest.mark.parametrize("name", ARROWS)
def test_both_eyes_of_ods_see_arrows_from_tail_to_tip(tmp_path, lens, name):
    output, directions = LENSES[lens]
    tail, tip = (CAMERA + place for place in ARROWS[name])
    width, height = output["size"]
    stereo = output | {
        "size": [width, 2 * height],
        "stereo": {"packing": "top-bottom", "ipd": IPD, "pole_merge": MERGE},
    }
    picture = made(tmp_path, stereo, tail, tip)
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        truth = covered(directions, (width, height), radius, tail, tip, "arrow")
        check(eye, truth)


@pytest.mark.parametrize(("anchor", "back"), [("tail", 0.0), ("middle", 0.5), ("tip", 1.0)])
def test_the_particle_is_at_the_anchor(tmp_path, anchor, back):
    output, directions = LENSES["perspective"]
    tail, tip = (CAMERA + place for place in ARROWS["across, ahead"])
    picture = made(tmp_path, output, tail, tip, anchor=anchor)
    moved = back * (tip - tail)
    truth = covered(directions, tuple(output["size"]), 0.0, tail - moved, tip - moved, "arrow")
    check(picture, truth)
