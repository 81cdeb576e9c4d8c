"""Contents of a file as a reader gives them: named arrays that are read when they are needed."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from moviemaker.core.fingerprint import add_to_hash

Vector = tuple[float, float, float]


IndexBox = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""First sample, and the one after the last, along x, y and z."""


def _never(index: int | None, box: IndexBox) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Pieces:
    """Piecewise reading of a grid that may be too large for memory.

    Attributes:
        chunks: samples along x, y and z that are decoded together.
        read: gives a box of the grid; of a series, a box of the snapshot with this index.
        blank: gives the constant value of a box that was never written, else None.
        coarser: coarser levels of the same grid in the file, the finest first.
    """

    chunks: tuple[int, int, int]
    read: Callable[[int | None, IndexBox], np.ndarray]
    blank: Callable[[int | None, IndexBox], float | None] = _never
    coarser: tuple[Coarser, ...] = ()


@dataclass(frozen=True, eq=False)
class Coarser:
    """A coarser level of a grid.

    Attributes:
        stored: its array.
        step, shift: along x, y and z, sample i is at sample `shift + i * step` of the grid.
    """

    stored: Stored
    step: Vector
    shift: Vector


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file, not yet read.

    Attributes:
        shape: of the whole array. If snapshots differ in length, the second axis is that of the first snapshot.
        dtype: as stored, in any byte order.
        read: gives the whole array for None, or the entry with this index along the first axis.
        take: gives the rows with these indices; None: the format has to read all rows for that.
        part: gives the rows from one index up to another; None: the format has to read all rows for that.
        pieces: piecewise reading of a grid; None: the format has to read the whole grid.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[int | None], np.ndarray]
    take: Callable[[np.ndarray], np.ndarray] | None = None
    part: Callable[[int, int], np.ndarray] | None = None
    pieces: Pieces | None = None

    def rows(self, numbers: np.ndarray) -> np.ndarray:
        """The rows with these indices (n,), which are not negative."""
        if self.take is not None:
            return self.take(numbers)
        picked: np.ndarray = np.asarray(self.read(None))[numbers]
        return picked

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of the whole array in memory."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything in one file.

    Attributes:
        arrays: by name; a single array without a name is called `NAMELESS`.
        origin, spacing, direction: of the grid, as in `core.fields.Grid`, where the format knows them.
        lazy: whether opening the file read no more than a header.
        files: other files that the arrays come from: those of a collection, a topology.
        groups: arrays of each group of the file, by their names in the group.
        header: attributes of the whole file that are numbers, such as `Time` and `BoxSize`.
        box: vectors of the periodic box as rows (3, 3), or (t, 3, 3) for each time; NaN at times without a box, and 0
            along an axis that is not periodic.
        corner: lower corner of that box (3,), or (t, 3) for each time; None: unknown.
        boxes: the boxes of those groups that have one of their own.
        unwrapped: whether positions go on across the edges of the box instead of coming in on the other side.
        bonds: pairs of rows that are bonded (m, 2), at all times; None: unknown.
        facts: what `moviemaker info` says of the file beside its arrays.
        warnings: what is wrong with the file although it can be read.
        units: of the arrays, by name, where the file says them.
        missing: number of missing values in columns of a table that have some.
        text: of columns of a table that are text, the first word and its row.
    """

    arrays: Mapping[str, Stored] = field(default_factory=dict)
    origin: Vector | None = None
    spacing: Vector | None = None
    direction: np.ndarray | None = None
    lazy: bool = True
    files: tuple[Path, ...] = ()
    groups: Mapping[str, Mapping[str, Stored]] = field(default_factory=dict)
    header: Mapping[str, np.ndarray] = field(default_factory=dict)
    box: Stored | None = None
    corner: Stored | None = None
    boxes: Mapping[str, Stored] = field(default_factory=dict)
    unwrapped: bool = False
    bonds: np.ndarray | None = None
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)


NAMELESS = "value"


@dataclass(frozen=True, eq=False)
class Rows:
    """A table of numbers that may be too large for memory, and is read piece by piece.

    Attributes:
        columns: by name, the shape of one entry: (), or (3,) for vectors.
        count: number of rows; None: unknown before the end.
        pieces: gives the named columns, block of rows by block of rows.
    """

    columns: Mapping[str, tuple[int, ...]]
    count: int | None
    pieces: Callable[[Sequence[str]], Iterator[Mapping[str, np.ndarray]]]


ROWS_AT_ONCE = 1 << 20
"""Rows of a block."""


def rows_of(arrays: Mapping[str, Stored]) -> Rows:
    """The arrays of a file that are as long as the first one, as a table. Some formats read them whole."""
    count = next((stored.shape[0] for stored in arrays.values() if stored.ndim in (1, 2)), 0)
    usable = {name: stored for name, stored in arrays.items() if stored.ndim in (1, 2) and stored.shape[0] == count}

    def pieces(names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        whole = {name: usable[name].read(None) for name in names if usable[name].part is None}
        for start in range(0, count, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, count)
            piece = {}
            for name in names:
                part = usable[name].part
                piece[name] = whole[name][start:stop] if part is None else part(start, stop)
            yield piece

    return Rows({name: stored.shape[1:] for name, stored in usable.items()}, count, pieces)


@dataclass(frozen=True)
class Layout:
    """Layout of a raw file.

    Attributes:
        shape: number of samples along each axis, x first.
        dtype: NumPy's name of the type of one sample.
        order: `C` if the last axis varies fastest, `F` if the first one does.
        offset: bytes before the first sample.
    """

    shape: tuple[int, ...]
    dtype: str = "uint8"
    order: str = "C"
    offset: int = 0


@dataclass(frozen=True)
class Structure:
    """Keys of a scene for a file of molecules.

    Attributes:
        topology: the file that names the atoms, if the file of positions does not.
        atoms: selection in the language of MDAnalysis; None: all atoms.
    """

    topology: Path | None = None
    atoms: str | None = None


def in_memory(array: np.ndarray) -> Stored:
    """An array that is in memory, or mapped into it."""
    return Stored(array.shape, array.dtype, lambda index: array if index is None else array[index])


def read_once(shape: tuple[int, ...], dtype: np.dtype, load: Callable[[], np.ndarray]) -> Stored:
    """An array that can only be read as a whole: it is read when it is first needed, then kept."""
    kept: list[np.ndarray] = []

    def read(index: int | None) -> np.ndarray:
        if not kept:
            kept.append(load())
        return kept[0] if index is None else kept[0][index]

    return Stored(shape, dtype, read)


class HeldContents(ABC):
    """Contents that Python gives to a scene, in place of a file; `core.machine.in_memory` names them.

    Attributes:
        what: what they are, such as `ndarray`.
        suffix: ending of the file that `write` writes, by which the kinds of data choose how they treat it.
        may_change: whether Python may change them, since they are not copied.
    """

    what: str
    suffix: str
    may_change: bool = False

    @abstractmethod
    def contents(self) -> Contents:
        """The contents, as the reader of that file gives them."""

    def rows(self) -> Rows | None:
        """The contents as a table that is read piece by piece; None: they are read array by array."""
        return None

    @abstractmethod
    def write(self, path: Path) -> None:
        """Writes a file, or a folder of Zarr, with the same contents.

        Raises:
            OSError: it cannot be written.
        """

    @abstractmethod
    def parts(self) -> Iterator[object]:
        """Arrays and values that tell these contents from others."""

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the content, computed when it is first asked for."""
        return self._hash()

    @property
    def has_changed(self) -> bool:
        """Whether the content is another one than when the hash was computed."""
        return self.may_change and "fingerprint" in self.__dict__ and self._hash() != self.fingerprint

    def _hash(self) -> str:
        digest = hashlib.sha256(type(self).__name__.encode())
        for part in self.parts():
            add_to_hash(digest, part)
        return digest.hexdigest()
