"""Renders in which something goes wrong: they end in the bytes of an undisturbed one, and no frame is lost.

Each round is a render with a random fault at a random moment, and then the same command until it is finished:

- a worker, the command, any process of it, a worker of a Dask cluster or its scheduler is killed; Ctrl-C, SIGTERM;
- finished frames are truncated, deleted, or have a bit flipped; the hidden folder is deleted;
- the disk is full; the clock goes back; claims are left by processes and machines that are gone; a shard is killed.

After each round, the movie and all frames have the bytes of an undisturbed render, every frame that was drawn again was
in flight when its process ended or was spoiled by the fault, and no process and no further file is left.

Only for Linux. The full disk is a small tmpfs in a mount namespace of this program alone; where neither root nor a user
namespace may make one, that fault is skipped. The clock goes back for Python's `time.time` in all processes of the
render and in the times of files, not for the machine. Faults of clusters need `moviemaker[cluster]`.

    python benchmarks/faults.py [--rounds 50] [--seed 1] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from faulty.faults import FAULTS
from faulty.rounds import FRAMES, SCENE, Fault, Round

_MOUNTS = "FAULTS_MOUNTS"
"""Environment variable: whether this program may mount."""


def main() -> int:
    """Runs all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="default: a random one")
    parser.add_argument("--only", nargs="+", choices=[fault.__name__ for fault in FAULTS], metavar="NAME")
    options = parser.parse_args()
    _enter_own_mounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of this program is left either
    chosen = [fault for fault in FAULTS if not options.only or fault.__name__ in options.only]
    for fault in [*chosen]:
        if why := _impossible(fault):
            print(f"SKIPPED: {fault.__name__}, {why}", flush=True)
            chosen.remove(fault)
    if not chosen:
        return 1
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    order: list[Fault] = []
    failed = in_flight = spoiled = runs = 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MOVIEMAKER_CACHE"] = str(folder / "cache")
        np.savez(folder / "points.npz", position=np.random.default_rng(0).normal(size=(200, 3)))
        scene = folder / "faults.yaml"
        scene.write_text(SCENE, encoding="utf-8")
        undisturbed = _Undisturbed(scene, folder / "undisturbed")
        for number in range(options.rounds):
            order = order or chance.sample(chosen, len(chosen))
            fault = order.pop()
            one, since = _new_round(scene, folder / str(number), chance), time.monotonic()
            try:
                fault(one)
                undisturbed.compare(one)
                again = one.ledger.again()
                said = f"{one.runs} runs, {again}"
                in_flight, spoiled = in_flight + again.in_flight, spoiled + again.spoiled
            except AssertionError as error:
                failed += 1
                said = f"FAILED: {error}"
            finally:
                one.close()
            runs += one.runs
            print(f"{number + 1:3d} {fault.__name__:26s} {time.monotonic() - since:5.1f} s  {said}", flush=True)
            shutil.rmtree(folder / str(number), ignore_errors=True)
    print(f"{options.rounds} rounds of {len(chosen)} faults in {time.monotonic() - begun:.0f} s, {failed} failed")
    print(f"{runs} runs; {in_flight} frames in flight and {spoiled} spoiled frames were drawn again, and no others")
    return 1 if failed else 0


class _Undisturbed:
    """A render in which nothing goes wrong.

    Args:
        scene: its file.
        folder: for everything.
    """

    def __init__(self, scene: Path, folder: Path):
        one = _new_round(scene, folder, random.Random(0))
        status, movie = one.end(one.start())
        if status:
            sys.exit(movie)
        self._movie = Path(movie).read_bytes()
        self._frames = {path.name: path.read_bytes() for path in one.frames()}
        self._files = one.files()
        again = one.ledger.again()
        assert len(again.drawn) == len(self._frames) == FRAMES, "frames are not counted as they are drawn"
        assert not again.needless, "frames are drawn twice although nothing goes wrong"

    def compare(self, one: Round) -> None:
        """Gives the command until a round is finished, and compares.

        Raises:
            AssertionError: something is not as it should be.
        """
        for _ in range(3):
            status, said = one.end(one.start())
            if status == 0:
                break
        assert status == 0, f"it is not finished: {said}"
        assert Path(said).read_bytes() == self._movie, "the movie has other bytes"
        found = {path.name: path.read_bytes() for path in one.frames()}
        spoiled = {f"faults_main_{index + 1:06d}.png" for index in one.ledger.spoiled()}  # some after they were used
        other = {name for name in self._frames if found.get(name) != self._frames[name]} - spoiled
        assert not other, f"frames have other bytes: {sorted(other)}"
        until = time.monotonic() + 5
        while (left := [*one.processes()]) and time.monotonic() < until:
            time.sleep(0.05)
        assert not left, f"processes are left: {left}"
        files = one.files()
        assert not files - self._files, f"files are left: {sorted(files - self._files)}"
        lacking = {name for name in self._files - files if Path(name).name not in spoiled}
        assert not lacking, f"files are missing: {sorted(lacking)}"
        again = one.ledger.again()
        assert not again.needless, f"frames were drawn again without need: {again.needless}"
        assert len(again.drawn) == FRAMES, f"{len(again.drawn)} of {FRAMES} frames were drawn"


def _new_round(scene: Path, folder: Path, chance: random.Random) -> Round:
    folder.mkdir()
    return Round(scene, folder, chance, f"faults-{os.getpid()}-{folder.name}")


def _impossible(fault: Fault) -> str:
    """Why a fault cannot be tried here; empty: it can."""
    if fault.__name__ == "disk_is_full" and os.environ[_MOUNTS] != "yes":
        return "as a small disk needs root or a user namespace to be mounted in"
    if fault.__name__.startswith("dask") and find_spec("distributed") is None:
        return "as dask.distributed is not installed"
    return ""


def _enter_own_mounts() -> None:
    """Starts this program again where it may mount, and where its mounts end with it; goes on where that cannot be."""
    if _MOUNTS in os.environ:
        return
    for options in (["--mount"], ["--user", "--map-root-user", "--mount"]):
        command = ["unshare", *options]
        try:
            tried = subprocess.run(
                [*command, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()], capture_output=True
            )
        except OSError:
            break
        if tried.returncode == 0:
            os.environ[_MOUNTS] = "yes"
            os.execvp("unshare", [*command, sys.executable, *sys.argv])
    os.environ[_MOUNTS] = "no"


if __name__ == "__main__":
    sys.exit(main())
