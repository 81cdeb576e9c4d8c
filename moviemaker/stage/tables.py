"""What samples of clouds look like, as tables in which a shader looks them up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from moviemaker.core.props import Volume

TABLE_SIZE = 4096
"""Entries of the table of colours and opacities; a sample takes the nearest."""

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
        rgba: (TABLE_SIZE, 4) float32; colours multiplied by the number beside them.
        low, high: the values, on the cloud's scale, that the first and the last entry are for.
    """

    rgba: np.ndarray
    low: float
    high: float


def table_of(prop: Volume, low: float, high: float, step: float, entry: Entry) -> Table:
    """The table for a cloud whose samples lie between two values, in steps of a length in scene units."""
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
    number = {
        Entry.OPACITY: -np.expm1(-depth),
        Entry.DEPTH: np.minimum(depth, THICKEST),
        Entry.SHINE: a * length,
        Entry.PLAIN: a,
    }[entry]
    colors = [np.interp(values, prop.transfer.color_values, channel) for channel in prop.transfer.colors.T]
    rgba = np.column_stack([*(color * number for color in colors), number]).astype(np.float32)
    return Table(rgba, low, high)


FACTORS = 256
"""Entries of a table of factors; what lies between two is interpolated."""


def factors_of(gradient: tuple[tuple[float, float], ...]) -> np.ndarray:
    """How thick a cloud is by how fast the field changes, from the first magnitude to the last: (FACTORS,) float32."""
    magnitudes, factors = np.array(gradient, dtype=float).T
    table = np.interp(np.linspace(magnitudes[0], magnitudes[-1], FACTORS), magnitudes, factors)
    return np.asarray(table, np.float32)
