"""`clean` frees what renders keep, and nothing that was delivered or is being written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from moviemaker.cli import main
from moviemaker.film.records import is_finished, remember
from moviemaker.film.store import FrameStore

HOLDER = """
import sys
from pathlib import Path
from moviemaker.film.store import FrameStore
work = Path(sys.argv[1])
with FrameStore(work, "s_hd", "A", work).claim(range(3), shard="1/2"):
    print("holding", flush=True)
    sys.stdin.readline()
"""


def frame(index: int) -> np.ndarray:
    return np.full((16, 16, 3), index, np.uint8)


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """The folder of a scene with a movie, a preview that is not finished, and a sequence of both eyes."""
    folder = tmp_path / "outputs" / "s"
    stores = [FrameStore(folder / f".{stem}.frames", stem, "A", folder / f".{stem}.frames") for stem in ("s_hd", "s_b")]
    stores += [FrameStore(folder / "s_d" / eye, "s_d", "A", folder / ".s_d.sequence" / eye) for eye in "LR"]
    for store in stores:
        with store.claim():
            [store.put(index, frame(index)) for index in range(3)]
    (folder / "s_hd.mp4").write_text("movie")
    remember(stores[0].work, folder / "s_hd.mp4", "key", 3)
    (folder / ".s_hd.frames" / ".s_hd_000009.png.12345678.partial").write_text("half")
    (folder / "s_d" / "L" / ".s_d_000009.png.12345678.partial").write_text("half")
    (folder / ".s_hd.frames" / "notes.txt").write_text("mine")
    (folder / ".other_hd.frames").mkdir()
    (folder / ".other_hd.frames" / "other_hd_000001.png").write_text("another scene")
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def clean(folder: Path, *options: str) -> int:
    return main(["clean", str(folder.parent.parent / "s.yaml"), "--out", str(folder.parent), *options])


def test_frames_that_were_kept_are_freed_and_what_was_delivered_stays(rendered, capsys):
    before = files(rendered)
    assert clean(rendered, "--dry-run") == 0
    planned = capsys.readouterr().out
    assert files(rendered) == before
    assert clean(rendered) == 0
    printed = capsys.readouterr().out
    assert printed == planned.replace("would free", "freed")
    assert "3 frames of s_hd in" in printed
    assert "3 frames of s_b, which has no finished movie in" in printed
    assert printed.splitlines()[-1].endswith("in all")
    gone = before - files(rendered)
    assert {name for name in gone if not name.endswith(".partial")} == {
        f".{stem}.frames/{stem}_00000{number}.png" for stem in ("s_hd", "s_b") for number in (1, 2, 3)
    }
    assert len(gone) == 8
    assert is_finished(rendered / ".s_hd.frames", rendered / "s_hd.mp4", "key")
    assert clean(rendered) == 0
    assert capsys.readouterr().out == "nothing to free\n"


def test_an_output_that_a_run_writes_is_left_alone(rendered, capsys):
    work = rendered / ".s_hd.frames"
    command = [sys.executable, "-c", HOLDER, str(work)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "holding\n"
        before = {path for path in files(work) if path.endswith(".png")}
        assert clean(rendered) == 0
        said = capsys.readouterr()
        assert f"s_hd is left alone: another run (process {run.pid}, shard 1/2) is writing s_hd" in said.err
        assert "s_hd in" not in said.out
        assert {path for path in files(work) if path.endswith(".png")} == before
        run.kill()
    assert clean(rendered) == 0
    assert "3 frames of s_hd in" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_are_not_followed(rendered, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "s_x_000001.png").write_text("precious")
    (rendered / ".s_x.frames").symlink_to(precious)
    work = rendered / ".s_y.frames"
    work.mkdir()
    (work / "claims").symlink_to(precious)
    (work / "s_y_000001.png").symlink_to(precious / "s_x_000001.png")
    assert clean(rendered) == 0
    assert files(precious) == {"s_x_000001.png"}


def test_a_folder_without_the_scene_is_a_users_mistake(tmp_path, capsys):
    assert main(["clean", str(tmp_path / "s.yaml"), "--out", str(tmp_path)]) == 2
    assert "nothing of s is in" in capsys.readouterr().err
