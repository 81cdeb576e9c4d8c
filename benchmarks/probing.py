"""The first and the second look at files that compiled libraries read: what they add to reading the files.

Each file is read in a program of its own: without the other process, with it and an empty cache (the first look), and
with it and a filled cache (the second look). The times are those of the whole program with its imports, the least of
several; the other process works while this one imports the library.

    python benchmarks/probing.py [--repeat 3] [--megabytes 100]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pyvista

READ = """
import sys
from pathlib import Path
import numpy as np
from moviemaker.core.machine import isolated
from moviemaker.data.files.find import open_file
isolated.INSIDE = sys.argv[2] == "alone"
contents = open_file(Path(sys.argv[1]))
for stored in contents.arrays.values():
    np.asarray(stored.read(None)).sum()
"""


def write_files(folder: Path, megabytes: int) -> list[Path]:
    """Files of a few kilobytes, and of so many megabytes, of three libraries."""
    found = []
    for name, side in (("small", 8), ("large", round((megabytes * 1e6 / 8) ** (1 / 3)))):
        values = np.random.default_rng(0).random((side, side, side))
        image = pyvista.ImageData(dimensions=values.shape)
        image["rho"] = values.ravel(order="F")
        image.save(folder / f"{name}.vti")
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file.create_dataset("rho", data=values, chunks=True)
        with netCDF4.Dataset(folder / f"{name}.nc", "w") as file:
            for axis in "xyz":
                file.createDimension(axis, side)
            file.createVariable("rho", "f8", ("x", "y", "z"))[:] = values
        found += [folder / f"{name}.{suffix}" for suffix in ("vti", "h5", "nc")]
    return found


def seconds(path: Path, how: str, cache: Path) -> tuple[float, float]:
    """How long a program takes that reads a file, and how long it and its processes compute."""
    environment = os.environ | {"MOVIEMAKER_CACHE": str(cache)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", READ, str(path), how], check=True, env=environment)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name), Path(name) / "cache"
        for path in write_files(folder, options.megabytes):
            times: dict[str, list[tuple[float, float]]] = {"alone": [], "first": [], "second": []}
            for _ in range(options.repeat):
                shutil.rmtree(cache, ignore_errors=True)
                for how, found in times.items():
                    found.append(seconds(path, how, cache))
            print(f"{path.name}, {path.stat().st_size / 1e6:.3f} MB")
            for what, index in (("on the clock", 0), ("of computing", 1)):
                alone, first, second = (min(each[index] for each in found) for found in times.values())
                looks = [f"{each - alone:+.2f} s ({each / alone:.2f} x)" for each in (first, second)]
                print(f"  {what}: alone {alone:.2f} s, first look {looks[0]}, second look {looks[1]}", flush=True)


if __name__ == "__main__":
    main()
