"""The cost of `render` beyond drawing: a 1280 x 720 movie of a 128^3 volume, against bare VTK drawing the same frames.

Bare VTK is a render window, a camera and one volume, set up here without moviemaker. It draws every frame of the same
flight, reads its pixels back and discards them. `render` resolves the scene, draws, keeps each frame as a
PNG and encodes an H.264 movie. Both run as whole processes, in turn.

    python benchmarks/render_cost.py [--frames 60] [--rounds 3]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SCENE = """\
duration: {seconds}
fps: 30
data:
  cube: {{kind: grid, file: cube.npy, bounds: [[-20, 20], [-20, 20], [-20, 20]]}}
layers:
  - {{kind: volume, data: cube, colormap: inferno, range: [0, 255], transfer: [[0, 0], [80, 0.02], [255, 0.6]]}}
camera:
  interpolation: linear
  keyframes:
    - {{time: 0, position: [60, 0, 20], target: [0, 0, 0], fov: 40}}
    - {{time: {seconds}, position: [20, 20, 5], target: [0, 0, 0]}}
outputs:
  hd: {{lens: perspective, size: [1280, 720]}}
"""

SIZE = (1280, 720)


def cube() -> np.ndarray:
    """A volume with some structure, uint8 (128, 128, 128)."""
    axis = np.linspace(-1, 1, 128)
    x, y, z = axis[:, None, None], axis[None, :, None], axis[None, None, :]
    radius = np.sqrt(x**2 + y**2 + (2 * z) ** 2)
    arms = 0.5 + 0.5 * np.cos(2 * np.arctan2(y, x) - 12 * np.hypot(x, y))
    return (255 * np.exp(-3 * radius) * (0.3 + 0.7 * arms)).astype(np.uint8)


def bare_vtk(folder: Path, frames: int) -> None:
    """Draws the frames with VTK alone."""
    import matplotlib
    import vtkmodules.vtkRenderingOpenGL2
    import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
    from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkRenderer, vtkRenderWindow, vtkVolume
    from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

    values = np.load(folder / "cube.npy")
    image = vtkImageData()
    image.SetDimensions(*values.shape)
    image.SetOrigin(-20, -20, -20)
    image.SetSpacing(40 / 127, 40 / 127, 40 / 127)
    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(order="F"), deep=True))
    mapper = vtkGPUVolumeRayCastMapper()
    mapper.SetInputData(image)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(40 / 127)
    volume = vtkVolume()
    volume.SetMapper(mapper)
    properties = volume.GetProperty()
    colors, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for value, color in zip(np.linspace(0, 255, 256), matplotlib.colormaps["inferno"](range(256)), strict=True):
        colors.AddRGBPoint(value, *color[:3])
    for value, alpha in ((0, 0.0), (80, 0.02), (255, 0.6)):
        opacity.AddPoint(value, alpha)
    properties.SetColor(colors)
    properties.SetScalarOpacity(opacity)
    properties.SetScalarOpacityUnitDistance(np.sqrt(3) * 40 / 100)
    properties.SetInterpolationTypeToLinear()
    window, scene = vtkRenderWindow(), vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(8)
    window.SetSize(*SIZE)
    window.AddRenderer(scene)
    scene.AddVolume(volume)
    camera = scene.GetActiveCamera()
    camera.SetFocalPoint(0, 0, 0)
    camera.SetViewUp(0, 0, 1)
    camera.SetViewAngle(40)
    first, last = np.array([60.0, 0, 20]), np.array([20.0, 20, 5])
    begun = time.perf_counter()
    for frame in range(frames):
        camera.SetPosition(*(first + (last - first) * frame / frames))
        scene.ResetCameraClippingRange()
        window.Render()
        pixels = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, SIZE[0] - 1, SIZE[1] - 1, 0, pixels, 0)
    print(f"  drawing alone: {(time.perf_counter() - begun) / frames * 1000:.0f} ms a frame", file=sys.stderr)


def timed(command: list[str]) -> float:
    """Wall seconds of a command as a whole process."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Measures both in turn and prints their times and ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        bare_vtk(options.bare, options.frames)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "cube.npy", cube())
        (folder / "flight.yaml").write_text(SCENE.format(seconds=options.frames / 30), encoding="utf-8")
        bare, ours = [], []
        for _ in range(options.rounds):
            frames = str(options.frames)
            bare.append(timed([sys.executable, __file__, "--bare", name, "--frames", frames]))
            shutil.rmtree(folder / "out", ignore_errors=True)
            render = ["render", str(folder / "flight.yaml"), "--out", str(folder / "out")]
            ours.append(timed([sys.executable, "-m", "moviemaker", *render]))
    ratios = [b / a for a, b in zip(bare, ours, strict=True)]
    print(f"{options.frames} frames of {SIZE[0]} x {SIZE[1]}, {options.rounds} rounds in turn, medians:")
    print(f"  bare VTK {statistics.median(bare):6.1f} s   render {statistics.median(ours):6.1f} s")
    print(f"  render / bare VTK: {statistics.median(ratios):.2f}  (from {min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
