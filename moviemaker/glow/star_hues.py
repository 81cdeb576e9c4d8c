"""Stars of all hues in the order of their light: what the tone curve takes from coloured ones is made up.

The tone curve bends the largest channel. Of two stars of one luminance, the more colourful one has the larger channel
and loses more: Vega would be shown fainter than Capella. The eye adds up the light of a disc as small as a star's
(Ricco's law), so a star is raised until its disc shows as much luminance as that of a white star. The middle of a
coloured star cannot get as bright as white, but its rim can make up for that. Stars so faint that the tone curve does
not bend them stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.props import Glow
from moviemaker.glow._project_fast import NARROWEST
from moviemaker.glow.kernels import PROFILES
from moviemaker.glow.tone_mapping import PALE, PURE

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

_FIRST, _STEP, _PEAKS = -7.0, 0.125, 193
"""Natural logarithms of light in the middle for which factors are tabulated: so faint that nothing is lost, to 2e7."""

_DARKEST, _PURITY_STEP, _PURITIES = 0.02, 0.02, 50
"""Luminances of colours whose largest channel is 1 for which factors are tabulated: blue has 0.07, white has 1."""


def with_even_hues(stars: Glow, widths: np.ndarray) -> Glow:
    """The same stars with light for which the tone curve shows the same at one luminance, whatever the hue.

    Args:
        stars: as an eye sees them.
        widths: (n,) or (1,), their full widths at half maximum in pixels. The light of stars narrower than a pixel is
            spread out, and bent less.
    """
    linear = linear_from_srgb(stars.colors / 255)
    largest = np.maximum(linear.max(axis=1), 1e-6)
    spread = np.minimum(widths * PROFILES[stars.profile].deviation / NARROWEST, 1.0) ** 2
    peaks = stars.brightness * largest * spread
    return replace(stars, brightness=stars.brightness * _factors(peaks, linear @ _LUMINANCE / largest))


def _factors(peaks: np.ndarray, purities: np.ndarray) -> np.ndarray:
    """Factors on light whose largest channel in the middle is `peaks` (n,), of colours of luminances (n,) or (1,)."""
    factors = np.ones(len(peaks))
    bent = np.flatnonzero(peaks > np.exp(_FIRST))
    across = np.minimum((np.log(peaks[bent]) - _FIRST) / _STEP, _PEAKS - 1.001)
    down = np.clip((purities if len(purities) == 1 else purities[bent]) - _DARKEST, 0, None) / _PURITY_STEP
    down = np.broadcast_to(np.minimum(down, _PURITIES - 1.001), across.shape)
    column, row = across.astype(np.int64), down.astype(np.int64)
    right, low, table = across - column, down - row, _table()
    upper = table[row, column] * (1 - right) + table[row, column + 1] * right
    lower = table[row + 1, column] * (1 - right) + table[row + 1, column + 1] * right
    factors[bent] = upper * (1 - low) + lower * low
    return factors


@cache
def _table() -> np.ndarray:
    """The factors by luminance of the colour and by light in the middle, (_PURITIES, _PEAKS)."""
    logs = _FIRST + _STEP * np.arange(_PEAKS)
    profile = PROFILES["gaussian"]
    s = (np.arange(1000) + 0.5)[:, None] / 1000  # 1 - u; rings of one area
    falloff = sum(c * s ** (k + 1) for k, c in enumerate(profile.coefficients)) ** 2
    light = falloff * np.exp(logs)
    shown = -np.expm1(-light)
    over = np.maximum(light - PURE, 0)
    white = shown * (over / (over + PALE)) ** 2
    coloured, white = (shown - white).mean(axis=0), white.mean(axis=0)
    factors = np.empty((_PURITIES, _PEAKS))
    for row in range(_PURITIES):
        purity = _DARKEST + _PURITY_STEP * row
        wanted = np.interp(logs + np.log(purity), logs, coloured + white, left=0)
        found = np.interp(wanted, purity * coloured + white, logs)
        factors[row] = np.exp(np.where(wanted > 0, np.maximum(found - logs, 0), 0))
    return factors
