"""Planes through grids: the right colours in the right places, ends, holes, contours, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.core.fields import Grid
from moviemaker.core.props import Light, Palette, Slice
from moviemaker.layers.planes import plane as _plane
from moviemaker.layers.planes.contours import contours
from moviemaker.layers.planes.plane import known_part, nearest_in_polygon, plane_through
from moviemaker.stage.stage import Stage

BOX = [[-1, 1], [-1, 1], [-1, 1]]
GRAY = {"colormap": ["black", "white"], "range": [-6, 6]}
SLOPE = np.array([1.0, 2.0, 3.0])


def sampled(grid, values, plane):
    return known_part(*_plane.sampled(grid, values, plane))


def positions(shape, box=BOX):
    axes = [np.linspace(low, high, n) for (low, high), n in zip(box, shape, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def slope(shape=(9, 7, 8)):
    return positions(shape) @ SLOPE


def cut(grid_scene, values, layer, camera=None, height=2.0, **scene):
    camera = camera or {"keyframes": [{"time": 0, "position": [0, 0, 10], "target": [0, 0, 0], "up": [0, 1, 0]}]}
    outputs = {"main": {"lens": "orthographic", "height": height, "size": [64, 64]}}
    made = {"kind": "slice", "colormap": "viridis"} | layer
    return grid_scene(values, BOX, made, camera=camera, outputs=outputs, **scene).still(0).astype(float)


def test_every_pixel_has_the_colour_of_the_value_there(grid_scene):
    normal = np.array([0.3, -0.2, 1.0])
    picture = cut(grid_scene, slope(), GRAY | {"normal": normal.tolist(), "origin": [0.1, 0, 0]})
    across = (np.arange(64) + 0.5) / 32 - 1
    x, y = np.meshgrid(across, -across)
    z = -((x - 0.1) * normal[0] + y * normal[1]) / normal[2]
    expected = 255 * (np.stack([x, y, z], axis=-1) @ SLOPE + 6) / 12
    assert np.abs(picture[..., 0] - expected).max() <= 2


def test_a_plane_ends_where_the_grid_ends(grid_scene):
    camera = {"keyframes": [{"time": 0, "position": [9, 9, 9], "target": [0, 0, 0]}]}
    layer = {"normal": [1, 1, 1], "colormap": ["white", "white"], "range": [0, 1]}
    covered = (cut(grid_scene, slope(), layer, camera, height=4.0)[..., 0] / 255).sum() * (4 / 64) ** 2
    hexagon = 3 * np.sqrt(3) / 4 * 2**2
    assert covered == pytest.approx(hexagon, rel=0.005)


def test_values_that_are_not_finite_are_holes(grid_scene):
    values = slope((9, 9, 9))
    values[4, 4, :] = np.nan
    picture = cut(grid_scene, values, GRAY, background="red")
    assert picture[32, 32].tolist() == [255, 0, 0]
    hole = (picture[..., 1] == 0) & (picture[..., 0] == 255)
    assert 0.6 < hole.sum() / 8**2 < 1.5  # a sample is 8 pixels from the next
    assert hole[24:40, 24:40].sum() == hole.sum()


def test_other_fields_and_single_colours_colour_it(grid_scene, tmp_path):
    scene = grid_scene(slope(), BOX)
    np.savez(tmp_path / "two.npz", one=slope(), two=-slope())
    data = {"grid": {"kind": "grid", "file": "two.npz", "bounds": BOX}}
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 10], "target": [0, 0, 0], "up": [0, 1, 0]}]}

    def picture(layer):
        outputs = {"main": {"lens": "orthographic", "height": 2, "size": [64, 64]}}
        made = [{"kind": "slice", "data": "grid", "field": "one"} | layer]
        written = {"duration": 1, "data": data, "layers": made, "camera": camera, "outputs": outputs}
        return mm.Scene.from_dict(written, folder=tmp_path).still(0).astype(float)

    scene.close()
    other = picture({"color": {"by": "two"} | GRAY})
    assert np.abs(other + picture(GRAY) - 255)[..., 0].max() <= 2
    assert (picture({"color": "#123456"}) == [0x12, 0x34, 0x56]).all()


def test_it_moves_and_is_gone_outside(grid_scene):
    layer = {"kind": "slice", "origin": {0: [0, 0, 0], 1: [0, 0, 4], "ease": "linear"}} | GRAY
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 10], "target": [0, 0, 0], "up": [0, 1, 0]}]}
    scene = grid_scene(slope(), BOX, layer, camera=camera, background="red")
    assert scene.still(0.0)[32, 32].tolist() == pytest.approx([128, 128, 128], abs=3)
    assert scene.still(0.2)[32, 32].tolist() == pytest.approx([179, 179, 179], abs=3)
    assert (scene.still(0.5) == [255, 0, 0]).all()
    scene.close()


SHEARED = np.array([[1.0, 0.6, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 0.8]])


def oblique(shape=(9, 7, 8)):
    grid = Grid({"f": np.zeros(shape)}, (1.0, 2.0, 3.0), (0.2, 0.3, 0.25), SHEARED)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    matrix = grid.world_from_index
    values = (index @ matrix[:3, :3].T + matrix[:3, 3]) @ SLOPE
    return Grid({"f": values}, grid.origin, grid.spacing, SHEARED)


def test_grids_may_be_oblique():
    grid = oblique()
    origin, normal = grid.corners.mean(axis=0), np.array([0.2, 1.0, -0.4])
    plane = plane_through(grid, tuple(origin), tuple(normal))
    assert len(plane.corners) >= 4
    assert np.abs((plane.corners - origin) @ normal).max() < 1e-12
    index = np.linalg.solve(grid.world_from_index[:3, :3], (plane.corners - np.array(grid.origin)).T).T
    ends = np.array(grid.shape) - 1
    assert (np.isclose(index, 0) | np.isclose(index, ends)).any(axis=1).all()
    found = sampled(grid, grid.fields["f"], plane)
    rows, columns = (part.ravel() for part in np.mgrid[: plane.shape[0], : plane.shape[1]])
    places = plane.point(columns, rows)
    index = np.linalg.solve(grid.world_from_index[:3, :3], (places - np.array(grid.origin)).T).T
    inside = ((index >= 0) & (index <= ends)).all(axis=1)
    assert inside.sum() > 50
    assert np.abs(found.ravel() - places @ SLOPE)[inside].max() < 1e-4


@pytest.mark.parametrize("axis", range(3))
def test_a_side_of_the_box_is_a_slice_too(axis):
    grid = Grid({"f": slope()}, (-1.0, -1, -1), tuple(2 / (n - 1) for n in slope().shape))
    normal = np.eye(3)[axis]
    plane = plane_through(grid, tuple(normal), tuple(normal))
    assert len(plane.corners) == 4
    assert np.isfinite(sampled(grid, grid.fields["f"], plane)).all()


def test_contours_are_where_the_value_is_and_end_with_the_plane():
    shape = (33, 33, 3)
    grid = Grid({"f": np.hypot(*np.moveaxis(positions(shape)[..., :2], -1, 0))}, (-1.0, -1, -1), (1 / 16, 1 / 16, 1.0))
    plane = plane_through(grid, (0.0, 0, 0.3), (0.0, 0, 1))
    points, offsets = contours(plane, sampled(grid, grid.fields["f"], plane), [0.5, 1.2])
    away = np.hypot(points[:, 0], points[:, 1])
    assert np.abs(points[:, 2] - 0.3).max() < 1e-9
    assert (np.isclose(away, 0.5, atol=2e-3) | np.isclose(away, 1.2, atol=2e-3)).all()
    assert np.abs(points).max() <= 1 + 1e-6
    assert len(offsets) - 1 == 5  # a circle, and four arcs that the box cuts off
    assert offsets[-1] == len(points)


def test_a_contour_ends_on_the_sides_of_the_box():
    grid = Grid({"f": positions((9, 9, 9))[..., 0]}, (-1.0, -1, -1), (0.25, 0.25, 0.25))
    plane = plane_through(grid, (0.0, 0, 0), (1.0, 1, 1))
    points, offsets = contours(plane, sampled(grid, grid.fields["f"], plane), [0.3])
    assert offsets.tolist() == [0, len(points)]
    assert np.abs(points - [0.3, 0, 0])[:, 0].max() < 1e-6
    ends = np.sort(points[[0, -1], 1])
    assert ends == pytest.approx([-1, 0.7], abs=1e-6)  # where z is 0.7 and -1


def test_so_many_contours_are_evenly_spaced_in_the_range(grid_scene):
    layer = {"colormap": ["white", "white"], "contours": 3, "contour_width": 0.05}
    picture = cut(grid_scene, positions((9, 9, 9))[..., 0], layer)
    dark = np.flatnonzero(picture[32, :, 0] < 100)
    assert {round((column + 0.5) / 32 - 1, 1) for column in dark} <= {-0.5, 0.0, 0.5}
    assert len(dark) >= 3


def test_an_eye_of_stereo_all_around_sees_it_in_pieces():
    corners = np.array([(-3.0, 2, -3), (3, 2, -3), (3, 2, 3), (-3, 2, 3)])
    coordinates = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    gray = Palette(np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1), 0.0, 1.0)
    prop = Slice(corners, coordinates, np.array([(0.0, 1.0), (0.0, 1.0)]), gray, 1.0, False)
    ods = Ods(0.3, np.array([0.0, 0, 1]), (1.0, 1.3))
    eye = View(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-1, 1, -1, 1), (128, 128), ods)
    stage = Stage()
    stage.hang([prop], (Light("ambient", (0, 0, 0), (1, 1, 1), 1.0),))
    picture = stage.photograph(eye, (1, 0, 0)).astype(float)
    stage.close()
    direction = np.array([-0.4, 1.0])  # a column of pixels below the latitudes at which the eyes merge
    aside = 0.3 * np.array([direction[1], -direction[0]]) / np.hypot(*direction)
    x = (aside + direction * (2 - aside[1]))[0]
    column = 64 * (1 + direction[0]) - 0.5
    value = np.interp(column, np.arange(128), picture[64, :, 1])
    assert value == pytest.approx(255 * (x + 3) / 6, abs=2)


def test_the_nearest_point_of_a_polygon():
    square = np.array([(0.0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])
    for place, nearest in (((0.5, 0.5, 2), (0.5, 0.5, 0)), ((3, 0.5, 1), (1, 0.5, 0)), ((-1, -1, 0), (0, 0, 0))):
        assert nearest_in_polygon(square, np.array(place, float)) == pytest.approx(nearest)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"color": "red", "range": [0, 1]}, "a color and a colormap"),
        ({"normal": [0, 0, 0]}, "points nowhere"),
        ({"contours": {0: 3, 1: 5}}, "a number of contours cannot move"),
        ({"contours": 0}, "out of range"),
        ({"field": "nothing"}, "no such field 'nothing'"),
        ({"scale": "log", "range": [-1, 1]}, "logarithmic"),
    ],
)
def test_impossible_settings_are_errors(grid_scene, layer, said):
    with pytest.raises(mm.SceneError, match=said):
        grid_scene(slope(), BOX, {"kind": "slice", "colormap": "viridis"} | layer)
