"""Renders all scenes in several ways, and compares every frame and every movie byte for byte.

The scenes of `scenes/` at toy size, with few frames for each second of the movie: by one process, by two, by a Dask
cluster of two workers on this machine, and by two shards that run at the same time, which a last `render` joins.

    python benchmarks/same_bytes.py [SCENE ...] [--fps 2] [--scale 0.05]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = (".png", ".exr", ".mp4", ".mov", ".mkv", ".webm", ".gif", ".json")

WAYS: dict[str, Sequence[str]] = {
    "1 process": ["--workers", "1"],
    "2 processes": ["--workers", "2"],
    "cluster": ["--cluster", "local", "--workers", "2"],
    "2 shards": ["--workers", "1"],
}


def started(scene: Path, out: Path, scale: float, options: Sequence[str]) -> subprocess.Popen[str]:
    """Starts a render."""
    command = [sys.executable, "-m", "moviemaker", "render", str(scene), "--out", str(out), "--scale", str(scale)]
    return subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(runs: Sequence[subprocess.Popen[str]]) -> None:
    """Waits for renders, and ends this program if one has failed."""
    for run in runs:
        _, said = run.communicate()
        if run.returncode:
            sys.exit(f"{' '.join(map(str, run.args))}: status {run.returncode}\n{said}")


def render(scene: Path, out: Path, way: str, scale: float) -> float:
    """Renders a scene in one of the ways. Gives the seconds that it took."""
    begun = time.monotonic()
    if way == "2 shards":
        finish([started(scene, out, scale, [*WAYS[way], "--shard", f"{number}/2"]) for number in (1, 2)])
    finish([started(scene, out, scale, WAYS[way])])
    return time.monotonic() - begun


def hashes(out: Path) -> dict[str, str]:
    """Hashes of all frames and movies by their paths, without what the program keeps for itself."""
    found = {}
    for path in sorted(out.rglob("*")):
        inner = path.relative_to(out)
        kept = path.suffix == ".json" and any(part.startswith(".") for part in inner.parts)
        if path.is_file() and path.suffix in PICTURES and not kept:
            found[str(inner)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def main() -> int:
    """Compares all ways, and prints a line for each scene."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="*", type=Path, default=sorted((ROOT / "scenes").glob("*.yaml")))
    parser.add_argument("--fps", type=float, default=2)
    parser.add_argument("--scale", type=float, default=0.05)
    given = parser.parse_args()
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    print(f"{'':20s} frames  movies " + "".join(f"{way:>14s}" for way in WAYS), flush=True)
    differ = 0
    for scene in given.scenes:
        with tempfile.TemporaryDirectory() as folder:
            toy = Path(folder, scene.name)
            text = scene.read_text(encoding="utf-8")
            toy.write_text(re.sub(r"(?m)^fps:.*$", f"fps: {given.fps:g}", text), encoding="utf-8")
            right: dict[str, str] = {}
            line = ""
            for way in WAYS:
                out = Path(folder, way.replace(" ", "_"))
                seconds = render(toy, out, way, given.scale)
                found = hashes(out)
                right = right or found
                names = sorted(found.keys() | right.keys())
                others = [name for name in names if found.get(name) != right.get(name)]
                differ += len(others)
                line += f"{f'{len(others)} differ' if others else f'same {seconds:5.1f} s':>14s}"
            frames = sum(re.search(r"_\d{6}\.(png|exr)$", name) is not None for name in right)
            print(f"{scene.stem:20s} {frames:6d}  {len(right) - frames:6d} {line}", flush=True)
    print("every frame and every movie is the same" if not differ else f"{differ} files differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
