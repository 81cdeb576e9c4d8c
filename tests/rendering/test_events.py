"""The log of a render: a line for everything that happens, a file for each run, and never in the way of a render."""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path

import pytest

from moviemaker.farm import Done, Failed
from moviemaker.film.store import FrameStore
from moviemaker.rendering import events
from moviemaker.rendering.events import RunLog, runs


def store_in(folder: Path) -> FrameStore:
    return FrameStore(folder, "film_hd", "made of this", folder)


def done(index: int) -> Done:
    return Done(index, "a renderer", "process 1", {"draw": 0.5, "encode": 0.25}, 1000, 1.5)


def test_a_render_logs_its_frames_and_its_movie(tmp_path: Path, particles_scene, recorder):
    scene = particles_scene([[0, 0, 0]], outputs={"main": {"lens": "perspective", "size": [64, 36]}})
    scene.render(out=tmp_path, frames=range(3), progress=recorder())
    scene.render(out=tmp_path, frames=range(5))
    scene.render(out=tmp_path, frames=range(5))  # finds nothing to do, and logs nothing
    first, second = runs(tmp_path / "scene" / ".scene_main.frames")
    assert first.start["frames"] == [0, 3]
    assert first.start["size"] == [64, 36]
    assert [frame["frame"] for frame in first.frames] == [0, 1, 2]
    assert all({"draw", "read", "develop", "encode"} <= set(frame["seconds"]) for frame in first.frames)
    assert any("drawn by" in note for note in first.notes)
    assert first.movie["frames"] == 3
    assert first.end["seconds"] > 0
    assert "error" not in first.end
    assert [frame["frame"] for frame in second.frames] == [3, 4]


def test_lines_are_readable_by_any_program_at_every_moment(tmp_path: Path, recorder):
    log = RunLog(store_in(tmp_path), recorder(), output="hd")
    log.note("heard before the first frame")
    assert not (tmp_path / "log").exists()
    log.begin(missing=2)
    log.frame(done(7))
    log.failed(Failed(8, "it died"))
    (path,) = (tmp_path / "log").iterdir()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["start", "note", "frame", "failed"]
    assert lines[2]["seconds"] == {"start": 0, "read": 0, "shade": 0, "draw": 0.5, "develop": 0, "encode": 0.25}
    assert lines[2]["bytes"] == 1000
    assert all(a["when"] <= b["when"] for a, b in itertools.pairwise(lines))
    (run,) = runs(tmp_path)
    assert run.failed == {8: "it died"}
    assert run.end == {}


def test_the_end_tells_why_a_run_failed(tmp_path: Path, recorder):
    def fail():
        with RunLog(store_in(tmp_path), recorder()) as log:
            log.begin()
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        fail()
    assert runs(tmp_path)[0].end["error"] == "the disk is gone"


def test_lines_that_are_cut_short_or_not_ours_are_left_out(tmp_path: Path, recorder):
    with RunLog(store_in(tmp_path), recorder()) as log:
        log.begin()
        log.frame(done(1))
    (path,) = (tmp_path / "log").iterdir()
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"event": "failed", "when": 1, "frame": 1e999}\n{"event": "failed", "when": 1, "frame": NaN}\n')
        file.write('{"event": "frame", "fra\n[1, 2]\n{"event": "frame"}\n{"event": "failed", "when": 1}\n"x"\n')
    (tmp_path / "log" / "empty.jsonl").touch()
    (run,) = runs(tmp_path)
    assert len(run.frames) == 1
    assert run.failed == {}


def test_the_logs_of_the_last_runs_are_kept_and_of_the_last_day(tmp_path: Path, recorder):
    folder = tmp_path / "log"
    folder.mkdir()
    for number in range(40):
        path = folder / f"2020{number:04d}.jsonl"
        path.write_text('{"event": "start", "when": 1}\n', encoding="utf-8")
        old = time.time() - (10 * 86400 if number < 30 else 0)
        os.utime(path, (old, old))
    with RunLog(store_in(tmp_path), recorder()) as log:
        log.begin()
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == events.KEPT
    assert names[0] == "20200021.jsonl"


def test_a_log_that_cannot_be_written_stops_no_render(tmp_path: Path, recorder):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "log").symlink_to(elsewhere)
    progress = recorder()
    with RunLog(store_in(tmp_path), progress) as log:
        log.begin()
        log.frame(done(1))
    assert any("no log" in note for note in progress.notes)
    assert list(elsewhere.iterdir()) == []
    assert runs(tmp_path) == []
