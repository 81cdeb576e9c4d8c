"""NumPy's own files: `.npy` (one array, memory-mapped), `.npz` (named arrays), and compressed `.npy`.

A field in an `.npz` beside arrays `x`, `y` and `z` of its size is a grid on these axes (see `formats.axis_arrays`).
"""

from __future__ import annotations

import math
import struct
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.axis_arrays import with_axes
from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.declared_size import check_packed, check_stored

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
    with path.open("rb") as file:
        shape, fortran, dtype = _read_header(file)
        start = file.tell()
    if dtype.hasobject:
        raise ValueError("it holds objects of Python, which are not read")
    whole = np.memmap(path, np.uint8, "r")
    return Contents({NAMELESS: _mapped(whole, start, len(whole) - start, shape, fortran, dtype)})


def _mapped(whole: np.memmap, start: int, there: int, shape: tuple[int, ...], fortran: bool, dtype: np.dtype) -> Stored:
    """An uncompressed array, mapped into memory.

    Args:
        whole: the bytes of the file, mapped once: every mapping keeps a file open, of which a process may have 1024.
        start: of the array in it.
        there: bytes from there on that belong to the array.
        shape: of the array.
        fortran: whether the first axis varies fastest.
        dtype: of the array.
    """
    check_stored(shape, dtype.itemsize, there)
    if math.prod(shape) * dtype.itemsize == 0:  # nothing to be mapped
        return in_memory(np.zeros(shape, dtype))
    samples = whole[start : start + math.prod(shape) * dtype.itemsize].view(dtype)
    return in_memory(samples.reshape(shape, order="F" if fortran else "C"))  # still a `numpy.memmap`


def _open_compressed(path: Path) -> Contents:
    with open_binary(path) as file:
        shape, _, dtype = _read_header(file)
    check_packed(shape, dtype.itemsize, path.stat().st_size)

    def load() -> np.ndarray:
        with open_binary(path) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    return Contents({NAMELESS: read_once(shape, dtype, load)})


def _open_npz(path: Path) -> Contents:
    arrays = {}
    whole = np.memmap(path, np.uint8, "r")
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                stored = _member(path, whole, archive, member)
                if not stored.dtype.hasobject:
                    arrays[member.filename.removesuffix(".npy")] = stored
    return with_axes(Contents(arrays))


def _member(path: Path, whole: np.memmap, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Stored:
    with archive.open(member) as file:
        shape, fortran, dtype = _read_header(file)
        header = file.tell()
    if member.compress_type == zipfile.ZIP_STORED and math.prod(shape) > 0 and not dtype.hasobject:
        # `np.savez` does not compress, so the array can be mapped.
        start = _start_of(whole, member) + header
        there = min(member.file_size - header, len(whole) - start)
        return _mapped(whole, start, there, shape, fortran, dtype)
    check_packed(shape, dtype.itemsize, member.compress_size)
    check_stored(shape, dtype.itemsize, member.file_size - header)

    def load() -> np.ndarray:
        with zipfile.ZipFile(path) as again, again.open(member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    return read_once(shape, dtype, load)


def _start_of(whole: np.memmap, member: zipfile.ZipInfo) -> int:
    """Offset of the bytes of a member: after 30 bytes, the name and an extra field (APPNOTE.TXT 4.3.7)."""
    at = member.header_offset + 26
    name, extra = struct.unpack("<HH", whole[at : at + 4].tobytes())
    return int(member.header_offset + 30 + name + extra)


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether the first axis varies fastest, and type of a `.npy` stream; moves the stream to the data."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if any(isinstance(count, bool) or count < 0 for count in shape):  # Python takes True for a number
        raise ValueError(f"its header declares the shape {shape}")
    return shape, fortran, dtype
