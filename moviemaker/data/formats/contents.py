"""What a reader hands over: named arrays that are read when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Vector = tuple[float, float, float]


Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""First sample and the one after the last, along x, y and z."""


def _never(index: int | None, box: Box) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Pieces:
    """How a grid is read piece by piece, as it may be too large for memory.

    Attributes:
        chunks: samples along x, y and z that are read together in any case.
        read: gives a box of the grid, of a series that of the snapshot with this index.
        blank: gives the value of all of a box, if nothing was ever written there, else None.
        coarser: the same grid with fewer samples, where the file has it so: the finest first.
    """

    chunks: tuple[int, int, int]
    read: Callable[[int | None, Box], np.ndarray]
    blank: Callable[[int | None, Box], float | None] = _never
    coarser: tuple[Coarser, ...] = ()


@dataclass(frozen=True, eq=False)
class Coarser:
    """A grid with fewer samples of what another one holds.

    Attributes:
        stored: its array.
        step, shift: along x, y and z its sample i is at sample `shift + i * step` of the other one.
    """

    stored: Stored
    step: Vector
    shift: Vector


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file, not yet read.

    Attributes:
        shape: of the whole array. In a series whose snapshots differ in length the second axis is that of the first.
        dtype: as stored, of any byte order.
        read: gives the whole array for None, or the part with this index along the first axis.
        take: gives the rows of these numbers, where a format can read them without all the others.
        part: gives the rows from one number up to another, where a format can read them without all the others.
        pieces: how a grid is read piece by piece, where a format can.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[int | None], np.ndarray]
    take: Callable[[np.ndarray], np.ndarray] | None = None
    part: Callable[[int, int], np.ndarray] | None = None
    pieces: Pieces | None = None

    def rows(self, numbers: np.ndarray) -> np.ndarray:
        """The rows of these numbers (n,), which are not negative."""
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
        return int(np.prod(self.shape)) * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything in one file.

    Attributes:
        arrays: by name; a file with a single array without a name calls it `NAMELESS`.
        origin, spacing, direction: of the grid, as in `core.fields.Grid`, where the format knows them.
        lazy: whether opening the file read no more than a header.
        files: other files that the arrays come from: those of a collection, a topology.
        groups: the arrays of each group of a file that has groups, by the names they have in it.
        header: attributes of the whole file that are numbers, such as `Time` and `BoxSize`.
        box: vectors of the periodic box in rows, (3, 3), or (t, 3, 3) one for each time; NaN at a time without one.
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


NAMELESS = "value"


@dataclass(frozen=True, eq=False)
class Rows:
    """A table of numbers that is read piece by piece, as it may be too large for memory.

    Attributes:
        columns: by name, the shape of what a row has in it: () or, for vectors, (3,).
        count: number of rows; None: that is known at the end.
        pieces: gives the named columns of some rows after another, in order.
    """

    columns: Mapping[str, tuple[int, ...]]
    count: int | None
    pieces: Callable[[Sequence[str]], Iterator[Mapping[str, np.ndarray]]]


ROWS_AT_ONCE = 1 << 20
"""Rows of a piece."""


def rows_of(arrays: Mapping[str, Stored]) -> Rows:
    """Those arrays of a file that are as long as the first as a table. What cannot be read in parts is read whole."""
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
    """How the bytes of a raw file are to be taken.

    Attributes:
        shape: number of samples along each axis, x first.
        dtype: NumPy's name of the type of one sample.
        order: `C` if the last axis runs fastest, `F` if the first does.
        offset: bytes before the first sample.
    """

    shape: tuple[int, ...]
    dtype: str = "uint8"
    order: str = "C"
    offset: int = 0


@dataclass(frozen=True)
class Structure:
    """What a scene adds to a file of molecules.

    Attributes:
        topology: the file that names the atoms, if the positions are in a file which does not.
        atoms: which of them, in MDAnalysis' selection language; None: all.
    """

    topology: Path | None = None
    atoms: str | None = None


def in_memory(array: np.ndarray) -> Stored:
    """An array that is there already."""
    return Stored(array.shape, array.dtype, lambda index: array if index is None else array[index])


def read_once(shape: tuple[int, ...], dtype: np.dtype, load: Callable[[], np.ndarray]) -> Stored:
    """An array of a compressed file, which can only be read as a whole: read when it is first needed, then kept."""
    kept: list[np.ndarray] = []

    def read(index: int | None) -> np.ndarray:
        if not kept:
            kept.append(load())
        return kept[0] if index is None else kept[0][index]

    return Stored(shape, dtype, read)
