"""Samples of an array of Zarr, from the chunks that hold them."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import check_memory
from moviemaker.data.stores.arrays import Layout

Numbers = tuple[int, ...]
"""Indices of a chunk along each axis."""

Fetch = Callable[[str, int | None, int | None, int], bytes | None]
"""Gives bytes of a file of an array, by its name: from one place to another, or all of them for None; a start below 0
counts from the end. None: no such file. The last argument is the most bytes that it may give."""

MOST_CHUNKS = 1 << 20
"""Most chunks that are asked for at once where it is unknown which there are."""

_EMPTY = 2**64 - 1
"""Place of a chunk in a shard that has no samples."""

_BUSY = 8
"""Chunks that are unpacked at the same time."""


def read(layout: Layout, part: Sequence[int | slice], fetch: Fetch, written: frozenset[str] | None) -> np.ndarray:
    """Samples of an array.

    Args:
        layout: of the array.
        part: an index or a range (with step 1) for each of its first axes; the others are read whole.
        fetch: gives bytes of its files.
        written: names of the files that there are; None: unknown.

    Returns:
        The samples, without the axes that an index was given for.

    Raises:
        InputError: at `file`: they need more memory than there is, or cannot be unpacked.
        ValueError: a file is damaged.
    """
    if isinstance(layout.decode, InputError):
        raise layout.decode
    box = _box(layout.shape, part)
    sides = tuple(max(high - low, 0) for low, high in box)
    what = f"{' x '.join(map(str, sides))} samples of {layout.dtype.itemsize} bytes"
    right = "show less of the data, or fewer at once"
    check_memory(math.prod(sides) * layout.dtype.itemsize + 2 * layout.chunk_bytes, what, right, ("file",))
    out = np.full(sides, layout.fill, layout.dtype)

    def fill(numbers: Numbers) -> None:
        for start, samples in _pieces(layout, numbers, box, fetch):
            target, chosen = [], []
            for at, length, (low, high) in zip(start, samples.shape, box, strict=True):
                first, last = max(at, low), min(at + length, high)
                target.append(slice(first - low, last - low))
                chosen.append(slice(first - at, last - at))
            out[tuple(target)] = samples[tuple(chosen)]

    files = list(touched(layout, box, written))
    if len(files) == 1:
        fill(files[0])
    elif files:
        with ThreadPoolExecutor(min(_BUSY, len(files), 2 * (os.cpu_count() or 1))) as pool:
            for _ in pool.map(fill, files):
                pass
    whole = tuple(0 if isinstance(each, int) else slice(None) for each in part)
    result: np.ndarray = out[whole]
    return result


def _box(shape: Sequence[int], part: Sequence[int | slice]) -> list[tuple[int, int]]:
    """First sample, and the one after the last, along each axis."""
    box = []
    for length, each in itertools.zip_longest(shape, part, fillvalue=slice(None)):
        assert isinstance(length, int)
        if isinstance(each, slice):
            low, high, _ = each.indices(length)
            box.append((low, high))
        else:
            at = each + length if each < 0 else each
            if not 0 <= at < length:
                raise IndexError(f"index {each} of {length}")
            box.append((at, at + 1))
    return box


def touched(layout: Layout, box: Sequence[tuple[int, int]], written: frozenset[str] | None) -> Iterator[Numbers]:
    """Indices of the files with samples in a box.

    Args:
        layout: of the array.
        box: first sample, and the one after the last, along each axis.
        written: names of the files that there are; None: unknown.

    Raises:
        ValueError: they are too many to try them all.
    """
    ranges = [range(low // size, -(-high // size)) for (low, high), size in zip(box, layout.files, strict=True)]
    count = math.prod(map(len, ranges))
    if written is None:
        if count > MOST_CHUNKS:
            raise ValueError(f"{count} chunks of it are asked for at once")
        yield from itertools.product(*ranges)
    elif count <= len(written):
        yield from (numbers for numbers in itertools.product(*ranges) if layout.key(numbers) in written)
    else:
        for name in written:
            numbers = _numbers_in(name, len(layout.shape))
            if numbers is None or layout.key(numbers) != name:
                continue
            if all(number in inside for number, inside in zip(numbers, ranges, strict=True)):
                yield numbers


def _numbers_in(name: str, count: int) -> Numbers | None:
    """The indices in the name of the file of a chunk; None: another file."""
    words = name.replace("/", ".").split(".")[-count:] if count else []
    return tuple(map(int, words)) if len(words) == count and all(_is_number(word) for word in words) else None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 20


def _pieces(
    layout: Layout, numbers: Numbers, box: Sequence[tuple[int, int]], fetch: Fetch
) -> Iterator[tuple[Numbers, np.ndarray]]:
    """The chunks of a file that touch a box: their first samples, and all of their samples."""
    assert not isinstance(layout.decode, InputError)
    name = layout.key(numbers)
    corner = tuple(number * size for number, size in zip(numbers, layout.files, strict=True))
    if layout.index is None:
        data = fetch(name, None, None, layout.most_bytes)
        if data is not None:
            yield corner, layout.decode(data)
        return
    ranges = [
        range(max(low - at, 0) // size, -(-(min(high - at, side)) // size))
        for at, side, size, (low, high) in zip(corner, layout.files, layout.chunks, box, strict=True)
    ]
    index, whole = layout.index, None
    if 2 * math.prod(map(len, ranges)) > math.prod(index.counts):
        whole = fetch(name, None, None, layout.most_bytes)
        listed = None if whole is None else whole[-index.size :] if index.at_end else whole[: index.size]
    else:
        start, stop = (-index.size, None) if index.at_end else (0, index.size)
        listed = fetch(name, start, stop, index.size)
    if listed is None:
        return
    places = index.places(listed)
    most = layout.chunk_bytes * 5 // 4 + (1 << 20)
    for inner in itertools.product(*ranges):
        first, length = map(int, places[inner])
        if first == _EMPTY and length == _EMPTY:
            continue
        if length > most or first > 1 << 62:
            raise ValueError(f"its file {name} says that a chunk has {length} bytes")
        data = fetch(name, first, first + length, most) if whole is None else whole[first : first + length]
        if data is None or len(data) != length:
            raise ValueError(f"its file {name} is cut short")
        at = tuple(a + number * size for a, number, size in zip(corner, inner, layout.chunks, strict=True))
        yield at, layout.decode(data)
