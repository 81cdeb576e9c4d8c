"""The light of glowing particles in a picture.

Every particle is projected directly through the lens, from the eye that sees it, and its light is added up in floats.
The cost grows with the number of particles and the number of pixels that each lights; memory grows with neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.jit import is_compiled, numba
from moviemaker.core.projection import Projection
from moviemaker.core.props import Glow
from moviemaker.glow._accumulate import add, fill
from moviemaker.glow._mapped import add_mapped
from moviemaker.glow._project import PARTICLES, RANGES, Splats, project, projection_numbers, with_compiled_types
from moviemaker.glow._projections import KINDS, MAPPED
from moviemaker.glow._scratch import scratch_array
from moviemaker.glow._tiles import AREA, TILE, add_tiles
from moviemaker.glow.kernels import PROFILES

ENTRIES = 1 << 21
"""Splats in tiles that are listed at once, unless one range of particles has more."""

_LINEAR = linear_from_srgb(np.arange(256) / 255).astype(np.float32)
_WHITE = np.full((1, 3), 255, np.uint8)
_WHITE.flags.writeable = False  # as `with_compiled_types` gives colours


def are_functions_compiled() -> bool:
    """Whether light has been drawn before, in this process or so that what was compiled is on disk."""
    return is_compiled(add)


def splat_light(
    glows: Sequence[Glow],
    projections: Sequence[Projection],
    size: tuple[int, int],
    nearest: np.ndarray | None = None,
    picture: np.ndarray | None = None,
) -> np.ndarray:
    """The light of particles, (3, height, width) float32: linear red, green and blue, equal on any number of cores.

    The width of a particle's light is its angular width, but at least `NARROWEST` in the picture. Its total, the sum of
    radiance times solid angle over the pixels, is the same in every lens and at every resolution.

    Args:
        glows: the particles.
        projections: one for each part of the picture.
        size: (width, height) of the picture.
        nearest: (height, width) float32, distances of opaque things from the eye, in an orthographic picture along its
            depth; infinite for none. Light of particles farther away is hidden.
        picture: an earlier picture of the same size, which is overwritten and returned.
    """
    width, height = size
    picture = np.empty((3, height, width), np.float32) if picture is None else picture
    overwrite = len(glows) > 0 and len(projections) > 0 and _covers(projections[0], size)
    if not overwrite:
        picture[:] = 0
    walls = np.empty((0, 0), np.float32) if nearest is None else np.ascontiguousarray(nearest, np.float32)
    for glow in map(with_compiled_types, glows):
        for projection in projections:
            if projection.kind == MAPPED:
                add_mapped(glow, _LINEAR, projection, walls, picture)
            else:
                _add_glow(glow, projection, walls, picture, overwrite)
            overwrite = False
    return picture


def _covers(projection: Projection, size: tuple[int, int]) -> bool:
    """Whether a projection fills all of a picture, which then need not be cleared first."""
    return projection.kind != MAPPED and projection.corner == (0, 0) and projection.size == size


def _add_glow(glow: Glow, projection: Projection, walls: np.ndarray, picture: np.ndarray, overwrite: bool) -> None:
    """Adds the light of a glow to the projection's part of the picture, or overwrites that part."""
    left, top = projection.corner
    width, height = projection.size
    part = np.array([left, left + width, top, top + height, projection.turn], np.int64)
    tiles = -(-width // TILE) * -(-height // TILE)
    color = np.ones(3, np.float32)
    several = len(glow.colors) > 1
    if not several:  # one channel is enough for one colour
        color = _LINEAR[glow.colors[0]]
        glow = replace(glow, colors=_WHITE)
    canvas = scratch_array("tiles", (tiles, 3 if several else 1, AREA), np.float32)
    canvas[:] = 0
    splats = Splats.empty(min(PARTICLES, len(glow.position)), tiles)
    for first in range(0, len(glow.position), PARTICLES):
        last = min(first + PARTICLES, len(glow.position))
        ranges = np.linspace(first, last, RANGES + 1).astype(np.int64)
        project(glow, _LINEAR, projection, ranges, part, splats)
        for some in _portions(splats.counts):
            _add(splats, ranges[:-1] - first, some, projection, part, glow.profile, walls, canvas)
    add_tiles(canvas, color, part, picture, overwrite)


def _portions(counts: np.ndarray) -> Iterator[slice]:
    """Groups of ranges of particles, each with about `ENTRIES` splats in tiles at most."""
    total = np.cumsum(counts.sum(axis=1))
    start = 0
    while start < len(total):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + ENTRIES, side="right")))
        if total[end - 1] > before:
            yield slice(start, end)
        start = end


def _add(
    splats: Splats,
    starts: np.ndarray,
    some: slice,
    projection: Projection,
    part: np.ndarray,
    profile: str,
    walls: np.ndarray,
    canvas: np.ndarray,
) -> None:
    counts = splats.counts[some]
    begin = np.zeros(counts.shape[1] + 1, np.int64)
    np.cumsum(counts.sum(axis=0), out=begin[1:])
    places = begin[:-1] + np.cumsum(counts, axis=0) - counts
    order = scratch_array("order", (int(begin[-1]),), np.int32)
    records = splats.record.reshape(-1)
    fill(records, splats.where, starts[some], splats.used[some], part, places, order)
    weights = PROFILES[profile].weights
    shares = _shares(45 * counts.sum(axis=0) + splats.work[some].sum(axis=0), numba.get_num_threads())
    numbers = projection_numbers(projection)
    add(records, order, begin, shares, KINDS[projection.kind], numbers, part, weights, walls, canvas)


def _shares(work: np.ndarray, cores: int) -> np.ndarray:
    """The first tile of each core and the end, (cores + 1,), so that all cores have about the same work."""
    done = np.cumsum(work)
    cuts = np.searchsorted(done, done[-1] * np.arange(1, cores) / cores)
    return np.array([0, *cuts, len(work)], np.int64)
