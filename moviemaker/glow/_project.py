"""Particles to splats, compiled: where each is in the picture, how wide it is there, and how bright.

A splat is an ellipse of pixels if it is small compared with how fast the projection bends. Any other is round in angle:
it is added by the direction of every pixel that it reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np

from moviemaker.core.jit import compiled, compiled_piece
from moviemaker.core.projection import Projection
from moviemaker.core.props import Glow
from moviemaker.glow import _project_fast as q
from moviemaker.glow import _splat_layout as r
from moviemaker.glow._project_exact import splat
from moviemaker.glow._projections import KINDS
from moviemaker.glow._scratch import kept
from moviemaker.glow._simd import LANES
from moviemaker.glow._tiles import LOG_TILE, MARGIN, STRIDE, TILE, tiles_of
from moviemaker.glow.kernels import PROFILES

SEVERAL = -1
"""Instead of the tile that a splat belongs to: it may touch several."""

RANGES = 16
"""Ranges of particles that are worked on side by side; the same on every machine."""

PARTICLES = 1 << 18
"""Particles that are worked on at once: so few that what is known of them stays in the cache."""


@dataclass(frozen=True, eq=False)
class Splats:
    """Splats of a number of particles. Those of each range of particles lie together, from where the range begins.

    Attributes:
        record: (2 n, 8) float32, their numbers as in `_record`; a range begins in the row that is twice its first.
        where: (n, 2) int32, the tile of each or `SEVERAL`, and the row of its record.
        used: (RANGES,) int64, the splats of each range.
        counts: (RANGES, tiles) int64, how many of each range light each tile.
        work: (RANGES, tiles) float64, about how much of the tile they light, in pixels, but for narrow ones.
    """

    record: np.ndarray
    where: np.ndarray
    used: np.ndarray
    counts: np.ndarray
    work: np.ndarray

    @classmethod
    def empty(cls, count: int, tiles: int) -> Splats:
        """Room for so many. The last one made is of no more use."""
        return cls(
            r.rows(2 * count),
            kept("where", (count, 2), np.int32),
            np.empty(RANGES, np.int64),
            np.empty((RANGES, tiles), np.int64),
            np.empty((RANGES, tiles)),
        )


def in_order(glow: Glow) -> Glow:
    """The particles in the types and the order of numbers that all is compiled for; copied only where it differs."""
    kept = np.float32 if glow.position.dtype == np.float32 else np.float64
    return replace(
        glow,
        position=np.ascontiguousarray(glow.position, kept),
        size=np.ascontiguousarray(glow.size, np.float32),
        colors=np.ascontiguousarray(glow.colors),
        brightness=np.ascontiguousarray(glow.brightness, np.float32),
    )


def project(
    glow: Glow, linear: np.ndarray, projection: Projection, ranges: np.ndarray, part: np.ndarray, room: Splats
) -> None:
    """Fills the splats of particles in a part of a picture.

    Args:
        glow: the particles, as `in_order` gives them.
        linear: (256,) float32, light for a code of a colour.
        projection: where they are.
        ranges: (RANGES + 1,) where the ranges of particles begin and the last one ends.
        part: (5,) int64: columns from and to, rows from and to, and columns of a whole turn or 0.
        room: the splats, used again; the first range begins with the first of them.
    """
    given = (glow.position, glow.size, glow.colors, glow.brightness, linear)
    room.counts[:] = 0
    room.work[:] = 0
    made = (room.record.reshape(-1), room.where, room.used, room.counts, room.work)
    _project(*given, KINDS[projection.kind], numbers_of(projection), numbers_of_profile(glow), ranges, part, *made)


def numbers_of_profile(glow: Glow) -> np.ndarray:
    """The (3,) numbers of a profile: reach, deviation, and the radiance that a total gives for a size of 1, or 0."""
    profile = PROFILES[glow.profile]
    unit = 1.0 / (math.pi * profile.reach**2 * profile.area) if glow.total else 0.0
    return np.array([profile.reach, profile.deviation, unit])


def numbers_of(projection: Projection) -> np.ndarray:
    """The (27,) numbers of a projection: position, axes, scale, middle, corner, size, turn; ODS: axis, radius, fade."""
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
def _block(
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
    numbers: np.ndarray,
    where: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> tuple[int, int]:
    """Adds the splats of a block of particles, whose numbers `quick` has filled; returns the number of the splat after
    the last, and the row of its record."""
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across, several = (right - left + TILE - 1) >> LOG_TILE, len(colors) > 1
    for n in range(first, last):
        k, at = np.uint64(n - first), np.uint64(row * r.ROW)
        state = w[q.STATE + k]
        if state == q.UNSEEN:
            continue
        if state != q.HARD:
            numbers[at + r.RED], numbers[at + r.AWAY] = w[q.BRIGHT + k], w[q.AWAY + k]
            numbers[at + r.FORM], numbers[at + r.FORM_1] = w[q.XX + k], w[q.XY + k]
            numbers[at + r.FORM_2], numbers[at + r.CODE] = w[q.YY + k], w[q.CODE + k]
            numbers[at + r.DX], numbers[at + r.DY] = w[q.COLUMN + k], w[q.ROW + k]
            tile: Any = np.int64(w[q.TILE_OF + k])
            if state == q.PLAIN:
                numbers[at + r.FROM_COLUMN], numbers[at + r.TO_COLUMN] = w[q.LEFT + k], w[q.RIGHT + k]
                numbers[at + r.FROM_ROW], numbers[at + r.TO_ROW] = w[q.TOP + k], w[q.BOTTOM + k]
                numbers[at + r.CODE], tile = r.FLAT, SEVERAL
        else:
            x, y, z = float(position[n, 0]), float(position[n, 1]), float(position[n, 2])
            of_size, of_light = float(size[min(n, len(size) - 1)]), float(brightness[min(n, len(brightness) - 1)])
            if not splat(kind, proj, profile, x, y, z, of_size, of_light, numbers, at):
                continue
            tile = _tile(numbers, at, part)
        if several:
            bright, color = numbers[at + r.RED], min(n, len(colors) - 1)
            numbers[at + r.RED] = bright * linear[colors[color, 0]]
            numbers[at + r.GREEN] = bright * linear[colors[color, 1]]
            numbers[at + r.BLUE] = bright * linear[colors[color, 2]]
        where[i, 0], where[i, 1] = tile, row
        i += 1
        row += 1 if tile >= 0 and not several else 2
        if tile >= 0:
            counts[tile] += 1
            continue
        c0, c1 = int(numbers[at + r.FROM_COLUMN]), int(numbers[at + r.TO_COLUMN])
        r0, r1 = int(numbers[at + r.FROM_ROW]), int(numbers[at + r.TO_ROW])
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
def _tile(numbers: np.ndarray, at: Any, part: np.ndarray) -> int:
    """The tile that a splat belongs to, which is noted in its record, or `SEVERAL`."""
    left, right, top, turn = part[0], part[1], part[2], part[4]
    c0, c1 = int(numbers[at + r.FROM_COLUMN]), int(numbers[at + r.TO_COLUMN])
    r0, r1 = int(numbers[at + r.FROM_ROW]), int(numbers[at + r.TO_ROW])
    narrow = numbers[at + r.CODE] == r.FLAT and c1 - c0 <= MARGIN and r1 - r0 <= MARGIN
    if not (narrow and left <= c0 < right and (turn == 0 or c1 <= right)):
        return SEVERAL
    along, down = c0 - left, r0 - top
    wide = 1 if c1 - c0 > LANES else 0
    numbers[at + r.CODE] = q.CODES * (down % TILE * STRIDE + along % TILE) + 2 * (r1 - r0 - 1) + wide
    tile: int = (down >> LOG_TILE) * ((right - left + TILE - 1) >> LOG_TILE) + (along >> LOG_TILE)
    return tile


@compiled_piece
def _range(
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
    numbers: np.ndarray,
    where: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> int:
    """Adds the splats of a range of particles, from number i on; returns how many."""
    given, before, row = (position, size, colors, brightness, linear, kind, proj, profile), i, 2 * i
    w = np.empty(q.NUMBERS, np.float32)
    for first in range(start, end, q.BLOCK):
        last = min(first + q.BLOCK, end)
        _take(size, first, last, w[int(q.SIZE) :])
        _take(brightness, first, last, w[int(q.BRIGHT) :])
        q.quick(kind, position, first, last - first, proj, profile, w)
        q.resolve(last - first, part, w)
        i, row = _block(*given, first, last, part, i, row, w, numbers, where, counts, work)
    return i - before


@compiled_piece
def _take(given: np.ndarray, first: int, last: int, taken: np.ndarray) -> None:
    """Copies what belongs to some particles from an array that has one number for each, or one for all."""
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
    numbers: np.ndarray,
    where: np.ndarray,
    used: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> None:
    for one in numba.prange(len(ranges) - 1):
        start, end, i = ranges[one], ranges[one + 1], ranges[one] - ranges[0]
        given = (position, size, colors, brightness, linear, kind, proj, profile)
        used[one] = _range(*given, start, end, part, i, numbers, where, counts[one], work[one])
