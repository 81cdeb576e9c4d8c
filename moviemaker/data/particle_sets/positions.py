"""What follows from the positions of particles: fields, their mean, and warnings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moviemaker.core.fields import Vector
from moviemaker.core.geometry import norms

NEVER_BETWEEN = (
    "no particle is in two snapshots that follow each other, so that they are drawn only at the times of snapshots; "
    "interpolation: hold keeps them until the next one"
)
"""The warning that particles flash."""


PLACES = ("distance", "x", "y", "z")
"""Fields that follow from the positions."""


def of_place(name: str, position: np.ndarray) -> np.ndarray:
    """One of the fields `PLACES`, (n,), of positions (n, 3)."""
    column: np.ndarray = norms(position) if name == "distance" else position[:, "xyz".index(name)]
    return column


def mean_position(position: np.ndarray) -> Vector:
    """The mean of positions (n, 3); the origin for n = 0."""
    if not len(position):
        return 0.0, 0.0, 0.0
    x, y, z = position.mean(axis=0, dtype=np.float64).tolist()
    return x, y, z


def not_finite(bad: int, total: int) -> str:
    """The warning that some particles cannot be drawn."""
    verb, they = ("has", "it is") if bad == 1 else ("have", "they are")
    return f"{bad} of {total} particles {verb} no finite position; {they} drawn as nothing"


def missing_values(gaps: Mapping[str, tuple[int, int]]) -> list[str]:
    """The warning that values are missing, if any are.

    Args:
        gaps: for each field with gaps, how many values are missing, and of how many.
    """
    if not gaps:
        return []
    shown = ", ".join(f"{name} in {lost} of {total} rows" for name, (lost, total) in gaps.items())
    return [f"values are missing: {shown}; particles are drawn as nothing where they give the colour or the size"]
