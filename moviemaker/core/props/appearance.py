"""Lights, and the colours and opacities of values, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector
from moviemaker.core.props.looks import Look


@dataclass(frozen=True, eq=False)
class Light:
    """One light.

    Attributes:
        kind: "sun", "point" or "ambient".
        vector: the direction in which a sun shines (unit vector), or the position of a point light, scene units.
        color: sRGB in 0..1.
        intensity: multiplies the colour.
        occlusion: of an ambient light, how much darker it is where the sky is hidden, 0..1; None: as the look says.
        reach: of an ambient light, how far from a place things still hide its sky, scene units; None: 15 % of the
            diagonal of the scene.
        shadow: of a sun or a point light, how dark its shadows are, 0..1; None: as the look says.
        angle: how wide a sun is, degrees; None: as the look says.
        scatter: whether lit volumes without a `phase` pass its light on, as if they had one of 0. See `SCATTERED`.
    """

    kind: str
    vector: Vector
    color: tuple[float, float, float]
    intensity: float
    occlusion: float | None = None
    reach: float | None = None
    shadow: float | None = None
    angle: float | None = None
    scatter: bool = False

    def mapped(self, change: CoordinateChange) -> Self:
        """The light in other coordinates, in which a point light has another place."""
        if self.kind == "point":
            return replace(self, vector=change.place(self.vector))
        return self if self.reach is None else replace(self, reach=change.length(self.reach))

    def resolved(self, look: Look) -> Self:
        """The light with everything that the look decides."""
        if self.kind == "ambient":
            return self if self.occlusion is not None else replace(self, occlusion=look.occlusion)
        shadow, angle = (look.shadow if self.shadow is None else self.shadow), self.angle
        angle = look.angle if angle is None else angle
        return replace(self, shadow=shadow, angle=angle, scatter=look.scatter)


@dataclass(frozen=True)
class Material:
    """What a surface does with the light that falls on it.

    Without roughness and metal it is matt with a slight shine, the same whatever is around it. With one of them it
    reflects suns, point lights and the sky as a rough plane of tiny mirrors does.

    Attributes:
        roughness: of what reflects, 0 (a mirror) to 1 (chalk); None: not given.
        metal: 0 reflects white over its own colour, as plastic does; 1 reflects in its own colour; None: not given.
        emission: light of its own, times its own colour; from 0 up.
    """

    roughness: float | None = None
    metal: float | None = None
    emission: float = 0.0

    @property
    def reflects(self) -> bool:
        """Whether it reflects what is around it."""
        return self.roughness is not None or self.metal is not None

    @property
    def emits(self) -> bool:
        """Whether it shines by itself, perhaps brighter than white."""
        return self.emission > 0


@dataclass(frozen=True, eq=False)
class TransferFunction:
    """From values to colours and opacities, both linear between their points and constant beyond them.

    Attributes:
        color_values: (n,), ascending data values.
        colors: (n, 3), sRGB in 0..1.
        opacities: ((value, opacity), ...), ascending values; the opacity of a path as long as the unit distance.
    """

    color_values: np.ndarray
    colors: np.ndarray
    opacities: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours by value, at equal steps over a range; beyond it, those of its ends.

    Attributes:
        table: (n, 3), sRGB in 0..1.
        low, high: the ends of the range.
        log: whether the steps are logarithmic; both ends are then above 0.
    """

    table: np.ndarray
    low: float
    high: float
    log: bool = False

    def places(self, values: np.ndarray) -> np.ndarray:
        """Places in the table of values of any shape, float32 from 0 to 1; NaN for values without a colour."""
        known = np.isfinite(values)
        real = np.where(known, values, self.high).astype(np.float64)
        if self.log:
            known &= real > 0
            real = np.log(np.where(known, real, self.high) / self.low) / np.log(self.high / self.low)
        else:
            real = (real - self.low) / (self.high - self.low)
        return np.where(known, np.clip(real, 0.0, 1.0), np.nan).astype(np.float32)

    def same(self, other: Palette) -> bool:
        """Whether another one gives the same colours."""
        return self.table is other.table and (self.low, self.high, self.log) == (other.low, other.high, other.log)
