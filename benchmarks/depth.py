"""What fog and outlines cost: frames with them against frames without, in turn in one process.

Twenty thousand spheres, a gyroid of triangles and a volume of 128^3 samples, 1280 x 720 pixels, from a camera that
turns, so that every frame is drawn anew. The first frames do not count.

    python benchmarks/depth.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import moviemaker as mm

SIZE = (1280, 720)
FOG = {"from": 3, "to": 7, "color": "teal"}


def scene_of(folder: Path, layer: dict[str, Any], fog: bool) -> mm.Scene:
    """The scene of one layer."""
    data = {
        "atoms": {"kind": "particles", "file": "atoms.npz"},
        "gyroid": {"kind": "grid", "file": "gyroid.npy", "bounds": [[-1, 1]] * 3},
    }
    scene = {
        "duration": 10,
        "data": data,
        "layers": [layer],
        "camera": {"orbit": {"center": [0, 0, 0], "radius": 4.5, "elevation": 20, "azimuth": {0: 0, 10: 90}}},
        "outputs": {"hd": {"lens": "perspective", "size": list(SIZE)}},
    }
    return mm.Scene.from_dict(scene | ({"fog": FOG} if fog else {}), folder=folder)


def ratio(plain: mm.Scene, other: mm.Scene, rounds: int) -> tuple[float, float]:
    """Processor seconds of a frame without, and the median ratio of a frame with it."""
    seconds: list[tuple[float, float]] = []
    for moment in range(rounds + 1):
        pair = []
        for scene in (plain, other):
            begun = time.process_time()
            scene.still(float(moment))
            pair.append(time.process_time() - begun)
        seconds.append((pair[0], pair[1]))
    plain.close()
    other.close()
    counted = seconds[1:]
    return statistics.median(a for a, _ in counted), statistics.median(b / a for a, b in counted)


def main() -> None:
    """Prints a line for each kind of thing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    layers: dict[str, dict[str, Any]] = {
        "20,000 spheres": {"kind": "points", "data": "atoms", "size": 0.08, "color": "orange"},
        "a gyroid": {"kind": "isosurface", "data": "gyroid", "levels": [0]},
        "a volume": {"kind": "volume", "data": "gyroid", "transfer": [[-1, 0], [1, 0.1]], "range": [-1, 1]},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "atoms.npz", position=np.random.default_rng(1).normal(scale=0.5, size=(20_000, 3)))
        x, y, z = np.meshgrid(*(np.linspace(-6, 6, 128),) * 3, indexing="ij")
        gyroid = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
        np.save(folder / "gyroid.npy", gyroid.astype(np.float32))
        for what, layer in layers.items():
            seconds, times = ratio(scene_of(folder, layer, False), scene_of(folder, layer, True), rounds)
            line = f"{what}: {1000 * seconds:.0f} ms of processor; fog {times:.2f} times"
            if layer["kind"] != "volume":
                plain, outlined = (scene_of(folder, one, False) for one in (layer, layer | {"outline": 0.1}))
                line += f"; outlines {ratio(plain, outlined, rounds)[1]:.2f} times"
            print(line)


if __name__ == "__main__":
    main()
