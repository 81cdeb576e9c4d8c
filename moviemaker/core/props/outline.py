"""Outlines of things, as a plain value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from moviemaker.core.camera import Frustum, Parallel, View
from moviemaker.core.geometry import norms

FLAT = math.radians(40)
"""The angle that a parallel picture's height stands for: the usual angle of view of a camera."""


@dataclass(frozen=True)
class Outline:
    """A line around what is drawn, where it hides something that is clearly farther away.

    Attributes:
        width: of the line, radians as seen from the camera, whatever the distance.
        color: sRGB in 0..1.
    """

    width: float
    color: tuple[float, float, float]

    def widths(self, view: View, points: np.ndarray) -> np.ndarray:
        """Widths (n,) of the line at points (n, 3), scene units.

        A parallel picture has no angles: there the line is a part of its height, as it would be with a camera that sees
        `FLAT` radians.
        """
        if isinstance(view.projection, Frustum):
            return np.asarray(self.width * norms(points - view.position))
        assert isinstance(view.whole.projection, Parallel)
        return np.full(len(points), self.width / FLAT * view.whole.projection.height)
