"""A long render of toy frames: does memory, the number of files that are open, or the time of a frame grow?

Two workers draw 20,000 frames of 64 x 36 pixels, in stereo, from a scene in which everything moves: a volume, an
isosurface and a slice of a series of grids, glowing particles and spheres of a series of snapshots. A second run draws
a few frames for each of many outputs of all lenses, with trails and a surface that is seen through, so that studios and
what they keep in their windows are made and put away all the time. Both are whole `render` commands, with a log,
claims, and a movie that is encoded meanwhile.

From outside are read, of the first process, its workers and the encoder: memory (pages that are shared count once),
open files, memory maps, threads; and shared memory, temporary files and files that are not frames. Each process counts
its own render windows. What has grown after the first frames counts. The log tells how long frames took at the
beginning and at the end.

    python benchmarks/soak.py [--frames 20000] [--outputs 60] [--workers 2] [--keep DIR]

Ends with status 1 if something has grown. Needs psutil, which comes with `pip install moviemaker[cluster]`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import yaml

ROOT = Path(__file__).resolve().parent.parent
STEPS = 40
"""Steps of the series of grids and of snapshots: the last is like the first."""
CYCLE = 400
"""Frames after which all repeats, so that the first frames cost what the last ones do."""
MEMORY = 50.0
"""MB that memory may grow."""
SLOWER = 1.15
"""How much longer frames may take at the end."""
COSTLY = [
    {"kind": "isosurface", "data": "field", "levels": [0.5], "opacity": 0.5},
    {"kind": "trails", "data": "stars", "length": 0.5},
]
"""Layers for the run of many outputs: what is seen through, and what is made of several times of the data."""
ALL_LENSES = {
    "flat": {"lens": "perspective", "size": [64, 36]},
    "pair": {"lens": "perspective", "size": [64, 36], "stereo": {"packing": "left-right"}},
    "around": {"lens": "equirectangular", "size": [64, 32]},
    "surround": {"lens": "equirectangular", "size": [64, 64], "stereo": {"packing": "top-bottom"}},
    "dome": {"lens": "domemaster", "size": [64, 64]},
    "cube": {"lens": "cubemap", "size": [96, 64]},
}

COUNTING = '''
"""Python runs this file when it starts: it notes how many windows of VTK there are, and what has been made."""
import gc
import os
import sys
import threading
import time


def count():
    path = os.path.join(os.environ["SOAK_COUNTS"], str(os.getpid()))
    while True:
        time.sleep(10)
        core = sys.modules.get("vtkmodules.vtkRenderingCore")
        if core is None:
            continue
        found = gc.get_objects()
        windows = sum(isinstance(each, core.vtkRenderWindow) for each in found)
        vtk = sum(str(type(each).__module__).startswith("vtkmodules") for each in found)
        with open(path, "a") as file:
            file.write(f"{time.time()} {windows} {vtk}\\n")
        del found


threading.Thread(target=count, daemon=True).start()
'''


def write_data(folder: Path) -> None:
    """A series of grids that breathe, and a series of snapshots of particles that turn."""
    axis = np.linspace(-1, 1, 24)
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    random = np.random.default_rng(0)
    start = random.uniform(0, 2 * np.pi, 300)
    distance, height = random.uniform(0.2, 1, 300), random.normal(0, 0.3, 300)
    for step in range(STEPS + 1):
        turn = 2 * np.pi * step / STEPS
        np.save(folder / f"rho_{step:03d}.npy", np.exp(-radius * (2 + np.sin(turn))).astype(np.float32))
        angle = start + turn
        position = np.stack([distance * np.cos(angle), distance * np.sin(angle), height], axis=1)
        np.savez(folder / f"snap_{step:03d}.npz", position=position, speed=distance, id=np.arange(300))


def scene(frames: int, outputs: dict[str, Any], *further: dict[str, Any]) -> dict[str, Any]:
    """The scene, in which all repeats after `CYCLE` frames.

    Args:
        frames: how many.
        outputs: its outputs.
        further: layers beside those that cost little.
    """
    seconds, cycle = frames / 30, CYCLE / 30
    cycles = -(-frames // CYCLE)

    def forth_and_back(low: Any, high: Any) -> dict[float, Any]:
        return {round(cycle * half / 2, 6): (low, high)[half % 2] for half in range(2 * cycles + 1)}

    return {
        "duration": seconds,
        "fps": 30,
        "clock": forth_and_back(0, STEPS),
        "data": {
            "field": {"kind": "grid", "file": "rho_*.npy", "bounds": [[-1, 1]] * 3},
            "stars": {"kind": "particles", "file": "snap_*.npz"},
        },
        "layers": [
            {"kind": "volume", "data": "field", "range": [0, 1], "transfer": [[0.1, 0], [1, 0.6]]},
            {"kind": "isosurface", "data": "field", "levels": forth_and_back([0.3], [0.6])},
            {"kind": "slice", "data": "field", "range": [0, 1]},
            {"kind": "points", "data": "stars", "shape": "glow", "exposure": 0.01, "size": 0.05},
            {"kind": "points", "data": "stars", "color": {"by": "speed"}, "size": 0.04},
            *further,
        ],
        "camera": {"orbit": {"radius": 4, "azimuth": forth_and_back(0, 180)}},
        "outputs": outputs,
    }


@dataclass
class Sample:
    """What was seen at one time.

    Attributes:
        frames: number of frames that were finished.
        memory: MB of all processes together; shared pages count once.
        of: figures of each process by its part (`first`, `worker 1`, ...): MB (`memory`, `resident`), `files`, `maps`,
            `threads`, processor seconds (`busy`).
        left: number of files in shared memory, temporary files, and files beside frames.
    """

    frames: int
    memory: float
    of: dict[str, dict[str, float]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


class Watcher:
    """Looks at a running render from outside."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, temporary: Path):
        self.main, self.out, self.temporary = psutil.Process(process.pid), out, temporary
        self.samples: list[Sample] = []
        self.log: Path | None = None
        self.names: dict[int, str] = {}
        self._offsets: dict[Path, tuple[int, int]] = {}
        self._shared: set[str] = set()

    def look(self) -> None:
        """Takes a sample."""
        sample = Sample(self._frames(), 0.0)
        with suppress(psutil.Error):
            for process in (self.main, *self.main.children(recursive=True)):
                with suppress(psutil.Error, OSError):
                    held, shared = figures(process)
                    self._shared |= shared
                    sample.memory += held["memory"]
                    sample.of[self._name(process)] = held
        sample.left = {
            "shared memory": len(self._shared & set(os.listdir("/dev/shm"))),
            "temporary files": sum(len(files) for _, _, files in os.walk(self.temporary)),
            "other files": self._others(),
        }
        self.samples.append(sample)

    def _name(self, process: psutil.Process) -> str:
        if process.pid not in self.names:
            line = " ".join(process.cmdline())
            if "spawn_main" in line:
                kind = "worker"
            elif process.pid == self.main.pid:
                kind = "launcher"  # the process that answers signals; the first process of the render is its child
            elif process.ppid() == self.main.pid:
                kind = "first"
            else:
                kind = Path(process.name()).stem
            number = sum(name.startswith(kind) for name in self.names.values()) + 1
            self.names[process.pid] = kind if number == 1 and kind != "worker" else f"{kind} {number}"
        return self.names[process.pid]

    def _frames(self) -> int:
        """Number of frames that the logs tell of."""
        total = 0
        for path in found(self.out, ".jsonl"):
            offset, count = self._offsets.get(path, (0, 0))
            with path.open("rb") as file:
                file.seek(offset)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            count += whole.count(b'{"event": "frame"')
            self._offsets[path] = (offset + len(whole), count)
            total += count
        return total

    def _others(self) -> int:
        """Number of files of this render that are not finished frames and movies."""
        return sum(
            name[-4:] not in (".png", ".mp4") or name.startswith(".")
            for _, _, files in os.walk(self.out)
            for name in files
        )


