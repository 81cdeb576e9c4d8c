"""Fingerprints: short texts that are equal for two things only if both are made from the same.

The fingerprint of a program is its version. If its sources may change without a new version, as in an editable
installation or a source tree, it includes a hash of them: an edited file makes another program.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from moviemaker.core.machine.in_memory import InMemory, held_at
from moviemaker.core.plugins import distribution_of

WHOLE_FILE_BYTES = 1 << 28
"""Files up to this size are told apart by all of their bytes, larger ones by parts and their modification time."""

PART_BYTES = 1 << 22
"""Bytes that are read of a larger file at its beginning, middle and end."""

SOURCES = (".py", ".glsl", ".yaml", ".so", ".pyd")
"""Endings of the files that make up a program."""

_NO_PLUGINS = frozenset({"moviemaker", "pydantic", "numpy", *sys.stdlib_module_names})
"""Packages that classes of plug-ins are derived from."""


def fingerprint(*values: object) -> str:
    """A hash of values: models, dataclasses, mappings, lists, text and numbers. The same in every process.

    Raises:
        TypeError: a value is of another type.
    """
    text = json.dumps([_plain(value) for value in values], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def add_to_hash(digest: Any, part: object) -> None:
    """Adds a value to a hash: an array, or anything that has a representation as text.

    Args:
        digest: of hashlib.
        part: the value. Arrays are told apart by type, shape and content, and not copied as a whole.
    """
    if not isinstance(part, np.ndarray) or part.dtype.hasobject:
        digest.update(repr(part.tolist() if isinstance(part, np.ndarray) else part).encode())
        return
    digest.update(f"{part.dtype.str}{part.shape}".encode())
    if part.size and part.flags.c_contiguous:
        digest.update(part.reshape(-1).view(np.uint8))
    elif part.size and part.flags.f_contiguous:
        digest.update(b"F")
        digest.update(part.T.reshape(-1).view(np.uint8))
    else:
        for entry in part:
            add_to_hash(digest, np.ascontiguousarray(entry))


def file_fingerprint(path: str) -> str:
    """A hash of a file's content. For a folder: of the names, sizes and modification times of all files in it.

    Of a file of more than 256 MiB, the hash covers only its beginning, middle and end, its size and its modification
    time: reading it whole for every render would take longer than many a render.
    """
    held = held_at(path)
    if held is not None:
        return held.fingerprint
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        return _folder_fingerprint(path)
    return _content_fingerprint(path, found.st_size, found.st_mtime_ns)


def file_state(path: str) -> str | None:
    """What tells fast whether a file has changed: size and modification time, of a folder those of all files in it.

    Returns:
        None: it is not seen from here, or lies in memory.
    """
    if held_at(path) is not None:
        return None
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return _folder_fingerprint(path)
    except (OSError, ValueError):
        return None
    return f"{found.st_size} {found.st_mtime_ns}"


def files_key(paths: Iterable[Path]) -> str:
    """A text that is the same as long as nothing writes files on this machine; empty: one is not a file that is there.

    It is found faster than a fingerprint, and does not hold on other machines.
    """
    found = []
    for path in paths:
        try:
            state = os.stat(path)
        except (OSError, ValueError):
            return ""
        if not stat.S_ISREG(state.st_mode):
            return ""
        found.append((os.path.realpath(path), state.st_size, state.st_mtime_ns, state.st_ino))
    return fingerprint(found)


def _folder_fingerprint(path: str) -> str:
    lines = []
    for folder, _, names in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            found = os.stat(inner)
            lines.append(f"{os.path.relpath(inner, path)} {found.st_size} {found.st_mtime_ns}")
    return hashlib.blake2b("\n".join(sorted(lines)).encode()).hexdigest()


@cache
def _content_fingerprint(path: str, size: int, changed: int) -> str:
    """The hash of a file, which is read once for all outputs of a scene as long as its size and time stay the same."""
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


def _plain(value: object) -> object:
    if isinstance(value, InMemory):
        return value.fingerprint
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


def program_fingerprint(package: str) -> str:
    """The version of a package and, unless it is an installed wheel, a hash of its sources.

    Args:
        package: its name in an import statement.
    """
    version, files = program_version(package), _sources(package)
    if not files:
        return version
    top = len(os.path.dirname(files[0]))
    return f"{version} {fingerprint([(path[top:], file_fingerprint(path)) for path in files])}"


def program_version(package: str) -> str:
    """The version of a package that is imported; empty: unknown.

    Args:
        package: its name in an import statement.
    """
    found = _distribution(package)
    own: str | None = getattr(sys.modules.get(package), "__version__", None)
    if found is None or (own is not None and _sources(package)):  # the metadata of an editable installation may be old
        return own or ""
    return found.version


def plugin_packages(values: Iterable[object]) -> list[str]:
    """The packages of plug-ins whose classes appear in values.

    Args:
        values: classes, and models, dataclasses, mappings and lists that hold each other.

    Returns:
        Their names in an import statement, sorted.
    """
    found = {base.__module__.partition(".")[0] for value in values for kind in _classes(value) for base in kind.__mro__}
    return sorted(found - _NO_PLUGINS)


def distribution_name(package: str) -> str:
    """The name by which a package is installed.

    Args:
        package: its name in an import statement.
    """
    found = _distribution(package)
    return found.name if found else package


def _classes(value: object) -> Iterator[type]:
    if isinstance(value, type):
        yield value
    elif isinstance(value, BaseModel):
        yield type(value)
        for _, part in value:
            yield from _classes(part)
    elif dataclasses.is_dataclass(value):
        yield type(value)
        for field in dataclasses.fields(value):
            yield from _classes(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _classes(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _classes(part)


@cache
def _distribution(package: str) -> Distribution | None:
    found = distribution_of(package)
    if found is None:
        try:
            return distribution(package)
        except PackageNotFoundError:
            return None
    return found


def _sources(package: str) -> list[str]:
    """The files of a package that is not an installed wheel, with its top module first."""
    first: str | None = getattr(sys.modules.get(package), "__file__", None)
    if first is None or _is_installed(package, first):
        return []
    if os.path.basename(first) != "__init__.py":
        return [first]
    paths = []
    for folder, _, names in os.walk(os.path.dirname(first)):
        paths += [os.path.join(folder, name) for name in names if name.endswith(SOURCES)]
    return [first, *sorted(path for path in paths if path != first)]


@cache
def _is_installed(package: str, first: str) -> bool:
    """Whether an installer has recorded the file of a package, which then changes only with the version."""
    found = _distribution(package)
    files = found.files if found else None
    if found is None or not files:
        return False
    try:
        inner = Path(first).relative_to(str(found.locate_file(""))).as_posix()
    except ValueError:
        return False
    return any(str(file) == inner for file in files)
