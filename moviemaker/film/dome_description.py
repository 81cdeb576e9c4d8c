"""What a planetarium gets beside the frames of a dome master: a text that describes them.

The AFDI group's "Dome Master Show File Format 1.0" asks in its section I for a plain text that goes with the frames. It
is lines of `NAME: VALUE`, the same for the same show to the last byte, and lies in the folder of the sequence:

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
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.paths import frame_name
from moviemaker.film.picture import whole_file
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
    """A lens whose pictures are handed to a theatre, which has to know what they are and to align projectors."""

    def show_facts(self) -> Mapping[str, str]:
        """What those have to know who show its pictures, in words."""

    def alignment_frame(self, size: Size, title: str) -> np.ndarray:
        """A test picture, (height, width, 3) uint8, for frames of (width, height) pixels."""


@dataclass(frozen=True)
class Show:
    """A sequence of frames as it is handed on.

    Attributes:
        title: of the scene; may be empty.
        stem: what the names of its files begin with.
        frames: how many.
        fps: frames per second.
        size: (width, height) of the frames in pixels.
        bits: of each of the three colours of a pixel.
        packing: how two eyes share it, as the rig calls it; `none` for one.
        lens: what the lens says about its pictures, by name.
    """

    title: str
    stem: str
    frames: int
    fps: float
    size: Size
    bits: int
    packing: str
    lens: Mapping[str, str]


def description(show: Show) -> str:
    """The text about a show."""
    rate = frame_rate(show.fps)
    per_second = f"{rate}" if rate.denominator == 1 else f"{rate} ({float(rate):.5g})"
    folders = " in each of the folders L and R" if show.packing == "separate" else ""
    facts = {
        "Title": " ".join(show.title.split()) or show.stem,
        "File names": f"{frame_name(show.stem, 0)} to {frame_name(show.stem, show.frames - 1)}{folders}",
        "Frames": f"{show.frames}, numbered from 1 to {show.frames}",
        "Frame rate": f"{per_second} frames per second",
        "Duration": f"{float(show.frames / rate):.6g} seconds",
        "Picture size": f"{show.size[0]} x {show.size[1]} pixels",
        "File format": "PNG, lossless, not interlaced",
        "Colour": f"RGB, {show.bits} bits per channel, sRGB, full range, no alpha channel",
        "Stereo": _STEREO.get(show.packing, show.packing),
        **show.lens,
        "Sound": "none",
        "Made with": f"moviemaker {program_version('moviemaker')}",
    }
    return "\n".join([HEADING, "", *(f"{name}: {value}" for name, value in facts.items()), ""])


def write_description(path: Path, text: str, workspace: Path) -> None:
    """Writes a description under its name, whole or not at all; one that is there already is left as it is.

    Args:
        path: final name.
        text: the description.
        workspace: folder for the unfinished file, on the same file system.

    Raises:
        MoviemakerError: it cannot be written.
    """
    content = text.encode()
    with explain_disk(path.parent):
        if path.is_file() and path.read_bytes() == content:
            return
        with whole_file(path, workspace) as partial:
            partial.write_bytes(content)


def read_description(folder: Path) -> dict[str, str]:
    """The facts that the description in the folder of a sequence gives, by name; none if there is no description.

    Raises:
        OSError: the folder cannot be read.
    """
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if lines and lines[0].startswith("Dome master description"):
            pairs = (line.split(": ", 1) for line in lines if ": " in line)
            return {name: value for name, value in pairs}  # noqa: C416 - pairs of text are lists
    return {}


def said_rate(facts: Mapping[str, str]) -> Fraction | None:
    """The frames per second that a description gives; None if it gives none."""
    found = re.match(r"\d+(/[1-9]\d*)?\b", facts.get("Frame rate", ""))
    return Fraction(found[0]) or None if found else None


def said_frames(facts: Mapping[str, str]) -> int | None:
    """The number of frames that a description gives; None if it gives none."""
    found = re.match(r"\d+\b", facts.get("Frames", ""))
    return int(found[0]) if found else None


def said_size(facts: Mapping[str, str]) -> Size | None:
    """The size of the frames that a description gives; None if it gives none."""
    found = re.match(r"(\d+) x (\d+)\b", facts.get("Picture size", ""))
    return (int(found[1]), int(found[2])) if found else None


def said_stereo(facts: Mapping[str, str]) -> str:
    """How two eyes share a frame, as a description says: `mono`, `left-right` or `top-bottom`."""
    return next((mode for mode in ("left-right", "top-bottom") if facts.get("Stereo", "").startswith(mode)), "mono")
