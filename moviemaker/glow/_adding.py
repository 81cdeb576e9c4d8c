"""Splats to light, compiled: sorted into square tiles of the picture, each of which one core adds up.

In a tile the splats follow each other in the order of the particles, so the sum does not depend on the number of cores.
Rows of pixels are lit eight at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from moviemaker.core.compiling import compiled, compiled_piece
from moviemaker.glow._eight import LANES, counted, eight_of, fetch, load, positive, store, where_less
from moviemaker.glow._mapping import PARALLEL, SPHERE, direction
from moviemaker.glow._projecting import ALONE, NARROW, ROUND
from moviemaker.glow._tiles import AREA, LOG_TILE, STRIDE, TILE, tiles_of

_ZERO, _HALF, _ONE, _FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
ROWS = 5
"""Rows of a narrow splat that are lit at least: nearly all of the narrowest have four or five."""

AHEAD = 6
"""So many splats before it is added, one is fetched from memory."""

Weights = tuple[float, float, float, float]


@compiled
def fill(
    box: np.ndarray, starts: np.ndarray, used: np.ndarray, part: np.ndarray, begin: np.ndarray, order: np.ndarray
) -> None:
    """Notes the splats tile by tile, and in each in the order of the particles.

    Args:
        box, used: of the splats, for k ranges.
        starts: (k,) number of each range's first splat.
        part: as in `project`.
        begin: (k, tiles) where those of a range in a tile are to be noted; used up.
        order: (n,) int32, filled: four times the number of a splat, plus 1 and by how many turns it is moved.
    """
    for k in numba.prange(len(starts)):
        _fill(box, starts[k], used[k], part, begin[k], order)


@compiled_piece
def _fill(box: np.ndarray, start: int, many: int, part: np.ndarray, begin: np.ndarray, order: np.ndarray) -> None:
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    for i in range(start, start + many):
        if box[i, 1] == ALONE:
            tile = box[i, 0]
            order[begin[tile]] = 4 * i + 1
            begin[tile] += 1
            continue
        c0, c1, r0, r1 = int(box[i, 0]), int(box[i, 1]), int(box[i, 2]), int(box[i, 3])
        around = 1 if turn > 0 and (c0 < left or c1 > right) else 0
        for shift in range(-around, around + 1):
            a0, a1, d0, d1 = tiles_of(c0 + shift * turn, c1 + shift * turn, r0, r1, left, right, top, bottom)
            for down in range(d0, d1):
                for along in range(a0, a1):
                    order[begin[down * across + along]] = 4 * i + shift + 1
                    begin[down * across + along] += 1


@compiled
def add(
    record: np.ndarray,
    order: np.ndarray,
    begin: np.ndarray,
    shares: np.ndarray,
    kind: int,
    chart: np.ndarray,
    part: np.ndarray,
    coefficients: Weights,
    nearest: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds the light of splats to tiles.

    Args:
        record: of the splats, as in `Splats`.
        order: as `fill` has noted it.
        begin: (tiles + 1,) where the splats of each tile begin in it.
        shares: (cores + 1,) int64, the tile with which each core begins.
        kind, chart: as in `project`.
        part: as in `project`.
        coefficients: of the profile, float32.
        nearest: (H, W) float32, what is opaque in the picture and how far, infinite for none; or (0, 0).
        canvas: (tiles, 1 or 3, AREA) float32, changed.
    """
    for core in numba.prange(len(shares) - 1):
        start, end = shares[core], shares[core + 1]
        _add(record, order, begin, start, end, kind, chart, part, coefficients, nearest, canvas)


