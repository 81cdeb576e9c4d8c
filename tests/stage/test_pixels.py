"""The pixel contract, against the formulas: no reference picture is involved."""

from __future__ import annotations

import math

import numpy as np
import pytest


def centroid(picture: np.ndarray) -> tuple[float, float]:
    """The centre of brightness of a picture, in pixels from its upper left corner."""
    light = picture.astype(float).sum(axis=-1)
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    return float((light * (columns + 0.5)).sum() / light.sum()), float((light * (rows + 0.5)).sum() / light.sum())


def test_a_sphere_is_as_tall_as_its_angle(particles_scene):
    scene = particles_scene([[0, 0, 0]])
    column = scene.still(0.0)[:, 640, 0] / 255
    expected = 720 * math.tan(math.asin(0.05)) / math.tan(math.radians(15))
    assert column.sum() == pytest.approx(expected, abs=0.3)


def test_a_sphere_is_as_tall_as_its_diameter_in_a_parallel_picture(particles_scene):
    outputs = {"main": {"lens": "orthographic", "height": 8, "size": [640, 320]}}
    scene = particles_scene([[0, 5, 0]], outputs=outputs)
    assert (scene.still(0.0)[:, 320, 0] / 255).sum() == pytest.approx(320 / 8, abs=0.3)


@pytest.mark.parametrize("shape", ["sphere", "cube", "diamond", "dot"])
def test_glyphs_land_where_a_pinhole_sees_them(particles_scene, shape):
    focal = 360 / math.tan(math.radians(15))
    size = 3 if shape == "dot" else 0.02
    for x, y, z in np.random.default_rng(1).uniform([-3, -4, -1.5], [3, 20, 1.5], (12, 3)):
        scene = particles_scene([[x, y, z]], layer={"shape": shape, "size": size})
        across, down = centroid(scene.still(0.0))
        assert across == pytest.approx(640 + focal * x / (y + 10), abs=0.5)
        assert down == pytest.approx(360 - focal * z / (y + 10), abs=0.5)


def test_outlines_of_spheres_are_smooth(particles_scene):
    picture = particles_scene([[0, 0, 0]]).still(0.0)[..., 0]
    edge = (picture > 0) & (picture < 255)
    assert edge.sum() > 0.5 * math.pi * 134  # most pixels on the outline are partly covered


def test_near_glyphs_hide_far_ones(particles_scene):
    red_and_blue = {"color": {"by": "id", "colormap": ["red", "blue"], "range": [0, 1]}}
    near_red = particles_scene([[0, -2, 0], [0, 2, 0]], layer=red_and_blue).still(0.0)[360, 640]
    near_blue = particles_scene([[0, 2, 0], [0, -2, 0]], layer=red_and_blue).still(0.0)[360, 640]
    assert near_red.tolist() == [255, 0, 0]
    assert near_blue.tolist() == [0, 0, 255]


def test_layers_fade_to_the_background(particles_scene):
    shown = particles_scene([[0, 0, 0]], layer={"opacity": 0.5}, background="blue").still(0.0)
    assert shown[360, 640] == pytest.approx([128, 128, 255], abs=3)
    assert shown[10, 10].tolist() == [0, 0, 255]


