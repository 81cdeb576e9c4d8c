"""Scene files that are written: the one of `moviemaker new`, and proposals of other commands."""

from __future__ import annotations

import errno
import os
from importlib.resources import files
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import whole_file


def template(name: str) -> str:
    """The text of a commented scene that renders as it is.

    Args:
        name: of the file, for its comments.
    """
    return files("moviemaker.scene").joinpath("new.yaml").read_text(encoding="utf-8").format(file=name)


def write_template(path: Path, replace: bool = False) -> Path:
    """Writes a new scene file, whole or not at all; errors as `write_scene`."""
    return write_scene(path, template(str(path)), replace)


def write_scene(path: Path, text: str, replace: bool = False) -> Path:
    """Writes the text of a scene file, whole or not at all.

    Raises:
        UserError: the file exists already, or cannot be written.
    """
    try:
        if not replace and os.path.lexists(path):
            raise FileExistsError(path)
        with whole_file(path, replace=replace) as partial, open(partial, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path}: there is a file already; choose another name, or replace it with --force") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(f"{path}: the disk is full; free some space and give the same command again") from None
        reason = f"cannot be written ({error.strerror})" if path.parent.is_dir() else f"no such folder {path.parent}"
        raise UserError(f"{path}: {reason}; choose a folder that is there and that you may write to") from None
    return path
