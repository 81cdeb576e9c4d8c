"""Signals stop a render within two seconds and leave nothing behind; a worker's death costs its frame."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

SCENE = """\
duration: 3
fps: 20
data:
  points: {kind: particles, file: points.npz}
layers:
  - {kind: points, data: points, size: 0.3, color: {by: id, colormap: viridis}}
camera:
  orbit: {radius: 6, azimuth: {0: 0, 3: 90}}
outputs:
  main: {lens: perspective, size: [320, 180]}
"""
SECONDS_TO_STOP = 2.0
STOPPED = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGQUIT: 131}

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's list of processes")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signals")
    np.savez(folder / "points.npz", position=np.random.default_rng(0).normal(size=(50, 3)))
    (folder / "spin.yaml").write_text(SCENE, encoding="utf-8")
    return folder / "spin.yaml"


def start(scene: Path, out: Path, *options: str, label: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--out", str(out), *options]
    environment = os.environ | {"SIGNALLED_TEST": label}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, env=environment, preexec_fn=heed_signals)


def heed_signals() -> None:
    """Heeds the signals again that a shell ignores for what it starts in the background."""
    for how in STOPPED:
        signal.signal(how, signal.SIG_DFL)


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Waits until a command answers signals: until its process has a handler of SIGCHLD."""
    while process.poll() is None:
        (caught,) = [
            line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("SigCgt")
        ]
        if int(caught.split()[1], 16) >> (signal.SIGCHLD - 1) & 1:
            return
        time.sleep(0.005)


def render(scene: Path, out: Path, *options: str) -> bytes:
    process = start(scene, out, *options)
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return Path(printed.strip()).read_bytes()


