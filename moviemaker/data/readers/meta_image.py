"""MetaImage (`.mha`, `.mhd`), the format of ITK, with the axes of the file: millimetres, mostly LPS.

The format is that of "MetaIO" (itk.org/Wiki/ITK/MetaIO/Documentation). Row i of `TransformMatrix` is the direction of
axis i. Samples may be compressed by zlib. Slices in separate files are not read.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import numpy as np

from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.declared_size import check_packed, check_stored
from moviemaker.data.formats.grid_contents import GridContents, mapped, matrix_of, placed
from moviemaker.data.formats.references import referenced

SUFFIXES = (".mha", ".mhd")
COMPRESSIBLE = ()

_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


_MOST_CHANNELS = 1000


def open_file(path: Path) -> Contents:
    """The image, of which only the header has been read. An uncompressed one is mapped into memory.

    Raises:
        OSError, ValueError, KeyError: the file cannot be read.
    """
    header, end = _header(path)
    sizes = tuple(int(n) for n in header["DimSize"].split())
    if len(sizes) not in (2, 3, 4) or min(sizes) < 1:
        raise ValueError(f"its image has {len(sizes)} axes, not x, y, z and optionally time")
    if header["ElementType"] not in _TYPES:
        raise ValueError(f"the type {header['ElementType']} of its samples is unknown")
    big = any(header.get(key, "").lower() == "true" for key in ("BinaryDataByteOrderMSB", "ElementByteOrderMSB"))
    dtype = np.dtype(_TYPES[header["ElementType"]]).newbyteorder(">" if big else "<")
    channels = int(header.get("ElementNumberOfChannels", 1))
    if not 1 <= channels <= _MOST_CHANNELS:
        raise ValueError(f"its samples have {channels} channels, which may be 1 to {_MOST_CHANNELS}")
    shape = (channels, *sizes)
    whole, files = _samples(path, header, end, dtype, shape)
    arrays = {}
    for channel in range(channels):
        name = NAMELESS if channels == 1 else f"{NAMELESS}_{channel}"
        arrays[name] = _channel(whole, channel, sizes)
    count = len(sizes)
    turn = _numbers(header, ("TransformMatrix", "Orientation", "Rotation"), np.eye(count).ravel()).reshape(count, -1)
    spacing = _numbers(header, ("ElementSpacing", "ElementSize"), np.ones(count))
    steps, origin = np.zeros((3, 3)), np.zeros(3)
    n = min(count, 3)
    steps[:n, :n] = (turn.T * spacing)[:n, :n]
    origin[:n] = _numbers(header, ("Offset", "Origin", "Position"), np.zeros(count))[:n]
    if count == 4:
        arrays["time"] = in_memory(spacing[3] * np.arange(sizes[3]))
    note = "positions are those of the file, in the space of ITK (LPS: x to the left, y to the back, z up)"
    return placed(
        GridContents(arrays, length="mm", notes=(note,), files=files, patient="LPS"), matrix_of(origin, steps)
    )


def _header(path: Path) -> tuple[dict[str, str], int]:
    """The lines `key = value` up to ElementDataFile, the last one, and the offset of the samples after it."""
    found: dict[str, str] = {}
    with path.open("rb") as file:
        while "ElementDataFile" not in found:
            line = file.readline(4096)
            key, equals, value = line.decode("latin-1").partition("=")
            if not equals:
                raise ValueError("its header does not say where the samples are")
            found[key.strip()] = value.strip()
        return found, file.tell()


def _samples(
    path: Path, header: dict[str, str], end: int, dtype: np.dtype, shape: tuple[int, ...]
) -> tuple[Stored, tuple[Path, ...]]:
    """All samples, channels first, and the separate file of the samples if there is one."""
    name = header["ElementDataFile"]
    if name == "LIST" or "%" in name:
        raise ValueError("its slices are in separate files, which are not read")
    file, offset = (path, end) if name.upper() == "LOCAL" else (referenced(path, name), 0)
    size = math.prod(shape) * dtype.itemsize
    skip = int(header.get("HeaderSize", 0))
    offset = file.stat().st_size - size if skip == -1 else offset + skip
    if offset < 0:
        raise ValueError(f"its samples begin at byte {offset}")
    others = () if file == path else (file,)
    if header.get("CompressedData", "").lower() != "true":
        return in_memory(mapped(file, dtype, offset, shape)), others

    check_packed(shape, dtype.itemsize, file.stat().st_size - offset)

    def load() -> np.ndarray:
        with file.open("rb") as opened:
            opened.seek(offset)
            content = zlib.decompressobj().decompress(opened.read(), size or 1)
        check_stored(shape, dtype.itemsize, len(content))
        return np.frombuffer(content, dtype, math.prod(shape)).reshape(shape, order="F")

    return read_once(shape, dtype, load), others


def _channel(whole: Stored, channel: int, sizes: tuple[int, ...]) -> Stored:
    """One channel as (x, y, z), or (t, x, y, z)."""
    shape = (sizes[3], *sizes[:3]) if len(sizes) == 4 else (*sizes, 1)[:3]

    def read(index: int | None) -> np.ndarray:
        array = whole.read(channel)
        array = np.moveaxis(array, -1, 0) if len(sizes) == 4 else array.reshape(shape)
        return array if index is None else array[index]

    return Stored(shape, whole.dtype, read)


def _numbers(header: dict[str, str], names: tuple[str, ...], otherwise: np.ndarray) -> np.ndarray:
    found = next((header[name] for name in names if name in header), None)
    numbers = otherwise if found is None else np.array(found.split(), float)
    if numbers.size != otherwise.size:
        raise ValueError(f"its {names[0]} has {numbers.size} numbers where {otherwise.size} are expected")
    return numbers
