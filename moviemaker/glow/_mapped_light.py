"""From splats to light, compiled, for projections that a mapping describes."""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba
from moviemaker.glow._mapped_splats import (
    AWAY,
    BENT,
    BLUE,
    C0,
    C1,
    COSINE_OF,
    DX,
    DY,
    ELLIPSE,
    GREEN,
    KIND,
    NARROW_ROUND,
    NEAR,
    R0,
    R1,
    RED,
    SINE_OF,
    WIDTH,
    XX,
    XY,
    YY,
    X,
    Y,
    Z,
    pixel_extent,
)
from moviemaker.glow._pixel_table import ANGLE, AT_EDGE, AXIS_X, AXIS_Y, AXIS_Z, BLOCK, COSINE, SINE
from moviemaker.glow.kernels import Weights

_NODES, _SHARES = np.polynomial.legendre.leggauss(9)  # exact for the square of the polynomial of a profile

_ZERO, _ONE = np.float32(0), np.float32(1)


@compiled_piece
def _reaches(cone: np.ndarray, splat: np.ndarray) -> bool:
    """Whether round light can reach directions in a cone."""
    if splat[WIDTH] + cone[ANGLE] >= math.pi:
        return True
    if cone[ANGLE] < 0.0:
        return False
    cosine = cone[AXIS_X] * splat[X] + cone[AXIS_Y] * splat[Y] + cone[AXIS_Z] * splat[Z]
    edge: float = cone[COSINE] * splat[COSINE_OF] - cone[SINE] * splat[SINE_OF] - 1e-6
    return bool(cosine >= edge)


@compiled
def keep_totals(
    splats: np.ndarray,
    rounds: np.ndarray,
    weights: Weights,
    directions: np.ndarray,
    bands: np.ndarray,
    blocks: np.ndarray,
) -> None:
    """Scales narrow round light so that its total is right.

    Around a pole, and elsewhere where the pixels are not a regular grid, their sum differs from the integral. Close to
    an edge of the picture some of the light is outside, so nothing is scaled there.
    """
    for k in numba.prange(len(rounds)):
        n = rounds[k]
        if splats[n, KIND] == NARROW_ROUND:
            factor = _total_over_sum(splats[n], weights, directions, bands, blocks)
            for channel in range(RED, BLUE + 1):
                splats[n, channel] *= factor


@compiled_piece
def _total_over_sum(
    splat: np.ndarray, weights: Weights, directions: np.ndarray, bands: np.ndarray, blocks: np.ndarray
) -> float:
    made, total = 0.0, 0.0
    for down in range(len(bands)):
        if not _reaches(bands[down], splat):
            continue
        for across in range(blocks.shape[1]):
            if not _reaches(blocks[down, across], splat):
                continue
            if blocks[down, across, AT_EDGE] != 0.0:
                return 1.0
            for row in range(down * BLOCK, min((down + 1) * BLOCK, directions.shape[1])):
                for column in range(across * BLOCK, min((across + 1) * BLOCK, directions.shape[2])):
                    w = _round_weight(splat, weights, directions, row, column)
                    if w > 0.0:
                        made += float(w) * pixel_extent(directions, row, column)[1]
    # The integral over the sphere: the square of the chord, q, changes by 2 sin(angle) d(angle).
    chord = 4.0 * math.sin(0.5 * float(splat[WIDTH])) ** 2
    for k in range(9):
        q = np.float32(0.5 * chord * (1.0 + _NODES[k]))
        total += 0.5 * chord * math.pi * _SHARES[k] * _weight(_ONE - q * (splat[NEAR] + splat[BENT] * q), weights)
    return min(max(total / made, 0.5), 2.0) if made > 0.0 else 1.0


@compiled_piece
def _weight(s: np.float32, weights: Weights) -> np.float32:
    """The value of a profile for s = 1 - u; 0 beyond its reach."""
    w = s * (weights[0] + s * (weights[1] + s * (weights[2] + s * weights[3])))
    return w * w if s > _ZERO else _ZERO


@compiled_piece
def _round_weight(splat: np.ndarray, weights: Weights, directions: np.ndarray, row: int, column: int) -> np.float32:
    """The value of round light at a pixel, for a brightness of 1."""
    x, y = directions[0, row, column] - splat[X], directions[1, row, column] - splat[Y]
    z = directions[2, row, column] - splat[Z]
    q = x * x + y * y + z * z
    return _weight(_ONE - q * (splat[NEAR] + splat[BENT] * q), weights)