def processes(label: str) -> Iterator[int]:
    """Processes that were started with a label in their environment, and what they have started."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"SIGNALLED_TEST={label}\0".encode() in (entry / "environ").read_bytes():
                    yield int(entry.name)
            except OSError:
                continue


def left_behind(out: Path) -> list[str]:
    """Files that a run which was stopped should not leave."""
    return [path.name for path in out.rglob("*") if path.name.endswith((".partial", ".part")) or path.name == "owner"]


def semaphores() -> set[str]:
    return {path.name for path in Path("/dev/shm").glob("sem.*")} if Path("/dev/shm").is_dir() else set()


def stop_at_random(scene: Path, folder: Path, moments: int, seed: int) -> None:
    """Stops renders at random moments, and looks at what is left of each."""
    undisturbed = render(scene, folder / "undisturbed")
    out, chance = folder / "out", random.Random(seed)
    for number in range(moments):
        workers = 1 + number % 2
        how = chance.choice([signal.SIGINT, signal.SIGTERM])
        label = f"{folder}-{number}"
        before = semaphores()
        process = start(scene, out, "--workers", str(workers), label=label)
        wait_until_ready(process)
        time.sleep(chance.uniform(0.0, 2.9))
        ended_before = process.poll() is not None
        sent = time.monotonic()
        process.send_signal(how)
        printed, said = process.communicate(timeout=30)
        took = time.monotonic() - sent
        if ended_before or process.returncode == 0:  # it had finished
            assert Path(printed.strip()).read_bytes() == undisturbed
            Path(printed.strip()).unlink()
            if number % 3:  # the next one is stopped while it encodes
                for frame in out.rglob("*.png"):
                    frame.unlink()
        else:
            assert process.returncode == STOPPED[how], (process.returncode, said)
            assert took < SECONDS_TO_STOP
            assert said.rstrip().splitlines()[-1] == "stopped; the same command carries on where it was"
            assert "Traceback" not in said
            assert "leaked" not in said
        assert not list(processes(label))
        assert not left_behind(out)
        assert semaphores() <= before
    assert render(scene, out) == undisturbed


def test_a_render_that_is_stopped_leaves_nothing_behind(scene, tmp_path):
    stop_at_random(scene, tmp_path, moments=8, seed=3)


@pytest.mark.slow
def test_renders_that_are_stopped_at_forty_moments(scene, tmp_path):
    stop_at_random(scene, tmp_path, moments=40, seed=4)


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_stop_it_too(how, scene, tmp_path):
    long = scene.with_name("long.yaml")  # it is not over by then, however late this process is woken
    long.write_text(SCENE.replace("duration: 3", "duration: 300"), encoding="utf-8")
    process = start(long, tmp_path, label=str(tmp_path))
    wait_until_ready(process)
    time.sleep(0.3)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == STOPPED[how], said
    assert not list(processes(str(tmp_path)))


def test_a_signal_that_is_ignored_stays_ignored(scene, tmp_path):
    code = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "os.execv(sys.executable, [sys.executable, '-m', 'moviemaker', *sys.argv[1:]])"
    )  # as `nohup` does
    process = subprocess.Popen([sys.executable, "-c", code, "check", str(scene)], stdout=subprocess.PIPE, text=True)
    wait_until_ready(process)
    process.send_signal(signal.SIGHUP)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "no mistakes" in printed


def test_a_worker_that_is_killed_costs_its_frame_not_the_run(scene, tmp_path):
    undisturbed = render(scene, tmp_path / "undisturbed")
    label = str(tmp_path)
    process = start(scene, tmp_path / "out", "--workers", "2", label=label)
    deadline = time.monotonic() + 60
    killed = 0
    while killed < 2 and time.monotonic() < deadline and process.poll() is None:
        if len(list((tmp_path / "out").rglob("spin_main_*.png"))) > 3 * killed:
            workers = [pid for pid in processes(label) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            if workers:
                os.kill(workers[0], signal.SIGKILL)
                killed += 1
        time.sleep(0.02)
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert killed == 2
    assert said.count("a worker was ended (SIGKILL)") == 2
    assert Path(printed.strip()).read_bytes() == undisturbed
    assert not left_behind(tmp_path / "out")


def crashing(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, frame: int) -> None:
    """Lets processes crash when they draw a frame.

    Args:
        folder: for a file.
        where: Python that says which processes.
        frame: its number.
    """
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os, sys\n"
        f"if {where}:\n"
        "    import moviemaker.farm.crew.worker as crew\n"
        "    compute = crew.compute\n"
        f"    crew.compute = lambda studio, store, i: os.abort() if i == {frame} else compute(studio, store, i)\n"
    )
    paths = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PYTHONPATH", paths)


def test_a_frame_that_kills_every_worker_is_named_while_the_rest_goes_on(scene, tmp_path, monkeypatch):
    crashing(tmp_path, monkeypatch, "'spawn_main' in ' '.join(sys.orig_argv)", 5)
    process = start(scene, tmp_path / "out", "--workers", "2", "--frames", "0:10")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.count("main: a worker was ended (SIGABRT)") == 3
    assert said.count("frame 5 is drawn again") == 2
    failed = "1 of 10 frames could not be drawn (5): its process was ended (SIGABRT) (3 tries, the last one alone)"
    assert failed in said.splitlines()[-1]
    assert len(list((tmp_path / "out").rglob("spin_main_*.png"))) == 9


@pytest.mark.parametrize("workers", ["1", "auto"])
def test_a_crash_of_the_process_that_draws_does_not_end_the_render(workers, scene, tmp_path, monkeypatch):
    crashing(tmp_path, monkeypatch, "'spawn_main' not in ' '.join(sys.orig_argv)", 7)
    process = start(scene, tmp_path / "out", "--workers", workers)
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert said.count("the program crashed (SIGABRT) in a library that it uses; it carries on") == 1
    assert "main: 7 of 60 frames are finished already" in said
    monkeypatch.undo()
    assert Path(printed.strip()).read_bytes() == render(scene, tmp_path / "undisturbed")
    assert not left_behind(tmp_path / "out")


def test_a_frame_that_kills_whoever_draws_it_is_named_although_one_process_was_asked_for(scene, tmp_path, monkeypatch):
    crashing(tmp_path, monkeypatch, "True", 5)
    process = start(scene, tmp_path / "out", "--workers", "1", "--frames", "0:10")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.count("the program crashed (SIGABRT)") == 1
    assert "frames could not be drawn (5): its process was ended (SIGABRT) (3 tries" in said.splitlines()[-1]
    assert len(list((tmp_path / "out").rglob("spin_main_*.png"))) == 9


def test_a_crash_in_a_library_ends_in_a_sentence(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Crash:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'moviemaker.scene.text':\n"
        "            os.kill(os.getpid(), 11)\n"
        "sys.meta_path.insert(0, Crash())\n"
    )
    paths = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PYTHONPATH", paths)
    done = subprocess.run(
        [sys.executable, "-m", "moviemaker", "check", "x.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("the program crashed (SIGSEGV)")
