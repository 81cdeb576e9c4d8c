"""Resampling of grids that are unevenly spaced along an axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from moviemaker.data.formats.contents import IndexBox, Pieces, Stored
from moviemaker.data.formats.grid_contents import GridContents, is_grid, vector
from moviemaker.data.grids.categorical import nearest_of

_EVEN = 0.01
"""Largest deviation of an evenly spaced sample, in steps: coordinates in single precision are rounded that much."""
_MOST = 4
"""Largest factor by which the number of samples along an axis may grow."""


def ascending(contents: GridContents) -> GridContents:
    """The same grids, flipped so that positions ascend along every axis.

    Raises:
        ValueError: the positions along an axis neither ascend nor descend.
    """
    if contents.axes is None:
        return contents
    arrays, axes = dict(contents.arrays), []
    for axis, positions in enumerate(contents.axes):
        if len(positions) > 1 and positions[0] > positions[-1]:
            arrays = _mapped(arrays, axis, len(positions), None)
            positions = positions[::-1]
        if not (np.diff(positions) > 0).all():
            raise ValueError(f"the positions of its samples along {'xyz'[axis]} neither ascend nor descend")
        axes.append(positions)
    curved = contents.curved
    if curved is not None:
        back = tuple(slice(None, None, -1 if axis[0] > axis[-1] else 1) for axis in contents.axes[:2])
        curved = (curved[0][back], curved[1][back])
    return replace(contents, arrays=arrays, axes=tuple(axes), curved=curved)


def evened(contents: GridContents, is_label: Callable[[str], bool] = lambda name: False) -> GridContents:
    """The same grids with an origin and a spacing instead of positions along each axis.

    Along an axis whose steps differ, the grids are interpolated linearly onto even steps as small as the smallest one,
    but onto at most four times as many samples as before. Of fields that are labels, the nearest samples are taken.

    Args:
        contents: the grids.
        is_label: tells whether a field is labels.

    Raises:
        ValueError: the positions along an axis neither ascend nor descend.
    """
    contents = ascending(contents)
    if contents.axes is None:
        return contents
    origin, spacing, arrays, notes = [], [], dict(contents.arrays), list(contents.notes)
    for axis, positions in enumerate(contents.axes):
        steps = np.diff(positions)
        count = even_count(positions)
        step = float(positions[-1] - positions[0]) / (count - 1) if count > 1 else 0.0
        if count > 1 and not is_even(positions):
            arrays = _mapped(arrays, axis, count, _places(positions, count), is_label)
            notes.append(
                f"the steps along {'xyz'[axis]} differ, from {steps.min():.6g} to {steps.max():.6g}: "
                f"its {len(positions)} samples are interpolated linearly onto {count} that are {step:.6g} apart"
            )
        origin.append(float(positions[0]))
        spacing.append(step)
    thinnest = min((step for step in spacing if step > 0), default=1.0)
    return replace(
        contents,
        arrays=arrays,
        origin=vector(origin),
        spacing=vector([step or thinnest for step in spacing]),
        notes=tuple(notes),
        axes=None,
    )


def is_even(positions: np.ndarray) -> bool:
    """Whether ascending positions are evenly spaced."""
    ideal = np.linspace(positions[0], positions[-1], len(positions))
    return len(positions) < 3 or bool(np.abs(positions - ideal).max() <= _EVEN * (ideal[1] - ideal[0]))


def even_count(positions: np.ndarray) -> int:
    """Number of evenly spaced samples that replace ascending positions."""
    if is_even(positions):
        return len(positions)
    wanted = int(np.ceil((positions[-1] - positions[0]) / np.diff(positions).min())) + 1
    return min(max(wanted, len(positions)), _MOST * len(positions))


def _places(positions: np.ndarray, count: int) -> np.ndarray:
    """Fractional indices (count,) of evenly spaced positions among those of the samples."""
    return np.interp(np.linspace(positions[0], positions[-1], count), positions, np.arange(len(positions)))


def _mapped(
    arrays: dict[str, Stored],
    axis: int,
    count: int,
    places: np.ndarray | None,
    is_label: Callable[[str], bool] | None = None,
) -> dict[str, Stored]:
    """The grids flipped along an axis, or interpolated at fractional indices of that axis."""
    return {
        name: _along(stored, axis - 3, count, places, is_label is not None and is_label(name))
        if is_grid(stored)
        else stored
        for name, stored in arrays.items()
    }


def _along(stored: Stored, axis: int, count: int, places: np.ndarray | None, label: bool = False) -> Stored:
    shape = list(stored.shape)
    shape[axis] = count
    dtype = stored.dtype if places is None else np.dtype(np.float32 if stored.dtype.itemsize < 4 else np.float64)
    dtype = stored.dtype if stored.dtype.kind == "f" or label else dtype
    between = nearest_of if label else _interpolated

    def read(index: int | None) -> np.ndarray:
        inside = index if stored.ndim == 4 else None
        array = np.asarray(stored.read(inside))
        array = np.flip(array, axis) if places is None else between(array, axis, places).astype(dtype, copy=False)
        return array if index is None or inside is not None else array[index]

    pieces = stored.pieces if places is None else None
    return Stored(tuple(shape), dtype, read, pieces=None if pieces is None else _flipped(pieces, axis, count))


def _flipped(pieces: Pieces, axis: int, count: int) -> Pieces:
    """Reads a grid that is flipped along an axis piece by piece."""

    def flipped(box: IndexBox) -> IndexBox:
        low, high = box[axis]
        ends = list(box)
        ends[axis] = count - high, count - low
        return ends[0], ends[1], ends[2]

    return Pieces(
        pieces.chunks,
        lambda index, box: np.flip(pieces.read(index, flipped(box)), axis),
        lambda index, box: pieces.blank(index, flipped(box)),
    )


def _interpolated(array: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    before = np.minimum(places.astype(int), array.shape[axis] - 2)
    fraction = (places - before).reshape(-1, *(1,) * (-axis - 1))
    start, end = np.take(array, before, axis), np.take(array, before + 1, axis)
    # A position on a sample takes that sample, whether or not its neighbour is missing.
    mixed: np.ndarray = np.where(fraction == 0, start, np.where(fraction == 1, end, start + (end - start) * fraction))
    return mixed
