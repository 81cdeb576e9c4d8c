"""Levels of glyphs for eyes of ODS: each glyph as fine as it needs, and the same picture as before."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.core.props import Glyphs, Light
from moviemaker.stage.stage import Stage

LIGHTS = (Light("sun", (0.48, 0.64, -0.6), (1, 1, 1), 1.0),)
ODS = Ods(0.1, np.array([0.0, 0.0, 1.0]), (math.radians(60), math.radians(75)))
VIEW = View(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-1, 1, -1, 1), (301, 301))
RED, BLUE = [255, 0, 0, 128], [0, 0, 255, 128]


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.close()


def glyphs(shape: str, position: list[list[float]], size: list[float], colors: list[list[int]]) -> Glyphs:
    return Glyphs(shape, np.array(position), np.array(size), np.array(colors, np.uint8), shade=False)


def levels(stage: Stage) -> list[int]:
    data = stage._actors[0].mapper.GetInput().GetPointData().GetArray("level")
    return [int(data.GetValue(k)) for k in range(data.GetNumberOfValues())]


@pytest.mark.parametrize("shape", ["cube", "diamond"])
def test_the_level_of_a_glyph_follows_its_size_and_distance(stage, shape):
    places = [[0.0, 1.5, 0], [0, 3.5, 0], [0, 40, 0], [0, 1.5, 0.7]]
    stage.hang([glyphs(shape, places, [1.0, 1.0, 1.0, 0.1], [[255] * 4] * 4)], LIGHTS)
    stage.photograph(replace(VIEW, ods=ODS, size=(800, 800)), (0, 0, 0))
    near, farther, far, small, *_ = levels(stage)
    assert near > farther > far == 0
    assert small < near
    stage.photograph(VIEW, (0, 0, 0))
    assert not any(levels(stage))


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=str)
def test_translucent_glyphs_attenuate_those_behind_whatever_their_levels(stage, order):
    # The glyph behind has a higher level than the one in front.
    parts = [[[0, 1.5, 0], [0, 4.0, 0]], [0.02, 3.5], [RED, BLUE]]
    stage.hang([glyphs("cube", *([part[k] for k in order] for part in parts))], LIGHTS)
    mono = stage.photograph(VIEW, (0, 0, 0))[150, 150].astype(int)
    assert mono[0] > mono[2] > 0
    stereo = stage.photograph(replace(VIEW, ods=replace(ODS, radius=1e-3)), (0, 0, 0))[150, 150].astype(int)
    assert max(levels(stage)) > 0
    assert stereo == pytest.approx(mono, abs=2)


@pytest.mark.parametrize("shape", ["cube", "diamond"])
def test_pieces_have_the_light_and_the_outline_of_the_whole(stage, shape):
    # With eyes this close to each other both pictures are the same, though one is drawn in pieces.
    stage.hang([replace(glyphs(shape, [[0.3, 2, 0.2]], [1.0], [[255] * 4]), shade=True)], LIGHTS)
    whole = stage.photograph(VIEW, (0, 0, 0)).astype(int)
    tight = Frustum(-1e-4, 1e-4, -1e-4, 1e-4)
    stage._actors[0].face(replace(VIEW, ods=replace(ODS, radius=1e-4), projection=tight), np.eye(4))
    assert levels(stage) > [0]
    fine = stage._actors[0].mapper.GetInput()
    stage._actors[0].face(VIEW, np.eye(4))
    stage._actors[0].mapper.SetInputData(fine)
    stage._actors[0]._arranged = (VIEW.position.tolist(), None)
    pieces = stage.photograph(VIEW, (0, 0, 0)).astype(int)
    assert (whole > 0).mean() > 0.02
    assert (np.abs(pieces - whole) > 2).mean() < 1e-3


def test_a_glyph_beside_a_view_is_drawn_if_its_eye_sees_it_there(stage):
    # It is outside the camera's picture, but the left eye sees near things farther to the right.
    glyph = glyphs("cube", [[-0.62, 0.5, 0]], [0.05], [[255] * 4])
    stage.hang([glyph], LIGHTS)
    assert stage.photograph(VIEW, (0, 0, 0)).max() == 0
    assert stage.photograph(replace(VIEW, ods=replace(ODS, radius=-0.1)), (0, 0, 0)).max() == 255
