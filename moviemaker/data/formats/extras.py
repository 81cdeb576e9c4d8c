"""Optional libraries that only some formats need."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from moviemaker.core.errors import InputError


def extra(path: Path, module: str, name: str, extra: str) -> ModuleType:
    """Imports a module that an extra of this package installs.

    Args:
        path: the file to be read.
        module: name for the import.
        name: of the library, for the message.
        extra: name of the extra.

    Raises:
        InputError: at `file`: the library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        right = f"install it with pip install 'moviemaker[{extra}]'"
        raise InputError(f"reading {path.name!r} needs {name}", right, ("file",)) from None
