"""Hounsfield units: how to tell whether the values of a scan are in them.

On Hounsfield's scale air has -1000 and water 0 (G. N. Hounsfield, Nobel lecture, 1979). Many files hold values that are
moved by 1024 or 1000, so that none is negative.
"""

from __future__ import annotations

import numpy as np

AIR, WATER = -1000.0, 0.0
"""The two points that define the scale."""

_OFFSETS = (1024.0, 1000.0)
"""What is added in files without negative values."""
_NEGATIVE = 0.005
"""Fraction of values below the upper end of fat's range that shows that values are in Hounsfield units ..."""
_FAT = -30.0
"""... which is the densest tissue that is lighter than water."""
_AIR_ABOVE = -1100.0
"""Values below are not measured: they fill what lies outside of the scanner's circle."""
_SOFT = (-150.0, 150.0)
"""Fat, muscle and organs."""
_SOFT_PART, _BETWEEN_PART = 0.02, 0.5
"""Fraction of the values of soft tissue at least, and of values between lung and fat at most, as parts of soft ones."""
_MOST = 8000.0
"""Largest value of a scanner with an extended range, moved up; values are then below this."""
_LEAST = 300.0
"""Bone, in Hounsfield units: a scan whose values are moved up has some."""


def air_and_water(values: np.ndarray) -> tuple[float, float] | None:
    """The values of air and of water in a scan; None: the values do not look like those of a CT scanner.

    Args:
        values: finite values (n,), picked evenly.
    """
    if not len(values):
        return None
    values = np.asarray(values, np.float64)
    low, high = float(values.min()), float(values.max())
    if low < 0:
        lighter = (values < _FAT) & (values > _AIR_ABOVE)
        return (AIR, WATER) if high > _SOFT[1] / 2 and float(lighter.mean()) > _NEGATIVE else None
    if high > _MOST:
        return None
    offset = _offset(values)
    soft = float(((values > offset + _SOFT[0]) & (values < offset + _SOFT[1])).mean())
    between = float(((values > offset - 500) & (values < offset - 200)).mean())
    if high > offset + _LEAST and soft > _SOFT_PART and between < _BETWEEN_PART * soft:
        return AIR + offset, WATER + offset
    return None


def _offset(values: np.ndarray) -> float:
    """The offset for which the air of the room is at -1000."""
    light = values[(values > 0) & (values < 200)]
    air = float(np.median(light)) if len(light) else _OFFSETS[0] + AIR
    return min(_OFFSETS, key=lambda offset: abs(offset + AIR - air))


def is_certain(values: np.ndarray) -> bool:
    """Whether a grid that may hold anything is a scan in Hounsfield units: much air at -1000, and soft tissue at 0.

    Args:
        values: finite values (n,), picked evenly.
    """
    if air_and_water(values) != (AIR, WATER):
        return False
    air = float(((values > _AIR_ABOVE) & (values < -850)).mean())
    soft = float(((values > _SOFT[0]) & (values < _SOFT[1])).mean())
    return air > 0.05 and soft > 0.05 and float(values.max()) > _LEAST and float(values.min()) > -4100
