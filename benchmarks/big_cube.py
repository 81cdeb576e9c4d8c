"""A flight into a cube of 69 GB with little memory: peak memory, seconds per frame, and popping.

The cube is a Zarr array of 4096^3 bytes with one level, most of whose chunks are not written. A tube spirals towards
a point and becomes thinner, with beads in proportion, so that there is detail at every distance. The camera approaches
that point from 9000 to 36 samples. A separate process draws the frames, and its peak memory is measured. If a level
appeared suddenly, neighbouring frames would differ more than elsewhere: the largest change between neighbouring frames
is compared with the median.

    python benchmarks/big_cube.py [--frames 60] [--memory "1 GB"] [--pictures DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

SIDE, CHUNK, PART = 4096, 128, 32
TARGET = np.array([1850.0, 2200.0, 2010.0])
TURN = 0.45  # fraction of its distance by which the tube comes nearer in a turn


def tube(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions on the axis of the tube (n, 3), and its thickness there (n,), in samples."""
    distance = 1400 * (1 - TURN) ** (angle / (2 * np.pi))
    tilt = 0.35 * np.sin(0.7 * angle)
    direction = np.stack([np.cos(angle) * np.cos(tilt), np.sin(angle) * np.cos(tilt), np.sin(tilt)], axis=-1)
    return TARGET + distance[:, None] * direction, 0.03 * distance


def write_cube(path: Path) -> int:
    """Writes the array, and returns the number of its chunks with data."""
    import zarr
    from scipy.spatial import cKDTree

    array = zarr.create_array(
        str(path), shape=(SIDE,) * 3, chunks=(CHUNK,) * 3, dtype="uint8", fill_value=0, dimension_names=("x", "y", "z")
    )
    angle = np.linspace(0, 16 * np.pi, 20000)
    place, thick = tube(angle)
    axis_of_tube = cKDTree(place)
    for corner in sorted(_touched(place, thick, CHUNK)):
        start = np.array(corner) * CHUNK
        near = _near(place, thick, start, CHUNK)
        values = np.zeros((CHUNK,) * 3, np.uint8)
        for inner in sorted(_touched(place[near], thick[near], PART)):
            first = np.array(inner) * PART
            at = first - start
            here = near[_near(place[near], thick[near], first, PART)]
            if (at < 0).any() or (at >= CHUNK).any() or not len(here):
                continue
            part = tuple(slice(low, low + PART) for low in at)
            values[part] = _values(axis_of_tube, angle, thick, first, float(thick[here].min()))
        if values.any():
            array[tuple(slice(low, low + CHUNK) for low in start)] = values
    return sum(1 for file in (path / "c").rglob("*") if file.is_file())


def _touched(place: np.ndarray, thick: np.ndarray, side: int) -> set[tuple[int, ...]]:
    """Indices of the boxes with that side length, in samples, that the tube may touch."""
    sides = (np.array(list(np.ndindex(5, 5, 5))) - 2) * 1.25
    found = (np.floor((place + side_step * thick[:, None]) / side).astype(int) for side_step in sides)
    return {tuple(number) for numbers in found for number in np.unique(numbers, axis=0).tolist()}


def _near(place: np.ndarray, thick: np.ndarray, start: np.ndarray, side: int) -> np.ndarray:
    return np.flatnonzero(np.linalg.norm(place - np.clip(place, start, start + side), axis=1) < 2.5 * thick)


def _values(tree: cKDTree, angle: np.ndarray, thick: np.ndarray, start: np.ndarray, least: float) -> np.ndarray:
    """The samples of a box: Gaussians around the axis of the tube."""
    # The distance from the axis, relative to the thickness, changes slowly, so it is computed at a few samples.
    step = int(2 ** np.clip(np.floor(np.log2(least / 4)), 0, 3))
    places = np.arange(0, PART + 1, step)
    points = np.stack(np.meshgrid(*(low + places for low in start), indexing="ij"), axis=-1).astype(float)
    apart, index = tree.query(points)
    beads = 1 + 0.5 * np.cos(2 * np.pi * angle[index] / 0.2)
    field = (apart / (thick[index] * beads)) ** 2
    for axis in range(3):
        field = np.moveaxis(field, axis, 0)
        between = [field[:-1] + np.diff(field, axis=0) * (k / step) for k in range(step)]
        field = np.moveaxis(np.stack(between, axis=1).reshape(PART, *field.shape[1:]), 0, axis)
    return np.rint(230 * np.exp(-field)).astype(np.uint8)


