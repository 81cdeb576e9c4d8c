"""Adds the light of splats to one tile, compiled, eight pixels of a row at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from moviemaker.core.jit import compiled_piece
from moviemaker.glow._project_fast import CODES, LOG_CODES
from moviemaker.glow._projections import PARALLEL, PLANE, SPHERE
from moviemaker.glow._simd import (
    LANES,
    Eight,
    eight_of,
    inlined,
    lane_numbers,
    load,
    positive,
    prefetch,
    store,
    where_less,
)
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
from moviemaker.glow.kernels import Weights

_ZERO, _HALF, _ONE, _LAST = np.float32(0), np.float32(0.5), np.float32(1), np.float32(LANES - 1)
_EIGHT = np.float32(LANES)
_PLANE_1, _PLANE_2 = np.uint64(AREA), np.uint64(2 * AREA)
ROWS = 5
"""Smallest number of rows to which a narrow splat is added. Nearly all of the narrowest have four or five."""

AHEAD = 6
"""How many splats before it is added a splat is fetched from memory."""

Index = int | np.int64

# Sine of an angle over the angle, and cosine, in powers of the square of the angle: Taylor series, within 1e-9 up to
# 4.45, where the corners are of a picture that shows all directions.
_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(14))
_COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in range(14))


@compiled_piece
def add_tile(
    records: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    kind: int,
    proj: np.ndarray,
    weights: Weights,
    directions: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds the light of splats to one tile.

    Args:
        records: the records of all splats, flattened.
        some: the entries of `order` (see `_accumulate.fill`) that are in the tile.
        x0, y0: column and row of the tile's corner.
        directions: (3 AREA,) scratch memory for the directions of the tile's pixels.
        across, along: (2, n) for columns and for rows, as `angle_tables` gives them, from the corner on.
        walls: (AREA,) distances of opaque things, or None.
        planes: (AREA,) each, for one color or three.
    """
    rounds = _add_ellipses(records, some, x0, y0, turn, weights, walls, planes)
    if rounds and kind != PARALLEL:
        if kind != SPHERE:
            fill_directions(kind, proj, x0, y0, directions)
        _add_rounds(records, some, x0, y0, turn, weights, walls, planes, directions, across, along)


@compiled_piece
def fill_directions(kind: int, proj: np.ndarray, x0: int, y0: int, directions: np.ndarray) -> None:
    """Fills the directions of a tile's pixels without the rows of its margin, (3 AREA,), in the projection's axes."""
    u, v = np.empty(STRIDE), np.empty(TILE)
    for column in range(STRIDE):
        u[column] = (x0 + column + 0.5 - proj[14]) / proj[12]
    for row in range(TILE):
        v[row] = (y0 + row + 0.5 - proj[15]) / proj[13]
    if kind == PLANE:
        _directions_in_plane(u, v, directions)
    else:
        _directions_in_disk(u, v, directions)


