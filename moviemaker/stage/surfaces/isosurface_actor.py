"""Isosurfaces: surfaces on which a field has given values."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkAppendPolyData, vtkClipPolyData, vtkFlyingEdges3D, vtkTriangleFilter

from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Isosurface
from moviemaker.core.props.coverage import edge_of
from moviemaker.stage.numerics.caps import find_caps
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.surfaces.colored_mesh import MeshActor, cell_array, set_colors, set_places, triangles_through
from moviemaker.stage.window.arrays import drawable, elsewhere, filled, image_data, other_samples, shared_array


class IsosurfaceActor(MeshActor):
    """Isosurfaces, found again only when the field or the levels have changed.

    Those of a grid with axes of its own are found among its samples, and only placed anew when the grid moves.
    """

    def __init__(self) -> None:
        super().__init__()
        self._contours = vtkPolyData()
        self._surface = vtkPolyData()
        self._shown: Isosurface | None = None

    def update(self, prop: Isosurface, light: SceneLight) -> None:
        """Makes the actor draw surfaces."""
        last = self._shown
        contoured = (
            last is None
            or other_samples(last, prop)
            or (last.levels, last.caps, last.sides) != (prop.levels, prop.caps, prop.sides)
            or last.painted is not prop.painted
            or (last.direction is None) != (prop.direction is None)
            or (prop.direction is None and elsewhere(last, prop))
        )
        found = last is None or contoured or elsewhere(last, prop)
        if contoured:
            self._contours = _found(prop)
        if found:
            self._surface = _placed(self._contours, prop)
        if found or last is None or _other_colors(last, prop):
            self._hang(_painted(self._surface, prop))
        if prop.palette is not None:
            self._by_values(prop.palette)
        else:
            self._by_points()
        clear = any(opacity < 1 for opacity in prop.opacities)
        self._light(prop.shade, light, prop.opacity, clear, prop.material)
        self._shown = prop


def _other_colors(last: Isosurface, prop: Isosurface) -> bool:
    """Whether the points of two surfaces need other colours."""
    if prop.palette is not None:
        return last.palette is None or not last.palette.same(prop.palette)
    other = last.colors is not prop.colors and not np.array_equal(last.colors, prop.colors)
    return other or last.palette is not None or last.opacities != prop.opacities


def _around_labels(prop: Isosurface) -> vtkPolyData:
    """The surfaces around the samples of each label. A level between labels encloses all that are above it."""
    known = np.isfinite(prop.values) if prop.values.dtype.kind == "f" else None
    together = vtkAppendPolyData()
    for index, level in enumerate(prop.levels):
        there = (prop.values == level if (prop.values == level).any() else prop.values > level).astype(np.float32)
        if known is not None and not known.all():
            there[~known] = np.nan
        caps = prop.caps[index : index + 1]
        surface = _contour(replace(prop, values=there, levels=(0.5,), caps=caps, nearest=False))
        count = surface.GetNumberOfPoints()
        if count:
            surface.GetPointData().SetScalars(shared_array(np.full(count, level, np.float32), "levels"))
            together.AddInputData(surface)
    if not together.GetNumberOfInputConnections(0):
        return vtkPolyData()
    together.Update()
    found: vtkPolyData = together.GetOutput()
    return found


def _contour(prop: Isosurface) -> vtkPolyData:
    """The surfaces where they lie in space, with normals and what `_found` gives."""
    return _placed(_found(prop), prop)


def _found(prop: Isosurface) -> vtkPolyData:
    """The surfaces with normals, and at their points the level or the sample of the field that colours them.

    Of a field with a direction, places are those among its samples, (i, j, k).
    """
    if prop.direction is not None:
        prop = replace(prop, origin=(0.0, 0.0, 0.0), spacing=(1.0, 1.0, 1.0), direction=None)
    if prop.nearest:
        return _around_labels(prop)
    values, known = filled(prop.values, sloping=True)
    samples = drawable(values)
    if len(prop.levels) > 1 and any(level % 1 for level in prop.levels):
        samples = samples.astype(np.float32, copy=False)  # VTK gives the levels in the type of the samples
    image = image_data(samples, prop.origin, prop.spacing)
    if prop.painted is not None:
        image.GetPointData().AddArray(shared_array(prop.painted.ravel(order="F").astype(np.float32), "painted"))
    edge = edge_of(known, prop.inside)
    if edge is not None:
        image.GetPointData().AddArray(shared_array(edge.ravel(order="F"), _COVERAGE))
    finder = vtkFlyingEdges3D()
    finder.SetInputData(image)
    finder.ComputeNormalsOn()
    finder.ComputeScalarsOn()
    finder.SetInterpolateAttributes(prop.painted is not None or edge is not None)
    for index, level in enumerate(prop.levels):
        finder.SetValue(index, level)
    finder.Update()
    surface: vtkPolyData = finder.GetOutput()
    if edge is not None:
        surface = _cut_at_edge(surface)
    if any(prop.caps):
        surface = _with_caps(surface, values, known, prop)
    return surface


_COVERAGE = "coverage"


def _cut_at_edge(surface: vtkPolyData) -> vtkPolyData:
    """The part of a surface on which the field is known."""
    if surface.GetNumberOfPolys() == 0:
        return surface
    scalars = surface.GetPointData().GetScalars()
    surface.GetPointData().SetActiveScalars(_COVERAGE)
    cutter = vtkClipPolyData()
    cutter.SetInputData(surface)
    cutter.SetValue(0.0)
    triangles = vtkTriangleFilter()  # a triangle that is cut may leave four corners
    triangles.SetInputConnection(cutter.GetOutputPort())
    triangles.Update()
    found: vtkPolyData = triangles.GetOutput()
    found.GetPointData().SetActiveScalars(scalars.GetName())
    return found


def _with_caps(surface: vtkPolyData, values: np.ndarray, known: np.ndarray | None, prop: Isosurface) -> vtkPolyData:
    """The surfaces and what closes them at the sides of the grid, each with its own normals."""
    caps = find_caps(values, known, prop.levels, prop.caps, prop.sides)
    if not len(caps.triangles):
        return surface
    points = (caps.index * prop.spacing + prop.origin).astype(np.float32)
    parts = [(points, caps.normal, np.array(prop.levels)[caps.level], caps.triangles)]
    painted = [] if prop.painted is None else [_between_samples(prop.painted, caps.index)]
    if surface.GetNumberOfPoints():
        data = surface.GetPointData()
        triangles = np.empty((0, 3), np.int64)
        if surface.GetNumberOfPolys():
            triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        found = vtk_to_numpy(surface.GetPoints().GetData())
        parts.append((found, vtk_to_numpy(data.GetNormals()), vtk_to_numpy(data.GetScalars()), triangles + len(points)))
        if painted:
            painted.append(vtk_to_numpy(data.GetArray("painted")))
    positions, normals, levels, triangles = (np.concatenate(each) for each in zip(*parts, strict=True))
    whole = triangles_through(positions, triangles)
    whole.GetPointData().SetNormals(shared_array(normals.astype(np.float32), "normals"))
    whole.GetPointData().SetScalars(shared_array(levels.astype(np.float32), "levels"))
    if painted:
        whole.GetPointData().AddArray(shared_array(np.concatenate(painted).astype(np.float32), "painted"))
    return whole


def _between_samples(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Values (n,) at fractional indices (n, 3), linearly; NaN beside a sample that is not finite."""
    low = np.clip(np.floor(index).astype(int), 0, np.maximum(np.array(values.shape) - 2, 0))
    high = np.minimum(low + 1, np.array(values.shape) - 1)
    part = index - low
    found = np.zeros(len(index))
    for corner in itertools.product((False, True), repeat=3):
        place = tuple((high if up else low)[:, axis] for axis, up in enumerate(corner))
        weight = np.prod([part[:, axis] if up else 1 - part[:, axis] for axis, up in enumerate(corner)], axis=0)
        found += np.where(weight > 0, weight * values[place], 0)
    return found


