"""Facts about a file that matter to players, gathered without decoding a picture.

MP4, MOV, Matroska and WebM are read here. Ffmpeg reads all other containers and supplies missing facts. A folder of PNG
files, as domes take them, counts as a movie too. Facts that the files lack, such as the rate, are read from the
description beside the frames.
"""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from moviemaker.core.errors import InputError, MoviemakerError, UserError
from moviemaker.core.ffmpeg import find_ffmpeg, movie_format, opening
from moviemaker.core.machine.regular_files import first_bytes
from moviemaker.core.machine.terminal import visible
from moviemaker.film.containers import ebml, matroska, mp4_boxes, mp4_metadata
from moviemaker.film.containers.embed import container_family, explain_file
from moviemaker.film.containers.mp4_boxes import Box
from moviemaker.film.containers.spherical import Reading
from moviemaker.film.dome_description import described_frames, described_rate, described_size, read_description
from moviemaker.film.exr import head_of
from moviemaker.film.picture import frame_file, is_whole_png
from moviemaker.film.settings import frame_rate

_CODECS = {
    **dict.fromkeys(("avc1", "avc3", "V_MPEG4/ISO/AVC", "h264"), "H.264"),
    **dict.fromkeys(("hvc1", "hev1", "V_MPEGH/ISO/HEVC", "hevc"), "H.265"),
    **dict.fromkeys(("av01", "V_AV1", "av1"), "AV1"),
    **dict.fromkeys(("vp09", "V_VP9", "vp9"), "VP9"),
    **dict.fromkeys(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x", "V_PRORES", "prores"), "ProRes"),
    **dict.fromkeys(("FFV1", "V_FFV1", "ffv1"), "FFV1"),
    **dict.fromkeys(("gif",), "GIF"),
}


_ASK_FFMPEG = ("FFV1",)
"""Codecs that keep in their own headers whether they have an alpha channel."""

_WITH_ALPHA = re.compile(r"\b(yuva\w*|bgra|rgba|argb|abgr|rgba64\w*|gbrap\w*|ya8|ya16\w*)\b")
"""Pixel formats of ffmpeg with an alpha channel."""

_MOVIES = "name an MP4, MOV, MKV, WebM or GIF file, or a folder of PNG or EXR files"


@dataclass(frozen=True)
class Facts:
    """One movie, or one numbered sequence of pictures.

    Attributes:
        name: of the file or folder.
        container: `MP4`, `MOV`, `Matroska`, `WebM`, `PNG sequence`, `EXR sequence`, or as ffmpeg calls it.
        codec: its title, such as `H.264`; for an unknown codec, the tag in the file.
        tag: the name of the codec in the file, such as `hvc1`.
        size: (width, height) of the frame in pixels, all eyes together.
        fps: frames per second; None: unknown, as for a sequence without a description.
        duration: seconds; None: unknown.
        frames: number of frames; None if only reading the whole file would tell.
        readings: the metadata for players.
        index_first: whether a player may begin before it has the whole file; None if that does not apply.
        edit_list: whether an edit list shifts or cuts the video.
        fragmented: whether the index is in pieces.
        bits: bits of each colour of a pixel of a sequence; None for a movie, where they follow from the codec.
        clear: whether the pictures have an alpha channel.
        description: the entries of the text beside the frames of a sequence, by name.
        faults: faults in the numbering, the pictures or the description of a sequence.
    """

    name: str
    container: str
    codec: str
    tag: str = ""
    size: tuple[int, int] | None = None
    fps: Fraction | None = None
    duration: Fraction | None = None
    frames: int | None = None
    readings: tuple[Reading, ...] = ()
    index_first: bool | None = None
    edit_list: bool = False
    fragmented: bool = False
    bits: int | None = None
    clear: bool = False
    description: Mapping[str, str] = field(default_factory=dict, hash=False)
    faults: tuple[str, ...] = ()


def gather(path: Path) -> Facts:
    """The facts of a movie, or of a folder with a sequence of PNG or EXR files, perhaps in `L` and `R`.

    Raises:
        UserError: the file is missing or damaged, or is not a movie.
    """
    if path.is_dir():
        return _sequence(path)
    with explain_file(path):
        try:
            first_bytes(path, 1)
        except ValueError as error:
            raise UserError(f"{path}: {error}; {_MOVIES}") from None
        family = container_family(path)
        if family == "matroska":
            facts = _from_matroska(path)
        elif family == "boxes" and _has_boxes(path):
            facts = _from_boxes(path)
        else:
            facts = Facts(path.name, "", "")
    if facts.size and 0 in facts.size:
        facts = replace(facts, size=None)
    if facts.size is None or facts.fps is None or facts.duration is None or facts.codec in _ASK_FFMPEG:
        facts = _completed_by_ffmpeg(path, facts)
    return facts


def _has_boxes(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"uuid", b"pnot")


def _from_boxes(path: Path) -> Facts:
    with open(path, "rb") as file:
        index = mp4_boxes.read_index(file)
        brand = b""
        if index.spans[0].kind == b"ftyp":
            file.seek(index.spans[0].start + index.spans[0].header)
            brand = file.read(4)
    tracks = mp4_boxes.video_tracks(index.moov)
    if not tracks:
        raise InputError("it has no video", "name a movie")
    track = tracks[0]
    entries = mp4_boxes.sample_entries(track)
    if not entries:
        raise InputError("it does not describe its pictures", "the file is damaged; make it again")
    tag = visible(entries[0].kind.decode("latin-1"), lines=False)
    facts = Facts(
        path.name,
        "MOV" if brand in (b"qt  ", b"") else "MP4",
        _CODECS.get(tag, tag),
        tag,
        size=struct.unpack_from(">HH", entries[0].content, 24),
        readings=mp4_metadata.read_metadata(index.moov),
        index_first=index.is_first,
        edit_list=track.find(b"edts") is not None,
        fragmented=index.is_fragmented,
        clear=tag in ("ap4h", "ap4x") and struct.unpack_from(">H", entries[0].content, 74) == (32,),
    )
    return facts if index.is_fragmented else _timed(facts, track)


def _timed(facts: Facts, track: Box) -> Facts:
    """The facts with duration, rate and number of frames from the table of times (ISO/IEC 14496-12, section 8.6.1)."""
    clock, table = track.find(b"mdia", b"mdhd"), track.find(b"mdia", b"minf", b"stbl", b"stts")
    if clock is None or table is None:
        return facts
    (ticks,) = struct.unpack_from(">I", clock.content, 20 if clock.content[0] else 12)
    (runs,) = struct.unpack_from(">I", table.content, 4)
    if len(table.content) < 8 + 8 * runs:
        raise InputError("its table of times is cut short", "the file is damaged; make it again")
    pairs = [struct.unpack_from(">II", table.content, 8 + 8 * run) for run in range(runs)]
    frames, length = sum(count for count, _ in pairs), sum(count * delta for count, delta in pairs)
    if not (frames and length and ticks):
        return facts
    # Some writers make the last frame longer or shorter: that is not a change of the rate.
    common = max(pairs)[1] or Fraction(length, frames)
    return replace(facts, frames=frames, duration=Fraction(length, ticks), fps=ticks / Fraction(common))


def _from_matroska(path: Path) -> Facts:
    with open(path, "rb") as file:
        head = ebml.read_head(file)
    track = matroska.video_track(head)
    if track is None:
        raise InputError("it has no video", "name a movie")
    header, parts = dict(ebml.parse(head.header)), dict(track)
    video, info = dict(ebml.parse(parts.get(matroska.VIDEO, b""))), dict(ebml.parse(head.content(ebml.INFO) or b""))
    tag = visible(parts.get(0x86, b"")[:40].decode("latin-1").rstrip("\0"), lines=False)
    frame_time = ebml.unsigned(parts.get(0x23E383))  # ns
    scale, length = ebml.unsigned(info.get(0x2AD7B1), 1_000_000), ebml.number(info.get(0x4489))
    duration = Fraction(length * scale / 1e9).limit_denominator(10**6) if length and 0 < length < 1e15 else None
    return Facts(
        path.name,
        "WebM" if header.get(ebml.DOC_TYPE, b"").startswith(b"webm") else "Matroska",
        _CODECS.get(tag, tag),
        tag,
        size=(ebml.unsigned(video.get(0xB0)), ebml.unsigned(video.get(0xBA))) if 0xB0 in video else None,
        fps=frame_rate(1e9 / frame_time) if frame_time else None,
        duration=duration,
        readings=matroska.read_metadata(path),
        clear=bool(ebml.unsigned(video.get(0x53C0))),
    )


def _completed_by_ffmpeg(path: Path, facts: Facts) -> Facts:
    """The facts, with missing ones replaced by those that ffmpeg finds."""
    try:
        command = [find_ffmpeg(), "-hide_banner", "-nostdin", *opening(path, movie_format(path))]
        said = subprocess.run(command, capture_output=True, timeout=60, check=False).stderr.decode(errors="replace")
    except ValueError as error:
        raise UserError(f"{path}: it is not a movie: {error}; {_MOVIES}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MoviemakerError(f"cannot ask ffmpeg about {path}: {error}; install imageio-ffmpeg again") from error
    stream = re.search(r"Stream #.*?: Video: (?P<codec>[\w]+).*?, (?P<w>\d+)x(?P<h>\d+)(?P<rest>.*)", said)
    if stream is None:
        raise UserError(f"{path}: it is not a movie; {_MOVIES}")
    rate = re.search(r"([\d.]+)(k?) fps", stream["rest"])
    fps = frame_rate(float(rate[1]) * (1000 if rate[2] else 1)) if rate else None
    long = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d+)", said)
    duration = Fraction(long[3]) + 60 * int(long[2]) + 3600 * int(long[1]) if long else None
    container = re.search(r"Input #0, ([^,]+)", said)
    return replace(
        facts,
        container=facts.container or (container[1].upper() if container else "unknown container"),
        codec=facts.codec or _CODECS.get(stream["codec"], stream["codec"]),
        size=facts.size or (int(stream["w"]), int(stream["h"])),
        fps=facts.fps or fps or None,
        duration=facts.duration or duration,
        clear=facts.clear or _WITH_ALPHA.search(stream[0]) is not None,
    )


def _sequence(folder: Path) -> Facts:
    """The facts of a numbered sequence: `NAME_000001.png` (or `.exr`) and on, as in AFDI's dome specification."""
    with explain_file(folder):
        eyes = [folder / eye for eye in ("L", "R") if (folder / eye).is_dir()]
        parts = [_pictures(part) for part in eyes or [folder]]
    if not all(parts):
        raise UserError(
            f"{folder}: it holds no numbered PNG or EXR files (NAME_000001.png); name a movie, or such a folder"
        )
    faults = [fault for part in parts for fault in _numbering(part)]
    numbers = [set(part) for part in parts]
    if len(eyes) == 1 or any(other != numbers[0] for other in numbers):
        faults.append("the folders L and R do not hold the same frames")
    paths = [path for part in parts for path in part.values()]
    sort = paths[0].suffix[1:].upper()
    heads: dict[_Head, Path] = {}
    for path in paths:
        head = _head(path)
        if head is None:
            faults.append(f"{path.relative_to(folder)} is not a whole {sort} picture")
        else:
            heads.setdefault(head, path)
    if len(heads) > 1:
        (head, _), (other, path), *_ = heads.items()
        is_other, are = _difference(other, head)
        faults.append(f"{path.relative_to(folder)} is {is_other}, others are {are}")
    width, height, bits, clear = next(iter(heads), (0, 0, None, False))
    size = (width, height) if width else None
    frames = len(numbers[0])
    mixed = max(len({frame_file(path).origin for path in part.values()} - {""}) for part in parts)
    if mixed > 1:
        faults.append(f"its frames are of {mixed} different scenes, data or programs")
    with explain_file(folder):
        said = read_description(folder)
    if described_frames(said) not in (None, frames):
        faults.append(f"its description says {described_frames(said)} frames, and the folder holds {frames}")
    if (described := described_size(said)) and size and described != size:
        faults.append(
            f"its description says {described[0]} x {described[1]} pixels, and the frames are {width} x {height}"
        )
    fps = described_rate(said)
    return Facts(
        folder.name,
        f"{sort} sequence" if not eyes else f"{sort} sequences for each eye",
        sort,
        size=size,
        fps=fps,
        duration=frames / fps if fps else None,
        frames=frames,
        bits=bits,
        clear=clear,
        description=said,
        faults=tuple(faults),
    )


def _pictures(folder: Path) -> dict[int, Path]:
    """The numbered pictures of a folder: its PNG files; without any, its EXR files."""
    found: dict[str, dict[int, Path]] = {"png": {}, "exr": {}}
    for path in sorted(folder.iterdir()):
        match = re.fullmatch(r".*?(\d+)\.(png|exr)", path.name, re.IGNORECASE)
        if match and not path.name.startswith(".") and path.is_file():
            found[match[2].lower()].setdefault(int(match[1]), path)
    return found["png"] or found["exr"]


def _numbering(pictures: dict[int, Path]) -> list[str]:
    first, last = min(pictures), max(pictures)
    if len(pictures) == last - first + 1:
        return []
    known = sorted(pictures)
    gap = next((a + 1, b - 1) for a, b in pairwise(known) if b - a > 1)
    return [f"frames {gap[0]} to {gap[1]} are missing" if gap[0] < gap[1] else f"frame {gap[0]} is missing"]


_Head = tuple[int, int, int, bool]
"""Width, height, bits of each colour, and whether a picture has an alpha channel."""


def _difference(one: _Head, other: _Head) -> tuple[str, str]:
    """What two pictures are that differ: of different sizes, bits or channels."""
    if one[:2] != other[:2]:
        return f"{one[0]} x {one[1]}", f"{other[0]} x {other[1]}"
    if one[2] != other[2]:
        return f"of {one[2]} bits", f"of {other[2]} bits"
    alpha = {True: "with an alpha channel", False: "without"}
    return alpha[one[3]], alpha[other[3]]


def _head(path: Path) -> _Head | None:
    """The head of a whole PNG or EXR file; None of any other."""
    if path.suffix.lower() == ".exr":
        exr = head_of(path)
        return None if exr is None else (*exr.size, 16 if exr.sort == "half floats" else 32, "A" in exr.channels)
    if not is_whole_png(path):
        return None
    with open(path, "rb") as file:
        head = file.read(26)
    width, height, bits, color_type = struct.unpack_from(">IIBB", head, 16)
    return (width, height, bits, bool(color_type & 4)) if width and height else None
