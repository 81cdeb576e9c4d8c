"""Rows of fixed columns, as the formats of proteins have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rows_of(lines: Sequence[bytes], count: int, width: int) -> np.ndarray:
    """Letters of so many lines, (count, width) uint8; short lines end in zeros.

    Raises:
        ValueError: there are fewer lines.
    """
    if len(lines) < count:
        raise ValueError(f"{len(lines)} rows of atoms where {count} are announced")
    found = np.array(lines[:count], f"S{width}") if count else np.zeros(0, f"S{width}")
    letters: np.ndarray = found.view(np.uint8).reshape(count, width)
    return np.where(letters == ord("\r"), 0, letters)


def column(rows: np.ndarray, start: int, stop: int) -> np.ndarray:
    """The letters from `start` up to `stop` of each row, (n,) bytes without blanks around them."""
    piece = np.ascontiguousarray(rows[:, start:stop])
    return np.char.strip(piece.view(f"S{stop - start}")[:, 0]) if len(rows) else np.zeros(0, f"S{stop - start}")


def words(rows: np.ndarray, start: int, stop: int) -> np.ndarray:
    """The same as text."""
    return np.char.decode(column(rows, start, stop), "latin1")


def whole_numbers(rows: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Whole numbers (n,); those in neither decimal, hexadecimal nor hybrid-36 notation are 0."""
    found = column(rows, start, stop)
    try:
        return found.astype(np.int64)
    except ValueError:
        return np.array([_whole(word) for word in found.tolist()], np.int64)


def _whole(word: bytes) -> int:
    """A number that outgrew its columns: hexadecimal as VMD writes it, or hybrid-36 (R. Grosse-Kunstleve, cctbx)."""
    digits = len(word)
    try:
        return int(word)
    except ValueError:
        pass
    try:
        if word[:1].isupper() and digits:
            return int(word, 36) - int(10 * 36 ** (digits - 1)) + int(10**digits)
        return int(word, 16)
    except ValueError:
        return 0


def numbers(rows: np.ndarray, start: int, stop: int, blank: float = 0.0) -> np.ndarray:
    """Numbers (n,); where the columns are empty, a given one.

    Raises:
        ValueError: something else stands there.
    """
    found = column(rows, start, stop)
    empty = found == b""
    if empty.any():
        found = np.where(empty, str(blank).encode(), found)
    return np.asarray(found.astype(float))
