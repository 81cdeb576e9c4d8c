"""What encoding adds to drawing: a whole render of a movie, against drawing and keeping the same frames alone.

    python benchmarks/encoding_beside.py [--scene scenes/orbital.yaml] [--frames 300] [--rounds 3] [--workers 1]

Both are made by whole commands, in turn: a render of an output to a movie, and the same output as a sequence of PNG
files, which are the frames that a movie is made of. Preparing the scene is part of both. Processor time is that of all
processes together. The third column is the movie made of frames that are all there: what encoding takes by itself.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def timed(scene: Path, output: str, out: Path, options: list[str]) -> tuple[float, float]:
    """(wall, processor) seconds of a render."""
    command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--output", output, "--out", str(out)]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([*command, *options], capture_output=True, text=True, env=os.environ)
    if done.returncode:
        sys.exit(done.stderr)
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def with_both(scene: Path, folder: Path, size: tuple[int, int], frames: int) -> tuple[Path, str]:
    """A copy of a scene with its first flat output as a movie and as a sequence. Gives its file."""
    written = yaml.safe_load(scene.read_text(encoding="utf-8"))
    found = (name for name, output in written["outputs"].items() if output["lens"] == "perspective")
    flat = written["outputs"][next(found)] | {"size": list(size)}
    written["outputs"] = {"movie": flat | {"format": "mp4"}, "frames": flat | {"format": "png"}}
    path = scene.with_name(f"{scene.stem}_{os.getpid()}.yaml")  # beside the data
    path.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    count = round(written.get("fps", 30) * written["duration"])
    return path, f"0:{min(frames, count)}"


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scene", type=Path, default=ROOT / "scenes" / "orbital.yaml")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", default="1")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    scene, frames = with_both(options.scene.resolve(), folder, tuple(options.size), options.frames)
    common = ["--workers", options.workers, "--frames", frames]
    kinds = ("drawing alone", "drawing and encoding", "encoding alone")
    walls: dict[str, list[float]] = {kind: [] for kind in kinds}
    cpus: dict[str, list[float]] = {kind: [] for kind in kinds}
    try:
        for number in range(options.rounds):
            out = folder / str(number)
            order = [("drawing alone", "frames"), ("drawing and encoding", "movie")]
            for kind, output in order if number % 2 == 0 else order[::-1]:
                wall, cpu = timed(scene, output, out, common)
                walls[kind].append(wall)
                cpus[kind].append(cpu)
            (movie,) = out.rglob("*.mp4")
            movie.unlink()
            wall, cpu = timed(scene, "movie", out, common)
            walls["encoding alone"].append(wall)
            cpus["encoding alone"].append(cpu)
            shutil.rmtree(out)
            ratio = walls["drawing and encoding"][-1] / walls["drawing alone"][-1]
            print(f"round {number + 1}: ratio of wall times {ratio:.3f}", flush=True)
    finally:
        scene.unlink()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.scene.name}, frames {frames} at {options.size[0]} x {options.size[1]}, workers {options.workers}")
    for kind in kinds:
        wall, cpu = statistics.median(walls[kind]), statistics.median(cpus[kind])
        print(f"{kind:22} {wall:8.2f} s  {cpu:8.2f} s of processor time")
    ratio = statistics.median(walls["drawing and encoding"]) / statistics.median(walls["drawing alone"])
    print(f"drawing and encoding / drawing alone: {ratio:.3f} (wall), at most 1.10 is wanted")


if __name__ == "__main__":
    main()
