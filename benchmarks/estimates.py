"""Estimates of `check` against measured times of `render`, for all outputs of all scenes.

Each output is measured as `check --measure` does it, then rendered whole, with fewer frames a second, by a process of
its own. Pictures have up to 1 megapixel, of which `--measure` draws two smaller sizes. The time is that of its log,
from the first line to the finished movie. Three estimates are held against it: that of a machine which has drawn
nothing; that which follows from all *other* scenes; and that after `--measure`. Ratios are estimate / measured. What
this machine has kept of its speed is neither read nor written.

    python benchmarks/estimates.py [--seconds 10] [--pixels 1000000] [--workers auto] [--output NAME] [SCENE ...]

Exits with 1 if an estimate after `--measure` is off by more than a factor of 1.5. All scenes take about 8 minutes.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from moviemaker.api import load
from moviemaker.core.machine.cores import usable_cores
from moviemaker.film.paths import work_folder
from moviemaker.rendering.estimate import predicted
from moviemaker.rendering.events import runs
from moviemaker.rendering.orders import Order, scaled_size
from moviemaker.rendering.speed import Measured, Speed, measurements, processor
from moviemaker.rendering.work import Contents, Size, contents

SCENES = Path(__file__).resolve().parents[1] / "scenes"
PROMISED = 1.5
FPS = 3  # of the movie that is measured
FEWEST = 12  # frames that are rendered


@dataclass
class Row:
    """An output of a scene: what it shows, what was measured, and what rendering took."""

    scene: Path
    output: str
    shown: Contents
    size: Size
    known: list[Measured]
    seconds: float

    def ratio(self, known: list[Measured], workers: int | None) -> float:
        """The estimate by some measurements of this machine, divided by the measured time."""
        found = predicted(Speed(known, usable_cores()), self.shown, self.output, self.size)
        return found.total(len(self.shown.frames), workers) / self.seconds


def main() -> int:
    """Renders, estimates and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", type=Path, default=sorted(SCENES.glob("*.yaml")))
    parser.add_argument("--output", help="the only output of each scene that is rendered; default: all")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each output is to be rendered, about")
    parser.add_argument("--pixels", type=float, default=1e6, help="of the pictures, at most")
    parser.add_argument("--workers", default="auto")
    options = parser.parse_args()
    begun, workers = time.monotonic(), None if options.workers == "auto" else int(options.workers)
    with tempfile.TemporaryDirectory() as name:
        os.environ["MOVIEMAKER_CACHE"] = f"{name}/cache"
        rows = [row for scene in options.scenes for row in rows_of(scene, Path(name), options)]
    print(f"{processor()}, {usable_cores()} cores, {rows[0].known[0].renderer}, load {os.getloadavg()[0]:.1f}")
    print(f"--workers {options.workers}; estimate / measured\n")
    columns = ("guess", "by others", "measured")
    print(f"{'output':26}{'size':>12}{'frames':>8}{'took':>9}" + "".join(f"{column:>11}" for column in columns))
    worst = dict.fromkeys(columns, 1.0)
    for row in rows:
        others = [one for other in rows if other.scene != row.scene for one in other.known]
        ratios = dict(zip(columns, (row.ratio(known, workers) for known in ([], others, row.known)), strict=True))
        for column, ratio in ratios.items():
            worst[column] = max(worst[column], ratio, 1 / ratio)
        what = f"{row.scene.stem} {row.output}"
        size = f"{row.size[0]} x {row.size[1]}"
        print(
            f"{what:26}{size:>12}{len(row.shown.frames):8}{row.seconds:8.1f}s"
            + "".join(f"{ratio:11.2f}" for ratio in ratios.values())
        )
    print("farthest off: " + ", ".join(f"{column} {factor:.2f}" for column, factor in worst.items()))
    kept = worst["measured"] <= PROMISED
    print(f"within a factor of {PROMISED:g} after one calibration: {'yes' if kept else 'NO'}")
    print(f"took {(time.monotonic() - begun) / 60:.1f} min")
    return 0 if kept else 1


def rows_of(scene: Path, folder: Path, options: argparse.Namespace) -> list[Row]:
    """Measures and renders each output of a scene."""
    outputs = [name for name in load(scene).outputs if options.output in (None, name)]
    return [row_of(scene, output, folder, options) for output in outputs]


def row_of(scene: Path, output: str, folder: Path, options: argparse.Namespace) -> Row:
    """Measures an output, and renders it with so many frames a second that it takes about as long as it is to."""
    copy = folder / scene.name
    copy.write_text(re.sub(r"^fps:.*$", f"fps: {FPS}", scene.read_text(), flags=re.MULTILINE))
    width, height = load(copy).prepared.script.scene.outputs[output].size
    scale = min(1.0, math.sqrt(options.pixels / (width * height)))
    chosen = [str(copy), "--output", output, "--scale", f"{scale:.6g}"]
    moviemaker("check", *chosen, "--measure")
    known = [one for one in measurements() if (Path(one.scene).name, one.output) == (scene.name, output)]
    each = max(one.cost.seconds * (width * height * scale**2) / one.pixels for one in known)
    duration = load(copy).prepared.script.scene.header.duration
    frames = max(FEWEST, min(options.seconds / each, 30 * duration))
    copy.write_text(re.sub(r"^fps:.*$", f"fps: {frames / duration:.4f}", copy.read_text(), flags=re.MULTILINE))
    loaded = load(copy).prepared
    whole, model = loaded.script.scene, loaded.script.scene.outputs[output]
    order = Order(output, folder / "out", range(whole.frame_count), scaled_size(model, scale))
    shown = contents(loaded)
    moviemaker("render", *chosen, "--workers", options.workers, "--out", str(order.out))
    log = work_folder(order.out, whole.name, order.label(model), model.film.format, model.rig.files[0])
    (run,) = runs(log)
    print(f"{scene.stem} {output}: {len(run.frames)} frames in {run.end['seconds']:.1f} s", file=sys.stderr)
    return Row(scene, output, shown, order.size, known, float(run.end["seconds"]))


def moviemaker(*words: str) -> None:
    """Runs a command, and says what it says if it fails."""
    done = subprocess.run([sys.executable, "-m", "moviemaker", *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    sys.exit(main())
