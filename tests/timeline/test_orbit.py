"""Cameras that go around something."""

import numpy as np
import pytest

from moviemaker.timeline.camera import CameraSettings, camera_path
from tests.timeline.test_camera import check_frame, filmed, moving_center, turns, unit


def orbit_of(duration=10, up=(0, 0, 1), **orbit):
    settings = CameraSettings.model_validate({"orbit": orbit, "up": up})
    return camera_path(settings, moving_center, duration)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "position", "up"),
    [
        (0, 0, [5, 0, 0], [0, 0, 1]),
        (90, 0, [0, 5, 0], [0, 0, 1]),
        (180, 0, [-5, 0, 0], [0, 0, 1]),
        (0, 90, [0, 0, 5], [-1, 0, 0]),
        (0, -90, [0, 0, -5], [1, 0, 0]),
        (0, 180, [-5, 0, 0], [0, 0, -1]),
    ],
)
def test_directions_of_an_orbit(azimuth, elevation, position, up):
    camera = orbit_of(radius=5, azimuth=azimuth, elevation=elevation).at(0)
    assert camera.position == pytest.approx(position)
    assert camera.forward == pytest.approx(-unit(position))
    assert camera.up == pytest.approx(up)
    check_frame(camera)


@pytest.mark.parametrize(
    ("up", "zero", "ninety"),
    [
        ([0, 1, 0], [1, 0, 0], [0, 0, -1]),  # z to y is a quarter turn about -x
        ([1, 0, 0], [0, 0, -1], [0, 1, 0]),
        ([0, 0, -2], [1, 0, 0], [0, -1, 0]),
        ([1e-9, 0, -1], [-1, 0, 0], [0, 1, 0]),
    ],
)
def test_an_orbit_about_another_vertical_is_the_same_turned(up, zero, ninety):
    for azimuth, direction in ((0, zero), (90, ninety)):
        camera = orbit_of(up=up, radius=2, azimuth=azimuth).at(0)
        assert camera.position == pytest.approx(2 * np.array(direction), abs=1e-6)
        assert camera.up == pytest.approx(unit(up), abs=1e-6)
        check_frame(camera)


def test_an_orbit_is_counter_clockwise_seen_from_the_tip_of_up():
    for up in ([0, 0, 1], [0, 1, 0], [1, 2, -3]):
        path = orbit_of(up=up, radius=5, azimuth={0: 0, 10: 360})
        turn = np.cross(path.at(0).position, path.at(1).position)
        assert unit(turn) == pytest.approx(unit(up))


def test_everything_in_an_orbit_may_move():
    path = orbit_of(center={0: [0, 0, 0], 4: [4, 0, 0]}, radius={0: 1, 4: 3}, azimuth={0: 0, 4: 180})
    camera = path.at(2)
    assert camera.position == pytest.approx([2, 2, 0])
    assert camera.forward == pytest.approx([0, -1, 0])
    assert path.at(9).position == pytest.approx(path.at(4).position)
    assert path.keyframe_times == path.cuts == ()


def test_an_orbit_around_data_follows_it():
    assert orbit_of(center="stream", radius=1).at(3).position == pytest.approx([7, 10, 0])


def test_over_the_pole_nothing_jumps():
    cameras = filmed(orbit_of(radius=5, elevation={0: 0, 4: 180, "ease": "linear"}), 0, 4)
    assert turns(cameras, "up") == pytest.approx(180 / 960, abs=1e-6)


def test_an_orbit_that_jumps_is_cut_there():
    path = orbit_of(radius=5, azimuth={0: 0, 2: 90, 3: 90, 20: 0, "ease": "hold"})
    assert path.cuts == (2,)
