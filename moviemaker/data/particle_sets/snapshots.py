"""Snapshots of particles: one in memory, and pairs of consecutive ones matched by id."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.columns.components import WithColumns, component, components_of, vectors_of
from moviemaker.data.particle_sets.interpolation import Motion, moved
from moviemaker.data.particle_sets.periodic_box import PeriodicBox

Rows = np.ndarray | slice
"""Row numbers (n,), or a slice of all rows."""

EVERY_ROW = slice(None)


class Snapshots(Protocol):
    """Particles at several times, from files or from memory. Two threads may load at once."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        ...

    @property
    def times(self) -> np.ndarray | None:
        """Data times, ascending; None: the particles do not move."""
        ...

    @property
    def steps(self) -> int:
        """Number of snapshots."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        ...

    @property
    def has_velocity(self) -> bool:
        """Whether there are velocities."""
        ...

    @property
    def has_id(self) -> bool:
        """Whether there are ids."""
        ...

    def load(self, index: int, name: str) -> np.ndarray:
        """`position` or `velocity` (n, 3), `id` (n,), or another field of one snapshot."""
        ...

    def box(self, index: int) -> np.ndarray | None:
        """Vectors of the periodic box that the file of a snapshot gives, as rows (3, 3); None: it gives none."""
        ...


@runtime_checkable
class WithCorner(Protocol):
    """Snapshots that know where their periodic box begins."""

    def corner(self, index: int) -> np.ndarray | None:
        """Lower corner (3,) of the box of a snapshot; None: unknown."""
        ...


@runtime_checkable
class WithWarnings(Protocol):
    """Snapshots whose files can be read although something is wrong with them."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for users."""
        ...


def corner_in(snapshots: Snapshots, index: int) -> np.ndarray | None:
    """Lower corner (3,) of the periodic box of a snapshot; None: unknown."""
    return snapshots.corner(index) if isinstance(snapshots, WithCorner) else None


@runtime_checkable
class HasGaps(Protocol):
    """Snapshots that know of missing values in tables."""

    def gaps(self) -> dict[str, tuple[int, int]]:
        """Fields with missing values in what was read so far: how many are missing, and of how many."""
        ...


def components_in(snapshots: Snapshots) -> dict[str, str]:
    """Names of the components and lengths of vectors, with the vector of each."""
    return components_of(vectors_of(snapshots, snapshots.has_velocity))


def columns_in(snapshots: Snapshots, name: str) -> int:
    """Number of columns of an array that `load` gives; if unknown, the first snapshot is read."""
    if isinstance(snapshots, WithColumns):
        return snapshots.columns(name)
    return math.prod(snapshots.load(0, name).shape[1:])


class Snapshot:
    """The particles of one snapshot whose positions are finite.

    Attributes:
        index: which snapshot.
        count: number of particles, including those without a finite position.
        rows: numbers of those with a finite position; None: all of them.
        position: (n, 3).
    """

    def __init__(self, snapshots: Snapshots, index: int):
        self._snapshots = snapshots
        self._loaded: dict[str, np.ndarray] = {}
        self.index = index
        stored = np.asarray(snapshots.load(index, "position"))
        self.count = len(stored)
        finite = np.isfinite(stored)
        # Usually all are finite, and testing them together is much faster than row by row.
        self.rows: np.ndarray | None = None if finite.all() else np.flatnonzero(finite.all(axis=1))
        self.position = self._kept(stored)

    def _kept(self, values: np.ndarray) -> np.ndarray:
        return values if self.rows is None else values[self.rows]

    def prepare(self, names: Iterable[str]) -> None:
        """Loads fields and sorts the ids in advance."""
        for name in names:
            self.field(name)
        _ = self.sorted_ids

    def field(self, name: str) -> np.ndarray:
        """A stored field of the particles, `velocity`, or a component of a vector."""
        if name not in self._loaded:
            if name == "velocity" or name in self._snapshots.names:
                self._loaded[name] = self._kept(np.asarray(self._snapshots.load(self.index, name)))
            else:
                self._loaded[name] = component(name, self.field(components_in(self._snapshots)[name]))
        return self._loaded[name]

    @cached_property
    def ids(self) -> np.ndarray:
        """The stored ids, or else the row numbers."""
        if not self._snapshots.has_id:
            return np.arange(self.count) if self.rows is None else self.rows
        return self._kept(np.asarray(self._snapshots.load(self.index, "id")))

    @cached_property
    def order(self) -> np.ndarray | None:
        """The rows in the order of their ids; None: they are sorted already."""
        ids = self.ids
        return None if (ids[1:] > ids[:-1]).all() else np.argsort(ids, kind="stable")

    @cached_property
    def sorted_ids(self) -> np.ndarray:
        """The ids in ascending order.

        Raises:
            InputError: at `id`: one occurs twice.
        """
        if self.order is None:
            return self.ids
        ordered = self.ids[self.order]
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            times = self._snapshots.times
            when = "" if times is None else f" at time {times[self.index]:g}"
            what = f"the id {twice[0]} occurs more than once{when}"
            raise InputError(what, "within one snapshot every particle has its own id", ("id",))
        found: np.ndarray = ordered
        return found


