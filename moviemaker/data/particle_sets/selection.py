"""Selections of particles: by a condition, every n-th, or a sample of a given number.

A hash of the ids decides which particles are taken, so they are the same in every snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.geometry import norms
from moviemaker.core.recent import Recent
from moviemaker.data.columns.components import component
from moviemaker.data.columns.conditions import Condition
from moviemaker.data.particle_sets.derived import DerivedSnapshots
from moviemaker.data.particle_sets.positions import PLACES, of_place
from moviemaker.data.particle_sets.snapshots import Snapshots, components_in


@dataclass(frozen=True)
class Selection:
    """A selection as the scene gives it.

    Attributes:
        select: a condition on the fields, applied to every snapshot.
        every: takes one particle in `every`: by a hash of its id, or by the number of its row without ids.
        sample: number of particles taken, from the first or the last snapshot, whichever holds more.
    """

    select: str | None = None
    every: int | None = None
    sample: int | None = None

    def __bool__(self) -> bool:
        return self.select is not None or self.every is not None or self.sample is not None

    @cached_property
    def condition(self) -> Condition | None:
        """The condition, parsed."""
        return None if self.select is None else Condition(self.select)

    def check(self, known: Sequence[str]) -> None:
        """Raises InputError at `select` if the condition names an unknown field."""
        for name in self.condition.names if self.condition else ():
            if name not in known:
                raise InputError(f"no such field {name!r}", suggest(name, known, "field"), ("select",))

    def passing(self, ids: np.ndarray, rows: bool, value: Callable[[str], np.ndarray]) -> np.ndarray:
        """Rows of the particles that fulfil the condition and are taken by `every`.

        Args:
            ids: (n,).
            rows: whether the ids are numbers of rows.
            value: gives a field (n,).

        Raises:
            InputError: at `select`: a field has more than one value for a particle.
        """
        chosen = np.ones(len(ids), bool)
        if self.condition:
            fields = {name: value(name) for name in self.condition.names}
            for name, values in fields.items():
                if values.ndim > 1:
                    what = f"{name!r} has {values.shape[1]} values for each particle"
                    such = f", such as {name}_x or {name}_magnitude" if values.shape[1] == 3 else ""
                    raise InputError(what, f"compare fields that have one{such}", ("select",))
            chosen &= self.condition.holds(fields, len(ids))
        if self.every is not None:
            number = ids.astype(np.uint64) if rows else hashed(ids)
            chosen &= number % np.uint64(self.every) == 0
        return np.flatnonzero(chosen)


def hashed(ids: np.ndarray) -> np.ndarray:
    """Hashes (n,) uint64 of ids, evenly distributed: the last steps of splitmix64 (S. Vigna, 2015)."""
    z = ids.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: np.ndarray = z ^ (z >> np.uint64(31))
    return spread


class SelectedSnapshots(DerivedSnapshots):
    """Snapshots reduced to some of their particles.

    Args:
        snapshots: with all particles.
        selection: which particles are taken.

    Raises:
        InputError: at `select`: no such field.
    """

    has_id = True  # rows are numbered before the selection

    def __init__(self, snapshots: Snapshots, selection: Selection):
        super().__init__(snapshots)
        self._alone = threading.RLock()
        self._selection = selection
        self._rows: Recent[np.ndarray] = Recent(3)
        self._components = components_in(snapshots)
        known = [*snapshots.names, *self._components, "id", *PLACES]
        known += ["speed"] if snapshots.has_velocity else []
        known += ["time"] if snapshots.times is not None else []
        selection.check(known)

    def load(self, index: int, name: str) -> np.ndarray:
        """One array of the chosen particles of one snapshot."""
        with self._alone:
            rows = self._chosen(index)
        values: np.ndarray = (self.whole_ids(index) if name == "id" else self.whole.load(index, name))[rows]
        return values

    def whole_ids(self, index: int) -> np.ndarray:
        """The ids of a snapshot of the whole (n,), or else the numbers of its rows.

        Raises:
            InputError: at `id`: the ids are missing, and the number of particles changes.
        """
        if self.whole.has_id:
            return self.whole.load(index, "id")
        count = len(self.whole.load(index, "position"))
        first = self._first_count if count else 0
        if count != first:
            what = f"one snapshot holds {first} particles, another {count}, and no ids say which is which"
            raise InputError(what, "write id: and the name of the array or column of ids", ("id",))
        return np.arange(count)

    @cached_property
    def _first_count(self) -> int:
        """Number of particles in the first snapshot that has any."""
        counts = (len(self.whole.load(index, "position")) for index in range(self.steps))
        return next((count for count in counts if count), 0)

    def _chosen(self, index: int) -> np.ndarray:
        def choose() -> np.ndarray:
            ids = self.whole_ids(index)
            rows = self._passing(index, ids)
            return rows if self._limit is None else rows[hashed(ids[rows]) <= self._limit]

        return self._rows.get(index, choose)

    def _passing(self, index: int, ids: np.ndarray) -> np.ndarray:
        return self._selection.passing(ids, not self.whole.has_id, lambda name: self._value(index, name, ids))

    @cached_property
    def _limit(self) -> np.uint64 | None:
        """The highest hash that belongs to the sample."""
        count = self._selection.sample
        if count is None:
            return None
        most: np.ndarray = np.empty(0, np.uint64)
        for index in dict.fromkeys([0, self.steps - 1, *range(self.steps)]):
            if index not in (0, self.steps - 1) and len(most):
                break  # others are looked at only if the first and the last have no particles
            ids = self.whole_ids(index)
            hashes = hashed(ids[self._passing(index, ids)])
            most = hashes if len(hashes) > len(most) else most
        return None if len(most) <= count else np.partition(most, count - 1)[count - 1]

    def _value(self, index: int, name: str, ids: np.ndarray) -> np.ndarray:
        if name in self.names:
            return self.whole.load(index, name)
        if name in self._components:
            return component(name, self.whole.load(index, self._components[name]))
        if name == "id":
            return ids
        if name == "time":
            assert self.times is not None
            return np.full(len(ids), self.times[index])
        if name == "speed":
            return norms(self.whole.load(index, "velocity"))
        position = self.whole.load(index, "position")
        return of_place(name, position)
