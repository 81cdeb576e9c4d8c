"""Tables of pandas, polars, pyarrow and Astropy, and Dask's data frames: their columns as arrays.

An index of pandas that has a name is a column too. Missing numbers are NaN, dates are `datetime64`, categories text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.memory.arrays import HeldArrays, of_columns, of_objects, plain


def of_pandas(table: Any) -> HeldArrays:
    """A data frame, or a series as its only column.

    Raises:
        InputError: two columns have the same name, or it has none.
    """
    if hasattr(table, "to_frame") and not hasattr(table, "columns"):
        table = table.to_frame(name=table.name or "value")
    named = [name for name in table.index.names if name is not None and name not in table.columns]
    columns: list[tuple[object, Any]] = [(name, table.index.get_level_values(name)) for name in named]
    columns += [(name, table.iloc[:, number]) for number, name in enumerate(table.columns)]
    names = [name for name, _ in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two columns of the DataFrame are called {str(twice)!r}", "rename one of them")
    return of_columns({name: _of_series(column) for name, column in columns}, "DataFrame")


def _of_series(series: Any) -> np.ndarray:
    kind = getattr(series.dtype, "kind", "O")
    if isinstance(series.dtype, np.dtype) and kind in "biuf":
        return np.asarray(series)
    if kind in "biuf":  # of pandas' own types, which know missing numbers
        if not series.isna().any():
            return np.asarray(series.to_numpy(dtype=series.dtype.numpy_dtype))
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind == "M":
        zone = getattr(series.dtype, "tz", None)
        whole = getattr(series, "dt", series)
        plainly = whole.tz_convert("UTC").dt.tz_localize(None) if zone is not None and whole is not series else series
        return np.asarray(plainly, "datetime64[us]")
    return of_objects(np.asarray(series, object))


def of_polars(table: Any) -> HeldArrays:
    """A data frame or a lazy frame, which is collected.

    Raises:
        InputError: it has no columns.
    """
    if hasattr(table, "collect"):
        table = table.collect()
    if not hasattr(table, "get_columns"):  # a series
        table = table.to_frame()
    return of_columns({column.name: _of_polars(column) for column in table.get_columns()}, "DataFrame")


def _of_polars(column: Any) -> np.ndarray:
    array = column.to_numpy()
    if array.dtype == object and column.len() and isinstance(first := array[0], np.ndarray | list):  # lists of numbers
        lengths = {len(each) if each is not None else -1 for each in array}
        if lengths == {len(first)}:
            return np.stack(array)
    return np.asarray(array)


def of_arrow(table: Any) -> HeldArrays:
    """A table or a batch of records of pyarrow.

    Raises:
        InputError: it has no columns.
    """
    import pyarrow as pa

    from moviemaker.data.readers.parquet import array_of  # pyarrow is there, since the table is

    columns = {name: table.column(name) for name in table.column_names}
    chunked = {n: c if isinstance(c, pa.ChunkedArray) else pa.chunked_array([c]) for n, c in columns.items()}
    return of_columns({name: array_of(column) for name, column in chunked.items()}, "Table")


def of_astropy(table: Any) -> HeldArrays:
    """A table, with units; dates become `datetime64`, coordinates on the sky `ra`, `dec` and `distance`.

    Raises:
        InputError: it has no columns.
    """
    columns: dict[object, object] = {}
    for name in table.colnames:
        column = table[name]
        if hasattr(column, "datetime64"):  # Time
            columns[name] = plain(column.datetime64).astype("datetime64[us]")
        elif hasattr(column, "icrs"):  # SkyCoord
            sky = column.icrs
            columns |= {"ra": sky.ra.deg, "dec": sky.dec.deg}
            if str(getattr(sky.distance, "unit", "")):
                columns["distance"] = sky.distance
        else:
            columns[name] = column
    return of_columns(columns, "Table")
