import itertools
import math

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.timeline.camera import CameraSettings, camera_path
from moviemaker.timeline.orientation import angle_between

ORIGIN = (0.0, 0.0, 0.0)


def moving_center(name, time):
    return {"halo": (0.0, 0.0, 0.0), "stream": (2 * time, 10.0, 0.0), "pendulum": (5 * math.sin(time), 0.0, 0.0)}[name]


def key(time, position, target=ORIGIN, **more):
    return {"time": time, "position": list(position), "target": target, **more}


def path_of(keyframes, duration=None, **more):
    settings = CameraSettings.model_validate({"keyframes": keyframes, **more})
    return camera_path(settings, moving_center, duration or keyframes[-1]["time"] or 1)


def filmed(path, start, end, fps=240):
    return [path.at(time) for time in np.arange(round(start * fps), round(end * fps) + 1) / fps]


def speeds(path, start, end):
    positions = np.array([camera.position for camera in filmed(path, start, end)])
    return np.linalg.norm(np.diff(positions, axis=0), axis=1) * 240


def turns(cameras, part):
    """Degrees between the directions of neighbouring frames."""
    directions = [getattr(camera, part) for camera in cameras]
    return np.degrees([angle_between(a, b) for a, b in itertools.pairwise(directions)])


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def check_frame(camera):
    axes = np.array([camera.right, camera.up, -camera.forward])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)


DIFFICULT = [
    key(1, [10, 0, 3]),
    key(3, [10.2, 1, 3]),  # much nearer in space than in time
    key(4, [0, 30, 3]),
    key(5, [0, 30, 3]),  # stands still
    key(7.5, [-5, 30, 10]),
    key(8.5, [-5, 20, 10]),  # a corner
    key(10, [-5, 30, 10]),  # there and back
    key(12, [20, 20, 20]),
]


# Positions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interpolation", ["smooth", "linear", "hold"])
def test_every_keyframe_is_passed_exactly(interpolation):
    path = path_of(DIFFICULT, interpolation=interpolation)
    for keyframe in DIFFICULT:
        camera = path.at(keyframe["time"])
        assert camera.position == pytest.approx(keyframe["position"], abs=1e-9)
        assert camera.forward == pytest.approx(-unit(keyframe["position"]), abs=1e-9)
        check_frame(camera)


def test_the_keyframes_are_approached_from_both_sides():
    path = path_of(DIFFICULT)
    for keyframe in DIFFICULT:
        for near in (keyframe["time"] - 1e-7, keyframe["time"] + 1e-7):
            assert path.at(near).position == pytest.approx(keyframe["position"], abs=1e-4)


def test_the_speed_does_not_jump():
    speed = speeds(path_of(DIFFICULT), 0, 13)
    top, change = speed.max(), np.abs(np.diff(speed))
    assert change.max() < 0.02 * top
    for keyframe in DIFFICULT:
        frame = round(keyframe["time"] * 240)
        if 0.2 * top < speed[frame] < top:
            assert change[frame - 2 : frame + 2].max() < 0.02 * speed[frame]


def test_the_speed_does_not_jump_on_random_paths():
    for seed in range(2):
        rng = np.random.default_rng(seed)
        times = np.cumsum(rng.uniform(1, 2, 5))
        keys = [key(float(t), rng.normal(size=3) * 10 ** rng.uniform(-1, 1), [0, 0, -50]) for t in times]
        speed = speeds(path_of(keys), times[0] - 0.1, times[-1] + 0.1)
        assert np.abs(np.diff(speed)).max() < 0.02 * speed.max()


def test_the_camera_starts_and_ends_at_rest_and_never_runs_backwards():
    keys = [key(1, [10, 0, 0]), key(2, [10, 1, 0]), key(5, [10, 30, 0]), key(6, [10, 31, 0])]
    y = np.array([camera.position[1] for camera in filmed(path_of(keys), 0, 7)])
    assert np.all(np.diff(y) >= 0)
    assert np.all(y[:241] == 0)
    assert np.all(y[-241:] == 31)
    assert np.diff(y)[240] < 1e-3 * np.diff(y).max()


def test_a_camera_that_stands_between_two_keyframes_stands():
    positions = [path_of(DIFFICULT).at(time).position for time in np.linspace(4, 5, 21)]
    assert np.ptp(positions, axis=0) == pytest.approx(0, abs=1e-9)


def test_two_keyframes_are_a_straight_line_softly_left_and_reached():
    path = path_of([key(0, [10, 0, 0]), key(4, [10, 8, 0])])
    for time in (0, 1, 2, 3.3, 4):
        x = time / 4
        assert path.at(time).position == pytest.approx([10, 8 * x * x * (3 - 2 * x), 0])


