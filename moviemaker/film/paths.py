"""Where an output's files are. Pure: nothing here looks at the disk.

A movie is `DIR/SCENE/SCENE_OUTPUT.mp4`, with what players expect before the dot (`_360_TB`); a PNG sequence is
`DIR/SCENE/SCENE_OUTPUT/SCENE_OUTPUT_000001.png` (`.exr` of an EXR sequence), in `L/` and `R/` for separate eyes, as the
AFDI dome master specification names it. A dome's sequence has its description in
`DIR/SCENE/SCENE_OUTPUT/SCENE_OUTPUT.txt`, one for both eyes, and on request an alignment frame in
`DIR/SCENE/SCENE_OUTPUT_alignment.png`, beside the frames: programs that take every picture of a folder would take it
for one of them.

A movie of some frames only has a name of its own, `SCENE_OUTPUT_frames_A-B_360_TB.mp4`, and does not
replace the whole one.

In the scene's folder lie hidden ones too: `.SCENE_OUTPUT.frames` with the frames that a movie was made of, and
`.SCENE_OUTPUT.sequence` with the notes about a PNG sequence. The frames are kept, so that a change of codec or quality
renders nothing again; they take about 1 byte per pixel and frame (some 1 MB for a frame of 1280 x 720), and may be
deleted at any time: only what is then missing is rendered again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from moviemaker.film.codecs import Format

Eye = Literal["", "L", "R"]
"""Which eye a file is for when each has its own: `""` for a file that holds all there is."""


def movie_path(out: Path, scene: str, output: str, format: Format, suffix: str = "", eye: Eye = "") -> Path:
    """The final name of a movie; `suffix` is what the lens and the rig add for players, such as `_360_TB`."""
    return out / scene / f"{scene}_{output}{suffix}{'_' + eye if eye else ''}.{format}"


def part_label(output: str, frames: range) -> str:
    """The name of an output in the name of a movie of some of its frames, from `frames.start` up to `frames.stop`."""
    return f"{output}_frames_{frames.start}-{frames.stop}"


def earlier_path(path: Path, number: int) -> Path:
    """A name beside a finished file, for what lay there before; what players expect stays at its end.

    >>> earlier_path(Path("out/s_vr_360_TB.mp4"), 1).name
    's_vr_earlier-1_360_TB.mp4'
    """
    stem, suffix = re.fullmatch(r"(.+?)((?:_(?:360|180|LR|TB|L|R))*)", path.stem, re.DOTALL).groups()  # type: ignore[union-attr]
    return path.with_name(f"{stem}_earlier-{number}{suffix}{path.suffix}")


def sequence_folder(out: Path, scene: str, output: str, eye: Eye = "") -> Path:
    """The folder of a PNG sequence."""
    return out / scene / f"{scene}_{output}" / eye


def description_path(out: Path, scene: str, output: str) -> Path:
    """The text about a PNG sequence, in the folder that is handed on."""
    return out / scene / f"{scene}_{output}" / f"{scene}_{output}.txt"


def alignment_path(out: Path, scene: str, output: str) -> Path:
    """The picture that projectors are aligned by."""
    return out / scene / f"{scene}_{output}_alignment.png"


def work_folder(out: Path, scene: str, output: str, format: Format, eye: Eye = "") -> Path:
    """The hidden folder with what is remembered of an output, and with its frames unless they are the product."""
    # A folder for each: what is known about the frames of one must never be believed about those of another.
    kind = {"png": "sequence", "exr": "exr-sequence"}.get(format, "frames")
    return out / scene / f".{scene}_{output}.{kind}" / eye


def frame_name(stem: str, index: int, suffix: str = ".png") -> str:
    """The file name of a frame; frames are counted from 0 and their files, as in dome master sequences, from 1."""
    return f"{stem}_{index + 1:06d}{suffix}"
