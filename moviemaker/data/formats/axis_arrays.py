"""Grids whose positions are arrays of the file itself: `x`, `y` and `z` beside a field, as programs save them.

They are positions along each axis (nx), (ny), (nz); edges of cells, one more along each axis, as of a histogram; or
the positions of all samples, as `numpy.meshgrid` gives them with either indexing. A field whose shape fits them in
reverse order has the axes z, y, x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from moviemaker.data.formats.contents import Contents, Stored
from moviemaker.data.formats.grid_contents import GridContents, is_grid, viewed
from moviemaker.data.formats.vector_samples import split

_NAMES = (("x", "y", "z"), ("X", "Y", "Z"), ("xs", "ys", "zs"), ("x_axis", "y_axis", "z_axis"))
_TIMES = ("time", "times", "t")
_MOST = 1 << 24
"""Most samples of an array of positions that is read to find the axes."""


def with_axes(contents: Contents) -> Contents:
    """The same arrays as grids on the axes that are among them; the contents as they are if no field fits."""
    names = next((names for names in _NAMES if all(name in contents.arrays for name in names)), None)
    if names is None or isinstance(contents, GridContents):
        return contents
    places = [contents.arrays[name] for name in names]
    if any(place.dtype.kind not in "iuf" for place in places):
        return contents
    rest = _in_numbers({name: stored for name, stored in contents.arrays.items() if name not in names}, places)
    found = _along_axes(places, rest) if all(place.ndim == 1 for place in places) else _of_samples(places, rest)
    if found is None:
        return contents
    axes, turned, note = found
    if not all(_is_sorted(axis) for axis in axes):
        return contents
    arrays = dict(contents.arrays) | turned
    arrays = {name: stored for name, stored in arrays.items() if not is_grid(stored) or name in turned}
    series = next((stored for stored in turned.values() if stored.ndim == 4), None)
    time = arrays.get("t")
    if (
        series is not None
        and time is not None
        and not {"time", "times"} & set(arrays)
        and time.shape == series.shape[:1]
    ):
        arrays["time"] = time
    known = {each.name: getattr(contents, each.name) for each in fields(contents)}
    return GridContents(**known | {"arrays": arrays, "axes": axes, "notes": (note,)})


def _in_numbers(arrays: Mapping[str, Stored], places: list[Stored]) -> dict[str, Stored]:
    """The arrays, with lengths and components in the place of vectors at the samples, whose last axis is of three."""
    counts = places[0].shape if places[0].ndim == 3 else tuple(place.shape[0] for place in places if place.ndim == 1)
    sizes = {size for each in (counts, tuple(n - 1 for n in counts)) for size in (each, each[::-1])}
    found: dict[str, Stored] = {}
    for name, stored in arrays.items():
        vector = stored.ndim in (4, 5) and stored.shape[-1] == 3 and stored.shape[-4:-1] in sizes
        found |= split(name, stored, -1) if vector and stored.dtype.kind in "iuf" else {name: stored}
    return found


_Found = tuple[tuple[np.ndarray, ...], dict[str, Stored], str]


def _along_axes(places: list[Stored], rest: Mapping[str, Stored]) -> _Found | None:
    """Fields on positions along each axis, or between edges of cells."""
    counts = tuple(place.shape[0] for place in places)
    note = "its arrays x, y and z are the positions of its samples"
    for size, centered in ((counts, False), (tuple(n - 1 for n in counts), True)):
        for back in (False, True):
            shape = size[::-1] if back else size
            chosen = {name: each for name, each in rest.items() if is_grid(each) and each.shape[-3:] == shape}
            if not chosen or min(size) < 1:
                continue
            axes = tuple(np.asarray(place.read(None), float) for place in places)
            if centered:
                axes = tuple((axis[1:] + axis[:-1]) / 2 for axis in axes)
                note = "its arrays x, y and z are the edges of its cells, whose middles are its samples"
            if back:
                note += "; the axes of its arrays are z, y, x, by their lengths"
                chosen = {name: viewed(each, lambda array: _moved(array, (2, 1, 0))) for name, each in chosen.items()}
            return axes, chosen, note
    return None


def _of_samples(places: list[Stored], rest: Mapping[str, Stored]) -> _Found | None:
    """Fields beside the positions of all their samples, each of which changes along one axis only."""
    shape = places[0].shape
    if len(shape) != 3 or any(place.shape != shape for place in places) or np.prod(shape) > _MOST:
        return None
    chosen = {name: each for name, each in rest.items() if is_grid(each) and each.shape[-3:] == shape}
    order, axes = [], []
    for place in places:
        values = np.asarray(place.read(None), float)
        along = [axis for axis in range(3) if shape[axis] > 1 and np.ptp(values, axis=axis).any()]
        if len(along) > 1 or not np.isfinite(values).all():
            return None
        axis = along[0] if along else next((n for n in range(3) if shape[n] == 1 and n not in order), -1)
        order.append(axis)
        axes.append(np.moveaxis(values, axis, 0)[:, 0, 0])
    if sorted(order) != [0, 1, 2] or not chosen:
        return None
    turn = (order[0], order[1], order[2])
    turned = {name: viewed(each, lambda array: _moved(array, turn)) for name, each in chosen.items()}
    return tuple(axes), turned, "its arrays x, y and z are the positions of its samples"


def _moved(array: np.ndarray, order: tuple[int, int, int]) -> np.ndarray:
    ahead = array.ndim - 3
    return array.transpose(*range(ahead), *(axis + ahead for axis in order))


def _is_sorted(axis: np.ndarray) -> bool:
    steps = np.diff(axis)
    return bool(np.isfinite(axis).all() and ((steps > 0).all() or (steps < 0).all()))
