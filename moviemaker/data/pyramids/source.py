"""Open large grids. Only the parts are read that a picture needs and the memory allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Grid, Vector
from moviemaker.core.machine.memory import size_text
from moviemaker.core.progress import Progress
from moviemaker.data.columns.components import vectors_among
from moviemaker.data.files.find import files_here
from moviemaker.data.files.series import READ_AT_MOST, between
from moviemaker.data.grids.files import GridFiles
from moviemaker.data.grids.source import Facts
from moviemaker.data.pyramids.levels import Pyramid
from moviemaker.data.pyramids.regions import Region, around, regions

Moment = tuple[int, int, float]
Bounds = tuple[tuple[float, float], ...]
Part = tuple[slice, slice, slice]


class _Lazy(Mapping[str, np.ndarray]):
    """Arrays that are read when they are asked for."""

    def __init__(self, names: Sequence[str], read: Callable[[str], np.ndarray]):
        self._names, self._read = tuple(names), read

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class _Overview(Grid):
    """The whole grid at its coarsest level. Its bounds are known before it is read."""

    size: tuple[int, int, int] = (1, 1, 1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of samples along x, y, z."""
        return self.size

    @property
    def bounds(self) -> Bounds:
        """Bounds of the finest samples. The last samples of the coarsest level may lie beyond them."""
        if self.whole is None or self.frame is not None:
            return super().bounds
        return self.whole


@dataclass(frozen=True, eq=False)
class _LevelInPicture:
    """A level as the last picture showed it.

    Attributes:
        key: everything that its values depend on.
        inner: the box of the next finer level.
        block: values of this level inside of that box, by field.
        parts: the grids that are drawn around that box.
    """

    key: tuple[object, ...]
    inner: Region | None
    block: Mapping[str, np.ndarray]
    parts: tuple[Grid, ...]


