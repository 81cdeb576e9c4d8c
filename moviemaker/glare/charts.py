"""Where the pixels of a picture are on the sphere, and the grid on which their light is spread.

The pole of the grid is the second axis of the picture's projection: up in a flat picture and a panorama, the middle of
a dome. Cells are as fine as the narrowest spread asks for, but not finer than pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from moviemaker.core.projection import Projection
from moviemaker.glare._pixels import POWER, drop, mix_columns, mix_rows, pick
from moviemaker.glare.halo import Gaussian
from moviemaker.glare.spreading import Grid

FINE = 2.2
"""Cells for the standard deviation of the narrowest spread, if the pixels are as fine."""

_ROWS = 64
"""Rows of a picture whose places are found at once."""

_REACH = 4.0
"""Standard deviations that a picture reaches into what is dark around it."""


class Chart(Protocol):
    """How light gets from a picture into a grid and back."""

    @property
    def grid(self) -> Grid:
        """The grid."""
        ...

    def elsewhere(self, projections: Sequence[Projection], size: tuple[int, int]) -> Chart:
        """The chart of another picture on the same grid, seen along the same axes, such as of a few rows of a larger
        one."""
        ...

    def cells(self, light: np.ndarray) -> np.ndarray:
        """The light (channels, rows, columns) on the grid, of a picture of light (channels, height, width) float32."""
        ...

    def add(self, cells: np.ndarray, kept: float, light: np.ndarray) -> None:
        """Makes a picture of light what is kept of it, and adds the light on the grid."""
        ...


def chart_of(projections: Sequence[Projection], size: tuple[int, int], parts: Sequence[Gaussian]) -> Chart:
    """The chart for a picture of (width, height) pixels.

    Args:
        projections: one for each part of the picture, none of which is parallel.
        size: of the picture.
        parts: how the light is going to be spread.
    """
    finest = min(min(part.deviations) for part in parts) / FINE
    widest = max(max(part.deviations) for part in parts)
    (one, *others) = projections
    if one.kind == "sphere" and not others and round(math.pi * abs(one.scale[1])) == size[1] == one.size[1]:
        return _Panorama.of(one, size, finest)
    return _Scattered.of(projections, size, finest, widest)


@dataclass(frozen=True, eq=False)
class _Panorama:
    """A picture whose rows are circles of latitude and whose columns are meridians, and a grid whose are too.

    Attributes:
        grid: all of the sphere.
        axes: (3, 3), those of the projection.
        rows, columns: for both ways, where sums begin and their weights; None: the grid's are those of the picture.
    """

    grid: Grid
    axes: np.ndarray
    rows: tuple[_Sums, _Sums] | None
    columns: tuple[_Sums, _Sums] | None

    @classmethod
    def of(cls, projection: Projection, size: tuple[int, int], finest: float) -> _Panorama:
        height = size[1]
        across, down = 1 / abs(projection.scale[0]), math.pi / height
        turn = round(2 * math.pi / across)
        count = height if finest < 1.5 * down else _even(max(8, math.ceil(math.pi / finest)))
        number = turn if finest < 1.5 * across else _even(max(16, math.ceil(2 * math.pi / finest)))
        sines = np.sin((np.arange(height) + 0.5) * down)
        rows = columns = None
        power = 0
        if count != height:
            into, back = _sums(height, count, _keys), _sums(count, height, _keys, back=True)
            areas = np.sin((np.arange(count) + 0.5) * math.pi / count)[:, None]
            weights = into.weights * sines[_mirrored(into, height)] / areas * (count / height)
            rows = (_Sums(into.first, weights), back)
        if number != turn:
            into, back = _sums(turn, number, _spline), _sums(number, turn, _spline, back=True)
            into = _Sums(into.first, into.weights * (number / turn))
            columns, power = (into, back), 2 * POWER
        grid = Grid(math.pi / count / 2, count, number, math.pi / count, 2 * math.pi / number, power)
        return cls(grid, projection.axes, rows, columns)

    def elsewhere(self, projections: Sequence[Projection], size: tuple[int, int]) -> Chart:
        west = self.grid.across / 2 - math.pi
        return _Scattered.on(self.grid, self.axes, west, _places(projections, size, self.axes))

    def cells(self, light: np.ndarray) -> np.ndarray:
        channels, height, width = light.shape
        turn = self.grid.columns if self.columns is None else len(self.columns[1].first)
        if width < turn:
            wider = np.zeros((channels, height, turn), np.float32)
            wider[..., :width] = light
            light = wider
        if self.rows is not None:
            light = _mixed_rows(light, self.rows[0])
        return light if self.columns is None else _mixed_columns(light, self.columns[0])

    def add(self, cells: np.ndarray, kept: float, light: np.ndarray) -> None:
        if self.columns is not None:
            cells = _mixed_columns(cells, self.columns[1])
        if self.rows is not None:
            wide = cells.shape[2]
            if wide == light.shape[2]:
                mix_rows(cells, self.rows[1].first, self.rows[1].weights.astype(np.float32), kept, light)
                return
            cells = _mixed_rows(cells, self.rows[1])
        light *= np.float32(kept)
        light += cells[..., : light.shape[2]]


@dataclass(frozen=True, eq=False)
class _Sums:
    """Weighted sums of neighbours: the first one of each (n,), and the weights (n, k)."""

    first: np.ndarray
    weights: np.ndarray


def _sums(given: int, made: int, kernel: Callable[[np.ndarray], np.ndarray], back: bool = False) -> _Sums:
    """Weights between two rows of equal cells that span the same length; those of cells sum to 1 for each pixel.

    Args:
        given: number of cells or pixels that are summed.
        made: number of sums.
        kernel: weights by distance in cells, at most 2.
        back: whether the sums are those of pixels, and not those of cells.
    """
    ratio = given / made
    cell = 1.0 if back else ratio
    middle = (np.arange(made) + 0.5) * ratio - 0.5
    first = np.ceil(middle - 2 * cell).astype(np.int64)
    weights = kernel((first[:, None] + np.arange(math.floor(4 * cell) + 1) - middle[:, None]) / cell)
    used = np.flatnonzero(np.abs(weights).max(axis=0) > 1e-6)
    return _Sums(first + used[0], weights[:, used[0] : used[-1] + 1])


def _spline(x: np.ndarray) -> np.ndarray:
    """The quadratic B-spline."""
    x = np.abs(x)
    return np.where(x < 0.5, 0.75 - x * x, np.where(x < 1.5, 0.5 * (1.5 - x) ** 2, 0.0))


def _keys(x: np.ndarray) -> np.ndarray:
    """The cubic spline of Keys."""
    x = np.abs(x)
    far = np.where(x < 2, 2 + x * (-4 + x * (2.5 - 0.5 * x)), 0.0)
    return np.where(x < 1, 1 + x * x * (1.5 * x - 2.5), far)


def _mirrored(sums: _Sums, count: int) -> np.ndarray:
    """The rows that are summed, on this or on the other side of a pole: (n, k)."""
    rows = sums.first[:, None] + np.arange(sums.weights.shape[1])
    return np.where(rows < 0, -1 - rows, np.where(rows >= count, 2 * count - 1 - rows, rows))


def _mixed_rows(light: np.ndarray, sums: _Sums) -> np.ndarray:
    made = np.empty((light.shape[0], len(sums.first), light.shape[2]), np.float32)
    mix_rows(light, sums.first, sums.weights.astype(np.float32), 0.0, made)
    return made


def _mixed_columns(light: np.ndarray, sums: _Sums) -> np.ndarray:
    made = np.empty((*light.shape[:2], len(sums.first)), np.float32)
    mix_columns(light, sums.first, sums.weights.astype(np.float32), made)
    return made


@dataclass(frozen=True, eq=False)
class _Scattered:
    """A picture whose pixels lie anywhere on a grid.

    Attributes:
        grid: a part of the sphere that holds them.
        axes: (3, 3), whose second one is the pole.
        west: longitude of the middle of the first column.
        rows, columns: (height, width) float32, where they are among its cells.
        sizes: (height, width) float32, their solid angles.
        side: of squares of pixels that are together smaller than a cell.
    """

    grid: Grid
    axes: np.ndarray
    west: float
    rows: np.ndarray
    columns: np.ndarray
    sizes: np.ndarray
    side: int = 1

    @classmethod
    def of(cls, projections: Sequence[Projection], size: tuple[int, int], finest: float, widest: float) -> _Scattered:
        axes = projections[0].axes
        places = angles, longitudes, sizes = _places(projections, size, axes)
        seen = np.isfinite(angles)
        if not seen.any():
            return cls.on(Grid(math.pi / 16, 8, 16, math.pi / 8, math.pi / 8), axes, 0.0, places)
        cell = max(finest, math.sqrt(np.quantile(sizes[seen], 0.9)))
        count = max(8, math.ceil(math.pi / cell))
        down = math.pi / count
        low, high = float(np.nanmin(angles)), float(np.nanmax(angles))
        start = max(0, math.floor((low - _REACH / 2 * widest) / down) - 2)
        end = min(count, math.ceil((high + _REACH / 2 * widest) / down) + 2)
        west, east = float(longitudes[seen].min()), float(longitudes[seen].max())
        span = east - west + _REACH * widest / max(min(math.sin(low), math.sin(high)), 1e-3) + 4 * down
        if span >= 2 * math.pi or start == 0 or end == count:
            columns = _even(2 * count)
            across = 2 * math.pi / columns
        else:
            columns, across = _even(math.ceil(span / down)), down
        grid = Grid((start + 0.5) * down, end - start, columns, down, across, 2 * POWER)
        side = max(1, min(4, int(0.75 * down / math.sqrt(np.median(sizes[seen])))))
        return replace(cls.on(grid, axes, west, places), side=side)

    @classmethod
    def on(cls, grid: Grid, axes: np.ndarray, west: float, places: tuple[np.ndarray, ...]) -> _Scattered:
        """The chart of pixels whose angles from the pole, longitudes and solid angles are given; they are changed."""
        angles, longitudes, sizes = places
        angles -= np.float32(grid.first)
        angles /= np.float32(grid.down)
        longitudes -= np.float32(west)
        longitudes /= np.float32(grid.across)
        return cls(grid, axes, west, angles, longitudes, sizes)

    def elsewhere(self, projections: Sequence[Projection], size: tuple[int, int]) -> Chart:
        return self.on(self.grid, self.axes, self.west, _places(projections, size, self.axes))

    def cells(self, light: np.ndarray) -> np.ndarray:
        grid = self.grid
        found = np.zeros((len(light), grid.rows, grid.columns), np.float32)
        drop(light, self.rows, self.columns, self.sizes, self.side, found)
        found /= (grid.sines * grid.down * grid.across).astype(np.float32)[:, None]
        return found

    def add(self, cells: np.ndarray, kept: float, light: np.ndarray) -> None:
        pick(cells, self.rows, self.columns, kept, light)


def _places(
    projections: Sequence[Projection], size: tuple[int, int], axes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles of pixels from the second axis, longitudes from the third towards the first one, and solid angles.

    Each is (height, width) float32; the angles are NaN where a picture shows nothing.
    """
    shape = (size[1], size[0])
    angles, longitudes, sizes = (
        np.full(shape, np.nan, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
    )
    for projection in projections:
        left, top = projection.corner
        turned = projection.axes @ axes.T
        for first in range(top, top + projection.size[1], _ROWS):
            last = min(first + _ROWS, top + projection.size[1])
            part = (slice(first, last), slice(left, left + projection.size[0]))
            directions, sizes[part] = _directions(projection, first, last)
            x, y, z = np.moveaxis(directions @ turned, 2, 0)
            angles[part] = np.arctan2(np.hypot(x, z), y)
            longitudes[part] = np.arctan2(x, z)
    seen = np.isfinite(angles) & np.isfinite(sizes)
    angles[~seen], longitudes[~seen], sizes[~seen] = np.nan, 0, 0
    return angles, longitudes, sizes


def _even(count: int) -> int:
    """An even number from `count` on whose waves are quickly found."""
    import scipy.fft

    return 2 * int(scipy.fft.next_fast_len((count + 1) // 2, real=True))


def _directions(projection: Projection, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along the axes of a projection and solid angles of the pixels of some rows of its picture."""
    left = projection.corner[0]
    columns, rows = np.arange(left, left + projection.size[0]) + 0.5, np.arange(first, last) + 0.5
    if projection.mapping is not None:
        return _mapped(projection.mapping.rows, first, last, projection.size[1])
    u = (columns - projection.middle[0]) / projection.scale[0]
    v = ((rows - projection.middle[1]) / projection.scale[1])[:, None]
    pixel = abs(projection.scale[0] * projection.scale[1])
    if projection.kind == "plane":
        length = np.sqrt(1 + u * u + v * v)
        return np.stack(np.broadcast_arrays(u, v, 1.0), axis=-1) / length[..., None], 1 / (pixel * length**3)
    if projection.kind == "disk":
        angle = np.hypot(u, v)
        outward = np.sinc(angle / math.pi)
        beyond = np.where(angle <= math.pi, 1.0, np.nan)
        x, y, z = np.broadcast_arrays(outward * u, np.cos(angle) * beyond, outward * v)
        return np.stack([x, y, z], axis=-1), np.abs(outward) / pixel * beyond
    x, y, z = np.broadcast_arrays(np.sin(u) * np.cos(v), np.sin(v), np.cos(u) * np.cos(v))
    return np.stack([x, y, z], axis=-1), np.broadcast_to(np.cos(v) / pixel, x.shape)


def _mapped(
    rows: Callable[[int, int], np.ndarray], first: int, last: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """The same of a picture without formulas, from the directions of its rows; those at its rim are left out."""
    top, bottom = max(first - 1, 0), min(last + 1, height)
    directions = rows(top, bottom)
    with np.errstate(invalid="ignore"):
        across, down = np.gradient(directions, axis=1), np.gradient(directions, axis=0)
        sizes = np.linalg.norm(np.cross(across, down), axis=-1)
    part = slice(first - top, last - top)
    return directions[part], sizes[part]
