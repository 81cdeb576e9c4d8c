"""Tubes around poly-lines, in as many sides and pieces as a view asks for.

What is narrower than a pixel is drawn a pixel wide and fainter by as much: it fades with the distance and does not
flicker. Only the outsides that face the eye are drawn, so that a clear tube is seen once in a pixel, and its bands from
the farthest to the nearest.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Light, Tubes
from moviemaker.stage.arrays import shared_array
from moviemaker.stage.culling import seen_in
from moviemaker.stage.ods import bend_surface
from moviemaker.stage.shaders import light_surface, tint_ambient
from moviemaker.stage.splitting import SplitMesh
from moviemaker.stage.tube_meshes import LONGEST_CORNER, TubeMesh, distinct, sides_for, tube_mesh


class TubeActor:
    """Poly-lines as tubes. Their triangles are made for a place of the camera, and serve all views from there."""

    def __init__(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetColorModeToDirectScalars()
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        self.vtk.GetProperty().BackfaceCullingOn()
        tint_ambient(self.vtk)
        self._bending = bend_surface(self.vtk)
        self._shown: Tubes | None = None
        self._lines = SplitMesh(vtkPolyData())
        self._corners = np.zeros((0, 3))
        self._made: _Made | None = None
        self._drawn: np.ndarray | None = None

    def show(self, prop: Tubes, ambient: Light | None) -> None:
        """Makes the actor show tubes."""
        last = self._shown
        arrays = ("position", "offsets", "width", "colors")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            kept, offsets = distinct(prop.position, prop.offsets)
            self._lines = SplitMesh(_lines(prop.position[kept], offsets, prop.width[kept] / 2, prop.colors[kept]))
            self._corners = _corners(prop.position[kept], prop.width[kept])
            self._made = self._drawn = None
            self.mapper.SetInputData(_polydata(_Made(None, self._corners), np.zeros((0, 3), np.int64)))
        light_surface(self.vtk, prop.shade, ambient)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the tubes where the eye is, for which they are made; those that the view does not see are left out."""
        self._bending.look(view, projection)
        if not len(self._corners):
            return
        made = self._made_for(view)
        translucent = made.translucent
        self.vtk.SetForceTranslucent(translucent)
        self.vtk.SetForceOpaque(not translucent)
        mesh = made.mesh
        assert mesh is not None
        bands = np.flatnonzero(seen_in(view, mesh.center, mesh.reach))
        if translucent:
            bands = bands[np.argsort(-_away(mesh.center[bands], view), kind="stable")]
        if self._drawn is None or not np.array_equal(self._drawn, bands):
            self.mapper.SetInputData(_polydata(made, mesh.taken(bands)))
            self._drawn = bands

    def _made_for(self, view: View) -> _Made:
        """The tubes for a view; the same object as long as they serve."""
        lines = self._lines.seen_in(view)
        position, offsets, radius, colors = _read(lines)
        pixel = np.full(len(position), _pixel(view))  # how wide one is there, scene units
        if isinstance(view.projection, Frustum):
            pixel *= np.maximum(_away(position, view), radius)
        least = np.maximum(radius, 0.5 * pixel)
        thin = least > radius
        sides = sides_for(np.maximum.reduceat(least / pixel, offsets[:-1]))
        key = (lines, sides, least if thin.any() else None)
        if self._made is None or not self._made.serves(key):
            if thin.any():
                colors = colors.copy()
                colors[:, 3] = np.rint(colors[:, 3] * (radius / least))
            self._made = _Made(tube_mesh(position, offsets, least, colors, sides), self._corners, key)
            self._drawn = None
        return self._made


Key = tuple[vtkPolyData, np.ndarray, np.ndarray | None]
"""What tubes are made of: lines in pieces, the sides of each, and the radii (n,) if they are not the lines' own."""


