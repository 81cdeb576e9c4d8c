"""OpenEXR files: linear light in half floats, losslessly compressed, with a record of what a frame was made from.

The official library writes and reads the pixels (`pip install 'moviemaker[exr]'`). The record is a text attribute
`moviemaker` in the head: a hash of the fingerprint of the frame, and a seal of the file's length, its head and its end.
The head includes the table of the places of all pieces of the picture, which changes with any of them. So a frame that
another program has changed keeps the text perhaps, but not the seal, and only both ends of a file have to be read.
Layout of the file: https://openexr.com/en/latest/OpenEXRFileLayout.html.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.machine.files import open_own
from moviemaker.film.frame_record import RECORD, FrameFile, origin

LARGE = 1 << 28
"""Numbers of a picture that are read as floats; of more than that, these would take gigabytes."""

SIGNATURE = b"\x76\x2f\x31\x01"
_HEAD = 1 << 16  # bytes in which heads are looked for
_ENDING = 64  # bytes at the end of a file that the seal covers
_LARGEST = 65504.0  # of half floats
_UNSEALED = b"0" * 16
_TYPES = {0: "whole numbers", 1: "half floats", 2: "floats"}
_ROWS = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # of a piece, by the compression


@dataclass(frozen=True)
class Head:
    """The head of an EXR file.

    Attributes:
        size: (width, height) in pixels.
        channels: their names, such as R, G, B and A.
        sort: sort of their numbers, such as `half floats`.
        record: place of the record in the file, bytes from its beginning; None without one.
        pieces: number of pieces of the picture; 0: unknown.
        end: where the head ends and the table of pieces begins.
    """

    size: tuple[int, int]
    channels: tuple[str, ...]
    sort: str
    record: int | None
    pieces: int
    end: int


def check_installed(at: Location = ("format",)) -> None:
    """Checks whether the library is there, before anything is drawn.

    Raises:
        InputError: it is missing.
    """
    if find_spec("OpenEXR") is None:
        what = "EXR files need OpenEXR, which is not installed"
        raise InputError(what, "install it with pip install 'moviemaker[exr]'", at)


def as_half(picture: np.ndarray) -> np.ndarray:
    """A picture in the half floats of a file; one that is in them already is not copied."""
    if picture.dtype == np.float16:
        return picture
    half: np.ndarray = np.clip(picture, -_LARGEST, _LARGEST).astype(np.float16)
    return half


def write(path: Path, picture: np.ndarray, made_from: str = "") -> None:
    """Writes a picture; the same picture gives the same bytes.

    Args:
        path: the file, which does not exist.
        picture: (height, width, 3) float32 or float16, linear light; or (height, width, 4), colours times opacity, and
            opacity.
        made_from: fingerprint that the file records; default: no record.

    Raises:
        OSError: it cannot be written.
    """
    library = _library()
    half = as_half(picture)
    head = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    if made_from:
        head["moviemaker"] = f"{origin(made_from)} {_UNSEALED.decode()}"
    try:
        library.File(head, {"RGBA" if picture.shape[2] == 4 else "RGB": half}).write(str(path))
    except Exception as error:  # the library's own, with texts alone
        full = shutil.disk_usage(path.parent).free < half.nbytes
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error), str(path)) from error
    if made_from:
        with open(path, "r+b") as file:
            start, tail, length = _ends(file)
            place = read_head(start).record
            assert place is not None
            file.seek(place + 33)
            file.write(_seal(start, tail, length, place))


def read(path: Path) -> np.ndarray:
    """The picture in a file: (height, width, 3 or 4) float32; half floats of more than `LARGE` numbers as they are.

    Raises:
        ValueError: it is not a whole picture with red, green and blue.
    """
    library = _library()
    try:
        channels = library.File(str(path)).channels()
    except Exception as error:  # the library's own
        raise ValueError(str(error)) from error
    for name in ("RGBA", "RGB"):
        if name in channels:
            pixels = channels[name].pixels
            return pixels if pixels.size > LARGE else np.asarray(pixels, np.float32)
    raise ValueError("it has no red, green and blue")


def is_sound(path: Path) -> bool:
    """Whether a file is a picture that can be read. Compressed pieces hold checksums of their pixels."""
    try:
        return bool(read(path).size)
    except ValueError:
        return False


def read_head(start: bytes) -> Head:
    """The head of a file, from its beginning.

    Raises:
        ValueError: it is not an EXR file of one picture, or is damaged.
    """
    if start[:4] != SIGNATURE or len(start) < 8:
        raise ValueError("it is not an EXR file")
    found: dict[bytes, tuple[int, bytes]] = {}
    at = 8
    try:
        while start[at] != 0:
            name_end = start.index(b"\0", at)
            type_end = start.index(b"\0", name_end + 1)
            (length,) = struct.unpack_from("<i", start, type_end + 1)
            begin = type_end + 5
            if not 0 <= length <= len(start) - begin:
                raise ValueError("its head is cut short")
            found[start[at:name_end]] = (begin, start[begin : begin + length])
            at = begin + length
        left, top, right, bottom = struct.unpack("<4i", found[b"dataWindow"][1])
        names, sorts = _channels(found[b"channels"][1])
        compression = found[b"compression"][1][0]
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError("its head is damaged") from error
    height = bottom - top + 1
    pieces = 0 if b"tiles" in found or compression not in _ROWS else -(-height // _ROWS[compression])
    place, text = found.get(b"moviemaker", (None, b""))
    record = place if RECORD.fullmatch(text) else None
    return Head((right - left + 1, height), names, _TYPES.get(sorts, "numbers"), record, pieces, at + 1)


def head_of(path: Path) -> Head | None:
    """The head of a whole file; None if it is not one."""
    try:
        with open(path, "rb") as file:
            start, _, length = _ends(file)
            head = read_head(start)
            return head if _is_whole(head, start, length, file) else None
    except (OSError, ValueError):
        return None


def read_frame_file(path: Path) -> FrameFile:
    """What lies under the name of a frame. Links are not followed: they are unknown files."""
    descriptor = open_own(path)
    if descriptor is None:
        return FrameFile("unknown" if os.path.lexists(path) else "absent")
    with os.fdopen(descriptor, "rb") as file:
        changed = os.fstat(descriptor).st_mtime_ns
        try:
            start, tail, length = _ends(file)
            if not start.strip(b"\0"):
                return FrameFile("cut short")
            head = read_head(start)
            if head.record is None:
                return FrameFile("unknown")
            if not _is_whole(head, start, length, file):
                return FrameFile("cut short")
        except (OSError, ValueError):
            return FrameFile("unknown")
    text = RECORD.fullmatch(start[head.record : head.record + 49])
    if text is None or text[2] != _seal(start, tail, length, head.record):
        return FrameFile("unknown")
    return FrameFile("whole", text[1].decode(), changed)


def _ends(file: BinaryIO) -> tuple[bytes, bytes, int]:
    """The beginning and the end of a file, and its length."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(_HEAD)
    file.seek(max(0, length - _ENDING))
    return start, file.read(), length


