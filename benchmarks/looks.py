"""Side by side: subjects in several looks, flat, on a dome and all around in stereo, to be looked at.

    python benchmarks/looks.py FOLDER [--subject NAME ...] [--lens flat dome around] [--look flat soft studio cinematic]
                               [--molecule FILE --topology FILE] [--head FILE.npy --up 0 0 1]
                               [--ocean FILE --field NAME] [--stars FILE]

For each subject and lens, FOLDER gets a picture of the looks beside each other. It prints the seconds of each picture,
the second one of its kind, and their ratio to the first look. Without files of your own, the subjects are made up: a
coil of balls for the protein, a head of ellipsoids, and waves on a globe.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from default_lights import head
from PIL import Image

import moviemaker as mm
from moviemaker.core.props.looks import LOOKS

LENSES: dict[str, dict[str, Any]] = {
    "flat": {"lens": "perspective", "size": [640, 400]},
    "dome": {"lens": "domemaster", "size": [512, 512]},
    "around": {"lens": "equirectangular", "size": [768, 768], "stereo": "top-bottom"},
}

NEARER = {"flat": 1.0, "dome": 0.6, "around": 0.5}

Parts = dict[str, Any]


def coil(folder: Path) -> Path:
    """A chain of balls, folded as a coil of coils."""
    t = np.linspace(0, 40 * np.pi, 1800)
    away = 9 + 3.0 * np.cos(t / 3.1)
    path = np.column_stack([away * np.cos(t / 10), away * np.sin(t / 10), 9 * np.sin(t / 7)])
    path += 2.2 * np.column_stack([np.cos(t * 2), np.sin(t * 2), np.cos(t * 1.3)])
    np.savez(folder / "coil.npz", position=path, order=np.arange(len(path), dtype=float))
    return folder / "coil.npz"


def heap(folder: Path) -> Path:
    """Grains of two sizes in a heap, from a jittered lattice below a cone."""
    random = np.random.default_rng(5)
    axis = np.arange(-22, 23)
    x, y, z = (part.ravel().astype(float) for part in np.meshgrid(axis, axis, np.arange(16)))
    position = np.column_stack([x + 0.5 * (z % 2), y + 0.5 * (z % 2), 0.8 * z]) + random.normal(0, 0.08, (len(x), 3))
    inside = position[:, 2] + 0.62 * np.hypot(position[:, 0], position[:, 1]) < 12.5
    count = int(inside.sum())
    np.savez(folder / "heap.npz", position=position[inside], size=random.uniform(0.75, 1.05, count))
    return folder / "heap.npz"


def waves(folder: Path) -> Path:
    """A globe with a swell on it."""
    import pyvista as pv

    globe = pv.Sphere(radius=1.0, theta_resolution=360, phi_resolution=181)
    x, y, z = globe.points.T
    lat, lon = np.arcsin(np.clip(z, -1, 1)), np.arctan2(y, x)
    height = np.sin(7 * lon + 4 * np.sin(3 * lat)) * np.cos(lat) ** 2 + 0.5 * np.cos(11 * lat) * np.cos(lat)
    globe.points = globe.points * (1 + 0.05 * height[:, None])
    globe["height"] = height.astype(np.float32)
    globe.save(folder / "waves.vtp")
    return folder / "waves.vtp"


def sky(folder: Path) -> Path:
    """A catalogue of stars."""
    random = np.random.default_rng(8)
    way = random.normal(size=(4000, 3))
    np.savez(
        folder / "stars.npz",
        position=100 * way / np.linalg.norm(way, axis=1, keepdims=True),
        magnitude=6 - random.exponential(1.1, 4000),
        color_index=random.normal(0.6, 0.5, 4000),
    )
    return folder / "stars.npz"


def orbit(radius: float, center: Any = None, **others: Any) -> Parts:
    """A camera on a circle."""
    around = {"radius": radius, "elevation": 22, "azimuth": {0: -60, 12: 60}} | others
    return {"orbit": around if center is None else around | {"center": center}}


def protein(folder: Path, options: argparse.Namespace) -> Parts:
    """A molecule as balls of the sizes of its atoms."""
    if options.molecule:
        topology = {"topology": options.topology} if options.topology else {}
        data = {"kind": "particles", "file": options.molecule, **topology}
        layer = {"kind": "molecule", "data": "it", "style": "spacefill", "color": "chain"}
        layer = {"kind": "points", "data": "it", "size": {"by": "diameter"}, "color": "#d9c7a8"}
        return {"data": {"it": data}, "layers": [layer], "camera": orbit(75, "it"), "clock": 0}
    data = {"kind": "particles", "file": str(coil(folder))}
    layer = {"kind": "points", "data": "it", "size": 1.7, "color": {"by": "order", "colormap": "turbo"}}
    return {"data": {"it": data}, "layers": [layer], "camera": orbit(42)}


def grains(folder: Path, options: argparse.Namespace) -> Parts:
    """A heap of grains on a plate."""
    layer = {"kind": "points", "data": "it", "size": {"by": "size"}, "color": "#d8b98a"}
    data = {"kind": "particles", "file": str(heap(folder))}
    return {"data": {"it": data}, "layers": [layer], "camera": orbit(44, [0, 0, 4])}


def scan(folder: Path, options: argparse.Namespace) -> Parts:
    """The skin of a head."""
    np.save(folder / "head.npy", head(128))
    data = {"kind": "grid", "file": options.head or str(folder / "head.npy"), "bounds": [[-1, 1]] * 3}
    low, high = (50, 70) if options.head else (100, 130)
    layer = {"kind": "volume", "data": "it", "colors": [[0, "#e8b89a"], [255, "#fff0e0"]], "shade": True}
    layer |= {"transfer": [[low, 0], [high, 0.9]]}
    return {"data": {"it": data}, "layers": [layer], "camera": orbit(4.6) | {"up": options.up}}


def of_scene(name: str) -> Callable[[Path, argparse.Namespace], Parts]:
    """A scene of `scenes/`, in its first output's camera."""

    def made(folder: Path, options: argparse.Namespace) -> Parts:
        import yaml

        text = (Path(__file__).resolve().parent.parent / "scenes" / f"{name}.yaml").read_text(encoding="utf-8")
        scene = yaml.safe_load(text)
        return {key: scene[key] for key in ("data", "layers", "camera", "clock", "background") if key in scene}

    return made


