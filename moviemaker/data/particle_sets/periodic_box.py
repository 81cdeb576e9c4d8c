"""Periodic boxes, orthorhombic and triclinic: the short way from one position to another, and where it is drawn."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError, show
from moviemaker.core.values import POSITIVE, VECTOR, Value, list_of

_RIGHT = "the lengths of the box [a, b, c], its three vectors [[ax, 0, 0], [bx, by, 0], [cx, cy, cz]], or file"
_LENGTHS = list_of(POSITIVE, "three numbers above 0, the lengths of the box: [a, b, c]", (3,))
_VECTORS = list_of(VECTOR, "the three vectors of the box: [[ax, 0, 0], [bx, by, 0], [cx, cy, cz]]", (3,))

FILE = "file"
"""As a period: what the file says."""

Period = tuple[float, float, float] | tuple[tuple[float, float, float], ...] | str
"""Lengths, three vectors, or `file` for what the file says."""


def _parse_period(value: Any) -> Any:
    if isinstance(value, str):
        if value != FILE:
            raise InputError(f"{show(value)} is not a period", f"write {_RIGHT}")
        return value
    if isinstance(value, list | tuple) and any(isinstance(row, list | tuple) for row in value):
        vectors = _VECTORS.parse(value)
        if _flatness(np.array(vectors)) < 1e-9:
            raise InputError("the three vectors of the box lie in a plane", f"write {_RIGHT}")
        return vectors
    return _LENGTHS.parse(value)


PERIOD = Value(_RIGHT, _parse_period, {"anyOf": [_LENGTHS.schema, _VECTORS.schema, {"const": FILE}]}, mix=None)


def _flatness(vectors: np.ndarray) -> float:
    return float(abs(np.linalg.det(vectors)) / max(np.prod(np.linalg.norm(vectors, axis=1)), 1e-300))


class Box:
    """A box that repeats itself in space.

    Args:
        sides: its three lengths (3,), or its three vectors as rows (3, 3).
    """

    def __init__(self, sides: Any):
        sides = np.asarray(sides, np.float64)
        self.vectors: np.ndarray = np.diag(sides) if sides.ndim == 1 else sides
        self._upright = not np.any(self.vectors - np.diag(np.diag(self.vectors)))

    @cached_property
    def _inverse(self) -> np.ndarray:
        return np.asarray(np.linalg.inv(self.vectors))

    @cached_property
    def _reduced(self) -> np.ndarray:
        """Three vectors of the same lattice that are as short as can be (Minkowski-reduced), as rows.

        I. Semaev, "A 3-dimensional lattice reduction algorithm" (2001): the longest is shortened by what is nearest to
        it in the lattice of the other two, until nothing gets shorter.
        """
        rows = self.vectors.copy()
        while True:
            rows = rows[np.argsort(np.linalg.norm(rows, axis=1), kind="stable")]
            rows[1] -= np.rint(rows[1] @ rows[0] / (rows[0] @ rows[0])) * rows[0]
            if np.linalg.norm(rows[1]) < np.linalg.norm(rows[0]) * (1 - 1e-12):
                continue
            guess = np.rint(np.linalg.lstsq(rows[:2].T, rows[2], rcond=None)[0])
            tries = [rows[2] - (guess + step) @ rows[:2] for step in product((-1.0, 0.0, 1.0), repeat=2)]
            best = min(tries, key=lambda row: float(row @ row))
            if np.linalg.norm(best) >= np.linalg.norm(rows[2]) * (1 - 1e-12):
                return rows
            rows[2] = best

    def shortest(self, ways: np.ndarray) -> np.ndarray:
        """The shortest of all ways (n, 3) that lead to an image of the same place."""
        if self._upright:
            sides = np.diag(self.vectors).astype(ways.dtype)
            short: np.ndarray = ways - sides * np.rint(ways / sides)
            return short
        lattice = self._reduced
        turns = np.rint(ways @ np.linalg.inv(lattice))
        found = ways - turns @ lattice
        # What is shorter than half of the shortest vector cannot be shortened; the others have 26 neighbours.
        limit = 0.25 * float((lattice * lattice).sum(axis=1).min())
        far = np.flatnonzero(np.einsum("ij,ij->i", found, found) > limit)
        while len(far):  # what no neighbour shortens is the shortest of all
            best = found[far]
            length = np.einsum("ij,ij->i", best, best)
            shortened = np.zeros(len(far), bool)
            for step in product((-1.0, 0.0, 1.0), repeat=3):
                moved = found[far] + np.array(step) @ lattice
                moved_length = np.einsum("ij,ij->i", moved, moved)
                nearer = moved_length < length * (1 - 1e-12)
                best[nearer], length[nearer] = moved[nearer], moved_length[nearer]
                shortened |= nearer
            found[far] = best
            far = far[shortened]
        return np.asarray(found, ways.dtype)

    def way(self, ways: np.ndarray, later: Box) -> np.ndarray:
        """The shortest ways (n, 3) to where this box has become another: whole turns are those of the later box."""
        if np.array_equal(self.vectors, later.vectors):
            return self.shortest(ways)
        middle = self.mixed(later, 0.5)
        turns = np.rint((ways - middle.shortest(ways)) @ middle._inverse)
        return np.asarray(ways - turns @ later.vectors, ways.dtype)

    def corner(self, position: np.ndarray) -> np.ndarray:
        """The corner of the box that holds these positions, in parts of the vectors: 0, or where some lie outside of
        it, the lowest along that vector.
        """
        if not len(position):
            return np.zeros(3)
        parts = self._parts(position)
        low, high = parts.min(axis=0), parts.max(axis=0)
        slack = 1e-6  # single precision
        return np.where((low < -slack) | (high > 1 + slack), low, 0.0)

    def wrapped(self, position: np.ndarray, corner: np.ndarray) -> np.ndarray:
        """The images of positions (n, 3) that lie in the box from its corner on."""
        turns = np.floor(self._parts(position) - corner)
        outside = np.flatnonzero(turns.any(axis=1))
        if not len(outside):
            return position
        inside = position.copy()
        moved = (position[outside] - turns[outside] @ self.vectors).astype(position.dtype)
        # By rounding, a tiny step below the corner becomes a whole turn.
        again = np.floor(self._parts(moved) - corner)
        inside[outside] = moved - again @ self.vectors
        return inside

    def _parts(self, position: np.ndarray) -> np.ndarray:
        if self._upright:
            return np.asarray(position / np.diag(self.vectors))
        return np.asarray(position @ self._inverse)

    def mixed(self, other: Box, fraction: float) -> Box:
        """The box a fraction of the way to another."""
        if self is other or np.array_equal(self.vectors, other.vectors):
            return self
        return Box(self.vectors + (other.vectors - self.vectors) * fraction)
