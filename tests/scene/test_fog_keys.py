"""The keys of `fog`, and what is said of wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import InputErrors
from moviemaker.core.kinds import build
from moviemaker.scene.fog import FogKeys
from moviemaker.scene.model import Header
from moviemaker.timeline.tracks import freeze

ALL_AROUND = ViewCone(np.array([1.0, 2, 3]), np.array([0, 1.0, 0]), np.pi, 0.0, 0.01)


def test_everything_in_a_fog_may_move():
    keys = build(FogKeys, {"from": {0: 2, 2: 4}, "to": {0: 6, 2: 20}, "amount": {0: 0, 2: 1}, "color": "red"})
    fog = freeze(keys, 1.0).around(ALL_AROUND, None)
    assert (fog.begin, fog.end, fog.color, fog.amount) == (3, 13, (1, 0, 0), 0.5)
    assert (fog.place, fog.axis) == ((1, 2, 3), None)


def test_a_fog_begins_at_the_camera_and_has_the_colour_of_the_background():
    fog = build(FogKeys, {"to": 6}).around(ALL_AROUND, (0.1, 0.2, 0.3))
    assert (fog.begin, fog.color, fog.amount) == (0, (0.1, 0.2, 0.3), 1)


def test_parallel_rays_have_a_fog_along_them():
    parallel = ViewCone(ALL_AROUND.position, ALL_AROUND.forward, 0.0, 5.0, 0.1)
    assert build(FogKeys, {"to": 6}).around(parallel, (0, 0, 0)).axis == (0, 1, 0)


@pytest.mark.parametrize(
    ("fog", "what"),
    [
        ({"from": 5, "to": 5}, "the fog begins at 5 and is thickest at 5; write a larger distance in to:"),
        ({"from": {0: 1, 4: 5}, "to": 4}, "begins at 5 and is thickest at 4 at 4 s"),
        ({"from": 1}, "the key 'to' is missing"),
        ({"from": -1, "to": 4}, "-1 is out of range"),
        ({"to": 4, "amount": 2}, "2 is out of range"),
        ({"begin": 1, "to": 4}, "unknown key 'begin'"),
        (12, "expected a mapping; write keys and values below it; the keys are from, to, color, amount"),
    ],
)
def test_a_wrong_fog_is_said(fog, what):
    with pytest.raises(InputErrors) as raised:
        build(Header, {"duration": 1, "fog": fog})
    assert what in str(raised.value)


def test_a_fog_before_a_transparent_background_needs_a_colour():
    header = {"duration": 1, "background": "transparent", "fog": {"to": 4}}
    with pytest.raises(InputErrors, match="which is transparent; write color: in fog"):
        build(Header, header)
    assert build(Header, header | {"fog": {"to": 4, "color": "red"}}).fog is not None
