"""Pictures of all directions made smaller, and as wide as they are seen near the poles."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

ROWS = 256
"""Rows that are worked on at once."""


def area_means(
    picture: np.ndarray, rows: int, columns: int, read: Callable[[np.ndarray], np.ndarray] = lambda part: part
) -> np.ndarray:
    """A picture (height, width, channels) made smaller: (rows, columns, channels) float32, means over areas.

    Args:
        picture: of any type.
        rows, columns: at most as many as it has.
        read: turns some of its rows into numbers of which means are taken.
    """
    narrow = np.concatenate(
        [
            _along(read(picture[first : first + ROWS]), columns, axis=1).astype(np.float32)
            for first in range(0, len(picture), ROWS)
        ]
    )
    return _along(narrow, rows, axis=0).astype(np.float32)


def _along(values: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Means over so many equal parts of an axis."""
    size = values.shape[axis]
    if size == count:
        return values
    edges = np.linspace(0, size, count + 1)
    values = np.moveaxis(values, axis, 0)
    if size % count == 0:
        found = values.reshape(count, size // count, *values.shape[1:]).mean(axis=1, dtype=np.float64)
    else:
        sums = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0, dtype=np.float64)])
        found = np.diff(_between(sums, edges), axis=0) / (size / count)
    return np.moveaxis(found, 0, axis)


def _between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values along the first axis at fractional places, linearly."""
    low = np.minimum(places.astype(np.intp), len(values) - 2)
    part = (places - low).reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray(values[low] * (1 - part) + values[low + 1] * part)


def even_at_poles(light: np.ndarray) -> None:
    """Makes texels near the poles of an equirectangular picture (rows, columns, channels) means of their neighbours.

    They become as wide on the sphere as those at the equator. A pixel that looks at a pole sees many texels of a row,
    and without this it would show one of them by chance.
    """
    rows, columns = light.shape[:2]
    latitude = (0.5 - (np.arange(rows) + 0.5) / rows) * math.pi
    wide = np.minimum(1 / np.cos(latitude), columns)
    for row in np.flatnonzero(wide > 1.5).tolist() if columns > 1 else ():
        sums = np.concatenate([np.zeros((1, light.shape[2])), np.cumsum(light[row], axis=0, dtype=np.float64)])
        half = float(wide[row]) / 2
        before, after = (_integral(sums, np.arange(columns) + 0.5 + side) for side in (-half, half))
        light[row] = (after - before) / (2 * half)


def _integral(sums: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The integral of a row around the sphere up to places, texels from its left edge, from its sums (columns + 1,)."""
    columns = len(sums) - 1
    turns = np.floor(places / columns)
    return np.asarray(_between(sums, places - turns * columns) + turns[:, None] * sums[-1])
