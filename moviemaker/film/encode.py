"""Encodes frames into a movie: the arguments of ffmpeg, and running it.

Frames go to ffmpeg as raw RGB or RGBA on its standard input. What comes out has exactly their number and size, in exact
BT.709 colours (converted, and said so), starts at time 0 without an edit list, has its index in front, and is the same
to the last byte each time: no dates, no versions, a fixed number of threads. MP4 and MOV follow YouTube's advice for
uploads (progressive, closed groups of pictures of half a second, two B-frames, no edit list).

GIF counts in hundredths of a second, so that 30 frames per second are shown as 3, 4, 3 ... hundredths: the number of
frames and the duration are right. Players slow down below two hundredths. Of more than 50 frames per second, a GIF
therefore takes only every second (third ...) one. Its palette is that of the whole movie, found in a first pass:
colours do not flicker, and memory does not grow with the movie.

Colours of transparent pictures are straight, and go on beyond the edges of what is seen (`matte`): a codec mixes the
colours of neighbouring pixels, and black ones would darken the edges.
"""

from __future__ import annotations

import errno
import math
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.ffmpeg import find_ffmpeg
from moviemaker.core.machine.files import whole_file
from moviemaker.film.codecs import GIF_DITHER, LOSSLESS
from moviemaker.film.disk_errors import DiskFull, explain_disk
from moviemaker.film.matte import extended
from moviemaker.film.settings import Encoding, Size, frame_rate
from moviemaker.film.store import load_frame

Frame = Path | np.ndarray
"""A frame to encode: its file, or the (height, width, 3) uint8 picture itself; with straight alpha (height, width, 4).
"""

_MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "gif": "gif"}

# Full-range RGB to the limited range of BT.709, rounded well. Unasked, ffmpeg takes BT.601, and players guess.
_TO_BT709 = (
    "scale=in_range=full:out_range=tv:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int,"
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)
# The conversion of colours rounds some opacities up, also where it has nothing to convert.
_KEEP_ALPHA = "split[a][b];[a]{}[colors];[b]alphaextract[alpha];[colors][alpha]alphamerge"
_TAGS = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]

_GIF_FPS = 50

_SIGNALS = {number.value: number.name for number in signal.Signals}
_STOPPED = 255  # how ffmpeg ends when it was asked to by a signal
_KILLED = {128 + number for number in (signal.SIGTERM, signal.SIGINT, 9)}  # as a wrapper script or ffmpeg reports them


class Stop:
    """Stops encoding from another thread, at once and for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._event = threading.Event()

    def set(self) -> None:
        """Ends ffmpeg. `encode` then raises `Stopped`."""
        with self._lock:
            self._event.set()
            if self._process is not None:
                self._process.kill()

    def wait(self, seconds: float) -> None:
        """Waits for so long.

        Raises:
            Stopped: encoding is to stop.
        """
        if self._event.wait(seconds):
            raise Stopped

    @contextmanager
    def ending(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Ends a process too, while the context is open."""
        with self._lock:
            self._process = process
            if self._event.is_set():
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._process = None


class Stopped(Exception):  # noqa: N818
    """Encoding was stopped by `Stop`."""


def ffmpeg_command(
    encoding: Encoding, size: Size, fps: float, target: Path, ffmpeg: str = "ffmpeg", palette: Path | None = None
) -> list[str]:
    """The command that makes a movie of raw RGB frames on standard input.

    Args:
        encoding: anything but a PNG sequence.
        size: (width, height) of the frames.
        fps: frames per second.
        target: file to write; its name need not end as the format's.
        ffmpeg: the program.
        palette: for GIF: picture with the colours, made by `palette_command`.
    """
    rate = frame_rate(fps)
    channels = "rgba" if encoding.clear else "rgb24"
    command = [*_input(size, gif_rate(fps) if encoding.format == "gif" else rate, ffmpeg, channels)]
    if encoding.coding is None:
        dither = GIF_DITHER[encoding.quality]
        command += ["-f", "png_pipe", "-i", f"file:{palette}", "-lavfi", f"[0:v][1:v]paletteuse=dither={dither}"]
        command += ["-c:v", "gif", "-loop", "0", "-flags:v", "+bitexact"]
    else:
        coding, pixels = encoding.coding, encoding.pixels
        lossless = pixels in LOSSLESS
        colors = f"format={pixels}" if lossless else f"{_TO_BT709},format={pixels}"
        command += ["-vf", _KEEP_ALPHA.format(colors) if pixels == "yuva420p" else colors]
        command += ["-c:v", coding.encoder, *encoding.options]
        command += ["-g", "1" if encoding.codec in ("ffv1", "prores") else str(max(1, round(rate / 2)))]
        command += [] if lossless else _TAGS
    if encoding.format in ("mp4", "mov"):
        command += ["-tag:v", "hvc1"] if encoding.codec == "h265" else []
        # The file's own clock ticks as the track's does: its duration is exact too, not rounded to a millisecond.
        command += ["-video_track_timescale", str(_timescale(rate)), "-movie_timescale", str(_timescale(rate))]
        command += ["-movflags", "+faststart+negative_cts_offsets+write_colr", "-use_editlist", "0"]
    command += ["-map_metadata", "-1", "-fflags", "+bitexact", "-f", _MUXERS[encoding.format], f"file:{target}"]
    return command


