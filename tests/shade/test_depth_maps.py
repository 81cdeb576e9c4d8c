"""Shadows of opaque things, against what rays find."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moviemaker.core.props import Light, Shadow
from moviemaker.shade.casters import Caster, Casters, Lines, Spheres, Triangles
from moviemaker.shade.depth_maps import axes_of
from moviemaker.shade.lookup_suns import lit
from moviemaker.shade.shadows import shadow_of

UP = np.array([0.0, 0.0, 1.0])
ORIGIN = (0.0, 0.0, 0.0)


def spheres(places, radii, opacity=1.0):
    radii = np.asarray(radii, np.float32)
    return Spheres(ORIGIN, np.asarray(places, np.float32), radii, np.full(len(radii), opacity, np.float32))


def rectangle(low, high, height):
    (a, b), (c, d) = low, high
    corners = np.array([[a, b, height], [c, b, height], [c, d, height], [a, d, height]], np.float32)
    return Triangles(ORIGIN, corners[[[0, 1, 2], [0, 2, 3]]], np.ones(2, np.float32))


def shadow(parts: list[Caster], vector, angle=0.0, kind="sun", side=2.0) -> Shadow:
    found = shadow_of(
        Casters(tuple(parts), np.array([(-side, side)] * 3)),
        Light(kind, vector, (1, 1, 1), 1.0, shadow=1.0, angle=angle),
    )
    assert found is not None
    return found


def disk(direction, angle, count=512):
    """Directions (count, 3) from a place to everywhere on a sun."""
    axes = axes_of(np.array(direction))
    index = np.arange(count) + 0.5
    away, turn = math.tan(math.radians(angle) / 2) * np.sqrt(index / count), math.pi * (3 - math.sqrt(5)) * index
    rays = -axes[2] + (away * np.cos(turn))[:, None] * axes[0] + (away * np.sin(turn))[:, None] * axes[1]
    return rays / np.linalg.norm(rays, axis=1)[:, None]


def met(places, rays, center, radius):
    """Whether rays (m, 3) from places (n, 3) meet a ball, (n, m)."""
    away = np.asarray(center) - places
    along = away @ rays.T
    return (along > 0) & ((away**2).sum(axis=1)[:, None] - along**2 < radius**2)


@pytest.mark.parametrize("tilt", [0.0, 30.0])
@pytest.mark.parametrize("height", [0.3, 0.55, 0.8, 1.0])
def test_the_edge_of_a_shadow_is_as_wide_as_the_sun_makes_it(tilt, height):
    lean = math.radians(tilt)
    direction = (math.sin(lean), 0.0, -math.cos(lean))
    found = shadow([rectangle((-2, -2), (0, 2), height), rectangle((-2, -2), (2, 2), 0.0)], direction, 5.0)
    middle, x = height * math.tan(lean), np.linspace(-0.1, 0.1, 801)
    places = np.column_stack([middle + x, np.full_like(x, 0.123), np.zeros_like(x)])
    light = lit(found, places, np.tile(UP, (len(x), 1)))
    rays = disk(direction, 5.0)
    expected = (places[:, :1] + height * rays[:, 0] / rays[:, 2] > 0).mean(axis=1)
    widths = [np.diff(np.interp([0.1, 0.9], np.maximum.accumulate(one), x))[0] for one in (light, expected)]
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
    assert np.abs(light - expected).max() < 0.12
    assert np.abs(np.diff(light)).max() < 0.02  # smooth


@pytest.mark.parametrize("angle", [0.0, 5.0])
def test_a_ball_on_a_plane_throws_its_shadow_and_does_not_hide_itself(angle):
    direction = (0.6, 0.0, -0.8)
    found = shadow([spheres([(0, 0, 0.5)], [0.5]), rectangle((-2, -2), (2, 2), 0.0)], direction, angle)
    x, y = np.meshgrid(np.linspace(-0.3, 1.3, 81), np.linspace(-0.7, 0.7, 61))
    places = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    light = lit(found, places, np.tile(UP, (len(places), 1)))
    expected = 1 - met(places, disk(direction, angle, 256 if angle else 1), (0, 0, 0.5), 0.5).mean(axis=1)
    assert np.sqrt(np.mean((light - expected) ** 2)) < (0.03 if angle == 0 else 0.02)
    contact = np.hypot(places[:, 0], places[:, 1]) < 0.05
    assert light[contact & (expected == 0)].max() < 0.05
    normals = np.random.default_rng(1).normal(size=(2000, 3))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    facing = -normals @ np.array(direction)
    light = lit(found, (0, 0, 0.5) + 0.5 * normals, normals)
    assert light[(facing > 0.1) & (normals[:, 2] > -0.8)].min() > 0.999


def test_a_lamp_throws_shadows_without_a_seam_between_the_sides_of_its_cube():
    places = np.random.default_rng(2).normal(size=(60, 3))
    places *= (0.6 / np.linalg.norm(places, axis=1))[:, None]
    found = shadow(
        [spheres(places, np.full(60, 0.06)), *(rectangle((-2, -2), (2, 2), z) for z in (-1.0, 1.0))],
        ORIGIN,
        kind="point",
    )
    assert len(found.maps) == 6
    # A line on the ceiling that crosses an edge and the corners of the cube.
    x = np.linspace(-1.6, 1.6, 4001)
    there = np.column_stack([x, 0.93 * x + 0.04, np.ones_like(x)])
    light = lit(found, there, np.tile(-UP, (len(x), 1)))
    rays = -there / np.linalg.norm(there, axis=1)[:, None]
    reach = np.linalg.norm(there, axis=1)
    expected = np.ones(len(x))
    for one in places:
        along = ((one - there) * rays).sum(axis=1)
        expected[(along < reach) & (((one - there) ** 2).sum(axis=1) - along**2 < 0.06**2)] = 0
    assert 0.02 < expected.mean() < 0.98
    assert np.sqrt(np.mean((light - expected) ** 2)) < 0.09
    assert (np.abs(light - expected) > 0.6).mean() < 0.005


def test_a_tube_is_as_deep_as_balls_along_it():
    ends = np.array([(-0.5, -0.3, 0.2), (0.6, 0.4, -0.3)])
    along = np.linspace(0, 1, 400)[:, None]
    tube = Lines(ORIGIN, ends.astype(np.float32), np.array([0, 2]), np.full(2, 0.2, np.float32), np.ones(2, np.float32))
    row = spheres(ends[0] * (1 - along) + ends[1] * along, np.full(400, 0.2))
    for kind, vector in (("sun", (0.0, 0.6, -0.8)), ("point", (0.3, -0.2, 1.2))):
        for one, other in zip(*(shadow([part], vector, kind=kind).maps for part in (tube, row)), strict=True):
            covered = np.isfinite(one.depths), np.isfinite(other.depths)
            assert (covered[0] != covered[1]).sum() <= 30
            both = covered[0] & covered[1]
            assert (np.abs(one.depths[both] - other.depths[both]) > 0.01).sum() <= 60


def test_a_map_depends_neither_on_the_order_nor_on_what_moves_elsewhere():
    rng = np.random.default_rng(3)
    places, radii = rng.uniform(-1, 1, (500, 3)), rng.uniform(0.02, 0.1, 500)
    places[:2] = (-1.2, -1.2, -1.2), (1.2, 1.2, 1.2)
    order = rng.permutation(500)
    first, second = (
        shadow([spheres(places[o], radii[o])], (0.6, 0.0, -0.8), 2.0).maps[0] for o in (np.arange(500), order)
    )
    assert (first.depths == second.depths).all()
    assert first.coarser is not None
    assert second.coarser is not None
    assert (first.coarser == second.coarser).all()
    places[0] -= 0.01  # the box around them grows a little
    moved = shadow([spheres(places, radii)], (0.6, 0.0, -0.8), 2.0).maps[0]
    there = np.column_stack([rng.uniform(-0.5, 0.5, (500, 2)), np.full(500, -1.5)])
    before, after = (lit(Shadow(1.0, (one,)), there) for one in (first, moved))
    assert np.abs(before - after).max() < 1e-5


def test_only_what_is_opaque_is_in_a_map():
    assert (
        shadow_of(Casters((), np.array([(0.0, 1.0)] * 3)), Light("sun", (0, 0, -1.0), (1, 1, 1), 1.0, shadow=1.0))
        is None
    )
    found = shadow([spheres([(-0.5, 0, 0)], [0.2], 0.5), spheres([(0.5, 0, 0)], [0.2])], (0, 0, -1.0))
    light = lit(found, np.array([(0.5, 0, -1.0)]))
    assert light[0] == 0
    assert np.isfinite(found.maps[0].depths).sum() == pytest.approx(
        math.pi * (0.2 / found.maps[0].texel) ** 2, rel=0.01
    )


@pytest.mark.parametrize(("kind", "vector"), [("sun", (1.0, 0.0, 0.0)), ("point", (0.0, 0.0, 0.0))])
def test_things_without_an_area_throw_no_shadow(kind, vector):
    found = shadow([rectangle((-1, -1), (1, 1), 0.0), spheres([(0, 0, 0)], [0.0])], vector, 2.0, kind)
    assert lit(found, np.array([(1.5, 0.3, 1.0), (-1.5, 0.3, -1.0)])) == pytest.approx([1.0, 1.0])
