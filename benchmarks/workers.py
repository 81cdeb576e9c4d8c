"""Compares `--workers auto` with one and with two processes, and two processes on two cores with one on one core.

Every scene of `scenes/` as a short film, whole commands with start, data and encoding. The ways take turns, and the
best time of each counts. A row for each scene, and what was missed at the end:

- `auto` takes at most 1.05 times the better of one and two;
- the cores are idle for less than 10 % of the time from the first frame to the end of the movie (the column before it
  counts the start too, in which Python reads its libraries and the data are made, on one core);
- particles: two processes on two cores take at most 1/1.6 of the time of one process on one core.

    python benchmarks/workers.py [SCENE ...] [--rounds 2] [--length 1] [--only auto|cores]

Linux, two cores without other work, about thirteen minutes. `--length 2` makes films with twice as many frames.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Film:
    """What is drawn of a scene, so that one process takes ten to forty seconds.

    Attributes:
        output: name of the output.
        scale: of its size.
        fps: frames per second: all of the movie, in fewer frames.
        particles: whether most of the work is drawing particles.
    """

    output: str
    scale: float
    fps: float
    particles: bool = False


FILMS = {
    "all_around": Film("vr", 0.125, 2, particles=True),
    "colliding_box": Film("hd", 1.0, 24, particles=True),  # it computes for seconds before the first frame
    "flowing_density": Film("hd", 0.5, 2),
    "galaxy_halo": Film("hd", 0.5, 4),
    "orbital": Film("hd", 0.5, 2),
    "orbital_shells": Film("hd", 0.5, 2),
    "tidal_stream": Film("hd", 0.5, 15, particles=True),
}


@dataclass(frozen=True)
class Way:
    """How the frames are drawn.

    Attributes:
        workers: as the command takes it.
        cores: on how many.
        frames: how many, as the command takes it; empty: all.
    """

    workers: str
    cores: int = 2
    frames: str = ""

    def __str__(self) -> str:
        return self.workers if self.cores == 2 else f"{self.workers} on {self.cores} core"


@dataclass(frozen=True)
class Run:
    """A render.

    Attributes:
        seconds: that the command took.
        busy: seconds of all cores together.
        idle: share of the time since the first frame for which cores were idle.
        said: what it said of processes.
    """

    seconds: float
    busy: float
    idle: float
    said: str


def idle_seconds(cores: set[int]) -> float:
    """For how long cores have been idle since the machine was started, together."""
    lines = (line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines())
    names = {f"cpu{core}" for core in cores}
    return sum(int(words[4]) + int(words[5]) for words in lines if words[0] in names) / TICK


def render(scene: Path, film: Film, way: Way, cores: list[int]) -> Run:
    """Renders a film."""
    bound = set(cores[: way.cores])
    with tempfile.TemporaryDirectory() as folder:
        text = scene.read_text(encoding="utf-8")
        toy = Path(folder, scene.name)
        toy.write_text(re.sub(r"(?m)^fps:.*$", f"fps: {film.fps:g}", text), encoding="utf-8")
        options = ["--output", film.output, "--scale", str(film.scale), "--workers", way.workers, "--out", folder]
        options += ["--frames", way.frames] if way.frames else []
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "moviemaker", "render", str(toy), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, bound),
        )
        assert process.stderr is not None
        said, first, idle = "", 0.0, 0.0
        for line in process.stderr:
            said += line
            if "drawn by" in line and not first:
                first, idle = time.monotonic(), idle_seconds(bound)
        _, status, used = os.wait4(process.pid, 0)
        ended = time.monotonic()
        idle = (idle_seconds(bound) - idle) / (len(bound) * (ended - first))
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(said)
    notes = [line.split(": ", 1)[1] for line in said.splitlines() if re.search(r"process(es)? draw", line)]
    return Run(ended - begun, used.ru_utime + used.ru_stime, idle, "; ".join(notes))


def best_of(scene: Path, film: Film, ways: list[Way], rounds: int) -> dict[str, Run]:
    """The quickest run of each way, which take turns."""
    cores = sorted(os.sched_getaffinity(0))
    best: dict[str, Run] = {}
    render(scene, film, Way("1", frames="0:1"), cores)  # what Numba compiles is kept
    for turn in range(rounds):
        ways = [way for way in ways[::-1] if turn == 0 or way.cores == 2]  # one core alone takes long, and is steady
        for way in ways:
            run = render(scene, film, way, cores)
            if str(way) not in best or run.seconds < best[str(way)].seconds:
                best[str(way)] = run
    return best


def judge(scene: str, film: Film, best: dict[str, Run]) -> list[str]:
    """What was missed."""
    missed = []
    if "auto" in best:
        ratio = best["auto"].seconds / min(best["1"].seconds, best["2"].seconds)
        if ratio > 1.05:
            missed.append(f"{scene}: auto takes {ratio:.2f} times the better of 1 and 2")
        if best["auto"].idle >= 0.1:
            missed.append(f"{scene}: with auto, cores are idle for {best['auto'].idle:.0%} of the time")
    if film.particles and "1 on 1 core" in best:
        gain = best["1 on 1 core"].seconds / best["2"].seconds
        if gain < 1.6:
            missed.append(f"{scene}: 2 processes on 2 cores are {gain:.2f} times as fast as 1 on 1")
    return missed


def main() -> None:
    """Prints a row for each scene and way, and what was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenes", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--length", type=float, default=1.0)
    parser.add_argument("--only", choices=("auto", "cores"))
    asked = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed")
    began, missed = time.monotonic(), []
    print(f"{'scene':16} {'workers':12} {'seconds':>8} {'of cores':>9} {'idle':>6} {'drawing':>8} {'ratio':>6}")
    for scene in asked.scenes or sorted((ROOT / "scenes").glob("*.yaml")):
        film = FILMS[scene.stem]
        film = replace(film, fps=film.fps * asked.length)
        ways = [Way("1"), Way("2"), Way("auto")] if asked.only != "cores" else [Way("2")]
        if film.particles and asked.only != "auto":
            ways.append(Way("1", cores=1))
        if len(ways) == 1:
            continue
        best = best_of(scene, film, ways, asked.rounds)
        base = min(best[way].seconds for way in ("1", "2") if way in best)
        for way in ways:
            run = best[str(way)]
            idle = 1 - run.busy / (run.seconds * way.cores)
            ratio = run.seconds / (best["2"].seconds if way.cores == 1 else base)
            row = f"{scene.stem:16} {way!s:12} {run.seconds:8.1f} {run.busy:9.1f} {idle:6.0%} {run.idle:8.0%}"
            print(f"{row} {ratio:6.2f}  {run.said}".rstrip(), flush=True)
        missed += judge(scene.stem, film, best)
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")
    print("\n".join(missed) if missed else "nothing is missed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
