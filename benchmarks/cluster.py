"""What becomes of a render on a Dask cluster whose workers differ, die, come, hang, and whose scheduler is killed.

A scheduler and two workers run in processes of their own and, for the superuser on Linux, each on a pretended machine
with a network, a name and mounts of its own. Every film has to have the frames that one process draws, byte for byte.

- two workers that share the folder, and two that do not: data and frames then go through the network;
- one worker alone, one with half a core alone, both together: the time against that of the best split, for a film with
  which workers start and for one that they draw warm;
- a worker is killed and another one comes; a worker hangs; the scheduler is killed and started again; it stays away;
- a worker has other sources of the program: it is refused.

    python benchmarks/cluster.py [--frames 240] [--width 320] [--rounds 3] [--only NAME ...] [--together]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from clusters.dask_cluster import DaskCluster
from clusters.machines import Machine, Network

import moviemaker as mm
from moviemaker.farm import Farm
from moviemaker.farm.dask import Dask

ROOT = Path(__file__).resolve().parent.parent
HANGS = 10.0
"""Seconds without an answer after which a worker has hung."""
OUTPUTS = ("warm", "film")
"""The outputs of a scene: with the first one workers start."""
SPLIT = 1.15
"""Times the best split that two different workers may take."""


def scene(folder: Path, frames: int, width: int, first: int = 32) -> mm.Scene:
    """A scene of two outputs: one of another width by which workers get warm, and one that is measured."""
    folder.mkdir(exist_ok=True)
    axis = np.linspace(-1, 1, 96)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    rho = np.exp(-8 * (np.hypot(np.hypot(x, y) - 0.6, z)) ** 2) + 0.2 * np.exp(-20 * (x * x + y * y + z * z))
    np.savez(folder / "ring.npz", rho=rho.astype(np.float32))
    sizes = [[each, each * 9 // 16] for each in (first, width)]
    written = {
        "duration": frames / 24,
        "fps": 24,
        "data": {"ring": {"kind": "grid", "file": "ring.npz", "bounds": [[-1, 1], [-1, 1], [-1, 1]]}},
        "layers": [{"kind": "volume", "data": "ring", "opacity": 0.6}],
        "camera": {"orbit": {"radius": 3.2, "elevation": 30, "azimuth": {0: 0, frames / 24: 360}}},
        "outputs": {
            output: {"lens": "perspective", "size": size, "format": "png"}
            for output, size in zip(OUTPUTS, sizes, strict=True)
        },
    }
    return mm.Scene.from_dict(written, "ring", folder)


class Watch:
    """A progress reporter that keeps notes and the time of the measured output, and acts when some frames are done.

    Args:
        at: number of finished frames at which it acts.
        act: what it does then.
    """

    def __init__(self, at: int = 0, act: Callable[[], object] | None = None):
        self.notes: list[str] = []
        self.seconds = 0.0
        self.finished: dict[str, list[float]] = {}
        """Seconds after which each frame of an output was finished, ascending."""
        self._at, self._act = at, act

    def note(self, text: str) -> None:
        """Keeps a note."""
        self.notes.append(text)

    @contextmanager
    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> Iterator[Callable[[int], None]]:
        """Measures how long the frames take."""
        begun = time.monotonic()

        def advance(done: int) -> None:
            if what == "film: rendering":
                self.seconds = time.monotonic() - begun
                if self._act and done == self._at:
                    threading.Thread(target=self._act, daemon=True).start()

        yield advance


def frames_in(folder: Path) -> dict[str, str]:
    """Hashes of all frames by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.png")}


def finished(out: Path) -> dict[str, list[float]]:
    """Seconds after which each frame of an output was finished, as the logs say, ascending."""
    found = {}
    for output in OUTPUTS:
        (log,) = out.glob(f"ring/.ring_{output}*/log/*")
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        begun = next(line["when"] for line in lines if line["event"] == "start")
        found[output] = sorted(line["when"] - begun for line in lines if line["event"] == "frame")
    return found


def best_split(one: list[float], other: list[float]) -> float:
    """The shortest time of all ways of sharing a film between two workers, by when each alone had drawn how much."""
    frames = len(one)
    first, second = [0.0, *one], [0.0, *other]
    return min(max(first[count], second[frames - count]) for count in range(frames + 1))


