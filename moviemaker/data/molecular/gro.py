"""GRO files of GROMACS: frames of fixed columns in nanometres and picoseconds, given in angstrom.

The title of a frame says its time: `t= 10.0`. Columns: number and name of the residue, name and number of the atom (5
letters each), position, and perhaps velocity; the distance of the decimal points says how wide a coordinate is. The
last line has the box: three lengths, or nine numbers, the diagonal of its vectors first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from moviemaker.data.molecular.elements import from_names
from moviemaker.data.molecular.fixed_columns import rows_of, whole_numbers, words
from moviemaker.data.molecular.frames import Column, Frame
from moviemaker.data.molecular.lines import TextFile, number

NANOMETRE = 10.0
"""In angstrom."""

_TIME = re.compile(rb"\bt=\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)")
_POSITION = Column("position", "f", 3)
_RESIDUE = Column("resid", "i")
_VELOCITY = Column("velocity", "f", 3)
_START = 20
"""Letters before the first coordinate."""


class Gro:
    """A GRO file.

    Args:
        path: of the file.

    Raises:
        ValueError: it holds no whole frame.
    """

    angstrom = 1.0
    unwrapped = False
    has_elements = True
    facts = ("elements: guessed from the names of the atoms",)

    def __init__(self, path: Path):
        self._text = TextFile(path)
        self._places: list[tuple[int, int, int]] = []
        self._lost = ""
        self.frames: Sequence[Frame] = self._scan()
        if not self.frames:
            raise ValueError(self._lost or "it holds no frame")

    @property
    def warnings(self) -> tuple[str, ...]:
        """A frame that is cut off."""
        return (f"{self._lost}: the frames before it are shown",) if self._lost else ()

    def _scan(self) -> list[Frame]:
        frames: list[Frame] = []
        with self._text.lines() as lines:
            while (title := lines.line()) is not None:
                said = lines.line()
                if said is None and not title.strip():
                    break
                count = number((said or b"").strip())
                if count is None or not count.is_integer() or count < 0:
                    if said is None or said.strip() or title.strip():
                        self._lost = f"the second line of frame {len(frames) + 1} is not its number of atoms"
                        break
                    continue
                start = lines.offset
                whole = lines.skip(int(count))
                size = lines.offset - start
                end = lines.line() if whole else None
                if end is None:
                    self._lost = f"the file ends within frame {len(frames) + 1}"
                    break
                width, columns = self._layout(start, size, int(count))
                self._places.append((start, size, width))
                match = _TIME.search(title)
                time = None if match is None else number(match[1])
                frames.append(Frame(int(count), columns, time, _box(end)))
        return frames

    def _layout(self, start: int, size: int, count: int) -> tuple[int, tuple[Column, ...]]:
        """Letters of a coordinate, and the fields, from the first row."""
        if not count:
            return 8, (_POSITION, _RESIDUE)
        row = self._text.part(start, min(size, 1 << 12)).split(b"\n")[0].rstrip()
        points = [place for place, letter in enumerate(row) if letter == ord(".") and place >= _START]
        if len(points) < 3:
            raise ValueError(f"a row of atoms lacks its three coordinates: {row.decode('latin1')!r}")
        width = points[1] - points[0]
        return width, (_POSITION, _RESIDUE, _VELOCITY) if len(points) >= 6 else (_POSITION, _RESIDUE)

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Positions in angstrom, velocities in angstrom per picosecond, and numbers of residues."""
        rows, width = self._rows(index), self._places[index][2]
        found: dict[str, np.ndarray] = {"resid": whole_numbers(rows, 0, 5), "position": _triples(rows, _START, width)}
        if _VELOCITY in self.frames[index].columns:
            found["velocity"] = _triples(rows, _START + 3 * width, width)
        return found

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """Names and elements."""
        rows = self._rows(index)
        name, residue = words(rows, 10, 15), words(rows, 5, 10)
        return {"name": name, "residue": residue, "element": from_names(name, residue)}

    def _rows(self, index: int) -> np.ndarray:
        start, size, width = self._places[index]
        return rows_of(self._text.part(start, size).split(b"\n"), self.frames[index].count, _START + 6 * width)


def _triples(rows: np.ndarray, start: int, width: int) -> np.ndarray:
    """Three numbers of each row (n, 3), from nanometres to angstrom."""
    columns = [rows[:, start + k * width : start + (k + 1) * width] for k in range(3)]
    found = [np.ascontiguousarray(column).view(f"S{width}")[:, 0].astype(float) for column in columns]
    return np.stack(found, axis=1) * NANOMETRE if len(rows) else np.zeros((0, 3))


def _box(line: bytes) -> np.ndarray | None:
    """Vectors of the box as rows, angstrom; None: all lengths are 0.

    Raises:
        ValueError: the line has neither three nor nine numbers.
    """
    numbers = [number(word) for word in line.split()]
    if len(numbers) not in (3, 9) or None in numbers:
        raise ValueError(f"a box has three or nine numbers, and not {line[:60].decode('latin1')!r}")
    x, y, z, *rest = (NANOMETRE * (value or 0.0) for value in numbers)
    xy, xz, yx, yz, zx, zy = rest or (0.0,) * 6
    box = np.array([[x, xy, xz], [yx, y, yz], [zx, zy, z]])
    return box if abs(np.linalg.det(box)) > 0 else None