def _placed(contours: vtkPolyData, prop: Isosurface) -> vtkPolyData:
    """Surfaces that `_found` gave, where they lie in space. Those of a field without a direction lie there already.

    A normal is a gradient, which transforms by the inverse of the transposed matrix.
    """
    if prop.direction is None:
        return contours
    surface = vtkPolyData()
    surface.ShallowCopy(contours)
    if not contours.GetNumberOfPoints():
        return surface
    matrix = world_from_index(prop.origin, prop.spacing, prop.direction)
    places = vtk_to_numpy(contours.GetPoints().GetData()) @ matrix[:3, :3].T + matrix[:3, 3]
    points = vtkPoints()
    points.SetData(shared_array(places.astype(np.float32)))
    surface.SetPoints(points)
    if contours.GetPointData().GetNormals() is not None:
        normals = vtk_to_numpy(contours.GetPointData().GetNormals()) @ np.linalg.inv(matrix[:3, :3])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        surface.GetPointData().SetNormals(shared_array(normals.astype(np.float32), "normals"))
    if np.linalg.det(matrix[:3, :3]) < 0 and contours.GetNumberOfPolys():  # a mirror image shows its back
        corners = vtk_to_numpy(contours.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        surface.SetPolys(cell_array(3, corners[:, ::-1]))
    return surface


def _painted(surface: vtkPolyData, prop: Isosurface) -> vtkPolyData:
    """The surface with colours, or with places in the palette, at its points."""
    mesh = vtkPolyData()
    mesh.ShallowCopy(surface)
    if not mesh.GetNumberOfPoints():
        return mesh
    if prop.palette is None:
        levels = vtk_to_numpy(surface.GetPointData().GetScalars())
        nearest = np.abs(levels[:, None] - np.array(prop.levels, np.float32)).argmin(axis=1)
        opacities = prop.opacities or (1.0,) * len(prop.levels)
        table = np.column_stack([prop.colors, np.broadcast_to(opacities, len(prop.levels))])
        # Rounded as VTK rounds colours.
        set_colors(mesh, np.floor(255 * table + 0.5).astype(np.uint8)[nearest])
        return mesh
    places = prop.palette.places(vtk_to_numpy(surface.GetPointData().GetArray("painted")))
    set_places(mesh, np.nan_to_num(places))
    if not np.isfinite(places).all() and mesh.GetNumberOfPolys():
        corners = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        mesh.SetPolys(cell_array(3, corners[np.isfinite(places)[corners].all(axis=1)]))
    return mesh
