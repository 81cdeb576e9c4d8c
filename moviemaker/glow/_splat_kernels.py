"""The light of splats in one tile, compiled: rows of pixels are lit eight at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from moviemaker.core.jit import compiled_piece
from moviemaker.glow._project_fast import CODES, LOG_CODES
from moviemaker.glow._projections import PARALLEL, PLANE, SPHERE
from moviemaker.glow._simd import LANES, Eight, counted, eight_of, fetch, load, positive, store, where_less, within
from moviemaker.glow._splat_layout import (
    AWAY,
    BENT,
    BLUE,
    CODE,
    DX,
    DY,
    FORM,
    FORM_1,
    FORM_2,
    FROM_COLUMN,
    FROM_ROW,
    GREEN,
    NEAR,
    RED,
    ROUND,
    ROW,
    TO_COLUMN,
    TO_ROW,
)
from moviemaker.glow._tiles import AREA, STRIDE, TILE

_ZERO, _HALF, _ONE, _LAST = np.float32(0), np.float32(0.5), np.float32(1), np.float32(LANES - 1)
_EIGHT = np.float32(LANES)
_PLANE_1, _PLANE_2 = np.uint64(AREA), np.uint64(2 * AREA)
ROWS = 5
"""Rows of a narrow splat that are lit at least: nearly all of the narrowest have four or five."""

AHEAD = 6
"""So many splats before it is added, one is fetched from memory."""

Weights = tuple[float, float, float, float]

# The sine over an angle and the cosine, in powers of the angle's square: Taylor's series, to the corners of a picture
# of all directions, 4.45 from its middle, within 1e-9.
_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(14))
_COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in range(14))


@compiled_piece
def add_tile(
    numbers: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    kind: int,
    proj: np.ndarray,
    weights: Weights,
    aims: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds light to one tile, whose corner is given.

    Args:
        aims: (3 AREA,) room for the directions of the tile's pixels.
        across, along: (2, n) of columns and of rows, as `lines_of` gives them, from the corner on.
        walls: (AREA,) what is opaque and how far, or None.
        planes: (AREA,) each: of one color or of three.
    """
    rounds = _add_flats(numbers, some, x0, y0, turn, weights, walls, planes)
    if rounds and kind != PARALLEL:
        if kind != SPHERE:
            aim(kind, proj, x0, y0, aims)
        _add_rounds(numbers, some, x0, y0, turn, weights, walls, planes, aims, across, along)


@compiled_piece
def aim(kind: int, proj: np.ndarray, x0: int, y0: int, aims: np.ndarray) -> None:
    """Fills the directions of the pixels of a tile without its last rows, (3 AREA,), in the axes of the projection."""
    u, v = np.empty(STRIDE), np.empty(TILE)
    for column in range(STRIDE):
        u[column] = (x0 + column + 0.5 - proj[14]) / proj[12]
    for row in range(TILE):
        v[row] = (y0 + row + 0.5 - proj[15]) / proj[13]
    if kind == PLANE:
        _aim_flat(u, v, aims)
    else:
        _aim_down(u, v, aims)


