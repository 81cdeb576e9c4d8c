"""`status` tells what is done, running, missing and failed, and changes nothing."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.progress import Silent
from moviemaker.farm import Done, Failed
from moviemaker.film.claims.owner import this_process
from moviemaker.python_scenes.scene_files import scene_document, written_scene
from moviemaker.rendering.events import RunLog
from moviemaker.rendering.orders import Order
from moviemaker.rendering.reports.speed import Speed, speed_of
from moviemaker.rendering.reports.status import status_of
from moviemaker.rendering.reports.status_text import status_lines

SCENE = """
duration: 1
fps: 10
data: {points: {kind: particles, file: points.npz}}
layers: [{kind: points, data: points, size: 1.0, shade: false}]
camera: {keyframes: [{time: 0, position: [0, -10, 0], target: [0, 0, 0], fov: 30}]}
outputs: {main: {lens: perspective, size: [32, 18]}}
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A scene file."""
    np.savez(tmp_path / "points.npz", position=np.zeros((1, 3)))
    path = tmp_path / "film.yaml"
    path.write_text(SCENE, encoding="utf-8")
    return path


@contextmanager
def running(film: Path, numbers: range = range(10), shard: str = "", frames: int = 4, product: str = "film_main.mp4"):
    """A run in this process that has drawn some frames, one each second, as its log tells."""
    scene = mm.load(film)
    order = Order("main", film.parent / "out", range(10), (32, 18))
    store = order.store(scene.prepared, "")
    with store.claim(numbers, shard=shard, product="" if shard else product):
        log = RunLog(store, Silent(), output="main", frames=[0, 10], shard=shard)
        with log:
            log.begin(missing=len(numbers))
            since = log._since
            for count in range(frames):
                log._since = since - count  # so much later
                path = store.put(numbers[count], np.zeros((18, 32, 3), np.uint8))
                log.frame(Done(numbers[count], "it", str(count % 2), {"draw": 1.0}, path.stat().st_size, 1.0))
            yield store, log


def status(film: Path, **asked):
    return mm.status(film, out=film.parent / "out", **asked)


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Names, sizes and times of everything in a folder."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_from_nothing_to_done(film: Path, capsys):
    out = ["-o", str(film.parent / "out")]
    assert main(["status", str(film), *out]) == 4
    assert "not begun" in capsys.readouterr().out
    scene = mm.load(film)
    scene.render(out=film.parent / "out", shard="1/2")
    assert main(["status", str(film), *out]) == 4
    said = capsys.readouterr().out
    assert "5 of 10 frames (50%)" in said
    assert "missing: frames " in said
    assert main(["status", str(film), *out, "--frames", "5:10"]) == 4
    scene.render(out=film.parent / "out")
    before = content(film.parent)
    assert main(["status", str(film), *out]) == 0
    assert "film_main.mp4" in capsys.readouterr().out
    assert content(film.parent) == before
    assert scene.status(out=film.parent / "out").state == "done"
    main(["clean", str(film), *out])
    assert status(film).state == "done"


def test_a_run_that_draws_is_told_with_its_speed_and_the_time_that_is_left(film: Path, capsys):
    with running(film) as (store, _):
        before = content(store.work)
        found = status(film)
        assert main(["status", str(film), "-o", str(film.parent / "out"), "--json"]) == 3
        after = content(store.work)
    assert {name: after[name] for name in before if ".claim" not in name} == {
        name: state
        for name, state in before.items()
        if ".claim" not in name  # which shows signs of life meanwhile
    }
    (output,) = found.outputs
    (run,) = output.runs
    assert (found.state, output.finished, output.missing) == ("running", 4, ((4, 10),))
    assert (run.process, run.doing, run.left, run.workers, run.alive) == (os.getpid(), "drawing", 6, 2, True)
    assert run.rate == pytest.approx(1.0, rel=0.05)
    assert output.seconds_left == pytest.approx(6, rel=0.05)
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert told["outputs"][0]["runs"][0]["process"] == os.getpid()


def test_frames_that_no_run_has_taken_leave_the_time_open(film: Path):
    with running(film, range(5), shard="1/2"):
        (output,) = status(film).outputs
    assert output.runs[0].shard == "1/2"
    assert output.runs[0].seconds_left == pytest.approx(1, rel=0.1)
    assert output.seconds_left is None


def test_a_run_that_was_killed_is_stopped_and_one_that_failed_has_failed(film: Path):
    with running(film) as (_, log):
        log.failed(Failed(7, "its process died"))
    assert status(film).outputs[0].failed == {7: "its process died"}
    assert status(film).state == "failed"
    with pytest.raises(OSError, match="full"), running(film):
        raise OSError("the disk is full")
    assert status(film).outputs[0].error == "the disk is full"
    with running(film, frames=5) as (store, log):
        log._close()  # as if it were killed
    (output,) = status(film).outputs
    assert (output.state, output.error) == ("failed", "")  # frame 7 is missing still
    store.put(7, np.zeros((18, 32, 3), np.uint8))
    (output,) = status(film).outputs
    assert (output.state, output.finished) == ("stopped", 6)
    assert output.seconds_left == pytest.approx(4 / output.rate)


def test_changes_of_scene_and_data_are_told_without_opening_the_data(film: Path):
    mm.load(film).render(out=film.parent / "out")
    film.write_text(SCENE.replace("size: 1.0", "size: 0.5"), encoding="utf-8")
    found = status(film)
    assert (found.state, found.outputs[0].changed) == ("stopped", ("the scene",))
    film.write_text(f"title: Another\n{SCENE}# The pictures stay.\n", encoding="utf-8")
    assert status(film).state == "done"
    np.savez(film.parent / "points.npz", position=np.ones((2, 3)))
    assert status(film).outputs[0].changed == ("the data (points.npz)",)
    (film.parent / "points.npz").unlink()
    assert status(film).state == "done"  # as on a machine that does not see the data
    film.write_text(SCENE.replace("duration: 1", "duration: -1"), encoding="utf-8")
    with pytest.raises(mm.SceneError):
        status(film)


def test_a_run_on_another_machine_is_silent_until_it_gives_a_sign_of_life(film: Path, monkeypatch):
    with running(film) as (store, _):
        (path,) = store.work.glob("claims/*.claim")
        claim = json.loads(path.read_text(encoding="utf-8"))
        claim["owner"] = vars(replace(this_process(), host="node2", machine="another"))
        path.write_text(json.dumps(claim), encoding="utf-8")
        scene = written_scene(scene_document(film), "film")
        found = status_of(scene, ["main"], film.parent / "out", patience=0.0)
        assert (found.state, found.outputs[0].runs[0].alive) == ("stopped", None)
        assert any("(no sign of" in line for line in status_lines(found))
        monkeypatch.setattr(time, "sleep", lambda _: path.touch())
        found = status_of(scene, ["main"], film.parent / "out", patience=1.5)
        assert (found.state, found.outputs[0].runs[0].alive) == ("running", True)


def test_lines_fit_into_a_terminal(film: Path):
    with running(film):
        lines = status_lines(status(film))
    assert max(map(len, lines)) <= 80


def test_a_truncated_frame_is_missing(film: Path):
    with running(film) as (store, _):
        os.truncate(store.path(2), 60)
        assert status(film).outputs[0].missing == ((2, 3), (4, 10))
        store.draw_again([0])
        assert status(film).outputs[0].missing == ((0, 1), (2, 3), (4, 10))


@pytest.mark.parametrize(
    ("drawn", "now", "speed"),
    [
        ([], None, None),
        ([(5.0, "1")], None, Speed(0.2, 1)),
        ([(5.0, "1"), (5.0, "2")], None, Speed(0.4, 2)),
        ([(5.0, "1"), (5.0, "2"), (7.0, "1"), (7.0, "2")], None, Speed(1.0, 2)),
        ([(float(n), "1") for n in range(1, 101)], None, Speed(1.0, 1)),
        ([(float(n), "1") for n in range(50)] + [(49 + n / 10, "1") for n in range(1, 51)], None, Speed(10.0, 1)),
        ([(float(n), "1") for n in range(1, 101)], 180.0, Speed(0.238, 1)),  # it stands still
    ],
)
def test_speed_is_that_of_the_last_frames(drawn, now, speed):
    found = speed_of(drawn, 0.0, now)
    if speed is None:
        assert found is None
    else:
        assert (found.rate, found.workers) == (pytest.approx(speed.rate, rel=0.01), speed.workers)
