"""Lines of equal value on a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from moviemaker.layers.planes.plane import Plane

Lines = tuple[np.ndarray, np.ndarray]
"""Points (n, 3), and where each line begins among them (m + 1,)."""


def contours(plane: Plane, values: np.ndarray, levels: Sequence[float]) -> Lines:
    """The lines in a plane's polygon along which samples on it (rows, columns) have given values."""
    if len(plane.corners) < 3 or min(values.shape) < 2:
        return np.empty((0, 3)), np.zeros(1, np.int64)
    from contourpy import contour_generator

    find: Any = contour_generator(z=np.ma.masked_invalid(values), name="serial", line_type="ChunkCombinedOffset")
    starts: list[np.ndarray] = []
    ends: list[np.ndarray] = []
    follows: list[np.ndarray] = []
    for level in levels:
        found, offsets = find.lines(level)
        for points, begins in zip(found, offsets, strict=True):
            if points is None:
                continue
            line = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
            inside = line[1:] == line[:-1]
            starts.append(points[:-1][inside])
            ends.append(points[1:][inside])
            follows.append(np.concatenate([[False], line[1:-1] == line[:-2]])[inside])
    if not starts:
        return np.empty((0, 3)), np.zeros(1, np.int64)
    flat, offsets = _clipped(np.concatenate(starts), np.concatenate(ends), np.concatenate(follows), plane.coordinates)
    return plane.point(flat[:, 0], flat[:, 1]), offsets


def _clipped(starts: np.ndarray, ends: np.ndarray, follows: np.ndarray, corners: np.ndarray) -> Lines:
    """The parts of segments inside a convex polygon, joined to lines again.

    Args:
        starts, ends: (n, 2).
        follows: (n,) bool, whether a segment begins where the one before it ends.
        corners: (k, 2), in order around the polygon.
    """
    way = ends - starts
    first, last = np.zeros(len(starts)), np.ones(len(starts))
    sides = np.roll(corners, -1, axis=0) - corners
    inward = np.column_stack([-sides[:, 1], sides[:, 0]])
    inward *= np.sign(((corners.mean(axis=0) - corners) * inward).sum(axis=1))[:, None]
    reach = 1e-9 * float(np.abs(corners).max() + 1)
    for corner, normal in zip(corners, inward, strict=True):
        length = float(np.linalg.norm(normal))
        if length == 0:
            continue
        height, rise = (starts - corner) @ (normal / length) + reach, way @ (normal / length)
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = -height / rise
        first = np.where(rise > 0, np.maximum(first, crossing), first)
        last = np.where(rise < 0, np.minimum(last, crossing), last)
        last = np.where((rise == 0) & (height < 0), -1.0, last)
    kept = np.flatnonzero(first < last)
    joined = follows[kept] & (first[kept] == 0) & np.concatenate([[False], np.diff(kept) == 1])
    joined[1:] &= last[kept[:-1]] == 1
    begins = np.flatnonzero(~joined)
    points = np.insert(
        starts[kept] + last[kept, None] * way[kept],
        begins,
        (starts[kept] + first[kept, None] * way[kept])[begins],
        axis=0,
    )
    offsets = np.append(begins + np.arange(len(begins)), len(points))
    return points, offsets
