"""Keeps the finished frames of one output, so that a render that was stopped carries on where it was.

A frame is a pure function of scene, data, output, program and frame number. The *fingerprint* stands for all but the
number, and each frame's file records it (`frame_record`), so that frames of several fingerprints may lie side by side:
after a change, an earlier frame stays until its new one is finished. Files get their names when they are finished, so
that a run that is killed loses only the frame that it works on.

The frames of a PNG or EXR sequence are the product: files of their names that record nothing are never replaced. The
other files of this program lie in a hidden folder, whose content is its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.files import is_unfinished, read_own, whole_file, write_own
from moviemaker.core.machine.leftovers import run_name, watch
from moviemaker.film.claims.intervals import ALL, frames_in, numbers_of
from moviemaker.film.claims.taking import Held, Wish
from moviemaker.film.claims.turns import turn
from moviemaker.film.claims.watch import CLAIMS
from moviemaker.film.disk_errors import DiskFull, explain_disk
from moviemaker.film.frame_record import FrameFile, origin
from moviemaker.film.paths import frame_name
from moviemaker.film.picture import DamagedPicture, frame_file, is_sound, read_picture, write_picture

MADE_FROM = "made_from.json"
"""Name of the file that holds the parts of the latest fingerprints."""

FINGERPRINT, AGAIN = "fingerprint", "again.json"
"""Names of the files that hold the latest fingerprint, and times of frames that are to be drawn again."""

_REMEMBERED = 32  # fingerprints whose parts are kept


class LostFrame(MoviemakerError):  # noqa: N818 - it is what happened
    """A frame that was kept is gone, or its file is damaged.

    Attributes:
        what: what happened, in words.
    """

    def __init__(self, what: str):
        super().__init__(f"{what}; give the same command again to render that frame")
        self.what = what

    def __reduce__(self) -> tuple[type[LostFrame], tuple[str]]:
        return LostFrame, (self.what,)


@dataclass(frozen=True)
class FrameStore:
    """The frames of one output, `FOLDER/STEM_000001.png` (or `.exr`) and on.

    A plain value that can be sent to other processes. A run claims frames of it before it looks for them or makes
    movies: no two runs claim the same ones. `put` needs no claim, so that the workers of a run can use it.

    Attributes:
        folder: of the frames.
        stem: beginning of their file names.
        fingerprint: of what they are made from; any text.
        work: folder of the fingerprint, the lock and the records of finished files; that of the frames unless these are
            the product.
        planned: number of frames that the run wants in all, to say how much space is missing on a full disk.
        made_from: the parts of the fingerprint by name, such as ("scene", "5a0..."), to say which one has changed.
        suffix: ending of the file names: `.png` or `.exr`.
    """

    folder: Path
    stem: str
    fingerprint: str
    work: Path
    planned: int = 0
    made_from: tuple[tuple[str, str], ...] = ()
    suffix: str = ".png"

    @property
    def delivers(self) -> bool:
        """Whether the frames are the product, and lie where the user may put files too."""
        return self.folder != self.work

    @contextmanager
    def claim(
        self,
        frames: Iterable[int] | None = None,
        *,
        product: str = "",
        shard: str = "",
        note: Callable[[str], None] | None = None,
    ) -> Iterator[Held]:
        """Claims the frames that no other run has claimed, until the context ends or the process dies.

        Deletes the unfinished files of runs that were killed.

        Args:
            frames: those that the run wants; default: all that there can be.
            product: name of the file that the run makes of them; empty for a shard, which makes none.
            shard: which part of the work it does, such as `2/8`; empty: it is not a shard. A run that is not a shard
                may claim nothing if shards hold all that it wants, as it waits for them.
            note: called with a sentence if it takes long to find out whether another run lives.

        Yields:
            What has been claimed.

        Raises:
            UserError: another run writes the same frames or product, or has another fingerprint; nothing can be written
                there; or a link lies in place of the program's own folder.
        """
        wanted = ALL if frames is None else frames_in(frames)
        wish = Wish(wanted, origin(self.fingerprint), f"{self.stem} in {self.folder}", product, shard)
        held = Held(self.work, wish, lambda: self.missing(numbers_of(wanted)) if frames is not None else [0])
        try:
            self.take(held, note)
            yield held
        finally:
            with suppress(OSError):  # what workers left that were killed
                self._sweep({run_name()})
            held.release()

    def take(self, held: Held, note: Callable[[str], None] | None = None) -> None:
        """Takes over what runs held that have ended since the store was claimed. Raises what `claim` raises."""
        with explain_disk(self.work):
            self._refuse_links()
            self.work.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            watch(self.folder, self.work)
            with held.taken(note) as ended:
                others = held.others()
                runs = {each.run for each in ended if each.run} - {each.run for each in others} - {run_name()}
                self._sweep(runs if others else None)
                self._remember_fingerprint()

    def missing(self, frames: Iterable[int], files: Mapping[int, FrameFile] | None = None) -> list[int]:
        """The frames that do not exist yet with this fingerprint, in the order given.

        Args:
            frames: their numbers.
            files: those that exist, by the number of the frame; default: they are looked for.
        """
        again, mine = self._again(), origin(self.fingerprint)
        found = {index: self.file(index) for index in frames} if files is None else files
        return [i for i in frames if i not in found or not _is_finished(found[i], mine, again.get(str(i)))]

    def has_all(self, frames: Iterable[int]) -> bool:
        """Whether all of the frames exist with this fingerprint. Needs no claim."""
        return not self.missing(frames)

    def path(self, index: int) -> Path:
        """The file of a frame, whether it exists or not."""
        return self.folder / frame_name(self.stem, index, self.suffix)

    def file(self, index: int) -> FrameFile:
        """What lies under the name of a frame."""
        return frame_file(self.path(index))

    def indices(self) -> list[int]:
        """The numbers of all files that are named as frames, sorted."""
        pattern = re.compile(re.escape(self.stem) + r"_(\d{6,})" + re.escape(self.suffix))
        try:
            with os.scandir(self.folder) as entries:
                found = [match for entry in entries if (match := pattern.fullmatch(entry.name))]
        except OSError:
            return []
        numbers = [(int(match[1]) - 1, match[0]) for match in found]
        # `s_0000002.png` has more digits than that of a frame.
        return sorted(
            index for index, name in numbers if index >= 0 and name == frame_name(self.stem, index, self.suffix)
        )

    def put(self, index: int, picture: np.ndarray) -> Path:
        """Writes a finished frame, whole or not at all. One that exists with this fingerprint is left as it is.

        Args:
            index: number of the frame, from 0.
            picture: as `write_picture` takes it.

        Raises:
            DiskFull: no room is left; the frames so far are kept.
            UserError: a file that this program has no record of lies under the name of the frame.
            MoviemakerError: it cannot be written, or the store has been claimed with another fingerprint, as happens to
                the workers of a run that was killed.
        """
        return self._keep(index, picture.nbytes, lambda path: write_picture(path, picture, made_from=self.fingerprint))

    def apart(self, folder: Path) -> FrameStore:
        """A store of the same frames in a folder of its own, from which `receive` takes their files.

        Args:
            folder: that nothing else uses; it is made.

        Raises:
            MoviemakerError: it cannot be written.
        """
        with explain_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write_own(folder / FINGERPRINT, self.fingerprint)
        return replace(self, folder=folder, work=folder)

    def receive(self, index: int, content: bytes) -> Path:
        """Keeps a frame as `put` does, whose file was written by another store, on this machine or elsewhere.

        Args:
            index: number of the frame, from 0.
            content: of the file.

        Raises:
            MoviemakerError: what `put` raises, or it is not a whole frame with this fingerprint.
        """

        def write(path: Path) -> Path:
            with explain_disk(path.parent), whole_file(path, own=True) as partial:
                partial.write_bytes(content)
                found = frame_file(partial, self.suffix)
                if found.state != "whole" or found.origin != origin(self.fingerprint):
                    raise MoviemakerError(f"frame {index} did not arrive whole; give the same command again")
            return path

        return self._keep(index, len(content), write)

    def _keep(self, index: int, frame_bytes: int, write: Callable[[Path], Path]) -> Path:
        """Lets the file of a frame be written under its name, unless it is there already."""
        path, there = self.path(index), self.file(index)
        recorded = read_own(self.work / FINGERPRINT)
        if recorded != self.fingerprint:
            what = f"{self.folder} now belongs to a newer run, of a scene that has changed; stop this one"
            gone = f"{self.work} was deleted during the run; give the same command again: finished frames are kept"
            raise MoviemakerError(gone if recorded is None else what)
        if there.origin == origin(self.fingerprint):
            if _is_finished(there, there.origin, self._again().get(str(index))):
                return path
        elif self.delivers and there.state == "unknown":
            raise UserError(unknown_files([path]))
        try:
            return write(path)
        except DiskFull as error:
            raise DiskFull(self._full(frame_bytes)) from error

    def get(self, index: int) -> np.ndarray:
        """The picture of a frame that exists, as `read_picture` gives it.

        Raises:
            LostFrame: its file is gone, or was damaged and has been removed: it has to be rendered again.
        """
        return load_frame(self.path(index))

    def is_sound(self, index: int) -> bool:
        """Whether the checksums of a frame that exists hold for all of its bytes. Reads the whole file once."""
        return is_sound(self.path(index))

    def discard(self, frames: Iterable[int]) -> None:
        """Deletes frames, whose files have turned out to be damaged."""
        with explain_disk(self.folder):
            for index in frames:
                self.path(index).unlink(missing_ok=True)

    def draw_again(self, frames: Iterable[int]) -> int:
        """Counts finished frames as missing from now on. Each file stays until the new one is finished.

        Returns:
            The number of those frames.
        """
        mine = origin(self.fingerprint)
        files = {index: found for index in frames if (found := self.file(index)).origin == mine}
        if files:
            with explain_disk(self.work), turn(self.work / CLAIMS):  # other runs may do the same for their frames
                again = self._again() | {str(index): found.changed for index, found in files.items()}
                write_own(self.work / AGAIN, json.dumps(again))
        return len(files)

    def changes(self, origins: Iterable[str]) -> str:
        """What has changed since frames were drawn, in words.

        Args:
            origins: hashes that the frames record.
        """
        known = self._made_from()
        before = [parts for found in origins if isinstance(parts := known.get(found), dict)]
        changed = [f"the {name}" for name, part in self.made_from if any(old.get(name, part) != part for old in before)]
        if not changed:
            return "these frames were made from something else"
        *first, last = changed
        what = f"{', '.join(first)} and {last} have" if first else f"{last} has"
        return f"{what} changed since these frames were drawn"

    def _refuse_links(self) -> None:
        """Sees to it that nothing is written through a link that lies in place of this program's own folder or files.

        The other files of its own are written under another name, which then replaces the link.
        """
        parents = [self.work.parent] if self.work.name in ("L", "R") else []
        for folder in [*parents, self.work, self.work / CLAIMS]:
            if folder.is_symlink():
                raise UserError(f"{folder} is a link, where this program keeps files of its own; delete the link")

    def _remember_fingerprint(self) -> None:
        known, mine = self._made_from(), origin(self.fingerprint)
        if known.get(mine) != dict(self.made_from):
            latest = [(name, parts) for name, parts in known.items() if name != mine][1 - _REMEMBERED :]
            write_own(self.work / MADE_FROM, json.dumps(dict([*latest, (mine, dict(self.made_from))])))
        if read_own(self.work / FINGERPRINT) != self.fingerprint:
            write_own(self.work / FINGERPRINT, self.fingerprint)

    def _made_from(self) -> dict[str, Any]:
        return _mapping(self.work / MADE_FROM)

    def _again(self) -> dict[str, Any]:
        """Times of the last change of files that are to be drawn again, by the number of the frame."""
        return _mapping(self.work / AGAIN)

    def _sweep(self, runs: set[str] | None) -> None:
        """Deletes unfinished files.

        Args:
            runs: names of runs whose files are deleted; None: those of all others, as no other run lives.
        """
        mine = run_name()
        for folder in {self.folder, self.work}:
            with os.scandir(folder) as entries:
                stale = [Path(e.path) for e in entries if is_unfinished(e.name)]
            for path in stale:
                if mine not in path.name if runs is None else any(run in path.name for run in runs):
                    path.unlink(missing_ok=True)

    def _full(self, frame_bytes: int) -> str:
        mine = origin(self.fingerprint)
        kept = [self.path(index) for index in self.indices() if self.file(index).origin == mine]
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


def unknown_files(paths: list[Path]) -> str:
    """The message about files that this program has no record of and that lie where frames belong."""
    shown = ", ".join(path.name for path in paths[:2]) + (" ..." if len(paths) > 2 else "")
    files, them = ("files", "them") if len(paths) > 1 else ("file", "it")
    return (
        f"{paths[0].parent} holds {len(paths)} {files} under the names of frames that this program has no record of "
        f"({shown}), and leaves {them} alone; move or delete {them}, or choose another folder with --out"
    )


def load_frame(path: Path) -> np.ndarray:
    """The picture of a frame's file. A damaged one is removed, so that the next run renders it again.

    Raises:
        LostFrame: the file is gone or was damaged.
    """
    try:
        return read_picture(path)
    except DamagedPicture as error:
        path.unlink(missing_ok=True)
        what = f"{error}; it has been removed"
    except OSError as error:
        what = f"cannot read the frame {path}: {error.strerror or error}"
    raise LostFrame(what)


def _is_finished(file: FrameFile, mine: str, again: object) -> bool:
    return file.state == "whole" and file.origin == mine and file.changed != again


def _mapping(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_own(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
