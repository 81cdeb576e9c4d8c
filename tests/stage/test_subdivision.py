"""Meshes in pieces for eyes of ODS: fine enough where it matters, without cracks, and the same surface as before."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.stage.ods.edge_limits import TOLERANCE, EdgeLimits
from moviemaker.stage.ods.subdivision import SplitMesh

ODS = Ods(0.1, np.array([0.0, 0.0, 1.0]), (math.radians(60), math.radians(75)))
VIEW = View(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-1, 1, -1, 1), (652, 652), ODS)


def cells(lists: list[list[int]]) -> vtkCellArray:
    made = vtkCellArray()
    for vertices in lists:
        made.InsertNextCell(len(vertices), vertices)
    return made


def mesh(points: Any, polygons: list[list[int]] | None = None, lines: list[list[int]] | None = None) -> vtkPolyData:
    made, where = vtkPolyData(), vtkPoints()
    where.SetData(numpy_to_vtk(np.array(points, dtype=np.float32), deep=True))
    made.SetPoints(where)
    if polygons:
        made.SetPolys(cells(polygons))
    if lines:
        made.SetLines(cells(lines))
    return made


def add(data: Any, name: str, values: Any) -> None:
    array = numpy_to_vtk(np.array(values), deep=True)
    array.SetName(name)
    data.AddArray(array)


def points_of(made: vtkPolyData) -> np.ndarray:
    return vtk_to_numpy(made.GetPoints().GetData())


def triangles_of(made: vtkPolyData) -> np.ndarray:
    return vtk_to_numpy(made.GetPolys().GetConnectivityArray()).reshape(-1, 3)


def moved(q: np.ndarray, ods: Ods = ODS) -> np.ndarray:
    """Where points (n, 3) are drawn, as their eyes see them."""
    begin, end = ods.merge
    h = np.hypot(q[:, 0], q[:, 1])
    away = h
    for _ in range(60):
        fade = np.cos(np.pi / 2 * np.clip((np.abs(np.arctan2(q[:, 2], away)) - begin) / (end - begin), 0, 1))
        away = np.sqrt(np.maximum(h**2 - (ods.radius * fade) ** 2, 0))
    azimuth = np.arctan2(q[:, 1], q[:, 0]) + np.arctan2(ods.radius * fade, away)
    return np.stack([away * np.cos(azimuth), away * np.sin(azimuth), q[:, 2]], axis=1)


def worst_error(made: vtkPolyData, camera: Any = 0.0) -> float:
    """The largest angle between where points on edges are drawn and where they should be, in pixels of `VIEW`."""
    triangles = triangles_of(made)
    ends = points_of(made)[np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])]
    ends = ends.astype(float) - camera
    drawn = [moved(ends[:, 0]), moved(ends[:, 1])]
    worst = 0.0
    for part in (0.25, 0.5, 0.75):
        right = moved(ends[:, 0] * (1 - part) + ends[:, 1] * part)
        shown = drawn[0] * (1 - part) + drawn[1] * part
        sine = np.linalg.norm(np.cross(right, shown), axis=1)
        worst = max(worst, float(np.arctan2(sine, (right * shown).sum(axis=1)).max()))
    return worst * 652 / 2


SQUARE = [[-2, 1.5, -2], [2, 1.5, -2], [2, 1.5, 2], [-2, 1.5, 2]]
CEILING = [[-3, -3, 1.5], [3, -3, 1.5], [3, 3, 1.5], [-3, 3, 1.5]]


@pytest.mark.parametrize("square", [SQUARE, CEILING], ids=["wall", "ceiling"])
def test_edges_are_drawn_to_a_tenth_of_a_pixel(square):
    whole = mesh(square, [[0, 1, 2], [0, 2, 3]])
    pieces = SplitMesh(whole).seen_in(VIEW)
    assert worst_error(whole) > 5
    assert worst_error(pieces) < TOLERANCE * (1 if square is SQUARE else 3)  # along the kink of the fade a little more
    assert len(triangles_of(pieces)) < 100_000


def test_pieces_are_fine_enough_from_wherever_the_camera_is_while_they_serve():
    """Small triangles, many of which are cut once or not at all; those across the kink of the fade are left out."""
    random = np.random.default_rng(3)
    latitude, longitude = np.arcsin(random.uniform(-0.99, 0.99, 4000)), random.uniform(0, 2 * math.pi, 4000)
    latitude = latitude[(abs(np.degrees(latitude)) < 69) | (abs(np.degrees(latitude)) > 81)]
    longitude = longitude[: len(latitude)]
    ray = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], 1)
    center = ray * random.uniform(1.0, 3.0, len(ray))[:, None]
    corners = center[:, None] + random.normal(0, 0.02, (len(ray), 3, 3))
    whole = mesh(corners.reshape(-1, 3), np.arange(3 * len(ray)).reshape(-1, 3).tolist())
    for away in ((0.0, 0.0, 0.0), (0.031, 0.031, 0.031), (0.0, 0.0, -0.031)):
        pieces = SplitMesh(whole).seen_in(replace(VIEW, position=np.array(away)))
        assert pieces is not whole
        assert worst_error(pieces, away) < TOLERANCE


def test_edges_are_cut_by_what_bends_along_them():
    """At latitudes where the eyes merge, their place changes with the latitude but not along a ray from the camera."""
    latitude = math.radians(67)
    ray = np.array([0, math.cos(latitude), math.sin(latitude)])
    north = np.array([0, -math.sin(latitude), math.cos(latitude)])
    along = SplitMesh(mesh([1.5 * ray, 1.6 * ray], lines=[[0, 1]]))
    across = SplitMesh(mesh([1.5 * ray, 1.5 * ray + 0.1 * north], lines=[[0, 1]]))
    assert along.seen_in(VIEW) is along.whole
    assert across.seen_in(VIEW).GetNumberOfPoints() > 2


def test_far_or_fine_meshes_stay_as_they_are():
    far = SplitMesh(mesh(np.array(SQUARE) * 1000, [[0, 1, 2], [0, 2, 3]]))
    assert far.seen_in(VIEW) is far.whole
    fine = SplitMesh(mesh(np.array([0, 5, 0]) + 0.01 * np.array(SQUARE), [[0, 1, 2], [0, 2, 3]]))
    assert fine.seen_in(VIEW) is fine.whole


def test_without_omnidirectional_eyes_nothing_is_split():
    close = SplitMesh(mesh(SQUARE, [[0, 1, 2], [0, 2, 3]]))
    assert close.seen_in(replace(VIEW, ods=None)) is close.whole
    assert close.seen_in(VIEW) is not close.whole


def test_pieces_leave_no_cracks_even_where_triangles_have_corners_of_their_own():
    corners = np.array(SQUARE, dtype=float)
    corners[2:] += [0, 3, 0]  # one edge close by, the other farther away
    whole = mesh(corners[[0, 1, 2, 0, 2, 3]], [[0, 1, 2], [3, 4, 5]])
    pieces = SplitMesh(whole).seen_in(VIEW)
    points, triangles = points_of(pieces), triangles_of(pieces)
    _, place = np.unique(points, axis=0, return_inverse=True)
    edges = np.sort(place.ravel()[np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])])
    different, count = np.unique(edges, axis=0, return_counts=True)
    assert count.max() == 2
    first = np.unique(place.ravel(), return_index=True)[1]
    length = np.linalg.norm(points[first][different[:, 0]] - points[first][different[:, 1]], axis=1)
    rim = sum(np.linalg.norm(corners[i] - corners[(i + 1) % 4]) for i in range(4))
    assert length[count == 1].sum() == pytest.approx(rim, rel=1e-4)  # edges of a single triangle are on the rim
    a, b, c = points[triangles].astype(float).transpose(1, 0, 2)
    area = np.cross(b - a, c - a)
    assert (area @ np.cross(corners[1] - corners[0], corners[2] - corners[0]) > 0).all()  # all face the same way
    assert np.linalg.norm(area, axis=1).sum() / 2 == pytest.approx(4 * 5, rel=1e-4)


def test_pieces_carry_the_data_at_points_and_cells():
    whole = mesh(SQUARE, [[0, 1, 2], [0, 2, 3]])
    add(whole.GetPointData(), "height", np.array([-2.0, -2, 2, 2]))
    add(whole.GetPointData(), "shade", np.array([[0, 0], [0, 200], [200, 200], [200, 0]], dtype=np.uint8))
    add(whole.GetCellData(), "side", np.array([1, 2], dtype=np.int32))
    whole.GetPointData().SetActiveScalars("height")
    pieces = SplitMesh(whole).seen_in(VIEW)
    points = points_of(pieces)
    assert pieces.GetPointData().GetScalars().GetName() == "height"
    assert vtk_to_numpy(pieces.GetPointData().GetScalars()) == pytest.approx(points[:, 2], abs=1e-5)
    shade = vtk_to_numpy(pieces.GetPointData().GetArray("shade"))
    assert shade.dtype == np.uint8
    assert np.abs(shade[:, 1] - 50 * (points[:, 0] + 2)).max() < 4  # integers, rounded each time an edge is cut
    center = points[triangles_of(pieces)].mean(axis=1)
    side = vtk_to_numpy(pieces.GetCellData().GetArray("side"))
    assert (side == np.where(center[:, 0] > center[:, 2], 1, 2)).all()


def test_lines_stay_lines():
    path = [[-3, 1, 0], [3, 1, 0], [3, 1, 2], [5, 5, 5], [50, 50, 50], [50, 51, 50]]
    whole = mesh(path, lines=[[0, 1, 2, 3], [4, 5]])
    add(whole.GetCellData(), "line", np.array([7, 8]))
    pieces = SplitMesh(whole).seen_in(VIEW)
    points, lines = points_of(pieces), pieces.GetLines()
    vertices = vtk_to_numpy(lines.GetConnectivityArray())
    offsets = vtk_to_numpy(lines.GetOffsetsArray())
    assert lines.GetNumberOfCells() == 2
    first, second = points[vertices[: offsets[1]]], points[vertices[offsets[1] :]]
    assert second.tolist() == path[4:]  # far away: as it was
    assert len(first) > 30
    assert [list(point) for point in first if list(point) in path] == path[:4]
    length = np.linalg.norm(np.diff(first, axis=0), axis=1).sum()
    assert length == pytest.approx(6 + 2 + np.linalg.norm([2, 4, 3]), rel=1e-5)
    assert vtk_to_numpy(pieces.GetCellData().GetArray("line")).tolist() == [7, 8]


def test_polygons_are_split_too():
    pieces = SplitMesh(mesh(SQUARE, [[0, 1, 2, 3]])).seen_in(VIEW)
    assert worst_error(pieces) < TOLERANCE


def test_pieces_are_kept_while_the_camera_stays_about_where_it_is_and_follow_from_its_place_alone():
    square = mesh(np.add(SQUARE, [0, 4, 0]), [[0, 1, 2], [0, 2, 3]])
    moving = SplitMesh(square)
    steps = [replace(VIEW, position=np.array([0.013 * k, 0.0, 0.0])) for k in range(60)]
    made = [moving.seen_in(view) for view in steps]
    assert 1 < len({id(one) for one in made}) < 10
    for view, one in list(zip(steps, made, strict=True))[::12]:
        alone = SplitMesh(square).seen_in(view)
        assert (points_of(alone) == points_of(one)).all()
        assert (triangles_of(alone) == triangles_of(one)).all()


def test_both_eyes_and_all_views_of_a_picture_share_the_pieces():
    pieces = SplitMesh(mesh(SQUARE, [[0, 1, 2], [0, 2, 3]]))
    left = replace(VIEW, ods=replace(ODS, radius=-ODS.radius))
    part = 1 / 3 - 1e-16
    other = replace(VIEW, projection=Frustum(-1, 2 * part - 1, -1, 1), size=(round(652 * part), 652))
    assert pieces.seen_in(VIEW) is pieces.seen_in(left)
    assert EdgeLimits.of(other) is not None
    assert pieces.seen_in(VIEW) is pieces.seen_in(replace(VIEW, forward=np.array([1.0, 0, 0])))


def test_an_empty_mesh_has_no_pieces():
    empty = SplitMesh(vtkPolyData())
    assert empty.seen_in(VIEW) is empty.whole
