"""Coloured meshes of triangles, split where eyes of omni-directional stereo see them bent."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Fog, Material, Palette
from moviemaker.stage.ods.shaders import bend_surface
from moviemaker.stage.ods.subdivision import SplitMesh
from moviemaker.stage.shading.lighting import USUAL, Lighting
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.window.arrays import shared_array


class MeshActor:
    """The base of actors of surfaces."""

    def __init__(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        self.lighting = Lighting(self.vtk)
        self._bending = bend_surface(self.vtk)
        self._mesh = SplitMesh(vtkPolyData())

    @property
    def whole(self) -> vtkPolyData:
        """The surface, before it is split for any view."""
        return self._mesh.whole

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self.lighting.set_fog(fog)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Splits the surface finely enough for a view."""
        self.mapper.SetInputData(self._mesh.seen_in(view))
        self._bending.set_view(view, projection)
        self.lighting.face(view, projection)

    def _hang(self, mesh: vtkPolyData) -> None:
        """Takes another mesh."""
        self._mesh = SplitMesh(mesh)
        self.mapper.SetInputData(mesh)  # the bounds are known before any view

    def _light(
        self, shade: bool, light: SceneLight, opacity: float, clear: bool = False, material: Material = USUAL
    ) -> None:
        """Sets how light falls on it and through it; `clear`: its colours have opacities of their own."""
        self.lighting.set(shade, light, material)
        self.vtk.GetProperty().SetOpacity(opacity)
        translucent = clear or opacity < 1
        self.vtk.SetForceTranslucent(translucent)
        self.vtk.SetForceOpaque(not translucent)

    def _plain(self, color: tuple[float, float, float]) -> None:
        """Draws it in one colour."""
        self.mapper.ScalarVisibilityOff()
        self.vtk.GetProperty().SetColor(*color)

    def _by_points(self) -> None:
        """Draws it in the colours of its points, see `set_colors`."""
        self.mapper.ScalarVisibilityOn()
        self.mapper.InterpolateScalarsBeforeMappingOff()
        self.mapper.SetColorModeToDirectScalars()

    def _by_values(self, palette: Palette) -> None:
        """Draws it in colours of a palette at places that are interpolated between points, see `set_places`."""
        self.mapper.ScalarVisibilityOn()
        self.mapper.InterpolateScalarsBeforeMappingOn()
        self.mapper.SetColorModeToMapScalars()
        self.mapper.SetLookupTable(_lookup_table(palette))
        self.mapper.UseLookupTableScalarRangeOn()


def _lookup_table(palette: Palette) -> vtkLookupTable:
    table = vtkLookupTable()
    rgba = np.ones((len(palette.table), 4))
    rgba[:, :3] = palette.table
    colors = shared_array(np.rint(255 * rgba).astype(np.uint8))
    assert isinstance(colors, vtkUnsignedCharArray)
    table.SetTable(colors)
    table.SetTableRange(0.0, 1.0)
    return table


def set_colors(mesh: vtkPolyData, colors: np.ndarray) -> None:
    """Gives the points colours (n, 4) uint8."""
    mesh.GetPointData().SetScalars(shared_array(colors, "colors"))


def set_places(mesh: vtkPolyData, places: np.ndarray) -> None:
    """Gives the points (n,) places in a palette, from 0 to 1."""
    mesh.GetPointData().SetScalars(shared_array(places, "places"))


def triangles_through(points: np.ndarray, triangles: np.ndarray) -> vtkPolyData:
    """A mesh of triangles (m, 3) through points (n, 3)."""
    mesh = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(shared_array(points.astype(np.float32)))
    mesh.SetPoints(vertices)
    mesh.SetPolys(cell_array(3, triangles))
    return mesh


def cell_array(size: int, corners: np.ndarray) -> vtkCellArray:
    """Cells (m, size) as VTK's cells."""
    cells = vtkCellArray()
    cells.SetData(size, shared_array(corners.astype(np.int64).ravel()))
    return cells
