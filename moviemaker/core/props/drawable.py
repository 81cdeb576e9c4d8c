"""The base classes of everything that can be drawn, which know their bounds and themselves in other coordinates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from moviemaker.core.coordinates import ArrayMemo, CoordinateChange, Rescaling, Translation
from moviemaker.core.fields import Vector, world_from_index
from moviemaker.core.geometry import corners_of
from moviemaker.core.props.appearance import Material
from moviemaker.core.props.outline import Outline

SAMPLED = 1000
"""About how many of its points tell how far away a thing is."""


class Drawable(ABC):
    """Something visible that layers make from data, with places and lengths in scene units."""

    @property
    @abstractmethod
    def points(self) -> np.ndarray:
        """Points (n, 3) that span it: its own points, or two opposite corners of its box."""

    @abstractmethod
    def mapped(self, change: CoordinateChange) -> Self:
        """The same thing in other coordinates."""

    @property
    def bounds(self) -> np.ndarray:
        """The axis-aligned box around it, (3, 2); not finite if it is empty."""
        return corners_of(self.points)

    def farthest(self, eye: np.ndarray) -> float:
        """The largest distance along an axis from an eye (3,) to about `SAMPLED` of its points; 0 if it is empty."""
        points = self.points[:: max(1, len(self.points) // SAMPLED)].astype(np.float64)
        away = np.abs(points - eye).max(axis=1, initial=0.0)
        return float(away[np.isfinite(away)].max(initial=0.0))

    def moved(self, offset: Vector, memo: ArrayMemo[np.ndarray] | None = None) -> Self:
        """The same thing moved by an offset; `memo` gives the same arrays again for the same arrays."""
        return self.mapped(Translation(offset, memo))

    def scaled(self, unit: float, memo: ArrayMemo[np.ndarray] | None = None) -> Self:
        """The same thing with lengths in another unit; `memo` gives the same arrays again for the same arrays."""
        return self.mapped(Rescaling(unit, memo))


@dataclass(frozen=True, eq=False)
class Prop(Drawable):
    """Something that the stage hangs up.

    Attributes:
        casts: whether it hides the sky and the lamps from others and from itself.
        outline: a line around it, where it hides what is behind; None: none.
    """

    casts: bool = field(default=True, kw_only=True)
    outline: Outline | None = field(default=None, kw_only=True)


@dataclass(frozen=True, eq=False)
class LitProp(Prop):
    """A prop with a surface that light falls on.

    Attributes:
        material: of the surface.
    """

    material: Material = field(default=Material(), kw_only=True)


class FieldProp(Prop):
    """A prop made of samples on a regular grid.

    Attributes:
        values: (nx, ny, nz) samples.
        origin, spacing, direction: where they lie, as in `Grid`.
        inside: how far samples lie inside of the body of the field, as in `Grid`.
    """

    values: np.ndarray
    origin: Vector
    spacing: Vector
    direction: np.ndarray | None
    inside: np.ndarray | None

    @property
    def points(self) -> np.ndarray:
        """The lowest and the highest corner of the axis-aligned box around the samples, (2, 3)."""
        ends = np.array(np.meshgrid(*((0, n - 1) for n in self.values.shape))).reshape(3, 8).T
        matrix = world_from_index(self.origin, self.spacing, self.direction)
        corners = ends @ matrix[:3, :3].T + matrix[:3, 3]
        return np.stack([corners.min(axis=0), corners.max(axis=0)])

    @property
    def has_unit(self) -> bool:
        """Whether its values may be put into another unit, as real numbers on a linear scale may."""
        return self.values.dtype in (np.float32, np.float64)

    @abstractmethod
    def with_values_in(self, unit: float, memo: ArrayMemo[np.ndarray]) -> Self:
        """The same prop with values in another unit."""


def all_same(new: tuple[object, ...], old: tuple[object, ...]) -> bool:
    """Whether two tuples hold the same objects, in which nothing has changed then."""
    return len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True))
