"""Arrays of Zarr, versions 2 and 3: their metadata, held against what they may say, and their chunks.

Nothing here needs a library until a chunk is unpacked, so that checking a scene stays fast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import check_memory, size_text
from moviemaker.data.stores.codecs import (
    Decoder,
    Step,
    checked,
    decoder_2,
    decoder_3,
    number_type,
    refusal,
    steps_of,
)

MOST_AXES = 32
MOST_SAMPLED = 1 << 53
"""Most bytes of the samples of an array, unpacked: 9 PB."""


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
    dtype = number_type(found.get("data_type"))
    shape = _whole_shape(found.get("shape"), dtype)
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
    dtype = number_type(found.get("dtype"))
    shape = _whole_shape(found.get("shape"), dtype)
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


def _shape(written: object, key: str, count: int | None = None, least: int = 0) -> tuple[int, ...]:
    if (
        not isinstance(written, list)
        or len(written) > MOST_AXES
        or (count is not None and len(written) != count)
        or not all(type(each) is int and least <= each < 1 << 62 for each in written)
    ):
        raise ValueError(f"its {key} is {str(written)[:60]}")
    return tuple(written)


def _whole_shape(written: object, dtype: np.dtype) -> tuple[int, ...]:
    shape = _shape(written, "shape")
    if math.prod(shape) * dtype.itemsize > MOST_SAMPLED:
        raise ValueError(f"its shape is {' x '.join(map(str, shape))}: more than {size_text(MOST_SAMPLED)}")
    return shape


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
