"""Translucent glyphs in volumes: attenuated by what is in front of them, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, Parallel, View
from moviemaker.core.props import Glyphs, Light, TransferFunction, Tubes, Volume
from moviemaker.stage.stage import Stage
from moviemaker.stage.transparency import depth_peeling, volume_occlusion

LIGHTS = (Light("ambient", (0, 0, 0), (1, 1, 1), 1.0),)
AHEAD = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
VIEW = View(np.array([0.0, -10, 0]), *AHEAD, Frustum(-0.2, 0.2, -0.2, 0.2), (96, 96))
FLAT = replace(VIEW, projection=Parallel(4.0))
INSIDE = replace(VIEW, position=np.array([0.0, -0.9, 0]), projection=Frustum(-1, 1, -1, 1))
ODS = replace(VIEW, ods=Ods(0.01, AHEAD[1], (math.radians(60), math.radians(75))))
RED, BLUE, GREY = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.2, 0.2)
HALF = 128 / 255


@pytest.fixture(scope="module", params=[8, 16])
def stage(request):
    stage = Stage(request.param)
    yield stage
    stage.close()


def medium(opacity=0.8, blend="composite", middle=0.0):
    """A blue cube, 2 wide, with this opacity along a path straight through it."""
    transfer = TransferFunction(np.array([0.0, 1.0]), np.array([BLUE, BLUE]), ((0, opacity), (1, opacity)))
    values = np.ones((8, 8, 8), np.float32)
    return Volume(values, (-1, middle - 1, -1), (2 / 7,) * 3, transfer, 1.0, 2.0, 0.05, blend, shade=False)


def ball(y, opacity=HALF):
    rgba = np.rint(255 * np.array([[*RED, opacity]])).astype(np.uint8)
    return Glyphs("sphere", np.array([[0.0, y + 0.15, 0.0]]), np.array([0.3]), rgba, shade=False)


def rod(y, opacity=HALF):
    rgba = np.rint(255 * np.array([[*RED, opacity]] * 2)).astype(np.uint8)
    return Tubes(
        np.array([[0, y + 0.15, -3], [0, y + 0.15, 3.0]]), np.array([0, 2]), np.full(2, 0.3), rgba, shade=False
    )


def dot(y, opacity=HALF):
    rgba = np.rint(255 * np.array([[*RED, opacity]])).astype(np.uint8)
    return Glyphs("dot", np.array([[0.0, y, 0.0]]), np.array([4.0]), rgba, shade=False)


def taken(stage, props, view=VIEW):
    """The picture in 0..255."""
    stage.hang(props, LIGHTS)
    picture = stage.photograph(view, GREY)
    return picture * (255.0 / np.iinfo(picture.dtype).max)


def middle(picture):
    height, width, _ = picture.shape
    return picture[height // 2 - 1 : height // 2 + 1, width // 2 - 1 : width // 2 + 1].mean(axis=(0, 1))


def through(before, after, opacity):
    """The colour of a volume with a red glyph in it, 0..255, for lengths before and after the glyph, 2 in all."""
    color, left = np.zeros(3), 1.0
    for its, part in ((BLUE, 1 - 0.2 ** (before / 2)), (RED, opacity), (BLUE, 1 - 0.2 ** (after / 2))):
        color, left = color + left * part * np.array(its), left * (1 - part)
    return 255 * (color + left * np.array(GREY))


@pytest.mark.parametrize("view", [VIEW, FLAT, ODS], ids=["perspective", "parallel", "ods"])
@pytest.mark.parametrize("glyph", [ball, rod, dot])
@pytest.mark.parametrize("y", [-3.0, -0.5, 0.0, 0.7, 4.0])
def test_a_glyph_is_attenuated_by_the_volume_before_it(stage, glyph, y, view):
    before = float(np.clip(y + 1, 0, 2))
    assert middle(taken(stage, [medium(), glyph(y)], view)) == pytest.approx(through(before, 2 - before, HALF), abs=2.5)


def test_from_inside_as_well(stage):
    near = taken(stage, [medium(), ball(-0.7)], INSIDE)
    assert middle(near) == pytest.approx(through(0.2, 1.7, HALF), abs=3)


def test_glyphs_that_become_opaque_do_not_jump(stage):
    """A ball is half in the volume, so that its outline and its middle are attenuated differently."""
    big = replace(ball(-1.3), size=np.array([1.2]))
    solid = replace(big, colors=np.array([[255, 0, 0, 255]], np.uint8))
    nearly = replace(big, colors=np.array([[255, 0, 0, 254]], np.uint8))
    difference = np.abs(taken(stage, [medium(), solid]) - taken(stage, [medium(), nearly]))
    assert (difference.max(axis=2) > 6).mean() < 0.02  # an opaque ball's outline has one depth for a pixel
    assert difference.mean() < 1


def test_glyphs_behind_something_opaque_are_hidden(stage):
    wall = replace(ball(-0.5), size=np.array([1.0]), colors=np.array([[0, 255, 0, 255]], np.uint8))
    alone, both = (taken(stage, [medium(), wall, *more]) for more in ([], [rod(0.9)]))
    assert middle(both) == pytest.approx(middle(alone), abs=1)
    distances = stage.distances(VIEW)
    assert distances[48, 48] == pytest.approx(9.15, abs=0.01)


def test_additive_light_comes_from_before_and_behind(stage):
    shine = medium(0.1, "additive")
    alone = middle(taken(stage, [shine])) - 255 * np.array(GREY)
    seen = middle(taken(stage, [shine, ball(0.0)]))
    expected = HALF * (alone / 2 + 255 * np.array(RED)) + (1 - HALF) * (alone + 255 * np.array(GREY))
    assert seen == pytest.approx(expected, abs=2)


def test_a_maximum_is_drawn_over_everything(stage):
    seen = middle(taken(stage, [medium(0.5, "maximum", middle=5.0), medium(), ball(4.0)]))
    behind = through(2, 0, HALF)
    assert seen == pytest.approx(0.5 * 255 * np.array(BLUE) + 0.5 * behind, abs=2.5)


def test_pictures_without_occlusion_stay_the_same(stage):
    plain = taken(stage, [ball(0.0)])
    taken(stage, [medium(), ball(0.0)])
    assert (taken(stage, [ball(0.0)]) == plain).all()
    assert (taken(stage, [medium(middle=-20.0), ball(0.0)]) == plain).all()  # behind the camera


def test_glyphs_alone_are_not_peeled(stage):
    stage.hang([medium(), ball(0.0)], LIGHTS)
    assert not depth_peeling.is_needed(stage._actors)
    assert volume_occlusion.is_needed(stage._actors, VIEW)
    assert not volume_occlusion.is_needed(stage._actors, replace(VIEW, forward=-AHEAD[0]))
