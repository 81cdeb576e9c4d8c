"""Several runs of one output in one folder at the same time end in the bytes of a single one."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.files import whole_file
from moviemaker.core.progress import Progress, Silent
from moviemaker.farm import Crew, Done, Farm, Job
from moviemaker.film import finished_movie
from moviemaker.film.store import FrameStore, LostFrame
from moviemaker.rendering.render import render_outputs
from moviemaker.rendering.shards import Shard

SCENE = """\
duration: 2
fps: 10
data:
  points: {kind: particles, file: points.npz}
layers:
  - {kind: points, data: points, size: 0.3, color: {by: id, colormap: viridis}}
camera:
  orbit: {radius: 6, azimuth: {0: 0, 2: 90}}
outputs:
  main: {lens: perspective, size: [160, 90]}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    np.savez(tmp_path / "points.npz", position=np.random.default_rng(0).normal(size=(50, 3)))
    (tmp_path / "spin.yaml").write_text(SCENE, encoding="utf-8")
    return tmp_path / "spin.yaml"


def start(scene: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--out", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str], status: int = 0) -> tuple[str, str]:
    printed, said = process.communicate(timeout=120)
    assert process.returncode == status, said
    return printed, said


def claimed(out: Path) -> list[Path]:
    return list(out.glob("spin/.spin_main.frames/claims/*.claim"))


def test_shards_at_the_same_time_and_a_render_that_joins_them_give_the_bytes_of_one(scene, tmp_path):
    (alone, _) = end(start(scene, tmp_path / "alone"))
    out = tmp_path / "out"
    shards = [start(scene, out, "--shard", f"{number}/2") for number in (1, 2)]
    deadline = time.monotonic() + 60
    while len(claimed(out)) < 2 and time.monotonic() < deadline and all(each.poll() is None for each in shards):
        time.sleep(0.02)
    joined = start(scene, out)
    drawn = 0
    for each in shards:
        printed, said = end(each)
        assert printed == ""  # it has made no movie
        assert "is finished" in said
        assert "the same command without --shard" in said
        drawn += said.count("drawn by")
    printed, said = end(joined)
    assert Path(printed.strip()).read_bytes() == Path(alone.strip()).read_bytes()
    assert drawn == 2
    assert "drawn by" not in said
    assert claimed(out) == []
    frames = sorted(out.rglob("spin_main_*.png"))
    assert [path.read_bytes() for path in frames] == [
        path.read_bytes() for path in sorted((tmp_path / "alone").rglob("spin_main_*.png"))
    ]


@pytest.mark.slow
def test_a_shard_that_was_killed_gives_its_frames_to_the_run_that_waits_for_it(scene, tmp_path):
    out = tmp_path / "out"
    shard = start(scene, out, "--shard", "1/1")
    deadline = time.monotonic() + 60
    while not list(out.rglob("spin_main_*.png")) and time.monotonic() < deadline:
        time.sleep(0.01)
    shard.kill()  # the process that waits for the command; the system ends the command itself
    shard.communicate()
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("spin_main_*.png")}
    printed, _ = end(start(scene, out))
    assert Path(printed.strip()).stat().st_size > 0
    now = {path: path.stat().st_mtime_ns for path in out.rglob("spin_main_*.png")}
    assert kept.items() <= now.items()
    assert len(now) == 20


@pytest.mark.slow
def test_parts_of_a_movie_are_rendered_at_the_same_time(scene, tmp_path):
    parts = [start(scene, tmp_path / "out", "--frames", frames) for frames in ("0:10", "10:20")]
    names = {Path(end(each)[0].strip()).name for each in parts}
    assert names == {"spin_main_frames_0-10.mp4", "spin_main_frames_10-20.mp4"}


class Tiny(Farm):
    """Draws tiny pictures without OpenGL, and writes down which.

    Attributes:
        log: file of the numbers.
        seconds: how long one takes.
    """

    kind: Literal["tiny"] = "tiny"
    log: Path
    seconds: float = 0.003

    def hire(self, progress: Progress) -> Crew:
        return TinyCrew(self.log, self.seconds)


class TinyCrew(Crew):
    def __init__(self, log: Path, seconds: float):
        self.log, self.seconds = log, seconds

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done, None, None]:
        for index in frames:
            time.sleep(self.seconds)
            job.store.put(index, np.full((16, 16, 3), index, np.uint8))
            with open(self.log, "a") as file:
                file.write(f"{index}\n")
            yield Done(index, "tiny")


def joined_frames(frames: Sequence[Path], encoding: Any, size: Any, fps: float, target: Path, **how: Any) -> Path:
    """A movie whose frames lie one after the other, which takes no encoder."""
    with whole_file(target, how["workspace"]) as partial, open(partial, "xb") as file:
        for path in frames:
            how["read"](path)  # which waits until it is there
            file.write(path.read_bytes())
    return target


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> mm.Scene:
    np.savez(tmp_path / "points.npz", position=np.eye(3))
    monkeypatch.setattr(finished_movie, "encode", joined_frames)
    written = {
        "duration": 6,
        "fps": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points", "size": 0.2}],
        "camera": {"orbit": {"radius": 6}},
        "outputs": {"main": {"lens": "perspective", "size": [16, 16]}},
    }
    return mm.Scene.from_dict(written, name="s", folder=tmp_path)


FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def run(scene: mm.Scene, out: Path, log: Path, seconds: float = 0.003, **options: Any) -> None:
    try:
        farm = Tiny(log=log, seconds=seconds)
        list(render_outputs(scene.prepared, ["main"], out, farm=farm, progress=Silent(), **options))
    except MoviemakerError as error:
        os._exit(error.exit_status)
    os._exit(0)


@FORK
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_runs_that_start_join_and_die_at_random_draw_no_frame_twice_on_purpose(tiny, tmp_path):
    context = multiprocessing.get_context("fork")
    chance = random.Random(5)

    def start(out: Path, log: Path, **options: Any) -> BaseProcess:
        process = context.Process(target=run, args=(tiny, out, log), kwargs=options)
        process.start()
        return process

    alone = start(tmp_path / "alone", tmp_path / "alone.txt")
    alone.join()
    (movie,) = tmp_path.glob("alone/s/*.mp4")
    for seed in range(4):
        out, log = tmp_path / f"out{seed}", tmp_path / f"{seed}.txt"
        kinds: list[dict[str, Any]] = [{"shard": Shard(number, 3)} for number in (1, 2, 3)]
        kinds += [{}, {"frames": range(20, 40)}, {"shard": Shard(2, 3)}]
        chance.shuffle(kinds)
        runs = [start(out, log, **kind) for kind in kinds]
        killed = 0
        for each in runs[: chance.randrange(4)]:
            time.sleep(chance.uniform(0, 0.1))
            each.kill()
            killed += 1
        for each in runs:
            each.join()
            assert each.exitcode in (0, 2, -9)
        last = start(out, log)
        last.join()
        assert last.exitcode == 0
        assert (out / "s" / movie.name).read_bytes() == movie.read_bytes()
        assert not list(out.rglob("*.claim")) + list(out.rglob("*.turn")) + list(out.rglob("*.partial"))
        drawn = Counter(log.read_text().split())
        # A killed run may have drawn a frame without writing it down.
        assert len(drawn) >= 60 - killed
        assert max(drawn.values()) == 1, drawn


@FORK
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_runs_of_frames_that_another_run_draws_stop_and_name_it(tiny, tmp_path):
    out, log = tmp_path / "out", tmp_path / "log.txt"
    first = multiprocessing.get_context("fork").Process(target=run, args=(tiny, out, log, 60.0))
    first.start()
    while not list(out.rglob("*.claim")):
        time.sleep(0.01)
    for options in ({}, {"frames": range(50, 60)}, {"shard": Shard(1, 3)}):
        what = rf"another run \(process {first.pid}\) is writing s_main in .* \(frames 0-59\); wait until it is done"
        with pytest.raises(UserError, match=what):
            list(render_outputs(tiny.prepared, ["main"], out, farm=Tiny(log=log), progress=Silent(), **options))
    first.kill()
    first.join()
    list(render_outputs(tiny.prepared, ["main"], out, farm=Tiny(log=log), progress=Silent(), shard=Shard(1, 3)))
    assert len(log.read_text().split()) == 20


def flip_a_bit(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def test_frames_that_are_damaged_or_deleted_are_drawn_again_in_the_same_run(tiny, tmp_path, monkeypatch):
    class Notes(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    def render(out: Path, **options: Any) -> bytes:
        farm = Tiny(log=tmp_path / "log.txt", seconds=0)
        notes.clear()
        (movie,) = render_outputs(tiny.prepared, ["main"], out, farm=farm, progress=Notes(), **options)
        return movie.read_bytes()

    notes: list[str] = []
    undisturbed = render(tmp_path / "alone")
    out = tmp_path / "out"
    render(out, frames=range(10))
    frames = sorted(out.rglob("s_main_*.png"))
    flip_a_bit(frames[3], 90)
    flip_a_bit(frames[7], 20)
    frames[5].write_bytes(frames[5].read_bytes()[:100])
    assert render(out) == undisturbed
    what = f"main: {frames[7]} is damaged: one of its checksums is wrong; it has been removed; it is drawn again"
    assert what in notes  # it is read to be encoded; of the others both ends tell it
    assert "main: 8 of 60 frames are finished already" in notes

    def encode(paths: Sequence[Path], *more: Any, **how: Any) -> Path:
        if not tries:
            tries.append(1)
            how["read"](paths[8])
            paths[8].unlink()
            raise LostFrame("cannot read a frame")
        return joined_frames(paths, *more, **how)

    tries: list[int] = []
    monkeypatch.setattr(finished_movie, "encode", encode)
    (out / "s" / "s_main.mp4").unlink()
    assert render(out) == undisturbed
    assert "main: cannot read a frame; it is drawn again" in notes
    flip_a_bit(frames[7], 20)
    (out / "s" / "s_main.mp4").unlink()
    for number in (1, 2):  # shards read what is kept, since they make no movie
        farm = Tiny(log=tmp_path / "log.txt", seconds=0)
        list(render_outputs(tiny.prepared, ["main"], out, farm=farm, progress=Notes(), shard=Shard(number, 2)))
    assert "main: 1 kept frame is damaged and drawn again (frame 7)" in notes
    assert render(out) == undisturbed

    def never_kept(store: FrameStore, index: int, picture: np.ndarray) -> Path:
        return store.folder

    monkeypatch.setattr(FrameStore, "put", never_kept)
    with pytest.raises(
        MoviemakerError, match=r"frame 0 has been drawn 3 times, and its file is gone .*look at the disk"
    ):
        render(tmp_path / "other")
