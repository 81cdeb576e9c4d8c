"""Periodic boxes, orthorhombic and triclinic: shortest paths between positions, and the images that are drawn."""

from __future__ import annotations

from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from moviemaker.core.errors import InputError, show
from moviemaker.core.geometry import norms
from moviemaker.core.values import POSITIVE, VECTOR, Value, list_of

_RIGHT = "the lengths of the box [a, b, c], its three vectors [[ax, 0, 0], [bx, by, 0], [cx, cy, cz]], or file"
_LENGTHS = list_of(POSITIVE, "three numbers above 0, the lengths of the box: [a, b, c]", (3,))
_VECTORS = list_of(VECTOR, "the three vectors of the box: [[ax, 0, 0], [bx, by, 0], [cx, cy, cz]]", (3,))

_FAR = 1e12
"""Length of a vector along an axis that is not periodic, in lengths of the box."""

_SHORTEST = 1e-100
"""Length of the shortest vector of a box; squares of its inverse are still finite."""

FILE = "file"
"""The period that the file gives."""

Period = tuple[float, float, float] | tuple[tuple[float, float, float], ...] | str
"""Lengths, three vectors, or `FILE`."""


def _parse_period(value: object) -> Period:
    if isinstance(value, str):
        if value != FILE:
            raise InputError(f"{show(value)} is not a period", f"write {_RIGHT}")
        return value
    if isinstance(value, list | tuple) and any(isinstance(row, list | tuple) for row in value):
        vectors: tuple[tuple[float, float, float], ...] = _VECTORS.parse(value)
        if _flatness(np.array(vectors)) < 1e-9:
            raise InputError("the three vectors of the box lie in a plane", f"write {_RIGHT}")
        return vectors
    lengths: tuple[float, float, float] = _LENGTHS.parse(value)
    return lengths


PERIOD = Value(_RIGHT, _parse_period, {"anyOf": [_LENGTHS.schema, _VECTORS.schema, {"const": FILE}]}, mix=None)


def _flatness(vectors: np.ndarray) -> float:
    return float(abs(np.linalg.det(vectors)) / max(np.prod(np.linalg.norm(vectors, axis=1)), 1e-300))


def is_box(vectors: np.ndarray) -> bool:
    """Whether rows (3, 3) span a box: those that are not zero are finite, and do not lie in a plane or line."""
    lengths = np.abs(vectors).max(axis=1)
    periodic = lengths != 0
    if not periodic.any() or not ((lengths[periodic] > _SHORTEST) & (lengths[periodic] < 1 / _SHORTEST)).all():
        return False
    units = vectors[periodic] / lengths[periodic, None]
    return bool(np.linalg.svd(units, compute_uv=False)[-1] > 1e-9)


