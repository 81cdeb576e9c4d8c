"""Coarser levels of a large grid that lacks them. They are computed from the whole grid once and kept on disk.

They lie beside the densities that are kept (see `sharing.disk_cache`). The levels that were not used for longest are
deleted when all of them together exceed 16 GiB. With `MOVIEMAKER_CACHE=off` they lie in a temporary folder, which
the processes of a render share.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from filelock import FileLock

from moviemaker.core.errors import UserError
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.core.machine.memory import size_text
from moviemaker.core.machine.temporary import temporary_folder
from moviemaker.core.progress import LONG, Progress, Silent
from moviemaker.core.sharing.disk_cache import cache_folder
from moviemaker.data.formats.contents import IndexBox

VERSION = 1
"""Version of the computation: levels that another version kept are not used."""

LIMIT = 16 << 30
"""Largest total size of all kept levels, in bytes."""

AT_ONCE = 1 << 22
"""Samples that are read at once."""

SIDE = 32
"""Samples along an edge of the bricks in which levels lie on disk. Neighbouring samples are read together, and bricks
of zeros are not written."""

_FOLDER = "MOVIEMAKER_LEVELS"
"""Environment variable by which worker processes find the temporary folder of the process that started them."""

Factor = tuple[int, int, int]


def made_dtype(dtype: np.dtype) -> np.dtype:
    """The type of means of samples. Half precision holds means of bytes to one part in a thousand."""
    return np.dtype(np.float16 if dtype.itemsize == 1 else np.float32)


def made_shapes(shape: Sequence[int], factors: Sequence[Factor]) -> list[tuple[int, ...]]:
    """Shapes of the levels, each coarser by a factor than the one before."""
    shapes, known = [], tuple(shape)
    for factor in factors:
        known = tuple(-(-n // f) for n, f in zip(known, factor, strict=True))
        shapes.append(known)
    return shapes


class Bricks:
    """An array (nx, ny, nz) in bricks, in a file.

    Args:
        path: of an array (bricks along x, y, z, SIDE, SIDE, SIDE).
    """

    def __init__(self, path: Path):
        self._path = path

    # Mapped pages count as memory of the process once they are touched, so the map is closed after each use.

    def read(self, box: IndexBox) -> np.ndarray:
        """The samples of a box."""
        file = np.load(self._path, mmap_mode="r")
        result = np.empty([high - low for low, high in box], file.dtype)
        for number, here, there in _shared(box):
            result[here] = file[number][there]
        return result

    def write(self, box: IndexBox, values: np.ndarray) -> None:
        """Writes the samples of a box."""
        file = np.load(self._path, mmap_mode="r+")
        for number, here, there in _shared(box):
            file[number][there] = values[here]


def _shared(box: IndexBox) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]]]:
    """Each brick that overlaps a box: its index, and the overlap as slices of the box and of the brick."""
    for number in product(*(range(low // SIDE, -(-high // SIDE)) for low, high in box)):
        ends = [(max(low, n * SIDE), min(high, (n + 1) * SIDE)) for (low, high), n in zip(box, number, strict=True)]
        here = tuple(slice(a - low, b - low) for (a, b), (low, _) in zip(ends, box, strict=True))
        there = tuple(slice(a - n * SIDE, b - n * SIDE) for (a, b), n in zip(ends, number, strict=True))
        yield number, here, there


class Made:
    """The folder of the kept levels.

    Attributes:
        progress: reporter for the computation of levels.
    """

    def __init__(self) -> None:
        self.progress: Progress = Silent()
        kept = cache_folder()
        # The temporary folder is made by the process that opens the data first, so that those it starts find it.
        self._folder = temporary_folder(_FOLDER) if kept is None else kept.parent / "levels"

    def levels(
        self,
        key: str,
        shape: Sequence[int],
        dtype: np.dtype,
        chunks: Sequence[int],
        factors: Sequence[Factor],
        read: Callable[[IndexBox], np.ndarray],
        blank: Callable[[IndexBox], float | None],
        what: str = "a grid",
        labels: bool = False,
    ) -> list[Bricks]:
        """Levels whose samples are means of boxes of the finer level, as arrays on disk.

        Args:
            key: a hash of everything that they depend on.
            shape: of the grid (nx, ny, nz).
            dtype: of its samples.
            chunks: samples that are read together.
            factors: samples along x, y and z for each sample of the next level.
            read: gives a box of the grid.
            blank: gives the constant value of a box that was never written, else None.
            what: the grid, in words.
            labels: whether its numbers are labels, of which the most frequent one in a box is taken.

        Raises:
            UserError: the disk has no room for them.
        """
        folder = self._place()
        paths = [folder / f"{key}_{number}.npy" for number in range(len(factors))]
        with FileLock(folder / f"{key}.lock"):
            if not all(path.is_file() for path in paths):
                self._make(folder, paths, shape, dtype, chunks, factors, read, blank, what, labels)
        for path in paths:
            with contextlib.suppress(OSError):
                os.utime(path)
        _tidy(folder, paths)
        return [Bricks(path) for path in paths]

    def _place(self) -> Path:
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if os.access(self._folder, os.W_OK):
                return self._folder
        return temporary_folder(_FOLDER)

    def _make(
        self,
        folder: Path,
        paths: Sequence[Path],
        shape: Sequence[int],
        dtype: np.dtype,
        chunks: Sequence[int],
        factors: Sequence[Factor],
        read: Callable[[IndexBox], np.ndarray],
        blank: Callable[[IndexBox], float | None],
        what: str,
        labels: bool,
    ) -> None:
        shapes = [(*(-(-n // SIDE) for n in each), SIDE, SIDE, SIDE) for each in made_shapes(shape, factors)]
        kind = np.dtype(np.float32) if labels else made_dtype(dtype)
        needed = sum(int(np.prod(each)) for each in shapes) * kind.itemsize
        # Writing a mapped page to a full disk would kill the process, so check the room beforehand.
        if shutil.disk_usage(folder).free < needed:
            full = f"{folder} has no room for {size_text(needed)} of coarser levels of a large grid"
            raise UserError(f"{full}; make room, or let MOVIEMAKER_CACHE name a folder on another disk")
        parts = [path.with_suffix(f".{unfinished_token()}.part") for path in paths]
        watch(folder)
        try:
            for part, each in zip(parts, shapes, strict=True):
                np.lib.format.open_memmap(part, mode="w+", dtype=kind, shape=each)
            files = [Bricks(part) for part in parts]
            what, done = f"coarser levels of {what}: making them once, to be kept", 0
            with self.progress.task(what, math.prod(shape), "sample", after=LONG) as advance:
                for box in _blocks(shape, chunks, np.prod(factors, axis=0)):
                    _fill(files, box, factors, read, blank, downsampler(labels))
                    done += math.prod(high - low for low, high in box)
                    advance(done)
            for part, path in zip(parts, paths, strict=True):
                os.replace(part, path)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)


def _blocks(shape: Sequence[int], chunks: Sequence[int], unit: Sequence[int]) -> Iterator[IndexBox]:
    """Boxes that fill the grid: of whole samples of the coarsest level, and where possible of whole chunks."""
    sides = [int(u) * -(-int(c) // int(u)) for c, u in zip(chunks, unit, strict=True)]
    while np.prod(sides) * 2 <= AT_ONCE and any(side < n for side, n in zip(sides, shape, strict=True)):
        growing = min((side, axis) for axis, side in enumerate(sides) if side < shape[axis])[1]
        sides[growing] *= 2
    for start in product(*(range(0, n, side) for n, side in zip(shape, sides, strict=True))):
        (a, b), (c, d), (e, f) = ((s, min(s + side, n)) for s, side, n in zip(start, sides, shape, strict=True))
        yield (a, b), (c, d), (e, f)


def _fill(
    files: Sequence[Bricks],
    box: IndexBox,
    factors: Sequence[Factor],
    read: Callable[[IndexBox], np.ndarray],
    blank: Callable[[IndexBox], float | None],
    coarser: Callable[[np.ndarray, Sequence[int]], np.ndarray],
) -> None:
    value = blank(box)
    if value == 0:
        return  # new files are full of zeros
    if value is None:
        values = np.asarray(read(box), np.float32)
    else:
        values = np.full([high - low for low, high in box], value, np.float32)
    corner = [low for low, _ in box]
    for file, factor in zip(files, factors, strict=True):
        values = coarser(values, factor)
        corner = [low // f for low, f in zip(corner, factor, strict=True)]
        (a, b), (c, d), (e, f) = ((low, low + n) for low, n in zip(corner, values.shape, strict=True))
        file.write(((a, b), (c, d), (e, f)), values)


def downsampler(labels: bool) -> Callable[[np.ndarray, Sequence[int]], np.ndarray]:
    """The function that makes samples of a coarser level."""
    return majority if labels else mean


def majority(values: np.ndarray, factor: Sequence[int]) -> np.ndarray:
    """The most frequent labels in boxes of that size; the first of equally frequent ones."""
    parts = [values[a :: factor[0], b :: factor[1], c :: factor[2]] for a, b, c in np.ndindex(*factor)]
    shape = parts[0].shape
    best, most = parts[0].copy(), np.zeros(shape, np.uint16)
    for one in parts:
        count = np.zeros(shape, np.uint16)
        for other in parts:
            here = tuple(slice(min(n, m)) for n, m in zip(one.shape, other.shape, strict=True))
            count[here] += one[here] == other[here]
        inner = tuple(slice(n) for n in one.shape)
        better = (count[inner] > most[inner]) & (np.isfinite(one) | ~np.isfinite(best[inner]))
        best[inner] = np.where(better, one, best[inner])
        most[inner] = np.where(better, count[inner], most[inner])
    return best


def mean(values: np.ndarray, factor: Sequence[int]) -> np.ndarray:
    """Means of the finite samples in boxes of that size. Boxes at the far edges may be smaller."""
    known = np.isfinite(values)
    if known.all():
        means = _sum(values, factor)
        for axis, (n, f) in enumerate(zip(values.shape, factor, strict=True)):
            np.moveaxis(means, axis, 0)[: n // f] /= f
            np.moveaxis(means, axis, 0)[n // f :] /= n % f or 1
        return means
    counts = _sum(known.astype(np.float32), factor)
    with np.errstate(invalid="ignore"):
        return np.asarray(_sum(np.where(known, values, np.float32(0)), factor) / counts)


def _sum(values: np.ndarray, factor: Sequence[int]) -> np.ndarray:
    for axis in (2, 1, 0):
        along = np.moveaxis(values, axis, 0)
        total = along[:: factor[axis]].astype(np.float32, order="K")
        for offset in range(1, factor[axis]):
            part = along[offset :: factor[axis]]
            total[: len(part)] += part
        values = np.moveaxis(total, 0, axis)
    return values


def _tidy(folder: Path, used: Sequence[Path]) -> None:
    """Deletes the least recently used files until the others are not too large."""
    found = []
    for path in folder.glob("*.npy"):
        with contextlib.suppress(OSError):  # another process deletes too
            seen = path.stat()
            found.append((path in used, seen.st_mtime, getattr(seen, "st_blocks", seen.st_size // 512) * 512, path))
    total = 0
    for needed, _, size, path in sorted(found, key=lambda each: each[:2], reverse=True):
        total += size
        if total > LIMIT and not needed:
            with contextlib.suppress(OSError):
                path.unlink()
