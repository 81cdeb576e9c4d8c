"""Open meshes: points and fields at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Cells, Mesh, Vector
from moviemaker.core.recent import Recent
from moviemaker.data.columns.components import component, components_of
from moviemaker.data.files.series import READ_AT_MOST, between

_COMPUTED = ("distance", "id", "x", "y", "z")


class Meshes(Protocol):
    """Meshes at several times."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        ...

    @property
    def times(self) -> np.ndarray | None:
        """Data times, ascending; None: the mesh does not move."""
        ...

    @property
    def steps(self) -> int:
        """Number of meshes."""
        ...

    def read(self, step: int) -> Mesh:
        """One mesh."""
        ...


class MeshSource:
    """A mesh, or a series of meshes that are interpolated linearly if they have the same cells, or held.

    Args:
        files: the meshes.
        hold: whether each mesh is held until the next one.
    """

    sample_type = Mesh

    def __init__(self, files: Meshes, hold: bool = False):
        self._files = files
        self._hold = hold
        self._read: Recent[Mesh] = Recent(2)
        self._given: tuple[object, Mesh] | None = None
        self._vectors: tuple[str, ...] | None = None

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the meshes."""
        return self._files.times

    @property
    def time_unit(self) -> str:
        """Unit of the times, such as `days since 2001-01-01`; empty: unknown."""
        return str(getattr(self._files, "clock", ""))

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields, then computed ones. A stored field replaces a computed one of the same name."""
        clock = ("time",) if self.times is not None else ()
        return tuple(dict.fromkeys([*self._files.names, *_COMPUTED, *components_of(self.vectors), *clock]))

    @property
    def vectors(self) -> tuple[str, ...]:
        """Stored fields of three numbers at each point, whose components and lengths are fields too."""
        if self._vectors is None:
            stored = self._mesh(0).fields
            self._vectors = tuple(
                name for name in self._files.names if name in stored and stored[name].shape[1:] == (3,)
            )
        return self._vectors

    @property
    def stored(self) -> tuple[str, ...]:
        """The fields that are in the files."""
        return tuple(self._files.names)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the data come from."""
        return tuple(str(path) for path in self._files.paths)

    def at(self, time: float, fields: Sequence[str] = ()) -> Mesh:
        """The mesh at a data time, with the named fields.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        moment = between(self.times, time, self._hold)
        key = (moment, names, time if "time" in names else None)
        if self._given is None or self._given[0] != key:
            mesh = self._mixed(*moment)
            found = {name: self._field(mesh, name, time) for name in names}
            self._given = key, Mesh(mesh.points, found, mesh.lines, mesh.polys)
        return self._given[1]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def _mesh(self, step: int) -> Mesh:
        return self._read.get(step, lambda: self._files.read(step))

    def _mixed(self, before: int, after: int, fraction: float) -> Mesh:
        start = self._mesh(before)
        if before == after:
            return start
        end = self._mesh(after)
        if not _same_cells(start, end):
            return start
        fields = {
            name: self._values_between(name, values, end.fields[name], fraction)
            for name, values in start.fields.items()
            if name in end.fields and end.fields[name].shape == values.shape
        }
        return Mesh(_between(start.points, end.points, fraction), fields, start.lines, start.polys)

    def _values_between(self, name: str, start: np.ndarray, end: np.ndarray, fraction: float) -> np.ndarray:
        """Mixed values; of labels the nearer ones."""
        is_label: Callable[[str], bool] | None = getattr(self._files, "is_label", None)
        if is_label is not None and is_label(name):
            return start if fraction < 0.5 else end
        return _between(start, end, fraction)

    def _field(self, mesh: Mesh, name: str, time: float) -> np.ndarray:
        if name in self._files.names:
            if name not in mesh.fields:
                what = f"a file of the series has no field {name!r}"
                raise InputError(what, "every file of a series holds the same fields", ("file",))
            return mesh.fields[name]
        if name == "time":
            return np.full(len(mesh.points), time)
        if name == "id":
            return _line_numbers(mesh)
        vector = components_of(self.vectors).get(name)
        if vector is not None:
            return component(name, self._field(mesh, vector, time))
        values: np.ndarray = mesh.points[:, "xyz".index(name)] if name in "xyz" else np.linalg.norm(mesh.points, axis=1)
        return values

    def center(self, time: float) -> Vector:
        """Centre of the bounds of the points; the origin without points."""
        points = self.at(time).points
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return 0.0, 0.0, 0.0
        x, y, z = ((points.min(axis=0).astype(np.float64) + points.max(axis=0)) / 2).tolist()
        return x, y, z

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, mesh by mesh, flat.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        self._check(field)
        for step in range(self._files.steps):
            time = 0.0 if self.times is None else float(self.times[step])
            values = self._field(self._mesh(step), field, time).ravel()
            yield values[np.isfinite(values)] if values.dtype.kind == "f" else values

    def examine(self) -> list[str]:
        """Reads the meshes once, but not more than half a gibibyte of a long series.

        Returns:
            Warnings: points of lines or polygons that are not finite, meshes that were not read, and meshes that
            cannot be interpolated.

        Raises:
            InputError: at `file`: a file cannot be read, or has neither lines nor polygons.
        """
        size, read, bad, changed = 0, 0, 0, 0
        last: Mesh | None = None
        for step in range(self._files.steps):
            if step and size * (step + 1) / step > READ_AT_MOST:
                break
            mesh = self._mesh(step)
            if not len(mesh.lines) + len(mesh.polys):
                what = "it holds only points, neither lines nor polygons"
                raise InputError(what, "points are for data of kind particles", ("file",))
            if not np.isfinite(mesh.points).all(axis=1).any():
                raise InputError("none of its points is finite", "give its points finite positions", ("file",))
            used = np.concatenate([mesh.lines.connectivity, mesh.polys.connectivity])
            bad += int(np.count_nonzero(~np.isfinite(mesh.points).all(axis=1)[np.unique(used)]))
            changed += last is not None and not _same_cells(last, mesh)
            size += mesh.points.nbytes + used.nbytes + sum(values.nbytes for values in mesh.fields.values())
            read, last = read + 1, mesh
        warnings = list(getattr(self._files, "warnings", ()))
        if bad:
            warnings.append(f"{bad} points are not finite; nothing is drawn through them")
        if read < self._files.steps:
            warnings.append(f"only the first {read} of {self._files.steps} meshes were examined")
        if changed and not self._hold:
            warnings.append("the cells change with time, so each mesh is held until the next one")
        return warnings


def _same_cells(a: Mesh, b: Mesh) -> bool:
    def same(one: Cells, other: Cells) -> bool:
        return np.array_equal(one.offsets, other.offsets) and np.array_equal(one.connectivity, other.connectivity)

    return len(a.points) == len(b.points) and same(a.lines, b.lines) and same(a.polys, b.polys)


def _between(start: np.ndarray, end: np.ndarray, fraction: float) -> np.ndarray:
    """Values interpolated linearly; integers keep the values of the start."""
    if start.dtype.kind != "f" or end.dtype.kind != "f":
        return start
    mixed: np.ndarray = start * (1 - fraction) + end * fraction
    return mixed


def _line_numbers(mesh: Mesh) -> np.ndarray:
    """The number of the poly-line of each point, (n,); 0 for points on no line."""
    numbers = np.zeros(len(mesh.points), np.int64)
    numbers[mesh.lines.connectivity] = np.repeat(np.arange(len(mesh.lines)), np.diff(mesh.lines.offsets))
    return numbers
