"""How moviemaker scales on this machine, and the same pictures by other tools: one command, one page.

Scaling: a movie by one process, two, as many as there are cores, `--workers auto`, two shards at the same time and a
Dask cluster on this machine, all whole commands, in turn, with the movies compared byte for byte.

Other tools: bare VTK, PyVista, Mayavi, yt and py-sphviewer draw what they can of six pictures (a volume flat, in 360,
in stereo 360 and on a dome; glowing particles; spheres), with the same data, places and sizes. Each runs in a process
of its own, in an environment that pip fills for it; what cannot be installed is said with the reason. They draw frame
by frame in turn, never two at a time. The pictures are compared with moviemaker's, so that the work is the same.

The table has medians, ratios of the same rounds, processor time, which other work on the machine changes less than
wall time, the largest memory, versions and the machine. It is printed, and with `--page` written as a page of the
documentation. A run takes some ten minutes, and once before it minutes for the environments.

    python benchmarks/against_others.py [--page docs/others.md] [--only scaling|tools] [--width 1024] [--size 128]
                                        [--rounds 5] [--environments build/peers] [--pictures DIR]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from peers import pictures, scaling
from peers.page import cores, page
from peers.work import Settings, write_data

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measures, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, help="file of the page")
    parser.add_argument("--only", choices=["scaling", "tools"])
    parser.add_argument("--picture", choices=list(pictures.TABLE), action="append", help="only this; may be repeated")
    parser.add_argument("--width", type=int, default=1024, help="width of the 360 pictures")
    parser.add_argument("--flat", type=int, nargs=2, default=(640, 360), help="size of the flat pictures")
    parser.add_argument("--size", type=int, default=128, help="samples of the volume along an edge")
    parser.add_argument("--glows", type=int, default=300_000)
    parser.add_argument("--spheres", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=200, help="frames of the movies that show how it scales")
    parser.add_argument("--rounds", type=int, default=5, help="frames of each tool")
    parser.add_argument("--renders", type=int, default=1, help="renders in each way")
    parser.add_argument("--environments", type=Path, default=ROOT / "build" / "peers")
    parser.add_argument("--pictures", type=Path, help="a folder for the pictures")
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    settings = Settings(options.width, tuple(options.flat), max(options.frames, options.rounds + 1))
    with tempfile.TemporaryDirectory(prefix="against-others-") as name:
        folder = Path(name)
        write_data(folder, options.size, options.glows, options.spheres)
        settings.write(folder)
        ways = [] if options.only == "tools" else scaling.measure(folder, settings, cores(), options.renders)
        rows = []
        for picture in (options.picture or pictures.TABLE) if options.only != "scaling" else ():
            rows += pictures.measure(picture, folder, options.environments.resolve(), options.rounds)
        if options.pictures:
            keep(folder, options.pictures)
    data = f"{options.size}^3 samples of a volume, {options.glows:,} glowing particles, {options.spheres:,} spheres"
    text = page(ways, rows, settings, [data, f"load of {load:.1f} by other programs when it began"])
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


def keep(folder: Path, target: Path) -> None:
    """Writes the first frame of each tool as a picture."""
    from PIL import Image

    target.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*_*.npy"):
        made = np.load(file)
        if made.dtype != np.uint8:
            made = (np.clip(made / np.percentile(made, 99.5), 0, 1) * 255).astype(np.uint8)
        Image.fromarray(np.ascontiguousarray(made)).save(target / f"{file.stem}.png")


if __name__ == "__main__":
    main()
