"""Clips: which part of a volume is cut away, as plain values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector


class Clip(ABC):
    """A shape that cuts away what is on one side of it."""

    @abstractmethod
    def keeps(self, points: np.ndarray) -> np.ndarray:
        """Whether each of some points (n, 3) is kept: (n,) bool."""

    @abstractmethod
    def mapped(self, change: CoordinateChange) -> Self:
        """The clip in other coordinates."""


@dataclass(frozen=True)
class ClipBox(Clip):
    """An axis-aligned box.

    Attributes:
        low, high: its corners, scene units.
        outside: whether the outside is kept instead of the inside.
    """

    low: Vector
    high: Vector
    outside: bool = False

    def keeps(self, points: np.ndarray) -> np.ndarray:
        """The points inside, or outside."""
        return np.asarray(((points >= self.low) & (points <= self.high)).all(axis=1) != self.outside)

    def mapped(self, change: CoordinateChange) -> Self:
        """The box in other coordinates."""
        return replace(self, low=change.place(self.low), high=change.place(self.high))


@dataclass(frozen=True)
class ClipPlane(Clip):
    """A plane. The side that its normal points to is kept.

    Attributes:
        origin: a point on it, scene units.
        normal: of any length above 0.
    """

    origin: Vector
    normal: Vector

    def keeps(self, points: np.ndarray) -> np.ndarray:
        """The points on the plane and in front of it."""
        return np.asarray((points - self.origin) @ np.asarray(self.normal) >= 0)

    def mapped(self, change: CoordinateChange) -> Self:
        """The plane in other coordinates."""
        return replace(self, origin=change.place(self.origin))


@dataclass(frozen=True)
class ClipSphere(Clip):
    """A sphere.

    Attributes:
        center, radius: scene units.
        outside: whether the outside is kept instead of the inside.
    """

    center: Vector
    radius: float
    outside: bool = False

    def keeps(self, points: np.ndarray) -> np.ndarray:
        """The points inside, or outside."""
        return np.asarray((np.linalg.norm(points - self.center, axis=1) <= self.radius) != self.outside)

    def mapped(self, change: CoordinateChange) -> Self:
        """The sphere in other coordinates."""
        return replace(self, center=change.place(self.center), radius=change.length(self.radius))


def kept(points: np.ndarray, clips: tuple[Clip, ...]) -> np.ndarray:
    """Whether each of some points (n, 3) is cut away by none of the clips: (n,) bool."""
    left = np.ones(len(points), bool)
    for clip in clips:
        left &= clip.keeps(points)
    return left
