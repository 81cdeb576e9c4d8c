"""Codecs of Zarr that are read: a list, whatever is installed.

Metadata of Zarr choose codecs by name, and libraries find them among everything that is installed. One of them,
`pickle`, runs what a file says. So chunks are unpacked here, by the codecs below and no others, and never to more bytes
than a chunk has.
"""

from __future__ import annotations

import bz2
import importlib
import lzma
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.extras import extra

Settings = Mapping[str, Any]
"""The configuration of a codec."""

_UNPACKERS = ("blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd")
_CHECKSUMS = {"crc32": "CRC32", "adler32": "Adler32", "fletcher32": "Fletcher32", "jenkins_lookup3": "JenkinsLookup3"}
_FILTERS = {
    "astype": "AsType",
    "bitround": "BitRound",
    "delta": "Delta",
    "fixedscaleoffset": "FixedScaleOffset",
    "packbits": "PackBits",
    "quantize": "Quantize",
    "shuffle": "Shuffle",
}
"""Codecs that numcodecs decodes, and its classes."""

_TYPED = {"dtype": ("delta", "fixedscaleoffset", "quantize"), "decode_dtype": ("astype",)}
"""Settings with the type of the samples, and the filters that have them."""

_RUNS_CODE = ("pickle", "dill", "cloudpickle", "joblib", "json2", "msgpack", "msgpack2")
"""Codecs for objects of Python, of which some run code."""

_SLACK = 1 << 16
"""Bytes that a packed chunk may have beside its samples: headers and checksums."""

_LARGEST_WINDOW = 1 << 28
"""Bytes of memory that unpacking LZMA may take beside the samples."""

_TYPES = {"bool": "?", "float16": "f2", "float32": "f4", "float64": "f8", "complex64": "c8", "complex128": "c16"} | {
    f"{sign}int{8 * size}": f"{sign[:1] or 'i'}{size}" for sign in ("", "u") for size in (1, 2, 4, 8)
}
"""Types of version 3 by their names."""


def number_type(written: object) -> np.dtype:
    """The type of the samples of an array; `object` for all that are neither numbers nor text of a fixed length."""
    if isinstance(written, str):
        if written in _TYPES:
            return np.dtype(_TYPES[written])
        if written[:1] in "<>|" and written[1:2] in tuple("biufcMmSU"):
            try:
                found: np.dtype = np.dtype(written)
            except TypeError:
                return np.dtype(object)
            return found if 0 < found.itemsize <= _SLACK else np.dtype(object)
    return np.dtype(object)


def refusal(name: str) -> InputError:
    """The error for a codec that is not on the list."""
    plain = name.removeprefix("numcodecs.")
    why = "which can run code" if plain in _RUNS_CODE else "which is not one of those that are read"
    right = f"write the array anew with one of {', '.join(_UNPACKERS)}"
    return InputError(f"it is packed by the codec {name[:40]!r}, {why}", right, ("file",))


@dataclass(frozen=True)
class Step:
    """One codec.

    Attributes:
        name: on the list, without `numcodecs.`.
        settings: its configuration.
    """

    name: str
    settings: Settings


def steps_of(written: object, key: str) -> list[Step]:
    """Codecs as metadata give them, each of them on the list.

    Args:
        written: a list of mappings, or nothing.
        key: of the name: `id` in version 2, with the settings beside it, or `name`, with them in `configuration`.

    Raises:
        InputError: a codec is not on the list.
        ValueError: it is not a list of codecs.
    """
    steps = []
    for each in _listed(written):
        name = each.get(key) if isinstance(each, dict) else each  # version 3 allows a name alone
        if not isinstance(name, str):
            raise ValueError("its codecs are not written as names and settings")
        settings = (each.get("configuration") or {}) if key == "name" and isinstance(each, dict) else each
        settings = dict(settings) if isinstance(settings, dict) else {}
        settings.pop("id", None)
        plain = name.removeprefix("numcodecs.") if key == "name" else name
        own = ("bytes", "transpose", "sharding_indexed") if key == "name" and plain == name else ()
        if plain not in (*_UNPACKERS, *_CHECKSUMS, *_FILTERS, "crc32c", *own):
            raise refusal(name)
        for kind in ("dtype", "astype", "encode_dtype", "decode_dtype"):
            if settings.get(kind) is not None and number_type(_code(settings[kind])).kind not in "biufc":
                raise ValueError(f"its codec {name!r} has the type {str(settings[kind])[:40]!r}")
        steps.append(Step(plain, settings))
    return steps


def _listed(written: object) -> list[Any]:
    if written is None:
        return []
    if not isinstance(written, list) or len(written) > 32:
        raise ValueError("its codecs are not a list of a few")
    return written


def _code(written: object) -> object:
    """A type as version 2 writes it: filters also write `f4` and `float32`."""
    is_bare = isinstance(written, str) and written[:1] in tuple("biufc") and written[1:].isdigit()
    return f"|{written}" if is_bare else written


