"""The particles in one file, or in the files that one snapshot is spread over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.columns.dates import TimeColumn
from moviemaker.data.columns.rgb import with_rgb
from moviemaker.data.columns.roles import (
    ID_NAMES,
    POSITION_COLUMNS,
    POSITION_NAMES,
    TIME_NAMES,
    VELOCITY_COLUMNS,
    VELOCITY_NAMES,
    Names,
    find,
    numbered,
    vectors,
)
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import open_file
from moviemaker.data.files.series import native
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, Structure, in_memory
from moviemaker.data.globe.coordinates import Places, on_globe, sky_columns
from moviemaker.data.particle_sets.multipart import NoSuchGroupError, arrays_of_group, box_of_group, joined
from moviemaker.data.particle_sets.periodic_box import is_box

_COLORS = ("rgb", "rgba", "_rgba", "color", "colors", "colour", "colours")
"""Arrays that are colours of particles even if they could as well be numbers that change in time."""


@dataclass(frozen=True, eq=False)
class ParticleFile:
    """The particles of one file, or of the files that one snapshot is spread over.

    Attributes:
        columns: `position` and perhaps `velocity` and `id`, and the other fields of the file by their own names.
        fields: names of these other fields.
        vectors: names of those of them that are vectors and not colours.
        steps: number of snapshots.
        count: number of particles in the first snapshot, of a table in all of them.
        rows: for a table with a column of times, the rows of each snapshot.
        row_times: of a table, the time of every row, perhaps not finite; None: unknown.
        times: of the snapshots; None: unknown.
        box: vectors of the periodic box, (3, 3) or (t, 3, 3); None: the file gives none.
        corner: lower corner of that box, (3,) or (t, 3); None: unknown.
        time_unit: what dates were turned into, such as `days since 1970-01-01`; empty: times were numbers.
        others: further files that its data come from.
        unwrapped: whether positions go on across the edges of the box.
        bonds: pairs of rows that are bonded (m, 2), at all times; None: unknown.
        facts, warnings: what the reader says of the file.
        units: of the fields, where the file says them.
        missing: number of missing values of fields of a table that have some.
        text: names of columns of text, with an example.
        problem: why a file without particles may be another file than meant; None: it is fine.
    """

    columns: dict[str, Stored]
    fields: tuple[str, ...]
    vectors: tuple[str, ...]
    steps: int
    count: int
    rows: tuple[np.ndarray, ...] | None
    row_times: np.ndarray | None
    times: np.ndarray | None
    box: Stored | None
    time_unit: str = ""
    others: tuple[Path, ...] = ()
    corner: Stored | None = None
    unwrapped: bool = False
    bonds: np.ndarray | None = None
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    problem: InputError | None = None

    def read(self, step: int, name: str) -> np.ndarray:
        """One array of one snapshot, as stored."""
        stored = self.columns[name]
        if self.rows is not None:
            return np.asarray(stored.rows(self.rows[step]))
        return stored.read(step if _moves(name, stored, self.columns["position"]) else None)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """The shape of what one particle has of an array: (), or (3,) for a vector."""
        stored = self.columns[name]
        return stored.shape[2 if _moves(name, stored, self.columns["position"]) else 1 :]

    def in_snapshot(self, step: int) -> int:
        """Number of particles in one snapshot."""
        if self.rows is not None:
            return len(self.rows[step])
        return len(self.read(step, "position")) if self.columns["position"].ndim == 3 else self.count

    @property
    def is_empty(self) -> bool:
        """Whether no snapshot of the file has particles; of files whose snapshots differ it is not known."""
        return not self.count and (self.columns["position"].ndim == 2 or self.steps < 2)

    def read_box(self, step: int) -> np.ndarray | None:
        """Vectors of the box of one snapshot (3, 3); None: it has none, or one without a volume."""
        if self.box is None:
            return None
        vectors = np.asarray(self.box.read(step if self.box.ndim == 3 else None), np.float64)
        return vectors if is_box(vectors) else None

    def read_corner(self, step: int) -> np.ndarray | None:
        """Lower corner (3,) of the box of one snapshot; None: unknown."""
        if self.corner is None:
            return None
        corner = np.asarray(self.corner.read(step if self.corner.ndim == 2 else None), np.float64)
        return corner if np.isfinite(corner).all() else None


def resolved(read: Callable[[int, str], np.ndarray], step: int, name: str, path: Path) -> np.ndarray:
    """Reads one array, and turns it into a type that the rest of the program takes.

    Args:
        read: reads an array by step and name.
        step: number of the snapshot in its file.
        name: of the array.
        path: of the file, for messages.

    Raises:
        InputError: the array cannot be read, or ids are not whole numbers.
    """
    with reading(path):
        values: np.ndarray = native(read(step, name)) if name != "id" else numbered(read(step, name))
    if name in ("position", "velocity") and values.dtype.kind != "f":
        return values.astype(np.float64)
    return values


def open_particles(
    paths: Sequence[Path], names: Names, structure: Structure | None = None, group: str | None = None
) -> ParticleFile:
    """Opens a file, or the parts of one snapshot; reads no more than fields and times need.

    Raises:
        InputError: at `file`, `position`, `velocity`, `id`, `time`, `group`, `topology` or `atoms`.
    """
    path = paths[0]
    contents = joined([open_file(part, structure=structure) for part in paths])
    try:
        arrays = with_rgb(arrays_of_group(contents, group, names, path))
    except NoSuchGroupError as problem:
        return _empty(contents, names, path, problem)
    if group is not None and arrays and all(0 in stored.shape for stored in arrays.values()):
        return _empty(contents, names, path)
    places = None if names.globe is None else on_globe(arrays, names.position, names.globe, path)
    if places is None:
        position = vectors(arrays, names.position, POSITION_NAMES, POSITION_COLUMNS, "position", path)
    else:
        position = {*places.names}, places.position
    if position is None:
        what = f"no positions could be found in {path.name!r}, which holds {_listed(arrays)}"
        at = ("file",) if not arrays or set(arrays) == {NAMELESS} else ("position",)
        right = "write position: with the name of an (n, 3) array or of three columns"
        sky = sky_columns(arrays)
        raise InputError(what, right if sky is None else f"write globe: 0 for {', '.join(sky)} around the origin", at)
    used, points = position
    if 0 in points.shape and (points.ndim == 2 or points.shape[0] < 2):  # others may have particles later
        return _empty(contents, names, path, steps=points.shape[0] if points.ndim == 3 else 1)
    _check_positions(points, path)
    columns = {"position": points}
    velocity = vectors(arrays, names.velocity, VELOCITY_NAMES, VELOCITY_COLUMNS, "velocity", path)
    if velocity is not None:
        columns["velocity"] = _velocities(velocity[1], points, places)
        used |= velocity[0] if len(velocity[0]) == 1 else set()
    name = find(arrays, names.id, ID_NAMES, "id", path)
    shapes = (points.shape[:-1], points.shape[-2:-1])
    if name is not None and (names.id is not None or arrays[name].shape in shapes):
        if arrays[name].shape not in shapes:
            what = f"the ids have the shape {list(arrays[name].shape)}, the positions {list(points.shape)}"
            raise InputError(what, "every particle has one id", ("id",))
        columns["id"] = arrays[name]
        used.add(name)
    timing = _timing(arrays, points, columns.get("id"), names.time, path)
    if timing.times is None and names.time is None and points.ndim == 2:
        timing = replace(timing, times=_time_of_header(contents))
    used |= timing.used
    own = [name for name, stored in arrays.items() if name not in used and _belongs(stored, points)]
    columns |= {name: arrays[name] for name in own if name not in columns}
    fields = tuple(name for name in own if name not in ("position", "velocity", "id"))
    vectors_among = tuple(n for n in fields if n != "rgb" and _is_vector(n, columns[n], points))
    series = timing.steps, points.shape[-2], timing.rows, timing.row_times, timing.times
    text = {n: contents.text.get(n, "") for n, each in arrays.items() if each.dtype.kind in "USM" and n not in used}
    return ParticleFile(
        *(columns, fields, vectors_among, *series, box_of_group(contents, group), timing.unit, contents.files),
        corner=contents.corner,
        unwrapped=contents.unwrapped,
        bonds=contents.bonds,
        facts=contents.facts,
        warnings=contents.warnings,
        units={name: unit for name, unit in contents.units.items() if name in fields},
        missing={name: count for name, count in contents.missing.items() if name in fields},
        text=text,
    )


def _empty(
    contents: Contents, names: Names, path: Path, problem: InputError | None = None, steps: int = 1
) -> ParticleFile:
    """A file without particles, which are born later or have died."""
    times = None
    name = find(contents.arrays, None, TIME_NAMES, "time", path) if names.time is None else names.time.column
    stored = contents.arrays.get(name or "")
    if stored is not None and stored.dtype.kind in "iufb" and stored.shape in ((), (steps,)):
        with reading(path):
            times = np.atleast_1d(np.asarray(stored.read(None), float))
    elif names.time is None and steps == 1:
        times = _time_of_header(contents)
    nowhere = in_memory(np.empty((0, 3)))
    return ParticleFile(
        *({"position": nowhere}, (), (), steps, 0, None, None, times, contents.box, "", contents.files), problem=problem
    )


def _time_of_header(contents: Contents) -> np.ndarray | None:
    if "Time" not in contents.header:
        return None
    return np.atleast_1d(np.asarray(contents.header["Time"], float))[:1]


@dataclass(frozen=True, eq=False)
class _Timing:
    """The snapshots of a file and their times.

    Attributes:
        steps: number of snapshots.
        rows: of a table, the numbers of the rows of each snapshot.
        row_times: of a table, the time of every row.
        times: of the snapshots.
        used: name of the array that says the times.
        unit: what they count; empty: unknown.
    """

    steps: int
    rows: tuple[np.ndarray, ...] | None = None
    row_times: np.ndarray | None = None
    times: np.ndarray | None = None
    used: frozenset[str] = frozenset()
    unit: str = ""


def _timing(
    arrays: Mapping[str, Stored], points: Stored, ids: Stored | None, written: TimeColumn | None, path: Path
) -> _Timing:
    steps = points.shape[0] if points.ndim == 3 else 1
    name = find(arrays, written.column if written else None, TIME_NAMES, "time", path)
    if name is None or arrays[name].ndim > 1:
        if written is not None:
            what = f"no column of times in {path.name!r}"
            raise InputError(
                what, "write time: and the name of an array with one time for each row or snapshot", ("time",)
            )
        return _Timing(steps)
    with reading(path):
        values = np.atleast_1d(np.asarray(arrays[name].read(None)))
    column = written or TimeColumn()
    try:
        times, unit = column.numbers(values), column.unit_of(values)
    except InputError:
        if written is not None:
            raise
        return _Timing(steps)  # a column of text that happens to have this name
    used = frozenset({name})
    if len(times) == steps:
        alone = points.ndim == 2 and points.shape[0] == 1
        return _Timing(steps, row_times=times if alone else None, times=times, used=used, unit=unit)
    if points.ndim == 2 and len(times) == points.shape[0]:
        if ids is None:  # particles that do not move: the times are a field like any other
            return _Timing(1, row_times=times, unit=unit)
        found, of_row = np.unique(times, return_inverse=True)
        if len(found) == 1:
            return _Timing(1, row_times=times, times=found, used=used, unit=unit)
        order = np.argsort(of_row, kind="stable")
        rows = tuple(np.split(order, np.cumsum(np.bincount(of_row))[:-1]))
        return _Timing(len(found), rows, times, found, used, unit)
    what = f"{path.name!r} holds {len(times)} times for {steps} snapshots"
    raise InputError(what, "write times: in the scene, one for each snapshot", ("file",))


def _check_positions(points: Stored, path: Path) -> None:
    if points.ndim not in (2, 3) or points.shape[-1] != 3 or points.dtype.kind not in "iuf":
        what = f"the positions in {path.name!r} have the shape {list(points.shape)}"
        right = "positions have the shape (n, 3), or (t, n, 3) for a time sequence"
        if points.ndim in (3, 4) and points.shape[-1] != 3:
            right += "; for a grid write kind: grid"
        raise InputError(what, right, ("file",))


def _velocities(found: Stored, points: Stored, places: Places | None) -> Stored:
    """Velocities in space: those of the file, or on a globe converted from eastward, northward and upward."""
    local = places is not None and found.shape == (*points.shape[:-1], 2)
    if found.shape != points.shape and not local:
        what = f"the velocities have the shape {list(found.shape)}, the positions {list(points.shape)}"
        raise InputError(what, "every particle has one velocity", ("velocity",))
    return found if places is None else places.velocity(found)


def _belongs(stored: Stored, points: Stored) -> bool:
    """Whether an array has one number, one vector or one colour with opacity for each particle (at each time)."""
    each = (points.shape[-2:-1], points.shape[:-1])
    return stored.dtype.kind in "biuf" and (
        stored.shape in each or (stored.shape[-1:] in ((3,), (4,)) and stored.shape[:-1] in each)
    )


def _is_vector(name: str, stored: Stored, points: Stored) -> bool:
    """Whether an array has three numbers for each particle (at each time) that may be below 0."""
    shape = points.shape if _moves(name, stored, points) else points.shape[-2:]
    return stored.dtype.kind in "if" and stored.shape == shape


def _moves(name: str, stored: Stored, points: Stored) -> bool:
    """Whether an array changes in time with the positions.

    Numbers (t, n) of as many times as particles could as well be a vector or a colour for each particle. They are
    numbers, unless their name says that they are colours.
    """
    if points.ndim != 3 or stored.shape[:2] != points.shape[:2]:
        return False
    steps, count = points.shape[:2]
    return not (stored.ndim == 2 and steps == count and count in (3, 4) and name.lower() in _COLORS)


def _listed(arrays: Mapping[str, Stored]) -> str:
    found = [f"{name} {list(stored.shape)}" for name, stored in arrays.items()]
    return ", ".join(found[:8]) + (", ..." if len(found) > 8 else "") or "no array"
