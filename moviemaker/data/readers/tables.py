"""Text tables: columns separated by comma, semicolon, tab or space, below a line of names.

The names may follow a `#`. A file with k names and k long rows is a transposed table. Tables are read in blocks of
lines, so that the text of a large one is never in memory as a whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.compressed import open_binary
from moviemaker.data.formats.contents import Contents, Rows, in_memory

SUFFIXES = (".csv", ".txt", ".dat", ".tsv")
COMPRESSIBLE = SUFFIXES

_EXACT = 2**53  # whole numbers above it do not fit into a float
_BLOCK = 1 << 24
"""Bytes of text that are parsed together."""


def open_file(path: Path) -> Contents:
    """The columns by name: numbers as float64 (integers too long for that as int64), others as text.

    Raises:
        OSError, EOFError, UnicodeDecodeError: the file cannot be read.
        ValueError: the file is not a table.
    """
    table = _Table(path)
    return Contents({name: in_memory(column) for name, column in table.columns().items()}, lazy=False)


def open_rows(path: Path) -> Rows:
    """The columns, to be read piece by piece as float64. Cells without a number are NaN.

    Raises:
        OSError, EOFError, UnicodeDecodeError: the file cannot be read.
        ValueError: the file is not a table.
    """
    table = _Table(path)
    return Rows(dict.fromkeys(table.names, ()), None, table.pieces)


class _Table:
    """Layout of a file: names of columns, separator, and number of lines above the rows."""

    def __init__(self, path: Path):
        self.path = path
        with open_binary(path) as file:
            lines = _lines(file)
            skipped, first = next(((n, line) for n, line in enumerate(lines) if line.strip(" #\t")), (0, None))
            if first is None:
                raise ValueError("it is empty")
            head = first.lstrip("# \t")
            self.separator = next((letter for letter in ",;\t" if letter in head), None)
            names = [
                name.strip().strip('"') for name in (head.split(self.separator) if self.separator else head.split())
            ]
            self.skipped = skipped + 1
            self.named = not any(_is_number(name) for name in names)
            if not self.named:
                names, self.skipped = _usual_names(len(names)), skipped
            rest = chain(() if self.named else (first,), lines)
            self.example = next((line for line in rest if _counts(line)), None)
        if self.example is None:
            raise ValueError("it has names of columns but no rows")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two columns are called {twice!r}")
        self.names = names

    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name. Fast parsers for numbers alone are tried first."""
        values = self._by_arrow()
        if values is None:
            try:
                values = self._numbers()
            except ValueError:
                return self._mixed()
        assert self.example is not None
        columns = dict(zip(self.names, values, strict=True))
        whole = [
            name
            for k, (name, column) in enumerate(columns.items())
            if np.abs(column).max(initial=0) >= _EXACT
            and re.fullmatch(r"\s*[+-]?\d+\s*", _cell(self.example, self.separator, k))
        ]
        return columns | self._whole_numbers(whole)

    def _blocks(self) -> Iterator[list[str]]:
        """The rows, in blocks of limited size."""
        with open_binary(self.path) as file:
            block: list[str] = []
            size = 0
            for number, line in enumerate(_lines(file)):
                if number < self.skipped or not _counts(line):
                    continue
                block.append(line)
                size += len(line)
                if size >= _BLOCK:
                    yield block
                    block, size = [], 0
            if block:
                yield block

    def _by_arrow(self) -> list[np.ndarray] | None:
        """Columns of a plain table of numbers by pyarrow, which is several times faster; None: it cannot read it."""
        try:
            parts = list(self._arrow_pieces(self.names))
        except _UnfitError:
            return None
        return [np.concatenate(columns) for columns in zip(*parts, strict=True)]

    def _arrow_pieces(self, names: Sequence[str]) -> Iterator[list[np.ndarray]]:
        """Some columns, piece by piece.

        Raises:
            _UnfitError: pyarrow is not installed, or finds comments, words, spaces or rows of another length.
        """
        try:
            import pyarrow as pa
            from pyarrow import csv as arrow
        except ImportError:
            raise _UnfitError from None
        assert self.example is not None
        cells = dict(zip(self.names, self.example.split(self.separator), strict=False))
        if self.separator is None or not all(_is_number(cells.get(name, "")) for name in names):
            raise _UnfitError
        if self.example.count(self.separator) != len(self.names) - 1 or '"' in self.example:
            raise _UnfitError
        try:
            with open_binary(self.path) as file:
                reader = arrow.open_csv(
                    file,
                    arrow.ReadOptions(column_names=self.names, skip_rows=self.skipped, block_size=_BLOCK),
                    arrow.ParseOptions(delimiter=self.separator, quote_char=False),
                    arrow.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.float64()), include_columns=list(names), null_values=[""]
                    ),
                )
                for batch in reader:
                    yield [column.to_numpy(zero_copy_only=False) for column in batch.columns]
        except (pa.ArrowException, UnicodeError):
            raise _UnfitError from None

    def pieces(self, names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        """Some columns as float64, piece by piece. Cells without a number are NaN.

        Raises:
            ValueError: the number of columns of a row differs from that of the names.
        """
        done = 0
        try:
            for columns in self._arrow_pieces(names):
                done += len(columns[0])
                yield dict(zip(names, columns, strict=True))
            return
        except _UnfitError:
            pass  # the remaining rows are read as text
        before = 0
        for block in self._blocks():
            rows = self._split(block, before)
            before += len(block)
            rest = rows[max(0, len(rows) - max(0, before - done)) :]
            if rest:
                cells = dict(zip(self.names, zip(*rest, strict=True), strict=True))
                yield {name: np.array([_number(cell) for cell in cells[name]]) for name in names}

    def _numbers(self) -> list[np.ndarray]:
        """Columns of a table of numbers.

        Raises:
            ValueError: it holds words or gaps, or the number of columns differs from that of the names.
        """
        parts = [np.loadtxt(block, delimiter=self.separator, ndmin=2, comments=None) for block in self._blocks()]
        if len({part.shape[1] for part in parts}) > 1:
            raise ValueError("its rows have different numbers of columns")
        values = np.concatenate(parts) if len(parts) > 1 else parts[0]
        parts.clear()
        if values.shape[1] != len(self.names) and values.shape[0] == len(self.names):
            values = values.T
        if values.shape[1] != len(self.names):
            raise ValueError(f"it names {len(self.names)} columns and has {values.shape[1]} of them")
        return [np.ascontiguousarray(values[:, k]) for k in range(len(self.names))]

    def _whole_numbers(self, names: list[str]) -> dict[str, np.ndarray]:
        """Columns of integers, exactly."""
        if not names:
            return {}
        places = [self.names.index(name) for name in names]
        found: list[list[np.ndarray]] = [[] for _ in names]
        for block in self._blocks():
            for column, k in zip(found, places, strict=True):
                column.append(np.array([int(_cell(line, self.separator, k)) for line in block], np.int64))
        return {name: np.concatenate(column) for name, column in zip(names, found, strict=True)}

    def _mixed(self) -> dict[str, np.ndarray]:
        """Columns of a table with words or gaps. Missing numbers are NaN."""
        words: set[str] = set()
        for name, cells in self._cells():
            if name not in words and not all(not cell.strip() or _is_float(cell) for cell in cells):
                words.add(name)
        columns: dict[str, list[np.ndarray]] = {name: [] for name in self.names}
        for name, cells in self._cells():
            if name in words:
                columns[name].append(np.array(cells))
            else:
                columns[name].append(np.array([float(cell) if cell.strip() else np.nan for cell in cells]))
        return {name: np.concatenate(parts) for name, parts in columns.items()}

    def _cells(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Names of columns and a block of their cells.

        Raises:
            ValueError: the number of columns of a row differs from that of the names.
        """
        before = 0
        for block in self._blocks():
            rows = self._split(block, before)
            before += len(rows)
            yield from zip(self.names, zip(*rows, strict=True), strict=True)

    def _split(self, block: list[str], before: int) -> list[list[str]]:
        """The cells of a block of rows.

        Args:
            block: the lines.
            before: number of rows before them.

        Raises:
            ValueError: the number of columns of a row differs from that of the names.
        """
        if self.separator:
            rows = list(csv.reader(block, delimiter=self.separator, skipinitialspace=True))
        else:
            rows = [line.split() for line in block]
        for number, row in enumerate(rows, before + 1):
            if len(row) != len(self.names):
                raise ValueError(f"row {number} has {len(row)} columns where {len(self.names)} are named")
        return rows


class _UnfitError(Exception):
    """The table is not one that pyarrow can read."""


def _lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file without their ends."""
    for line in io.TextIOWrapper(file, encoding="utf-8-sig"):
        yield line.rstrip("\r\n")


def _counts(line: str) -> bool:
    """Whether a line is a row: neither empty nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cell(line: str, separator: str | None, k: int) -> str:
    cells = line.split(separator)
    return cells[k] if k < len(cells) else ""


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    return float(text) if _is_float(text) else float("nan")


def _is_number(text: str) -> bool:
    return _is_float(text) and text.lower() not in ("nan", "inf", "infinity")


def _usual_names(count: int) -> list[str]:
    names = ["x", "y", "z", "vx", "vy", "vz"]
    if count not in (3, 6):
        raise ValueError(f"its first line does not name its {count} columns")
    return names[:count]
