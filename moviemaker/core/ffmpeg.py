"""Where ffmpeg is, which writes movies and reads them."""

from __future__ import annotations

from moviemaker.core.errors import MoviemakerError


def find_ffmpeg() -> str:
    """The ffmpeg to use: `IMAGEIO_FFMPEG_EXE`, or the one that imageio-ffmpeg brings, or the system's.

    Raises:
        MoviemakerError: there is none.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return str(get_ffmpeg_exe())
    except RuntimeError as error:
        raise MoviemakerError("no ffmpeg; install imageio-ffmpeg again, or set IMAGEIO_FFMPEG_EXE") from error
