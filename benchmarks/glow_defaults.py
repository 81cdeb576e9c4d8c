"""What glowing particles look like with nothing but `shape: glow`: for every number, distribution, lens and place.

Printed are, for the first, the middle and the last picture of a film, how many of the pixels that have light are
saturated (at 255 and at 250 of 255 or more), and the median of those pixels; then the seconds that finding the exposure
took, as a multiple of those of one picture. Each should have 0.2 to 10 % of its lit pixels saturated, and a median
between 20 and 160.

    python benchmarks/glow_defaults.py [--counts 1000 100000 10000000] [--width 1280] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import moviemaker as mm
from moviemaker.studio import Studio


def even(count: int, random: np.random.Generator) -> np.ndarray:
    """Positions (count, 3) spread evenly in a ball."""
    direction = random.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return np.asarray(direction * random.uniform(size=(count, 1)) ** (1 / 3))


def clustered(count: int, random: np.random.Generator) -> np.ndarray:
    """Positions in 40 clusters of different widths."""
    middle, width = random.uniform(-0.8, 0.8, (40, 3)), random.uniform(0.02, 0.1, (40, 1))
    which = random.integers(0, 40, count)
    return np.asarray(middle[which] + random.normal(size=(count, 3)) * width[which])


def dense_core(count: int, random: np.random.Generator) -> np.ndarray:
    """Half of the positions evenly in a ball, half in a core of a hundredth of its width."""
    core = random.normal(size=(count // 2, 3)) * 0.01
    return np.concatenate([even(count - count // 2, random), core])


DISTRIBUTIONS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "even": even,
    "clustered": clustered,
    "dense core": dense_core,
}

OUTSIDE = {
    "keyframes": [
        {"time": t, "position": p, "target": [0, 0, 0], "fov": 40}
        for t, p in enumerate(([3.0, -2.4, 1.2], [2.2, -3.0, 0.6], [0.4, -3.6, 1.0]))
    ]
}
INSIDE = {
    "keyframes": [
        {"time": t, "position": p, "target": [0, 0, 0]}
        for t, p in enumerate(([0.5, -0.3, 0.1], [0.5, 0.1, -0.3], [0.3, -0.5, 0.1]))
    ]
}


def outputs(width: int) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """An output and a camera by name: every lens, and stereo all around."""
    flat, wide = [width, width * 9 // 16], [width, width // 2]
    dome = [width // 2, width // 2]
    return {
        "perspective": ({"lens": "perspective", "size": flat}, OUTSIDE),
        "perspective inside": ({"lens": "perspective", "size": flat}, INSIDE),
        "orthographic": ({"lens": "orthographic", "size": flat, "height": 2.6}, OUTSIDE),
        "equirectangular": ({"lens": "equirectangular", "size": wide}, OUTSIDE),
        "equirectangular inside": ({"lens": "equirectangular", "size": wide}, INSIDE),
        "stereo all around": (
            {"lens": "equirectangular", "size": [width, width], "stereo": {"packing": "top-bottom", "ipd": 0.02}},
            INSIDE,
        ),
        "vr180": ({"lens": "vr180", "size": dome}, OUTSIDE),
        "domemaster": ({"lens": "domemaster", "size": dome, "tilt": 60}, OUTSIDE),
        "domemaster inside": ({"lens": "domemaster", "size": dome}, INSIDE),
        "cubemap": ({"lens": "cubemap", "size": [width // 6 * 3, width // 6 * 2]}, INSIDE),
    }


def figures(picture: np.ndarray) -> tuple[float, float, float]:
    """Percent of the lit pixels at 255, and at 250 or more, and their median, of 255."""
    value = picture.max(axis=2)
    lit = value[value > 0]
    if not lit.size:
        return 0.0, 0.0, 0.0
    return 100 * float((lit == 255).mean()), 100 * float((lit >= 250).mean()), float(np.median(lit))


def is_good(saturated: float, nearly: float, median: float) -> bool:
    """Whether a picture is as it should be."""
    return saturated >= 0.2 and nearly <= 10 and 20 <= median <= 160


def film(folder: Path, output: dict[str, Any], camera: dict[str, Any]) -> mm.Scene:
    """A film of the particles in `particles.npz`."""
    return mm.Scene.from_dict(
        {
            "duration": 2,
            "data": {"it": {"kind": "particles", "file": "particles.npz"}},
            "layers": [{"kind": "points", "data": "it", "shape": "glow"}],
            "camera": camera,
            "outputs": {"main": output},
        },
        folder=folder,
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 100_000, 10_000_000])
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--lenses", nargs="+", default=None, help="names of some of the outputs")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for the first pictures")
    given = parser.parse_args()
    print(f"{'particles':>10} {'distribution':12} {'output':22} {'exposure':>9} {'contrast':>8}  255 %, 250 %, median")
    good = 0
    number = 0
    for count in given.counts:
        for name, distribution in DISTRIBUTIONS.items():
            with tempfile.TemporaryDirectory() as written:
                positions = distribution(count, np.random.default_rng(7)).astype(np.float32)
                np.savez(Path(written) / "particles.npz", position=positions)
                for lens, (output, camera) in outputs(given.width).items():
                    if given.lenses is None or lens in given.lenses:
                        fine = _measure(
                            film(Path(written), output, camera), f"{count:10d} {name:12} {lens:22}", given.keep
                        )
                        number, good = number + 1, good + fine
    print(f"{good} of {number} are as they should be")


def _measure(scene: mm.Scene, label: str, keep: Path | None) -> bool:
    prepared = scene.prepared
    studio = Studio(prepared.script, "main", sources=prepared.sources)
    studio.path.at(0.0)
    start = time.process_time()
    (layer,) = studio.layers
    finding = time.process_time() - start
    start = time.process_time()
    pictures = [studio.picture(second) for second in (0.0, 1.0, 1.9)]
    drawing = (time.process_time() - start) / 3
    found = [figures(picture) for picture in pictures]
    fine = all(is_good(*figure) for figure in found)
    text = "  ".join(f"{a:5.2f} {b:5.2f} {median:4.0f}" for a, b, median in found)
    print(
        f"{label} {layer.exposure:9.3g} {layer.contrast:8.2f}  {text}  x{finding / drawing:.1f} {'' if fine else '!'}",
        flush=True,
    )
    if keep is not None:
        from PIL import Image

        keep.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures[0]).save(keep / ("_".join(label.split()) + ".png"))
    scene.close()
    return fine


if __name__ == "__main__":
    main()
