"""The scene's own light."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build, load_kind
from moviemaker.lights import default_lights
from moviemaker.timeline.tracks import freeze


def test_a_sun_shines_along_its_direction():
    light = build(
        load_kind("lights", "sun"), {"kind": "sun", "direction": [0, 0, -4], "color": "red", "intensity": 2}
    ).light()
    assert (light.kind, light.vector, light.color, light.intensity) == ("sun", (0, 0, -1), (1, 0, 0), 2)


def test_every_field_of_a_light_may_move():
    point = build(
        load_kind("lights", "point"),
        {"kind": "point", "position": {0: [0, 0, 0], 2: [4, 0, 0]}, "intensity": {0: 0, 2: 1}},
    )
    light = freeze(point, 1.0).light()
    assert light.vector == (2, 0, 0)
    assert light.intensity == 0.5


def test_ambient_light_has_a_default_intensity():
    assert build(load_kind("lights", "ambient"), {"kind": "ambient"}).light().intensity == 0.2


def test_an_unknown_light_is_an_error():
    with pytest.raises(InputError, match="no such light 'son'; did you mean 'sun'"):
        load_kind("lights", "son")


def test_the_default_sun_comes_from_above_and_the_left_of_the_first_camera():
    from moviemaker.core.camera import Camera

    x, y, z = np.eye(3)
    arguments = {"position": np.zeros(3), "forward": y, "up": z, "right": x, "fov": 1.0, "vertical": z}
    names = Camera.__dataclass_fields__
    sun, ambient = default_lights(Camera(**{name: value for name, value in arguments.items() if name in names}))
    assert (sun.kind, ambient.kind) == ("sun", "ambient")
    assert sun.vector == pytest.approx(np.array([1, 1, -1]) / np.sqrt(3))  # to the right, away from the eye, down
