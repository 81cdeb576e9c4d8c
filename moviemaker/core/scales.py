"""Scales: how far apart values are put, for fields over many decades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scale:
    """From values to where they stand on a scale.

    Attributes:
        kind: "linear"; "log", decades; or "symlog", decades to either side of 0 with a linear part around it.
        small: on a logarithmic scale the least value, which all below count as; on a symmetric one the width of the
            linear part to either side of 0. Above 0 for both.
    """

    kind: str = "linear"
    small: float = 0.0

    def of(self, values: np.ndarray) -> np.ndarray:
        """Where values of any shape stand; what is not a number stays none."""
        if self.kind == "linear":
            return values
        # Of the real types only a double can hold all that others hold.
        real = values if values.dtype == np.float32 and self.small > 1e-36 else values.astype(np.float64)
        if self.kind == "log":
            return np.asarray(np.log10(np.maximum(real, real.dtype.type(self.small))))
        return np.asarray(np.copysign(np.log10(1 + np.abs(real) / real.dtype.type(self.small)), real))


LINEAR = Scale()
