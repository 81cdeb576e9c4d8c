"""A render that is stopped at any moment ends in the same bytes, and no finished frame is rendered twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from moviemaker.film.picture import read_picture
from moviemaker.film.store import FrameStore

SCENE = """\
duration: 2.5
fps: 10
data:
  points: {kind: particles, file: points.npz}
layers:
  - {kind: points, data: points, size: 0.3, color: {by: id, colormap: viridis}}
camera:
  orbit: {radius: 6, azimuth: {0: 0, 2.5: 90}}
outputs:
  main: {lens: perspective, size: [160, 90]%s}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    np.savez(tmp_path / "points.npz", position=np.random.default_rng(0).normal(size=(50, 3)))
    return write_scene(tmp_path)


def write_scene(folder: Path, extra: str = "", text: str = SCENE) -> Path:
    path = folder / "spin.yaml"
    path.write_text(text % extra, encoding="utf-8")
    return path


@pytest.fixture
def long_scene(scene: Path) -> Path:
    """A scene of 250 frames, that cannot be finished before it is killed or before another run begins."""
    return write_scene(scene.parent, text=SCENE.replace("fps: 10", "fps: 100"))


def command(scene: Path, out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "moviemaker", "render", str(scene), "--out", str(out), *options]


def render(scene: Path, out: Path, *options: str) -> tuple[Path, str]:
    done = subprocess.run(command(scene, out, *options), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()), done.stderr


def frames(out: Path) -> dict[str, tuple[int, int, int]]:
    """Identity of every finished frame's file: a frame that was rendered again would have another."""
    found = {}
    for path in sorted((out / "spin").rglob("spin_main_*.png")):
        known = path.stat()
        found[path.name] = (known.st_ino, known.st_mtime_ns, known.st_size)
    return found


def test_killed_at_any_moment_it_ends_in_the_same_bytes(long_scene, tmp_path):
    scene = long_scene
    undisturbed, _ = render(scene, tmp_path / "undisturbed")
    out = tmp_path / "killed"
    chance = random.Random(20)
    seen: dict[str, tuple[int, int, int]] = {}
    for attempt in range(20):
        workers = "2" if attempt % 5 == 4 else "1"
        process = subprocess.Popen(
            command(scene, out, "--workers", workers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.7, 2.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = frames(out)
        assert seen.items() <= now.items(), "a finished frame was lost or rendered again"
        seen = now
    movie, _ = render(scene, out)
    assert seen.items() <= frames(out).items()
    assert movie.read_bytes() == undisturbed.read_bytes()
    left_over = [
        path.name for path in (out / "spin").rglob("*") if path.is_file() and path.suffix not in (".png", ".mp4")
    ]
    assert not [name for name in left_over if "partial" in name]


def test_workers_end_with_the_process_that_started_them(scene, tmp_path):
    process = subprocess.Popen(
        command(scene, tmp_path / "out", "--workers", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not frames(tmp_path / "out") and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = descendants(process.pid)
    process.kill()
    process.wait()
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(workers) >= 3  # the command itself and its workers
    assert not any(map(alive, workers))


def descendants(pid: int) -> list[int]:
    """Processes that a process has started, and what these have started."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return children + [each for child in children for each in descendants(child)]
    except FileNotFoundError:
        pytest.skip("needs Linux's list of child processes")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_frame_is_the_same_alone_serially_and_with_workers(scene, tmp_path):
    one, _ = render(scene, tmp_path / "one")
    two, _ = render(scene, tmp_path / "two", "--workers", "2")
    assert one.read_bytes() == two.read_bytes()
    for index in (0, 7, 24):
        kept = tmp_path / f"one/spin/.spin_main.frames/spin_main_{index + 1:06d}.png"
        assert kept.read_bytes() == (tmp_path / f"two/spin/.spin_main.frames/{kept.name}").read_bytes()
        still = [sys.executable, "-m", "moviemaker", "still", str(scene), "--time", str(index / 10)]
        subprocess.run([*still, "-o", str(tmp_path / "still.png")], check=True, capture_output=True)
        assert (read_picture(kept) == read_picture(tmp_path / "still.png")).all()


def test_a_changed_scene_starts_afresh_and_so_do_changed_data(scene, tmp_path):
    render(scene, tmp_path / "out")
    first = frames(tmp_path / "out")
    write_scene(tmp_path, text=SCENE.replace("size: 0.3", "size: 0.4"))
    render(scene, tmp_path / "out")
    second = frames(tmp_path / "out")
    assert not set(first.values()) & set(second.values())
    np.savez(tmp_path / "points.npz", position=np.random.default_rng(1).normal(size=(50, 3)))
    render(scene, tmp_path / "out")
    assert not set(second.values()) & set(frames(tmp_path / "out").values())


@pytest.mark.parametrize("change", [", quality: draft", ", codec: h265", ", format: webm"])
def test_a_changed_codec_or_quality_alone_renders_nothing_again(scene, tmp_path, change):
    before_movie, _ = render(scene, tmp_path / "out")
    before, before_bytes = frames(tmp_path / "out"), before_movie.read_bytes()
    write_scene(tmp_path, change)
    movie, log = render(scene, tmp_path / "out")
    assert frames(tmp_path / "out") == before
    assert "rendering" not in log
    assert movie.read_bytes() != before_bytes


def test_the_same_command_again_does_nothing(scene, tmp_path):
    movie, _ = render(scene, tmp_path / "out")
    before = movie.stat().st_mtime_ns
    again, log = render(scene, tmp_path / "out")
    assert again.stat().st_mtime_ns == before
    assert "rendering" not in log
    assert "encoding" not in log


def test_restart_forgets_earlier_frames(scene, tmp_path):
    render(scene, tmp_path / "out")
    before = frames(tmp_path / "out")
    render(scene, tmp_path / "out", "--restart")
    assert not set(before.values()) & set(frames(tmp_path / "out").values())


def test_parts_of_a_movie_share_their_frames_with_the_whole(scene, tmp_path):
    render(scene, tmp_path / "out", "--frames", "3:8")
    part = frames(tmp_path / "out")
    assert len(part) == 5
    render(scene, tmp_path / "out")
    assert part.items() <= frames(tmp_path / "out").items()


def test_a_second_run_of_the_same_output_says_so_and_stops(scene, tmp_path):
    work = tmp_path / "out" / "spin" / ".spin_main.frames"
    with FrameStore(work, "spin_main", "made from something", work).claim():
        second = subprocess.run(command(scene, tmp_path / "out"), capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert str(os.getpid()) in second.stderr
    assert second.stdout == ""
