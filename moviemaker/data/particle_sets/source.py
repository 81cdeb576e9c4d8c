"""Open particles: positions and fields at any moment, matched by id between snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Particles, Vector
from moviemaker.core.geometry import norms
from moviemaker.core.recent import Recent
from moviemaker.core.sources import HasTimeUnit
from moviemaker.data.files.series import READ_AT_MOST, between
from moviemaker.data.particle_sets.boxes import Boxes, Moment
from moviemaker.data.particle_sets.derived import summary_of, tell
from moviemaker.data.particle_sets.first_motion import first_pair, first_velocities
from moviemaker.data.particle_sets.interpolation import AROUND_GLOBE, STRAIGHT, Motion, mixed
from moviemaker.data.particle_sets.lifetimes import Lifetimes, Seconds
from moviemaker.data.particle_sets.periodic_box import FILE, Period, ignored_box
from moviemaker.data.particle_sets.positions import (
    NEVER_BETWEEN,
    PLACES,
    mean_position,
    missing_values,
    not_finite,
    of_place,
)
from moviemaker.data.particle_sets.prefetch import Reader
from moviemaker.data.particle_sets.selection import SelectedSnapshots, Selection
from moviemaker.data.particle_sets.snapshots import (
    HasGaps,
    Pair,
    Snapshot,
    Snapshots,
    WithWarnings,
    columns_in,
    components_in,
)


class ParticleSource:
    """Particles at any data time.

    Args:
        snapshots: the particles at the known times.
        interpolation: `linear`, `hermite` (needs velocities) or `hold`.
        period: of the periodic box: lengths, vectors, or `file` for what the files say; None: space is not periodic.
        fade: seconds of the movie in which particles fade in and out; None: they appear and vanish at once.
        motion: from snapshot to snapshot.
        unwrap: `molecules` or `path` if the snapshots have been unwrapped in that way; None: positions are drawn in
            the box.

    Attributes:
        snapshots: those given.
        interpolation: that given.
        reader: reads the snapshots.
    """

    sample_type = Particles

    def __init__(
        self,
        snapshots: Snapshots,
        interpolation: str = "linear",
        period: Period | None = None,
        fade: float | None = None,
        motion: Motion = STRAIGHT,
        unwrap: str | None = None,
    ):
        self.snapshots = snapshots
        self.interpolation = interpolation
        self.reader = Reader(snapshots)
        self._period = period
        self._boxes = Boxes(snapshots, period, lambda: self._snapshot(self._first_filled).position, unwrap)
        self._fade = fade
        self._motion = motion
        self._unwrap = unwrap
        self._seconds: Seconds = lambda times: times
        self._pairs: Recent[Pair] = Recent(1)
        self._read: tuple[str, ...] = ()
        self._last: int | None = None
        self._moment: Moment | None = None
        self._arrays: dict[str, np.ndarray] = {}
        self._given: dict[tuple[object, ...], Particles] = {}

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self.snapshots.times

    @property
    def time_unit(self) -> str:
        """What the times count, such as `days since 1970-01-01`, if the files or the scene say it."""
        return self.snapshots.time_unit if isinstance(self.snapshots, HasTimeUnit) else ""

    @property
    def globe(self) -> bool:
        """Whether they move on a globe."""
        return self._motion is AROUND_GLOBE

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields, then the computed ones; a stored field replaces a computed one of the same name."""
        names = [*self._stored]
        if self.snapshots.has_velocity or self.times is not None:
            names.append("speed")
        names += ["distance", "id", "x", "y", "z"]
        if self.times is not None:
            names.append("time")
        return tuple(dict.fromkeys(names))

    @cached_property
    def _stored(self) -> tuple[str, ...]:
        """Fields of a single snapshot: those in the files, and components of vectors."""
        velocity = ("velocity",) if self.snapshots.has_velocity else ()
        return tuple(dict.fromkeys([*self.snapshots.names, *velocity, *components_in(self.snapshots)]))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the data come from."""
        return tuple(str(path) for path in self.snapshots.paths)

    def pace(self, seconds: Seconds) -> None:
        """Takes the seconds of the movie at data times, for `fade`. Until then a unit of data time is a second."""
        self._seconds = seconds
        self._given = {}
        self.__dict__.pop("_lifetimes", None)

    def chosen(
        self, selection: Selection, interpolation: str | None = None, fade: float | None = None
    ) -> ParticleSource:
        """Some of these particles; None: interpolated and faded as these are.

        Raises:
            InputError: at `select`: no such field.
        """
        snapshots = SelectedSnapshots(self.snapshots, selection) if selection else self.snapshots
        fade = self._fade if fade is None else fade
        interpolation = interpolation or self.interpolation
        return ParticleSource(snapshots, interpolation, self._period, fade, self._motion, self._unwrap)

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The particles at a data time, with the named fields.

        Raises:
            InputError: no field of this name, ids do not match, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        before, after, fraction = between(self.times, time, self.interpolation == "hold")
        if (before, after, fraction) != self._moment:
            self._moment = (before, after, fraction)
            self._arrays, self._given = {}, {}
        self._look_ahead(before, after, names)
        clock = "time" in names and "time" not in self.snapshots.names
        fade = self._fade_at(time, before, after)
        key = (names, time if clock or fade is not None else None)
        if key not in self._given:
            if "position" not in self._arrays:
                self._arrays["position"] = self._position(before, after, fraction)
            position = self._arrays["position"]
            found = {}
            for name in names:
                if name == "time" and clock:
                    found[name] = np.full(len(position), time)
                    continue
                if name not in self._arrays:
                    self._arrays[name] = self._field(name, before, after, fraction, position)
                found[name] = self._arrays[name]
            # Only held data whose clock goes on have more than one key for the same fields: the last one is kept.
            self._given = {k: v for k, v in self._given.items() if k[0] != names}
            box = self._boxes.at(self._moment)
            vectors = None if box is None else box.vectors
            corner = None if vectors is None else self._boxes.corner(self._moment) @ vectors
            self._given[key] = Particles(position, found, fade, vectors, self._motion is AROUND_GLOBE, corner)
        return self._given[key]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def _look_ahead(self, before: int, after: int, names: Sequence[str]) -> None:
        """Prefetches the snapshots that come next if time goes on as before."""
        used = ["velocity"] if self.interpolation == "hermite" else []
        used += [name for name in names if name in self._stored]
        if self.snapshots.has_velocity and "speed" in names:
            used.append("velocity")
        self._read = tuple(dict.fromkeys(used))
        step = 1 if self._last is None else before - self._last
        if step == 0:
            return
        self._pairs = Recent(1)  # frees a snapshot before the next one is read
        for index in (before, after):
            self.reader.get(index, self._read)
        self._last = before
        onwards = (after + 1,) if step == 1 else (before - 1,) if step == -1 else (before + step, before + step + 1)
        self.reader.expect(onwards, self._read)

    def _snapshot(self, index: int) -> Snapshot:
        return self.reader.get(index, self._read)

    def _pair(self, before: int) -> Pair:
        """A snapshot and the one after it."""
        assert self.times is not None
        duration = float(self.times[before + 1] - self.times[before])

        def make() -> Pair:
            start, end = self._snapshot(before), self._snapshot(before + 1)
            boxes = self._boxes.across(before, before + 1)
            return Pair(start, end, duration, self._motion, boxes, self.snapshots.has_id)

        return self._pairs.get(before, make)

    def _position(self, before: int, after: int, fraction: float) -> np.ndarray:
        if before == after:
            position = self._snapshot(before).position
        else:
            position = self._pair(before).along(fraction, self.interpolation == "hermite")
        return self._boxes.drawn(position, (before, after, fraction))

    @cached_property
    def _first_filled(self) -> int:
        """The first snapshot with particles; 0 if none has any."""
        filled = (index for index in range(self.snapshots.steps) if len(self._snapshot(index).position))
        return next(filled, 0)

    @cached_property
    def _lifetimes(self) -> Lifetimes | None:
        if self._fade is None or self.times is None:
            return None
        return Lifetimes(self._seconds(self.times), self._ids, self._fade, self.interpolation == "hold")

    def _ids(self, index: int) -> np.ndarray:
        return (self.reader.known(index) or Snapshot(self.snapshots, index)).sorted_ids

    def _fade_at(self, time: float, before: int, after: int) -> np.ndarray | None:
        if self._lifetimes is None:
            return None
        assert self.times is not None
        now = float(self._seconds(np.clip([time], self.times[0], self.times[-1]))[0])
        ids = self._snapshot(before).ids if before == after else self._pair(before).ids
        return self._lifetimes.fade(now, before, after, ids)

    def _field(
        self, name: str, before: int, after: int, fraction: float, position: np.ndarray | None = None
    ) -> np.ndarray:
        """A field at a moment; positions that are given are not computed again."""
        stored = name in self._stored
        if not stored and name in PLACES:
            if position is None:
                position = self._position(before, after, fraction)
            column: np.ndarray = of_place(name, position)
            return column
        if before == after:
            return self._field_of_snapshot(name, self._snapshot(before), stored)
        pair = self._pair(before)
        if not stored and name == "id":
            return pair.ids
        if not stored and not self.snapshots.has_velocity:
            return pair.speed
        start, end = pair.ends("velocity" if not stored else name)
        if not stored:
            # The mean of the speeds: the speed of the mean velocity would dip between two snapshots of a turn.
            start, end = norms(start), norms(end)
        return mixed(start, end, fraction)

    def _field_of_snapshot(self, name: str, snapshot: Snapshot, stored: bool) -> np.ndarray:
        if stored:
            return snapshot.field(name)
        if name == "id":
            return snapshot.ids
        if self.snapshots.has_velocity:
            return norms(snapshot.field("velocity"))
        # The speed to the next snapshot; for particles that are not in it, the speed from the one before.
        speed = np.full(len(snapshot.position), np.nan)
        if snapshot.index > 0:
            before = self._pair(snapshot.index - 1)
            speed[before.last] = before.speed
            del before  # keeps no more than two snapshots in memory
        if snapshot.index < self.snapshots.steps - 1:
            pair = self._pair(snapshot.index)
            speed[pair.first] = pair.speed
        return speed

    def columns(self, field: str) -> int:
        """Number of columns of a field, which is read only if nothing else says it.

        Raises:
            InputError: no field of this name.
        """
        self._check(field)
        loaded = field in self.snapshots.names or (field == "velocity" and self.snapshots.has_velocity)
        return columns_in(self.snapshots, field) if loaded else 1

    def summary(self) -> Mapping[str, np.ndarray]:
        """What the snapshots have found out."""
        return summary_of(self.snapshots)

    def take(self, summary: Mapping[str, np.ndarray]) -> None:
        """Tells it the snapshots."""
        tell(self.snapshots, summary)

    def center(self, time: float) -> Vector:
        """Mean of the positions; at times without particles, of those at the nearest snapshot with particles."""
        position = self.at(time).position
        before, after, _ = between(self.times, time, self.interpolation == "hold")
        steps = self.snapshots.steps
        nearest = (index for away in range(steps) for index in (before - away, after + away) if 0 <= index < steps)
        while not len(position) and (index := next(nearest, None)) is not None:
            position = self._position(index, index, 0.0)
        return mean_position(position)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, flat.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        self._check(field)
        stored = (field,) if field in self._stored else ()
        speed = field == "speed" and not stored and self.snapshots.has_velocity
        names = ("velocity",) if speed else stored
        return (self._surveyed(field, index, names) for index in range(self.snapshots.steps))

    def _surveyed(self, field: str, index: int, names: Sequence[str]) -> np.ndarray:
        if field == "time" and field not in self.snapshots.names:
            assert self.times is not None
            return self.times[index : index + 1]
        self.reader.get(index, names)
        self.reader.expect((index + 1,), names)
        values = self._field(field, index, index, 0.0).ravel()
        return values[np.isfinite(values)] if values.dtype.kind == "f" else values

    def examine(self) -> list[str]:
        """Reads positions and ids once (of a long series, what fits into half a gibibyte).

        Returns:
            Warnings: how many particles have no finite position, which values are missing, whether no two snapshots
            share particles, how many were not read, mismatched velocities, and an ignored periodic box.

        Raises:
            InputError: a file cannot be read, an id occurs twice, no position is finite, or no particle is selected.
        """
        total = bad = read = size = 0
        counts = set()
        lasting = self.times is None or self.interpolation == "hold" or not self.snapshots.has_id
        for index in range(self.snapshots.steps):
            if index and size * (index + 1) / index > READ_AT_MOST:
                break
            snapshot = self._snapshot(index)
            self.reader.expect((index + 1,), ())
            read += 1
            total += snapshot.count
            bad += snapshot.count - len(snapshot.position)
            size += snapshot.position.nbytes
            counts.add(snapshot.count)
            size += snapshot.sorted_ids.nbytes if self.snapshots.has_id else 0
            if len(counts) > 1 and not self.snapshots.has_id and self.interpolation != "hold":
                self._pair(index - 1)  # raises an InputError
            if not lasting and index:
                lasting = len(self._pair(index - 1).path) > 0
                self._pairs = Recent(1)  # frees a snapshot before the next one is read
        if not total and isinstance(self.snapshots, SelectedSnapshots):
            raise InputError("no particle is selected", "loosen the condition", ("select",))
        if total == bad:
            what = "no particle has a finite position" if total else "no particles"
            raise InputError(what, "check how the file was written", ("file",))
        self._check_box()
        warnings = [*self.snapshots.warnings] if isinstance(self.snapshots, WithWarnings) else []
        if bad:
            warnings.append(not_finite(bad, total))
        if isinstance(self.snapshots, HasGaps):
            warnings += missing_values(self.snapshots.gaps())
        if not lasting:
            warnings.append(NEVER_BETWEEN)
        if read < self.snapshots.steps:
            warnings.append(f"only the first {read} of {self.snapshots.steps} snapshots were read for a first look")
        if self.times is not None and self.interpolation != "hold":
            warnings += self._examine_motion()
        return warnings

    def _check_box(self) -> None:
        if self._period == FILE and self._boxes.of(self._first_filled) is None:
            right = "write the lengths of the box, period: [a, b, c], or leave period out"
            raise InputError("the files do not give a periodic box", right, ("period",))

    def _examine_motion(self) -> list[str]:
        """Compares the motion between the first snapshots with velocities, and with a box that the files give."""
        first, steps = self._first_filled, self.snapshots.steps
        warnings = []
        if self.interpolation == "hermite":
            periodic = self._boxes.of(first) is not None
            warnings += first_velocities(self._pair, range(first, steps - 1), self._motion, periodic)
        vectors = self.snapshots.box(first) if self._period is None else None
        if vectors is not None:
            warnings += ignored_box(first_pair(self._pair, range(first, steps - 1)).path, vectors)
        return warnings
