"""From particles to splats, compiled: the place of each in the picture, its width there, and its brightness.

A splat is an ellipse of pixels if the projection is nearly linear over it. Any other splat is round in angle: its light
is computed from the direction of every pixel that it reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba
from moviemaker.core.projection import Projection
from moviemaker.core.props import Glow
from moviemaker.glow import _project_fast as fast
from moviemaker.glow import _splat_layout as layout
from moviemaker.glow._project_exact import splat
from moviemaker.glow._projections import KINDS
from moviemaker.glow._scratch import scratch_array
from moviemaker.glow._simd import LANES
from moviemaker.glow._tiles import LOG_TILE, MARGIN, STRIDE, TILE, tiles_of
from moviemaker.glow.kernels import PROFILES

SEVERAL = -1
"""Stands for the tile of a splat that may touch several."""

RANGES = 16
"""Ranges of particles that are projected in parallel; the same number on every machine."""

PARTICLES = 1 << 18
"""Particles that are projected at once: few enough that their splats stay in the cache."""


@dataclass(frozen=True, eq=False)
class Splats:
    """The splats of a number of particles. The splats of a range of particles begin at the index of its first particle.

    Attributes:
        record: (2 n, 8) float32, their records as in `_splat_layout`; those of a range begin at twice its first index.
        where: (n, 2) int32, the tile of each splat or `SEVERAL`, and the row of its record.
        used: (RANGES,) int64, the number of splats of each range.
        counts: (RANGES, tiles) int64, the number of splats of each range in each tile.
        work: (RANGES, tiles) float64, about how many pixels they light, without splats that belong to one tile.
    """

    record: np.ndarray
    where: np.ndarray
    used: np.ndarray
    counts: np.ndarray
    work: np.ndarray

    @classmethod
    def empty(cls, count: int, tiles: int) -> Splats:
        """Scratch memory for `count` splats. The last one made must not be used any more."""
        return cls(
            layout.rows(2 * count),
            scratch_array("where", (count, 2), np.int32),
            np.empty(RANGES, np.int64),
            np.empty((RANGES, tiles), np.int64),
            np.empty((RANGES, tiles)),
        )


def with_compiled_types(glow: Glow) -> Glow:
    """The particles with the array types and memory order that the functions are compiled for; copied where needed."""
    kind = np.float32 if glow.position.dtype == np.float32 else np.float64
    return replace(
        glow,
        position=_compiled_type(glow.position, kind),
        size=_compiled_type(glow.size, np.float32),
        colors=_compiled_type(glow.colors, np.uint8),
        brightness=_compiled_type(glow.brightness, np.float32),
    )


def _compiled_type(array: np.ndarray, kind: type[np.generic]) -> np.ndarray:
    """An array that cannot be written to: functions are compiled anew, for many seconds, for one that can be."""
    view = np.require(array, kind, ["C", "ALIGNED"]).view()
    view.flags.writeable = False
    return view


def project(
    glow: Glow, linear: np.ndarray, projection: Projection, ranges: np.ndarray, part: np.ndarray, splats: Splats
) -> None:
    """Fills the splats of particles in a part of a picture.

    Args:
        glow: the particles, as `with_compiled_types` gives them.
        linear: (256,) float32, the linear light of each 8-bit code of a colour.
        projection: from the world to the picture.
        ranges: (RANGES + 1,) where the ranges of particles begin, and the end of the last.
        part: (5,) int64: columns from and up to, rows from and up to, and columns of a whole turn or 0.
        splats: filled, from its first row on.
    """
    given = (glow.position, glow.size, glow.colors, glow.brightness, linear)
    splats.counts[:] = 0
    splats.work[:] = 0
    made = (splats.record.reshape(-1), splats.where, splats.used, splats.counts, splats.work)
    _project(*given, KINDS[projection.kind], projection_numbers(projection), profile_numbers(glow), ranges, part, *made)


def profile_numbers(glow: Glow) -> np.ndarray:
    """Reach, deviation, and the radiance of a total of 1 at a size of 1 (0 if brightness is radiance), (3,)."""
    profile = PROFILES[glow.profile]
    unit = 1.0 / (math.pi * profile.reach**2 * profile.area) if glow.total else 0.0
    return np.array([profile.reach, profile.deviation, unit])


def projection_numbers(projection: Projection) -> np.ndarray:
    """Position, axes, scale, middle, corner, size, turn, and for ODS axis, radius and fade, (27,)."""
    ods = projection.ods
    circle = [0.0] * 6 if ods is None else [*ods.up.tolist(), ods.radius, *ods.merge]
    parts = [
        *projection.position,
        *np.asarray(projection.axes).ravel(),
        *projection.scale,
        *projection.middle,
        *projection.corner,
        *projection.size,
    ]
    return np.array([*parts, projection.turn, *circle], dtype=np.float64)


@compiled_piece
def _add_block(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    proj: np.ndarray,
    profile: np.ndarray,
    first: int,
    last: int,
    part: np.ndarray,
    i: int,
    row: int,
    w: np.ndarray,
    records: np.ndarray,
    where: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> tuple[int, int]:
    """Adds the splats of a block of particles that `project_block` and `to_pixels` have projected.

    Returns:
        The index of the next splat and the row of its record.
    """
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across, several = (right - left + TILE - 1) >> LOG_TILE, len(colors) > 1
    for n in range(first, last):
        k, at = np.uint64(n - first), np.uint64(row * layout.ROW)
        state = w[fast.STATE + k]
        if state == fast.UNSEEN:
            continue
        if state != fast.EXACT:
            records[at + layout.RED], records[at + layout.AWAY] = w[fast.BRIGHT + k], w[fast.AWAY + k]
            records[at + layout.FORM], records[at + layout.FORM_1] = w[fast.XX + k], w[fast.XY + k]
            records[at + layout.FORM_2], records[at + layout.CODE] = w[fast.YY + k], w[fast.CODE + k]
            records[at + layout.DX], records[at + layout.DY] = w[fast.COLUMN + k], w[fast.ROW + k]
            tile: np.int64 | int = np.int64(w[fast.TILE_OF + k])
            if state == fast.ELLIPSE:
                records[at + layout.FROM_COLUMN], records[at + layout.TO_COLUMN] = w[fast.LEFT + k], w[fast.RIGHT + k]
                records[at + layout.FROM_ROW], records[at + layout.TO_ROW] = w[fast.TOP + k], w[fast.BOTTOM + k]
                records[at + layout.CODE], tile = layout.ELLIPSE, SEVERAL
        else:
            x, y, z = float(position[n, 0]), float(position[n, 1]), float(position[n, 2])
            of_size, of_light = float(size[min(n, len(size) - 1)]), float(brightness[min(n, len(brightness) - 1)])
            if not splat(kind, proj, profile, x, y, z, of_size, of_light, records, at):
                continue
            tile = _tile_of(records, at, part)
        if several:
            bright, color = records[at + layout.RED], min(n, len(colors) - 1)
            records[at + layout.RED] = bright * linear[colors[color, 0]]
            records[at + layout.GREEN] = bright * linear[colors[color, 1]]
            records[at + layout.BLUE] = bright * linear[colors[color, 2]]
        where[i, 0], where[i, 1] = tile, row
        i += 1
        row += 1 if tile >= 0 and not several else 2
        if tile >= 0:
            counts[tile] += 1
            continue
        c0, c1 = int(records[at + layout.FROM_COLUMN]), int(records[at + layout.TO_COLUMN])
        r0, r1 = int(records[at + layout.FROM_ROW]), int(records[at + layout.TO_ROW])
        around = 1 if turn > 0 and (c0 < left or c1 > right) else 0
        for shift in range(-around, around + 1):
            a0, a1, d0, d1 = tiles_of(c0 + shift * turn, c1 + shift * turn, r0, r1, left, right, top, bottom)
            share = (c1 - c0) * (r1 - r0) / max((a1 - a0) * (d1 - d0), 1)
            for down in range(d0, d1):
                for along in range(a0, a1):
                    counts[down * across + along] += 1
                    work[down * across + along] += share
    return i, row


@compiled_piece
def _tile_of(records: np.ndarray, at: np.uint64, part: np.ndarray) -> int:
    """The tile that a splat belongs to, whose code is written to its record, or `SEVERAL`."""
    left, right, top, turn = part[0], part[1], part[2], part[4]
    c0, c1 = int(records[at + layout.FROM_COLUMN]), int(records[at + layout.TO_COLUMN])
    r0, r1 = int(records[at + layout.FROM_ROW]), int(records[at + layout.TO_ROW])
    narrow = records[at + layout.CODE] == layout.ELLIPSE and c1 - c0 <= MARGIN and r1 - r0 <= MARGIN
    if not (narrow and left <= c0 < right and (turn == 0 or c1 <= right)):
        return SEVERAL
    along, down = c0 - left, r0 - top
    wide = 1 if c1 - c0 > LANES else 0
    records[at + layout.CODE] = fast.CODES * (down % TILE * STRIDE + along % TILE) + 2 * (r1 - r0 - 1) + wide
    tile: int = (down >> LOG_TILE) * ((right - left + TILE - 1) >> LOG_TILE) + (along >> LOG_TILE)
    return tile


@compiled_piece
def _add_range(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    proj: np.ndarray,
    profile: np.ndarray,
    start: int,
    end: int,
    part: np.ndarray,
    i: int,
    records: np.ndarray,
    where: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> int:
    """Adds the splats of a range of particles, from index i on; returns their number."""
    given, before, row = (position, size, colors, brightness, linear, kind, proj, profile), i, 2 * i
    w = np.empty(fast.NUMBERS, np.float32)
    for first in range(start, end, fast.BLOCK):
        last = min(first + fast.BLOCK, end)
        _copy_values(size, first, last, w[int(fast.SIZE) :])
        _copy_values(brightness, first, last, w[int(fast.BRIGHT) :])
        fast.project_block(kind, position, first, last - first, proj, profile, w)
        fast.to_pixels(last - first, part, w)
        i, row = _add_block(*given, first, last, part, i, row, w, records, where, counts, work)
    return i - before


@compiled_piece
def _copy_values(given: np.ndarray, first: int, last: int, taken: np.ndarray) -> None:
    """Copies the numbers of some particles from an array that has one number for each particle, or one for all."""
    if len(given) == 1:
        taken[: last - first] = given[0]
    else:
        taken[: last - first] = given[first:last]


@compiled
def _project(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    proj: np.ndarray,
    profile: np.ndarray,
    ranges: np.ndarray,
    part: np.ndarray,
    records: np.ndarray,
    where: np.ndarray,
    used: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> None:
    for one in numba.prange(len(ranges) - 1):
        start, end, i = ranges[one], ranges[one + 1], ranges[one] - ranges[0]
        given = (position, size, colors, brightness, linear, kind, proj, profile)
        used[one] = _add_range(*given, start, end, part, i, records, where, counts[one], work[one])
