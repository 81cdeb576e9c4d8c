"""Pictures of 16384 x 16384: peak memory, and seconds, of each kind in a process of its own.

    python benchmarks/large_pictures.py DIR [--case NAME ...] [--side 16384] [--look]

Each case renders the first frame of a scene by `moviemaker render`, and prints the peak of the memory of that process
beside what `moviemaker check` said, and its processor time. The frames are left in DIR. `--look` makes a smaller
picture of each one, and crops in full size around the places where tiles meet.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

CELLS = 64
PARTICLES = 1_000_000
SPHERES = 20_000

LAYERS: dict[str, list[dict[str, object]]] = {
    "particles": [
        {"kind": "points", "data": "gas", "shape": "glow", "color": {"by": "x", "colormap": "turbo"}},
        {"kind": "points", "data": "stars", "shape": "sphere", "size": 0.02},
    ],
    "glow": [{"kind": "points", "data": "gas", "shape": "glow", "color": {"by": "x", "colormap": "turbo"}}],
    "volume": [{"kind": "volume", "data": "field"}],
    "surfaces": [
        {"kind": "isosurface", "data": "field", "levels": [0.3, 0.6], "opacity": 0.6},
        {"kind": "points", "data": "gas", "shape": "glow"},
    ],
}

CASES = {
    "flat_particles": ("particles", {"lens": "perspective", "format": "png"}),
    "flat_volume": ("volume", {"lens": "perspective", "format": "png"}),
    "flat_surfaces": ("surfaces", {"lens": "perspective", "format": "png"}),
    "flat_particles_16_bits": ("particles", {"lens": "perspective", "format": "png", "bits": 16}),
    "dome_volume": ("volume", {"lens": "domemaster"}),
    "dome_surfaces": ("surfaces", {"lens": "domemaster"}),
    "dome_particles_exr": ("particles", {"lens": "domemaster", "format": "exr"}),
    "stereo_360_volume": ("volume", {"lens": "equirectangular", "stereo": "top-bottom", "format": "png"}),
    "stereo_360_particles": ("particles", {"lens": "equirectangular", "stereo": "top-bottom", "format": "png"}),
    "stereo_360_glow": ("glow", {"lens": "equirectangular", "stereo": "top-bottom", "format": "png"}),
    "clear_volume": ("volume", {"lens": "perspective", "format": "png"}),
}


def write_data(folder: Path) -> None:
    """Writes a field of gas and two sets of particles."""
    rng = np.random.default_rng(1)
    axis = np.linspace(-1, 1, CELLS)
    x, y, z = axis[:, None, None], axis[:, None], axis
    field = np.exp(-3 * (x**2 + y**2 + z**2)) * (1 + 0.5 * np.sin(9 * x) * np.sin(8 * y + 7 * z))
    np.save(folder / "field.npy", field.astype(np.float32))
    np.save(folder / "gas.npy", (0.5 * rng.normal(size=(PARTICLES, 3))).astype(np.float32))
    np.save(folder / "stars.npy", (0.5 * rng.normal(size=(SPHERES, 3))).astype(np.float32))


def scene_of(case: str, side: int) -> dict[str, object]:
    """The scene of a case."""
    layers, output = CASES[case]
    return {
        "duration": 1,
        **({"background": "transparent"} if case.startswith("clear") else {}),
        "data": {
            "field": {"kind": "grid", "file": "field.npy", "bounds": [[-1, 1]] * 3},
            "gas": {"kind": "particles", "file": "gas.npy"},
            "stars": {"kind": "particles", "file": "stars.npy"},
        },
        "layers": LAYERS[layers],
        "camera": {"orbit": {"radius": 2.2 if output["lens"] == "perspective" else 0.9}},
        "outputs": {"large": {**output, "size": [side, side]}},
    }


def run(folder: Path, case: str, side: int) -> Path:
    """Renders a case, prints what it took, and gives the frame."""
    scene = folder / f"{case}.yaml"
    scene.write_text(json.dumps(scene_of(case, side)), encoding="utf-8")
    program = [sys.executable, "-m", "moviemaker"]
    told = subprocess.run([*program, "check", str(scene)], capture_output=True, text=True, check=True)
    memory = re.search(r"([\d.]+ [MG]B) of memory", told.stdout + told.stderr)
    begun = time.monotonic()
    process = subprocess.Popen(
        [*program, "render", str(scene), "--out", str(folder), "--frames", "0:1", "--restart"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    said = memory[1] if memory else "unknown"
    print(
        f"{case}: peak memory {usage.ru_maxrss * 1024 / 1e9:.2f} GB (check said {said}), "
        f"{usage.ru_utime + usage.ru_stime:.0f} s of processor time, {wall:.0f} s, status {status}",
        flush=True,
    )
    frames = sorted((folder / case).rglob("*_000001.*"))
    return frames[0]


def look(frame: Path, side: int) -> None:
    """Writes a smaller picture, and crops in full size around the places where tiles meet."""
    from moviemaker.film.picture import read_picture, write_picture

    picture = read_picture(frame)
    step = max(1, side // 1024)
    write_picture(frame.with_name(f"{frame.stem}_small.png"), np.ascontiguousarray(picture[::step, ::step]))
    crops = []
    for row in (side // 4, side // 2, 5 * side // 8):
        crops.append(
            [picture[row - 128 : row + 128, c - 128 : c + 128] for c in (3 * side // 8, side // 2, 3 * side // 4)]
        )
    write_picture(
        frame.with_name(f"{frame.stem}_crops.png"), np.ascontiguousarray(np.vstack([np.hstack(r) for r in crops]))
    )


def main() -> None:
    """Runs all cases or some."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--side", type=int, default=16384)
    parser.add_argument("--look", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write_data(options.folder)
    for case in options.case or CASES:
        frame = run(options.folder, case, options.side)
        if options.look:
            look(frame, options.side)


if __name__ == "__main__":
    main()