def found(folder: Path, ending: str) -> list[Path]:
    """Files of a folder whose names have an ending. Folders may vanish meanwhile."""
    return [Path(where, name) for where, _, names in os.walk(folder) for name in names if name.endswith(ending)]


def figures(process: psutil.Process) -> tuple[dict[str, float], set[str]]:
    """What a process holds, and the names of shared memory that it maps."""
    memory, times = process.memory_full_info(), process.cpu_times()
    maps = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    shared = {line.split("/dev/shm/")[1].split("/")[0].split(" ")[0] for line in maps if "/dev/shm/" in line}
    held = {"memory": memory.pss / 1e6, "resident": memory.rss / 1e6, "files": process.num_fds(), "maps": len(maps)}
    return held | {"threads": process.num_threads(), "busy": times.user + times.system}, shared


def render(folder: Path, name: str, written: dict[str, Any], workers: int, every: float) -> tuple[Watcher, float]:
    """Renders a scene and looks at it meanwhile. Gives what was seen, and seconds."""
    file, out, temporary, counts = folder / f"{name}.yaml", folder / name, folder / f"tmp_{name}", folder / f"of_{name}"
    file.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    for made in (temporary, counts, out):
        made.mkdir()
    (folder / "sitecustomize.py").write_text(COUNTING, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH") or str(ROOT)]))
    environment = os.environ | {"PYTHONPATH": path, "TMPDIR": str(temporary), "SOAK_COUNTS": str(counts)}
    command = [sys.executable, "-m", "moviemaker", "render", str(file), "--out", str(out), "--workers", str(workers)]
    begun = time.monotonic()
    with (folder / f"{name}.txt").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said, cwd=folder)
        watcher = Watcher(process, out, temporary)
        while process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(every)
            watcher.look()
    seconds = time.monotonic() - begun
    (folder / f"{name}.json").write_text(json.dumps([vars(sample) for sample in watcher.samples]), encoding="utf-8")
    if process.returncode:
        text = (folder / f"{name}.txt").read_text(encoding="utf-8", errors="replace")
        sys.exit(f"the render of {name} has ended with status {process.returncode}:\n{text[-2000:]}")
    return watcher, seconds


