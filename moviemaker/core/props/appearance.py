"""Lights, and the colours and opacities of values, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector


@dataclass(frozen=True, eq=False)
class Light:
    """One light. Values in `color` are sRGB as shown, `intensity` multiplies them.

    Attributes:
        kind: "sun", "point" or "ambient".
        vector: the way a sun shines (unit vector), or the position of a point light.
    """

    kind: str
    vector: Vector
    color: tuple[float, float, float]
    intensity: float

    def mapped(self, change: CoordinateChange) -> Self:
        """The light in other coordinates: only that of a point is at a place."""
        return self if self.kind != "point" else replace(self, vector=change.place(self.vector))


@dataclass(frozen=True, eq=False)
class TransferFunction:
    """Value to colour and opacity, both linear between their points and constant beyond them.

    Attributes:
        color_values: (n,), ascending data values.
        colors: (n, 3), sRGB in 0..1.
        opacities: ((value, opacity), ...), ascending values; opacity is reached over the unit distance.
    """

    color_values: np.ndarray
    colors: np.ndarray
    opacities: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours by value, evenly spaced over a range; beyond it they are those of its ends.

    Attributes:
        table: (n, 3), sRGB in 0..1.
        low, high: the ends of the range.
        log: whether values stand on a logarithmic scale; both ends are then above 0.
    """

    table: np.ndarray
    low: float
    high: float
    log: bool = False

    def places(self, values: np.ndarray) -> np.ndarray:
        """Where values of any shape are in the table, float32 from 0 to 1; NaN for what has no place there."""
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
