"""Tubes around poly-lines, with as many sides, pieces and points as a view needs.

Tubes narrower than a pixel are drawn a pixel wide and fainter in proportion: they fade with the distance and do not
flicker. Only the outsides that face the eye are drawn, from the farthest band to the nearest, so that a pixel shows a
translucent tube once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.geometry import norms
from moviemaker.core.props import Fog, Tubes
from moviemaker.stage.glyphs.tube_meshes import (
    LONGEST_CORNER,
    STRAIGHT,
    TubeMesh,
    distinct,
    needed,
    sides_for,
    tube_mesh,
)
from moviemaker.stage.ods.culling import seen_in
from moviemaker.stage.ods.edge_limits import EdgeLimits
from moviemaker.stage.ods.shaders import bend_surface
from moviemaker.stage.ods.subdivision import SplitMesh
from moviemaker.stage.shading.lighting import Lighting
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.window.arrays import shared_array

PIXELS_IN_ALL = 0.05
"""Half a pixel, as a part of the diagonal of all lines, for lines that are very small in the picture."""


@dataclass(frozen=True, eq=False)
class _Strands:
    """Poly-lines as in `Tubes`, with radii instead of widths."""

    position: np.ndarray
    offsets: np.ndarray
    radius: np.ndarray
    colors: np.ndarray

    def taken(self, kept: np.ndarray) -> _Strands:
        """The lines through some of their points (n,) bool, which include the ends of every line."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return _Strands(self.position[kept], before[self.offsets], self.radius[kept], self.colors[kept])


@dataclass(frozen=True)
class _Viewpoint:
    """What the triangles of tubes depend on. It is the same for all views from one place.

    Attributes:
        camera: position of the camera, scene units.
        pixel: the width of a pixel: in scene units for a parallel view, else at distance 1.
        parallel: whether it is a parallel view.
        limits: of the lengths of edges; None where nothing is bent.
    """

    camera: tuple[float, float, float]
    pixel: float
    parallel: bool
    limits: EdgeLimits | None

    @classmethod
    def of(cls, view: View) -> _Viewpoint:
        x, y, z = view.position.tolist()
        if not isinstance(view.projection, Frustum):
            return cls((x, y, z), view.projection.height / view.size[1] * view.fineness, True, None)
        width = (view.projection.right - view.projection.left) / view.size[0] * view.fineness
        # The same pixel differs in its last digits from view to view.
        return cls((x, y, z), float(f"{width:.4g}"), False, EdgeLimits.of(view))

    def pixels_at(self, strands: _Strands) -> np.ndarray:
        """The width of a pixel at each point (n,), scene units."""
        if self.parallel:
            return np.full(len(strands.position), self.pixel)
        pixels: np.ndarray = self.pixel * np.maximum(norms(strands.position - self.camera), strands.radius)
        return pixels


