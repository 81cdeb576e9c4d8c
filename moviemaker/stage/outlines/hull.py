"""The shape behind a surface whose grown backsides are its outline.

Each corner moves along a normal, by as much as the line is wide at its distance. At a sharp edge the normal is the mean
of those of its sides, and longer than 1, so that both sides move by the whole width. Where a surface ends, the line is
that of a tube around its border, which has no width until it grows.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkStaticCleanPolyData

from moviemaker.stage.surfaces.colored_mesh import triangles_through
from moviemaker.stage.window.arrays import shared_array

MITRE = 2.0
"""The longest normal at a sharp edge."""

SIDES = 6
"""Of the tubes around borders."""

LONG, FEW = 1 / 12, 20_000
"""The width of a line is found at corners, and is linear between them. So edges longer than this part of the whole are
split, while there are no more triangles than these."""


def hull_of(mesh: vtkPolyData) -> vtkPolyData:
    """The triangles of a surface, wound so that their fronts are outside, with a normal at each point."""
    points, triangles = _joined(mesh)
    if not len(triangles):
        return vtkPolyData()
    triangles = _turned_outwards(points, triangles)
    normals = _normals(points, triangles)
    border = _border(triangles)
    if len(border):
        places, sides, around = _tubes(points, border)
        triangles = np.concatenate([triangles, sides + len(points)])
        points, normals = np.concatenate([points, places]), np.concatenate([normals, around])
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    while 4 * len(triangles) <= FEW and _longest(points, triangles) > LONG * diagonal:
        points, triangles, normals = _quartered(points, triangles, normals)
    hull = triangles_through(points, triangles)
    hull.GetPointData().SetNormals(shared_array(normals.astype(np.float32), "normals"))
    return hull


def _joined(mesh: vtkPolyData) -> tuple[np.ndarray, np.ndarray]:
    """The points (n, 3), each place once, and triangles (m, 3) of a mesh."""
    bare = vtkPolyData()
    bare.SetPoints(mesh.GetPoints())
    bare.SetPolys(mesh.GetPolys())
    if not bare.GetNumberOfPolys():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    normals = mesh.GetPointData().GetNormals()
    joined = vtkStaticCleanPolyData()
    joined.SetInputData(bare)
    joined.ConvertPolysToLinesOff()
    joined.Update()
    clean = joined.GetOutput()
    points = vtk_to_numpy(clean.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(clean.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    if normals is not None and clean.GetNumberOfPolys() == bare.GetNumberOfPolys():
        # Lit surfaces know their sides by their normals, and the order of their corners need not tell.
        corners = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        known = vtk_to_numpy(normals)[corners].sum(axis=1)
        backwards = np.einsum("ij,ij->i", _areas(points, triangles), known) < 0
        triangles[backwards] = triangles[backwards, ::-1]
    return points, triangles


def _areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Normals (m, 3) of triangles, twice as long as their areas."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.asarray(np.cross(b - a, c - a))


def _turned_outwards(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The triangles of each connected part in the order that makes its volume positive."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(points)
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    edges = coo_matrix((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (count, count))
    parts, of_point = connected_components(edges, directed=False)
    weight = np.maximum(np.bincount(of_point, minlength=parts), 1)
    middle = np.stack([np.bincount(of_point, points[:, axis], parts) / weight for axis in range(3)], axis=1)
    part = of_point[triangles[:, 0]]
    volume = np.einsum("ij,ij->i", _areas(points, triangles), points[triangles[:, 0]] - middle[part])
    inside_out = (np.bincount(part, volume, parts) < 0)[part]
    turned = triangles.copy()
    turned[inside_out] = turned[inside_out, ::-1]
    return turned


def _normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Normals (n, 3) at points: means of those of the triangles there by their angles, longer at sharp edges."""
    flat = _areas(points, triangles)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-300)
    corners = points[triangles]
    ahead = np.roll(corners, -1, axis=1) - corners
    ahead /= np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), 1e-300)
    angles = np.arccos(np.clip(-np.einsum("ijk,ijk->ij", ahead, np.roll(ahead, 1, axis=1)), -1, 1))
    of_corner, weights = triangles.ravel(), angles.ravel()
    sums = np.stack(
        [np.bincount(of_corner, weights * np.repeat(flat[:, axis], 3), len(points)) for axis in range(3)], axis=1
    )
    length = np.linalg.norm(sums, axis=1)
    # The mean cosine between the normal and those of the triangles: to move each by 1, it has to be as much longer.
    cosine = length / np.maximum(np.bincount(of_corner, weights, len(points)), 1e-300)
    unit = sums / np.maximum(length, 1e-300)[:, None]
    return np.asarray(unit / np.maximum(cosine, 1 / MITRE)[:, None])


def _border(triangles: np.ndarray) -> np.ndarray:
    """The edges (k, 2) that only one triangle has."""
    ends = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    count = int(ends.max()) + 1
    keys, times = np.unique(ends[:, 0] * count + ends[:, 1], return_counts=True)
    single = keys[times == 1]
    found = np.stack([single // count, single % count], axis=1)
    return np.asarray(found[found[:, 0] != found[:, 1]])


def _longest(points: np.ndarray, triangles: np.ndarray) -> float:
    corners = points[triangles]
    return float(np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2).max())


def _quartered(
    points: np.ndarray, triangles: np.ndarray, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each triangle as four; halves of neighbours meet, since the middle of an edge is the same from both ends."""
    ends = triangles, np.roll(triangles, -1, axis=1)
    middles, between = ((0.5 * (each[ends[0]] + each[ends[1]])).reshape(-1, 3) for each in (points, normals))
    (a, b, c), (ab, bc, ca) = triangles.T, len(points) + np.arange(3 * len(triangles)).reshape(-1, 3).T
    four = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    split = np.concatenate([np.stack(corners, axis=1) for corners in four])
    return np.concatenate([points, middles]), split, np.concatenate([normals, between])


def _tubes(points: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closed tubes around edges (k, 2), of no width, that reach over their ends when they grow.

    Returns:
        Points (2 k SIDES, 3), triangles, and normals.
    """
    begin, end = points[edges[:, 0]], points[edges[:, 1]]
    along = end - begin
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-300)
    helper = np.eye(3)[np.abs(along).argmin(axis=1)]
    one = np.cross(along, helper)
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    other = np.cross(along, one)
    turn = 2 * np.pi * np.arange(SIDES) / SIDES
    # A polygon as wide on average as the circle.
    wide = (1 + 1 / np.cos(np.pi / SIDES)) / 2
    around = wide * (np.cos(turn)[:, None] * one[:, None] + np.sin(turn)[:, None] * other[:, None])
    over = 0.6 * along[:, None]
    normals = np.stack([around - over, around + over], axis=1)  # (k, 2, SIDES, 3)
    places = np.broadcast_to(np.stack([begin, end], axis=1)[:, :, None], normals.shape)
    first, second = np.arange(SIDES), (np.arange(SIDES) + 1) % SIDES
    sides = np.concatenate(
        [
            np.stack([first, second, second + SIDES], axis=1),
            np.stack([first, second + SIDES, first + SIDES], axis=1),
        ]
    )
    fan = np.arange(1, SIDES - 1)
    lid = np.stack([0 * fan, fan + 1, fan], axis=1)
    one_tube = np.concatenate([sides, lid, lid[:, ::-1] + SIDES])
    triangles = one_tube[None] + 2 * SIDES * np.arange(len(edges))[:, None, None]
    return places.reshape(-1, 3), triangles.reshape(-1, 3), normals.reshape(-1, 3)
