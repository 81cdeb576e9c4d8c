"""The light of ellipses against their profile, evaluated in NumPy for all pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.props import Glow
from moviemaker.glow._projections import PLANE, place
from moviemaker.glow.kernels import PROFILES
from moviemaker.glow.splatting import splat_light
from tests.glow.lens_formulas import LENSES, glow

rng = np.random.default_rng(11)
LENS, EYE, _ = LENSES["perspective"]
SIZE = (640, 400)


def particles(width: float, count: int = 40) -> Glow:
    """Glows of about `width` pixels, so close to the middle of the picture that they are ellipses."""
    away = rng.uniform(3, 9, count)
    ahead = np.stack([rng.uniform(-0.4, 0.4, count), np.ones(count), rng.uniform(-0.4, 0.4, count)], axis=1)
    ahead /= np.linalg.norm(ahead, axis=1)[:, None]
    return glow(ahead * away[:, None], width * away / 286 * rng.uniform(0.7, 1.2, count), rng.uniform(0.1, 1, count))


def expected(many: Glow) -> np.ndarray:
    """The light of white particles, (height, width)."""
    (projection,) = LENS.projections(EYE, SIZE)
    profile, scale = PROFILES["gaussian"], projection.scale[0]
    rows, columns = np.indices(SIZE[::-1]) + 0.5
    made = np.zeros(SIZE[::-1])
    for point, size, bright in zip(many.position, many.size, many.brightness, strict=True):
        away = np.linalg.norm(point)
        x, y, z = np.asarray(projection.axes) @ point / away
        u, v, ex, ey, first, second, _ = place(PLANE, x, y, z)
        radius = profile.reach * 2 * np.arctan(size / 2 / away)
        dx, dy = (columns - projection.middle[0]) / scale - u, (rows - projection.middle[1]) / projection.scale[1] - v
        along, across = (dx * ex + dy * ey) / (radius * first), (dy * ex - dx * ey) / (radius * second)
        s = np.clip(1 - along**2 - across**2, 0, None)
        made += bright * (s * np.polynomial.polynomial.polyval(s, profile.coefficients)) ** 2
    return made


@pytest.mark.parametrize("width", [2.5, 4.0, 6.0, 8.0, 12.0])
def test_an_ellipse_follows_its_profile(width):
    many = particles(width)
    made = splat_light([many], LENS.projections(EYE, SIZE), SIZE)
    truth = expected(many)
    assert truth.max() > 0.5
    assert np.abs(made[0] - truth).max() < 2e-4


@pytest.mark.parametrize("width", [0.3, 4.0, 8.0, 40.0])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_color_for_each_particle_gives_the_light_of_one_color_for_all(width, hidden):
    many = particles(width)
    colors = np.array([[200, 90, 255]], np.uint8)
    walls = np.where(rng.uniform(size=SIZE[::-1]) < 0.5, 6.0, np.inf).astype(np.float32) if hidden else None
    one, each = (
        splat_light([replace(many, colors=given)], LENS.projections(EYE, SIZE), SIZE, walls)
        for given in (colors, np.repeat(colors, len(many.position), axis=0))
    )
    white = splat_light([many], LENS.projections(EYE, SIZE), SIZE, walls)
    assert np.abs(one - each).max() < 2e-6 * one.max()
    assert np.abs(one - white * linear_from_srgb(colors[0] / 255)[:, None, None]).max() < 2e-6 * one.max()
