"""Particles in files: the files of each snapshot, and what their particles have."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.recent import Recent
from moviemaker.data.columns.roles import Names
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.series import WrittenTimes, native, resolve_times
from moviemaker.data.formats.contents import Structure
from moviemaker.data.molecular.chains import FIXED
from moviemaker.data.particle_sets.multipart import whole_snapshots
from moviemaker.data.particle_sets.particle_file import ParticleFile, open_particles, resolved

_NO_PARTICLES = "give it at least one, or name the series, such as 'snap_*.npz', in which they are born later"


class ParticleFiles:
    """The snapshots of particles in files.

    Attributes:
        paths: the files, then further files that the data of the first come from.
        times: of the snapshots; None: there is only one.
        time_unit: what they count, such as `days since 1970-01-01`; empty: unknown.
        steps: number of snapshots.
        names: of the fields other than position, velocity and id.
        vectors: names of those fields that are vectors.
        has_velocity, has_id: whether there are velocities, and ids.
        first: contents of the first file.
    """

    def __init__(
        self,
        paths: tuple[Path, ...],
        names: Names,
        times: WrittenTimes | None,
        structure: Structure | None = None,
        group: str | None = None,
    ):
        self._names = names
        self._structure = structure
        self._group = group
        self._series = whole_snapshots(paths)
        self._alone = threading.RLock()
        self._helices: np.ndarray | None = None
        self._recent: Recent[ParticleFile] = Recent(2)
        self._gaps: dict[int, tuple[int, Mapping[str, int]]] = {}
        self.first = first = self._filled()
        last = self._file(len(self._series) - 1)
        self.paths = (*(path for parts in self._series for path in parts), *first.others)
        # Fields may begin or end between the first snapshot with particles and the last.
        later = first if last.is_empty else last
        self._models = dict.fromkeys(later.columns, later) | dict.fromkeys(first.columns, first)
        self.names = tuple(dict.fromkeys([*first.fields, *later.fields]))
        self.vectors = tuple(dict.fromkeys([*first.vectors, *later.vectors]))
        self.has_velocity = "velocity" in self._models
        self.has_id = "id" in first.columns
        self.units, self.text = first.units, first.text
        self._places, own_times = self._snapshots(first, wants_times=times is None)
        self.steps = len(self._places)
        self.times = resolve_times(times, own_times, self.steps)
        self.time_unit = first.time_unit if times is None else ""

    def _filled(self) -> ParticleFile:
        """The first file with particles.

        Raises:
            InputError: at `group` or `file`: none has any.
        """
        problems = []
        for index in range(len(self._series)):
            file = self._file(index)
            if not file.is_empty:
                return file
            problems.append(file.problem)
        if problems[0] is not None:
            raise problems[0]
        name = self._series[0][0].name
        if len(self._series) == 1:
            raise InputError(f"{name!r} holds no particles", _NO_PARTICLES, ("file",))
        what = f"none of the {len(self._series)} files from {name!r} on holds particles"
        raise InputError(what, "give at least one of them particles", ("file",))

    def load(self, index: int, name: str) -> np.ndarray:
        """`position` or `velocity` (n, 3), `id` (n,), or another field of one snapshot, as stored.

        A field that the file of the snapshot lacks, since it begins later, is NaN.

        Raises:
            InputError: a file cannot be read, or does not fit the first.
        """
        file, step = self._places[index]
        path = self._series[file][0]
        with self._alone:
            opened = self._file(file)
            model = self._models.get(name)
            if model is not None and opened.is_empty:
                dtype = {"position": np.dtype(float), "id": np.dtype(np.int64)}.get(name, model.columns[name].dtype)
                return native(np.empty((0, *model.shape_of(name)), dtype))
            if model is not None and name not in opened.columns and name not in ("position", "id"):
                return np.full((opened.in_snapshot(step), *model.shape_of(name)), np.nan)
            if name not in opened.columns:
                what = f"{path.name!r} has no {name!r} although {self.paths[0].name!r} has"
                raise InputError(what, "every file of a series holds the same fields", ("file",))
            found = resolved(opened.read, step, name, path)
            return self._of_first(found) if name == FIXED and file > 0 else found

    def _of_first(self, structure: np.ndarray) -> np.ndarray:
        """Helices and strands (n,) of the first file, like those of the first frame, if it holds these atoms."""
        if self._helices is None:
            first = self._file(0)
            known = FIXED in first.columns
            self._helices = resolved(first.read, 0, FIXED, self._series[0][0]) if known else structure
        return self._helices if len(self._helices) == len(structure) else structure

    def gaps(self) -> dict[str, tuple[int, int]]:
        """Fields with missing values in the tables read so far: how many are missing, and of how many."""
        total = sum(count for count, _ in self._gaps.values())
        lost = Counter[str]()
        for _, missing in self._gaps.values():
            lost.update(missing)
        return {name: (count, total) for name, count in lost.items()}

    def columns(self, name: str) -> int:
        """Number of columns of an array that `load` gives."""
        return math.prod(self._models[name].shape_of(name))

    def box(self, index: int) -> np.ndarray | None:
        """Vectors of the periodic box that the file gives, as rows (3, 3)."""
        file, step = self._places[index]
        with self._alone, reading(self._series[file][0]):
            return self._file(file).read_box(step)

    def corner(self, index: int) -> np.ndarray | None:
        """Lower corner (3,) of the periodic box of one snapshot; None: the file does not say it."""
        file, step = self._places[index]
        with self._alone, reading(self._series[file][0]):
            return self._file(file).read_corner(step)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the first file although it can be read."""
        return self.first.warnings

    def _file(self, index: int) -> ParticleFile:
        def make() -> ParticleFile:
            found = open_particles(self._series[index], self._names, self._structure, self._group)
            self._gaps[index] = found.count, found.missing
            return found

        return self._recent.get(index, make)

    def _snapshots(self, first: ParticleFile, wants_times: bool) -> tuple[list[tuple[int, int]], np.ndarray | None]:
        if first.steps == 1 and (first.times is None or not wants_times):
            return [(file, 0) for file in range(len(self._series))], None
        places: list[tuple[int, int]] = []
        times: list[np.ndarray] = []
        for index in range(len(self._series)):
            file = self._file(index)
            places += [(index, step) for step in range(file.steps)]
            if file.times is not None:
                times.append(file.times)
            elif first.times is not None and wants_times and file.is_empty:
                what = f"{self._series[index][0].name!r} holds no particles, and so does not say its time"
                raise InputError(what, "write times: in the scene, one for each snapshot", ("file",))
        return places, np.concatenate(times) if first.times is not None else None
