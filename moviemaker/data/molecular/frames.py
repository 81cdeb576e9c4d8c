"""Frames of atoms as a format's module finds them, and how they become arrays.

Rows are sorted by their ids. A field that a frame lacks is missing there (NaN). If the number of atoms changes and the
file gives no ids, the numbers of the rows stand for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from moviemaker.core.recent import Recent
from moviemaker.data.formats.contents import Contents, Stored, Structure, in_memory
from moviemaker.data.formats.elements import by_element
from moviemaker.data.molecular.atoms import Chosen, Picker
from moviemaker.data.molecular.chains import OF_NAMES, with_structure
from moviemaker.data.molecular.residues import codes_of

OF_ELEMENTS = ("atomic_number", "element", "radius", "diameter", "cpk")
"""Fields that follow from the elements."""


@dataclass(frozen=True)
class Column:
    """A field of a frame.

    Attributes:
        name: of the field.
        kind: `i` for whole numbers, `f` for others, as NumPy calls them.
        width: numbers for each atom; 0: one, and the array has a single axis.
    """

    name: str
    kind: str
    width: int = 0


@dataclass(frozen=True, eq=False)
class Frame:
    """What a frame says of itself beside its rows.

    Attributes:
        count: number of atoms.
        columns: the fields of numbers.
        time: of the frame; None: unknown.
        box: vectors of the box as rows (3, 3), zero along an axis that is not periodic; None: no periodic box.
        corner: lower corner of the box (3,); None: unknown.
    """

    count: int
    columns: tuple[Column, ...]
    time: float | None = None
    box: np.ndarray | None = None
    corner: np.ndarray | None = None


class FrameFile(Protocol):
    """An open file of frames."""

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames, at least one."""
        ...

    @property
    def has_elements(self) -> bool:
        """Whether `texts` gives elements."""
        ...

    @property
    def angstrom(self) -> float:
        """Length of an angstrom in the unit of the positions."""
        ...

    @property
    def unwrapped(self) -> bool:
        """Whether positions go on across the edges of the box instead of coming in on the other side."""
        ...

    @property
    def facts(self) -> tuple[str, ...]:
        """What users may want to know about the file, for `moviemaker info`."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file although it can be read."""
        ...

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Fields of a frame, each (n,) or (n, width), with `position` among them."""
        ...

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """Words of a frame, each (n,): `element`, `name`, `residue`, `chain`, as far as the file has them."""
        ...


def contents_of(file: FrameFile, path: Path, structure: Structure | None) -> Contents:
    """The arrays of a file of frames; one frame is in memory at a time.

    Args:
        file: the frames.
        path: of the file, for messages.
        structure: topology and selection of atoms of the scene.

    Raises:
        InputError: at `topology` or `atoms`: they do not fit the file.
        ValueError: the file cannot be read.
    """
    atoms = _Atoms(file, path, structure or Structure())
    frames, steps = file.frames, len(file.frames)
    arrays = {column.name: atoms.stored(column) for column in atoms.columns}
    times = [frame.time for frame in frames]
    if all(time is not None for time in times):
        arrays["time"] = in_memory(np.array(times, float))
    box = corner = None
    if any(frame.box is not None for frame in frames):
        box = _per_frame(steps, (3, 3), lambda index: frames[index].box)
        if any(frame.corner is not None for frame in frames):
            corner = _per_frame(steps, (3,), lambda index: frames[index].corner)
    topology = structure.topology if structure is not None else None
    return Contents(
        arrays if file.angstrom != 1.0 else with_structure(arrays, atoms.same_count),
        files=() if topology is None else (topology,),
        box=box,
        corner=corner,
        unwrapped=file.unwrapped,
        bonds=atoms.bonds,
        facts=(atoms.count, *file.facts),
        warnings=(*file.warnings, *atoms.warnings),
    )


def _per_frame(steps: int, shape: tuple[int, ...], one: Callable[[int], np.ndarray | None]) -> Stored:
    def read(index: int | None) -> np.ndarray:
        if index is None:
            return np.stack([read(step) for step in range(steps)])
        found = one(index)
        return np.full(shape, np.nan) if found is None else np.asarray(found, float)

    return Stored((steps, *shape), np.dtype(float), read)


class _Atoms:
    """The atoms of all frames, sorted and selected."""

    def __init__(self, file: FrameFile, path: Path, structure: Structure):
        self._file = file
        self._alone = threading.RLock()
        self._numbers: Recent[Mapping[str, np.ndarray]] = Recent(2)
        self._texts: Recent[Mapping[str, np.ndarray]] = Recent(1)
        self._chosen: Recent[Chosen] = Recent(2)
        self._colors: tuple[np.ndarray, dict[str, np.ndarray]] | None = None
        self._named: tuple[Mapping[str, np.ndarray], dict[str, np.ndarray]] | None = None
        self._picker = Picker(path, structure) if structure.topology or structure.atoms else None
        counts = {frame.count for frame in file.frames}
        self.same_count = len(counts) == 1
        has_ids = all(any(column.name == "id" for column in frame.columns) for frame in file.frames)
        self._numbered = not has_ids and not self.same_count
        self.warnings: tuple[str, ...] = ()
        if self._numbered:
            what = f"the number of atoms changes, from {min(counts)} to {max(counts)}, and the file gives no ids"
            self.warnings = (f"{what}: atoms are matched by the numbers of their rows",)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All fields, of the types that hold their values in every frame."""
        found: dict[str, Column] = {}
        uses: dict[str, int] = {}
        layouts: dict[tuple[Column, ...], int] = {}
        for frame in self._file.frames:
            layouts[frame.columns] = layouts.get(frame.columns, 0) + 1
        for layout, times in layouts.items():
            for column in layout:
                known = found.setdefault(column.name, column)
                uses[column.name] = uses.get(column.name, 0) + times
                if known.width != column.width:
                    raise ValueError(f"{column.name!r} has {known.width} columns at first and {column.width} later")
                if known.kind == "i" and column.kind == "f":
                    found[column.name] = column
        for name, column in found.items():
            if uses[name] < len(self._file.frames) and column.kind == "i" and name != "id":
                found[name] = Column(name, "f", column.width)
        if self._numbered:
            found["id"] = Column("id", "i")
        if self._picker is not None:
            found |= {name: Column(name, *kind) for name, kind in self._first.kinds.items() if name not in found}
        found |= {name: Column(name, "i") for name in self._codes(0)}
        if self._file.has_elements:
            found |= {name: Column(name, "i") for name in ("atomic_number", "element")}
            found["cpk"] = Column("cpk", "u", 3)
            found |= {name: Column(name, "f") for name in ("radius", "diameter")}
        return tuple(found.values())

    @property
    def count(self) -> str:
        """How many atoms the frames hold, for users."""
        counts = {frame.count for frame in self._file.frames}
        least, most = min(counts), max(counts)
        return f"atoms:  {least}" if least == most else f"atoms:  {least} to {most}"

    @property
    def _first(self) -> Chosen:
        return self._choice(0)

    @property
    def bonds(self) -> np.ndarray | None:
        """Bonds that a topology gives, as numbers of rows (m, 2); None: unknown."""
        return None if self._picker is None or not self.same_count else self._first.bonds

    def stored(self, column: Column) -> Stored:
        """One field in all frames."""
        steps = len(self._file.frames)
        more = (column.width,) if column.width else ()
        dtype = {"i": np.int64, "f": np.float64, "u": np.uint8}[column.kind]

        def one(index: int) -> np.ndarray:
            with self._alone:
                return np.asarray(self._value(index, column), dtype)

        def read(index: int | None) -> np.ndarray:
            return one(index) if index is not None else np.stack([one(step) for step in range(steps)])

        return Stored((steps, self._size, *more), np.dtype(dtype), read)

    @cached_property
    def _size(self) -> int:
        return self._file.frames[0].count if self._picker is None else len(self._first.rows)

    def _value(self, index: int, column: Column) -> np.ndarray:
        if column.name in OF_ELEMENTS and self._file.has_elements:
            return self._of_elements(index)[column.name]
        if column.name in OF_NAMES and (codes := self._codes(index)):
            rows = self._rows(index)
            return codes[column.name] if rows is None else codes[column.name][rows]
        numbers = self._numbers.get(index, lambda: self._file.numbers(index))
        values = numbers.get(column.name)
        if self._picker is not None and values is None:
            values = self._choice(index).fields.get(column.name)
            if values is not None:
                return values  # of the selected atoms
        if values is None and column.name == "id":
            values = np.arange(self._file.frames[index].count)
        if values is None:
            more = (column.width,) if column.width else ()
            values = np.full((self._file.frames[index].count, *more), np.nan)
        rows = self._rows(index)
        return values if rows is None else values[rows]

    def _of_elements(self, index: int) -> dict[str, np.ndarray]:
        symbols = np.asarray(self._texts.get(index, lambda: self._file.texts(index))["element"])
        rows = self._rows(index)
        symbols = symbols if rows is None else symbols[rows]
        if self._colors is None or not np.array_equal(self._colors[0], symbols):
            self._colors = symbols, by_element(symbols, self._file.angstrom)
        return self._colors[1]

    def _codes(self, index: int) -> dict[str, np.ndarray]:
        """Fields that follow from names, if the file has names of atoms and of residues."""
        if all(column.name != "resid" for column in self._file.frames[index].columns):
            return {}
        texts = self._texts.get(index, lambda: self._file.texts(index))
        if "name" not in texts or "residue" not in texts:
            return {}
        if self._named is None or self._named[0] is not texts:
            self._named = texts, codes_of(texts["name"], texts["residue"])
        return self._named[1]

    def _rows(self, index: int) -> np.ndarray | None:
        """Rows in the order of their ids, perhaps only some; None: all as they stand."""
        return self._order(index) if self._picker is None else self._choice(index).rows

    def _order(self, index: int) -> np.ndarray | None:
        ids = self._numbers.get(index, lambda: self._file.numbers(index)).get("id")
        return None if ids is None or (ids[1:] >= ids[:-1]).all() else np.argsort(ids, kind="stable")

    def _choice(self, index: int) -> Chosen:
        def choose() -> Chosen:
            assert self._picker is not None
            numbers, texts = self._file.numbers(index), self._file.texts(index)
            order = self._order(index)
            order = np.arange(self._file.frames[index].count) if order is None else order
            box, others_hold_more = self._file.frames[index].box, index > 0 or not self.same_count
            return self._picker.choose(numbers, texts, order, box, others_hold_more)

        if self.same_count and "id" not in self._numbers.get(index, lambda: self._file.numbers(index)):
            index = 0
        return self._chosen.get(index, choose)
