"""A sequence that is larger than memory: the memory that it needs, and how long frames wait for the disk.

A hundred HDF5 snapshots of a million particles each, with velocities and with the ids shuffled in every one, are
written to a temporary folder (3.2 GB) and drawn as dots, moved by Hermite interpolation. The snapshots are dropped from
the system's cache before they are read. The next one is read while frames are drawn from the last two, so that frames
wait little.

    python benchmarks/sequence.py [--particles 1000000] [--snapshots 100] [--frames 300]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

import moviemaker as mm
from moviemaker.studio import Studio

PERIOD = 25.0
"""Snapshots per revolution of a particle."""


def write_snapshots(folder: Path, particles: int, snapshots: int) -> None:
    """Writes particles on circles around the z axis, in another order in every file."""
    rng = np.random.default_rng(0)
    radius = rng.uniform(1, 10, particles).astype(np.float32)
    start = rng.uniform(0, 2 * np.pi, particles).astype(np.float32)
    height = rng.normal(0, 1, particles).astype(np.float32)
    spin = np.float32(2 * np.pi / PERIOD)
    for index in range(snapshots):
        angle = start + spin * index
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        order = rng.permutation(particles)
        with h5py.File(folder / f"snap_{index:03d}.hdf5", "w") as file:
            file.create_group("Header").attrs["Time"] = float(index)
            file["PartType1/Coordinates"] = np.stack([x, y, height], axis=1)[order]
            file["PartType1/Velocities"] = np.stack([-spin * y, spin * x, 0 * x], axis=1)[order]
            file["PartType1/ParticleIDs"] = order


def drop_cache(folder: Path) -> None:
    """Drops files from the system's cache, so that they have to be read from the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def scene(folder: Path, snapshots: int, frames: int) -> mm.Scene:
    """A scene of dots seen from above."""
    written = {
        "duration": frames / 30,
        "fps": 30,
        "clock": {0: 0, frames / 30: snapshots - 1},
        "data": {"disk": {"kind": "particles", "file": "snap_*.hdf5", "interpolation": "hermite"}},
        "layers": [{"kind": "points", "data": "disk", "shape": "dot", "size": 1}],
        "camera": {"orbit": {"radius": 30, "elevation": 50, "azimuth": {0: 0, frames / 30: 90}}},
        "outputs": {"hd": {"lens": "perspective", "size": [1280, 720]}},
    }
    return mm.Scene.from_dict(written, folder=folder)


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--particles", type=int, default=1_000_000)
    arguments.add_argument("--snapshots", type=int, default=100)
    arguments.add_argument("--frames", type=int, default=300)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_snapshots(folder, chosen.particles, chosen.snapshots)
        played = scene(folder, chosen.snapshots, chosen.frames)
        drop_cache(folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        studio = Studio(played.prepared.script, "hd")
        began = time.perf_counter()
        for frame in range(chosen.frames):
            studio.frame(frame)
        took = time.perf_counter() - began
        waited = studio.source("disk").reader.waited
        studio.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{chosen.snapshots} snapshots of {chosen.particles} particles, {chosen.frames} frames of 1280 x 720")
    print(f"peak memory                      {peak / 2**20:.2f} GB ({before / 2**20:.2f} GB before the first frame)")
    print(f"a frame                          {took / chosen.frames:.2f} s")
    print(f"share of it waiting for the disk {waited / took:.1%}")


if __name__ == "__main__":
    main()
