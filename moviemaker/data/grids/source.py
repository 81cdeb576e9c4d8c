"""Open grids: the arrays at any time, from files or from memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Grid, Vector, world_from_index
from moviemaker.core.recent import Recent
from moviemaker.data.columns.components import vectors_among
from moviemaker.data.files.find import files_here
from moviemaker.data.files.series import READ_AT_MOST, between
from moviemaker.data.formats.dimensions import Dimension


@dataclass(frozen=True)
class Facts:
    """What files tell about a grid besides its numbers.

    Attributes:
        units: of the fields, by name.
        length: unit of the positions.
        clock: unit of the times, such as `days since 2001-01-01`.
        notes: how the files were interpreted, where their format leaves a choice.
        channels: of a microscope image, a colour for each field that is shown together with the others.
        globe: whether the grid was given in longitude and latitude, and was laid around a globe.
        dimensions: those of which one entry is shown, because they are not axes of space or time.
        wrong: what is wrong with the files although they can be read.
        patient: where x, y and z point in a patient: `RAS` (right, front, head), `LPS` (left, back, head) or `LAS`;
            empty: unknown, or not a patient.
        modality: of a medical scan, as DICOM names it, such as `CT`; empty: unknown.
    """

    units: Mapping[str, str] = field(default_factory=dict)
    length: str = ""
    clock: str = ""
    notes: tuple[str, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    globe: bool = False
    dimensions: tuple[Dimension, ...] = ()
    wrong: tuple[str, ...] = ()
    patient: str = ""
    modality: str = ""

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the files, and dimensions of which the first entry is shown without having been asked."""
        return [*self.wrong, *self._shown_in_part]

    @property
    def _shown_in_part(self) -> list[str]:
        return [each.remark for each in self.dimensions if not each.asked]


class Snapshots(Protocol):
    """Grids at several times."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples along each axis."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        ...

    @property
    def times(self) -> np.ndarray | None:
        """Data times, ascending; None: the grid does not move."""
        ...

    @property
    def places(self) -> tuple[object, ...]:
        """One entry for each snapshot."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes of one snapshot."""
        ...

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """The samples of one field at one time."""
        ...

    def check(self, index: int) -> None:
        """Raises an error if the file of a snapshot does not fit the first one."""
        ...


@runtime_checkable
class Resampled(Protocol):
    """Snapshots that were resampled, so that their samples are not those of the files."""

    def remarks(self) -> list[str]:
        """Sentences about the error of the resampling."""
        ...


@runtime_checkable
class HasLabels(Protocol):
    """Snapshots that tell which fields are labels. Without it, none is."""

    def is_label(self, name: str) -> bool:
        """Whether nothing may be interpolated between the numbers of a field."""
        ...


