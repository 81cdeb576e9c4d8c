"""Scenes that are saved, with their data in memory as files beside them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import check_target, whole_file
from moviemaker.core.machine.in_memory import Held, InMemory, names_in_memory
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.scene.model import Scene
from moviemaker.scene.text import Document

_PATHS = ("file", "topology", "texture", "font", "sky")
"""Keys whose values are paths."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./()-]*")
_WORDS = {"true", "false", "null"}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Says of errors of the system that a file cannot be written."""
    try:
        yield
    except OSError as error:
        right = "free some space, or choose another folder"
        raise UserError(f"{path}: cannot be written ({error.strerror or error}); {right}") from error


def refuse_changed(scene: Scene) -> None:
    """Raises UserError if data in memory have changed since the scene was made of them."""
    for name, model in scene.data.items():
        for given in names_in_memory(getattr(model, "file", None)):
            if given.held.has_changed:
                what = f"the {given.held.what} of data.{name} has changed since the scene was made"
                raise UserError(f"{what}; make a new scene of it")


def save_scene(document: Document, path: Path) -> Path:
    """Writes a scene, and its data in memory into a folder beside it, `NAME_data`.

    Args:
        document: the scene.
        path: of the file; one that is there is replaced.

    Raises:
        UserError: something cannot be written.
    """
    check_target(path)
    folder = path.parent / f"{path.stem}_data"
    used: set[str] = set()

    def unused(held: Held, key: str, number: int | None) -> str:
        stem = key if re.fullmatch(r"\w[\w-]*", key) else "data"
        stem = stem if number is None else f"{stem}_{number:06d}"
        while f"{stem}{held.suffix}" in used:
            stem += "_"
        used.add(f"{stem}{held.suffix}")
        return f"{stem}{held.suffix}"

    value = _moved(document.value, document.folder, path.resolve().parent)
    data: dict[str, Any] = {}
    with explained(path):
        for key, entry in dict(value.get("data") or {}).items():
            file = entry.get("file") if isinstance(entry, Mapping) else None
            if not names_in_memory(file):
                data[key] = entry
                continue
            folder.mkdir(parents=True, exist_ok=True)
            several = [file] if isinstance(file, str) else list(file or ())
            written = []
            for number, name in enumerate(several):
                if isinstance(name, InMemory):
                    target = folder / unused(name.held, str(key), None if isinstance(file, str) else number)
                    _replace(name.held, target)
                    name = f"{folder.name}/{target.name}"
                written.append(name)
            data[key] = {**entry, "file": written[0] if isinstance(file, str) else written}
        if data:
            value["data"] = data
        with whole_file(path) as partial, open(partial, "x", encoding="utf-8") as opened:
            yaml.dump(value, opened, _Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    return path


def _replace(held: Held, path: Path) -> None:
    """Writes data under a name that may be taken by data that were saved before."""
    if held.suffix != ".zarr":
        with whole_file(path) as partial:
            held.write(partial)
        return
    if path.exists() and not (path / ".zgroup").is_file():
        raise UserError(f"{path}: something that is not Zarr is there; choose another name for the scene")
    partial = path.with_name(f".{path.name}.{unfinished_token()}.partial")
    watch(partial.parent)
    try:
        held.write(partial)
        if path.exists():
            shutil.rmtree(path)
        os.rename(partial, path)
    except BaseException:
        with suppress(OSError):
            shutil.rmtree(partial)
        raise


def _moved(value: Any, old: Path, new: Path) -> Any:
    """A scene whose relative paths begin at another folder."""
    if old.resolve() == new:
        return value

    def path(written: Any) -> Any:
        if isinstance(written, list | tuple):
            return [path(each) for each in written]
        if not isinstance(written, str) or written.startswith("~") or not (old / written).exists():
            return written
        return written if os.path.isabs(written) else os.path.relpath(old / written, new)

    return _mapped(value, lambda key, part: path(part) if key in _PATHS and not isinstance(part, Mapping) else None)


def _mapped(value: Any, change: Callable[[object, Any], Any]) -> Any:
    if isinstance(value, Mapping):
        found = {key: change(key, part) for key, part in value.items()}
        return {key: _mapped(part, change) if found[key] is None else found[key] for key, part in value.items()}
    return [_mapped(part, change) for part in value] if isinstance(value, list | tuple) else value


class _Dumper(yaml.SafeDumper):
    """Writes texts so that YAML 1.2 reads them as texts."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    bare = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and text == text.strip()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


def _list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    flow = not any(isinstance(each, dict) for each in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flow)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
