"""Lenses for the tests of light, with independent formulas of their pictures, written from the scene format.

Cameras are at the origin, look along y and have z up, unless a test says otherwise.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.props import Glow
from moviemaker.glow.splatting import splat_light
from moviemaker.lens.cubemap import Cubemap
from moviemaker.lens.domemaster import Domemaster
from moviemaker.lens.equirectangular import Equirectangular
from moviemaker.lens.perspective import Perspective
from moviemaker.lens.vr180 import Vr180

X, Y, Z = np.eye(3)
EYE = Camera(np.zeros(3), Y, Z, X, math.radians(70), Z)
SHEARED = replace(EYE, shear=0.3)

# Name: the lens, the eye, the size.
LENSES: dict[str, tuple[Any, Camera, tuple[int, int]]] = {
    "perspective": (Perspective(), EYE, (320, 200)),
    "sheared": (Perspective(), SHEARED, (320, 200)),
    "equirectangular": (Equirectangular(), EYE, (512, 256)),
    "vr180": (Vr180(), EYE, (256, 256)),
    "cubemap": (Cubemap(), EYE, (384, 256)),
    "domemaster": (Domemaster(), EYE, (256, 256)),
    "tilted mirror": (Domemaster(tilt=25, mirror=True, aperture=210), EYE, (256, 256)),
    "whole disk": (Domemaster(aperture=360), EYE, (500, 500)),
}


def direction(name: str, column: Any, row: Any, size: tuple[int, int] | None = None) -> np.ndarray:
    """The direction (..., 3) in the world at a place of the picture, in pixels from its upper left corner."""
    lens, eye, standard = LENSES[name]
    width, height = size or standard
    column, row = np.broadcast_arrays(np.asarray(column, float), np.asarray(row, float))
    if isinstance(lens, Perspective):
        top = math.tan(eye.fov / 2)
        x = (2 * column / width - 1) * top * width / height + eye.shear
        made = np.stack([x, np.ones_like(x), (1 - 2 * row / height) * top], axis=-1)
    elif isinstance(lens, Cubemap):
        side = width / 3
        face = (row // side * 3 + column // side).astype(int)
        u, v = 2 * (column / side % 1) - 1, 1 - 2 * (row / side % 1)
        one = np.ones_like(u)
        faces = [(one, -u, v), (-one, u, v), (u, -v, one), (u, v, -one), (u, one, v), (-u, -one, v)]
        made = np.choose(face[..., None], [np.stack(axes, axis=-1) for axes in faces])
    elif isinstance(lens, Domemaster):
        x, y = 2 * column / width - 1, 2 * row / height - 1
        r = np.hypot(x, y)
        angle, azimuth = r * math.radians(lens.aperture) / 2, np.arctan2(-x if lens.mirror else x, y)
        right, ahead, up = np.sin(angle) * np.sin(azimuth), np.sin(angle) * np.cos(azimuth), np.cos(angle)
        cos, sin = math.cos(math.radians(lens.tilt)), math.sin(math.radians(lens.tilt))
        made = np.stack([right, cos * ahead + sin * up, cos * up - sin * ahead], axis=-1)
    else:
        longitude = (column / width - 0.5) * (2 if isinstance(lens, Equirectangular) else 1) * math.pi
        latitude = (0.5 - row / height) * math.pi
        flat = np.cos(latitude)
        made = np.stack([np.sin(longitude) * flat, np.cos(longitude) * flat, np.sin(latitude)], axis=-1)
    unit: np.ndarray = made / np.linalg.norm(made, axis=-1, keepdims=True)
    return unit


def directions(name: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """The directions of the centres of all pixels, (height, width, 3)."""
    width, height = size or LENSES[name][2]
    return direction(name, *np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), size)


@cache
def solid_angles(name: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """The solid angles of the pixels, (height, width), by finite differences of directions."""
    width, height = size or LENSES[name][2]
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    # Gauss-Legendre points, as the centre of a pixel is not enough close to a pole.
    if isinstance(LENSES[name][0], Equirectangular | Vr180):
        edges = np.sin((0.5 - np.arange(height + 1) / height) * math.pi)
        turn = 2 * math.pi if isinstance(LENSES[name][0], Equirectangular) else math.pi
        return np.broadcast_to((edges[:-1] - edges[1:])[:, None] * turn / width, (height, width))
    near, total = math.sqrt(0.6) / 2, np.zeros((height, width))
    for dx, wx in ((-near, 5), (0, 8), (near, 5)):
        for dy, wy in ((-near, 5), (0, 8), (near, 5)):
            h = 1e-4
            across = direction(name, column + dx + h, row + dy, size) - direction(name, column + dx - h, row + dy, size)
            down = direction(name, column + dx, row + dy + h, size) - direction(name, column + dx, row + dy - h, size)
            total += wx * wy / 324 * np.linalg.norm(np.cross(across, down), axis=-1) / (2 * h) ** 2
    return total


def glow(position: Any, size: Any = 0.1, brightness: Any = 1.0, color: Any = 255, **more: Any) -> Glow:
    position = np.atleast_2d(np.asarray(position, float))
    colors = np.full((1, 3), 0, np.uint8)
    colors[:] = color
    return Glow(position, np.atleast_1d(np.float32(size)), colors, np.atleast_1d(np.float32(brightness)), **more)


def red_light(name: str, glows: Glow, eye: Camera | None = None, size: tuple[int, int] | None = None) -> np.ndarray:
    """The red light in the picture of a lens, (height, width)."""
    lens, standard_eye, standard = LENSES[name]
    size = size or standard
    return splat_light([glows], lens.projections(eye or standard_eye, size), size)[0]