class GridSource:
    """A grid, or a series of grids that are interpolated linearly or held between the snapshots.

    Attributes:
        facts: what the files tell besides the numbers.
    """

    sample_type = Grid

    def __init__(
        self,
        snapshots: Snapshots,
        origin: Vector,
        spacing: Vector,
        hold: bool = False,
        direction: np.ndarray | None = None,
        facts: Facts | None = None,
    ):
        self.facts = facts or Facts()
        self._snapshots = snapshots
        self._origin = origin
        self._spacing = spacing
        self._direction = direction
        self._hold = hold
        self._loaded: Recent[dict[str, np.ndarray]] = Recent(2)
        self._moment: tuple[int, int, float] | None = None
        self._arrays: dict[str, np.ndarray] = {}
        self._given: dict[tuple[str, ...], Grid] = {}

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self._snapshots.times

    @property
    def time_unit(self) -> str:
        """Unit of the times, such as `days since 2001-01-01`, if the files say it."""
        return self.facts.clock

    @property
    def globe(self) -> bool:
        """Whether it was a grid of longitudes and latitudes and lies around a globe."""
        return self.facts.globe

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields: those of the files, then the lengths of vectors that the files give by components."""
        return (*self._snapshots.names, *(name for name in self._lengths if name not in self._snapshots.names))

    @cached_property
    def vectors(self) -> dict[str, tuple[str, ...]]:
        """The fields that are the components of vectors, by the name of the vector."""
        names = [name for name in self._snapshots.names if name not in self.facts.channels]
        return vectors_among(names, self.facts.units)

    @cached_property
    def _lengths(self) -> dict[str, tuple[str, ...]]:
        """Components, by the name of the field that is the length of their vector."""
        stored, velocity = self._snapshots.names, self.vectors.get("velocity")
        speed = {"speed": velocity} if velocity is not None and "speed" not in stored else {}
        return self.vectors | speed

    @property
    def files(self) -> tuple[str, ...]:
        """The files on this machine that the data come from."""
        return files_here(self._snapshots.paths)

    def at(self, time: float, fields: Sequence[str] = ()) -> Grid:
        """The grid at a data time: the stored arrays at the time of a snapshot, float32 between two snapshots.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields)) or self.fields[:1]
        for name in names:
            self._check(name)
        moment = between(self.times, time, self._hold)
        if moment != self._moment:
            # Free the arrays of another time first: two times of a large grid may not fit into memory.
            self._arrays, self._given = {}, {}
            self._moment = moment
        if names not in self._given:
            for name in names:
                if name not in self._arrays:
                    self._arrays[name] = self._mixed(moment, name)
            arrays = {name: self._arrays[name] for name in names}
            inside = getattr(self._snapshots, "inside", None)
            labels = frozenset(name for name in names if self._is_label(name))
            grid = Grid(arrays, self._origin, self._spacing, self._direction, None, inside, labels)
            self._given[names] = grid
        return self._given[names]

    def _is_label(self, name: str) -> bool:
        """Whether the numbers of a field are labels."""
        return (
            isinstance(self._snapshots, HasLabels) and name in self._snapshots.names and self._snapshots.is_label(name)
        )

    def _mixed(self, moment: tuple[int, int, float], name: str) -> np.ndarray:
        before, after, fraction = moment
        if name in self._lengths and (before != after or name not in self._snapshots.names):
            # The length of a vector between two times is that of its mixed components.
            return length_of([self._mixed(moment, part) for part in self._lengths[name]])
        start = self._snapshot(before, name)
        if before == after:
            return start
        if self._is_label(name):
            return start if fraction < 0.5 else self._snapshot(after, name)
        end = self._snapshot(after, name)
        # (1 - f) a + f b in place: NaN in either gives NaN, and no third array is needed.
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = np.asarray(end).astype(np.float32)
            mixed *= np.float32(fraction)
            mixed += np.asarray(start).astype(np.float32) * np.float32(1 - fraction)
        return mixed

    def _snapshot(self, index: int, name: str) -> np.ndarray:
        fields = self._loaded.get(index, dict)
        if name not in fields:
            fields[name] = self._snapshots.snapshot(index, name)
        return fields[name]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def columns(self, field: str) -> int:
        """Numbers in each sample of a field: one.

        Raises:
            InputError: no field of this name.
        """
        self._check(field)
        return 1

    def center(self, time: float) -> Vector:
        """Centre of the bounds, which is the same at all times."""
        middle = [*((n - 1) / 2 for n in self._snapshots.shape), 1.0]
        x, y, z, _ = world_from_index(self._origin, self._spacing, self._direction) @ middle
        return float(x), float(y), float(z)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, flat.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        self._check(field)
        return (_finite(self._stored(index, field)) for index in range(len(self._snapshots.places)))

    def _stored(self, index: int, name: str) -> np.ndarray:
        """A field of a snapshot, or the length of a vector of which only the components are in the files."""
        if name in self._snapshots.names:
            return self._snapshots.snapshot(index, name)
        return length_of([self._snapshots.snapshot(index, part) for part in self._lengths[name]])

    def with_values(self) -> tuple[str, ...]:
        """The fields that have a finite value in the first snapshot."""
        names = self._snapshots.names
        return tuple(name for name in names if np.isfinite(np.asarray(self._snapshots.snapshot(0, name))).any())

    def examine(self) -> list[str]:
        """Reads the data once, but not more than half a gibibyte of a long series.

        Returns:
            Warnings: how many samples are not finite, and what was not read.

        Raises:
            InputError: at `file`: a file cannot be read, does not fit the others, or has no finite value.
        """
        count = len(self._snapshots.places)
        total = bad = bad_of_first = total_of_first = 0
        read = 0
        for index in range(count):
            if index and (index + 1) * self._snapshots.nbytes > READ_AT_MOST:
                self._snapshots.check(index)
                continue
            read += 1
            for name in self._snapshots.names:
                values = self._snapshots.snapshot(index, name)
                wrong = _count_bad(values)
                total, bad = total + values.size, bad + wrong
                if name == self.fields[0]:
                    total_of_first, bad_of_first = (total_of_first + values.size, bad_of_first + wrong)
        if total_of_first == bad_of_first:
            what = f"the field {self.fields[0]!r} has no finite value"
            right = "check how the file was written: every sample is NaN or infinite"
            others = self.with_values()
            raise InputError(what, f"write field: {others[0]}, which has values" if others else right, ("file",))
        warnings = self.facts.warnings
        if bad and not isinstance(self._snapshots, Resampled):  # samples outside of the cells are NaN on purpose
            them, they = ("is", "it is") if bad == 1 else ("are", "they are")
            warnings.append(f"{bad} of {total} samples {them} not finite; {they} drawn as nothing")
        if read < count:
            warnings.append(f"only the first {read} of {count} snapshots were examined")
        if isinstance(self._snapshots, Resampled):
            warnings += self._snapshots.remarks()
        return warnings


def length_of(components: Sequence[np.ndarray]) -> np.ndarray:
    """Lengths of vectors, float32, from two or three arrays of their components."""
    total = np.zeros(components[0].shape, np.float64)
    for part in components:
        total += np.square(part, dtype=np.float64)
    return np.sqrt(total).astype(np.float32)


def _count_bad(values: np.ndarray) -> int:
    if values.dtype.kind != "f":
        return 0
    # A sum is not finite if a term is not, or if it overflows; the count below tells the two apart.
    with np.errstate(all="ignore"):
        if np.isfinite(values.sum(dtype=np.float64)):
            return 0
    return int(values.size - np.count_nonzero(np.isfinite(values)))


def _finite(values: np.ndarray) -> np.ndarray:
    flat = np.asarray(values).ravel(order="K")
    return flat[np.isfinite(flat)] if _count_bad(flat) else flat  # a copy only where it is needed
