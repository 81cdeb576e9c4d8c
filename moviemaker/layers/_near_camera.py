"""Parts of a layer near a point: for warnings about things too near the eyes.

Results are exact to about a voxel, which is enough: they are compared with ten times the distance of the eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from moviemaker.core.fields import Grid

MOST_VOXELS = 32**3
"""With more voxels than this within reach, only every n-th one along each axis is tested: things thinner than 1/16 of
the reach may be missed."""

MOST_POLYGONS = 1 << 14
"""With more polygons than this within reach, not all are tested."""

NOTHING = np.empty((0, 3))


def is_near(position: np.ndarray, place: np.ndarray, reach: float) -> bool:
    """Whether the box around the finite positions (n, 3) is within reach of a place (3,)."""
    low, high = np.fmin.reduce(position), np.fmax.reduce(position)
    return bool(np.linalg.norm(place - np.clip(place, low, high)) <= reach)


def within(position: np.ndarray, place: np.ndarray, reach: float) -> np.ndarray:
    """Indices of the positions (n, 3) within `reach` of a point (3,)."""
    # One axis after the other: after the first, few of many particles are left.
    near = np.flatnonzero(np.abs(position[:, 0] - place[0]) <= reach)
    for axis in (1, 2):
        near = near[np.abs(position[near, axis] - place[axis]) <= reach]
    found: np.ndarray = near[np.linalg.norm(position[near] - place, axis=1) <= reach]
    return found


def surfaces(centers: np.ndarray, radius: float | np.ndarray, place: np.ndarray) -> np.ndarray:
    """The points (n, 3) of spheres that are nearest to a place (3,); the place itself if it is inside.

    The radius is one for all, or (n, 1).
    """
    away = centers - place
    distance = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-300)
    return np.asarray(place + away * np.maximum(1 - radius / distance, 0))


def nearest_on_lines(
    points: np.ndarray, offsets: np.ndarray, radii: np.ndarray, seen: np.ndarray, place: np.ndarray, reach: float
) -> np.ndarray:
    """The points (k, 3) of tubes around line segments that are nearest to a place and within reach of it.

    Args:
        points: (n, 3).
        offsets: (m + 1,), where each line begins.
        radii: (n,), of the tubes.
        seen: (n,) bool, whether a point is not transparent.
        place: (3,), scene units.
        reach: scene units.
    """
    starts = np.setdiff1d(np.arange(len(points)), offsets[1:] - 1)
    starts = starts[seen[starts] | seen[starts + 1]]
    if not len(starts):
        return NOTHING
    way = points[starts + 1] - points[starts]
    square = np.maximum(np.einsum("ij,ij->i", way, way), 1e-300)
    part = np.clip(np.einsum("ij,ij->i", place - points[starts], way) / square, 0, 1)[:, None]
    nearest = points[starts] + part * way
    radius = np.maximum(radii[starts], radii[starts + 1])[:, None]
    close = np.linalg.norm(nearest - place, axis=1) <= reach + radius[:, 0]
    return surfaces(nearest[close], radius[close], place)


def voxels(
    grid: Grid,
    values: np.ndarray,
    place: np.ndarray,
    reach: float,
    visible: Callable[[np.ndarray], np.ndarray],
    cells: bool = False,
) -> np.ndarray:
    """The nearest points (n, 3) of visible voxels that are within reach of a place.

    Args:
        grid: position of the voxels.
        values: (nx, ny, nz), the field.
        place: (3,), scene units.
        reach: scene units.
        visible: which of some values (x, y, z) are visible: an array of the same shape, or with `cells` of one less
            along each axis.
        cells: whether cells between eight samples are tested instead of samples.
    """
    origin, spacing = np.array(grid.origin), np.array(grid.spacing)
    if grid.direction is not None:
        # In the frame of the array's axes; if these are not orthogonal, that is accurate enough.
        aligned = replace(grid, direction=None)
        beside = origin + np.linalg.solve(grid.direction, place - origin)
        found = voxels(aligned, values, beside, reach, visible, cells)
        return np.asarray(origin + (found - origin) @ grid.direction.T)
    low, high = np.array(grid.bounds).T
    if np.linalg.norm(place - np.clip(place, low, high)) > reach:
        return NOTHING
    corner = np.clip(np.floor((place - origin) / spacing + (0 if cells else 0.5)), 0, np.array(values.shape) - 1)
    around = tuple(slice(a, a + (2 if cells else 1)) for a in corner.astype(int).tolist())
    if visible(values[around]).any() and (np.clip(place, low, high) == place).all():
        return place[None]
    first = np.maximum(np.floor((place - reach - origin) / spacing), 0).astype(int)
    last = np.minimum(np.ceil((place + reach - origin) / spacing), np.array(values.shape) - 1).astype(int)
    stride = max(1, int(np.ceil((float(np.prod(last - first + 1.0)) / MOST_VOXELS) ** (1 / 3))))
    part = values[tuple(slice(a, b + 1, stride) for a, b in zip(first, last, strict=True))]
    found = np.argwhere(visible(part)) * stride + first
    lower, upper = (found, found + stride) if cells else (found - 0.5, found + 0.5)
    near = np.clip(place, np.maximum(origin + lower * spacing, low), np.minimum(origin + upper * spacing, high))
    points: np.ndarray = near[np.linalg.norm(near - place, axis=1) <= reach]
    return points
