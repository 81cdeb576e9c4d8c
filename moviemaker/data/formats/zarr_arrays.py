"""Arrays of Zarr, versions 2 and 3: their metadata, held against what they may say, and their chunks.

Nothing here needs a library until a chunk is unpacked, so that checking a scene stays fast.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import check_memory
from moviemaker.data.formats.zarr_codecs import (
    Decoder,
    Step,
    checked,
    decoder_2,
    decoder_3,
    number_type,
    refusal,
    steps_of,
)

Numbers = tuple[int, ...]
"""Indices of a chunk along each axis."""

Fetch = Callable[[str, int | None, int | None, int], bytes | None]
"""Gives bytes of a file of an array, by its name: from one place to another, or all of them for None; a start below 0
counts from the end. None: no such file. The last argument is the most bytes that it may give."""

MOST_AXES = 32
MOST_CHUNKS = 1 << 20
"""Most chunks that are asked for at once where it is unknown which there are."""

_EMPTY = 2**64 - 1
"""Place of a chunk in a shard that has no samples."""

_BUSY = 8
"""Chunks that are unpacked at the same time."""


@dataclass(frozen=True)
class Layout:
    """How the samples of an array lie in its files.

    Attributes:
        shape, dtype: of the array. The type is `object` if its samples are neither numbers nor short text.
        files: samples along each axis that are in one file.
        chunks: samples along each axis that are unpacked together.
        fill: value of the samples that were never written.
        key: gives the name of the file of a chunk.
        decode: unpacks a chunk; an error: it cannot be unpacked.
        index: of the chunks in a file with several; None: each file has one.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    files: tuple[int, ...]
    chunks: tuple[int, ...]
    fill: Any
    key: Callable[[Sequence[int]], str]
    decode: Decoder | InputError
    index: ShardIndex | None = None

    @property
    def chunk_bytes(self) -> int:
        """Bytes of an unpacked chunk."""
        return math.prod(self.chunks) * self.dtype.itemsize

    @property
    def most_bytes(self) -> int:
        """The most bytes that a file may have: packed samples may be a little longer than others."""
        count = math.prod(self.files) // max(math.prod(self.chunks), 1)
        return math.prod(self.files) * self.dtype.itemsize * 5 // 4 + (1 << 20) + 64 * count

    def check(self, name: str) -> None:
        """Checks that a chunk can be unpacked in memory.

        Raises:
            InputError: at `file`: by its codecs, its type or its size it cannot.
        """
        if isinstance(self.decode, InputError):
            raise self.decode
        if self.dtype.kind == "O":
            raise InputError(f"{name} does not hold numbers", "name another array", ("file",))
        samples = " x ".join(map(str, self.chunks))
        what = f"a chunk of {name}, {samples} samples of {self.dtype.itemsize} bytes,"
        # One whole chunk, packed and unpacked.
        check_memory(2 * self.chunk_bytes, what, "write the array anew with smaller chunks", ("file",))


@dataclass(frozen=True)
class ShardIndex:
    """The list of the chunks at one end of a file.

    Attributes:
        counts: chunks along each axis.
        at_end: whether it lies at the end of the file.
        summed: whether a checksum follows it.
        big: whether its numbers are big-endian.
    """

    counts: tuple[int, ...]
    at_end: bool
    summed: bool
    big: bool

    @property
    def size(self) -> int:
        """Its bytes."""
        return 16 * math.prod(self.counts) + 4 * self.summed

    def places(self, data: bytes) -> np.ndarray:
        """Start and length of each chunk, (*counts, 2)."""
        if len(data) != self.size:
            raise ValueError("a file of several chunks is cut short")
        content = checked(data) if self.summed else data
        return np.frombuffer(content, ">u8" if self.big else "<u8").reshape(*self.counts, 2)


def layout_3(found: Mapping[str, Any]) -> Layout:
    """The layout of an array of version 3, from its `zarr.json`.

    Raises:
        ValueError: it is not what the specification allows.
    """
    shape, dtype = _shape(found.get("shape"), "shape"), number_type(found.get("data_type"))
    grid = _mapping(found.get("chunk_grid"), "chunk_grid")
    if grid.get("name") != "regular":
        raise ValueError(f"its chunks lie in a grid {str(grid.get('name'))[:40]!r}, where only regular ones are read")
    files = _shape(_mapping(grid.get("configuration"), "chunk_grid").get("chunk_shape"), "chunk_shape", len(shape), 1)
    encoding = _mapping(found.get("chunk_key_encoding"), "chunk_key_encoding")
    default = encoding.get("name") == "default"
    if not default and encoding.get("name") != "v2":
        raise ValueError(f"the names of its files are encoded as {str(encoding.get('name'))[:40]!r}")
    separator = _separator((encoding.get("configuration") or {}).get("separator", "/" if default else "."))
    key = _key(separator, "c", default)
    fill = _fill(found.get("fill_value"), dtype)
    for extra in found.get("storage_transformers") or ():
        raise ValueError(f"it has the storage transformer {str(extra)[:40]}, which is not read")
    chunks, index = files, None
    try:
        steps = steps_of(found.get("codecs"), "name")
        if any(step.name == "sharding_indexed" for step in steps):
            chunks, index, steps = _sharded(steps, files)
        decode: Decoder | InputError = decoder_3(steps, chunks, dtype)
    except InputError as error:
        decode = error
    return Layout(shape, dtype, files, chunks, fill, key, decode, index)


