"""The cost of glowing particles, against PyVista's `points_gaussian` and py-sphviewer; in 360; in stereo; by number.

A ball of particles is seen from outside in a flat picture, and from inside in a 360 picture. All tools draw the same
positions in pictures of one size, with splats of one width (the standard deviation in the middle of the ball). Counted
are finished frames by `still` for moviemaker, drawing and reading pixels for PyVista, projection and image (one
channel, whole pixels) for py-sphviewer. PyVista adds the points up (`emissive=True`), and its camera moves a little
between pictures; moviemaker reuses no light between pictures. All are measured in turn, after a first picture that is
not counted, in processor time (all cores together), which other work on the machine changes less, and in wall time.
py-sphviewer is not a dependency: `pip install py-sphviewer`, or it is left out.

    python benchmarks/glow.py [--count 1000000] [--rounds 3] [--most 10000000]
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import moviemaker as mm

SIZE = (1280, 720)
WIDTH = 2048
AWAY = 6.0
PIXELS = 640.0
"""Pixels per radian in the middle of the flat picture."""
FWHM = math.sqrt(8 * math.log(2))
FACES = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]


def ball(count: int) -> np.ndarray:
    """Positions (count, 3), float32: denser in the middle."""
    return np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)


def scene(folder: Path, count: int, deviation: float, output: dict[str, Any], inside: bool) -> mm.Scene:
    """A scene of the ball of particles, whose glows have a standard deviation in scene units."""
    file = folder / f"{count}.npz"
    if not file.exists():
        np.savez(file, position=ball(count))
    place = [0.1, 0.0, 0.0] if inside else [0, -AWAY, 0]
    fov = math.degrees(2 * math.atan(SIZE[1] / 2 / PIXELS))
    layer = {"kind": "points", "data": "it", "shape": "glow", "size": FWHM * deviation, "color": "#9fc0ff"}
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"it": {"kind": "particles", "file": file.name}},
            "layers": [layer | {"exposure": 1e-3}],
            "camera": {
                "keyframes": [{"time": 0, "position": place, "target": [0.1 if inside else 0, 1, 0], "fov": fov}]
            },
            "outputs": {"main": output},
        },
        folder=folder,
    )


def by_pyvista(position: np.ndarray, deviation: float, size: tuple[int, int], inside: bool) -> Callable[[], Any]:
    """A flat picture of PyVista's Gaussian points; from inside, six square views."""
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=list(size), lighting="none")
    plotter.set_background("black")
    actor = plotter.add_points(
        position, style="points_gaussian", emissive=True, color="#9fc0ff", render_points_as_spheres=False
    )
    actor.mapper.scale_factor = deviation
    camera = plotter.camera
    camera.view_angle = 90 if inside else math.degrees(2 * math.atan(SIZE[1] / 2 / PIXELS))

    drawn = iter(range(1_000_000))

    def draw() -> None:
        moved = np.array([1e-5 * next(drawn), 0, 0])
        for face in FACES if inside else [(0, 1, 0)]:
            place = (np.array([0.1, 0, 0]) if inside else np.array([0, -AWAY, 0])) + moved
            camera.position = place
            camera.focal_point = place + face
            camera.up = (0, 1, 0) if face[2] else (0, 0, 1)
            plotter.renderer.ResetCameraClippingRange()
            plotter.render()
            if not np.any(plotter.screenshot(return_img=True)):
                raise SystemExit("PyVista has drawn nothing")  # as it does with an opacity below 1

    plotter.show(auto_close=False)
    return draw


def by_sphviewer(position: np.ndarray, deviation: float) -> Callable[[], Any] | None:
    """The flat picture by py-sphviewer, whose kernel (1 - r^2 / h^2)^(3/2) has the standard deviation h / sqrt(7)."""
    if importlib.util.find_spec("sphviewer") is None:
        return None
    import sphviewer

    count = len(position)
    wide = np.full(count, math.sqrt(7) * deviation, np.float32)
    particles = sphviewer.Particles(position, mass=np.ones(count, np.float32), hsml=wide)
    camera = sphviewer.Camera(x=0, y=0, z=0, r=AWAY, t=0, p=0, roll=0, zoom=1, xsize=SIZE[0], ysize=SIZE[1])

    def draw() -> None:
        sphviewer.Render(sphviewer.Scene(particles, camera)).get_image()

    return draw


@dataclass(frozen=True)
class Cost:
    """Processor and wall seconds."""

    processor: float
    wall: float

    def __str__(self) -> str:
        return f"{self.processor:.3f} s (wall {self.wall:.3f} s)"

    def ratio_to(self, other: Cost) -> str:
        """The ratio to another cost, as text."""
        return f"{self.processor / other.processor:.2f} times (wall {self.wall / other.wall:.2f} times)"


