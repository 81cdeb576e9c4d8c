"""Outlines of large things close by, in omni-directional stereo: the rays from each pixel's own eye graze them.

No reference picture is involved. A convex white thing on black is sampled along great circles out of its middle. On
each, the sum of the light gives the place of the outline to a fraction of a pixel. Rays give the true outline.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import moviemaker as mm
from tests.lens.ods_truth import Rays, directions, rays, sampled, to_box, to_sphere

WIDTH = 2048
PIXEL = 2 * np.pi / WIDTH
IPD = 0.2
CAMERA = np.array([3.0, -2.0, 1.0])
WINDOW = 20
"""Pixels on both sides of the true outline that are searched."""


def scene(folder: Path, layer: dict, data: dict, merge: Any) -> mm.Scene:
    camera = {"keyframes": [{"time": 0, "position": CAMERA.tolist(), "target": np.add(CAMERA, [0, 1, 0]).tolist()}]}
    output = {"lens": "equirectangular", "size": [WIDTH, WIDTH // 2], "format": "png"}
    if merge is not None:
        output |= {"size": [WIDTH, WIDTH], "stereo": {"packing": "top-bottom", "ipd": IPD, "pole_merge": merge}}
    return mm.Scene.from_dict(
        {"duration": 1, "data": data, "layers": [layer], "camera": camera, "outputs": {"main": output}}, folder=folder
    )


def errors(picture: np.ndarray, radius: float, meets: Callable[[Rays], np.ndarray], middle: np.ndarray, merge: Any):
    """How far (n,) the outline is outside of its true place, in pixels, on n great circles."""
    ahead = middle / np.linalg.norm(middle)
    across = np.cross(ahead, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    turn = (np.arange(180) + 0.5) / 180 * 2 * np.pi
    out = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * np.cross(across, ahead)

    def at(angle: np.ndarray) -> np.ndarray:
        return np.cos(angle)[..., None] * ahead + np.sin(angle)[..., None] * out[:, None]

    def met(angle: np.ndarray) -> np.ndarray:
        return np.isfinite(meets(rays(CAMERA, at(angle), radius, merge)))

    angles = np.broadcast_to(np.linspace(0, 1.5, 1500), (180, 1500))
    beyond = np.argmin(met(angles), axis=1)[:, None]
    low, high = np.take_along_axis(angles, beyond - 1, 1), np.take_along_axis(angles, beyond, 1)
    for _ in range(25):
        half = (low + high) / 2
        inside = met(half)
        low, high = np.where(inside, half, low), np.where(inside, high, half)
    around = low + np.linspace(-WINDOW, WINDOW, 1001) * PIXEL
    return (sampled(picture, at(around)).mean(axis=1) * 2 - 1) * WINDOW


def check(picture: np.ndarray, meets: Callable[[Rays], np.ndarray], middle: np.ndarray, merge: Any) -> None:
    for eye, radius in zip(np.vsplit(picture[..., 0] / 255, 2), (-IPD / 2, IPD / 2), strict=True):
        off = errors(eye, radius, meets, middle, merge)
        assert np.sqrt((off**2).mean()) < 0.12
        assert np.abs(np.sort(np.abs(off))[-3]) < 0.35  # next to a corner an outline is not a line


THINGS = {
    "close and large, ahead": ([0, 1.5, 0], 2.0),
    "where three faces of the cubemap meet": ([1, 1.2, 1.0], 1.0),
    "where the eyes merge": ([0.3, 0.9, 1.85], 0.8),
    "behind": ([-0.4, -1.6, -0.5], 1.2),
}


@pytest.mark.parametrize("merge", [[60, 75], "cosine"], ids=str)
@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("shape", ["sphere", "cube"])
def test_glyphs_close_by_have_the_outline_that_both_eyes_see(tmp_path, shape, name, merge):
    offset, size = np.array(THINGS[name][0]), THINGS[name][1]
    np.savez(tmp_path / "one.npz", position=[CAMERA + offset])
    layer = {"kind": "points", "data": "one", "shape": shape, "size": size, "shade": False}
    picture = scene(tmp_path, layer, {"one": {"kind": "particles", "file": "one.npz"}}, merge).still(0.0)
    center = CAMERA + offset

    def meets(rays: Rays) -> np.ndarray:
        return (
            to_sphere(rays, center, size) if shape == "sphere" else to_box(rays, center - size / 2, center + size / 2)
        )

    check(picture, meets, offset, merge)


@pytest.mark.parametrize("merge", [[60, 75], pytest.param([30, 90], marks=pytest.mark.slow)], ids=str)
def test_spheres_so_near_that_they_look_distorted_are_complete(tmp_path, merge):
    # At four to six radii of the eyes' circle, round things look stretched.
    latitude, longitude = np.radians(np.linspace(-72, 72, 35)), np.arange(35) * 2.4
    away, size = 0.4 + 0.2 * (np.arange(35) % 3) / 2, 0.06
    level = np.cos(latitude)
    ways = np.stack([level * np.sin(longitude), level * np.cos(longitude), np.sin(latitude)], axis=1)
    centers = CAMERA + ways * away[:, None]
    np.savez(tmp_path / "near.npz", position=centers)
    layer = {"kind": "points", "data": "near", "size": size, "shade": False, "color": "white"}
    picture = scene(tmp_path, layer, {"near": {"kind": "particles", "file": "near.npz"}}, merge).still(0.0)
    for eye, radius in zip(np.vsplit(picture[..., 0] / 255, 2), (-IPD / 2, IPD / 2), strict=True):
        light = rays(CAMERA, directions(WIDTH), radius, merge)
        hit = np.any([np.isfinite(to_sphere(light, center, size)) for center in centers], axis=0)
        inside, near = ndimage.minimum_filter(hit, (5, 7)), ndimage.maximum_filter(hit, (5, 7))
        assert inside.sum() > 5_000
        assert eye[inside].min() > 0.9
        assert eye[~near].max() < 0.2


@pytest.mark.parametrize(
    ("shape", "offset"),
    [("sphere", [1, 1.4, 1]), ("cube", [1, 1.4, 1]), ("sphere", [0, 0.424, 0.318])],
    ids=["sphere", "cube", "a sphere that is almost touched"],
)
def test_glyphs_are_complete_across_views_for_one_eye_too(tmp_path, shape, offset):
    # Its middle is in one view, and parts of it are in others.
    offset, size = np.array(offset), 1.0
    np.savez(tmp_path / "one.npz", position=[CAMERA + offset])
    layer = {"kind": "points", "data": "one", "shape": shape, "size": size, "shade": False}
    picture = scene(tmp_path, layer, {"one": {"kind": "particles", "file": "one.npz"}}, None).still(0.0)
    low, high = CAMERA + offset - size / 2, CAMERA + offset + size / 2
    off = errors(
        picture[..., 0] / 255,
        0.0,
        lambda rays: to_sphere(rays, (low + high) / 2, size) if shape == "sphere" else to_box(rays, low, high),
        offset,
        [60, 75],
    )
    assert np.sqrt((off**2).mean()) < 0.12


@pytest.mark.parametrize("offset", [[0, 0.6, 0], [0.2, 0.5, 0.3], [-0.3, -0.5, -0.1]], ids=str)
def test_surfaces_of_few_triangles_have_the_outline_that_both_eyes_see(tmp_path, offset):
    # A level of a grid of two samples to an axis is a rectangle of two triangles, here three units wide.
    offset = np.array(offset)
    middle, half = CAMERA + offset, np.array([1.5, 1.0, 1.5])
    np.save(tmp_path / "ramp.npy", np.broadcast_to(np.array([0.0, 1.0])[:, None], (2, 2, 2)).astype(np.float32))
    bounds = np.stack([middle - half, middle + half], axis=1).tolist()
    layer = {"kind": "isosurface", "data": "ramp", "levels": [0.5], "color": "white", "shade": False}
    data = {"ramp": {"kind": "grid", "file": "ramp.npy", "bounds": bounds}}
    picture = scene(tmp_path, layer, data, [60, 75]).still(0.0)
    thin = half * [1, 1e-6, 1]
    check(picture, lambda rays: to_box(rays, middle - thin, middle + thin), offset * [0, 1, 0], [60, 75])
