"""Grids of vectors as grids of numbers: the length, which has the vector's name, and one grid for each component."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from moviemaker.data.formats.contents import Stored

AXES = "xyz"

_COMPONENTS = re.compile(
    r"n?(vec(tor)?s?_?)?(comp(onent)?s?|dir(ection)?s?|dims?|axis|index)|vec(tor)?s?|xyz?|uvw?|cartesian"
)
"""Names of dimensions, in small letters, that count the components of vectors."""

_VECTORS = (
    *("velocity", "velocities", "vel", "momentum", "vorticity", "displacement", "disp", "acceleration", "force"),
    *("b", "magnetic_field", "bfield", "e", "electric_field", "efield", "j", "current", "vector", "vectors", "flow"),
)
"""Names, in small letters, by which an array with three entries along its first axis is a vector."""


def split(name: str, stored: Stored, axis: int) -> dict[str, Stored]:
    """The length and the components of a stored grid of vectors whose components lie along an axis, -1 or 0."""
    rest = stored.shape[:-1] if axis == -1 else stored.shape[1:]

    def part(component: int | None, index: int | None) -> np.ndarray:
        inside = index if axis == -1 else component
        values = np.asarray(stored.read(inside))
        if axis == 0:
            if component is not None:
                return values if index is None else values[index]
            values = np.moveaxis(values if index is None else values[:, index], 0, -1)
            return length(values)
        return length(values) if component is None else values[..., component]

    found = {name: Stored(rest, np.dtype(np.float32), lambda index: part(None, index))}
    for number, letter in enumerate(AXES):
        found[f"{name}_{letter}"] = Stored(rest, stored.dtype, partial(part, number))
    return found


def combined(name: str, parts: Sequence[Stored]) -> dict[str, Stored]:
    """The length and the components of a vector, by name, from two or three stored components."""

    def read(index: int | None) -> np.ndarray:
        return length(np.stack([np.asarray(part.read(index)) for part in parts], axis=-1))

    whole = {name: Stored(parts[0].shape, np.dtype(np.float32), read)}
    return whole | {f"{name}_{letter}": part for letter, part in zip(AXES, parts, strict=False)}


def is_components(name: str, size: int, values: np.ndarray | None) -> bool:
    """Whether a dimension that is neither space nor time counts the components of vectors.

    Args:
        name: of the dimension.
        size: number of its entries.
        values: numbers or texts of these; None: unknown.
    """
    if size not in (2, 3):
        return False
    if values is not None and values.dtype.kind in "US":
        return "".join(str(value).strip().lower()[:1] for value in values) in ("xyz", "uvw", "xy", "uv")
    return _COMPONENTS.fullmatch(name.lower()) is not None


def length(vectors: np.ndarray) -> np.ndarray:
    """Lengths (...) float32 of vectors (..., 3)."""
    found: np.ndarray = np.sqrt(np.square(vectors, dtype=np.float64).sum(axis=-1)).astype(np.float32)
    return found


def with_components(arrays: Mapping[str, Stored], times: int | None) -> dict[str, Stored]:
    """The arrays of a file without named axes, with lengths and components in the place of grids of vectors.

    An array (nx, ny, nz, 3) or (t, nx, ny, nz, 3) holds vectors, and so does (3, nx, ny, nz) if its name is that of a
    vector, such as `velocity`. With three times, or as many as the first axis has entries, four axes begin with time.

    Args:
        arrays: by name.
        times: number of times that the scene or the file gives; None: unknown.
    """
    found: dict[str, Stored] = {}
    for name, stored in arrays.items():
        axis = _axis_of_components(name, stored, times, arrays)
        found |= {name: stored} if axis is None else split(name, stored, axis)
    return found


def _axis_of_components(name: str, stored: Stored, times: int | None, arrays: Mapping[str, Stored]) -> int | None:
    if stored.dtype.kind not in "biuf" or stored.ndim not in (4, 5):
        return None
    shape = stored.shape
    if stored.ndim == 5:
        return -1 if shape[-1] == 3 else None
    if shape[-1] == 3 and shape[:3] in {other.shape for other in arrays.values()}:
        return -1  # numbers on the same grid
    if times == shape[0]:
        return None
    if shape[-1] == 3:
        return -1
    return 0 if shape[0] == 3 and name.lower() in _VECTORS else None
