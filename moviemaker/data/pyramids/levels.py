"""A large grid as a pyramid of levels, each coarser than the one before. Boxes are read when they are needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.machine.in_memory import is_in_memory
from moviemaker.core.progress import Progress
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import source_fingerprint
from moviemaker.data.files.series import native
from moviemaker.data.formats.contents import IndexBox, Pieces, Stored
from moviemaker.data.grids.files import GridFiles
from moviemaker.data.pyramids.budget import COPIES
from moviemaker.data.pyramids.downsampling import (
    SIDE,
    VERSION,
    Bricks,
    Factor,
    Made,
    downsampler,
    made_dtype,
    made_shapes,
)
from moviemaker.data.pyramids.regions import Lattice

FIRST_MADE = 4
"""Factor along each axis between the grid and the finest level that is kept on disk: it takes a 64th of the grid."""

KEPT, WHOLE, BOXES = 0.2, 0.3, 0.5
"""Fractions of the budget: for tiles that were read last, for the coarsest level, and for boxes of finer levels."""

PER_SAMPLE = 24
"""Bytes for each sample of a box: single-precision copies of this picture and of the last one, of the texture, of the
two levels that are blended, and of the renderer's lookup table."""

TILE = 1 << 18
"""Smallest number of samples that are read together, unless the grid is smaller."""

AT_ONCE = 16
"""Planes of samples that are interpolated at once."""


