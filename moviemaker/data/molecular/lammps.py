"""Dumps of LAMMPS in text: `ITEM: TIMESTEP`, `NUMBER OF ATOMS`, `BOX BOUNDS`, `ATOMS`, and perhaps `UNITS` and `TIME`.

Read after the documentation of LAMMPS, "dump command" and "Triclinic simulation boxes" (the vectors of the box from its
bounds and tilt factors, and general ones by `abc origin`). The time of a frame is that of `ITEM: TIME`, or else the
number of the step. Scaled positions (`xs ys zs`) are those in the box, moved to where the box lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.data.molecular.frames import Column, Frame
from moviemaker.data.molecular.lines import LineScanner, TextFile, number, table, texts

POSITIONS = (("x", "y", "z"), ("xu", "yu", "zu"), ("xs", "ys", "zs"), ("xsu", "ysu", "zsu"))
"""Columns of positions, the first that are there are taken."""

VELOCITIES = ("vx", "vy", "vz")
IMAGES = ("ix", "iy", "iz")
_WHOLE = {"id", "type", "mol", "proc", "procp1", "ix", "iy", "iz"}
_WORDS = {"element", "typelabel", "type_label"}
_ANGSTROM = {"real": 1.0, "metal": 1.0, "si": 1e-10, "cgs": 1e-8, "electron": 1.8897261, "micro": 1e-4, "nano": 0.1}
_UNITS = {
    "real": "angstrom and femtoseconds",
    "metal": "angstrom and picoseconds",
    "si": "metres and seconds",
    "cgs": "centimetres and seconds",
    "electron": "bohr and femtoseconds",
    "micro": "micrometres and microseconds",
    "nano": "nanometres and nanoseconds",
    "lj": "reduced ones of Lennard-Jones",
}


@dataclass(frozen=True, eq=False)
class _Rows:
    """Where the rows of a frame lie, and what their columns are called."""

    offset: int
    size: int
    names: tuple[str, ...]


@dataclass
class _Header:
    """What is known of a frame while its header is read."""

    step: float | None = None
    time: float | None = None
    count: int = -1
    box: np.ndarray | None = None
    corner: np.ndarray | None = None
    periodic: tuple[bool, ...] = (True, True, True)


class Dump:
    """A dump file.

    Args:
        path: of the file.

    Raises:
        ValueError: it holds no whole frame.
    """

    def __init__(self, path: Path):
        self._text = TextFile(path)
        self._rows: list[_Rows] = []
        self._boxes: list[tuple[np.ndarray, np.ndarray]] = []
        self._columns: dict[tuple[str, ...], tuple[Column, ...]] = {}
        self._words: dict[tuple[str, ...], frozenset[str]] = {}
        self._headers: list[_Header] = []
        self._units = ""
        self._lost = 0
        self._rows_left = False
        self.frames: Sequence[Frame] = self._scan()
        if not self.frames:
            raise ValueError("it ends within its first frame" if self._lost else "it holds no frame")
        timed = all(header.time is not None for header in self._headers)
        self.frames = [
            Frame(frame.count, frame.columns, header.time if timed else header.step, frame.box, frame.corner)
            for frame, header in zip(self.frames, self._headers, strict=True)
        ]
        self.has_elements = all("element" in rows.names for rows in self._rows)
        self.angstrom = _ANGSTROM.get(self._units, 1.0)
        self.unwrapped = all(_position_of(rows.names)[0] in ("xu", "xsu") for rows in self._rows)

    @property
    def facts(self) -> tuple[str, ...]:
        """Units, if the file says them."""
        return (f"units:  {self._units}, {_UNITS[self._units]}",) if self._units in _UNITS else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Frames that are cut off."""
        if not self._lost:
            return ()
        what = "1 frame lacks rows" if self._lost == 1 else f"{self._lost} frames lack rows"
        return (f"{what} that their headers announce, perhaps because the run was stopped: the others are shown",)

    def _scan(self) -> list[Frame]:
        frames: list[Frame] = []
        with self._text.lines() as lines:
            header = _Header()
            while (line := lines.line()) is not None:
                if line.startswith(b"ITEM: ATOMS"):
                    frame = self._body(line, lines, header)
                    if frame is not None:
                        frames.append(frame)
                        self._headers.append(header)
                    header = _Header()
                elif line.startswith(b"ITEM:"):
                    self._item(line, lines, header)
                elif line.strip():
                    if not frames and header.step is None and not self._lost:
                        raise ValueError(f"it does not begin with ITEM: TIMESTEP, but with {line[:40]!r}")
                    self._lost += 0 if self._rows_left else 1
                    self._rows_left = True
                    continue  # up to the next item
                self._rows_left = False
        return frames

    def _item(self, line: bytes, lines: LineScanner, header: _Header) -> None:
        """Reads one item of a header."""
        name = line[5:].strip()
        if name.startswith(b"BOX BOUNDS"):
            rows = [[number(word) for word in (lines.line() or b"").split()] for _ in range(3)]
            if any(len(row) < 2 or None in row for row in rows):
                return
            flags = [word for word in name.split()[2:] if len(word) == 2 and not set(word) - set(b"pfsm")]
            if len(flags) == 3:
                header.periodic = tuple(flag == b"pp" for flag in flags)
            header.box, header.corner = _box([[value or 0.0 for value in row] for row in rows], b"abc" in name)
            return
        value = (lines.line() or b"").strip()
        if name == b"TIMESTEP":
            header.step = number(value)
            header.count = -1
        elif name == b"TIME":
            header.time = number(value)
        elif name == b"UNITS":
            self._units = value.decode("latin1")
        elif name == b"NUMBER OF ATOMS":
            found = number(value)
            header.count = -1 if found is None or not found.is_integer() or found < 0 else int(found)

    def _body(self, line: bytes, lines: LineScanner, header: _Header) -> Frame | None:
        """Goes over the rows of a frame; None: the file ends, or does not say how many there are."""
        names = tuple(word.decode("latin1") for word in line.split()[2:])
        if header.count < 0 or header.box is None or header.corner is None:
            self._lost += 1
            return None
        if not names:
            raise ValueError("ITEM: ATOMS does not name its columns")
        _position_of(names)
        start = lines.offset
        if not lines.skip(header.count, before=b"ITEM:"):
            self._lost += 1
            return None
        size = lines.offset - start
        columns = self._layout(names, start, size, header.count)
        self._rows.append(_Rows(start, size, names))
        self._boxes.append((header.box, header.corner))
        periodic = np.array(header.periodic)
        box = header.box * periodic[:, None] if periodic.any() else None
        return Frame(header.count, columns, None, box, header.corner)

    def _layout(self, names: tuple[str, ...], start: int, size: int, count: int) -> tuple[Column, ...]:
        """The fields of numbers; of unknown columns the first row tells whether they are numbers."""
        if names not in self._columns or (count and names not in self._words):
            first = self._text.part(start, min(size, 1 << 16)).split(b"\n")[0].split() if count else []
            words = {name for name in names if name in _WORDS}
            words |= {name for name, word in zip(names, first, strict=False) if number(word) is None}
            if count:
                self._words[names] = frozenset(words)
            self._columns[names] = _columns(names, words)
        return self._columns[names]

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Fields of a frame; positions where the box is."""
        rows, frame = self._rows[index], self.frames[index]
        words = self._words.get(rows.names, frozenset(_WORDS))
        names = [name for name in rows.names if name not in words]
        body = self._text.part(rows.offset, rows.size)
        values = table(body, [rows.names.index(name) for name in names], frame.count)
        column = dict(zip(names, values.T, strict=True))
        found: dict[str, np.ndarray] = {"position": self._positions(index, column)}
        for name, triple in (("velocity", VELOCITIES), ("image", IMAGES)):
            if all(part in column for part in triple):
                found[name] = np.stack([column.pop(part) for part in triple], axis=1)
        used = _position_of(rows.names)
        found |= {name: array for name, array in column.items() if name not in used}
        return {name: array.astype(np.int64) if name in _WHOLE | {"image"} else array for name, array in found.items()}

    def _positions(self, index: int, column: Mapping[str, np.ndarray]) -> np.ndarray:
        names = _position_of(self._rows[index].names)
        zero = np.zeros(self.frames[index].count)
        place = np.stack([column.get(name, zero) for name in names], axis=1)
        if names[0] in ("xs", "xsu"):
            box, corner = self._boxes[index]
            return np.asarray(corner + place @ box)
        return place

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """Elements."""
        rows, count = self._rows[index], self.frames[index].count
        body = self._text.part(rows.offset, rows.size)
        found = {name: texts(body, rows.names.index(name), count) for name in _WORDS if name in rows.names}
        if "element" in found:
            return {"element": np.char.capitalize(found["element"]), "name": found["element"]}
        return {}


def _position_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of positions; those of a plane have two, and z is 0.

    Raises:
        ValueError: the file does not have them.
    """
    for count in (3, 2):
        for triple in POSITIONS:
            if all(name in names for name in triple[:count]):
                return triple
    raise ValueError(f"its columns are {' '.join(names)}; positions are x y z, xs ys zs, xu yu zu or xsu ysu zsu")


