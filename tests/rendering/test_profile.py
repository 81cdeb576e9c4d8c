"""Where the time went: lanes of workers from logs, as a table and as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.farm.crew import contract
from moviemaker.rendering.events import PARTS, Run
from moviemaker.rendering.reports.profile import MOVIE, last_together, pieces
from moviemaker.rendering.reports.profile_text import profile_lines
from moviemaker.rendering.reports.timeline import COLORS, timeline


def frame(number: int, when: float, worker: str = "1", clock: float = 0.0, **seconds: float) -> dict:
    parts = dict.fromkeys(PARTS, 0.0) | seconds
    busy = sum(parts.values())
    return {"frame": number, "when": when, "worker": worker, "seconds": parts, "busy": busy, "finished": when + clock}


def run(begun: float = 100.0, frames: tuple[dict, ...] = (), process: int = 1, **more) -> Run:
    start = {"when": begun, "host": "node1", "process": process, "shard": more.pop("shard", "")}
    return Run(start, list(frames), **more)


def test_time_without_work_is_waiting():
    (piece,) = pieces([("hd", run(100, (frame(0, 103, read=1, draw=2), frame(1, 110, draw=3), frame(2, 110, "2"))))])
    first, second = piece.lanes
    assert (first.worker, first.frames, first.seconds["draw"], first.waiting) == ("worker 1", 2, 5, 4)
    assert (second.frames, second.waiting) == (1, 10)
    assert [(span.start, span.end, span.part) for span in first.spans] == [
        (100, 101, "read"),
        (101, 103, "draw"),
        (107, 110, "draw"),
    ]
    assert piece.seconds == 10


def test_clocks_of_other_machines_are_set_right():
    late = (frame(0, 105, clock=-3600.2, draw=1), frame(1, 107, clock=-3600.0 - 1.5, draw=1))  # an answer took longer
    (piece,) = pieces([("hd", run(100, late))])
    assert [span.end for span in piece.lanes[0].spans] == pytest.approx([105, 105.7])


def test_the_last_command_is_all_outputs_of_its_process_and_what_went_on_beside_it():
    earlier = run(0, (frame(0, 5),))
    first, second = run(1000, (frame(0, 1010),)), run(1030, (frame(0, 1040),))
    beside = run(1005, (frame(1, 1012),), process=2, shard="2/2")
    found = last_together([("hd", earlier), ("hd", first), ("vr", second), ("hd", beside)])
    assert [label for label, _ in found] == ["vr", "hd", "hd"]
    assert all(each is not earlier for _, each in found)


def test_the_table_fits_into_a_terminal_and_sums_up():
    frames = tuple(frame(n, 100 + n, str(n % 30), draw=1.0) for n in range(1, 3000))
    movie = {"when": 3110.0, "seconds": 9.0, "began": 100.0, "frames": 2999}
    lines = profile_lines(pieces([("a long name of an output 1/8", run(100, frames, movie=movie))]))
    assert max(map(len, lines)) <= 80
    assert len(lines) < 20
    assert any(line.startswith("  19 others") for line in lines)
    assert "  all          2999" in "\n".join(lines)
    assert "the movie took 9.0 s after the last frame" in lines[-1]


def test_colors_and_gaps_of_the_picture_are_where_the_time_went():
    movie = {"when": 120.0, "seconds": 2.0, "began": 101.0, "frames": 2}
    found = pieces([("hd", run(100, (frame(0, 110, read=5, draw=5), frame(1, 118, draw=3)), movie=movie))])
    picture = timeline("film", found)
    assert picture.dtype == np.uint8
    lane = picture[112 + 13, 210:-40]  # from 100 s to 120 s
    codes = {part: [int(color[at : at + 2], 16) for at in (1, 3, 5)] for part, color in COLORS.items()}
    for when, part in ((102.9, "read"), (107.3, "draw"), (116.1, "draw")):
        assert list(lane[int((when - 100) / 20 * len(lane))]) == codes[part]
    gap = lane[int((112.2 - 100) / 20 * len(lane))]
    assert gap.min() > 220
    assert list(picture[112 + 32 + 13, 210:-40][-40]) == codes[MOVIE]


def test_many_frames_in_a_column_are_its_shares():
    frames = tuple(frame(n, 100 + n / 100, read=0.005, draw=0.005) for n in range(1, 20_000))
    lane = timeline("film", pieces([("hd", run(100, frames))]))[112 : 112 + 26, 210:-40]
    column = lane[:, 600].tolist()
    for part in ("read", "draw"):
        color = COLORS[part]
        assert 11 <= column.count([int(color[at : at + 2], 16) for at in (1, 3, 5)]) <= 15


@pytest.fixture
def film(tmp_path: Path) -> Path:
    np.savez(tmp_path / "points.npz", position=np.zeros((1, 3)))
    scene = {
        "duration": 0.4,
        "fps": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points"}],
        "camera": {"orbit": {"radius": 9}},
        "outputs": {"main": {"lens": "perspective", "size": [32, 18]}},
    }
    path = tmp_path / "film.yaml"
    path.write_text(json.dumps(scene), encoding="utf-8")
    return path


def test_a_render_that_fails_tells_where_the_time_went_too_and_exits_with_1(film: Path, monkeypatch, capsys):
    drawn = contract.compute

    def failing(studio, store, index):
        if index == 2:
            raise RuntimeError("the driver is gone")
        return drawn(studio, store, index)

    monkeypatch.setattr("moviemaker.farm.crew.worker.compute", failing)
    asked = [str(film), "-o", str(film.parent / "out")]
    assert main(["render", *asked, "--workers", "1", "--profile"]) == 1
    printed, said = capsys.readouterr()
    assert printed == ""
    assert "frame 2 failed" in said
    assert "waiting" in said
    (picture,) = (film.parent / "out" / "film").glob("film_profile_*.png")
    assert str(picture) in said
    assert main(["status", *asked]) == 1
    assert "frame 2 failed: RuntimeError: the driver is gone" in capsys.readouterr().out
    monkeypatch.undo()
    assert main(["render", *asked, "--workers", "1"]) == 0
    assert main(["render", *asked, "--profile"]) == 0
    assert "nothing was drawn" in capsys.readouterr().err
    assert main(["status", *asked, "--profile", "--picture", str(film.parent / "time.png")]) == 0
    assert "where" not in capsys.readouterr().err
    assert (film.parent / "time.png").exists()
    assert main(["render", *asked, "--output", "other"]) == 2
    assert mm.status(film, out=film.parent / "out").state == "done"
