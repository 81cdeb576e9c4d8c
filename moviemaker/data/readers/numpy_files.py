"""NumPy's own files: `.npy` (one array, memory-mapped), `.npz` (named arrays), and compressed `.npy`.

A field in an `.npz` beside arrays `x`, `y` and `z` of its size is a grid on these axes (see `formats.axis_arrays`).
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.axis_arrays import with_axes
from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once

SUFFIXES = (".npy", ".npz")
COMPRESSIBLE = (".npy",)


def open_file(path: Path) -> Contents:
    """The arrays of a file, of which only headers have been read.

    Raises:
        OSError, EOFError, ValueError, zipfile.BadZipFile: the file cannot be read.
    """
    if path.suffix.lower() == ".npz":
        return _open_npz(path)
    if is_compressed(path):
        return _open_compressed(path)
    return Contents({NAMELESS: in_memory(np.lib.format.open_memmap(path, mode="r"))})


def _open_compressed(path: Path) -> Contents:
    with open_binary(path) as file:
        shape, _, dtype = _read_header(file)

    def load() -> np.ndarray:
        with open_binary(path) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    return Contents({NAMELESS: read_once(shape, dtype, load)})


def _open_npz(path: Path) -> Contents:
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                stored = _member(path, archive, member)
                if not stored.dtype.hasobject:
                    arrays[member.filename.removesuffix(".npy")] = stored
    return with_axes(Contents(arrays))


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Stored:
    with archive.open(member) as file:
        shape, fortran, dtype = _read_header(file)
        header = file.tell()
    if member.compress_type == zipfile.ZIP_STORED and np.prod(shape) > 0 and not dtype.hasobject:
        # `np.savez` does not compress, so the array can be mapped.
        start = _start_of(path, member) + header
        order = "F" if fortran else "C"
        return in_memory(np.memmap(path, dtype, "r", start, shape, order))  # type: ignore[call-overload]

    def load() -> np.ndarray:
        with zipfile.ZipFile(path) as again, again.open(member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    return read_once(shape, dtype, load)


def _start_of(path: Path, member: zipfile.ZipInfo) -> int:
    """Offset of the bytes of a member: after 30 bytes, the name and an extra field (APPNOTE.TXT 4.3.7)."""
    with path.open("rb") as file:
        file.seek(member.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
    return int(member.header_offset + 30 + name + extra)


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether the first axis varies fastest, and type of a `.npy` stream; moves the stream to the data."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)
