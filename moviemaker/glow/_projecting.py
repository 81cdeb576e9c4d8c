"""Particles to splats, compiled: where each is in the picture, how wide it is there, and how bright.

A splat that is small for how fast the chart bends is an ellipse of pixels. Any other is round in angle: it is added by
the direction of every pixel that it reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np

from moviemaker.core.chart import Chart
from moviemaker.core.compiling import compiled, compiled_piece
from moviemaker.core.props import Glow
from moviemaker.glow._mapping import DISK, EVERYWHERE, KINDS, PARALLEL, SPHERE, box, farthest, ods_seen, place
from moviemaker.glow._quick import (
    AWAY,
    BENT,
    BLOCK,
    BOTTOM,
    BRIGHT,
    COLUMN,
    LEFT,
    NARROWEST,
    NUMBERS,
    PLAIN,
    RIGHT,
    ROUNDER,
    ROW,
    SIZE,
    STATE,
    TOP,
    UNSEEN,
    XX,
    XY,
    YY,
    quick,
)
from moviemaker.glow._tiles import LOG_TILE, MARGIN, STRIDE, TILE, tiles_of
from moviemaker.glow.profiles import PROFILES

ALONE = -(1 << 30)
"""Instead of the column where a box ends: the splat belongs to one tile."""

WIDEST = 1.0
"""Full width at half maximum in radians of light whose source the eye is in."""

RANGES = 16
"""Ranges of particles that are worked on side by side; the same on every machine."""

PARTICLES = 1 << 17
"""Particles that are worked on at once: so few that what is known of them stays in the cache."""

NARROW, FLAT, ROUND = 1, 2, 3
"""Sorts of splats: ellipses of a few pixels, other ellipses, and what is round in angle; 0: nothing to be seen."""


@dataclass(frozen=True, eq=False)
class Splats:
    """Splats of a number of particles. Those of each range of particles lie together, from where the range begins.

    Attributes:
        record: (n, 16) float32: red, green and blue in the middle, and the distance from the eye; then the form; then
            column and row of the centre of its box's first pixel, from its middle; and its sort; then the box again,
            but of a narrow one where its box begins in the tile, and the rows of it.
            The form, with u the square of the distance from the middle over that of the reach: of a flat one the
            coefficients of dx^2, dx dy and dy^2 in u; of a round one the unit vector in the axes of the chart, and the
            coefficients of q and q^2, q the square of the chord, that make u of it.
        box: (n, 4) int32, columns from and to (not including), rows from and to; columns not yet wrapped. Of a narrow
            one the tile, and `ALONE`.
        used: (RANGES,) int64, the splats of each range.
        counts: (RANGES, tiles) int64, how many of each range light each tile.
        work: (RANGES, tiles) float64, about how much of the tile they light, in pixels, but for narrow ones.
    """

    record: np.ndarray
    box: np.ndarray
    used: np.ndarray
    counts: np.ndarray
    work: np.ndarray

    @classmethod
    def empty(cls, count: int, tiles: int) -> Splats:
        """Room for so many."""
        return cls(
            _in_lines(count),
            np.empty((count, 4), np.int32),
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


def _in_lines(count: int) -> np.ndarray:
    """(count, 16) float32, each row in one of the 64 bytes that a processor fetches at a time."""
    room = np.empty(16 * count + 16, np.float32)
    skipped = -(room.ctypes.data // 4) % 16
    return room[skipped : skipped + 16 * count].reshape(count, 16)


def project(glow: Glow, linear: np.ndarray, chart: Chart, ranges: np.ndarray, part: np.ndarray, room: Splats) -> None:
    """Fills the splats of particles in a part of a picture.

    Args:
        glow: the particles, as `in_order` gives them.
        linear: (256,) float32, light for a code of a colour.
        chart: where they are.
        ranges: (RANGES + 1,) where the ranges of particles begin and the last one ends.
        part: (5,) int64: columns from and to, rows from and to, and columns of a whole turn or 0.
        room: the splats, used again; the first range begins with the first of them.
    """
    profile = PROFILES[glow.profile]
    unit = 1.0 / (math.pi * profile.reach**2 * profile.area) if glow.total else 0.0
    given = (glow.position, glow.size, glow.colors, glow.brightness, linear)
    sort_of_light = np.array([profile.reach, profile.deviation, unit])
    room.counts[:] = 0
    room.work[:] = 0
    made = (room.record, room.box, room.used, room.counts, room.work)
    _project(*given, KINDS[chart.kind], numbers_of(chart), sort_of_light, ranges, part, *made)


def numbers_of(chart: Chart) -> np.ndarray:
    """A chart as (27,) numbers: position, axes, scale, middle, corner, size, turn; then ODS: axis, radius, fade."""
    ods = chart.ods
    circle = [0.0] * 6 if ods is None else [*ods.up.tolist(), ods.radius, *ods.merge]
    parts = [*chart.position, *np.asarray(chart.axes).ravel(), *chart.scale, *chart.middle, *chart.corner, *chart.size]
    return np.array([*parts, chart.turn, *circle], dtype=np.float64)


@compiled_piece
def seen(chart: np.ndarray, px: float, py: float, pz: float) -> tuple[float, float, float]:
    """A point of the world from the eye, in the axes of the chart; zero if the eye does not see it."""
    x, y, z = px - chart[0], py - chart[1], pz - chart[2]
    if chart[24] != 0.0:
        x, y, z = ods_seen(x, y, z, chart[21], chart[22], chart[23], chart[24], chart[25], chart[26])
    return (
        x * chart[3] + y * chart[4] + z * chart[5],
        x * chart[6] + y * chart[7] + z * chart[8],
        x * chart[9] + y * chart[10] + z * chart[11],
    )


@compiled_piece
def _clipped(low: float, high: float, start: float, end: float) -> tuple[int, int]:
    """Pixels whose centres are between two places, cut to a range."""
    return math.ceil(min(max(low, start), end) - 0.5), math.floor(min(max(high, start), end) - 0.5) + 1


@compiled_piece
def _splat(
    kind: int,
    chart: np.ndarray,
    profile: np.ndarray,
    px: float,
    py: float,
    pz: float,
    size: float,
    bright: float,
    i: int,
    record: np.ndarray,
    bounds: np.ndarray,
) -> int:
    """Fills splat number i but for its colour, from a particle's position, size and brightness; returns its sort."""
    x, y, z = seen(chart, px, py, pz)
    away = math.sqrt(x * x + y * y + z * z)
    if not (bright > 0.0 and size > 0.0 and 0.0 < away < math.inf):
        return 0
    reach, deviation, unit = profile[0], profile[1], profile[2]
    if unit > 0.0:
        bright *= unit / (size * size)
    width = size
    if kind == PARALLEL:
        away = z
    else:
        if away < size:  # from inside, the light is all around: let it fade, not flash
            bright *= (away / size) ** 2
        half = 0.5 * size / away
        # The arc tangent takes longer than its series.
        width = 2.0 * half * (1.0 - half * half / 3.0) if half < 0.01 else min(2.0 * math.atan(half), WIDEST)
        nearness = 1.0 / away
        x, y, z = x * nearness, y * nearness, z * nearness
    u, v, ex, ey, first, second, change = place(kind, x, y, z)
    sx, sy = chart[12], chart[13]
    column, row = chart[14] + sx * u, chart[15] + sy * v
    turn = chart[20]
    start, end = chart[16], chart[16] + chart[18]
    left, right = (start - turn, end + turn) if turn > 0.0 else (start, end)
    top, bottom = chart[17], chart[17] + chart[19]
    radius, narrowest = reach * width, NARROWEST * reach / deviation
    if kind == SPHERE:
        first, second = first * abs(sx), second * abs(sy)
    else:
        first, second = first * abs(sx), second * abs(sx)
        ex, ey = math.copysign(ex, ex * sx), math.copysign(ey, ey * sy)
    finest = narrowest / min(first, second)
    bend = change + (0.0 if kind == PARALLEL else 0.5 * max(radius, finest))
    if bend * max(radius, finest) < BENT:
        a, b = radius * first, radius * second
        along, across = max(a, narrowest), max(b, narrowest)
        shorter, narrower = 1.0 / along, 1.0 / across
        bright *= (a * shorter) * (b * narrower)
        p, q = shorter * shorter, narrower * narrower
        record[i, 4], record[i, 5], record[i, 6] = (
            ex * ex * p + ey * ey * q,
            2.0 * ex * ey * (p - q),
            ey * ey * p + ex * ex * q,
        )
        record[i, 7], record[i, 8] = 0.0, 0.0
        wide = math.sqrt((ex * along) ** 2 + (ey * across) ** 2)
        high = math.sqrt((ey * along) ** 2 + (ex * across) ** 2)
        bounds[i, 0], bounds[i, 1] = _clipped(column - wide, column + wide, left, right)
        bounds[i, 2], bounds[i, 3] = _clipped(row - high, row + high, top, bottom)
        sort = FLAT
    else:
        narrowest *= ROUNDER / (max(abs(sx), abs(sy)) if change >= EVERYWHERE else min(first, second))
        wider = max(radius, narrowest)
        bright *= (radius / wider) ** 2
        if kind == DISK and math.hypot(u, v) - wider > farthest(chart):
            return 0  # what is around the place opposite of the axis would be all around the rim
        if kind == SPHERE:
            # Around a pole the rows are rings, whose sum is larger than the integral over the distance from the pole:
            # the first terms of the Euler-Maclaurin formula, for a Gaussian at some distance off the pole.
            inverse = (reach / (deviation * sy * wider)) ** 2
            off = 0.5 * inverse * (math.acos(min(abs(y), 1.0)) * sy) ** 2
            more = 7 / 1920 * (1.0 - off) + inverse * 31 / 64512 * (1.0 - 2.0 * off + 0.5 * off * off)
            bright /= 1.0 + inverse * (1 / 24 + inverse * more) * math.exp(-off)
        # From chord to angle as it is near the middle, and exactly so at the reach.
        chord = 4.0 * math.sin(0.5 * min(wider, math.pi)) ** 2
        record[i, 4], record[i, 5], record[i, 6], record[i, 7] = x, y, z, 1.0 / (wider * wider)
        record[i, 8] = (1.0 / chord - 1.0 / (wider * wider)) / chord
        u0, u1, v0, v1 = box(kind, x, y, z, wider)
        c0, c1 = chart[14] + sx * u0, chart[14] + sx * u1
        r0, r1 = chart[15] + sy * v0, chart[15] + sy * v1
        if u0 > u1 or v0 > v1:
            return 0
        bounds[i, 0], bounds[i, 1] = _clipped(min(c0, c1), max(c0, c1), left, right)
        bounds[i, 2], bounds[i, 3] = _clipped(min(r0, r1), max(r0, r1), top, bottom)
        if turn > 0.0 and max(c0, c1) - min(c0, c1) >= turn:
            bounds[i, 0], bounds[i, 1] = int(start), int(end)
        sort = ROUND
    if bounds[i, 0] >= bounds[i, 1] or bounds[i, 2] >= bounds[i, 3]:
        return 0
    record[i, 0], record[i, 3] = bright, away
    record[i, 9], record[i, 10] = bounds[i, 0] + 0.5 - column, bounds[i, 2] + 0.5 - row
    return sort


