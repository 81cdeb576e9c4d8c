"""Particles to splats, compiled for many at a time: what most particles are, small ellipses in a flat picture, around
a sphere or in a dome. Whatever is not so plain is left to `_single`.

All loops are over one array of numbers and without branches, so that the compiler takes eight at a time. Numbers are
of single precision once the eye is the origin: a pixel of a picture 16384 wide is 400 times what is lost.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from moviemaker.core.jit import compiled_piece
from moviemaker.glow._projections import COSINE, PARALLEL, PLANE, SPHERE, arc, farthest, ods_seen
from moviemaker.glow._simd import LANES, within
from moviemaker.glow._tiles import MARGIN, STRIDE, TILE

BLOCK = 256
"""Particles that are worked on together."""

NARROWEST = 0.6
"""Standard deviation in pixels that a splat has at least. At that width the samples at the centres of pixels add up to
the whole light, and their centroid is the splat's place, wherever between the pixels it is."""

ROUNDER = 1.25
"""By how much round light is wider than that at least: close to a pole the pixels are no longer a grid."""

MOST_BENT = 0.1
"""How much the projection's scale may change over the reach of an ellipse."""

X, Y, Z, SIZE, BRIGHT, AWAY, XX, XY, YY, COLUMN, ROW, LEFT, RIGHT, TOP, BOTTOM, STATE = (
    np.uint64(k * BLOCK) for k in range(16)
)
"""Where in the array of numbers each of a block's quantities begins."""

NUMBERS = 16 * BLOCK
LOG_CODES = 5
CODES = 1 << LOG_CODES
"""Codes for each pixel, for each number of rows one with and one without more columns than are lit at a time."""

TILE_OF, CODE = X, Y
"""The same places, when all else is known."""

UNSEEN, PLAIN, HARD, NARROW = np.float32(0), np.float32(1), np.float32(2), np.float32(3)
"""States of a particle: not in the picture, an ellipse, one for `_single`, or an ellipse that belongs to one tile."""

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_THIRD, _FIFTH, _TINY = np.float32(1 / 3), np.float32(1 / 5), np.float32(1e-12)
_QUARTER, _STRAIGHT = np.float32(math.pi / 2), np.float32(math.pi)
_SMALL, _STEEP, _FOUR = np.float32(0.1), np.float32(0.02), np.float32(4)
_CODES, _ENDLESS = np.float32(CODES), np.float32(math.inf)
_NOTHING = np.float32(1e-6)
_C0, _C1, _C2, _C3, _C4 = (np.float32(c) for c in COSINE)


@compiled_piece
def come_near(position: np.ndarray, first: int, count: int, proj: np.ndarray, w: np.ndarray) -> None:
    """Fills X, Y and Z, a block's positions from the eye along the axes of the projection, and STATE."""
    ox, oy, oz = proj[0], proj[1], proj[2]
    a0, a1, a2, a3, a4, a5, a6, a7, a8 = (
        proj[3],
        proj[4],
        proj[5],
        proj[6],
        proj[7],
        proj[8],
        proj[9],
        proj[10],
        proj[11],
    )
    many, some = np.uint64(count), position[first : first + count]
    for k in range(many):
        x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
        w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
        w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
        w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
        w[STATE + k] = PLAIN
    if proj[24] == 0.0:
        return
    upright = proj[21], proj[22], proj[23]
    ux = upright[0] * a0 + upright[1] * a1 + upright[2] * a2
    uy = upright[0] * a3 + upright[1] * a4 + upright[2] * a5
    uz = upright[0] * a6 + upright[1] * a7 + upright[2] * a8
    # What is to the right of a direction is to its left in axes of the other hand.
    hand = a0 * (a4 * a8 - a5 * a7) - a1 * (a3 * a8 - a5 * a6) + a2 * (a3 * a7 - a4 * a6)
    up = (np.float32(ux), np.float32(uy), np.float32(uz))
    radius = np.float32(math.copysign(proj[24], hand * proj[24]))
    if proj[26] < 0.0:
        _move_by_cosine(many, up, radius, w)
    else:
        _move_merging(many, up, radius, np.float32(proj[25]), np.float32(1.0 / (proj[26] - proj[25])), w)
        for k in range(many):
            if w[STATE + k] == HARD:
                x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
                x, y, z = ods_seen(x, y, z, proj[21], proj[22], proj[23], proj[24], proj[25], proj[26])
                w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
                w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
                w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
                w[STATE + k] = PLAIN


