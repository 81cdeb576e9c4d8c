"""The cost of 360 pictures: against six square views by bare VTK, stereo against mono, and a dome against 360.

Three worlds are seen from inside: a 128^3 volume, 100,000 shaded spheres, and a surface of a million triangles. Bare
VTK draws six views of 90 degrees, W / pi pixels square, of the same things, set up here without moviemaker, and reads
their pixels back. All are measured in turn in one process, after a first picture that is not counted.

    python benchmarks/panorama_cost.py [--width 2048] [--rounds 3]
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

CAMERA = [0.13, -0.21, 0.07]
FACES = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]


def waves(size: int, count: float) -> np.ndarray:
    """A smooth field that fills its box, (size, size, size), in 0..1."""
    axis = np.linspace(0, count * 2 * np.pi, size)
    return (0.5 + (np.sin(axis)[:, None, None] + np.sin(1.1 * axis)[:, None] + np.cos(axis)) / 6).astype(np.float32)


def worlds(folder: Path) -> dict[str, tuple[dict[str, Any], Callable[[], Any]]]:
    """For each world a layer of a scene with its data, and a function that makes VTK's own prop."""
    np.save(folder / "volume.npy", waves(128, 3))
    np.save(folder / "surface.npy", waves(128, 8))
    points = np.random.default_rng(0).uniform(-1, 1, (100_000, 3))
    np.savez(folder / "spheres.npz", position=points)
    volume = {"kind": "volume", "data": "it", "range": [0, 1], "transfer": [[0.5, 0], [1, 0.05]], "unit_distance": 0.03}
    return {
        "volume": (volume | {"file": "volume.npy"}, lambda: bare_volume(np.load(folder / "volume.npy"))),
        "spheres": (
            {"kind": "points", "data": "it", "size": 0.01, "file": "spheres.npz"},
            lambda: bare_spheres(points),
        ),
        "surface": (
            {"kind": "isosurface", "data": "it", "levels": [0.5], "file": "surface.npy"},
            lambda: bare_surface(np.load(folder / "surface.npy")),
        ),
    }


def image(values: np.ndarray) -> Any:
    """VTK's image of samples that fill the box from -1 to 1."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    made = vtkImageData()
    made.SetDimensions(*values.shape)
    made.SetOrigin(-1, -1, -1)
    made.SetSpacing(*[2 / (n - 1) for n in values.shape])
    made.GetPointData().SetScalars(numpy_to_vtk(values.ravel(order="F"), deep=True))
    return made


def bare_volume(values: np.ndarray) -> Any:
    """The volume, with one sample per voxel's width."""
    import matplotlib
    from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolume
    from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

    mapper, volume = vtkGPUVolumeRayCastMapper(), vtkVolume()
    mapper.SetInputData(image(values))
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(2 / (values.shape[0] - 1))
    volume.SetMapper(mapper)
    colors, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for value, color in zip(np.linspace(0, 1, 256), matplotlib.colormaps["inferno"](range(256)), strict=True):
        colors.AddRGBPoint(value, *color[:3])
    opacity.AddPoint(0.5, 0.0)
    opacity.AddPoint(1.0, 0.05)
    properties = volume.GetProperty()
    properties.SetColor(colors)
    properties.SetScalarOpacity(opacity)
    properties.SetScalarOpacityUnitDistance(0.03)
    properties.SetInterpolationTypeToLinear()
    return volume


def bare_spheres(points: np.ndarray) -> Any:
    """The spheres, as VTK's impostors."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkRenderingCore import vtkActor
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

    places, cells, dots = vtkPoints(), vtkCellArray(), vtkPolyData()
    places.SetData(numpy_to_vtk(points.astype(np.float32), deep=True))
    cells.SetData(1, numpy_to_vtk(np.arange(len(points)), deep=True))
    dots.SetPoints(places)
    dots.SetVerts(cells)
    mapper, actor = vtkOpenGLSphereMapper(), vtkActor()
    mapper.SetInputData(dots)
    mapper.SetRadius(0.005)
    actor.SetMapper(mapper)
    return actor


def bare_surface(values: np.ndarray) -> Any:
    """The surface with smooth normals."""
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    finder, mapper, actor = vtkFlyingEdges3D(), vtkPolyDataMapper(), vtkActor()
    finder.SetInputData(image(values))
    finder.SetValue(0, 0.5)
    finder.Update()
    print(f"  ({finder.GetOutput().GetNumberOfPolys():,} triangles)")
    mapper.SetInputData(finder.GetOutput())
    mapper.ScalarVisibilityOff()
    actor.SetMapper(mapper)
    return actor


def six_views(prop: Any, side: int) -> Callable[[], None]:
    """Draws a prop with nothing but VTK, once to each side, and reads the pixels back."""
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    window, scene = vtkRenderWindow(), vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(8)
    window.SetSize(side, side)
    window.AddRenderer(scene)
    scene.AddViewProp(prop)
    camera = scene.GetActiveCamera()
    camera.SetPosition(*CAMERA)
    camera.SetViewAngle(90)

    def draw() -> None:
        for face in FACES:
            camera.SetFocalPoint(*np.add(CAMERA, face))
            camera.SetViewUp(*((0, 1, 0) if face[2] else (0, 0, 1)))
            scene.ResetCameraClippingRange()
            window.Render()
            pixels = vtkUnsignedCharArray()
            window.GetPixelData(0, 0, side - 1, side - 1, 0, pixels, 0)

    return draw


def seconds(work: Callable[[], Any]) -> float:
    """Wall seconds of a call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measures all worlds and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    width = options.width
    stereo = {"packing": "top-bottom", "ipd": 0.02}
    outputs = {
        "mono": {"lens": "equirectangular", "size": [width, width // 2]},
        "stereo": {"lens": "equirectangular", "size": [width, width], "stereo": stereo},
        "dome": {"lens": "domemaster", "size": [width // 2, width // 2]},
    }
    print(f"{width} x {width // 2} for an eye, dome {width // 2}, medians of {options.rounds} rounds in turn")
    with tempfile.TemporaryDirectory() as name:
        for world, (layer, prop) in worlds(Path(name)).items():
            kind = "particles" if layer["kind"] == "points" else "grid"
            data = {"kind": kind, "file": layer.pop("file")} | ({"bounds": [[-1, 1]] * 3} if kind == "grid" else {})
            target = np.add(CAMERA, [0, 1, 0]).tolist()
            camera = {"keyframes": [{"time": 0, "position": CAMERA, "target": target}]}
            written = {"duration": 1, "data": {"it": data}, "layers": [layer], "camera": camera, "outputs": outputs}
            made = {output: mm.Scene.from_dict(written, folder=name) for output in outputs}
            works: dict[str, Callable[[], Any]] = {"bare": six_views(prop(), round(width / np.pi))}
            for output, scene in made.items():
                works[output] = lambda scene=scene, output=output: scene.still(0.0, output)
            for work in works.values():
                work()
            times = {of: [] for of in works}
            for _ in range(options.rounds):
                for of, work in works.items():
                    times[of].append(seconds(work))
            bare, mono, both, dome = (statistics.median(times[of]) for of in ("bare", "mono", "stereo", "dome"))
            print(f"{world:8} six bare views {bare:6.2f} s | mono {mono:6.2f} s, {mono / bare:.2f} of bare", end="")
            print(f" | stereo {both:6.2f} s, {both / mono:.2f} of mono | dome {dome:6.2f} s, {dome / mono:.2f} of mono")
            for scene in made.values():
                scene.close()


if __name__ == "__main__":
    main()
