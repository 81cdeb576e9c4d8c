"""The sky behind plates.

Each plate is photographed before nothing, and the sky is laid behind it by the direction of each pixel. So it is
infinitely far away, the same for every eye, and in every lens where directions are.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from moviemaker.core.camera import Frustum, View
from moviemaker.environment.sky import Sky


class Photographer(Protocol):
    """What the stage is asked for here."""

    def overlap(self, view: View) -> int:
        """Pixels by which tiles of a view have to overlap."""
        ...

    def photograph(self, view: View, background: tuple[float, float, float] | None) -> np.ndarray:
        """The plate of a view."""
        ...

    def distances(self, view: View) -> np.ndarray:
        """Distances of what is opaque in the view photographed last."""
        ...


class BeforeSky:
    """Photographs what a stage shows before a sky.

    Args:
        stage: the stage.
        sky: that is seen.
    """

    def __init__(self, stage: Photographer, sky: Sky):
        self._stage, self._sky = stage, sky

    def overlap(self, view: View) -> int:
        """Pixels by which tiles of a view have to overlap."""
        return self._stage.overlap(view)

    def photograph(self, view: View, background: tuple[float, float, float] | None) -> np.ndarray:
        """The plate of a view before the sky, instead of a background: (height, width, 3)."""
        return before(self._stage.photograph(view, None), view, self._sky)

    def distances(self, view: View) -> np.ndarray:
        """Distances of what is opaque in the view photographed last."""
        return self._stage.distances(view)


def before(plate: np.ndarray, view: View, sky: Sky) -> np.ndarray:
    """A plate before the sky.

    Args:
        plate: (height, width, 4) uint8, uint16 or float32: colours times opacity, and opacity.
        view: that it shows.
        sky: that is seen.

    Returns:
        (height, width, 3) of the same type.
    """
    from moviemaker.environment._kernels import sky_behind  # compiled: imported when needed

    white = 1.0 if plate.dtype.kind == "f" else float(np.iinfo(plate.dtype).max)
    axes = np.stack([view.forward, np.cross(view.forward, view.up), view.up]) @ sky.axes.T
    across, along, pixel = _places(view)
    clear = np.float32(white) - plate[..., 3].astype(np.float32)
    light = np.empty((*clear.shape, 3), np.float32)
    sky_behind(clear, across, along, axes, sky.texels(pixel), sky.table, light)
    light += plate[..., :3]
    return light if white == 1.0 else np.rint(np.minimum(light, white)).astype(plate.dtype)


def _places(view: View) -> tuple[np.ndarray, np.ndarray, float]:
    """Where pixels are on the plane at distance 1: to the right (width,), upwards (height,), and their width, radians.

    In a parallel view all pixels look in one direction.
    """
    width, height = view.size
    seen = view.projection
    if not isinstance(seen, Frustum):
        return np.zeros(width), np.zeros(height), math.pi
    edges = np.array([seen.left, seen.right, seen.bottom, seen.top])
    left, right, bottom, top = np.arctan(edges) if seen.equiangular else edges
    across = left + (right - left) * (np.arange(width) + 0.5) / width
    along = top - (top - bottom) * (np.arange(height) + 0.5) / height
    whole = view.whole  # all parts of a view take the same texels
    assert isinstance(whole.projection, Frustum)
    pixel = (math.atan(whole.projection.right) - math.atan(whole.projection.left)) / whole.size[0]
    return (np.tan(across), np.tan(along), pixel) if seen.equiangular else (across, along, pixel)