class TubeActor:
    """Draws poly-lines as tubes. Their triangles are made for a place of the camera, for all views from there."""

    def __init__(self) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetColorModeToDirectScalars()
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        self.vtk.GetProperty().BackfaceCullingOn()
        self.lighting = Lighting(self.vtk)
        self._bending = bend_surface(self.vtk)
        self._shown: Tubes | None = None
        self._builder: _TubeBuilder | None = None
        self._built: _BuiltTubes | None = None
        self._drawn: np.ndarray | None = None

    def update(self, prop: Tubes, light: SceneLight) -> None:
        """Makes the actor draw tubes."""
        last = self._shown
        arrays = ("position", "offsets", "width", "colors")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            kept, offsets = distinct(prop.position, prop.offsets)
            strands = _Strands(prop.position[kept], offsets, prop.width[kept] / 2, prop.colors[kept])
            self._builder = _TubeBuilder(strands) if len(strands.position) else None
            self._built = self._drawn = None
            # The bounds of the whole are known before any view.
            whole = _polydata(_BuiltTubes(None, _corners(strands)), np.zeros((0, 3), np.int64))
            self.mapper.SetInputData(whole)
        self.lighting.set(prop.shade, light, prop.material)
        self._shown = prop

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self.lighting.set_fog(fog)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Makes the tubes for a view, and draws the bands of them that it sees."""
        self._bending.set_view(view, projection)
        self.lighting.face(view, projection)
        if self._builder is None:
            return
        built = self._builder.built_for(view)
        mesh = built.mesh
        assert mesh is not None
        self.vtk.SetForceTranslucent(built.translucent)
        self.vtk.SetForceOpaque(not built.translucent)
        reach, outline = mesh.reach, None if self._shown is None else self._shown.outline
        if outline is not None:
            reach = reach + outline.widths(view, mesh.center)
        bands = np.flatnonzero(seen_in(view, mesh.center, reach))
        if built.translucent:
            bands = bands[np.argsort(-_away(mesh.center[bands], view), kind="stable")]
        if built is not self._built or self._drawn is None or not np.array_equal(self._drawn, bands):
            self.mapper.SetInputData(_polydata(built, mesh.taken(bands)))
            self._built, self._drawn = built, bands


class _TubeBuilder:
    """Builds the tubes of poly-lines for a place, and remembers the last ones."""

    def __init__(self, whole: _Strands):
        self._whole = whole
        self._corners = _corners(whole)
        self._kept: np.ndarray | None = None
        self._lines = SplitMesh(vtkPolyData())
        self._pieces: tuple[vtkPolyData, _Strands] | None = None
        self._key: tuple[_Strands, np.ndarray, bool] | None = None
        self._place: _Viewpoint | None = None
        self._built = _BuiltTubes(None, self._corners)

    def built_for(self, view: View) -> _BuiltTubes:
        """The tubes for a view; the same object again while they are good enough."""
        place = _Viewpoint.of(view)
        if place != self._place:
            self._make(view, place)
            self._place = place
        return self._built

    def _make(self, view: View, place: _Viewpoint) -> None:
        strands = self._in_pieces(view, place)
        pixels = place.pixels_at(strands)
        least = np.maximum(strands.radius, 0.5 * pixels)
        thin = bool((least > strands.radius).any())
        sides = sides_for(np.maximum.reduceat(least / pixels, strands.offsets[:-1]))
        known = self._key
        if not thin and known is not None and known[0] is strands and not known[2] and np.array_equal(known[1], sides):
            return
        self._key = (strands, sides, thin)
        if thin:
            colors = strands.colors.copy()
            colors[:, 3] = np.rint(colors[:, 3] * (strands.radius / least))
            strands = replace(strands, radius=least, colors=colors)
        mesh = tube_mesh(strands.position, strands.offsets, strands.radius, strands.colors, sides)
        self._built = _BuiltTubes(mesh, self._corners)

    def _in_pieces(self, view: View, place: _Viewpoint) -> _Strands:
        """The lines through the points that matter, split where they are bent."""
        whole = self._whole
        tolerance = STRAIGHT * place.pixels_at(whole)
        kept = needed(whole.position, whole.offsets, whole.radius, whole.colors, tolerance)
        if self._kept is None or not np.array_equal(kept, self._kept):
            self._lines, self._kept = SplitMesh(_to_polydata(whole.taken(kept))), kept
        lines = self._lines.seen_in(view)
        if self._pieces is None or self._pieces[0] is not lines:
            self._pieces = lines, _from_polydata(lines)
        return self._pieces[1]


class _BuiltTubes:
    """Tubes for a place of the camera, as arrays of VTK.

    Args:
        mesh: their triangles; None: no tubes.
        corners: (2, 3), of a box around them, which is the same for every place.

    Attributes:
        points, normals, colors: arrays of VTK, which all views share.
        first_corner: the number of the first point that is a corner of the box.
        translucent: whether any colour is translucent.
    """

    def __init__(self, mesh: TubeMesh | None, corners: np.ndarray):
        self.mesh = mesh
        points, colors = np.zeros((0, 3), np.float32), np.zeros((0, 4), np.uint8)
        normals = points
        if mesh is not None:
            points, normals, colors = mesh.points, mesh.normals, mesh.colors
        self.first_corner, extra = len(points), len(corners)
        self.points = vtkPoints()
        self.points.SetData(shared_array(np.concatenate([points, corners.astype(np.float32)])))
        self.normals = shared_array(np.concatenate([normals, np.zeros((extra, 3), np.float32)]), "normals")
        self.colors = shared_array(np.concatenate([colors, np.zeros((extra, 4), np.uint8)]), "colors")
        self.translucent = bool((colors[:, 3] < 255).any())


def _polydata(built: _BuiltTubes, triangles: np.ndarray) -> vtkPolyData:
    """Some of the triangles, and two of size 0 in the corners of the box, which keep the bounds of the whole."""
    drawn = vtkPolyData()
    drawn.SetPoints(built.points)
    if built.points.GetNumberOfPoints() > built.first_corner:
        a, b = built.first_corner, built.first_corner + 1
        triangles = np.concatenate([triangles, [[a, a, a], [b, b, b]]])
    cells = vtkCellArray()
    cells.SetData(3, shared_array(triangles.ravel().astype(np.int64)))
    drawn.SetPolys(cells)
    drawn.GetPointData().SetNormals(built.normals)
    drawn.GetPointData().SetScalars(built.colors)
    return drawn


def _to_polydata(strands: _Strands) -> vtkPolyData:
    lines = vtkPolyData()
    points = vtkPoints()
    points.SetData(shared_array(strands.position.astype(np.float32)))
    lines.SetPoints(points)
    cells = vtkCellArray()
    order = np.arange(len(strands.position), dtype=np.int64)
    cells.SetData(shared_array(strands.offsets.astype(np.int64)), shared_array(order))
    lines.SetLines(cells)
    lines.GetPointData().AddArray(shared_array(strands.radius.astype(np.float64), "radius"))
    lines.GetPointData().AddArray(shared_array(strands.colors, "colors"))
    return lines


def _from_polydata(lines: vtkPolyData) -> _Strands:
    """Poly-lines from what `_to_polydata` made, which may be in more pieces."""
    order = vtk_to_numpy(lines.GetLines().GetConnectivityArray())
    radius, colors = (vtk_to_numpy(lines.GetPointData().GetArray(name))[order] for name in ("radius", "colors"))
    position = vtk_to_numpy(lines.GetPoints().GetData())[order].astype(np.float64)
    return _Strands(position, vtk_to_numpy(lines.GetLines().GetOffsetsArray()), radius, colors)


def _corners(strands: _Strands) -> np.ndarray:
    """Corners (2, 3) of a box that holds tubes, even those widened to a pixel; (0, 3) without any points."""
    if not len(strands.position):
        return np.zeros((0, 3))
    low, high = strands.position.min(axis=0), strands.position.max(axis=0)
    reach = 1.2 * LONGEST_CORNER * float(strands.radius.max()) + PIXELS_IN_ALL * float(np.linalg.norm(high - low))
    return np.stack([low - reach, high + reach])


def _away(position: np.ndarray, view: View) -> np.ndarray:
    """Distances (n,) of positions (n, 3): from the camera, or along the viewing direction of a parallel view."""
    offset = position - view.position
    if isinstance(view.projection, Frustum):
        return norms(offset)
    along: np.ndarray = np.einsum("ij,j->i", offset, view.forward)
    return along
