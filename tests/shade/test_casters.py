"""What hides light: the areas, places and opacities of casters that are made of props."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.clips import ClipPlane
from moviemaker.core.fields import Cells
from moviemaker.core.props import Glow, Glyphs, Isosurface, Palette, Slice, Surface, TransferFunction, Tubes, Volume
from moviemaker.shade.casters import CasterMaker, Lines, Spheres, Triangles
from moviemaker.shade.media import Medium

WHITE = np.full((1, 4), 255, np.uint8)
GREY = Palette(np.array([[0.0] * 3, [1.0] * 3]), 0.0, 1.0)
TRANSFER = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0.0, 0.0), (1.0, 0.5)))


def glyphs(shape, size=1.0, count=1, alpha=255, direction=None):
    colors = np.full((count, 4), alpha, np.uint8)
    position = np.arange(3.0 * count).reshape(count, 3)
    return Glyphs(shape, position, np.full(count, size), colors, True, direction)


def volume(values, **changes):
    made = Volume(values, (1.0, 2.0, 3.0), (0.5, 0.5, 0.5), TRANSFER, 1.0, 2.0, 0.5, "composite", True)
    return replace(made, **changes)


def parts(*props):
    return CasterMaker().of(props).parts


def area(triangles):
    a, b, c = triangles.corners.astype(float).transpose(1, 0, 2)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


def test_glyphs_have_the_form_that_is_drawn():
    (ball,) = parts(glyphs("sphere", 3.0))
    assert isinstance(ball, Spheres)
    assert ball.radius.tolist() == [1.5]
    assert ball.opacity.tolist() == [1.0]
    (cube,), (diamond,) = parts(glyphs("cube", 2.0, 5)), parts(glyphs("diamond", 2.0))
    assert area(cube) == pytest.approx(5 * 24)
    assert area(diamond) == pytest.approx(8 * np.sqrt(3) / 2)
    (cone,) = parts(glyphs("cone", 2.0, direction=np.array([[0.0, 0.0, 1.0]])))
    low, high = cone.corners.reshape(-1, 3).min(axis=0), cone.corners.reshape(-1, 3).max(axis=0)
    np.testing.assert_allclose([low[2], high[2]], [1.0, 3.0], atol=1e-6)  # around (0, 1, 2)
    assert 0.34 <= high[0] <= 0.36


def test_a_great_many_glyphs_are_spheres_and_tubes(monkeypatch):
    monkeypatch.setattr("moviemaker.shade.casters.MOST_GLYPHS", 2)
    (cubes,) = parts(glyphs("cube", 1.0, 3))
    assert isinstance(cubes, Spheres)
    (arrows,) = parts(glyphs("arrow", 1.0, 3, direction=np.tile([1.0, 0.0, 0.0], (3, 1))))
    assert isinstance(arrows, Lines)
    assert arrows.offsets.tolist() == [0, 2, 4, 6]
    np.testing.assert_allclose(arrows.position[1] - arrows.position[0], [1, 0, 0], atol=1e-6)


def test_what_has_no_size_or_only_adds_light_hides_nothing():
    field = np.ones((4, 4, 4), np.float32)
    surface = Surface(np.eye(3), Cells(np.array([0, 3]), np.arange(3)), (1, 1, 1), 1.0, True)
    assert not parts(
        glyphs("dot"),
        Glow(np.zeros((1, 3)), np.ones(1), WHITE, np.ones(1)),
        replace(glyphs("sphere"), casts=False),
        glyphs("sphere", alpha=0),
        glyphs("sphere", size=0.0),
        replace(surface, wireframe=True),
        replace(surface, opacity=0.0),
        volume(field, blend="additive"),
        volume(field, blend="maximum"),
        volume(field, shade=False),
    )
    assert parts(surface, volume(field))


def test_bounds_are_those_of_everything_that_is_drawn():
    made = CasterMaker().of([replace(glyphs("sphere", count=2), casts=False), glyphs("dot")])
    assert not made.parts
    assert made.diagonal == pytest.approx(np.sqrt(27))
    assert CasterMaker().of([]).diagonal == 0.0


def test_the_same_arrays_give_the_same_caster_and_a_fade_gives_few():
    maker, prop = CasterMaker(), glyphs("sphere", count=3)
    first = maker.of([prop]).parts[0]
    assert maker.of([replace(prop, colors=prop.colors.copy())]).parts[0] is first
    assert maker.of([replace(prop, position=prop.position.copy())]).parts[0] is not first
    seen = {}
    for alpha in range(256):
        part = maker.of([replace(prop, colors=np.full((3, 4), alpha, np.uint8))]).parts
        seen[part] = alpha
    assert len(seen) == 65


def test_what_a_fading_thing_casts_does_not_depend_on_where_the_fade_was_met_first():
    field = np.broadcast_to(np.linspace(0, 1, 8, dtype=np.float32)[:, None, None], (8, 8, 8))
    iso = Isosurface(field, (0, 0, 0), (1, 1, 1), (0.45,), np.ones((1, 3)), 1.0, True)
    for prop in (volume(field), iso):
        ends = [replace(prop, opacity=opacity) for opacity in (0.4975, 0.5, 0.5025)]
        maker = CasterMaker()
        first = maker.of(ends[:1]).parts
        assert [maker.of([one]).parts for one in ends] == [first] * 3
        (alone,), (part,) = CasterMaker().of(ends[2:]).parts, first
        if isinstance(part, Medium):
            np.testing.assert_array_equal(part.extinction()[0], alone.extinction()[0])
        else:
            np.testing.assert_array_equal(part.opacity, alone.opacity)


def test_surfaces_leave_out_their_invisible_parts():
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [np.nan, 0, 0]], float)
    polys = Cells(np.array([0, 4, 7]), np.array([0, 1, 2, 3, 0, 1, 4]))
    colors = np.full((5, 4), 255, np.uint8)
    colors[2:4, 3] = 0
    (found,) = parts(Surface(points, polys, (1, 1, 1), 0.5, True, colors=colors))
    assert area(found) == pytest.approx(1.0)
    np.testing.assert_allclose(found.opacity, [0.5 * 2 / 3, 0.5 / 3], atol=1e-6)
    (found,) = parts(
        Surface(points, polys, (1, 1, 1), 1.0, True, values=np.array([0, 1, 1, np.nan, 0]), palette=GREY)
    ) or (None,)
    assert area(found) == pytest.approx(0.5)


def test_places_far_from_the_origin_stay_exact():
    prop = replace(glyphs("sphere", count=2), position=np.array([[1e8, 0, 0], [1e8 + 1, 0, 0]]))
    (found,) = parts(prop)
    np.testing.assert_array_equal(found.center + found.origin, prop.position)


def test_a_slice_has_the_holes_of_its_samples():
    values = np.ones((20, 20))
    values[:, 10:] = np.nan
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    coordinates = np.array([[-0.5, -0.5], [19.5, -0.5], [19.5, 19.5], [-0.5, 19.5]])
    (found,) = parts(Slice(corners, coordinates, values, GREY, 1.0, True))
    assert area(found) == pytest.approx(0.5)
    assert found.corners[..., 0].max() == pytest.approx(0.5)
    (found,) = parts(Slice(corners, coordinates, np.ones((20, 20)), GREY, 1.0, True))
    assert area(found) == pytest.approx(1.0)


def test_tubes_go_through_the_lines():
    prop = Tubes(np.eye(3), np.array([0, 3]), np.full(3, 0.2), np.full((3, 4), 255, np.uint8), True)
    (found,) = parts(prop)
    np.testing.assert_array_equal(found.position, np.eye(3))
    np.testing.assert_allclose(found.radius, 0.1)


@pytest.mark.parametrize("turned", [False, True])
def test_an_isosurface_is_where_the_field_has_the_level(turned):
    axes = np.meshgrid(*(np.arange(24) - 11.5,) * 3, indexing="ij")
    away = np.sqrt(sum(axis**2 for axis in axes))
    direction = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) if turned else None
    prop = Isosurface(away, (5.0, 6.0, 7.0), (2.0,) * 3, (8.0,), np.ones((1, 3)), 1.0, True, direction)
    (found,) = parts(prop)
    assert isinstance(found, Triangles)
    middle = np.array([-11.5, 11.5, 11.5] if turned else [11.5] * 3) * 2
    radii = np.linalg.norm(found.corners - middle, axis=2)
    assert 15.9 < radii.min() <= radii.max() < 16.1
    assert area(found) == pytest.approx(4 * np.pi * 256, rel=0.02)
    away[:12] = np.nan
    (half,) = parts(replace(prop, values=away))
    assert 0.4 < area(half) / area(found) < 0.5


def test_caps_close_an_isosurface_at_the_sides_of_the_grid():
    values = np.broadcast_to(np.linspace(0, 1, 11)[:, None, None], (11, 5, 6))
    prop = Isosurface(values, (0, 0, 0), (1, 1, 1), (0.45,), np.ones((1, 3)), 1.0, True)
    (open_one,), (closed,) = parts(prop), parts(replace(prop, caps=(1,)))
    assert area(open_one) == pytest.approx(20)
    assert area(closed) == pytest.approx(2 * (20 + 4 * 5.5 + 5 * 5.5), rel=1e-3)


def medium(values, **changes):
    (found,) = parts(volume(values, **changes))
    assert isinstance(found, Medium)
    return found


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_medium_takes_away_what_its_opacities_say(order):
    values = np.array(np.random.default_rng(1).random((6, 4, 5)), np.float32, order=order)
    found = medium(values)
    depths, matrix = found.extinction()
    expected = -np.log1p(-0.5 * values) / 2.0
    index = np.array(np.unravel_index(np.argmax(depths), depths.shape))
    place = matrix[:3, :3] @ index + matrix[:3, 3]
    i, j, k = np.rint((place - [1, 2, 3]) / 0.5).astype(int)
    assert depths.max() == pytest.approx(expected[i, j, k], rel=1e-3)
    halved, matrix = found.extinction((2, 2, 2))
    assert 0.9 < halved.sum() * 8 / expected.sum() < 1.0  # uneven places let more light through
    np.testing.assert_allclose(matrix[:3, :3] @ [0, 0, 0] + matrix[:3, 3], [1.25, 2.25, 3.25])
    np.testing.assert_allclose(np.abs(matrix[:3, :3]).sum(axis=0), 1.0)


def test_an_even_medium_is_the_same_in_coarser_blocks():
    found = medium(np.full((8, 8, 8), 0.7, np.float32))
    np.testing.assert_allclose(found.extinction((4, 2, 2))[0], found.extinction()[0].mean(), rtol=1e-4)


def test_masks_clips_labels_and_unknown_samples_are_left_out():
    values = np.ones((4, 4, 4), np.float32)
    one = -np.log(0.5) / 2
    values[0, 0, 0] = np.nan
    assert medium(values).extinction()[0].sum() == pytest.approx(63 * one, rel=1e-4)
    values[:] = 1
    mask = np.zeros((4, 4, 4), np.uint8)
    mask[:2], mask[2] = 1, 7
    assert medium(values, mask=mask).extinction()[0].sum() == pytest.approx(48 * one, rel=1e-4)
    assert medium(values, mask=mask, mask_values=(7.0,)).extinction()[0].sum() == pytest.approx(16 * one, rel=1e-4)
    half = ClipPlane((1.75, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert medium(values, clips=(half,)).extinction()[0].sum() == pytest.approx(32 * one, rel=1e-4)
    edge = np.where(np.arange(4) < 1, -1.0, 1.0)[:, None, None] * np.ones((4, 4, 4), np.float32)
    assert medium(values, inside=edge).extinction()[0].sum() == pytest.approx(48 * one, rel=1e-4)
    labels = np.array([3, 9, 4, 9])[:, None, None] * np.ones((4, 4, 4), int)
    assert medium(labels, labels=(9.0,)).extinction()[0].sum() == pytest.approx(32 * one, rel=1e-4)
    ramp = np.broadcast_to(np.arange(4, dtype=np.float32)[:, None, None], (4, 4, 4))
    steep = medium(ramp, gradient=((0.0, 0.0), (4.0, 1.0))).extinction()[0]
    assert steep[2:].mean() == pytest.approx(one / 2, rel=1e-4)  # the field changes by 2 per scene unit
