"""The geometry of a dome's picture: the middle is the dome's axis, the front is below it, distance is angle.

Angles are in degrees. An azimuth is 0 at the front and grows to the viewer's right; an altitude is 90 at the dome's
axis and 0 at the spring line of a hemisphere, wherever the scene's own horizon is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """The pixels of some rows of a dome's picture.

    Attributes:
        x: (rows, side), from the middle to the viewer's right, -1 to 1.
        y: (rows, side), from the middle to the front, -1 to 1.
        radius: (rows, side), distance from the middle; 1 at the rim.
    """

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray

    @cached_property
    def azimuth(self) -> np.ndarray:
        """(rows, side), radians from the front to the viewer's right."""
        turn: np.ndarray = np.arctan2(self.x, self.y)
        return turn


@dataclass(frozen=True)
class Disk:
    """The picture of a dome.

    Attributes:
        side: width and height in pixels.
        aperture: degrees from rim to rim.
        tilt: degrees by which the dome's axis is tipped from the zenith towards the front.
        mirror: whether the viewer's right is on the left.
        front, back: degrees that are cut off at the front and at the back.
    """

    side: int
    aperture: float
    tilt: float = 0.0
    mirror: bool = False
    front: float = 0.0
    back: float = 0.0

    @property
    def pixels(self) -> float:
        """Pixels per unit of x, y and radius."""
        return self.side / 2

    def radius_at(self, altitude: float) -> float:
        """The distance of an altitude (degrees) from the middle; above 1 it is outside the picture."""
        return (90 - altitude) / (self.aperture / 2)

    def point(self, altitude: float, azimuth: float) -> tuple[float, float]:
        """The place in the picture, x and y as in `Rows`, of a direction in degrees."""
        radius, turn = self.radius_at(altitude), math.radians(azimuth)
        return radius * math.sin(turn), radius * math.cos(turn)

    def rows(self, first: int, last: int) -> Rows:
        """The pixels of some rows."""
        along = 2 * (np.arange(self.side) + 0.5) / self.side - 1
        x = -along if self.mirror else along
        y = (2 * (np.arange(first, last) + 0.5) / self.side - 1)[:, None]
        x, y = np.broadcast_arrays(x, y)
        return Rows(x, y, np.hypot(x, y))

    def bands(self, height: int) -> Iterator[tuple[int, Rows]]:
        """All rows in bands of `height` rows: the number of the first row of each, and its pixels."""
        for first in range(0, self.side, height):
            yield first, self.rows(first, min(first + height, self.side))

    def inside(self, rows: Rows) -> np.ndarray:
        """Distance of each pixel from the edge of what the dome shows, in pixels; below 0 it is outside."""
        nearest = np.minimum(1 - rows.radius, self._chord(self.front) - rows.y)
        depth: np.ndarray = np.minimum(nearest, rows.y + self._chord(self.back)) * self.pixels
        return depth

    def coverage(self, rows: Rows) -> np.ndarray:
        """The part of each pixel that is inside, 0 to 1."""
        part: np.ndarray = np.clip(self.inside(rows) + 0.5, 0, 1)
        return part

    def _chord(self, cut: float) -> float:
        """Distance from the middle of the straight edge that cuts off some degrees; out of reach for 0 degrees."""
        return 1 - 2 * cut / self.aperture if cut else 2.0


@lru_cache(maxsize=4)
def outside(disk: Disk, height: int) -> np.ndarray:
    """The pixels that are wholly outside of what a dome shows, (side, side) bool; `height` as for `edge`."""
    return np.concatenate([disk.inside(rows) < -1 for _, rows in disk.bands(height)])


@lru_cache(maxsize=4)
def edge(disk: Disk, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels on the edge of what a dome shows, as indices row by row, and the part of each that is inside, 0 to 1.

    Args:
        disk: the picture.
        height: number of rows to work on at a time.
    """
    indices, parts = [], []
    for first, rows in disk.bands(height):
        depth = disk.inside(rows)
        on_edge = np.flatnonzero((depth < 0.5) & (depth >= -1))
        indices.append(on_edge + first * disk.side)
        parts.append(np.clip(depth.reshape(-1)[on_edge] + 0.5, 0, 1))
    return np.concatenate(indices), np.concatenate(parts)
