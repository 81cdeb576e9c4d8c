"""The description of a dome master, and how `inspect` uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import UserError
from moviemaker.film.dome_description import (
    FrameSequence,
    described_frames,
    described_rate,
    described_size,
    described_stereo,
    description,
    read_description,
    write_description,
)
from moviemaker.film.inspect.report import inspect
from moviemaker.film.paths import frame_name
from moviemaker.film.picture import write_picture

LENS: Mapping[str, str] = {"Aperture": "180 degrees", "Tilt": "15 degrees", "Guides": "none"}
SEQUENCE = FrameSequence("Inside: a stellar stream", "s_dome", 5, 30, (64, 64), 8, "none", LENS)


def written(frames: FrameSequence, folder: Path) -> dict[str, str]:
    write_description(folder / f"{frames.stem}.txt", description(frames), folder)
    return read_description(folder)


def test_a_written_description_is_read_back(tmp_path):
    facts = written(SEQUENCE, tmp_path)
    assert facts["Title"] == "Inside: a stellar stream"
    assert facts["File names"] == "s_dome_000001.png to s_dome_000005.png"
    assert facts["Frames"] == "5, numbered from 1 to 5"
    assert facts["Colour"].startswith("RGB, 8 bits per channel, sRGB")
    assert facts["Stereo"] == "no"
    assert facts.items() >= LENS.items()
    assert (described_frames(facts), described_rate(facts), described_size(facts)) == (5, 30, (64, 64))
    assert described_stereo(facts) == "mono"


@pytest.mark.parametrize(
    ("fps", "rate", "duration"), [(29.97, Fraction(30000, 1001), "0.166833 seconds"), (12.5, 12.5, "0.4 seconds")]
)
def test_rates_are_exact(fps, rate, duration, tmp_path):
    facts = written(replace(SEQUENCE, fps=fps), tmp_path)
    assert described_rate(facts) == rate
    assert facts["Duration"] == duration


@pytest.mark.parametrize(
    ("packing", "mode", "said"),
    [
        ("separate", "mono", "the left eye in L"),
        ("top-bottom", "top-bottom", "the left eye is on top"),
        ("left-right", "left-right", "the left eye is left"),
        ("anaglyph", "mono", "red-cyan"),
    ],
)
def test_eyes(packing, mode, said, tmp_path):
    facts = written(replace(SEQUENCE, packing=packing), tmp_path)
    assert described_stereo(facts) == mode
    assert said in facts["Stereo"]
    assert ("L and R" in facts["File names"]) == (packing == "separate")


def test_without_a_title_the_name_is_used_and_titles_become_one_line(tmp_path):
    assert written(replace(SEQUENCE, title=""), tmp_path)["Title"] == "s_dome"
    assert (
        written(replace(SEQUENCE, title="Two\nAperture: 90 degrees"), tmp_path)["Title"] == "Two Aperture: 90 degrees"
    )
    assert read_description(tmp_path)["Aperture"] == "180 degrees"


def test_an_unchanged_description_is_not_written_again(tmp_path):
    path = tmp_path / "s_dome.txt"
    write_description(path, description(SEQUENCE), tmp_path)
    before = path.stat()
    write_description(path, description(SEQUENCE), tmp_path)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write_description(path, description(replace(SEQUENCE, title="Other")), tmp_path)
    assert read_description(tmp_path)["Title"] == "Other"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["s_dome.txt", "s_dome.txt.json"]


def test_a_folder_in_its_place_is_a_user_error(tmp_path):
    (tmp_path / "s_dome.txt" / "in the way").mkdir(parents=True)
    with pytest.raises(UserError, match="is a folder"):
        write_description(tmp_path / "s_dome.txt", description(SEQUENCE), tmp_path)


def test_other_texts_are_ignored(tmp_path):
    (tmp_path / "a.txt").write_text("Frame rate: 99\n")
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    assert read_description(tmp_path) == {}
    assert (described_frames({}), described_rate({}), described_size({}), described_stereo({})) == (
        None,
        None,
        None,
        "mono",
    )
    assert described_rate({"Frame rate": "0 frames per second"}) is None
    assert described_rate({"Frame rate": "fast"}) is None


def sequence(folder: Path, frames: int = 5, dtype: type = np.uint8, side: int = 64) -> Path:
    for index in range(frames):
        write_picture(folder / frame_name("s_dome", index), np.zeros((side, side, 3), dtype))
    return folder


def test_inspect_knows_a_dome_master_by_its_description(tmp_path):
    written(SEQUENCE, sequence(tmp_path))
    found = inspect(tmp_path)
    assert not found.contradicts
    lines = str(found).splitlines()
    assert lines[0].endswith("PNG in PNG sequence, 64 x 64, 30 frames per second, 0.166667 s, 5 frames")
    assert lines[1] == "  picture: fisheye, a dome's circle; one eye, by its description"
    assert "Aperture: 180 degrees; Tilt: 15 degrees" in str(found)
    assert "domes: yes" in str(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fps": 50.0}, "advice: 50 frames per second are not in the dome master list"),
        ({"frames": 7}, "its description says 7 frames, and the folder holds 5; render the output again"),
        ({"size": (32, 32)}, "its description says 32 x 32 pixels, and the frames are 64 x 64"),
        ({"packing": "left-right"}, "domes take each eye by itself; use packing: separate"),
        ({"lens": {"Guides": "drawn"}}, "guides are drawn onto its pictures; render with guides: false"),
    ],
)
def test_inspect_goes_by_the_description(tmp_path, change, said):
    written(replace(SEQUENCE, **change), sequence(tmp_path))
    assert said in str(inspect(tmp_path))


def test_inspect_of_sequences_of_16_bits(tmp_path):
    found = inspect(sequence(tmp_path, dtype=np.uint16))
    assert not found.contradicts
    assert found.facts.bits == 16
    assert str(found).splitlines()[0].endswith("PNG in PNG sequence, 64 x 64 of 16 bits, 5 frames")
    assert "domes: yes" in str(found)
    write_picture(tmp_path / frame_name("s_dome", 5), np.zeros((64, 64, 3), np.uint8))
    mixed = inspect(tmp_path)
    assert mixed.contradicts
    assert "s_dome_000006.png is of 8 bits, others are of 16 bits" in str(mixed)
