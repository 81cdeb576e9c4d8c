"""The length of an angstrom, which atoms show by the radii of their elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.sources import Source, first_time

RADII = ((6, 1.70), (1, 1.10), (8, 1.52), (7, 1.55))
"""Van der Waals radii, angstrom, of common elements by atomic number."""


def angstrom_in(source: Source[Any]) -> float:
    """The length of an angstrom in scene units, by the radius of a common element.

    Args:
        source: atoms with the fields `radius` and `atomic_number`.
    """
    fields = source.at(first_time(source), ("radius", "atomic_number")).fields
    for number, radius in RADII:
        there = fields["atomic_number"] == number
        if there.any():
            return float(fields["radius"][there][0]) / radius
    return float(np.median(fields["radius"])) / RADII[0][1] if len(fields["radius"]) else 1.0
