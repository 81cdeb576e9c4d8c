"""The keys of outlines, and what is said of wrong ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moviemaker.core.errors import InputErrors
from moviemaker.core.fields import Particles
from moviemaker.core.kinds import build, load_kind
from moviemaker.core.props import Outline
from moviemaker.timeline.tracks import freeze

POINTS = {"kind": "points", "data": "p", "size": 1}
KINDS = (
    "points",
    "lines",
    "trails",
    "streamlines",
    "molecule",
    "ribbons",
    "molecular_surface",
    "surface",
    "isosurface",
)


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_may_have_an_outline(kind):
    needed = {"trails": {"length": 1}}.get(kind, {})
    layer = build(load_kind("layers", kind), {"kind": kind, "data": "d", "outline": 0.1, **needed})
    assert (layer.outline, layer.outline_color) == (0.1, (0, 0, 0))


def test_what_a_layer_draws_has_its_outline_at_that_time():
    layer = build(load_kind("layers", "points"), POINTS | {"outline": {0: 0, 2: 1}, "outline_color": "red"})
    sample = Particles(np.zeros((1, 3)), {})
    for time, outline in ((0.0, None), (1.0, Outline(math.radians(0.5), (1, 0, 0)))):
        still = freeze(layer, time)
        (prop,) = still.finished(still.props(sample))
        assert prop.outline == outline


@pytest.mark.parametrize(
    ("kind", "keys", "what"),
    [
        ("points", {"outline": 6}, "6 is out of range; write degrees from 0 to 5, such as 0.1deg"),
        ("points", {"outline": True}, "true is not a number"),
        (
            "points",
            {"outline": 0.1, "shape": "cube"},
            "outline says nothing about a cube; leave it out",
        ),
        ("points", {"outline": 0.1, "opacity": 0.5}, "an outline of what is translucent would be seen through it"),
        ("points", {"outline": 0.1, "opacity": {0: 0.1, 1: 0.9}}, "translucent"),
        ("points", {"outline": 0.1, "opacity": {"by": "mass"}}, "translucent"),
        ("points", {"outline_color": "red"}, "a colour of the outline is given, and no outline"),
        ("surface", {"outline": 0.1, "wireframe": True}, "outline says nothing about edges alone"),
        ("isosurface", {"outline": 0.1, "opacities": [0.5, 1]}, "translucent"),
    ],
)
def test_a_wrong_outline_is_said(kind, keys, what):
    with pytest.raises(InputErrors) as raised:
        build(load_kind("layers", kind), {"kind": kind, "data": "d", **keys})
    assert what in str(raised.value)


def test_a_layer_that_fades_in_may_have_an_outline():
    faded = build(load_kind("layers", "points"), POINTS | {"outline": 0.1, "opacity": {0: 0, 1: 1}})
    assert faded.outline == 0.1