def palette_command(size: Size, target: Path, ffmpeg: str = "ffmpeg") -> list[str]:
    """The command that finds the 256 colours of a GIF from raw RGB frames on standard input."""
    output = ["-frames:v", "1", "-fflags", "+bitexact", "-c:v", "png", "-f", "image2pipe", f"file:{target}"]
    return [*_input(size, Fraction(_GIF_FPS), ffmpeg), "-vf", "palettegen", *output]


def gif_rate(fps: float) -> Fraction:
    """Frames per second of a GIF: those of the movie, or half, a third ... of them, at most 50."""
    return frame_rate(fps) / gif_step(fps)


def gif_step(fps: float) -> int:
    """A GIF takes every n-th frame of the movie; this is n."""
    return math.ceil(frame_rate(fps) / _GIF_FPS)


def ffmpeg_for(encoding: Encoding) -> str:
    """The ffmpeg to use for an encoding.

    Raises:
        MoviemakerError: ffmpeg is not installed, or cannot encode this.
    """
    ffmpeg = find_ffmpeg()
    encoder = encoding.coding.encoder if encoding.coding else encoding.format
    if encoder not in _encoders(ffmpeg):
        raise MoviemakerError(
            f"the ffmpeg at {ffmpeg} has no encoder {encoder}; unset IMAGEIO_FFMPEG_EXE to use the one that comes with "
            "imageio-ffmpeg, or choose another codec"
        )
    return ffmpeg


def encoder_memory(size: Size) -> int:
    """About how many bytes an encoder takes: it looks ahead, and works on several frames at a time."""
    return 60 * size[0] * size[1] * 3 // 2


def encode(
    frames: Sequence[Frame],
    encoding: Encoding,
    size: Size,
    fps: float,
    target: Path,
    *,
    workspace: Path | None = None,
    finish: Callable[[Path], None] | None = None,
    progress: Callable[[int], None] | None = None,
    read: Callable[[Path], np.ndarray] = load_frame,
    stop: Stop | None = None,
) -> Path:
    """Makes a movie. It gets its name when it is finished; on an error nothing of it is left.

    Args:
        frames: in order, at least one; read one at a time, for a GIF twice.
        encoding: anything but a PNG sequence.
        size: (width, height) that all of them have.
        fps: frames per second.
        target: final name of the movie; what is there is replaced.
        workspace: folder for the unfinished file, on the same file system; default: the target's own.
        finish: changes the file before it gets its name, such as writing metadata for 360-degree players.
        progress: called after each frame with the number of frames encoded so far.
        read: reads a file; it may wait until that is there.
        stop: stops it from another thread.

    Raises:
        MoviemakerError: ffmpeg failed, a frame cannot be read, or the disk is full.
        Stopped: it was stopped.
    """
    if not frames:
        raise ValueError("a movie needs a frame")
    ffmpeg = ffmpeg_for(encoding)
    frames = frames[:: gif_step(fps)] if encoding.format == "gif" else frames
    with explain_disk(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target, workspace) as movie:
            feed = partial(_feed, frames=frames, size=size, encoding=encoding, read=read, stop=stop or Stop())
            if encoding.format == "gif":
                palette = movie.with_name(f".palette{movie.name}")
                try:
                    feed(palette_command(size, palette, ffmpeg))
                    feed(ffmpeg_command(encoding, size, fps, movie, ffmpeg, palette), progress=progress)
                finally:
                    palette.unlink(missing_ok=True)
            else:
                feed(ffmpeg_command(encoding, size, fps, movie, ffmpeg), progress=progress)
            if finish is not None:
                finish(movie)
    return target


