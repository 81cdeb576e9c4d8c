"""Caps close surfaces at the sides of a grid: against areas and volumes of parts of balls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from vtkmodules.util.numpy_support import vtk_to_numpy

import moviemaker as mm
from moviemaker.core.props import Isosurface, Palette
from moviemaker.stage.surfaces.isosurface_actor import _contour, _painted
from tests.test_api import scene_dict

GRAY = Palette(np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1), 0.0, 1.0)


def parts(values, levels, caps, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), **changes):
    """The surface: points, normals, triangles, and the mesh."""
    colors = np.tile((1.0, 0.0, 0.0), (len(levels), 1))
    prop = Isosurface(values, origin, spacing, levels, colors, 1.0, True, caps=caps, **changes)
    mesh = _painted(_contour(prop), prop)
    points = vtk_to_numpy(mesh.GetPoints().GetData()).astype(float)
    normals = vtk_to_numpy(mesh.GetPointData().GetNormals())
    return points, normals, vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3), mesh


def areas(points, triangles):
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a) / 2


def open_edges(points, triangles):
    """Number of edges that do not belong to two triangles, after points in one place are joined."""
    pairs = cKDTree(points).query_pairs(1e-4, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), (len(points),) * 2)
    corners = connected_components(graph)[1][triangles]
    corners = corners[(corners != np.roll(corners, 1, axis=1)).all(axis=1)]
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return int(np.count_nonzero(counts % 2))


def volume(points, normals, triangles):
    """By the divergence theorem, with the directions that the normals say."""
    vector = areas(points, triangles)
    outward = normals[triangles].mean(axis=1)
    vector *= np.sign((vector * outward).sum(axis=1))[:, None]
    return float((points[triangles].mean(axis=1) * vector).sum() / 3)


def part_of_ball(fractions, n=40):
    """1 - r² on a grid from 0 or -1.2 up to 1.2 along each axis, and its origin and spacing."""
    lows = np.array([0.0 if half else -1.2 for half in fractions])
    steps = (1.2 - lows) / (n - 1)
    x, y, z = np.meshgrid(*(low + step * np.arange(n) for low, step in zip(lows, steps, strict=True)), indexing="ij")
    return 1 - x**2 - y**2 - z**2, tuple(lows), tuple(steps)


@pytest.mark.parametrize("fractions", [(1, 0, 0), (0, 1, 1), (1, 1, 1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_part_of_a_ball_is_closed_with_its_area_and_volume(fractions, sign):
    values, origin, spacing = part_of_ball(fractions)
    points, normals, triangles, _ = parts(sign * values, (sign * 0.19,), (sign,), spacing, origin)
    radius, share = 0.9, 0.5 ** sum(fractions)
    assert open_edges(points, triangles) == 0
    # Normals point to smaller values; below a level those of the surface point inwards.
    flat = [np.isclose(points[triangles][..., axis], 0, atol=1e-6).all(axis=1) for axis in range(3)]
    size = np.linalg.norm(areas(points, triangles), axis=1)
    for axis, half in enumerate(fractions):
        if half:
            assert size[flat[axis]].sum() == pytest.approx(np.pi * radius**2 * share * 2, rel=5e-3)
            assert np.allclose(np.abs(normals[triangles[flat[axis]]][..., axis]), 1)
    if sign > 0:
        assert volume(points, normals, triangles) == pytest.approx(4 / 3 * np.pi * radius**3 * share, rel=5e-3)


def test_caps_meet_the_surface_in_any_field():
    values = np.random.default_rng(3).normal(size=(9, 8, 7)).astype(np.float32)
    for level, way in ((0.2, 1), (0.2, -1), (-0.4, -1)):
        points, _, triangles, _ = parts(values, (level,), (way,))
        assert open_edges(points, triangles) == 0


def test_levels_share_a_side_without_lying_upon_each_other():
    values, origin, spacing = part_of_ball((1, 0, 0))
    points, _, triangles, mesh = parts(values, (0.19, 0.64), (1, 1), spacing, origin, opacities=(0.2, 1.0))
    flat = np.isclose(points[triangles][..., 0], 0, atol=1e-6).all(axis=1)
    size = np.linalg.norm(areas(points, triangles), axis=1)
    opacity = vtk_to_numpy(mesh.GetPointData().GetScalars())[triangles[:, 0], 3]
    assert size[flat & (opacity == 255)].sum() == pytest.approx(np.pi * 0.36, rel=0.01)
    assert size[flat & (opacity == 51)].sum() == pytest.approx(np.pi * (0.81 - 0.36), rel=0.01)


def test_a_cap_has_the_colours_of_the_field_that_colours_the_surface():
    values, origin, spacing = part_of_ball((1, 0, 0))
    height = np.broadcast_to(np.linspace(0, 1, 40), values.shape)
    points, _, triangles, mesh = parts(values, (0.19,), (1,), spacing, origin, painted=height, palette=GRAY)
    places = vtk_to_numpy(mesh.GetPointData().GetScalars())
    used = np.unique(triangles)
    assert places[used] == pytest.approx((points[used, 2] + 1.2) / 2.4, abs=2e-3)


def test_missing_samples_leave_the_surface_open_there():
    values, origin, spacing = part_of_ball((1, 0, 0))
    values[:, :, 30:] = np.nan
    points, _, triangles, _ = parts(values, (0.19,), (1,), spacing, origin)
    assert points[triangles][..., 2].max() <= origin[2] + 29.5 * spacing[2] + 1e-6  # the edge lies between samples
    assert open_edges(points, triangles) > 0


def test_oblique_grids_and_inner_sides():
    values = np.ones((4, 4, 4))
    direction = np.array([[1.0, 0.6, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 0.8]])
    points, normals, triangles, _ = parts(values, (0.5,), (1,), direction=direction)
    assert open_edges(points, triangles) == 0
    assert volume(points, normals, triangles) == pytest.approx(27 * np.linalg.det(direction), rel=1e-4)
    points, _, triangles, _ = parts(values, (0.5,), (1,), sides=(True, False, False, False, False, False))
    assert np.linalg.norm(areas(points, triangles), axis=1).sum() == pytest.approx(9)


@pytest.fixture
def scene(tmp_path):
    values, _, _ = part_of_ball((1, 0, 0), 24)
    np.save(tmp_path / "ball.npy", values.astype(np.float32))

    def make(**layer):
        data = {"ball": {"kind": "grid", "file": "ball.npy", "bounds": [[0, 1.2], [-1.2, 1.2], [-1.2, 1.2]]}}
        made = {"kind": "isosurface", "data": "ball", "levels": [0.19], "color": "white", "shade": False} | layer
        camera = {"keyframes": [{"time": 0, "position": [-6, 0, 0], "target": [0, 0, 0], "fov": 40}]}
        outputs = {
            "flat": {"lens": "perspective", "size": [48, 48]},
            "round": {"lens": "equirectangular", "size": [64, 64], "stereo": {"packing": "top-bottom", "ipd": 0.5}},
        }
        written = scene_dict(data=data, layers=[made], camera=camera, outputs=outputs)
        return mm.Scene.from_dict(written, folder=tmp_path)

    return make


def test_a_cap_hides_the_inside_and_lets_light_through_once(scene):
    """Seen from its flat side; through the open half-ball one sees its inside, which is as white."""
    shaded, bare = scene(shade=True, caps=True), scene(shade=True)
    lit, hollow = shaded.still(0, "flat").astype(float), bare.still(0, "flat").astype(float)
    middle = lit[20:28, 20:28]
    assert np.ptp(middle) <= 1, "a flat side has one brightness"
    assert np.ptp(hollow[12:36, 12:36]) > 20
    clear = scene(caps=True, opacity=0.5).still(0, "flat").astype(float)
    once = scene(opacity=0.5).still(0, "flat").astype(float)
    assert clear[24, 24, 0] == pytest.approx(255 * 0.75, abs=3), "two sheets"
    assert once[24, 24, 0] == pytest.approx(255 * 0.5, abs=3), "one sheet"


def test_a_capped_surface_is_drawn_in_stereo_all_around(scene):
    made = scene(caps=True)
    picture = made.still(0, "round")
    assert picture.max() == 255
    made.close()


def test_the_way_of_caps(scene):
    layer = scene(caps=True).prepared.script.layers[0]
    assert [layer._way(level) for level in (0.5, 0.0, -0.5)] == [1, 1, -1]
    assert scene(caps="below").prepared.script.layers[0]._way(0.5) == -1
    assert scene().prepared.script.layers[0]._way(0.5) == 0
    with pytest.raises(mm.SceneError, match="caps: no such kind of caps 'over'"):
        scene(caps="over")


def test_the_camera_near_a_cap_is_found(scene):
    layer = scene(caps=True).prepared.script.layers[0]
    grid = scene().prepared.sources["ball"].at(0.0)
    near = layer.near(grid, np.array([-0.2, 0.0, 0.0]), 0.3)
    assert np.linalg.norm(near - [-0.2, 0, 0], axis=1).min() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("turned", [None, np.diag([1.0, -1.0, 1.0]), np.eye(3)[[1, 2, 0]]])
def test_caps_and_surfaces_show_their_front_outside(turned):
    x, y, z = np.meshgrid(*(np.linspace(0, 3, n) for n in (9, 10, 11)), indexing="ij")
    field = np.sin(x) * np.cos(2 * y) * np.sin(z + x)
    color = np.ones((1, 3))
    prop = Isosurface(field, (0, 0, 0), (1, 2, 1), (-0.1,), color, 1.0, True, caps=(1,), direction=turned)
    mesh = _contour(prop)
    points, normals = (vtk_to_numpy(part) for part in (mesh.GetPoints().GetData(), mesh.GetPointData().GetNormals()))
    corners = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    a, b, c = (points[corners[:, place]] for place in range(3))
    front = np.cross(b - a, c - a)
    along = (front * normals[corners].sum(axis=1)).sum(axis=1)
    assert (along[np.linalg.norm(front, axis=1) > 1e-3] > 0).all()
