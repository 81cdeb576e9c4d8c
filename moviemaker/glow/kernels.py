"""Profiles: how the light of a particle falls off around its direction, as polynomials that are fast to evaluate.

Let u be the square of the distance over the square of the profile's reach. A profile is the square of
`c0 s + c1 s^2 + c2 s^3 + c3 s^4` with `s = 1 - u`. It is 1 in the middle, never negative, and falls to 0 at the reach
without a step. The coefficients are a least-squares fit that keeps the integral; a test compares it with the formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Coefficients = tuple[float, float, float, float]
Weights = tuple[np.float32, np.float32, np.float32, np.float32]
"""Coefficients for compiled functions."""


@dataclass(frozen=True)
class Profile:
    """One profile.

    Attributes:
        coefficients: c0 to c3.
        reach: the reach, for a size of 1.
        deviation: the standard deviation along one axis, for a size of 1.
        area: the integral of the profile over u from 0 to 1; the integral over the plane is `pi reach^2` times that.
    """

    coefficients: Coefficients
    reach: float
    deviation: float
    area: float

    @property
    def weights(self) -> Weights:
        """The coefficients in single precision."""
        c0, c1, c2, c3 = self.coefficients
        return np.float32(c0), np.float32(c1), np.float32(c2), np.float32(c3)


_SIGMA = 1 / (2 * math.sqrt(2 * math.log(2)))
"""Standard deviation of a Gaussian of full width 1 at half maximum."""

PROFILES = {
    # It ends at 3.5 standard deviations, where a Gaussian is 1/450. The error is nowhere larger than that.
    "gaussian": Profile((0.435725, -0.178237, 0.028324, 0.714188), 3.5 * _SIGMA, _SIGMA, 2 / 3.5**2),
    # The cubic spline M4 integrated along the line of sight: J. J. Monaghan & J. C. Lattanzio, "A refined particle
    # method for astrophysical problems", A&A 149 (1985). It ends at twice the smoothing length.
    "sph": Profile((0.079111, 0.599896, -0.143505, 0.464498), 2.0, math.sqrt(0.3), 1 / 6),
}
