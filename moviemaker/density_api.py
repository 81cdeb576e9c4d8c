"""Densities from Python, without a scene: of arrays, data frames and Dask's data frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid
from moviemaker.core.kinds import build
from moviemaker.core.progress import Progress, Silent
from moviemaker.data.densities.chunked_tables import chosen_columns
from moviemaker.data.densities.table_source import TableDensity
from moviemaker.data.density import Density
from moviemaker.data.formats.contents import Rows, in_memory, rows_of


def density_of(table: Any, *, progress: Progress | None = None, **keys: object) -> Grid:
    """The density of a table, with all of its fields.

    Args:
        table: positions (n, 3), a mapping of columns, or a data frame of pandas or of Dask, whose partitions are
            computed one after another, so that only one of them is in memory.
        progress: reporter for tables that take long to read (default: none).
        keys: those of `kind: density` for tables: `position`, `weights`, `select`, `shape`, `method` ...

    Raises:
        InputErrors, InputError: a key is wrong, a column is missing, or the table has no density.
    """
    model = build(Density, {"kind": "density", "file": "table", **keys})
    parts = tuple(_parts(table))
    columns = chosen_columns(parts, model.position, model.weights, model.select, "the table")
    source = TableDensity(columns, model.settings(), model.period if model.periodic is not False else None)
    source.report_to(progress or Silent())
    source.examine()
    return source.at(0.0, source.fields)


def _parts(table: object) -> Iterator[Rows]:
    if isinstance(table, np.ndarray):
        yield rows_of({"position": in_memory(table)})
    elif hasattr(table, "partitions") and hasattr(table, "npartitions"):  # of Dask
        for number in range(table.npartitions):
            yield _rows(table.partitions[number], lazy=True)
    elif hasattr(table, "columns"):
        yield _rows(table, lazy=False)
    elif isinstance(table, Mapping):
        yield rows_of({name: in_memory(np.asarray(values)) for name, values in table.items()})
    else:
        what = f"a {type(table).__name__} is not a table"
        raise InputError(what, "give positions (n, 3), a mapping of columns, or a data frame of pandas or Dask")


def _rows(frame: Any, lazy: bool) -> Rows:
    """A data frame, or a partition of one that is not computed yet."""
    numbers = {str(name): () for name, kind in frame.dtypes.items() if getattr(kind, "kind", "O") in "biuf"}

    def pieces(names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        found = frame[list(names)]
        found = found.compute() if lazy else found
        yield {name: found[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names}

    return Rows(numbers, None if lazy else len(frame), pieces)
