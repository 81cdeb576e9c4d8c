"""Scene files that are read without opening the data that they name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from moviemaker.core.errors import InputError, SceneError, UserError, suggest
from moviemaker.core.machine.file_names import SCENES
from moviemaker.core.machine.regular_files import is_there
from moviemaker.film.settings import FilmSettings
from moviemaker.python_scenes.arguments import path_of, said
from moviemaker.scene.habits.understand import understood
from moviemaker.scene.model import Scene
from moviemaker.scene.parse import parse_scene
from moviemaker.scene.text import Document, read_document


def scene_document(path: str | Path) -> Document:
    """The document in a scene file.

    Raises:
        SceneError: it cannot be read as one.
        UserError: the file cannot be read, or is one of data.
    """
    path = path_of(path, "path")
    _refuse_data(path)
    return read_document(path)


def written_scene(document: Document, name: str) -> Scene:
    """The scene as it is written, before its data are opened.

    Args:
        document: the scene as plain values.
        name: what finished files are called after.

    Raises:
        SceneError: every mistake that shows without the data.
    """
    draft = parse_scene(understood(document, FilmSettings), name, FilmSettings)
    scene = draft.scene()
    if draft.problems or scene is None:
        raise SceneError(draft.problems)
    return scene


def chosen_outputs(names: Iterable[str] | None, known: Sequence[str]) -> list[str]:
    """The outputs that are asked for.

    Args:
        names: of the outputs; None: all.
        known: names of all outputs of the scene.

    Raises:
        UserError: one of the names is not that of an output.
    """
    spelled = {unicodedata.normalize("NFC", name): name for name in known}  # typed in one of two ways
    asked = known if names is None else names
    if isinstance(asked, str) or not isinstance(asked, Iterable) or not all(isinstance(n, str) for n in asked):
        raise UserError(f"outputs cannot be {said(asked)}; the outputs of the scene are {', '.join(known)}")
    chosen = [spelled.get(unicodedata.normalize("NFC", name), name) for name in asked]
    for name in chosen:
        if name not in known:
            raise UserError(f"no such output {name!r}; {suggest(name, known, 'output')}")
    return list(dict.fromkeys(chosen))


def _refuse_data(path: Path) -> None:
    """Says what to do with a data file that is given where a scene belongs.

    Raises:
        UserError: the file is one of data.
    """
    if path.suffix.lower() in ("", *SCENES, ".json"):
        return
    try:
        if not is_there(path) or path.is_dir():
            return
    except InputError:  # a pipe or a device: it is refused where scenes are read
        return
    from moviemaker.data.files.choose_reader import choose_reader  # a scene does not need the readers yet

    if choose_reader(path) is not None:
        right = f"see it with: moviemaker quick {path}, or write a scene for it with: moviemaker info {path}"
        raise UserError(f"{path}: this is a data file, not a scene; {right}")
