"""What hides the light, put into a grid as optical depths of a path as long as a cell is wide, compiled.

Everything is spread smoothly over the cells around its place, so that nothing jumps when it moves. In all functions
`offset` (3,) is the way from the first cell of the grid to the origin of the places, in cells, `width` that of a cell,
and what is added goes to `depths` (nx, ny, nz) float32.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled_piece

SOLID = 1.0
"""Optical depth of the inside of bodies that are larger than a cell."""

_SMALL = 0.5
"""Balls with a smaller radius, in cells, are spread like points."""

_EDGE = 0.7
"""Triangles are divided until their edges are at most so many cells long."""

_DIVISIONS = 64


@compiled_piece
def add_balls(
    center: np.ndarray,
    radius: np.ndarray,
    opacity: np.ndarray,
    weight: np.ndarray,
    offset: np.ndarray,
    width: float,
    depths: np.ndarray,
) -> None:
    """Adds balls.

    Args:
        center: (n, 3) float32.
        radius: (n,) float32.
        opacity: (n,) float32, above 0.
        weight: (n,) float32, what part of each ball counts; empty: all of it.
        offset, width, depths: see above.
    """
    n0, n1, n2 = depths.shape
    for n in range(len(center)):
        x = center[n, 0] / width + offset[0]
        y = center[n, 1] / width + offset[1]
        z = center[n, 2] / width + offset[2]
        size = radius[n] / width
        if not (-size - 2 < x < n0 + size + 1 and -size - 2 < y < n1 + size + 1 and -size - 2 < z < n2 + size + 1):
            continue
        part = weight[n] if len(weight) else np.float32(1)
        if size < _SMALL:
            _add_point(x, y, z, part * opacity[n] * np.pi * size * size, depths)
            continue
        # A translucent ball lets through what its surface does, on the mean way through it, which is 4/3 radii long.
        inside = part * min(SOLID, -0.75 * np.log(max(1 - opacity[n], 1e-9)) / size)
        reach = size + 0.5
        for i in range(max(int(np.ceil(x - reach)), 0), min(int(np.floor(x + reach)), n0 - 1) + 1):
            for j in range(max(int(np.ceil(y - reach)), 0), min(int(np.floor(y + reach)), n1 - 1) + 1):
                aside = (i - x) * (i - x) + (j - y) * (j - y)
                for k in range(max(int(np.ceil(z - reach)), 0), min(int(np.floor(z + reach)), n2 - 1) + 1):
                    within = reach - np.sqrt(aside + (k - z) * (k - z))
                    depths[i, j, k] += np.float32(inside * min(max(within, 0.0), 1.0))


@compiled_piece
def add_triangles(
    corners: np.ndarray,
    opacity: np.ndarray,
    extent: np.ndarray,
    offset: np.ndarray,
    width: float,
    sheet: float,
    depths: np.ndarray,
) -> None:
    """Adds triangles.

    Args:
        corners: (n, 3, 3) float32.
        opacity: (n,) float32, above 0.
        extent: (n,) float32, how large the body is that each is a part of.
        sheet: optical depth across a wide surface.
        offset, width, depths: see above.
    """
    stack = np.empty((_DIVISIONS, 3, 3), np.float64)
    halves = np.empty(_DIVISIONS, np.int64)
    spread = np.empty((3, 3), np.float64)
    end = np.array(depths.shape, np.float64)
    for n in range(len(corners)):
        for corner in range(3):
            for axis in range(3):
                stack[0, corner, axis] = corners[n, corner, axis] / width + offset[axis]
        area = _area(stack[0])
        # The shadow of a small body is as large as a fourth of its surface, whatever its surface is made of.
        size = 0.5 * extent[n] / width
        dense = max(1.0, 0.5 + 1.5 * min(size, 1.0)) * max(1.0, size) / 4
        amount = area * min(dense * opacity[n], sheet, -np.log(max(1 - opacity[n], 1e-9)))
        halves[0] = 0
        top = 0
        while top >= 0:
            outside = False
            for axis in range(3):
                low = min(stack[top, 0, axis], stack[top, 1, axis], stack[top, 2, axis])
                high = max(stack[top, 0, axis], stack[top, 1, axis], stack[top, 2, axis])
                outside |= not (high > -2 and low < end[axis] + 1)
            if outside:
                top -= 1
                continue
            longest, first = 0.0, 0
            for corner in range(3):
                other = (corner + 1) % 3
                length = 0.0
                for axis in range(3):
                    length += (stack[top, corner, axis] - stack[top, other, axis]) ** 2
                if length > longest:
                    longest, first = length, corner
            if longest <= _EDGE * _EDGE or top == _DIVISIONS - 1:
                x = (stack[top, 0, 0] + stack[top, 1, 0] + stack[top, 2, 0]) / 3
                y = (stack[top, 0, 1] + stack[top, 1, 1] + stack[top, 2, 1]) / 3
                z = (stack[top, 0, 2] + stack[top, 1, 2] + stack[top, 2, 2]) / 3
                _add_to_sheet(x, y, z, amount * 0.5 ** halves[top], spread, depths)
                top -= 1
                continue
            other = (first + 1) % 3
            halves[top] += 1
            halves[top + 1] = halves[top]
            for axis in range(3):
                middle = 0.5 * (stack[top, first, axis] + stack[top, other, axis])
                for corner in range(3):
                    stack[top + 1, corner, axis] = stack[top, corner, axis]
                stack[top, other, axis] = middle
                stack[top + 1, first, axis] = middle
            top += 1


@compiled_piece
def add_medium(extinction: np.ndarray, index: np.ndarray, width: float, depths: np.ndarray) -> None:
    """Adds a medium.

    Args:
        extinction: (n0, n1, n2) float32, optical depth per length; linear in between, 0 beyond.
        index: (3, 4), from (i, j, k, 1) of a cell of the grid to the index in `extinction`.
        width, depths: see above.
    """
    low, high = np.zeros(3, np.int64), np.array(depths.shape, np.int64)
    e0, e1, e2 = extinction.shape
    for i in range(low[0], high[0]):
        for j in range(low[1], high[1]):
            a0 = index[0, 0] * i + index[0, 1] * j + index[0, 3]
            b0 = index[1, 0] * i + index[1, 1] * j + index[1, 3]
            c0 = index[2, 0] * i + index[2, 1] * j + index[2, 3]
            for k in range(low[2], high[2]):
                x, y, z = a0 + index[0, 2] * k, b0 + index[1, 2] * k, c0 + index[2, 2] * k
                if not (-1 < x < e0 and -1 < y < e1 and -1 < z < e2):
                    continue
                a, b, c = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
                fx, fy, fz = np.float32(x - a), np.float32(y - b), np.float32(z - c)
                total = np.float32(0)
                for p in range(max(0, -a), min(2, e0 - a)):
                    wx = fx if p else np.float32(1) - fx
                    for q in range(max(0, -b), min(2, e1 - b)):
                        wy = wx * (fy if q else np.float32(1) - fy)
                        for r in range(max(0, -c), min(2, e2 - c)):
                            total += wy * (fz if r else np.float32(1) - fz) * extinction[a + p, b + q, c + r]
                depths[i, j, k] += total * np.float32(width)


@compiled_piece
def _add_point(x: float, y: float, z: float, amount: float, depths: np.ndarray) -> None:
    """Spreads an amount over the two nearest cells along each axis."""
    n0, n1, n2 = depths.shape
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    if not (-2 < i < n0 and -2 < j < n1 and -2 < k < n2):
        return
    fx, fy, fz = x - i, y - j, z - k
    for a in range(max(i, 0), min(i + 2, n0)):
        wx = amount * (fx if a > i else 1 - fx)
        for b in range(max(j, 0), min(j + 2, n1)):
            wy = wx * (fy if b > j else 1 - fy)
            for c in range(max(k, 0), min(k + 2, n2)):
                depths[a, b, c] += np.float32(wy * (fz if c > k else 1 - fz))


@compiled_piece
def _add_to_sheet(x: float, y: float, z: float, amount: float, spread: np.ndarray, depths: np.ndarray) -> None:
    """Spreads an amount over 27 cells by quadratic splines: a flat surface is as even as can be wherever it lies."""
    n0, n1, n2 = depths.shape
    i, j, k = int(np.floor(x + 0.5)), int(np.floor(y + 0.5)), int(np.floor(z + 0.5))
    if not (-2 < i < n0 + 1 and -2 < j < n1 + 1 and -2 < k < n2 + 1):
        return
    for axis in range(3):
        part = x - i if axis == 0 else (y - j if axis == 1 else z - k)
        spread[axis, 0] = 0.5 * (0.5 - part) * (0.5 - part)
        spread[axis, 1] = 0.75 - part * part
        spread[axis, 2] = 0.5 * (0.5 + part) * (0.5 + part)
    for a in range(max(i - 1, 0), min(i + 2, n0)):
        for b in range(max(j - 1, 0), min(j + 2, n1)):
            across = amount * spread[0, a - i + 1] * spread[1, b - j + 1]
            for c in range(max(k - 1, 0), min(k + 2, n2)):
                depths[a, b, c] += np.float32(across * spread[2, c - k + 1])


@compiled_piece
def _area(corners: np.ndarray) -> float:
    """The area of a triangle (3, 3)."""
    ax, ay, az = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1], corners[1, 2] - corners[0, 2]
    bx, by, bz = corners[2, 0] - corners[0, 0], corners[2, 1] - corners[0, 1], corners[2, 2] - corners[0, 2]
    return float(0.5 * np.sqrt((ay * bz - az * by) ** 2 + (az * bx - ax * bz) ** 2 + (ax * by - ay * bx) ** 2))
