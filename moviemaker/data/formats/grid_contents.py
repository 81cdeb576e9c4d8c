"""Contents of a file of grids, and how their arrays are aligned with the axes of space."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from moviemaker.data.formats.contents import Contents, Stored, Vector
from moviemaker.data.formats.declared_size import check_stored
from moviemaker.data.formats.dimensions import Chosen, Dimension, axis_chosen, check_names, dimension_of, shown_of

_SHIFT = 0.01
"""Largest displacement, as a fraction of the spacing, of a sample that still counts as aligned."""


@dataclass(frozen=True, eq=False)
class GridContents(Contents):
    """Contents of a file of grids.

    Attributes:
        units: of the fields, by name.
        length: unit of the positions.
        clock: unit of the times, such as `days since 2001-01-01`.
        notes: how the file was interpreted, where its format leaves a choice.
        axes: positions of the samples along x, y and z, ascending or descending, possibly unevenly spaced. They replace
            `origin` and `spacing`.
        sphere: whether x and y are longitude and latitude in degrees.
        curved: longitude and latitude of every sample, each (nx, ny), where they do not follow the axes.
        channels: of a microscope image, a colour for each field that is shown together with the others.
        others: fields on other axes, by name: each function gives the grid of the field.
        dimensions: those of which one entry is shown, because they are not axes of space or time.
        labels: fields that the file says are labels.
        whole: fields that are whole numbers in the file, although missing values make them real numbers here.
        patient: where x, y and z point in a patient: `RAS` (right, front, head), `LPS` (left, back, head) or `LAS`;
            empty: unknown, or not a patient.
        modality: of a medical scan, as DICOM names it, such as `CT`; empty: unknown.
        choose: gives the grids with what a scene says about dimensions; None: the file has no names for dimensions.
    """

    units: Mapping[str, str] = field(default_factory=dict)
    length: str = ""
    clock: str = ""
    notes: tuple[str, ...] = ()
    axes: tuple[np.ndarray, ...] | None = None
    sphere: bool = False
    curved: tuple[np.ndarray, np.ndarray] | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Callable[[], GridContents]] = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()
    choose: Callable[[Chosen], GridContents] | None = None
    labels: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    patient: str = ""
    modality: str = ""


CHANNEL_COLORS = ("#00ff00", "#ff00ff", "#00ffff", "#ffff00", "#ff0000", "#0080ff")
"""Colours of channels without one, repeated as needed."""


def channel_colors(names: Sequence[str], known: Sequence[str] = ()) -> dict[str, str]:
    """A colour such as `#00ff00` for each of several channels; none for a single one.

    Args:
        names: of the fields.
        known: their colours in the file, such as `00FF00`; ignored if they are not colours.
    """
    if len(names) < 2:
        return {}
    if len(known) == len(names) and all(re.fullmatch("[0-9a-fA-F]{6}", color) for color in known):
        return {name: f"#{color.lower()}" for name, color in zip(names, known, strict=True)}
    return dict(zip(names, itertools.cycle(CHANNEL_COLORS), strict=False))


def is_grid(stored: Stored) -> bool:
    """Whether an array has the axes of a grid, or of a series of grids."""
    return stored.ndim in (3, 4) and stored.dtype.kind in "biuf"


def with_leading(contents: Contents, chosen: Chosen | None = None) -> Contents:
    """Arrays of more axes than time, x, y, z, with one entry along each axis before the last three.

    The axes before are called `axis_0`, `axis_1` ...; a scene chooses entries along them, or says which one is time.
    """
    deep = {name: stored for name, stored in contents.arrays.items() if stored.ndim > 4 and stored.dtype.kind in "biuf"}
    if not deep or any(is_grid(stored) for stored in contents.arrays.values()):
        return contents
    chosen = chosen or {}
    arrays, shown = dict(contents.arrays), list[Dimension]()
    for name, stored in deep.items():
        before = [dimension_of(f"axis_{axis}", n, None, _entries(chosen)) for axis, n in enumerate(stored.shape[:-3])]
        time = next((axis for axis, each in enumerate(before) if axis_chosen(each.name, chosen) == "t"), None)
        arrays[name] = _sliced(stored, [each.shown for each in before], time)
        shown += [each for axis, each in enumerate(before) if axis != time]

    def choose(wanted: Chosen) -> GridContents:
        check_names(wanted, {f"axis_{axis}" for stored in deep.values() for axis in range(stored.ndim - 3)})
        found = with_leading(contents, wanted)
        assert isinstance(found, GridContents)
        return found

    known = {each.name: getattr(contents, each.name) for each in fields(contents)}
    return GridContents(**known | {"arrays": arrays, "dimensions": shown_of(shown), "choose": choose})


def _entries(chosen: Chosen) -> Chosen:
    return {name: entry for name, entry in chosen.items() if entry != "time"}


def _sliced(stored: Stored, entries: Sequence[int], time: int | None) -> Stored:
    """The entries of an array along its first axes; the axis `time` becomes the first of a series."""
    shape = stored.shape[len(entries) :]
    if time is not None:
        shape = (stored.shape[time], *shape)

    def read(index: int | None) -> np.ndarray:
        place: list[int | slice] = list(entries)
        if time is not None:
            place[time] = slice(None) if index is None else index
        array: np.ndarray = np.asarray(stored.read(None))[tuple(place)]
        return array if time is not None or index is None else array[index]

    return Stored(shape, stored.dtype, read)


def placed(contents: GridContents, world_from_index: np.ndarray) -> GridContents:
    """The same grids with their place in space.

    If the axes of the arrays are those of space in another order or sense, the arrays are transposed and flipped (as
    views). Only oblique or sheared grids keep a direction.

    Args:
        contents: whose grids all have one shape (nx, ny, nz), or (t, nx, ny, nz).
        world_from_index: (4, 4), from (i, j, k, 1) to positions. The column of an axis with one sample may be 0.

    Raises:
        ValueError: two axes are parallel, one has no length, or the samples are not real numbers.
    """
    shape = next((stored.shape[-3:] for stored in contents.arrays.values() if is_grid(stored)), None)
    if shape is None:
        raise ValueError("its samples are not real numbers")
    matrix = _with_thickness(np.asarray(world_from_index, float), shape)
    steps, corner = matrix[:3, :3], matrix[:3, 3]
    spacing = np.linalg.norm(steps, axis=0)
    if not np.isfinite(matrix).all() or abs(np.linalg.det(steps / spacing)) < 1e-6:
        raise ValueError("the axes that it gives its samples are not three directions of space")
    along = np.abs(steps / spacing).argmax(axis=0)
    straight = np.zeros((3, 3))
    straight[along, range(3)] = (np.sign(steps) * spacing)[along, range(3)]
    off = np.abs(steps - straight) @ (np.array(shape) - 1)
    if len(set(along.tolist())) < 3 or off.max() > _SHIFT * spacing.min():
        direction = steps / spacing
        return replace(contents, origin=vector(corner), spacing=vector(spacing), direction=direction)
    order = np.argsort(along)
    back = straight.sum(axis=0) < 0
    turned = {
        name: viewed(stored, lambda array: _turned(array, order, back)) if is_grid(stored) else stored
        for name, stored in contents.arrays.items()
    }
    lowest = corner + straight @ np.where(back, np.array(shape) - 1, 0)
    return replace(contents, arrays=turned, origin=vector(lowest), spacing=vector(spacing[order]), direction=None)


def _with_thickness(matrix: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Gives an axis of one sample a step if it has none: perpendicular to the others, as long as the shortest."""
    matrix = matrix.copy()
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    for axis in range(3):
        if lengths[axis] == 0 and shape[axis] == 1:
            others = [other for other in range(3) if other != axis and lengths[other] > 0]
            kernel = np.linalg.svd(matrix[:3, others].T)[2][-1] if others else np.eye(3)[axis]
            sign = np.sign(kernel[np.abs(kernel).argmax()])
            matrix[:3, axis] = sign * kernel * (min(lengths[other] for other in others) if others else 1.0)
            lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if (lengths == 0).any():
        raise ValueError("an axis of its samples has no length")
    return matrix


