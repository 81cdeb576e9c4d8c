"""Files that get their name when they are whole, and files of this program that are read without following links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.core.machine.leftovers import unfinished_token, watch

PARTIAL = ".partial"
"""Ending of every unfinished file. Files that have it may be deleted when no run is going on."""

_OWN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_LONGEST = 225
"""Most bytes of a name: file systems take 255, and that of the unfinished file is longer."""

_LARGEST = 1 << 26  # bytes of a file that this program keeps for itself


@contextmanager
def whole_file(path: Path, folder: Path | None = None, replace: bool = True, own: bool = False) -> Iterator[Path]:
    """A file that gets its name when it is finished: yields a temporary name; on an error nothing is left of it.

    Args:
        path: the final name. A link there is replaced, not followed.
        folder: where the temporary file lies, on the same file system; default: beside the final one.
        replace: whether a file that is there is replaced.
        own: whether it is one that this program keeps for itself, so that whatever is there is replaced.

    Raises:
        UserError: a pipe or a device is there.
        FileExistsError: a file is there and must not be replaced.
        OSError: the file cannot be named so.
    """
    if not own:
        _refuse_devices(path)
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


def is_unfinished(name: str) -> bool:
    """Whether a name is that of an unfinished file."""
    return name.startswith(".") and name.endswith(PARTIAL)


def check_target(path: Path) -> None:
    """Checks, before anything is made, that a file can have a name.

    Raises:
        UserError: a folder, a pipe or a device is there, or the name is none.
    """
    if "\0" in str(path):
        raise UserError(f"cannot write {path}: names of files hold no NUL characters; choose another name")
    if len(os.fsencode(path.name)) > _LONGEST:
        raise UserError(f"cannot write {path.name[:40]}...: a name has at most {_LONGEST} bytes here; shorten it")
    if os.path.isdir(path):
        raise UserError(f"cannot write {path}: that is a folder, not a file; choose another name")
    _refuse_devices(path)


def _refuse_devices(path: Path) -> None:
    """A file that takes the name of a device takes it from every program of the machine."""
    with suppress(OSError, ValueError):
        kind = os.lstat(path).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISLNK(kind) or stat.S_ISDIR(kind)):
            raise UserError(f"cannot write {path}: that is a pipe or a device, not a file; choose another name")


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
    with whole_file(path, own=True) as partial, open(partial, "x", encoding="utf-8") as file:
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