def test_linear_is_straight_and_of_constant_speed():
    path = path_of([key(0, [10, 0, 0]), key(1, [10, 4, 0]), key(3, [10, 4, 4])], interpolation="linear")
    assert path.at(0.25).position == pytest.approx([10, 1, 0])
    assert path.at(1.5).position == pytest.approx([10, 4, 1])
    assert path.cuts == ()


def test_one_keyframe_stands():
    path = path_of([key(2, [10, 0, 0])], duration=5)
    for time in (0, 2, 5):
        assert path.at(time).position.tolist() == [10, 0, 0]
        assert path.at(time).up == pytest.approx([0, 0, 1])


def test_the_picture_is_the_same_whatever_was_asked_before():
    times = np.linspace(0, 13, 40)
    path = path_of(DIFFICULT)
    forth = [path.at(time) for time in times]
    back = [path_of(DIFFICULT).at(time) for time in times[::-1]][::-1]
    for a, b in zip(forth, back, strict=True):
        assert np.array_equal(a.position, b.position)
        assert np.array_equal(a.up, b.up)


# Easing, holding, cutting -------------------------------------------------------------------------------------------


def test_an_ease_is_followed_along_the_arc_and_its_speed_taken_over():
    keys = [key(0, [10, 0, 0]), key(2, [10, 2, 0], ease="linear"), key(4, [10, 6, 0]), key(6, [10, 8, 0])]
    path = path_of(keys)
    assert path.at(2.5).position == pytest.approx([10, 3, 0])
    assert path.at(3.5).position == pytest.approx([10, 5, 0])
    speed = speeds(path, 0, 6)
    assert np.abs(np.diff(speed)).max() < 0.02 * speed.max()


def test_an_eased_segment_stays_on_the_spline():
    keys = [key(0, [10, 0, 5]), key(2, [0, 10, 5]), key(4, [-10, 0, 5])]
    plain, eased = path_of(keys), path_of([keys[0], {**keys[1], "ease": "smooth"}, keys[2]])
    on_spline = np.array([camera.position for camera in filmed(plain, 2, 4)])
    for camera in filmed(eased, 2, 4, fps=10):
        assert np.min(np.linalg.norm(on_spline - camera.position, axis=1)) < 0.05


def test_hold_is_a_cut_that_ends_the_path():
    keys = [key(0, [10, 0, 0]), key(2, [10, 4, 0], ease="hold"), key(4, [0, 50, 50]), key(6, [0, 54, 50])]
    path = path_of(keys)
    assert path.at(3.999).position == pytest.approx([10, 4, 0])
    assert path.at(4).position == pytest.approx([0, 50, 50])
    assert path.at(1).position == pytest.approx([10, 2, 0])  # straight: nothing bends towards the next shot
    assert path.at(5).position == pytest.approx([0, 52, 50])
    assert path.cuts == (4,)
    assert path.keyframe_times == (0, 2, 4, 6)


def test_interpolation_hold_cuts_at_every_keyframe_that_differs():
    keys = [key(0, [10, 0, 0]), key(1, [9, 0, 0]), key(2, [9, 0, 0]), key(3, [9, 0, 0], fov=20), key(4, [8, 0, 0])]
    path = path_of([{**keys[0], "fov": 40}, *keys[1:]], duration=4, interpolation="hold")
    assert path.cuts == (1, 3)  # nothing changes at 2, and at 4 the movie is over
    assert path.at(0.99).position.tolist() == [10, 0, 0]
    assert path.at(1).position.tolist() == [9, 0, 0]


def test_only_keyframes_that_the_movie_shows_are_named():
    assert path_of([key(-1, [1, 0, 0]), key(1, [2, 0, 0]), key(9, [3, 0, 0])], duration=5).keyframe_times == (1,)


def test_a_smooth_path_has_no_cuts():
    assert path_of(DIFFICULT).cuts == ()


# Targets ------------------------------------------------------------------------------------------------------------


def test_a_target_stays_in_the_middle_between_two_keyframes_that_share_it():
    target = [1, 2, 3]
    path = path_of([key(0, [10, 0, 0], target), key(3, [0, 12, 5], target), key(6, [-9, 0, 0], [5, 5, 5])])
    for time in np.linspace(0, 3, 31):
        camera = path.at(time)
        assert np.cross(camera.forward, np.array(target) - camera.position) == pytest.approx(0, abs=1e-12)