class PeriodicBox:
    """A box whose images fill space.

    Args:
        sides: its three lengths (3,), or its three vectors as rows (3, 3), zero along an axis that is not periodic.
    """

    def __init__(self, sides: ArrayLike):
        given = np.asarray(sides, np.float64)
        self.vectors: np.ndarray = np.diag(given) if given.ndim == 1 else given
        self._axis_aligned = not np.any(self.vectors - np.diag(np.diag(self.vectors)))
        self._periodic = self.vectors.any(axis=1)

    @cached_property
    def _full(self) -> np.ndarray:
        """The vectors, with long ones across them along axes that are not periodic, which nothing ever crosses."""
        if self._periodic.all():
            return self.vectors
        full = self.vectors.copy()
        far = _FAR * float(np.abs(full).max() or 1.0)
        for row in np.flatnonzero(~self._periodic):
            others = full / np.maximum(np.linalg.norm(full, axis=1), 1e-300)[:, None]
            axes = np.eye(3)[np.argsort(-np.eye(3)[row], kind="stable")]  # its own axis first
            across = [axis - others.T @ np.linalg.pinv(others.T) @ axis for axis in axes]
            best = next(vector for vector in across if np.linalg.norm(vector) > 0.5)
            full[row] = far * best / np.linalg.norm(best)
        return full

    @cached_property
    def _inverse(self) -> np.ndarray:
        return np.asarray(np.linalg.inv(self._full))

    @cached_property
    def _reduced(self) -> np.ndarray:
        """The shortest three vectors that span the same lattice (Minkowski-reduced), as rows.

        I. Semaev, "A 3-dimensional lattice reduction algorithm" (2001): the nearest vector in the lattice of the other
        two is subtracted from the longest one, until it does not get shorter.
        """
        rows = self._full.copy()
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

    def shortest(self, paths: np.ndarray) -> np.ndarray:
        """The shortest paths (n, 3) to an image of the same position."""
        if self._axis_aligned:
            sides = np.diag(self._full).astype(paths.dtype)
            short: np.ndarray = paths - sides * np.rint(paths / sides)
            return short
        lattice = self._reduced
        turns = np.rint(paths @ np.linalg.inv(lattice))
        found = paths - turns @ lattice
        # A path shorter than half of the shortest vector is the shortest. For the others, 26 neighbours are tried.
        limit = 0.25 * float((lattice * lattice).sum(axis=1).min())
        far = np.flatnonzero(np.einsum("ij,ij->i", found, found) > limit)
        while len(far):  # a path that no neighbour shortens is the shortest
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
        return np.asarray(found, paths.dtype)

    def path_to(self, paths: np.ndarray, later: PeriodicBox) -> np.ndarray:
        """The shortest paths (n, 3) while this box becomes another: whole periods are those of the later box."""
        if np.array_equal(self.vectors, later.vectors):
            return self.shortest(paths)
        middle = self.mixed(later, 0.5)
        return np.asarray(paths + middle.turns(paths) @ later.vectors, paths.dtype)

    def turns(self, paths: np.ndarray) -> np.ndarray:
        """How many times each vector is to be added to paths (n, 3) to make them shortest: whole numbers."""
        return np.asarray(np.rint((self.shortest(paths) - paths) @ self._inverse))

    def corner(self, position: np.ndarray) -> np.ndarray:
        """The corner of the box that holds these positions, in fractions of its vectors.

        It is 0 along a vector, or the lowest position if some of the positions lie outside.
        """
        if not len(position):
            return np.zeros(3)
        parts = self._parts(position)
        low, high = parts.min(axis=0), parts.max(axis=0)
        slack = 1e-6  # single precision
        return np.where((low < -slack) | (high > 1 + slack), low, 0.0)

    def wrapped(self, position: np.ndarray, corner: np.ndarray) -> np.ndarray:
        """The images of positions (n, 3) that lie in the box with this corner."""
        turns = self.turns_out(position, corner)
        outside = np.flatnonzero(turns.any(axis=1))
        if not len(outside):
            return position
        inside = position.copy()
        moved = (position[outside] - turns[outside] @ self.vectors).astype(position.dtype)
        # By rounding, a position just below the corner is moved by a whole period.
        inside[outside] = moved - self.turns_out(moved, corner) @ self.vectors
        return inside

    def turns_out(self, position: np.ndarray, corner: np.ndarray) -> np.ndarray:
        """In which image of the box with this corner positions (n, 3) lie: whole numbers, 0 in the box itself."""
        return np.asarray(np.floor(self._parts(position) - corner) * self._periodic)

    def fractions(self, position: np.ndarray) -> np.ndarray:
        """A position, or positions (..., 3), in fractions of the vectors of the box."""
        return np.asarray(position @ self._inverse)

    @property
    def reduced(self) -> np.ndarray:
        """The shortest vectors that span the same lattice as rows (3, 3), zero if an axis is not periodic."""
        return np.where(np.linalg.norm(self._reduced, axis=1)[:, None] < self._longest, self._reduced, 0.0)

    @property
    def _longest(self) -> float:
        """A length that no period reaches, and the vectors along axes that are not periodic exceed."""
        return float(_FAR**0.5 * (np.abs(self.vectors).max() or 1.0))

    def _parts(self, position: np.ndarray) -> np.ndarray:
        if self._axis_aligned:
            return np.asarray(position / np.diag(self._full))
        return np.asarray(position @ self._inverse)

    def mixed(self, other: PeriodicBox, fraction: float) -> PeriodicBox:
        """The box interpolated between this one and another."""
        if self is other or np.array_equal(self.vectors, other.vectors):
            return self
        return PeriodicBox(self.vectors + (other.vectors - self.vectors) * fraction)


def ignored_box(path: np.ndarray, vectors: np.ndarray) -> list[str]:
    """A warning if particles, by paths (n, 3) between two snapshots, leave a box that the scene does not mention."""
    crossed = int(np.count_nonzero(norms(path - PeriodicBox(vectors).shortest(path)) > 0))
    if not crossed:
        return []
    what = f"{crossed} particles move by more than half of the periodic box that the files give"
    return [f"{what} between the first two snapshots; period: file takes the nearest image"]
