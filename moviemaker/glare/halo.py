"""How wide the light of a point is spread: a sum of Gaussians in angle.

Between some minutes of arc and ten degrees, the light that an eye scatters falls with the third to the second power of
the angle: G. Spencer and others, "Physically-based glare effects for digital images", SIGGRAPH 1995. Gaussians of
widths in steps of four come near to that. Diffraction spreads red wider than blue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = ((1.0, 0.60), (4.0, 0.28), (16.0, 0.12))
"""Widths, in units of the narrowest one, and the shares of the light that is spread."""

_COLORS = (1.08, 1.0, 0.92)
"""Widths of red, green and blue, in units of that of green."""

_FULL_WIDTH = 2 * math.sqrt(2 * math.log(2))
"""Full width at half maximum of a Gaussian whose standard deviation is 1."""


@dataclass(frozen=True)
class Gaussian:
    """A part of the light that is spread.

    Attributes:
        deviations: standard deviations for red, green and blue, radians.
        share: of the light.
    """

    deviations: tuple[float, float, float]
    share: float


def halo(width: float) -> tuple[Gaussian, ...]:
    """The Gaussians of an eye, whose shares are 1 together.

    Args:
        width: full width at half maximum of the narrowest one, radians.
    """
    one = width / _FULL_WIDTH
    return tuple(
        Gaussian((_COLORS[0] * step * one, _COLORS[1] * step * one, _COLORS[2] * step * one), share)
        for step, share in _STEPS
    )
