"""Clips: what of a cloud is cut away, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Vector


@dataclass(frozen=True)
class ClipBox:
    """An upright box.

    Attributes:
        low, high: its corners, scene units.
        outside: whether what is outside of it is kept, and not what is inside.
    """

    low: Vector
    high: Vector
    outside: bool = False


@dataclass(frozen=True)
class ClipPlane:
    """A plane, of which the side is kept that its normal points to.

    Attributes:
        origin: a point on it, scene units.
        normal: of any length above 0.
    """

    origin: Vector
    normal: Vector


@dataclass(frozen=True)
class ClipSphere:
    """A sphere.

    Attributes:
        center, radius: scene units.
        outside: whether what is outside of it is kept, and not what is inside.
    """

    center: Vector
    radius: float
    outside: bool = False


Clip = ClipBox | ClipPlane | ClipSphere


def kept(points: np.ndarray, clips: tuple[Clip, ...]) -> np.ndarray:
    """Which of some points (n, 3) no clip cuts away: (n,) bool."""
    left = np.ones(len(points), bool)
    for clip in clips:
        if isinstance(clip, ClipBox):
            left &= ((points >= clip.low) & (points <= clip.high)).all(axis=1) != clip.outside
        elif isinstance(clip, ClipPlane):
            left &= (points - clip.origin) @ np.asarray(clip.normal) >= 0
        else:
            left &= (np.linalg.norm(points - clip.center, axis=1) <= clip.radius) != clip.outside
    return left