def median_of(samples: Sequence[Sample], part: str, what: str) -> float:
    """The median of a figure of a process over samples."""
    return statistics.median(sample.of[part][what] for sample in samples if part in sample.of)


def growth(watcher: Watcher, warm: int, counts: Path) -> Iterator[tuple[str, float, float, bool]]:
    """What is compared: its name, at the beginning, at the end, and whether that is growth.

    The beginning is after `warm` frames, and the end before the render winds up. Each is the median of a tenth of the
    samples, or of five.
    """
    # When all frames are drawn, workers end one by one.
    alive = [sample for sample in watcher.samples if sum(name.startswith("worker") for name in sample.of) >= 1]
    most = max(len(sample.of) for sample in alive)
    alive = [sample for sample in alive if len(sample.of) == most and sample.frames >= warm]
    few = max(5, len(alive) // 10)
    early, late = alive[:few], alive[-few:]
    memory = [statistics.median(sample.memory for sample in each) for each in (early, late)]
    yield "memory of all together, MB", *memory, memory[1] - memory[0] > MEMORY
    for part in sorted(set(early[0].of) & set(late[-1].of)):
        for what, allowed in (("resident", MEMORY), ("files", 8), ("maps", 50), ("threads", 0)):
            before, after = median_of(early, part, what), median_of(late, part, what)
            yield f"{part}: {what}{', MB' if what == 'resident' else ''}", before, after, after - before > allowed
    for what in early[0].left:
        left = [statistics.median(sample.left[what] for sample in each) for each in (early, late)]
        yield what, *left, left[1] > left[0]
    for pid, part in watcher.names.items():
        lines = (counts / str(pid)).read_text().splitlines() if (counts / str(pid)).exists() else []
        table = np.array([[float(each) for each in line.split()] for line in lines])
        if len(table) >= 4:
            fifth = len(table) // 5
            for column, what, allowed in ((1, "windows", 0), (2, "objects of VTK", 50)):
                before, after = np.median(table[fifth : 2 * fifth + 1, column]), np.median(table[-fifth - 1 :, column])
                yield f"{part}: {what}", float(before), float(after), bool(after - before > allowed)


def slowing(watcher: Watcher, warm: int) -> Iterator[tuple[str, float, float, bool]]:
    """Milliseconds of a frame at the beginning and at the end, by processor time of each process, and by the log."""
    samples = [sample for sample in watcher.samples if sample.frames >= warm]
    few = len(samples) // 5
    for part in sorted(set(samples[0].of) & set(samples[-few].of)):
        cost = []
        for first, last in ((samples[0], samples[few]), (samples[-2 * few], samples[-few])):
            cost.append(1e3 * (last.of[part]["busy"] - first.of[part]["busy"]) / max(1, last.frames - first.frames))
        yield f"{part}: processor ms a frame", *cost, cost[1] > SLOWER * cost[0] + 0.1
    for path in found(watcher.out, ".jsonl"):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        frames = [line for line in lines if line["event"] == "frame"]
        if len(frames) < 2 * warm:
            continue
        parts: dict[str, list[float]] = defaultdict(list)
        span = len(frames) // 5 // CYCLE * CYCLE or len(frames) // 5
        for some in (frames[warm : warm + span], frames[-span:]):
            for name in some[0]["seconds"]:
                parts[name].append(1e3 * statistics.mean(frame["seconds"].get(name, 0) for frame in some))
            parts["busy"].append(1e3 * statistics.mean(frame["busy"] for frame in some))
            parts["between frames"].append(1e3 * (some[-1]["when"] - some[0]["when"]) / len(some))
        for name, (before, after) in parts.items():
            yield f"log: {name}, ms a frame", before, after, name == "busy" and after > SLOWER * before + 0.1


def report(title: str, rows: Sequence[tuple[str, float, float, bool]]) -> int:
    """Prints a table. Gives the number of rows that have grown."""
    print(f"\n{title}\n{'':40}{'beginning':>12}{'end':>12}")
    for name, before, after, grown in rows:
        print(f"{name:40}{before:12.2f}{after:12.2f}{'  GROWS' if grown else ''}")
    return sum(grown for *_, grown in rows)


def main() -> int:
    """Renders twice and prints what has grown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--outputs", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between looks")
    parser.add_argument("--keep", type=Path, help="a folder for all that is written, which stays")
    options = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = (options.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        write_data(folder)
        if options.frames:
            warm = min(2000, options.frames // 5)
            written = scene(options.frames, {"pair": ALL_LENSES["pair"]})
            watcher, seconds = render(folder, "long", written, options.workers, options.every)
            rows = [*growth(watcher, warm, folder / "of_long"), *slowing(watcher, warm)]
            title = f"{options.frames} frames by {options.workers} workers, {seconds:.0f} s, after the first {warm}"
            bad += report(title, rows)
        if options.outputs:
            each = 24
            kinds = list(ALL_LENSES.items())
            outputs = {f"{kinds[k % len(kinds)][0]}_{k}": kinds[k % len(kinds)][1] for k in range(options.outputs)}
            written = scene(each, outputs, *COSTLY)
            watcher, seconds = render(folder, "many", written, options.workers, options.every / 4)
            warm = each * max(len(kinds), options.outputs // 3)  # every lens has been loaded once
            rows = list(growth(watcher, warm, folder / "of_many"))
            rows = [row for row in rows if row[0] != "other files"]  # each output has a log and records
            bad += report(f"{options.outputs} outputs of {each} frames, {seconds:.0f} s, after the first {warm}", rows)
    print("\nnothing grows" if not bad else f"\n{bad} figures grow")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