@compiled_piece
def _add(
    record: np.ndarray,
    order: np.ndarray,
    begin: np.ndarray,
    start: int,
    end: int,
    kind: int,
    chart: np.ndarray,
    part: np.ndarray,
    coefficients: Weights,
    nearest: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds light to the tiles from one on and before another."""
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    hiding, colors = nearest.size > 0, canvas.shape[1]
    walls, aims = np.full(AREA, np.inf, np.float32), np.zeros(3 * AREA, np.float32)
    for tile in range(start, end):
        if begin[tile] == begin[tile + 1]:
            continue
        x0, y0 = left + tile % across * TILE, top + tile // across * TILE
        if hiding:
            for row in range(y0, min(y0 + STRIDE, bottom)):
                for column in range(x0, min(x0 + STRIDE, right)):
                    walls[(row - y0) * STRIDE + column - x0] = nearest[row, column]
        lit, some = canvas[tile].reshape(-1), order[begin[tile] : begin[tile + 1]]
        rounds = _add_flats(record, some, x0, y0, turn, coefficients, colors, hiding, walls, lit)
        if rounds and kind != PARALLEL:
            _aim(kind, chart, x0, y0, aims)
            _add_rounds(record, some, x0, y0, turn, coefficients, colors, hiding, walls, lit, aims)


@compiled_piece
def _aim(kind: int, chart: np.ndarray, x0: int, y0: int, aims: np.ndarray) -> None:
    """Fills the directions of the pixels of a tile without its last rows, (3 AREA,)."""
    if kind == SPHERE:  # a sine and a cosine for a column and a row, not for each pixel
        for column in range(STRIDE):
            u = (x0 + column + 0.5 - chart[14]) / chart[12]
            aims[column], aims[2 * AREA + column] = math.sin(u), math.cos(u)
        for row in range(TILE - 1, -1, -1):
            v = (y0 + row + 0.5 - chart[15]) / chart[13]
            flat, up = np.float32(math.cos(v)), np.float32(math.sin(v))
            for column in range(STRIDE):
                at = row * STRIDE + column
                x, z = aims[column], aims[2 * AREA + column]
                aims[at], aims[AREA + at], aims[2 * AREA + at] = flat * x, up, flat * z
        return
    for row in range(TILE):
        v = (y0 + row + 0.5 - chart[15]) / chart[13]
        for column in range(STRIDE):
            at = row * STRIDE + column
            x, y, z = direction(kind, (x0 + column + 0.5 - chart[14]) / chart[12], v)
            aims[at], aims[AREA + at], aims[2 * AREA + at] = x, y, z


@compiled_piece
def _first(start: int, end: int) -> int:
    """Where to begin so that what is lit eight at a time does not go on in the margin, which is the next tile's."""
    return start - start % LANES if end == TILE else start


@compiled_piece
def _add_flats(
    record: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    coefficients: Weights,
    colors: int,
    hiding: bool,
    walls: np.ndarray,
    lit: np.ndarray,
) -> int:
    """Adds the ellipses among splats to the light of a tile, whose corner is given; returns how many others are."""
    k0, k1, k2, k3 = coefficients
    others, numbers = 0, record.reshape(-1)
    for n in range(len(some)):
        fetch(numbers, np.int64(some[min(n + AHEAD, len(some) - 1)] >> 2) * 16)
        entry = some[n]
        i: Any = np.int64(entry >> 2)
        if record[i, 11] == NARROW:
            _add_narrow(record, i, coefficients, colors, hiding, walls, lit)
            continue
        if record[i, 11] == ROUND:
            others += 1
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        across, down = np.int64(record[i, 12]) + ahead, np.int64(record[i, 14]) - y0
        c1: Any = min(np.int64(record[i, 13]) + ahead, TILE)
        c0: Any = _first(max(across, 0), c1)
        r0: Any = max(down, 0)
        r1: Any = min(np.int64(record[i, 15]) - y0, TILE)
        x, y = record[i, 9] + np.float32(c0 - across), record[i, 10] + np.float32(r0 - down)
        red, green, blue, away = record[i, 0], record[i, 1], record[i, 2], record[i, 3]
        a, b, c = record[i, 4], record[i, 5], record[i, 6]
        wide, inverse = c1 - c0 > 40, _ONE / a
        for row in range(r0, r1):
            dy = y + np.float32(row - r0)
            slope, rest = b * dy, c * dy * dy
            start: Any = c0
            end: Any = c1
            if wide:  # only what is inside of the ellipse
                square = slope * slope - _FOUR * a * (rest - _ONE)
                half, mid = _HALF * np.sqrt(max(square, _ZERO)) * inverse, -_HALF * slope * inverse - x
                start = _first(c0 + max(np.int64(mid - half), 0), c1)
                end = min(c1, c0 + np.int64(max(mid + half, -_ONE)) + 1)
            for column in range(start, end, LANES):
                at = row * STRIDE + column
                dx = eight_of(x + np.float32(column - c0)) + counted()
                s = positive(eight_of(_ONE - rest) - dx * (eight_of(slope) + eight_of(a) * dx))
                w = s * (eight_of(k0) + s * (eight_of(k1) + s * (eight_of(k2) + s * eight_of(k3))))
                w = w * w
                if hiding:
                    w = where_less(eight_of(away), load(walls, at), w)
                store(lit, at, load(lit, at) + eight_of(red) * w)
                if colors > 1:
                    at += AREA
                    store(lit, at, load(lit, at) + eight_of(green) * w)
                    at += AREA
                    store(lit, at, load(lit, at) + eight_of(blue) * w)
    return others


@compiled_piece
def _add_narrow(
    record: np.ndarray, i: int, weights: Weights, colors: int, hiding: bool, walls: np.ndarray, lit: np.ndarray
) -> None:
    """Adds an ellipse of no more than `MARGIN` columns and rows, whose box begins in the tile."""
    dx, b, c = eight_of(record[i, 9]) + counted(), eight_of(record[i, 5]), eight_of(record[i, 6])
    left, slope, y = eight_of(_ONE) - eight_of(record[i, 4]) * dx * dx, b * dx, record[i, 10]
    k0, k1, k2, k3 = eight_of(weights[0]), eight_of(weights[1]), eight_of(weights[2]), eight_of(weights[3])
    red, green, blue, away = record[i, 0], record[i, 1], record[i, 2], record[i, 3]
    begin = np.int64(record[i, 12])
    rows: Any = max(np.int64(record[i, 13]), ROWS)
    for row in range(rows):
        dy = eight_of(y + np.float32(row))
        s = positive(left - dy * (slope + c * dy))
        w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
        w = w * w
        at = begin + row * STRIDE
        if hiding:
            w = where_less(eight_of(away), load(walls, at), w)
        store(lit, at, load(lit, at) + eight_of(red) * w)
        if colors > 1:
            at += AREA
            store(lit, at, load(lit, at) + eight_of(green) * w)
            at += AREA
            store(lit, at, load(lit, at) + eight_of(blue) * w)


@compiled_piece
def _add_rounds(
    record: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    weights: Weights,
    colors: int,
    hiding: bool,
    walls: np.ndarray,
    lit: np.ndarray,
    aims: np.ndarray,
) -> None:
    """Adds what is round in angle among splats to the light of a tile, whose corner is given."""
    k0, k1, k2, k3 = eight_of(weights[0]), eight_of(weights[1]), eight_of(weights[2]), eight_of(weights[3])
    for entry in some:
        i: Any = np.int64(entry >> 2)
        if record[i, 11] != ROUND:
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        c1: Any = min(np.int64(record[i, 13]) + ahead, TILE)
        c0: Any = _first(max(np.int64(record[i, 12]) + ahead, 0), c1)
        r0: Any = max(np.int64(record[i, 14]) - y0, 0)
        r1: Any = min(np.int64(record[i, 15]) - y0, TILE)
        red, green, blue, away = record[i, 0], record[i, 1], record[i, 2], record[i, 3]
        ex, ey, ez = eight_of(record[i, 4]), eight_of(record[i, 5]), eight_of(record[i, 6])
        narrow, bent, one, far = eight_of(record[i, 7]), eight_of(record[i, 8]), eight_of(_ONE), eight_of(away)
        for row in range(r0, r1):
            for column in range(c0, c1, LANES):
                at = row * STRIDE + column
                dx, dy, dz = load(aims, at) - ex, load(aims, at + AREA) - ey, load(aims, at + 2 * AREA) - ez
                q = dx * dx + dy * dy + dz * dz
                s = positive(one - q * (narrow + bent * q))
                w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                w = w * w
                if hiding:
                    w = where_less(far, load(walls, at), w)
                store(lit, at, load(lit, at) + eight_of(red) * w)
                if colors > 1:
                    at += AREA
                    store(lit, at, load(lit, at) + eight_of(green) * w)
                    at += AREA
                    store(lit, at, load(lit, at) + eight_of(blue) * w)
