"""The samples of a grid as particles: for arrows of a flow that is stored on a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Grid, Particles, Vector
from moviemaker.core.geometry import norms, on_globe
from moviemaker.core.sources import HasVectors, MadeFrom, OnGlobe, Source
from moviemaker.data.columns.components import component, components_of
from moviemaker.data.columns.conditions import Condition

_COMPUTED = ("x", "y", "z", "distance", "id")


class GridPoints(MadeFrom):
    """Some of the samples of a grid, or of a series of them.

    They do not move: between two times only the grid's values are interpolated. Samples whose value is missing in a
    field that is asked for are left out. A vector of the grid, such as `velocity`, has three columns; on a globe, where
    its components go east, north and up, it is turned to x, y and z.

    Args:
        grid: open data.
        every: takes every n-th sample along x, y and z, beginning in the middle of the first n.
        select: a condition that they have to fulfil, at every time anew.

    Raises:
        InputError: at `select`: no such field.
    """

    sample_type = Particles

    def __init__(self, grid: Source[Grid], every: tuple[int, int, int] = (1, 1, 1), select: Condition | None = None):
        super().__init__(grid)
        self._every, self._select = every, select
        self.globe = isinstance(grid, OnGlobe) and grid.globe
        self._given: tuple[object, Particles] | None = None
        self._parts = grid.vectors if isinstance(grid, HasVectors) else {}
        self._of_vectors = components_of(self._parts)
        for name in select.names if select else ():
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"), ("select",))
            if name in self._parts:
                what = f"{name!r} has 3 values for each particle"
                right = f"compare fields that have one, such as {name}_x or {name}_magnitude"
                raise InputError(what, right, ("select",))

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the grid and its vectors, then positions and ids, the numbers of the samples.

        A field goes before a computed one.
        """
        return tuple(dict.fromkeys([*self.whole.fields, *self._parts, *self._of_vectors, *_COMPUTED]))

    @property
    def vectors(self) -> tuple[str, ...]:
        """The fields of three columns."""
        return tuple(self._parts)

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The samples at a data time, with the named fields.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        needed = tuple(dict.fromkeys([*names, *(self._select.names if self._select else ())]))
        grid = self.whole.at(time, tuple(dict.fromkeys(part for name in needed for part in self._read_for(name))))
        key = (grid, names)
        if self._given is None or self._given[0] != key:
            self._given = key, self._points(grid, needed, names)
        return self._given[1]

    def _read_for(self, name: str) -> tuple[str, ...]:
        """The fields of the grid from which a field follows."""
        vector = self._vector_of(name)
        if vector is not None:
            return self._parts[vector]
        return (name,) if name in self.whole.fields else ()

    def _vector_of(self, name: str) -> str | None:
        """The vector from which a field follows, unless the grid has the field itself."""
        if name in self._parts:
            return name
        return None if name in self.whole.fields else self._of_vectors.get(name)

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def _points(self, grid: Grid, needed: tuple[str, ...], names: tuple[str, ...]) -> Particles:
        starts = [min(step, n) // 2 for step, n in zip(self._every, grid.shape, strict=True)]
        taken = tuple(slice(start, None, step) for start, step in zip(starts, self._every, strict=True))
        axes = [np.arange(n)[part] for n, part in zip(grid.shape, taken, strict=True)]
        index = np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")], axis=1)
        matrix = grid.world_from_index
        position = index @ matrix[:3, :3].T + matrix[:3, 3]
        number = np.ravel_multi_index(tuple(index.T), grid.shape)
        computed = dict(zip(_COMPUTED, (*position.T, norms(position), number), strict=True))
        parts = dict.fromkeys(part for name in needed for part in self._read_for(name))
        of_grid = {name: grid.fields[name][taken].ravel() for name in parts}
        values = computed | of_grid
        vectors = {name: self._vector_of(name) for name in needed}
        for vector in dict.fromkeys(vector for vector in vectors.values() if vector is not None):
            found = self._turned(np.stack([of_grid[part] for part in self._parts[vector]], axis=1), position)
            others = [name for name, of in vectors.items() if of == vector and name != vector]
            values |= {name: component(name, found) for name in others} | {vector: found}
        kept = np.ones(len(position), bool)
        for array in of_grid.values():
            kept &= np.isfinite(array)
        if self._select is not None:
            kept &= self._select.holds(values, len(position))
        return Particles(position[kept], {name: values[name][kept] for name in names}, globe=self.globe)

    def _turned(self, components: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Vectors (n, 3) along x, y and z, of two or three components."""
        whole = np.zeros((len(components), 3))
        whole[:, : components.shape[1]] = components
        return on_globe(whole, position) if self.globe else whole

    def columns(self, field: str) -> int:
        """Three of a vector, else one.

        Raises:
            InputError: no field of this name.
        """
        self._check(field)
        return 3 if field in self._parts else 1

    def center(self, time: float) -> Vector:
        """The centre of the grid."""
        return self.whole.center(time)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field at the samples that are taken, time by time, flat.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        for time in [0.0] if self.times is None else self.times.tolist():
            yield self.at(time, (field,)).fields[field].ravel()

    def examine(self) -> list[str]:
        """No warnings: the grid is examined by itself."""
        return []
