"""The sky in scenes whose open part is known in closed form, and what must not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.fields import Cells as Polygons
from moviemaker.core.props import Glyphs, Sky, Surface, TransferFunction, Volume
from moviemaker.shade.casters import CasterMaker
from moviemaker.shade.levels import plan_levels
from moviemaker.shade.lookup import sky_at
from moviemaker.shade.skies import sky_levels

FAR = 1e9


def balls(position, radius, shape="sphere", alpha=255):
    position = np.asarray(position, float).reshape(-1, 3)
    size = np.broadcast_to(2.0 * np.asarray(radius, float), len(position)).copy()
    return Glyphs(shape, position, size, np.full((len(position), 4), alpha, np.uint8), True)


def sheet(*corners):
    """A parallelogram by its first corner and two neighbours of it, in 32 x 32 pieces."""
    a, b, c = (np.array(corner, float) for corner in corners)
    n = 33
    u, v = (each.ravel() for each in np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n), indexing="ij"))
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    i = np.arange(n * n).reshape(n, n)
    quads = np.stack([i[:-1, :-1], i[1:, :-1], i[1:, 1:], i[:-1, 1:]], axis=-1).reshape(-1, 4)
    polys = Polygons(np.arange(0, quads.size + 1, 4), quads.ravel())
    return Surface(points, polys, (1, 1, 1), 1.0, True)


def sky(*props, reach=FAR):
    casters = CasterMaker().of(props)
    return Sky(sky_levels(casters, plan_levels(casters, reach), reach), 1.0)


def at(found, place, normal):
    return sky_at(found, np.array([place], float), np.array([normal], float))[0]


def test_a_ball_over_a_plane_hides_what_its_disk_covers():
    ground = sheet([-6, -6, 0], [6, -6, 0], [-6, 6, 0])
    found = sky(ground, balls([[0, 0, 2]], 1.0))
    for x in (0.0, 1.0, 2.0, 3.0):
        # A ball of radius r at the distance d, in the direction of the angle a from the normal: (r / d)^2 cos a.
        away = np.hypot(x, 2)
        assert at(found, [x, 0, 0], [0, 0, 1]) == pytest.approx(1 - (1 / away) ** 2 * 2 / away, abs=0.13)


def test_the_bottom_of_a_slit_sees_the_sine_of_half_of_its_opening():
    walls = (
        sheet([-1, -20, 0], [1, -20, 0], [-1, 20, 0]),
        sheet([-1, -20, 0], [-1, 20, 0], [-1, -20, 2]),
        sheet([1, -20, 0], [1, 20, 0], [1, -20, 2]),
    )
    found = sky(*walls)
    assert at(found, [0, 0, 0], [0, 0, 1]) == pytest.approx(1 / np.sqrt(5), abs=0.08)
    assert at(found, [-1, 0, 2], [-1, 0, 0]) == pytest.approx(1.0, abs=0.05)


def test_a_wall_hides_half_of_the_sky_of_the_floor_at_its_foot():
    found = sky(sheet([0, -8, 0], [8, -8, 0], [0, 8, 0]), sheet([0, -8, 0], [0, 8, 0], [0, -8, 8]))
    for x in (0.5, 1.0, 2.0, 4.0):
        # A wall of height h that is very wide hides (1 - x / sqrt(x^2 + h^2)) / 2.
        hidden = (1 - x / np.hypot(x, 8)) / 2
        assert at(found, [x, 0, 0], [0, 0, 1]) == pytest.approx(1 - hidden, abs=0.12)


def test_places_in_a_medium_see_what_it_lets_through():
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0.0, 0.5), (1.0, 0.5)))
    values = np.ones((41, 41, 41), np.float32)
    prop = Volume(values, (-20.0,) * 3, (1.0,) * 3, transfer, 1.0, 20 * np.log(2), 1.0, "composite", True)
    axes = np.stack(np.meshgrid(*(np.arange(41) - 20,) * 3, indexing="ij"), axis=-1)
    values[np.linalg.norm(axes, axis=-1) > 20] = np.nan
    found = sky(prop)
    assert sky_at(found, np.zeros((1, 3)))[0] == pytest.approx(np.exp(-1), abs=0.02)


def test_what_is_far_away_hides_less():
    ball = balls([[0, 0, 0]], 1.0)
    ground = replace(sheet([-1, -1, -4], [1, -1, -4], [-1, 1, -4]), casts=False)
    near, far = (sky(ball, ground, reach=reach) for reach in (3.0, FAR))
    hidden = 1 - at(far, [0, 0, -4], [0, 0, 1])
    assert 1 - at(near, [0, 0, -4], [0, 0, 1]) == pytest.approx(hidden * np.exp(-3 / 3), abs=0.02)


def test_translucent_things_hide_by_their_opacity():
    hidden = []
    for alpha in (255, 128, 32):
        found = sky(sheet([-8, -8, 0], [8, -8, 0], [-8, 8, 0]), balls([[0, 0, 3]], 2.0, alpha=alpha))
        hidden.append(1 - at(found, [0, 0, 0], [0, 0, 1]))
    assert hidden[0] > hidden[1] + 0.05 > hidden[2] + 0.1


def test_nothing_jumps_when_things_move_by_a_part_of_a_cell():
    rng = np.random.default_rng(5)
    cluster = rng.random((400, 3)) * 10
    steady, mover = balls(cluster, 0.5), np.array([5.0, 5.0, 5.0])
    places = cluster[:100] + np.array([0, 0, 0.5])
    seen = []
    for step in range(9):
        found = sky(steady, balls([mover + step * np.array([0.02, 0.013, 0.007])], 0.6))
        seen.append(sky_at(found, places, np.tile([0.0, 0.0, 1.0], (100, 1))))
    assert np.abs(np.diff(seen, axis=0)).max() < 2 / 255


def test_cells_lie_at_whole_multiples_of_their_width_wherever_the_scene_ends():
    rng = np.random.default_rng(6)
    cluster = rng.random((300, 3)) * 10
    one = CasterMaker().of([balls(cluster, 0.5)])
    two = CasterMaker().of([balls(np.concatenate([cluster, [[10.7, 3, 3]]]), 0.5)])
    (first,), (second,) = plan_levels(one, 1.0), plan_levels(two, 1.0)
    assert first.width == second.width
    np.testing.assert_array_equal(np.array(first.first)[1:], np.array(second.first)[1:])


def test_a_small_thing_in_a_large_scene_gets_finer_cells_of_its_own():
    rng = np.random.default_rng(7)
    molecule = rng.normal(size=(500, 3)) * 3 + 500
    props = (balls(molecule, 1.0), sheet([0, 0, 480], [1000, 0, 480], [0, 1000, 480]))
    found = sky(*props, reach=150.0)
    assert len(found.levels) > 1
    assert found.levels[0].width < 2
    for finer, coarser in zip(found.levels[:-1], found.levels[1:], strict=True):
        size = np.array(coarser.values.shape[:3]) - 1
        assert (np.array(finer.origin) >= coarser.origin).all()
        last = np.array(finer.origin) + finer.width * (np.array(finer.values.shape[:3]) - 1)
        assert (last <= np.array(coarser.origin) + coarser.width * size).all()
    # The floor is far outside of the finest level, and hides the lower half of the molecule's sky.
    alone = sky(props[0], reach=150.0)
    below = molecule[molecule[:, 2].argmin()] - [0, 0, 1]
    assert at(found, below, [0, 0, -1]) < at(alone, below, [0, 0, -1]) - 0.45
    above = molecule[molecule[:, 2].argmax()] + [0, 0, 1]
    assert at(found, above, [0, 0, 1]) == pytest.approx(at(alone, above, [0, 0, 1]), abs=0.05)


def test_the_same_scene_has_the_same_bytes_on_any_number_of_cores():
    from moviemaker.core.jit import numba

    prop = balls(np.random.default_rng(8).random((200, 3)) * 10, 0.7)
    first = sky(prop).levels[0].values
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        np.testing.assert_array_equal(sky(prop).levels[0].values, first)
    finally:
        numba.set_num_threads(before)


def test_thin_lines_around_everything_do_not_make_its_middle_coarse():
    from moviemaker.core.props import Tubes

    molecule = np.random.default_rng(9).normal(size=(500, 3)) * 3
    ends = np.array([[-500, -500, -500], [500, 500, 500], [-500, 500, 0], [500, -500, 0]], float)
    lines = Tubes(ends, np.array([0, 2, 4]), np.full(4, 0.5), np.full((4, 4), 255, np.uint8), True)
    casters = CasterMaker().of([balls(molecule, 1.0), lines])
    places = plan_levels(casters, 100.0)
    assert len(places) == 2
    assert places[0].width < 1.5


def test_a_flat_surface_is_even_however_it_lies_among_the_cells():
    leaning = sheet([-6, -6, -0.3], [6, -6, 0.3], [-6, 6, -0.3])
    found = sky(leaning, reach=3.0)
    x, y = np.random.default_rng(10).uniform(-4, 4, (2, 500))
    normal = np.array([-0.05, 0, 1]) / np.hypot(1, 0.05)
    seen = sky_at(found, np.column_stack([x, y, 0.05 * x]), np.tile(normal, (500, 1)))
    assert seen.min() > 0.97
