"""Caps: the parts of a grid's sides that close the surfaces of a field there, as triangles.

On a side a cap is the region in which the field lies beyond a level. It meets the surface that flying edges finds in
its straight pieces between edges of the grid, also where two opposite corners of a square lie above a level and the
others below it: the two corners above are apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SIDES = tuple((axis, end) for axis in range(3) for end in (0, 1))
"""The six sides of a grid: the axis, and whether it is the last sample along it."""


@dataclass(frozen=True, eq=False)
class Caps:
    """Triangles on the sides of a grid.

    Attributes:
        index: (n, 3), fractional indices of the points among the samples.
        normal: (n, 3), outwards along the axes of the grid.
        level: (n,), number of the level that a point belongs to.
        triangles: (m, 3), numbers of points, counter-clockwise as seen from outside.
    """

    index: np.ndarray
    normal: np.ndarray
    level: np.ndarray
    triangles: np.ndarray


def find_caps(
    values: np.ndarray, known: np.ndarray | None, levels: Sequence[float], ways: Sequence[int], sides: Sequence[bool]
) -> Caps:
    """The caps of some levels. Where the bodies of two levels overlap, the inner one has the cap.

    Args:
        values: (nx, ny, nz), all finite.
        known: (nx, ny, nz) bool; no cap is found beside unknown samples. None: all are known.
        levels: values of the surfaces.
        ways: for each level 1 if the body is where the field is above it, -1 if it is below, 0 for no cap.
        sides: for each of `SIDES`, whether it has caps.
    """
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    count = 0
    for (axis, end), wanted in zip(SIDES, sides, strict=True):
        others = [other for other in range(3) if other != axis]
        if not wanted or min(values.shape[other] for other in others) < 2:
            continue
        place = values.shape[axis] - 1 if end else 0
        flat = np.take(values, place, axis).astype(np.float64)
        seen = None if known is None else np.take(known, place, axis)
        for number, low, high in _bands(levels, ways):
            points, triangles = _region(flat, seen, low, high)
            if not len(triangles):
                continue
            index = np.full((len(points), 3), float(place))
            index[:, others] = points
            normal = np.zeros((len(points), 3))
            normal[:, axis] = 1 if end else -1
            if (axis == 1) == bool(end):  # counter-clockwise along the other two axes is clockwise as seen from outside
                triangles = triangles[:, ::-1]
            found.append((index, normal, np.full(len(points), number), triangles + count))
            count += len(points)
    if not found:
        return Caps(np.empty((0, 3)), np.empty((0, 3)), np.empty(0, int), np.empty((0, 3), int))
    index, normal, level, triangles = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Caps(index, normal, level, triangles)


def _bands(levels: Sequence[float], ways: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """For each level with caps its number, and the least and the greatest value of its cap."""
    for way in (1, -1):
        chosen = sorted((way * level, number) for number, level in enumerate(levels) if ways[number] == way)
        for place, (level, number) in enumerate(chosen):
            beyond = chosen[place + 1][0] if place + 1 < len(chosen) else np.inf
            if beyond > level:
                yield (number, level, beyond) if way > 0 else (number, -beyond, -level)


def _region(values: np.ndarray, known: np.ndarray | None, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Where values (a, b) lie between two numbers: points (n, 2), in fractional indices, and triangles (m, 3)."""
    rows, columns = np.arange(values.shape[0] - 1), np.arange(values.shape[1] - 1)
    i, j = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    corners = np.stack([np.stack([i + a, j + b], axis=-1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))], axis=1)
    at_corners = values[corners[..., 0], corners[..., 1]]
    kept = (at_corners >= low).any(axis=1) & (at_corners <= high).any(axis=1)
    if known is not None:
        kept &= known[corners[..., 0], corners[..., 1]].all(axis=1)
    whole = kept & ((at_corners >= low) & (at_corners <= high)).all(axis=1)
    numbers = np.ravel_multi_index((corners[whole][..., 0], corners[whole][..., 1]), values.shape)
    used, square = np.unique(numbers, return_inverse=True)
    square = square.reshape(-1, 4)
    points = [np.stack(np.unravel_index(used, values.shape), axis=1).astype(float)]
    triangles = [square[:, [0, 1, 2]], square[:, [0, 2, 3]]]
    first = len(used)
    rest = kept & ~whole
    for polygons in _apart(corners[rest].astype(float), at_corners[rest], low):
        for threshold, sign in ((low, 1), (high, -1)):
            if np.isfinite(threshold):
                polygons = _clipped(polygons, threshold, sign)
        fans, ends = _fans(polygons)
        triangles.append(fans + first)
        points.append(ends)
        first += len(ends)
    return np.concatenate(points), np.concatenate(triangles)


