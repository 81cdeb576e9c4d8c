"""Records of finished files: what they were made from, so that the same command makes nothing again.

A record lies in the hidden folder of an output. It holds a key of what the file was made from, its size, the time of
its last change, and a hash of its content: a file that was copied or moved stays known. A file that was made elsewhere,
or changed since, is not replaced but kept under another name.
"""

from __future__ import annotations

import filecmp
import hashlib
import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path

from moviemaker.core.machine.files import keep_under, open_own, read_own, write_own
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.paths import earlier_path

_WHOLE = 1 << 28  # bytes of a file up to which the hash covers all of it; of a larger one its parts
_PART = 1 << 22


@dataclass(frozen=True)
class Recorded:
    """The record of a file that has not been changed since.

    Attributes:
        key: of what it was made from.
        frames: number of frames of a movie; 0: unknown.
    """

    key: str
    frames: int = 0


def is_finished(work: Path, path: Path, key: str) -> bool:
    """Whether the file with this key exists and has not been changed since it was made.

    Args:
        work: folder of the records.
        path: of the file.
        key: of what it would be made from.
    """
    found = recorded(work, path)
    return found is not None and found.key == key


def recorded(work: Path, path: Path) -> Recorded | None:
    """The record of a file; None without one, and if the file is gone or has been changed."""
    try:
        record = json.loads(read_own(_record(work, path)) or "{}")
        key, frames = str(record["key"]), int(record.get("frames", 0))
        if path.is_symlink() or record["size"] != path.stat().st_size:
            return None
        same = record["changed"] == path.stat().st_mtime_ns or record["hash"] == _content(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return Recorded(key, frames) if same else None


def remember(work: Path, path: Path, key: str, frames: int = 0) -> None:
    """Writes the record of a finished file.

    Raises:
        MoviemakerError: it cannot be written.
    """
    with explain_disk(work):
        found = path.stat()
        record = {"key": key, "size": found.st_size, "changed": found.st_mtime_ns, "hash": _content(path)}
        text = json.dumps(record | {"frames": frames})
        if read_own(_record(work, path)) != text:
            write_own(_record(work, path), text)


def make_again(work: Path, path: Path) -> None:
    """Has a file made again, although its key may be the same. It stays until then.

    Raises:
        MoviemakerError: its record cannot be written.
    """
    found = recorded(work, path)
    if found is not None:
        remember(work, path, "", found.frames)


def keep_unrecorded(work: Path, path: Path, new: Path | None = None) -> Path | None:
    """Keeps a file that this program has no record of under another name, before a new one takes its name.

    Args:
        work: folder of the records.
        path: the name.
        new: the file that takes it; one with the same content replaces nothing.

    Returns:
        The other name; None if there was nothing to keep, or a folder, which no file can replace.

    Raises:
        OSError: it cannot be kept.
    """
    if not os.path.lexists(path) or recorded(work, path) is not None:
        return None
    if not path.is_symlink() and (path.is_dir() or path.stat().st_size == 0 or _are_equal(path, new)):
        return None
    for number in itertools.count(1):
        other = earlier_path(path, number)
        try:
            keep_under(path, other)
        except FileExistsError:
            if not (other.is_file() and path.is_file() and _are_equal(path, other)):
                continue
        return other
    raise AssertionError


def _are_equal(path: Path, other: Path | None) -> bool:
    return other is not None and filecmp.cmp(path, other, shallow=False)


def _record(work: Path, path: Path) -> Path:
    return work / f"{path.name}.json"


def _content(path: Path) -> str:
    descriptor = open_own(path)
    if descriptor is None:
        raise FileNotFoundError(path)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        digest = hashlib.blake2b(str(size).encode(), digest_size=16)
        starts = range(0, size, _PART) if size <= _WHOLE else (0, size // 2, size - _PART)
        for start in starts:
            file.seek(start)
            digest.update(file.read(_PART))
    return digest.hexdigest()
