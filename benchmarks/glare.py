"""What glare costs, and how near it comes to a sum of Gaussians that is made by brute force.

    python benchmarks/glare.py

Seconds of processor are the least of several runs, on one thread. They are told as ratios too: to the Fourier transform
of the same picture by NumPy, forth and back.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from moviemaker.core.jit import numba
from moviemaker.core.projection import Projection
from moviemaker.glare.adding import dazzle
from moviemaker.glare.charts import Chart, chart_of
from moviemaker.glare.halo import Gaussian, halo

WIDTH = math.radians(1.0)


def sphere(width: int, height: int) -> Projection:
    """All around."""
    scale = (width / (2 * math.pi), -height / math.pi)
    middle, size = (width / 2, height / 2), (width, height)
    return Projection("sphere", np.zeros(3), np.eye(3), scale, middle, (0, 0), size, width)


def dome(side: int) -> Projection:
    """A hemisphere."""
    scale, half = side / math.pi, side / 2
    return Projection("disk", np.zeros(3), np.eye(3), (scale, scale), (half, half), (0, 0), (side, side))


def flat(width: int, height: int, fov: float = 60.0) -> Projection:
    """A pinhole camera's picture."""
    scale = height / (2 * math.tan(math.radians(fov) / 2))
    middle, size = (width / 2, height / 2), (width, height)
    return Projection("plane", np.zeros(3), np.eye(3), (scale, -scale), middle, (0, 0), size)


def least(work: Callable[[], object], runs: int) -> float:
    """The least seconds of processor of several runs."""
    found = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def costs(runs: int) -> None:
    """Prints the costs of pictures all lit, and of a sky with few stars."""
    pictures = [sphere(2048, 1024), sphere(4096, 2048), flat(1280, 720), flat(1920, 1080), dome(2048), dome(4096)]
    print(f"{'picture':>22} {'lit':>8} {'stars':>8} {'NumPy FFT':>10} {'ratio':>6}")
    for projection in pictures:
        width, height = projection.size
        random = np.random.default_rng(0)
        lit = random.random((3, height, width), np.float32)
        stars = np.where(random.random((height, width), np.float32) < 1e-3, lit, np.float32(0))
        parts = halo(WIDTH)
        chart = chart_of([projection], projection.size, parts)
        seconds = []
        for light in (lit, stars):
            copy = np.empty_like(light)
            spread = partial(_spread, light, copy, chart, parts)
            spread()
            seconds.append(least(spread, runs))
        compared = least(lambda lit=lit, width=width: np.fft.irfft(np.fft.rfft(lit), n=width), runs)
        name = f"{projection.kind} {width} x {height}"
        print(f"{name:>22} {seconds[0]:8.3f} {seconds[1]:8.3f} {compared:10.3f} {seconds[0] / compared:6.2f}")


def _spread(light: np.ndarray, copy: np.ndarray, chart: Chart, parts: Sequence[Gaussian]) -> None:
    copy[:] = light
    dazzle(copy, chart, parts, 0.1)


def truth(stars: int) -> None:
    """Prints the errors of pictures of random stars, 256 x 128, in parts of the peak."""
    projection = sphere(256, 128)
    column, row = (np.arange(256) + 0.5) / 256 * 2 * math.pi, ((np.arange(128) + 0.5) / 128 * math.pi)[:, None]
    directions = np.stack(
        np.broadcast_arrays(np.sin(row) * np.cos(column), np.sin(row) * np.sin(column), np.cos(row)), -1
    )
    areas = np.broadcast_to(np.sin(row) * (math.pi / 128) ** 2, (128, 256))
    print(f"{'deviation':>12} {'worst error':>12} {'light kept':>11}")
    for degrees in (3, 4, 6, 8, 12, 16, 20):
        random, deviation = np.random.default_rng(degrees), math.radians(degrees)
        angles = np.linspace(0, math.pi, 20001)
        total = 2 * math.pi * np.trapezoid(np.exp(-(angles**2) / 2 / deviation**2) * np.sin(angles), angles)
        light, exact = np.zeros((128, 256)), np.zeros((128, 256))
        for _ in range(stars):
            place = random.integers(128), random.integers(256)
            flux = random.uniform(0.2, 1)
            light[place] += flux / areas[place]
            away = 2 * np.arcsin(np.clip(np.linalg.norm(directions - directions[place], axis=-1) / 2, 0, 1))
            exact += flux * np.exp(-(away**2) / 2 / deviation**2) / total
        parts = (Gaussian((deviation,) * 3, 1.0),)
        seen = np.repeat(light[None].astype(np.float32), 3, axis=0)
        dazzle(seen, chart_of([projection], projection.size, parts), parts, 1.0)
        error = np.abs(seen[1] - exact).max() / exact.max()
        print(f"{degrees:>11}° {error:12.4f} {(seen[1] * areas).sum() / (light * areas).sum():11.5f}")


def main() -> None:
    """Measures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=5)
    chosen = arguments.parse_args()
    numba.set_num_threads(1)
    truth(20)
    costs(chosen.runs)


if __name__ == "__main__":
    main()
