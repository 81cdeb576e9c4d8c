"""Only regular files and folders are opened: reading a pipe or a device waits for ever, or does something else.

Every path that a scene, a command line or another file names is looked at here before it is opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from moviemaker.core.errors import InputError, Location, show

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
OF_THE_SYSTEM = ("/proc", "/sys")
"""Folders whose files look regular, and are made by the system while they are read."""


def expanded(name: str, folder: Path = Path(), at: Location = ("file",)) -> Path:
    """A path as it is written, with `~` as the user's folder.

    Args:
        name: as written.
        folder: from which relative paths start.
        at: the place in the scene.

    Raises:
        InputError: no file can have this name.
    """
    if "\0" in name:
        what = f"the path {show(name)} holds a character of the code 0"
        raise InputError(what, "write the path as the file system shows it", at)
    try:
        return folder / Path(name).expanduser()
    except RuntimeError:
        user = name.split("/")[0]
        raise InputError(f"no such user {user!r}", f"write ./{name} for a file of that name", at) from None


def is_there(path: Path, at: Location = ("file",)) -> bool:
    """Whether a path leads to a regular file or a folder.

    Raises:
        InputError: it leads to something else, such as a pipe, a device, or a file that the system makes while it is
            read; or the system cannot say where it leads.
    """
    try:
        found = os.stat(path)
        real = os.path.realpath(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:
        raise InputError(f"the file {path.name!r} may not be read", "check the permissions on its way", at) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        what = f"the path {_shortened(path)!r} leads nowhere: {reason.lower()}"
        raise InputError(what, "write the path of a file", at) from None
    kind = next((words for is_kind, words in _KINDS if is_kind(found.st_mode)), None)
    if any(real == folder or real.startswith(f"{folder}/") for folder in OF_THE_SYSTEM):
        kind = f"made by the system in {real.split('/')[1]!r}"
    if kind is not None:
        raise InputError(f"{_shortened(path)!r} is {kind}, not a file", "write the path of a regular file", at)
    return True


def check_regular(path: Path, at: Location = ("file",)) -> None:
    """Refuses a path that leads neither to a regular file, nor to a folder, nor nowhere; errors as `is_there`."""
    is_there(path, at)


def open_regular(path: Path | str) -> IO[bytes]:
    """A file, open for reading bytes. Whatever lies there, this does not wait.

    Raises:
        ValueError: it is a pipe or a device.
        OSError: it is a folder, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(mode := os.fstat(handle).st_mode) and not stat.S_ISDIR(mode):
            raise ValueError("it is a pipe or a device")
        return open(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def first_bytes(path: Path, count: int) -> bytes:
    """The beginning of a file; errors as `open_regular`."""
    with open_regular(path) as file:
        return file.read(count)


def _shortened(path: Path) -> str:
    return path.name if len(path.name) <= 80 else f"{path.name[:77]}..."
