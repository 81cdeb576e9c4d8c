"""Square tiles of a picture, in which light is added up. One tile fits into a core's own cache.

A splat of a few pixels belongs to the tile in which its bounding box begins. Tiles have a margin beyond their last
column and row, so that no such splat is cut. The margin is added to the next tiles when the picture is put together.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

TILE = 64
"""Side of a tile in pixels, without its margin."""

LOG_TILE = 6
"""Its logarithm to base 2."""

MARGIN = 16
"""Width of the margin, pixels: the largest width and height of a splat that belongs to one tile."""

STRIDE = TILE + MARGIN
"""Columns and rows of a tile with its margin."""

AREA = STRIDE * STRIDE


_ZERO = np.float32(0)


@compiled_piece
def tiles_of(
    c0: int, c1: int, r0: int, r1: int, left: int, right: int, top: int, bottom: int
) -> tuple[int, int, int, int]:
    """The tiles of a part of a picture that a box touches: columns from, up to, rows from, up to; ends excluded."""
    c0, c1, r0, r1 = max(c0, left) - left, min(c1, right) - left, max(r0, top) - top, min(r1, bottom) - top
    if c0 >= c1 or r0 >= r1:
        return 0, 0, 0, 0
    return c0 >> LOG_TILE, ((c1 - 1) >> LOG_TILE) + 1, r0 >> LOG_TILE, ((r1 - 1) >> LOG_TILE) + 1


@compiled
def add_tiles(canvas: np.ndarray, color: np.ndarray, part: np.ndarray, picture: np.ndarray, overwrite: bool) -> None:
    """Adds tiles to a picture, or overwrites one whose contents are undefined.

    Args:
        canvas: (tiles, 1 or 3, AREA) float32.
        color: (3,) float32, a factor for each channel.
        part: as in `project`.
        picture: (3, H, W) float32, changed.
        overwrite: whether the contents of the picture are undefined, and are replaced.
    """
    left, right, top, bottom = part[0], part[1], part[2], part[3]
    for row in numba.prange(bottom - top):
        _add_row(canvas, color, row, picture[:, top + row, left:right], overwrite)


@compiled_piece
def _add_row(canvas: np.ndarray, color: np.ndarray, row: int, picture: np.ndarray, overwrite: bool) -> None:
    """Adds the tiles to a row of the part of the picture, (3, width), or overwrites it."""
    width = picture.shape[1]
    across = (width + TILE - 1) >> LOG_TILE
    line = np.empty(across * TILE + MARGIN, np.float32)
    above = 1 if row % TILE < MARGIN and row >= TILE else 0
    for channel in range(3):
        if channel < canvas.shape[1]:
            line[:] = 0
            for back in range(above, -1, -1):
                start, first = (row % TILE + back * TILE) * STRIDE, (row // TILE - back) * across
                for tile in range(across):
                    out, given = line[tile * TILE :], canvas[first + tile, channel, start:]
                    for k in range(STRIDE):
                        out[k] += given[k]
        line_of_picture, factor = picture[channel], color[channel]
        if overwrite:
            line_of_picture[:] = _ZERO
        for k in range(width):
            line_of_picture[k] += factor * line[k]