def _columns(names: tuple[str, ...], words: set[str]) -> tuple[Column, ...]:
    found = [Column("position", "f", 3)]
    rest = [name for name in names if name not in words and name not in _position_of(names)]
    for name, kind, triple in (("velocity", "f", VELOCITIES), ("image", "i", IMAGES)):
        if all(part in rest for part in triple):
            found.append(Column(name, kind, 3))
            rest = [part for part in rest if part not in triple]
    return (*found, *(Column(name, "i" if name in _WHOLE else "f") for name in rest))


def _box(rows: list[list[float]], general: bool) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the box as rows (3, 3) and its lower corner (3,), from the three lines of bounds."""
    if general and all(len(row) > 3 for row in rows):
        whole = np.array([row[:4] for row in rows])
        return whole[:, :3], whole[:, 3]
    low, high = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    xy, xz, yz = (row[2] if len(row) > 2 else 0.0 for row in rows)
    # Bounds of a tilted box are those of an upright one around it.
    low = low - [min(0.0, xy, xz, xy + xz), min(0.0, yz), 0.0]
    high = high - [max(0.0, xy, xz, xy + xz), max(0.0, yz), 0.0]
    x, y, z = high - low
    return np.array([[x, 0, 0], [xy, y, 0], [xz, yz, z]]), low
