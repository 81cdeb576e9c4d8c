"""Text files of many lines: found frame by frame without reading their numbers, then read one frame at a time."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary

BLOCK = 1 << 22
"""Bytes that are looked at together."""

LONGEST_LINE = 1 << 20
"""Bytes of the longest line that a header may have."""


class LineScanner:
    """Goes through the lines of a file, from the first to the last.

    Args:
        file: open for reading bytes, at its beginning.

    Attributes:
        offset: bytes before the next line.
    """

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._block = b""
        self._place = 0
        self._ends: np.ndarray | None = None
        self.offset = 0

    def _more(self) -> bool:
        """Appends a block to the rest of the last one; whether the file had more."""
        found = self._file.read(BLOCK)
        self._block = self._block[self._place :] + found
        self._place = 0
        self._ends = None
        return bool(found)

    def _line_ends(self) -> np.ndarray:
        """Places of the ends of the lines that are left of the block, ascending."""
        if self._ends is None:  # found once for all frames of the block
            self._ends = np.flatnonzero(np.frombuffer(self._block, np.uint8) == ord("\n"))
        left: np.ndarray = self._ends[np.searchsorted(self._ends, self._place) :]
        return left

    def line(self) -> bytes | None:
        """The next line without its end; None: the file has ended.

        Raises:
            ValueError: it is too long for the line of a header.
        """
        end = self._block.find(b"\n", self._place)
        while end < 0 and len(self._block) - self._place <= LONGEST_LINE and self._more():
            end = self._block.find(b"\n", self._place)
        if end < 0:
            end = len(self._block)
            if end == self._place:
                return None
        if end - self._place > LONGEST_LINE:
            raise ValueError("a line is too long for the header of a frame")
        found = self._block[self._place : end]
        self._go(min(end + 1, len(self._block)))
        return found.rstrip(b"\r")

    def skip(self, count: int, before: bytes = b"") -> bool:
        """Goes over so many lines; whether the file has them.

        Args:
            count: number of lines.
            before: what none of them may hold; the line that does is the next one.
        """
        while count > 0:
            if self._place == len(self._block) and not self._more():
                return False
            ends = self._line_ends()
            inside = len(ends)
            end = int(ends[count - 1]) + 1 if inside >= count else len(self._block)
            found = self._block.find(before, self._place, end) if before else -1
            if found >= 0:
                self._go(max(self._block.rfind(b"\n", self._place, found) + 1, self._place))
                return False
            if inside >= count:
                self._go(end)
                return True
            count -= inside
            rest = self._block.rfind(b"\n", self._place) + 1 or self._place
            self._go(rest if len(self._block) - rest <= LONGEST_LINE else len(self._block))
            if not self._more():
                unfinished = len(self._block) > self._place  # the last line of a file may lack its end
                self._go(len(self._block))
                return count == 1 and unfinished
        return True

    def _go(self, place: int) -> None:
        self.offset += place - self._place
        self._place = place


class TextFile:
    """Bytes of a file, perhaps a compressed one, in any order. A compressed file is best read from first to last.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path):
        self.path = path
        self._alone = threading.Lock()
        self._open: IO[bytes] | None = None

    @contextmanager
    def lines(self) -> Iterator[LineScanner]:
        """All lines from the first on."""
        with open_binary(self.path) as file:
            yield LineScanner(file)

    def part(self, offset: int, size: int) -> bytes:
        """So many bytes from an offset on.

        Raises:
            ValueError: the file has become shorter.
        """
        with self._alone:
            if not is_compressed(self.path):
                with self.path.open("rb") as file:
                    file.seek(offset)
                    found = file.read(size)
            else:  # stays open, because finding a place means decompressing all before it
                self._open = self._open or open_binary(self.path)
                self._open.seek(offset)
                found = self._open.read(size)
        if len(found) < size:
            raise ValueError("it has become shorter while it was read")
        return found


def table(body: bytes, columns: list[int], count: int) -> np.ndarray:
    """Columns of numbers as float64, (count, len(columns)).

    Args:
        body: text of the rows.
        columns: which of them, from 0.
        count: number of rows.

    Raises:
        ValueError: a value is not a number, or a row is missing.
    """
    if not columns or not count:
        return np.zeros((count, len(columns)))
    try:
        found = _table(body, columns)
    except ValueError:
        exponents = re.compile(rb"(\d\.?)[dD]([+-]?\d)")  # 1.5D+00, as Fortran writes it
        if not exponents.search(body):
            raise
        found = _table(exponents.sub(rb"\1e\2", body), columns)
    return _whole(found, count)


def _table(body: bytes, columns: list[int]) -> np.ndarray:
    return np.loadtxt(io.BytesIO(body), usecols=columns, comments=None, ndmin=2, encoding="latin1")


def texts(body: bytes, column: int, count: int) -> np.ndarray:
    """One column of words of at most 16 letters, (count,)."""
    if not count:
        return np.zeros(0, "U16")
    found = np.loadtxt(io.BytesIO(body), usecols=[column], comments=None, ndmin=2, dtype="U16", encoding="latin1")
    return _whole(found, count)[:, 0]


def _whole(found: np.ndarray, count: int) -> np.ndarray:
    if len(found) != count:
        raise ValueError(f"{len(found)} rows of atoms where {count} are announced")
    return found


def number(text: bytes | str) -> float | None:
    """A number, perhaps with Fortran's exponent; None: it is something else."""
    try:
        return float(text)
    except ValueError:
        pass
    text = text.decode("latin1") if isinstance(text, bytes) else text
    try:
        return float(re.sub(r"[dD](?=[+-]?\d)", "e", text))
    except ValueError:
        return None