@compiled_piece
def _move_by_cosine(many: Any, up: Any, radius: Any, w: np.ndarray) -> None:
    """From the camera to the eyes of omni-directional stereo, which are out by the cosine of the latitude.

    The offset squared is r^2 A / (h^2 + A), A the square of the distance to the axis from the eye, so that
    A^2 + A (h^2 - rho^2 + r^2) = rho^2 h^2. All are in units of the distance to the axis from the camera, rho.
    """
    ux, uy, uz = up
    for k in range(many):
        x, y, z = w[X + k], w[Y + k], w[Z + k]
        h = x * ux + y * uy + z * uz
        hx, hy, hz = x - h * ux, y - h * uy, z - h * uz
        rho = hx * hx + hy * hy + hz * hz
        part = _ONE / np.sqrt(rho)
        high, far = h * part, radius * part
        hh = high * high
        b = hh - _ONE + far * far
        root = np.sqrt(b * b + _FOUR * hh)
        a = _TWO * hh / (root + b) if b > _ZERO else _HALF * (root - b)
        c = far * a / np.sqrt(hh + a)
        # h x up, the way to the right, of the length of h
        sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
        w[X + k], w[Y + k], w[Z + k] = a * hx - c * sx + h * ux, a * hy - c * sy + h * uy, a * hz - c * sz + h * uz
        w[STATE + k] = PLAIN if (a > _NOTHING) & (rho > _ZERO) else HARD


@compiled_piece
def _move_merging(many: Any, up: Any, radius: Any, start: Any, faster: Any, w: np.ndarray) -> None:
    """The same where the eyes come together, from the latitude `start` on, for a radian `faster` of the way.

    How far an eye is out depends on the latitude that it sees, and so on: see `ods_seen`. Particles for which two
    steps are not enough, which are close to the eyes, are left to it.
    """
    ux, uy, uz = up
    for k in range(many):
        x, y, z = w[X + k], w[Y + k], w[Z + k]
        h = x * ux + y * uy + z * uz
        hx, hy, hz = x - h * ux, y - h * uy, z - h * uz
        rho = hx * hx + hy * hy + hz * hz
        part = _ONE / np.sqrt(rho)
        high, far = abs(h) * part, radius * part
        # Distances to the axis are in units of that from the camera.
        offset = far * _fade(high, _ONE, start, faster)
        before = np.sqrt(max(_ONE - offset * offset, _ZERO))
        offset = far * _fade(high, before, start, faster)
        away = np.sqrt(max(_ONE - offset * offset, _ZERO))
        a, c = away * away, offset * away
        sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
        w[X + k], w[Y + k], w[Z + k] = a * hx - c * sx + h * ux, a * hy - c * sy + h * uy, a * hz - c * sz + h * uz
        w[STATE + k] = PLAIN if (abs(away - before) <= _NOTHING) & (away > _NOTHING) & (rho > _ZERO) else HARD


@within
def _fade(high: Any, away: Any, start: Any, faster: Any) -> Any:
    """How far out the eye is that sees what is so high and so far: all of the radius at one latitude and below."""
    latitude = arc(min(high, away), max(high, away))
    latitude = _QUARTER - latitude if high > away else latitude
    t = min(max((latitude - start) * faster, _ZERO), _ONE)
    s = t * t
    return (_ONE - s) * (_C0 + s * (_C1 + s * (_C2 + s * (_C3 + s * _C4))))


