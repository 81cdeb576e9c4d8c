"""What a lamp's shadow is at places: the same sum that shaders calculate, in NumPy."""

from __future__ import annotations

import numpy as np

from moviemaker.core.props import DepthMap, Shadow
from moviemaker.core.props.shade import STEEP, WIDTH
from moviemaker.shade.depth_kernels import WHOLE
from moviemaker.shade.lookup import TOWARD, cells_at


def lit(shadow: Shadow, places: np.ndarray, normals: np.ndarray | None = None) -> np.ndarray:
    """The part (n,) of a lamp's light that gets to places (n, 3); normals (n, 3) are those of the lit side."""
    light = np.ones(len(places))
    if shadow.maps:
        depth = np.stack([places @ one.matrix[3, :3] + one.matrix[3, 3] for one in shadow.maps])
        chosen = np.argmax(depth, axis=0)
        for number, one in enumerate(shadow.maps):
            here = chosen == number
            light[here] = 1 - hidden(one, places[here], None if normals is None else normals[here])
    if shadow.through is not None:
        moved = places if normals is None else places + TOWARD * shadow.through.width * normals
        light *= cells_at(shadow.through, moved)
    return 1 - shadow.strength * (1 - light)


def hidden(one: DepthMap, places: np.ndarray, normals: np.ndarray | None = None) -> np.ndarray:
    """The part (n,) of a lamp that surfaces at places (n, 3) with unit normals (n, 3) do not see."""
    found = places @ one.matrix[:, :3].T + one.matrix[:, 3]
    rows, columns = one.depths.shape
    w = found[:, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        column, row, depth = found[:, 0] / w, found[:, 1] / w, found[:, 2]
    known = (w > 0) & (column >= 0) & (row >= 0) & (column <= columns - 1) & (row <= rows - 1)
    total = np.zeros(len(places))
    column, row, depth, w = column[known], row[known], depth[known], w[known]
    slope = np.zeros((2, len(w)))
    if normals is not None:
        ray = np.broadcast_to(one.axes[2], (len(w), 3))
        if one.matrix[3, :3].any():
            aside = np.stack([column - (columns - 1) / 2, row - (rows - 1) / 2], axis=1) * one.texel
            ray = ray + aside @ one.axes[:2]
        across = normals[known] @ one.axes[:2].T
        facing = np.maximum(-np.einsum("ij,ij->i", normals[known], ray), STEEP)
        slope = (across / facing[:, None] * (one.texel * w)[:, None]).T
    for level in range(one.levels + 1):
        total[known] += _level(one, level, column, row, depth, w, slope)
    return np.minimum(total, 1.0)


def _level(
    one: DepthMap, level: int, column: np.ndarray, row: np.ndarray, depth: np.ndarray, w: np.ndarray, slope: np.ndarray
) -> np.ndarray:
    side = 2**level
    rows, columns = one.depths.shape
    x, y = (column + 0.5) / side - 0.5, (row + 0.5) / side - 0.5
    reach = (0, 1) if level == 0 else (-1, 0, 1)
    left, above = (np.floor(place if level == 0 else place + 0.5).astype(int) for place in (x, y))
    total = np.zeros(len(x))
    for down in reach:
        for right in reach:
            i, j = above + down, left + right
            part = _part(level, x - j) * _part(level, y - i)
            there = depth + slope[0] * ((j + 0.5) * side - 0.5 - column) + slope[1] * ((i + 0.5) * side - 0.5 - row)
            i, j = np.clip(i, 0, rows // side - 1), np.clip(j, 0, columns // side - 1)
            if level == 0:
                total += part * _weight(one, level, there - one.depths[i, j], w)
                continue
            assert one.coarser is not None
            texel = one.coarser[i, columns - columns // (side // 2) + j] / WHOLE
            for k in (0, 1):
                front = one.near + (one.far - one.near) * texel[:, k]
                total += part * texel[:, 2 + k] * _weight(one, level, there - front, w)
    return total


def _part(level: int, away: np.ndarray) -> np.ndarray:
    """How much a texel counts whose middle is so many of its widths away along an axis."""
    if level == 0:
        return np.asarray(1 - np.abs(away))
    return np.asarray(np.clip(0.75 - np.abs(away) / 2, 0.0, 0.5))


def _weight(one: DepthMap, level: int, behind: np.ndarray, w: np.ndarray) -> np.ndarray:
    """How much what lies so far in front of a place counts in a level."""
    with np.errstate(over="ignore", invalid="ignore"):
        square = np.square(WIDTH * np.maximum(behind, 0.0) * one.spread / (one.texel * w))
    weight = (behind > one.bias * w).astype(float)
    if level > 0:
        weight *= _rise(level - 1, square)
    if level < one.levels:
        weight *= 1 - _rise(level, square)
    return weight


def _rise(level: int, square: np.ndarray) -> np.ndarray:
    start = 0.4 if level == 0 else 4.0**level
    return np.asarray(np.clip((square - start) / (4.0 ** (level + 1) - start), 0, 1))
