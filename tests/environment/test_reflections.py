"""The sky blurred as rough surfaces reflect it."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.props import Reflections
from moviemaker.environment.irradiance import row_angles
from moviemaker.environment.reflections import LEVELS, reflections_of


def level(found: Reflections, number: int) -> np.ndarray:
    """The texels of a level, without those beyond its edges."""
    first = sum(width // 2 + 2 for width in found.widths[:number])
    width = found.widths[number]
    return found.texels[first + 1 : first + 1 + width // 2, 1 : 1 + width]


def test_even_light_stays_as_it_is_at_every_roughness():
    for light in (np.full((64, 1, 3), 2.0), np.full((64, 128, 3), 2.0)):
        found = reflections_of(light)
        for number in range(LEVELS):
            assert level(found, number) == pytest.approx(2.0, abs=1e-5)


def test_a_sky_without_longitudes_is_blurred_as_one_with_them():
    rows = np.random.default_rng(3).random((64, 1, 3))
    narrow, wide = reflections_of(rows), reflections_of(np.repeat(rows, 128, axis=1))
    for number in range(3, LEVELS):
        assert level(narrow, number) == pytest.approx(level(wide, number), abs=0.01)


@pytest.mark.parametrize(("number", "alpha", "wide"), [(4, 1 / 8, 2), (7, 1.0, 4)])
def test_a_dot_becomes_the_lobe_of_microfacets_wherever_it_is(number, alpha, wide):
    latitude, _ = row_angles(64 // wide)
    for row, column in ((32 // wide, 20), (12 // wide, 0), (0, 70 // wide)):
        light = np.zeros((64, 128, 3))
        light[wide * row : wide * (row + 1), wide * column : wide * (column + 1)] = 1.0
        found = level(reflections_of(light), number)[..., 0]
        columns = found.shape[1]
        latitudes, part = row_angles(columns // 2)
        turn = 2 * np.pi * ((np.arange(columns) + 0.5) / columns - (column + 0.5) * wide / 128)
        cosine = np.sin(latitude[row]) * np.sin(latitudes)[:, None]
        cosine = cosine + np.cos(latitude[row]) * np.cos(latitudes)[:, None] * np.cos(turn)
        lobe = np.maximum(cosine, 0) / ((1 + cosine) / 2 * (alpha**2 - 1) + 1) ** 2
        lobe /= (lobe * part[:, None] / columns).sum()
        found = found / (found * part[:, None] / columns).sum()
        assert found == pytest.approx(lobe, abs=0.12 * float(lobe.max()))


def test_texels_beyond_the_edges_are_those_that_follow_on_the_sphere():
    light = np.random.default_rng(4).random((64, 128, 3))
    found = reflections_of(light)
    bordered = found.texels[:66, :130]
    assert (bordered[1:-1, 0] == bordered[1:-1, -2]).all()
    assert (bordered[1:-1, -1] == bordered[1:-1, 1]).all()
    assert (bordered[0, 1:65] == bordered[1, 65:129]).all(), "beyond the pole lies the other side"
    assert (bordered[-1, 65:129] == bordered[-2, 1:65]).all()
