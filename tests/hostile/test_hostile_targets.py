"""Names under which files are to be written, made to harm, and movies whose boxes lie inside each other."""

from __future__ import annotations

import os
import stat
import struct
import subprocess

import pytest
from hostile_runs import refused, run

from moviemaker.core.errors import UserError
from moviemaker.core.ffmpeg import find_ffmpeg
from moviemaker.core.machine.files import check_target, whole_file, write_own
from moviemaker.film.containers.mp4_boxes import parse_boxes


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    made = tmp_path_factory.mktemp("movie") / "a.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x32:r=5:d=0.4"]
    subprocess.run([find_ffmpeg(), "-v", "error", *source, str(made)], check=True)
    return made


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("target", ["pipe.mp4", "folder", ".", "a\0.mp4", "n" * 300 + ".mp4", "n" * 240 + ".mp4"])
def test_targets_that_cannot_be_files(target, force, movie, tmp_path):
    """A device that is replaced is gone for every program, and this one may run as root."""
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder").mkdir()
    refused(run("tag", movie, "--like", "360", "-o", target, *force, folder=tmp_path))
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe.mp4").st_mode)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe.mp4", "folder", ".stdout", ".stderr"}


def test_pictures_and_scenes_do_not_replace_pipes(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    os.mkfifo(tmp_path / "s.yaml")
    refused(run("new", "s.yaml", "--force", folder=tmp_path), "pipe or a device")
    run("new", "t.yaml", folder=tmp_path)
    refused(run("still", "t.yaml", "--time", "0", "-o", "a.png", folder=tmp_path), "pipe or a device")
    refused(run("still", "t.yaml", "--time", "0", "-o", "a\0.png", folder=tmp_path), "NUL")


def test_files_of_the_program_itself_replace_what_is_planted(tmp_path):
    path = tmp_path / "owner"
    os.mkfifo(path)
    with pytest.raises(UserError, match="pipe"), whole_file(path):
        pass
    with pytest.raises(UserError, match="pipe"):
        check_target(path)
    write_own(path, "1")
    assert path.read_text() == "1"


@pytest.mark.parametrize("like", ["360-" * 5000, "a\0", ".", "pipe"])
def test_odd_layouts(like, movie, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(run("tag", movie, "--like", like, "-o", "b.mp4", folder=tmp_path), "--like")


def test_boxes_inside_each_other(movie, tmp_path):
    nested = b""
    for _ in range(5000):
        nested = struct.pack(">I", len(nested) + 8) + b"moov" + nested
    assert len(parse_boxes(nested)[0]) == 1
    (tmp_path / "a.mp4").write_bytes(movie.read_bytes()[:32] + nested)
    refused(run("inspect", "a.mp4", folder=tmp_path))
    refused(run("tag", "a.mp4", "--like", "360", folder=tmp_path))
