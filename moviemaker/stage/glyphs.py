"""Marks, one for each particle: spheres as impostors, the others as instances of a mesh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Glyphs, Light
from moviemaker.stage.arrays import shared_array
from moviemaker.stage.ods import bend_spheres, bend_surface, look_at_surface
from moviemaker.stage.shaders import light_surface, smooth_silhouettes, tint_ambient


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
        light_surface(self.vtk, prop.shade and self.shape != "dot", ambient)
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
