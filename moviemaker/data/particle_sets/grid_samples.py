"""The samples of a grid as particles: for arrows of a flow that is stored on a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Grid, Particles, Vector
from moviemaker.core.geometry import norms
from moviemaker.data.columns.conditions import Condition
from moviemaker.data.grids.source import GridSource
from moviemaker.data.pyramids.source import PyramidSource

_PLACES = ("x", "y", "z", "distance")


class GridPoints:
    """Some of the samples of a grid, or of a series of them.

    They are where they are: between two times the grid's values are mixed, and nothing moves. Samples that are not
    known in a field that is asked for are left out.

    Args:
        grid: open data.
        every: one of so many samples is taken along x, y and z, in the middle of these.
        select: a condition that they have to fulfil, at every time anew.

    Raises:
        InputError: at `select`: it names a field that is not there.
    """

    def __init__(
        self, grid: GridSource | PyramidSource, every: tuple[int, int, int] = (1, 1, 1), select: Condition | None = None
    ):
        self._grid, self._every, self._select = grid, every, select
        self._given: tuple[object, Particles] | None = None
        for name in select.names if select else ():
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"), ("select",))

    @property
    def times(self) -> np.ndarray | None:
        """Those of the grid."""
        return self._grid.times

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the grid, and places; a field goes before a place of its name."""
        return tuple(dict.fromkeys([*self._grid.fields, *_PLACES]))

    @property
    def files(self) -> tuple[str, ...]:
        """Those of the grid."""
        return self._grid.files

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The samples at a data time, with the fields that are named.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))
        needed = dict.fromkeys([*names, *(self._select.names if self._select else ())])
        grid = self._grid.at(time, [name for name in needed if name in self._grid.fields])
        key = (grid, names)
        if self._given is None or self._given[0] != key:
            self._given = key, self._points(grid, tuple(needed), names)
        return self._given[1]

    def _points(self, grid: Grid, needed: tuple[str, ...], names: tuple[str, ...]) -> Particles:
        starts = [min(step, n) // 2 for step, n in zip(self._every, grid.shape, strict=True)]
        taken = tuple(slice(start, None, step) for start, step in zip(starts, self._every, strict=True))
        axes = [np.arange(n)[part] for n, part in zip(grid.shape, taken, strict=True)]
        index = np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")], axis=1)
        matrix = grid.world_from_index
        position = index @ matrix[:3, :3].T + matrix[:3, 3]
        places = dict(zip(_PLACES, (*position.T, norms(position)), strict=True))
        of_grid = {name: grid.fields[name][taken].ravel() for name in needed if name in self._grid.fields}
        values = places | of_grid
        kept = np.ones(len(position), bool)
        for array in of_grid.values():
            kept &= np.isfinite(array)
        if self._select is not None:
            kept &= self._select.holds(values, len(position))
        return Particles(position[kept], {name: values[name][kept] for name in names}, globe=self._grid.facts.globe)

    def center(self, time: float) -> Vector:
        """The centre of the grid."""
        return self._grid.center(time)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field at the samples that are taken, one time after the other."""
        for time in [0.0] if self.times is None else self.times.tolist():
            yield self.at(time, (field,)).fields[field]

    def examine(self) -> list[str]:
        """Nothing: the grid has been looked at by itself."""
        return []