def ocean(folder: Path, options: argparse.Namespace) -> Parts:
    """A globe with its relief, or a map of a file on one."""
    globe = {"globe": 1} if options.ocean else {}
    data = {"kind": "mesh", "file": options.ocean or str(waves(folder)), **globe}
    layer = {"kind": "surface", "data": "it", "color": {"by": options.field or "height"}}
    return {"data": {"it": data}, "layers": [layer], "camera": orbit(3.6)}


def stars(folder: Path, options: argparse.Namespace) -> Parts:
    """The sky with its bright stars; those of a file have the columns of the HYG catalogue."""
    data = {"kind": "particles", "file": options.stars or str(sky(folder))}
    fields = {"luminosity": "lum", "color_index": "ci"} if options.stars else {}
    fields = fields or {"magnitude": "magnitude", "color_index": "color_index"}
    layer = {"kind": "stars", "data": "it", **fields}
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [1, 0.3, 0.2], "fov": 70}]}
    return {"data": {"it": data}, "layers": [layer], "camera": camera}


SUBJECTS: dict[str, Callable[[Path, argparse.Namespace], Parts]] = {
    "protein": protein,
    "grains": grains,
    "scan": scan,
    "halo": of_scene("galaxy_halo"),
    "density": of_scene("flowing_density"),
    "ocean": ocean,
    "orbital": of_scene("orbital_shells"),
    "gas": of_scene("colliding_box"),
    "stars": stars,
}


def picture(parts: Parts, look: str, lens: str) -> tuple[np.ndarray, float]:
    """The picture of a subject, and the seconds that a second one of another moment took."""
    output = {"outputs": {"it": LENSES[lens]}}
    scene = {"duration": 12, "fps": 10, "look": look, "background": "#05060c"} | output | parts
    circle = scene["camera"].get("orbit", {})
    if isinstance(circle.get("radius"), float | int):  # a lens that sees more has to be nearer, and a dome looks up
        nearer = circle | {"radius": NEARER[lens] * circle["radius"]}
        scene["camera"] = scene["camera"] | {"orbit": nearer | ({"elevation": -40} if lens == "dome" else {})}
    made = mm.Scene.from_dict(scene)
    shown = made.still(4.0)
    begun = time.perf_counter()
    made.still(4.1)
    return shown, time.perf_counter() - begun


def main() -> None:
    """Draws and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--subject", nargs="+", default=list(SUBJECTS), choices=list(SUBJECTS))
    parser.add_argument("--lens", nargs="+", default=list(LENSES), choices=list(LENSES))
    parser.add_argument("--look", nargs="+", default=["flat", "soft", "studio"], choices=list(LOOKS))
    for name in ("molecule", "topology", "head", "ocean", "field", "stars"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--up", type=float, nargs=3, default=[0, 0, 1], help="direction to the top of --head")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for subject in options.subject:
            parts = SUBJECTS[subject](Path(made), options)
            for lens in options.lens:
                found = [picture(parts, look, lens) for look in options.look]
                Image.fromarray(np.hstack([shown for shown, _ in found])).save(options.folder / f"{subject}_{lens}.png")
                first = found[0][1]
                said = (
                    f"{look} {seconds:.2f} s ({seconds / first:.2f})"
                    for look, (_, seconds) in zip(options.look, found, strict=True)
                )
                print(f"{subject:8} {lens:7} {'  '.join(said)}", flush=True)


if __name__ == "__main__":
    main()
