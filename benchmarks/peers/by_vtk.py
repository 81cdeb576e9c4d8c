"""The pictures by bare VTK, in the environment of moviemaker: drawn and read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - both fill VTK's object factories
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPiecewiseFunction, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCamera,
    vtkColorTransferFunction,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
)
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from peers.work import CAMERA, COLOR, FACES, UNIT_DISTANCE, Settings, Work, place, transfer

PACKAGES = ("vtk", "numpy")


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """Flat pictures, and for `mono` the six faces of a cube, W / pi pixels square, which are not put together.

    They are a lower bound for tools that draw whole cube faces with VTK.
    """
    prop = spheres(folder, settings) if picture == "spheres" else volume(folder)
    side = round(settings.width / np.pi)
    window, scene, camera = stage(prop, (side, side) if picture == "mono" else settings.flat)

    def faces(frame: int) -> list[np.ndarray]:
        camera.SetPosition(*CAMERA)
        camera.SetViewAngle(90)
        return [drawn(face) for face in FACES]

    def drawn(face: Sequence[float]) -> np.ndarray:
        camera.SetFocalPoint(*np.add(CAMERA, face))
        camera.SetViewUp(*((0, 1, 0) if face[2] else (0, 0, 1)))
        return pixels(window, scene)

    def flat(frame: int) -> np.ndarray:
        camera.SetPosition(*place(frame))
        camera.SetFocalPoint(0, 0, 0)
        camera.SetViewUp(0, 0, 1)
        camera.SetViewAngle(settings.angle)
        return pixels(window, scene)

    if picture == "mono":
        return Work(faces, lambda made: np.concatenate(made, axis=1))
    return Work(flat)


def stage(prop: Any, size: tuple[int, int]) -> tuple[vtkRenderWindow, vtkRenderer, vtkCamera]:
    """An off-screen window with one prop."""
    window, scene = vtkRenderWindow(), vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(8)
    window.SetSize(*size)
    window.AddRenderer(scene)
    scene.AddViewProp(prop)
    return window, scene, scene.GetActiveCamera()


def pixels(window: vtkRenderWindow, scene: vtkRenderer) -> np.ndarray:
    """Draws, and reads the pixels back: (height, width, 3)."""
    scene.ResetCameraClippingRange()
    window.Render()
    made, (width, height) = vtkUnsignedCharArray(), window.GetSize()
    window.GetPixelData(0, 0, width - 1, height - 1, 0, made, 0)
    return vtk_to_numpy(made).reshape(height, width, 3)[::-1]


def volume(folder: Path) -> vtkVolume:
    """The volume, with one sample for each voxel's width."""
    samples = np.load(folder / "volume.npy")
    made = vtkImageData()
    made.SetDimensions(*samples.shape)
    made.SetOrigin(-1, -1, -1)
    made.SetSpacing(*[2 / (count - 1) for count in samples.shape])
    made.GetPointData().SetScalars(numpy_to_vtk(samples.ravel(order="F"), deep=True))
    mapper, prop = vtkGPUVolumeRayCastMapper(), vtkVolume()
    mapper.SetInputData(made)
    mapper.AutoAdjustSampleDistancesOff()
    mapper.SetSampleDistance(2 / (samples.shape[0] - 1))
    prop.SetMapper(mapper)
    colors, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for value, height, color in zip(*transfer(folder), strict=True):
        opacity.AddPoint(value, height)
        colors.AddRGBPoint(value, *color)
    properties = prop.GetProperty()
    properties.SetColor(colors)
    properties.SetScalarOpacity(opacity)
    properties.SetScalarOpacityUnitDistance(UNIT_DISTANCE)
    properties.SetInterpolationTypeToLinear()
    return prop


def spheres(folder: Path, settings: Settings) -> vtkActor:
    """The spheres, as squares that the shader makes round."""
    points = np.load(folder / "spheres.npy")
    places, cells, dots = vtkPoints(), vtkCellArray(), vtkPolyData()
    places.SetData(numpy_to_vtk(points, deep=True))
    cells.SetData(1, numpy_to_vtk(np.arange(len(points)), deep=True))
    dots.SetPoints(places)
    dots.SetVerts(cells)
    mapper, actor = vtkOpenGLSphereMapper(), vtkActor()
    mapper.SetInputData(dots)
    mapper.SetRadius(settings.ball / 2)
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*[channel / 255 for channel in COLOR])
    return actor