def layout_2(found: Mapping[str, Any]) -> Layout:
    """The layout of an array of version 2, from its `.zarray`.

    Raises:
        ValueError: it is not what the specification allows.
    """
    shape, dtype = _shape(found.get("shape"), "shape"), number_type(found.get("dtype"))
    chunks = _shape(found.get("chunks"), "chunks", len(shape), 1)
    order = found.get("order", "C")
    if order not in ("C", "F"):
        raise ValueError(f"its order is {str(order)[:40]!r}")
    key = _key(_separator(found.get("dimension_separator", ".")), "", False)
    try:
        packer = found.get("compressor")
        first = steps_of(None if packer is None else [packer], "id")
        decode: Decoder | InputError = decoder_2(
            steps_of(found.get("filters"), "id"), first[0] if first else None, chunks, dtype, order
        )
    except InputError as error:
        decode = error
    return Layout(shape, dtype, chunks, chunks, _fill(found.get("fill_value"), dtype), key, decode)


def _sharded(steps: Sequence[Step], files: tuple[int, ...]) -> tuple[tuple[int, ...], ShardIndex, list[Step]]:
    """Samples of a chunk, the list of the chunks, and their codecs, where a file has several."""
    if len(steps) != 1:
        raise ValueError("its codecs do more than to part its files into chunks")
    settings = steps[0].settings
    chunks = _shape(settings.get("chunk_shape"), "chunk_shape", len(files), 1)
    if any(outer % inner for outer, inner in zip(files, chunks, strict=True)):
        raise ValueError("its files do not hold whole chunks")
    inner, listed = steps_of(settings.get("codecs"), "name"), steps_of(settings.get("index_codecs"), "name")
    if any(step.name == "sharding_indexed" for step in inner):
        raise refusal("sharding_indexed inside of sharding_indexed")
    names = [step.name for step in listed]
    if names not in (["bytes"], ["bytes", "crc32c"]):
        raise ValueError("the list of its chunks is packed")
    counts = tuple(outer // inner for outer, inner in zip(files, chunks, strict=True))
    at_end = settings.get("index_location", "end") == "end"
    return chunks, ShardIndex(counts, at_end, len(names) == 2, listed[0].settings.get("endian") == "big"), inner


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


def _shape(written: object, key: str, count: int | None = None, least: int = 0) -> tuple[int, ...]:
    if (
        not isinstance(written, list)
        or len(written) > MOST_AXES
        or (count is not None and len(written) != count)
        or not all(type(each) is int and least <= each < 1 << 62 for each in written)
    ):
        raise ValueError(f"its {key} is {str(written)[:60]}")
    return tuple(written)


def _mapping(written: object, key: str) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise ValueError(f"its {key} is {str(written)[:40]}")
    return written


def _separator(written: object) -> str:
    if written not in (".", "/"):
        raise ValueError(f"the separator of its names is {str(written)[:40]!r}")
    return str(written)


def _key(separator: str, start: str, default: bool) -> Callable[[Sequence[int]], str]:
    def key(numbers: Sequence[int]) -> str:
        words = ([start] if default else []) + [str(int(number)) for number in numbers]
        return separator.join(words) or "0"  # a single number has no indices

    return key


def _fill(written: object, dtype: np.dtype) -> Any:
    """The value of samples that were never written."""
    if dtype.kind in "mM":
        return np.array("NaT", dtype)[()]
    if written is None or dtype.kind not in "biufc":
        return np.zeros((), dtype)[()]
    try:
        if isinstance(written, list):
            real, imaginary = (_number(each, np.dtype("f8")) for each in written)
            return dtype.type(complex(real, imaginary))
        return dtype.type(_number(written, dtype))
    except (TypeError, ValueError, KeyError, IndexError, OverflowError):
        raise ValueError(f"its fill value is {str(written)[:40]}") from None


def _number(written: object, dtype: np.dtype) -> Any:
    if isinstance(written, str):
        if written.startswith("0x"):
            return np.frombuffer(int(written, 16).to_bytes(dtype.itemsize, "little"), dtype.newbyteorder("<"))[0]
        return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}[written]
    if not isinstance(written, int | float):
        raise TypeError
    return written
