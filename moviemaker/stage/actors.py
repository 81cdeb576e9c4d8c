"""Actors: what VTK draws for each sort of prop. An actor is kept as long as props of its sort come to its place.

`show(prop)` makes the actor show a prop. It uploads arrays only when they are other arrays than the last time, so a
still volume stays in the GPU's memory while the camera moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPiecewiseFunction, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkColorTransferFunction,
    vtkGlyph3DMapper,
    vtkPolyDataMapper,
    vtkVolume,
)
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Glyphs, Isosurface, Light, Prop, Volume
from moviemaker.stage.arrays import drawable, filled, image_data, shared_array
from moviemaker.stage.ods import bend_spheres, bend_surface, bend_volume, look_at_surface, look_at_volume
from moviemaker.stage.shaders import set_ambient, smooth_silhouettes, tint_ambient

BLENDS = {
    "composite": vtkGPUVolumeRayCastMapper.COMPOSITE_BLEND,
    "maximum": vtkGPUVolumeRayCastMapper.MAXIMUM_INTENSITY_BLEND,
    "minimum": vtkGPUVolumeRayCastMapper.MINIMUM_INTENSITY_BLEND,
    "average": vtkGPUVolumeRayCastMapper.AVERAGE_INTENSITY_BLEND,
    "additive": vtkGPUVolumeRayCastMapper.ADDITIVE_BLEND,
}


class Actor(Protocol):
    """Something hung up on the stage."""

    vtk: Any

    def show(self, prop: Any, ambient: Light | None) -> None:
        """Makes the actor show a prop, in an ambient light."""
        ...

    def face(self, view: View, projection: np.ndarray) -> None:
        """Prepares the actor for a view, with the matrix (4, 4) clip from view coordinates."""
        ...


class VolumeActor:
    """A cloud, drawn by VTK's ray caster in a fragment shader."""

    def __init__(self) -> None:
        self.mapper = vtkGPUVolumeRayCastMapper()
        # Sampling is the scene's decision: VTK would lower the quality by itself where drawing takes long.
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetLockSampleDistanceToInputSpacing(False)
        self.mapper.SetUseJittering(False)
        self.vtk = vtkVolume()
        self.vtk.SetMapper(self.mapper)
        bend_volume(self.vtk)
        self._shown: Volume | None = None

    def show(self, prop: Volume, ambient: Light | None) -> None:
        """Makes the actor show a cloud."""
        last = self._shown
        if last is None or _moved(last, prop):
            values, known = filled(prop.values)
            self.mapper.SetInputData(image_data(drawable(values), prop.origin, prop.spacing))
            # What is not known is cut out, so that it is nothing whatever the transfer function says.
            mask = None if known is None else image_data(known.astype(np.uint8) * 255, prop.origin, prop.spacing)
            self.mapper.SetMaskInput(mask)
            self.mapper.SetMaskTypeToBinary()
        self.mapper.SetSampleDistance(prop.step)
        self.mapper.SetBlendMode(BLENDS[prop.blend])
        look = self.vtk.GetProperty()
        if last is None or last.transfer is not prop.transfer or last.opacity != prop.opacity:
            look.SetColor(_color_function(prop))
            look.SetScalarOpacity(_opacity_function(prop))
        look.SetScalarOpacityUnitDistance(prop.unit_distance)
        look.SetInterpolationTypeToLinear()
        look.SetShade(prop.shade)
        look.SetAmbient(float(np.mean(ambient.color)) if ambient else 0.0)
        look.SetDiffuse(1.0)
        look.SetSpecular(0.0)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the rays where they start."""
        near = projection[2, 3] / (projection[2, 2] - 1)
        look_at_volume(self.vtk, view, float(near))


def _moved(last: Volume | Isosurface, prop: Volume | Isosurface) -> bool:
    return last.values is not prop.values or last.origin != prop.origin or last.spacing != prop.spacing


def _color_function(prop: Volume) -> vtkColorTransferFunction:
    function = vtkColorTransferFunction()
    nodes = np.column_stack([prop.transfer.color_values, prop.transfer.colors])
    for value, red, green, blue in nodes.tolist():
        function.AddRGBPoint(value, red, green, blue)
    return function


def _opacity_function(prop: Volume) -> vtkPiecewiseFunction:
    function = vtkPiecewiseFunction()
    function.AllowDuplicateScalarsOn()  # two points of one value are a step
    for value, opacity in prop.transfer.opacities:
        function.AddPoint(value, opacity * prop.opacity)
    return function


class IsosurfaceActor:
    """Level surfaces, found anew only when the field or the levels have changed."""

    def __init__(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        tint_ambient(self.vtk)
        bend_surface(self.vtk)
        self._shown: Isosurface | None = None

    def show(self, prop: Isosurface, ambient: Light | None) -> None:
        """Makes the actor show surfaces."""
        last = self._shown
        if last is None or _moved(last, prop) or last.levels != prop.levels:
            self.mapper.SetInputData(_contour(prop))
        if last is None or last.colors is not prop.colors or last.levels != prop.levels:
            table = vtkColorTransferFunction()
            for level, color in zip(prop.levels, prop.colors.tolist(), strict=True):
                table.AddRGBPoint(level, *color)
            self.mapper.SetLookupTable(table)
        _finish(self.vtk, prop.shade, ambient)
        self.vtk.GetProperty().SetOpacity(prop.opacity)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the surfaces where the eye is."""
        look_at_surface(self.vtk, view, projection)