@compiled_piece
def _block(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    chart: np.ndarray,
    profile: np.ndarray,
    first: int,
    last: int,
    part: np.ndarray,
    i: int,
    w: np.ndarray,
    record: np.ndarray,
    box: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> int:
    """Adds the splats of a block of particles, whose numbers `quick` has filled; returns the number after the last."""
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    half = np.float32(0.5)
    for n in range(first, last):
        at: Any = np.uint64(n - first)
        if w[STATE + at] == UNSEEN:
            continue
        if w[STATE + at] == PLAIN:
            # What is left of a turn's first column is below 0, where to cut off is not to round down.
            c0, c1 = int(w[LEFT + at] + half + turn) - turn, int(w[RIGHT + at] + half + turn) - turn
            r0, r1 = int(w[TOP + at] + half), int(w[BOTTOM + at] + half)
            bright = w[BRIGHT + at]
            if c0 >= c1 or r0 >= r1 or not (0.0 < bright < math.inf):
                continue
            record[i, 3] = w[AWAY + at]
            record[i, 4], record[i, 5], record[i, 6] = w[XX + at], w[XY + at], w[YY + at]
            record[i, 9] = np.float32(c0) + half - w[COLUMN + at]
            record[i, 10] = np.float32(r0) + half - w[ROW + at]
            sort = FLAT
        else:
            x, y, z = float(position[n, 0]), float(position[n, 1]), float(position[n, 2])
            of_size, of_light = float(size[min(n, len(size) - 1)]), float(brightness[min(n, len(brightness) - 1)])
            sort = _splat(kind, chart, profile, x, y, z, of_size, of_light, i, record, box)
            if sort == 0:
                continue
            bright = record[i, 0]
            c0, c1, r0, r1 = int(box[i, 0]), int(box[i, 1]), int(box[i, 2]), int(box[i, 3])
        color = min(n, len(colors) - 1)
        record[i, 0] = bright * linear[colors[color, 0]]
        record[i, 1] = bright * linear[colors[color, 1]]
        record[i, 2] = bright * linear[colors[color, 2]]
        narrow = sort == FLAT and c1 - c0 <= MARGIN and r1 - r0 <= MARGIN
        if narrow and left <= c0 < right and (turn == 0 or c1 <= right):  # tiles at a turn's ends are not side by side
            down, along = r0 - top, c0 - left
            tile = (down >> LOG_TILE) * across + (along >> LOG_TILE)
            record[i, 11], record[i, 12], record[i, 13] = NARROW, down % TILE * STRIDE + along % TILE, r1 - r0
            box[i, 0], box[i, 1] = tile, ALONE
            counts[tile] += 1
            i += 1
            continue
        record[i, 11], record[i, 12], record[i, 13], record[i, 14], record[i, 15] = sort, c0, c1, r0, r1
        box[i, 0], box[i, 1], box[i, 2], box[i, 3] = c0, c1, r0, r1
        i += 1
        around = 1 if turn > 0 and (c0 < left or c1 > right) else 0
        for shift in range(-around, around + 1):
            a0, a1, d0, d1 = tiles_of(c0 + shift * turn, c1 + shift * turn, r0, r1, left, right, top, bottom)
            share = (c1 - c0) * (r1 - r0) / max((a1 - a0) * (d1 - d0), 1)
            for down in range(d0, d1):
                for along in range(a0, a1):
                    counts[down * across + along] += 1
                    work[down * across + along] += share
    return i


@compiled_piece
def _range(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    chart: np.ndarray,
    profile: np.ndarray,
    start: int,
    end: int,
    part: np.ndarray,
    i: int,
    record: np.ndarray,
    box: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> int:
    """Adds the splats of a range of particles, from number i on; returns how many."""
    given, before = (position, size, colors, brightness, linear, kind, chart, profile), i
    w = np.empty(NUMBERS, np.float32)
    for first in range(start, end, BLOCK):
        last = min(first + BLOCK, end)
        for k in range(last - first):
            w[SIZE + np.uint64(k)] = size[min(first + k, len(size) - 1)]
            w[BRIGHT + np.uint64(k)] = brightness[min(first + k, len(brightness) - 1)]
        quick(kind, position, first, last - first, chart, profile, w)
        i = _block(*given, first, last, part, i, w, record, box, counts, work)
    return i - before


@compiled
def _project(
    position: np.ndarray,
    size: np.ndarray,
    colors: np.ndarray,
    brightness: np.ndarray,
    linear: np.ndarray,
    kind: int,
    chart: np.ndarray,
    profile: np.ndarray,
    ranges: np.ndarray,
    part: np.ndarray,
    record: np.ndarray,
    box: np.ndarray,
    used: np.ndarray,
    counts: np.ndarray,
    work: np.ndarray,
) -> None:
    for one in numba.prange(len(ranges) - 1):
        start, end, i = ranges[one], ranges[one + 1], ranges[one] - ranges[0]
        given = (position, size, colors, brightness, linear, kind, chart, profile)
        used[one] = _range(*given, start, end, part, i, record, box, counts[one], work[one])
