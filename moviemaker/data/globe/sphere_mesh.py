"""The globe as a mesh: a sphere to be drawn below maps and levels that do not cover everything."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from moviemaker.core.fields import Cells, Mesh
from moviemaker.data.globe.coordinates import globe_position

_STEP = 2.0
"""Degrees between points: faces then lie less than a six-thousandth of the radius below the sphere."""
_COORDINATES = "texture coordinates"


class GlobeMesh:
    """A sphere around the origin, of faces between parallels and meridians.

    Its fields are `longitude` and `latitude` in degrees, and texture coordinates for pictures of the whole globe from
    180 degrees west to 180 degrees east (plate carree).

    Args:
        radius: of the sphere.
    """

    paths: tuple[Path, ...] = ()
    times: np.ndarray | None = None
    steps = 1
    names: tuple[str, ...] = ("longitude", "latitude", _COORDINATES)

    def __init__(self, radius: float):
        self._radius = radius

    def read(self, step: int) -> Mesh:
        """The sphere. Its points on the meridian of 180 degrees exist twice, for both ends of a picture."""
        return self._mesh

    @cached_property
    def _mesh(self) -> Mesh:
        across, up = round(360 / _STEP), round(180 / _STEP)
        longitude, latitude = (
            each.ravel()
            for each in np.meshgrid(np.linspace(-180, 180, across + 1), np.linspace(-90, 90, up + 1), indexing="ij")
        )
        number = np.arange(len(longitude)).reshape(across + 1, up + 1)
        # Counter-clockwise seen from outside; at the poles two corners coincide.
        quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1)
        south, north = quads[:, 0, [0, 2, 3]], quads[:, -1, [0, 1, 2]]
        between = quads[:, 1:-1].reshape(-1, 4)
        counts = np.repeat([4, 3], [len(between), 2 * across])
        connectivity = np.concatenate([between.ravel(), south.ravel(), north.ravel()])
        fields = {
            "longitude": longitude,
            "latitude": latitude,
            _COORDINATES: np.stack([(longitude + 180) / 360, (latitude + 90) / 180], axis=1),
        }
        points = globe_position([longitude, latitude], self._radius)
        return Mesh(points, fields, polys=Cells(np.concatenate([[0], np.cumsum(counts)]), connectivity))
