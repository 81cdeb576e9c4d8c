"""Parts of a grid with several levels: their resolutions, and how levels are computed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from moviemaker.data.pyramids.downsampling import mean
from moviemaker.data.pyramids.regions import Lattice, regions
from tests.data.view_cones import view_cone

LATTICES = [Lattice((1, 1, 1), (1025,) * 3), Lattice((4, 4, 4), (257,) * 3), Lattice((16, 16, 16), (65,) * 3)]


def wanted(seen, most=64**3):
    return regions(seen, LATTICES, most, np.zeros(3), np.ones(3))


@pytest.mark.parametrize("angle", [0.05, 0.5, 1.2, np.pi])
def test_boxes_are_nested_bounded_and_move_without_a_jump(angle):
    def seen(step):
        position = (400 + 200 * step, -1500 + 1900 * step, 500)
        return wanted(view_cone(position, (0.3 * np.sin(3 * step), 1, 0.2), angle, pixel=1e-4))

    def changes(steps):
        weights = [along(seen(step)) for step in steps]
        return [np.abs(b - a).max() for a, b in pairwise(weights)]

    steps = np.linspace(0, 1, 101)
    for step in steps:
        for outer, inner in pairwise(seen(step)):
            assert np.prod(inner.shape) <= 64**3
            assert all(4 * a <= b for a, b in zip(outer.low, inner.low, strict=True))
            assert all(4 * a >= b for a, b in zip(outer.high, inner.high, strict=True))
            # Its weight is 0 on its faces, except on faces of the grid.
            lattice = LATTICES[inner.level]
            for axis, weights in enumerate(inner.weights(lattice.step)):
                assert inner.low[axis] == 0 or weights[0] == 0
                assert inner.high[axis] == lattice.count[axis] - 1 or weights[-1] == 0
    most = int(np.argmax(changes(steps)))
    assert max(changes(np.linspace(steps[most], steps[most + 1], 65))) < 0.15


def along(found):
    """The total weight of the finer levels on a line through the grid."""
    line = np.zeros(1025)
    for region in found[1:]:
        step = LATTICES[region.level].step[1]
        places = np.arange(1025) / step
        x, y, z = region.weights(LATTICES[region.level].step)
        inside = (places >= region.low[1]) & (places <= region.high[1])
        most = float(x.max() * z.max())
        line[inside] += most * np.interp(places[inside], np.arange(region.low[1], region.high[1] + 1), y)
    return line


def test_a_narrow_view_from_afar_is_fine_at_its_target():
    far = view_cone((500, -3000, 500), angle=0.002, pixel=1e-6)
    found = wanted(far)
    assert [region.level for region in found] == [2, 1, 0]
    assert found[-1].low[0] > 450
    assert found[-1].high[0] < 550
    assert [region.level for region in wanted(view_cone((500, -3000, 500), angle=0.3, pixel=1e-6))] == [2]


def test_a_view_all_around_is_finest_nearby():
    found = wanted(view_cone((500, 500, 500), angle=np.pi, pixel=1e-4))
    finest = found[-1]
    assert finest.level == 0
    assert all(low < 500 < high for low, high in zip(finest.low, finest.high, strict=True))


def test_parallel_rays_get_samples_as_fine_as_pixels():
    close = wanted(view_cone((500, -10, 500), angle=0.0, radius=15, pixel=0.2))
    assert close[-1].level == 0
    assert [region.level for region in wanted(view_cone((500, -10, 500), angle=0.0, radius=900, pixel=40))] == [2]


def test_means_skip_samples_that_are_not_finite():
    values = np.random.default_rng(4).random((7, 6, 9)).astype(np.float32)
    values[1, 1, 1], values[4:6, 4:6, 4:6] = np.nan, np.inf
    found = mean(values, (2, 2, 2))
    for index in np.ndindex(found.shape):
        box = values[tuple(slice(2 * i, 2 * i + 2) for i in index)]
        known = box[np.isfinite(box)]
        assert (np.isnan(found[index]) and not len(known)) or found[index] == pytest.approx(known.mean(), rel=1e-5)