@dataclass(frozen=True, eq=False)
class _Polygons:
    """Convex polygons with values at their corners.

    Attributes:
        points: (n, k, 2).
        values: (n, k).
        counts: (n,), how many of the k corners there are.
    """

    points: np.ndarray
    values: np.ndarray
    counts: np.ndarray


def _apart(corners: np.ndarray, values: np.ndarray, low: float) -> Iterator[_Polygons]:
    """Squares (n, 4, 2); those of which only two opposite corners are above a level as two triangles each."""
    above = values >= low
    saddle = (above[:, 0] == above[:, 2]) & (above[:, 1] == above[:, 3]) & (above[:, 0] != above[:, 1])
    yield _Polygons(corners[~saddle], values[~saddle], np.full(np.count_nonzero(~saddle), 4))
    for turn in (0, 1):
        chosen = saddle & (above[:, 0] == (turn == 0))
        for corner in ((3, 0, 1), (1, 2, 3)) if turn == 0 else ((0, 1, 2), (2, 3, 0)):
            part = list(corner)
            yield _Polygons(corners[chosen][:, part], values[chosen][:, part], np.full(np.count_nonzero(chosen), 3))


def _clipped(polygons: _Polygons, threshold: float, sign: int) -> _Polygons:
    """The parts of polygons in which values are at least a threshold, or for sign -1 at most.

    I. E. Sutherland and G. W. Hodgman, "Reentrant polygon clipping", Comm. ACM 17, 32 (1974).
    """
    count, most = polygons.values.shape
    if not count:
        return polygons
    slots = np.arange(most)
    there = slots < polygons.counts[:, None]
    following = (slots + 1) % np.maximum(polygons.counts, 1)[:, None]
    rows = np.arange(count)[:, None]
    here, ahead = polygons.values, polygons.values[rows, following]
    inside, inside_ahead = sign * here >= sign * threshold, sign * ahead >= sign * threshold
    crossing = there & (inside != inside_ahead)
    part = np.where(crossing, (threshold - here) / np.where(crossing, ahead - here, 1), 0)
    between = polygons.points + part[..., None] * (polygons.points[rows, following] - polygons.points)
    points = np.stack([polygons.points, between], axis=2).reshape(count, 2 * most, 2)
    values = np.stack([here, np.full_like(here, threshold)], axis=2).reshape(count, 2 * most)
    taken = np.stack([there & inside, crossing], axis=2).reshape(count, 2 * most)
    order = np.argsort(~taken, axis=1, kind="stable")
    counts = taken.sum(axis=1)
    widest = max(int(counts.max(initial=0)), 1)
    order = order[:, :widest]
    return _Polygons(points[rows, order], values[rows, order], counts)


def _fans(polygons: _Polygons) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (m, 3) of convex polygons, and their points (n, 2)."""
    count, most = polygons.values.shape
    numbers = np.arange(count * most).reshape(count, most)
    found = [numbers[polygons.counts > corner + 1][:, [0, corner, corner + 1]] for corner in range(1, most - 1)]
    triangles = np.concatenate(found) if found else np.empty((0, 3), int)
    return triangles, polygons.points.reshape(-1, 2)
