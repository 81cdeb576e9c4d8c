"""What samples of clouds look like, as tables in which a shader looks them up.

Where the field changes fast and the look changes within a few values, as at the surface of a bone, samples a step apart
miss what is between them, and the picture has rings like those of wood. A step then looks like the mean of all values
from the sample at its begin to that at its end, which the shader finds from sums of the table: the one-dimensional form
of the table of Engel, Kraus & Ertl, "High-quality pre-integrated volume rendering", Graphics Hardware 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from moviemaker.core.props import Volume

TABLE_SIZE = 4096
"""Entries of the table of colours and opacities; a sample takes the nearest."""

COARSE = 0.15
"""From which part of the greatest opacity on it is worth it that a mean differs from what it is the mean of."""

THICKEST = 80.0
"""The optical depth that stands for an opacity of 1: less than that of it comes through than a float holds."""


class Entry(Enum):
    """What a table holds of a sample: its colour times a number, and that number."""

    OPACITY = "the opacity of one step"
    DEPTH = "the optical depth of one step: what adds up where clouds are in one place, or a step counts in part"
    SHINE = "how much it shines in one step: the opacity of a path as long as the unit, in proportion"
    PLAIN = "the opacity as the transfer function has it"


@dataclass(frozen=True, eq=False)
class Table:
    """What samples look like.

    Attributes:
        rgba: (1 or 2, TABLE_SIZE, 4) float32; colours multiplied by the number beside them. If there are two rows, the
            second one holds the sums of all entries of the first before it, and the number is never an opacity, but
            the optical depth that stands for it.
        low, high: the values, on the cloud's scale, that the first and the last entry are for.
    """

    rgba: np.ndarray
    low: float
    high: float

    @property
    def scale(self) -> float:
        """Entries for a difference of 1 between values."""
        return (TABLE_SIZE - 1) / (self.high - self.low)


def table_of(prop: Volume, low: float, high: float, step: float, entry: Entry, change: float = 0.0) -> Table:
    """The table for a cloud.

    Args:
        prop: the cloud.
        low, high: values between which its samples lie.
        step: of its rays, scene units.
        entry: what the table has to hold.
        change: how much samples a step apart typically differ. If much happens between them, there are sums.
    """
    opacities = np.array(prop.transfer.opacities, dtype=float).reshape(-1, 2)
    if prop.labels:
        low, high = 0.0, TABLE_SIZE - 1.0
    else:
        ends = [*opacities[[0, -1], 0], *prop.transfer.color_values[[0, -1]]]
        low, high = max(low, min(ends)), min(high, max(ends))
    if not low < high:  # all samples lie to one side, or are equal: they have the look of that end
        low, high = min(low, high), min(low, high) + max(abs(low) * 1e-6, 1e-30)
    values = np.linspace(low, high, TABLE_SIZE)
    a = np.clip(np.interp(values, *opacities.T) * prop.opacity, 0, 1)
    length = step / prop.unit_distance
    with np.errstate(divide="ignore"):
        depth = -np.log1p(-a) * length
    colors = np.column_stack([np.interp(values, prop.transfer.color_values, one) for one in prop.transfer.colors.T])
    apart = round(change * (TABLE_SIZE - 1) / (high - low))
    if entry is not Entry.PLAIN and not prop.labels:
        amount = a * length if entry is Entry.SHINE else np.minimum(depth, THICKEST)
        if _narrow(amount, apart):
            row = _row(colors, amount)
            sums = np.cumsum(row, axis=0) - row
            return Table(np.stack([row, sums]).astype(np.float32), low, high)
    number = {
        Entry.OPACITY: -np.expm1(-depth),
        Entry.DEPTH: np.minimum(depth, THICKEST),
        Entry.SHINE: a * length,
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
"""Entries of a table of factors; what lies between two is interpolated."""


def factors_of(gradient: tuple[tuple[float, float], ...]) -> np.ndarray:
    """How thick a cloud is by how fast the field changes, from the first magnitude to the last: (FACTORS,) float32."""
    magnitudes, factors = np.array(gradient, dtype=float).T
    table = np.interp(np.linspace(magnitudes[0], magnitudes[-1], FACTORS), magnitudes, factors)
    return np.asarray(table, np.float32)