@compiled_piece
def angle_tables(kind: int, proj: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Sines and cosines for the directions of pixels in the sphere projection, the tiles' margins included.

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
def _directions_in_plane(u: np.ndarray, v: np.ndarray, directions: np.ndarray) -> None:
    for row in range(TILE):
        first, down = np.uint64(row * STRIDE), v[row]
        xs, ys, zs = directions[first:], directions[first + _PLANE_1 :], directions[first + _PLANE_2 :]
        for column in range(np.uint64(STRIDE)):
            part = 1.0 / math.sqrt(1.0 + u[column] * u[column] + down * down)
            xs[column], ys[column], zs[column] = u[column] * part, down * part, part


@compiled_piece
def _directions_in_disk(u: np.ndarray, v: np.ndarray, directions: np.ndarray) -> None:
    for row in range(TILE):
        first, down = np.uint64(row * STRIDE), v[row]
        xs, ys, zs = directions[first:], directions[first + _PLANE_1 :], directions[first + _PLANE_2 :]
        for column in range(np.uint64(STRIDE)):
            square = u[column] * u[column] + down * down
            sine, cosine = 0.0, 0.0
            for k in range(13, -1, -1):
                sine, cosine = sine * square + _SINE[k], cosine * square + _COSINE[k]
            xs[column], ys[column], zs[column] = sine * u[column], cosine, sine * down


@inlined
def _first(start: Any, end: int) -> Any:
    """The first column of the groups of eight that end before the margin, which belongs to the next tile."""
    return start - start % LANES if end == TILE else start


@compiled_piece
def _add_ellipses(
    records: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> int:
    """Adds the ellipses among splats to a tile; returns the number of other splats."""
    others = 0
    for n in range(len(some)):
        prefetch(records, np.int64(some[min(n + AHEAD, len(some) - 1)] >> 2) * ROW)
        entry = some[n]
        at = np.uint64((entry >> 2) * ROW)
        code = records[at + CODE]
        if code >= _ZERO:
            _add_narrow(records, at, np.int64(code), weights, walls, planes)
        elif code == ROUND:
            others += 1
        else:
            _add_wide(records, at, ((entry & 3) - 1) * turn - x0, y0, weights, walls, planes)
    return others


@inlined
def _add_narrow(
    records: np.ndarray,
    record: np.uint64,
    code: np.int64,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds an ellipse that belongs to the tile, of no more than `MARGIN` columns and rows."""
    color, away = _color(records, record, planes), eight_of(records[record + AWAY])
    a, b, c = records[record + FORM], records[record + FORM_1], records[record + FORM_2]
    x, y = records[record + DX], records[record + DY]
    at, rows = code >> LOG_CODES, ((code & (CODES - 1)) >> 1) + 1
    for _ in range(1 + (code & 1)):
        _add_column(x, y, a, b, c, rows, weights, color, away, walls, planes, at)
        x, at = x + _EIGHT, at + LANES


@inlined
def _add_column(
    x: np.float32,
    y: np.float32,
    a: np.float32,
    b: np.float32,
    c: np.float32,
    rows: Index,
    weights: Weights,
    color: tuple[Eight, Eight, Eight],
    away: Eight,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    at: Index,
) -> None:
    """Adds eight columns of an ellipse of `rows` rows, from the pixel `at` on."""
    dx, dy, twice = eight_of(x) + lane_numbers(), eight_of(y), eight_of(c + c)
    slope = eight_of(b) * dx
    # 1 - u, its difference from row to row, and the constant difference of that.
    s = eight_of(_ONE) - eight_of(a) * dx * dx - dy * (slope + eight_of(c) * dy)
    change = eight_of(_ZERO) - slope - eight_of(c) - twice * dy
    for _ in range(ROWS):
        _add_eight(s, weights, color, away, walls, planes, at)
        s, change, at = s + change, change - twice, at + STRIDE
    for _ in range(ROWS, rows):
        _add_eight(s, weights, color, away, walls, planes, at)
        s, change, at = s + change, change - twice, at + STRIDE


@inlined
def _color(records: np.ndarray, record: np.uint64, planes: tuple[np.ndarray, ...]) -> tuple[Eight, Eight, Eight]:
    """Red, green and blue; red three times where the tile has one color."""
    red = eight_of(records[record + RED])
    if len(planes) > 1:
        return red, eight_of(records[record + GREEN]), eight_of(records[record + BLUE])
    return red, red, red


@inlined
def _add_eight(
    s: Eight,
    weights: Weights,
    color: tuple[Eight, Eight, Eight],
    away: Eight,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    at: Index,
) -> None:
    """Adds light to eight pixels from `at` on: the profile for s = 1 - u, where that is positive."""
    s = positive(s)
    w = s * (eight_of(weights[0]) + s * (eight_of(weights[1]) + s * (eight_of(weights[2]) + s * eight_of(weights[3]))))
    w = w * w
    if walls is not None:
        w = where_less(away, load(walls, at), w)
    store(planes[0], at, load(planes[0], at) + color[0] * w)
    if len(planes) > 1:
        store(planes[1], at, load(planes[1], at) + color[1] * w)
        store(planes[2], at, load(planes[2], at) + color[2] * w)


@inlined
def _add_wide(
    records: np.ndarray,
    record: np.uint64,
    ahead: int,
    y0: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
) -> None:
    """Adds any other ellipse to a tile. Adding `ahead` makes its columns those of the tile; `y0` is the first row."""
    left, top = np.int64(records[record + FROM_COLUMN]) + ahead, np.int64(records[record + FROM_ROW]) - y0
    c1: Any = min(np.int64(records[record + TO_COLUMN]) + ahead, TILE)
    c0: Any = _first(max(left, 0), c1)
    r0: Any = max(top, 0)
    r1: Any = min(np.int64(records[record + TO_ROW]) - y0, TILE)
    x, y = records[record + DX] + np.float32(c0 - left), records[record + DY] + np.float32(r0 - top)
    # a dx^2 + b dx dy + c dy^2 = (across dx)^2 + (down dy + lean dx)^2: only the second changes down a column.
    down = np.sqrt(records[record + FORM_2])
    up = _ONE / down
    lean = _HALF * records[record + FORM_1] * up
    square = records[record + FORM] - lean * lean
    color, away = _color(records, record, planes), eight_of(records[record + AWAY])
    step, high = eight_of(down), c1 - c0 > 2 * LANES
    for column in range(c0, c1, LANES):
        first: Any = r0
        last: Any = r1
        begin = x + np.float32(column - c0)
        if high:  # only rows inside of the ellipse
            end = begin + _LAST
            near = min(max(begin, _ZERO), end)
            half = np.sqrt(max(_ONE - square * near * near, _ZERO))
            first = r0 + np.int64(max(up * (-half - max(lean * begin, lean * end)) - y, _ZERO))
            last = min(r1, r0 + np.int64(max(up * (half - min(lean * begin, lean * end)) - y, -_ONE)) + 1)
        dx = eight_of(begin) + lane_numbers()
        rest = eight_of(_ONE) - eight_of(square) * dx * dx
        q = eight_of(lean) * dx + eight_of(down * (y + np.float32(first - r0)))
        at = first * STRIDE + column
        for _ in range(first, last):
            _add_eight(rest - q * q, weights, color, away, walls, planes, at)
            q, at = q + step, at + STRIDE


@compiled_piece
def _add_rounds(
    records: np.ndarray,
    some: np.ndarray,
    x0: int,
    y0: int,
    turn: int,
    weights: Weights,
    walls: np.ndarray | None,
    planes: tuple[np.ndarray, ...],
    directions: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
) -> None:
    """Adds the round ones among splats to a tile. Directions come from `across` and `along` unless these are empty."""
    for entry in some:
        i = np.uint64((entry >> 2) * ROW)
        if records[i + CODE] != ROUND:
            continue
        ahead = ((entry & 3) - 1) * turn - x0
        c1: Any = min(np.int64(records[i + TO_COLUMN]) + ahead, TILE)
        c0: Any = _first(max(np.int64(records[i + FROM_COLUMN]) + ahead, 0), c1)
        r0: Any = max(np.int64(records[i + FROM_ROW]) - y0, 0)
        r1: Any = min(np.int64(records[i + TO_ROW]) - y0, TILE)
        color, away = _color(records, i, planes), eight_of(records[i + AWAY])
        ex, ey, ez = eight_of(records[i + FORM]), eight_of(records[i + FORM_1]), eight_of(records[i + FORM_2])
        narrow, bent = eight_of(records[i + NEAR]), eight_of(records[i + BENT])
        for row in range(r0, r1):
            if across.size:
                flat, dy = eight_of(along[0, row]), eight_of(along[1, row]) - ey
                for column in range(c0, c1, LANES):
                    dx, dz = flat * load(across[0], column) - ex, flat * load(across[1], column) - ez
                    q, at = dx * dx + dy * dy + dz * dz, row * STRIDE + column
                    _add_eight(eight_of(_ONE) - q * (narrow + bent * q), weights, color, away, walls, planes, at)
            else:
                for at in range(row * STRIDE + c0, row * STRIDE + c1, LANES):
                    dx, dy, dz = (
                        load(directions, at) - ex,
                        load(directions, at + AREA) - ey,
                        load(directions, at + 2 * AREA) - ez,
                    )
                    q = dx * dx + dy * dy + dz * dz
                    _add_eight(eight_of(_ONE) - q * (narrow + bent * q), weights, color, away, walls, planes, at)
