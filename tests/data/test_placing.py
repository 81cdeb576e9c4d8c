"""Data that a scene scales, turns, moves and attaches to others lie where analysis says."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import InputError
from moviemaker.core.fields import Particles
from moviemaker.core.sources import shown_at
from moviemaker.data.placing.rotations import about, euler, matrix_of, product, slerp
from moviemaker.data.placing.source import cone_from, in_frame, in_scene
from moviemaker.layers.tracing.vector_scale import vectors
from moviemaker.rendering.made_from import frames_fingerprint
from moviemaker.studio import Studio

POINT = np.array([[1.0, 2.0, 3.0]])


@pytest.fixture
def scene(tmp_path):
    """Makes a scene of data sets; those without a file are of the point (1, 2, 3), with a velocity along x."""

    def make(data, layers=None, duration=10, **keys):
        np.savez(tmp_path / "point.npz", position=POINT, velocity=[[1.0, 0.0, 0.0]], id=[7], radius=[0.5])
        time = np.array([0.0, 10.0])
        path = np.array([[[0.0, 0.0, 0.0]], [[10.0, 20.0, 0.0]]])
        np.savez(tmp_path / "path.npz", position=path, time=time, id=[7])
        np.savez(tmp_path / "many.npz", position=np.random.default_rng(1).normal(size=(50, 3)))
        np.save(tmp_path / "flow.npy", np.tile([1.0, 0.0, 0.0], (3, 3, 3, 1)))
        np.save(tmp_path / "grid.npy", np.random.default_rng(3).random((4, 5, 6)))
        files = {"particles": "point.npz", "grid": "grid.npy"}
        full = {
            name: {"kind": "particles"} | ({} if {"file", "of", "globe"} & set(entry) else
                                           {"file": files[entry.get("kind", "particles")]}) | entry
            for name, entry in data.items()
        }  # fmt: skip
        written = {
            "duration": duration,
            "fps": 10,
            "data": full,
            "layers": layers or [{"kind": "points", "data": name} for name in list(data)[:1]],
            "camera": {"keyframes": [{"time": 0, "position": [0, -30, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        }
        return mm.Scene.from_dict(written | keys, folder=tmp_path)

    return make


def source_of(made, name, second):
    prepared = made.prepared
    return shown_at(prepared.sources[name], second), prepared.script.data_time(second)


def position(made, name, second=0.0):
    source, time = source_of(made, name, second)
    return source.at(time).position


def turn(axis, degrees):
    return matrix_of(about({"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}[axis], degrees))


# Rotations


def test_rotations_follow_the_right_hand():
    np.testing.assert_array_equal(turn("z", 90) @ [1, 0, 0], [0, 1, 0])
    np.testing.assert_array_equal(turn("x", 90) @ [0, 1, 0], [0, 0, 1])
    np.testing.assert_array_equal(turn("y", 90) @ [0, 0, 1], [1, 0, 0])
    np.testing.assert_allclose(turn("z", 30) @ [1, 0, 0], [np.sqrt(3) / 2, 0.5, 0], atol=1e-15)


def test_euler_angles_turn_about_x_then_y_then_z():
    np.testing.assert_allclose(matrix_of(euler(10, 20, 30)), turn("z", 30) @ turn("y", 20) @ turn("x", 10), atol=1e-15)


def test_slerp_is_even_in_angle_and_goes_the_short_way():
    start, end = about((0, 0, 1), 0), about((0, 0, 1), 300)
    for fraction in (0, 0.25, 0.5, 1):
        found = matrix_of(slerp(start, end, fraction))
        np.testing.assert_allclose(found, turn("z", -60 * fraction), atol=1e-14)


def test_products_turn_first_by_the_second_factor():
    whole = matrix_of(product(about((1, 0, 0), 40), about((0, 0, 1), 20)))
    np.testing.assert_allclose(whole, turn("x", 40) @ turn("z", 20), atol=1e-15)


@pytest.mark.parametrize(
    ("rotate", "expected"),
    [
        ({"axis": "z", "angle": 90}, [-2, 1, 3]),
        ({"axis": [0, 0, -2], "angle": -90}, [-2, 1, 3]),
        ({"axis": "-z", "angle": -90}, [-2, 1, 3]),
        ({"angle": 90}, [-2, 1, 3]),
        ([0, 0, 90], [-2, 1, 3]),
        ([90, 0, 90], [3, 1, 2]),
        ([1, 0, 0, 1], [-2, 1, 3]),
        ([{"axis": "z", "angle": 90}, {"axis": "x", "angle": 90}], [-2, -3, 1]),
    ],
)
def test_every_way_to_write_a_rotation(scene, rotate, expected):
    np.testing.assert_allclose(position(scene({"a": {"rotate": rotate}}), "a"), [expected], atol=1e-14)


def test_data_are_scaled_then_turned_then_moved(scene):
    made = scene({"a": {"scale": [2, 1, 1], "rotate": [0, 0, 90], "translate": [10, 0, 0]}})
    np.testing.assert_allclose(position(made, "a"), [[10 - 2, 2, 3]], atol=1e-14)


def test_the_pivot_stays(scene):
    about_point = {"scale": 3, "rotate": [0, 30, 77]}
    made = scene({"a": {"pivot": [1, 2, 3], **about_point}, "b": {"pivot": "center", **about_point}})
    np.testing.assert_allclose(position(made, "a"), POINT, atol=1e-14)
    np.testing.assert_allclose(position(made, "b"), POINT, atol=1e-14)


def test_keyframes_are_exact_and_hold_before_and_after(scene):
    made = scene({"a": {"translate": {2: [0, 0, 0], 6: [4, 0, 8]}, "rotate": {2: [0, 0, 0], 6: [0, 0, 90]}}})
    for second, expected in ((0, [1, 2, 3]), (2, [1, 2, 3]), (6, [-2 + 4, 1, 3 + 8]), (9, [2, 1, 11])):
        np.testing.assert_allclose(position(made, "a", second), [expected], atol=1e-14)
    middle = turn("z", 45) @ POINT[0] + [2, 0, 4]  # the easing is symmetric
    np.testing.assert_allclose(position(made, "a", 4), [middle], atol=1e-13)


def test_an_angle_may_turn_several_times_evenly(scene):
    made = scene({"a": {"rotate": {"axis": "z", "angle": {0: 0, 10: 720}}}})
    for second in (0.0, 1.25, 2.5, 7.3, 10.0):
        np.testing.assert_allclose(position(made, "a", second), [turn("z", 72 * second) @ POINT[0]], atol=1e-12)


def test_data_move_on_while_the_clock_stands_still(scene):
    made = scene(
        {"a": {"translate": {0: [0, 0, 0], 10: [10, 0, 0], "ease": "linear"}}, "b": {"file": "path.npz"}},
        clock={0: 0, 5: 10, 10: 10},
    )
    np.testing.assert_allclose(position(made, "a", 8.0), [[9, 2, 3]], atol=1e-12)


# Frames of reference


def test_a_moon_goes_with_its_planet(scene):
    made = scene(
        {
            "moon": {
                "attached_to": "planet",
                "translate": [5, 0, 0],
                "rotate": {"axis": "z", "angle": {0: 0, 10: 360}},
            },
            "planet": {"translate": {0: [0, 0, 0], 10: [0, 0, 10], "ease": "linear"}, "rotate": [0, 0, 90]},
        }
    )
    local = turn("z", 36 * 2.5) @ POINT[0] + [5, 0, 0]
    expected = turn("z", 90) @ local + [0, 0, 2.5]
    np.testing.assert_allclose(position(made, "moon", 2.5), [expected], atol=1e-12)


def test_axes_of_the_scene_keep_their_directions(scene):
    made = scene(
        {
            "moon": {"attached_to": {"data": "planet", "frame": "scene"}},
            "planet": {"translate": [0, 0, 9], "rotate": [0, 0, 90], "scale": 5},
        }
    )
    np.testing.assert_allclose(position(made, "moon"), [[1, 2, 12]], atol=1e-14)


def test_data_go_with_the_centre_of_particles_that_move(scene):
    made = scene({"a": {"attached_to": "b"}, "b": {"file": "path.npz", "translate": [0, 0, 1]}})
    np.testing.assert_allclose(position(made, "a", 5.0), [[6, 12, 4]], atol=1e-12)
    stays = scene({"a": {"attached_to": {"data": "b", "at": "origin"}}, "b": {"file": "path.npz"}})
    np.testing.assert_allclose(position(stays, "a", 5.0), POINT, atol=1e-12)


def test_axes_of_a_path_have_x_ahead(scene):
    made = scene({"a": {"attached_to": {"data": "b", "frame": "path"}}, "b": {"file": "path.npz"}})
    ahead = np.array([1, 2, 0]) / np.sqrt(5)
    left = np.array([-2, 1, 0]) / np.sqrt(5)
    expected = np.array([5, 10, 0]) + 1 * ahead + 2 * left + [0, 0, 3]
    np.testing.assert_allclose(position(made, "a", 5.0), [expected], atol=1e-6)


def test_chains_are_followed(scene):
    made = scene(
        {
            "c": {"attached_to": "b", "translate": [1, 0, 0]},
            "b": {"attached_to": "a", "rotate": [0, 0, 90]},
            "a": {"translate": [0, 0, 10], "scale": 2},
        }
    )
    expected = 2 * (turn("z", 90) @ (POINT[0] + [1, 0, 0])) + [0, 0, 10]
    np.testing.assert_allclose(position(made, "c"), [expected], atol=1e-13)


# What follows from data


def test_what_is_made_of_data_lies_where_they_do(scene):
    made = scene(
        {
            "a": {"translate": [0, 0, 10]},
            "some": {"of": "a", "every": 1},
            "turned": {"of": "a", "every": 1, "rotate": [0, 0, 90]},
        }
    )
    np.testing.assert_allclose(position(made, "some"), [[1, 2, 13]])
    np.testing.assert_allclose(position(made, "turned"), [[-2, 1, 13]], atol=1e-14)


def test_grids_keep_their_samples_and_get_another_matrix(scene):
    made = scene(
        {"g": {"kind": "grid", "spacing": [1, 2, 3], "rotate": [0, 0, 90], "scale": 2, "translate": [1, 0, 0]}},
        [{"kind": "volume", "data": "g"}],
    )
    source, time = source_of(made, "g", 0.0)
    grid = source.at(time)
    own = source.own.at(time)
    assert grid.field(None) is own.field(None)
    np.testing.assert_allclose(grid.corners, 2 * own.corners @ turn("z", 90).T + [1, 0, 0], atol=1e-13)
    assert grid.diagonal == pytest.approx(2 * own.diagonal)
    np.testing.assert_allclose(source.center(time), 2 * turn("z", 90) @ own.center + [1, 0, 0], atol=1e-13)
    assert source.at(time) is grid


def test_the_same_sample_is_given_again_while_nothing_moves(scene):
    made = scene({"a": {"translate": [1, 0, 0]}, "b": {"translate": {0: [1, 0, 0], 10: [9, 0, 0]}}})
    one, time = source_of(made, "a", 1.0)
    other, later = source_of(made, "a", 2.0)
    assert one.at(time) is other.at(later)
    moving, time = source_of(made, "b", 1.0)
    assert moving.at(time) is moving.at(time)


def test_fields_keep_their_values(scene):
    made = scene({"a": {"translate": [100, 0, 0], "scale": 3}})
    source, time = source_of(made, "a", 0.0)
    sample = source.at(time, ("x", "distance", "velocity"))
    assert sample.fields["x"].tolist() == [1.0]
    assert sample.fields["distance"] == pytest.approx([np.sqrt(14)])
    assert sample.fields["velocity"].tolist() == [[1.0, 0.0, 0.0]]


# Errors


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"a": {"attached_to": "b"}, "b": {"attached_to": "a"}}, "'a' is attached to itself: a to b to a"),
        ({"a": {"attached_to": "a"}}, "'a' is attached to itself: a to a"),
        ({"a": {"attached_to": "c"}, "moon": {}}, "data.a.attached_to: no such data 'c'"),
        ({"a": {"attached_to": {"data": "mon"}}, "moon": {}}, "did you mean 'moon'"),
        ({"a": {"scale": 0}}, "data.a.scale: a scale of 0 leaves nothing"),
        ({"a": {"scale": {0: 0, 2: 1}}}, "data.a.scale[0]: a scale of 0 leaves nothing"),
        ({"a": {"scale": {0: -1, 2: 1}}}, "changes its sign"),
        ({"a": {"rotate": {"axis": [0, 0, 0], "angle": 3}}}, "an axis of no length"),
        ({"a": {"rotate": {"axis": "w", "angle": 3}}}, "no such axis 'w'"),
        ({"a": {"rotate": [1, 2]}}, "a list of 2 numbers is not a rotation"),
        ({"a": {"rotate": 90}}, "90 is not a rotation"),
        ({"a": {"rotate": {"angel": 90}}}, "did you mean 'angle'"),
        ({"a": {"rotate": {0: [0, 0, 0], 10: [0, 0, 360]}}}, "rotations go the short way"),
        ({"a": {"rotate": [0, 0, 0, 0]}}, "a quaternion of zeros"),
        ({"a": {"pivot": "middle", "rotate": [0, 0, 1]}}, "no such pivot 'middle'"),
        ({"a": {"translate": 3}}, "data.a.translate: 3 is not a list"),
    ],
)
def test_errors_say_what_is_wrong(scene, data, said):
    with pytest.raises(mm.SceneError) as error:
        scene(data)
    assert said in str(error.value)


def test_samples_are_placed_too():
    entry = {"kind": "sample", "name": "hydrogen_orbital", "shape": 8, "translate": [0, 0, 5]}
    made = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"orbital": entry},
            "layers": [{"kind": "volume", "data": "orbital"}],
            "camera": {"orbit": {"radius": 60}},
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        }
    )
    source, time = source_of(made, "orbital", 0.0)
    np.testing.assert_allclose(source.center(time), [0, 0, 5], atol=1e-9)


def test_winds_on_a_globe_turn_with_it():
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = 2 * turn("z", 90), [0, 0, 7]
    own = np.array([[1.0, 0.0, 0.0]])
    east = {"u": np.array([1.0]), "v": np.array([0.0])}
    sample = in_frame(Particles(own, east, globe=True), frame)
    np.testing.assert_allclose(sample.position, [[0, 2, 7]], atol=1e-14)
    np.testing.assert_allclose(vectors(sample, ("u", "v")), [[-2, 0, 0]], atol=1e-14)


def test_sizes_that_are_values_of_a_field_are_scaled(scene):
    by_field = {"kind": "points", "data": "a", "size": {"by": "radius"}}
    made = scene({"a": {"scale": [1, 2, 4]}}, [by_field, {"kind": "points", "data": "a", "size": 0.5}])
    source, time = source_of(made, "a", 0.0)
    of_field, of_scene = made.prepared.script.layers
    sample = source.at(time, ("radius",))
    assert of_field.props(sample)[0].size.tolist() == pytest.approx([0.5 * 2])
    assert of_scene.props(sample)[0].size.tolist() == [0.5]


def test_a_periodic_box_turns_with_its_particles():
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = turn("z", 90), [5, 0, 0]
    box, corner = np.diag([1.0, 2.0, 3.0]), np.array([1.0, 0, 0])
    sample = in_frame(Particles(POINT, {}, box=box, corner=corner), frame)
    np.testing.assert_allclose(sample.box, [[0, 1, 0], [-2, 0, 0], [0, 0, 3]], atol=1e-14)
    np.testing.assert_allclose(sample.corner, [5, 1, 0], atol=1e-14)


def test_seeds_go_with_the_grid(scene, tmp_path):
    made = scene(
        {"g": {"kind": "grid", "file": "flow.npy", "translate": {0: [0, 0, 0], 10: [10, 0, 0], "ease": "linear"}}},
        [{"kind": "streamlines", "data": "g", "seeds": [[0, 1, 1]], "length": 1, "direction": "forward"}],
    )
    (layer,) = made.prepared.script.layers
    for second in (0.0, 4.0):
        source, time = source_of(made, "g", second)
        (tubes,) = layer.props(source.at(time, ("value_x", "value_y", "value_z")))
        np.testing.assert_allclose(tubes.position[0], [second, 1, 1], atol=1e-6)
        np.testing.assert_allclose(tubes.position[-1], [second + 1, 1, 1], atol=1e-3)


def test_a_density_lies_where_its_particles_do(scene):
    made = scene({"a": {"file": "many.npz", "translate": [0, 0, 100]}, "d": {"kind": "density", "of": "a", "shape": 8}})
    source, time = source_of(made, "d", 0.0)
    grid = source.at(time)
    assert grid.center == pytest.approx((0, 0, 100), abs=1)
    assert grid.field(None) is source.own.at(time).field(None)


def test_frames_depend_on_where_data_lie(scene):
    def prints(planet, moon):
        made = scene({"a": {"attached_to": "b", **moon}, "b": planet})
        return frames_fingerprint(made.prepared, "main", (64, 64))

    first = prints({"translate": [0, 0, 1]}, {})
    assert prints({"translate": [0, 0, 1]}, {}) == first
    assert prints({"translate": [0, 0, 2]}, {}) != first  # nothing draws it but what is attached to it
    assert prints({"translate": [0, 0, 1]}, {"rotate": [0, 0, 1]}) != first


def test_other_processes_find_data_in_the_same_place(scene):
    made = scene({"a": {"attached_to": "b"}, "b": {"file": "path.npz", "rotate": {"angle": {0: 0, 10: 90}}}})
    studio = Studio(made.prepared.script, "main")  # which opens the data itself
    (glyphs,) = studio.props(5.0)
    np.testing.assert_allclose(glyphs.position, position(made, "a", 5.0), atol=1e-12)


def test_data_of_two_that_lie_apart_are_refused(scene):
    made = scene({"a": {"translate": [0, 0, 1]}, "b": {}})
    sources = made.prepared.sources
    with pytest.raises(InputError, match="do not lie in the same coordinates"):
        in_scene(sources["b"], None, {"a": sources["a"], "b": sources["b"]}, sources)


def test_view_cones_of_large_grids_hold_what_is_seen():
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = turn("z", 90) * [1, 1, 3], [1, 2, 3]
    cone = ViewCone(np.array([4.0, 5.0, 6.0]), np.array([0.0, 0.0, 1.0]), 0.4, 0.1, 1e-3)
    own = cone_from(cone, frame)
    np.testing.assert_allclose(frame[:3, :3] @ own.position + frame[:3, 3], cone.position)
    around = np.random.default_rng(2).normal(size=(500, 3))
    inside = around[np.arccos(around[:, 2] / np.linalg.norm(around, axis=1)) < cone.angle]
    taken = inside @ np.linalg.inv(frame[:3, :3]).T
    angles = np.arccos(taken @ own.forward / np.linalg.norm(taken, axis=1))
    assert len(inside) > 10
    assert (angles <= own.angle + 1e-12).all()