def _contour(prop: Isosurface) -> vtkPolyData:
    values, known = filled(prop.values)
    finder = vtkFlyingEdges3D()
    finder.SetInputData(image_data(drawable(values), prop.origin, prop.spacing))
    finder.ComputeNormalsOn()
    finder.ComputeScalarsOn()
    for index, level in enumerate(prop.levels):
        finder.SetValue(index, level)
    finder.Update()
    surface = finder.GetOutput()
    return surface if known is None else _without_unknown(surface, known, prop)


def _without_unknown(surface: vtkPolyData, known: np.ndarray, prop: Isosurface) -> vtkPolyData:
    """The surface without the triangles in cells that have a corner whose value is not known."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    if surface.GetNumberOfPolys() == 0:
        return surface
    corners = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    places = vtk_to_numpy(surface.GetPoints().GetData())[corners].mean(axis=1)
    index = np.floor((places - prop.origin) / prop.spacing).astype(int)
    cells = known.copy()
    for axis in range(3):
        cells = np.take(cells, range(cells.shape[axis] - 1), axis) & np.take(cells, range(1, cells.shape[axis]), axis)
    index = np.clip(index, 0, np.array(cells.shape) - 1)
    kept = vtkCellArray()
    triangles = corners[cells[tuple(index.T)]].astype(np.int64)
    kept.SetData(3, shared_array(triangles.ravel()))
    surface.SetPolys(kept)
    return surface


class GlyphActor:
    """One mark per particle: spheres as impostors that are round to the pixel, the others as instances of a mesh."""

    def __init__(self, shape: str):
        self.shape = shape
        self.mapper = _glyph_mapper(shape)
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        tint_ambient(self.vtk)
        if shape == "sphere":
            smooth_silhouettes(self.vtk)
            bend_spheres(self.vtk)
        else:
            bend_surface(self.vtk, instances=shape != "dot")
        self._shown: Glyphs | None = None
        self._translucent = False

    def show(self, prop: Glyphs, ambient: Light | None) -> None:
        """Makes the actor show marks."""
        last = self._shown
        arrays = ("position", "size", "colors")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            self.mapper.SetInputData(self._cloud(prop))
        shown = self.vtk.GetProperty()
        if self.shape == "dot":
            shown.SetPointSize(float(prop.size[0]) if len(prop.size) else 1.0)
        _finish(self.vtk, prop.shade and self.shape != "dot", ambient)
        # Colours carry opacity of their own, which VTK looks for only where it is told to.
        self._translucent = bool((prop.colors[:, 3] < 255).any())
        self.vtk.SetForceTranslucent(self._translucent)
        self.vtk.SetForceOpaque(not self._translucent)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the marks where the eye is.

        Translucent ones are drawn from the farthest to the nearest, so that each veils what is behind it.
        """
        look_at_surface(self.vtk, view, projection)
        if self._translucent and self._shown is not None:
            shown = self._shown
            order = np.argsort(-np.linalg.norm(shown.position - view.position, axis=1), kind="stable")
            parts = {name: getattr(shown, name)[order] for name in ("position", "size", "colors")}
            self.mapper.SetInputData(self._cloud(replace(shown, **parts)))

    def _cloud(self, prop: Glyphs) -> vtkPolyData:
        count = len(prop.position)
        points = vtkPoints()
        points.SetData(shared_array(prop.position.astype(np.float32)))
        cloud = vtkPolyData()
        cloud.SetPoints(points)
        cells = vtkCellArray()
        cells.SetData(1, shared_array(np.arange(count, dtype=np.int64)))
        cloud.SetVerts(cells)
        data = cloud.GetPointData()
        # A sphere's scale is its radius; meshes are one unit wide.
        scale = prop.size / 2 if self.shape == "sphere" else prop.size
        data.AddArray(shared_array(scale.astype(np.float32), "scale"))
        data.SetScalars(shared_array(prop.colors, "colors"))
        return cloud


