"""Remembers finished movies: the same command again neither renders nor encodes.

A note beside the frames holds what the movie was made from, and the size and modification time of its file. A movie
that was deleted, changed or replaced is made again from the frames.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.encode import encode
from moviemaker.film.picture import whole_file
from moviemaker.film.settings import Encoding, Size, frame_rate
from moviemaker.film.store import FrameStore


def movie_key(fingerprint: str, encoding: Encoding, fps: float, frames: range, metadata: str = "") -> str:
    """A hash of what a movie is made from: a movie with the same key has the same bytes.

    Args:
        fingerprint: of the frames.
        encoding: how it is written.
        fps: frames per second.
        frames: which of them.
        metadata: whatever else is written into the file, such as its projection, as text.
    """
    how = [encoding.format, encoding.codec, encoding.quality]  # not its bits, which are in the frames already
    parts = [fingerprint, *how, str(frame_rate(fps)), metadata]
    return hashlib.sha256(json.dumps([*parts, frames.start, frames.stop, frames.step]).encode()).hexdigest()


def is_finished(store: FrameStore, movie: Path, key: str) -> bool:
    """Whether the movie with this key exists and has not been changed since it was made."""
    try:
        note = json.loads(_note(store, movie).read_text(encoding="utf-8"))
        return bool(note == {"key": key, **_look(movie)})
    except (OSError, ValueError):
        return False


def make_movie(
    store: FrameStore,
    frames: range,
    encoding: Encoding,
    size: Size,
    fps: float,
    movie: Path,
    *,
    metadata: str = "",
    finish: Callable[[Path], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Makes a movie of frames, or finds it finished. The store must be claimed and hold all of the frames.

    Args:
        store: where the frames are.
        frames: their numbers, in order.
        encoding: how it is written. For a PNG sequence nothing is done, since the frames are the product.
        size: (width, height) of the picture.
        fps: frames per second.
        movie: final name.
        metadata: what `finish` writes, as text, so that a change of it makes the movie again.
        finish: changes the file before it gets its name.
        progress: called with the number of frames encoded so far.

    Returns:
        The movie, or the folder of a PNG sequence.

    Raises:
        MoviemakerError: it cannot be made; the frames are kept.
    """
    if encoding.is_sequence:
        return store.folder
    key = movie_key(store.fingerprint, encoding, fps, frames, metadata)
    if is_finished(store, movie, key):
        return movie
    paths = [store.path(index) for index in frames]
    encode(paths, encoding, size, fps, movie, workspace=store.work, finish=finish, progress=progress)
    remember(store, movie, key)
    return movie


def remember(store: FrameStore, movie: Path, key: str) -> None:
    """Writes the note about a finished file that `is_finished` reads."""
    with explain_disk(store.work), whole_file(_note(store, movie)) as partial:
        partial.write_text(json.dumps({"key": key, **_look(movie)}), encoding="utf-8")


def _note(store: FrameStore, movie: Path) -> Path:
    return store.work / f"{movie.name}.json"


def _look(movie: Path) -> dict[str, int]:
    found = movie.stat()
    return {"size": found.st_size, "changed": found.st_mtime_ns}
