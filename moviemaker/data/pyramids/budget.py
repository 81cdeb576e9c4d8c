"""Memory budgets in a scene: `2 GB`, `500 MB`, or a number of bytes."""

from __future__ import annotations

import re

from moviemaker.core.errors import InputError, show
from moviemaker.core.values import NUMBER, Value

UNASKED = 2e9
"""Default budget of a field, in bytes."""

COPIES = 6
"""Copies of each sample of a grid that is drawn whole: as read, as drawn, as a texture, and in between."""

LEAST = 16e6
"""Smallest budget in bytes: with less, boxes of finer samples would be too small to be useful."""

_UNITS = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_RIGHT = "an amount such as 2 GB or 500 MB"


def _parse(value: object) -> float:
    found = re.fullmatch(r"\s*([\d.]+(?:e\d+)?)\s*([kmgt]?i?)b?\s*", value, re.I) if isinstance(value, str) else None
    if isinstance(value, str) and (found is None or found[1].count(".") > 1):
        raise InputError(f"{show(value)} is not an amount of memory", f"write {_RIGHT}")
    amount: float = NUMBER.parse(value) if found is None else float(found[1]) * _UNITS[found[2].lower()]
    if amount < LEAST:
        raise InputError(f"{show(value)} is too little memory for a picture", "write at least 16 MB")
    return amount


MEMORY = Value(_RIGHT, _parse, {"anyOf": [{"type": "string"}, {"type": "number", "minimum": LEAST}]}, mix=None)
