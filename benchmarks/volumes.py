"""The cost of a volume: against VTK's two bare ray casters; shaded, two overlapping, and clipped.

A 256^3 field is drawn whole in 1280 x 720, with one sample per voxel's width, by moviemaker and by VTK's ray
casters on the GPU (or its substitute) and on the processor, set up here without moviemaker. All are measured in turn in
one process, after a first picture that is not counted; other work on the machine changes processor time less. The
pictures have to agree: the table gives the mean difference from moviemaker's, in steps of 8 bits.

    python benchmarks/volumes.py [--size 256] [--rounds 5] [--pictures DIR]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - both fill VTK's object factories

import moviemaker as mm

WIDTH, HEIGHT = 1280, 720
POSITION = [2.0, -3.0, 1.4]
OPACITIES = {"thin": [(0.0, 0.0), (1.0, 0.02)], "solid": [(0.55, 0.0), (0.65, 0.9)]}
"""A thin volume that all rays go through, and solid bodies where most rays end."""
UNIT = 0.01
AMBIENT = 0.2


def field(size: int) -> np.ndarray:
    """A smooth field that fills its box, (size, size, size), in 0..1."""
    axis = np.linspace(0, 6 * np.pi, size)
    return (0.5 + (np.sin(axis)[:, None, None] + np.sin(1.1 * axis)[:, None] + np.cos(axis)) / 6).astype(np.float32)


def bare(kind: str, values: np.ndarray, opacities: list[tuple[float, float]], shade: bool) -> Callable[[], np.ndarray]:
    """A function that draws by one of VTK's mappers and reads the pixels back, (HEIGHT, WIDTH, 3)."""
    import matplotlib
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkLight, vtkRenderer, vtkRenderWindow, vtkVolume
    from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

    size = values.shape[0]
    image = vtkImageData()
    image.SetDimensions(size, size, size)
    image.SetOrigin(-1, -1, -1)
    image.SetSpacing(*[2 / (size - 1)] * 3)
    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(order="F"), deep=True))
    mapper: Any = vtkGPUVolumeRayCastMapper() if kind == "GPU mapper" else vtkFixedPointVolumeRayCastMapper()
    mapper.SetInputData(image)
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetSampleDistance(2 / (size - 1))
    volume = vtkVolume()
    volume.SetMapper(mapper)
    colors, opacity, shading = vtkColorTransferFunction(), vtkPiecewiseFunction(), volume.GetProperty()
    for value, color in zip(np.linspace(0, 1, 256), matplotlib.colormaps["inferno"](range(256)), strict=True):
        colors.AddRGBPoint(value, *color[:3])
    for point in opacities:
        opacity.AddPoint(*point)
    shading.SetColor(colors)
    shading.SetScalarOpacity(opacity)
    shading.SetScalarOpacityUnitDistance(UNIT)
    shading.SetInterpolationTypeToLinear()
    shading.SetShade(shade)
    shading.SetAmbient(AMBIENT)
    shading.SetDiffuse(1.0)
    shading.SetSpecular(0.0)
    window, scene, lamp = vtkRenderWindow(), vtkRenderer(), vtkLight()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(8)
    window.SetSize(WIDTH, HEIGHT)
    window.AddRenderer(scene)
    scene.SetAutomaticLightCreation(False)
    lamp.SetLightTypeToSceneLight()
    lamp.SetPosition(-1, -2, 3)
    lamp.SetFocalPoint(0, 0, 0)
    scene.AddLight(lamp)
    scene.AddViewProp(volume)
    camera = scene.GetActiveCamera()
    camera.SetPosition(*POSITION)
    camera.SetFocalPoint(0, 0, 0)
    camera.SetViewUp(0, 0, 1)
    camera.SetViewAngle(40)
    scene.ResetCameraClippingRange()

    def draw() -> np.ndarray:
        window.Render()
        pixels = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 0, pixels, 0)
        drawn: np.ndarray = vtk_to_numpy(pixels).reshape(HEIGHT, WIDTH, 3)[::-1]
        return drawn

    return draw


def ours(folder: Path, layers: list[dict[str, Any]], output: dict[str, Any]) -> mm.Scene:
    """A scene of volumes of the same field."""
    whole = {"kind": "volume", "data": "it", "range": [0, 1], "unit_distance": UNIT}
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"it": {"kind": "grid", "file": "it.npy", "bounds": [[-1, 1]] * 3}},
            "layers": [whole | layer for layer in layers],
            "lights": [
                {"kind": "sun", "direction": [1, 2, -3]},
                {"kind": "ambient", "intensity": AMBIENT},
            ],
            "camera": {"keyframes": [{"time": 0, "position": POSITION, "target": [0, 0, 0], "fov": 40}]},
            "outputs": {"it": output},
        },
        folder=folder,
    )


def costs(works: dict[str, Callable[[], np.ndarray]], rounds: int) -> dict[str, tuple[float, float]]:
    """Processor and wall seconds of each, medians of rounds in turn."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            before = time.process_time(), time.perf_counter()
            work()
            times[name].append((time.process_time() - before[0], time.perf_counter() - before[1]))
    return {
        name: tuple(statistics.median(column) for column in zip(*rows, strict=True)) for name, rows in times.items()
    }  # type: ignore[misc]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    values = field(options.size)
    flat = {"lens": "perspective", "size": [WIDTH, HEIGHT]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "it.npy", values)
        for what, opacities in OPACITIES.items():
            layer = {"transfer": [list(point) for point in opacities]}
            scenes = {
                "moviemaker": ours(folder, [layer], flat),
                "shaded": ours(folder, [layer | {"shade": True}], flat),
                "two in one place": ours(folder, [layer, layer | {"colormap": "viridis"}], flat),
                "cut by a sphere": ours(
                    folder,
                    [layer | {"clip": [{"kind": "sphere", "center": [0, 0, 0], "radius": 0.8, "keep": "outside"}]}],
                    flat,
                ),
            }
            works = {made: lambda scene=scene: scene.still(0.0) for made, scene in scenes.items()}
            for kind in ("GPU mapper", "CPU mapper"):
                works[kind] = bare(kind, values, opacities, shade=False)
                works[f"{kind}, shaded"] = bare(kind, values, opacities, shade=True)
            found = costs(works, options.rounds)
            truth = {made: works[made]().astype(float) for made in ("moviemaker", "shaded")}
            fastest = min(found[kind][0] for kind in ("GPU mapper", "CPU mapper"))
            print(f"{what}: {options.size}^3, {WIDTH} x {HEIGHT}, one sample per voxel")
            for made, (processor, wall) in found.items():
                picture = works[made]().astype(float)
                line = f"  {made:20} {processor:6.2f} s of processor, {wall:6.2f} s"
                line += f" | {processor / found['moviemaker'][0]:5.2f} of moviemaker"
                line += f" | {processor / fastest:5.2f} of VTK's faster"
                if "mapper" in made:
                    difference = picture - truth["shaded" if "shaded" in made else "moviemaker"]
                    line += f" | differs by {np.abs(difference).mean():.2f}"
                print(line)
                if options.pictures:
                    from PIL import Image

                    options.pictures.mkdir(exist_ok=True, parents=True)
                    Image.fromarray(picture.astype(np.uint8)).save(options.pictures / f"{what} {made}.png")
            for scene in scenes.values():
                scene.close()


if __name__ == "__main__":
    main()
