"""The folder in which results are kept on this machine, so that they are not computed again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "MOVIEMAKER_CACHE"
"""Environment variable that names another folder, or says `off`."""


def cache_folder(name: str) -> Path | None:
    """A folder of the cache, which may not exist yet; None: nothing is kept.

    Args:
        name: of what it holds, such as `density`.
    """
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
