"""What a view does not see is left out: six views all around see each thing once, and would draw it six times."""

from __future__ import annotations

import numpy as np

from moviemaker.core.camera import Frustum, View

ROUNDING = 1e-5
"""Marks are drawn with single precision: that part of their distance they may be farther to the side."""


def seen_in(view: View, center: np.ndarray, reach: np.ndarray | float) -> np.ndarray:
    """Which of some things a view sees: (n,) bool. It may say so of a few that it does not see.

    An eye of omni-directional stereo is never farther from the camera than its radius: what it sees is at most that
    much farther to the side.

    Args:
        view: the view.
        center: (n, 3), scene units.
        reach: (n,), of the farthest point of each from its centre, scene units.
    """
    right = np.cross(view.forward, view.up)
    away = np.subtract(center, view.position, dtype=np.float64).T
    # A matrix product would leave threads of the linear algebra library spinning beside the renderer's.
    x, y, z = (axis[0] * away[0] + axis[1] * away[1] + axis[2] * away[2] for axis in (right, view.up, view.forward))
    reach = reach + ROUNDING * (abs(x) + abs(y) + abs(z))
    if not isinstance(view.projection, Frustum):
        half = view.projection.height / 2
        wide = half * view.size[0] / view.size[1]
        parallel: np.ndarray = (abs(x) <= wide + reach) & (abs(y) <= half + reach)
        return parallel
    if view.ods is not None:
        reach = reach + abs(view.ods.radius)
    edges = view.projection
    seen: np.ndarray = z >= -reach
    # Distance to each of the four planes through the eye and an edge of the picture, positive outside.
    for along, tangent in ((x, edges.right), (-x, -edges.left), (y, edges.top), (-y, -edges.bottom)):
        seen &= along - tangent * z <= reach * np.hypot(1.0, tangent)
    return seen
