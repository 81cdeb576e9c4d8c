"""Files that another file names: the pieces of a collection, links, data that lie apart from their header.

They lie below the folder of the file that names them, unless the scene or the command line names them too: a file that
came from elsewhere chooses no other files of this machine to be read.
"""

from __future__ import annotations

import os
from pathlib import Path

from moviemaker.core.errors import InputError

_named: set[str] = set()
"""Real paths of the files that scenes and command lines have named in this process."""


def name_file(path: Path) -> None:
    """Records that a scene or a command line names a file, which other files may then name."""
    _named.add(os.path.realpath(path))


def referenced(path: Path, name: str) -> Path:
    """The file that another file names.

    Args:
        path: of the file that names the other one.
        name: as it stands there: relative to the folder of `path`, or absolute.

    Returns:
        Its path. The file may be missing.

    Raises:
        InputError: at `file`: it lies elsewhere, or is not a regular file, such as a pipe or a device.
    """
    target = path.parent / name
    try:
        real = os.path.realpath(target)
        known = Path(real).exists()
    except (OSError, ValueError):
        what = f"the file {path.name!r} names {name[:80]!r}, which cannot be the name of a file"
        raise InputError(what, "write the name of a file in its folder", ("file",)) from None
    folders = (Path(os.path.realpath(path.parent)), Path(os.path.realpath(path)).parent)
    if real not in _named and not any(Path(real).is_relative_to(folder) for folder in folders):
        what = f"the file {path.name!r} names {name[:80]!r}, which lies outside of its folder"
        raise InputError(what, f"move it below the folder of {path.name!r}, or name it in the scene too", ("file",))
    if known and not Path(real).is_file():
        what = f"the file {path.name!r} names {name[:80]!r}, which is not a regular file"
        raise InputError(what, "write the name of a file in its folder", ("file",))
    return target
