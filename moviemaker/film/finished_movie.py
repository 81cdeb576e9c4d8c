"""Makes movies of frames, and remembers them: the same command again neither renders nor encodes.

A movie that was deleted, changed or replaced is made again from the frames. The earlier one stays until the new one is
whole, and beyond that, under another name, if this program has no record of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.film.encode import Stop, encode
from moviemaker.film.records import is_finished, keep_unrecorded, recorded, remember
from moviemaker.film.settings import Encoding, Size, frame_rate
from moviemaker.film.store import FrameStore, LostFrame, load_frame


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
    note: Callable[[str], None] | None = None,
    read: Callable[[Path], np.ndarray] | None = None,
    stop: Stop | None = None,
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
        note: called with a sentence if an earlier file is kept under another name.
        read: reads the file of a frame when it is there; default: all are there now.
        stop: stops it from another thread.

    Returns:
        The movie, or the folder of a PNG sequence.

    Raises:
        LostFrame: a frame is missing or damaged.
        MoviemakerError: it cannot be made; the frames are kept.
    """
    if encoding.is_sequence:
        return store.folder
    key = movie_key(store.fingerprint, encoding, fps, frames, metadata)
    if is_finished(store.work, movie, key):
        return movie
    if read is None and (missing := store.missing(frames)):
        raise LostFrame(f"frame {missing[0]} of {store.stem} is missing")

    def complete(partial: Path) -> None:
        if finish is not None:
            finish(partial)
        kept = keep_unrecorded(store.work, movie, partial)
        if kept is not None and note is not None:
            note(f"this program has no record of the {movie.name} that was there: it is kept as {kept}")

    paths = [store.path(index) for index in frames]
    options: Any = {"workspace": store.work, "finish": complete, "progress": progress, "read": read or load_frame}
    encode(paths, encoding, size, fps, movie, stop=stop, **options)
    remember(store.work, movie, key, len(frames))
    return movie


def replacement(store: FrameStore, movie: Path, frames: range) -> str | None:
    """What becomes of a movie that is there when a new one is made, in words; None without one."""
    if not os.path.lexists(movie):
        return None
    known = recorded(store.work, movie)
    if known is None:
        what = f"this program has no record of the {movie.name} that is there"
        return f"{what}: it is kept under another name when the new movie is whole, unless both are the same"
    counts = f", and has {known.frames} frames where the new one has {len(frames)}"
    return f"{movie.name} stays until the new movie is whole{counts if known.frames not in (0, len(frames)) else ''}"