class _Made:
    """Tubes for a place of the camera, as VTK has them.

    Args:
        mesh: their triangles; None: nothing.
        corners: (2, 3) of a box around them, which is the same for every place.
        key: what they are made of.

    Attributes:
        points, normals, colors: of VTK, which all views share.
        translucent: whether something is seen through them.
    """

    def __init__(self, mesh: TubeMesh | None, corners: np.ndarray, key: Key | None = None):
        self.mesh = mesh
        self._key = key
        points, colors = np.zeros((0, 3), np.float32), np.zeros((0, 4), np.uint8)
        normals = points
        if mesh is not None:
            points, normals, colors = mesh.points, mesh.normals, mesh.colors
        self.first_corner = len(points)
        extra = len(corners)
        self.points = vtkPoints()
        self.points.SetData(shared_array(np.concatenate([points, corners.astype(np.float32)])))
        self.normals = shared_array(np.concatenate([normals, np.zeros((extra, 3), np.float32)]), "normals")
        self.colors = shared_array(np.concatenate([colors, np.zeros((extra, 4), np.uint8)]), "colors")
        self.translucent = bool((colors[:, 3] < 255).any())

    def serves(self, key: Key) -> bool:
        """Whether the tubes that were made of this are the same."""
        if self._key is None or self._key[0] is not key[0] or not np.array_equal(self._key[1], key[1]):
            return False
        if self._key[2] is None or key[2] is None:
            return self._key[2] is key[2]
        return bool(np.array_equal(self._key[2], key[2]))


def _polydata(made: _Made, triangles: np.ndarray) -> vtkPolyData:
    """Some of the triangles, and two without a size in the corners of the box: the bounds are those of the whole."""
    drawn = vtkPolyData()
    drawn.SetPoints(made.points)
    if made.points.GetNumberOfPoints() > made.first_corner:
        a, b = made.first_corner, made.first_corner + 1
        triangles = np.concatenate([triangles, [[a, a, a], [b, b, b]]])
    cells = vtkCellArray()
    cells.SetData(3, shared_array(triangles.ravel().astype(np.int64)))
    drawn.SetPolys(cells)
    drawn.GetPointData().SetNormals(made.normals)
    drawn.GetPointData().SetScalars(made.colors)
    return drawn


def _lines(position: np.ndarray, offsets: np.ndarray, radius: np.ndarray, colors: np.ndarray) -> vtkPolyData:
    lines = vtkPolyData()
    points = vtkPoints()
    points.SetData(shared_array(position.astype(np.float32)))
    lines.SetPoints(points)
    cells = vtkCellArray()
    cells.SetData(shared_array(offsets.astype(np.int64)), shared_array(np.arange(len(position), dtype=np.int64)))
    lines.SetLines(cells)
    lines.GetPointData().AddArray(shared_array(radius.astype(np.float64), "radius"))
    lines.GetPointData().AddArray(shared_array(colors, "colors"))
    return lines


def _read(lines: vtkPolyData) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positions, offsets, radii and colours of poly-lines, as `_lines` takes them."""
    order = vtk_to_numpy(lines.GetLines().GetConnectivityArray())
    offsets = vtk_to_numpy(lines.GetLines().GetOffsetsArray())
    data = lines.GetPointData()
    radius, colors = (vtk_to_numpy(data.GetArray(name))[order] for name in ("radius", "colors"))
    return vtk_to_numpy(lines.GetPoints().GetData())[order], offsets, radius, colors


def _corners(position: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Corners (2, 3) of a box that holds tubes; none (0, 3) of nothing."""
    if not len(position):
        return np.zeros((0, 3))
    reach = 0.6 * LONGEST_CORNER * width[:, None]
    return np.stack([(position - reach).min(axis=0), (position + reach).max(axis=0)])


def _pixel(view: View) -> float:
    """The width of a pixel of the picture: in scene units for a parallel view, else at distance 1."""
    if not isinstance(view.projection, Frustum):
        return view.projection.height / view.size[1] * view.fineness
    width = (view.projection.right - view.projection.left) / view.size[0] * view.fineness
    return float(f"{width:.4g}")  # views differ in the last digits of what is the same pixel


def _away(position: np.ndarray, view: View) -> np.ndarray:
    """Distances (n,) of positions (n, 3): from the camera, in a parallel view along the way it looks."""
    offset = position - view.position
    if not isinstance(view.projection, Frustum):
        along: np.ndarray = offset @ view.forward
        return along
    distance: np.ndarray = np.sqrt(np.einsum("ij,ij->i", offset, offset))
    return distance
