"""View frustum culling: each of six views all around draws only what it sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple

import numpy as np

from moviemaker.core.camera import Frustum, View

ROUNDING = 1e-5
"""Single precision may move a thing to the side by this part of its distance."""

REMEMBERED = 6
"""Views that are remembered: those of one eye, so that the other eye finds them known."""


class VisibilityCache:
    """The numbers of the things that the last views see. Both eyes of omni-directional stereo see the same ones."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], np.ndarray] = {}

    def forget(self) -> None:
        """Begins again with other things."""
        self._known.clear()

    def of(self, view: View, find: Callable[[], np.ndarray]) -> np.ndarray:
        """The numbers (n,) of the things that a view sees, by `find` if they are not known."""
        reach = None if view.ods is None else abs(view.ods.radius)
        axes = (view.position.tobytes(), view.forward.tobytes(), view.up.tobytes())
        place = (*axes, *astuple(view.projection), *view.size, reach)
        found = self._known.pop(place, None)
        self._known[place] = find() if found is None else found
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return self._known[place]


def seen_in(view: View, center: np.ndarray, reach: np.ndarray | float) -> np.ndarray:
    """Whether a view may see each of some things: (n,) bool; a few that it does not see are among them.

    An eye of omni-directional stereo is at most its radius away from the camera: what it sees lies at most that much
    farther to the side.

    Args:
        view: the view.
        center: (n, 3), centres of the things, scene units.
        reach: (n,), the distance of each thing's farthest point from its centre, scene units.
    """
    right = np.cross(view.forward, view.up)
    away = np.subtract(center, view.position, dtype=np.float64).T
    # A matrix product would leave threads of the linear algebra library spinning beside the renderer's.
    x, y, z = (axis[0] * away[0] + axis[1] * away[1] + axis[2] * away[2] for axis in (right, view.up, view.forward))
    reach = reach + ROUNDING * (abs(x) + abs(y) + abs(z))
    if not isinstance(view.projection, Frustum):
        half = view.projection.height / 2
        wide = half * view.size[0] / view.size[1]
        x, y = x - view.projection.across, y - view.projection.above
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
