"""Meshes as surfaces: colours between points, textures, both sides, creases, edges, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from PIL import Image

import moviemaker as mm
from moviemaker.core.fields import Cells, Mesh
from moviemaker.core.props import Surface as SurfaceProp
from moviemaker.layers._near_camera import MOST_POLYGONS
from moviemaker.layers.surface import Surface
from moviemaker.stage.surfaces.mesh_actor import _edges, _triangles

FROM_FRONT = {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]}
FROM_BEHIND = {"keyframes": [{"time": 0, "position": [0, 10, 0], "target": [0, 0, 0]}]}


@pytest.fixture
def scene(tmp_path):
    """A scene of one mesh, seen along y by parallel rays, 2 high."""

    def make(mesh, layer=None, camera=FROM_FRONT, **written):
        mesh.save(tmp_path / "mesh.vtp")
        made = {
            "duration": 1,
            "data": {"mesh": {"kind": "mesh", "file": "mesh.vtp"}},
            "layers": [{"kind": "surface", "data": "mesh", "shade": False} | (layer or {})],
            "camera": camera,
            "outputs": {"main": {"lens": "orthographic", "height": 2, "size": [64, 64]}},
            "background": "blue",
        }
        return mm.Scene.from_dict(made | written, folder=tmp_path)

    return make


def square(half=1.0):
    """A square across the view: corners lower left, lower right, upper right, upper left."""
    points = np.array([(-half, 0, -half), (half, 0, -half), (half, 0, half), (-half, 0, half)])
    return pv.PolyData(points, faces=[4, 0, 1, 2, 3])


def test_colours_follow_the_values_between_points(scene):
    mesh = square()
    mesh["height"] = mesh.points[:, 2]
    color = {"by": "height", "colormap": ["black", "white", "black"], "range": [-1, 1]}
    picture = scene(mesh, {"color": color}).still(0).astype(float)
    expected = 255 * (1 - np.abs(1 - (np.arange(64) + 0.5) / 32))
    assert np.abs(picture[..., 0] - expected[:, None]).max() <= 3


def test_colours_in_the_data_are_shown_as_they_are(scene):
    mesh = square()
    mesh["rgb"] = np.tile(np.array([10, 200, 30], np.uint8), (4, 1))
    assert (scene(mesh, {"color": {"by": "rgb"}}).still(0) == [10, 200, 30]).all()


def test_a_texture_lies_where_its_coordinates_say(scene, tmp_path):
    corners = {
        "upper left": (255, 0, 0),
        "upper right": (0, 255, 0),
        "lower left": (0, 0, 0),
        "lower right": (255,) * 3,
    }
    rows = np.array(list(corners.values()), np.uint8).reshape(2, 2, 3)
    Image.fromarray(np.kron(rows, np.ones((32, 32, 1), np.uint8))).save(tmp_path / "picture.png")
    mesh = square()
    mesh["where"] = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    layer = {"texture": str(tmp_path / "picture.png")}
    for more in ({}, {"coordinates": "where"}):
        picture = scene(mesh, layer | more).still(0)
        seen = [picture[row, column].tolist() for row in (8, 56) for column in (8, 56)]
        assert seen == [list(color) for color in corners.values()]


def test_polygons_with_a_corner_that_is_nowhere_or_has_no_value_are_left_out(scene):
    points = np.array([(x, 0.0, z) for z in (-1, 1) for x in (-1, 0, 1)])
    mesh = pv.PolyData(points, faces=[4, 0, 1, 4, 3, 4, 1, 2, 5, 4])
    mesh["value"] = np.array([0.0, 0, np.nan, 0, 0, 0])
    white = {"colormap": ["white", "white"], "range": [0, 1]}
    by_value = scene(mesh, {"color": {"by": "value"} | white}).still(0)
    assert (by_value[:, :31] == 255).all()
    assert (by_value[:, 33:] == [0, 0, 255]).all()
    mesh.points[0] = np.nan
    by_place = scene(mesh, {"color": "white"}).still(0)
    assert (by_place[:, :31] == [0, 0, 255]).all()
    assert (by_place[:, 33:] == 255).all()


@pytest.mark.parametrize("camera", [FROM_FRONT, FROM_BEHIND])
def test_both_sides_are_seen_and_lit(scene, camera):
    lights = [{"kind": "sun", "direction": [0, 1 if camera is FROM_FRONT else -1, 0]}]
    assert scene(square(), {"color": "white", "shade": True}, camera, lights=lights).still(0)[32, 32].min() > 200


def test_creases_stay_sharp_and_round_parts_are_smooth(scene):
    lights = [{"kind": "sun", "direction": [0.4, 1, -0.3]}]
    corner = {"keyframes": [{"time": 0, "position": [-10, -10, 0], "target": [0, 0, 0]}]}
    cube = pv.Cube().triangulate().subdivide(2)
    row = scene(cube, {"color": "white", "shade": True}, corner, lights=lights).still(0)[32, :, 0].astype(int)
    sides = row[row > 0]
    assert len(sides) > 40
    assert len(np.unique(sides[2:-2])) <= 3  # one for each of two sides, and where they meet
    ball = pv.Sphere(radius=0.9, theta_resolution=24, phi_resolution=24)
    row = scene(ball, {"color": "white", "shade": True}, lights=lights).still(0)[32, 8:-8, 0].astype(int)
    assert len(np.unique(row)) > 25
    assert np.abs(np.diff(row, 2)).max() < 12


def test_a_wire_frame_is_the_edges_of_the_polygons_alone(scene):
    picture = scene(square(0.75), {"color": "white", "wireframe": True}).still(0)
    lit = picture[..., 0] > 60
    assert lit[32, 7:10].any()
    assert lit[7:10, 32].any()
    assert not lit[12:52, 12:52].any()  # not even the diagonal, along which it is cut in two


def test_polygons_become_triangles_and_edges():
    polys = Cells(np.array([0, 3, 7, 12]), np.array([0, 1, 2, 0, 2, 3, 4, 5, 6, 7, 8, 9]))
    expected = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (5, 6, 7), (5, 7, 8), (5, 8, 9)]
    assert [tuple(triangle) for triangle in _triangles(polys).tolist()] == expected
    edges = [tuple(edge) for edge in _edges(polys).tolist()]
    assert edges == sorted(set(edges))
    assert set(edges) == {(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (0, 4), (5, 6), (6, 7), (7, 8), (8, 9), (5, 9)}


def test_a_mesh_that_moves_and_changes_is_as_if_it_were_the_first():
    from moviemaker.core.camera import Frustum, View
    from moviemaker.core.props import Light
    from moviemaker.stage.stage import Stage

    view = View(
        np.array([0.0, -5, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-0.3, 0.3, -0.3, 0.3), (64, 64)
    )
    lights = (Light("sun", (0.3, 1, 0), (1, 1, 1), 1.0),)
    ball = pv.Sphere(theta_resolution=12, phi_resolution=12)
    polys = Cells(np.arange(0, 3 * ball.n_cells + 1, 3), ball.faces.reshape(-1, 4)[:, 1:].ravel())
    props = [
        SurfaceProp(ball.points * scale, polys, color, 1.0, shade, wireframe)
        for scale, color, shade, wireframe in (
            (1.0, (1.0, 0, 0), True, False),
            (1.5, (1.0, 0, 0), True, False),
            (1.5, (0.0, 1, 0), False, False),
            (1.5, (0.0, 1, 0), False, True),
        )
    ]

    def picture(stage, prop):
        stage.hang([prop], lights)
        return stage.photograph(view, (0, 0, 0))

    one = Stage()
    first = [picture(one, prop) for prop in props]
    for prop, seen in reversed(list(zip(props, first, strict=True))):
        assert (picture(one, prop) == seen).all()
    one.close()


def test_near_gives_the_nearest_point_of_each_polygon():
    points = np.array([(0.0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (5, 0, 0), (6, 0, 0), (5, 1, 0)])
    mesh = Mesh(points, {}, polys=Cells(np.array([0, 4, 7]), np.arange(7)))
    layer = Surface(data="mesh")
    assert layer.near(mesh, np.array([0.5, 0.5, 2]), 3.0) == pytest.approx(np.array([[0.5, 0.5, 0]]))
    assert len(layer.near(mesh, np.array([3.0, 0, 0]), 3.0)) == 2
    assert not len(layer.near(mesh, np.array([0.5, 0.5, 2]), 1.0))


def test_of_very_many_polygons_the_nearest_are_looked_at():
    side = 400
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0), indexing="ij")
    number = np.arange((side + 1) ** 2).reshape(side + 1, side + 1)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    mesh = Mesh(points, {}, polys=Cells(4 * np.arange(len(quads) + 1), quads.ravel()))
    place = np.array([57.25, 333.5, 2.0])
    found = Surface(data="mesh").near(mesh, place, 1000.0)
    assert len(found) <= 2 * MOST_POLYGONS < len(quads)
    away = np.linalg.norm(found - place, axis=1)
    assert found[away.argmin()] == pytest.approx([57.25, 333.5, 0])
    assert away.max() > 300, "what is behind is not left out"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"texture": "nowhere.png"}, "no such file"),
        ({"texture": "mesh.vtp"}, "not a picture"),
        ({"texture": "t.png", "color": "red"}, "a texture and color"),
        ({"coordinates": "x"}, "no texture"),
        ({"color": {"by": "nothing"}}, "no such field 'nothing'"),
    ],
)
def test_impossible_settings_are_errors(scene, tmp_path, monkeypatch, layer, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mm.SceneError, match=said):
        scene(square(), layer)


def test_texture_coordinates_have_to_be_there(scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (2, 2)).save(tmp_path / "t.png")
    for layer, said in (
        ({"texture": "t.png"}, "no texture coordinates"),
        ({"texture": "t.png", "coordinates": "x"}, "'x'"),
    ):
        with pytest.raises(mm.SceneError, match=said):
            scene(square(), layer)


def test_poly_lines_are_not_a_surface(scene):
    with pytest.raises(mm.SceneError, match="no polygons"):
        scene(pv.Line())
