import pickle

import pytest
from pydantic import ValidationError

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.timeline.camera import CameraSettings

ORBIT = {"radius": 5}


def key(time=0, position=(1, 2, 3), target=(0, 0, 0), **more):
    position = list(position) if isinstance(position, tuple) else position
    return {"time": time, "position": position, "target": target, **more}


def mistakes_of(written):
    """(place, what, what instead) of each mistake in a camera's mapping."""
    with pytest.raises(ValidationError) as raised:
        CameraSettings.model_validate(written)
    found = []
    for entry in raised.value.errors():
        cause = entry["ctx"]["error"]
        for one in cause.errors if isinstance(cause, InputErrors) else [cause]:
            assert isinstance(one, InputError)
            found.append(((*entry["loc"], *one.at), one.what, one.instead))
    return found


def test_defaults():
    camera = CameraSettings.model_validate({"orbit": ORBIT})
    assert camera.up == (0, 0, 1)
    assert (camera.interpolation, camera.fov, camera.roll) == ("smooth", 40, 0)
    assert (camera.orbit.center, camera.orbit.elevation, camera.orbit.azimuth) == ((0, 0, 0), 0, 0)
    assert pickle.loads(pickle.dumps(camera)) == camera


def test_an_azimuth_moves_linearly_and_an_elevation_softly():
    camera = CameraSettings.model_validate({"orbit": ORBIT | {"azimuth": {0: 0, 4: 8}, "elevation": {0: 0, 4: 8}}})
    assert camera.orbit.azimuth.at(1) == 2
    assert camera.orbit.elevation.at(1) == 1.25


def test_references_to_data_are_known_with_their_places():
    camera = CameraSettings.model_validate({"keyframes": [key(0), key(1, target="halo"), key(2, target="stream")]})
    assert camera.targets() == ((("keyframes", 1, "target"), "halo"), (("keyframes", 2, "target"), "stream"))
    orbit = CameraSettings.model_validate({"orbit": ORBIT | {"center": "halo"}})
    assert orbit.targets() == ((("orbit", "center"), "halo"),)
    assert CameraSettings.model_validate({"orbit": ORBIT}).targets() == ()


@pytest.mark.parametrize(
    ("written", "at", "what", "instead"),
    [
        ({}, (), "the camera has no keyframes", "give `keyframes: [{time: 0, position: [..], target: [..]}]` or"),
        ({"keyframes": []}, ("keyframes",), "the camera has no keyframes", "or an `orbit`"),
        ({"keyframes": None}, (), "the camera has no keyframes", "or an `orbit`"),
        ({"keyframes": {0: key()}}, ("keyframes",), "the keyframes are not a list", "write `keyframes: ["),
        (
            {"keyframes": [key()], "orbit": ORBIT},
            ("orbit",),
            "the camera has both keyframes and an orbit",
            "keep one of the two",
        ),
        (
            {"keyframes": [key(2), key(1)]},
            ("keyframes", 1, "time"),
            "a keyframe at 1 s comes after one at 2 s",
            "write the keyframes in ascending order of time",
        ),
        (
            {"keyframes": [key(1), key(1)]},
            ("keyframes", 1, "time"),
            "there are two keyframes at 1 s",
            "`ease: hold` at the keyframe before",
        ),
        (
            {"keyframes": [key(target=[1, 2, 3])]},
            ("keyframes", 0, "target"),
            "the camera looks at the point where it is",
            "move its position or its target",
        ),
        (
            {"keyframes": [key(target=5)]},
            ("keyframes", 0, "target"),
            "5 is neither a point nor a name",
            "write three numbers [x, y, z] or the name of a data set",
        ),
        ({"keyframes": [key(target=[1, 2, "x"])]}, ("keyframes", 0, "target", 2), "'x' is not a number", "write a"),
        ({"keyframes": [key(position={0: 1})]}, ("keyframes", 0, "position"), "a mapping is not a list", "write three"),
        ({"keyframes": [key(time="1")]}, ("keyframes", 0, "time"), "'1' is not a number", "write a number"),
        ({"keyframes": [key(up=[0, 0, 0])]}, ("keyframes", 0, "up"), "[0, 0, 0] is not a direction", "not all 0"),
        ({"keyframes": [key(fov=200)]}, ("keyframes", 0, "fov"), "200 is out of range", "write degrees between 0 and"),
        ({"keyframes": [key(ease="smoth")]}, ("keyframes", 0, "ease"), "no such easing 'smoth'", "did you mean"),
        ({"orbit": ORBIT, "interpolation": "cubic"}, ("interpolation",), "no such interpolation 'cubic'", "the"),
        ({"orbit": ORBIT, "up": [0, 0, 0]}, ("up",), "[0, 0, 0] is not a direction", "such as [0, 0, 1]"),
        ({"orbit": ORBIT, "up": {0: [0, 0, 1], 2: [0, 0, 0]}}, ("up", 2), "[0, 0, 0] is not a direction", "write"),
        (
            {"orbit": ORBIT, "up": {0: [0, 0, 1], 2: [0, 0, -2]}},
            ("up", 2),
            "up turns to its opposite, and the direction of the turn is not known",
            "write a key between the two",
        ),
        ({"orbit": {"radius": 0}}, ("orbit", "radius"), "0 is out of range", "write a number above 0, or a mapping"),
        ({"orbit": ORBIT | {"center": 3}}, ("orbit", "center"), "3 is neither a point nor a name", "write three"),
        ({"orbit": ORBIT | {"center": {0: "a"}}}, ("orbit", "center", 0), "'a' is not a list", "write three numbers"),
    ],
)
def test_mistakes(written, at, what, instead):
    ((where, found, better),) = mistakes_of(written)
    assert (where, found) == (at, what)
    assert instead in better


def test_all_times_in_the_wrong_order_are_reported():
    assert [at for at, *_ in mistakes_of({"keyframes": [key(3), key(2), key(2)]})] == [
        ("keyframes", 1, "time"),
        ("keyframes", 2, "time"),
    ]


def test_a_vertical_that_jumps_to_its_opposite_is_right():
    up = {0: [0, 0, 1], 2: [0, 0, -1], "ease": "hold"}
    assert CameraSettings.model_validate({"orbit": ORBIT, "up": up}).up.at(2) == (0, 0, -1)


def test_the_schema_of_the_camera_can_be_written():
    schema = CameraSettings.model_json_schema()
    assert schema["additionalProperties"] is False
    assert {"up", "interpolation", "keyframes", "orbit", "fov", "roll"} == set(schema["properties"])
