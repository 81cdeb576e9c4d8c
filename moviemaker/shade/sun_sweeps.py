"""Sends the light of one lamp through a grid of optical depths, on all cores.

A sun's rays are marched slice by slice along the axis that they are most nearly parallel to. Each ray stays on its
line: what lies between cells is interpolated once on the way to the ray, and once on the way back to the cells, so that
shadows stay as sharp far behind what throws them as near it. The rays of a lamp are marched from it outwards.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

ROWS = 32
"""Rows of rays that a core marches together."""

ONE, HALF, SIXTH, EIGHTH = np.float32(1), np.float32(0.5), np.float32(1 / 6), np.float32(1 / 8)
ALL = np.float32(65535)


@compiled
def sweep_sun(depth: np.ndarray, through: np.ndarray, up: bool, lean: np.ndarray) -> None:
    """What of parallel rays gets to the middles of cells.

    Args:
        depth: (n, rows + 2, columns + 2) float32, optical depth of the way from the middle of a cell to the next slice,
            with cells around that hold 0.
        through: (n, rows, columns) uint16, 65535 for all; filled.
        up: whether the rays go from slice 0 on, and not from the last.
        lean: (2,), rows and columns that rays move from one slice to the next, -1 to 1.
    """
    n, rows, columns = through.shape
    # Ray k is in row `k + lean * slice`, and so along columns; so many of them come through the grid.
    low_row, low_column = math.floor(min(0.0, -lean[0] * (n - 1))) - 1, math.floor(min(0.0, -lean[1] * (n - 1))) - 1
    high_row = rows + math.ceil(max(0.0, -lean[0] * (n - 1))) + 1
    high_column = columns + math.ceil(max(0.0, -lean[1] * (n - 1))) + 1
    for band in numba.prange((high_row - low_row + ROWS - 1) // ROWS):
        light = np.ones((ROWS + 1, high_column - low_column + 1), np.float32)
        half = np.empty((ROWS + 1, columns + 1), np.float32)
        for q in range(n):
            at = q if up else n - 1 - q
            _march(depth[at], through[at], light, half, low_row + band * ROWS, low_column, lean[0] * q, lean[1] * q)


@compiled_piece
def _march(
    depth: np.ndarray,
    through: np.ndarray,
    light: np.ndarray,
    half: np.ndarray,
    first: int,
    low: int,
    down: float,
    right: float,
) -> None:
    """Takes a band of rays, from `first` and `low` on, through a slice in which they are moved down and right."""
    rows, columns = through.shape
    whole_row, whole_column = math.floor(down), math.floor(right)
    f, g = np.float32(down - whole_row), np.float32(right - whole_column)
    w00, w01, w10, w11 = (ONE - f) * (ONE - g), (ONE - f) * g, f * (ONE - g), f * g
    begin = -1 - whole_column - low  # of the rays between the columns -1 and 0
    start, end = max(0, -1 - first - whole_row), min(len(light), rows - first - whole_row)
    for k in range(start, end):
        row = first + k + whole_row + 1
        near, far, lost, rays = depth[row], depth[row + 1], half[k], light[k, begin : begin + columns + 1]
        for j in range(columns + 1):
            d = w00 * near[j] + w01 * near[j + 1] + w10 * far[j] + w11 * far[j + 1]
            lost[j] = _passed(d * HALF)
            rays[j] *= lost[j]
    for k in range(start, min(end, len(light) - 1)):
        row = first + k + whole_row + 1
        if row < 0 or row >= rows:
            continue
        above, below = light[k, begin : begin + columns + 1], light[k + 1, begin : begin + columns + 1]
        for j in range(columns):
            one = w11 * above[j] + w10 * above[j + 1] + w01 * below[j] + w00 * below[j + 1]
            through[row, j] = np.uint16(one * ALL + HALF)
    for k in range(start, end):
        lost, rays = half[k], light[k, begin : begin + columns + 1]
        for j in range(columns + 1):
            rays[j] *= lost[j]


@compiled_piece
def _passed(depth: np.float32) -> np.float32:
    """exp(-depth) to 0.0002, by what is done for several numbers at a time."""
    u = depth * EIGHTH
    one = ONE / (ONE + u * (ONE + u * (HALF + u * SIXTH)))
    one *= one
    one *= one
    return one * one


BANDS = 8
"""Bands of rays from a lamp through each side of the grid around it."""


@compiled
def sweep_lamp(depth: np.ndarray, through: np.ndarray, place: np.ndarray) -> None:
    """What of the light of a lamp gets to the middles of cells.

    Rays go out from the lamp through each of the six sides of a cube around it, as close together as cells in the last
    slice of the grid.

    Args:
        depth: (nx, ny, nz) float32, optical depth of a way as long as a cell is wide.
        through: the same shape, uint16, 65535 for all; it is filled but for a cell in whose middle the lamp is.
        place: (3,), of the lamp, in cells from the middle of the first one.
    """
    for job in numba.prange(6 * BANDS):
        axis, sign, band = job // (2 * BANDS), 1 - 2 * (job // BANDS % 2), job % BANDS
        _side(depth, through, axis, sign, band, place)


@compiled_piece
def _side(depth: np.ndarray, through: np.ndarray, axis: int, sign: int, band: int, place: np.ndarray) -> None:
    """Marches a band of the rays through one side of the cube."""
    one, other = (1 if axis == 0 else 0), (1 if axis == 2 else 2)
    n, rows, columns = depth.shape[axis], depth.shape[one], depth.shape[other]
    at, down, right = place[axis], place[one], place[other]
    begin = max(math.floor(at) + 1, 0) if sign > 0 else min(math.ceil(at) - 1, n - 1)
    if begin < 0 or begin >= n:
        return
    nearest, farthest = abs(begin - at), abs((n - 1 if sign > 0 else 0) - at)
    step = 1.0 / farthest
    low_u, count_u = _slopes(down, rows, nearest, farthest)
    low_v, count_v = _slopes(right, columns, nearest, farthest)
    per = (count_u + BANDS - 1) // BANDS
    first, last = band * per, min((band + 1) * per + 1, count_u)
    if first >= last - 1 or count_v < 2:
        return
    light, half = np.ones((last - first, count_v), np.float32), np.ones((last - first, count_v), np.float32)
    sides = (sign + 1) // 2 * n - (1 - sign) // 2
    flat = np.zeros((rows + 2, columns + 2), np.float32)
    start_way = np.float32(min(nearest, 1.0)) if 0 <= at <= n - 1 else HALF  # from the lamp to the first slice
    for i in range(begin, sides, sign):
        far = abs(i - at)
        top = min(max(math.floor(down + (low_u + first * step) * far), -1), rows - 1)
        bottom = min(max(math.floor(down + (low_u + (last - 1) * step) * far) + 1, 0), rows)
        for j in range(max(top, 0), min(bottom, rows - 1) + 1):
            for c in range(columns):
                flat[j + 1, c + 1] = depth[i, j, c] if axis == 0 else (depth[j, i, c] if axis == 1 else depth[j, c, i])
        start = max(0, math.ceil(((-1 - right) / far - low_v) / step))
        end = min(count_v - 1, math.floor(((columns - right) / far - low_v) / step))
        half[:] = ONE
        for k in range(first, last):
            u = low_u + k * step
            row = down + u * far
            if row < -1 or row >= rows:
                continue
            j = math.floor(row)
            f, long = np.float32(row - j), np.float32(1 + u * u)
            near, below, lost, rays = flat[j + 1], flat[j + 2], half[k - first], light[k - first]
            for m in range(start, end + 1):
                v = np.float32(low_v + m * step)
                column = min(max(right + (low_v + m * step) * far, -1.0), columns - 1e-6)
                c = int(column + 1) - 1
                g = np.float32(column - c)
                d = (ONE - f) * ((ONE - g) * near[c + 1] + g * near[c + 2])
                d += f * ((ONE - g) * below[c + 1] + g * below[c + 2])
                d *= np.sqrt(long + v * v)
                lost[m] = _passed(HALF * d)
                rays[m] *= lost[m] if i != begin else _passed(start_way * d)
        # Cells on an edge of the cube belong to the side of the lower axis.
        edge_one, edge_other = far + (1e-9 if one > axis else -1e-9), far + (1e-9 if other > axis else -1e-9)
        for j in range(max(0, math.ceil(down - edge_one)), min(rows - 1, math.floor(down + edge_one)) + 1):
            p = ((j - down) / far - low_u) / step
            k = min(max(math.floor(p), 0), count_u - 2)
            if not first <= k < last - 1:
                continue
            f = np.float32(p - k)
            above, below = light[k - first], light[k - first + 1]
            for c in range(max(0, math.ceil(right - edge_other)), min(columns - 1, math.floor(right + edge_other)) + 1):
                q = ((c - right) / far - low_v) / step
                m = min(max(math.floor(q), 0), count_v - 2)
                g = np.float32(q - m)
                got = (ONE - f) * ((ONE - g) * above[m] + g * above[m + 1])
                got += f * ((ONE - g) * below[m] + g * below[m + 1])
                code = np.uint16(got * ALL + HALF)
                if axis == 0:
                    through[i, j, c] = code
                elif axis == 1:
                    through[j, i, c] = code
                else:
                    through[j, c, i] = code
        light *= half


@compiled_piece
def _slopes(place: float, count: int, nearest: float, farthest: float) -> tuple[float, int]:
    """The least slope along an axis of rays that meet cells, and how many there are, a cell apart in the last slice."""
    low, high = -place, count - 1 - place
    low = max(-1.0, low / (nearest if low < 0 else farthest))
    high = min(1.0, high / (farthest if high < 0 else nearest))
    return low, max(math.ceil((high - low) * farthest - 1e-9) + 1, 2) if high >= low else 0


@compiled
def add_maps(
    through: np.ndarray,
    found: np.ndarray,
    depths: tuple[np.ndarray, ...],
    matrices: np.ndarray,
    bias: float,
) -> None:
    """What of what gets through a grid gets past the things in depth maps too.

    Args:
        through: (nx, ny, nz) uint16.
        found: the same; filled.
        depths: those of the maps, all of one shape.
        matrices: (maps, 4, 4), from (i, j, k, 1) of a cell to texels, as in `DepthMap`.
        bias: how much deeper a lit cell may lie than a map says, scene units.
    """
    nx, ny, nz = through.shape
    rows, columns = depths[0].shape
    for i in numba.prange(nx):
        for j in range(ny):
            for k in range(nz):
                found[i, j, k] = through[i, j, k]
                most, side = 0.0, -1
                for m in range(len(matrices)):
                    w = matrices[m, 3, 0] * i + matrices[m, 3, 1] * j + matrices[m, 3, 2] * k + matrices[m, 3, 3]
                    if w > most:
                        most, side = w, m
                if side < 0 or through[i, j, k] == 0:
                    continue
                one = matrices[side]
                column = (one[0, 0] * i + one[0, 1] * j + one[0, 2] * k + one[0, 3]) / most
                row = (one[1, 0] * i + one[1, 1] * j + one[1, 2] * k + one[1, 3]) / most
                depth = one[2, 0] * i + one[2, 1] * j + one[2, 2] * k + one[2, 3] - bias
                left, above = math.floor(column), math.floor(row)
                if left < 0 or above < 0 or left + 1 >= columns or above + 1 >= rows:
                    continue
                f, g, lit, map_ = column - left, row - above, 0.0, depths[side]
                lit += (1 - f) * (1 - g) if map_[above, left] >= depth else 0.0
                lit += f * (1 - g) if map_[above, left + 1] >= depth else 0.0
                lit += (1 - f) * g if map_[above + 1, left] >= depth else 0.0
                lit += f * g if map_[above + 1, left + 1] >= depth else 0.0
                found[i, j, k] = np.uint16(lit * through[i, j, k] + 0.5)
