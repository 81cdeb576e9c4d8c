"""Skies of colours that change with the height above the horizon."""

from __future__ import annotations

import numpy as np

from moviemaker.core.colors import RGB, mix_colors

ROWS = 1024
"""Rows of the picture of a gradient, from the zenith to the nadir."""

KEYS = 16
"""Steps from one colour to the next, between which sRGB codes are linear."""


def gradient(zenith: RGB, horizon: RGB | None, ground: RGB | None) -> np.ndarray:
    """A sky of one column: (`ROWS`, 1, 3) float32, sRGB.

    Colours are mixed perceptually, in proportion to the angle.

    Args:
        zenith: straight up, sRGB.
        horizon: None: half-way between zenith and ground.
        ground: straight down; None: that of the horizon, or of the zenith.
    """
    below = ground or horizon or zenith
    level = horizon or mix_colors(zenith, below, 0.5)
    steps = np.linspace(0, 1, KEYS + 1)
    colors = [mix_colors(zenith, level, step) for step in steps]
    colors += [mix_colors(level, below, step) for step in steps[1:]]
    places = np.linspace(0, 1, len(colors))
    middles = (np.arange(ROWS) + 0.5) / ROWS
    found = np.stack([np.interp(middles, places, channel) for channel in np.array(colors).T], axis=1)
    return np.asarray(found[:, None], np.float32)
