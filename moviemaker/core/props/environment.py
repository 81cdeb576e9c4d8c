"""The light of the sky, as a plain value: what falls on a surface by its normal, and what rough surfaces reflect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Reflections:
    """The sky as mirrors of growing roughness reflect it.

    Level 0 is what a mirror shows; level k above it is blurred by the lobe of a surface whose `alpha`, the square of
    its roughness, is 2 ** (k - 7). So a roughness r is at level `7 + log2(max(r * r, 1 / 64))`, and between the first
    two levels, `64 r * r`, below.

    Each level is an equirectangular picture, twice as wide as high, in the middle of its first row the sky's ahead, and
    its up on top. It has one more texel on each side, which is the one that follows there on the sphere, beyond a pole
    too. The levels lie below each other from the first row on, each at the left edge.

    Attributes:
        texels: (rows, columns, 3) float32, linear light.
        widths: of the levels without the texels beyond, each a power of two.
    """

    texels: np.ndarray
    widths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Environment:
    """The light of the sky, which comes from infinitely far away.

    Attributes:
        irradiance: (10, 3), linear light: with the unit normal (x, y, z) along the sky's axes, a white matt surface is
            as bright as the sum of the coefficients times 1, y, z, x, x y, y z, 3 z^2 - 1, x z, x^2 - y^2 and
            35 z^4 - 30 z^2 + 3.
        axes: (3, 3), unit vectors of the sky in the scene as rows: ahead, left and up.
        brightness: factor on all of its light.
        reflections: what is reflected; None: nothing reflects it.
    """

    irradiance: np.ndarray
    axes: np.ndarray
    brightness: float = 1.0
    reflections: Reflections | None = None

    @property
    def mean(self) -> np.ndarray:
        """(3,), linear light: the mean over all normals."""
        return np.asarray(self.brightness * self.irradiance[0])
