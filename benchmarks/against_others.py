"""The cost of 360 pictures against other tools: yt, strips by PyVista, bare VTK.

Every tool draws one volume of 256^3 samples from inside, with the same box, position, colours and opacity. The volume
is so thin that rays go through all of it. Every tool runs in a process of its own; the tools draw frame by frame in
turn, never two at a time. The first frame of each, which loads and prepares, is not counted.

- moviemaker: stereo 360 (omni-directional), mono 360, and a domemaster, from a scene to finished pixels.
- yt: its lenses `stereo-spherical`, `spherical` and `fisheye`. It takes one sample in each cell that a ray crosses, its
  minimum (the default is ten): about 1.5 for a voxel's width, where the others take one. Only its `render` is counted,
  which gives floating-point pixels. It composites each ray as if farther samples hid nearer ones.
- PyVista, stereo: 72 flat views, 36 for each eye: 12 around, 30 degrees wide, and 3 above each other, 60 degrees high,
  with as many pixels per degree as the picture. The eye is at 12 places on its circle, so that things near the
  viewer break where two strips meet. And 216 views, 10 degrees wide, which break less. Drawing and reading the pixels
  is counted, putting them together is not.
- Bare VTK, mono: six square views of W / pi pixels, drawn and read back: a lower bound for
  tools that draw whole cube faces with VTK. The views are not put together.

Tools that are not installed are left out: `pip install yt`. Ratios are medians over rounds of the tool's time over
moviemaker's time of the same round. Wall time is the time one waits; processor time is steadier where other programs
use the machine.

    python benchmarks/against_others.py [--width 2048] [--size 256] [--rounds 3] [--pictures DIR]
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from panorama_cost import CAMERA, bare_volume, six_views, waves

IPD = 0.02
UNIT_DISTANCE = 0.3
ABOVE = (-60, 0, 60)
"""Elevations of the strips in degrees."""


@dataclass(frozen=True)
class Work:
    """A picture that a tool makes: the function that is measured, and one that turns its result into a picture."""

    draw: Callable[[], Any]
    develop: Callable[[Any], np.ndarray] | None = None


def opacity(values: np.ndarray) -> np.ndarray:
    """Three soft shells: the opacity over `UNIT_DISTANCE`."""
    shells = [(0.3, 0.05, 0.15), (0.55, 0.04, 0.25), (0.8, 0.05, 0.6)]  # centre, width, height
    return sum(height * np.exp(-(((values - center) / width) ** 2) / 2) for center, width, height in shells)


def transfer() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """256 values from 0 to 1, their opacities, and their colours (256, 3)."""
    import matplotlib

    values = np.linspace(0, 1, 256)
    return values, opacity(values), matplotlib.colormaps["inferno"](values)[:, :3]


def by_moviemaker(volume: Path, width: int) -> dict[str, Work]:
    """Three outputs of one scene."""
    import moviemaker as mm

    values, opacities, _ = transfer()
    layer = {"kind": "volume", "data": "it", "range": [0, 1], "colormap": "inferno", "unit_distance": UNIT_DISTANCE}
    layer["transfer"] = np.column_stack([values, opacities]).tolist()
    target = np.add(CAMERA, [0, 1, 0]).tolist()
    written = {
        "duration": 1,
        "data": {"it": {"kind": "grid", "file": volume.name, "bounds": [[-1, 1]] * 3}},
        "layers": [layer],
        "camera": {"keyframes": [{"time": 0, "position": CAMERA, "target": target}]},
        "outputs": {
            "stereo": {
                "lens": "equirectangular",
                "size": [width, width],
                "stereo": {"packing": "top-bottom", "ipd": IPD},
            },
            "mono": {"lens": "equirectangular", "size": [width, width // 2]},
            "dome": {"lens": "domemaster", "size": [width // 2, width // 2]},
        },
    }
    # One scene for each output keeps its window and its volume between frames, as `render` does.
    scenes = {output: mm.Scene.from_dict(written, folder=volume.parent) for output in written["outputs"]}
    return {
        output: Work(lambda scene=scene, output=output: scene.still(0.0, output), np.asarray)
        for output, scene in scenes.items()
    }


def by_yt(volume: Path, width: int) -> dict[str, Work]:
    """Three lenses of one scene. The box is one unit wide, and the samples are at the centres of its cells."""
    import yt
    from yt.visualization.volume_rendering.api import Scene, create_volume_source

    yt.set_log_level("error")
    samples = np.load(volume).astype(np.float64)
    size = samples.shape[0]
    scale = (size - 1) / size / 2
    held = yt.load_uniform_grid({"it": samples}, samples.shape, bbox=np.array([[-0.5, 0.5]] * 3), nprocs=1)

    def work(lens: str, resolution: tuple[int, int], develop: Callable[[Any], np.ndarray]) -> Work:
        source = create_volume_source(held.all_data(), ("stream", "it"))
        source.set_log(False)
        source.num_samples = 1
        scene = Scene()
        scene.add_source(source)
        camera = scene.add_camera(held, lens_type=lens)
        place = np.multiply(CAMERA, scale)
        camera.focus = held.arr(np.add(place, [0, 0.25, 0]), "code_length")
        camera.set_position(held.arr(place, "code_length"), north_vector=[0, 0, 1])
        if lens == "stereo-spherical":
            camera.lens.disparity = held.quan(IPD / 2 * scale, "code_length")
        if lens == "fisheye":
            camera.lens.rotation_matrix = np.diag([1.0, -1.0, -1.0])  # its default looks down
        # In yt, extinction is per length of a ray, which depends on the lens.
        camera.resolution = (8, 8)
        rays = camera.lens._get_sampler_params(camera, source)["vp_dir"]
        source.transfer_function = yt_transfer(float(np.linalg.norm(rays, axis=2).max()) / scale)
        camera.resolution = resolution
        return Work(scene.render, develop)

    return {
        "stereo": work("stereo-spherical", (width, width), pair_as_bytes),
        "mono": work("spherical", (width, width // 2), as_bytes),
        "dome": work("fisheye", (width // 2, width // 2), lambda made: as_bytes(made)[::-1]),
    }


def yt_transfer(length: float) -> Any:
    """The transfer function for yt: colours, and extinction over a length in units of the box -1..1."""
    from yt.visualization.volume_rendering.api import ColorTransferFunction

    _, opacities, colors = transfer()
    extinction = -np.log1p(-opacities) / UNIT_DISTANCE * length
    function = ColorTransferFunction((0.0, 1.0), nbins=256, grey_opacity=True)
    for table, column in zip((function.red, function.green, function.blue), colors.T, strict=True):
        table.y = np.ascontiguousarray(column)  # yt ignores strides
    function.alpha.y = extinction
    return function


def as_bytes(picture: Any) -> np.ndarray:
    """A picture of yt, (x, y, RGBA) in floating point, as rows of bytes."""
    return np.round(np.clip(np.asarray(picture)[..., :3].swapaxes(0, 1), 0, 1) * 255).astype(np.uint8)


def pair_as_bytes(picture: Any) -> np.ndarray:
    """Both eyes of yt, the left one above; yt has the right one first.

    yt stacks the rays of both eyes along y, but unyt 3.2 stacks them along x. yt then casts the same rays and stores
    their pixels in wrong places, which is undone here.
    """
    from unyt import unyt_array

    pixels, (width, height) = np.asarray(picture), picture.shape[:2]
    probe = unyt_array(np.zeros((1, 1, 1)), "cm")
    wrong = np.hstack([probe, probe]).shape[0] == 2
    eyes = pixels.reshape(2, width, height // 2, -1) if wrong else np.split(pixels, 2, axis=1)
    return np.concatenate([as_bytes(eye) for eye in eyes[::-1]])


def by_pyvista(volume: Path, width: int) -> dict[str, Work]:
    """Strips in two widths."""
    return {"stereo": strips(volume, width, 12), "stereo fine": strips(volume, width, 36)}


def strips(volume: Path, width: int, around: int) -> Work:
    """Flat views from `around` places on each eye's circle."""
    import pyvista as pv
    from panorama_cost import image

    _, opacities, _ = transfer()
    samples = np.load(volume)
    focal = width / (2 * np.pi)
    tall = round(2 * focal * np.tan(np.radians(30)))
    wide = round(2 * focal * np.tan(np.pi / around))
    plotter = pv.Plotter(off_screen=True, window_size=[wide, tall])
    plotter.set_background("black")
    actor = plotter.add_volume(
        pv.wrap(image(samples)),
        cmap="inferno",
        clim=[0, 1],
        opacity=opacities * 255,  # PyVista uses 256 numbers without rescaling
        opacity_unit_distance=UNIT_DISTANCE,
        mapper="gpu",
        show_scalar_bar=False,
    )
    actor.prop.interpolation_type = "linear"
    actor.mapper.AutoAdjustSampleDistancesOff()
    actor.mapper.SetSampleDistance(2 / (samples.shape[0] - 1))
    camera = plotter.camera
    camera.view_angle = 60
    camera.up = (0, 0, 1)

    def draw() -> list[list[np.ndarray]]:
        eyes: list[list[np.ndarray]] = [[], []]
        for views, side in zip(eyes, (-1, 1), strict=True):
            for azimuth in np.arange(around) * 2 * np.pi / around:
                ahead = np.array([np.sin(azimuth), np.cos(azimuth), 0])
                right = np.array([np.cos(azimuth), -np.sin(azimuth), 0])
                camera.position = place = np.add(CAMERA, side * IPD / 2 * right)
                for elevation in np.radians(ABOVE):
                    camera.focal_point = place + np.cos(elevation) * ahead + np.sin(elevation) * np.array([0, 0, 1])
                    camera.clipping_range = (0.001, 10)
                    plotter.render()
                    views.append(plotter.screenshot(None, return_img=True))
        return eyes

    return Work(draw, lambda eyes: np.concatenate([put_together(views, width, around) for views in eyes]))


