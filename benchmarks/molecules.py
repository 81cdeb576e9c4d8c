"""The time that it takes to read trajectories of molecular dynamics in text, against MDAnalysis.

For each format a file of random atoms is written and read to its end, by both in turn. Printed are processor seconds,
and how many times as long MDAnalysis takes. It reads positions and drops columns, ids and boxes' corners.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from moviemaker.data.files.find import open_file


def write(path: Path, count: int, frames: int) -> None:
    """A file of so many atoms and frames, in the format of its ending."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        for step in range(frames):
            place = rng.uniform(0, 50, (count, 3))
            match path.suffix:
                case ".lammpstrj":
                    file.write(f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{count}\nITEM: BOX BOUNDS pp pp pp\n")
                    file.write("0 50\n" * 3 + "ITEM: ATOMS id type x y z c_pe\n")
                    rows = (f"{n + 1} 1 {x:.6g} {y:.6g} {z:.6g} {x - y:.6g}\n" for n, (x, y, z) in enumerate(place))
                case ".xyz":
                    file.write(f"{count}\nframe {step}\n")
                    rows = (f"C {x:.5f} {y:.5f} {z:.5f}\n" for x, y, z in place)
                case _:
                    file.write(f"t= {step}.0\n{count}\n")
                    rows = (
                        f"{1:5d}SOL     OW{n % 99999:5d}{x:8.3f}{y:8.3f}{z:8.3f}\n" for n, (x, y, z) in enumerate(place)
                    )
            file.writelines(rows)
            if path.suffix == ".gro":
                file.write("   50.0   50.0   50.0\n")


def seconds(do: Callable[[], None]) -> float:
    """Processor seconds of a call."""
    start = time.process_time()
    do()
    return time.process_time() - start


def ours(path: Path) -> None:
    """Reads the positions of all frames with this program."""
    position = open_file(path).arrays["position"]
    for step in range(position.shape[0]):
        position.read(step)


def theirs(path: Path) -> None:
    """Reads the positions of all frames with MDAnalysis."""
    import MDAnalysis

    kind = {"format": "LAMMPSDUMP", "topology_format": "LAMMPSDUMP"} if path.suffix == ".lammpstrj" else {}
    for frame in MDAnalysis.Universe(str(path), **kind).trajectory:
        frame.positions.copy()


def main() -> None:
    """Prints a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atoms", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=10)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".lammpstrj", ".xyz", ".gro"):
            path = Path(folder) / f"atoms{ending}"
            write(path, given.atoms, given.frames)
            mine = seconds(lambda path=path: ours(path))
            other = seconds(lambda path=path: theirs(path))
            size = path.stat().st_size / 1e6
            times = f"moviemaker {mine:6.2f} s   MDAnalysis {other:6.2f} s   x {other / mine:.1f}"
            print(f"{ending:11} {size:5.0f} MB   {times}")


if __name__ == "__main__":
    main()
