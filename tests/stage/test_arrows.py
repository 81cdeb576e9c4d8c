"""Meshes of arrows, and how fine the one is that an arrow is drawn with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from moviemaker.core.camera import Frustum, Ods, Parallel, View
from moviemaker.core.props import Glyphs, Light
from moviemaker.stage.glyphs.glyph_meshes import LEVELS, LONGEST_EDGE, REACH, ROUND, glyph_mesh
from moviemaker.stage.stage import Stage

LIGHTS = (Light("sun", (0.0, 1.0, 0.0), (1, 1, 1), 1.0),)
VIEW = View(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-1, 1, -1, 1), (300, 300))


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.close()


def arrows(position: list, direction: list, size: list[float], shape: str = "arrow", **changes) -> Glyphs:
    colors = np.full((len(size), 4), 255, np.uint8)
    direction = np.array(direction, float) / np.linalg.norm(direction, axis=1, keepdims=True)
    return replace(Glyphs(shape, np.array(position, float), np.array(size), colors, False, direction), **changes)


def levels(stage: Stage) -> list[int]:
    return vtk_to_numpy(stage._actors[0].mapper.GetInput().GetPointData().GetArray("level"))[:-2].tolist()


@pytest.mark.parametrize("shape", ROUND)
@pytest.mark.parametrize("level", range(9))
def test_a_mesh_is_closed_faces_outwards_and_is_as_fine_as_it_says(shape, level):
    mesh = glyph_mesh(shape, level)
    points = vtk_to_numpy(mesh.GetPoints().GetData()).astype(float)
    normals = vtk_to_numpy(mesh.GetPointData().GetNormals())
    faces = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    a, b, c = points[faces].transpose(1, 0, 2)
    area = np.cross(b - a, c - a)
    # The area vectors of a closed surface add up to 0, and the cones to its faces add up to its volume.
    assert np.abs(area.sum(axis=0)).max() < 1e-6
    volume = np.einsum("ij,ij->", a, area) / 6
    radius = ROUND[shape]
    expected = math.pi * (0.65 * 0.045**2 + 0.35 * radius**2 / 3) if shape == "arrow" else math.pi * radius**2 / 3
    assert volume == pytest.approx(expected, rel=(0.14, 0.04)[level] if level < 2 else 0.02)
    assert (np.einsum("ij,ikj->ik", area, normals[faces]) > 0).all()
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(points, axis=1).max() <= REACH[shape]
    edges = np.linalg.norm(np.stack([b - a, c - b, a - c]), axis=-1)
    assert edges.max() <= LONGEST_EDGE[shape] / LEVELS[shape][level][1]


def test_larger_arrows_have_more_sides(stage):
    places = [[0.0, 2, 0], [0, 8, 0], [0, 200, 0]]
    stage.hang([arrows(places, [[1, 0, 0]] * 3, [1.0] * 3)], LIGHTS)
    stage.photograph(VIEW, (0, 0, 0))
    near, farther, far = levels(stage)
    assert near > farther > far == 0
    stage.photograph(replace(VIEW, projection=Parallel(20.0)), (0, 0, 0))
    assert len(set(levels(stage))) == 1


def test_an_arrow_close_to_eyes_of_ods_is_in_pieces(stage):
    ods = Ods(0.1, np.array([0.0, 0, 1]), (math.radians(60), math.radians(75)))
    stage.hang([arrows([[0.0, 1, 0]], [[1, 0, 0]], [1.0])], LIGHTS)
    stage.photograph(VIEW, (0, 0, 0))
    (one,) = levels(stage)
    stage.photograph(replace(VIEW, ods=ods), (0, 0, 0))
    (two,) = levels(stage)
    assert LEVELS["arrow"][two][1] > 4 * LEVELS["arrow"][one][1]


def test_an_arrow_whose_middle_is_beside_the_picture_is_in_it(stage):
    stage.hang([arrows([[3.4, 2.0, 0]], [[-1, 0, 0]], [3.0])], LIGHTS)
    picture = stage.photograph(VIEW, (0, 0, 0))
    # Its tip is at x = 1.9, y = 2: 0.95 of the way from the middle to the right edge.
    columns = np.flatnonzero(picture.any(axis=(0, 2)))
    assert columns[0] == pytest.approx(150 * 1.95, abs=1.5)
    assert columns[-1] == 299


@pytest.mark.parametrize("ahead", [[1, 0, 0], [-1, 0, 0], [-1, 0, 1e-6], [0, 0, 1], [0, 0, -1], [-1, 0, -0.5]], ids=str)
def test_an_arrow_points_along_its_direction(stage, ahead):
    stage.hang([arrows([[0.0, 4, 0]], [ahead], [4.0])], LIGHTS)
    picture = stage.photograph(VIEW, (0, 0, 0))[..., 0] / 255
    rows, columns = np.mgrid[0:300, 0:300]
    heavy = np.array([((columns + 0.5 - 150) * picture).sum(), ((150 - rows - 0.5) * picture).sum()]) / picture.sum()
    # The centre of its outline lies before the middle, since the head is wide.
    shaft, head = 0.65 * 0.09, 0.35 * 0.12
    before = (shaft * -0.175 + head * (0.15 + 0.35 / 3)) / (shaft + head)
    expected = before * 150 * np.array([ahead[0], ahead[2]]) / np.linalg.norm(ahead)
    assert heavy == pytest.approx(expected, abs=1.0)


def test_light_falls_on_an_arrow_by_its_form(stage):
    # Light from straight above: a shaft that lies across shows it by the cosine of the slope, from its top to its
    # middle, and its lower half is dark.
    above = Light("sun", (0.0, 0.0, -1.0), (1, 1, 1), 1.0)
    stage.hang([arrows([[0.0, 40, 0]], [[1, 0, 0]], [40.0], shade=True)], (above,))
    picture = stage.photograph(replace(VIEW, projection=Parallel(50.0), size=(400, 400)), (0, 0, 0))[..., 0] / 255
    radius = 0.045 * 40 * 8
    for part in (0.8, 0.5, 0.2):
        assert picture[round(200 - part * radius - 0.5), 120] == pytest.approx(part, abs=0.07)
        assert picture[round(200 + part * radius - 0.5), 120] == 0
    # The slope of a head that is 0.24 wide and 0.35 long, at its top.
    steep = 0.35 / math.hypot(0.35, 0.12)
    assert picture[:200, 290].max() == pytest.approx(steep, abs=0.09)


def test_arrows_that_only_turn_are_drawn_again(stage):
    one = arrows([[0.0, 4, 0]], [[1, 0, 0]], [2.0])
    stage.hang([one], LIGHTS)
    across = stage.photograph(VIEW, (0, 0, 0))
    stage.hang([replace(one, direction=np.array([[0.0, 0, 1]]))], LIGHTS)
    turned = stage.photograph(VIEW, (0, 0, 0))
    assert np.ptp(np.flatnonzero(across.any(axis=(0, 2)))) == np.ptp(np.flatnonzero(turned.any(axis=(1, 2))))
    assert np.ptp(np.flatnonzero(turned.any(axis=(0, 2)))) < 20


def test_no_arrows_leave_the_picture_empty(stage):
    stage.hang([arrows(np.zeros((0, 3)), np.zeros((0, 3)), [])], LIGHTS)
    assert stage.photograph(VIEW, (0, 0, 0)).max() == 0
