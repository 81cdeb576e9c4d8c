"""A hundred thousand shaded spheres that move: a frame of moviemaker against PyVista's glyph filter.

PyVista copies a sphere of 8 x 6 facets to every particle and draws the mesh, as its documentation shows; particles that
move are copied again for every frame. Both draw 1280 x 720 pixels off screen, in turn in one process, after a first
frame that does not count.

    python benchmarks/spheres.py [--count 100000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvista as pv

import moviemaker as mm

SIZE = (1280, 720)
DIAMETER = 0.01
CAMERA = (0.4, -3.2, 0.9)


def by_moviemaker(positions: np.ndarray, folder: Path) -> Callable[[int], np.ndarray]:
    """Draws snapshot number k of positions (t, n, 3)."""
    np.savez(folder / "moving.npz", position=positions, time=np.arange(len(positions)))
    last = len(positions) - 1
    scene = mm.Scene.from_dict(
        {
            "duration": last,
            "fps": 1,
            "data": {"it": {"kind": "particles", "file": "moving.npz"}},
            "layers": [{"kind": "points", "data": "it", "size": DIAMETER}],
            "camera": {"keyframes": [{"time": 0, "position": list(CAMERA), "target": [0, 0, 0], "fov": 30}]},
            "outputs": {"hd": {"lens": "perspective", "size": list(SIZE)}},
        },
        folder=folder,
    )
    return lambda k: scene.still(float(k))


def by_pyvista(positions: np.ndarray) -> Callable[[int], np.ndarray]:
    """Draws the same with PyVista's glyph filter."""
    plotter = pv.Plotter(off_screen=True, window_size=list(SIZE))
    plotter.set_background("black")
    plotter.camera_position = [CAMERA, (0, 0, 0), (0, 0, 1)]
    plotter.camera.view_angle = 30
    sphere = pv.Sphere(radius=DIAMETER / 2, theta_resolution=8, phi_resolution=6)

    def draw(k: int) -> np.ndarray:
        glyphs = pv.PolyData(positions[k]).glyph(geom=sphere, scale=False, orient=False)
        plotter.add_mesh(glyphs, name="glyphs", smooth_shading=True, reset_camera=False)
        plotter.render()
        picture: np.ndarray = plotter.screenshot(return_img=True)
        return picture

    return draw


def main() -> None:
    """Measures both and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=Path, help="a folder for the pictures")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    start = random.uniform(-0.7, 0.7, (options.count, 3))
    positions = start + 0.002 * np.arange(options.rounds + 1)[:, None, None] * random.normal(size=start.shape)
    with tempfile.TemporaryDirectory() as name:
        works = {"moviemaker": by_moviemaker(positions, Path(name)), "PyVista": by_pyvista(positions)}
        wall: dict[str, list[float]] = {of: [] for of in works}
        processor: dict[str, list[float]] = {of: [] for of in works}
        for k in range(options.rounds + 1):
            for of, work in works.items():
                begun, used = time.perf_counter(), time.process_time()
                picture = work(k)
                if k:
                    wall[of].append(time.perf_counter() - begun)
                    processor[of].append(time.process_time() - used)
                elif options.pictures:
                    import imageio.v3 as iio

                    iio.imwrite(options.pictures / f"spheres_{of}.png", picture)
    for of in works:
        print(f"{of:11} {statistics.median(wall[of]):6.2f} s a frame, {statistics.median(processor[of]):6.2f} s of CPU")
    faster = [
        statistics.median(times["PyVista"]) / statistics.median(times["moviemaker"]) for times in (wall, processor)
    ]
    print(f"moviemaker is {faster[0]:.1f} times faster, {faster[1]:.1f} times by processor time")


if __name__ == "__main__":
    main()