class Trials:
    """All trials, with what they share.

    Args:
        folder: for everything.
        network: of the machines.
        frames: number of frames.
        width: of the pictures.
        rounds: how often workers of different speed are measured.
    """

    def __init__(self, folder: Path, network: Network, frames: int, width: int, rounds: int):
        self.folder, self.network, self.frames, self.width, self.rounds = folder, network, frames, width, rounds
        self.scene = scene(folder / "scene", frames, width)
        self.shared = folder / "shared"
        self.shared.mkdir()
        self._right: dict[int, dict[str, str]] = {}
        self.rows = 0
        cores = os.cpu_count() or 1
        self.cores = [0 % cores, 1 % cores]
        self.cluster = DaskCluster(network.machine("scheduler"), folder)

    def right(self, scene: mm.Scene) -> dict[str, str]:
        """The frames that all have to have, drawn by this process."""
        if id(scene) not in self._right:
            watch, out = Watch(), self.shared / "serial"
            scene.render(out=out, progress=watch)
            self._right[id(scene)] = found = frames_in(out)
            shutil.rmtree(out)
            print(f"{'one process':44s} {watch.seconds:7.1f} s  {len(found)} frames", flush=True)
        return self._right[id(scene)]

    def machine(self, name: str, which: int, share: float = 1.0, apart: bool = False) -> Machine:
        """A machine for workers, which has one core."""
        hidden = [self.folder / "scene", self.shared] if apart else []
        return self.network.machine(name, self.cores[which], share, hidden)

    def render(
        self,
        name: str,
        watch: Watch | None = None,
        farm: Farm | None = None,
        workers: int = 2,
        scene: mm.Scene | None = None,
    ) -> Watch:
        """Renders on the cluster, compares all frames, and prints a line."""
        scene = scene or self.scene
        right = self.right(scene)
        self.cluster.await_workers(workers)
        watch = watch or Watch()
        self.rows += 1
        out = self.shared / f"out{self.rows}"
        try:
            scene.render(out=out, farm=farm or Dask(address=self.cluster.address, hangs=HANGS), progress=watch)
            found = frames_in(out)
            watch.finished = finished(out)
            what = "same bytes" if found == right else f"{_differing(found, right)} frames DIFFER"
        except mm.MoviemakerError as error:
            what = f"stopped: {error}"
        print(f"{name:44s} {watch.seconds:7.1f} s  {what}", flush=True)
        for note in watch.notes:
            print(f"    {note}", flush=True)
        shutil.rmtree(out, ignore_errors=True)
        return watch

    def equal(self) -> None:
        """Two workers that are alike."""
        one, two = self.machine("node1", 0), self.machine("node2", 1)
        workers = [self.cluster.worker(one), self.cluster.worker(two)]
        self.render("two workers, a shared folder")
        self.render("two workers, --no-shared", farm=Dask(address=self.cluster.address, shared=False))
        for machine, worker in zip((one, two), workers, strict=True):
            machine.kill(worker)

    def apart(self) -> None:
        """Two workers that see neither the data nor the folder."""
        if not self.network.apart:
            print("machines without a shared folder need the rights of the superuser: left out")
            return
        one, two = self.machine("node3", 0, apart=True), self.machine("node4", 1, apart=True)
        workers = [self.cluster.worker(one), self.cluster.worker(two)]
        self.render("two workers that see no folder of ours")
        for machine, worker in zip((one, two), workers, strict=True):
            machine.kill(worker)

    def split(self) -> None:
        """A worker with a core and one with half of one, each alone and both together, in turn.

        They draw the same film twice: at first they have to start, then they are warm. The best split is the one of
        all numbers of frames for each of them that would end first, by the times at which each alone had finished so
        many. The machine's own speed differs from round to round; all rounds are printed, and their median counts.
        """
        twice = scene(self.folder / "twice", self.frames, self.width, self.width)
        fast, slow = self.machine("fast", 0), self.machine("slow", 1, share=0.5)
        ratios: dict[str, list[float]] = {output: [] for output in OUTPUTS}
        for _ in range(self.rounds):
            worker = self.cluster.worker(fast)
            alone = self.render("a worker with one core", workers=1, scene=twice).finished
            fast.kill(worker)
            worker = self.cluster.worker(slow)
            halved = self.render("a worker with half a core", workers=1, scene=twice).finished
            slow.kill(worker)
            workers = [self.cluster.worker(fast), self.cluster.worker(slow)]
            together = self.render("both together", scene=twice).finished
            for machine, worker in zip((fast, slow), workers, strict=True):
                machine.kill(worker)
            for output, what in zip(OUTPUTS, ("with their start", "warm"), strict=True):
                one, half, both = alone[output][-1], halved[output][-1], together[output][-1]
                best = best_split(alone[output], halved[output])
                ratios[output].append(both / best)
                print(
                    f"    {what}: {one:.1f} and {half:.1f} s alone, {both:.1f} s together, best {best:.1f} s",
                    flush=True,
                )
        for output, what in zip(OUTPUTS, ("with their start", "warm"), strict=True):
            median = float(np.median(ratios[output]))
            said = "within" if median <= SPLIT else "NOT within"
            rounds = ", ".join(f"{ratio:.2f}" for ratio in ratios[output])
            print(f"times of the best split, {what}: {rounds}; median {median:.2f}, {said} 15 %", flush=True)

    def killed(self) -> None:
        """A worker is killed, and another one comes."""
        one, two = self.machine("node5", 0), self.machine("node6", 1)
        workers = [self.cluster.worker(one), self.cluster.worker(two)]

        def replace() -> None:
            one.kill(workers[0])
            workers[0] = self.cluster.worker(one)

        self.render("a worker is killed, another one comes", Watch(self.frames // 4, replace))
        one.kill(workers[0])
        two.kill(workers[1])

    def hangs(self) -> None:
        """The process that draws stops, and never goes on: of one worker of two, and of the only one."""
        one, two = self.machine("node7", 0), self.machine("node8", 1)
        workers = [self.cluster.worker(one), self.cluster.worker(two)]

        def stop() -> None:
            _stop_drawing(workers[0].pid)

        self.render("a worker of two hangs", Watch(self.frames // 4, stop))
        two.kill(workers[1])
        self.render("the only worker hangs", Watch(self.frames // 4, stop), workers=1)
        one.kill(workers[0])

    def scheduler(self) -> None:
        """The scheduler is killed and started again; then it is killed and stays away."""
        one, two = self.machine("node9", 0), self.machine("node10", 1)
        workers = [self.cluster.worker(one, again=True), self.cluster.worker(two, again=True)]

        def restart() -> None:
            self.cluster.kill()
            time.sleep(3)
            self.cluster.start()

        self.render("the scheduler is killed and started again", Watch(self.frames // 4, restart))
        farm = Dask(address=self.cluster.address, patience=10)
        self.render("the scheduler is killed for good", Watch(self.frames // 4, self.cluster.kill), farm)
        self.cluster.start()
        one.kill(workers[0])
        two.kill(workers[1])

    def versions(self) -> None:
        """A worker has other sources of the program."""
        other = self.folder / "other"
        shutil.copytree(ROOT / "moviemaker", other / "moviemaker", ignore=shutil.ignore_patterns("__pycache__"))
        with (other / "moviemaker" / "studio.py").open("a") as file:
            file.write("# changed\n")
        node = self.machine("node11", 0)
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = str(other)
        worker = self.cluster.worker(node)
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
        self.render("a worker with other sources", workers=1)
        node.kill(worker)


def _stop_drawing(pid: int) -> None:
    """Stops the processes that draw among all that a process has started."""
    children: dict[int, list[int]] = {}
    commands: dict[int, bytes] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    for each in found:
        if b"moviemaker.farm.cluster.drawing" in commands.get(each, b""):
            os.kill(each, signal.SIGSTOP)


def _differing(found: dict[str, str], right: dict[str, str]) -> int:
    return sum(found.get(name) != value for name, value in right.items())


def main() -> None:
    """Runs the trials."""
    names = ["equal", "apart", "split", "killed", "hangs", "scheduler", "versions"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--together", action="store_true", help="no networks of their own")
    given = parser.parse_args()
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    if subprocess.run([sys.executable, "-c", "import distributed"], check=False).returncode:
        sys.exit("install dask.distributed first: pip install 'moviemaker[cluster]'")
    with tempfile.TemporaryDirectory() as folder, Network(not given.together) as network:
        print("each worker on a machine of its own" if network.apart else "all workers on 127.0.0.1")
        trials = Trials(Path(folder), network, given.frames, given.width, given.rounds)
        for name in given.only:
            getattr(trials, name)()


if __name__ == "__main__":
    main()
