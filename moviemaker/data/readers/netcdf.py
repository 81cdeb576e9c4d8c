"""NetCDF: variables with spatial axes, in any group, by the CF conventions (see `formats.cf_conventions`).

Values are unpacked by `scale_factor` and `add_offset`; missing values are NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.cf_conventions import conventional
from moviemaker.data.formats.contents import Contents
from moviemaker.data.formats.declared_size import check_packed
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.variables import Part, Variable, Variables, is_whole, unpacked_type
from moviemaker.data.probing.hdf5_tree import no_others, numeric_datasets, opened
from moviemaker.data.probing.netcdf_classic import check_whole
from moviemaker.data.probing.ways import Probe
from moviemaker.data.probing.whole import read_everything

if TYPE_CHECKING:
    import netCDF4

SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf")
COMPRESSIBLE = ()

_MOST_TEXTS = 4096
"""Most entries of a dimension whose names are read."""


def first_look(path: Path) -> Probe:
    """How another process looks at a file first, which the netCDF library may crash.

    Raises:
        InputError: h5py is not installed, and the file is one of HDF5.
    """
    hdf5 = ("h5py",) if _is_hdf5(path) else ()
    if hdf5 and find_spec("h5py") is None:
        extra(path, "h5py", "h5py", "netcdf")
    return Probe(f"{__name__}:check_file", "netCDF", "netCDF4", ("netCDF4", *hdf5, __name__))


def check_file(name: str) -> str | None:
    """Reads a file, if it is one of HDF5 only after its groups and links are found to be in order.

    Returns:
        Why it cannot be used; None: it can, as far as is known.

    Raises:
        MemoryError: the file takes more memory than this process may have.
    """
    path = Path(name)
    if _is_hdf5(path):
        try:
            with opened(path, no_others, "netcdf", walked=False) as file:
                for _ in numeric_datasets(file, no_others, sized=False):
                    pass
        except ValueError as error:
            return str(error)
        except OSError:  # the netCDF library says it too
            pass
    read_everything(f"{__name__}:open_file", name)
    return None


def _is_hdf5(path: Path) -> bool:
    """Whether a file is NetCDF-4, and not one of the classic formats."""
    with path.open("rb") as file:
        return file.read(3) != b"CDF"


def open_file(path: Path) -> Contents:
    """The variables with spatial axes. Only headers and coordinates have been read.

    Raises:
        InputError: netCDF4 is not installed.
        OSError, ValueError: the file cannot be read.
    """
    library = extra(path, "netCDF4", "netCDF4", "netcdf")
    if not _is_hdf5(path):
        check_whole(path)
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
        try:
            check_packed(stored.shape, dtype.itemsize, path.stat().st_size)
        except ValueError as error:
            raise ValueError(f"its variable {inside}{name}: {error}") from None
        whole = is_whole(np.dtype(stored.dtype), attributes)
        yield Variable(inside + name, dimensions, stored.shape, dtype, attributes, read, whole=whole)
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