def test_a_target_moves_without_overshoot():
    path = path_of([key(t, [0, -100, 0], [x, 0, 0]) for t, x in ((0, 0), (2, 0), (3, 50), (5, 51), (6, 0))])
    x = np.array([camera.forward[0] / camera.forward[1] * 100 for camera in filmed(path, 0, 6)])
    assert x.min() > -1e-9
    assert x.max() < 51 + 1e-9
    assert x[:481] == pytest.approx(0, abs=1e-9)
    assert np.abs(np.diff(x, 2)).max() < 0.02 * np.abs(np.diff(x)).max()


def test_data_that_moves_stays_in_the_middle():
    path = path_of([key(0, [50, 0, 0], "stream"), key(4, [50, 20, 5], "stream")], duration=8)
    for time in (-1, 0, 1.7, 4, 6.5, 8):
        camera = path.at(time)
        assert camera.forward == pytest.approx(unit(moving_center("stream", time) - camera.position), abs=1e-12)
        assert camera.right[2] == pytest.approx(0, abs=1e-12)


def test_from_a_point_to_data_that_moves():
    path = path_of([key(0, [50, 0, 0]), key(4, [50, 0, 0], "stream")])
    half_way = np.array(moving_center("stream", 2)) / 2
    assert path.at(2).forward == pytest.approx(unit(half_way - [50, 0, 0]))


def test_a_camera_in_the_middle_of_its_data_is_an_error():
    with pytest.raises(InputError, match="the camera is at the centre of 'stream', which it looks at; move") as raised:
        path_of([key(0, [50, 0, 0]), key(2, [4, 10, 0], "stream")])
    assert raised.value.at == ("keyframes", 1, "target")


def test_a_camera_that_flies_through_its_target_sees_something_in_every_frame():
    path = path_of([key(0, [10, 0, 0]), key(2, [-10, 0, 0])])
    cameras = filmed(path, 0, 2)
    for camera in cameras:
        check_frame(camera)
    assert turns(cameras, "up").max() < 1e-6


# Orientation --------------------------------------------------------------------------------------------------------


def test_the_horizon_is_level_on_an_ordinary_path():
    keys = [key(0, [60, 0, 20]), key(6, [20, 20, 5]), key(12, [0.5, 0, 0], "stream")]
    for camera in filmed(path_of(keys), 0, 12, fps=10):
        assert camera.right[2] == pytest.approx(0, abs=1e-12)
        assert camera.up[2] > 0
        check_frame(camera)


@pytest.mark.parametrize("aside", [0, 0.01, 0.3])
@pytest.mark.parametrize("over", [[], [3]])
def test_flying_over_the_top_there_is_neither_a_flip_nor_a_fast_spin(aside, over):
    keys = [key(0, [10, aside, 3]), *(key(t, [0, aside, 10]) for t in over), key(6, [-10, aside, 3])]
    keys = keys if over else [key(0, [10, aside, 10]), key(6, [-10, aside, 10])]
    cameras = filmed(path_of(keys), 0, 6)
    for camera in cameras:
        check_frame(camera)
    assert turns(cameras, "up").max() < 0.5  # degrees a frame; a level camera would turn half round within one
    assert cameras[0].up[2] > 0.5
    assert cameras[-1].right[2] == pytest.approx(0, abs=1e-9)


def test_straight_down_everywhere_takes_a_fixed_axis():
    cameras = filmed(path_of([key(0, [0, 0, 10]), key(2, [0, 0, 1])]), 0, 2, fps=10)
    for camera in cameras:
        assert camera.up == pytest.approx([0, 1, 0])
        assert camera.right == pytest.approx([1, 0, 0])
    above = path_of([key(0, [0, 10, 0]), key(2, [0, 1, 0])], up=[0, 1, 0]).at(1)
    assert above.up == pytest.approx([1, 0, 0])


def test_a_keyframe_that_looks_straight_down_is_turned_as_little_as_possible_from_its_neighbour():
    path = path_of([key(0, [10, 0, 0]), key(3, [0, 0, 10])])
    assert path.at(3).up == pytest.approx([-1, 0, 0])
    assert turns(filmed(path, 0, 3), "up").max() < 0.4


def test_a_keyframe_that_looks_almost_straight_down_says_which_way_is_up():
    assert path_of([key(0, [0, -0.001, 10]), key(1, [0, -0.001, 9])]).at(0.5).up == pytest.approx([0, 1, 0], abs=1e-3)


