"""Light to a picture: a curve for what is too bright, which keeps the hue, and what is in the picture already.

The strongest of red, green and blue, m, is shown as `1 - exp(-m)` of white and the others in proportion to it, so that
the hue is the same at every exposure. Only what is far too bright turns white: beyond m = 3, and at 23 a quarter of the
way, `(o / (o + 20))^2` with `o = m - 3`.
The light shines in front of the picture: of each colour, in linear light, what the picture has and the glow has not is
added to the glow, `c + g - c g`, which is just what the curve makes of the sum of both.
"""

from __future__ import annotations

import math
from functools import cache

import numba
import numpy as np

from moviemaker.core.colors import linear_from_srgb, srgb_from_linear
from moviemaker.core.compiling import compiled

PURE = 3.0
"""Light up to which a colour stays pure: 95 % of white."""

PALE = 20.0
"""Light beyond that at which a quarter of the way to white is gone."""

STEPS = 4096
"""Entries of the table from linear light to sRGB, between which it is linear; the foot of the curve is exact."""

FOOT = 0.0031308
"""Below it sRGB is in proportion to light: IEC 61966-2-1."""

_TABLE = srgb_from_linear(np.linspace(0, 1, STEPS + 1))


def expose(light: np.ndarray, picture: np.ndarray) -> None:
    """Adds light to a picture; pixels without any stay as they are.

    Args:
        light: (3, H, W) float32, linear.
        picture: (H, W, 3) uint8 or uint16, sRGB, changed.
    """
    white = int(np.iinfo(picture.dtype).max)
    _expose(light, picture, _linear(white), _TABLE, float(white))


@cache
def _linear(white: int) -> np.ndarray:
    """Light for each code."""
    return linear_from_srgb(np.arange(white + 1) / white)


@compiled
def _expose(light: np.ndarray, picture: np.ndarray, linear: np.ndarray, table: np.ndarray, white: float) -> None:
    height, width, _ = picture.shape
    for row in numba.prange(height):
        for column in range(width):
            most = max(light[0, row, column], light[1, row, column], light[2, row, column])
            if most <= 0.0:
                continue
            m = float(most)
            shown = -math.expm1(-m)
            over = max(m - PURE, 0.0)
            pale = (over / (over + PALE)) ** 2
            for channel in range(3):
                g = shown * (pale + (1.0 - pale) * light[channel, row, column] / m)
                c = linear[picture[row, column, channel]]
                both = min(c + g - c * g, 1.0)
                if both <= FOOT:
                    code = 12.92 * both
                else:
                    at = both * STEPS
                    entry = min(int(at), STEPS - 1)
                    code = table[entry] + (at - entry) * (table[entry + 1] - table[entry])
                picture[row, column, channel] = int(white * code + 0.5)
