"""Keeps the finished frames of one output, so that a render that was stopped carries on where it was.

A frame is a pure function of scene, data, output, program and frame number. The *fingerprint* stands for all but the
number, and frames of another fingerprint are deleted. A frame exists if its file has its final name and is a whole PNG.
Files get their names when they are finished, so that a run that is killed loses only the frame that it works on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.leftovers import watch
from moviemaker.film.disk_errors import DiskFull, explain_disk
from moviemaker.film.paths import frame_name
from moviemaker.film.picture import PARTIAL, DamagedPicture, is_whole_png, read_picture, whole_file, write_picture

MADE_FROM = "made_from"
"""Name of the file that holds the parts of the fingerprint."""


@dataclass(frozen=True)
class FrameStore:
    """The frames of one output, `FOLDER/STEM_000001.png` and on.

    A plain value that can be sent to other processes. One process at a time may `claim` it, before it looks for frames
    or makes movies. `put` needs no claim, so that the workers of that process can use it.

    Attributes:
        folder: of the frames.
        stem: beginning of their file names.
        fingerprint: of what they are made from; any text.
        work: folder of the fingerprint, the lock and the notes about finished movies; may be that of the frames.
        planned: number of frames that the run wants in all, to say how much space is missing on a full disk.
        made_from: the parts of the fingerprint by name, such as ("scene", "5a0..."), to say which one has changed.
    """

    folder: Path
    stem: str
    fingerprint: str
    work: Path
    planned: int = 0
    made_from: tuple[tuple[str, str], ...] = ()

    @contextmanager
    def claim(self, restart: bool = False, note: Callable[[str], None] | None = None) -> Iterator[None]:
        """Makes this process the only one that writes this output, until the context ends or the process dies.

        Deletes earlier frames if they have another fingerprint or `restart` is given, and the unfinished files of runs
        that were killed.

        Args:
            restart: delete earlier frames in any case.
            note: called with a sentence if frames are deleted because what they were made from has changed.

        Raises:
            UserError: another process has claimed it, or nothing can be written there.
        """
        from filelock import FileLock, Timeout

        with explain_disk(self.work):
            self.work.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.work / "lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise UserError(
                    f"another run{self._owner()} is writing {self.stem} in {self.folder}; "
                    "wait until it is done, stop it, or choose another folder"
                ) from None
        owner = self.work / "owner"
        watch(self.folder, self.work, owner)
        try:
            with explain_disk(self.work):
                owner.write_text(f"{os.getpid()} {socket.gethostname()}", encoding="utf-8")
                self._sweep()
                recorded = self._recorded()
                if note is not None and not restart and recorded != self.fingerprint and (kept := len(self._frames())):
                    again = "1 frame is" if kept == 1 else f"{kept} frames are"
                    note(f"{self._changes()}: {again} drawn again")
                if restart or recorded != self.fingerprint:
                    self._start_afresh()
            yield
        finally:
            with suppress(OSError):
                owner.unlink()
            with suppress(OSError):  # what workers left that were killed
                self._sweep()
            lock.release()

    def missing(self, frames: Iterable[int]) -> list[int]:
        """The frames that do not exist yet, in the order given."""
        return [index for index in frames if not is_whole_png(self.path(index))]

    def has_all(self, frames: Iterable[int]) -> bool:
        """Whether all of the frames exist with this fingerprint. Needs no claim."""
        return self._recorded() == self.fingerprint and not self.missing(frames)

    def path(self, index: int) -> Path:
        """The file of a frame, whether it exists or not."""
        return self.folder / frame_name(self.stem, index)

    def put(self, index: int, picture: np.ndarray) -> Path:
        """Writes a finished frame, whole or not at all. A frame that exists is left as it is.

        Args:
            index: number of the frame, from 0.
            picture: (height, width, 3) uint8, or uint16 for frames of 16 bits.

        Raises:
            DiskFull: no room is left; the frames so far are kept.
            MoviemakerError: it cannot be written, or the store has been started afresh with another fingerprint, as
                happens to the workers of a run that was killed.
        """
        path = self.path(index)
        if self._recorded() != self.fingerprint:
            raise MoviemakerError(
                f"{self.folder} now belongs to a newer run, of a scene that has changed; stop this one"
            )
        if is_whole_png(path):
            return path
        try:
            return write_picture(path, picture)
        except DiskFull as error:
            raise DiskFull(self._full(picture.nbytes)) from error

    def get(self, index: int) -> np.ndarray:
        """The picture of a frame that exists, (height, width, 3) uint8 or uint16.

        Raises:
            MoviemakerError: its file is gone, or was damaged and has been removed: it has to be rendered again.
        """
        return load_frame(self.path(index))

    def remove(self) -> None:
        """Deletes the frames to free the disk. A finished movie stays finished: it needs no frames."""
        with explain_disk(self.folder):
            for path in self._frames():
                path.unlink(missing_ok=True)

    def _frames(self) -> list[Path]:
        name = re.compile(re.escape(self.stem) + r"_\d{6,}\.png")
        try:
            with os.scandir(self.folder) as entries:
                return [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]
        except FileNotFoundError:
            return []

    def _recorded(self) -> str | None:
        try:
            return (self.work / "fingerprint").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _changes(self) -> str:
        """What has changed since the frames were drawn, in words."""
        try:
            before = json.loads((self.work / MADE_FROM).read_text(encoding="utf-8"))
            changed = [f"the {name}" for name, part in self.made_from if before.get(name, part) != part]
        except (OSError, ValueError, AttributeError):
            changed = []
        if not changed:
            return "these frames were made from something else"
        *first, last = changed
        what = f"{', '.join(first)} and {last} have" if first else f"{last} has"
        return f"{what} changed since these frames were drawn"

    def _owner(self) -> str:
        try:
            pid, host = (self.work / "owner").read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return ""
        return f" (process {pid}{'' if host == socket.gethostname() else f' on {host}'})"

    def _start_afresh(self) -> None:
        # The fingerprint is deleted first and written last: frames without one are not used after a kill in between.
        (self.work / "fingerprint").unlink(missing_ok=True)
        for path in [*self._frames(), *self.work.glob("*.json")]:
            path.unlink(missing_ok=True)
        with whole_file(self.work / MADE_FROM) as partial:
            partial.write_text(json.dumps(dict(self.made_from)), encoding="utf-8")
        with whole_file(self.work / "fingerprint") as partial:
            partial.write_text(self.fingerprint, encoding="utf-8")

    def _sweep(self) -> None:
        for folder in {self.folder, self.work}:
            with os.scandir(folder) as entries:
                stale = [Path(e.path) for e in entries if e.name.startswith(".") and e.name.endswith(PARTIAL)]
            for path in stale:
                path.unlink(missing_ok=True)

    def _full(self, frame_bytes: int) -> str:
        kept = self._frames()
        with suppress(OSError, ZeroDivisionError):
            frame_bytes = sum(path.stat().st_size for path in kept) // len(kept)
        free = 0
        with suppress(OSError):
            free = shutil.disk_usage(self.folder).free
        needed = max(frame_bytes * max(self.planned - len(kept), 1) - free, frame_bytes)
        return (
            f"the disk is full ({self.folder}); free {max(1, round(needed / 1e6))} MB and give the same command again: "
            f"{len(kept)} frames are kept"
        )


def load_frame(path: Path) -> np.ndarray:
    """The picture of a frame's file. A damaged one is removed, so that the next run renders it again.

    Raises:
        MoviemakerError: the file is gone or was damaged.
    """
    try:
        return read_picture(path)
    except DamagedPicture as error:
        path.unlink(missing_ok=True)
        what = f"{error}; it has been removed"
    except OSError as error:
        what = f"cannot read the frame {path}: {error.strerror or error}"
    raise MoviemakerError(f"{what}; give the same command again to render that frame")
