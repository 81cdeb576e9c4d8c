"""Files that the processes of a render share, and that are deleted with it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import read_own, write_own
from moviemaker.core.machine.in_memory import InMemory, names_in_memory
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.core.progress import Progress
from moviemaker.core.sharing.arrays import SharedFolder, hand_over, unshared
from moviemaker.core.sharing.summaries import give_summaries
from moviemaker.film.claims.claim import owner_of
from moviemaker.film.claims.owner import Owner, this_process
from moviemaker.prepare import Prepared
from moviemaker.python_scenes.saved_scene import explained
from moviemaker.resolved_scene import Script

if TYPE_CHECKING:
    from filelock import BaseFileLock

_FOLDER = ".arrays."
"""Beginning of the names of folders with data for other processes ..."""
_LOCK = "lock"
"""... and the file in them that is locked as long as they are used."""
_OWNER = "owner.json"
"""The file that says which process uses them."""
_YOUNG = 60.0
"""Seconds from which on a folder is left over that is not locked, if it is not known that its process has ended."""


class SharedData:
    """What the processes of a render share: data in memory, and arrays that take long to make, as files that they map.

    A context: the files are deleted at its end, and by the process that started this one if this one is ended.

    Args:
        folder: in which a folder for the files is made, when it is first needed.
        progress: reporter for what could not be shared (default: none).
    """

    def __init__(self, folder: Path, progress: Progress | None = None):
        self._folder = folder
        self._progress = progress
        self._own: Path | None = None
        self._lock: BaseFileLock | None = None
        self._files: dict[str, str] = {}

    def __enter__(self) -> SharedData:
        for other in left_over(self._folder):
            shutil.rmtree(other, ignore_errors=True)
        return self

    def __exit__(self, *of_error: object) -> None:
        if self._own is not None and self._lock is not None:
            alone = unshared(SharedFolder.at(self._own))
            if alone and self._progress is not None:
                what = f"{self._own.parent} had no room to share {alone} of the data that were computed"
                self._progress.note(f"{what}, so every process computed its own")
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
            path = self._own_folder() / f"{len(self._files)}{name.held.suffix}"
            with explained(path):
                name.held.write(path)
            self._files[str(name)] = str(path)
        return self._files[str(name)]

    def arrays(self, prepared: Prepared) -> SharedFolder | None:
        """The folder in which processes share arrays, with what this one has made and found out about the data.

        Returns:
            None: it cannot be made, and every process makes its own.
        """
        try:
            folder = SharedFolder.at(self._own_folder())
        except UserError as error:
            if self._progress is not None:
                self._progress.note(f"data are computed in every process: {error}")
            return None
        hand_over(prepared.made, folder)
        give_summaries(prepared.sources, folder)
        return folder

    def _own_folder(self) -> Path:
        """The folder for the files."""
        if self._own is not None:
            return self._own
        from filelock import FileLock  # a scene that is only checked needs no locks

        own = self._folder.resolve() / f"{_FOLDER}{unfinished_token()}"
        with explained(own):
            self._folder.mkdir(parents=True, exist_ok=True)
            watch(self._folder)
            own.mkdir()
            write_own(own / _OWNER, json.dumps(asdict(this_process())))
        self._lock = FileLock(own / _LOCK, thread_local=False)
        with suppress(OSError, NotImplementedError):  # a file system without locks: the owner protects it
            self._lock.acquire()
        self._own = own
        return own


def left_over(folder: Path, elsewhere: bool = False) -> Iterator[Path]:
    """The folders with data for other processes of runs that were killed.

    Their processes have ended, or, where that is not known, their locks are free until the next step.

    Args:
        folder: in which they lie.
        elsewhere: whether those of other machines are among them. Some file systems keep the locks of one machine from
            the others, so this is for users who know that nothing is running.
    """
    found = [path for path in sorted(folder.resolve().glob(f"{_FOLDER}*")) if not path.is_symlink()]
    if not found:
        return
    from filelock import FileLock, Timeout

    for other in found:
        owner = _owner(other)
        ended = owner.has_ended() if owner else None
        if ended:
            yield other
        elif ended is None and (owner is None or owner.is_here or elsewhere):
            with suppress(OSError, NotImplementedError, Timeout):
                young = time.time() - other.stat().st_mtime < _YOUNG  # another run may be about to lock it
                if not young and not (other / _LOCK).is_symlink():
                    with FileLock(other / _LOCK, timeout=0):
                        yield other


def _owner(folder: Path) -> Owner | None:
    """The process that uses a folder; None: unknown."""
    with suppress(ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return owner_of(json.loads(read_own(folder / _OWNER) or ""))
    return None