def scene_of(memory: str, frames: int) -> dict[str, object]:
    """The flight: the distance shrinks by the same factor in every frame."""
    duration, fps = 10.0, frames / 10.0
    above = np.array([0.3, -0.4, 0.85]) / np.linalg.norm([0.3, -0.4, 0.85])  # away from the tube
    keys = [
        {
            "time": time,
            "position": (TARGET + above * 9000 * 4e-3 ** (time / duration)).tolist(),
            "target": TARGET.tolist(),
            "fov": 40,
        }
        for time in np.linspace(0, duration, 41).tolist()
    ]
    return {
        "duration": duration,
        "fps": fps,
        "data": {"cube": {"kind": "grid", "file": "cube.zarr", "memory": memory}},
        "layers": [
            {
                "kind": "volume",
                "data": "cube",
                "range": [0, 230],
                "colormap": "inferno",
                "transfer": [[12, 0], [120, 0.5], [230, 0.9]],
                "unit_distance": {
                    time: 40 * 0.05 ** (time / duration) for time in np.linspace(0, duration, 21).tolist()
                },
            }
        ],
        "camera": {"keyframes": keys},
        "outputs": {"small": {"lens": "perspective", "size": [320, 180]}},
    }


def render(folder: Path, memory: str, frames: int, pictures: Path | None) -> None:
    """Draws the frames and prints the measurements as JSON."""
    import moviemaker as mm

    os.environ["MOVIEMAKER_CACHE"] = str(folder / "cache")
    scene = mm.Scene.from_dict(scene_of(memory, frames), folder=folder)
    started, last, changes, brightness, seconds = time.perf_counter(), None, [], [], []
    first = 0.0
    for number in range(frames):
        began = time.perf_counter()
        picture = scene.still(number / frames * 10)
        seconds.append(time.perf_counter() - began)
        first = first or time.perf_counter() - started
        if last is not None:
            changes.append(float(np.abs(picture.astype(float) - last).mean()))
        brightness.append(float(picture.mean()))
        last = picture.astype(float)
        if pictures is not None:
            from moviemaker.film.picture import write_picture

            write_picture(pictures / f"{number:03d}.png", picture)
    print(
        json.dumps(
            {
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "first": first,
                "median": float(np.median(seconds[1:])),
                "changes": changes,
                "brightness": brightness,
                "read": scene.prepared.sources["cube"].pyramid.bytes_read,
            }
        )
    )


def main() -> None:
    """Makes the cube, draws the flight in another process, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--memory", default="1 GB")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for the cube, which is reused if it exists")
    parser.add_argument("--render", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.render is not None:
        render(options.render, options.memory, options.frames, options.pictures)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "cube.zarr").exists():
            count = write_cube(folder / "cube.zarr")
            print(
                f"a cube of {SIDE}^3 bytes ({SIDE**3 / 1e9:.0f} GB), {count} of {(SIDE // CHUNK) ** 3} chunks written"
            )
        words = ["--render", str(folder), "--frames", str(options.frames), "--memory", options.memory]
        if options.pictures is not None:
            options.pictures.mkdir(parents=True, exist_ok=True)
            words += ["--pictures", str(options.pictures)]
        done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    changes, steps = np.array(found["changes"]), np.abs(np.diff(found["brightness"]))
    print(f"memory: {options.memory} for the cube, peak of the process {found['peak'] / 1e9:.2f} GB")
    print(f"first frame {found['first']:.1f} s (coarser levels are made), the median one {found['median']:.2f} s")
    print(f"read as stored: {found['read'] / 1e9:.2f} GB")
    print(
        f"largest change between neighbouring frames {changes.max() / np.median(changes):.1f} times the median one; "
        f"of the brightness {steps.max() / np.median(steps):.1f} times"
    )


if __name__ == "__main__":
    main()