def places_in(ordered: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The index of each id in a sorted list, and whether the list holds it: (n,) int and (n,) bool."""
    if not len(ordered):
        return np.zeros(len(ids), np.intp), np.zeros(len(ids), bool)
    place = np.searchsorted(ordered, ids)
    place[place == len(ordered)] = 0
    return place, ordered[place] == ids


def matched(start: Snapshot, end: Snapshot) -> tuple[Rows, Rows]:
    """The rows of the particles that both snapshots hold, in the order of the first."""
    if np.array_equal(start.ids, end.ids):
        return EVERY_ROW, EVERY_ROW
    a, b = start.sorted_ids, end.sorted_ids
    if np.array_equal(a, b):
        last = np.empty(len(a), np.intp)
        last[EVERY_ROW if start.order is None else start.order] = np.arange(len(b)) if end.order is None else end.order
        return EVERY_ROW, last
    place, found = places_in(b, a)
    place = place[found]
    partner = np.full(len(a), -1, np.intp)
    first = np.flatnonzero(found) if start.order is None else start.order[found]
    partner[first] = place if end.order is None else end.order[place]
    first = np.flatnonzero(partner >= 0)
    return first, partner[first]


class Pair:
    """The particles that two neighbouring snapshots both hold, in the order of the first.

    Attributes:
        first, last: rows of the particles in either snapshot.
        motion: between the two.
        path: (n, 3), from the first position to the nearest periodic image of the last.
        duration: data time between the two.
        has_id: whether they have ids.

    Raises:
        InputError: at `id`: they hold different numbers of particles without ids, and neither is without particles.
    """

    def __init__(
        self,
        start: Snapshot,
        end: Snapshot,
        duration: float,
        motion: Motion,
        boxes: tuple[PeriodicBox, PeriodicBox] | None,
        has_id: bool,
    ):
        if not has_id and start.count != end.count and start.count and end.count:
            what = f"one snapshot holds {start.count} particles, the next {end.count}, and no ids say which is which"
            raise InputError(what, "write id: and the name of the array or column of ids", ("id",))
        self.start, self.end, self.duration, self.motion = start, end, duration, motion
        self.has_id = has_id
        self.first, self.last = matched(start, end)
        path = end.position[self.last] - start.position[self.first]
        self.path = path if boxes is None else boxes[0].path_to(path, boxes[1])
        self._ends: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    @cached_property
    def position(self) -> np.ndarray:
        """(n, 3), at the first snapshot."""
        return self.start.position[self.first]

    @cached_property
    def ids(self) -> np.ndarray:
        """(n,)."""
        return self.start.ids[self.first]

    @cached_property
    def speed(self) -> np.ndarray:
        """Mean speed along the shortest path, (n,)."""
        return self.lengths / self.duration

    @property
    def lengths(self) -> np.ndarray:
        """Lengths of the shortest paths, (n,)."""
        return self.motion.lengths(self.position, self.path)

    def ends(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A stored field at both snapshots."""
        if name not in self._ends:
            self._ends[name] = self.start.field(name)[self.first], self.end.field(name)[self.last]
        return self._ends[name]

    def along(self, fraction: float, hermite: bool) -> np.ndarray:
        """Positions at a fraction of the duration, on the shortest path or the cubic with velocities at its ends."""
        velocities = self.ends("velocity") if hermite else None
        return moved(self.motion, self.position, self.path, fraction, self.duration, velocities)
