"""Grids of longitude, latitude and level, resampled onto a regular grid around a globe."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.props.coverage import REACH
from moviemaker.data.formats.grid_contents import GridContents, vector
from moviemaker.data.globe.coordinates import globe_position
from moviemaker.data.globe.seams import is_closed
from moviemaker.data.globe.settings import GlobeOfLevels
from moviemaker.data.grids.cells import error_at, error_of_labels, error_text
from moviemaker.data.grids.files import GridFiles
from moviemaker.data.grids.source import Facts

_SAMPLES = 128
"""Default number of samples along each axis of the space around a globe."""
_FEW = 4
"""Samples that all levels together have to span to be told apart."""
_BEYOND = 1.5
"""Samples beyond the last level."""
_COMPARED = 1 << 20
"""Most samples of the file at which the error is measured."""


class GridOnGlobe:
    """The snapshots of a grid of longitude, latitude and level in the space around a globe.

    Args:
        files: the grid, with the axes of the file.
        globe: radius and height of the levels.
        shape: number of samples along x, y, z, or one number for each of them.

    Raises:
        InputError: at `globe`: the grid has no longitudes and latitudes in degrees, or one level only.
    """

    def __init__(self, files: GridFiles, globe: GlobeOfLevels, shape: int | tuple[int, ...] | None):
        first = files.first
        if not isinstance(first, GridContents) or first.axes is None or not first.sphere:
            what = f"{files.paths[0].name!r} is not a grid of longitudes and latitudes in degrees"
            raise InputError(what, "leave globe out", ("globe",))
        if files.shape[2] < 2:
            what = f"{files.paths[0].name!r} has one level, which is not a volume"
            raise InputError(what, "write kind: mesh, which draws it on a globe as a surface", ("globe",))
        self._files = files
        self._axes = first.axes
        heights = globe.radius + globe.height * first.axes[2]
        if heights.min() < 0 or globe.height == 0:
            what = f"the levels reach from {heights.min():g} to {heights.max():g} around the middle of the globe"
            raise InputError(what, "write a radius that is larger, or a height other than 0", ("globe",))
        self._heights = heights
        counts = shape if isinstance(shape, tuple) else (shape or _SAMPLES,) * 3
        self.shape = tuple(max(int(n), 2) for n in counts)
        # Samples beyond the last level on all sides, so that its edge lies between samples everywhere.
        reach = float(heights.max()) * (1 + 2 * _BEYOND / (min(self.shape) - 1))
        self.origin = vector([-reach] * 3)
        self.spacing = vector([2 * reach / (n - 1) for n in self.shape])
        self._spanned = float(np.ptp(heights)) / max(self.spacing)
        if self._spanned < 1:
            # A total height of a tenth of the radius is a usual choice.
            height = 0.1 * globe.radius / float(np.ptp(first.axes[2]))
            what = f"all levels together are {np.ptp(heights):.3g} high, and samples are {max(self.spacing):.3g} apart"
            right = (
                f"raise them, as by globe: {{radius: {globe.radius:g}, height: {height:.2g}}}, or write a larger shape"
            )
            raise InputError(what, right, ("globe",))
        self.nbytes = 4 * int(np.prod(self.shape)) * len(files.names)
        facts = files.facts
        where = f"around a globe of radius {globe.radius:g}, z through its north pole"
        note = f"longitude, latitude and level lie {where}"
        self.facts = Facts(facts.units, "", facts.clock, (*facts.notes, note), globe=True, dimensions=facts.dimensions)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return self._files.paths

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self._files.names

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self._files.times

    @property
    def places(self) -> tuple[object, ...]:
        """One entry per snapshot."""
        return self._files.places

    def is_label(self, name: str) -> bool:
        """Whether the numbers of a field are labels, of which the nearest is taken."""
        return self._files.is_label(name)

    def check(self, index: int) -> None:
        """Checks the header of the file of a snapshot."""
        self._files.check(index)

    @cached_property
    def inside(self) -> np.ndarray:
        """How far samples lie inside of the levels, (nx, ny, nz) float32, in samples: 0 at the edge."""
        axes = [o + s * np.arange(n) for o, s, n in zip(self.origin, self.spacing, self.shape, strict=True)]
        x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
        away = np.sqrt(x**2 + y**2 + z**2)
        depth = np.minimum(away - self._heights.min(), self._heights.max() - away) / max(self.spacing)
        found: np.ndarray = np.clip(depth, -REACH, REACH).astype(np.float32)
        return found

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Flat indices of the samples between the levels (m,), and their fractional indices in the file (3, m)."""
        axes = [o + s * np.arange(n) for o, s, n in zip(self.origin, self.spacing, self.shape, strict=True)]
        x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
        away = np.sqrt(x**2 + y**2 + z**2)
        # One more sample beyond each end of the levels gets the value of the last level, so that interpolated values
        # are right up to the edge, which `inside` gives.
        margin = float(np.linalg.norm(self.spacing))
        low, high = self._heights.min() - margin, self._heights.max() + margin
        numbers = np.flatnonzero((away >= low) & (away <= high))
        i, j, k = np.unravel_index(numbers, self.shape)
        x, y, z, away = axes[0][i], axes[1][j], axes[2][k], away.ravel()[numbers]
        longitudes, latitudes, _ = self._axes
        longitude = np.degrees(np.arctan2(y, x))
        latitude = np.degrees(np.arcsin(np.clip(z / np.maximum(away, 1e-300), -1, 1)))
        after = (longitude - longitudes[0]) % 360
        places = [np.arange(float(len(axis))) for axis in self._axes]
        turn = longitudes - longitudes[0]
        if is_closed(longitudes):
            turn, places[0] = np.append(turn, 360.0), np.append(places[0], float(len(longitudes)))
        order = np.argsort(self._heights)
        found = np.stack(
            [
                np.interp(after, turn, places[0], right=np.nan),
                np.interp(latitude, latitudes, places[1], *self._beyond(latitudes)),
                np.interp(away, self._heights[order], places[2][order]),
            ]
        )
        known = np.isfinite(found).all(axis=0)
        return numbers[known], found[:, known].astype(np.float32)

    @staticmethod
    def _beyond(latitudes: np.ndarray) -> tuple[float, float]:
        """Indices used nearer to the poles than any sample: the last row, or NaN if the grid ends before."""
        step = float(np.median(np.diff(latitudes))) if len(latitudes) > 1 else 180.0
        low = 0.0 if latitudes[0] + 90 <= step else np.nan
        high = float(len(latitudes) - 1) if 90 - latitudes[-1] <= step else np.nan
        return low, high

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """One field of one snapshot, (nx, ny, nz) float32; NaN outside of the levels.

        Raises:
            InputError: at `file`: it cannot be read.
        """
        from scipy.ndimage import map_coordinates

        label = self._files.is_label(name)
        values = np.asarray(self._files.snapshot(index, name)).astype(np.float32, copy=False)
        if is_closed(self._axes[0]):
            values = np.concatenate([values, values[:1]])
        numbers, places = self._places
        found = np.full(self.shape, np.nan, np.float32)
        known = np.isfinite(values)
        if known.all() or label:
            order = 0 if label else 1
            found.ravel()[numbers] = map_coordinates(values, places, order=order, mode="nearest")
            return found
        # The weighted mean of the finite values around, where they weigh more than the missing ones.
        weight = map_coordinates(known.astype(np.float32), places, order=1, mode="nearest")
        total = map_coordinates(np.where(known, values, np.float32(0)), places, order=1, mode="nearest")
        found.ravel()[numbers] = np.where(weight >= 0.5, total / np.maximum(weight, 0.5), np.nan)
        return found

    def remarks(self) -> list[str]:
        """The error of resampling the first snapshot, and whether the levels can be told apart."""
        values = np.asarray(self._files.snapshot(0, self.names[0]))
        numbers = np.arange(values.size)[:: max(1, values.size // _COMPARED)]
        i, j, k = np.unravel_index(numbers, values.shape)
        position = globe_position([self._axes[0][i], self._axes[1][j], self._heights[k]], 0.0)
        places = (position - self.origin) / self.spacing
        name = self.names[0]
        grid, right = self.snapshot(0, name), values[i, j, k]
        error = (
            error_of_labels(grid, places, right) if self.is_label(name) else error_text(*error_at(grid, places, right))
        )
        size = " x ".join(str(n) for n in self.shape)
        found = [f"{name!r} is resampled onto {size}: {error}; shape: sets the number of samples"]
        if self._spanned < _FEW:
            what = f"all levels together are as high as {self._spanned:.2g} samples"
            found.append(f"{what}; write globe: {{height: ...}} to raise them, or a larger shape")
        return found
