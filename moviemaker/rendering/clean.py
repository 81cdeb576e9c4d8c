"""Frees the disk of what renders keep: frames of movies, and what runs have left that were killed.

Delivered files stay: movies, frames of PNG and EXR sequences, descriptions. So do the notes by which `render` knows a
movie as finished. An output that a run is writing is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import is_unfinished
from moviemaker.film.claims.claim import CLEANING
from moviemaker.film.claims.intervals import ALL
from moviemaker.film.claims.taking import Held, Wish
from moviemaker.film.claims.watch import CLAIMS
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.records import recorded
from moviemaker.rendering.shared_data import left_over

_KINDS = {"frames": True, "sequence": False, "exr-sequence": False}
"""Endings of the names of hidden folders, and whether frames in them are only kept, not delivered."""


@dataclass(frozen=True)
class Freed:
    """What was deleted, or would be.

    Attributes:
        path: the folder in which it lay.
        what: what it was, in words.
        size: bytes.
    """

    path: Path
    what: str
    size: int


def clean(scene: str, out: Path, dry_run: bool, note: Callable[[str], None]) -> Iterator[Freed]:
    """Deletes what renders of a scene keep for themselves.

    Args:
        scene: its name.
        out: folder in which the scene's own folder is.
        dry_run: delete nothing.
        note: called with a sentence about each output that is left alone.

    Yields:
        What was deleted, or would be.

    Raises:
        UserError: nothing of that scene is there.
        MoviemakerError: something cannot be deleted.
    """
    folder = out / scene
    if not folder.is_dir():
        raise UserError(f"nothing of {scene} is in {out}; name the folder that you rendered into with --out")
    for work, label, only_kept in work_folders(folder, scene):
        yield from _free(work, f"{scene}_{label}", only_kept, dry_run, note)
    for path in left_over(out, elsewhere=True):
        freed = Freed(out, "data that a run shared with its processes and has left", _size(path))
        if not dry_run:
            shutil.rmtree(path, ignore_errors=True)
        yield freed


def work_folders(folder: Path, scene: str) -> Iterator[tuple[Path, str, bool]]:
    """The hidden folders of outputs: the folder, the output, and whether frames in it are only kept."""
    pattern = re.compile(rf"\.{re.escape(scene)}_(.+)\.({'|'.join(_KINDS)})", re.DOTALL)
    for entry in sorted(folder.iterdir()):
        found = pattern.fullmatch(entry.name)
        if found and entry.is_dir() and not entry.is_symlink():
            for work in (entry, entry / "L", entry / "R"):
                if work.is_dir() and not work.is_symlink():
                    yield work, found[1], _KINDS[found[2]]


def _free(work: Path, stem: str, only_kept: bool, dry_run: bool, note: Callable[[str], None]) -> Iterator[Freed]:
    frames = work if only_kept else _sequence(work, stem)
    held = Held(work, Wish(ALL, CLEANING, f"{stem} in {frames}"), lambda: [0])
    if (work / CLAIMS).is_symlink():
        note(f"{work / CLAIMS} is a link, so {stem} is left alone; delete the link")
        return
    try:
        with explain_disk(work), held.taken(note):
            found = list(_found(work, frames, stem, only_kept))
            for paths, freed in found:
                for path in paths if not dry_run else ():
                    path.unlink(missing_ok=True)
                yield freed
    except UserError as error:
        note(f"{stem} is left alone: {error}")
    finally:
        held.release()
        with suppress(OSError):
            (work / CLAIMS).rmdir()


def _sequence(work: Path, stem: str) -> Path:
    """The folder of the delivered frames of a sequence."""
    eye = work.name if work.name in ("L", "R") else ""
    return (work.parent.parent if eye else work.parent) / stem / eye


def _found(work: Path, frames: Path, stem: str, only_kept: bool) -> Iterator[tuple[list[Path], Freed]]:
    partial = [path for folder in {work, frames} for path in _files(folder) if is_unfinished(path.name)]
    if partial:
        yield partial, Freed(frames, f"{_count(partial, 'unfinished file')} of {stem}", _sizes(partial))
    if not only_kept:
        return
    pattern = re.compile(re.escape(stem) + r"_\d{6,}\.(png|exr)")
    kept = [path for path in _files(work) if pattern.fullmatch(path.name)]
    if kept:
        unfinished = "" if _has_movie(work) else ", which has no finished movie"
        yield [*kept, work / "again.json"], Freed(work, f"{_count(kept, 'frame')} of {stem}{unfinished}", _sizes(kept))


def _has_movie(work: Path) -> bool:
    """Whether a movie of an output is finished and as it was made."""
    folder = (work.parent if work.name in ("L", "R") else work).parent
    notes = [path.name.removesuffix(".json") for path in _files(work) if path.name.endswith(".json")]
    return any(recorded(work, folder / name) is not None for name in notes)


def _files(folder: Path) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False))
    return []


def _count(paths: list[Path], noun: str) -> str:
    return f"{len(paths)} {noun}{'' if len(paths) == 1 else 's'}"


def _sizes(paths: list[Path]) -> int:
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.lstat().st_size
    return total


def _size(folder: Path) -> int:
    return sum(_sizes([Path(where, name) for name in names]) for where, _, names in os.walk(folder))
