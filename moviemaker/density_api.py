"""Densities from Python, without a scene: of arrays, tables, and Dask's arrays and data frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid
from moviemaker.core.kinds import build
from moviemaker.core.progress import Progress, Silent
from moviemaker.data.densities.chunked_tables import chosen_columns
from moviemaker.data.densities.table_source import TableDensity
from moviemaker.data.density import Density
from moviemaker.data.formats.contents import NAMELESS, Rows, rows_of
from moviemaker.data.memory.given import held

_WEIGHTS = "weights of the argument"
"""Name of the column of weights that are given as an array."""


def density_of(table: Any, *, weights: Any = None, progress: Progress | None = None, **keys: Any) -> Grid:
    """The density of a table, with all of its fields.

    Args:
        table: positions (n, 3), of NumPy or of Dask, whose chunks are computed one after another; a mapping of columns;
            or a table of pandas, polars, pyarrow, Astropy or Dask, whose partitions are computed one after another.
        weights: name of a column, or an array (n,), of NumPy, of Dask or of any library with arrays.
        progress: reporter for tables that take long to read (default: none).
        keys: those of `kind: density` for tables: `position`, `select`, `shape`, `method` ...

    Raises:
        InputErrors, InputError: a key is wrong, a column is missing, or the table has no density.
    """
    if callable(table) and not hasattr(table, "__array__"):
        raise InputError(f"a {type(table).__name__} is not a table", "give what it gives for one time")
    name = weights if weights is None or isinstance(weights, str) else _WEIGHTS
    model = build(Density, {"kind": "density", "file": "table", "weights": name, **_plain(keys)})
    rows = _rows(table)
    if name == _WEIGHTS:
        rows = _weighted(rows, weights)
    columns = chosen_columns((rows,), model.position, name, model.select, "the table")
    source = TableDensity(columns, model.settings(), model.period if model.periodic is not False else None)
    source.report_to(progress or Silent())
    source.examine()
    return source.at(0.0, source.fields)


def _rows(given: Any) -> Rows:
    """The rows of what was given, piece by piece."""
    try:
        found = held(given)
    except InputError as error:
        right = "give positions (n, 3), a mapping of columns, or a table of pandas, polars, Astropy or Dask"
        odd = given is None or isinstance(given, str | int | float) or not hasattr(given, "__len__")
        what = f"a {type(given).__name__} is not a table" if odd else f"the table cannot be used: {error.what}"
        raise InputError(what, right) from error
    rows = found.rows()
    if rows is not None:
        return rows
    arrays = dict(found.contents().arrays)
    if list(arrays) == [NAMELESS]:
        arrays = {"position": arrays[NAMELESS]}
    rows = rows_of(arrays)
    return replace(rows, columns={name: shape for name, shape in rows.columns.items() if _is_numeric(arrays, name)})


def _is_numeric(arrays: Mapping[str, Any], name: str) -> bool:
    return arrays[name].dtype.kind in "biuf"


def _weighted(rows: Rows, weights: Any) -> Rows:
    """Rows with a further column of weights, whose pieces are cut as the rows are.

    Raises:
        InputError: there is not one weight for each row.
    """
    found = held(weights).contents().arrays
    stored = next(iter(found.values())) if len(found) == 1 else None
    if stored is None or stored.ndim != 1 or stored.dtype.kind not in "biuf":
        what = "the weights are not a row of numbers" if stored is None else f"weights have the shape {stored.shape}"
        raise InputError(what, "give one number for each row, or the name of a column", ("weights",))
    count = stored.shape[0]
    if rows.count is not None and rows.count != count:
        raise _unequal(count, rows.count)

    def pieces(names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        start = 0
        for piece in rows.pieces([name for name in names if name != _WEIGHTS]):
            length = len(next(iter(piece.values())))
            stop = start + length
            part = stored.part(start, stop) if stored.part is not None else stored.read(None)[start:stop]
            if len(part) != length:
                raise _unequal(count, stop)
            yield {**piece, _WEIGHTS: np.asarray(part)}
            start = stop
        if start != count:
            raise _unequal(count, start)

    return Rows({**rows.columns, _WEIGHTS: ()}, rows.count, pieces)


def _unequal(weights: int, rows: int) -> InputError:
    what = f"there are {weights} weights and {rows} rows"
    return InputError(what, "give one weight for each row", ("weights",))


def _plain(value: Any) -> Any:
    """Arrays and tuples as the lists that would stand in a scene."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
