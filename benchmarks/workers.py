"""Compares `--workers auto` with one and with two processes, and two processes on two cores with one on one core.

For each scene of `scenes/`, its first output: seconds of the whole command, and the share of the time for which cores
are idle, which counts the start, the data and the encoding too. The ways take turns, and the best of each counts.

    python benchmarks/workers.py [SCENE ...] [--scale 0.5] [--frames 120] [--rounds 2] [--cores]

`--cores` measures what two cores gain over one instead (Linux: needs two cores).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """A render.

    Attributes:
        seconds: that the command took.
        busy: seconds of all cores together.
        said: what it said of processes.
    """

    seconds: float
    busy: float
    said: str


def render(scene: Path, options: list[str], workers: str, cores: set[int]) -> Run:
    """Renders the first output of a scene."""
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "moviemaker",
            "render",
            str(scene),
            "--workers",
            workers,
            "--out",
            out,
            *options,
        ]
        begun = time.monotonic()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(said)
    notes = [line.split(": ", 1)[1] for line in said.splitlines() if re.search(r"process(es)? draw", line)]
    return Run(seconds, used.ru_utime + used.ru_stime, "; ".join(notes))


def main() -> None:
    """Prints a row for each scene."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenes", nargs="*", type=Path)
    parser.add_argument("--scale", type=float, default=0.5)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", action="store_true")
    asked = parser.parse_args()
    two = set(sorted(os.sched_getaffinity(0))[:2])
    one = {min(two)}
    ways = {"auto": ("auto", two), "1": ("1", two), "2": ("2", two)}
    if asked.cores:
        ways = {"1 on 1 core": ("1", one), "2 on 2 cores": ("2", two), "auto on 2 cores": ("auto", two)}
    print(f"{'scene':16} {'way':16} {'seconds':>8} {'busy':>8} {'idle':>6}  ratio")
    for scene in asked.scenes or sorted((ROOT / "scenes").glob("*.yaml")):
        output = re.findall(r"^outputs:.*\n(?:\s*#.*\n)*\s+(\w+):", scene.read_text(encoding="utf-8"), re.MULTILINE)[0]
        options = ["--output", output, "--frames", f"0:{asked.frames}", "--scale", str(asked.scale)]
        best: dict[str, Run] = {}
        for _ in range(asked.rounds):
            for way, (workers, cores) in ways.items():
                run = render(scene, options, workers, cores)
                if way not in best or run.seconds < best[way].seconds:
                    best[way] = run
        first, *others = best.values()
        for way, run in best.items():
            idle = 1 - run.busy / (run.seconds * len(ways[way][1]))
            ratio = first.seconds / run.seconds if asked.cores else run.seconds / min(each.seconds for each in others)
            print(
                f"{scene.stem:16} {way:16} {run.seconds:8.1f} {run.busy:8.1f} {idle:6.0%}  {ratio:5.2f}  {run.said}",
                flush=True,
            )


if __name__ == "__main__":
    main()
