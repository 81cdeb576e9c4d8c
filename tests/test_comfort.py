"""Warnings about cameras that make viewers sick, with the times that follow from the scene."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.comfort.intervals import joined, spans_above, when
from tests.test_api import scene_dict

VR = {"lens": "equirectangular", "size": [64, 32]}
DOME = {"lens": "domemaster", "size": [64, 64]}
TURNS = "the camera turns faster than"
JOLTS, TURN_JOLTS = "the camera starts, stops or swerves", "the camera starts or stops turning"


@pytest.fixture
def warnings(tmp_path):
    """The warnings for a camera and outputs, without the file's name."""
    np.savez(tmp_path / "points.npz", position=[[0.0, 0.0, 1e4]])

    def found(camera, outputs=None, duration=10):
        written = scene_dict(camera=camera, outputs=outputs or {"vr": VR}, duration=duration, fps=30)
        said = [text.removeprefix("scene:1: ") for text in mm.Scene.from_dict(written, folder=tmp_path).warnings]
        return [text for text in said if "nothing" not in text]  # most of these cameras look at nothing

    return found


def orbit(azimuth, **orbit):
    return {"orbit": {"radius": 5, "azimuth": azimuth} | orbit}


def looking(*targets, **camera):
    """A camera that stands still and looks from one target to the next, a second each, at constant speed."""
    keyframes = [{"time": i, "position": [0, 0, 0], "target": target} for i, target in enumerate(targets)]
    return {"keyframes": keyframes, "interpolation": "linear"} | camera


def seconds(text):
    return [float(time) for time in re.findall(r"([\d.]+) s\b", text)]


@pytest.mark.parametrize("lens", ["equirectangular", "vr180", "cubemap"])
@pytest.mark.parametrize("level", [True, False])
def test_an_orbit_of_constant_speed_turns_too_fast_all_the_time(warnings, lens, level):
    output = {"lens": lens, "size": [48, 32], "level": level}
    (warning,) = warnings(orbit({0: 0, 10: 360}), {"vr": output})
    assert warning == (
        "outputs.vr: the camera turns faster than 30 degrees a second from 0 s to 10 s (up to 36); "
        "give the turn more time, or cut: viewers turn by themselves"
    )
    assert not warnings(orbit({0: 0, 10: 300}), {"vr": output})
    assert not warnings(orbit({0: 0, 10: -300}), {"vr": output})


def test_the_limit_for_domes_is_lower(warnings):
    assert not warnings(orbit({0: 0, 10: 150}), {"dome": DOME})
    (warning,) = warnings(orbit({0: 0, 10: 160}), {"dome": DOME | {"tilt": 20}, "vr": VR})
    assert warning.startswith(f"outputs.dome: {TURNS} 15 degrees a second from 0 s to 10 s (up to 16)")


def test_a_turn_is_fast_where_its_easing_is(warnings):
    (warning,) = warnings(orbit({0: 0, 10: 300, "ease": "smooth"}))
    # 30 degrees a second times 6 x (1 - x), x from 0 to 1: above 30 between the roots of x (1 - x) = 1 / 6.
    roots = [5 - 5 * math.sqrt(1 / 3), 5 + 5 * math.sqrt(1 / 3)]
    assert seconds(warning)[:2] == pytest.approx(roots, abs=0.06)
    assert "(up to 45)" in warning
    long = orbit({0: 0, 600: 18000, "ease": "smooth"})
    (warning,) = warnings(long, duration=600)
    assert seconds(warning)[:2] == pytest.approx([60 * root for root in roots], abs=0.2)


def test_many_turns_are_counted_and_the_first_are_named(warnings):
    swings = {2.0 * i: 45.0 * (i % 2) for i in range(6)} | {"ease": "smooth"}
    (turns,) = (warning for warning in warnings(orbit(swings), {"dome": DOME}) if TURNS in warning)
    # 22.5 degrees a second times 6 x (1 - x), above 15 while x (1 - x) > 1 / 9
    first = 1 - math.sqrt(5) / 3
    assert seconds(turns)[:4] == pytest.approx([first, 2 - first, 2 + first, 4 - first], abs=0.06)
    assert " and 2 more times (up to 33.7)" in turns


def test_a_cut_is_not_a_turn(warnings):
    here, there = ({"time": t, "position": [0, 0, 0], "target": [x, 0, 0]} for t, x in ((0, 1), (5, -1)))
    assert not warnings({"keyframes": [here | {"ease": "hold"}, there]}, {"vr": VR, "dome": DOME})
    assert not warnings(orbit({0: 0, 5: 180, "ease": "hold"}), {"vr": VR, "dome": DOME})


def test_on_both_sides_of_a_cut_the_turn_goes_on(warnings):
    camera = orbit({0: 0, 10: 360}, elevation={0: 0, 5: 40, "ease": "hold"})
    (warning,) = warnings(camera)
    assert f"{TURNS} 30 degrees a second from 0 s to 10 s" in warning


def test_pitch_does_not_count_while_the_horizon_is_level(warnings):
    camera = looking([1, 0, 0], [1, 0, 1])
    assert not warnings(camera, {"vr": VR, "dome": DOME}, duration=1)
    found = warnings(camera, {"vr": VR | {"level": False}}, duration=1)
    assert any(TURNS in warning and "at" not in warning.split("second", 1)[0] for warning in found)
    (off,) = (warning for warning in found if "off level" in warning)
    # Half way up a line, the pitch is atan(x): 2.5 degrees at its tangent.
    assert seconds(off) == pytest.approx([math.tan(math.radians(2.5)), 1], abs=0.06)
    assert "(by up to 45 degrees); write level: true" in off


