"""Units of length and of values in which single precision suffices.

Scenes may show galaxies 1e21 metres wide or atoms 1e-10 metres wide; fields may be masses in kilograms. Renderers
calculate in single precision, where the fourth power of 1e10 is infinite and that of 1e-12 is 0. So a scene that needs
it is drawn in a unit of its own, and so is a field. Units are powers of two, by which numbers are divided without being
rounded: a frame drawn in another unit than the one before looks the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from moviemaker.core.coordinates import ArrayMemo
from moviemaker.core.props import Drawable, FieldProp

SHORT, LONG = 1e-5, 1e8
"""Scenes whose farthest thing is between these distances are drawn in their own unit."""

LITTLE, MUCH = 1e-10, 1e10
"""Fields whose largest value is between these are drawn as they are."""

_STEPS = 8
"""Binary orders of magnitude from one unit to the next: it changes seldom while a camera moves."""


def unit_of(shown: Sequence[Drawable], eye: np.ndarray) -> float:
    """The length, in scene units, in which things seen from a place (3,) are drawn; 1 if theirs are ordinary."""
    return _unit(max((one.farthest(eye) for one in shown), default=0.0), SHORT, LONG)


def _unit(most: float, low: float, high: float) -> float:
    return 1.0 if most == 0.0 or low <= most <= high else 2.0 ** (_STEPS * round(math.log2(most) / _STEPS))


def _value_unit(values: np.ndarray) -> float:
    most = float(np.maximum(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None)))
    if math.isinf(most):
        most = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return 1.0 if math.isnan(most) else _unit(most, LITTLE, MUCH)


class Rescaler:
    """Puts what is drawn into other units. An array that comes again, as the same object, is the same array again."""

    def __init__(self) -> None:
        self._arrays: ArrayMemo[np.ndarray] = ArrayMemo()
        self._units: ArrayMemo[float] = ArrayMemo()

    def drawables(self, shown: Sequence[Drawable], unit: float) -> tuple[Drawable, ...]:
        """What is drawn, in a unit of length, with the values of each field in a unit of their own."""
        self._arrays.begin()
        self._units.begin()
        found = tuple(self._with_ordinary_values(one) for one in shown)
        return found if unit == 1.0 else tuple(one.scaled(unit, self._arrays) for one in found)

    def _with_ordinary_values(self, one: Drawable) -> Drawable:
        if not isinstance(one, FieldProp) or not one.has_unit:
            return one
        unit = self._units.get(one.values, None, _value_unit)
        return one if unit == 1.0 else one.with_values_in(unit, self._arrays)
