"""Renders the same movie by one process, several, shards and a Dask cluster on this machine, in turn."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from peers.by_moviemaker import written
from peers.work import Settings

ROOT = Path(__file__).resolve().parents[2]
SCENES = {"volume": "a volume", "glow": "glowing particles"}
"""The pictures that are made into movies, in words."""


@dataclass
class Way:
    """A way of rendering.

    Attributes:
        name: in words.
        commands: options of renders that run at the same time, and then one after them, if it is not empty.
        wall, cpu: seconds of each round, by scene.
        memory: MB of all processes together at the worst time, by scene; shared pages count once; 0: not measured.
        movies: hashes of what it has made, by scene.
        missing: why it was not measured.
    """

    name: str
    commands: list[list[str]]
    after: list[str] = field(default_factory=list)
    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    movies: dict[str, set[str]] = field(default_factory=dict)
    missing: str = ""


def ways(cores: int) -> list[Way]:
    """One process first. Several: up to a process for each core."""
    counts = [1]
    while counts[-1] * 2 <= max(cores, 2):
        counts.append(counts[-1] * 2)
    made = [Way(f"{n} process{'es' if n > 1 else ''}", [["--workers", str(n)]]) for n in counts]
    made.append(Way("`--workers auto`", [["--workers", "auto"]]))
    shards = [["--workers", "1", "--shard", f"{n}/2"] for n in (1, 2)]
    made.append(Way("2 shards at once, joined by a third command", shards, ["--workers", "1"]))
    missing = "" if importlib.util.find_spec("distributed") else "`pip install moviemaker[cluster]`"
    made.append(Way("`--cluster local`, 2 workers", [["--cluster", "local", "--workers", "2"]], missing=missing))
    return made


def measure(folder: Path, settings: Settings, cores: int, rounds: int) -> list[Way]:
    """Renders every scene in every way, in turn."""
    made = ways(cores)
    for scene in SCENES:
        file = folder / f"scaling_{scene}.yaml"
        file.write_text(yaml.safe_dump(written(scene, folder, settings), sort_keys=False), encoding="utf-8")
        # What is compiled is kept, and does not count.
        finish([started(file, folder / "warm", ["--workers", "1", "--frames", "0:1"])])
        for _ in range(rounds):
            for way in made:
                if not way.missing:
                    run(way, scene, file)
    return made


def run(way: Way, scene: str, file: Path) -> None:
    """Renders once, as whole commands, and adds the figures to the way."""
    out = file.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    begun = time.perf_counter()
    cpu, memory = finish([started(file, out, options) for options in way.commands])
    if way.after:
        more, largest = finish([started(file, out, way.after)])
        cpu, memory = cpu + more, max(memory, largest)
    wall = time.perf_counter() - begun
    way.wall.setdefault(scene, []).append(wall)
    way.cpu.setdefault(scene, []).append(cpu)
    way.memory[scene] = max(memory, way.memory.get(scene, 0.0))
    (movie,) = out.rglob("*.mp4")
    way.movies.setdefault(scene, set()).add(hashlib.sha256(movie.read_bytes()).hexdigest())
    print(f"{scene:10}{way.name:44}{wall:8.2f} s {cpu:8.2f} s CPU", file=sys.stderr, flush=True)


def started(file: Path, out: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """Starts a render."""
    command = [sys.executable, "-m", "moviemaker", "render", str(file), "--out", str(out), *options]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    with (file.parent / "render.txt").open("ab") as said:
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | {"PYTHONPATH": path}, cwd=file.parent
        )


def finish(running: Sequence[subprocess.Popen[bytes]]) -> tuple[float, float]:
    """Waits for renders. Gives processor seconds of all their processes, and the most memory that was seen, MB."""
    left, cpu, memory = {process.pid for process in running}, 0.0, 0.0
    while left:
        memory = max(memory, sum(map(held, left)))
        time.sleep(0.05)
        for pid in sorted(left):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if ended:
                left.discard(pid)
                cpu += used.ru_utime + used.ru_stime
                if status:
                    sys.exit(f"a render has failed with status {os.waitstatus_to_exitcode(status)}")
        if left:
            time.sleep(0.2)
    return cpu, memory


def held(pid: int) -> float:
    """MB that a process and its children hold; 0 without psutil, which comes with the extra `cluster`."""
    with suppress(ImportError):
        import psutil

        total = 0.0
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    total += each.memory_full_info().pss / 1e6
        return total
    return 0.0
