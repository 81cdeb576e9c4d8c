"""The stage draws the shadows that `lookup_suns` calculates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, View
from moviemaker.core.fields import Cells as Polygons
from moviemaker.core.props import Cells, Glyphs, Light, Shade, Shadow, Surface, TransferFunction, Volume
from moviemaker.shade.casters import CasterMaker
from moviemaker.shade.lookup_suns import lit
from moviemaker.shade.shadows import shadow_of
from moviemaker.stage.stage import Stage

CORNERS = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1.0)])
WALL = Surface(CORNERS, Polygons(np.array([0, 4]), np.arange(4)), (1, 1, 1), 1.0, True)
VIEW = View(
    np.array([0.0, -3, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-0.3, 0.3, -0.3, 0.3), (96, 96)
)


@pytest.mark.parametrize(
    "light",
    [
        Light("sun", (0.6, 0.8, 0.0), (1, 1, 1), 1.0, shadow=0.8, angle=5.0),
        Light("sun", (0.6, 0.8, 0.0), (1, 1, 1), 1.0, shadow=0.8, angle=0.0),
        Light("point", (-1.2, -1.6, 0.1), (1, 1, 1), 1.0, shadow=0.8),
    ],
    ids=["wide sun", "sun", "lamp"],
)
def test_shadows_on_a_wall_are_drawn_as_they_are_calculated(light):
    rng = np.random.default_rng(5)
    places = np.column_stack([rng.uniform(-0.7, 0.3, 12), rng.uniform(-1.2, -0.05, 12), rng.uniform(-0.6, 0.6, 12)])
    balls = Glyphs("sphere", places, rng.uniform(0.1, 0.4, 12), np.full((12, 4), 255, np.uint8), True)
    shadow = shadow_of(CasterMaker().of([balls, WALL]), light)
    assert shadow is not None
    stage = Stage()
    try:
        pictures = []
        for shade in (None, Shade(None, (shadow,))):
            stage.hang([replace(WALL, casts=True)], [light], shade)
            pictures.append(stage.photograph(VIEW, (0.0, 0.0, 0.0))[..., 0].astype(float))
    finally:
        stage.close()
    middle = 3 * 0.6 * ((np.arange(96) + 0.5) / 96 - 0.5)
    x, z = np.meshgrid(middle, -middle)
    there = np.column_stack([x.ravel(), np.zeros(x.size), z.ravel()])
    expected = lit(shadow, there, np.tile([0.0, -1.0, 0.0], (x.size, 1))).reshape(x.shape)
    assert expected.min() < 0.25 < 0.9 < expected.max()
    drawn = pictures[1] / pictures[0]
    assert np.abs(drawn - expected).max() < 0.1  # a pixel is as wide as some edges
    assert np.abs(drawn - expected).mean() < 0.004


def thin(phase):
    """A thin volume without surfaces in it."""
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0, 0.05), (1, 0.05)))
    values = np.full((8, 8, 8), 0.5, np.float32)
    return Volume(values, (-1, -1, -1), (2 / 7,) * 3, transfer, 1.0, 0.5, 0.1, "composite", True, phase=phase)


@pytest.mark.parametrize("scatter", [False, True])
def test_thin_volumes_scatter_light_by_its_direction(scatter):
    got = 0.36
    cells = Cells(np.full((3, 3, 3), round(65535 * got), np.uint16), (-1.0, -1.0, -1.0), 1.0)
    stage = Stage(16)

    def seen(phase, toward, shade=None):
        light = Light("sun", (0.0, -toward, 0.0), (1, 1, 1), 0.4, scatter=scatter)
        stage.hang([thin(phase)], [light], shade)
        return stage.photograph(VIEW, (0.0, 0.0, 0.0))[48, 48, 0].astype(float)

    def factor(phase, cosine):
        return (1 - phase**2) / (1 + phase**2 - 2 * phase * cosine) ** 1.5

    try:
        plain = seen(None, 1.0)
        assert seen(0.0, 1.0) == pytest.approx(plain, rel=0.01)
        for phase, cosine in ((0.6, 1.0), (0.6, -1.0), (-0.3, 1.0)):
            expected = (2 * factor(phase, cosine) + factor(phase / 2, cosine)) / 3
            assert seen(phase, cosine) == pytest.approx(expected * plain, rel=0.02)
            expected = (2 * factor(phase, cosine) * got + factor(phase / 2, cosine) * got**0.5) / 3
            shade = Shade(None, (Shadow(1.0, in_volumes=cells),))
            assert seen(phase, cosine, shade) == pytest.approx(expected * plain, rel=0.02)
        hidden = (2 * got + got**0.5) / 3 if scatter else got**0.5
        assert seen(None, 1.0, Shade(None, (Shadow(1.0, in_volumes=cells),))) == pytest.approx(hidden * plain, rel=0.02)
    finally:
        stage.close()