class PyramidSource:
    """A grid that is too large for the memory, or a series of such grids: `OutOfCore` data.

    Args:
        files: of the grid.
        memory: budget of a field, in bytes.
        origin, spacing: of its samples.
        hold: whether a snapshot is held until the next one.
        facts: what the files tell besides the numbers.

    Attributes:
        facts: the same, with a note on the number of samples.
        pyramid: its levels.

    Raises:
        InputError: at `memory`: the file cannot be read piece by piece.
    """

    sample_type = Grid

    def __init__(
        self,
        files: GridFiles,
        memory: float,
        origin: Vector,
        spacing: Vector,
        hold: bool = False,
        facts: Facts | None = None,
    ):
        self.pyramid = Pyramid(files, memory)
        self._files, self._memory, self._hold = files, memory, hold
        self._origin, self._spacing = np.array(origin), np.array(spacing)
        facts = facts or Facts()
        self.facts = replace(facts, notes=(*facts.notes, self._extent))
        self._wholes: dict[str, tuple[Moment, np.ndarray]] = {}
        self._overviews: dict[tuple[str, ...], tuple[Moment, Grid]] = {}
        self._last: dict[tuple[str, ...], tuple[_LevelInPicture, ...]] = {}

    def report_to(self, progress: Progress) -> None:
        """Takes the reporter for the making of coarser levels."""
        self.pyramid.report_to(progress)

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self._files.times

    @property
    def time_unit(self) -> str:
        """Unit of the times, such as `days since 2001-01-01`, if the files say it."""
        return self.facts.clock

    @property
    def globe(self) -> bool:
        """Whether it was a grid of longitudes and latitudes and lies around a globe."""
        return self.facts.globe

    @property
    def vectors(self) -> dict[str, tuple[str, ...]]:
        """The fields that are the components of vectors, by the name of the vector."""
        names = [name for name in self.fields if name not in self.facts.channels]
        return vectors_among(names, self.facts.units)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self._files.names

    @property
    def files(self) -> tuple[str, ...]:
        """The files on this machine that the data come from."""
        return files_here(self._files.paths)

    @property
    def bounds(self) -> Bounds:
        """Bounds of the finest samples."""
        end = self._origin + self._spacing * (np.array(self._files.shape) - 1)
        return tuple(zip(self._origin.tolist(), end.tolist(), strict=True))

    def at(self, time: float, fields: Sequence[str] = ()) -> Grid:
        """The whole grid at a data time, at the coarsest level. It is read when its arrays are first used.

        Raises:
            InputError: no field of this name.
        """
        names, moment = self._checked(fields), between(self.times, time, self._hold)
        known = self._overviews.get(names)
        if known is None or known[0] != moment:
            lattice = self.pyramid.levels[-1].lattice
            arrays = _Lazy(names, lambda name: self._whole(name, moment))
            (x, y, z), (a, b, c) = self._origin.tolist(), (self._spacing * lattice.step).tolist()
            grid = _Overview(arrays, (x, y, z), (a, b, c), whole=self.bounds, size=lattice.count)
            known = self._overviews[names] = (moment, grid)
        return known[1]

    def seen(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The parts that a picture shows at a data time, those of the coarsest level first.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names, moment = self._checked(fields), between(self.times, time, self._hold)
        wanted = self._regions(view_cone)
        before = {(level.key, level.inner): level for level in self._last.pop(names, ())}
        found: list[_LevelInPicture] = []
        key: tuple[object, ...] = (moment,)
        for region, inner in zip(wanted, [*wanted[1:], None], strict=True):
            key = (*key, region)
            known = before.get((key, inner))
            found.append(known or self._level(names, moment, region, inner, key, found[-1] if found else None))
        self._last[names] = tuple(found)
        return tuple(part for level in found for part in level.parts)

    def outlined(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The same parts with 0 in place of every sample, so that nothing is read."""
        names, wanted, parts = self._checked(fields), self._regions(view_cone), list[Grid]()
        for region, inner in zip(wanted, [*wanted[1:], None], strict=True):
            kind = np.float32 if region.window else self.pyramid.levels[region.level].dtype
            nothing = np.broadcast_to(np.zeros((1, 1, 1), kind), region.shape)
            parts += self._parts(region, inner, partial(_views, dict.fromkeys(names, nothing)))
        return tuple(parts)

    def _regions(self, view_cone: ViewCone) -> list[Region]:
        lattices = [level.lattice for level in self.pyramid.levels]
        return regions(view_cone, lattices, self.pyramid.most, self._origin, self._spacing)

    def _level(
        self,
        names: Sequence[str],
        moment: Moment,
        region: Region,
        inner: Region | None,
        key: tuple[object, ...],
        coarser: _LevelInPicture | None,
    ) -> _LevelInPicture:
        """A level of a picture, blended with the coarser level where it fades into it."""
        block: dict[str, np.ndarray] = {}
        values = {
            name: self._whole(name, moment)
            if coarser is None
            else self._mixed(name, moment, region, coarser.block[name])
            for name in names
        }
        if inner is not None:
            factor = self._factor(region, inner)
            here = tuple(
                slice(low // f - first, high // f - first + 1)
                for low, high, f, first in zip(inner.low, inner.high, factor, region.low, strict=True)
            )
            block = {name: np.array(array[here], np.float32) for name, array in values.items()}
        parts = self._parts(region, inner, partial(_copies, values))
        return _LevelInPicture(key, inner, block, tuple(parts))

    def _parts(
        self, region: Region, inner: Region | None, fields: Callable[[Part], Mapping[str, np.ndarray]]
    ) -> list[Grid]:
        """The grids that are drawn of a level; a function gives the arrays of each part."""
        step = np.array(self.pyramid.levels[region.level].lattice.step) * self._spacing
        factor = (1, 1, 1) if inner is None else self._factor(region, inner)
        parts = []
        for part in around(region, inner, factor):
            first = np.array([low + side.start for low, side in zip(region.low, part, strict=True)])
            (x, y, z), (a, b, c) = (self._origin + step * first).tolist(), step.tolist()
            parts.append(Grid(fields(part), (x, y, z), (a, b, c), whole=self.bounds))
        return parts

    def _factor(self, region: Region, inner: Region) -> tuple[int, ...]:
        """Steps of the finer level in one step of the coarser level."""
        coarse, fine = (self.pyramid.levels[each.level].lattice.step for each in (region, inner))
        return tuple(c // f for c, f in zip(coarse, fine, strict=True))

    def _mixed(self, name: str, moment: Moment, region: Region, coarse: np.ndarray) -> np.ndarray:
        from moviemaker.data.pyramids.blending import (
            blend,  # imported here because compiling takes time, which `check` saves
        )

        values = self._read(name, moment, region.level, region.low, region.high)
        fine = np.ascontiguousarray(values, np.float32)
        levels = self.pyramid.levels
        own, other = levels[region.level].lattice.step, levels[region.level + 1].lattice.step
        factor = np.array([c // f for c, f in zip(other, own, strict=True)])
        weights = region.weights(own)
        if self._files.is_label(name):
            weights = tuple(np.where(each >= 0.5, np.float32(1), np.float32(0)) for each in weights)
            around = np.ix_(
                *(
                    np.minimum((np.arange(n) + f // 2) // f, c - 1)
                    for n, f, c in zip(fine.shape, factor, coarse.shape, strict=True)
                )
            )
            return np.where(weights[0][:, None, None] * weights[1][:, None] * weights[2] > 0, fine, coarse[around])
        blend(fine, np.ascontiguousarray(coarse), factor, *weights)
        return fine

    def _whole(self, name: str, moment: Moment) -> np.ndarray:
        known = self._wholes.get(name)
        if known is None or known[0] != moment:
            self._wholes.pop(name, None)
            count = self.pyramid.levels[-1].lattice.count
            last = [n - 1 for n in count]
            values = self._read(name, moment, len(self.pyramid.levels) - 1, (0, 0, 0), last)
            known = self._wholes[name] = (moment, values)
        return known[1]

    def _read(self, name: str, moment: Moment, level: int, low: Sequence[int], high: Sequence[int]) -> np.ndarray:
        """A box of a level at a moment, from sample `low` to `high`, both included."""
        before, after, fraction = moment
        start = self.pyramid.read(level, before, name, low, high)
        if before == after or (fraction < 0.5 and self._files.is_label(name)):
            return start
        if self._files.is_label(name):
            return self.pyramid.read(level, after, name, low, high)
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = self.pyramid.read(level, after, name, low, high).astype(np.float32)
            mixed *= np.float32(fraction)
            mixed += start.astype(np.float32) * np.float32(1 - fraction)
        return mixed

    def _checked(self, fields: Sequence[str]) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(fields)) or self.fields[:1]
        for name in names:
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))
        return names

    def columns(self, field: str) -> int:
        """Numbers in each sample of a field: one.

        Raises:
            InputError: no field of this name.
        """
        self._checked((field,))
        return 1

    def center(self, time: float) -> Vector:
        """Centre of the bounds, which is the same at all times."""
        x, y, z = ((low + high) / 2 for low, high in self.bounds)
        return x, y, z

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of the coarsest level of a field, flat, for each snapshot, or for some of a long series.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        (name,) = self._checked((field,))
        level = self.pyramid.levels[-1]
        count = len(self._files.places)
        size = int(np.prod(level.lattice.count)) * level.dtype.itemsize
        few = np.unique(np.linspace(0, count - 1, max(1, min(count, READ_AT_MOST // size))).round().astype(int))
        for index in few.tolist():
            values = self._whole(name, (index, index, 0.0)).ravel()
            yield values[np.isfinite(values)] if values.dtype.kind == "f" else values

    def examine(self) -> list[str]:
        """Checks the headers of the files. The data are too large to be read whole.

        Raises:
            InputError: at `file`: a file cannot be read or does not fit the others.
        """
        for index in range(len(self._files.places)):
            self._files.check(index)
        return self.facts.warnings

    @property
    def _extent(self) -> str:
        stored, _ = self._files.stored(0, self.fields[0])
        size = int(np.prod(self._files.shape)) * stored.dtype.itemsize
        step = self.pyramid.levels[-1].lattice.step
        what = f"{_times(self._files.shape)} samples of {stored.dtype} are {size_text(size)}"
        return f"{what}; the whole is drawn from {_every(step)}"

    def loading(self, view_cones: Sequence[ViewCone]) -> str:
        """Tells in words what will be read for the pictures of a movie. Nothing is read."""
        levels = self.pyramid.levels
        largest: dict[int, tuple[int, tuple[int, int, int]]] = {}
        touched: set[tuple[int, tuple[int, ...]]] = set()
        for region in {region for view_cone in view_cones for region in self._regions(view_cone)}:
            size = int(np.prod(region.shape))
            largest[region.level] = max(largest.get(region.level, (0, region.shape)), (size, region.shape))
            level = levels[region.level]
            touched |= {(region.level, number) for number in level.tiles(level.box(region.low, region.high))}
        finer = [
            f"{_every(levels[number].lattice.step)} (up to {_times(shape)})"
            for number, (_, shape) in sorted(largest.items(), reverse=True)[1:]
        ]
        near = f"near the camera from {', '.join(finer)}" if finer else "no finer level is seen"
        read = sum(int(np.prod(levels[n].tile)) * levels[n].dtype.itemsize for n, _ in touched)
        read *= 1 if self.times is None else len(self.times)
        made = "; coarser levels are computed from the whole once, and kept" if self.pyramid.factors else ""
        return (
            f"{self._extent}, {near}; up to {size_text(read)} are read, {size_text(self._memory)} are in memory{made}"
        )


def _views(values: Mapping[str, np.ndarray], part: Part) -> dict[str, np.ndarray]:
    return {name: array[part] for name, array in values.items()}


def _copies(values: Mapping[str, np.ndarray], part: Part) -> dict[str, np.ndarray]:
    """Copies of parts of arrays, so that the whole level can be freed."""
    return {name: np.array(array[part], order="C") for name, array in values.items()}


def _every(step: Sequence[int]) -> str:
    if max(step) == 1:
        return "all"
    return f"one in {step[0]}^3" if len(set(step)) == 1 else f"one in {_times(step)}"


def _times(numbers: Sequence[int]) -> str:
    return " x ".join(map(str, numbers))
