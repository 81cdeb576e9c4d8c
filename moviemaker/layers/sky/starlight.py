"""Colours and brightness of stars by published formulas.

Temperatures follow from colour indices by F. J. Ballesteros, "New insights into black bodies", EPL 97 (2012) 34008,
equation 14. Colours of temperatures are those of black bodies: their chromaticities (CIE 1931) follow the cubic splines
of B. Kang et al., "Design of advanced color temperature control system for HDTV applications", Journal of the Korean
Physical Society 41 (2002) 865-871, from 1,667 to 25,000 K, and become sRGB by the matrix of IEC 61966-2-1.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.colors import linear_from_srgb, srgb_from_linear

COOLEST, HOTTEST = 1667.0, 25000.0
"""Temperatures between which the splines hold, kelvin; others get the colour of the nearer one."""

SUN = 4.83
"""Absolute visual magnitude of the Sun: J. Binney & M. Merrifield, "Galactic Astronomy" (1998), table 2.1."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_RGB_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


def temperatures(color_index: np.ndarray) -> np.ndarray:
    """Temperatures in kelvin of colour indices B-V in magnitudes, arrays of one shape.

    >>> temperatures(np.array([0.65])).round()
    array([5778.])
    """
    index = np.clip(color_index, -0.4, 5.0)  # beyond them the formula has a pole, and stars are not known
    return np.asarray(4600 * (1 / (0.92 * index + 1.7) + 1 / (0.92 * index + 0.62)))


def black_body_colors(kelvin: np.ndarray) -> np.ndarray:
    """Colours (n, 3) uint8, sRGB, of temperatures (n,) in kelvin, as bright as the screen shows them."""
    t = 1000 / np.clip(kelvin, COOLEST, HOTTEST)
    cool = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    hot = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    x = np.where(t >= 1 / 4, cool, hot)
    y = np.select(
        [t >= 1000 / 2222, t >= 1 / 4],
        [
            -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683,
            -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867,
        ],
        3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483,
    )
    light = np.clip(np.stack([x / y, np.ones_like(x), (1 - x - y) / y], axis=1) @ _RGB_FROM_XYZ.T, 0, None)
    colors: np.ndarray = np.rint(255 * srgb_from_linear(light / light.max(axis=1, keepdims=True))).astype(np.uint8)
    return colors


def luminances(colors: np.ndarray) -> np.ndarray:
    """Luminances (n,), which visual magnitudes measure, of colours (n, 3) uint8, sRGB; that of white is 1."""
    return np.asarray(linear_from_srgb(colors / 255) @ _LUMINANCE)
