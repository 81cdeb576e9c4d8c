"""Transfer functions as tables for a shader, pre-integrated where need be.

Where the field changes fast and the transfer function changes within a few values, as at the surface of a bone, samples
a step apart miss the values between them, and the picture has rings like wood. Then a step shows the mean over all
values between the samples at its two ends, which the shader finds from cumulative sums of the table: the
one-dimensional form of Engel, Kraus & Ertl, "High-quality pre-integrated volume rendering", Graphics Hardware 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from moviemaker.core.props import Volume

TABLE_SIZE = 4096
"""Entries of the table of colours and opacities; a sample takes the nearest."""

COARSE = 0.15
"""A table is pre-integrated if means over a step differ from it by more than this part of the greatest opacity."""

THICKEST = 80.0
"""The optical depth that stands for an opacity of 1: it lets through less than a float can hold beside 1."""


class Entry(Enum):
    """The number that a table holds for a value, beside its colour times that number."""

    OPACITY = "the opacity of one step"
    DEPTH = "the optical depth of one step, which adds up for overlapping volumes and counts for a part of a step"
    EMISSION = "the light of one step: the opacity over the unit distance, in proportion to the step"
    PLAIN = "the opacity of the transfer function"


@dataclass(frozen=True, eq=False)
class Table:
    """Colours and numbers of values.

    Attributes:
        rgba: (1 or 2, TABLE_SIZE, 4) float32; colours multiplied by the number beside them. A second row holds the
            cumulative sums of the first; the number is then an optical depth instead of an opacity.
        low, high: the values, on the volume's scale, of the first and the last entry.
    """

    rgba: np.ndarray
    low: float
    high: float

    @property
    def scale(self) -> float:
        """Entries for a difference of 1 between values."""
        return (TABLE_SIZE - 1) / (self.high - self.low)


def table_of(prop: Volume, low: float, high: float, step: float, entry: Entry, change: float = 0.0) -> Table:
    """The table for a volume.

    Args:
        prop: the volume.
        low, high: the range of its samples.
        step: of its rays, scene units.
        entry: the number that the table holds.
        change: the typical difference between samples a step apart, which decides about pre-integration.
    """
    opacities = np.array(prop.transfer.opacities, dtype=float).reshape(-1, 2)
    if prop.labels:
        low, high = 0.0, TABLE_SIZE - 1.0
    else:
        ends = [*opacities[[0, -1], 0], *prop.transfer.color_values[[0, -1]]]
        low, high = max(low, min(ends)), min(high, max(ends))
    if not low < high:  # all samples lie beyond one end, or are equal: they take the entry of that end
        low, high = min(low, high), min(low, high) + max(abs(low) * 1e-6, 1e-30)
    values = np.linspace(low, high, TABLE_SIZE)
    a = np.clip(np.interp(values, *opacities.T) * prop.opacity, 0, 1)
    length = step / prop.unit_distance
    with np.errstate(divide="ignore"):
        depth = -np.log1p(-a) * length
    colors = np.column_stack([np.interp(values, prop.transfer.color_values, one) for one in prop.transfer.colors.T])
    apart = round(change * (TABLE_SIZE - 1) / (high - low))
    if entry is not Entry.PLAIN and not prop.labels and not prop.nearest:
        amount = a * length if entry is Entry.EMISSION else np.minimum(depth, THICKEST)
        if _narrow(amount, apart):
            row = _row(colors, amount)
            sums = np.cumsum(row, axis=0) - row
            return Table(np.stack([row, sums]).astype(np.float32), low, high)
    number = {
        Entry.OPACITY: -np.expm1(-depth),
        Entry.DEPTH: np.minimum(depth, THICKEST),
        Entry.EMISSION: a * length,
        Entry.PLAIN: a,
    }[entry]
    return Table(_row(colors, number)[None].astype(np.float32), low, high)


def _row(colors: np.ndarray, number: np.ndarray) -> np.ndarray:
    return np.column_stack([colors * number[:, None], number])


def _narrow(amount: np.ndarray, apart: int) -> bool:
    """Whether amounts (n,) change much within so many entries."""
    if apart < 2:
        return False
    sums = np.concatenate([[0.0], np.cumsum(np.pad(amount, (apart // 2, apart - apart // 2 - 1), "edge"))])
    means = (sums[apart:] - sums[:-apart]) / apart
    return bool(np.abs(means - amount).max() > COARSE * amount.max())


FACTORS = 256
"""Entries of a table of factors, between which the shader interpolates."""


def factors_of(gradient: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Factors of the opacity by the gradient's length, from the first to the last length given: (FACTORS,) float32."""
    magnitudes, factors = np.array(gradient, dtype=float).T
    table = np.interp(np.linspace(magnitudes[0], magnitudes[-1], FACTORS), magnitudes, factors)
    return np.asarray(table, np.float32)
