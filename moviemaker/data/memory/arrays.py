"""NumPy's arrays: one, several by name, and structured ones; also what other libraries turn into NumPy's arrays.

They are what a file `.npy` or `.npz` with the same arrays would be, and are not copied.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, show
from moviemaker.core.machine.memory import size_text, total_memory
from moviemaker.data.formats.axis_arrays import with_axes
from moviemaker.data.formats.contents import NAMELESS, Contents, HeldContents, Vector, in_memory

NAMED = "give an array of NumPy, a table, a data set of xarray, Dask, PyVista or VTK, or a function of time"
"""What may stand at `array`."""


class HeldArrays(HeldContents):
    """Arrays by name.

    Args:
        what: what they were given as, such as `ndarray`.
        arrays: by name; an array without a name is called `NAMELESS`.
        origin, spacing: of grids, where they are known.
        units: of the arrays, by name.
    """

    may_change = True

    def __init__(
        self,
        what: str,
        arrays: Mapping[str, np.ndarray],
        origin: Vector | None = None,
        spacing: Vector | None = None,
        units: Mapping[str, str] | None = None,
    ):
        self.what = what
        self.arrays = {name: _read_only(array) for name, array in arrays.items()}
        self._place = {"origin": origin, "spacing": spacing} if origin is not None and spacing is not None else {}
        self._units = dict(units or {})
        self.suffix = ".npy" if list(arrays) == [NAMELESS] and not self._place else ".npz"

    def contents(self) -> Contents:
        """The arrays, and the grids on axes that are among them."""
        stored = {name: in_memory(array) for name, array in (self.arrays | self._vectors).items()}
        found = Contents(stored, units=self._units)
        return with_axes(found) if self.suffix == ".npz" else found

    @property
    def _vectors(self) -> dict[str, np.ndarray]:
        return {name: np.array(vector) for name, vector in self._place.items()}

    def write(self, path: Path) -> None:
        """Writes them without compression, so that they are mapped when they are read."""
        if self.suffix == ".npy":
            with path.open("xb") as file:
                np.lib.format.write_array(file, self.arrays[NAMELESS], allow_pickle=False)
            return
        with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as archive:
            for name, array in (self.arrays | self._vectors).items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    def parts(self) -> Iterator[object]:
        """Names, arrays, places and units."""
        yield self._place, sorted(self._units.items())
        for name, array in self.arrays.items():
            yield name
            yield array


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def of_array(value: object, what: str = "ndarray") -> HeldArrays:
    """An array of NumPy, or what becomes one: a masked array, one with units, a list of numbers.

    Raises:
        InputError: it holds no numbers.
    """
    array = plain(value)
    _check_repeated(array, what)
    if array.dtype.names is not None:
        return of_columns({name: value[name] for name in array.dtype.names}, what)  # type: ignore[index]
    if array.dtype.kind not in "biufc":
        raise InputError(f"{what} holds {_sort(array)}, not numbers", "give an array of real numbers")
    unit = unit_of(value)
    return HeldArrays(what, {NAMELESS: array}, units={NAMELESS: unit} if unit else None)


def _check_repeated(array: np.ndarray, what: str) -> None:
    """Refuses an array that repeats a few numbers, such as of `np.broadcast_to`, and is larger than the memory."""
    repeats = any(step == 0 and size > 1 for step, size in zip(array.strides, array.shape, strict=True))
    if repeats and array.nbytes > total_memory():
        said = f"the {what} of the shape {list(array.shape)} repeats its numbers to {size_text(array.nbytes)}"
        raise InputError(said, f"give one that fits in the memory of {size_text(total_memory())}")


def of_columns(columns: Mapping[object, object], what: str = "dict") -> HeldArrays:
    """Arrays by name. Numbers, dates and text are kept, other objects are written as text.

    Raises:
        InputError: a column cannot be an array.
    """
    arrays: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    for key, column in columns.items():
        name = key if isinstance(key, str) else "_".join(map(str, key)) if isinstance(key, tuple) else str(key)
        if name in arrays:
            raise InputError(f"two columns of the {what} are called {name!r}", "rename one of them")
        arrays[name] = plain(column)
        if arrays[name].dtype.kind == "O":
            arrays[name] = of_objects(arrays[name])
        if unit := unit_of(column):
            units[name] = unit
    if not arrays:
        raise InputError(f"the {what} holds no columns", NAMED)
    return HeldArrays(what, arrays, units=units)


def plain(value: object) -> np.ndarray:
    """Anything with numbers as an array of NumPy itself, without a copy where that can be avoided.

    Masked numbers become NaN.

    Raises:
        InputError: it is not an array.
    """
    if isinstance(value, np.ma.MaskedArray):
        if not np.ma.is_masked(value):
            return np.asarray(value.data)
        if value.dtype.kind not in "biuf":
            return np.asarray(value.filled())
        real = np.float32 if value.dtype.kind == "f" and value.dtype.itemsize <= 4 else np.float64
        return np.where(np.ma.getmaskarray(value), real(np.nan), np.asarray(value.data, real))
    try:
        return np.asarray(value)
    except Exception as error:  # libraries raise anything, such as for arrays on a GPU
        reason = str(error).strip().split("\n")[0][:120]
        what = f"a {type(value).__name__} cannot be turned into an array ({type(error).__name__}: {reason})"
        raise InputError(what, "give it as an array of NumPy") from error


def of_objects(values: np.ndarray) -> np.ndarray:
    """Python's objects as numbers, if all of them are numbers or missing, else as text."""
    missing = np.array([each is None or each != each for each in values.ravel()], bool).reshape(values.shape)
    known = values[~missing]
    if len(known) and all(isinstance(each, int | float | np.number) for each in known.tolist()):
        numbers = np.full(values.shape, np.nan)
        numbers[~missing] = known.astype(float)
        return numbers
    text = np.where(missing, "", values).astype(str)
    return np.asarray(text)


def unit_of(value: object) -> str:
    """The unit that an array of Astropy, unyt or Pint says; empty: it says none."""
    unit = getattr(value, "unit", None)
    unit = getattr(value, "units", None) if unit is None else unit
    text = "" if unit is None or callable(unit) else str(unit).strip()
    return "" if text in ("dimensionless", "None") else text


def _sort(array: np.ndarray) -> str:
    names = {"U": "text", "S": "text", "M": "dates", "m": "durations", "O": "objects of Python"}
    return names.get(array.dtype.kind, show(str(array.dtype)))
