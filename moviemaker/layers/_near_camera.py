"""What of a layer is near a place: for warnings of what comes too near the eyes.

Nothing here is exact to more than a voxel, and nothing has to be: it is compared with ten distances of the eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from moviemaker.core.fields import Grid

MOST_VOXELS = 32**3
"""Of more voxels than this within reach only every second, third ... along each axis is looked at: what is thinner than
a sixteenth of the reach may be missed."""

MOST_POLYGONS = 1 << 14
"""Of more polygons within reach not all are looked at."""

NOTHING = np.empty((0, 3))


def is_near(position: np.ndarray, place: np.ndarray, reach: float) -> bool:
    """Whether the box around positions (n, 3) is within reach of a place (3,), as far as they are known."""
    low, high = np.fmin.reduce(position), np.fmax.reduce(position)
    return bool(np.linalg.norm(place - np.clip(place, low, high)) <= reach)


def within(position: np.ndarray, place: np.ndarray, reach: float) -> np.ndarray:
    """Indices of the positions (n, 3) that are no farther than `reach` from a place (3,)."""
    # One axis after the other: of many particles few are left after the first.
    near = np.flatnonzero(np.abs(position[:, 0] - place[0]) <= reach)
    for axis in (1, 2):
        near = near[np.abs(position[near, axis] - place[axis]) <= reach]
    found: np.ndarray = near[np.linalg.norm(position[near] - place, axis=1) <= reach]
    return found


def surfaces(centers: np.ndarray, radius: float | np.ndarray, place: np.ndarray) -> np.ndarray:
    """The points (n, 3) of spheres around the centers that are nearest to a place; the place itself if it is inside.

    The radius is that of all, or (n, 1).
    """
    away = centers - place
    distance = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-300)
    return np.asarray(place + away * np.maximum(1 - radius / distance, 0))


def voxels(
    grid: Grid,
    values: np.ndarray,
    place: np.ndarray,
    reach: float,
    shown: Callable[[np.ndarray], np.ndarray],
    cells: bool = False,
) -> np.ndarray:
    """The points (n, 3) of voxels that are nearest to a place, of those within reach of it that are shown.

    Args:
        grid: where the voxels are.
        values: (nx, ny, nz), the field.
        place: (3,), scene units.
        reach: as far as it is looked for, scene units.
        shown: which of some values (x, y, z) show anything, of the same shape; or one less along each axis of `cells`.
        cells: whether it is the cells between eight samples that are shown, and not the samples.
    """
    origin, spacing = np.array(grid.origin), np.array(grid.spacing)
    if grid.direction is not None:
        # In the frame of the array's axes; where these are not at right angles that is near enough.
        upright = replace(grid, direction=None)
        beside = origin + np.linalg.solve(grid.direction, place - origin)
        found = voxels(upright, values, beside, reach, shown, cells)
        return np.asarray(origin + (found - origin) @ grid.direction.T)
    low, high = np.array(grid.bounds).T
    if np.linalg.norm(place - np.clip(place, low, high)) > reach:
        return NOTHING
    corner = np.clip(np.floor((place - origin) / spacing + (0 if cells else 0.5)), 0, np.array(values.shape) - 1)
    around = tuple(slice(a, a + (2 if cells else 1)) for a in corner.astype(int).tolist())
    if shown(values[around]).any() and (np.clip(place, low, high) == place).all():
        return place[None]
    first = np.maximum(np.floor((place - reach - origin) / spacing), 0).astype(int)
    last = np.minimum(np.ceil((place + reach - origin) / spacing), np.array(values.shape) - 1).astype(int)
    stride = max(1, int(np.ceil((float(np.prod(last - first + 1.0)) / MOST_VOXELS) ** (1 / 3))))
    part = values[tuple(slice(a, b + 1, stride) for a, b in zip(first, last, strict=True))]
    found = np.argwhere(shown(part)) * stride + first
    lower, upper = (found, found + stride) if cells else (found - 0.5, found + 0.5)
    near = np.clip(place, np.maximum(origin + lower * spacing, low), np.minimum(origin + upper * spacing, high))
    points: np.ndarray = near[np.linalg.norm(near - place, axis=1) <= reach]
    return points
