"""Folders for temporary files that a process shares with those that it starts, and deletes when it ends."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from moviemaker.core.machine.leftovers import unfinished_token, watch


def temporary_folder(variable: str) -> Path:
    """A folder that only this user may enter: the same for this process and for those that it starts.

    Args:
        variable: name of the environment variable by which they find it.
    """
    known = os.environ.get(variable)
    if known:
        with suppress(OSError):
            found = os.lstat(known)
            own = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
            if stat.S_ISDIR(found.st_mode) and own:
                return Path(known)
    made = Path(tempfile.mkdtemp(prefix=f"moviemaker_{unfinished_token()}_"))
    os.environ[variable] = str(made)
    watch(made.parent)
    atexit.register(_delete, made, os.getpid())
    return made


def _delete(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
