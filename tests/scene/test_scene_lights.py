"""The scene's own light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Camera
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build, load_kind
from moviemaker.core.props import Light
from moviemaker.core.props.looks import LOOKS
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


def test_a_look_decides_what_a_light_does_not_say():
    sun = build(load_kind("lights", "sun"), {"kind": "sun", "direction": [0, 0, -1], "angle": 1}).light()
    sky = build(load_kind("lights", "ambient"), {"kind": "ambient", "occlusion": 0}).light()
    flat, studio = (sun.resolved(LOOKS[look]) for look in ("flat", "studio"))
    assert (flat.shadow, flat.angle, studio.shadow, studio.angle) == (0, 1, 1, 1)
    assert sky.resolved(LOOKS["studio"]).occlusion == 0
    assert replace(sky, occlusion=None).resolved(LOOKS["soft"]).occlusion == LOOKS["soft"].occlusion


@pytest.mark.parametrize("angle", [-1, 6])
def test_a_sun_is_at_most_five_degrees_wide(angle):
    with pytest.raises(InputErrors, match="degrees from 0 to 5"):
        build(load_kind("lights", "sun"), {"kind": "sun", "direction": [0, 0, -1], "angle": angle})


def test_an_unknown_light_is_an_error():
    with pytest.raises(InputError, match="no such light 'son'; did you mean 'sun'"):
        load_kind("lights", "son")


def camera_at(azimuth: float, elevation: float, vertical: int = 2) -> Camera:
    """A camera that looks at the origin, its angles in degrees around one of the axes."""
    a, e = np.radians([azimuth, elevation])
    away = np.roll([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)], vertical - 2)
    up = np.roll([-np.cos(a) * np.sin(e), -np.sin(a) * np.sin(e), np.cos(e)], vertical - 2)
    return Camera(away, -away, up, np.cross(-away, up), 1.0, np.eye(3)[vertical])


def lit_ball(lights: Sequence[Light], camera: Camera) -> tuple[float, float, float]:
    """A white ball: its mean brightness, its local contrast, and the greatest brightness.

    Local contrast is the mean change of brightness by radian of the normal.

    What a view of many balls, or of any body whose sides are seen evenly, has is the same.
    """
    ends = np.linspace(-1, 1, 49)
    x, y = np.meshgrid(ends, ends)
    seen = x**2 + y**2 < 0.98
    x, y = x[seen], y[seen]
    normal = np.column_stack([x, y, np.sqrt(1 - x**2 - y**2)]) @ np.array([camera.right, camera.up, -camera.forward])
    brightness, change = np.zeros(len(normal)), np.zeros_like(normal)
    for light in lights:
        if light.kind == "ambient":
            brightness += light.intensity
            continue
        toward = -np.array(light.vector)
        cosine = normal @ toward
        brightness += light.intensity * np.maximum(cosine, 0)
        change += np.where(cosine[:, None] > 0, light.intensity * (toward - cosine[:, None] * normal), 0)
    contrast = np.linalg.norm(change, axis=1) * (brightness < 1)
    return float(np.minimum(brightness, 1).mean()), float(contrast.mean()), float(brightness.max())


@pytest.mark.parametrize("elevation", [-20, 20, 60])
@pytest.mark.parametrize("vertical", [1, 2])
@pytest.mark.parametrize("first", [(0, 20), (75, -20), (200, 60), (10, 90), (10, -90)])
def test_the_default_lights_leave_no_side_dark_nor_flat(first, vertical, elevation):
    lights = default_lights(camera_at(*first, vertical))
    views = [lit_ball(lights, camera_at(azimuth, elevation, vertical)) for azimuth in range(0, 360, 20)]
    brightness, contrast, most = np.array(views).T
    assert np.ptp(brightness) < 0.06 * brightness.mean()  # one sun: 0.9
    key, ambient = lights[0], lights[-1]
    _, lit_side, _ = lit_ball((key, ambient), camera_at(first[0], 20, vertical))
    assert contrast.min() > lit_side
    assert most.max() <= 1  # nothing is brighter than its own colour


def test_only_the_key_of_the_default_lights_casts_shadows():
    studio = LOOKS["studio"]
    key, *others, _ = (light.resolved(studio) for light in default_lights(camera_at(30, 20), studio))
    assert (key.shadow, [light.shadow for light in others]) == (1.0, [0.0, 0.0])


def test_the_default_key_comes_from_above_and_the_left_of_the_first_camera():
    first = camera_at(30, 20)
    key, fill, back, ambient = default_lights(first)
    assert [light.kind for light in (key, fill, back, ambient)] == ["sun", "sun", "sun", "ambient"]
    assert key.intensity > max(fill.intensity, back.intensity)
    assert np.dot(key.vector, first.right) > 0.3  # it shines to the right ...
    assert np.dot(key.vector, first.vertical) < -0.7  # ... down ...
    assert np.dot(key.vector, first.forward) > 0.3  # ... and away from the eye
    assert np.dot(fill.vector, first.right) < -0.3
    assert np.dot(back.vector, first.forward) < -0.3
