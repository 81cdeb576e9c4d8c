"""The text that describes the frames of a dome master to a planetarium.

The AFDI group's "Dome Master Show File Format 1.0" asks in its section I for a plain text with the frames. It consists
of lines `NAME: VALUE` and lies in the folder of the sequence. The same sequence gives the same bytes:

    Title: Inside a stellar stream
    File names: stream_dome_000001.png to stream_dome_000600.png
    Frames: 600, numbered from 1 to 600
    Frame rate: 30 frames per second
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.fingerprint import program_version
from moviemaker.core.machine.files import whole_file
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.paths import frame_name
from moviemaker.film.records import keep_unrecorded, remember
from moviemaker.film.settings import Size, frame_rate

HEADING = "Dome master description (AFDI Dome Master Show File Format 1.0, section I)"

_STEREO = {
    "none": "no",
    "separate": "two sequences, the left eye in L, the right eye in R",
    "left-right": "left-right, the left eye is left",
    "top-bottom": "top-bottom, the left eye is on top",
    "anaglyph": "anaglyph for red-cyan glasses",
}


@runtime_checkable
class TheatreLens(Protocol):
    """A lens for theatres, which need facts about its pictures and a test picture to align their projectors."""

    def theatre_facts(self) -> Mapping[str, str]:
        """Facts that a theatre needs to show the pictures, as words by name."""

    def alignment_frame(self, size: Size, title: str) -> np.ndarray:
        """A test picture, (height, width, 3) uint8, for frames of (width, height) pixels."""


@dataclass(frozen=True)
class FrameSequence:
    """A sequence of frames for a theatre.

    Attributes:
        title: of the scene; may be empty.
        stem: the beginning of the names of its files.
        frames: number of frames.
        fps: frames per second.
        size: (width, height) of the frames in pixels.
        bits: bits of each of the three colours of a pixel.
        packing: how two eyes share a frame, by its name in the rig; `none` for one eye.
        lens: the facts of the lens about its pictures, by name.
        clear: whether the frames have an alpha channel.
        linear: whether they are OpenEXR files of linear light, and not PNG.
    """

    title: str
    stem: str
    frames: int
    fps: float
    size: Size
    bits: int
    packing: str
    lens: Mapping[str, str]
    clear: bool = False
    linear: bool = False


def description(sequence: FrameSequence) -> str:
    """The text that describes a sequence."""
    rate = frame_rate(sequence.fps)
    per_second = f"{rate}" if rate.denominator == 1 else f"{rate} ({float(rate):.5g})"
    folders = " in each of the folders L and R" if sequence.packing == "separate" else ""
    straight, ending = ("premultiplied", ".exr") if sequence.linear else ("straight", ".png")
    alpha = f"{straight} alpha, transparent outside the circle" if sequence.clear else "no alpha channel"
    color = "half floats, linear light, primaries of sRGB, white is 1" if sequence.linear else "sRGB, full range"
    names = [frame_name(sequence.stem, index, ending) for index in (0, sequence.frames - 1)]
    facts = {
        "Title": " ".join(sequence.title.split()) or sequence.stem,
        "File names": f"{names[0]} to {names[1]}{folders}",
        "Frames": f"{sequence.frames}, numbered from 1 to {sequence.frames}",
        "Frame rate": f"{per_second} frames per second",
        "Duration": f"{float(sequence.frames / rate):.6g} seconds",
        "Picture size": f"{sequence.size[0]} x {sequence.size[1]} pixels",
        "File format": "OpenEXR, lossless (ZIP)" if sequence.linear else "PNG, lossless, not interlaced",
        "Colour": f"RGB, {sequence.bits} bits per channel, {color}, {alpha}",
        "Stereo": _STEREO.get(sequence.packing, sequence.packing),
        **(_transparent(sequence.lens) if sequence.clear else sequence.lens),
        "Sound": "none",
        "Made with": f"moviemaker {program_version('moviemaker')}",
    }
    return "\n".join([HEADING, "", *(f"{name}: {value}" for name, value in facts.items()), ""])


def _transparent(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of a lens about pictures that have nothing behind them: transparent where they would be black."""
    return {name: re.sub(r"\bblack\b", "transparent", value) for name, value in facts.items()}


def write_description(path: Path, text: str, workspace: Path) -> None:
    """Writes a description, whole or not at all. A file that already has this content is not written.

    One that has been changed since it was written here is kept under another name.

    Args:
        path: final name.
        text: the description.
        workspace: folder for the unfinished file and for the record, on the same file system.

    Raises:
        MoviemakerError: the file cannot be written.
    """
    content = text.encode()
    with explain_disk(path.parent):
        if not path.is_file() or path.read_bytes() != content:
            keep_unrecorded(workspace, path)
            with whole_file(path, workspace) as partial:
                partial.write_bytes(content)
        remember(workspace, path, HEADING)


def read_description(folder: Path) -> dict[str, str]:
    """The facts in the description in the folder of a sequence, by name; empty without a description.

    Raises:
        OSError: the folder cannot be read.
    """
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if lines and lines[0].startswith("Dome master description"):
            pairs = (line.split(": ", 1) for line in lines if ": " in line)
            return {name: value for name, value in pairs}  # noqa: C416 - pairs of text are lists
    return {}


def described_rate(facts: Mapping[str, str]) -> Fraction | None:
    """The frames per second in a description; None: unknown."""
    found = re.match(r"\d+(/[1-9]\d*)?\b", facts.get("Frame rate", ""))
    return Fraction(found[0]) or None if found else None


def described_frames(facts: Mapping[str, str]) -> int | None:
    """The number of frames in a description; None: unknown."""
    found = re.match(r"\d+\b", facts.get("Frames", ""))
    return int(found[0]) if found else None


def described_size(facts: Mapping[str, str]) -> Size | None:
    """The size of the frames in a description, (width, height); None: unknown."""
    found = re.match(r"(\d+) x (\d+)\b", facts.get("Picture size", ""))
    return (int(found[1]), int(found[2])) if found else None


def described_stereo(facts: Mapping[str, str]) -> str:
    """How two eyes share a frame in a description: `mono`, `left-right` or `top-bottom`."""
    return next((mode for mode in ("left-right", "top-bottom") if facts.get("Stereo", "").startswith(mode)), "mono")
