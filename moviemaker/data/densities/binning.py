"""Particles added to the cells of a grid, compiled: sorted into planes, each of which is summed by one core.

Within a plane the particles keep their order, so that sums do not depend on the number of cores. A particle goes to the
cell that it is in, or is shared among the 27 samples around it by the quadratic assignment scheme, TSC (R. W. Hockney &
J. W. Eastwood, "Computer Simulation Using Particles", 1988, section 5-3). Unlike that of linear assignment, its width
is the same wherever a particle lies between the samples.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

AT_ONCE = 1 << 20
"""Number of particles that are sorted together, which bounds the memory used."""

_PARTS = 64
"""Number of parts in which a batch of particles is sorted, one on each core. Fixed, as sums depend on it."""

_NOWHERE = -1


def add_particles(
    grid: np.ndarray,
    position: np.ndarray,
    mass: np.ndarray | None,
    index_from_world: np.ndarray,
    limits: np.ndarray,
    shared: bool,
) -> int:
    """Adds particles to the cells of a grid.

    Args:
        grid: (nx, ny, nz) float64, which is added to. Cell i holds the particles from i up to i + 1 along its axis; if
            particles are shared, sample i has a share of those nearer than 1.5. The grid is periodic for particles
            that reach beyond an end.
        position: (3, n) float64; positions that are not finite are left out.
        mass: (n,) float64 of each; None: 1.
        index_from_world: (3, 4), the affine map from a position to an index along each axis.
        limits: (3, 2): positions below the first or above the second are left out. A position at a finite second limit
            belongs to the last cell, as in NumPy's histograms.
        shared: whether particles are shared among samples.

    Returns:
        The number of particles that were added.
    """
    added = 0
    wraps = not np.isfinite(limits).all()
    position = np.require(position, requirements=("C", "W"))  # one layout, to be compiled only once
    masses = np.empty(0) if mass is None else np.require(mass, requirements=("C", "W"))
    for start in range(0, position.shape[1], AT_ONCE):
        size = min(AT_ONCE, position.shape[1] - start)
        count = np.zeros((_PARTS, len(grid)), np.int64)
        plane, cell = np.empty((2, size), np.int32)
        batch = (grid, position, masses, start, index_from_world, limits, wraps, count, plane)
        if shared:
            added += int(_add_shares(*batch, np.empty((size, 4))))
        else:
            sizes = np.empty(0 if mass is None else size)
            added += int(_add_whole(*batch, cell, np.empty_like(cell), sizes))
    return added


@compiled
def _add_whole(
    grid: np.ndarray,
    position: np.ndarray,
    mass: np.ndarray,
    start: int,
    matrix: np.ndarray,
    limits: np.ndarray,
    wraps: bool,
    count: np.ndarray,
    of_plane: np.ndarray,
    cell: np.ndarray,
    order: np.ndarray,
    sizes: np.ndarray,
) -> int:
    """Adds each particle of a batch to the cell that it is in.

    Args:
        start: number of the first particle of the batch.
        wraps: whether the grid is periodic, however far away particles are.
        count: (parts, nx) of zeros, used up.
        of_plane, cell: (n,) receive the number of each particle's plane, and of its cell in the plane.
        order, sizes: (n,) receive the cells and the masses, if any, sorted by planes.
    """
    n = len(cell)
    parts, (planes, across, deep) = len(count), grid.shape
    for part in numba.prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            of_plane[i] = _NOWHERE
            if _within(position, start + i, limits):
                u, v = (
                    _whole(position, start + i, matrix[0], planes, wraps),
                    _whole(position, start + i, matrix[1], across, wraps),
                )
                of_plane[i], cell[i] = u, v * deep + _whole(position, start + i, matrix[2], deep, wraps)
                count[part, u] += 1
    starts = _starts(count)
    for part in numba.prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            if of_plane[i] != _NOWHERE:
                place = count[part, of_plane[i]]
                count[part, of_plane[i]] = place + 1
                order[place] = cell[i]
                if len(mass):
                    sizes[place] = mass[start + i]
    flat = grid.reshape((planes, across * deep))
    for plane in numba.prange(planes):
        here = np.int64(plane)
        for i in range(starts[here], starts[here + 1]):
            flat[here, order[i]] += sizes[i] if len(mass) else 1.0
    return int(starts[planes])


@compiled
def _add_shares(
    grid: np.ndarray,
    position: np.ndarray,
    mass: np.ndarray,
    start: int,
    matrix: np.ndarray,
    limits: np.ndarray,
    wraps: bool,
    count: np.ndarray,
    of_plane: np.ndarray,
    near: np.ndarray,
) -> int:
    """Shares each particle of a batch among the samples around it.

    Args:
        start, wraps, count: as above.
        of_plane: (n,) receives the number of the nearest plane.
        near: (n, 4) receives the particles, sorted by planes: the distance from the nearest sample along x, the
            coordinates along y and z from half a cell before the first sample on, and the masses.
    """
    n = len(of_plane)
    parts, (planes, across, deep) = len(count), grid.shape
    for part in numba.prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            of_plane[i] = _NOWHERE
            if _within(position, start + i, limits):
                of_plane[i] = math.floor(_turned(_along(position, start + i, matrix[0]) + 0.5, planes, wraps))
                count[part, of_plane[i]] += 1
    starts = _starts(count)
    for part in numba.prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            if of_plane[i] != _NOWHERE:
                place = count[part, of_plane[i]]
                count[part, of_plane[i]] = place + 1
                u = _along(position, start + i, matrix[0])
                near[place, 0] = u - math.floor(u + 0.5)
                near[place, 1] = _turned(_along(position, start + i, matrix[1]) + 0.5, across, wraps)
                near[place, 2] = _turned(_along(position, start + i, matrix[2]) + 0.5, deep, wraps)
                near[place, 3] = mass[start + i] if len(mass) else 1.0
    for plane in numba.prange(planes):
        here = np.int64(plane)
        before, after = here - 1 if here else planes - 1, here + 1 if here + 1 < planes else 0
        _share(grid[here], near[starts[before] : starts[before + 1]], 1)
        _share(grid[here], near[starts[here] : starts[here + 1]], 0)
        _share(grid[here], near[starts[after] : starts[after + 1]], -1)
    return int(starts[planes])


@compiled_piece
def _share(plane: np.ndarray, near: np.ndarray, step: int) -> None:
    """Adds to a plane of samples the shares of the particles nearest to it (step 0) or to the plane beside it."""
    across, deep = plane.shape
    for i in range(len(near)):
        a = near[i, 0]
        share = near[i, 3] * (0.75 - a * a if step == 0 else 0.5 * (0.5 + step * a) ** 2)
        j, k = int(near[i, 1]), int(near[i, 2])
        b, c = near[i, 1] - j - 0.5, near[i, 2] - k - 0.5
        j0, j2 = j - 1 if j else across - 1, j + 1 if j + 1 < across else 0
        k0, k2 = k - 1 if k else deep - 1, k + 1 if k + 1 < deep else 0
        c0, c1, c2 = 0.5 * (0.5 - c) ** 2, 0.75 - c * c, 0.5 * (0.5 + c) ** 2
        b0, b1, b2 = share * 0.5 * (0.5 - b) ** 2, share * (0.75 - b * b), share * 0.5 * (0.5 + b) ** 2
        plane[j0, k0] += b0 * c0
        plane[j0, k] += b0 * c1
        plane[j0, k2] += b0 * c2
        plane[j, k0] += b1 * c0
        plane[j, k] += b1 * c1
        plane[j, k2] += b1 * c2
        plane[j2, k0] += b2 * c0
        plane[j2, k] += b2 * c1
        plane[j2, k2] += b2 * c2


@compiled_piece
def _starts(count: np.ndarray) -> np.ndarray:
    """Index of the first particle of each plane (planes + 1,); `count` becomes that of each part."""
    parts, planes = count.shape
    starts = np.empty(planes + 1, np.int64)
    total = 0
    for plane in range(planes):
        starts[plane] = total
        for part in range(parts):
            here = count[part, plane]
            count[part, plane] = total
            total += here
    starts[planes] = total
    return starts


@compiled_piece
def _within(position: np.ndarray, i: int, limits: np.ndarray) -> bool:
    """Whether a particle is within limits; a position that is not finite is not."""
    inside: bool = limits[0, 0] <= position[0, i] <= limits[0, 1]
    inside &= limits[1, 0] <= position[1, i] <= limits[1, 1]
    inside &= limits[2, 0] <= position[2, i] <= limits[2, 1]
    return inside and math.isfinite(position[0, i] + position[1, i] + position[2, i])


@compiled_piece
def _along(position: np.ndarray, i: int, row: np.ndarray) -> float:
    """Coordinate of a particle along an axis of the grid."""
    u: float = row[0] * position[0, i] + row[1] * position[1, i] + row[2] * position[2, i] + row[3]
    return u


@compiled_piece
def _turned(u: float, count: int, wraps: bool) -> float:
    """The equivalent coordinate from 0 up to the count of a periodic axis."""
    if wraps:
        u -= count * math.floor(u / count)
    elif u < 0:
        u += count
    elif u >= count:
        u -= count
    return u if 0 <= u < count else 0.0  # rounding just below 0


@compiled_piece
def _whole(position: np.ndarray, i: int, row: np.ndarray, count: int, wraps: bool) -> int:
    """The number of the cell that a particle is in, along an axis."""
    u = _along(position, i, row)
    return int(_turned(u, count, True)) if wraps else min(max(int(u), 0), count - 1)
