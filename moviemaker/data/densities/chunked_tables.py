"""Particles in tables that may be larger than memory: their columns, and their rows piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fingerprint import file_fingerprint, fingerprint
from moviemaker.core.geometry import norms
from moviemaker.core.machine.in_memory import held_at
from moviemaker.core.machine.regular_files import expanded, is_there
from moviemaker.data.columns.conditions import Condition
from moviemaker.data.columns.roles import POSITION_NAMES, Names, position_columns
from moviemaker.data.files.boundary import guarded, reading
from moviemaker.data.files.find import find_files, open_file
from moviemaker.data.files.first_look import look_first
from moviemaker.data.files.matching import matching
from moviemaker.data.formats.contents import HeldContents, Rows, rows_of
from moviemaker.data.particle_sets.multipart import arrays_of_group
from moviemaker.data.readers import parquet, tables

BY_PIECES = {suffix: reader.open_rows for reader in (parquet, tables) for suffix in reader.SUFFIXES}
"""Readers of tables by file suffix; other files are read array by array."""

Piece = tuple[np.ndarray, np.ndarray | None]
"""Positions (3, n) and weights (n,) of some rows; without weights None."""


@dataclass
class Counts:
    """Number of rows that were read, and of those without a finite position or weight."""

    rows: int = 0
    astray: int = 0
    weightless: int = 0


@dataclass(frozen=True, eq=False)
class Table:
    """Particles in tables, concatenated.

    Attributes:
        parts: the tables.
        position: names of three columns, or of one of vectors.
        weights: name of a column; None: all weigh 1.
        condition: on the rows that are taken; None: all.
        paths: the files, if the tables are in files.
        group: the group of the files that the columns are in.
        box: vectors of the periodic box that the first file gives, as rows (3, 3); None: it gives none.
    """

    parts: tuple[Rows, ...]
    position: tuple[str, ...]
    weights: str | None = None
    condition: Condition | None = None
    paths: tuple[Path, ...] = ()
    group: str | None = None
    box: np.ndarray | None = None

    @property
    def count(self) -> int | None:
        """Number of rows; None: unknown before the end."""
        counts = [part.count for part in self.parts]
        return None if None in counts else sum(count for count in counts if count is not None)

    def pieces(self, counts: Counts) -> Iterator[Piece]:
        """Finite positions (3, n) float64 and weights (n,) float64, piece by piece.

        Args:
            counts: of rows; the pieces are added to them.

        Raises:
            InputError: at `file`: a file cannot be read.
        """
        needed = [*self.position, *([self.weights] if self.weights else [])]
        for part in self.parts:
            used = [name for name in self.condition.names if name in part.columns] if self.condition else []
            pieces = part.pieces(tuple(dict.fromkeys([*needed, *used])))
            for piece in pieces:
                yield self._taken(piece, counts)

    def _taken(self, piece: Mapping[str, np.ndarray], counts: Counts) -> Piece:
        columns = [piece[name] for name in self.position]
        rows = columns[0].T if len(columns) == 1 else columns
        position = np.empty((3, len(columns[0])))
        for axis in range(3):
            position[axis] = rows[axis]
        mass = None if self.weights is None else np.asarray(piece[self.weights], np.float64)
        if self.condition is not None:
            known = {name: piece[name] if name in piece else _computed(name, position) for name in self.condition.names}
            chosen = self.condition.holds(known, position.shape[1])
            position, mass = position[:, chosen], None if mass is None else mass[chosen]
        counts.rows += len(columns[0])
        # A sum is not finite if any of its terms is not.
        if not np.isfinite(position.sum()):
            finite = np.isfinite(position).all(axis=0)
            counts.astray += int(np.count_nonzero(~finite))
            position, mass = position[:, finite], None if mass is None else mass[finite]
        if mass is not None and not np.isfinite(mass.sum()):
            finite = np.isfinite(mass)
            counts.weightless += int(np.count_nonzero(~finite))
            position, mass = position[:, finite], mass[finite]
        return position, mass

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of all rows that it gives; None: the table is in memory."""
        if not self.paths:
            return None
        files = [file_fingerprint(str(path)) for path in self.paths]
        text = None if self.condition is None else self.condition.text
        return fingerprint(files, self.position, self.weights, text, self.group)


