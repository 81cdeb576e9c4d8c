"""Particles that are open: positions and fields at any moment, matched by id between snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from moviemaker.core.errors import Mistake, suggest
from moviemaker.core.fields import Particles, Vector
from moviemaker.data._series import READ_AT_MOST, Recent, between

# Velocities in another unit than length per time make Hermite curves swing far out; this is how far off is a mistake.
FAR_OFF = 3.0


class Snapshots(Protocol):
    """Particles at several times, from files or from memory."""

    @property
    def paths(self) -> tuple[Path, ...]: ...
    @property
    def times(self) -> np.ndarray | None: ...
    @property
    def steps(self) -> int: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def has_velocity(self) -> bool: ...
    @property
    def has_id(self) -> bool: ...
    def load(self, index: int, name: str) -> np.ndarray:
        """`position` or `velocity` (n, 3), `id` (n,), or another field of one snapshot."""
        ...


class _Snapshot:
    """The particles of one snapshot whose positions are finite; everything is read when it is asked for."""

    def __init__(self, snapshots: Snapshots, index: int):
        self._snapshots = snapshots
        self._loaded: dict[str, np.ndarray] = {}
        self.index = index
        stored = np.asarray(snapshots.load(index, "position"))
        self.count = len(stored)
        finite = np.isfinite(stored).all(axis=1)
        self.rows: np.ndarray | None = None if finite.all() else np.flatnonzero(finite)
        self.position = self._kept(stored)

    def _kept(self, values: np.ndarray) -> np.ndarray:
        return values if self.rows is None else values[self.rows]

    def field(self, name: str) -> np.ndarray:
        """A stored field of the particles, or `velocity`."""
        if name not in self._loaded:
            self._loaded[name] = self._kept(np.asarray(self._snapshots.load(self.index, name)))
        return self._loaded[name]

    @cached_property
    def ids(self) -> np.ndarray:
        """The ids given, or the numbers of the rows.

        Raises:
            Mistake: at `id`: one occurs twice.
        """
        if not self._snapshots.has_id:
            return np.arange(self.count) if self.rows is None else self.rows
        ids = np.asarray(self._snapshots.load(self.index, "id"))
        ordered = np.sort(ids)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            times = self._snapshots.times
            when = "" if times is None else f" at time {times[self.index]:g}"
            what = f"the id {twice[0]} occurs more than once{when}"
            raise Mistake(what, "within one snapshot every particle has its own id", ("id",))
        return self._kept(ids)


class _Pair:
    """The particles that two neighbouring snapshots both hold, in the order of the first.

    Attributes:
        first, last: indices of the particles in either snapshot.
        path: (n, 3), the way from the first position to the last, the short way round a periodic box.
        duration: data time between the two.
    """

    def __init__(self, start: _Snapshot, end: _Snapshot, duration: float, period: np.ndarray | None, has_id: bool):
        if not has_id and start.count != end.count:
            what = f"one snapshot holds {start.count} particles, the next {end.count}, and nothing says which is which"
            raise Mistake(what, "write id: and the name of the array or column of ids", ("id",))
        self.start, self.end, self.duration = start, end, duration
        self.first: np.ndarray | slice
        self.last: np.ndarray | slice
        if np.array_equal(start.ids, end.ids):
            self.first = self.last = slice(None)
        else:
            _, first, last = np.intersect1d(start.ids, end.ids, assume_unique=True, return_indices=True)
            order = np.argsort(first)
            self.first, self.last = first[order], last[order]
        path = end.position[self.last] - start.position[self.first]
        self.path = path if period is None else path - period * np.rint(path / period)

    @cached_property
    def position(self) -> np.ndarray:
        """(n, 3), at the first snapshot."""
        return self.start.position[self.first]

    @cached_property
    def speed(self) -> np.ndarray:
        """Mean speed along the straight way, (n,)."""
        return _length(self.path) / self.duration

    def ends(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A stored field at both snapshots."""
        return self.start.field(name)[self.first], self.end.field(name)[self.last]

    def along(self, fraction: float, hermite: bool) -> np.ndarray:
        """Positions a fraction of the way: on a straight line, or on the cubic with the velocities at its ends."""
        f = fraction
        if not hermite:
            straight: np.ndarray = self.position + self.path * f
            return straight
        before, after = self.ends("velocity")
        swing = (f * (1 - f) ** 2 * self.duration) * before - (f**2 * (1 - f) * self.duration) * after
        moved: np.ndarray = self.position + self.path * (f**2 * (3 - 2 * f)) + swing
        return moved


