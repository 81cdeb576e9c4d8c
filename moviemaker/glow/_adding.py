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
from moviemaker.glow._eight import LANES, fetch, shine, unhidden, weights
from moviemaker.glow._mapping import PARALLEL, SPHERE, direction
from moviemaker.glow._projecting import FLAT, LOG_TILE, TILE, tiles_of

STRIDE = TILE + 8
"""Columns of a tile while it is worked on: rows of pixels are lit eight at a time, and the last go beyond its side."""

_ZERO, _HALF, _ONE, _FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
_SECOND, _THIRD = np.uint64(TILE * STRIDE), np.uint64(2 * TILE * STRIDE)
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
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    for k in numba.prange(len(starts)):
        for i in range(starts[k], starts[k] + used[k]):
            c0, c1, r0, r1 = int(box[i, 0]), int(box[i, 1]), int(box[i, 2]), int(box[i, 3])
            around = 1 if turn > 0 and (c0 < left or c1 > right) else 0
            for shift in range(-around, around + 1):
                a0, a1, d0, d1 = tiles_of(c0 + shift * turn, c1 + shift * turn, r0, r1, left, right, top, bottom)
                for down in range(d0, d1):
                    for along in range(a0, a1):
                        n = begin[k, down * across + along]
                        begin[k, down * across + along] = n + 1
                        order[n] = 4 * i + shift + 1


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
        canvas: (tiles, colours, TILE, STRIDE) float32, changed.
    """
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) // TILE
    hiding = nearest.size > 0
    colors = canvas.shape[1]
    for core in numba.prange(len(shares) - 1):
        walls, row_of = np.full(TILE * STRIDE, np.inf, np.float32), np.zeros(STRIDE, np.float32)
        aims = np.zeros(3 * TILE * STRIDE, np.float32)
        for tile in range(shares[core], shares[core + 1]):
            if begin[tile] == begin[tile + 1]:
                continue
            x0, y0 = left + tile % across * TILE, top + tile // across * TILE
            if hiding:
                for row in range(y0, min(y0 + TILE, bottom)):
                    for column in range(x0, min(x0 + TILE, right)):
                        walls[(row - y0) * STRIDE + column - x0] = nearest[row, column]
            lit, some = canvas[tile].reshape(-1), order[begin[tile] : begin[tile + 1]]
            rounds = _add_flats(record, some, x0, y0, turn, coefficients, colors, hiding, walls, lit)
            if rounds and kind != PARALLEL:
                _aim(kind, chart, x0, y0, aims)
                _add_rounds(record, some, x0, y0, turn, coefficients, colors, hiding, walls, row_of, lit, aims)


@compiled
def show(canvas: np.ndarray, color: np.ndarray, part: np.ndarray, picture: np.ndarray) -> None:
    """Adds tiles to a picture.

    Args:
        canvas: (tiles, 1 or 3, TILE, STRIDE) float32.
        color: (3,) float32, by what it is multiplied.
        part: as in `project`.
        picture: (3, H, W) float32, changed.
    """
    left, right, top, bottom = part[0], part[1], part[2], part[3]
    across = (right - left + TILE - 1) // TILE
    for row in numba.prange(top, bottom):
        for tile in range((row - top) // TILE * across, ((row - top) // TILE + 1) * across):
            x0 = left + tile % across * TILE
            for channel in range(3):
                line = canvas[tile, min(channel, canvas.shape[1] - 1), (row - top) % TILE]
                out, much = picture[channel, row, x0 : min(x0 + TILE, right)], color[channel]
                for k in range(len(out)):
                    out[k] += much * line[k]


@compiled_piece
def _aim(kind: int, chart: np.ndarray, x0: int, y0: int, aims: np.ndarray) -> None:
    """Fills the directions of the pixels of a tile, (3, TILE * STRIDE)."""
    if kind == SPHERE:  # a sine and a cosine for a column and a row, not for each pixel
        for column in range(STRIDE):
            u = (x0 + column + 0.5 - chart[14]) / chart[12]
            aims[column], aims[2 * TILE * STRIDE + column] = math.sin(u), math.cos(u)
        for row in range(TILE - 1, -1, -1):
            v = (y0 + row + 0.5 - chart[15]) / chart[13]
            flat, up = np.float32(math.cos(v)), np.float32(math.sin(v))
            for column in range(STRIDE):
                at = row * STRIDE + column
                x, z = aims[column], aims[2 * TILE * STRIDE + column]
                aims[at], aims[TILE * STRIDE + at], aims[2 * TILE * STRIDE + at] = flat * x, up, flat * z
        return
    for row in range(TILE):
        v = (y0 + row + 0.5 - chart[15]) / chart[13]
        for column in range(STRIDE):
            at = row * STRIDE + column
            x, y, z = direction(kind, (x0 + column + 0.5 - chart[14]) / chart[12], v)
            aims[at], aims[TILE * STRIDE + at], aims[2 * TILE * STRIDE + at] = x, y, z


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
    others = 0
    for n in range(len(some)):
        fetch(record, np.int64(some[min(n + AHEAD, len(some) - 1)] >> 2))
        entry = some[n]
        i = np.int64(entry >> 2)
        if record[i, 11] != FLAT:
            others += 1
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        across, down = np.int64(record[i, 12]) + ahead, np.int64(record[i, 14]) - y0
        c0: Any = max(across, 0)
        c1: Any = min(np.int64(record[i, 13]) + ahead, TILE)
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
                start = c0 + max(np.int64(mid - half), 0)
                end = min(c1, c0 + np.int64(max(mid + half, -_ONE)) + 1)
            for column in range(start, end, LANES):
                at = row * STRIDE + column
                eight = weights(x + np.float32(column - c0), a, slope, rest, k0, k1, k2, k3)
                if hiding:
                    eight = unhidden(walls, at, eight, away)
                shine(lit, at, eight, red)
                if colors > 1:
                    shine(lit, at + TILE * STRIDE, eight, green)
                    shine(lit, at + 2 * TILE * STRIDE, eight, blue)
    return others


@compiled_piece
def _add_rounds(
    record: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    coefficients: Weights,
    colors: int,
    hiding: bool,
    walls: np.ndarray,
    line: np.ndarray,
    lit: np.ndarray,
    aims: np.ndarray,
) -> None:
    """Adds what is round in angle among splats to the light of a tile, whose corner is given."""
    k0, k1, k2, k3 = coefficients
    for entry in some:
        i = np.int64(entry >> 2)
        if record[i, 11] == FLAT:
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        c0: Any = max(np.int64(record[i, 12]) + ahead, 0)
        c1: Any = min(np.int64(record[i, 13]) + ahead, TILE)
        r0: Any = max(np.int64(record[i, 14]) - y0, 0)
        r1: Any = min(np.int64(record[i, 15]) - y0, TILE)
        red, green, blue, away = record[i, 0], record[i, 1], record[i, 2], record[i, 3]
        x, y, z, narrow, bent = record[i, 4], record[i, 5], record[i, 6], record[i, 7], record[i, 8]
        padded = np.uint64((max(c1 - c0, 0) + 7) >> 3 << 3)
        for row in range(r0, r1):
            at = np.uint64(row * STRIDE + c0)
            for k in range(padded):
                dx, dy, dz = aims[at + k] - x, aims[at + (_SECOND + k)] - y, aims[at + (_THIRD + k)] - z
                q = dx * dx + dy * dy + dz * dz
                s = max(_ONE - q * (narrow + bent * q), _ZERO)
                w = s * (k0 + s * (k1 + s * (k2 + s * k3)))
                line[k] = w * w
            if hiding:
                for k in range(padded):
                    line[k] = line[k] if away < walls[at + k] else _ZERO
            for k in range(padded):
                lit[at + k] += red * line[k]
            if colors > 1:
                for k in range(padded):
                    lit[at + (_SECOND + k)] += green * line[k]
                    lit[at + (_THIRD + k)] += blue * line[k]