@pytest.mark.parametrize("opacity", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("length", [0.5, 2.0])
def test_a_uniform_volume_obeys_the_opacity_law_at_every_step(grid_scene, opacity, length):
    half = length / 2
    for voxels in (0.5, 1, 2):
        layer = {
            "range": [0, 2],
            "transfer": [[0, opacity], [2, opacity]],
            "unit_distance": 1.0,
            "step": voxels * length / 32,
        }
        scene = grid_scene(np.ones((33, 33, 33), np.float32), [[-1, 1], [-half, half], [-1, 1]], layer)
        picture = scene.still(0.0)[16:48, 16:48] / 255
        assert picture == pytest.approx(1 - (1 - opacity) ** length, abs=0.02)


def test_a_volume_lies_where_its_bounds_say(grid_scene):
    values = np.zeros((41, 41, 41), np.uint8)
    values[30, 20, 12] = 255  # one bright sample off the middle
    layer = {"transfer": [[0, 0], [255, 0.9]], "range": [0, 255], "unit_distance": 0.05}
    scene = grid_scene(
        values,
        [[-1, 1]] * 3,
        layer,
        outputs={"main": {"lens": "orthographic", "height": 2, "size": [200, 200]}},
    )
    across, down = centroid(scene.still(0.0))
    assert across == pytest.approx(100 + 100 * (30 * 0.05 - 1), abs=0.5)
    assert down == pytest.approx(100 - 100 * (12 * 0.05 - 1), abs=0.5)


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_samples_of_every_type_look_the_same(grid_scene, kind):
    ramp = np.broadcast_to(np.arange(32)[:, None, None], (32, 32, 32)).astype(kind)
    layer = {"range": [0, 31], "transfer": [[0, 0], [31, 0.9]], "unit_distance": 1}
    picture = grid_scene(ramp, [[-0.5, 0.5]] * 3, layer).still(0.0)[32, :, 0] / 255
    where = (np.arange(64) + 0.5) / 64 * 31
    assert picture[4:60] == pytest.approx(0.9 * where[4:60] / 31, abs=0.02)


@pytest.mark.parametrize("fill", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_invisible(grid_scene, fill):
    values = np.ones((32, 32, 32), np.float32)
    values[16:] = fill
    layer = {"range": [0, 1], "transfer": [[0, 0.9], [1, 0.9]], "unit_distance": 1}
    scene = grid_scene(values, [[-0.5, 0.5]] * 3, layer)
    row = scene.still(0.0)[32, :, 0]
    assert row[:30] == pytest.approx(0.9 * 255, abs=5)
    assert row[36:].max() == 0
    assert [f"{16 * 32 * 32} of {32**3}" in warning for warning in scene.warnings] == [True]


def test_spheres_in_volumes_are_drawn_at_their_depth(grid_scene, tmp_path):
    np.savez(tmp_path / "points.npz", position=[[0.0, 0.0, 0.0]])
    thick = {
        "kind": "volume",
        "data": "grid",
        "colormap": ["red", "red"],
        "range": [0, 2],
        "transfer": [[0, 0.5], [2, 0.5]],
        "unit_distance": 1,
    }
    glyph = {"kind": "points", "data": "points", "size": 0.01, "color": "blue", "shade": False}
    scene = grid_scene(
        np.ones((9, 9, 9), np.float32),
        [[-1, 1]] * 3,
        layers=[thick, glyph],
        data={
            "grid": {"kind": "grid", "file": "grid.npy", "bounds": [[-1, 1]] * 3},
            "points": {"kind": "particles", "file": "points.npz"},
        },
        outputs={"main": {"lens": "orthographic", "height": 0.02, "size": [64, 64]}},
    )
    assert scene.still(0.0)[32, 32] == pytest.approx([128, 0, 128], abs=5)  # half of the path lies before the glyph
    assert scene.still(0.0)[2, 2] == pytest.approx([191, 0, 0], abs=5)


def test_an_isosurface_of_a_distance_is_a_sphere(grid_scene):
    axis = np.linspace(-1, 1, 64)
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2).astype(np.float32)
    surface = {"kind": "isosurface", "data": "grid", "levels": {0: [0.3], 1: [0.6]}, "color": "white", "shade": False}
    scene = grid_scene(
        distance,
        [[-1, 1]] * 3,
        layers=[surface],
        outputs={"main": {"lens": "orthographic", "height": 2, "size": [200, 200]}},
    )
    for time, radius in ((0.0, 0.3), (0.5, 0.45), (1.0, 0.6)):
        assert (scene.still(time)[:, 100, 0] / 255).sum() == pytest.approx(200 * radius, abs=1)


def test_light_comes_from_the_scene_and_not_from_the_camera(particles_scene):
    lights = [{"kind": "sun", "direction": [1, 0, 0], "intensity": 1}]
    around = {"orbit": {"radius": 10, "azimuth": {0: -90, 1: 90}}, "fov": 30}
    scene = particles_scene([[0, 0, 0]], layer={"shade": True, "size": 3}, lights=lights, camera=around)
    front, back = scene.still(0.0).astype(int), scene.still(1.0).astype(int)
    assert front[360, 470, 0] > 150
    assert front[360, 810, 0] < 20
    assert back[360, 810, 0] > 150  # seen from behind, the lit side is on the other side
    assert back[360, 470, 0] < 20


def test_ambient_light_has_its_colour(particles_scene):
    lights = [{"kind": "ambient", "color": [0, 1, 0], "intensity": 0.4}]
    scene = particles_scene([[0, 0, 0]], layer={"shade": True}, lights=lights)
    assert scene.still(0.0)[360, 640] == pytest.approx([0, 102, 0], abs=2)


def test_nothing_to_draw_is_the_background(particles_scene):
    picture = particles_scene([[0, 0, 0]], layer={"visible": False}, background="#102030").still(0.0)
    assert (picture == [16, 32, 48]).all()


@pytest.mark.parametrize("width", [3, 12])
def test_a_dot_has_the_same_width_in_pixels_at_every_distance(particles_scene, width):
    for distance in (-5, 0, 40):
        picture = particles_scene([[0, distance, 0]], layer={"shape": "dot", "size": width}).still(0.0)
        assert (picture[..., 0] / 255).sum() == pytest.approx(width**2, rel=0.02)


def test_translucent_glyphs_attenuate_those_behind_in_any_order(particles_scene):
    colors = {"color": {"by": "id", "colormap": ["red", "blue"], "range": [0, 1]}, "opacity": 0.5}
    for position in ([[0, -2, 0], [0, 2, 0]], [[0, 2, 0], [0, -2, 0]]):
        red_is_near = position[0][1] < 0
        center = particles_scene(position, layer=colors).still(0.0)[360, 640]
        assert center == pytest.approx([128, 0, 64] if red_is_near else [64, 0, 128], abs=3)


def test_outlines_of_translucent_surfaces_are_smooth(grid_scene):
    axis = np.linspace(-1, 1, 64)
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2).astype(np.float32)
    surface = {"kind": "isosurface", "data": "grid", "levels": [0.5], "color": "white", "shade": False, "opacity": 0.5}
    outputs = {"main": {"lens": "orthographic", "height": 2, "size": [200, 200]}}
    picture = grid_scene(distance, [[-1, 1]] * 3, layers=[surface], outputs=outputs).still(0.0)[..., 0]
    assert int(picture[100, 100]) == pytest.approx(191, abs=2)  # two walls, each of which hides half
    assert len(np.unique(picture)) >= 5


def test_a_sphere_close_by_is_round_all_around(particles_scene):
    near = {"keyframes": [{"time": 0, "position": [0, -1, 0], "target": [0, 0, 0], "fov": 90}]}
    picture = particles_scene([[0, 0, 0]], camera=near).still(0.0)[..., 0] / 255
    diameter = 2 * 360 * math.tan(math.asin(0.5))
    assert picture.sum() == pytest.approx(math.pi / 4 * diameter**2, rel=0.002)
