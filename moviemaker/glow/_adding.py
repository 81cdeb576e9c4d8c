"""Splats to light, compiled: sorted into square tiles of the picture, each of which one core adds up.

In a tile the splats follow each other in the order of the particles, so the sum does not depend on the number of cores.
The loops over pixels are written for the compiler to take eight at a time: arrays of one dimension, unsigned indices.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from moviemaker.core.compiling import compiled, compiled_piece
from moviemaker.glow._mapping import PARALLEL, direction
from moviemaker.glow._projecting import FLAT, ROUND, TILE

_STRIDE = TILE + 8
"""Columns of a tile while it is worked on: rows of pixels are lit eight at a time, and the last go beyond its side."""

_STRIDE_U, _TWICE_U = np.uint64(_STRIDE), np.uint64(2 * _STRIDE)
_ZERO, _HALF, _ONE, _FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
Weights = tuple[float, float, float, float]


@compiled_piece
def _part(low: int, high: int, start: int, end: int) -> tuple[int, int]:
    """What of a range is in another."""
    return max(low, start), min(high, end)


@compiled
def count(
    sort: np.ndarray, bounds: np.ndarray, ranges: np.ndarray, part: np.ndarray, counts: np.ndarray, work: np.ndarray
) -> None:
    """Counts the splats of each tile, for ranges of them one by one.

    Args:
        sort, bounds: of the splats, as in `Splats`.
        ranges: (k + 1,) where the ranges begin and the last one ends.
        part: (5,) int64: columns from and to, rows from and to, and columns of a whole turn or 0.
        counts: (k, tiles) int64, filled.
        work: (k, tiles) float64, filled: pixels to be lit.
    """
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) // TILE
    for k in numba.prange(len(ranges) - 1):
        counts[k] = 0
        work[k] = 0.0
        for i in range(ranges[k], ranges[k + 1]):
            if sort[i] == 0:
                continue
            r0, r1 = _part(bounds[i, 2], bounds[i, 3], top, bottom)
            for shift in range(-1 if turn > 0 else 0, 2 if turn > 0 else 1):
                c0, c1 = _part(bounds[i, 0] + shift * turn, bounds[i, 1] + shift * turn, left, right)
                if c0 >= c1 or r0 >= r1:
                    continue
                for down in range((r0 - top) // TILE, (r1 - 1 - top) // TILE + 1):
                    rows = min(r1, top + (down + 1) * TILE) - max(r0, top + down * TILE)
                    for along in range((c0 - left) // TILE, (c1 - 1 - left) // TILE + 1):
                        columns = min(c1, left + (along + 1) * TILE) - max(c0, left + along * TILE)
                        counts[k, down * across + along] += 1
                        work[k, down * across + along] += rows * columns + 10.0


@compiled
def fill(
    sort: np.ndarray,
    middle: np.ndarray,
    light: np.ndarray,
    form: np.ndarray,
    bounds: np.ndarray,
    ranges: np.ndarray,
    part: np.ndarray,
    begin: np.ndarray,
    records: np.ndarray,
    boxes: np.ndarray,
) -> None:
    """Copies the splats to where they are in order: tile by tile, and in each in the order of the particles.

    Args:
        sort, middle, light, form, bounds: the splats, as in `Splats`.
        ranges, part: as in `count`.
        begin: (k, tiles) where those of a range in a tile are to be written; used up.
        records: (n, 11) float32, filled: column and row in the tile, light, form.
        boxes: (n, 5) uint8, filled: columns from and to, rows from and to in the tile, and the sort.
    """
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) // TILE
    for k in numba.prange(len(ranges) - 1):
        for i in range(ranges[k], ranges[k + 1]):
            if sort[i] == 0:
                continue
            r0, r1 = _part(bounds[i, 2], bounds[i, 3], top, bottom)
            for shift in range(-1 if turn > 0 else 0, 2 if turn > 0 else 1):
                c0, c1 = _part(bounds[i, 0] + shift * turn, bounds[i, 1] + shift * turn, left, right)
                if c0 >= c1 or r0 >= r1:
                    continue
                for down in range((r0 - top) // TILE, (r1 - 1 - top) // TILE + 1):
                    y0 = top + down * TILE
                    for along in range((c0 - left) // TILE, (c1 - 1 - left) // TILE + 1):
                        x0 = left + along * TILE
                        n = begin[k, down * across + along]
                        begin[k, down * across + along] = n + 1
                        records[n, 0] = middle[i, 0] + (shift * turn - x0)
                        records[n, 1] = middle[i, 1] - y0
                        for part_of in range(4):
                            records[n, 2 + part_of] = light[i, part_of]
                            records[n, 6 + part_of] = form[i, part_of]
                        records[n, 10] = form[i, 4]
                        boxes[n, 0], boxes[n, 1] = max(c0 - x0, 0), min(c1 - x0, TILE)
                        boxes[n, 2], boxes[n, 3] = max(r0 - y0, 0), min(r1 - y0, TILE)
                        boxes[n, 4] = sort[i]


@compiled
def add(
    records: np.ndarray,
    boxes: np.ndarray,
    begin: np.ndarray,
    shares: np.ndarray,
    kind: int,
    chart: np.ndarray,
    part: np.ndarray,
    weights: Weights,
    nearest: np.ndarray,
    picture: np.ndarray,
) -> None:
    """Adds the light of splats to a picture.

    Args:
        records, boxes: the splats, as `fill` has written them.
        begin: (tiles + 1,) where those of each tile begin.
        shares: (cores, most) int64, the tiles that each core adds up, -1 where there are no more.
        kind, chart: as in `project`.
        part: as in `count`.
        weights: coefficients of the profile, float32.
        nearest: (H, W) float32, what is opaque in the picture and how far, infinite for none; or (0, 0).
        picture: (3, H, W) float32, the light so far; (1, H, W) for light of one colour, as how much of it there is.
    """
    left, right, top, bottom = part[0], part[1], part[2], part[3]
    across = (right - left + TILE - 1) // TILE
    hiding = nearest.size > 0
    for core in numba.prange(shares.shape[0]):
        lit, walls = np.zeros(3 * TILE * _STRIDE, np.float32), np.full(TILE * _STRIDE, np.inf, np.float32)
        xs, ys = np.zeros(TILE * _STRIDE, np.float32), np.zeros(TILE * _STRIDE, np.float32)
        zs = np.zeros(TILE * _STRIDE, np.float32)
        for place in range(shares.shape[1]):
            tile = shares[core, place]
            if tile < 0:
                break
            x0, y0 = left + tile % across * TILE, top + tile // across * TILE
            x1, y1 = min(x0 + TILE, right), min(y0 + TILE, bottom)
            for row in range(y0, y1):
                for column in range(x0, x1):
                    for channel in range(len(picture)):
                        lit[(3 * (row - y0) + channel) * _STRIDE + column - x0] = picture[channel, row, column]
                    if hiding:
                        walls[(row - y0) * _STRIDE + column - x0] = nearest[row, column]
            first, last = begin[tile], begin[tile + 1]
            _add_flats(records, boxes, first, last, weights, len(picture), walls, lit)
            if kind != PARALLEL:
                _add_rounds(
                    records, boxes, first, last, weights, len(picture), walls, lit, kind, chart, x0, y0, xs, ys, zs
                )
            for row in range(y0, y1):
                for column in range(x0, x1):
                    for channel in range(len(picture)):
                        picture[channel, row, column] = lit[(3 * (row - y0) + channel) * _STRIDE + column - x0]


@compiled_piece
def _aim(kind: int, chart: np.ndarray, x0: int, y0: int, xs: np.ndarray, ys: np.ndarray, zs: np.ndarray) -> None:
    """Fills the directions of the pixels of a tile."""
    for row in range(TILE):
        v = (y0 + row + 0.5 - chart[15]) / chart[13]
        for column in range(_STRIDE):
            x, y, z = direction(kind, (x0 + column + 0.5 - chart[14]) / chart[12], v)
            at = row * _STRIDE + column
            xs[at], ys[at], zs[at] = x, y, z


@compiled_piece
def _add_flats(
    records: np.ndarray,
    boxes: np.ndarray,
    first: int,
    last: int,
    weights: Weights,
    colors: int,
    walls: np.ndarray,
    lit: np.ndarray,
) -> None:
    """Adds the ellipses among splats `first` to `last` to the light of a tile."""
    k0, k1, k2, k3 = weights
    for n in range(first, last):
        if boxes[n, 4] != FLAT:
            continue
        c0: Any = np.int64(boxes[n, 0])
        c1: Any = np.int64(boxes[n, 1])
        r0, r1 = np.int64(boxes[n, 2]), np.int64(boxes[n, 3])
        x, y = records[n, 0], records[n, 1]
        red, green, blue, away = records[n, 2], records[n, 3], records[n, 4], records[n, 5]
        a, b, c = records[n, 6], records[n, 7], records[n, 8]
        for row in range(r0, r1):
            dy = np.float32(row) + (_HALF - y)
            slope, rest = b * dy, c * dy * dy
            start, end = c0, c1
            if c1 - c0 > 40:  # of a wide one only what is inside of the ellipse
                square = slope * slope - _FOUR * a * (rest - _ONE)
                half, mid = _HALF * np.sqrt(max(square, _ZERO)) / a, x - _HALF * slope / a
                start = max(c0, math.ceil(mid - half - _HALF))
                end = min(c1, math.floor(mid + half - _HALF) + 1)
            if start >= end:
                continue
            dx = np.float32(start) + (_HALF - x)
            flat = np.uint64(row * _STRIDE + start)
            base = np.uint64(3 * row * _STRIDE + start)
            padded = np.uint64((end - start + 7) // 8 * 8)
            if colors > 1:
                for k in range(padded):
                    d = dx + np.float32(np.int32(k))
                    s = max(_ONE - ((a * d + slope) * d + rest), _ZERO)
                    w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                    w = w * w if away < walls[flat + k] else _ZERO
                    lit[base + k] += w * red
                    lit[base + (_STRIDE_U + k)] += w * green
                    lit[base + (_TWICE_U + k)] += w * blue
            else:
                for k in range(padded):
                    d = dx + np.float32(np.int32(k))
                    s = max(_ONE - ((a * d + slope) * d + rest), _ZERO)
                    w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                    w = w * w if away < walls[flat + k] else _ZERO
                    lit[base + k] += w * red


@compiled_piece
def _add_rounds(
    records: np.ndarray,
    boxes: np.ndarray,
    first: int,
    last: int,
    weights: Weights,
    colors: int,
    walls: np.ndarray,
    lit: np.ndarray,
    kind: int,
    chart: np.ndarray,
    x0: int,
    y0: int,
    xs: np.ndarray,
    ys: np.ndarray,
    zs: np.ndarray,
) -> None:
    """Adds what is round in angle among splats `first` to `last` to the light of a tile, whose corner is given."""
    k0, k1, k2, k3 = weights
    aimed = False
    for n in range(first, last):
        if boxes[n, 4] != ROUND:
            continue
        if not aimed:
            _aim(kind, chart, x0, y0, xs, ys, zs)
            aimed = True
        c0: Any = np.int64(boxes[n, 0])
        c1: Any = np.int64(boxes[n, 1])
        r0, r1 = np.int64(boxes[n, 2]), np.int64(boxes[n, 3])
        red, green, blue, away = records[n, 2], records[n, 3], records[n, 4], records[n, 5]
        x, y, z = records[n, 6], records[n, 7], records[n, 8]
        narrow, bent = records[n, 9], records[n, 10]
        padded = np.uint64((max(c1 - c0, 0) + 7) // 8 * 8)
        for row in range(r0, r1):
            flat = np.uint64(row * _STRIDE + c0)
            base = np.uint64(3 * row * _STRIDE + c0)
            if colors > 1:
                for k in range(padded):
                    dx, dy, dz = xs[flat + k] - x, ys[flat + k] - y, zs[flat + k] - z
                    q = dx * dx + dy * dy + dz * dz
                    s = max(_ONE - q * (narrow + bent * q), _ZERO)
                    w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                    w = w * w if away < walls[flat + k] else _ZERO
                    lit[base + k] += w * red
                    lit[base + (_STRIDE_U + k)] += w * green
                    lit[base + (_TWICE_U + k)] += w * blue
            else:
                for k in range(padded):
                    dx, dy, dz = xs[flat + k] - x, ys[flat + k] - y, zs[flat + k] - z
                    q = dx * dx + dy * dy + dz * dz
                    s = max(_ONE - q * (narrow + bent * q), _ZERO)
                    w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                    w = w * w if away < walls[flat + k] else _ZERO
                    lit[base + k] += w * red