def test_a_roll_takes_the_horizon_off_level(warnings):
    camera = orbit(0) | {"roll": {4: 0, 8: 20, "ease": "linear"}}
    assert not warnings(camera)
    (warning,) = warnings(camera, {"vr": VR | {"level": False}})
    assert warning.startswith("outputs.vr: the horizon is off level from 4.5 s to 10 s (by up to 20 degrees)")


def test_a_turn_that_starts_suddenly_is_a_jolt(warnings):
    found = warnings(orbit({0: 0, 5: 0, 10: 100}))
    assert [text.split(" too")[0].removeprefix("outputs.vr: ") for text in found] == [TURN_JOLTS, JOLTS]
    for warning in found:
        assert "suddenly at 5 s (" in warning
    assert "by up to 200 degrees a second, per second; more than 60 is a jolt" in found[0]  # 20 within 0.1 s
    assert "as if it came to its full speed in 0.1 s" in found[1]
    assert not warnings(orbit({0: 0, 5: 0, 10: 100, "ease": "smooth"}))


def test_a_corner_of_the_path_is_a_jolt(warnings):
    def path(corner, **camera):
        keys = [[0, 0, 0], [50, 0, 0], corner]
        return {
            "keyframes": [{"time": 5 * i, "position": at, "target": [0, 1e3, 0]} for i, at in enumerate(keys)],
            "interpolation": "linear",
        } | camera

    assert not warnings(path([100, 0, 0]))
    (warning,) = warnings(path([50, 50, 0]))
    assert f"{JOLTS} too suddenly at 5 s" in warning
    assert not warnings(path([50, 50, 0], interpolation="smooth"))


def test_slow_drifts_and_cameras_that_stand_still_have_no_jolts(warnings):
    drift = {"time": 0, "position": [0, 0, 0], "target": [0, 1000, 0]}
    back = [drift | {"time": 5, "position": [4, 0, 0]}, drift | {"time": 10}]
    assert not warnings({"keyframes": [drift, *back], "interpolation": "linear"})
    assert not warnings({"keyframes": [drift]})


def test_cuts_leave_time_to_look_around(warnings):
    def shots(*times):
        return {
            "keyframes": [{"time": t, "position": [t, 0, 0], "target": [t, 1, 0]} for t in times],
            "interpolation": "hold",
        }

    assert not warnings(shots(0, 3, 4, 5), {"vr": VR, "dome": DOME})
    (warning,) = warnings(shots(0, 3, 3.5, 4.2, 6), {"vr": VR, "dome": DOME})
    assert warning.startswith(
        "outputs.vr, outputs.dome: cuts follow each other in less than a second from 3 s to 4.2 s "
        "(in 0.5 s at the fastest); "
    )


def test_a_jump_of_the_angle_of_view_is_not_a_cut_in_a_picture_all_around(warnings):
    assert not warnings(orbit(0) | {"fov": {0: 40, 3: 50, 3.5: 60, 4: 20, "ease": "hold"}})


def test_flat_pictures_do_not_make_viewers_sick(warnings):
    flat = {"lens": "perspective", "size": [64, 48]}
    camera = orbit({0: 0, 1: 3000}) | {"roll": {0: 0, 1: 90}}
    assert not warnings(camera, {"hd": flat, "paper": {"lens": "orthographic", "height": 4, "size": [64, 48]}})


def test_a_camera_that_follows_data_is_examined_too(tmp_path):
    angle = np.radians(np.arange(0, 401, 4.0))
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)[:, None]
    np.savez(tmp_path / "points.npz", position=circle, time=np.arange(101.0))
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": "points"}]}
    written = scene_dict(camera=camera, outputs={"vr": VR}, duration=10, fps=30)
    (warning, *_) = mm.Scene.from_dict(written, folder=tmp_path).warnings
    assert f"{TURNS} 30 degrees a second from 0 s to 10 s (up to 4" in warning


def test_a_warning_names_its_line_and_is_not_an_error(tmp_path, capsys):
    np.savez(tmp_path / "points.npz", position=np.zeros((1, 3)))
    file = tmp_path / "s.yaml"
    file.write_text(
        "duration: 10\ndata: {points: {kind: particles, file: points.npz}}\n"
        "layers: [{kind: points, data: points}]\n"
        "camera: {orbit: {radius: 9, azimuth: {0: 0, 10: 400}}}\n"
        "outputs:\n  a: {lens: cubemap, size: [48, 32]}\n  b: {lens: equirectangular, size: [64, 32]}\n"
    )
    assert main(["check", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith(f"warning: {file}:6: outputs.a, outputs.b: {TURNS} 30 degrees")
    assert captured.err.count("\n") == 1


def test_intervals_are_found_between_the_samples():
    times = np.array([1.0, 2, 3, 4, 5])
    assert spans_above(times, np.array([0.0, 2, 0, 0, 4]), 1, 0, 6) == [(1.5, 2.5), (4.25, 6)]
    assert spans_above(times, np.ones(5), 1, 0, 6) == []
    assert spans_above(times, np.full(5, 2.0), 1, 0, 6) == [(0, 6)]


def test_intervals_in_words():
    assert joined([(3, 4), (0, 1), (1.05, 2)]) == [(0, 2), (3, 4)]
    assert when([(1, 1.01)]) == "at 1 s"
    assert when([(0, 2), (3, 4.25)]) == "from 0 s to 2 s and from 3 s to 4.2 s"
    assert when([(i, i) for i in range(4)]) == "at 0 s, at 1 s, at 2 s and 1 more time"
