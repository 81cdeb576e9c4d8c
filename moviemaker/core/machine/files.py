"""Files that get their name when they are whole, and files of this program that are read without following links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from moviemaker.core.machine.leftovers import unfinished_token, watch

PARTIAL = ".partial"
"""Ending of every unfinished file. Files that have it may be deleted when no run is going on."""

_OWN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_LARGEST = 1 << 26  # bytes of a file that this program keeps for itself


@contextmanager
def whole_file(path: Path, folder: Path | None = None, replace: bool = True) -> Iterator[Path]:
    """A file that gets its name when it is finished: yields a temporary name; on an error nothing is left of it.

    Args:
        path: the final name. A link there is replaced, not followed.
        folder: where the temporary file lies, on the same file system; default: beside the final one.
        replace: whether a file that is there is replaced.

    Raises:
        FileExistsError: a file is there and must not be replaced.
        OSError: the file cannot be named so.
    """
    partial = (folder or path.parent) / f".{path.name}.{unfinished_token()}{PARTIAL}"
    watch(partial.parent)
    try:
        yield partial
        if replace:
            os.replace(partial, path)
        else:
            _name_new(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def keep_under(path: Path, other: Path) -> None:
    """Gives a file a second name, under which it stays when the first one is replaced.

    Raises:
        FileExistsError: the other name is taken.
        OSError: it cannot be done.
    """
    if not path.is_symlink():
        try:
            os.link(path, other)
            return
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            pass
    if os.path.lexists(other):
        raise FileExistsError(other)
    os.rename(path, other)


def open_own(path: Path) -> int | None:
    """A descriptor to read a regular file; None for a missing file, a link, a folder, a pipe or a device."""
    try:
        descriptor = os.open(path, _OWN)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def read_own(path: Path) -> str | None:
    """The text of a file that this program keeps for itself; None if it cannot be read or is not a regular file."""
    descriptor = open_own(path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file, suppress(OSError, UnicodeDecodeError):
        return file.read(_LARGEST).decode("utf-8")
    return None


def write_own(path: Path, text: str) -> None:
    """Writes the text of a file that this program keeps for itself. A link there is replaced, not followed.

    Raises:
        OSError: it cannot be written.
    """
    with whole_file(path) as partial, open(partial, "x", encoding="utf-8") as file:
        file.write(text)


def _name_new(partial: Path, path: Path) -> None:
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.rename(partial, path)
    else:
        partial.unlink()
