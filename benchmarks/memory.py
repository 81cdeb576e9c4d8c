"""Memory over 500 frames in which everything moves, and the start-up cost of `check`.

A volume that changes with every frame (a series of grids, mixed), its isosurface, and particles that move are drawn in
one process. The memory of the process is read after frame 50 and after frame 500: it must not have grown.

    python benchmarks/memory.py [--frames 500]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import moviemaker as mm
from moviemaker.core.progress import Advance

SCENE = {
    "duration": 500 / 30,
    "data": {
        "field": {"kind": "grid", "file": "field.npy"},
        "stream": {"kind": "sample", "name": "tidal_stream", "count": 10000},
    },
    "layers": [
        {"kind": "volume", "data": "field", "range": [0, 1], "transfer": [[0, 0], [1, 0.2]]},
        {"kind": "isosurface", "data": "field", "levels": {0: [0.2], 16: [0.6]}},
        {"kind": "points", "data": "stream", "color": {"by": "speed"}, "opacity": {0: 1, 16: 0.5}},
    ],
    "camera": {"orbit": {"radius": 120, "azimuth": {0: 0, 16: 180}}},
    "outputs": {"small": {"lens": "perspective", "size": [320, 180]}},
}


class Watch:
    """Notes the memory of this process after each frame."""

    def __init__(self) -> None:
        self.resident: list[float] = []

    def note(self, text: str) -> None:
        """Prints a message."""
        print(f"  {text}", file=sys.stderr)

    @contextmanager
    def task(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Notes the memory while frames are rendered."""
        rendering = "rendering" in what

        def advance(done: int) -> None:
            if rendering:
                self.resident.append(resident())

        yield advance


def resident() -> float:
    """Memory that this process holds, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def check_seconds(folder: Path, rounds: int = 5) -> float:
    """Median CPU time of `moviemaker check` of a small scene, user and system, in seconds."""
    np.save(folder / "small.npy", np.random.default_rng(0).random((16, 16, 16)))
    scene = folder / "small.yaml"
    scene.write_text(
        "duration: 1\ndata: {a: {kind: grid, file: small.npy}}\nlayers: [{kind: volume, data: a}]\n"
        "camera: {orbit: {radius: 40}}\noutputs: {hd: {lens: perspective, size: [1280, 720]}}\n",
        encoding="utf-8",
    )
    spent = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "moviemaker", "check", str(scene)], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(spent)


def main() -> None:
    """Measures and prints both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        axis = np.linspace(-1, 1, 48)
        radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
        np.save(folder / "field.npy", [np.exp(-radius * k).astype(np.float32) for k in (1, 3, 2)])
        print(f"moviemaker check: {check_seconds(folder):.2f} s of CPU (median of 5)")
        watch = Watch()
        mm.Scene.from_dict(SCENE, folder=folder).render(out=folder, frames=range(options.frames), progress=watch)
    early, late = watch.resident[49], watch.resident[-1]
    print(f"memory after frame 50: {early:.0f} MB, after frame {options.frames}: {late:.0f} MB, {late - early:+.0f} MB")


if __name__ == "__main__":
    main()
