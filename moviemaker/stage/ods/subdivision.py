"""Subdivision of triangles and lines into pieces that may be drawn straight, where eyes of ODS see them bent.

An edge is halved while it is longer than its limits allow. These depend on its triangle. All triangles at an edge take
part in the decision and share its middle, so that no cracks open between them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkFieldData, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTriangleFilter

from moviemaker.core.camera import View
from moviemaker.stage.ods.edge_limits import FINEST, EdgeLimits
from moviemaker.stage.window.arrays import shared_array

ROUNDS = 24
"""The most times an edge is halved, in case that one is infinitely long."""


class SplitMesh:
    """A mesh and its pieces for a view; the mesh itself if it is fine enough.

    Args:
        mesh: polygons and poly-lines, with any data at their points and cells.
    """

    def __init__(self, mesh: vtkPolyData):
        self.whole = mesh
        self._asked: EdgeLimits | None = None
        self._resolved: tuple[EdgeLimits, float] | None = None
        self._pieces = mesh

    def seen_in(self, view: View) -> vtkPolyData:
        """The pieces for a view; the same object again while they are fine enough."""
        limits = EdgeLimits.of(view)
        if limits is None or not self.whole.GetNumberOfLines() + self.whole.GetNumberOfPolys():
            return self.whole
        if limits != self._asked:
            resolved = limits.resolved(min(cells.nearest(limits) for cells in (self._segments, self._triangles)))
            if resolved != self._resolved:
                self._pieces = self._split(*resolved)
            self._asked, self._resolved = limits, resolved
        return self._pieces

    def _split(self, limits: EdgeLimits, slack: float) -> vtkPolyData:
        of_segments, of_triangles = (cells.long_edges(limits, slack) for cells in (self._segments, self._triangles))
        if not of_segments.any() and not of_triangles.any():
            return self.whole
        growing = _Vertices(self._points)
        segments = _split_segments(growing, self._segments.corners, of_segments, limits, slack)
        triangles = _split_triangles(growing, self._triangles.corners, of_triangles, limits, slack)
        return _polydata(self._mesh, growing, segments, triangles)

    @cached_property
    def _mesh(self) -> vtkPolyData:
        return _triangulated(self.whole)

    @cached_property
    def _points(self) -> np.ndarray:
        points: np.ndarray = vtk_to_numpy(self._mesh.GetPoints().GetData())
        return points

    @cached_property
    def _triangles(self) -> _Cells:
        return _Cells(self._points, _triangles(self._mesh))

    @cached_property
    def _segments(self) -> _Cells:
        return _Cells(self._points, _segments(self._mesh)[0])


Parts = tuple[np.ndarray, np.ndarray]
"""Pieces (n, corners) of cells, and the number of each piece's cell (n,)."""


class _Cells:
    """Segments or triangles, and balls around them.

    Attributes:
        points: (n, 3).
        corners: (m, 2) or (m, 3), the numbers of each cell's points.
        center, reach: (m, 3) and (m,), centres and radii of balls around the cells.
    """

    def __init__(self, points: np.ndarray, corners: np.ndarray):
        self.points, self.corners = points, corners
        places = [points[corner] for corner in corners.T]
        self.center = np.mean(places, axis=0)
        self.reach = np.max([np.linalg.norm(place - self.center, axis=1) for place in places], axis=0, initial=0.0)

    def nearest(self, limits: EdgeLimits) -> float:
        """Distance of the camera to the nearest cell; infinite without any cells."""
        away = limits.distance(self.center, self.reach)
        wide = np.flatnonzero(self.reach > away / 4)  # the balls are close enough for all others
        away[wide] = limits.distance(self.center[wide], self.reach[wide], self._flat(wide, limits))
        return float(away.min(initial=np.inf))

    def long_edges(self, limits: EdgeLimits, slack: float) -> np.ndarray:
        """Whether each edge is too long: (m, edges), the first edge from the first corner to the second.

        Args:
            limits: lengths that are allowed.
            slack: how far the camera may be from its position, scene units.
        """
        edges = 1 if self.corners.shape[1] == 2 else 3
        long = np.zeros((len(self.corners), edges), bool)
        # Most cells of most meshes are small or far, which their balls alone tell.
        wide = np.flatnonzero(2 * self.reach > FINEST * (limits.distance(self.center, self.reach) - slack))
        reach = self.reach[wide]
        wide = wide[2 * reach > limits.longest(self.center[wide], reach + slack)]
        starts = self.points[self.corners[wide]].astype(np.float64)
        stops = np.roll(starts, -1, axis=1)
        length = np.linalg.norm((stops - starts)[:, :edges], axis=2)
        least = self._flat(wide, limits) - slack
        cell, edge = np.nonzero(length > limits.longest(self.center[wide], self.reach[wide] + slack, least)[:, None])
        long[wide[cell], edge] = ~limits.straight(starts[cell, edge], stops[cell, edge], slack)
        return long

    def _flat(self, chosen: np.ndarray, limits: EdgeLimits) -> np.ndarray:
        """Distances of the camera to the planes of some triangles, or to the lines through some segments."""
        places = self.points[self.corners[chosen]].astype(np.float64)
        side = places[:, 1] - places[:, 0]
        offset = np.array(limits.camera) - places[:, 0]
        if places.shape[1] == 2:
            away, scale = np.linalg.norm(np.cross(side, offset), axis=1), np.linalg.norm(side, axis=1)
        else:
            normal = np.cross(side, places[:, 2] - places[:, 0])
            away, scale = np.abs((normal * offset).sum(axis=1)), np.linalg.norm(normal, axis=1)
        distance: np.ndarray = np.divide(away, scale, out=np.zeros_like(away), where=scale > 0)
        return distance


