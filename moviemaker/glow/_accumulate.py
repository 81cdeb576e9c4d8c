"""From splats to light, compiled. Splats are sorted into square tiles of the picture; one core adds up each tile.

In a tile the splats are in the order of the particles, so the sum does not depend on the number of cores.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba
from moviemaker.glow._project import SEVERAL
from moviemaker.glow._splat_kernels import add_tile, angle_tables
from moviemaker.glow._splat_layout import FROM_COLUMN, FROM_ROW, ROW, TO_COLUMN, TO_ROW
from moviemaker.glow._tiles import AREA, LOG_TILE, STRIDE, TILE, tiles_of
from moviemaker.glow.kernels import Weights


@compiled
def fill(
    records: np.ndarray,
    where: np.ndarray,
    starts: np.ndarray,
    used: np.ndarray,
    part: np.ndarray,
    begin: np.ndarray,
    order: np.ndarray,
) -> None:
    """Lists the splats tile by tile, in each tile in the order of the particles.

    Args:
        records: the records of all splats, flattened.
        where, used: as in `Splats`, for k ranges.
        starts: (k,) index of the first splat of each range.
        part: as in `project`.
        begin: (k, tiles) where `order` has the splats of each range in each tile; changed.
        order: (n,) int32, filled: 4 row + 1 + shift, with the row of the record and the shift of the splat in turns.
    """
    for k in numba.prange(len(starts)):
        _fill(records, where[starts[k] : starts[k] + used[k]], part, begin[k], order)


@compiled_piece
def _fill(records: np.ndarray, where: np.ndarray, part: np.ndarray, begin: np.ndarray, order: np.ndarray) -> None:
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    for i in range(np.uint64(len(where))):
        tile, row = where[i, 0], where[i, 1]
        if tile != SEVERAL:
            order[begin[tile]] = 4 * row + 1
            begin[tile] += 1
            continue
        at = np.uint64(row * ROW)
        c0, c1 = int(records[at + FROM_COLUMN]), int(records[at + TO_COLUMN])
        r0, r1 = int(records[at + FROM_ROW]), int(records[at + TO_ROW])
        around = 1 if turn > 0 and (c0 < left or c1 > right) else 0
        for shift in range(-around, around + 1):
            a0, a1, d0, d1 = tiles_of(c0 + shift * turn, c1 + shift * turn, r0, r1, left, right, top, bottom)
            for down in range(d0, d1):
                for along in range(a0, a1):
                    order[begin[down * across + along]] = 4 * row + shift + 1
                    begin[down * across + along] += 1


@compiled
def add(
    records: np.ndarray,
    order: np.ndarray,
    begin: np.ndarray,
    shares: np.ndarray,
    kind: int,
    proj: np.ndarray,
    part: np.ndarray,
    coefficients: Weights,
    nearest: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds the light of splats to tiles.

    Args:
        records: the records of all splats, flattened.
        order: as `fill` fills it.
        begin: (tiles + 1,) where the splats of each tile begin in `order`.
        shares: (cores + 1,) int64, the first tile of each core, and the end.
        kind, proj: as in `project`.
        part: as in `project`.
        coefficients: of the profile, float32.
        nearest: (H, W) float32, distances of opaque things, infinite for none; or (0, 0).
        canvas: (tiles, 1 or 3, AREA) float32, changed.
    """
    lines = angle_tables(kind, proj, part)
    for core in numba.prange(len(shares) - 1):
        start, end = shares[core], shares[core + 1]
        _add(records, order, begin, start, end, kind, proj, part, coefficients, nearest, lines, canvas)


@compiled_piece
def _add(
    records: np.ndarray,
    order: np.ndarray,
    begin: np.ndarray,
    start: int,
    end: int,
    kind: int,
    proj: np.ndarray,
    part: np.ndarray,
    coefficients: Weights,
    nearest: np.ndarray,
    lines: np.ndarray,
    canvas: np.ndarray,
) -> None:
    """Adds light to the tiles from `start` up to `end`."""
    left, right, top, bottom, turn = part[0], part[1], part[2], part[3], part[4]
    across = (right - left + TILE - 1) >> LOG_TILE
    hiding, colors = nearest.size > 0, canvas.shape[1]
    walls, directions = np.full(AREA, np.inf, np.float32), np.zeros(3 * AREA, np.float32)
    for tile in range(start, end):
        if begin[tile] == begin[tile + 1]:
            continue
        x0, y0 = left + tile % across * TILE, top + tile // across * TILE
        if hiding:
            for row in range(y0, min(y0 + STRIDE, bottom)):
                for column in range(x0, min(x0 + STRIDE, right)):
                    walls[(row - y0) * STRIDE + column - x0] = nearest[row, column]
        some = order[begin[tile] : begin[tile + 1]]
        given = (
            records,
            some,
            x0,
            y0,
            turn,
            kind,
            proj,
            coefficients,
            directions,
            lines[:2, x0 - left :],
            lines[2:, y0 - top :],
        )
        # Each call is compiled by itself, so that unused walls and colors cost nothing. With three colors, walls that
        # hide nothing cost little.
        if colors > 1:
            add_tile(*given, walls, (canvas[tile, 0], canvas[tile, 1], canvas[tile, 2]))
        elif hiding:
            add_tile(*given, walls, (canvas[tile, 0],))
        else:
            add_tile(*given, None, (canvas[tile, 0],))
