"""Text tables: columns separated by comma, semicolon, tab, bar or space, below a line of names.

The names are the last line before the numbers that has as many words as a row has cells; it may be a comment (`#`, `%`,
`!`, `//`, `;`), and lines of units and dashes may follow it. Units in brackets are left out: `x [kpc]` is `x`. Decimals
may follow a comma if another letter separates the cells, and numbers may be those of Fortran (`1D+00`,
`1.5-103`). Empty cells, `NA`, `null`, `None`, `nan`, `-` and the like are missing values. Columns that hold other text
stay text. A table without rows has its columns all the same. A file with k names and k long rows is a transposed table.
Tables are read in blocks of lines, so that the text of a large one is never in memory as a whole.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from moviemaker.core.fingerprint import files_key, fingerprint
from moviemaker.core.sharing.arrays import shared
from moviemaker.data.formats.compressed import open_binary
from moviemaker.data.formats.contents import Contents, Rows, in_memory
from moviemaker.data.formats.text_tables.cells import MISSING, TRUTHS, has_thousands, number_of, plainly
from moviemaker.data.formats.text_tables.header import cells_of, is_row, read_header

SUFFIXES = (".csv", ".txt", ".dat", ".tsv", ".ecsv")
COMPRESSIBLE = SUFFIXES

_COLUMN, _WORD = "column ", "word "
"""Before the name of a column, where its numbers and its first word stand beside each other."""

_EXACT = 2**53  # whole numbers above it do not fit into a float
_BLOCK = 1 << 24
"""Bytes of text that are parsed together."""
_SAMPLE = 1 << 16
"""Bytes from the beginning of a file by which its encoding is found."""


def open_file(path: Path) -> Contents:
    """The columns by name: numbers as float64 (integers too long for that as int64 or uint64), others as text.

    Raises:
        OSError, EOFError, UnicodeDecodeError: the file cannot be read.
        ValueError: the file is not a table.
    """
    table = _Table(path)
    state = files_key([path])
    made = shared(fingerprint("table", state), lambda: _with_words(table)) if state else _with_words(table)
    columns = {name: made[f"{_COLUMN}{name}"] for name in table.names}
    words = {name: str(made[f"{_WORD}{name}"]) for name in table.names if f"{_WORD}{name}" in made}
    numbers = {name: column for name, column in columns.items() if column.dtype.kind == "f"}
    missing = {name: int(np.count_nonzero(np.isnan(column))) for name, column in numbers.items()}
    return Contents(
        {name: in_memory(column) for name, column in columns.items()},
        lazy=False,
        units=table.header.units,
        missing={name: count for name, count in missing.items() if count},
        text=words,
    )


def _with_words(table: _Table) -> dict[str, np.ndarray]:
    """The columns of a table, and the first words of those of text."""
    columns = {f"{_COLUMN}{name}": column for name, column in table.columns().items()}
    return columns | {f"{_WORD}{name}": np.array(word) for name, word in table.words.items()}


def open_rows(path: Path) -> Rows:
    """The columns, to be read piece by piece as float64. Cells without a number are NaN.

    Raises:
        OSError, EOFError, UnicodeDecodeError: the file cannot be read.
        ValueError: the file is not a table.
    """
    table = _Table(path)
    return Rows(dict.fromkeys(table.names, ()), None, table.pieces)


class _Table:
    """A file, its header, and the words that were found in columns of text.

    Attributes:
        names: of the columns.
        header: the layout of the file.
        words: of each column of text, a cell and the number of its row.
    """

    def __init__(self, path: Path):
        self.path = path
        with open_binary(path) as file:
            self._encoding = _encoding_of(file.read(_SAMPLE))
        with self._open() as lines:
            self.header = read_header(line.rstrip("\r\n") for line in lines)
        self.names = self.header.names
        self._separator, self._example = self.header.separator, self.header.example or ""
        self.words: dict[str, str] = {}
        self._with_points = ""  # a number that may have separators of thousands
        self._with_comma = ""  # a number with decimals behind a comma

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(open_binary(self.path), encoding=self._encoding)

    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name. Fast parsers for numbers alone are tried first."""
        if self.header.example is None:
            return {name: np.empty(0) for name in self.names}
        values = self._by_arrow()
        if values is None:
            try:
                values = self._numbers()
            except ValueError:
                values = self._mixed()
        columns = dict(zip(self.names, values, strict=True))
        cells = cells_of(self._example, self._separator)
        whole = [
            name
            for name, column, cell in zip(self.names, values, cells, strict=False)
            if column.dtype.kind == "f"
            and np.abs(column).max(initial=0) >= _EXACT
            and re.fullmatch(r"\s*[+-]?\d+\s*", cell)
        ]
        return columns | self._whole_numbers(whole)

    def _blocks(self) -> Iterator[list[str]]:
        """The rows, in blocks of limited size."""
        with self._open() as lines:
            block: list[str] = []
            size = 0
            for number, line in enumerate(lines):
                if number < self.header.skipped or not is_row(line):
                    continue
                block.append(line.rstrip("\r\n"))
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
        cells = self._example.split(self._separator)
        comma, ends = self.header.decimal_comma, [""] if self.header.trailing else []
        numbers = {name: number_of(cell, comma) is not None for name, cell in zip(self.names, cells, strict=False)}
        if self._separator is None or '"' in self._example or not all(numbers.get(name, False) for name in names):
            raise _UnfitError
        if len(cells) != len(self.names) + len(ends) or self._encoding != "utf-8-sig":
            raise _UnfitError
        try:
            with open_binary(self.path) as file:
                reader = arrow.open_csv(
                    file,
                    arrow.ReadOptions(
                        column_names=[*self.names, *ends], skip_rows=self.header.skipped, block_size=_BLOCK
                    ),
                    arrow.ParseOptions(delimiter=self._separator, quote_char=False),
                    arrow.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.float64()),
                        include_columns=list(names),
                        null_values=_SPELLED,
                        decimal_point="," if comma else ".",
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
        if self.header.example is None:
            return
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
                found = {name: [self._number(cell) for cell in cells[name]] for name in names}
                self._check_points()
                yield {name: np.array([math.nan if n is None else n for n in found[name]]) for name in names}

    def _numbers(self) -> list[np.ndarray]:
        """Columns of a table of numbers.

        Raises:
            ValueError: it holds words or gaps, or the number of columns differs from that of the names.
        """
        parts = [self._parsed(block) for block in self._blocks()]
        if len({part.shape[1] for part in parts}) > 1:
            raise ValueError("its rows have different numbers of columns")
        values = np.concatenate(parts) if len(parts) > 1 else parts[0]
        parts.clear()
        if values.shape[1] != len(self.names) and values.shape[0] == len(self.names):
            values = values.T
        if values.shape[1] != len(self.names):
            raise ValueError(f"it names {len(self.names)} columns and has {values.shape[1]} of them")
        return [np.ascontiguousarray(values[:, k]) for k in range(len(self.names))]

    def _parsed(self, block: list[str]) -> np.ndarray:
        try:
            return np.loadtxt(block, delimiter=self._separator, ndmin=2, comments=None)
        except ValueError:
            comma = self.header.decimal_comma
            plain = (plainly(line, comma) for line in block)
            return np.loadtxt(plain, delimiter=self._separator, ndmin=2, comments=None)

    def _whole_numbers(self, names: list[str]) -> dict[str, np.ndarray]:
        """Columns of integers, exactly; without those that have gaps."""
        places = [self.names.index(name) for name in names]
        found: dict[str, list[int]] = {name: [] for name in names}
        for block in self._blocks() if names else ():
            for line in block:
                cells = cells_of(line, self._separator)
                for name, k in zip(names, places, strict=True):
                    cell = cells[k].strip() if k < len(cells) else ""
                    if name in found and re.fullmatch(r"[+-]?\d+", cell):
                        found[name].append(int(cell))
                    else:
                        found.pop(name, None)
        exact = {}
        for name, numbers in found.items():
            if min(numbers) >= -(2**63) and max(numbers) < 2**64:
                exact[name] = np.array(numbers, np.int64 if max(numbers) < 2**63 else np.uint64)
        return exact

    def _mixed(self) -> list[np.ndarray]:
        """Columns of a table with words or gaps. Missing numbers are NaN."""
        seen: dict[str, str] = {}
        words: dict[str, str] = {}
        truths, numbers = set(self.names), set[str]()
        thousands: dict[str, str] = {}
        row = 0
        for cells in self._cells():
            for name, column in zip(self.names, cells, strict=True):
                if self._plain(column) is not None:
                    numbers.add(name)
                    continue
                for place, cell in enumerate(column, row + 1):
                    number = self._number(cell)
                    if number is not None:
                        if number == number:
                            numbers.add(name)
                        continue
                    seen.setdefault(name, f"{cell.strip()!r} in row {place}")
                    if cell.strip().lower() not in TRUTHS:
                        truths.discard(name)
                    if has_thousands(cell):
                        thousands.setdefault(name, cell.strip())
                    else:
                        words.setdefault(name, f"{cell.strip()!r} in row {place}")
            row += len(cells[0])
        for name, cell in thousands.items():
            if name not in words:
                raise ValueError(f"{cell!r} in the column {name!r} has separators of thousands: leave them out")
        self._check_points()
        truths -= numbers
        self.words = {name: seen[name] for name in self.names if name in seen and name not in truths}
        parts: list[list[np.ndarray]] = [[] for _ in self.names]
        for cells in self._cells():
            for name, column, found in zip(self.names, cells, parts, strict=True):
                plain = None if name in self.words else self._plain(column)
                if plain is not None:
                    found.append(plain)
                else:
                    found.append(np.array(column) if name in self.words else np.array([self._truth(c) for c in column]))
        return [np.concatenate(found) for found in parts]

    def _plain(self, cells: Sequence[str]) -> np.ndarray | None:
        """The numbers in cells, quickly; None: they have to be looked at one by one."""
        if self._separator != ",":
            return None  # points and commas have to be compared
        try:
            return None if any("_" in cell for cell in cells) else np.array(list(map(float, cells)))
        except ValueError:
            return None

    def _number(self, cell: str) -> float | None:
        """The number in a cell; NaN: it is missing; None: it holds something else."""
        if "," in cell and self._separator != ",":
            number = number_of(cell, decimal_comma=True)
            if number is not None:
                self._with_comma = self._with_comma or cell.strip()
            return number
        if not self._with_points and "." in cell and has_thousands(cell):
            self._with_points = cell.strip()
        return number_of(cell)

    def _check_points(self) -> None:
        """Raises ValueError if points may separate decimals or thousands."""
        if self._with_points and self._with_comma:
            what = f"it holds both {self._with_comma!r} and {self._with_points!r}"
            raise ValueError(f"{what}: leave out separators of thousands, and write all decimals in one way")

    def _truth(self, cell: str) -> float:
        number = self._number(cell)
        return TRUTHS[cell.strip().lower()] if number is None else number

    def _cells(self) -> Iterator[list[tuple[str, ...]]]:
        """Cells by column, block by block.

        Raises:
            ValueError: the number of columns of a row differs from that of the names.
        """
        before = 0
        for block in self._blocks():
            rows = self._split(block, before)
            before += len(rows)
            yield list(zip(*rows, strict=True))

    def _split(self, block: list[str], before: int) -> list[list[str]]:
        """The cells of a block of rows.

        Args:
            block: the lines.
            before: number of rows before them.

        Raises:
            ValueError: the number of columns of a row differs from that of the names.
        """
        try:
            if self._separator:
                rows = list(csv.reader(block, delimiter=self._separator, skipinitialspace=True))
            else:
                rows = [cells_of(line, None) for line in block]
        except csv.Error as error:
            raise ValueError(str(error)) from None
        count = len(self.names)
        for number, row in enumerate(rows, before + 1):
            if len(row) == count + 1 and not row[-1].strip():
                row.pop()  # the line ends with a separator
            if len(row) != count:
                raise ValueError(f"row {number} has {len(row)} columns where {count} are named")
        return rows


class _UnfitError(Exception):
    """The table is not one that pyarrow can read."""


_SPELLED = sorted({spelled for word in MISSING for spelled in (word, word.upper(), word.capitalize(), word.title())})
"""Missing values as pyarrow looks for them, which tells upper from lower case."""


def _encoding_of(start: bytes) -> str:
    """The encoding of a file that begins so: UTF-8, or Latin-1 if it is not that.

    Raises:
        ValueError: it is UTF-16 or UTF-32.
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start[:64].count(b"\0") > len(start[:64]) // 4:
        raise ValueError("its text is UTF-16 or binary: save it as UTF-8")
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        letters = sum(byte >= 0xA0 for byte in start)
        control = sum((byte < 0x20 and byte not in b"\t\n\r\f") or 0x80 <= byte < 0xA0 for byte in start)
        if control or 4 * letters > len(start):
            raise
        return "latin-1"
    return "utf-8-sig"
