"""The pictures by moviemaker: finished ones, from a scene."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

import moviemaker as mm
from peers.work import CAMERA, COLOR, IPD, UNIT_DISTANCE, Settings, Work, place, transfer

PACKAGES = ("moviemaker", "vtk", "numpy")


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """One output of one scene, which keeps its window and its data between frames, as `render` does."""
    made = mm.Scene.from_dict(written(picture, folder, settings), folder=folder)
    return Work(lambda frame: made.still(float(frame)))


def written(picture: str, folder: Path, settings: Settings) -> dict[str, Any]:
    """The scene of a picture, with one frame a second."""
    width = settings.width
    outputs: dict[str, dict[str, Any]] = {
        "stereo": {
            "lens": "equirectangular",
            "size": [width, width],
            "stereo": {"packing": "top-bottom", "ipd": IPD},
        },
        "mono": {"lens": "equirectangular", "size": [width, width // 2]},
        "dome": {"lens": "domemaster", "size": [width // 2, width // 2]},
    }
    flat = {"lens": "perspective", "size": list(settings.flat)}
    around = picture in outputs
    return {
        "duration": settings.frames,
        "fps": 1,
        "data": data(picture),
        "layers": [layer(picture, folder, settings)],
        "camera": inside() if around else outside(settings),
        "outputs": {"main": outputs.get(picture, flat)},
    }


def data(picture: str) -> dict[str, Any]:
    """The data of a picture."""
    if picture in ("glow", "spheres"):
        return {"it": {"kind": "particles", "file": f"{picture}.npz"}}
    return {"it": {"kind": "grid", "file": "volume.npy", "bounds": [[-1, 1]] * 3}}


def layer(picture: str, folder: Path, settings: Settings) -> dict[str, Any]:
    """The layer of a picture."""
    color = "#{:02x}{:02x}{:02x}".format(*COLOR)
    if picture == "glow":
        size = math.sqrt(8 * math.log(2)) * settings.splat
        return {"kind": "points", "data": "it", "shape": "glow", "size": size, "color": color, "exposure": 2e-3}
    if picture == "spheres":
        return {"kind": "points", "data": "it", "size": settings.ball, "color": color}
    values, opacities, _ = transfer(folder)
    table = np.column_stack([values, opacities]).tolist()
    made = {"kind": "volume", "data": "it", "range": [0, 1], "colormap": "inferno", "transfer": table}
    return made | {"unit_distance": UNIT_DISTANCE}


def inside() -> dict[str, Any]:
    """The camera of all-around pictures."""
    return {"keyframes": [{"time": 0, "position": list(CAMERA), "target": np.add(CAMERA, [0, 1, 0]).tolist()}]}


def outside(settings: Settings) -> dict[str, Any]:
    """The camera of flat pictures."""
    keys = [{"time": frame, "position": place(frame).tolist(), "target": [0, 0, 0]} for frame in range(settings.frames)]
    keys[0]["fov"] = settings.angle
    return {"interpolation": "linear", "keyframes": keys}
