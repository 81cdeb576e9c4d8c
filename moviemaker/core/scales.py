"""Linear and logarithmic scales, for fields over many decades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scale:
    """A mapping from values to positions on a scale.

    Attributes:
        kind: "linear"; "log", decades; or "symlog", decades on both sides of 0 with a linear part around it.
        small: on a logarithmic scale the least value, to which smaller ones are raised; on a symmetric one the width of
            the linear part on each side of 0. Above 0 for both.
    """

    kind: str = "linear"
    small: float = 0.0

    def of(self, values: np.ndarray) -> np.ndarray:
        """Positions of values of any shape; NaN stays NaN."""
        if self.kind == "linear":
            return values
        # Only double precision holds the values of all other real types.
        real = values if values.dtype == np.float32 and self.small > 1e-36 else values.astype(np.float64)
        if self.kind == "log":
            return np.asarray(np.log10(np.maximum(real, real.dtype.type(self.small))))
        return np.asarray(np.copysign(np.log10(1 + np.abs(real) / real.dtype.type(self.small)), real))

    def values_at(self, places: np.ndarray) -> np.ndarray:
        """Values at positions of any shape: the inverse of `of`."""
        if self.kind == "linear":
            return places
        real = np.asarray(places, np.float64)
        if self.kind == "log":
            return np.asarray(10**real)
        return np.asarray(np.copysign(self.small * (10 ** np.abs(real) - 1), real))


LINEAR = Scale()