def in_turn(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Cost]:
    """Median costs, measured in turn, after a first round that is not counted."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            processor, wall = time.process_time(), time.perf_counter()
            work()
            if turn:
                times[name].append((time.process_time() - processor, time.perf_counter() - wall))
    return {name: Cost(*map(statistics.median, zip(*taken, strict=True))) for name, taken in times.items()}


def still(made: mm.Scene) -> Callable[[], Any]:
    """A function that draws one frame."""
    return lambda: made.still(0.0)


def flat(folder: Path, count: int, rounds: int) -> None:
    """Measures the flat picture with splats of three widths."""
    for pixels in (0.6, 2.0, 5.0):
        deviation = pixels / PIXELS * AWAY
        output = {"lens": "perspective", "size": list(SIZE)}
        works = {"moviemaker": still(scene(folder, count, deviation, output, inside=False))}
        works["PyVista"] = by_pyvista(ball(count), deviation, SIZE, inside=False)
        other = by_sphviewer(ball(count), deviation)
        if other is not None:
            works["py-sphviewer"] = other
        taken = in_turn(works, rounds)
        own = taken.pop("moviemaker")
        print(f"{SIZE[0]} x {SIZE[1]}, {count:,} particles, deviation {pixels} pixels: {own}", flush=True)
        for name, cost in taken.items():
            print(f"  {name} {cost}, {cost.ratio_to(own)}", flush=True)


def around(folder: Path, count: int, rounds: int) -> None:
    """Measures 360 in mono and in stereo against six views, and a dome."""
    deviation = 0.6 * 2 * math.pi / WIDTH
    mono = {"lens": "equirectangular", "size": [WIDTH, WIDTH // 2]}
    stereo = {"lens": "equirectangular", "size": [WIDTH, WIDTH], "stereo": {"packing": "top-bottom", "ipd": 0.02}}
    dome = {"lens": "domemaster", "size": [WIDTH // 2, WIDTH // 2]}
    side = round(WIDTH / math.pi)
    works = {
        "mono": still(scene(folder, count, deviation, mono, inside=True)),
        "stereo": still(scene(folder, count, deviation, stereo, inside=True)),
        "dome": still(scene(folder, count, deviation, dome, inside=True)),
        "six": by_pyvista(ball(count), deviation, (side, side), inside=True),
    }
    taken = in_turn(works, rounds)
    mono_cost = taken["mono"]
    print(f"{WIDTH} x {WIDTH // 2} 360: {mono_cost}")
    print(f"  six views of {side} by PyVista {taken['six']}, {taken['six'].ratio_to(mono_cost)}")
    print(f"  in stereo {taken['stereo']}, {taken['stereo'].ratio_to(mono_cost)}")
    print(f"dome of {WIDTH // 2}: {taken['dome']}", flush=True)


def growth(folder: Path, rounds: int) -> None:
    """Measures how cost grows with particles, and with the pixels that each lights."""
    output = {"lens": "perspective", "size": list(SIZE)}
    print("particles  deviation  processor seconds  microseconds per particle")
    for count, pixels in (
        (250_000, 0.6),
        (1_000_000, 0.6),
        (4_000_000, 0.6),
        (250_000, 4),
        (250_000, 8),
        (250_000, 16),
    ):
        work = still(scene(folder, count, pixels / PIXELS * AWAY, output, inside=False))
        taken = in_turn({"it": work}, rounds)["it"].processor
        print(f"{count:9,}  {pixels:9}  {taken:7.3f}  {1e6 * taken / count:7.3f}", flush=True)


def most(count: int) -> None:
    """Measures one frame of many particles and its peak memory, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        made = scene(Path(name), count, 0.6 / PIXELS * AWAY, {"lens": "perspective", "size": list(SIZE)}, inside=False)
        begun = time.perf_counter()
        made.still(0.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{count:,} particles in one frame: {time.perf_counter() - begun:.2f} s, peak memory {peak:.2f} GB")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=10_000_000)
    parser.add_argument("--alone", action="store_true", help="only the frame of --most particles")
    options = parser.parse_args()
    if options.alone:
        most(options.most)
        return
    # First, as the peak memory of a process starts from that of its parent.
    subprocess.run([sys.executable, __file__, "--alone", "--most", str(options.most)], check=True)
    with tempfile.TemporaryDirectory() as name:
        flat(Path(name), options.count, options.rounds)
        around(Path(name), options.count, options.rounds)
        growth(Path(name), options.rounds)


if __name__ == "__main__":
    main()
