"""Data arrays and data sets of xarray: variables with coordinates, read by the conventions that NetCDF is read by.

Those that were opened from files or are Dask's are read when they are needed. They are written as Zarr.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.dates import known_since
from moviemaker.data.formats.cf_conventions import conventional
from moviemaker.data.formats.contents import NAMELESS, Contents, HeldContents
from moviemaker.data.formats.variables import Part, Variable, Variables, is_whole
from moviemaker.data.memory.arrays import HeldArrays, plain
from moviemaker.data.memory.zarr_files import chunks_of, write_variables

_GREGORIAN = np.datetime64("1582-10-15")
"""First day of the calendar that is in use."""


class HeldVariables(HeldContents):
    """Variables with named dimensions.

    Args:
        what: what they were given as.
        variables: the variables.
    """

    suffix = ".zarr"
    may_change = True

    def __init__(self, what: str, variables: Variables):
        self.what = what
        self._variables = variables

    def contents(self) -> Contents:
        """The grids, with their coordinates."""
        return conventional(self._variables)

    def write(self, path: Path) -> None:
        """Writes a group of Zarr."""
        write_variables(path, self._variables)

    def parts(self) -> Iterator[object]:
        """Dimensions, attributes and values, read along the first axis."""
        for name, values in self._variables.texts.items():
            yield name, values.tolist()
        for path, variable in self._variables.by_path.items():
            attributes = sorted((key, str(value)) for key, value in variable.attributes.items())
            yield path, variable.dimensions, variable.shape, attributes
            if not variable.shape:
                yield variable.read(())
                continue
            step = (variable.chunks or variable.shape)[0] or 1
            for start in range(0, variable.shape[0], step):
                yield variable.read((slice(start, start + step), *(slice(None),) * (len(variable.shape) - 1)))


def of_xarray(given: Any) -> HeldContents:
    """A data array or a data set. One without a grid is a table of its variables.

    Raises:
        InputError: a variable cannot be an array.
    """
    what = type(given).__name__
    if what != "Dataset":
        own = given.name if given.name != getattr(given.data, "name", None) else None  # else it is a name of Dask's
        given = given.to_dataset(name=own or NAMELESS)
    dataset = given
    variables = _variables(dataset)
    if any(each.dtype.kind in "biuf" and variables.axes(each) is not None for each in _drawn(variables)):
        return HeldVariables(what, variables)
    return HeldArrays(what, {str(name): plain(dataset[name].to_numpy()) for name in dataset.variables})


def _drawn(variables: Variables) -> list[Variable]:
    aside = variables.coordinates()
    return [each for path, each in variables.by_path.items() if path not in aside]


def _variables(dataset: Any) -> Variables:
    found: dict[str, Variable] = {}
    texts: dict[str, np.ndarray] = {}
    for key, stored in dataset.variables.items():
        name, dimensions = str(key), tuple(map(str, stored.dims))
        if stored.dtype.kind in "USO" and not _are_dates(stored):
            if dimensions == (name,):
                texts[name] = stored.to_numpy().astype(str)
            continue
        stored = _in_numbers(stored)
        if stored.dtype.kind not in "biuf":
            continue
        attributes = {str(key): value for key, value in stored.attrs.items()}
        beside = [str(other) for other in dataset.coords if other not in dataset.dims and other != key]
        if key not in dataset.coords and (listed := [n for n in beside if {*dataset[n].dims} <= {*stored.dims}]):
            attributes.setdefault("coordinates", " ".join(listed))
        found[name] = Variable(
            name,
            dimensions,
            tuple(stored.shape),
            np.dtype(stored.dtype),
            attributes,
            _reader(stored),
            chunks_of(stored.shape, stored.dtype.itemsize),
            whole=is_whole(np.dtype(stored.dtype), attributes),
        )
    return Variables(found, texts)


def _reader(stored: Any) -> Any:
    in_numpy = isinstance(getattr(stored, "_data", None), np.ndarray)

    def read(part: Part) -> np.ndarray:
        if in_numpy:
            return np.asarray(stored.to_numpy()[part])  # a view
        return np.asarray(stored[part].to_numpy())

    return read


def _are_dates(stored: Any) -> bool:
    """Whether objects are dates of calendars other than the usual one."""
    if stored.dtype.kind != "O" or not stored.size:
        return False
    return hasattr(stored[(0,) * stored.ndim].to_numpy().item(), "calendar")


def _in_numbers(stored: Any) -> Any:
    """Dates and durations as numbers with the units that xarray would write into a file."""
    if stored.dtype.kind not in "mMO":
        return stored
    from xarray.conventions import encode_cf_variable

    encoded = encode_cf_variable(stored)
    encoded.attrs = {key: value for key, value in encoded.attrs.items() if key != "_FillValue"}
    since = known_since(str(encoded.attrs.get("units", "")))
    late = stored.dtype.kind == "M" and stored.size and np.nanmin(stored.to_numpy().astype("M8[D]")) > _GREGORIAN
    if late and since is not None and since.start.year > _GREGORIAN.astype(object).year:
        encoded.attrs.pop("calendar", None)  # xarray writes proleptic_gregorian, from then on the standard calendar
    return encoded
