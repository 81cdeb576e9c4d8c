"""A cache on disk for computed densities and light, by a hash of everything that they depend on.

It lies in the user's cache folder (`~/.cache/moviemaker/density` on Linux), or below the folder that the environment
variable `MOVIEMAKER_CACHE` names; `MOVIEMAKER_CACHE=off` keeps nothing, and so does a folder that others may write to.
The least recently used files are deleted when all of a folder together exceed 4 GiB.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from moviemaker.core.machine.cache import cache_folder as folder_of
from moviemaker.core.machine.files import open_own
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.core.sharing.arrays import shared

LIMIT = 4 << 30
"""Largest total size of the cache, in bytes."""

Arrays = Mapping[str, np.ndarray]


def kept(key: str, make: Callable[[], Arrays], lasting: bool = False, kind: str = "density") -> Arrays:
    """The arrays of a key: from the cache, or computed now and kept if possible.

    Args:
        key: a hash of everything that they depend on.
        make: computes them.
        lasting: whether all processes of a render need them, which then share them.
        kind: the folder of the cache.
    """
    return shared(key, lambda: _kept(key, make, kind)) if lasting else _kept(key, make, kind)


def _kept(key: str, make: Callable[[], Arrays], kind: str) -> Arrays:
    folder = cache_folder(kind)
    if folder is None:
        return make()
    path = folder / f"{key}.npz"
    found = _read(path)
    if found is not None:
        with contextlib.suppress(OSError):
            os.utime(path)
        return found
    made = make()
    # Drawing goes on if the disk is full or the folder is read-only.
    with contextlib.suppress(OSError):
        _write(path, made)
        _tidy(folder)
    return made


def cache_folder(kind: str = "density") -> Path | None:
    """A folder of the cache; None: nothing is kept."""
    return folder_of(kind)


def _read(path: Path) -> Arrays | None:
    """The arrays of a file; None: they have to be computed, whatever is wrong with it."""
    descriptor = open_own(path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as opened, contextlib.suppress(Exception), np.load(opened) as file:
        return {name: file[name] for name in file.files}
    return None


def _write(path: Path, arrays: Arrays) -> None:
    """Writes under another name first, so that half-written files are never read."""
    if sum(array.nbytes for array in arrays.values()) > LIMIT // 4:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    watch(path.parent)
    name = path.parent / f"{unfinished_token()}.part"
    try:
        with name.open("xb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _is_ours(path: Path) -> bool:
    """Whether a file has the name of one that is kept here. The folder may be that of someone's data, too."""
    return re.fullmatch(r"[0-9a-f]{24,}\.(npz|part)", path.name) is not None


def _tidy(folder: Path) -> None:
    """Deletes the least recently used files until the others are not too large."""
    found = []
    for path in filter(_is_ours, folder.iterdir()):
        with contextlib.suppress(OSError):  # another process deletes too
            seen = path.stat()
            found.append((seen.st_mtime, seen.st_size, path))
    total = 0
    for _, size, path in sorted(found, reverse=True):
        total += size
        if total > LIMIT:
            with contextlib.suppress(OSError):
                path.unlink()
