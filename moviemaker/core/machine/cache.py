"""The folder in which results are kept on this machine, so that they are not computed again."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

VARIABLE = "MOVIEMAKER_CACHE"
"""Environment variable that names another folder, or says `off`."""


def cache_folder(name: str) -> Path | None:
    """A folder of the cache, which may not exist yet; None: nothing is kept.

    A folder of another user, or one that everybody may write to, is not used: what is kept there is believed.

    Args:
        name: of what it holds, such as `density`.
    """
    folder = _folder(name)
    return folder if folder is not None and _is_own(folder) else None


def _is_own(folder: Path) -> bool:
    """Whether only this user, and the groups that the user has let in, can put files into a folder."""
    for each in (folder, folder.parent):
        try:
            found = os.stat(each)
        except OSError:  # it does not exist yet
            continue
        own = not hasattr(os, "getuid") or found.st_uid in (os.getuid(), 0)
        kept_apart = each != folder and found.st_mode & stat.S_ISVTX  # others cannot rename what is in it, as in /tmp
        if not own or (found.st_mode & stat.S_IWOTH and not kept_apart and sys.platform != "win32"):
            return False
    return True


def _folder(name: str) -> Path | None:
    written = os.environ.get(VARIABLE)
    if written is not None:
        return None if written.lower() in ("", "0", "no", "off", "none") else Path(written).expanduser() / name
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home, as in some containers
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "moviemaker" / name