class _Vertices:
    """Vertices to which the middles of edges are added.

    Attributes:
        points: (n, 3).
        places: (n,), equal for points in one place.
        ends: for each round, the two ends (m, 2) of the edges whose middles were added.
    """

    def __init__(self, points: np.ndarray):
        self.points, self.places = points, _places(points)
        self.ends: list[np.ndarray] = []

    def add_middles(self, edges: np.ndarray) -> np.ndarray:
        """Adds the middles of edges (m, 2), one for each pair of ends, and gives their numbers (m,)."""
        pairs, index = _unique_pairs(np.sort(edges, axis=1))
        count = len(self.points)
        self.ends.append(pairs)
        self.points = np.concatenate([self.points, middles(self.points, pairs)])
        _, place = _unique_pairs(np.sort(self.places[pairs], axis=1))
        self.places = np.concatenate([self.places, self.places.max(initial=-1) + 1 + place])
        return count + index

    def carried(self, values: np.ndarray) -> np.ndarray:
        """Values (m, ...) at all vertices from values (n, ...) at the first ones."""
        for pairs in self.ends:
            values = np.concatenate([values, middles(values, pairs)])
        return values


def _places(points: np.ndarray) -> np.ndarray:
    """A number (n,) for the place of each point (n, 3): points with different normals may lie in one place."""
    rows = np.ascontiguousarray(points, np.float64) + 0.0  # turns -0.0 into 0.0, which has other bits
    key = np.zeros(len(rows), np.uint64)
    for bits in rows.view(np.uint64).T:
        key = (key ^ (bits ^ (bits >> np.uint64(29)))) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(32)
    number: np.ndarray = np.unique(key, return_inverse=True)[1].ravel()
    return number