def _turned(array: np.ndarray, order: np.ndarray, back: np.ndarray) -> np.ndarray:
    ahead = array.ndim - 3
    moved = array.transpose(*range(ahead), *(order + ahead))
    for axis in np.flatnonzero(back[order]).tolist():
        moved = np.flip(moved, axis - 3)
    return moved


def viewed(stored: Stored, view: Callable[[np.ndarray], np.ndarray]) -> Stored:
    """A stored array seen through a function that permutes or flips its last three axes."""

    def read(index: int | None) -> np.ndarray:
        if stored.ndim == 3:  # the first axis of the view is another axis of the file
            whole = view(stored.read(None))
            return whole if index is None else whole[index]
        return view(stored.read(index))

    example = view(np.broadcast_to(np.zeros((), stored.dtype), stored.shape))
    return Stored(example.shape, stored.dtype, read)


def reversed_axes(stored: Stored) -> Stored:
    """An array of (z, y, x) or (t, z, y, x) as one of (x, y, z) or (t, x, y, z): a view."""
    return viewed(stored, lambda array: array.transpose(*range(array.ndim - 3), -1, -2, -3))


def matrix_of(origin: Vector | np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The matrix (4, 4) from index to position, from an origin and the steps along the axes as columns (3, 3)."""
    matrix = np.eye(4)
    matrix[:3, :3] = steps
    matrix[:3, 3] = origin
    return matrix


def vector(values: object) -> Vector:
    """Three numbers as a tuple of Python's own."""
    x, y, z = (float(value) for value in np.asarray(values, float))
    return x, y, z


def mapped(path: Path, dtype: np.dtype, offset: int, shape: tuple[int, ...]) -> np.ndarray:
    """Uncompressed samples whose first axis varies fastest, mapped into memory.

    Raises:
        ValueError: the file has fewer bytes.
    """
    if offset < 0:
        raise ValueError(f"its samples begin at byte {offset}")
    check_stored(shape, dtype.itemsize, path.stat().st_size - offset)
    flat = np.memmap(path, dtype, "r", offset, (math.prod(shape),))
    return flat.reshape(shape, order="F")
