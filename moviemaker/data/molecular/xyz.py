"""XYZ files, plain and extended: for each frame the number of atoms, a comment, and a row for each atom.

In extended XYZ (G. Csányi et al., "Extended XYZ specification and parsing tools"; ASE, OVITO) the comment says
`Properties`, the names, types and widths of the columns, `Lattice`, the vectors of the box, and perhaps `pbc`, `Time`
and `Origin`. In a plain file the columns are the element, x, y, z, and further numbers, which become fields `column_5`,
`column_6` ... An integer in place of the element is its atomic number; LAMMPS, whose comment begins with "Atoms.
Timestep", writes its type there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.data.molecular.elements import of_numbers, symbols_of
from moviemaker.data.molecular.frames import Column, Frame
from moviemaker.data.molecular.lines import TextFile, number, table, texts

_PAIR = re.compile(
    r"""([A-Za-z_][\w.\-]*)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{[^}]*\}|\[[^=]*\](?=\s|$)|[^\s"']+)"""
)
_TIME = re.compile(r"\b(?:time|timestep|t)\s*[:=]\s*([-+]?[\d.]+(?:[eEdD][-+]?\d+)?)", re.IGNORECASE)
_LAMMPS = re.compile(r"\s*Atoms\. Timestep:", re.IGNORECASE)
_NAMES = {"pos": "position", "velo": "velocity", "vel": "velocity", "velocities": "velocity"}
_ELEMENT = ("species", "element", "symbol", "symbols")
_NUMBER = ("z", "atomic_number", "atomic_numbers", "numbers")


@dataclass(frozen=True)
class _Part:
    """Neighbouring columns of one property: its name, its type (R, I, S or L), the first column and their number."""

    name: str
    kind: str
    start: int
    width: int


@dataclass(frozen=True)
class _Layout:
    """The columns of a frame, all of them, and the word or number that stands for the element: its place, or None."""

    parts: tuple[_Part, ...]
    element: _Part | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields of numbers."""
        found = []
        for part in self.parts:
            kind = "f" if part.kind == "R" else "i"
            if part.kind == "S" or (part is self.element and part.kind == "I"):
                continue
            if part.width in (1, 3, 4):
                found.append(Column(part.name, kind, 0 if part.width == 1 else part.width))
            else:
                found += [Column(f"{part.name}_{place + 1}", kind) for place in range(part.width)]
        return tuple(found)


class Xyz:
    """An XYZ file.

    Args:
        path: of the file.

    Raises:
        ValueError: it holds no whole frame, or a comment contradicts its rows.
    """

    angstrom = 1.0
    unwrapped = False

    def __init__(self, path: Path):
        self._text = TextFile(path)
        self._places: list[tuple[int, int, _Layout]] = []
        self._known: dict[object, _Layout] = {}
        self._lost = ""
        self._guessed = False
        self.frames: Sequence[Frame] = self._scan()
        if not self.frames:
            raise ValueError(self._lost or "it holds no frame")
        self.has_elements = all(layout.element is not None for _, _, layout in self._places)
        if self.has_elements:
            self.texts(0)  # says whether elements are guessed

    @property
    def facts(self) -> tuple[str, ...]:
        """Whether elements are guessed."""
        return ("elements: guessed from the names of the atoms",) if self._guessed else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """A frame that is cut off."""
        return (f"{self._lost}: the frames before it are shown",) if self._lost else ()

    def _scan(self) -> list[Frame]:
        frames: list[Frame] = []
        with self._text.lines() as lines:
            while (line := lines.line()) is not None:
                if not line.strip():
                    continue
                count = _count(line)
                if count is None:
                    self._lost = f"{line[:40]!r} is not the number of atoms of frame {len(frames) + 1}"
                    break
                comment = lines.line()
                start = lines.offset
                if comment is None or not lines.skip(count):
                    self._lost = f"the file ends within frame {len(frames) + 1}"
                    break
                size = lines.offset - start
                said = comment.decode("utf-8", "replace")
                said_pairs = _pairs(said)
                layout = self._layout(said, said_pairs, start, size, count)
                self._places.append((start, size, layout))
                box, corner = _box_of(said_pairs)
                frames.append(Frame(count, layout.columns, _time(said, said_pairs), box, corner))
        return frames

    def _layout(self, comment: str, pairs: Mapping[str, str], start: int, size: int, count: int) -> _Layout:
        properties = pairs.get("properties")
        if properties is not None:
            if properties not in self._known:
                self._known[properties] = _of_properties(properties)
            layout = self._known[properties]
            width = sum(part.width for part in layout.parts)
            key: object = (properties, "checked")
        else:
            layout, width, key = _Layout(()), 0, ("plain", bool(_LAMMPS.match(comment)))
        if not count or key in self._known:
            return self._known.get(key, layout)
        first = self._text.part(start, min(size, 1 << 16)).split(b"\n")[0].split()
        if properties is None:
            layout = _plain(first, bool(_LAMMPS.match(comment)))
        elif len(first) < width:
            raise ValueError(f"Properties names {width} columns, and a row has {len(first)}: {properties}")
        self._known[key] = layout
        return layout

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Fields of a frame."""
        start, size, layout = self._places[index]
        count = self.frames[index].count
        body = self._text.part(start, size)
        parts = [part for part in layout.parts if part.kind != "S"]
        if not count:
            parts = []
        real = [column for part in parts if part.kind != "L" for column in range(part.start, part.start + part.width)]
        values = dict(zip(real, table(body, real, count).T, strict=True))
        found: dict[str, np.ndarray] = {
            column.name: np.zeros((0, column.width) if column.width else 0) for column in layout.columns if not count
        }
        for part in parts:
            places = range(part.start, part.start + part.width)
            if part.kind == "L":
                truths = [np.char.startswith(np.char.upper(texts(body, place, count)), "T") for place in places]
                columns = [truth.astype(np.int64) for truth in truths]
            else:
                columns = [values[place].astype(np.int64 if part.kind == "I" else float) for place in places]
            if part.width in (1, 3, 4):
                found[part.name] = columns[0] if part.width == 1 else np.stack(columns, axis=1)
            else:
                found |= {f"{part.name}_{place + 1}": column for place, column in enumerate(columns)}
        if "position" not in found:
            found["position"] = np.zeros((0, 3))
        return found

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """Elements and names."""
        start, size, layout = self._places[index]
        count = self.frames[index].count
        body = self._text.part(start, size)
        found = {part.name: texts(body, part.start, count) for part in layout.parts if part.kind == "S"}
        part = layout.element
        if part is not None:
            words = texts(body, part.start, count)
            if part.kind == "I":
                found["element"] = of_numbers(table(body, [part.start], count)[:, 0])
            else:
                found["element"], guessed = symbols_of(words)
                self._guessed |= guessed
                found.setdefault("name", words)
        return found