def put_together(views: list[np.ndarray], width: int, around: int) -> np.ndarray:
    """The picture of one eye, (width / 2, width, 3), by the nearest pixel in each strip."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    latitude = (0.5 - (np.arange(width // 2)[:, None] + 0.5) / (width // 2)) * np.pi
    step = 2 * np.pi / around
    column = np.round(longitude / step).astype(int)
    row = np.round(np.degrees(latitude) / 60).astype(int)
    off, pitch = longitude - column * step, np.radians(row * 60)
    depth = np.cos(latitude) * np.cos(off) * np.cos(pitch) + np.sin(latitude) * np.sin(pitch)
    across = np.cos(latitude) * np.sin(off) / depth
    above = (np.sin(latitude) * np.cos(pitch) - np.cos(latitude) * np.cos(off) * np.sin(pitch)) / depth
    tall, wide = views[0].shape[:2]
    focal = width / (2 * np.pi)
    x = np.clip((wide / 2 + focal * across).astype(int), 0, wide - 1)
    y = np.clip((tall / 2 - focal * above).astype(int), 0, tall - 1)
    return np.stack(views)[(column % around) * len(ABOVE) + row + 1, y, x]


def by_vtk(volume: Path, width: int) -> dict[str, Work]:
    """Six faces of a cube."""
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction

    prop, function = bare_volume(np.load(volume)), vtkPiecewiseFunction()
    for value, height in zip(*transfer()[:2], strict=True):
        function.AddPoint(value, height)
    prop.GetProperty().SetScalarOpacity(function)
    prop.GetProperty().SetScalarOpacityUnitDistance(UNIT_DISTANCE)
    return {"mono": Work(six_views(prop, round(width / np.pi)))}


TOOLS = {"moviemaker": by_moviemaker, "yt": by_yt, "pyvista": by_pyvista, "vtk": by_vtk}
"""For each package, the function that makes its works."""

TABLE = [
    ("stereo", "moviemaker", "stereo 360, exact omni-directional eyes"),
    ("stereo", "yt", "stereo-spherical"),
    ("stereo", "pyvista", "72 strips, eyes in steps of 30 degrees"),
    ("stereo fine", "pyvista", "216 strips, eyes in steps of 10 degrees"),
    ("mono", "moviemaker", "mono 360"),
    ("mono", "yt", "spherical"),
    ("mono", "vtk", "six bare faces, nothing put together"),
    ("dome", "moviemaker", "domemaster, 180 degrees"),
    ("dome", "yt", "fisheye, 180 degrees"),
]

_works: dict[str, Work] = {}


def prepare(tool: str, volume: Path, width: int) -> None:
    """Prepares a tool in its process."""
    _works.update(TOOLS[tool](volume, width))


def measure(picture: str, keep: Path | None = None) -> tuple[float, float, float]:
    """Draws one frame in a tool's process: wall seconds, processor seconds, and the process's peak memory in GB."""
    work = _works[picture]
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    made = work.draw()
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    if keep and work.develop:
        from PIL import Image

        Image.fromarray(work.develop(made)).save(keep)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1e6


def main() -> None:
    """Measures every tool that is installed and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=2048, help="width of the 360 pictures")
    parser.add_argument("--size", type=int, default=256, help="samples of the volume along an edge")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=Path, help="a folder for the pictures")
    options = parser.parse_args()
    installed = [tool for tool in TOOLS if importlib.util.find_spec(tool)]
    for tool in TOOLS:
        if tool not in installed:
            print(f"{tool} is not installed: left out")
    rows = [(picture, tool) for picture, tool, _ in TABLE if tool in installed]
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        volume = Path(name) / "volume.npy"
        np.save(volume, waves(options.size, 3))
        context = multiprocessing.get_context("spawn")
        processes = {
            tool: ProcessPoolExecutor(1, context, prepare, (tool, volume, options.width)) for tool in installed
        }
        taken: dict[tuple[str, str], list[tuple[float, float, float]]] = {row: [] for row in rows}
        for round_ in range(options.rounds + 1):
            for picture, tool in rows:
                file = options.pictures / f"{picture}_{tool}.png".replace(" ", "_") if options.pictures else None
                figures = processes[tool].submit(measure, picture, None if round_ else file).result()
                wall, cpu, _ = figures
                print(f"round {round_}  {picture:12}{tool:12}{wall:7.2f} s wall{cpu:7.2f} s CPU", flush=True)
                if round_:
                    taken[picture, tool].append(figures)
        for process in processes.values():
            process.shutdown()
    report(taken, options)


