"""Levels at which one would draw the surface of a field, such as the map of a molecule's density."""

from __future__ import annotations

import numpy as np

_DEVIATIONS = 1.5
"""Standard deviations above the mean: the contour at which programs that build models into maps start (Coot: P. Emsley
et al., Acta Cryst. D66, 486, 2010)."""
_NOISE = 5.0
"""Standard deviations of the noise of the background above it, below which specks of noise would be drawn ..."""
_LEAST_PART = 0.01
"""... as long as this fraction of the samples remains. If no sample is that high, the most frequent values are not a
background."""
_PART_OF_CHARGE = 0.9
"""Fraction of a density that its surface encloses (M. Haranczyk and M. Gutowski, J. Chem. Theory Comput. 4, 689,
2008)."""
_ALIKE = 0.5
"""Ratio of the lowest to the highest value, in size, from which on a field has two lobes of different signs."""
_BINS = 256
_SMOOTHED = 9
"""Bins that are taken together where the most frequent value is sought."""


def map_level(values: np.ndarray) -> float:
    """The level of a map of density, such as one of electron microscopy or of crystallography.

    It is 1.5 standard deviations above the mean, and higher where noise around the most frequent value would reach it.

    Args:
        values: finite values (n,), at least one.
    """
    values = np.asarray(values, np.float64)
    level = float(values.mean() + _DEVIATIONS * values.std())
    counts, edges = np.histogram(values, _BINS, (float(values.min()), float(values.max()) or 1.0))
    around = np.convolve(counts, np.ones(_SMOOTHED), "same").argmax()
    most = float(edges[around] + edges[around + 1]) / 2
    below = values[values <= most]
    noise = float(np.sqrt(np.mean((below - most) ** 2))) if len(below) else 0.0
    enough = float(np.percentile(values, 100 * (1 - _LEAST_PART)))
    if most + _NOISE * noise < values.max():
        level = max(level, min(most + _NOISE * noise, enough))
    return level if level < values.max() else enough


def charge_levels(values: np.ndarray) -> tuple[float, ...]:
    """The level of a density that encloses nine tenths of it; of an orbital the two levels of both signs.

    Args:
        values: of all samples (n,), evenly spaced, at least one.
    """
    values = np.asarray(values, np.float64)
    low, high = float(values.min()), float(values.max())
    signed = low < 0 and min(-low, abs(high)) > _ALIKE * max(-low, abs(high))
    sizes = np.sort(np.abs(values) if signed else np.maximum(values, 0))[::-1]
    within = np.cumsum(sizes**2 if signed else sizes)  # of an orbital the square is a density
    if not within[-1] > 0:
        return (map_level(values),)
    level = float(sizes[min(int(np.searchsorted(within, _PART_OF_CHARGE * within[-1])), len(sizes) - 1)])
    return (-level, level) if signed else (level,)
