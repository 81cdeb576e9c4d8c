"""The record in a frame's file of what the frame was made from, which survives the loss of everything beside it.

A text chunk `moviemaker` stands directly before the end of the file. It holds a hash of the fingerprint of the frame,
and a seal of what precedes it: the number of bytes, and the last bytes of the pictures' data, which end in checksums of
all pixels. A frame that another program has changed keeps the text perhaps, but not the seal. Both have a fixed length,
so that only the beginning and the end of a file have to be read.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from moviemaker.core.machine.files import open_own

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
SEALED = 16
"""Bytes before the record that its seal covers: the checksums of the pixels and of the chunk that holds them."""

_KEYWORD = b"moviemaker\0"
RECORD = re.compile(rb"([0-9a-f]{32}) ([0-9a-f]{16})")
"""A record: the hash of what a frame was made from, and the seal."""
_CHUNK = 12 + len(_KEYWORD) + 32 + 1 + 16
_SRGB = b"\x00\x00\x00\x01sRGB\x00\xae\xce\x1c\xe9"
_OPENING = len(SIGNATURE) + 25 + len(_SRGB)  # bytes up to the pictures' data, in frames that were written here
_BEGINNING = SIGNATURE + b"\x00\x00\x00\x0dIHDR"
_PIECE = 1 << 20  # bytes that are read at a time
_ENDING = 4096  # bytes in which the end of a picture is searched that has something behind it

State = Literal["absent", "whole", "cut short", "unknown"]
"""`whole`: written here and unchanged, as far as both ends tell; `cut short`: a frame that was written here and lacks
its end or has wrong checksums, or nothing but zeros, as after a power failure; `unknown`: anything else."""


@dataclass(frozen=True)
class FrameFile:
    """What lies under the name of a frame.

    Attributes:
        state: whether it is a frame.
        origin: hash of what a whole frame was made from, as `origin` computes it.
        changed: time of its last change, nanoseconds.
    """

    state: State
    origin: str = ""
    changed: int = 0


def origin(fingerprint: str) -> str:
    """The hash that a record holds of a fingerprint."""
    return hashlib.sha256(fingerprint.encode()).hexdigest()[:32]


def record_chunk(fingerprint: str, length: int, last: bytes) -> bytes:
    """The chunk for a frame.

    Args:
        fingerprint: of what the frame is made from.
        length: number of bytes before the chunk.
        last: the last of them, `SEALED` or more.
    """
    made_from = origin(fingerprint)
    body = _KEYWORD + f"{made_from} {_seal(made_from, length, last)}".encode()
    return struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))


def read_frame_file(path: Path) -> FrameFile:
    """What lies under the name of a frame. Links are not followed: they are unknown files."""
    descriptor = open_own(path)
    if descriptor is None:
        return FrameFile("unknown" if os.path.lexists(path) else "absent")
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        try:
            start = file.read(_OPENING)
            file.seek(max(0, found.st_size - _ENDING))
            tail = file.read()
        except OSError:
            return FrameFile("unknown")
    if not start.strip(b"\0") or (len(start) < _OPENING and _BEGINNING.startswith(start[: len(_BEGINNING)])):
        return FrameFile("cut short")
    begins = start.startswith(SIGNATURE) and start.endswith(_SRGB)
    if begins and END not in tail:
        return FrameFile("cut short")
    made_from = _recorded(tail, found.st_size) if begins else None
    if made_from is not None:
        return FrameFile("whole", made_from, found.st_mtime_ns)
    # No program writes wrong checksums: a file like ours that has some was ours before bits of it flipped.
    return FrameFile("cut short" if _resembles(start, tail) and not is_sound_png(path) else "unknown")


def is_sound_png(path: Path) -> bool:
    """Whether a file is a PNG whose checksums hold for all of its bytes. They are read once, by pieces."""
    descriptor = open_own(path)
    if descriptor is None:
        return False
    with os.fdopen(descriptor, "rb") as file:
        try:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return False
            while len(head := file.read(8)) == 8:
                (left,), kind = struct.unpack(">I", head[:4]), head[4:]
                checksum = zlib.crc32(kind)
                while left and (part := file.read(min(left, _PIECE))):
                    checksum, left = zlib.crc32(part, checksum), left - len(part)
                if left or file.read(4) != struct.pack(">I", checksum):
                    return False
                if kind == b"IEND":
                    return not file.read(1)
        except OSError:
            return False
    return False


def _resembles(start: bytes, tail: bytes) -> bool:
    """Whether a file begins and ends as frames do, but for at most two bytes."""
    length = len(_KEYWORD) + 49
    record = struct.pack(">I", length) + b"tEXt" + _KEYWORD
    chunk = tail[-_CHUNK - len(END) :]
    there = start[: len(_BEGINNING)] + start[-len(_SRGB) :] + chunk[: len(record)] + chunk[-len(END) :]
    ours = _BEGINNING + _SRGB + record + END
    return len(there) == len(ours) and sum(a != b for a, b in zip(there, ours, strict=True)) <= 2


def _recorded(tail: bytes, size: int) -> str | None:
    if not tail.endswith(END):
        return None
    length = size - _CHUNK - len(END)
    before, chunk = tail[: -_CHUNK - len(END)], tail[-_CHUNK - len(END) : -len(END)]
    text = RECORD.fullmatch(chunk[8 + len(_KEYWORD) : -4])
    if len(before) < SEALED or text is None or chunk[4 : 8 + len(_KEYWORD)] != b"tEXt" + _KEYWORD:
        return None
    made_from, seal = text[1].decode(), text[2].decode()
    return made_from if seal == _seal(made_from, length, before) else None


def _seal(made_from: str, length: int, last: bytes) -> str:
    return hashlib.sha256(f"{made_from} {length} ".encode() + last[-SEALED:]).hexdigest()[:16]
