"""Copies a part of a file into another, in constant memory. Holes of sparse files stay holes."""

from __future__ import annotations

import errno
import os

from moviemaker.core.errors import InputError

_BLOCK = 1 << 22


def copy_range(source: int, target: int, start: int, count: int, at: int) -> None:
    """Copies bytes between two open files.

    Args:
        source: descriptor of the file to read.
        target: descriptor of the file to write. Holes are not written, so the caller has to set its size in the end.
        start: first byte of the source.
        count: number of bytes.
        at: position in the target.

    Raises:
        InputError: the source ends early.
        OSError: reading or writing failed.
    """
    position, end = start, start + count
    while position < end:
        position = min(_seek(source, position, os.SEEK_DATA, end), end)
        filled = min(_seek(source, position, os.SEEK_HOLE, end), end) if position < end else end
        while position < filled:
            block = os.pread(source, min(_BLOCK, filled - position), position)
            if not block:
                raise InputError("it got shorter while it was read", "try again when nothing else writes it")
            write_at(target, block, at + position - start)
            position += len(block)


def write_at(target: int, data: bytes, at: int) -> None:
    """Writes all bytes at a position of an open file."""
    view = memoryview(data)
    while view:
        written = os.pwrite(target, view, at)
        view, at = view[written:], at + written


def _seek(descriptor: int, position: int, whence: int, end: int) -> int:
    try:
        return os.lseek(descriptor, position, whence)
    except OSError as error:
        if error.errno == errno.ENXIO:  # only a hole up to the end
            return end
        return position if whence == os.SEEK_DATA else end  # a file system without holes
