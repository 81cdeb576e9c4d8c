"""Particles to splats, compiled for many at a time: what most particles are, small ellipses in a flat picture, around
a sphere or in a dome. Whatever is not so plain is left to `_projecting`, which takes them one by one.

All loops are over one array of numbers and without branches, so that the compiler takes eight at a time. Numbers are
of single precision once the eye is the origin: a pixel of a picture 16384 wide is 400 times what is lost.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.compiling import compiled_piece
from moviemaker.glow._mapping import PARALLEL, PLANE, SPHERE, arc, farthest, ods_seen

BLOCK = 256
"""Particles that are worked on together."""

NARROWEST = 0.6
"""Standard deviation in pixels that a splat has at least. At that width the samples at the centres of pixels add up to
the whole light, and their centroid is the splat's place, wherever between the pixels it is."""

ROUNDER = 1.25
"""By how much round light is wider than that at least: close to a pole the pixels are no longer a grid."""

BENT = 0.1
"""How much the chart's scale may change over the reach of an ellipse."""

X, Y, Z, SIZE, BRIGHT, AWAY, XX, XY, YY, COLUMN, ROW, LEFT, RIGHT, TOP, BOTTOM, STATE = (
    np.uint64(k * BLOCK) for k in range(16)
)
"""Where in the array of numbers each of a block's quantities begins."""

NUMBERS = 16 * BLOCK
UNSEEN, PLAIN, HARD = np.float32(0), np.float32(1), np.float32(2)
"""States of a particle: not in the picture, an ellipse, or one for `_projecting`."""

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_THIRD, _FIFTH, _TINY = np.float32(1 / 3), np.float32(1 / 5), np.float32(1e-12)
_QUARTER, _STRAIGHT = np.float32(math.pi / 2), np.float32(math.pi)
_SMALL, _STEEP = np.float32(0.1), np.float32(0.02)


@compiled_piece
def come_near(position: np.ndarray, first: int, count: int, chart: np.ndarray, w: np.ndarray) -> None:
    """Fills X, Y and Z, a block's positions from the eye along the axes of the chart, and STATE."""
    ox, oy, oz = chart[0], chart[1], chart[2]
    a0, a1, a2, a3, a4, a5, a6, a7, a8 = (
        chart[3],
        chart[4],
        chart[5],
        chart[6],
        chart[7],
        chart[8],
        chart[9],
        chart[10],
        chart[11],
    )
    many, some = np.uint64(count), position[first : first + count]
    if chart[24] == 0.0:
        for k in range(many):
            x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
            w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
            w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
            w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
            w[STATE + k] = PLAIN
        return
    ux, uy, uz, radius = chart[21], chart[22], chart[23], chart[24]
    by_cosine = chart[26] < 0.0
    # Up to one latitude the eye is out all the way, and from another on in the middle; between them it takes longer.
    low, high = math.tan(chart[25]), math.tan(min(max(chart[26], 0.0), 1.5707))
    square = radius * radius
    for k in range(many):
        x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
        h = x * ux + y * uy + z * uz
        hx, hy, hz = x - h * ux, y - h * uy, z - h * uz
        rho = hx * hx + hy * hy + hz * hz
        hh = h * h
        if by_cosine:
            # The square A of the distance to the axis from the eye, whose offset squared is r^2 A / (h^2 + A):
            # A^2 + A (h^2 - rho^2 + r^2) = rho^2 h^2.
            b = hh - rho + square
            root = math.sqrt(b * b + 4.0 * rho * hh)
            legs = 2.0 * rho * hh / (root + b) if b > 0.0 else 0.5 * (root - b)
            sure = legs > 1e-6 * rho
        else:
            out = rho - square
            inside = (out > 1e-6 * rho) & (hh <= out * (low * low))
            legs = out if inside else rho
            sure = inside | (hh >= rho * (high * high))
        part = 1.0 / rho
        a = legs * part
        c = math.copysign(math.sqrt(max(a * (1.0 - a), 0.0)), radius)
        sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
        x, y, z = a * hx - c * sx + h * ux, a * hy - c * sy + h * uy, a * hz - c * sz + h * uz
        w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
        w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
        w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
        w[STATE + k] = PLAIN if sure & (rho > 0.0) else HARD
    for k in range(many):  # what is seen where the eye moves inwards is found step by step
        if w[STATE + k] == HARD:
            x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
            x, y, z = ods_seen(x, y, z, ux, uy, uz, radius, chart[25], chart[26])
            w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
            w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
            w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
            w[STATE + k] = PLAIN


