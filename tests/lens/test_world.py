"""One world for all lenses: small spheres in all directions land where the formulas of each lens say.

The formulas of the scene format are written down here once more, independently of the program: the direction of each
pixel of a picture. Directions are compared, in pixels of 2048 to the full circle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

import moviemaker as mm

PIXEL = 2 * math.pi / 2048
POSITION = np.array([3.0, -2.0, 1.0])
YAW, PITCH = math.radians(40), math.radians(-25)  # of the camera that looks at the world


def directions_of_world(count: int = 44) -> np.ndarray:
    """Directions all over the sphere (a Fibonacci lattice, turned), none nearer than 5 degrees to a pole."""
    k = np.arange(count) + 0.5
    height = (1 - 2 * k / count) * math.sin(math.radians(85))
    turn = k * math.pi * (3 - math.sqrt(5))
    return np.stack([np.cos(turn) * np.sqrt(1 - height**2), np.sin(turn) * np.sqrt(1 - height**2), height], axis=1)


def viewer_frame(level: bool) -> np.ndarray:
    """Right, up, ahead as columns."""
    ahead = np.array([math.cos(YAW), math.sin(YAW), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    if not level:
        level_ahead = ahead
        ahead = math.cos(PITCH) * level_ahead + math.sin(PITCH) * up
        up = math.cos(PITCH) * up - math.sin(PITCH) * level_ahead
    return np.column_stack([np.cross(ahead, up), up, ahead])


def equirectangular(width: int, height: int, span: float = 360.0) -> np.ndarray:
    i, j = np.meshgrid(np.arange(width), np.arange(height))
    lon = np.radians(((i + 0.5) / width - 0.5) * span)
    lat = np.radians((0.5 - (j + 0.5) / height) * 180)
    return np.stack([np.sin(lon) * np.cos(lat), np.sin(lat), np.cos(lon) * np.cos(lat)], axis=-1)


def domemaster(size: int, aperture: float, tilt: float) -> np.ndarray:
    i, j = np.meshgrid(np.arange(size), np.arange(size))
    x, y = 2 * (i + 0.5) / size - 1, 2 * (j + 0.5) / size - 1
    r = np.hypot(x, y)
    theta, t = r * np.radians(aperture) / 2, np.radians(tilt)
    axis = np.array([0, math.cos(t), math.sin(t)])
    front = np.array([0, -math.sin(t), math.cos(t)])
    right = np.array([1.0, 0, 0])
    out = (x / r)[..., None] * right + (y / r)[..., None] * front
    d = np.cos(theta)[..., None] * axis + np.sin(theta)[..., None] * out
    d[r > 1] = np.nan
    return d


def cubemap(side: int) -> np.ndarray:
    i, j = np.meshgrid(np.arange(side), np.arange(side))
    a, b, one = 2 * (i + 0.5) / side - 1, 1 - 2 * (j + 0.5) / side, np.ones((side, side))
    faces = {
        "right": (one, b, -a), "left": (-one, b, a), "up": (a, one, -b),
        "down": (a, -one, b), "front": (a, b, one), "back": (-a, b, -one),
    }  # fmt: skip
    made = {name: np.stack(face, axis=-1) for name, face in faces.items()}
    rows = [np.hstack([made[n] for n in row]) for row in (("right", "left", "up"), ("down", "front", "back"))]
    d = np.vstack(rows)
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


def solid_angles(d: np.ndarray) -> np.ndarray:
    """Of the pixels of a picture with directions d (H, W, 3), from their own differences."""
    if d.shape[0] * 3 == d.shape[1] * 2:  # a cubemap: neighbours in the picture are not neighbours on the sphere
        return np.abs(d).max(axis=-1) ** 3
    across, down = np.gradient(d, axis=1), np.gradient(d, axis=0)
    return np.linalg.norm(np.cross(across, down), axis=-1)


WIDE = {"lens": "domemaster", "size": [1200, 1200], "aperture": 220, "tilt": 10}
LATLON = partial(equirectangular, 2048, 1024)
LENSES: dict[str, tuple[dict, Callable[[], np.ndarray]]] = {
    "equirectangular": ({"lens": "equirectangular", "size": [2048, 1024]}, LATLON),
    "not level": ({"lens": "equirectangular", "size": [2048, 1024], "level": False}, LATLON),
    "vr180": ({"lens": "vr180", "size": [1024, 1024]}, partial(equirectangular, 1024, 1024, 180)),
    "dome": ({"lens": "domemaster", "size": [1024, 1024]}, partial(domemaster, 1024, 180, 0)),
    "tilted": ({"lens": "domemaster", "size": [1024, 1024], "tilt": 20}, partial(domemaster, 1024, 180, 20)),
    "wide": (WIDE, partial(domemaster, 1200, 220, 10)),
    "whole": ({"lens": "domemaster", "size": [2048, 2048], "aperture": 360}, partial(domemaster, 2048, 360, 0)),
    "cubemap": ({"lens": "cubemap", "size": [1536, 1024]}, partial(cubemap, 512)),
}


@pytest.mark.parametrize("name", LENSES)
def test_spheres_land_where_the_formula_says(name, tmp_path):
    written, formula = LENSES[name]
    world = directions_of_world()
    groups = {f"at_{distance}": (distance, world[k::4]) for k, distance in enumerate((1, 3, 10, 30))}
    for group, (distance, directions) in groups.items():
        np.savez(tmp_path / f"{group}.npz", position=POSITION + distance * directions)
    look = np.array([math.cos(YAW) * math.cos(PITCH), math.sin(YAW) * math.cos(PITCH), math.sin(PITCH)])
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {group: {"kind": "particles", "file": f"{group}.npz"} for group in groups},
            "layers": [
                {"kind": "points", "data": group, "size": 0.02 * distance, "shade": False}
                for group, (distance, _) in groups.items()
            ],
            "camera": {"keyframes": [{"time": 0, "position": POSITION.tolist(), "target": (POSITION + look).tolist()}]},
            "outputs": {"main": written | {"format": "png"}},
        },
        folder=tmp_path,
    )
    picture = scene.still(0.0)[..., 0].astype(float)
    from_pixels = formula()
    weight = picture * solid_angles(from_pixels)
    expected = world @ viewer_frame(written.get("level", True))
    seen = 0
    for direction in expected:
        near = from_pixels @ direction > math.cos(math.radians(2))
        edge = ~np.isfinite(from_pixels[..., 0])
        if near.sum() < 50 or (edge & _grown(near)).any():
            continue  # outside the picture, or on its rim
        found = (weight[near, None] * from_pixels[near]).sum(axis=0)
        found /= np.linalg.norm(found)
        assert np.linalg.norm(found - direction) / PIXEL < 0.35
        seen += 1
    assert seen >= (15 if name in ("vr180", "dome", "tilted") else 20)


def _grown(mask: np.ndarray) -> np.ndarray:
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown
