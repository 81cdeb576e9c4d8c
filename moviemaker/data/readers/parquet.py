"""Parquet: the columns of a table, each read when it is needed; for some rows only their row groups are read.

Numbers are numbers, dates are `datetime64`, everything else is text. Missing numbers are NaN. A column of lists of
three numbers is an array of vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.contents import ROWS_AT_ONCE, Contents, Rows, Stored
from moviemaker.data.formats.extras import extra

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".pq")
COMPRESSIBLE = ()


def open_file(path: Path) -> Contents:
    """The columns by name. Only the footer of the file has been read.

    Raises:
        InputError: pyarrow is not installed.
        OSError, ValueError: the file cannot be read.
    """
    pq = _parquet(path)
    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(groups)]).astype(np.int64)
        return Contents({field.name: _stored(path, field, starts) for field in file.schema_arrow})


def open_rows(path: Path) -> Rows:
    """The columns of numbers, to be read piece by piece.

    Raises:
        InputError: pyarrow is not installed.
        OSError, ValueError: the file cannot be read.
    """
    pq = _parquet(path)

    def pieces(names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        import pyarrow as pa

        # Buffered, so that a row group may be larger than memory.
        with pq.ParquetFile(path, buffer_size=1 << 22, pre_buffer=False) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(names)):
                yield {name: array_of(pa.chunked_array([batch.column(name)])) for name in names}

    with pq.ParquetFile(path) as file:
        stored = {field.name: _stored(path, field, np.zeros(1, np.int64)) for field in file.schema_arrow}
        columns = {name: each.shape[1:] for name, each in stored.items() if each.dtype.kind in "biuf"}
        return Rows(columns, file.metadata.num_rows, pieces)


def _parquet(path: Path) -> ModuleType:
    return extra(path, "pyarrow.parquet", "pyarrow", "arrow")


def _stored(path: Path, field: pa.Field, starts: np.ndarray) -> Stored:
    import pyarrow as pa

    def column(groups: list[int] | None) -> np.ndarray:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            table = file.read([field.name]) if groups is None else file.read_row_groups(groups, [field.name])
            return array_of(table.column(field.name))

    def read(index: int | None) -> np.ndarray:
        whole = column(None)
        return whole if index is None else whole[index]

    def take(rows: np.ndarray) -> np.ndarray:
        if not len(rows):
            return np.empty((0, *shape[1:]), dtype)
        group = np.searchsorted(starts, rows, side="right") - 1
        used, of_row = np.unique(group, return_inverse=True)
        offsets = np.concatenate([[0], np.cumsum(np.diff(starts)[used])])
        found: np.ndarray = column(used.tolist())[rows - starts[group] + offsets[of_row]]
        return found

    shape: tuple[int, ...] = (int(starts[-1]),)
    inner = field.type
    if pa.types.is_fixed_size_list(inner):
        shape, inner = (*shape, inner.list_size), inner.value_type
    dtype: np.dtype
    if pa.types.is_temporal(inner):
        dtype = np.dtype("datetime64[us]")
    elif pa.types.is_integer(inner) or pa.types.is_floating(inner):
        dtype = np.dtype(inner.to_pandas_dtype())
    elif pa.types.is_boolean(inner):
        dtype = np.dtype(bool)
    elif pa.types.is_decimal(inner):
        dtype = np.dtype(float)
    else:
        dtype = np.dtype(str)
    return Stored(shape, dtype, read, take)


def array_of(column: pa.ChunkedArray) -> np.ndarray:
    """A column of pyarrow as an array."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_fixed_size_list(column.type):
        width = column.type.list_size
        return array_of(pc.list_flatten(column)).reshape(-1, width)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if pa.types.is_temporal(column.type):
        return np.asarray(column.cast(pa.timestamp("us")).to_numpy(), "datetime64[us]")
    if column.null_count and pa.types.is_integer(column.type):
        column = column.cast(pa.float64())
    values = column.to_numpy()
    return values.astype(str) if values.dtype == object else np.asarray(values)