Decoder = Callable[[bytes], np.ndarray]
"""Function that unpacks a chunk."""


def decoder_2(
    filters: Sequence[Step], packer: Step | None, shape: Sequence[int], dtype: np.dtype, order: str
) -> Decoder:
    """The function that unpacks a chunk of version 2.

    Args:
        filters, packer: codecs as they were applied.
        shape, dtype: of a chunk.
        order: `C` or `F`.
    """
    count = math.prod(shape)
    most = count * (16 if filters else dtype.itemsize) + _SLACK

    def decode(data: bytes) -> np.ndarray:
        found: Any = data if packer is None else _undone(packer, data, most, dtype)
        for step in reversed(filters):
            found = _undone(step, found, most, dtype)
        return _samples(found, dtype, count).reshape(shape, order="F" if order == "F" else "C")

    return decode


def decoder_3(steps: Sequence[Step], shape: Sequence[int], dtype: np.dtype) -> Decoder:
    """The function that unpacks a chunk of version 3.

    Args:
        steps: codecs as they were applied.
        shape, dtype: of a chunk.

    Raises:
        ValueError: the codecs do not fit each other.
    """
    places = [index for index, step in enumerate(steps) if step.name == "bytes"]
    if len(places) != 1:
        raise ValueError("its codecs do not turn arrays into bytes once")
    before, (into, *after) = steps[: places[0]], steps[places[0] :]
    if any(step.name in (*_FILTERS, "transpose") and step.name != "shuffle" for step in after):
        raise ValueError("its codecs are in the wrong order")
    states = [(tuple(shape), dtype)]
    for step in before:
        states.append(_encoded(step, *states[-1]))
    shape_of_bytes, type_of_bytes = states[-1]
    big = into.settings.get("endian") == "big"
    type_of_bytes = type_of_bytes.newbyteorder(">" if big else "<")
    count = math.prod(shape_of_bytes)
    most = count * type_of_bytes.itemsize + _SLACK

    def decode(data: bytes) -> np.ndarray:
        for step in reversed(after):
            data = _undone(step, data, most, dtype)
        found = _samples(data, type_of_bytes, count).reshape(shape_of_bytes)
        for step, (whole, kind) in zip(reversed(before), reversed(states[:-1]), strict=True):
            if step.name == "transpose":
                found = found.transpose(np.argsort(_axes_of(step, len(whole))))
            else:
                settings = {"dtype": str(kind), "decode_dtype": str(kind)} | dict(step.settings)
                found = np.asarray(_undone(Step(step.name, settings), found, most, kind)).reshape(whole)
        return found

    return decode


