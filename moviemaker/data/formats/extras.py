"""Libraries that only one sort of file needs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from moviemaker.core.errors import InputError


def extra(path: Path, module: str, name: str, extra: str) -> Any:
    """A module that is there if the extra of the package was installed.

    Args:
        path: the file that it is to read.
        module: as it is imported.
        name: as its users know it.
        extra: of this package.

    Raises:
        InputError: it is not there.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        right = f"install it with pip install 'moviemaker[{extra}]'"
        raise InputError(f"reading {path.name!r} needs {name}", right, ("file",)) from None
