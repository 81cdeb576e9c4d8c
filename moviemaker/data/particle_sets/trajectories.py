"""Trajectories: every particle moves between its own rows of a table, from its first to its last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Particles, Vector
from moviemaker.core.geometry import norms
from moviemaker.data.particle_sets.interpolation import (
    AROUND_GLOBE,
    STRAIGHT,
    Motion,
    mismatched_velocities,
    mixed,
    moved,
)
from moviemaker.data.particle_sets.left_out import missed_snapshot
from moviemaker.data.particle_sets.lifetimes import Seconds, fade_between
from moviemaker.data.particle_sets.periodic_box import Period, PeriodicBox
from moviemaker.data.particle_sets.positions import PLACES, mean_position, not_finite, of_place
from moviemaker.data.particle_sets.selection import Selection, hashed
from moviemaker.data.particle_sets.trajectory_tables import Table

MANY = 10
"""From this number of times on, users are warned of a gap that is longer than all others together."""


class TrajectorySource:
    """Particles at any data time, each between its own rows.

    Args:
        table: the rows.
        interpolation: `linear`, `hermite` (needs velocities) or `hold`.
        period: of the periodic box; None: space is not periodic.
        fade: seconds of the movie in which particles fade in and out; None: they appear and vanish at once.
        motion: from row to row.
        selections: of rows; a particle moves from one selected row to the next.
        unwrapped: whether paths go on across the edges of the box.

    Raises:
        InputError: at `select`: no such field.
    """

    sample_type = Particles

    def __init__(
        self,
        table: Table,
        interpolation: str = "linear",
        period: Period | None = None,
        fade: float | None = None,
        motion: Motion = STRAIGHT,
        selections: tuple[Selection, ...] = (),
        unwrapped: bool = False,
    ):
        self._table = table
        self.interpolation = interpolation
        self._period = period
        self._box = None if period is None else PeriodicBox(period)
        self._fade = fade
        self._motion = motion
        self._seconds: Seconds = lambda times: times
        self._selections = selections
        self._unwrapped = unwrapped
        self._given: tuple[object, Particles] | None = None
        for selection in selections:
            selection.check([*self.fields])

    @cached_property
    def times(self) -> np.ndarray:
        """Data times of all rows, each once."""
        return np.unique(self._table.times)

    @property
    def time_unit(self) -> str:
        """What the times count, such as `days since 1970-01-01`, if the files or the scene say it."""
        return self._table.time_unit

    @property
    def globe(self) -> bool:
        """Whether they move on a globe."""
        return self._motion is AROUND_GLOBE

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields, then the computed ones; a stored field replaces a computed one of the same name."""
        return tuple(dict.fromkeys([*self._table.own, "speed", "distance", "id", "x", "y", "z", "time"]))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the data come from."""
        return tuple(str(path) for path in self._table.paths)

    def pace(self, seconds: Seconds) -> None:
        """Takes the seconds of the movie at data times, for `fade`. Until then a unit of data time is a second."""
        self._seconds = seconds
        self._given = None
        self.__dict__.pop("_lifetimes", None)

    def chosen(
        self, selection: Selection, interpolation: str | None = None, fade: float | None = None
    ) -> TrajectorySource:
        """Some of these particles; None: interpolated and faded as these are.

        Raises:
            InputError: at `select`: no such field.
        """
        selections = (*self._selections, selection) if selection else self._selections
        fade = self._fade if fade is None else fade
        interpolation = interpolation or self.interpolation
        return TrajectorySource(
            self._table, interpolation, self._period, fade, self._motion, selections, self._unwrapped
        )

    @cached_property
    def _rows(self) -> np.ndarray:
        """Numbers of the rows that are selected and have a finite position."""
        rows = np.flatnonzero(np.isfinite(self._table.load("position")).all(axis=1))
        for selection in self._selections:
            ids = self._table.ids[rows]
            rows = rows[selection.passing(ids, False, partial(self._of_rows, rows=rows))]
            if selection.sample is not None:
                hashes = np.unique(hashed(np.unique(self._table.ids[rows])))
                if len(hashes) > selection.sample:
                    rows = rows[hashed(self._table.ids[rows]) <= hashes[selection.sample - 1]]
        return rows

    @cached_property
    def _key(self) -> np.ndarray:
        """A number for each selected row that ascends with its id and its time."""
        number = np.unique(self._table.ids[self._rows], return_inverse=True)[1]
        key: np.ndarray = number * len(self.times) + np.searchsorted(self.times, self._table.times[self._rows])
        return key

    @cached_property
    def _firsts(self) -> np.ndarray:
        """Index of the first row of each id, and at the end the number of rows."""
        new = np.flatnonzero(np.diff(self._table.ids[self._rows]) != 0) + 1
        return np.concatenate([[0], new, [len(self._rows)]]) if len(self._rows) else np.zeros(1, np.intp)

    @cached_property
    def _paths(self) -> tuple[np.ndarray, np.ndarray]:
        """Paths (n - 1, 3) from each selected row to the next, and their durations (n - 1,)."""
        path = np.diff(self._table.load("position")[self._rows], axis=0)
        return path if self._box is None else self._box.shortest(path), np.diff(self._table.times[self._rows])

    @cached_property
    def _place(self) -> np.ndarray:
        """Positions of the selected rows (n, 3), which perhaps go on across the edges of the box."""
        place: np.ndarray = self._table.load("position")[self._rows]
        if self._box is None or not self._unwrapped or not len(place):
            return place
        added = np.zeros_like(place)
        added[1:] = np.cumsum(self._paths[0] - np.diff(place, axis=0), axis=0)
        firsts = np.repeat(self._firsts[:-1], np.diff(self._firsts))
        return np.asarray(place + added - added[firsts])

    def _lengths(self, same: np.ndarray) -> np.ndarray:
        """Lengths (n,) of the paths from some of the selected rows to the next."""
        position = self._table.load("position")[self._rows[same]]
        return self._motion.lengths(position, self._paths[0][same])

    @cached_property
    def _speed(self) -> np.ndarray:
        """Speed from each selected row to the next; for the last row of a particle, the speed to it."""
        if self._table.has_velocity:
            return norms(self._table.load("velocity")[self._rows])
        speed = np.full(len(self._rows), np.nan)
        duration = self._paths[1]
        same = np.flatnonzero(duration > 0) if len(duration) else np.zeros(0, np.intp)
        same = same[np.diff(self._table.ids[self._rows])[same] == 0]
        found = self._lengths(same) / duration[same]
        speed[same + 1] = found
        speed[same] = found
        return speed

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The particles at a data time, with the named fields.

        Raises:
            InputError: no field of this name.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))
        time = float(np.clip(time, self.times[0], self.times[-1]))
        if self._given is None or self._given[0] != (time, names):
            self._given = (time, names), self._at(time, names)
        return self._given[1]

    def _at(self, time: float, names: tuple[str, ...]) -> Particles:
        here, there, fraction = self._moment(time)
        position = self._positions(here, there, fraction)
        found = {name: self._field(name, here, there, fraction, position, time) for name in names}
        box = None if self._box is None else self._box.vectors
        return Particles(position, found, self._fade_at(time, here), box, self._motion is AROUND_GLOBE)

    def _moment(self, time: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The row of each particle that lives at a time, the next row, and the fraction of the time between (n,)."""
        first, last = self._firsts[:-1], self._firsts[1:] - 1
        rank = int(np.searchsorted(self.times, time, side="right")) - 1
        here = np.searchsorted(self._key, np.arange(len(first)) * len(self.times) + rank, side="right") - 1
        when = self._table.times[self._rows]
        alive = here >= first
        alive &= (here < last) | (when[here] == time)
        here = here[alive]
        there = np.minimum(here + 1, last[alive])
        exact = (when[here] == time) | (self.interpolation == "hold")
        there[exact] = here[exact]
        duration = when[there] - when[here]
        fraction = np.where(exact, 0.0, (time - when[here]) / np.where(duration > 0, duration, 1.0))
        return here, there, fraction

    def _positions(self, here: np.ndarray, there: np.ndarray, fraction: np.ndarray) -> np.ndarray:
        position = self._place[here]
        moving = np.flatnonzero(there != here)
        path, duration = self._paths[0][here[moving]], self._paths[1][here[moving]]
        velocities = None
        if self.interpolation == "hermite":
            velocity = self._table.load("velocity")
            velocities = velocity[self._rows[here[moving]]], velocity[self._rows[there[moving]]]
        part, lasts = fraction[moving, None], duration[:, None]
        position[moving] = moved(self._motion, position[moving], path, part, lasts, velocities)
        return position if self._box is None or self._unwrapped else self._box.wrapped(position, self._corner)

    @cached_property
    def _corner(self) -> np.ndarray:
        assert self._box is not None
        return self._box.corner(self._table.load("position")[self._rows])

    def _field(
        self,
        name: str,
        here: np.ndarray,
        there: np.ndarray,
        fraction: np.ndarray,
        position: np.ndarray,
        time: float,
    ) -> np.ndarray:
        if name in self._table.own:
            values = self._table.load(name)
            part = fraction if values.ndim == 1 else fraction[:, None]
            return mixed(values[self._rows[here]], values[self._rows[there]], part)
        if name == "time":
            return np.full(len(here), time)
        if name == "speed" and self._table.has_velocity:
            return mixed(self._speed[here], self._speed[there], fraction)
        found: np.ndarray
        if name == "speed":
            found = self._speed[here]
        elif name == "id":
            found = self._table.ids[self._rows[here]]
        else:
            found = of_place(name, position)
        return found

    @cached_property
    def _lifetimes(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Seconds of the movie of the birth and the death of each id, and the sign of the clock's direction."""
        seconds = self._seconds(self.times)
        sign = -1.0 if seconds[-1] < seconds[0] else 1.0
        when = self._table.times[self._rows]
        born, died = when[self._firsts[:-1]], when[self._firsts[1:] - 1]
        come = np.where(born > self.times[0], sign * self._seconds(born), -np.inf)
        go = np.where(died < self.times[-1], sign * self._seconds(died), np.inf)
        return come, go, sign

    def _fade_at(self, time: float, here: np.ndarray) -> np.ndarray | None:
        if self._fade is None:
            return None
        born, died, sign = self._lifetimes
        particle = np.searchsorted(self._firsts, here, side="right") - 1
        now = sign * float(self._seconds(np.array([time]))[0])
        return fade_between(now, born[particle], died[particle], self._fade)

    def center(self, time: float) -> Vector:
        """Mean of the positions; at times without particles, the position of the row whose time is nearest."""
        position = self.at(time).position
        if not len(position) and len(self._rows):
            position = self._place[[np.argmin(np.abs(self._table.times[self._rows] - time))]]
        return mean_position(position)

    def _of_rows(self, name: str, rows: np.ndarray) -> np.ndarray:
        """A field of rows of the table."""
        found: np.ndarray
        if name in self._table.own:
            found = self._table.load(name)[rows]
        elif name in ("id", "time"):
            found = (self._table.ids if name == "id" else self._table.times)[rows]
        elif name == "speed" and not self._table.has_velocity:
            raise InputError("speed follows from the rows that are selected", "select by another field", ("select",))
        elif name == "speed":
            found = norms(self._table.load("velocity")[rows])
        else:
            position = self._table.load("position")[rows]
            found = of_place(name, position)
        return found

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field at all rows, flat.

        Raises:
            InputError: no field of this name.
        """
        if field not in self.fields:
            raise InputError(f"no such field {field!r}", suggest(field, self.fields, "field"))
        speed = field == "speed" and field not in self._table.names
        if field in PLACES and field not in self._table.own:
            values = of_place(field, self._place)
        else:
            values = self._speed if speed else self._of_rows(field, self._rows)
        flat = values.ravel()
        yield flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat

    def examine(self) -> list[str]:
        """Reads all rows.

        Returns:
            Warnings: how many rows have no finite position, a time far from all others, and mismatched velocities.

        Raises:
            InputError: no row has a finite position, or none is selected.
        """
        position = self._table.load("position")
        finite = int(np.isfinite(position).all(axis=1).sum())
        if not finite:
            raise InputError("no particle has a finite position", "check how the file was written", ("file",))
        if not len(self._rows):
            raise InputError("no row is selected", "loosen the condition", ("select",))
        warnings = [] if finite == len(position) else [not_finite(len(position) - finite, len(position))]
        gaps = np.diff(self.times)
        if len(gaps) >= MANY and gaps.max() > gaps.sum() / 2:
            place = int(gaps.argmax())
            lonely = f"no row lies between the times {self.times[place]:g} and {self.times[place + 1]:g}"
            warnings.append(f"{lonely}; is one of them wrong?")
        if self.interpolation == "hermite":
            velocity = self._table.load("velocity")[self._rows]
            same = np.flatnonzero(np.diff(self._table.ids[self._rows]) == 0)
            duration = self._paths[1][same]
            found = mismatched_velocities(self._lengths(same), duration, velocity[same], velocity[same + 1])
            warnings += found or self._examine_distances(position[self._rows], velocity)
        return warnings

    def _examine_distances(self, position: np.ndarray, velocity: np.ndarray) -> list[str]:
        """Whether the rows of each particle are close enough in time for the cubic through them."""
        ids = self._table.ids[self._rows]
        first = np.flatnonzero(ids[2:] == ids[:-2])
        if self._box is not None or not len(first):
            return []
        positions = position[first], position[first + 1], position[first + 2]
        durations = self._paths[1][first], self._paths[1][first + 1]
        return missed_snapshot(self._motion, positions, (velocity[first], velocity[first + 2]), durations)
