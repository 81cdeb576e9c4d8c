"""Finds ffmpeg, which writes and reads movies."""

from __future__ import annotations

from moviemaker.core.errors import MoviemakerError


def find_ffmpeg() -> str:
    """The path of ffmpeg: `IMAGEIO_FFMPEG_EXE`, or that of the package imageio-ffmpeg, or the system's.

    Raises:
        MoviemakerError: ffmpeg is not installed.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return str(get_ffmpeg_exe())
    except RuntimeError as error:
        raise MoviemakerError("no ffmpeg; install imageio-ffmpeg again, or set IMAGEIO_FFMPEG_EXE") from error
