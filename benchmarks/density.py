"""Densities: their accuracy and speed against SciPy and KDEpy, and a table that is larger than memory.

A spherical Gaussian of 100,000 particles is made into a kernel density estimate of 128^3 samples by Scott's rule: by
moviemaker, by FFTKDE of KDEpy (`pip install KDEpy`, or it is left out), and by `scipy.stats.gaussian_kde`, which is
evaluated at some of the samples in two processes; its time for all samples is extrapolated.

Then a Parquet file of 150 million rows is written to a temporary folder (1.8 GB) and made into a histogram of 256^3
cells by a process of its own, whose peak memory is printed. Processor times are printed too, as other work on the
machine changes them less.

    python benchmarks/density.py [--particles 100000] [--rows 150000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = 128
CELLS = 256
OF_GRID = 512
"""Samples at which SciPy is evaluated, in each of two processes."""


def estimator(position: np.ndarray) -> Callable[[], Any]:
    """A function that makes a density by moviemaker. The particles are in memory."""
    from moviemaker.core.kinds import build
    from moviemaker.data.density import Density
    from moviemaker.data.particle_sets.source import ParticleSource
    from moviemaker.data.samples._in_memory import ParticlesInMemory

    arrays = {"position": position[None]}
    particles = ParticleSource(ParticlesInMemory(lambda: arrays, np.zeros(1), has_velocity=False, has_id=False))
    model = build(Density, {"kind": "density", "of": "points", "shape": SHAPE})
    return lambda: model.open(Path(), {"points": particles}).at(0.0)


def by_scipy(task: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, float]:
    """Values at points (3, m), and the seconds that they took."""
    from scipy.stats import gaussian_kde

    kde = gaussian_kde(task[0].T)
    began = time.perf_counter()
    return kde(task[1]), time.perf_counter() - began


def by_kdepy(position: np.ndarray) -> None:
    """Evaluates KDEpy on a grid with as many samples. Its kernels are round; those of moviemaker are nearly so here."""
    from KDEpy import FFTKDE

    width = float(position.std()) * len(position) ** (-1 / 7)
    FFTKDE(kernel="gaussian", bw=width).fit(position).evaluate(SHAPE)


def measured(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median wall and processor seconds, after a first call that is not counted."""
    work()
    walls, processor = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return statistics.median(walls), statistics.median(processor)


def against_others(count: int, rounds: int) -> None:
    """Prints the accuracy and speed of a kernel density estimate."""
    rng = np.random.default_rng(0)
    position = rng.standard_normal((count, 3))
    estimate = estimator(position)
    grid = estimate()
    values = grid.fields["density"]
    print(f"{count} particles, {SHAPE}^3 samples; integral {values.sum(dtype=float) * np.prod(grid.spacing):.6f}")
    wall, used = measured(estimate, rounds)
    print(f"moviemaker           {wall:8.3f} s, {used:8.3f} s of processor")
    try:
        its_wall, its_used = measured(lambda: by_kdepy(position), rounds)
        print(f"KDEpy's FFTKDE       {its_wall:8.3f} s, {its_used:8.3f} s of processor")
        print(f"  {its_wall / wall:.1f} times as long, {its_used / used:.1f} times the processor")
    except ImportError:
        print("KDEpy is not installed")
    # Some samples where the density is highest, and some anywhere.
    flat = np.argsort(values.ravel())[-OF_GRID:]
    chosen = np.concatenate([flat, rng.integers(0, values.size, OF_GRID)])
    index = np.stack(np.unravel_index(chosen, values.shape)).astype(float)
    places = np.array(grid.origin)[:, None] + index * np.array(grid.spacing)[:, None]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        done = pool.map(by_scipy, [(position, places[:, k::2]) for k in range(2)])
    right = np.empty(places.shape[1])
    right[0::2], right[1::2] = done[0][0], done[1][0]
    worst = np.abs(values.ravel()[chosen] - right).max() / right.max()
    seconds = max(took for _, took in done) * values.size / places.shape[1]
    print(f"scipy, two processes {seconds:8.0f} s, extrapolated from {places.shape[1]} samples")
    print(f"  {seconds / wall:.0f} times as long; the largest difference is {worst:.2%} of the peak")


def write_table(path: Path, rows: int) -> None:
    """Writes normally distributed positions in single precision, a million rows in a group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    schema = pa.schema([(name, pa.float32()) for name in "xyz"])
    with pq.ParquetWriter(path, schema, use_dictionary=False, compression="none") as writer:
        for start in range(0, rows, 1 << 20):
            size = min(1 << 20, rows - start)
            writer.write_table(pa.table({name: rng.standard_normal(size, np.float32) for name in "xyz"}, schema))


def stream(path: Path, rounds: int) -> None:
    """Makes the histogram in this process and prints its cost."""
    from moviemaker.core.kinds import build
    from moviemaker.data.density import Density

    keys = {"kind": "density", "file": path.name, "method": "histogram", "shape": CELLS, "bounds": [[-4, 4]] * 3}
    model = build(Density, keys)
    rows = 0.0
    best = np.full(2, np.inf)
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        rows = model.open(path.parent).at(0.0, ["count"]).fields["count"].sum()
        best = np.minimum(best, [time.perf_counter() - began, time.process_time() - used])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{rows:.0f} rows of Parquet into {CELLS}^3 cells")
    print(f"  {best[0]:.1f} s, {best[1]:.1f} s of processor: {rows / best[1] / 1e6:.1f} million rows a second and core")
    print(f"  peak memory of the process {peak / 2**20:.2f} GB")


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--particles", type=int, default=100_000)
    arguments.add_argument("--rows", type=int, default=150_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--table", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    os.environ["MOVIEMAKER_CACHE"] = "off"
    if chosen.table is not None:
        stream(chosen.table, 2)
        return
    if chosen.particles:
        against_others(chosen.particles, chosen.rounds)
    if chosen.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.parquet"
            write_table(path, chosen.rows)
            subprocess.run([sys.executable, __file__, "--table", str(path)], check=True)


if __name__ == "__main__":
    main()