class ParticleSource:
    """Particles at any data time.

    Args:
        snapshots: the particles at the times that are known.
        interpolation: `linear`, `hermite` (needs velocities) or `hold`.
        period: lengths of the periodic box, if there is one.
    """

    def __init__(self, snapshots: Snapshots, interpolation: str = "linear", period: Vector | None = None):
        self._snapshots = snapshots
        self._interpolation = interpolation
        self._period = None if period is None else np.array(period)
        self._recent: Recent[_Snapshot] = Recent(3)
        self._pairs: Recent[_Pair] = Recent(2)
        self._moment: tuple[float, ...] | None = None
        self._arrays: dict[str, np.ndarray] = {}
        self._given: dict[tuple[object, ...], Particles] = {}

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self._snapshots.times

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields, then those that are computed; a stored one goes before a computed one of its name."""
        names = [*self._snapshots.names]
        if self._snapshots.has_velocity:
            names.append("velocity")
        if self._snapshots.has_velocity or self.times is not None:
            names.append("speed")
        names += ["distance", "id", "x", "y", "z"]
        if self.times is not None:
            names.append("time")
        return tuple(dict.fromkeys(names))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the data come from."""
        return tuple(str(path) for path in self._snapshots.paths)

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The particles at a data time, with the fields that are named.

        Raises:
            Mistake: there is no field of this name, ids do not match, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        before, after, fraction = between(self.times, time, self._interpolation == "hold")
        if (before, after, fraction) != self._moment:
            self._moment = (before, after, fraction)
            self._arrays, self._given = {}, {}
        clock = "time" in names and "time" not in self._snapshots.names
        key = (names, time if clock else None)
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
            # Held data whose clock goes on is the only case with more than one key per field list: keep the last.
            self._given = {k: v for k, v in self._given.items() if k[0] != names}
            self._given[key] = Particles(position, found)
        return self._given[key]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise Mistake(f"there is no field {name!r}", suggest(name, self.fields, "field"))

    def _snapshot(self, index: int) -> _Snapshot:
        return self._recent.get(index, lambda: _Snapshot(self._snapshots, index))

    def _pair(self, before: int) -> _Pair:
        """A snapshot and the one after it."""
        assert self.times is not None
        duration = float(self.times[before + 1] - self.times[before])

        def make() -> _Pair:
            start, end = self._snapshot(before), self._snapshot(before + 1)
            return _Pair(start, end, duration, self._period, self._snapshots.has_id)

        return self._pairs.get(before, make)

    def _position(self, before: int, after: int, fraction: float) -> np.ndarray:
        if before == after:
            return self._wrapped(self._snapshot(before).position)
        return self._wrapped(self._pair(before).along(fraction, self._interpolation == "hermite"))

    @cached_property
    def _corner(self) -> np.ndarray:
        """Lowest corner of the periodic box: 0, or along an axis where positions lie outside, the lowest of them."""
        assert self._period is not None
        first = self._snapshot(0).position
        if not len(first):
            return np.zeros(3)
        low, high = first.min(axis=0), first.max(axis=0)
        corner: np.ndarray = np.where((low < 0) | (high > self._period), low, 0.0)
        return corner

    def _wrapped(self, position: np.ndarray) -> np.ndarray:
        if self._period is None:
            return position
        inside = np.mod(position - self._corner, self._period)
        inside[inside >= self._period] = 0  # rounding: a tiny step below 0 becomes a whole period
        wrapped: np.ndarray = inside + self._corner
        return wrapped.astype(position.dtype, copy=False)

    def _field(
        self, name: str, before: int, after: int, fraction: float, position: np.ndarray | None = None
    ) -> np.ndarray:
        """A field of a moment, whose positions need not be computed again if they are given."""
        stored = name in self._snapshots.names or name == "velocity"
        if not stored and name in ("distance", "x", "y", "z"):
            if position is None:
                position = self._position(before, after, fraction)
            column: np.ndarray = _length(position) if name == "distance" else position[:, "xyz".index(name)]
            return column
        if before == after:
            return self._field_of_snapshot(name, self._snapshot(before), stored)
        pair = self._pair(before)
        if not stored and name == "id":
            return pair.start.ids[pair.first]
        if not stored and not self._snapshots.has_velocity:
            return pair.speed
        start, end = pair.ends("velocity" if not stored else name)
        if not stored:
            # The mean of the speeds, not the speed of the mean: it does not dip between two snapshots of a turn.
            start, end = _length(start), _length(end)
        if start.dtype.kind != "f" or end.dtype.kind != "f":
            return start
        mixed: np.ndarray = start * (1 - fraction) + end * fraction
        return mixed

    def _field_of_snapshot(self, name: str, snapshot: _Snapshot, stored: bool) -> np.ndarray:
        if stored:
            return snapshot.field(name)
        if name == "id":
            return snapshot.ids
        if self._snapshots.has_velocity:
            return _length(snapshot.field("velocity"))
        # The speed on the way to the next snapshot; of those that are not in it, on the way from the one before.
        speed = np.full(len(snapshot.position), np.nan)
        if snapshot.index > 0:
            pair = self._pair(snapshot.index - 1)
            speed[pair.last] = pair.speed
        if snapshot.index < self._snapshots.steps - 1:
            pair = self._pair(snapshot.index)
            speed[pair.first] = pair.speed
        return speed

    def center(self, time: float) -> Vector:
        """Mean of the positions; while there is no particle, of those at the snapshot before or after."""
        position = self.at(time).position
        before, after, _ = between(self.times, time, self._interpolation == "hold")
        for index in (before, after):
            if not len(position):
                position = self._wrapped(self._snapshot(index).position)
        if not len(position):
            return 0.0, 0.0, 0.0
        x, y, z = position.mean(axis=0, dtype=np.float64).tolist()
        return x, y, z

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, flat.

        Raises:
            Mistake: there is no field of this name, or a file cannot be read.
        """
        self._check(field)
        return (self._surveyed(field, index) for index in range(self._snapshots.steps))

    def _surveyed(self, field: str, index: int) -> np.ndarray:
        if field == "time" and field not in self._snapshots.names:
            assert self.times is not None
            return self.times[index : index + 1]
        values = self._field(field, index, index, 0.0).ravel()
        return values[np.isfinite(values)] if values.dtype.kind == "f" else values

    def examine(self) -> list[str]:
        """Reads positions and ids once (of a long series, what fits into half a gibibyte).

        Returns:
            Warnings: how many particles have no finite position, what was not read, and velocities that do not fit.

        Raises:
            Mistake: a file cannot be read, an id occurs twice, or no position is finite.
        """
        total = bad = read = size = 0
        counts = set()
        for index in range(self._snapshots.steps):
            if index and size * (index + 1) / index > READ_AT_MOST:
                break
            snapshot = self._snapshot(index)
            read += 1
            total += snapshot.count
            bad += snapshot.count - len(snapshot.position)
            size += snapshot.position.nbytes
            counts.add(snapshot.count)
            size += snapshot.ids.nbytes if self._snapshots.has_id else 0
            if len(counts) > 1 and not self._snapshots.has_id and self._interpolation != "hold":
                self._pair(index - 1)  # says what is wrong
        if total == bad:
            what = "no particle has a finite position" if total else "there are no particles"
            raise Mistake(what, "check how the file was written", ("file",))
        warnings = []
        if bad:
            verb, they = ("has", "it is") if bad == 1 else ("have", "they are")
            warnings.append(f"{bad} of {total} particles {verb} no finite position; {they} drawn as nothing")
        if read < self._snapshots.steps:
            warnings.append(f"only the first {read} of {self._snapshots.steps} snapshots were read for a first look")
        return warnings + self._examine_velocities()

    def _examine_velocities(self) -> list[str]:
        """Compares the first two snapshots with the velocities that are to lead from one to the other."""
        if self._interpolation != "hermite" or self.times is None:
            return []
        pair = self._pair(0)
        before, after = pair.ends("velocity")
        moved = _length(pair.path)
        said = pair.duration * (_length(before) + _length(after)) / 2
        usable = np.isfinite(said) & (moved > 0)
        if not usable.any():
            return []
        ratio = float(np.median(said[usable] / moved[usable]))
        if 1 / FAR_OFF <= ratio <= FAR_OFF:
            return []
        what = f"by their velocities particles move {ratio:.3g} times as far between the first two snapshots as they do"
        return [f"{what}; velocities are data length per data time, and hermite takes them at their word"]


def _length(vectors: np.ndarray) -> np.ndarray:
    length: np.ndarray = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return length
