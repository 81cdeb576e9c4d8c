"""Surfaces of polygons: lit smoothly between their creases, or drawn as edges."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

from moviemaker.core.camera import View
from moviemaker.core.fields import Cells
from moviemaker.core.props import Surface
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.surfaces.colored_mesh import MeshActor, cell_array, set_colors, set_places, triangles_through
from moviemaker.stage.surfaces.image_textures import SurfaceImage
from moviemaker.stage.window.arrays import shared_array

CREASE = 30.0
"""From this angle between two polygons on, degrees, their common edge is drawn sharp."""

EDGE_WIDTH = 1.5
"""The width of edges in a wire frame, pixels."""


class SurfaceActor(MeshActor):
    """Draws polygons. Their triangles and normals are found again only when they have changed, not for new colours."""

    def __init__(self) -> None:
        super().__init__()
        self._surface = vtkPolyData()
        self._known = np.zeros(0, bool)
        self._image = SurfaceImage(self.vtk)
        self._shown: Surface | None = None

    def update(self, prop: Surface, light: SceneLight) -> None:
        """Makes the actor draw polygons."""
        last = self._shown
        places = None if prop.values is None or prop.palette is None else prop.palette.places(prop.values)
        known = np.isfinite(prop.position).all(axis=1)
        if places is not None:
            known &= np.isfinite(places)
        found = last is None or _other_shape(last, prop) or not np.array_equal(known, self._known)
        if found:
            self._surface, self._known = _shape(prop, known), known
        if found or last is None or _other_colors(last, prop):
            self._hang(_colored(self._surface, prop, places))
        self._image.set(prop.picture, prop.coordinates)
        if prop.picture is not None:
            self._plain((1.0, 1.0, 1.0))
        elif prop.palette is not None and places is not None:
            self._by_values(prop.palette)
        elif prop.colors is not None:
            self._by_points()
        else:
            self._plain(prop.color)
        if prop.picture is not None:
            clear = prop.picture.shape[2] == 4
        else:
            clear = places is None and prop.colors is not None and bool((prop.colors[:, 3] < 255).any())
        self._light(prop.shade and not prop.wireframe, light, prop.opacity, clear, prop.material)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Splits the surface for a view, and sets the width of its edges."""
        super().face(view, projection)
        self.vtk.GetProperty().SetLineWidth(EDGE_WIDTH * view.fineness)


def _other_shape(last: Surface, prop: Surface) -> bool:
    same_arrays = all(getattr(last, name) is getattr(prop, name) for name in ("position", "polys", "normals"))
    return not same_arrays or (last.shade, last.wireframe) != (prop.shade, prop.wireframe)


def _other_colors(last: Surface, prop: Surface) -> bool:
    if any(getattr(last, name) is not getattr(prop, name) for name in ("colors", "values", "coordinates")):
        return True
    if last.palette is None or prop.palette is None:
        return last.palette is not prop.palette
    return not last.palette.same(prop.palette)


def _shape(prop: Surface, known: np.ndarray) -> vtkPolyData:
    """The triangles or edges of polygons whose points are all known, with the number of each of their points."""
    position = prop.position
    if not known.all():  # the bounds have to be finite
        middle = position[known].mean(axis=0) if known.any() else np.zeros(3)
        position = np.where(known[:, None], position, middle)
    polys = _kept(prop.polys, known)
    if prop.wireframe:
        mesh = vtkPolyData()
        points = vtkPoints()
        points.SetData(shared_array(position.astype(np.float32)))
        mesh.SetPoints(points)
        mesh.SetLines(cell_array(2, _edges(polys)))
    else:
        mesh = triangles_through(position, _triangles(polys))
    mesh.GetPointData().AddArray(shared_array(np.arange(len(position)), "number"))
    if not prop.shade or prop.wireframe or not len(polys):
        return mesh
    if prop.normals is not None:
        mesh.GetPointData().SetNormals(shared_array(prop.normals.astype(np.float32), "normals"))
        return mesh
    normals = vtkPolyDataNormals()
    normals.SetInputData(mesh)
    normals.SetFeatureAngle(CREASE)
    normals.Update()
    lit: vtkPolyData = normals.GetOutput()
    return lit


def _kept(polys: Cells, known: np.ndarray) -> Cells:
    """The polygons whose points are all known (n,)."""
    if known.all():
        return polys
    sizes = np.diff(polys.offsets)
    unknown = np.concatenate([[0], np.cumsum(~known[polys.connectivity])])
    whole = unknown[polys.offsets[1:]] == unknown[polys.offsets[:-1]]
    corners = polys.connectivity[np.repeat(whole, sizes)]
    return Cells(np.concatenate([[0], np.cumsum(sizes[whole])]), corners)


def _triangles(polys: Cells) -> np.ndarray:
    """Triangles (m, 3) of convex polygons: fans around their first corners."""
    sizes = np.diff(polys.offsets)
    if (sizes == 3).all():
        return np.reshape(polys.connectivity, (-1, 3))
    count = np.maximum(sizes - 2, 0)
    first = np.repeat(polys.offsets[:-1], count)
    step = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(polys.connectivity[np.stack([first, first + step + 1, first + step + 2], axis=1)])


def _edges(polys: Cells) -> np.ndarray:
    """The edges (m, 2) of polygons, each once."""
    following = np.arange(len(polys.connectivity)) + 1
    filled = np.diff(polys.offsets) > 0
    following[polys.offsets[1:][filled] - 1] = polys.offsets[:-1][filled]
    ends = np.sort(np.stack([polys.connectivity, polys.connectivity[following]], axis=1), axis=1)
    return np.unique(ends, axis=0)


def _colored(surface: vtkPolyData, prop: Surface, places: np.ndarray | None) -> vtkPolyData:
    """The surface with its texture coordinates, places or colours at its points."""
    mesh = vtkPolyData()
    mesh.ShallowCopy(surface)
    number = vtk_to_numpy(surface.GetPointData().GetArray("number"))
    mesh.GetPointData().RemoveArray("number")
    if prop.picture is not None and prop.coordinates is not None:
        coordinates = prop.coordinates[number].astype(np.float32)
        mesh.GetPointData().SetTCoords(shared_array(coordinates, "coordinates"))
    elif places is not None:
        set_places(mesh, np.nan_to_num(places)[number])
    elif prop.colors is not None:
        set_colors(mesh, prop.colors[number])
    return mesh
