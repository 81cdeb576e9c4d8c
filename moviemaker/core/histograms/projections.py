"""The range of what projections of a grid show: greatest, least and mean values along lines of sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from moviemaker.core.fields import Grid
from moviemaker.core.scales import Scale
from moviemaker.core.sources import Source

_MOST_SAMPLES = 1 << 25
"""Largest number of samples of a snapshot that are all looked at."""
_FEW_SAMPLES = 1 << 20
"""Number of samples that is enough for sums."""
_FEW_TIMES = 3
"""Number of snapshots that are looked at: the first, the last and those between, evenly spaced."""
_AT_ENDS = (1.0, 99.9)
"""Percentages of the pixels below the dark end of the colours and below the bright one."""


def projected_range(source: Source[Any], field: str, blend: str, scale: Scale) -> tuple[float, float]:
    """The range of the values that a projection picks, on a scale.

    They are those along the three axes of the grid. Lines of sight at other angles pick values that are much alike: of
    a mean over a whole ray, the range is far smaller than that of the field.

    Args:
        source: an open grid.
        field: name of the field.
        blend: `maximum`, `minimum` or `average`.
        scale: on which values are averaged.

    Returns:
        Places on the scale, low <= high; NaN: no sample is finite.
    """
    arrays = (grid.field(field) for grid in _few(source, field))
    values = np.concatenate([line for array in arrays for line in _seen(array, blend, scale)])
    if not len(values):
        return np.nan, np.nan
    low, high = np.percentile(values, _AT_ENDS).tolist()
    return (low, high) if low < high else (float(values.min()), float(values.max()))


def brightest_sum(source: Source[Any], field: str, points: Sequence[tuple[float, float]]) -> float:
    """The sum of opacities over a hundredth of the diagonal along one of the most opaque lines of sight.

    Args:
        source: an open grid.
        field: name of the field.
        points: pairs of a value and an opacity, ascending in the values.
    """
    places, opacities = np.array(points, float).T
    most = 0.0
    for grid in _few(source, field):
        array = np.asarray(grid.field(field))
        every = _stride(array, _FEW_SAMPLES)
        found = np.interp(array[::every, ::every, ::every], places, opacities)
        found[~np.isfinite(found)] = 0
        for axis, spacing in enumerate(grid.spacing):
            length = spacing * max(grid.shape[axis] - 1, 1)
            most = max(most, float(np.percentile(found.mean(axis), _AT_ENDS[1])) * length / (grid.diagonal / 100))
    return most


def _few(source: Source[Any], field: str) -> Iterator[Grid]:
    """A few snapshots."""
    times = np.zeros(1) if source.times is None else np.asarray(source.times, float)
    picked = np.unique(np.linspace(0, len(times) - 1, _FEW_TIMES).round().astype(int))
    return (source.at(time, (field,)) for time in times[picked].tolist())


def _stride(array: np.ndarray, most: int) -> int:
    return int(np.ceil((array.size / most) ** (1 / 3)))


def _seen(array: np.ndarray, blend: str, scale: Scale) -> list[np.ndarray]:
    """Finite values along the lines of samples in the directions of the three axes."""
    every = _stride(array, _MOST_SAMPLES)
    array = scale.of(np.asarray(array)[::every, ::every, ::every])
    finite = np.isfinite(array) if array.dtype.kind == "f" else None
    known = None if finite is None or finite.all() else finite
    found = []
    for axis in range(3):
        if blend == "average":
            count = array.shape[axis] if known is None else known.sum(axis)
            total = np.sum(array, axis, np.float64, where=True if known is None else known)
            with np.errstate(invalid="ignore", divide="ignore"):
                line = total / count
        elif blend == "maximum":
            line = array.max(axis) if known is None else np.where(known, array, -np.inf).max(axis)
        else:
            line = array.min(axis) if known is None else np.where(known, array, np.inf).min(axis)
        line = line.ravel().astype(np.float64)
        found.append(line[np.isfinite(line)])
    return found
