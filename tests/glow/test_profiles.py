"""The polynomials of the profiles against the formulas that they approximate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad, trapezoid

from moviemaker.glow.kernels import PROFILES

U = np.linspace(0, 1, 401)


def fitted(name: str, u: np.ndarray) -> np.ndarray:
    s = 1 - u
    return (s * np.polynomial.polynomial.polyval(s, PROFILES[name].coefficients)) ** 2


def cubic_spline(r: float) -> float:
    """The kernel of smoothing length 1, not normalised: 1 - 3/2 r^2 + 3/4 r^3 up to 1, (2 - r)^3 / 4 up to 2."""
    return 1 - 1.5 * r * r + 0.75 * r**3 if r < 1 else max(2 - r, 0) ** 3 / 4


def projected_spline(q: float) -> float:
    edges = [math.sqrt(1 - q * q)] if q < 1 else None
    return 2 * quad(lambda z: cubic_spline(math.hypot(q, z)), 0, math.sqrt(max(4 - q * q, 0)), points=edges)[0]


def test_the_gaussian_profile_is_a_gaussian():
    profile = PROFILES["gaussian"]
    distance = profile.reach * np.sqrt(U)
    assert fitted("gaussian", U) == pytest.approx(np.exp(-4 * math.log(2) * distance**2), abs=2.6e-3)
    assert fitted("gaussian", np.array([0.25 / profile.reach**2])) == pytest.approx(0.5, abs=2.6e-3)


def test_the_sph_profile_is_the_projected_cubic_spline():
    expected = np.array([projected_spline(2 * math.sqrt(u)) for u in U]) / projected_spline(0)
    assert fitted("sph", U) == pytest.approx(expected, abs=1.5e-3)


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_are_one_in_the_middle_and_fall_to_zero_without_a_step(name):
    values = fitted(name, U)
    assert values[0] == pytest.approx(1, abs=3e-5)
    assert values[-1] == 0
    assert values.min() >= 0


@pytest.mark.parametrize("name", PROFILES)
def test_area_and_deviation_belong_to_the_polynomial(name):
    profile, fine = PROFILES[name], np.linspace(0, 1, 100001)
    values = fitted(name, fine)
    assert trapezoid(values, fine) == pytest.approx(profile.area, rel=1e-4)
    variance = profile.reach**2 / 2 * trapezoid(values * fine, fine) / profile.area
    assert math.sqrt(variance) == pytest.approx(profile.deviation, rel=0.01)