def _encoded(step: Step, shape: tuple[int, ...], dtype: np.dtype) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array after a codec."""
    if step.name == "transpose":
        return tuple(shape[axis] for axis in _axes_of(step, len(shape))), dtype
    if step.name == "packbits":
        return (1 + -(-math.prod(shape) // 8),), np.dtype("u1")
    if step.name not in _FILTERS:
        raise ValueError("its codecs are in the wrong order")
    kind = {"astype": "encode_dtype", "delta": "astype", "fixedscaleoffset": "astype"}.get(step.name)
    written = step.settings.get(kind) if kind else None
    return shape, dtype if written is None else np.dtype(written)


def _axes_of(step: Step, count: int) -> list[int]:
    order = step.settings.get("order")
    if order in ("C", "F"):  # as the first drafts of version 3 had it
        return list(range(count)) if order == "C" else list(range(count))[::-1]
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(count))):
        raise ValueError(f"its codec 'transpose' has the order {str(order)[:40]}")
    return [int(axis) for axis in order]


def _samples(data: Any, dtype: np.dtype, count: int) -> np.ndarray:
    flat = np.frombuffer(data, np.uint8) if isinstance(data, bytes | bytearray | memoryview) else np.asarray(data)
    flat = flat.reshape(-1, order="A")
    if flat.nbytes != count * dtype.itemsize:
        raise ValueError(f"a chunk unpacks to {flat.nbytes} bytes, where {count * dtype.itemsize} belong")
    return flat.view(dtype)


def _undone(step: Step, data: Any, most: int, dtype: np.dtype) -> Any:
    """What a codec was given, from what it made of it."""
    name, settings = step.name, step.settings
    if name in _UNPACKERS:
        return unpacked(name, bytes(data), most, settings)
    if name == "crc32c":
        return checked(bytes(data))
    own = {key: value for key, value in settings.items() if name in _TYPED.get(key, (name,))}
    if name == "shuffle":
        size = own.get("elementsize")
        own = {"elementsize": dtype.itemsize if size is None else size}
    codecs = _numcodecs()
    with np.errstate(all="ignore"):
        return getattr(codecs, {**_CHECKSUMS, **_FILTERS}[name])(**own).decode(data)


def _numcodecs() -> ModuleType:
    return extra(Path("Zarr"), "numcodecs", "numcodecs", "zarr")


def checked(data: bytes) -> bytes:
    """Bytes without the CRC-32C at their end.

    Raises:
        ValueError: it is wrong.
    """
    content, said = data[:-4], int.from_bytes(data[-4:], "little")
    if crc32c(content) != said:
        raise ValueError("the checksum of a chunk is wrong")
    return content


def crc32c(data: bytes) -> int:
    """The CRC-32C of bytes.

    Raises:
        InputError: at `file`: the library for it is not installed.
    """
    try:
        return int(importlib.import_module("google_crc32c").value(data))
    except ImportError:
        return int(extra(Path("Zarr"), "crc32c", "google-crc32c", "zarr").crc32c(data))


def unpacked(name: str, data: bytes, most: int, settings: Settings) -> bytes:
    """Bytes from a packed form.

    Args:
        name: of the codec.
        data: packed bytes.
        most: bytes that may come out.
        settings: of the codec.

    Raises:
        ValueError: they are damaged, or more than `most`.
    """
    if name in ("zlib", "gzip", "bz2", "lzma"):
        return _streamed(name, data, most, settings)
    says = {"blosc": _size_in_blosc, "lz4": _size_in_lz4, "zstd": _size_in_zstd}[name](data)
    if says > most:
        raise _too_many(most)
    codecs = _numcodecs()
    codec = {"blosc": "Blosc", "lz4": "LZ4", "zstd": "Zstd"}[name]
    try:
        return bytes(getattr(codecs, codec)().decode(data))
    except RuntimeError as error:
        raise ValueError(f"a chunk is damaged: {error}") from None


def _too_many(most: int) -> ValueError:
    return ValueError(f"a chunk unpacks to more than the {most} bytes that it may have")


def _streamed(name: str, data: bytes, most: int, settings: Settings) -> bytes:
    """Bytes from one of Python's own codecs, which may be several streams one after the other."""
    found: list[bytes] = []
    room = most + 1
    while data:
        stream = _stream(name, settings)
        try:
            piece = stream.decompress(data, room)
        except (zlib.error, lzma.LZMAError, OSError) as error:
            raise ValueError(f"a chunk is damaged: {error}") from None
        found.append(piece)
        room -= len(piece)
        if room <= 0:
            raise _too_many(most)
        if not stream.eof:
            raise ValueError("a chunk is cut short")
        data = stream.unused_data
        if name in ("zlib", "gzip"):
            data = data.lstrip(b"\0")  # padding
    return b"".join(found)


def _stream(name: str, settings: Settings) -> Any:
    if name in ("zlib", "gzip"):
        return zlib.decompressobj(31 if name == "gzip" else 15)
    if name == "bz2":
        return bz2.BZ2Decompressor()
    format = settings.get("format", lzma.FORMAT_XZ)
    if format == lzma.FORMAT_RAW:
        filters = settings.get("filters")
        windows = [int(each.get("dict_size") or 0) for each in filters] if isinstance(filters, list) else [-1]
        if not all(0 <= window <= _LARGEST_WINDOW for window in windows):
            raise ValueError("its codec 'lzma' has filters that cannot be used")
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_LARGEST_WINDOW)


def _size_in_blosc(data: bytes) -> int:
    """The unpacked size that a header of Blosc declares (README_CHUNK_FORMAT)."""
    if len(data) < 16 or int.from_bytes(data[12:16], "little") > len(data):
        raise ValueError("a chunk is cut short")
    return int.from_bytes(data[4:8], "little")


def _size_in_lz4(data: bytes) -> int:
    if len(data) < 5:
        raise ValueError("a chunk is cut short")
    return int.from_bytes(data[:4], "little")


def _size_in_zstd(data: bytes) -> int:
    """The most bytes that a frame of Zstandard unpacks to (RFC 8878, section 3.1.1)."""
    if len(data) < 6 or data[:4] != b"\x28\xb5\x2f\xfd":
        raise ValueError("a chunk is not packed by Zstandard")
    flags = data[4]
    single, kind = bool(flags & 0x20), flags >> 6
    at = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    length = (int(single), 2, 4, 8)[kind]
    if length:
        return int.from_bytes(data[at : at + length], "little") + (256 if length == 2 else 0)
    total, header = 0, 0  # not declared: each block has at most 128 KiB, if it does not say less
    while not header & 1:
        header = int.from_bytes(data[at : at + 3], "little")
        size, sort = header >> 3, header >> 1 & 3
        total += 1 << 17 if sort == 2 else size
        at += 3 + (1 if sort == 1 else size)
        if at > len(data):
            raise ValueError("a chunk is cut short")
    if at + (4 if flags & 4 else 0) < len(data):
        raise ValueError("a chunk is packed in several pieces whose size is unknown")
    return total