@compiled_piece
def place_flat(count: int, chart: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the chart of a plane."""
    sx, sy = np.float32(chart[12]), np.float32(chart[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, chart[12] * chart[13]))
    mx, my = np.float32(chart[14]), np.float32(chart[15])
    left, top = np.float32(chart[16]), np.float32(chart[17])
    right, bottom = np.float32(chart[16] + chart[18]), np.float32(chart[17] + chart[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUNDER) * narrowest / scale
    total, bent = unit > _ZERO, np.float32(BENT)
    far = farthest(chart)
    cosine = np.float32(0.9999 / math.sqrt(1.0 + far * far))
    sine = np.float32(1.0001 * far / math.sqrt(1.0 + far * far))
    for k in range(np.uint64(count)):
        x, y, z, size, bright = w[X + k], w[Y + k], w[Z + k], w[SIZE + k], w[BRIGHT + k]
        away = np.sqrt(x * x + y * y + z * z)
        ahead = _ONE / z
        u, v = x * ahead, y * ahead
        half = _HALF * size / away
        hh = half * half
        radius = reach * _TWO * half * (_ONE - hh * (_THIRD - hh * _FIFTH))
        cap = max(radius, rounder)
        square = u * u + v * v
        secant = away * ahead
        second = scale * secant
        first = second * secant
        wider = max(radius, narrowest / second)
        bend = (_TWO * np.sqrt(square) + _HALF * wider) * wider
        a, b = radius * first, radius * second
        along, across = max(a, narrowest), max(b, narrowest)
        shorter, narrower = _ONE / along, _ONE / across
        p, q = shorter * shorter, narrower * narrower
        vv = v * v / max(square, _TINY)
        uu = _ONE - vv
        uv = sign * u * v / max(square, _TINY)
        aa, bb = along * along, across * across
        wide, high = np.sqrt(uu * aa + vv * bb), np.sqrt(vv * aa + uu * bb)
        column, row = mx + sx * u, my + sy * v
        w[AWAY + k] = away
        w[BRIGHT + k] = bright * (a * shorter) * (b * narrower) * (unit / (size * size) if total else _ONE)
        w[XX + k], w[XY + k], w[YY + k] = uu * p + vv * q, _TWO * uv * (p - q), vv * p + uu * q
        w[COLUMN + k], w[ROW + k] = column, row
        w[LEFT + k] = min(max(column - wide, left), right)
        w[RIGHT + k] = min(max(column + wide, left), right)
        w[TOP + k] = min(max(row - high, top), bottom)
        w[BOTTOM + k] = min(max(row + high, top), bottom)
        small = (size > _ZERO) & (half < _SMALL) & (w[STATE + k] == PLAIN)
        gone = small & (z < away * (cosine * (_ONE - _HALF * cap * cap) - sine * cap))
        plain = small & (z > _ZERO) & (bend < bent)
        w[STATE + k] = UNSEEN if gone else (PLAIN if plain else HARD)


@compiled_piece
def place_around(count: int, chart: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the chart of a sphere."""
    sx, sy = np.float32(chart[12]), np.float32(chart[13])
    across_scale, down_scale = abs(sx), abs(sy)
    mx, my = np.float32(chart[14]), np.float32(chart[15])
    turn = chart[20]
    left, right = np.float32(chart[16] - turn), np.float32(chart[16] + chart[18] + turn)
    top, bottom = np.float32(chart[17]), np.float32(chart[17] + chart[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    total, bent = unit > _ZERO, np.float32(BENT)
    for k in range(np.uint64(count)):
        x, y, z, size, bright = w[X + k], w[Y + k], w[Z + k], w[SIZE + k], w[BRIGHT + k]
        flat = x * x + z * z
        h = np.sqrt(flat)
        away = np.sqrt(flat + y * y)
        slope = abs(y) / h
        ax, az = abs(x), abs(z)
        u = arc(min(ax, az), max(ax, az))
        u = _QUARTER - u if ax > az else u
        u = _STRAIGHT - u if z < _ZERO else u
        u = -u if x < _ZERO else u
        v = arc(min(abs(y), h), max(abs(y), h))
        v = _QUARTER - v if abs(y) > h else v
        v = -v if y < _ZERO else v
        half = _HALF * size / away
        hh = half * half
        radius = reach * _TWO * half * (_ONE - hh * (_THIRD - hh * _FIFTH))
        first = across_scale * away / h
        wider = max(radius, narrowest / min(first, down_scale))
        bend = (slope + _HALF * wider) * wider
        a, b = radius * first, radius * down_scale
        along, across = max(a, narrowest), max(b, narrowest)
        shorter, narrower = _ONE / along, _ONE / across
        column, row = mx + sx * u, my + sy * v
        w[AWAY + k] = away
        w[BRIGHT + k] = bright * (a * shorter) * (b * narrower) * (unit / (size * size) if total else _ONE)
        w[XX + k], w[XY + k], w[YY + k] = shorter * shorter, _ZERO, narrower * narrower
        w[COLUMN + k], w[ROW + k] = column, row
        w[LEFT + k] = min(max(column - along, left), right)
        w[RIGHT + k] = min(max(column + along, left), right)
        w[TOP + k] = min(max(row - across, top), bottom)
        w[BOTTOM + k] = min(max(row + across, top), bottom)
        plain = (size > _ZERO) & (half < _SMALL) & (bend < bent) & (w[STATE + k] == PLAIN)
        w[STATE + k] = PLAIN if plain else HARD


@compiled_piece
def place_down(count: int, chart: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the chart of a disk."""
    sx, sy = np.float32(chart[12]), np.float32(chart[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, chart[12] * chart[13]))
    mx, my = np.float32(chart[14]), np.float32(chart[15])
    left, top = np.float32(chart[16]), np.float32(chart[17])
    right, bottom = np.float32(chart[16] + chart[18]), np.float32(chart[17] + chart[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUNDER) * narrowest / scale
    total, bent, rim = unit > _ZERO, np.float32(BENT), np.float32(1.0001 * farthest(chart))
    for k in range(np.uint64(count)):
        x, y, z, size, bright = w[X + k], w[Y + k], w[Z + k], w[SIZE + k], w[BRIGHT + k]
        flat = x * x + z * z
        h, away = np.sqrt(flat), np.sqrt(flat + y * y)
        angle = arc(min(abs(y), h), max(abs(y), h))
        angle = _QUARTER - angle if h > abs(y) else angle
        angle = _STRAIGHT - angle if y < _ZERO else angle
        outwards = _ONE / h
        half = _HALF * size / away
        hh = half * half
        radius = reach * _TWO * half * (_ONE - hh * (_THIRD - hh * _FIFTH))
        second = scale * angle * away * outwards
        wider = max(radius, narrowest / min(scale, second))
        bend = (abs(_ONE / angle - y * outwards) + _HALF * wider) * wider
        a, b = radius * scale, radius * second
        along, across = max(a, narrowest), max(b, narrowest)
        shorter, narrower = _ONE / along, _ONE / across
        p, q = shorter * shorter, narrower * narrower
        u, v = x * outwards, z * outwards
        uu, vv, uv = u * u, v * v, sign * u * v
        aa, bb = along * along, across * across
        wide, high = np.sqrt(uu * aa + vv * bb), np.sqrt(vv * aa + uu * bb)
        column, row = mx + sx * angle * u, my + sy * angle * v
        w[AWAY + k] = away
        w[BRIGHT + k] = bright * (a * shorter) * (b * narrower) * (unit / (size * size) if total else _ONE)
        w[XX + k], w[XY + k], w[YY + k] = uu * p + vv * q, _TWO * uv * (p - q), vv * p + uu * q
        w[COLUMN + k], w[ROW + k] = column, row
        w[LEFT + k] = min(max(column - wide, left), right)
        w[RIGHT + k] = min(max(column + wide, left), right)
        w[TOP + k] = min(max(row - high, top), bottom)
        w[BOTTOM + k] = min(max(row + high, top), bottom)
        small = (size > _ZERO) & (half < _SMALL) & (w[STATE + k] == PLAIN)
        gone = small & (angle - max(radius, rounder) > rim)
        plain = small & (angle > _STEEP) & (bend < bent)
        w[STATE + k] = UNSEEN if gone else (PLAIN if plain else HARD)


@compiled_piece
def quick(
    kind: int, position: np.ndarray, first: int, count: int, chart: np.ndarray, profile: np.ndarray, w: np.ndarray
) -> None:
    """Fills the numbers of a block, NUMBERS of them.

    Args:
        kind, chart, profile: as in `_projecting`.
        position: (n, 3).
        first, count: which of them.
        w: float32; SIZE and BRIGHT are there already.
    """
    if kind == PARALLEL:
        for k in range(count):
            w[STATE + np.uint64(k)] = HARD
        return
    come_near(position, first, count, chart, w)
    if kind == PLANE:
        place_flat(count, chart, profile, w)
    elif kind == SPHERE:
        place_around(count, chart, profile, w)
    else:
        place_down(count, chart, profile, w)
