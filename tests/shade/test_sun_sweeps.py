"""What volumes and translucent things let through of suns and lamps, against the lengths of ways through them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import erf

from moviemaker.core.fields import Cells as Polygons
from moviemaker.core.props import Glyphs, Light, Prop, Shadow, Surface, TransferFunction, Volume
from moviemaker.shade.casters import CasterMaker
from moviemaker.shade.lookup import cells_at
from moviemaker.shade.lookup_suns import lit
from moviemaker.shade.shadows import shadow_of

WIDTH = 0.3
EXTINCTION = 4.0
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
CORNERS = np.array([(-2.0, -2, -2), (2, -2, -2), (2, 2, -2), (-2, 2, -2)])
FLOOR = Surface(CORNERS, Polygons(np.array([0, 4]), np.arange(4)), (1, 1, 1), 1.0, True)
SUN = Light("sun", (0.48, 0.0, -0.877), (1, 1, 1), 1.0, shadow=1.0)
LAMP = Light("point", (0.2, -0.3, 1.5), (1, 1, 1), 1.0, shadow=1.0)


def fog(shape=(48, 48, 48), direction=None, order="C", flip=1):
    """A volume that is thickest at the origin, and thinner around it like a Gaussian."""
    spacing = 2 / (np.array(shape) - 1)
    frame = np.eye(3) if direction is None else direction
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    square = (((index * spacing - 1) / WIDTH) ** 2).sum(axis=-1)
    values = np.asarray(np.exp(-square / 2), np.float32, order=order)
    values = values if flip > 0 else values[:, ::-1]
    origin = -frame.sum(axis=1)
    opacities = tuple((v, 1 - math.exp(-EXTINCTION * v)) for v in np.linspace(0, 1, 65))
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), opacities)
    return Volume(values, tuple(origin), tuple(spacing), transfer, 1.0, 1.0, 0.05, "composite", True, direction)


def found(light, *props: Prop) -> Shadow:
    shadow = shadow_of(CasterMaker().of(props), light)
    assert shadow is not None
    return shadow


def expected(places, light):
    """What gets through to places (n, 3), exactly."""
    toward = (
        np.array(light.vector) - places if light.kind == "point" else np.tile(-np.array(light.vector), (len(places), 1))
    )
    reach = np.linalg.norm(toward, axis=1) if light.kind == "point" else np.full(len(places), 1e9)
    toward = toward / np.linalg.norm(toward, axis=1)[:, None]
    middle = -(places * toward).sum(axis=1)
    aside = ((places**2).sum(axis=1) - middle**2) / WIDTH**2
    ends = erf(np.stack([-middle, reach - middle]) / WIDTH / math.sqrt(2))
    return np.exp(-EXTINCTION * WIDTH * math.sqrt(math.pi / 2) * np.exp(-aside / 2) * (ends[1] - ends[0]))


@pytest.mark.parametrize("light", [SUN, LAMP, Light("sun", (-0.8, 0.6, 0.0), (1, 1, 1), 1.0, shadow=1.0)])
@pytest.mark.parametrize(
    "volume",
    [
        fog(),
        fog(order="F", flip=-1),
        fog((64, 48, 24)),
        fog(direction=TURN),
    ],
    ids=["cubes", "columns first", "flat cells", "turned"],
)
def test_the_light_in_a_volume_falls_with_the_way_through_it(light, volume):
    shadow = found(light, volume)
    places = np.random.default_rng(4).uniform(-0.65, 0.65, (3000, 3))
    assert shadow.in_volumes is not None
    off = cells_at(shadow.in_volumes, places) - expected(places, light)
    assert np.sqrt(np.mean(off**2)) < 0.006
    assert np.abs(off).max() < 0.03


def test_a_lamp_inside_of_a_volume_shines_to_all_sides():
    inside = Light("point", (0.1, 0.05, -0.2), (1, 1, 1), 1.0, shadow=1.0)
    shadow = found(inside, fog())
    places = np.random.default_rng(4).uniform(-0.9, 0.9, (3000, 3))
    assert shadow.in_volumes is not None
    off = cells_at(shadow.in_volumes, places) - expected(places, inside)
    assert np.abs(off).max() < 0.03


@pytest.mark.parametrize("light", [SUN, LAMP])
def test_a_volume_throws_a_shadow_on_a_floor_below_it(light):
    shadow = found(light, fog(), FLOOR)
    x, y = np.meshgrid(np.linspace(-1.9, 1.9, 40), np.linspace(-1.9, 1.9, 40))
    places = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, -2.0)])
    light_there = lit(shadow, places, np.tile([0.0, 0.0, 1.0], (x.size, 1)))
    off = light_there - expected(places, light)
    assert expected(places, light).min() < 0.2
    assert np.sqrt(np.mean(off**2)) < 0.02


def test_opaque_things_throw_shadows_into_volumes():
    roof = Surface(CORNERS * np.array([0.5, 0.5, -0.5]) - (1, 0, 0), FLOOR.polys, (1, 1, 1), 1.0, True)
    overhead = Light("sun", (0.0, 0.0, -1.0), (1, 1, 1), 1.0, shadow=1.0)
    shadow = found(overhead, fog(), roof)
    assert shadow.in_volumes is not None
    places = np.array([(-0.3, 0.0, 0.2), (0.3, 0.0, 0.2)])
    assert cells_at(shadow.in_volumes, places) == pytest.approx([0.0, expected(places, overhead)[1]], abs=0.03)


def test_translucent_things_hide_in_proportion():
    overhead = Light("sun", (0.0, 0.0, -1.0), (1, 1, 1), 1.0, shadow=1.0)
    places = np.random.default_rng(1).uniform(-1, 1, (4000, 3)) * (1, 1, 0.02)
    floor = np.array([(x, y, -1.9) for x in (-0.5, 0.0, 0.5) for y in (-0.4, 0.3)])
    light = []
    for alpha in (255, 128, 64):
        colors = np.full((4000, 4), alpha, np.uint8)
        balls = Glyphs("sphere", places, np.full(4000, 0.05), colors, True)
        shadow = found(overhead, balls, FLOOR)
        light.append(lit(shadow, floor, np.tile([0.0, 0.0, 1.0], (6, 1))).mean())
    # 4000 pi 0.025^2 / 4 = 1.96 balls lie above each place.
    assert light[0] < 0.4
    assert light[1] == pytest.approx(math.exp(-1.96 * 0.5), rel=0.25)
    assert light[2] == pytest.approx(math.exp(-1.96 * 0.25), rel=0.2)