@compiled_piece
def place_flat(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the projection of a plane."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, proj[12] * proj[13]))
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    left, top = np.float32(proj[16]), np.float32(proj[17])
    right, bottom = np.float32(proj[16] + proj[18]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUNDER) * narrowest / scale
    total, bent = unit > _ZERO, np.float32(MOST_BENT)
    far = farthest(proj)
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
def place_around(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the projection of a sphere."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    across_scale, down_scale = abs(sx), abs(sy)
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    turn = proj[20]
    left, right = np.float32(proj[16] - turn), np.float32(proj[16] + proj[18] + turn)
    top, bottom = np.float32(proj[17]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    total, bent = unit > _ZERO, np.float32(MOST_BENT)
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
def place_down(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the projection of a disk."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, proj[12] * proj[13]))
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    left, top = np.float32(proj[16]), np.float32(proj[17])
    right, bottom = np.float32(proj[16] + proj[18]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUNDER) * narrowest / scale
    total, bent, rim = unit > _ZERO, np.float32(MOST_BENT), np.float32(1.0001 * farthest(proj))
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
    kind: int,
    position: np.ndarray,
    first: int,
    count: int,
    proj: np.ndarray,
    profile: np.ndarray,
    w: np.ndarray,
) -> None:
    """Fills the numbers of a block, NUMBERS of them.

    Args:
        kind, proj, profile: as in `_projecting`.
        position: (n, 3).
        first, count: which of them.
        w: float32; SIZE and BRIGHT are there already.
    """
    if kind == PARALLEL:
        for k in range(count):
            w[STATE + np.uint64(k)] = HARD
        return
    come_near(position, first, count, proj, w)
    if kind == PLANE:
        place_flat(count, proj, profile, w)
    elif kind == SPHERE:
        place_around(count, proj, profile, w)
    else:
        place_down(count, proj, profile, w)


@compiled_piece
def resolve(count: int, part: np.ndarray, w: np.ndarray) -> None:
    """From places in a part of the picture to pixels, once `quick` has filled the numbers of a block.

    LEFT, RIGHT, TOP and BOTTOM become columns and rows from and to, not including, and COLUMN and ROW those of the
    centre of the first pixel from the splat's own. Of what is NARROW, TILE_OF is the number of the tile, and CODE the
    number of the first pixel in it `CODES` times, and twice the rows less one, and 1 for more than `LANES` columns.
    """
    left, right, top, turn = np.float32(part[0]), np.float32(part[1]), np.float32(part[2]), np.float32(part[4])
    across, up = np.float32((part[1] - part[0] + TILE - 1) // TILE), turn + _HALF
    side, per_side, stride, margin = np.float32(TILE), np.float32(1 / TILE), np.float32(STRIDE), np.float32(MARGIN)
    lanes = np.float32(LANES)
    last = right if turn > _ZERO else np.float32(math.inf)  # tiles at a turn's ends are not side by side
    for k in range(np.uint64(count)):
        # What is left of a turn's first column is below 0, where to cut off is not to round down.
        c0, c1 = np.float32(np.int32(w[LEFT + k] + up)) - turn, np.float32(np.int32(w[RIGHT + k] + up)) - turn
        r0, r1 = np.float32(np.int32(w[TOP + k] + _HALF)), np.float32(np.int32(w[BOTTOM + k] + _HALF))
        along, down = c0 - left, r0 - top
        column, row = np.float32(np.int32(along * per_side)), np.float32(np.int32(down * per_side))
        w[TILE_OF + k] = row * across + column
        pixel = (down - side * row) * stride + (along - side * column)
        w[CODE + k] = _CODES * pixel + _TWO * (r1 - r0 - _ONE) + (_ONE if c1 - c0 > lanes else _ZERO)
        w[COLUMN + k], w[ROW + k] = c0 + _HALF - w[COLUMN + k], r0 + _HALF - w[ROW + k]
        w[LEFT + k], w[RIGHT + k], w[TOP + k], w[BOTTOM + k] = c0, c1, r0, r1
        narrow = (c1 - c0 <= margin) & (r1 - r0 <= margin) & (c0 >= left) & (c0 < right) & (c1 <= last)
        seen = (c0 < c1) & (r0 < r1) & (w[BRIGHT + k] > _ZERO) & (w[BRIGHT + k] < _ENDLESS)
        state = w[STATE + k]
        w[STATE + k] = (NARROW if narrow else PLAIN) if (state == PLAIN) & seen else (HARD if state == HARD else UNSEEN)
