"""Frames of a movie file as pictures, any of them at any time.

One process of ffmpeg decodes a little ahead, as far as its pipe has room. A new process is started only for a frame
before the present one, or for one so far ahead that a later key frame precedes it. Frames are identified by their times
in the file: a frame is the same, however it was reached.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import IO

import numpy as np

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.ffmpeg import find_ffmpeg
from moviemaker.layers.textures.movie import Movie, decoding_command, last_line

SKIPPED = 16
"""Most frames that are decoded and dropped before another process is started, which takes about as long."""

NumberedFrame = tuple[int, np.ndarray]
"""Number and pixels of a frame, (height, width, 3) uint8, or with opacity (height, width, 4), row 0 on top."""


class MovieFrames:
    """The frames of one movie. At most two are kept in memory.

    Args:
        movie: the movie; its file must not have changed.

    Attributes:
        started: number of processes that have been started.
    """

    def __init__(self, movie: Movie):
        self._movie = movie
        self._decoder: _Decoder | None = None
        self._last: NumberedFrame | None = None
        self._following: NumberedFrame | None = None
        self.started = 0

    def get(self, number: int) -> np.ndarray:
        """A frame, (height, width, 3 or 4) uint8, row 0 on top; for a damaged one, the last intact one before it.

        It is the same object as long as the same frame is asked for.

        Raises:
            MoviemakerError: no frame can be decoded.
        """
        if self._last is None or number < self._last[0] or self._movie.key_before(number) > self._last[0] + SKIPPED:
            self._last = self._begin(number)
        while self._last[0] < number:
            following = self._following or self._decode()
            self._following = None
            if following is None:
                break
            if following[0] > number:
                self._following = following
                break
            self._last = following
        return self._last[1]

    def close(self) -> None:
        """Ends the process."""
        if self._decoder is not None:
            self._decoder.end()
        self._decoder = self._last = self._following = None

    def _begin(self, number: int) -> NumberedFrame:
        """The first picture of a new process: this frame or one before it."""
        reason = ""
        for first in dict.fromkeys((number, 0)):  # a file that does not allow seeking is read from its start
            self.close()
            self._decoder = _Decoder(self._movie, first)
            self.started += 1
            shown = self._decode()
            if shown is not None and (shown[0] <= number or first == 0):
                return shown
            if shown is None:
                reason = self._decoder.reason()
        raise MoviemakerError(f"cannot decode {self._movie.path!r}: {reason or 'ffmpeg gives no picture'}")

    def _decode(self) -> NumberedFrame | None:
        assert self._decoder is not None
        return next(self._decoder.frames, None)


class _Decoder:
    """A process of ffmpeg that decodes the frames from a given one on."""

    def __init__(self, movie: Movie, first: int):
        stamps = movie.stamps
        start = 0.0
        if first > 0:  # between the two frames, nearer to the wanted one: some clocks tick once a frame
            start = max(0.75 * stamps[first] + 0.25 * stamps[first - 1], 0.0)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - a full pipe would stop ffmpeg; closed with the process
        self._process = subprocess.Popen(
            decoding_command(find_ffmpeg(), movie, round(start, 6)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        self.frames = _frames(movie, round(start, 6), self._process.stdout, self._log)
        self.end = weakref.finalize(self, _end, self._process, self._log)

    def reason(self) -> str:
        """The last message of ffmpeg."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)  # it ends soon after its last picture
        self._log.seek(0)
        return last_line(self._log.read())


def _end(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    with process, closing(log):
        process.kill()


def _frames(movie: Movie, start: float, pictures: IO[bytes], log: IO[bytes]) -> Iterator[NumberedFrame]:
    """Numbers and pixels of the frames from a process that began at a time, seconds."""
    times = _times(log)
    while (pixels := _read_pam(pictures)) is not None:
        yield movie.nearest(start + next(times)), pixels


def _times(log: IO[bytes]) -> Iterator[float]:
    """The times of frames that ffmpeg reports, each of them before it writes the frame."""
    read, known = 0, b""
    while True:
        while not (found := re.search(rb"\bpts_time:\s*(-?[\d.]+(?:e[+-]?\d+)?)\s", known)):
            more = os.pread(log.fileno(), 1 << 20, read)  # ffmpeg writes at the file's own position
            if not more:
                raise MoviemakerError("ffmpeg does not report the times of frames; install imageio-ffmpeg again")
            read, known = read + len(more), known + more
        yield float(found[1])
        known = known[found.end() :]


def _read_pam(pictures: IO[bytes]) -> np.ndarray | None:
    """The next picture; None at the end, or if the last one is cut off."""
    head: dict[bytes, bytes] = {}
    while (line := pictures.readline()) != b"ENDHDR\n":
        if not line:
            return None
        key, _, value = line.strip().partition(b" ")
        head[key] = value
    shape = tuple(int(head[key]) for key in (b"HEIGHT", b"WIDTH", b"DEPTH"))
    content = pictures.read(math.prod(shape))
    if len(content) < math.prod(shape):
        return None
    return without_needless_opacity(np.frombuffer(content, np.uint8).reshape(shape))


def without_needless_opacity(pixels: np.ndarray) -> np.ndarray:
    """A picture (height, width, 3 or 4), without its opacity if that is full everywhere."""
    if pixels.shape[2] == 3 or (pixels[..., 3] < 255).any():
        return pixels
    return np.ascontiguousarray(pixels[..., :3])
