"""Lights, and the colours and opacities of values, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector


@dataclass(frozen=True, eq=False)
class Light:
    """One light.

    Attributes:
        kind: "sun", "point" or "ambient".
        vector: the direction in which a sun shines (unit vector), or the position of a point light, scene units.
        color: sRGB in 0..1.
        intensity: multiplies the colour.
    """

    kind: str
    vector: Vector
    color: tuple[float, float, float]
    intensity: float

    def mapped(self, change: CoordinateChange) -> Self:
        """The light in other coordinates, in which only a point light has another place."""
        return self if self.kind != "point" else replace(self, vector=change.place(self.vector))


@dataclass(frozen=True, eq=False)
class TransferFunction:
    """From values to colours and opacities, both linear between their points and constant beyond them.

    Attributes:
        color_values: (n,), ascending data values.
        colors: (n, 3), sRGB in 0..1.
        opacities: ((value, opacity), ...), ascending values; the opacity of a path as long as the unit distance.
    """

    color_values: np.ndarray
    colors: np.ndarray
    opacities: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours by value, at equal steps over a range; beyond it, those of its ends.

    Attributes:
        table: (n, 3), sRGB in 0..1.
        low, high: the ends of the range.
        log: whether the steps are logarithmic; both ends are then above 0.
    """

    table: np.ndarray
    low: float
    high: float
    log: bool = False

    def places(self, values: np.ndarray) -> np.ndarray:
        """Places in the table of values of any shape, float32 from 0 to 1; NaN for values without a colour."""
        known = np.isfinite(values)
        real = np.where(known, values, self.high).astype(np.float64)
        if self.log:
            known &= real > 0
            real = np.log(np.where(known, real, self.high) / self.low) / np.log(self.high / self.low)
        else:
            real = (real - self.low) / (self.high - self.low)
        return np.where(known, np.clip(real, 0.0, 1.0), np.nan).astype(np.float32)

    def same(self, other: Palette) -> bool:
        """Whether another one gives the same colours."""
        return self.table is other.table and (self.low, self.high, self.log) == (other.low, other.high, other.log)
