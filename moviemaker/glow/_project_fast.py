"""From particles to splats, compiled for many particles at a time: small ellipses in the projections of a plane, a
sphere and a disk, as nearly all particles are. The others are left to `_project_exact`.

All loops run over one array of numbers and have no branches, so that the compiler can use vectors. Numbers are of
single precision once the eye is the origin: in a picture 16384 pixels wide the rounding error is 1/400 of a pixel.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled_piece
from moviemaker.glow._projections import COSINE, PARALLEL, PLANE, SPHERE, arc, farthest, ods_seen
from moviemaker.glow._simd import LANES, inlined
from moviemaker.glow._tiles import MARGIN, STRIDE, TILE

BLOCK = 256
"""Particles that are projected together."""

NARROWEST = 0.6
"""Smallest standard deviation of a splat, pixels. At that width the samples at the centres of pixels add up to all of
the light and have the right centroid, wherever the splat lies between the pixels."""

ROUND_FACTOR = 1.25
"""Factor on that width for round light: close to a pole the pixels are not a regular grid."""

MAX_BEND = 0.1
"""Largest relative change of the projection's scale over the reach of an ellipse."""

X, Y, Z, SIZE, BRIGHT, AWAY, XX, XY, YY, COLUMN, ROW, LEFT, RIGHT, TOP, BOTTOM, STATE = (
    np.uint64(k * BLOCK) for k in range(16)
)
"""Where the quantities of a block begin in its array `w`."""

NUMBERS = 16 * BLOCK
LOG_CODES = 5
CODES = 1 << LOG_CODES
"""Codes of each pixel: one for each number of rows, with up to `LANES` columns and with more."""

TILE_OF, CODE = X, Y
"""They take the place of X and Y once these are not needed any more."""

UNSEEN, ELLIPSE, EXACT, NARROW = np.float32(0), np.float32(1), np.float32(2), np.float32(3)
"""States of a particle: outside of the picture, an ellipse, left to `_project_exact`, an ellipse in one tile."""

Up = tuple[np.float32, np.float32, np.float32]
"""A unit vector."""

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_THIRD, _FIFTH, _TINY = np.float32(1 / 3), np.float32(1 / 5), np.float32(1e-12)
_QUARTER, _STRAIGHT = np.float32(math.pi / 2), np.float32(math.pi)
_SMALL, _STEEP, _FOUR = np.float32(0.1), np.float32(0.02), np.float32(4)
_CODES, _INFINITE = np.float32(CODES), np.float32(math.inf)
_TOLERANCE = np.float32(1e-6)
_C0, _C1, _C2, _C3, _C4 = (np.float32(c) for c in COSINE)


@compiled_piece
def to_eye(position: np.ndarray, first: int, count: int, proj: np.ndarray, w: np.ndarray) -> None:
    """Fills X, Y and Z, positions relative to the eye along the axes of the projection, and STATE."""
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
        w[STATE + k] = ELLIPSE
    if proj[24] == 0.0:
        return
    upright = proj[21], proj[22], proj[23]
    ux = upright[0] * a0 + upright[1] * a1 + upright[2] * a2
    uy = upright[0] * a3 + upright[1] * a4 + upright[2] * a5
    uz = upright[0] * a6 + upright[1] * a7 + upright[2] * a8
    # In left-handed axes, right and left are exchanged.
    hand = a0 * (a4 * a8 - a5 * a7) - a1 * (a3 * a8 - a5 * a6) + a2 * (a3 * a7 - a4 * a6)
    up = (np.float32(ux), np.float32(uy), np.float32(uz))
    radius = np.float32(math.copysign(proj[24], hand * proj[24]))
    if proj[26] < 0.0:
        _move_by_cosine(many, up, radius, w)
    else:
        _move_merging(many, up, radius, np.float32(proj[25]), np.float32(1.0 / (proj[26] - proj[25])), w)
        for k in range(many):
            if w[STATE + k] == EXACT:
                x, y, z = some[k, 0] - ox, some[k, 1] - oy, some[k, 2] - oz
                x, y, z = ods_seen(x, y, z, proj[21], proj[22], proj[23], proj[24], proj[25], proj[26])
                w[X + k] = np.float32(x * a0 + y * a1 + z * a2)
                w[Y + k] = np.float32(x * a3 + y * a4 + z * a5)
                w[Z + k] = np.float32(x * a6 + y * a7 + z * a8)
                w[STATE + k] = ELLIPSE