def _count(line: bytes) -> int | None:
    words = line.split()
    return int(words[0]) if len(words) == 1 and words[0].isdigit() else None


def _pairs(comment: str) -> dict[str, str]:
    """Values of a comment by their keys in lower case, without quotes."""
    found: dict[str, str] = {}
    for key, value in _PAIR.findall(comment):
        plain = value[1:-1] if value[:1] in "\"'{[" and len(value) > 1 else value
        found.setdefault(key.lower(), plain)
    return found


def _numbers(text: str) -> list[float]:
    found = [number(word) for word in re.split(r"[\s,;\[\]]+", text.strip()) if word]
    return [value for value in found if value is not None]


def _time(comment: str, pairs: Mapping[str, str]) -> float | None:
    for key in ("time", "t"):
        if key in pairs:
            found = number(pairs[key])
            if found is not None:
                return found
    match = _TIME.search(comment)
    return None if match is None or "properties" in pairs else number(match[1])


def _box_of(pairs: Mapping[str, str]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Vectors of the box as rows, and its lower corner; None: it is unknown or not periodic.

    Raises:
        ValueError: Lattice does not have nine numbers.
    """
    if "lattice" not in pairs:
        return None, None
    numbers = _numbers(pairs["lattice"])
    if len(numbers) not in (3, 9):
        raise ValueError(f"Lattice has {len(numbers)} numbers instead of nine")
    box = np.diag(numbers) if len(numbers) == 3 else np.reshape(numbers, (3, 3))
    flags = re.split(r"[\s,]+", pairs.get("pbc", "T T T").strip())
    periodic = np.array([flag[:1].upper() in ("T", "1") for flag in flags])
    if len(periodic) != 3:
        periodic = np.repeat(periodic[:1], 3)
    origin = _numbers(pairs.get("origin", pairs.get("cell_origin", "")))
    corner = np.array(origin) if len(origin) == 3 else None
    return (box * periodic[:, None] if periodic.any() else None), corner


def _of_properties(text: str) -> _Layout:
    """The columns that `Properties` names: `species:S:1:pos:R:3`.

    Raises:
        ValueError: it is written in another way, or names no positions.
    """
    words = text.split(":")
    parts, start = [], 0
    for name, kind, width in zip(words[::3], words[1::3], words[2::3], strict=False):
        if kind.upper() not in ("R", "I", "S", "L") or not width.isdigit() or not int(width):
            raise ValueError(f"Properties is not understood at {name}:{kind}:{width}")
        parts.append(_Part(_NAMES.get(name.lower(), name), kind.upper(), start, int(width)))
        start += int(width)
    if len(words) % 3 or not any(part.name == "position" and part.width == 3 for part in parts):
        raise ValueError(f"Properties does not name positions, pos:R:3: {text}")
    named = next((part for part in parts if part.name.lower() in _ELEMENT and part.kind == "S"), None)
    by_number = next((part for part in parts if part.name.lower() in _NUMBER and part.kind == "I"), None)
    return _Layout(tuple(parts), named or by_number)


def _plain(first: list[bytes], typed: bool) -> _Layout:
    """The columns of a file without `Properties`, from its first row.

    Raises:
        ValueError: they do not begin with an element and three numbers.
    """
    numbers = [number(word) for word in first]
    if len(first) == 3 and None not in numbers:
        return _Layout((_Part("position", "R", 0, 3),))
    if len(first) < 4 or None in numbers[1:4]:
        row = b" ".join(first[:6]).decode("latin1")
        raise ValueError(f"a row is not an element and three numbers, but {row!r}")
    whole = first[0].isdigit()
    element = _Part("type" if typed else "element", "I" if whole else "S", 0, 1)
    more = [
        _Part(f"column_{place + 1}", "R" if numbers[place] is not None else "S", place, 1)
        for place in range(4, len(first))
    ]
    parts = (element, _Part("position", "R", 1, 3), *more)
    return _Layout(parts, None if whole and typed else element)
