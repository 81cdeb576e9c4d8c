"""Tables in which every particle has times of its own: their rows, sorted by id and time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.columns.components import component, components_of, vectors_of
from moviemaker.data.columns.roles import Names
from moviemaker.data.formats.contents import Structure
from moviemaker.data.particle_sets.particle_file import ParticleFile, open_particles, resolved

COVERED = 0.75
"""In a series of snapshots, particles have rows at this share of the times between their first and last, at least."""


def has_own_times(file: ParticleFile) -> bool:
    """Whether the ids of a table have times of their own: most lack rows at most of the times of their lives."""
    if file.rows is None or file.row_times is None:
        return False
    ids = resolved(lambda _, name: file.columns[name].read(None), 0, "id", Path())
    number = np.unique(file.row_times, return_inverse=True)[1]
    _, of_id = np.unique(ids, return_inverse=True)
    first, last = np.full(of_id.max() + 1, len(number)), np.zeros(of_id.max() + 1, np.int64)
    np.minimum.at(first, of_id, number)
    np.maximum.at(last, of_id, number)
    return bool(len(ids) < COVERED * (last - first + 1).sum())


class Table:
    """The rows of one or more files, sorted by id, and for each id by time.

    Args:
        paths: the files; without ids each is the trajectory of one particle, and its number is the id.
        names: of the columns, as the scene gives them.
        structure, group: as for snapshots.

    Attributes:
        paths: those given.
        names: of the fields other than position, velocity and id.
        has_velocity: whether there are velocities.
        components: names of the components and lengths of vectors, with the vector of each.
        own: names of all fields that a row has by itself.
        ids: of the rows (n,).
        times: of the rows (n,).
        time_unit: what they count, such as `days since 1970-01-01`; empty: unknown.

    Raises:
        InputError: a file cannot be read, does not fit the first, or does not say the times of its rows.
    """

    def __init__(self, paths: tuple[Path, ...], names: Names, structure: Structure | None, group: str | None):
        self.paths = paths
        self._files = [open_particles((path,), names, structure, group) for path in paths]
        times, ids = [], []
        for number, (file, path) in enumerate(zip(self._files, paths, strict=True)):
            if file.row_times is None:
                what = f"{path.name!r} does not give a time for each of its rows, which trajectories need"
                raise InputError(what, "write time: and the name of the column, or trajectories: false", ("time",))
            times.append(file.row_times)
            ids.append(self._read(file, path, "id") if "id" in file.columns else np.full(len(file.row_times), number))
        first = self._files[0]
        self.names = first.fields
        self.time_unit = first.time_unit
        self.has_velocity = "velocity" in first.columns
        self.components = components_of(vectors_of(first, self.has_velocity))
        velocity = ("velocity",) if self.has_velocity else ()
        self.own = tuple(dict.fromkeys([*self.names, *velocity, *self.components]))
        when, who = np.concatenate(times), np.concatenate(ids)
        order = np.lexsort((when, who))
        self._order = order[np.isfinite(when[order])]
        self.ids: np.ndarray = who[self._order]
        self.times: np.ndarray = when[self._order]
        twice = np.flatnonzero((np.diff(self.ids) == 0) & (np.diff(self.times) == 0))
        if len(twice):
            what = f"the id {self.ids[twice[0]]} occurs more than once at time {self.times[twice[0]]:g}"
            raise InputError(what, "at one time every particle has its own id", ("id",))
        self._loaded: dict[str, np.ndarray] = {}

    @staticmethod
    def _read(file: ParticleFile, path: Path, name: str) -> np.ndarray:
        if name not in file.columns:
            raise InputError(
                f"{path.name!r} has no {name!r}", "every file of a series holds the same fields", ("file",)
            )
        return resolved(lambda _, name: file.columns[name].read(None), 0, name, path)

    def load(self, name: str) -> np.ndarray:
        """`position`, `velocity` or another field of all rows, or a component of a vector."""
        if name not in self._loaded and name in self.components and name not in self.names:
            self._loaded[name] = component(name, self.load(self.components[name]))
        elif name not in self._loaded:
            pieces = [self._read(file, path, name) for file, path in zip(self._files, self.paths, strict=True)]
            self._loaded[name] = np.concatenate(pieces)[self._order]
        return self._loaded[name]