def _is_whole(head: Head, start: bytes, length: int, file: BinaryIO) -> bool:
    """Whether a file holds all pieces that its table names; of tiled files it is not known, and taken for true."""
    if not head.pieces:
        return True
    table = start[head.end : head.end + 8 * head.pieces]
    if len(table) < 8 * head.pieces:
        return length > head.end + 8 * head.pieces
    last = max(struct.unpack(f"<{head.pieces}Q", table))
    if not 0 < last <= length - 8:
        return False
    file.seek(last + 4)
    (piece,) = struct.unpack("<i", file.read(4))
    return bool(last + 8 + piece <= length)


def _channels(text: bytes) -> tuple[tuple[str, ...], int]:
    """The names of the channels, and the number of their type."""
    names, sort, at = [], -1, 0
    while text[at] != 0:
        end = text.index(b"\0", at)
        names.append(text[at:end].decode("latin-1"))
        (sort,) = struct.unpack_from("<i", text, end + 1)
        at = end + 17
    return tuple(names), sort


def _seal(start: bytes, tail: bytes, length: int, record: int) -> bytes:
    sealed = start[: record + 33] + _UNSEALED + start[record + 49 :]
    return hashlib.sha256(f"{length} ".encode() + sealed + tail).hexdigest()[:16].encode()


def _library() -> Any:
    check_installed()
    import OpenEXR

    return OpenEXR