def middles(values: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Means (m, ...) of pairs (m, 2) of values (n, ...), in the same type."""
    mean = (values[pairs[:, 0]].astype(np.float64) + values[pairs[:, 1]]) / 2
    whole = values.dtype.kind in "iu"
    made: np.ndarray = (np.rint(mean) if whole else mean).astype(values.dtype)
    return made


def _unique_pairs(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct pairs among pairs (m, 2) of numbers, ascending, and the index (m,) of each pair among them."""
    base = int(pairs.max(initial=0)) + 1
    keys, index = np.unique(pairs[:, 0].astype(np.int64) * base + pairs[:, 1], return_inverse=True)
    return np.stack([keys // base, keys % base], axis=1), index.ravel()


def _split_segments(
    growing: _Vertices, segments: np.ndarray, long: np.ndarray, limits: EdgeLimits, slack: float
) -> Parts:
    """The pieces of segments (n, 2), in their order."""
    parents = np.arange(len(segments))
    for _ in range(ROUNDS):
        cut = long[:, 0]
        if not cut.any():
            break
        middle = growing.add_middles(segments[cut])
        first = np.cumsum(1 + cut) - (1 + cut)  # the place of each segment's first piece
        parents = np.repeat(parents, 1 + cut)
        segments = np.repeat(segments, 1 + cut, axis=0)
        segments[first[cut], 1] = middle
        segments[first[cut] + 1, 0] = middle
        long = _Cells(growing.points, segments).long_edges(limits, slack)
    return segments, parents


def _split_triangles(
    growing: _Vertices, triangles: np.ndarray, long: np.ndarray, limits: EdgeLimits, slack: float
) -> Parts:
    """The pieces of triangles (n, 3), in their order."""
    parents = np.arange(len(triangles))
    for _ in range(ROUNDS):
        if not long.any():
            break
        long = _agreed(growing.places, triangles, long)
        cut = long.any(axis=1)
        pieces, origins = _pieces(growing, triangles[cut], long[cut])
        triangles = np.concatenate([triangles[~cut], pieces])
        parents = np.concatenate([parents[~cut], parents[cut][origins]])
        long = np.zeros(triangles.shape, bool)
        long[len(triangles) - len(pieces) :] = _Cells(growing.points, pieces).long_edges(limits, slack)
    order = np.argsort(parents, kind="stable")
    return triangles[order], parents[order]


def _agreed(places: np.ndarray, triangles: np.ndarray, long: np.ndarray) -> np.ndarray:
    """Whether each edge (n, 3) is split: it is if any of the triangles (n, 3) at it asks for it."""
    base = len(places)
    touched = np.zeros(base, bool)
    for corner in range(3):
        for end in (corner, (corner + 1) % 3):
            touched[places[triangles[long[:, corner], end]]] = True
    asked = np.flatnonzero(touched[places][triangles].sum(axis=1) >= 2)
    ends = places[triangles[asked]]
    edges = np.sort(np.stack([ends, np.roll(ends, -1, axis=1)], axis=2), axis=2)
    keys = edges[..., 0] * base + edges[..., 1]
    agreed = np.zeros(long.shape, bool)
    agreed[asked] = np.isin(keys, keys[long[asked]])
    return agreed


def _pieces(growing: _Vertices, triangles: np.ndarray, long: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pieces (m, 3) of triangles (n, 3) cut at the middles of their long edges, and the triangle (m,) of each."""
    middle = np.full(triangles.shape, -1, dtype=triangles.dtype)
    middle[long] = growing.add_middles(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2)[long])
    count = long.sum(axis=1)
    # Corners are renumbered so that a single long edge is the first, and a single short one the last.
    turn = np.where(count == 1, np.argmax(long, axis=1), np.where(count == 2, (np.argmin(long, axis=1) + 1) % 3, 0))
    turned = (np.arange(3) + turn[:, None]) % 3
    corner, middle = np.take_along_axis(triangles, turned, 1), np.take_along_axis(middle, turned, 1)
    a, b, c, ab, bc, ca = (*corner.T, *middle.T)
    patterns = {
        1: [(a, ab, c), (ab, b, c)],
        2: [(ab, b, bc), (a, ab, bc), (a, bc, c)],
        3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
    }
    pieces, origins = [], []
    for edges, pattern in patterns.items():
        here = np.flatnonzero(count == edges)
        for piece in pattern:
            pieces.append(np.stack([vertex[here] for vertex in piece], axis=1))
            origins.append(here)
    return np.concatenate(pieces), np.concatenate(origins)


def _triangulated(mesh: vtkPolyData) -> vtkPolyData:
    """The mesh with its polygons cut into triangles."""
    if not mesh.GetNumberOfStrips() and (not mesh.GetNumberOfPolys() or mesh.GetPolys().IsHomogeneous() == 3):
        return mesh
    cutter = vtkTriangleFilter()
    cutter.SetInputData(mesh)
    cutter.Update()
    triangulated: vtkPolyData = cutter.GetOutput()
    return triangulated


def _triangles(mesh: vtkPolyData) -> np.ndarray:
    """Its triangles (n, 3)."""
    if not mesh.GetNumberOfPolys():
        return np.zeros((0, 3), np.int64)
    vertices: np.ndarray = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray())
    return vertices.reshape(-1, 3).astype(np.int64)


def _segments(mesh: vtkPolyData) -> tuple[np.ndarray, np.ndarray]:
    """The segments (n, 2) of its lines, and the line (n,) that each belongs to."""
    if not mesh.GetNumberOfLines():
        return np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    vertices = vtk_to_numpy(mesh.GetLines().GetConnectivityArray()).astype(np.int64)
    offsets = vtk_to_numpy(mesh.GetLines().GetOffsetsArray())
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = line[1:] == line[:-1]
    return np.stack([vertices[:-1], vertices[1:]], axis=1)[inside], line[1:][inside]


def _polydata(whole: vtkPolyData, growing: _Vertices, segments: Parts, triangles: Parts) -> vtkPolyData:
    """The pieces as a mesh, with the data at the points and cells of the whole."""
    made = vtkPolyData()
    points = vtkPoints()
    points.SetData(shared_array(growing.points))
    made.SetPoints(points)
    made.SetVerts(whole.GetVerts())  # the first points are those of the whole
    # VTK counts cells in this order: single points, lines, polygons.
    cells = [np.arange(whole.GetNumberOfVerts())]
    if len(segments[0]):
        lines, first, sizes = np.unique(_segments(whole)[1][segments[1]], return_index=True, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(sizes + 1)])
        made.SetLines(_cell_array(starts, np.insert(segments[0][:, 1], first, segments[0][first, 0])))
        cells.append(whole.GetNumberOfVerts() + lines)
    if len(triangles[0]):
        made.SetPolys(_cell_array(np.arange(0, triangles[0].size + 1, 3), triangles[0].ravel()))
        cells.append(whole.GetNumberOfVerts() + whole.GetNumberOfLines() + triangles[1])
    _carry(whole.GetPointData(), made.GetPointData(), growing.carried)
    _carry(whole.GetCellData(), made.GetCellData(), lambda values: values[np.concatenate(cells)])
    return made


def _cell_array(offsets: np.ndarray, vertices: np.ndarray) -> vtkCellArray:
    cells = vtkCellArray()
    cells.SetData(shared_array(offsets.astype(np.int64)), shared_array(vertices.astype(np.int64)))
    return cells


def _carry(known: vtkFieldData, made: vtkFieldData, carried: Callable[[np.ndarray], np.ndarray]) -> None:
    """Copies the arrays of a mesh's points or cells to its pieces, each with its role."""
    for index in range(known.GetNumberOfArrays()):
        array = known.GetArray(index)
        made.AddArray(shared_array(carried(vtk_to_numpy(array)), array.GetName()))
        role = known.IsArrayAnAttribute(index)
        if role >= 0:
            made.SetActiveAttribute(index, role)
