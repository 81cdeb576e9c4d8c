"""Arrays of Dask, of which only the parts that are needed are computed, and Dask's data frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import NAMELESS, Contents, HeldContents, IndexBox, Pieces, Rows, Stored
from moviemaker.data.memory.arrays import HeldArrays
from moviemaker.data.memory.tables import of_pandas


class HeldLazily(HeldContents):
    """An array of Dask."""

    what = "Array"
    suffix = ".npy"

    def __init__(self, array: Any):
        self._array = array

    def contents(self) -> Contents:
        """The array, computed part by part."""
        array = self._array

        def read(index: int | None) -> np.ndarray:
            return _computed(array if index is None else array[index])

        def box(index: int | None, box: IndexBox) -> np.ndarray:
            part = tuple(slice(*ends) for ends in box)
            return _computed((array if index is None else array[index])[part])

        def part(start: int, stop: int) -> np.ndarray:
            return _computed(array[start:stop])

        pieces = None
        if array.ndim in (3, 4):
            x, y, z = (max(sizes) for sizes in array.chunks[-3:])
            pieces = Pieces((x, y, z), box)
        stored = Stored(tuple(map(int, array.shape)), np.dtype(array.dtype), read, part=part, pieces=pieces)
        return Contents({NAMELESS: stored})

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Chunk by chunk along the first axis."""
        ends = np.cumsum((0, *self._array.chunks[0])).tolist()
        for start, stop in pairwise(ends):
            yield slice(start, stop), _computed(self._array[start:stop])

    def write(self, path: Path) -> None:
        """Writes the array, of which only some chunks are in memory at a time."""
        shape = tuple(map(int, self._array.shape))
        whole = np.lib.format.open_memmap(path, "w+", np.dtype(self._array.dtype), shape)
        for part, block in self._blocks():
            whole[part] = block
        whole.flush()

    def parts(self) -> Iterator[object]:
        """The chunks along the first axis."""
        yield self._array.shape
        for _, block in self._blocks():
            yield block


def _computed(part: Any) -> np.ndarray:
    """The numbers of a part of an array, which have its shape.

    Raises:
        InputError: they have another one, and would be repeated or cut unseen.
    """
    found = np.asarray(part.compute())
    if found.shape != part.shape:
        what = f"a part of the array of Dask has the shape {list(found.shape)}, and {list(part.shape)} was declared"
        raise InputError(what, "let the function of map_blocks return blocks of the shape that chunks= says")
    return found


class HeldFrame(HeldContents):
    """A data frame of Dask, whose partitions are computed one after another for a density, and all for particles."""

    what = "DataFrame"
    suffix = ".npz"

    def __init__(self, frame: Any):
        self._frame = frame

    @cached_property
    def _whole(self) -> HeldArrays:
        return of_pandas(self._frame.compute())

    def contents(self) -> Contents:
        """All columns, computed."""
        return self._whole.contents()

    def rows(self) -> Rows:
        """The columns of numbers, a partition at a time."""
        frame = self._frame
        kinds = {str(name): getattr(kind, "kind", "O") for name, kind in frame.dtypes.items()}

        def pieces(names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
            for number in range(frame.npartitions):
                part = frame.partitions[number][list(names)].compute()
                yield {name: part[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names}

        return Rows({name: () for name, kind in kinds.items() if kind in "biuf"}, None, pieces)

    def write(self, path: Path) -> None:
        """Writes all columns."""
        self._whole.write(path)

    def parts(self) -> Iterator[object]:
        """All columns, a partition at a time."""
        for number in range(self._frame.npartitions):
            yield of_pandas(self._frame.partitions[number].compute()).fingerprint


def of_dask(given: Any) -> HeldContents:
    """An array, whose shape has to be known, or a data frame, whose columns are computed.

    Raises:
        InputError: the shape is unknown, or the array has no axes.
    """
    if hasattr(given, "npartitions") and hasattr(given, "columns"):
        return HeldFrame(given)
    if not hasattr(given, "chunks") or given.ndim == 0:
        raise InputError(f"a {type(given).__name__} of Dask is not an array", "give dask.array or dask.dataframe")
    if any(np.isnan(size) for size in given.shape):
        raise InputError("the shape of the array of Dask is unknown", "call compute_chunk_sizes() on it first")
    return HeldLazily(given)
