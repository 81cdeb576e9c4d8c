"""What something was made from, as a short text: two things with the same fingerprint are made of the same."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

WHOLE_FILE_BYTES = 1 << 28
"""Files up to this size are told apart by all of their bytes, larger ones by parts of them and the time of change."""

PART_BYTES = 1 << 22


def fingerprint(*values: Any) -> str:
    """A hash of values: models, dataclasses, mappings, lists, text and numbers. The same in every process."""
    text = json.dumps([_plain(value) for value in values], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def file_fingerprint(path: str) -> str:
    """A hash of a file's content; of a folder, that of the names, sizes and times of change of all files in it.

    For a file of more than 256 MiB it is that of its beginning, middle and end, its size and its time of change, which
    reading it whole for every render would take longer than many a render.
    """
    if Path(path).is_dir():
        return _folder_fingerprint(path)
    found = Path(path).stat()
    return _content_fingerprint(path, found.st_size, found.st_mtime_ns)


def _folder_fingerprint(path: str) -> str:
    lines = []
    for folder, _, names in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            found = os.stat(inner)
            lines.append(f"{os.path.relpath(inner, path)} {found.st_size} {found.st_mtime_ns}")
    return hashlib.blake2b("\n".join(sorted(lines)).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _content_fingerprint(path: str, size: int, changed: int) -> str:
    """The same of a file as it was last seen: several outputs of a scene share their data, which are read once."""
    digest = hashlib.blake2b(str(size).encode())
    with open(path, "rb") as file:
        if size <= WHOLE_FILE_BYTES:
            while block := file.read(PART_BYTES):
                digest.update(block)
        else:
            digest.update(str(changed).encode())
            for start in (0, size // 2, size - PART_BYTES):
                file.seek(start)
                digest.update(file.read(PART_BYTES))
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return [type(value).__name__, {name: _plain(part) for name, part in value}]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.compare}
        return [type(value).__name__, parts]
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no fingerprint")
