"""Tubes: closed and round meshes, translucent and thin tubes, and pictures that do not depend on those before."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Parallel, View
from moviemaker.core.props import Light, Tubes
from moviemaker.stage.glyphs.tube_meshes import SIDES, TubeMesh, distinct, needed, sides_for, tube_mesh
from moviemaker.stage.stage import Stage

LIGHTS = (Light("ambient", (0, 0, 0), (1, 1, 1), 1.0),)
VIEW = View(
    np.array([0.0, -10, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-0.2, 0.2, -0.2, 0.2), (200, 200)
)


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.close()


def tubes(lines, width=0.2, color=(255, 255, 255, 255), shade=False) -> Tubes:
    position = np.concatenate([np.asarray(line, float) for line in lines])
    offsets = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    colors = np.broadcast_to(np.array(color, np.uint8), (len(position), 4)).copy()
    return Tubes(position, offsets, np.broadcast_to(float(width), len(position)).copy(), colors, shade)


def mesh_of(line, radius=0.1, sides=64) -> TubeMesh:
    line = np.asarray(line, float)
    colors = np.full((len(line), 4), 255, np.uint8)
    return tube_mesh(line, np.array([0, len(line)]), np.full(len(line), radius), colors, np.array([sides]))


def helix(turns=2.0, count=400):
    t = np.linspace(0, 2 * np.pi * turns, count)
    return np.stack([np.cos(t), np.sin(t), t / 6], axis=1)


def volume_of(mesh: TubeMesh) -> float:
    a, b, c = mesh.points[mesh.triangles].astype(float).transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)


def test_a_tube_is_closed_and_has_the_volume_of_a_round_one_with_round_ends():
    line = helix()
    length = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
    mesh = mesh_of(line)
    truth = math.pi * 0.1**2 * length + 4 / 3 * math.pi * 0.1**3
    assert volume_of(mesh) == pytest.approx(truth, rel=0.005)  # and above 0: the triangles face outwards
    _, place = np.unique(mesh.points, axis=0, return_inverse=True)  # the tips are one point
    corners = place.ravel()[mesh.triangles]
    corners = corners[[len(set(three)) == 3 for three in corners.tolist()]]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    assert len(np.unique(edges, axis=0)) == len(edges)
    assert {tuple(edge) for edge in edges.tolist()} == {(b, a) for a, b in edges.tolist()}


def test_rings_turn_as_little_as_can_be():
    # Parallel transport along a curve changes a frame only in the direction of the curve.
    line = helix()
    mesh = mesh_of(line, sides=5)
    normals = mesh.normals.reshape(-1, 5, 3)[1:-1, 0].astype(float)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    change = np.diff(normals, axis=0)
    middle = (along[1:] + along[:-1]) / 2
    across = change - (change * middle).sum(axis=1)[:, None] * middle
    assert np.abs(across[2:-2]).max() < 2e-5
    assert np.abs(change).max() > 1e-2


def test_a_corner_is_as_wide_as_the_tubes_that_meet_in_it():
    mesh = mesh_of([[-2, 0, 0], [0, 0, 0], [0, 2, 0]])
    # Two cylinders to the plane between them, and two halves of a sphere.
    assert volume_of(mesh) == pytest.approx(math.pi * 0.1**2 * 4 + 4 / 3 * math.pi * 0.1**3, rel=0.005)
    ring = mesh.points.reshape(-1, 64, 3)[16 + 1]  # after the rings of the end and of the first point
    reach = np.linalg.norm(ring, axis=1)
    assert reach.max() == pytest.approx(0.1 * math.sqrt(2), rel=0.01)
    assert reach.min() == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("line", [[[0, 0, 0], [1, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 0], [0.001, 0.0005, 0]]])
def test_a_line_that_turns_back_has_finite_triangles(line):
    mesh = mesh_of(line)
    assert np.isfinite(mesh.points).all()
    assert np.abs(mesh.points).max() < 1.5


def test_points_that_stand_still_are_left_out_and_lines_without_two_points():
    position = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0], [5, 5, 5], [6, 6, 6], [6, 6, 6], [7, 7, 7]], float)
    kept, offsets = distinct(position, np.array([0, 4, 5, 7, 8]))
    assert kept.tolist() == [True, False, True, False, False, False, False, False]
    assert offsets.tolist() == [0, 2]
    kept, offsets = distinct(position, np.array([0, 4, 4, 8]))
    assert kept.tolist() == [True, False, True, False, True, True, False, True]
    assert offsets.tolist() == [0, 2, 5]
    assert distinct(np.zeros((0, 3)), np.array([0]))[1].tolist() == [0]


def test_a_tube_has_the_sides_that_make_it_round_to_an_eighth_of_a_pixel():
    radius = np.geomspace(0.6, 160, 50)
    sides = sides_for(radius)
    turn = np.linspace(0, 2 * np.pi, 2000)
    for r, n in zip(radius.tolist(), sides.tolist(), strict=True):
        corners = r * (np.pi / n) / np.sin(np.pi / n) * np.exp(2j * np.pi * np.arange(n) / n)
        outline = (corners[:, None] * np.exp(-1j * turn)).real.max(axis=0)
        assert np.abs(outline - r).max() < 0.13
        assert outline.mean() == pytest.approx(r, rel=1e-3)
    assert set(sides.tolist()) <= set(SIDES.tolist())
    assert sides_for(np.array([0.5])).tolist() == [3]


def test_a_translucent_tube_is_seen_once(stage):
    # The front of a tube, not its back, and no seam where its bands meet.
    line = np.stack([np.linspace(-3, 3, 40), np.zeros(40), np.zeros(40)], axis=1)
    stage.hang([tubes([line], width=1.0, color=(255, 255, 255, 128))], LIGHTS)
    row = stage.photograph(VIEW, (0, 0, 0))[100, 60:140, 0].astype(int)
    assert np.abs(row - 128).max() <= 1


def test_near_tubes_attenuate_far_ones_in_any_order(stage):
    red, blue = [[-3, -1, 0], [3, -1, 0]], [[0, 1, -3], [0, 1, 3]]
    for lines in ([red, blue], [blue, red]):
        prop = tubes(lines, width=1.0)
        prop.colors[:] = [255, 0, 0, 128]
        prop.colors[2:4] = [0, 0, 255, 128]
        if lines[0] is blue:
            prop.colors[:] = prop.colors[::-1]
        stage.hang([prop], LIGHTS)
        seen = stage.photograph(VIEW, (0, 0, 0))[100, 100].astype(int)
        assert np.abs(seen - [128, 0, 64]).max() <= 2


@pytest.mark.parametrize("view", ["perspective", "parallel"])
def test_a_thin_line_gives_as_much_light_as_it_is_wide(stage, view):
    seen = VIEW if view == "perspective" else replace(VIEW, projection=Parallel(4.0))
    pixel = 10 * 0.4 / 200 if view == "perspective" else 4.0 / 200
    light = []
    for part in (2.0, 1.0, 0.5, 0.25, 0.1):
        tilt = math.radians(20)
        end = 3 * np.array([math.cos(tilt), 0, math.sin(tilt)])
        stage.hang([tubes([[-end, end]], width=part * pixel)], LIGHTS)
        across = stage.photograph(seen, (0, 0, 0))[:, 60:140, 0] / 255
        light.append(across.sum(axis=0).mean() * math.cos(tilt) / part)
    assert np.allclose(light, 1.0, atol=0.1)


def test_a_picture_does_not_depend_on_those_before_it(stage):
    prop = tubes([helix() @ np.diag([1, 1, 0.5]), -helix()], width=0.05, color=(200, 100, 50, 200), shade=True)
    other = replace(VIEW, position=np.array([0.5, -9.0, 2.0]), size=(111, 77))
    stage.hang([prop], LIGHTS)
    first = stage.photograph(VIEW, (0, 0, 0))
    stage.photograph(other, (0, 0, 0))
    assert (stage.photograph(VIEW, (0, 0, 0)) == first).all()
    stage.hang([tubes([[[0, 0, 0], [0, 0, 50]]])], LIGHTS)
    stage.photograph(other, (0, 0, 0))
    stage.hang([prop], LIGHTS)
    assert (stage.photograph(VIEW, (0, 0, 0)) == first).all()
    assert first.max() > 50


def test_tubes_stay_in_memory_while_they_serve(stage):
    prop = tubes([helix()], width=0.1)
    stage.hang([prop], LIGHTS)
    stage.photograph(VIEW, (0, 0, 0))
    built = stage._actors[0]._built
    stage.photograph(replace(VIEW, position=np.array([0.01, -10, 0])), (0, 0, 0))
    assert stage._actors[0]._built is built


def test_no_tubes_are_a_black_picture(stage):
    nothing = tubes([[[0, 0, 0], [0, 0, 0]]])
    stage.hang([nothing, tubes([np.zeros((0, 3))])], LIGHTS)
    assert stage.photograph(VIEW, (0, 0, 0)).max() == 0


def test_points_that_make_no_difference_are_left_out():
    line = np.concatenate([np.linspace([0, 0, 0], [10, 0, 0], 33), np.linspace([10, 0.5, 0], [10, 10, 0], 20)])
    offsets, radius = np.array([0, len(line)]), np.ones(len(line))
    colors = np.full((len(line), 4), 255, np.uint8)
    kept = needed(line, offsets, radius, colors, np.full(len(line), 0.01))
    assert kept[[0, 32, -1]].all()
    assert kept.sum() < 10
    colors[10:20, 0] = 0
    kept = needed(line, offsets, radius, colors, np.full(len(line), 0.01))
    assert kept[[9, 10, 19, 20]].all()  # where the colour changes
    arc = helix(count=2000)
    kept = needed(arc, np.array([0, 2000]), np.ones(2000), np.zeros((2000, 4), np.uint8), np.full(2000, 1e-3))
    assert kept.sum() < 400
    chords = np.stack([np.interp(np.arange(2000), np.flatnonzero(kept), arc[kept, axis]) for axis in range(3)], axis=1)
    assert np.linalg.norm(chords - arc, axis=1).max() < 2e-3
