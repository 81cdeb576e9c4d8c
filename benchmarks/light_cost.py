"""What the light of the scene costs: frames with a sky and with shadows, against the same frames without.

3,341 atoms as van der Waals spheres and a shaded volume of 128^3 samples are drawn with three suns and an ambient
light, in turn in one process: as `flat` draws them, with a sky, and with a sky and the shadow of one sun, a point or
two degrees wide. Only the camera moves, or the data move too, so that their light is computed anew for each frame. The
median of the frames after the first two counts; other work on the machine disturbs processor time less.

    python benchmarks/light_cost.py [--rounds 7] [--only NAME] [--pictures DIR]
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

SUNS = ([0.5, 0.6, -0.6], [-0.7, 0.3, -0.6], [0.1, -0.8, -0.5])
INTENSITIES = (0.5, 0.3, 0.2)
LIGHTS = {
    "flat": (0.0, (0.0, 0.0, 0.0), 0.0),
    "sky": (1.0, (0.0, 0.0, 0.0), 0.0),
    "sky and a sun": (1.0, (1.0, 0.0, 0.0), 0.0),
    "sky and a sun of 2 degrees": (1.0, (1.0, 0.0, 0.0), 2.0),
}
"""Occlusion, the shadows of three suns, and how wide they are."""

LIMITS = {
    ("atoms", "sky"): (1.15, 1.25),
    ("atoms", "sky and a sun"): (1.5, 1.9),
    ("volume", "sky and a sun"): (1.35, 1.5),
}
"""The most that a frame may cost, as a multiple of one without, where the camera moves and where data move."""


def atoms(frames: int) -> np.ndarray:
    """Places (frames, 3341, 3) of atoms about as dense as in a protein, in angstrom, which jitter."""
    random = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(*[np.arange(-14, 15)] * 3, indexing="ij"), -1).reshape(-1, 3) * 2.3
    grid = grid + random.normal(size=grid.shape) * 0.35
    near = grid[np.argsort(np.linalg.norm(grid * (1, 1.2, 1.5), axis=1))[:3341]]
    places: np.ndarray = near + 0.1 * random.normal(size=(frames, *near.shape))
    return places


def bodies(frames: int, size: int = 128) -> np.ndarray:
    """A body with holes, (frames, size, size, size) float32, which moves."""
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, size, dtype=np.float32)] * 3, indexing="ij")
    ball = 0.9 - np.sqrt(x * x + y * y + z * z)
    waves = [np.sin(9 * x + 0.1 * k) * np.cos(9 * y) + np.sin(9 * z) for k in range(frames)]
    return np.stack([np.minimum(ball, 0.2 * wave).astype(np.float32) for wave in waves])


def lights(occlusion: float, shadows: tuple[float, ...], angle: float) -> list[dict[str, Any]]:
    """The lights of a scene."""
    suns = [
        {"kind": "sun", "direction": sun, "intensity": intensity, "shadow": shadow, "angle": angle}
        for sun, intensity, shadow in zip(SUNS, INTENSITIES, shadows, strict=True)
    ]
    return [{"kind": "ambient", "intensity": 0.4, "occlusion": occlusion}, *suns]


def scene(folder: Path, what: str, moving: bool, light: str, frames: int) -> mm.Scene:
    """A scene of so many frames."""
    if what == "atoms":
        data: dict[str, Any] = {"kind": "particles", "file": "atoms.npz" if moving else "one.npz"}
        layer: dict[str, Any] = {"kind": "points", "size": {"by": "width"}, "color": "#d0c8b8"}
        distance = 90.0
    else:
        data = {"kind": "grid", "file": "bodies*.npy" if moving else "bodies000.npy", "bounds": [[-1, 1]] * 3}
        layer = {"kind": "volume", "colormap": ["#a08070", "white"], "range": [-0.1, 0.2], "shade": True}
        layer |= {"transfer": [[0.0, 0.0], [0.03, 0.6]], "unit_distance": 0.03}
        distance = 3.4
    turns = [
        {"time": k, "position": [distance * np.sin(0.01 * k), -distance * np.cos(0.01 * k), 0.3 * distance]}
        for k in (0, frames - 1)
    ]
    return mm.Scene.from_dict(
        {
            "duration": frames - 1,
            "fps": 1,
            "data": {"it": data},
            "layers": [{"data": "it", **layer}],
            "lights": lights(*LIGHTS[light]),
            "camera": {"keyframes": [{**turn, "target": [0, 0, 0], "fov": 35} for turn in turns]},
            "outputs": {"main": {"lens": "perspective", "size": [800, 640]}},
        },
        folder=folder,
    )


def measured(scenes: dict[str, mm.Scene], frames: int, pictures: Path | None, name: str) -> dict[str, list[float]]:
    """Median seconds, on the clock and of the processor, of a frame of each scene."""
    taken: dict[str, list[tuple[float, float]]] = {light: [] for light in scenes}
    for k in range(frames):
        for light, each in scenes.items():
            begun, used = time.perf_counter(), time.process_time()
            picture = each.still(float(k))
            taken[light].append((time.perf_counter() - begun, time.process_time() - used))
            if pictures and k == 0:
                import imageio.v3 as iio

                iio.imwrite(pictures / f"{name} {light}.png", picture)
    return {light: [statistics.median(each) for each in zip(*found[2:], strict=True)] for light, found in taken.items()}


def main() -> None:
    """Measures all and prints ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["atoms", "volume"])
    parser.add_argument("--pictures", type=Path, help="a folder for the pictures")
    options = parser.parse_args()
    frames = options.rounds + 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = atoms(frames)
        width = np.random.default_rng(2).choice([2.4, 3.1, 3.4], places.shape[1])
        np.savez(folder / "atoms.npz", position=places, time=np.arange(frames), width=width)
        np.savez(folder / "one.npz", position=places[0], width=width)
        for k, body in enumerate(bodies(frames)):
            np.save(folder / f"bodies{k:03}.npy", body)
        for what in ("atoms", "volume"):
            if options.only not in (None, what):
                continue
            for moving in (False, True):
                scenes = {light: scene(folder, what, moving, light, frames) for light in LIGHTS}
                found = measured(scenes, frames, options.pictures, what)
                for light, (wall, processor) in found.items():
                    ratios = [seconds / flat for seconds, flat in zip((wall, processor), found["flat"], strict=True)]
                    limit = LIMITS.get((what, light))
                    print(
                        f"{what:7} {'moving' if moving else 'still':7} {light:27} {1e3 * wall:7.1f} ms a frame,"
                        f" {1e3 * processor:7.1f} ms of CPU: {ratios[0]:5.2f}, {ratios[1]:5.2f} times flat"
                        f"{f' (at most {limit[moving]})' if limit else ''}",
                        flush=True,
                    )
                for each in scenes.values():
                    each.close()


if __name__ == "__main__":
    main()
