"""Fog in front of every kind of thing that the stage draws, and the value itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, View
from moviemaker.core.coordinates import Rescaling, Translation
from moviemaker.core.fields import Cells
from moviemaker.core.props import (
    Fog,
    Glow,
    Glyphs,
    Isosurface,
    Light,
    Palette,
    Prop,
    Slice,
    Surface,
    TransferFunction,
    Tubes,
    Volume,
)
from moviemaker.stage.stage import Stage

FOG = Fog(3.0, 12.0, (0.2, 0.4, 0.6), 0.9, (0.0, 0.0, 0.0))
VIEW = View(np.zeros(3), np.array([0, 0, -1.0]), np.array([0, 1.0, 0]), Frustum(-0.2, 0.2, -0.2, 0.2), (64, 64))
WHITE = np.full((1, 4), 255, np.uint8)
CORNERS = np.array([[-2, -2, -6], [2, -2, -6], [2, 2, -6], [-2, 2, -6.0]])
QUAD = Cells(np.array([0, 4]), np.arange(4))
GREY = Palette(np.ones((2, 3)), 0, 1)
ALONG = np.array([[1.0, 0, 0]])


def glyph(shape: str, depth: float, size: float) -> Glyphs:
    along = ALONG if shape in ("arrow", "cone") else None
    return Glyphs(shape, np.array([[0, 0, depth]]), np.array([size]), WHITE, False, along)


def surface(**keys: object) -> Surface:
    return Surface(CORNERS, QUAD, (1, 1, 1), 1.0, False, **keys)  # type: ignore[arg-type]


LINE = np.array([[-1, 0, -6.5], [1, 0, -6.5]])
_RAMP = np.broadcast_to(np.linspace(-9, -3, 7, dtype=np.float32), (3, 3, 7)).copy()
PROPS: dict[str, Prop] = {
    "sphere": glyph("sphere", -7.0, 2.0),
    "cube": glyph("cube", -7.0, 2.0),
    "dot": glyph("dot", -6.0, 5.0),
    "tube": Tubes(
        np.array([[-1, 0, -6.5], [1, 0, -6.5]]), np.array([0, 2]), np.full(2, 1.0), WHITE.repeat(2, 0), False
    ),
    "surface": surface(),
    "picture": surface(picture=np.full((4, 4, 3), 255, np.uint8), coordinates=CORNERS[:, :2] / 4 + 0.5),
    "wires": replace(surface(wireframe=True), position=np.add(CORNERS, [2, 2, 0])),
    "isosurface": Isosurface(_RAMP, (-2, -2, -9), (2, 2, 1), (-6.0,), np.ones((1, 3)), 1.0, False),
    "slice": Slice(CORNERS, np.array([(0, 0), (3, 0), (3, 3), (0, 3.0)]), np.ones((4, 4)), GREY, 1.0, False),
}


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.close()


def left_at(distance: float, fog: Fog = FOG) -> float:
    return float(fog.left(np.array([distance]))[0])


def in_fog(distance: float) -> np.ndarray:
    left = left_at(distance)
    return np.array([255 * (left + (1 - left) * color) for color in FOG.color])


@pytest.mark.parametrize("kind", PROPS)
def test_everything_takes_the_fog_at_its_distance(stage, kind):
    wide = replace(VIEW, fineness=4.0)  # wires and dots of several pixels
    stage.hang([PROPS[kind]], [], None, FOG)
    assert np.abs(stage.photograph(wide, (0, 0, 0))[32, 32] - in_fog(6.0)).max() < 1.5
    stage.hang([PROPS[kind]], [], None, None)
    assert (stage.photograph(wide, (0, 0, 0))[32, 32] >= 254).all()


def test_what_is_lit_is_lit_first(stage):
    lights = [Light("ambient", (0, 0, 0), (1, 1, 1), 0.5)]
    stage.hang([replace(surface(), shade=True)], lights, None, replace(FOG, color=(1, 0, 0)))
    left = left_at(6.0)
    shown = stage.photograph(VIEW, (0, 0, 0))[32, 32]
    assert np.abs(shown - 255 * np.array([0.5 * left + 1 - left, 0.5 * left, 0.5 * left])).max() < 1.5


def test_fog_is_in_front_of_what_is_translucent_and_not_behind_it(stage):
    stage.hang([replace(surface(), opacity=0.5)], [], None, FOG)
    assert np.abs(stage.photograph(VIEW, (0, 0, 0))[32, 32] - in_fog(6.0) / 2).max() < 1.5


@pytest.mark.parametrize("blend", ["composite", "additive", "maximum"])
def test_each_sample_of_a_volume_takes_the_fog_in_front_of_it(stage, blend):
    table = TransferFunction(np.array([0.0, 1.0]), np.full((2, 3), 0.4), ((0.0, 0.5), (1.0, 0.5)))
    ones = np.ones((9, 9, 9), np.float32)
    volume = Volume(ones, (-5, -5, -8), (1.25, 1.25, 0.25), table, 1.0, 1.0, 0.02, blend, False)
    places = -8 + 2 * (np.arange(1000) + 0.5) / 1000
    share = np.log(2) / 500 * np.exp(np.log(2) * (6 + places)) if blend == "composite" else 0.001
    if blend == "maximum":  # the value of a whole ray is seen in its middle
        places, share = np.array([-7.0]), np.array([0.5])
    left = FOG.left(-places)
    own = 0.4 * (share * left).sum()
    given = (share * (1 - left)).sum() * np.array(FOG.color) if blend != "additive" else 0.0
    stage.hang([volume], [], None, FOG)
    shown = stage.photograph(VIEW, None)[32, 32]
    assert np.abs(shown[:3] - 255 * (own + given)).max() < 2
    stage.hang([volume], [], None, None)
    assert abs(int(stage.photograph(VIEW, None)[32, 32, 3]) - int(shown[3])) <= 1


def test_fog_stays_around_the_camera_far_from_the_origin(stage):
    away = (3e7, 0.0, 0.0)
    far, fog = surface().moved(away), FOG.mapped(Translation(away))
    stage.hang([far], [], None, fog)
    shown = stage.photograph(replace(VIEW, position=np.array(away)), (0, 0, 0))[32, 32]
    assert np.abs(shown - in_fog(6.0)).max() < 1.5


def test_fog_in_another_unit_leaves_the_same():
    scaled = replace(FOG, place=(1.0, 2.0, 3.0)).mapped(Rescaling(4.0))
    points = np.array([[5.0, 2, 3], [1, 9, 3]])
    assert np.allclose(scaled.distances(points / 4), [1.0, 1.75])
    assert left_at(1.75, scaled) == pytest.approx(left_at(7.0))


def test_fog_leaves_all_before_it_begins_and_none_at_its_end():
    assert [left_at(away) for away in (0, 3, 7.5, 12, 99)] == pytest.approx([1, 1, 0.55, 0.1, 0.1])
    assert left_at(5.0, replace(FOG, begin=5.0, end=5.0)) == 1
    assert left_at(5.1, replace(FOG, begin=5.0, end=5.0)) == pytest.approx(0.1)


def test_light_of_stars_is_behind_all_fog():
    place, one = np.array([[0, 0, -7.5]]), np.ones(1)
    glow = Glow(place, one, WHITE[:, :3], one)
    assert FOG.before(glow, np.zeros(3)).brightness == pytest.approx(0.55)
    stars = replace(glow, angular=True)
    assert FOG.before(stars, np.zeros(3)).brightness == stars.seen_from(np.zeros(3)).brightness
