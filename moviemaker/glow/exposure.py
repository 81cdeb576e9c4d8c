"""The exposure and the contrast of light, from how much of it lies in the pixels of a film.

Light is counted in bins of equal ratios. For every exposure and contrast of a lattice, the tone curve then tells what
the pixels would look like, and the pair is taken that comes nearest to a good picture: some of the lit pixels are
white, few of them, and half of them are neither dark nor bright. A contrast other than 1 is taken only where light
itself cannot give that: where all of it is alike, or where it spans more than a screen does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.colors import linear_from_srgb, srgb_from_linear

WHITE_SHARE = 0.02
"""Share of the lit pixels that are to be white."""

LEAST_WHITE, MOST_WHITE = 0.004, 0.09
"""Between these shares of white pixels a picture is good."""

MIDDLE = 80.0
"""Value of 255 that half of the lit pixels are to exceed."""

DARKEST, BRIGHTEST = 32.0, 135.0
"""Between these medians a picture is good."""

_CONTRASTS = np.exp2(np.arange(-12, 21) / 4)
_STEPS = np.linspace(-4, 6, 61)
"""Logarithms of the light that becomes of the reference, which the brightest pixels have."""

_SHIFT = 17
_BINS = 1 << (31 - _SHIFT)
_INFINITE = 0x7F800000 >> _SHIFT


@dataclass(frozen=True)
class Exposure:
    """How light is exposed: it becomes `(exposure * light) ^ contrast`.

    Attributes:
        exposure: factor on the light.
        contrast: power, of what the factor gives.
    """

    exposure: float
    contrast: float


def count_light(light: np.ndarray, seen: np.ndarray | None = None) -> np.ndarray:
    """Counts the lit pixels of a picture by the light in the brightest of their channels.

    Args:
        light: (3, H, W) float32, linear.
        seen: (H, W) bool, the pixels that count (default: all).

    Returns:
        (BINS,) int64, of 64 bins for each factor of two; counts of several pictures may be added.
    """
    brightest = light.max(axis=0)
    values = brightest[brightest > 0] if seen is None else brightest[(brightest > 0) & seen]
    counts = np.bincount(values.view(np.uint32) >> _SHIFT, minlength=_BINS)
    counts[_INFINITE:] = 0
    return counts


def exposure_for(pictures: Sequence[np.ndarray], contrast: float | None = None) -> Exposure | None:
    """The exposure and the contrast that make good pictures of some light.

    Args:
        pictures: counts of the pixels of each, as `count_light` gives them.
        contrast: a given contrast (default: one near 1 that will do).

    Returns:
        None without light.
    """
    lit = [counts for counts in pictures if counts.any()]
    if not lit:
        return None
    spreads = [_Spread.of(counts) for counts in lit]
    middle = float(np.mean([spread.bright for spread in spreads]))
    powers = _CONTRASTS if contrast is None else np.array([contrast])
    costs = np.array([sum(spread.costs(power, middle) for spread in spreads) for power in powers]) / len(spreads)
    costs += np.abs(np.log(powers))[:, None]
    best, step = np.unravel_index(int(np.argmin(costs)), costs.shape)
    power = float(powers[best])
    return Exposure(float(np.exp(_STEPS[step] / power - middle)), power)


@dataclass(frozen=True, eq=False)
class _Spread:
    """How the light of a picture is spread over its pixels.

    Attributes:
        logs: (n,) logarithms of the light, descending.
        totals: (n,) numbers of pixels that have at least this light.
        bright: logarithm of the light that a few pixels exceed.
    """

    logs: np.ndarray
    totals: np.ndarray
    bright: float

    @classmethod
    def of(cls, counts: np.ndarray) -> _Spread:
        """The spread of counted pixels, some of which have light."""
        filled = np.flatnonzero(counts)[::-1]
        light = ((filled.astype(np.uint32) << _SHIFT) + (1 << (_SHIFT - 1))).view(np.float32)
        logs, totals = np.log(light.astype(np.float64)), np.cumsum(counts[filled])
        return cls(logs, totals, float(logs[np.searchsorted(totals, WHITE_SHARE * totals[-1])]))

    def costs(self, power: float, middle: float) -> np.ndarray:
        """How far from a good picture this one is at a contrast, (m,), if `middle` becomes each of `_STEPS`."""
        logs = power * (self.logs - middle)
        lit = self._pixels(logs, _CAN_BE_SEEN)
        some = np.maximum(lit, 1)
        white, near = (self._pixels(logs, least) / some + 1e-6 for least in (_WHITE, _NEARLY_WHITE))
        median = logs[np.searchsorted(self.totals, some / 2)] + _STEPS
        value = 255 * srgb_from_linear(-np.expm1(-np.exp(np.clip(median, -30, 30)))) + 1e-6
        cost = 0.3 * np.abs(np.log(white / WHITE_SHARE)) + np.abs(np.log(value / MIDDLE))
        for excess in (LEAST_WHITE / white, near / MOST_WHITE, DARKEST / value, value / BRIGHTEST):
            cost += 20 * np.maximum(np.log(excess), 0)
        return np.asarray(np.where(lit > 0, cost, 1e3))

    def _pixels(self, logs: np.ndarray, least: float) -> np.ndarray:
        """The numbers of pixels (m,) whose light, with the logarithms `logs` and one of `_STEPS`, is at least this."""
        counts = np.searchsorted(-logs, _STEPS - least, side="right")
        return np.where(counts > 0, self.totals[np.maximum(counts, 1) - 1], 0)


def _log_light(value: float) -> float:
    """The logarithm of the light that is shown with a value of 255."""
    return float(np.log(-np.log1p(-linear_from_srgb(np.array(value / 255)))))


_CAN_BE_SEEN, _NEARLY_WHITE, _WHITE = (_log_light(value) for value in (0.5, 249.5, 254.5))