@compiled_piece
def by_band(splats: np.ndarray, bands: int) -> tuple[np.ndarray, np.ndarray]:
    """The ellipses that reach rows of each band of blocks, in the order of the splats.

    Returns:
        (bands + 1,) where the ellipses of each band begin, and (n,) their indices.
    """
    begin = np.zeros(bands + 2, np.int64)
    for n in range(len(splats)):
        if splats[n, KIND] == ELLIPSE:
            for band in range(int(splats[n, R0]) // BLOCK, (int(splats[n, R1]) - 1) // BLOCK + 1):
                begin[band + 2] += 1
    begin = np.cumsum(begin)
    order = np.empty(begin[-1], np.int64)
    for n in range(len(splats)):
        if splats[n, KIND] == ELLIPSE:
            for band in range(int(splats[n, R0]) // BLOCK, (int(splats[n, R1]) - 1) // BLOCK + 1):
                order[begin[band + 1]] = n
                begin[band + 1] += 1
    return begin, order


@compiled
def add_splats(
    splats: np.ndarray,
    rounds: np.ndarray,
    begin: np.ndarray,
    order: np.ndarray,
    weights: Weights,
    turn: int,
    directions: np.ndarray,
    bands: np.ndarray,
    blocks: np.ndarray,
    nearest: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds the light of splats to a part of a picture, in an order that does not depend on the number of cores.

    Args:
        splats: (n, SPLAT) float32.
        rounds: (k,), the indices of the round ones.
        begin, order: the ellipses, as `by_band` gives them.
        weights: coefficients of the profile, float32.
        turn: columns of a whole turn, or 0.
        directions, bands, blocks: as in `PixelTable`.
        nearest: (H, W) float32, distances of opaque things, infinite for none; or (0, 0).
        canvas: (1 or 3, H, W) float32, changed.
    """
    for down in numba.prange(len(bands)):
        r0, r1 = down * BLOCK, min((down + 1) * BLOCK, canvas.shape[1])
        for k in range(begin[down], begin[down + 1]):
            _add_ellipse(splats[order[k]], weights, turn, r0, r1, nearest, canvas)
        for n in rounds:
            if _reaches(bands[down], splats[n]):
                for across in range(blocks.shape[1]):
                    if _reaches(blocks[down, across], splats[n]):
                        c0, c1 = across * BLOCK, min((across + 1) * BLOCK, canvas.shape[2])
                        _add_round(splats[n], weights, directions, r0, r1, c0, c1, nearest, canvas)


@compiled_piece
def _add_ellipse(
    splat: np.ndarray, weights: Weights, turn: int, r0: int, r1: int, nearest: np.ndarray, canvas: np.ndarray
) -> None:
    """Adds the rows of an ellipse from r0 up to r1, excluded."""
    around = 1 if turn > 0 else 0
    left, top = int(splat[C0]), int(splat[R0])
    xx, xy, yy, x, y, away = splat[XX], splat[XY], splat[YY], splat[DX], splat[DY], splat[AWAY]
    r0, r1 = max(top, r0), min(int(splat[R1]), r1)
    for shift in range(-around, around + 1):
        start = left + shift * turn
        c0, c1 = max(start, 0), min(int(splat[C1]) + shift * turn, canvas.shape[2])
        for row in range(np.uint64(r0), np.uint64(r1 if c0 < c1 else r0)):
            dy = y + np.float32(row - np.uint64(top))
            for column in range(np.uint64(c0), np.uint64(c1)):
                dx = x + np.float32(np.int64(column) - start)
                s = _ONE - xx * dx * dx - dy * (xy * dx + yy * dy)
                if s > _ZERO:
                    _add_pixel(splat, _weight(s, weights), away, row, column, nearest, canvas)


@compiled_piece
def _add_round(
    splat: np.ndarray,
    weights: Weights,
    directions: np.ndarray,
    r0: int,
    r1: int,
    c0: int,
    c1: int,
    nearest: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds round light to a block of pixels."""
    away = splat[AWAY]
    for row in range(np.uint64(r0), np.uint64(r1)):
        for column in range(np.uint64(c0), np.uint64(c1)):
            w = _round_weight(splat, weights, directions, row, column)
            if w > _ZERO:
                _add_pixel(splat, w, away, row, column, nearest, canvas)


@compiled_piece
def _add_pixel(
    splat: np.ndarray, weight: np.float32, away: float, row: int, column: int, nearest: np.ndarray, canvas: np.ndarray
) -> None:
    """Adds light to a pixel, unless something opaque is nearer there."""
    if nearest.size == 0 or away < nearest[row, column]:
        canvas[0, row, column] += splat[RED] * weight
        if len(canvas) > 1:
            canvas[1, row, column] += splat[GREEN] * weight
            canvas[2, row, column] += splat[BLUE] * weight