def _glyph_mapper(shape: str) -> Any:
    mapper: Any
    if shape == "sphere":
        mapper = vtkOpenGLSphereMapper()
        mapper.SetScaleArray("scale")
    elif shape == "dot":
        mapper = vtkPolyDataMapper()
    else:
        mapper = vtkGlyph3DMapper()
        mapper.SetSourceData(_glyph_mesh(shape))
        mapper.SetScaleArray("scale")
        mapper.SetScaleModeToScaleByMagnitude()
        mapper.OrientOff()
    mapper.SetColorModeToDirectScalars()
    return mapper


def _glyph_mesh(shape: str) -> vtkPolyData:
    """A mesh one unit wide, with the normals of its flat faces."""
    if shape == "cube":
        cube = vtkCubeSource()
        cube.Update()
        box: vtkPolyData = cube.GetOutput()
        return box
    corners = 0.5 * np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = np.array([[i, (i + 1) % 4, 4] for i in range(4)] + [[(i + 1) % 4, i, 5] for i in range(4)])
    triangles = corners[faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    mesh = vtkPolyData()
    points = vtkPoints()
    points.SetData(shared_array(triangles.reshape(-1, 3).astype(np.float32)))
    mesh.SetPoints(points)
    cells = vtkCellArray()
    cells.SetData(3, shared_array(np.arange(triangles.shape[0] * 3, dtype=np.int64)))
    mesh.SetPolys(cells)
    mesh.GetPointData().SetNormals(shared_array(np.repeat(normals, 3, axis=0).astype(np.float32), "normals"))
    return mesh


def _finish(actor: vtkActor, shade: bool, ambient: Light | None) -> None:
    """How light falls on a surface."""
    look = actor.GetProperty()
    if not shade:
        look.LightingOff()
        look.SetAmbient(0.0)
        return
    look.LightingOn()
    look.SetAmbient(1.0 if ambient else 0.0)
    look.SetDiffuse(1.0)
    look.SetSpecular(0.1)
    look.SetSpecularPower(30.0)
    set_ambient(actor, ambient)


def actor_for(prop: Prop) -> Actor:
    """A new actor for props of the same sort as this one."""
    if isinstance(prop, Volume):
        return VolumeActor()
    if isinstance(prop, Isosurface):
        return IsosurfaceActor()
    return GlyphActor(prop.shape)


def fits(actor: Actor, prop: Prop) -> bool:
    """Whether an actor can show a prop."""
    if isinstance(prop, Glyphs):
        return isinstance(actor, GlyphActor) and actor.shape == prop.shape
    return isinstance(actor, VolumeActor if isinstance(prop, Volume) else IsosurfaceActor)