@dataclass(frozen=True, eq=False)
class Level:
    """One of the levels.

    Attributes:
        lattice: positions at which it is drawn.
        shape: number of its own samples.
        step, shift: (3,), own sample i is at sample `shift + i * step` of the finest level.
        dtype: of its samples as they are drawn.
        stored: number of the level in the file; None: it is computed.
        tile: samples along each axis that are read together.
        live: samples of the coarsest level of the file that are averaged for each of its own, if it is computed
            whenever it is read; None: it is kept on disk.
    """

    lattice: Lattice
    shape: tuple[int, ...]
    step: np.ndarray
    shift: np.ndarray
    dtype: np.dtype
    stored: int | None
    tile: tuple[int, ...]
    live: Factor | None = None

    @property
    def exact(self) -> bool:
        """Whether its own samples lie on the lattice, so that nothing has to be interpolated."""
        return bool(np.allclose(self.shift, 0, atol=1e-6) and np.allclose(self.step, self.lattice.step, rtol=1e-6))

    def needed(self, axis: int, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """Own sample before each lattice point from `low` to `high`, and the fraction of the way to the next sample."""
        places = (np.arange(low, high + 1) * self.lattice.step[axis] - self.shift[axis]) / self.step[axis]
        places = np.clip(np.round(places, 6), 0, self.shape[axis] - 1)
        first = np.minimum(places.astype(int), max(self.shape[axis] - 2, 0))
        return first, (places - first).astype(np.float32)

    def box(self, low: Sequence[int], high: Sequence[int]) -> IndexBox:
        """The box of own samples that a box of the lattice needs."""
        ends = []
        for axis in range(3):
            first, part = self.needed(axis, low[axis], high[axis])
            ends.append((int(first[0]), int(first[-1]) + 1 + int(part[-1] > 0)))
        return ends[0], ends[1], ends[2]

    def tiles(self, box: IndexBox) -> Iterator[tuple[int, ...]]:
        """Indices of the tiles that a box of own samples overlaps."""
        return product(*(range(a // side, -(-b // side)) for (a, b), side in zip(box, self.tile, strict=True)))


class Pyramid:
    """The levels of a grid, or of a series of grids.

    Args:
        files: of the grid.
        memory: budget of a field, in bytes.

    Attributes:
        levels: the finest first. The last one fits into the budget as a whole.
        most: largest number of samples of a box of the other levels.
        bytes_read: bytes read so far, as stored.

    Raises:
        InputError: at `memory`: the file cannot be read piece by piece.
    """

    def __init__(self, files: GridFiles, memory: float):
        self.files = files
        self.bytes_read = 0
        self._made = Made()
        self._means: dict[tuple[int, str], list[Bricks]] = {}
        self._tiles: OrderedDict[tuple[object, ...], np.ndarray] = OrderedDict()
        self._kept, self._room = 0, KEPT * memory
        self.levels = self._stored_levels(WHOLE * memory / COPIES)
        self.factors = self._factors(WHOLE * memory / COPIES)
        self._base = self.levels[-1]
        self.levels += self._made_levels()
        self.most = int(BOXES * memory / PER_SAMPLE / max(len(self.levels) - 1, 1))

    def report_to(self, progress: Progress) -> None:
        """Takes the reporter for the making of coarser levels."""
        self._made.progress = progress

    def _stored_levels(self, room: float) -> list[Level]:
        """The levels of the file, up to the first that is small enough."""
        stored, _, pieces = self._pieces(0, self.files.names[0], 0)
        shape = stored.shape[-3:]
        unit = np.ones(3, int)
        found = [_level(shape, np.ones(3), np.zeros(3), unit, stored.dtype, pieces.chunks, shape, 0)]
        for number, coarser in enumerate(pieces.coarser, start=1):
            if _bytes(found[-1]) <= room:
                break
            step = np.asarray(coarser.step)
            factor = np.maximum(np.round(step / unit), 1).astype(int)
            if (factor == 1).all() or coarser.stored.pieces is None:
                continue
            unit = unit * factor
            chunks, shift = coarser.stored.pieces.chunks, np.asarray(coarser.shift)
            found.append(_level(shape, step, shift, unit, coarser.stored.dtype, chunks, coarser.stored.shape, number))
        return found

    def _factors(self, room: float) -> list[Factor]:
        """Factor between each level that has to be computed and the one before."""
        base, factors = self.levels[-1], list[Factor]()
        counts, itemsize = np.array(base.shape), made_dtype(base.dtype).itemsize
        if _bytes(base) <= room:
            return []
        itemsize = max(itemsize, 4)  # as it is drawn
        while not factors or np.prod(counts) * itemsize > room:
            total = np.ones(3, int)
            while total.max() < (2 if factors else FIRST_MADE):
                longer = 2 * counts > counts.max()  # the short axis of a flat grid keeps its resolution
                total = np.where(longer, 2 * total, total)
                counts = np.where(longer, -(-counts // 2), counts)
            factors.append((int(total[0]), int(total[1]), int(total[2])))
        return factors

    def _made_levels(self) -> list[Level]:
        """Levels computed from the coarsest one of the file: the first whenever it is read, the others once."""
        if not self.factors:
            return []
        base = self._base
        x, y, z = (2 if factor == FIRST_MADE else 1 for factor in self.factors[0])
        live: Factor = (x, y, z)
        totals = np.cumprod(self.factors, axis=0)
        shapes = [*made_shapes(base.shape, [live]), *made_shapes(base.shape, self.factors)]
        found = []
        for total, shape in zip([np.array(live), *totals], shapes, strict=True):
            shift, unit = base.shift + base.step * (total - 1) / 2, base.lattice.step * total
            kind, chunks = np.dtype(np.float32), (SIDE, SIDE, SIDE)
            made_now = live if shape is shapes[0] else None
            found.append(
                _level(self.levels[0].shape, base.step * total, shift, unit, kind, chunks, shape, None, made_now)
            )
        return found

    def read(self, level: int, index: int, name: str, low: Sequence[int], high: Sequence[int]) -> np.ndarray:
        """A box of the lattice of a level of a snapshot, from sample `low` to `high`, both included.

        Values are as stored if samples lie on the lattice, else float32. The last sample is repeated beyond the end.

        Raises:
            InputError: the file cannot be read.
        """
        chosen = self.levels[level]
        box = chosen.box(low, high)
        with reading(self.files.path(index)):
            values = self._assembled(level, index, name, box)
        needed = []
        for axis in range(3):
            first, part = chosen.needed(axis, low[axis], high[axis])
            needed.append((first - box[axis][0], part))
        if chosen.exact:
            for axis, (first, part) in enumerate(needed):
                nearest = first + (part > 0.5)
                if len(nearest) != values.shape[axis]:  # some lie beyond the last sample
                    values = values.take(nearest, axis=axis)
            return native(values)
        result = np.empty([len(first) for first, _ in needed], np.float32)
        for start in range(0, len(result), AT_ONCE):  # in parts, because the whole may not fit into memory
            along = [
                (places[start : start + AT_ONCE] if axis == 0 else places) for axis, (places, _) in enumerate(needed)
            ]
            parts = [(part[start : start + AT_ONCE] if axis == 0 else part) for axis, (_, part) in enumerate(needed)]
            result[start : start + AT_ONCE] = _between(values, along, parts, self.files.is_label(name))
        return result

    def _assembled(self, level: int, index: int, name: str, box: IndexBox) -> np.ndarray:
        """A box of own samples of a level, assembled from tiles. The tiles used last are kept."""
        chosen = self.levels[level]
        result: np.ndarray | None = None
        for number in chosen.tiles(box):
            tile = self._tile(level, index, name, number)
            if result is None:
                result = np.empty([high - low for low, high in box], tile.dtype)
            start = [n * side for n, side in zip(number, chosen.tile, strict=True)]
            here, there = [], []
            for (low, high), first, n in zip(box, start, tile.shape, strict=True):
                a, b = max(low, first), min(high, first + n)
                here.append(slice(a - low, b - low))
                there.append(slice(a - first, b - first))
            result[tuple(here)] = tile[tuple(there)]
        assert result is not None
        return result

    def _tile(self, level: int, index: int, name: str, number: tuple[int, ...]) -> np.ndarray:
        key = (level, index, name, number)
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        chosen = self.levels[level]
        (a, b), (c, d), (e, f) = (
            (n * side, min((n + 1) * side, count))
            for n, side, count in zip(number, chosen.tile, chosen.shape, strict=True)
        )
        tile = np.ascontiguousarray(self._read(level, index, name, ((a, b), (c, d), (e, f))))
        self.bytes_read += tile.nbytes if self.levels[level].live is None else 0
        self._kept += tile.nbytes
        while self._tiles and self._kept > self._room:
            self._kept -= self._tiles.popitem(last=False)[1].nbytes
        self._tiles[key] = tile
        return tile

    def _read(self, level: int, index: int, name: str, box: IndexBox) -> np.ndarray:
        chosen = self.levels[level]
        if chosen.stored is not None:
            _, inside, pieces = self._pieces(index, name, chosen.stored)
            return pieces.read(inside, box)
        if chosen.live is not None:
            _, inside, pieces = self._pieces(index, name, self._base.stored or 0)
            a, b, c = (
                (low * factor, min(high * factor, count))
                for (low, high), factor, count in zip(box, chosen.live, self._base.shape, strict=True)
            )
            values = native(pieces.read(inside, (a, b, c)))
            self.bytes_read += values.nbytes
            return downsampler(self.files.is_label(name))(values.astype(np.float32), chosen.live)
        made = level - (len(self.levels) - len(self.factors))
        return self._levels_made(index, name)[made].read(box)

    def _levels_made(self, index: int, name: str) -> list[Bricks]:
        """The kept levels of a field, which are computed from the coarsest one of the file."""
        key = (index, name)
        if key not in self._means:
            base = self._base
            assert base.stored is not None
            stored, inside, pieces = self._pieces(index, name, base.stored)
            path = self.files.path(index)
            made_of = fingerprint(
                VERSION, source_fingerprint(path), inside, name, base.stored, self.factors, self.files.is_label(name)
            )
            self._means[key] = self._made.levels(
                made_of,
                base.shape,
                stored.dtype,
                pieces.chunks,
                self.factors,
                lambda box: native(pieces.read(inside, box)),
                lambda box: pieces.blank(inside, box),
                self._description(index, name),
                self.files.is_label(name),
            )
        return self._means[key]

    def _description(self, index: int, name: str) -> str:
        """A field of a snapshot, in words."""
        which = f" of snapshot {index + 1} of {len(self.files.places)}" if len(self.files.places) > 1 else ""
        return f"{name!r}{which} in {self.files.path(index).name}"

    def _pieces(self, index: int, name: str, number: int) -> tuple[Stored, int | None, Pieces]:
        """A stored level of a field, the index of the snapshot in it, and its piecewise reader."""
        stored, inside = self.files.stored(index, name)
        pieces = stored.pieces or self._mapped(stored)
        if number:
            if number > len(pieces.coarser):
                what = f"{self.files.path(index).name!r} has fewer levels than {self.files.paths[0].name!r}"
                raise InputError(what, "every snapshot of a series has the same levels", ("file",))
            stored = pieces.coarser[number - 1].stored
            assert stored.pieces is not None
            pieces = stored.pieces
        return stored, inside if stored.ndim == 4 else None, pieces

    def _mapped(self, stored: Stored) -> Pieces:
        """Piecewise reading of an array that is mapped into memory."""
        whole = stored.read(None)
        if not isinstance(whole, np.memmap) and not is_in_memory(self.files.paths[0]):
            what = f"{Path(self.files.paths[0]).name!r} can only be read as a whole"
            raise InputError(what, "leave memory out, or convert the file to Zarr or HDF5", ("memory",))

        def read(index: int | None, box: IndexBox) -> np.ndarray:
            part = tuple(slice(*ends) for ends in box)
            return np.asarray((whole if index is None else whole[index])[part])

        return Pieces((64, 64, 64), read)


def _between(
    values: np.ndarray, first: Sequence[np.ndarray], part: Sequence[np.ndarray], label: bool = False
) -> np.ndarray:
    """Linear interpolation, float32: a fraction of the way from the samples `first` to the next ones, on each axis.

    Of labels the nearer sample is taken.
    """
    if label:
        part = [np.where(each < 0.5, np.float32(0), np.float32(1)) for each in part]
    rows = slice(int(first[0][0]), int(first[0][-1]) + 2)
    values, starts = values[rows].astype(np.float32), [first[0] - first[0][0], *first[1:]]
    for axis in (0, 1, 2):
        along = np.moveaxis(values, axis, 0)
        weight = part[axis][:, None, None]
        found = along[starts[axis]]
        change = along[np.minimum(starts[axis] + 1, len(along) - 1)] - found
        change *= weight
        change[part[axis] == 0] = 0  # the next sample may not be finite
        found += change
        values = np.moveaxis(found, 0, axis)
    return values


def _level(
    finest: Sequence[int],
    step: np.ndarray,
    shift: np.ndarray,
    unit: np.ndarray,
    dtype: np.dtype,
    chunks: Sequence[int],
    shape: Sequence[int],
    stored: int | None,
    live: Factor | None = None,
) -> Level:
    own = tuple(shape[-3:])
    counts = [-(-(n - 1) // int(u)) + 1 for n, u in zip(finest, unit, strict=True)]
    lattice = Lattice((int(unit[0]), int(unit[1]), int(unit[2])), (counts[0], counts[1], counts[2]))
    tile = [min(side, n) for side, n in zip(chunks, own, strict=True)]
    while any(side < n for side, n in zip(tile, own, strict=True)) and 2 * np.prod(tile) <= TILE:
        growing = min((side, axis) for axis, side in enumerate(tile) if side < own[axis])[1]
        tile[growing] = min(2 * tile[growing], own[growing])
    level = Level(lattice, own, step, shift, dtype, stored, tuple(tile), live)
    return level if level.exact else replace(level, dtype=np.dtype(np.float32))


def _bytes(level: Level) -> int:
    """Bytes of the whole level, as it is drawn."""
    return int(np.prod(level.lattice.count)) * level.dtype.itemsize
