"""Particles to splats, compiled: where each is in the picture, how wide it is there, and how bright.

A splat that is small for how fast the chart bends is an ellipse of pixels. Any other is round in angle: it is added by
the direction of every pixel that it reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from moviemaker.core.chart import Chart
from moviemaker.core.compiling import compiled, compiled_piece
from moviemaker.core.props import Glow
from moviemaker.glow._mapping import EVERYWHERE, KINDS, PARALLEL, SPHERE, box, ods_seen, place
from moviemaker.glow.profiles import PROFILES

NARROWEST = 0.6
"""Standard deviation in pixels that a splat has at least. At that width the samples at the centres of pixels add up to
the whole light, and their centroid is the splat's place, wherever between the pixels it is."""

ROUNDER = 1.25
"""By how much round light is wider than that at least: close to a pole the pixels are no longer a grid."""

BENT = 0.1
"""How much the chart's scale may change over the reach of an ellipse."""

WIDEST = 1.0
"""Full width at half maximum in radians of light whose source the eye is in."""

TILE = 64
"""Side of the tiles that the light is added up in, pixels: the light of one fits into a core's own cache."""

FLAT, ROUND = 1, 2
"""Sorts of splats; 0: nothing to be seen."""


@dataclass(frozen=True, eq=False)
class Splats:
    """Splats of n particles.

    Attributes:
        sort: (n,) uint8, `FLAT`, `ROUND` or 0.
        middle: (n, 2) float64, column and row.
        light: (n, 4) float32, red, green and blue in the middle, and the distance from the eye.
        form: (n, 5) float32. With u the square of the distance from the middle over that of the reach: of a flat one
            the coefficients of dx^2, dx dy and dy^2 in u; of a round one the unit vector in the axes of the chart, and
            the coefficients of q and q^2, q the square of the chord, that make u of it.
        box: (n, 4) int32, columns from and to (not including), rows from and to; columns not yet wrapped.
        tiles: (n,) int64, at most how many tiles each touches.
    """

    sort: np.ndarray
    middle: np.ndarray
    light: np.ndarray
    form: np.ndarray
    box: np.ndarray
    tiles: np.ndarray

    @classmethod
    def empty(cls, count: int) -> Splats:
        """Room for so many."""
        return cls(
            np.empty(count, np.uint8),
            np.empty((count, 2)),
            np.empty((count, 4), np.float32),
            np.empty((count, 5), np.float32),
            np.empty((count, 4), np.int32),
            np.empty(count, np.int64),
        )

    def part(self, first: int, last: int) -> Splats:
        """Some of them; nothing is copied."""
        arrays = (self.sort, self.middle, self.light, self.form, self.box, self.tiles)
        return Splats(*(array[first:last] for array in arrays))


def project(glow: Glow, linear: np.ndarray, chart: Chart, first: int, last: int, room: Splats) -> Splats:
    """The splats of particles `first` to `last`, not including it, in a part of a picture.

    Args:
        glow: the particles.
        linear: (256,) float32, light for a code of a colour.
        chart: where they are.
        first, last: which particles.
        room: for no fewer; used again.
    """
    splats = room.part(0, last - first)
    profile = PROFILES[glow.profile]
    unit = 1.0 / (math.pi * profile.reach**2 * profile.area) if glow.total else 0.0
    numbers = numbers_of(chart)
    # Another type or order of numbers would be compiled anew.
    position = np.ascontiguousarray(glow.position[first:last])
    if position.dtype != np.float32:
        position = position.astype(np.float64, copy=False)
    numbers32 = (np.ascontiguousarray(array, np.float32) for array in (glow.size, glow.brightness))
    size, brightness = (array if len(array) == 1 else array[first:last] for array in numbers32)
    colors = np.ascontiguousarray(glow.colors if len(glow.colors) == 1 else glow.colors[first:last])
    given = (position, size, colors, brightness, linear)
    made = (splats.sort, splats.middle, splats.light, splats.form, splats.box, splats.tiles)
    sort_of_light = np.array([profile.reach, profile.deviation, unit])
    _project(*given, KINDS[chart.kind], numbers, sort_of_light, *made)
    return splats


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
    middle: np.ndarray,
    light: np.ndarray,
    form: np.ndarray,
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
        form[i, 0], form[i, 1], form[i, 2] = (
            ex * ex * p + ey * ey * q,
            2.0 * ex * ey * (p - q),
            ey * ey * p + ex * ex * q,
        )
        form[i, 3], form[i, 4] = 0.0, 0.0
        wide = math.sqrt((ex * along) ** 2 + (ey * across) ** 2)
        high = math.sqrt((ey * along) ** 2 + (ex * across) ** 2)
        bounds[i, 0], bounds[i, 1] = _clipped(column - wide, column + wide, left, right)
        bounds[i, 2], bounds[i, 3] = _clipped(row - high, row + high, top, bottom)
        sort = FLAT
    else:
        narrowest *= ROUNDER / (max(abs(sx), abs(sy)) if change >= EVERYWHERE else min(first, second))
        wider = max(radius, narrowest)
        bright *= (radius / wider) ** 2
        if kind == SPHERE:
            # Around a pole the rows are rings, whose sum is larger than the integral over the distance from the pole:
            # the first terms of the Euler-Maclaurin formula, for a Gaussian at some distance off the pole.
            inverse = (reach / (deviation * sy * wider)) ** 2
            off = 0.5 * inverse * (math.acos(min(abs(y), 1.0)) * sy) ** 2
            more = 7 / 1920 * (1.0 - off) + inverse * 31 / 64512 * (1.0 - 2.0 * off + 0.5 * off * off)
            bright /= 1.0 + inverse * (1 / 24 + inverse * more) * math.exp(-off)
        # From chord to angle as it is near the middle, and exactly so at the reach.
        chord = 4.0 * math.sin(0.5 * min(wider, math.pi)) ** 2
        form[i, 0], form[i, 1], form[i, 2], form[i, 3] = x, y, z, 1.0 / (wider * wider)
        form[i, 4] = (1.0 / chord - 1.0 / (wider * wider)) / chord
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
    middle[i, 0], middle[i, 1] = column, row
    light[i, 0] = bright
    light[i, 3] = away
    return sort


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
    sort: np.ndarray,
    middle: np.ndarray,
    light: np.ndarray,
    form: np.ndarray,
    bounds: np.ndarray,
    tiles: np.ndarray,
) -> None:
    for i in numba.prange(len(sort)):
        n: Any = np.int64(i)
        of_size, of_light = float(size[min(n, len(size) - 1)]), float(brightness[min(n, len(brightness) - 1)])
        x, y, z = float(position[i, 0]), float(position[i, 1]), float(position[i, 2])
        here = _splat(kind, chart, profile, x, y, z, of_size, of_light, i, middle, light, form, bounds)
        sort[i] = here
        tiles[i] = 0
        if here != 0:
            color = min(n, len(colors) - 1)
            bright = light[i, 0]
            for channel in range(3):
                light[i, channel] = bright * linear[colors[color, channel]]
            across = (bounds[i, 1] - bounds[i, 0]) // TILE + 3
            down = (bounds[i, 3] - bounds[i, 2]) // TILE + 2
            tiles[i] = across * down
