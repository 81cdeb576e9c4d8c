"""Particles in files: which arrays are positions, velocities, ids and times, and which snapshot lies where."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import Mistake, suggest
from moviemaker.data._files import open_file, reading
from moviemaker.data._series import Recent, native, settle_times
from moviemaker.data.readers._contents import NAMELESS, Contents, Stored

# What is looked for where the scene says nothing, in this order, small and capital letters alike.
POSITION_NAMES = ("position", "positions", "pos", "coordinates", "coords", "xyz", "points", NAMELESS)
VELOCITY_NAMES = ("velocity", "velocities", "vel")
POSITION_COLUMNS = (("x", "y", "z"), ("pos_x", "pos_y", "pos_z"), ("position_x", "position_y", "position_z"))
VELOCITY_COLUMNS = (("vx", "vy", "vz"), ("vel_x", "vel_y", "vel_z"), ("velocity_x", "velocity_y", "velocity_z"))
ID_NAMES = ("id", "ids", "particleids", "particle_id", "particle_ids", "particleid")
TIME_NAMES = ("time", "times", "t")

Columns = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Names:
    """What the scene calls the arrays; None: they are found by name."""

    position: Columns = None
    velocity: Columns = None
    id: str | None = None


@dataclass(frozen=True, eq=False)
class _File:
    """The snapshots of one file.

    Attributes:
        columns: `position` and perhaps `velocity` and `id`, and the file's other fields by their own names.
        steps: number of snapshots.
        rows: for a table with a column of times, the rows of each snapshot.
        times: of the snapshots, if the file says them.
    """

    columns: dict[str, Stored]
    fields: tuple[str, ...]
    steps: int
    rows: tuple[np.ndarray, ...] | None
    times: np.ndarray | None

    def read(self, step: int, name: str) -> np.ndarray:
        stored = self.columns[name]
        if self.rows is not None:
            rows: np.ndarray = np.asarray(stored.read(None))[self.rows[step]]
            return rows
        position = self.columns["position"]
        moves = position.ndim == 3 and stored.shape[:2] == position.shape[:2]
        return stored.read(step if moves else None)


class ParticleFiles:
    """The snapshots of particles in files.

    Attributes:
        paths: the files.
        times: of the snapshots, None if there is only one.
        steps: number of snapshots.
        names: of the fields other than position, velocity and id.
        has_velocity, has_id: whether there are any.
    """

    def __init__(self, paths: tuple[Path, ...], names: Names, times: Sequence[float] | None):
        self.paths = paths
        self._names = names
        self._recent: Recent[_File] = Recent(2)
        first = self._file(0)
        self.names = first.fields
        self.has_velocity = "velocity" in first.columns
        self.has_id = "id" in first.columns
        self._places, own_times = self._snapshots(first, wants_times=times is None)
        self.steps = len(self._places)
        self.times = settle_times(times, own_times, self.steps)

    def load(self, index: int, name: str) -> np.ndarray:
        """`position` or `velocity` (n, 3), `id` (n,), or another field of one snapshot, as stored.

        Raises:
            Mistake: a file cannot be read, or does not fit the first.
        """
        file, step = self._places[index]
        opened = self._file(file)
        if name not in opened.columns:
            what = f"{self.paths[file].name!r} has no {name!r} although {self.paths[0].name!r} has"
            raise Mistake(what, "every file of a series holds the same fields", ("file",))
        with reading(self.paths[file]):
            values = native(opened.read(step, name)) if name != "id" else _numbered(opened.read(step, name))
        if name in ("position", "velocity") and values.dtype.kind != "f":
            return values.astype(np.float64)
        return values

    def _file(self, index: int) -> _File:
        return self._recent.get(index, lambda: _open(self.paths[index], self._names))

    def _snapshots(self, first: _File, wants_times: bool) -> tuple[list[tuple[int, int]], np.ndarray | None]:
        if first.steps == 1 and (first.times is None or not wants_times):
            return [(file, 0) for file in range(len(self.paths))], None
        places: list[tuple[int, int]] = []
        times: list[np.ndarray] = []
        for index in range(len(self.paths)):
            file = self._file(index)
            places += [(index, step) for step in range(file.steps)]
            if file.times is not None:
                times.append(file.times)
        return places, np.concatenate(times) if first.times is not None else None


def open_particle_files(paths: tuple[Path, ...], names: Names, times: Sequence[float] | None) -> ParticleFiles:
    """Opens the files of particles as far as is needed to know their fields and times.

    Raises:
        Mistake: at `file`, `position`, `velocity`, `id` or `times`.
    """
    return ParticleFiles(paths, names, times)


def _open(path: Path, names: Names) -> _File:
    contents = open_file(path)
    arrays = contents.arrays
    position = _vectors(arrays, names.position, POSITION_NAMES, POSITION_COLUMNS, "position", path)
    if position is None:
        what = f"no positions could be found in {path.name!r}, which holds {_what(contents)}"
        at = ("file",) if not arrays or set(arrays) == {NAMELESS} else ("position",)
        raise Mistake(what, "write position: with the name of an (n, 3) array or of three columns", at)
    used, points = position
    _check_positions(points, path)
    columns = {"position": points}
    velocity = _vectors(arrays, names.velocity, VELOCITY_NAMES, VELOCITY_COLUMNS, "velocity", path)
    if velocity is not None and velocity[1].shape == points.shape:
        columns["velocity"] = velocity[1]
        used |= velocity[0] if len(velocity[0]) == 1 else set()
    elif velocity is not None:
        what = f"the velocities have the shape {list(velocity[1].shape)}, the positions {list(points.shape)}"
        raise Mistake(what, "every particle has one velocity", ("velocity",))
    name = _find(arrays, names.id, ID_NAMES, "id", path)
    shapes = (points.shape[:-1], points.shape[-2:-1])
    if name is not None and (names.id is not None or arrays[name].shape in shapes):
        if arrays[name].shape not in shapes:
            what = f"the ids have the shape {list(arrays[name].shape)}, the positions {list(points.shape)}"
            raise Mistake(what, "every particle has one id", ("id",))
        columns["id"] = arrays[name]
        used.add(name)
    steps, rows, times, time_name = _steps(arrays, points, columns.get("id"), path)
    if time_name is not None:
        used.add(time_name)
    own = [name for name, stored in arrays.items() if name not in used and _belongs(stored, points)]
    columns |= {name: arrays[name] for name in own if name not in columns}
    return _File(columns, tuple(name for name in own if name not in ("position", "velocity", "id")), steps, rows, times)


def _check_positions(points: Stored, path: Path) -> None:
    if points.ndim not in (2, 3) or points.shape[-1] != 3 or points.dtype.kind not in "iuf":
        what = f"the positions in {path.name!r} have the shape {list(points.shape)}"
        right = "positions have the shape (n, 3), or (t, n, 3) for a time sequence"
        if points.ndim in (3, 4) and points.shape[-1] != 3:
            right += "; for a grid write kind: grid"
        raise Mistake(what, right, ("file",))
    if 0 in points.shape:
        raise Mistake(f"{path.name!r} holds no particles", "give it at least one", ("file",))


def _belongs(stored: Stored, points: Stored) -> bool:
    """Whether an array has one number or one vector for each particle (at each time)."""
    each = (points.shape[-2:-1], points.shape[:-1])
    return stored.dtype.kind in "biuf" and (
        stored.shape in each or (stored.shape[-1:] == (3,) and stored.shape[:-1] in each)
    )


def _steps(
    arrays: Mapping[str, Stored], points: Stored, ids: Stored | None, path: Path
) -> tuple[int, tuple[np.ndarray, ...] | None, np.ndarray | None, str | None]:
    """Number of snapshots, rows of each (of a table), their times, and the name of the array of times."""
    steps = points.shape[0] if points.ndim == 3 else 1
    name = _find(arrays, None, TIME_NAMES, "time", path)
    if name is None or arrays[name].ndim > 1 or arrays[name].dtype.kind not in "iuf":
        return steps, None, None, None
    with reading(path):
        times = np.atleast_1d(np.asarray(arrays[name].read(None), float))
    if len(times) == steps:
        return steps, None, times, name
    if points.ndim == 2 and len(times) == points.shape[0]:
        if not np.isfinite(times).all():
            raise Mistake(f"a {name} in {path.name!r} is not a finite number", "give every row its time", ("file",))
        values, of_row = np.unique(times, return_inverse=True)
        if len(values) == 1:
            return 1, None, values, name
        if ids is not None:
            order = np.argsort(of_row, kind="stable")
            rows = tuple(np.split(order, np.cumsum(np.bincount(of_row))[:-1]))
            return len(values), rows, values, name
        return (1, None, None, None)  # a column of times of particles that stand still: a field like any other
    what = f"{path.name!r} holds {len(times)} times for {steps} snapshots"
    raise Mistake(what, "write times: in the scene, one for each snapshot", ("file",))


def _vectors(
    arrays: Mapping[str, Stored],
    written: Columns,
    names: tuple[str, ...],
    triples: tuple[tuple[str, str, str], ...],
    key: str,
    path: Path,
) -> tuple[set[str], Stored] | None:
    """The names of the arrays that hold a vector per particle, and that vector."""
    if isinstance(written, tuple):
        found = [_named(arrays, name, (key, index), path) for index, name in enumerate(written)]
        return set(found), _stacked([arrays[name] for name in found], key)
    name = _find(arrays, written, names, key, path)
    if name is not None:
        return {name}, arrays[name]
    lower = {name.lower(): name for name in reversed(list(arrays))}
    for triple in triples:
        if all(part in lower for part in triple):
            columns = [lower[part] for part in triple]
            return set(columns), _stacked([arrays[name] for name in columns], key)
    return None


def _find(
    arrays: Mapping[str, Stored], written: str | None, names: tuple[str, ...], key: str, path: Path
) -> str | None:
    if written is not None:
        return _named(arrays, written, (key,), path)
    lower = {name.lower(): name for name in reversed(list(arrays))}
    return next((lower[name] for name in names if name in lower), None)


def _named(arrays: Mapping[str, Stored], name: str, at: tuple[str | int, ...], path: Path) -> str:
    if name not in arrays:
        noun = "column" if all(stored.ndim == 1 for stored in arrays.values()) else "array"
        raise Mistake(f"there is no {noun} {name!r} in {path.name!r}", suggest(name, arrays, noun), at)
    return name


def _stacked(columns: list[Stored], key: str) -> Stored:
    """Three columns of equal shape as one array of vectors, put together when it is read."""
    shapes = {column.shape for column in columns}
    if len(shapes) > 1 or any(column.dtype.kind not in "biuf" for column in columns):
        raise Mistake(
            f"the three columns of the {key} are not numbers of equal count", "name three such columns", (key,)
        )
    dtype = np.result_type(*(column.dtype for column in columns))

    def read(index: int | None) -> np.ndarray:
        return np.stack([column.read(index) for column in columns], axis=-1)

    return Stored((*shapes.pop(), 3), dtype, read)


def _numbered(ids: np.ndarray) -> np.ndarray:
    """Ids as int64: whole numbers as they are, text as a hash that is the same in every file."""
    if ids.dtype.kind in "iub":
        return ids.astype(np.int64)
    if ids.dtype.kind == "f":
        if not np.isfinite(ids).all() or np.any(ids != np.rint(ids)):
            raise Mistake("an id is not a whole number", "name the column of ids with id:", ("id",))
        return ids.astype(np.int64)
    texts, of_row = np.unique(ids, return_inverse=True)
    hashes = [hashlib.blake2b(str(text).encode(), digest_size=8).digest() for text in texts]
    return np.array([int.from_bytes(digest, "little", signed=True) for digest in hashes], np.int64)[of_row]


def _what(contents: Contents) -> str:
    found = [f"{name} {list(stored.shape)}" for name, stored in contents.arrays.items()]
    return ", ".join(found[:8]) + (", ..." if len(found) > 8 else "") or "no array at all"
