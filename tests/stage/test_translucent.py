"""Translucent things of every kind attenuate those behind them, in any order: against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, Parallel, View
from moviemaker.core.fields import Cells
from moviemaker.core.props import Glyphs, Isosurface, Light, Palette, Slice, Surface, TransferFunction, Tubes, Volume
from moviemaker.stage.stage import Stage
from moviemaker.stage.transparency.depth_peeling import is_needed

LIGHTS = (Light("ambient", (0, 0, 0), (1, 1, 1), 1.0),)
AHEAD = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
NARROW = Frustum(-0.2, 0.2, -0.2, 0.2)
VIEW = View(np.array([0.0, -10, 0]), *AHEAD, NARROW, (64, 64))
RED, GREEN, BLUE, GREY = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.2, 0.2)
HALF = 128 / 255  # opacities are bytes


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def wall(color, opacity=HALF, y=(0.0, 0.0), size=3.0):
    """A wall across the view; at its left and right edges it is at these y."""
    corners = np.array([(-size, y[0], -size), (size, y[1], -size), (size, y[1], size), (-size, y[0], size)])
    return Surface(corners, Cells(np.array([0, 4]), np.arange(4)), color, opacity, shade=False)


def medium(color, opacity=0.5, blend="composite"):
    """A cube from -1 to 1, with this opacity along a path straight through it."""
    transfer = TransferFunction(np.array([0.0, 1.0]), np.array([color, color]), ((0, opacity), (1, opacity)))
    values = np.ones((8, 8, 8), np.float32)
    return Volume(values, (-1, -1, -1), (2 / 7,) * 3, transfer, 1.0, 2.0, 0.05, blend, shade=False)


def balls(color, y, opacity=HALF, size=1.0):
    rgba = np.rint(255 * np.array([[*color, opacity]])).astype(np.uint8)
    return Glyphs("sphere", np.array([[0.0, y, 0.0]]), np.array([size]), rgba, shade=False)


def rod(color, y, opacity=HALF):
    rgba = np.rint(255 * np.array([[*color, opacity]] * 2)).astype(np.uint8)
    return Tubes(np.array([[0, y, -3], [0, y, 3.0]]), np.array([0, 2]), np.full(2, 0.5), rgba, shade=False)


def over(*layers, behind=GREY):
    """The colour of layers (color, opacity), the nearest first, in 0..255."""
    color, left = np.zeros(3), 1.0
    for its, opacity in layers:
        color, left = color + left * opacity * np.array(its), left * (1 - opacity)
    return 255 * (color + left * np.array(behind))


def taken(stage, props, view=VIEW):
    stage.hang(props, LIGHTS)
    return stage.photograph(view, GREY).astype(float)


def middle(picture):
    height, width, _ = picture.shape
    return picture[height // 2 - 1 : height // 2 + 1, width // 2 - 1 : width // 2 + 1].mean(axis=(0, 1))


def crossing():
    return [wall(RED, y=(-2, 2)), wall(BLUE, y=(2, -2))]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_crossing_walls_each_is_in_front_on_its_side(stage, order):
    picture = taken(stage, crossing()[::order])
    assert np.abs(picture[:, :30] - over((RED, HALF), (BLUE, HALF))).max() <= 2
    assert np.abs(picture[:, -30:] - over((BLUE, HALF), (RED, HALF))).max() <= 2


def test_the_line_in_which_they_cross_is_antialiased(stage):
    turned = View(VIEW.position, AHEAD[0], np.array([-0.2, 0, np.sqrt(0.96)]), NARROW, (64, 64))
    red = taken(stage, crossing(), turned)[:, 8:-8, 0]
    left, right = over((RED, HALF), (BLUE, HALF))[0], over((BLUE, HALF), (RED, HALF))[0]
    between = (red > right + 8) & (red < left - 8)
    assert 20 < between.sum() < 120
    assert red.max() <= left + 2
    assert red.min() >= right - 2


def test_nested_level_surfaces_are_seen_through_each_other(stage):
    axis = np.linspace(-1, 1, 40)
    distance = np.sqrt(sum(a**2 for a in np.meshgrid(axis, axis, axis, indexing="ij"))).astype(np.float32)
    surfaces = Isosurface(
        distance, (-1, -1, -1), (2 / 39,) * 3, (0.4, 0.8), np.array([RED, GREEN]), 1.0, False, opacities=(0.4, 0.2)
    )
    expected = over((GREEN, 0.2), (RED, 0.4), (RED, 0.4), (GREEN, 0.2))
    assert middle(taken(stage, [surfaces])) == pytest.approx(expected, abs=2)


def things(y):
    """Translucent things of all kinds, 1 apart, the nearest at y."""
    plane = Palette(np.array([BLUE, BLUE]), 0.0, 1.0)
    corners = wall(BLUE, y=(y + 2, y + 2)).position
    coordinates = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    cube = Glyphs("cube", np.array([[0, y + 3.0, 0]]), np.array([0.5]), np.array([[255, 255, 0, 128]], np.uint8), False)
    return [
        (balls(RED, y, size=0.5), [(RED, HALF)]),
        (rod(GREEN, y + 1), [(GREEN, HALF)]),
        (Slice(corners, coordinates, np.zeros((2, 2)), plane, HALF, False), [(BLUE, HALF)]),
        (cube, [((1.0, 1.0, 0.0), HALF)] * 2),  # both sides of a cube are seen
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_things_of_all_sorts_are_in_order(stage, order):
    known = things(-1.0)
    expected = over(*(layer for _, layers in known for layer in layers))
    assert middle(taken(stage, [known[index][0] for index in order])) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    "view",
    [VIEW, View(VIEW.position, *AHEAD, Parallel(2.0), (64, 64)), View(VIEW.position, *AHEAD, NARROW, (33, 47))],
    ids=["perspective", "parallel", "odd"],
)
def test_a_wall_in_a_volume_attenuates_and_is_attenuated(bits, view):
    stage = Stage(bits)
    picture = taken(stage, [medium(GREEN), wall(RED)], view) / (257 if bits == 16 else 1)
    stage.close()
    half = 1 - np.sqrt(0.5)
    assert middle(picture) == pytest.approx(over((GREEN, half), (RED, HALF), (GREEN, half)), abs=2)


def test_an_eye_of_stereo_all_around_sees_the_same_order(stage):
    ods = Ods(0.5, np.array([0.0, 0, 1]), (1.0, 1.3))
    eye = View(VIEW.position, *AHEAD, NARROW, (64, 64), ods=ods)
    picture = taken(stage, [*crossing(), medium(GREEN)], eye)
    half = 1 - np.sqrt(0.5)
    assert np.abs(picture[:4, :4] - over((RED, HALF), (BLUE, HALF))).max() <= 2
    assert np.abs(picture[:4, -4:] - over((BLUE, HALF), (RED, HALF))).max() <= 2
    behind_both = taken(stage, [wall(RED, y=(-2, -2)), wall(BLUE, y=(2, 2)), medium(GREEN)], eye)
    assert middle(behind_both) == pytest.approx(over((RED, HALF), (GREEN, 0.5), (BLUE, HALF)), abs=2)
    inside = taken(stage, [wall(RED), medium(GREEN)], eye)
    assert middle(inside) == pytest.approx(over((GREEN, half), (RED, HALF), (GREEN, half)), abs=2)


def test_a_maximum_projection_is_drawn_over_everything(stage):
    picture = taken(stage, [wall(RED, y=(-2, -2)), medium(GREEN, blend="maximum")])
    assert middle(picture) == pytest.approx(over((GREEN, 0.5), (RED, HALF)), abs=2)


def test_only_opaque_surfaces_have_distances(stage):
    props = [wall(RED), wall(BLUE, 1.0, y=(1, 1)), wall(GREEN, y=(2, 2)), medium(GREEN, 0.0)]
    assert middle(taken(stage, props)) == pytest.approx(over((RED, HALF), (BLUE, 1)), abs=2)
    assert stage.distances(VIEW)[32, 32] == pytest.approx(11, rel=1e-3)
    taken(stage, [wall(GREEN, 0.996), wall(RED, 0.996, y=(1, 1)), wall(BLUE, 1.0, y=(2, 2))])
    assert stage.distances(VIEW)[32, 32] == pytest.approx(12, rel=1e-3)


def test_the_edge_of_one_thing_before_another_is_antialiased(stage):
    half = replace(wall(RED), position=wall(RED).position * [0.5, 1, 1] + [1.51, -2, 0])
    row = taken(stage, [balls(GREEN, 1.0, size=3.0), half])[32, 24:41]
    alone, both = over((GREEN, HALF)), over((RED, HALF), (GREEN, HALF))
    assert row[0] == pytest.approx(alone, abs=2)
    assert row[-1] == pytest.approx(both, abs=2)
    covered = (row[:, 0] - alone[0]) / (both[0] - alone[0])
    (edge,) = np.flatnonzero((covered > 0.1) & (covered < 0.9))
    assert row[edge] == pytest.approx(alone + covered[edge] * (both - alone), abs=3)


def test_layers_beyond_the_peeled_ones_are_drawn_too(stage):
    walls = [wall(RED, 0.1, y=(y, y)) for y in np.linspace(-2, 2, 20)]
    opacity = 26 / 255  # 0.1 as a byte
    assert middle(taken(stage, walls)) == pytest.approx(over(*[(RED, opacity)] * 20), abs=3)


def test_a_picture_does_not_depend_on_those_before_it(stage):
    volume = [medium(BLUE)]
    shows = [volume, [*volume, wall(RED, 1.0)], [*volume, balls(RED, -2.0, size=0.3)], crossing()]
    first = [taken(stage, props) for props in shows]
    for place in (2, 0, 2, 2, 1, 3, 2, 3, 1):
        assert (taken(stage, shows[place]) == first[place]).all()


def test_only_things_that_may_be_out_of_order_are_peeled(stage):
    def needs(*props):
        stage.hang(props, LIGHTS)
        stage.photograph(VIEW, GREY)
        return is_needed(stage._actors)

    assert not needs(wall(RED, 1.0), balls(GREEN, 0.0, opacity=1.0), medium(BLUE))
    assert not needs(wall(RED, 1.0), balls(GREEN, 0.0))
    assert needs(wall(RED))
    assert needs(wall(RED), medium(BLUE), balls(GREEN, 0.0))
    assert not needs(balls(GREEN, 0.0), medium(BLUE))
    assert not needs(balls(GREEN, 0.0), rod(RED, 0.0))
