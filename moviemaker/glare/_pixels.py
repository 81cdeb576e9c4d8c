"""Light on its way from the pixels of a picture into the cells of a grid and back, compiled.

Among columns it is shared out by the quadratic B-spline, whose transform is known, so that its width can be taken off
again. Among rows that would not be possible at the poles, and the cubic spline of R. Keys is taken, which does not
widen anything: "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29 (1981).
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

POWER = 3
"""The transform of the B-spline is `sin(x) / x` to this power, with half the width of a column times the frequency for
x."""


_BESIDE = np.float32(1.5)
"""Columns within which pixels are beside each other: at a pole, and where longitude begins again, they are not."""


@compiled
def drop(
    light: np.ndarray, rows: np.ndarray, columns: np.ndarray, sizes: np.ndarray, side: int, cells: np.ndarray
) -> None:
    """Adds the light of pixels times their solid angles to cells.

    Args:
        light: (channels, height, width) float32.
        rows, columns: (height, width) float32, where the pixels lie among the cells, whose middles are at whole
            numbers; a row that is not finite is not on the sphere.
        sizes: (height, width) float32, their solid angles.
        side: of squares of pixels whose light is added in the middle of it, where they lie beside each other.
        cells: (channels, n, m) float32, changed. The last column has the first one beside it, and rows beyond the first
            and the last one are those on the other side of the pole.
    """
    channels, height, width = light.shape
    for channel in numba.prange(channels):
        plane, found = light[channel], cells[channel]
        for row in range(0, height, side):
            for column in range(0, width, side):
                _gather(
                    plane, rows, columns, sizes, row, min(row + side, height), column, min(column + side, width), found
                )


@compiled_piece
def _gather(
    light: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    sizes: np.ndarray,
    top: int,
    bottom: int,
    left: int,
    right: int,
    cells: np.ndarray,
) -> None:
    """Adds the light of a square of pixels to cells: all in its middle, or each by itself if they are far apart."""
    total, down, across, first = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    beside = True
    for row in range(top, bottom):
        for column in range(left, right):
            given = light[row, column] * sizes[row, column]  # 0 where a pixel is not on the sphere
            if given > 0:
                if total == 0:
                    first = columns[row, column]
                away = columns[row, column] - first
                beside &= abs(away) < _BESIDE
                total += given
                down += given * rows[row, column]
                across += given * away
    if total == 0:
        return
    if beside:
        _drop(total, down / total, first + across / total, cells)
        return
    for row in range(top, bottom):
        for column in range(left, right):
            given = light[row, column] * sizes[row, column]
            if given > 0:
                _drop(given, rows[row, column], columns[row, column], cells)


@compiled_piece
def _drop(given: np.float32, row: np.float32, column: np.float32, cells: np.ndarray) -> None:
    height, width = cells.shape
    top, left = math.floor(row), math.floor(column + np.float32(0.5))
    b, a = row - np.float32(top), column - np.float32(left)
    before, middle, after = _spline(-1, a), _spline(0, a), _spline(1, a)
    for down in range(-1, 3):
        here, other = _row(top + down, height)
        share, there = given * _keys(down, b), left + other * (width // 2)
        cells[here, _wrapped(there - 1, width)] += share * before
        cells[here, _wrapped(there, width)] += share * middle
        cells[here, _wrapped(there + 1, width)] += share * after


@compiled
def pick(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray, kept: float, light: np.ndarray) -> None:
    """Makes the light of pixels what is kept of it, and adds that of cells.

    Args:
        cells: (channels, n, m) float32.
        rows, columns: as for `drop`.
        kept: factor on the light of the pixels.
        light: (channels, height, width) float32, changed.
    """
    channels, height, width = light.shape
    _, count, across = cells.shape
    own = np.float32(kept)
    for row in numba.prange(height):
        down, along = np.empty(4, np.float32), np.empty(3, np.float32)
        places, halves, near = np.empty(4, np.int64), np.empty(4, np.int64), np.empty((2, 3), np.int64)
        for column in range(width):
            at, beside = rows[row, column], columns[row, column]
            if not math.isfinite(at):
                continue
            top, left = math.floor(at), math.floor(beside + np.float32(0.5))
            for step in range(4):
                down[step] = _keys(step - 1, at - np.float32(top))
                places[step], halves[step] = _row(top + step - 1, count)
            for step in range(3):
                along[step] = _spline(step - 1, beside - np.float32(left))
                near[0, step] = _wrapped(left + step - 1, across)
                near[1, step] = _wrapped(left + step - 1 + across // 2, across)
            for channel in range(channels):
                total = own * light[channel, row, column]
                for step in range(4):
                    line, there = cells[channel, places[step]], near[halves[step]]
                    part = along[0] * line[there[0]] + along[1] * line[there[1]] + along[2] * line[there[2]]
                    total += down[step] * part
                light[channel, row, column] = total


@compiled_piece
def _spline(step: int, fraction: np.float32) -> np.float32:
    """The share of the nearest column (step 0), or of that before or after it, of a place so far after the nearest."""
    if step == 0:
        return np.float32(0.75) - fraction * fraction
    near = np.float32(0.5) + (fraction if step > 0 else -fraction)
    return np.float32(0.5) * near * near


@compiled_piece
def _keys(step: int, fraction: np.float32) -> np.float32:
    """The share of the row before a place (step 0), the one before that (-1), and the two after it."""
    x = abs(fraction - np.float32(step))
    if step == 0 or step == 1:
        return np.float32(1) + x * x * (np.float32(1.5) * x - np.float32(2.5))
    return np.float32(2) + x * (np.float32(-4) + x * (np.float32(2.5) - np.float32(0.5) * x))


@compiled_piece
def _row(row: int, count: int) -> tuple[int, int]:
    """A row, or the one on the other side of a pole, and whether it is that one."""
    if row < 0:
        return -1 - row, 1
    return (2 * count - 1 - row, 1) if row >= count else (row, 0)


@compiled_piece
def _wrapped(column: int, count: int) -> int:
    """A column less than a whole turn beyond the first or the last one: a division would take most of the time."""
    if column < 0:
        return column + count
    return column - count if column >= count else column


@compiled
def mix_rows(given: np.ndarray, first: np.ndarray, weights: np.ndarray, kept: float, made: np.ndarray) -> None:
    """Makes rows what is kept of them, and adds weighted sums of other rows, of a picture of the whole sphere.

    Args:
        given: (channels, n, width) float32.
        first: (m,), the first row of each sum; rows beyond the pole are those on its other side.
        weights: (m, k) float32, of the rows of each sum.
        kept: factor on the rows themselves; 0: they are new.
        made: (channels, m, width) float32, changed.
    """
    channels, count, width = made.shape
    half, own = width // 2, np.float32(kept)
    for place in numba.prange(channels * count):
        channel, row = place // count, place % count
        line = made[channel, row]
        if own == 0:
            line[:] = 0
        else:
            for column in range(width):
                line[column] *= own
        for step in range(weights.shape[1]):
            weight = weights[row, step]
            if weight != 0:
                source, other = _row(first[row] + step, given.shape[1])
                if other:
                    _add(given[channel, source, half:], weight, line[: width - half])
                    _add(given[channel, source, :half], weight, line[width - half :])
                else:
                    _add(given[channel, source], weight, line)


@compiled_piece
def _add(given: np.ndarray, weight: np.float32, made: np.ndarray) -> None:
    for column in range(np.uint64(len(made))):
        made[column] += weight * given[column]


@compiled
def mix_columns(given: np.ndarray, first: np.ndarray, weights: np.ndarray, made: np.ndarray) -> None:
    """Fills columns with weighted sums of other columns.

    Args:
        given: (channels, height, n) float32, whose last column has the first one beside it.
        first: (m,), the first column of each sum.
        weights: (m, k) float32.
        made: (channels, height, m) float32.
    """
    channels, height, width = made.shape
    count, steps = given.shape[2], weights.shape[1]
    for place in numba.prange(channels * height):
        line, source = made[place // height, place % height], given[place // height, place % height]
        for column in range(width):
            start = first[column]
            total = np.float32(0)
            if start >= 0 and start + steps <= count:
                for step in range(steps):
                    total += weights[column, step] * source[start + step]
            else:
                for step in range(steps):
                    total += weights[column, step] * source[(start + step) % count]
            line[column] = total
