"""A floating origin: the stage's coordinates begin near what hangs on it.

Renderers know places in single precision only, which has seven digits. For something a metre wide at 4,500,000 metres
north, as maps count, that leaves steps of half a metre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from moviemaker.core.coordinates import ArrayMemo, Translation
from moviemaker.core.fields import Vector
from moviemaker.core.props import Fog, Light, Prop, Shade

FAR = 4.0
"""The origin leaves zero for props that are farther from it than this many times their own size."""

ZERO = (0.0, 0.0, 0.0)


def origin_for(props: Sequence[Prop]) -> Vector:
    """The origin for some props: zero, or about their middle if all of them are far from zero.

    It depends on the props alone, and stays the same while they move by less than their size.
    """
    boxes = np.array([box for box in (prop.bounds for prop in props) if np.isfinite(box).all()])
    if not len(boxes):
        return ZERO
    low, high = boxes[..., 0].min(axis=0), boxes[..., 1].max(axis=0)
    middle, size = (low + high) / 2, float((high - low).max())
    if np.abs(middle).max() <= FAR * size:
        return ZERO
    grid = 2.0 ** math.ceil(math.log2(max(size, 1e-9 * float(np.abs(middle).max()))))
    x, y, z = (np.round(middle / grid) * grid).tolist()
    return x, y, z


class FloatingOrigin:
    """Moves props to the stage's origin. An array that comes again, as the same object, is the same array again.

    Attributes:
        origin: of the stage's coordinates, scene units.
    """

    def __init__(self) -> None:
        self.origin: Vector = ZERO
        self._memo: ArrayMemo[np.ndarray] = ArrayMemo()

    def follow(self, props: Sequence[Prop]) -> bool:
        """Chooses the origin for some props, and says whether it is another one than before."""
        before, self.origin = self.origin, origin_for(props)
        return self.origin != before

    def props(self, props: Sequence[Prop]) -> list[Prop]:
        """The props in coordinates from the origin."""
        if self.origin == ZERO:
            return list(props)
        self._memo.begin()
        return [prop.moved(self._offset, self._memo) for prop in props]

    def light(self, light: Light) -> Light:
        """A light in coordinates from the origin."""
        return light.mapped(Translation(self._offset))

    def shade(self, shade: Shade) -> Shade:
        """What of the light gets where, in coordinates from the origin."""
        return shade if self.origin == ZERO else shade.mapped(Translation(self._offset))

    def fog(self, fog: Fog) -> Fog:
        """The fog in coordinates from the origin."""
        return fog.mapped(Translation(self._offset))

    @property
    def _offset(self) -> Vector:
        x, y, z = self.origin
        return -x, -y, -z
