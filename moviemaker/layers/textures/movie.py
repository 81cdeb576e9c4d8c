"""The times of the frames of a movie file, found without decoding them.

Frames have the times that the file gives. If these are evenly spaced within the precision of the file's clock, frame n
is shown for times in [n / rate, (n + 1) / rate), however the file rounds them.
"""

from __future__ import annotations

import bisect
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from moviemaker.core.ffmpeg import find_ffmpeg, movie_format, opening
from moviemaker.core.fingerprint import file_fingerprint

_QUIETLY = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "info"]

_EARLY = 1e-6
"""Seconds by which a frame may be asked for too early: computed times have rounding errors."""


@dataclass(frozen=True)
class Movie:
    """A movie in a file.

    Attributes:
        path: of the file. It has no influence on pixels.
        content: a hash of it.
        stamps: (n,) times of the frames as in the file, seconds, ascending.
        begins: (n,) times at which each is first shown, seconds from 0 up.
        duration: seconds until the end of the last one.
        keys: numbers of the key frames, at which decoding may begin, ascending.
        decoder: the one that ffmpeg has to use; empty: its own choice.
        format: ffmpeg's name of the format of the file.
    """

    path: str = field(compare=False)
    content: str
    stamps: tuple[float, ...] = field(compare=False, repr=False)
    begins: tuple[float, ...] = field(compare=False, repr=False)
    duration: float = field(compare=False)
    keys: tuple[int, ...] = field(compare=False, repr=False)
    decoder: str = field(default="", compare=False)
    format: str = field(default="mov", compare=False)

    def number(self, time: float, loop: bool) -> int:
        """The frame that is shown at a time of the movie, counted from 0.

        Args:
            time: seconds.
            loop: whether it begins again at its end; otherwise the first and the last frame hold.
        """
        time += _EARLY
        if loop:
            time %= self.duration
        return max(bisect.bisect_right(self.begins, time) - 1, 0)

    def nearest(self, stamp: float) -> int:
        """The number of the frame whose time in the file is nearest to a given one."""
        after = bisect.bisect_left(self.stamps, stamp)
        around = range(max(after - 1, 0), min(after + 1, len(self.stamps)))
        return min(around, key=lambda number: abs(self.stamps[number] - stamp))

    def key_before(self, number: int) -> int:
        """The last key frame up to this one."""
        return self.keys[max(bisect.bisect_right(self.keys, number) - 1, 0)]


def decoding_command(ffmpeg: str, movie: Movie, start: float) -> list[str]:
    """The command that writes the frames of a movie as PAM pictures, and reports their times in its messages.

    The pictures have opacity if the movie has: of the two pixel formats ffmpeg chooses the one that loses less.

    Args:
        ffmpeg: the program.
        movie: the movie.
        start: seconds; frames before it are left out.
    """
    seek = ["-ss", f"{start:.6f}"] if start > 0 else []
    filters = "showinfo=checksum=0,scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24|rgba"
    opened = [*seek, *opening(Path(movie.path), movie.format, movie.decoder)]
    command = [ffmpeg, *_QUIETLY, "-threads", "2", *opened, "-map", "0:v:0"]
    return [*command, "-vf", filters, "-fps_mode", "passthrough", "-c:v", "pam", "-f", "image2pipe", "-"]


def listing_command(ffmpeg: str, path: Path, format: str) -> list[str]:
    """The command that lists the packets of a movie without decoding them."""
    return [ffmpeg, *_QUIETLY, *opening(path, format), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]


def read_movie(path: Path) -> Movie:
    """Reads the times of the frames of a movie file.

    Raises:
        ValueError: the file is not a movie.
        OSError: it cannot be read.
        MoviemakerError: ffmpeg is missing.
    """
    format = movie_format(path)
    done = subprocess.run(listing_command(find_ffmpeg(), path, format), capture_output=True, check=False)
    lines = done.stdout.decode(errors="replace").splitlines()
    tick = next((_fraction(line) for line in lines if line.startswith("#tb 0:")), None)
    packets = sorted({packet for line in lines if (packet := _packet(line)) is not None})
    if tick is None or not packets:
        raise ValueError(last_line(done.stderr) or "no frames in it")
    stamps = tuple(number * tick for number, _, _ in packets)
    last = packets[-1][1] * tick or (stamps[-1] - stamps[0]) / max(len(stamps) - 1, 1) or 1.0
    begins, duration = _begins(stamps, last, tick)
    keys = tuple(index for index, (_, _, key) in enumerate(packets) if key) or (0,)
    content = file_fingerprint(str(path))
    return Movie(str(path), content, stamps, begins, duration, keys, _decoder(done.stderr), format)


def _decoder(messages: bytes) -> str:
    """The decoder that keeps opacity, from ffmpeg's report of a file: its own VP8 and VP9 decoders drop opacity."""
    told = messages.decode(errors="replace").partition("Output #0")[0]
    codec = re.search(r"Video: (vp[89])\b", told)
    return _WITH_OPACITY[codec[1]] if codec and re.search(r"\balpha_mode\s*: 1\b", told, re.I) else ""


def last_line(messages: bytes) -> str:
    """The last reason that ffmpeg reports."""
    lines = [line for line in messages.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].split(": ")[-1].strip() if lines else ""


def _begins(stamps: tuple[float, ...], last: float, tick: float) -> tuple[tuple[float, ...], float]:
    """Times at which each frame begins and at which the last one ends.

    Args:
        stamps: times in the file, seconds.
        last: duration of the last frame, seconds; 0: unknown.
        tick: of the file's clock, seconds.
    """
    count, first = len(stamps), stamps[0]
    passed = tuple(stamp - first for stamp in stamps)
    if count == 1:
        return passed, last
    mean = (count - 1) / passed[-1]
    # A clock that ticks about once a frame counts frames, and is exact.
    tolerance = 1.1 * tick if 5 * tick * mean < 1 else 1e-6 / mean
    for rate in (float(round(mean)), round(1.001 * mean) / 1.001, mean):
        if rate and all(abs(index / rate - time) <= tolerance for index, time in enumerate(passed)):
            return tuple(index / rate for index in range(count)), count / rate
    return passed, passed[-1] + (last or min(_steps(passed)))


def _steps(times: Iterable[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


def _fraction(line: str) -> float:
    above, below = line.split(":")[1].split("/")
    return int(above) / int(below)


def _packet(line: str) -> tuple[int, int, bool] | None:
    """Time and duration of a packet in ticks, and whether it is a key frame; None if it is not shown.

    A line reads `stream, dts, pts, duration, size, checksum`, and then, unless the packet is a key, `F=` and its flags.
    """
    parts = [part.strip() for part in line.split(",")]
    if line.startswith("#") or len(parts) < 6:
        return None
    flags = next((int(part[2:], 16) for part in parts[6:] if part.startswith("F=")), _KEY)
    if flags & _LEFT_OUT or not re.fullmatch(r"-?\d{1,17}", parts[2]):  # the longest number means that it has no time
        return None
    return int(parts[2]), int(parts[3]), bool(flags & _KEY)


_WITH_OPACITY = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

_KEY, _LEFT_OUT = 1, 4
"""Flags of ffmpeg's packets."""