@compiled_piece
def lines_of(kind: int, proj: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Sines and cosines for the directions of the pixels of a sphere's projection and of its tiles' margins.

    Returns:
        (4, n) float32: sine and cosine of each column's longitude, then cosine and sine of each row's latitude; n is 0
        for the other projections.
    """
    many = max(part[1] - part[0], part[3] - part[2]) + STRIDE if kind == SPHERE else 0
    lines = np.empty((4, many), np.float32)
    for k in range(many):
        u = (part[0] + k + 0.5 - proj[14]) / proj[12]
        v = (part[2] + k + 0.5 - proj[15]) / proj[13]
        lines[0, k], lines[1, k], lines[2, k], lines[3, k] = math.sin(u), math.cos(u), math.cos(v), math.sin(v)
    return lines


@compiled_piece
def _aim_flat(u: np.ndarray, v: np.ndarray, aims: np.ndarray) -> None:
    for row in range(TILE):
        first, down = np.uint64(row * STRIDE), v[row]
        xs, ys, zs = aims[first:], aims[first + _PLANE_1 :], aims[first + _PLANE_2 :]
        for column in range(np.uint64(STRIDE)):
            part = 1.0 / math.sqrt(1.0 + u[column] * u[column] + down * down)
            xs[column], ys[column], zs[column] = u[column] * part, down * part, part


@compiled_piece
def _aim_down(u: np.ndarray, v: np.ndarray, aims: np.ndarray) -> None:
    for row in range(TILE):
        first, down = np.uint64(row * STRIDE), v[row]
        xs, ys, zs = aims[first:], aims[first + _PLANE_1 :], aims[first + _PLANE_2 :]
        for column in range(np.uint64(STRIDE)):
            square = u[column] * u[column] + down * down
            sine, cosine = 0.0, 0.0
            for k in range(13, -1, -1):
                sine, cosine = sine * square + _SINE[k], cosine * square + _COSINE[k]
            xs[column], ys[column], zs[column] = sine * u[column], cosine, sine * down


@within
def _first(start: Any, end: Any) -> Any:
    """Where to begin so that what is lit eight at a time does not go on in the margin, which is the next tile's."""
    return start - start % LANES if end == TILE else start


@compiled_piece
def _add_flats(
    numbers: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> int:
    """Adds the ellipses among splats to the light of a tile, whose corner is given; returns how many others are."""
    others = 0
    for n in range(len(some)):
        fetch(numbers, np.int64(some[min(n + AHEAD, len(some) - 1)] >> 2) * ROW)
        entry = some[n]
        at: Any = np.uint64((entry >> 2) * ROW)
        code: Any = numbers[at + CODE]
        if code >= _ZERO:
            _add_narrow(numbers, at, np.int64(code), weights, walls, planes)
        elif code == ROUND:
            others += 1
        else:
            _add_flat(numbers, at, ((entry & 3) - 1) * turn - x0, y0, weights, walls, planes)
    return others


@within
def _add_narrow(
    numbers: np.ndarray,
    record: Any,
    code: Any,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds an ellipse of no more than `MARGIN` columns and rows, whose box begins in the tile."""
    color, away = _color(numbers, record, planes), eight_of(numbers[record + AWAY])
    a, b, c = numbers[record + FORM], numbers[record + FORM_1], numbers[record + FORM_2]
    x, y = numbers[record + DX], numbers[record + DY]
    at, rows = code >> LOG_CODES, ((code & (CODES - 1)) >> 1) + 1
    for _ in range(1 + (code & 1)):
        _add_column(x, y, a, b, c, rows, weights, color, away, walls, planes, at)
        x, at = x + _EIGHT, at + LANES


@within
def _add_column(
    x: Any,
    y: Any,
    a: Any,
    b: Any,
    c: Any,
    rows: int,
    weights: Weights,
    color: tuple[Eight, Eight, Eight],
    away: Eight,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    at: int,
) -> None:
    """Adds eight columns of an ellipse of so many rows, from a pixel on."""
    dx, dy, twice = eight_of(x) + counted(), eight_of(y), eight_of(c + c)
    slope = eight_of(b) * dx
    # What is left of 1 and by how much it changes from row to row, which itself changes evenly.
    s = eight_of(_ONE) - eight_of(a) * dx * dx - dy * (slope + eight_of(c) * dy)
    change = eight_of(_ZERO) - slope - eight_of(c) - twice * dy
    for _ in range(ROWS):
        _shine(s, weights, color, away, walls, planes, at)
        s, change, at = s + change, change - twice, at + STRIDE
    for _ in range(ROWS, rows):
        _shine(s, weights, color, away, walls, planes, at)
        s, change, at = s + change, change - twice, at + STRIDE


@within
def _color(numbers: np.ndarray, record: Any, planes: tuple[np.ndarray, ...]) -> tuple[Eight, Eight, Eight]:
    """Red, green and blue; red alone where the tile has but one."""
    red = eight_of(numbers[record + RED])
    if len(planes) > 1:
        return red, eight_of(numbers[record + GREEN]), eight_of(numbers[record + BLUE])
    return red, red, red


@within
def _shine(
    s: Eight,
    weights: Weights,
    color: tuple[Eight, Eight, Eight],
    away: Eight,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    at: int,
) -> None:
    """Adds to eight pixels what a profile is for s, where that is above 0."""
    s = positive(s)
    w = s * (eight_of(weights[0]) + s * (eight_of(weights[1]) + s * (eight_of(weights[2]) + s * eight_of(weights[3]))))
    w = w * w
    if walls is not None:
        w = where_less(away, load(walls, at), w)
    store(planes[0], at, load(planes[0], at) + color[0] * w)
    if len(planes) > 1:
        store(planes[1], at, load(planes[1], at) + color[1] * w)
        store(planes[2], at, load(planes[2], at) + color[2] * w)


@within
def _add_flat(
    numbers: np.ndarray,
    record: Any,
    ahead: int,
    y0: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds any other ellipse to a tile, whose first column is moved ahead and whose first row is given."""
    left, top = np.int64(numbers[record + FROM_COLUMN]) + ahead, np.int64(numbers[record + FROM_ROW]) - y0
    c1: Any = min(np.int64(numbers[record + TO_COLUMN]) + ahead, TILE)
    c0: Any = _first(max(left, 0), c1)
    r0: Any = max(top, 0)
    r1: Any = min(np.int64(numbers[record + TO_ROW]) - y0, TILE)
    x, y = numbers[record + DX] + np.float32(c0 - left), numbers[record + DY] + np.float32(r0 - top)
    # a dx^2 + b dx dy + c dy^2 = (across dx)^2 + (down dy + lean dx)^2: only one square changes along a column.
    down = np.sqrt(numbers[record + FORM_2])
    up = _ONE / down
    lean = _HALF * numbers[record + FORM_1] * up
    square = numbers[record + FORM] - lean * lean
    color, away = _color(numbers, record, planes), eight_of(numbers[record + AWAY])
    step, high = eight_of(down), c1 - c0 > 2 * LANES
    for column in range(c0, c1, LANES):
        first: Any = r0
        last: Any = r1
        begin = x + np.float32(column - c0)
        if high:  # only what is inside of the ellipse
            end = begin + _LAST
            near = min(max(begin, _ZERO), end)
            half = np.sqrt(max(_ONE - square * near * near, _ZERO))
            first = r0 + np.int64(max(up * (-half - max(lean * begin, lean * end)) - y, _ZERO))
            last = min(r1, r0 + np.int64(max(up * (half - min(lean * begin, lean * end)) - y, -_ONE)) + 1)
        dx = eight_of(begin) + counted()
        rest = eight_of(_ONE) - eight_of(square) * dx * dx
        q = eight_of(lean) * dx + eight_of(down * (y + np.float32(first - r0)))
        at = first * STRIDE + column
        for _ in range(first, last):
            _shine(rest - q * q, weights, color, away, walls, planes, at)
            q, at = q + step, at + STRIDE


@compiled_piece
def _add_rounds(
    numbers: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    aims: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
) -> None:
    """Adds what is round in angle among splats to the light of a tile, whose corner is given. Directions are in `aims`,
    unless `across` and `along` make them."""
    for entry in some:
        i: Any = np.uint64((entry >> 2) * ROW)
        if numbers[i + CODE] != ROUND:
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        c1: Any = min(np.int64(numbers[i + TO_COLUMN]) + ahead, TILE)
        c0: Any = _first(max(np.int64(numbers[i + FROM_COLUMN]) + ahead, 0), c1)
        r0: Any = max(np.int64(numbers[i + FROM_ROW]) - y0, 0)
        r1: Any = min(np.int64(numbers[i + TO_ROW]) - y0, TILE)
        color, away = _color(numbers, i, planes), eight_of(numbers[i + AWAY])
        ex, ey, ez = eight_of(numbers[i + FORM]), eight_of(numbers[i + FORM_1]), eight_of(numbers[i + FORM_2])
        narrow, bent = eight_of(numbers[i + NEAR]), eight_of(numbers[i + BENT])
        for row in range(r0, r1):
            if across.size:
                flat, dy = eight_of(along[0, row]), eight_of(along[1, row]) - ey
                for column in range(c0, c1, LANES):
                    dx, dz = flat * load(across[0], column) - ex, flat * load(across[1], column) - ez
                    q, at = dx * dx + dy * dy + dz * dz, row * STRIDE + column
                    _shine(eight_of(_ONE) - q * (narrow + bent * q), weights, color, away, walls, planes, at)
            else:
                for at in range(row * STRIDE + c0, row * STRIDE + c1, LANES):
                    dx, dy, dz = load(aims, at) - ex, load(aims, at + AREA) - ey, load(aims, at + 2 * AREA) - ez
                    q = dx * dx + dy * dy + dz * dz
                    _shine(eight_of(_ONE) - q * (narrow + bent * q), weights, color, away, walls, planes, at)
