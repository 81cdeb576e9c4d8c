"""The light of moments one after the other: what is kept, and what each light adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.props import Glyphs, Light
from moviemaker.shade import Shading, shading
from moviemaker.shade.lookup import sky_at

AMBIENT = Light("ambient", (0.0, 0.0, 0.0), (1, 1, 1), 0.5, occlusion=1.0, reach=3.0)


@pytest.fixture
def prop():
    position = np.random.default_rng(1).random((200, 3)) * 10
    return Glyphs("sphere", position, np.full(200, 1.5), np.full((200, 4), 255, np.uint8), True)


def test_the_same_props_and_lights_give_the_same_light(prop):
    light = Shading()
    first = light.of([prop], [AMBIENT])
    assert light.of([prop], [AMBIENT]) is first
    faded = replace(prop, colors=np.full((200, 4), 254, np.uint8))
    assert light.of([faded], [AMBIENT]).sky is first.sky
    weaker = light.of([prop], [replace(AMBIENT, occlusion=0.5)])
    assert weaker.sky.occlusion == 0.5
    assert weaker.sky.levels is first.sky.levels
    moved = replace(prop, position=prop.position + 1.0)
    assert light.of([moved], [AMBIENT]).sky.levels is not first.sky.levels


def test_lights_without_occlusion_need_no_sky(prop):
    assert Shading().of([prop], [replace(AMBIENT, occlusion=0.0)]) is None
    assert Shading().of([replace(prop, casts=False)], [AMBIENT]) is None
    assert Shading().of([], [AMBIENT]) is None


def test_ambient_lights_count_by_their_intensity(prop):
    dark = replace(AMBIENT, intensity=1.5, occlusion=0.0)
    assert Shading().of([prop], [AMBIENT, dark]).sky.occlusion == pytest.approx(0.25)


def test_the_reach_follows_from_what_is_drawn_where_lights_do_not_say_it(prop):
    far = replace(prop, position=prop.position * 20, casts=False)
    places, up = prop.position + np.array([0, 0, 0.75]), np.tile([0.0, 0.0, 1.0], (200, 1))
    own = Light("ambient", (0.0, 0.0, 0.0), (1, 1, 1), 0.5, occlusion=1.0)
    near, wide = (sky_at(Shading().of(props, [own]).sky, places, up).mean() for props in ([prop], [prop, far]))
    assert wide < near - 0.05


def test_a_large_sky_is_read_from_the_disk_the_next_time(prop, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path))
    monkeypatch.setattr(shading, "WORTH_KEEPING", 100)
    first = Shading().of([prop], [AMBIENT])
    (file,) = (tmp_path / "light").glob("*.npz")
    monkeypatch.setattr(shading, "sky_levels", lambda *_: pytest.fail("it was computed again"))
    again = Shading().of([prop], [AMBIENT])
    for one, other in zip(first.sky.levels, again.sky.levels, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert (one.origin, one.width) == (other.origin, other.width)
    monkeypatch.undo()
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path))
    Shading().of([replace(prop, position=prop.position * 1.01)], [AMBIENT])
    assert list((tmp_path / "light").glob("*.npz")) == [file]
