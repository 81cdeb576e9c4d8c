"""Surfaces: meshes of triangles, and where a field has a level."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkRenderingCore import vtkActor, vtkColorTransferFunction, vtkPolyDataMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Isosurface, Light
from moviemaker.stage.arrays import drawable, filled, image_data, moved, shared_array
from moviemaker.stage.ods import bend_surface
from moviemaker.stage.shaders import light_surface, tint_ambient
from moviemaker.stage.splitting import SplitMesh


class IsosurfaceActor:
    """Level surfaces, found anew only when the field or the levels have changed."""

    def __init__(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        tint_ambient(self.vtk)
        self._bending = bend_surface(self.vtk)
        self._mesh = SplitMesh(vtkPolyData())
        self._shown: Isosurface | None = None

    def show(self, prop: Isosurface, ambient: Light | None) -> None:
        """Makes the actor show surfaces."""
        last = self._shown
        if last is None or moved(last, prop) or last.levels != prop.levels:
            self._mesh = SplitMesh(_contour(prop))
            self.mapper.SetInputData(self._mesh.whole)  # the size of the whole is known before any view
        if last is None or last.colors is not prop.colors or last.levels != prop.levels:
            table = vtkColorTransferFunction()
            for level, color in zip(prop.levels, prop.colors.tolist(), strict=True):
                table.AddRGBPoint(level, *color)
            self.mapper.SetLookupTable(table)
        light_surface(self.vtk, prop.shade, ambient)
        self.vtk.GetProperty().SetOpacity(prop.opacity)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the surfaces where the eye is, for which they are split finely enough."""
        self.mapper.SetInputData(self._mesh.seen_in(view))
        self._bending.look(view, projection)


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
