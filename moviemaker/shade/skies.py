"""How open the sky is, everywhere in a scene.

What casts is put into a grid as optical depth, and the light of the sky is swept through it along 26 directions. Every
cell keeps what part of them is open, and their mean, which is a spherical harmonic of order 1. Things of very
different sizes get several grids, each around the next finer one, which is swept with the light that comes through the
coarser one.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from moviemaker.core.props import Cells
from moviemaker.core.props.shade import STEEPEST
from moviemaker.shade.casters import Casters, Lines, Spheres, Triangles
from moviemaker.shade.levels import LevelPlace
from moviemaker.shade.media import Medium

VERSION = 4
"""To be raised when other numbers come out: skies are kept on disk."""

DIRECTIONS = 26
"""More do not make surfaces truer."""

OWN = 0.15
"""What part of the way through its own cell light loses something on. Half of it is right in a medium, but before a
surface whose depth is spread over the cells around it, that shades the surface by itself."""

OWN_OF_MEDIA = 0.4
"""The depth of half a cell is spread over the cells around it there, too."""

BEFORE_SHEETS = 0.45
"""How much brighter cells beside wide surfaces are made, which shade themselves in spite of that."""

SHEET = 1.6
"""Optical depth across a wide surface."""

_SMALL = 1 << 15
"""Fewer cells are swept faster than cores wake up."""

_AXES = ((0, 1, 2), (1, 0, 2), (2, 0, 1))
_NOTHING = np.empty((0, 0, 0, 0), np.float32)


def sky_levels(casters: Casters, places: Sequence[LevelPlace], reach: float) -> tuple[Cells, ...]:
    """The levels of a `Sky`.

    Args:
        casters: what hides it.
        places: of the levels, as `plan_levels` gives them.
        reach: what is so far away hides 1/e of what it hides nearby, scene units.
    """
    found: list[Cells] = []
    around, outer = _NOTHING, None
    for number in reversed(range(len(places))):
        place = places[number]
        inner = places[number - 1] if number else None
        cells, around = _level(casters, place, reach, around, outer, inner)
        found.insert(0, cells)
        outer = place
    return tuple(found)


def _level(
    casters: Casters,
    place: LevelPlace,
    reach: float,
    around: np.ndarray,
    outer: LevelPlace | None,
    inner: LevelPlace | None,
) -> tuple[Cells, np.ndarray]:
    """The cells of a level, and the light of each direction in those around the next finer one.

    Args:
        casters: what hides the sky.
        place: of the level.
        reach: see above.
        around: (directions, ...), what the level around it gave.
        outer, inner: the level around it, and the one inside.
    """
    from moviemaker.core.jit import numba
    from moviemaker.shade.sweeps import encode, sweep

    depths, sheets = optical_depths(casters, place)
    x, y, z = (np.ascontiguousarray(depths.transpose(axes)) for axes in _AXES)
    sums = tuple(np.empty((one.shape[0], 4, *one.shape[1:]), np.float32) for one in (x, y, z))
    window = np.zeros((3, 2), np.int64) if inner is None else _window(place, inner)
    sizes = window[:, 1] - window[:, 0]
    passed = _NOTHING if inner is None else np.empty((DIRECTIONS, *sizes), np.float32)
    first, step = np.zeros(3), 1.0
    if outer is not None:
        first = (place.origin - outer.origin) / outer.width - _window(outer, place)[:, 0]
        step = place.width / outer.width
    own = OWN_OF_MEDIA if all(isinstance(part, Medium) for part in casters.parts) else OWN
    light = (directions(DIRECTIONS), reach / place.width, own, around, first, step, window, passed)

    def sweep_axis(axis: int, depth: np.ndarray) -> None:
        for sign in (1.0, -1.0):
            sweep(axis, sign, depth, *light, sums[axis])

    # Each axis adds up for itself, so that the sums are the same on any number of cores.
    with ThreadPoolExecutor(min(3, numba.get_num_threads()) if depths.size > _SMALL else 1) as cores:
        list(cores.map(sweep_axis, range(3), (x, y, z)))
    cells = np.empty((*place.shape, 4), np.uint16)
    encode(sums, DIRECTIONS, STEEPEST, _brighter(sheets), cells)
    return place.cells(cells), passed


def _window(outer: LevelPlace, inner: LevelPlace) -> np.ndarray:
    """The first cell and the end of the cells of a level around another one, with a cell more on each side: (3, 2)."""
    low = (inner.origin - inner.width - outer.origin) / outer.width
    high = low + (np.array(inner.shape) + 1) * inner.width / outer.width
    size = np.array(outer.shape)
    return np.column_stack([np.maximum(np.floor(low), 0), np.minimum(np.ceil(high) + 1, size)]).astype(np.int64)


def directions(count: int) -> np.ndarray:
    """Unit vectors (count, 3) that are spread evenly over the sphere, on a spiral of the golden angle."""
    number = np.arange(count) + 0.5
    z = 1 - 2 * number / count
    angle, across = np.pi * (1 + np.sqrt(5)) * number, np.sqrt(1 - z * z)
    return np.column_stack([across * np.cos(angle), across * np.sin(angle), z])


def optical_depths(casters: Casters, place: LevelPlace) -> tuple[np.ndarray, np.ndarray]:
    """Optical depths of paths as long as a cell is wide, in the cells of a level, and those of surfaces; both float32.

    The second array is empty if nothing is a surface.
    """
    from moviemaker.shade.deposits import add_balls, add_medium, add_triangles

    depths = np.zeros(place.shape, np.float32)
    surfaces = any(isinstance(part, Triangles) for part in casters.parts)
    sheets = np.zeros_like(depths) if surfaces else np.empty((0, 0, 0), np.float32)
    for part in casters.parts:
        if isinstance(part, Medium):
            add_medium(*_extinction(part, place), place.width, depths)
            continue
        offset = np.array(part.origin) / place.width - place.first
        if isinstance(part, Spheres):
            whole = np.empty(0, np.float32)
            add_balls(part.center, part.radius, part.opacity, whole, offset, place.width, depths)
        elif isinstance(part, Lines):
            add_balls(*beads(part, place.width), offset, place.width, depths)
        else:
            extent = np.full(len(part.corners), np.inf, np.float32) if part.extent is None else part.extent
            add_triangles(part.corners, part.opacity, extent, offset, place.width, SHEET, sheets)
    if surfaces:
        depths += sheets
    return depths, sheets


def _extinction(part: Medium, place: LevelPlace) -> tuple[np.ndarray, np.ndarray]:
    """The extinction of a medium, as fine as a level, and the index in it (3, 4) from (i, j, k, 1) of a cell."""
    factor = np.maximum(np.rint(place.width / part.spacing), 1).astype(int)
    extinction, matrix = part.extinction((int(factor[0]), int(factor[1]), int(factor[2])))
    cells = np.eye(4)
    cells[:3, :3] *= place.width
    cells[:3, 3] = place.origin
    return extinction, np.linalg.solve(matrix, cells)[:3]


def _brighter(sheets: np.ndarray) -> np.ndarray:
    """Factors for the light in the cells around surfaces; empty for none."""
    for axis in range(3 if sheets.size else 0):
        near, along = sheets.copy(), [slice(None)] * 3
        along[axis] = slice(1, None)
        upper = tuple(along)
        along[axis] = slice(None, -1)
        near[tuple(along)] += sheets[upper]
        near[upper] += sheets[tuple(along)]
        sheets = near
    return np.asarray(1 + BEFORE_SHEETS * np.minimum(sheets / np.float32(9 * SHEET), 1), np.float32)


def beads(lines: Lines, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Balls along lines: middles, radii, opacities, and what part of each counts.

    Thin ones hide together as much as the tube does on average over all directions, and thick ones fill as much space.
    """
    step = np.diff(lines.position, axis=0).astype(np.float64)
    length = np.concatenate([[0.0], np.linalg.norm(step, axis=1)])
    first = lines.offsets[:-1][np.diff(lines.offsets) > 0]
    length[first] = 0
    apart = np.maximum(0.5 * lines.radius, 0.5 * width)
    # Beads are counted along all lines together; a line of one point is one ball.
    share = length / np.maximum(np.concatenate([apart[:1], (apart[1:] + apart[:-1]) / 2]), 1e-30)
    count = np.maximum(np.ceil(share), 1).astype(np.int64)
    count[first] = 0
    ends = np.repeat(np.arange(len(length)), count)
    number = np.arange(len(ends)) - np.repeat(np.cumsum(count) - count, count)
    part = ((number + 0.5) / count[ends]).astype(np.float32)
    values = [np.asarray(one, np.float32) for one in (lines.position, lines.radius, lines.opacity)]
    center, radius, opacity = (
        one[ends - 1] + (part[:, None] if one.ndim == 2 else part) * (one[ends] - one[ends - 1]) for one in values
    )
    each = length[ends] / count[ends]
    weight = each / np.maximum(radius, 1e-30) * np.where(radius < width / 2, 0.5, 0.75)
    seen = (radius > 0) & (opacity > 0)
    return center[seen], radius[seen], opacity[seen], weight[seen].astype(np.float32)