def test_a_keyframe_may_have_its_own_up():
    path = path_of([key(0, [10, 0, 3]), key(3, [0, 0, 10], up=[0, 1, 0]), key(6, [-10, 0, 3])])
    assert path.at(3).up == pytest.approx([0, 1, 0])
    assert path.at(0).right[2] == pytest.approx(0, abs=1e-12)
    assert turns(filmed(path, 0, 6), "up").max() < 0.5


def test_a_camera_that_stands_above_data_that_moves_follows_it_without_a_flip():
    cameras = filmed(path_of([key(0, [0, 0, 10], "pendulum")], duration=6), 0, 6)
    for camera in cameras:
        check_frame(camera)
    assert turns(cameras, "up").max() < 0.5


def test_orientation_is_continuous_on_random_paths():
    for seed in range(2):
        rng = np.random.default_rng(seed)
        times = np.cumsum(rng.uniform(1, 2, 4))
        # At a distance, so that the direction of view turns slowly, but often along the vertical.
        positions = np.column_stack([rng.normal(size=(4, 2)) * 5, rng.choice([-40.0, 40.0], 4)]).tolist()
        keys = [key(float(t), p, [200, 0, 0]) for t, p in zip(times, positions, strict=True)]
        keys[1] |= {"target": [keys[1]["position"][0], keys[1]["position"][1], 300.0]}
        cameras = filmed(path_of(keys), times[0], times[-1])
        assert turns(cameras, "up").max() < 3 * turns(cameras, "forward").max() + 0.75


def test_a_vertical_that_moves():
    path = path_of([key(0, [10, 0, 0])], duration=2, up={0: [0, 0, 1], 2: [0, 1, 0], "ease": "linear"})
    assert path.at(0).up == pytest.approx([0, 0, 1])
    assert path.at(1).up == pytest.approx(unit([0, 1, 1]))
    assert path.at(2).up == pytest.approx([0, 1, 0])


# Roll and field of view ---------------------------------------------------------------------------------------------


def test_a_positive_roll_turns_the_camera_clockwise():
    level, rolled = path_of([key(0, [10, 0, 0])]).at(0), path_of([key(0, [10, 0, 0], roll=30)]).at(0)
    assert level.right == pytest.approx([0, 1, 0])
    assert rolled.up == pytest.approx([0, 0.5, math.sqrt(0.75)])  # its top leans to the viewer's right ...
    assert rolled.right == pytest.approx([0, math.sqrt(0.75), -0.5])
    horizon = np.array([0, 1, 0])  # ... and what points right in the world points up in the picture
    assert horizon @ rolled.up > 0


def test_field_of_view_and_roll_pass_over_keyframes_without_one():
    keys = [key(0, [9, 0, 0], fov=40), key(1, [8, 0, 0]), key(2, [7, 0, 0], fov=20, roll=90), key(3, [6, 0, 0])]
    path = path_of(keys)
    assert [math.degrees(path.at(time).fov) for time in (0, 1, 2, 3)] == pytest.approx([40, 30, 20, 20])
    assert path.at(0).up == pytest.approx([0, 1, 0])  # the only roll there is holds before it, too


def test_a_field_of_view_linear_across_a_keyframe_without_one():
    keys = [key(0, [9, 0, 0], fov=40), key(3, [8, 0, 0]), key(4, [7, 0, 0], fov=20)]
    assert math.degrees(path_of(keys, interpolation="linear").at(1).fov) == pytest.approx(35)


def test_a_field_of_view_is_kept_across_a_cut():
    keys = [key(0, [9, 0, 0], fov=60), key(1, [8, 0, 0], fov=50, ease="hold"), key(2, [8, 0, 0]), key(4, [7, 0, 0])]
    assert math.degrees(path_of(keys).at(3).fov) == pytest.approx(50)
    keys = [key(0, [9, 0, 0], ease="hold"), key(2, [8, 0, 0], fov=30, roll=0), key(4, [7, 0, 0])]
    assert math.degrees(path_of(keys).at(1).fov) == pytest.approx(30)


def test_the_values_of_the_camera_are_defaults_for_keyframes():
    path = path_of([key(0, [9, 0, 0]), key(4, [7, 0, 0])], fov={0: 20, 4: 40}, roll=90)
    assert math.degrees(path.at(2).fov) == pytest.approx(30)
    assert path.at(2).up == pytest.approx([0, 1, 0])
    assert math.degrees(path_of([key(0, [9, 0, 0])]).at(0).fov) == pytest.approx(40)


def test_a_field_of_view_that_jumps_is_a_cut():
    assert path_of([key(0, [9, 0, 0])], duration=5, fov={0: 20, 2: 40, 3: 40, "ease": "hold"}).cuts == (2,)


# Orbit --------------------------------------------------------------------------------------------------------------
