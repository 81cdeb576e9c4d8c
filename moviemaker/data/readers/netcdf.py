"""NetCDF: variables with spatial axes, in any group, by the CF conventions (see `formats.cf_conventions`).

Values are unpacked by `scale_factor` and `add_offset`; missing values are NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.cf_conventions import conventional
from moviemaker.data.formats.contents import Contents
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.variables import Part, Variable, Variables, unpacked_type

if TYPE_CHECKING:
    import netCDF4

SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf")
COMPRESSIBLE = ()

_MOST_TEXTS = 4096
"""Most entries of a dimension whose names are read."""


def open_file(path: Path) -> Contents:
    """The variables with spatial axes. Only headers and coordinates have been read.

    Raises:
        InputError: netCDF4 is not installed.
        OSError, ValueError: the file cannot be read.
    """
    library = extra(path, "netCDF4", "netCDF4", "netcdf")
    with library.Dataset(path) as file:
        found = {each.path: each for each in _variables(path, file, "")}
        variables = Variables(found, dict(_texts(file, "")))
    return conventional(variables, partial(_dates, library))


def _variables(path: Path, group: netCDF4.Group, inside: str) -> Iterator[Variable]:
    """The variables of a group and of the groups in it."""
    for name, stored in group.variables.items():
        if stored.dtype is str or stored.dtype.kind not in "biuf":
            continue
        # Chapter 2.7 of the conventions: a dimension may be defined in an enclosing group.
        groups = (each.group().path.strip("/") for each in stored.get_dims())
        dimensions = tuple(
            f"{above}/{each}" if above else each for above, each in zip(groups, stored.dimensions, strict=True)
        )
        attributes = {key: stored.getncattr(key) for key in stored.ncattrs()}
        dtype = unpacked_type(np.dtype(stored.dtype), attributes)
        read = partial(_read, path, inside + name, dtype)
        yield Variable(inside + name, dimensions, stored.shape, dtype, attributes, read)
    for name, inner in group.groups.items():
        yield from _variables(path, inner, f"{inside}{name}/")


def _texts(group: netCDF4.Group, inside: str) -> Iterator[tuple[str, np.ndarray]]:
    """Coordinates that are texts, by the paths of their dimensions."""
    for name, stored in group.variables.items():
        words = stored.dtype is str or stored.dtype.kind == "S"
        if words and stored.dimensions[:1] == (name,) and 0 < stored.shape[0] <= _MOST_TEXTS:
            library = import_module("netCDF4")
            values = np.asarray(stored[:] if len(stored.shape) == 1 else library.chartostring(stored[:]))
            yield inside + name, values.astype(str)
    for name, inner in group.groups.items():
        yield from _texts(inner, f"{inside}{name}/")


def _read(path: Path, name: str, dtype: np.dtype, part: Part) -> np.ndarray:
    import netCDF4

    with netCDF4.Dataset(path) as file:
        values = np.ma.asanyarray(file[name][part])
    data = np.asarray(values.data).astype(dtype, copy=False)
    if np.ma.is_masked(values) and dtype.kind == "f":
        data = np.where(np.ma.getmaskarray(values), dtype.type(np.nan), data)
    return data


def _dates(library: ModuleType, clock: str, times: np.ndarray) -> tuple[str, ...]:
    """The first and the last date, in the calendar of the times."""
    unit, _, calendar = clock.removesuffix(" calendar)").partition(" (")
    try:
        dates = library.num2date(times[[0, -1]], unit, calendar or "standard")
    except (ValueError, OverflowError, IndexError):  # the times are not dates
        return ()
    return (f"its times are from {dates[0].isoformat()} to {dates[1].isoformat()}",)
