"""Sweeps through a grid that carry the light of the sky along directions, compiled.

A sweep goes slice by slice along the axis that its direction is closest to. The light that comes to the middle of a
cell is what left the slice before, linear in between, less what half of the cell takes away. Things hide less the
farther away they are: along a path of length s the darkness shrinks by `exp(-s / reach)`.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled_piece

_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
_TILE = 16
_QUARTER, _SIXTH, _24TH = np.float32(1 / 4), np.float32(1 / 6), np.float32(1 / 24)


@compiled_piece
def sweep(
    axis: int,
    sign: float,
    depth: np.ndarray,
    directions: np.ndarray,
    reach: float,
    own: float,
    around: np.ndarray,
    first: np.ndarray,
    step: float,
    window: np.ndarray,
    passed: np.ndarray,
    found: np.ndarray,
) -> None:
    """Adds up the light of all directions that are closest to an axis and have a sign along it.

    Several axes may be swept at the same time, each along positive directions first, which empties the sums.

    The arrays have the axis in front: (a, b, c) is (0, 1, 2), (1, 0, 2) or (2, 0, 1).

    Args:
        axis: 0, 1 or 2.
        sign: 1 or -1.
        depth: (na, nb, nc) float32, optical depths of a path as long as a cell is wide.
        directions: (n, 3) unit vectors towards the sky; some have a positive sign along each axis.
        reach: in cells.
        own: what part of the way through its own cell the light has to go, 0 to 0.5.
        around: (n, wx, wy, wz) float32, the light of each direction in the cells of a coarser grid around this one;
            empty: all light comes in.
        first: (3,), the place of this grid's first cell among those cells.
        step: width of this grid's cells in widths of those.
        window: (3, 2) int64, first cell and end of the part of this grid around a finer one.
        passed: (n, wx, wy, wz) float32, takes the light of each direction there.
        found: (na, 4, nb, nc) float32, takes the sums of the light and of light times direction.
    """
    second, third = (1 if axis == 0 else 0), (1 if axis == 2 else 2)
    chosen = np.empty(len(directions), np.int64)
    count = 0
    for n in range(len(directions)):
        x, y, z = abs(directions[n, 0]), abs(directions[n, 1]), abs(directions[n, 2])
        closest = 0 if x >= y and x >= z else (1 if y >= z else 2)
        if closest == axis and directions[n, axis] * sign > 0:
            chosen[count] = n
            count += 1
    na, nb, nc = depth.shape
    # What leaves the cells of a slice and of the one before, with a frame of cells around.
    leaving = np.ones((2, count, nb + 2, nc + 2), np.float32)
    arriving = np.ones((nb, nc), np.float32)
    place = np.empty(3, np.float64)
    for at in range(-1, na):
        i = na - 1 - at if sign > 0 else at
        for q in range(count):
            n = chosen[q]
            along = abs(directions[n, axis])
            here, before = leaving[(at + 1) % 2, q], leaving[at % 2, q]
            if at >= 0:
                from_b, from_c = directions[n, second] / along, directions[n, third] / along
                jb, jc = int(np.floor(from_b)) + 1, int(np.floor(from_c)) + 1
                fb, fc = np.float32(from_b - jb + 1), np.float32(from_c - jc + 1)
                weights = ((_ONE - fb) * (_ONE - fc), (_ONE - fb) * fc, fb * (_ONE - fc), fb * fc)
                lost = np.float32(own / along), np.float32((1 - own) / along)
                keep = np.float32(np.exp(-1 / (along * reach)))
                if q == 0 and sign > 0:
                    found[i] = _ZERO
                toward = np.float32(directions[n, 0]), np.float32(directions[n, 1]), np.float32(directions[n, 2])
                for b in range(nb):
                    near, far = before[b + jb, jc : jc + nc + 1], before[b + jb + 1, jc : jc + nc + 1]
                    _sweep_row(depth[i, b], near, far, weights, lost, keep, arriving[b], here[b + 1])
                    _add_row(arriving[b], toward, found[i, 0, b], found[i, 1, b], found[i, 2, b], found[i, 3, b])
                if passed.size and window[axis, 0] <= i < window[axis, 1]:
                    for b in range(window[second, 0], window[second, 1]):
                        for c in range(window[third, 0], window[third, 1]):
                            # Light that is measured in the middle of a thing has half of it to go through.
                            light = arriving[b, c] * _exp_minus(np.float32((0.5 - own) / along) * depth[i, b, c])
                            _put(passed[n], axis, i, b, c, window, light)
            if around.size:
                place[axis] = first[axis] + i * step
                for b in range(-1, nb + 1):
                    apart = 1 if at < 0 or b == -1 or b == nb else nc + 1
                    for c in range(-1, nc + 1, apart):
                        place[second], place[third] = first[second] + b * step, first[third] + c * step
                        here[b + 1, c + 1] = _between(around[n], place)


@compiled_piece
def _sweep_row(
    depth: np.ndarray,
    near: np.ndarray,
    far: np.ndarray,
    weights: tuple[np.float32, np.float32, np.float32, np.float32],
    lost: tuple[np.float32, np.float32],
    keep: np.float32,
    arriving: np.ndarray,
    leaving: np.ndarray,
) -> None:
    """The light that arrives in the cells of a row, and what leaves them."""
    w00, w01, w10, w11 = weights
    before, after = lost
    for c in range(len(depth)):
        light = w00 * near[c] + w01 * near[c + 1] + w10 * far[c] + w11 * far[c + 1]
        light *= _exp_minus(before * depth[c])
        arriving[c] = light
        leaving[c + 1] = _ONE - (_ONE - light * _exp_minus(after * depth[c])) * keep


@compiled_piece
def _add_row(
    light: np.ndarray,
    toward: tuple[np.float32, np.float32, np.float32],
    total: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
) -> None:
    """Adds the light of a row, and the light times its direction."""
    for c in range(len(light)):
        total[c] += light[c]
        x[c] += toward[0] * light[c]
        y[c] += toward[1] * light[c]
        z[c] += toward[2] * light[c]


@compiled_piece
def _exp_minus(depth: np.float32) -> np.float32:
    """`exp(-depth)` for depths of at least 0, within 0.0003; unlike `math.exp` it is done for many numbers at once."""
    part = depth * _QUARTER
    root = _ONE / (_ONE + part * (_ONE + part * (_HALF + part * (_SIXTH + part * _24TH))))
    square = root * root
    return np.float32(square * square)


@compiled_piece
def _put(into: np.ndarray, axis: int, a: int, b: int, c: int, window: np.ndarray, light: np.float32) -> None:
    if axis == 0:
        into[a - window[0, 0], b - window[1, 0], c - window[2, 0]] = light
    elif axis == 1:
        into[b - window[0, 0], a - window[1, 0], c - window[2, 0]] = light
    else:
        into[b - window[0, 0], c - window[1, 0], a - window[2, 0]] = light


@compiled_piece
def _between(cells: np.ndarray, place: np.ndarray) -> np.float32:
    """The value at a place among cells (nx, ny, nz), linear in between, constant beyond."""
    x = min(max(place[0], 0.0), cells.shape[0] - 1.0)
    y = min(max(place[1], 0.0), cells.shape[1] - 1.0)
    z = min(max(place[2], 0.0), cells.shape[2] - 1.0)
    i, j, k = min(int(x), cells.shape[0] - 2), min(int(y), cells.shape[1] - 2), min(int(z), cells.shape[2] - 2)
    fx, fy, fz = x - i, y - j, z - k
    total = 0.0
    for a in range(2):
        for b in range(2):
            for c in range(2):
                weight = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if c else 1 - fz)
                total += weight * cells[i + a, j + b, k + c]
    return np.float32(total)


@compiled_piece
def encode(found: tuple[np.ndarray, ...], count: int, steepest: float, brighter: np.ndarray, cells: np.ndarray) -> None:
    """Turns what the sweeps found into the numbers of a level: (nx, ny, nz, 4) uint16.

    The light in each cell is multiplied by `brighter` (nx, ny, nz) float32, unless that is empty.
    """
    nx, ny, nz, _ = cells.shape
    full = np.float32(65535)
    scale, offset = np.empty(4, np.float32), np.empty(4, np.float32)
    scale[0], offset[0] = full / np.float32(count), _HALF
    scale[1:], offset[1:] = full * np.float32(1.5 / (steepest * count)), full * _HALF + _HALF
    for i in range(nx):
        for tile in range(0, ny, _TILE):
            for k in range(nz):
                for j in range(tile, min(tile + _TILE, ny)):
                    factor = brighter[i, j, k] if brighter.size else _ONE
                    for q in range(4):
                        total = factor * (found[0][i, q, j, k] + found[1][j, q, i, k] + found[2][k, q, i, j])
                        cells[i, j, k, q] = np.uint16(min(max(total * scale[q] + offset[q], _ZERO), full))