@compiled_piece
def _move_by_cosine(many: np.uint64, up: Up, radius: np.float32, w: np.ndarray) -> None:
    """Moves the origin from the camera to the eyes of omni-directional stereo, offset by the cosine of the latitude.

    The square of the offset is r^2 A / (h^2 + A), where A is the square of the distance of the particle from the eye
    across the axis, so that A^2 + A (h^2 - rho^2 + r^2) = rho^2 h^2. Lengths are in units of rho, the distance of the
    particle from the axis through the camera.
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
        # h x up points to the right and has the length of h.
        sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
        w[X + k], w[Y + k], w[Z + k] = a * hx - c * sx + h * ux, a * hy - c * sy + h * uy, a * hz - c * sz + h * uz
        w[STATE + k] = ELLIPSE if (a > _TOLERANCE) & (rho > _ZERO) else EXACT


@compiled_piece
def _move_merging(
    many: np.uint64, up: Up, radius: np.float32, start: np.float32, rate: np.float32, w: np.ndarray
) -> None:
    """The same for eyes that merge from the latitude `start` on, within 1 / `rate` radians.

    The offset of an eye depends on the latitude that it sees, which depends on the offset: see `ods_seen`. Particles
    close to the eyes, for which two iterations are not enough, are left to that function.
    """
    ux, uy, uz = up
    for k in range(many):
        x, y, z = w[X + k], w[Y + k], w[Z + k]
        h = x * ux + y * uy + z * uz
        hx, hy, hz = x - h * ux, y - h * uy, z - h * uz
        rho = hx * hx + hy * hy + hz * hz
        part = _ONE / np.sqrt(rho)
        high, far = abs(h) * part, radius * part
        # Distances from the axis are in units of rho.
        offset = far * _fade(high, _ONE, start, rate)
        before = np.sqrt(max(_ONE - offset * offset, _ZERO))
        offset = far * _fade(high, before, start, rate)
        away = np.sqrt(max(_ONE - offset * offset, _ZERO))
        a, c = away * away, offset * away
        sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
        w[X + k], w[Y + k], w[Z + k] = a * hx - c * sx + h * ux, a * hy - c * sy + h * uy, a * hz - c * sz + h * uz
        w[STATE + k] = ELLIPSE if (abs(away - before) <= _TOLERANCE) & (away > _TOLERANCE) & (rho > _ZERO) else EXACT


@inlined
def _fade(high: np.float32, away: np.float32, start: np.float32, rate: np.float32) -> np.float32:
    """The offset, in radii, of the eye that sees a point of a height at a distance; 1 below the latitude `start`."""
    latitude = arc(min(high, away), max(high, away))
    latitude = _QUARTER - latitude if high > away else latitude
    t = min(max((latitude - start) * rate, _ZERO), _ONE)
    s = t * t
    faded: np.float32 = (_ONE - s) * (_C0 + s * (_C1 + s * (_C2 + s * (_C3 + s * _C4))))
    return faded


@compiled_piece
def place_in_plane(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the plane projection."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, proj[12] * proj[13]))
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    left, top = np.float32(proj[16]), np.float32(proj[17])
    right, bottom = np.float32(proj[16] + proj[18]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUND_FACTOR) * narrowest / scale
    total, bent = unit > _ZERO, np.float32(MAX_BEND)
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
        small = (size > _ZERO) & (half < _SMALL) & (w[STATE + k] == ELLIPSE)
        gone = small & (z < away * (cosine * (_ONE - _HALF * cap * cap) - sine * cap))
        plain = small & (z > _ZERO) & (bend < bent)
        w[STATE + k] = UNSEEN if gone else (ELLIPSE if plain else EXACT)


@compiled_piece
def place_on_sphere(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the sphere projection."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    across_scale, down_scale = abs(sx), abs(sy)
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    turn = proj[20]
    left, right = np.float32(proj[16] - turn), np.float32(proj[16] + proj[18] + turn)
    top, bottom = np.float32(proj[17]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    total, bent = unit > _ZERO, np.float32(MAX_BEND)
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
        plain = (size > _ZERO) & (half < _SMALL) & (bend < bent) & (w[STATE + k] == ELLIPSE)
        w[STATE + k] = ELLIPSE if plain else EXACT


@compiled_piece
def place_in_disk(count: int, proj: np.ndarray, profile: np.ndarray, w: np.ndarray) -> None:
    """From X, Y, Z, SIZE and BRIGHT to all other quantities of a block, in the disk projection."""
    sx, sy = np.float32(proj[12]), np.float32(proj[13])
    scale, sign = abs(sx), np.float32(math.copysign(1.0, proj[12] * proj[13]))
    mx, my = np.float32(proj[14]), np.float32(proj[15])
    left, top = np.float32(proj[16]), np.float32(proj[17])
    right, bottom = np.float32(proj[16] + proj[18]), np.float32(proj[17] + proj[19])
    reach, unit = np.float32(profile[0]), np.float32(profile[2])
    narrowest = np.float32(NARROWEST * profile[0] / profile[1])
    rounder = np.float32(ROUND_FACTOR) * narrowest / scale
    total, bent, rim = unit > _ZERO, np.float32(MAX_BEND), np.float32(1.0001 * farthest(proj))
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
        small = (size > _ZERO) & (half < _SMALL) & (w[STATE + k] == ELLIPSE)
        gone = small & (angle - max(radius, rounder) > rim)
        plain = small & (angle > _STEEP) & (bend < bent)
        w[STATE + k] = UNSEEN if gone else (ELLIPSE if plain else EXACT)


@compiled_piece
def project_block(
    kind: int,
    position: np.ndarray,
    first: int,
    count: int,
    proj: np.ndarray,
    profile: np.ndarray,
    w: np.ndarray,
) -> None:
    """Projects a block of particles.

    Args:
        kind, proj, profile: of the projection and the profile, as `_project.project` passes them.
        position: (n, 3).
        first, count: the particles of the block.
        w: (NUMBERS,) float32, filled; SIZE and BRIGHT are given.
    """
    if kind == PARALLEL:
        for k in range(count):
            w[STATE + np.uint64(k)] = EXACT
        return
    to_eye(position, first, count, proj, w)
    if kind == PLANE:
        place_in_plane(count, proj, profile, w)
    elif kind == SPHERE:
        place_on_sphere(count, proj, profile, w)
    else:
        place_in_disk(count, proj, profile, w)


@compiled_piece
def to_pixels(count: int, part: np.ndarray, w: np.ndarray) -> None:
    """From places to whole pixels of a part of the picture, after `project_block`.

    LEFT, RIGHT, TOP and BOTTOM become columns and rows from and up to, ends excluded. COLUMN and ROW become the vector
    from the middle of the splat to the centre of its first pixel. NARROW splats get the index of their tile, TILE_OF,
    and CODE: `CODES` times the index of the first pixel in the tile, plus 2 (rows - 1), plus 1 for more than `LANES`
    columns.
    """
    left, right, top, turn = np.float32(part[0]), np.float32(part[1]), np.float32(part[2]), np.float32(part[4])
    across, up = np.float32((part[1] - part[0] + TILE - 1) // TILE), turn + _HALF
    side, per_side, stride, margin = np.float32(TILE), np.float32(1 / TILE), np.float32(STRIDE), np.float32(MARGIN)
    lanes = np.float32(LANES)
    last = right if turn > _ZERO else np.float32(math.inf)  # the tiles at both ends of a turn are not neighbours
    for k in range(np.uint64(count)):
        # Columns before the first one of a turn are negative, where truncation is not rounding down.
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
        seen = (c0 < c1) & (r0 < r1) & (w[BRIGHT + k] > _ZERO) & (w[BRIGHT + k] < _INFINITE)
        state = w[STATE + k]
        w[STATE + k] = (
            (NARROW if narrow else ELLIPSE) if (state == ELLIPSE) & seen else (EXACT if state == EXACT else UNSEEN)
        )
