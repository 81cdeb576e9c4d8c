"""Covering grids and arbitrary grids of yt: the fields that were loaded from them, or else the density.

A grid gives the middles of its cells, from `left_edge` and `dds`, in the units of its length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.memory.arrays import HeldArrays, plain, unit_of

DENSITY = ("gas", "density")


def is_covering_grid(given: object) -> bool:
    """Whether an object has what yt's covering grids have."""
    return all(hasattr(given, name) for name in ("left_edge", "dds", "ActiveDimensions", "field_data"))


def of_yt(given: Any) -> HeldArrays:
    """A grid with the fields that were loaded, by their own names, or by type and name where two have the same.

    Raises:
        InputError: it has no field.
    """
    loaded = list(given.field_data) or [DENSITY]
    own = [key[-1] if isinstance(key, tuple) else str(key) for key in loaded]
    arrays: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    for key, name in zip(loaded, own, strict=True):
        full = name if own.count(name) == 1 or not isinstance(key, tuple) else "_".join(key)
        try:
            values = given[key]
        except Exception as error:  # yt raises many kinds
            what = f"the field {key!r} cannot be read from the {type(given).__name__} ({type(error).__name__})"
            raise InputError(what, "load one first, such as grid['gas', 'temperature']") from error
        arrays[full] = plain(values)
        if unit := unit_of(values):
            units[full] = unit
    steps = plain(given.dds).astype(float)
    first = plain(given.left_edge).astype(float) + steps / 2
    place = [tuple(float(each) for each in vector) for vector in (first, steps)]
    return HeldArrays(type(given).__name__, arrays, place[0], place[1], units)  # type: ignore[arg-type]
