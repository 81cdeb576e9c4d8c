"""Data for workers that cannot read them where they are: small ones are sent.

A parcel is unpacked into a folder of the worker, in which it has the paths that it has where the render was started, so
that relative paths in a scene stay as they are.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.farm.cluster.messages import DataFile
from moviemaker.farm.crew.contract import Job
from moviemaker.resolved_scene import Script

LARGEST = 1 << 26
"""Data of a scene up to this many bytes together are sent to workers that cannot read them."""

MOST_CHECKED = 1000
"""Each worker looks at so many files at most, spread over all of them, before the first frame."""

DATA, FRAMES = "data", "frames"
"""Folders of a worker: for the parcel, and for frames until they are sent."""


def files_of(job: Job) -> list[DataFile]:
    """The files that the frames of a job are made from."""
    paths = {path for source in job.sources.values() for path in source.files}
    paths |= set(_named(job.script.scene.data, job.script.scene.folder))
    paths |= set(_named(job.script.layers, job.script.scene.folder))
    return [_data_file(path) for path in sorted(paths) if os.path.exists(path)]


def to_check(files: list[DataFile]) -> tuple[DataFile, ...]:
    """Those of them that every worker looks at."""
    step = max(1, -(-len(files) // MOST_CHECKED))
    return tuple(files[::step])


def unreadable(files: Iterable[DataFile]) -> dict[str, str]:
    """Which files this machine cannot read, or has with another content, and why. The first ten."""
    found: dict[str, str] = {}
    for file in files:
        why = _why_unreadable(file)
        if why:
            found[file.path] = why
        if len(found) == 10:
            break
    return found


def parcel_of(files: Iterable[DataFile]) -> dict[str, bytes] | None:
    """The content of files by path; None: they are too large together."""
    files = list(files)
    if sum(file.size for file in files) > LARGEST:
        return None
    inner = (path for file in files for path in _inside(file.path))
    return {path: Path(path).read_bytes() for path in inner}


def unpack(parcel: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files of a parcel into a folder, each under its whole path.

    Raises:
        OSError: they cannot be written.
    """
    for path, content in parcel.items():
        target = _inner(folder, path)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def relocated(script: Script, folder: Path, parcel: Collection[str]) -> Script:
    """The script with paths into the folder into which a parcel was unpacked."""
    scene = script.scene
    moved = replace(scene, data=_moved(dict(scene.data), folder, parcel), folder=_inner(folder, str(scene.folder)))
    return replace(script, scene=moved, layers=_moved(script.layers, folder, parcel))


def _inner(folder: Path, path: str) -> Path:
    return folder / DATA / os.path.abspath(path).lstrip("/")


def _moved(value: Any, folder: Path, parcel: Collection[str]) -> Any:
    """A value in which all paths lead into the folder that were packed, or that hold some that were."""
    if isinstance(value, str | Path):
        path = os.path.expanduser(str(value))
        return type(value)(_inner(folder, path)) if os.path.isabs(path) and _is_packed(path, parcel) else value
    parts: dict[Any, Any] = {}
    if isinstance(value, BaseModel):
        parts = dict(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    elif type(value) is dict:
        parts = value
    elif type(value) in (list, tuple):
        parts = dict(enumerate(value))
    moved = {key: _moved(part, folder, parcel) for key, part in parts.items()}
    changed = {key: part for key, part in moved.items() if part is not parts[key]}
    if not changed:
        return value
    if isinstance(value, BaseModel):
        return value.model_copy(update=changed)
    if dataclasses.is_dataclass(value):
        return replace(value, **changed)  # type: ignore[type-var]
    return moved if isinstance(value, dict) else type(value)(moved.values())


def _is_packed(path: str, parcel: Collection[str]) -> bool:
    return path in parcel or any(name.startswith(f"{path}/") or fnmatch.fnmatchcase(name, path) for name in parcel)


def _named(value: object, folder: Path) -> Iterator[str]:
    """Files that are named somewhere in a value."""
    if isinstance(value, str | Path):
        text = str(value)
        if len(text) < 4096 and "\0" not in text:
            path = os.path.join(folder, os.path.expanduser(text))
            if os.path.isfile(path):
                yield os.path.normpath(path)
    elif isinstance(value, BaseModel):
        for _, part in value:
            yield from _named(part, folder)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _named(getattr(value, field.name), folder)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _named(part, folder)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _named(part, folder)


def _data_file(path: str) -> DataFile:
    size = sum(os.stat(inner).st_size for inner in _inside(path))
    return DataFile(path, size, os.stat(path).st_mtime_ns, file_fingerprint(path))


def _inside(path: str) -> list[str]:
    """The file, or the files in a folder."""
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


def _why_unreadable(file: DataFile) -> str:
    """Why this machine cannot read a file; empty: it can."""
    try:
        found = os.stat(file.path)
        if os.path.isdir(file.path):
            same = file_fingerprint(file.path) == file.fingerprint
        else:
            with open(file.path, "rb"):
                pass
            same = found.st_size == file.size
            if same and found.st_mtime_ns != file.changed:
                same = file_fingerprint(file.path) == file.fingerprint
    except OSError as error:
        return error.strerror or str(error)
    return "" if same else "it has another content there"
