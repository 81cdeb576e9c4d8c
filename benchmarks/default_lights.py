"""The default lights: how even they are around a body, how much form they leave, and what three suns cost.

White bodies are drawn over a full orbit at several elevations: a cluster of balls, and a shaded volume like a head;
with `--molecule` and `--head` also the atoms of a file and a scan. For each the table gives how much the mean
brightness of the body changes over the orbit, (greatest - least) / mean, and its local contrast: the standard deviation
in windows of 5 x 5 pixels, in steps of 8 bits, the mean over the body. It is to be at least that of the side that the
key sun alone shines on.

    python benchmarks/default_lights.py [--molecule FILE --topology FILE] [--head FILE.npy --up 0 0 1] [--pictures DIR]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter

import moviemaker as mm
from moviemaker.core.camera import Camera
from moviemaker.lights import default_lights
from moviemaker.studio import Studio

WIDTH, AROUND = 160, 12
ELEVATIONS = (-20, 20, 60)


def balls() -> np.ndarray:
    """Positions (400, 3) of balls in a ball."""
    random = np.random.default_rng(3)
    away = random.normal(size=(400, 3))
    return away / np.linalg.norm(away, axis=1)[:, None] * random.random((400, 1)) ** (1 / 3)


def head(size: int) -> np.ndarray:
    """A field (size, size, size) uint8 whose surface has the form of a head: skull, neck, nose, ears and eyes."""
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, size)] * 3, indexing="ij")
    inside = 1 - ((x / 0.6) ** 2 + (y / 0.75) ** 2 + ((z - 0.15) / 0.8) ** 2)
    inside = np.maximum(inside, np.where(z < 0, 1 - (x / 0.4) ** 2 - ((y - 0.1) / 0.45) ** 2, -1))
    for middle, width in (((0, -0.75, 0), 0.16), ((0.6, 0, 0.05), 0.14), ((-0.6, 0, 0.05), 0.14)):
        inside = np.maximum(inside, 1 - sum((a - m) ** 2 for a, m in zip((x, y, z), middle, strict=True)) / width**2)
    for side in (-0.25, 0.25):
        inside = np.minimum(inside, ((x - side) ** 2 + (y + 0.72) ** 2 + (z - 0.2) ** 2) / 0.12**2 - 1)
    return np.rint(np.clip(128 + 200 * inside, 0, 255)).astype(np.uint8)


def lights_of(count: int, first: Camera) -> list[dict[str, Any]]:
    """The first suns of the default lights, and their ambient light, as a scene writes them."""
    *suns, ambient = default_lights(first)
    written: list[dict[str, Any]] = [
        {"kind": "sun", "direction": list(sun.vector), "intensity": sun.intensity} for sun in suns[:count]
    ]
    return [*written, {"kind": "ambient", "intensity": ambient.intensity}]


def first_camera(scene: mm.Scene) -> Camera:
    """The camera at the beginning of a scene."""
    return Studio(
        scene.prepared.script, next(iter(scene.prepared.script.scene.outputs)), sources=scene.prepared.sources
    ).path.at(0.0)


def scene_of(body: dict[str, Any], elevation: float, lights: list[dict[str, Any]] | None, size: int) -> mm.Scene:
    """A scene that circles a body in `AROUND` seconds."""
    orbit = {"elevation": elevation, "azimuth": {0: 0, AROUND: 360}, **body["orbit"]}
    scene = {
        "duration": AROUND,
        "fps": 1,
        "data": {"it": body["data"]},
        "layers": [{"data": "it", **body["layer"]}],
        "camera": {"up": body.get("up", [0, 0, 1]), "orbit": orbit},
        "outputs": {"it": {"lens": "perspective", "size": [size, size]}},
    }
    clock = {"clock": 0} if "topology" in body["data"] else {}
    return mm.Scene.from_dict(scene | clock | ({} if lights is None else {"lights": lights}))


def looks(scene: mm.Scene) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Mean brightness and local contrast of each view, and the pictures."""
    brightness, contrast, pictures = [], [], []
    for second in range(AROUND):
        picture = scene.still(float(second)).mean(axis=2)
        body = picture > 8
        mean = uniform_filter(picture, 5)
        local = np.sqrt(np.maximum(uniform_filter(picture**2, 5) - mean**2, 0))
        brightness.append(picture[body].mean())
        contrast.append(local[uniform_filter(body.astype(float), 5) > 0.999].mean())
        pictures.append(picture)
    return np.array(brightness), np.array(contrast), pictures


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecule")
    parser.add_argument("--topology")
    parser.add_argument("--head")
    parser.add_argument("--up", type=float, nargs=3, default=[0, 0, 1], help="direction to the top of --head")
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    volume = {"kind": "volume", "colors": [[0, "white"], [255, "white"]], "shade": True}
    around = [[-1, 1]] * 3
    with tempfile.TemporaryDirectory() as name:
        np.savez(f"{name}/balls.npz", position=balls())
        np.save(f"{name}/head.npy", head(64))
        bodies: dict[str, dict[str, Any]] = {
            "balls": {
                "data": {"kind": "particles", "file": f"{name}/balls.npz"},
                "layer": {"kind": "points", "size": 0.25, "color": "white"},
                "orbit": {"radius": 4.0},
            },
            "volume": {
                "data": {"kind": "grid", "file": f"{name}/head.npy", "bounds": around},
                "layer": volume | {"transfer": [[100, 0], [130, 0.9]]},
                "orbit": {"radius": 4.5},
            },
        }
        if options.molecule:
            topology = {"topology": options.topology} if options.topology else {}
            bodies["molecule"] = {
                "data": {"kind": "particles", "file": options.molecule, **topology},
                "layer": {"kind": "points", "size": {"by": "diameter"}, "color": "white"},
                "orbit": {"center": "it", "radius": 110.0},
            }
        if options.head:
            bodies["scan"] = {
                "data": {"kind": "grid", "file": options.head, "bounds": around},
                "layer": volume | {"transfer": [[50, 0], [70, 0.9]]},
                "orbit": {"radius": 5.0},
                "up": options.up,
            }
        for what, body in bodies.items():
            for elevation in ELEVATIONS:
                scene = scene_of(body, elevation, None, WIDTH)
                brightness, contrast, pictures = looks(scene)
                line = f"{what:9} {elevation:4} degrees: mean {brightness.mean():5.1f}"
                line += f", changes by {100 * np.ptp(brightness) / brightness.mean():4.1f} %"
                line += f" | contrast {contrast.mean():4.1f}, least {contrast.min():4.1f}"
                _, key, _ = looks(scene_of(body, elevation, lights_of(1, first_camera(scene)), WIDTH))
                line += f" | of the side that the key alone lights {key[0]:4.1f}"
                print(line, flush=True)
                if options.pictures:
                    from PIL import Image

                    options.pictures.mkdir(exist_ok=True, parents=True)
                    Image.fromarray(np.hstack(pictures).astype(np.uint8)).save(
                        options.pictures / f"{what}{elevation}.png"
                    )
        np.save(f"{name}/head.npy", head(192))
        first = first_camera(scene_of(bodies["volume"], 20, None, 512))
        scenes = {count: scene_of(bodies["volume"], 20, lights_of(count, first), 512) for count in (1, 3)}
        times: dict[int, list[float]] = {1: [], 3: []}
        for number in range(8):
            for count, scene in scenes.items():
                before = time.process_time()
                scene.still(float(number))
                times[count].append(time.process_time() - before)
        one, three = (statistics.median(seconds[1:]) for seconds in times.values())
        print(
            f"a shaded volume of 192^3 in 512 x 512: one sun {one:.3f} s, three {three:.3f} s, ratio {three / one:.2f}"
        )


if __name__ == "__main__":
    main()
