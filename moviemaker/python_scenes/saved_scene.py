"""Data in memory as files: beside a scene that is saved, and for the other processes of a render."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import check_target, whole_file
from moviemaker.core.machine.in_memory import Held, InMemory, names_in_memory
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.resolved_scene import Script
from moviemaker.scene.model import Scene
from moviemaker.scene.text import Document

if TYPE_CHECKING:
    from filelock import BaseFileLock

_FOLDER = ".arrays."
"""Beginning of the names of folders with data for other processes ..."""
_LOCK = "lock"
"""... and the file in them that is locked as long as they are used."""
_YOUNG = 60.0
"""Seconds from which on a folder that is not locked is left over."""

_PATHS = ("file", "topology", "texture", "font")
"""Keys whose values are paths."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./()-]*")
_WORDS = {"true", "false", "null"}


class SharedData:
    """The data of a script that are in memory, written once as files that other processes map.

    A context: the files are deleted at its end, and by the process that started this one if this one is ended.

    Args:
        folder: in which the files are written, when they are first asked for.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._own: Path | None = None
        self._lock: BaseFileLock | None = None
        self._files: dict[str, str] = {}

    def __enter__(self) -> SharedData:
        return self

    def __exit__(self, *of_error: object) -> None:
        if self._own is not None and self._lock is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._lock.release()

    def script(self, script: Script) -> Script:
        """The script with files in the place of data in memory.

        Raises:
            UserError: they cannot be written.
        """
        data = dict(script.scene.data)
        for name, model in data.items():
            file: Any = getattr(model, "file", None)
            if names_in_memory(file):
                written = self._path(file) if isinstance(file, InMemory) else tuple(map(self._path, file))
                data[name] = model.model_copy(update={"file": written})
        return script if data == script.scene.data else replace(script, scene=replace(script.scene, data=data))

    def _path(self, name: str) -> str:
        if not isinstance(name, InMemory):
            return name
        if str(name) not in self._files:
            if self._own is None:
                self._own = self._made()
            path = self._own / f"{len(self._files)}{name.held.suffix}"
            with _explained(path):
                name.held.write(path)
            self._files[str(name)] = str(path)
        return self._files[str(name)]

    def _made(self) -> Path:
        """The folder for the files. Those of runs that were killed are deleted: their locks are free."""
        from filelock import FileLock, Timeout  # a scene that is only checked needs no locks

        own = self._folder.resolve() / f"{_FOLDER}{unfinished_token()}"
        with _explained(own):
            self._folder.mkdir(parents=True, exist_ok=True)
            watch(self._folder)
            for other in self._folder.resolve().glob(f"{_FOLDER}*"):
                if time.time() - other.stat().st_mtime < _YOUNG:  # another run may be about to lock it
                    continue
                with suppress(OSError, Timeout), FileLock(other / _LOCK, timeout=0):
                    shutil.rmtree(other, ignore_errors=True)
            own.mkdir()
            self._lock = FileLock(own / _LOCK, thread_local=False)
            self._lock.acquire()
        return own


@contextmanager
def _explained(path: Path) -> Iterator[None]:
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
    with _explained(path):
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
