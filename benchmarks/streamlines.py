"""Streamlines against PyVista's, which are VTK's `vtkStreamTracer`: time, and the error where the lines are known.

Both follow the same field on a grid from the same seeds, in both directions, by the method of Dormand and Prince or by
VTK's RK45 (Runge, Kutta and Cash-Karp) with the same longest step and the same tolerance of an error. Two fields:

- the flow of Arnold, Beltrami and Childress, in which lines are chaotic: only time;
- a solid rotation with a rise, in which lines are helices, and linear interpolation is exact: time, and the largest
  distance of any point from its helix.

The first run, which compiles or loads, is not counted. The table gives medians of processor time and of wall time,
points on all lines, and the ratio of PyVista's processor time to moviemaker's.

    python benchmarks/streamlines.py [--size 128] [--lines 1000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pyvista as pv

from moviemaker.core.fields import Grid
from moviemaker.layers.tracing.lines import trace
from moviemaker.layers.tracing.seeds import spread

LENGTH = 12.0


def fields(size: int) -> dict[str, np.ndarray]:
    """Vectors (size, size, size, 3) float32 on the cube from -pi to pi."""
    x, y, z = np.meshgrid(*[np.linspace(-np.pi, np.pi, size)] * 3, indexing="ij")
    chaotic = np.stack([np.sin(z) + np.cos(y), np.sin(x) + np.cos(z), np.sin(y) + np.cos(x)], axis=-1)
    helices = np.stack([-y, x, np.full_like(x, 0.2)], axis=-1)
    return {"chaotic": chaotic.astype(np.float32), "helices": helices.astype(np.float32)}


def by_moviemaker(vectors: np.ndarray, step: float, seeds: np.ndarray) -> Callable[[], np.ndarray]:
    """Gives all points of the lines."""
    grid = Grid({"u": vectors[..., 0]}, (-np.pi,) * 3, (step,) * 3)
    return lambda: trace(grid, vectors, seeds, "both", 2 * LENGTH, step, 1e-3 * step, 1e-6).points


def by_pyvista(vectors: np.ndarray, step: float, seeds: np.ndarray) -> Callable[[], np.ndarray]:
    """Gives all points of the lines."""
    size = vectors.shape[0]
    image = pv.ImageData(dimensions=(size,) * 3, spacing=(step,) * 3, origin=(-np.pi,) * 3)
    image["velocity"] = vectors.reshape(-1, 3, order="F")
    source = pv.PolyData(seeds)

    def work() -> np.ndarray:
        lines = image.streamlines_from_source(
            source, "velocity", integrator_type=45, integration_direction="both", max_length=LENGTH,
            initial_step_length=0.25, min_step_length=1e-3, max_step_length=1.0, step_unit="cl", max_error=1e-3,
            max_steps=20_000, terminal_speed=1e-6, compute_vorticity=False,
        )  # fmt: skip
        return np.asarray(lines.points)

    return work


def off_helices(points: np.ndarray, seeds: np.ndarray) -> float:
    """The largest distance of a point from the cylinder of the nearest seed's helix."""
    radii = np.sort(np.hypot(seeds[:, 0], seeds[:, 1]))
    found = np.hypot(points[:, 0], points[:, 1])
    after = np.clip(np.searchsorted(radii, found), 1, len(radii) - 1)
    return float(np.minimum(np.abs(found - radii[after - 1]), np.abs(radii[after] - found)).max())


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    step = 2 * np.pi / (asked.size - 1)
    print(f"{asked.lines} lines on {asked.size}^3 samples, {LENGTH:g} each way")
    for name, vectors in fields(asked.size).items():
        seeds = (spread(asked.lines) * 2 - 1) * 3
        if name == "helices":  # on few cylinders, far enough apart to be told apart
            seeds = np.stack([0.5 + 0.25 * (np.arange(asked.lines) % 10), 0 * seeds[:, 1], 0.2 * seeds[:, 2]], axis=1)
        tools = {"moviemaker": by_moviemaker(vectors, step, seeds), "PyVista": by_pyvista(vectors, step, seeds)}
        points = {tool: work() for tool, work in tools.items()}
        taken: dict[str, list[tuple[float, float]]] = {tool: [] for tool in tools}
        for _ in range(asked.rounds):
            for tool, work in tools.items():
                wall, cpu = time.perf_counter(), time.process_time()
                work()
                taken[tool].append((time.process_time() - cpu, time.perf_counter() - wall))
        for tool, times in taken.items():
            cpu, wall = (statistics.median(column) for column in zip(*times, strict=True))
            error = f", off by {off_helices(points[tool], seeds):.1e}" if name == "helices" else ""
            print(f"  {name:8} {tool:10} {cpu:6.2f} s of CPU, {wall:6.2f} s, {len(points[tool])} points{error}")
        ratio = statistics.median(
            other[0] / own[0] for own, other in zip(taken["moviemaker"], taken["PyVista"], strict=True)
        )
        print(f"  {name:8} PyVista / moviemaker: {ratio:.1f}")


if __name__ == "__main__":
    main()
