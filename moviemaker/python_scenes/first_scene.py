"""A first scene of data that Python gives, or of a file."""

from __future__ import annotations

import os
from pathlib import Path

from moviemaker.core.errors import InputError, InputErrors, UserError
from moviemaker.core.machine.file_names import name_fault
from moviemaker.core.machine.in_memory import InMemory
from moviemaker.core.progress import Progress
from moviemaker.data.describing.describe import describe
from moviemaker.data.memory.given import given_file, is_function
from moviemaker.scene.text import Document, parse_text


def first_document(data: object, progress: Progress | None = None) -> Document:
    """The scene that `moviemaker info` proposes.

    Args:
        data: what may stand at `array` in a scene, but a function of time; or the path of a file.
        progress: reporter for data that take long to read (default: none).

    Raises:
        UserError: the data cannot be used.
    """
    try:
        if isinstance(data, str | os.PathLike) and not isinstance(data, InMemory):
            return _of_file(Path(data), progress)
        if is_function(data):
            right = "give what it gives for one time, or write a scene with array: and the function"
            raise InputError("a first scene of a function of time is not made", right)
        return _of_memory(given_file(data), progress)
    except (InputError, InputErrors) as error:
        raise UserError(str(error)) from error


def _of_file(path: Path, progress: Progress | None) -> Document:
    return parse_text(describe(path, progress, folder=Path.cwd()).scene, _name(path.stem), Path.cwd())


def _of_memory(file: InMemory | tuple[InMemory, ...], progress: Progress | None) -> Document:
    names = (file,) if isinstance(file, InMemory) else file
    what = names[0].held.what
    try:
        text = describe([Path(str(name)) for name in names], progress).scene
    except InputError as error:
        named = repr(Path(str(names[0])).name)
        wrong, right = (part.replace(named, f"the {what}") for part in (error.what, error.instead))
        raise InputError(wrong, right) from error
    document = parse_text(text, _name(what), Path.cwd())
    for entry in document.value["data"].values():
        if "file" in entry:
            entry["file"] = file if isinstance(file, InMemory) else list(file)
    document.value["title"] = what
    return document


def _name(name: str) -> str:
    return "scene" if name_fault(name) else name
