"""The sky at places, calculated as the renderer does it."""

from __future__ import annotations

import numpy as np

from moviemaker.core.props import Cells, Sky
from moviemaker.core.props.shade import STEEPEST

TOWARD = 0.75
"""How far before a surface its sky is looked up, in widths of a cell."""


def cells_at(cells: Cells, places: np.ndarray) -> np.ndarray:
    """Values of cells at places (n, 3), from 0 to 1: (n,) or (n, channels)."""
    size = np.array(cells.values.shape[:3])
    index = np.clip((places - np.array(cells.origin)) / cells.width, 0, size - 1)
    first = np.minimum(index.astype(int), np.maximum(size - 2, 0))
    part = index - first
    found = np.zeros((len(places), *cells.values.shape[3:]))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        i, j, k = np.minimum(first + corner, size - 1).T
        found += weight.reshape(-1, *(1,) * (found.ndim - 1)) * cells.values[i, j, k]
    return np.asarray(found / 65535)


def sky_at(sky: Sky, places: np.ndarray, normals: np.ndarray | None = None) -> np.ndarray:
    """What part of the sky is open at places (n, 3): (n,).

    Args:
        sky: the sky.
        places: scene units.
        normals: (n, 3) unit vectors at right angles to surfaces; None: the places are in the open, or in a medium,
            and see the sky in all directions.
    """
    found = np.ones(len(places))
    for number, level in reversed(list(enumerate(sky.levels))):
        asked = places if normals is None else places + TOWARD * level.width * normals
        index = (asked - np.array(level.origin)) / level.width
        # Over its outermost cells, a level turns into the next coarser one.
        part = np.clip(np.minimum(index, np.array(level.values.shape[:3]) - 1 - index).min(axis=1), 0, 1)
        if number == len(sky.levels) - 1:
            part[:] = 1
        within = part > 0
        four = cells_at(level, asked[within])
        seen = four[:, 0]
        if normals is not None:
            mean = (2 * four[:, 1:] - 1) * STEEPEST
            seen = seen + 2 / 3 * np.einsum("ij,ij->i", mean, normals[within])
        found[within] += part[within] * (np.clip(seen, 0, 1) - found[within])
    return found
