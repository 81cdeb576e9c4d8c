"""Chooses how an object of Python becomes contents, by the library that its class is from.

The libraries are not imported for that: an object of a library that is not installed cannot be given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, show
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.core.machine.in_memory import InMemory
from moviemaker.data.formats.contents import HeldContents
from moviemaker.data.memory.arrays import NAMED, of_array, of_columns
from moviemaker.data.memory.callables import HeldSnapshot
from moviemaker.data.memory.yt_grids import is_covering_grid, of_yt

_LIBRARIES = {
    "pandas": "tables:of_pandas",
    "geopandas": "tables:of_pandas",
    "polars": "tables:of_polars",
    "pyarrow": "tables:of_arrow",
    "xarray": "xarray_arrays:of_xarray",
    "dask": "dask_arrays:of_dask",
    "dask_expr": "dask_arrays:of_dask",
    "vtkmodules": "vtk_datasets:of_vtk",
    "pyvista": "vtk_datasets:of_vtk",
}
"""The function for the objects of each library, by the first part of the names of its modules."""

_FEW = 10_000
"""Most numbers of an array that may be meant as a list in a scene, such as one of times."""

_MOST_TIMES = 100_000
"""Most times at which a function is called."""


def is_function(given: object) -> bool:
    """Whether an object is a function of time."""
    return callable(given) and not isinstance(given, type) and not hasattr(given, "__array__") and not _library(given)


def is_data(given: object) -> bool:
    """Whether an object can only be meant as data, unlike the few numbers that other keys of a scene take."""
    if isinstance(given, np.ndarray):
        return given.ndim > 2 or given.size > _FEW or given.dtype.names is not None
    if len(getattr(given, "shape", ())) == 1 and hasattr(given, "__array__"):
        return bool(np.size(given) > _FEW)
    known = isinstance(given, HeldContents | Grid | Particles | Mesh) or hasattr(given, "colnames")
    return known or bool(_library(given)) or is_function(given) or is_covering_grid(given)


def given_file(given: object) -> InMemory | tuple[InMemory, ...]:
    """What stands in a scene for data that Python gives: a name, or of a list of snapshots one for each.

    Args:
        given: data that are not a function.

    Raises:
        InputError: at `file`: the object is not data, or holds none.
    """
    if isinstance(given, list | tuple) and given and not all(map(_is_number, _flat(given))):
        return tuple(_named(each, ("file", index)) for index, each in enumerate(given))
    return _named(given, ("file",))


def given_function(function: Callable[[float], object], times: Sequence[float]) -> tuple[InMemory, ...]:
    """What stands in a scene for a function: a name for each data time at which it is called.

    Args:
        function: takes a data time and gives data.
        times: the data times, ascending.

    Raises:
        InputError: at `file`: the function fails for the first time, or gives no data; at `times`: too many.
    """
    if not times or len(times) > _MOST_TIMES:
        what = f"the function would be called at {len(times)} times"
        raise InputError(what, "write times: with the data times of its snapshots", ("times",))
    first = HeldSnapshot(function, times[0], held)
    return tuple(
        InMemory(HeldSnapshot(function, time, held, first) if number else first) for number, time in enumerate(times)
    )


def _named(given: object, at: tuple[str | int, ...]) -> InMemory:
    if isinstance(given, InMemory):
        return given
    try:
        return InMemory(held(given))
    except InputError as error:
        raise InputError(error.what, error.instead, error.at or at) from error


def held(given: object) -> HeldContents:
    """The contents of an object.

    Raises:
        InputError: it is not data, or holds none.
    """
    if isinstance(given, HeldContents):
        return given
    if isinstance(given, Grid | Particles | Mesh):
        from moviemaker.data.memory.samples import of_sample

        return of_sample(given)
    library = _library(given)
    if library:
        module, _, name = _LIBRARIES[library].partition(":")
        convert: Callable[[object], HeldContents] = getattr(import_module(f"moviemaker.data.memory.{module}"), name)
        try:
            return convert(given)
        except (AttributeError, TypeError) as error:  # other classes of these libraries, such as a GroupBy of pandas
            raise InputError(f"{_said(given)} of {library} is not data", NAMED) from error
    if hasattr(given, "colnames"):
        from moviemaker.data.memory.tables import of_astropy

        return of_astropy(given)
    if is_covering_grid(given):
        return of_yt(given)
    what = type(given).__name__
    if isinstance(given, Mapping):
        return of_columns(given, what)
    numbers = isinstance(given, list | tuple) and given and all(map(_is_number, _flat(given)))
    if numbers or isinstance(given, np.ndarray) or hasattr(given, "__array__"):
        return of_array(given, "list" if numbers else what)
    if isinstance(given, str | Path):
        raise InputError(f"{show(str(given))} is text, not data", f"write file: {given} for a file")
    raise InputError(f"{_said(given)} is not data", NAMED)


def _library(given: object) -> str:
    """The library that the class of an object is from or is derived from; empty: none of those that are known."""
    roots = (base.__module__.partition(".")[0] for base in type(given).__mro__)
    return next((root for root in roots if root in _LIBRARIES), "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number | np.bool_)


def _flat(values: object) -> list[object]:
    """The entries of lists inside of lists."""
    if not isinstance(values, list | tuple):
        return [values]
    return [inner for each in values for inner in (_flat(each) if isinstance(each, list | tuple) else [each])]


def _said(given: object) -> str:
    return "None" if given is None else f"an object of the class {type(given).__name__}"
