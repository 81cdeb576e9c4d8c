"""Props have bounds, and can be moved and scaled."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.clips import ClipBox, ClipPlane, ClipSphere, kept
from moviemaker.core.coordinates import ArrayMemo, Rescaling, Translation
from moviemaker.core.fields import Cells
from moviemaker.core.props import (
    Glow,
    Glyphs,
    Isosurface,
    Light,
    Palette,
    Slice,
    Surface,
    TransferFunction,
    Tubes,
    Volume,
)

POINTS = np.array([[0.0, 1, 2], [3, -1, 0], [1, 5, 4]])
ONES, COLORS = np.ones(3), np.zeros((3, 4), np.uint8)
TRANSFER = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0, 0), (1, 1)))
FIELD = np.zeros((3, 4, 5), np.float32)
CLIPS = (ClipBox((0, 0, 0), (1, 1, 1)), ClipPlane((1, 0, 0), (0, 0, 1)), ClipSphere((0, 1, 0), 2.0))
VOLUME = Volume(FIELD, (1, 2, 3), (1, 2, 3), TRANSFER, 1.0, 8.0, 0.5, "composite", False,
                gradient=((1.0, 0.0), (2.0, 1.0)), clips=CLIPS)  # fmt: skip
PALETTE = Palette(np.ones((2, 3)), 0.0, 1.0)
OTHERS = [
    Isosurface(FIELD, (1, 2, 3), (1, 2, 3), (0.5,), np.ones((1, 3)), 1.0, True),
    Surface(POINTS, Cells(np.array([0, 3]), np.arange(3)), (1, 1, 1), 1.0, True),
    Slice(POINTS, np.zeros((3, 2)), np.zeros((2, 2)), PALETTE, 1.0, False),
    Glyphs("sphere", POINTS, ONES, COLORS, True),
    Glyphs("dot", POINTS, ONES, COLORS, True),
    Tubes(POINTS, np.array([0, 3]), ONES, COLORS, True),
    Glow(POINTS, ONES, COLORS[:, :3], ONES, total=True),
]
ALL = [VOLUME, *OTHERS]


@pytest.mark.parametrize("prop", ALL, ids=lambda prop: type(prop).__name__)
def test_bounds_move_and_scale_with_the_prop(prop):
    np.testing.assert_array_equal(prop.moved((1.0, 2.0, 4.0)).bounds, prop.bounds + np.array([[1], [2], [4]]))
    np.testing.assert_array_equal(prop.scaled(4.0).bounds, prop.bounds / 4)


def test_bounds_of_a_field_are_those_of_its_samples():
    np.testing.assert_array_equal(VOLUME.bounds, [[1, 3], [2, 8], [3, 15]])


def test_bounds_leave_out_points_that_are_not_finite():
    lost = Glyphs("sphere", np.array([[np.nan, 9, 9], [1, 2, 3]]), ONES[:2], COLORS[:2], True)
    np.testing.assert_array_equal(lost.bounds, [[1, 1], [2, 2], [3, 3]])
    assert not np.isfinite(Glyphs("sphere", np.zeros((0, 3)), ONES[:0], COLORS[:0], True).bounds).any()


def test_lengths_and_what_depends_on_them_are_scaled():
    volume = VOLUME.scaled(2.0)
    assert (volume.spacing, volume.unit_distance, volume.step) == ((0.5, 1.0, 1.5), 4.0, 0.25)
    assert volume.gradient == ((2.0, 0.0), (4.0, 1.0))
    assert OTHERS[3].scaled(2.0).size.tolist() == [0.5] * 3
    assert OTHERS[4].scaled(2.0).size is ONES  # pixels
    assert OTHERS[5].scaled(2.0).width.tolist() == [0.5] * 3
    assert OTHERS[6].scaled(2.0).brightness.tolist() == [0.25] * 3  # radiance times area


def test_clips_and_lights_go_with_the_props():
    points = np.random.default_rng(1).uniform(-2, 2, (200, 3))
    expected = kept(points, CLIPS)
    moved = tuple(clip.mapped(Translation((8.0, -4.0, 2.0))) for clip in CLIPS)
    np.testing.assert_array_equal(kept(np.add(points, [8, -4, 2]), moved), expected)
    np.testing.assert_array_equal(kept(points / 4, tuple(clip.mapped(Rescaling(4.0)) for clip in CLIPS)), expected)
    sun, lamp = (Light(kind, (4.0, 0.0, 0.0), (1, 1, 1), 1.0) for kind in ("sun", "point"))
    assert sun.mapped(Rescaling(4.0)) is sun
    assert lamp.mapped(Rescaling(4.0)).vector == (1.0, 0.0, 0.0)


def test_an_array_that_comes_again_is_the_same_array_again():
    memo = ArrayMemo()
    first = OTHERS[3].scaled(2.0, memo)
    memo.begin()
    again = OTHERS[5].scaled(2.0, memo)
    assert again.position is first.position
    memo.begin()
    memo.begin()
    assert OTHERS[3].scaled(2.0, memo).position is not first.position
