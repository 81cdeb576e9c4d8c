"""The pictures by yt: `render` alone is measured, which gives floating-point pixels.

It takes one sample in each cell that a ray crosses, its minimum (the default is ten): about 1.5 for a voxel's width,
where the others take one. It composites each ray as if farther samples hid nearer ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yt
from unyt import unyt_array
from yt.visualization.volume_rendering.api import ColorTransferFunction, Scene, create_volume_source

from peers.work import AWAY, CAMERA, IPD, UNIT_DISTANCE, Settings, Work, place, transfer

PACKAGES = ("yt", "numpy")
LENSES = {"stereo": "stereo-spherical", "mono": "spherical", "dome": "fisheye", "volume": "perspective"}


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """A scene. The box is one unit wide, and the samples are at the centres of its cells."""
    yt.set_log_level("error")
    samples = np.load(folder / "volume.npy").astype(np.float64)
    size = samples.shape[0]
    scale = (size - 1) / size / 2  # of lengths in the box from -1 to 1
    held = yt.load_uniform_grid({"it": samples}, samples.shape, bbox=np.array([[-0.5, 0.5]] * 3), nprocs=1)
    source = create_volume_source(held.all_data(), ("stream", "it"))
    source.set_log(False)
    source.num_samples = 1
    scene = Scene()
    scene.add_source(source)
    camera = scene.add_camera(held, lens_type=LENSES[picture])

    def look(position: Any, ahead: Any) -> None:
        at = np.multiply(position, scale)
        camera.focus = held.arr(np.add(at, ahead), "code_length")
        camera.set_position(held.arr(at, "code_length"), north_vector=[0, 0, 1])

    def flat(frame: int) -> Any:
        look(place(frame), -place(frame) * scale)
        return scene.render()

    look(CAMERA, [0, 0.25, 0])
    if picture == "stereo":
        camera.lens.disparity = held.quan(IPD / 2 * scale, "code_length")
    if picture == "dome":
        camera.lens.rotation_matrix = np.diag([1.0, -1.0, -1.0])  # its default looks down
    if picture == "volume":
        width, height = settings.flat
        tall = 2 * np.tan(np.radians(settings.angle / 2)) * AWAY * scale
        camera.set_width(held.arr([tall * width / height, tall, AWAY * scale], "code_length"))
        look(place(0), -place(0) * scale)
    # In yt, extinction is per length of a ray, which depends on the lens.
    camera.resolution = (8, 8)
    rays = camera.lens._get_sampler_params(camera, source)["vp_dir"]
    lengths = np.linalg.norm(rays, axis=2)
    length = np.median(lengths) if picture == "volume" else lengths.max()
    source.transfer_function = transfer_function(folder, float(length) / scale)
    width = settings.width
    sizes = {"stereo": (width, width), "mono": (width, width // 2), "dome": (width // 2, width // 2)}
    camera.resolution = sizes.get(picture, settings.flat)
    develop = {"stereo": pair_as_bytes, "dome": lambda made: as_bytes(made)[::-1]}.get(picture, as_bytes)
    if picture == "volume":
        return Work(flat, lambda made: as_bytes(made)[::-1])
    return Work(lambda frame: scene.render(), develop)


def transfer_function(folder: Path, length: float) -> Any:
    """Colours, and extinction over a length in units of the box -1..1."""
    _, opacities, colors = transfer(folder)
    function = ColorTransferFunction((0.0, 1.0), nbins=256, grey_opacity=True)
    for table, column in zip((function.red, function.green, function.blue), colors.T, strict=True):
        table.y = np.ascontiguousarray(column)  # yt ignores strides
    function.alpha.y = -np.log1p(-opacities) / UNIT_DISTANCE * length
    return function


def as_bytes(picture: Any) -> np.ndarray:
    """A picture of yt, (x, y, RGBA) in floating point, as rows of bytes."""
    return np.round(np.clip(np.asarray(picture)[..., :3].swapaxes(0, 1), 0, 1) * 255).astype(np.uint8)


def pair_as_bytes(picture: Any) -> np.ndarray:
    """Both eyes of yt, the left one above; yt has the right one first.

    yt stacks the rays of both eyes along y, but unyt 3.2 stacks them along x. yt then casts the same rays and stores
    their pixels in wrong places, which is undone here.
    """
    pixels, (width, height) = np.asarray(picture), picture.shape[:2]
    probe = unyt_array(np.zeros((1, 1, 1)), "cm")
    wrong = np.hstack([probe, probe]).shape[0] == 2
    eyes = pixels.reshape(2, width, height // 2, -1) if wrong else np.split(pixels, 2, axis=1)
    return np.concatenate([as_bytes(eye) for eye in eyes[::-1]])