def _input(size: Size, rate: Fraction, ffmpeg: str, channels: str = "rgb24") -> list[str]:
    command = [ffmpeg, "-hide_banner", "-loglevel", "error", "-nostats", "-y"]
    command += ["-f", "rawvideo", "-pixel_format", channels, "-video_size", f"{size[0]}x{size[1]}"]
    return [*command, "-framerate", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"]


def _timescale(rate: Fraction) -> int:
    """Ticks per second of a clock that holds every frame's time exactly; as fine as ffmpeg makes it."""
    ticks = rate.numerator
    while ticks < 10_000:
        ticks *= 2
    return ticks


def _feed(
    command: list[str],
    frames: Sequence[Frame],
    size: Size,
    encoding: Encoding,
    read: Callable[[Path], np.ndarray],
    stop: Stop,
    progress: Callable[[int], None] | None = None,
) -> None:
    quiet = {**os.environ, "SVT_LOG": "1"}  # otherwise SVT-AV1 prints its settings
    with tempfile.TemporaryFile() as messages:  # a file, as a full pipe would stop ffmpeg
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=messages, stderr=messages, env=quiet)
        except OSError as error:
            raise MoviemakerError(f"cannot start ffmpeg ({command[0]}): {error.strerror}") from error
        assert process.stdin is not None
        stopped = False
        try:
            with stop.ending(process):
                for count, picture in enumerate(_pictures(frames, size, encoding, read), start=1):
                    process.stdin.write(picture.data)
                    if progress is not None:
                        progress(count)
                process.stdin.close()
                process.wait()
        except OSError as error:  # ffmpeg has closed its end: it says why below
            if not isinstance(error, BrokenPipeError) and error.errno != errno.EINVAL:
                process.kill()
                raise
            stopped = True
        except BaseException:  # it would go on with what it has
            process.kill()
            raise
        finally:
            with suppress(OSError):
                process.stdin.close()
            process.wait()
        stop.wait(0)
        if process.returncode or stopped:
            raise _failure(process.returncode, messages, command)


def _pictures(
    frames: Sequence[Frame], size: Size, encoding: Encoding, read: Callable[[Path], np.ndarray]
) -> Iterator[np.ndarray]:
    """The frames as arrays; the next one is read while ffmpeg takes this one."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_picture, frames[0], size, encoding, read)
        for following in frames[1:]:
            picture, coming = coming.result(), reader.submit(_picture, following, size, encoding, read)
            yield picture
        yield coming.result()


def _picture(frame: Frame, size: Size, encoding: Encoding, read: Callable[[Path], np.ndarray]) -> np.ndarray:
    picture = read(frame) if isinstance(frame, Path) else frame
    channels = 4 if encoding.clear else 3
    if picture.shape != (size[1], size[0], channels) or picture.dtype != np.uint8:
        raise MoviemakerError(f"a frame is {picture.shape} {picture.dtype} where the movie is {size[0]} x {size[1]}")
    blurred = encoding.clear and encoding.pixels not in LOSSLESS
    return np.ascontiguousarray(extended(picture) if blurred else picture)


def _failure(status: int, messages: IO[bytes], command: list[str]) -> MoviemakerError:
    messages.seek(0)
    said = [line for line in messages.read().decode(errors="replace").splitlines() if line.strip()]
    if any("No space left on device" in line or "Disk quota exceeded" in line for line in said):
        return DiskFull(
            "the disk is full; free some space and give the same command again: all frames are kept, only the movie "
            "is made again"
        )
    kept = "all frames are kept: give the same command again, and only the movie is made again"
    if status < 0 or status in _KILLED or (status == _STOPPED and not said):
        number = -status if status < 0 else status - 128
        name = _SIGNALS.get(number, "a signal")
        cause = ", as happens when the memory is used up" if name == "SIGKILL" else ""
        failure = MoviemakerError(f"ffmpeg, which makes the movie, was ended by {name}{cause}; {kept}")
    elif not said:
        failure = MoviemakerError(f"ffmpeg, which makes the movie, ended with status {status} and said nothing; {kept}")
    else:
        failure = MoviemakerError(f"ffmpeg failed: {'; '.join(said[:3])}\n{kept[0].upper()}{kept[1:]}")
    failure.add_note(f"The command was: {' '.join(command)}")  # which --debug shows
    return failure


@cache
def _encoders(ffmpeg: str) -> frozenset[str]:
    try:
        run = subprocess.run([ffmpeg, "-hide_banner", "-encoders"], capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise MoviemakerError(
            f"cannot start ffmpeg ({ffmpeg}): {error.strerror}; is IMAGEIO_FFMPEG_EXE right?"
        ) from error
    if run.returncode:
        raise MoviemakerError(f"cannot use ffmpeg ({ffmpeg}): {(run.stderr or run.stdout).strip()[-300:]}")
    return frozenset(line.split()[1] for line in run.stdout.splitlines() if len(line.split()) > 1)
