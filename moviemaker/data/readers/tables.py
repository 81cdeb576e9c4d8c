"""Tables of text: comma, semicolon, tab or space between the columns, and a line of names on top.

The names may stand behind a `#`. A file which names k columns and holds k long rows is the same table on its side.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np

from moviemaker.data.readers._compressed import open_binary
from moviemaker.data.readers._contents import Contents, in_memory

SUFFIXES = (".csv", ".txt", ".dat", ".tsv")
COMPRESSIBLE = SUFFIXES

_EXACT = 2**53  # whole numbers above it do not fit into a float


def open_file(path: Path) -> Contents:
    """The columns by name, numbers as float64 (whole numbers too long for it as int64), others as text.

    Raises:
        OSError, EOFError, UnicodeDecodeError: the file cannot be read.
        ValueError: it is no table.
    """
    with open_binary(path) as file:
        text = file.read().decode("utf-8-sig")
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip(" #\t")), None)
    if first is None:
        raise ValueError("it is empty")
    head = lines[first].lstrip("# \t")
    separator = next((mark for mark in ",;\t" if mark in head), None)
    names = [name.strip().strip('"') for name in (head.split(separator) if separator else head.split())]
    if any(_is_number(name) for name in names):
        names, body = _usual_names(len(names)), lines[first:]
    else:
        body = lines[first + 1 :]
    body = [line for line in body if line.strip() and not line.lstrip().startswith("#")]
    if not body:
        raise ValueError("it has names of columns but no rows")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two columns are called {twice!r}")
    return Contents({name: in_memory(column) for name, column in _columns(names, body, separator).items()}, lazy=False)


def _columns(names: list[str], body: list[str], separator: str | None) -> dict[str, np.ndarray]:
    try:
        # The fast way, which knows nothing but numbers.
        values = np.loadtxt(io.StringIO("\n".join(body)), delimiter=separator, ndmin=2, comments=None)
    except ValueError:
        return _mixed_columns(names, body, separator)
    if values.shape[1] != len(names) and values.shape[0] == len(names):
        values = values.T
    if values.shape[1] != len(names):
        raise ValueError(f"it names {len(names)} columns and has {values.shape[1]} of them")
    columns = {name: np.ascontiguousarray(values[:, k]) for k, name in enumerate(names)}
    for k, (name, column) in enumerate(columns.items()):
        if np.abs(column).max(initial=0) >= _EXACT and re.fullmatch(r"\s*[+-]?\d+\s*", _cell(body[0], separator, k)):
            columns[name] = np.array([int(_cell(line, separator, k)) for line in body], np.int64)
    return columns


def _cell(line: str, separator: str | None, k: int) -> str:
    cells = line.split(separator)
    return cells[k] if k < len(cells) else ""


def _mixed_columns(names: list[str], body: list[str], separator: str | None) -> dict[str, np.ndarray]:
    """Columns of a table with words or gaps in it; a gap among numbers is NaN."""
    if separator:
        rows = list(csv.reader(body, delimiter=separator, skipinitialspace=True))
    else:
        rows = [line.split() for line in body]
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise ValueError(f"row {number} has {len(row)} columns where {len(names)} are named")
    columns: dict[str, np.ndarray] = {}
    for name, cells in zip(names, zip(*rows, strict=True), strict=True):
        try:
            columns[name] = np.array([float(cell) if cell.strip() else np.nan for cell in cells])
        except ValueError:
            columns[name] = np.array(cells)
    return columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.lower() not in ("nan", "inf", "infinity")


def _usual_names(count: int) -> list[str]:
    names = ["x", "y", "z", "vx", "vy", "vz"]
    if count not in (3, 6):
        raise ValueError(f"its first line does not name its {count} columns")
    return names[:count]
