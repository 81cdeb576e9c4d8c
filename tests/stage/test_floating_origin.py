"""Props far from the origin are drawn as exactly as those near it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.core.clips import ClipBox, ClipPlane, ClipSphere
from moviemaker.core.fields import Cells
from moviemaker.core.props import Glyphs, Isosurface, Light, Palette, Slice, Surface, TransferFunction, Tubes, Volume
from moviemaker.stage.numerics.floating_origin import ZERO, FloatingOrigin, origin_for
from moviemaker.stage.stage import Stage

NORTH = np.array([500_000.0, 4_500_000.0, 200.0])
"""A place on a map, in metres, where a step of single precision is half a metre."""

UP, EAST = np.array([0.0, 0, 1]), np.array([1.0, 0, 0])
VIEW = View(np.array([0.3, -4, 0.5]), np.array([0.0, 1, 0]), UP, Frustum(-0.5, 0.5, -0.5, 0.5), (96, 96))
ODS = replace(VIEW, ods=Ods(0.1, UP, (math.radians(60), math.radians(75))))
AXIS = np.linspace(-1, 1, 24)
FIELD = np.exp(-3 * sum(a**2 for a in np.meshgrid(AXIS, AXIS, AXIS, indexing="ij"))).astype(np.float32)
TRANSFER = TransferFunction(np.array([0.0, 1.0]), np.array([[0, 0, 1.0], [1, 1, 0]]), ((0.2, 0), (1, 0.6)))
GREYS = Palette(np.repeat(np.linspace(0, 1, 16)[:, None], 3, axis=1), 0.0, 1.0)
PLACES = np.random.default_rng(5).uniform(-1, 1, (60, 3))
COLORS = np.tile(np.array([[255, 200, 100, 255]], np.uint8), (60, 1))


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def glyphs(shape, at):
    ahead = np.tile([0.6, 0.8, 0], (60, 1)) if shape in ("arrow", "cone") else None
    return Glyphs(shape, PLACES + at, np.full(60, 3.0 if shape == "dot" else 0.3), COLORS, True, ahead)


def tubes(at):
    return Tubes(PLACES + at, np.array([0, 20, 60]), np.full(60, 0.1), COLORS, True)


def surface(at):
    corners = np.array([(-1, 0.4, -1), (1, 0, -1), (1, 0.7, 1), (-1, 0, 1.0)]) + at
    return Surface(corners, Cells(np.array([0, 3, 6]), np.array([0, 1, 2, 0, 2, 3])), (1, 0.5, 0.2), 1.0, True)


def piece(at):
    corners = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1.0)]) + at
    return Slice(corners, np.array([(0, 0), (23, 0), (23, 23), (0, 23.0)]), FIELD[12].astype(float), GREYS, 1.0, False)


def beside(at, *steps):
    return tuple((np.array(steps) + at).tolist())


def volume(at):
    clips = (
        ClipBox(beside(at, -2, -2, -2), beside(at, -0.2, 2, 0.1)),
        ClipPlane(beside(at, 0, 0, -0.5), (0.1, 0, 1)),
        ClipSphere(beside(at, 0.3, -0.4, 0), 0.3, outside=True),
    )
    step = 2 / 23
    return Volume(
        FIELD, beside(at, -1, -1, -1), (step,) * 3, TRANSFER, 1.0, 0.4, step / 2, "composite", True, clips=clips
    )


def level(at):
    return Isosurface(FIELD, beside(at, -1, -1, -1), (2 / 23,) * 3, (0.5,), np.array([[0.2, 0.8, 1]]), 1.0, True)


ALL = {
    **{shape: lambda at, shape=shape: glyphs(shape, at) for shape in ("sphere", "cube", "dot", "arrow")},
    "tubes": tubes,
    "surface": surface,
    "slice": piece,
    "volume": volume,
    "isosurface": level,
}


@pytest.mark.parametrize("view", [VIEW, ODS], ids=["flat", "ods"])
@pytest.mark.parametrize("sort", ALL)
def test_far_from_the_origin_the_picture_is_the_same(stage, sort, view):
    pictures = []
    for at in (np.zeros(3), NORTH):
        lamp = Light("point", beside(at, 2, -3, 3), (1, 1, 1), 1.0)
        stage.hang([ALL[sort](at)], [lamp])
        pictures.append(stage.photograph(replace(view, position=view.position + at), (0, 0, 0)).astype(int))
    assert pictures[0].max() > 50
    assert np.abs(pictures[0] - pictures[1]).max() <= 2


def test_props_near_the_origin_stay_as_they_are():
    props = [glyphs("sphere", np.array([3.0, 0, 0])), volume(np.zeros(3))]
    assert origin_for(props) == ZERO
    assert origin_for([]) == ZERO
    floating = FloatingOrigin()
    floating.follow(props)
    assert floating.props(props) == props


def test_the_origin_stays_while_props_move_a_little():
    steps = [origin_for([glyphs("sphere", NORTH + 0.05 * k * EAST)]) for k in range(20)]
    assert len(set(steps)) <= 2
    assert np.abs(np.subtract(steps, NORTH)).max() < 2


def test_arrays_that_come_again_are_the_same_again():
    """What the stage makes of an array is kept while the array is the same object."""
    floating, balls = FloatingOrigin(), glyphs("sphere", NORTH)
    assert floating.follow([balls])
    (first,) = floating.props([balls])
    other = replace(balls, shade=False)
    assert not floating.follow([other])
    (second,) = floating.props([other])
    assert second.position is first.position
    assert np.abs(first.position - PLACES).max() < 2


def test_positions_that_are_not_finite_do_not_move_the_origin():
    lost = glyphs("sphere", NORTH)
    lost.position[3] = np.nan
    assert origin_for([lost]) == pytest.approx(NORTH, abs=2)
    lost.position[:] = np.nan
    assert origin_for([lost]) == ZERO
