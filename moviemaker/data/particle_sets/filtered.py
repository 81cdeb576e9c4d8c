"""Some of the particles of any source, such as one of another package, which moves them itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Particles, Vector
from moviemaker.core.sources import MadeFrom, OnGlobe, Source, columns_of
from moviemaker.data.particle_sets.positions import PLACES, of_place
from moviemaker.data.particle_sets.selection import Selection, hashed


@runtime_checkable
class Selectable(Protocol):
    """Particles that can give a source of some of them, which moves between its own snapshots."""

    def chosen(
        self, selection: Selection, interpolation: str | None = None, fade: float | None = None
    ) -> Source[Particles]:
        """Some of the particles; None: they are interpolated and fade in and out as these are.

        Raises:
            InputError: at `select`: no such field.
        """
        ...


class FilteredParticles(MadeFrom):
    """Those particles of a source that a selection takes, at every time anew.

    Args:
        particles: the whole.
        selection: which are taken. Without a field `id` particles are told apart by their rows.

    Raises:
        InputError: at `select`: no such field.
    """

    sample_type = Particles

    def __init__(self, particles: Source[Particles], selection: Selection):
        super().__init__(particles)
        self._selection = selection
        self._has_id = "id" in particles.fields
        self._given: tuple[object, Particles] | None = None
        selection.check(self.fields)

    @property
    def globe(self) -> bool:
        """Whether the whole lies around a globe."""
        return isinstance(self.whole, OnGlobe) and self.whole.globe

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the whole, then those that are computed; a field of the whole goes before a computed one."""
        clock = () if self.times is None else ("time",)
        return tuple(dict.fromkeys([*self.whole.fields, "id", *PLACES, *clock]))

    def columns(self, field: str) -> int:
        """Number of columns of a field.

        Raises:
            InputError: no field of this name.
        """
        self._check(field)
        return columns_of(self.whole, field) if field in self.whole.fields else 1

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The particles at a data time, with the fields that are named.

        Raises:
            InputError: no field of this name, or whatever the whole raises.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        condition = self._selection.condition
        used = dict.fromkeys([*names, *(condition.names if condition else ()), *(("id",) if self._has_id else ())])
        sample = self.whole.at(time, tuple(name for name in used if name in self.whole.fields))
        key = (sample, names, time if "time" in used and "time" not in self.whole.fields else None)
        if self._given is None or self._given[0] != key:
            rows = self._rows(sample, time)
            values = {name: self._value(sample, name, time)[rows] for name in names}
            fade = None if sample.fade is None else sample.fade[rows]
            position = np.asarray(sample.position)[rows]
            self._given = key, replace(sample, position=position, fields=values, fade=fade)
        return self._given[1]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def _rows(self, sample: Particles, time: float) -> np.ndarray:
        rows = self._passing(sample, time)
        return rows if self._limit is None else rows[hashed(self._ids(sample)[rows]) <= self._limit]

    def _passing(self, sample: Particles, time: float) -> np.ndarray:
        """Rows of those that fulfil the condition and are among every n-th."""
        return self._selection.passing(
            self._ids(sample), not self._has_id, lambda name: self._value(sample, name, time)
        )

    def _value(self, sample: Particles, name: str, time: float) -> np.ndarray:
        if name in self.whole.fields:
            return np.asarray(sample.fields[name])
        if name == "id":
            return self._ids(sample)
        if name == "time":
            return np.full(len(sample.position), time)
        return of_place(name, np.asarray(sample.position))

    def _ids(self, sample: Particles) -> np.ndarray:
        return ids_of(sample, self._has_id, self._first_count)

    @cached_property
    def _first_count(self) -> int:
        """Number of particles at the first time at which there are any."""
        counts = (len(self.whole.at(time).position) for time in self._all_times)
        return next((count for count in counts if count), 0)

    @property
    def _ends(self) -> tuple[float, ...]:
        """The first and the last time."""
        return (0.0,) if self.times is None else (float(self.times[0]), float(self.times[-1]))

    @property
    def _all_times(self) -> tuple[float, ...]:
        """All times, those at the ends first."""
        times = () if self.times is None else self.times.tolist()
        return tuple(dict.fromkeys([*self._ends, *times]))

    @cached_property
    def _limit(self) -> np.uint64 | None:
        """The highest hash that belongs to the sample; None: all do."""
        count = self._selection.sample
        if count is None:
            return None
        condition = self._selection.condition
        used = [*(condition.names if condition else ()), *(("id",) if self._has_id else ())]
        most: np.ndarray = np.empty(0, np.uint64)
        for time in self._all_times:
            if time not in self._ends and len(most):
                break  # others are looked at only if the ends have no particles
            sample = self.whole.at(time, tuple(name for name in used if name in self.whole.fields))
            hashes = hashed(self._ids(sample)[self._passing(sample, time)])
            most = hashes if len(hashes) > len(most) else most
        return None if len(most) <= count else np.partition(most, count - 1)[count - 1]

    def center(self, time: float) -> Vector:
        """Mean of the positions; where no particle is selected, the centre of the whole."""
        position = self.at(time).position
        if not len(position):
            return self.whole.center(time)
        x, y, z = position.mean(axis=0, dtype=np.float64).tolist()
        return x, y, z

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, flat.

        Raises:
            InputError: no field of this name, or whatever the whole raises.
        """
        self._check(field)
        return (self._surveyed(field, time) for time in ([0.0] if self.times is None else self.times.tolist()))

    def _surveyed(self, field: str, time: float) -> np.ndarray:
        values = self.at(time, (field,)).fields[field].ravel()
        return values[np.isfinite(values)] if values.dtype.kind == "f" else values

    def examine(self) -> list[str]:
        """Looks whether any particle is selected at any time; the whole is examined by itself.

        Raises:
            InputError: at `select`: none is.
        """
        if not any(len(self.at(time).position) for time in self._all_times):
            raise InputError("no particle is selected", "loosen the condition", ("select",))
        return []


def ids_of(sample: Particles, has_id: bool, first_count: int) -> np.ndarray:
    """Ids (n,) of particles: their field `id`, or the numbers of their rows.

    Args:
        sample: the particles.
        has_id: whether the field is among theirs.
        first_count: number of particles at the first time at which there are any.

    Raises:
        InputError: at `of`: the ids are missing, and the number of particles changes.
    """
    if has_id:
        return np.asarray(sample.fields["id"])
    count = len(sample.position)
    if count and count != first_count:
        what = f"they are {first_count} particles at one time and {count} at another, and no field says which is which"
        raise InputError(what, "give the data a field id", ("of",))
    return np.arange(count)