def report(taken: dict[tuple[str, str], list[tuple[float, float, float]]], options: argparse.Namespace) -> None:
    """Prints the medians, and the ratios to moviemaker's picture of the same kind."""
    width = options.width
    print(f"\n{options.size}^3 samples seen from inside; an eye has {width} x {width // 2}, a dome {width // 2} pixels")
    print(f"medians of {options.rounds} rounds in turn; memory is the peak of the tool's process\n")
    print(f"{'':8}{'tool':12}{'what':49}{'wall':>8}{'CPU':>9}   ratio by wall   by CPU   memory")
    for picture, tool, what in TABLE:
        figures = taken.get((picture, tool))
        if not figures:
            continue
        kind = picture.split()[0]
        wall, cpu, memory = (statistics.median(column) for column in zip(*figures, strict=True))
        pairs = list(zip(figures, taken[kind, "moviemaker"], strict=True))
        by_wall, by_cpu = (statistics.median(theirs[k] / ours[k] for theirs, ours in pairs) for k in (0, 1))
        times = f"{wall:6.2f} s{cpu:7.2f} s{by_wall:16.2f}{by_cpu:9.2f}"
        print(f"{kind:8}{tool:12}{what:49}{times}{memory:6.1f} GB")


if __name__ == "__main__":
    main()