def open_tables(
    file: str | Sequence[str],
    folder: Path,
    position: str | tuple[str, ...] | None,
    group: str | None,
    weights: str | None,
    select: str | None,
) -> Table:
    """Opens files as one table.

    Args:
        file: a path, a glob, a list of paths, or a folder of Parquet files.
        folder: from which relative paths start.
        position: names of three columns, or of an array of vectors; None: found by usual names.
        group: of HDF5 files.
        weights: name of a column.
        select: a condition on the columns, and on `x`, `y`, `z` and `distance`.

    Raises:
        InputError: at `file`, `position`, `group`, `weights` or `select`.
    """
    if isinstance(file, str) and is_there(expanded(file, folder)) and expanded(file, folder).is_dir():
        if not any(matching(expanded(file, folder) / "**" / "*.parquet")):
            raise InputError(f"the folder {file!r} holds no Parquet files", "write a file, or a glob", ("file",))
        file = f"{file.rstrip('/')}/**/*.parquet"
    paths = find_files(file, folder)
    parts, box = [], None
    for number, path in enumerate(paths):
        opener = BY_PIECES.get(path.suffixes[-2] if path.suffix in (".gz", ".bz2", ".xz") else path.suffix.lower())
        held = held_at(path)
        rows = held.rows() if isinstance(held, HeldContents) else None
        with reading(path):
            if rows is not None:
                parts.append(rows)
                continue
            if opener is not None:
                look_first(path)
                parts.append(guarded(opener(path), path))
                continue
            contents = open_file(path)
            parts.append(rows_of(arrays_of_group(contents, group, Names(position), path)))
            if number == 0 and contents.box is not None and contents.box.ndim == 2:
                box = np.asarray(contents.box.read(None), float)
    table = chosen_columns(tuple(parts), position, weights, select, paths[0].name)
    return Table(table.parts, table.position, weights, table.condition, paths, group, box)


def chosen_columns(
    parts: tuple[Rows, ...], position: str | tuple[str, ...] | None, weights: str | None, select: str | None, name: str
) -> Table:
    """Tables with the given columns.

    Args:
        parts: the tables.
        position, weights, select: as in `open_tables`.
        name: of the first one, for messages.

    Raises:
        InputError: at `file`, `position`, `weights` or `select`: a column is missing.
    """
    columns = parts[0].columns
    found = _position(columns, position, name)
    condition = None if select is None else Condition(select)
    wanted: list[tuple[str, tuple[str | int, ...]]] = [(part, ("position",)) for part in found]
    wanted += [(weights, ("weights",))] if weights is not None else []
    wanted += [(part, ("select",)) for part in condition.names if part not in _COMPUTED] if condition else []
    for part in parts:
        for column, at in wanted:
            if column not in part.columns:
                what = f"no such column of numbers {column!r} in {name!r}"
                raise InputError(what, suggest(column, part.columns, "column"), at)
            if part.columns[column] and at != ("position",):
                raise InputError(f"{column!r} has several values in every row", "name a column that has one", at)
    return Table(parts, found, weights, condition)


_COMPUTED = ("x", "y", "z", "distance")


def _computed(name: str, position: np.ndarray) -> np.ndarray:
    return norms(position.T) if name == "distance" else np.asarray(position["xyz".index(name)])


def _position(
    columns: Mapping[str, tuple[int, ...]], written: str | tuple[str, ...] | None, name: str
) -> tuple[str, ...]:
    """Names of the columns of positions: those written, or those with usual names.

    Raises:
        InputError: at `position`: no such columns.
    """
    if isinstance(written, tuple):
        return written
    lower = {column.lower(): column for column in reversed(list(columns))}
    if written is not None or any(columns[lower[usual]] == (3,) for usual in POSITION_NAMES if usual in lower):
        vector = written or next(lower[usual] for usual in POSITION_NAMES if usual in lower and columns[lower[usual]])
        if columns.get(vector, (3,)) != (3,):
            raise InputError(
                f"{vector!r} is one number in a row", "name three columns, such as [x, y, z]", ("position",)
            )
        return (vector,)
    usual_columns = position_columns(columns)
    if usual_columns is not None:
        return usual_columns
    shown = ", ".join(list(columns)[:8]) or "no column of numbers"
    what = f"no positions could be found in {name!r}, which holds {shown}"
    raise InputError(what, "write position: with the names of three columns, such as [x, y, z]", ("position",))
