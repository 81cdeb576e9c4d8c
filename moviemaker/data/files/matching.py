"""Files whose paths match a pattern such as `run_*/snapshot_*.npy` or `**/*.parquet`, without looking for ever."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from moviemaker.core.errors import InputError
from moviemaker.core.machine.regular_files import OF_THE_SYSTEM

MOST_ENTRIES = 100_000
"""Number of files and folders that are looked at for a pattern with `**`, or with wildcards in names of folders."""


def matching(pattern: Path) -> Iterator[Path]:
    """The regular files and folders that match a pattern. `**` stands for any folders, each of which is entered once.

    Raises:
        InputError: at `file`: too many files would have to be looked at.
    """
    parts = pattern.parts
    first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    search = _Search(str(pattern))
    return map(Path, search.below(os.path.join(*parts[:first]) if first else "", parts[first:]))


class _Search:
    def __init__(self, pattern: str):
        self._pattern = pattern
        self._seen = 0

    def below(self, folder: str, parts: tuple[str, ...]) -> Iterator[str]:
        """What matches the rest of a pattern in a folder."""
        if not parts:
            yield folder
        elif parts[0] == "**":
            rest = parts[1:] if set(parts[1:]) - {"**"} else ("*",)
            for inner in self._folders(folder):
                yield from self.below(inner, rest)
        elif not glob.has_magic(parts[0]):
            path = os.path.join(folder, parts[0])
            if os.path.lexists(path):
                yield from self.below(path, parts[1:])
        else:
            fits = re.compile(fnmatch.translate(parts[0])).match
            for entry in self._entries(folder, limited=len(parts) > 1):
                hidden = entry.name.startswith(".") and not parts[0].startswith(".")
                if not hidden and fits(entry.name) and (len(parts) == 1 or _is_folder(entry)):
                    yield from self.below(os.path.join(folder, entry.name), parts[1:])

    def _folders(self, top: str) -> Iterator[str]:
        """A folder and all folders below it, but for hidden ones."""
        known: set[tuple[int, int]] = set()
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                found = os.stat(folder or ".")
            except OSError:
                continue
            if (found.st_dev, found.st_ino) in known or folder in OF_THE_SYSTEM:
                continue
            known.add((found.st_dev, found.st_ino))
            yield folder
            for entry in self._entries(folder, limited=True):
                if not entry.name.startswith(".") and _is_folder(entry):
                    waiting.append(os.path.join(folder, entry.name))

    def _entries(self, folder: str, limited: bool) -> list[os.DirEntry[str]]:
        found: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder or ".") as entries:
                for entry in entries:
                    found.append(entry)
                    self._seen += limited
                    if self._seen > MOST_ENTRIES:
                        what = f"more than {MOST_ENTRIES} files would have to be looked at for {self._pattern!r}"
                        raise InputError(what, "begin the pattern in the folder that holds the data", ("file",))
        except OSError:  # a folder that may not be read holds nothing for us
            return []
        return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
