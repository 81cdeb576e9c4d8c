"""Encodes a movie while its frames are drawn: it ends soon after the last one.

A thread takes the frames in order, each as soon as it is finished, whoever has drawn it. ffmpeg is a process of its own
and uses what the drawing leaves of the processor's cores. A frame whose file turns out to be damaged is removed, and
waited for again. The movie gets its name when it is whole. Its bytes are those of a movie that is made of all frames at
once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np

from moviemaker.core.errors import MoviemakerError
from moviemaker.film.encode import Stop
from moviemaker.film.store import FrameStore, LostFrame

_PAUSE = 0.05  # seconds between looks at whether the next frame is there
_UNREADABLE = 3  # times that a frame which is there cannot be read


class EncodingBeside:
    """Makes the movie of frames that are still being drawn. A context manager, after which nothing of it runs.

    The store must be claimed.

    Args:
        store: where the frames are, or will be.
        frames: their numbers, in order.
        make: `make_movie` of these frames, but for its arguments `progress`, `note`, `read` and `stop`.
    """

    def __init__(self, store: FrameStore, frames: range, make: Callable[..., Path]):
        self._store = store
        self._indices = {store.path(index): index for index in frames}
        self._stop = Stop()
        self._notes: list[str] = []
        self._lost: dict[int, str] = {}  # what happened to frames that are drawn again
        self._awaited: int | None = None
        self._count = 0
        self._done = False
        self._begun = 0.0
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._make = partial(make, progress=self._progress, note=self._notes.append, read=self._read, stop=self._stop)

    @property
    def encoded(self) -> int:
        """Number of frames that ffmpeg has taken."""
        return self._count

    @property
    def seconds(self) -> float:
        """Seconds since it began; 0: it has not."""
        return 0.0 if self._thread is None else time.monotonic() - self._begun

    def start(self) -> None:
        """Begins with the frames that are there."""
        if self._thread is None or not (self._thread.is_alive() or self._done):
            self._error, self._count, self._begun = None, 0, time.monotonic()
            self._thread = threading.Thread(target=self._run, name="encoding", daemon=True)
            self._thread.start()

    def __enter__(self) -> EncodingBeside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def wait(self, progress: Callable[[int], None], note: Callable[[str], None]) -> None:
        """Waits until the movie is finished, now that all frames are there as far as is known.

        A movie that could not be made while frames were drawn, when they needed the memory too, is made again.

        Args:
            progress: called with the number of frames that are encoded.
            note: called with sentences about the movie.

        Raises:
            LostFrame: a frame is gone or was damaged. It has to be drawn again, and this to be called again.
            MoviemakerError: the movie cannot be made; the frames are kept.
        """
        if isinstance(self._error, LostFrame):
            error, self._error = self._error, None
            raise error
        if isinstance(self._error, MoviemakerError):
            what = str(self._error).splitlines()[0].split("; ")[0]
            note(f"the movie could not be made while frames were drawn ({what}): it is made again")
        self.start()
        assert self._thread is not None
        shown = -1
        while self._thread.is_alive():
            self._thread.join(_PAUSE)
            if self._count != shown:
                shown = self._count
                progress(shown)
            awaited = self._awaited
            if awaited is not None and self._thread.is_alive() and (missing := self._store.missing([awaited])):
                gone = f"frame {missing[0]} of {self._store.stem} is missing"
                raise LostFrame(self._lost.pop(missing[0], gone))
        for text in (*self._notes, *(f"{what}; it is drawn again" for what in self._lost.values())):
            note(text)
        self._notes.clear()
        self._lost.clear()
        if self._error is not None:
            failed, self._error = self._error, None
            raise failed

    def _run(self) -> None:
        try:
            self._make()
            self._done = True
        except BaseException as error:
            self._error = error

    def _progress(self, count: int) -> None:
        self._count = count

    def _read(self, path: Path) -> np.ndarray:
        """The picture in the file of a frame, when it is there."""
        index = self._indices[path]
        for _ in range(_UNREADABLE):
            self._stop.wait(0)
            while self._store.missing([index]):
                self._awaited = index
                self._stop.wait(_PAUSE)
            self._awaited = None
            try:
                return self._store.get(index)
            except LostFrame as error:
                lost = error
                self._lost[index] = error.what
        del self._lost[index]
        raise lost
