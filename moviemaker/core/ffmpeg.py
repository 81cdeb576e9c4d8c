"""Finds ffmpeg, which writes and reads movies, and opens movies with it safely.

A movie may be made to harm. Ffmpeg chooses a format by content whatever the ending, and some of its formats are lists
of other files or addresses (playlists, `concat`, SDP). So it is told the format, which is found here by the first bytes
and held against the ending, and it may read nothing but the file itself.
"""

from __future__ import annotations

from pathlib import Path

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.machine.regular_files import first_bytes

LARGEST_FRAME = 1 << 28
"""Most pixels of a frame that ffmpeg decodes: 16384 x 16384."""

_FIRST_BYTES: tuple[tuple[int, bytes, str], ...] = (
    *((4, kind, "mov") for kind in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"pnot", b"uuid")),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (0, b"GIF8", "gif"),
    (0, b"OggS", "ogg"),
    (0, b"FLV", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\x06\x0e\x2b\x34", "mxf"),
    (0, b"nut/multimedia container", "nut"),
    (0, b"DKIF", "ivf"),
    (0, b"YUV4MPEG2", "yuv4mpegpipe"),
    (0, b"\x89PNG\r\n\x1a\n", "apng"),
    (0, b"\0\0\x01\xba", "mpeg"),
)
"""Place, first bytes, and ffmpeg's name of the format. None of them names other files to be read."""

_TS_PACKETS = ((0, 188), (4, 192), (0, 204))
"""Where the first packet of an MPEG transport stream begins, and how many bytes later the next one does."""

_ENDINGS = {
    "mov": (".mp4", ".mov", ".m4v", ".qt", ".3gp", ".3g2", ".mj2", ".f4v", ".insv", ".lrv"),
    "matroska": (".mkv", ".webm", ".mk3d"),
    "avi": (".avi", ".divx"),
    "gif": (".gif",),
    "ogg": (".ogv", ".ogg", ".ogm", ".ogx"),
    "flv": (".flv",),
    "asf": (".wmv", ".asf"),
    "mxf": (".mxf",),
    "nut": (".nut",),
    "ivf": (".ivf",),
    "yuv4mpegpipe": (".y4m",),
    "apng": (".png", ".apng"),
    "mpeg": (".mpg", ".mpeg", ".vob"),
    "mpegts": (".ts", ".m2ts", ".mts", ".mpg", ".mpeg"),
    "h264": (".h264", ".264", ".avc"),
    "hevc": (".h265", ".265", ".hevc"),
}
"""Endings of the files of each format."""

_OPTIONS = {"mov": ["-enable_drefs", "0", "-use_absolute_path", "0"]}
"""Options of a format: tracks in other files are not followed."""


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


def movie_format(path: Path) -> str:
    """Ffmpeg's name of the format of a movie, by its first bytes and its ending.

    Raises:
        ValueError: it is not a movie, or its ending is that of another format.
        OSError: it cannot be read.
    """
    start = first_bytes(path, 1024)
    ending = path.suffix.lower()
    found = next((name for place, bytes_, name in _FIRST_BYTES if start[place:].startswith(bytes_)), "")
    if found == "apng" and b"acTL" not in start:
        found = ""
    if not found and any(start[at : at + 1] == start[at + step : at + step + 1] == b"\x47" for at, step in _TS_PACKETS):
        found = "mpegts"
    if not found and start.startswith((b"\0\0\0\x01", b"\0\0\x01")):  # without a container, where the ending decides
        found = next((name for name in ("h264", "hevc") if ending in _ENDINGS[name]), "")
    if not found:
        raise ValueError("its first bytes are not those of a movie")
    meant = [name for name, endings in _ENDINGS.items() if ending in endings]
    if meant and found not in meant:
        raise ValueError(f"its ending {ending!r} says {meant[0]} and its first bytes say {found}")
    return found


def opening(path: Path, format: str, decoder: str = "") -> list[str]:
    """Arguments of ffmpeg that open a movie, and nothing else than this file.

    Args:
        path: of the movie.
        format: as `movie_format` gives it.
        decoder: of its pictures; empty: ffmpeg's own choice.
    """
    limits = ["-protocol_whitelist", "file", "-format_whitelist", format, "-max_pixels", str(LARGEST_FRAME)]
    chosen = ["-c:v", decoder] if decoder else []
    return [*limits, "-f", format, *_OPTIONS.get(format, []), *chosen, "-i", f"file:{path}"]
