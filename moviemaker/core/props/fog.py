"""Fog, which tells near from far, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector
from moviemaker.core.props.shapes import Glow


@dataclass(frozen=True, eq=False)
class Fog:
    """Fog around the camera: what is farther away has more of the colour of the fog.

    Distances count from the camera, not along its axis and not from an eye: so all views of a panorama and both eyes of
    a viewer give the same place the same colour. In a parallel picture, whose rays have no common origin, they count
    along the view.

    Attributes:
        begin, end: distances at which the fog begins and at which it is thickest, scene units.
        color: sRGB in 0..1.
        amount: how much of the colour of a thing the thickest fog takes, 0..1.
        place: of the camera, scene units.
        axis: unit vector along a parallel picture's rays; None: the rays come from the camera.
    """

    begin: float
    end: float
    color: tuple[float, float, float]
    amount: float
    place: Vector
    axis: Vector | None = None

    def mapped(self, change: CoordinateChange) -> Self:
        """The fog in other coordinates, which are not turned."""
        begin, end = change.length(self.begin), change.length(self.end)
        return replace(self, begin=begin, end=end, place=change.place(self.place))

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Distances (n,) of points (n, 3) that count for the fog."""
        offset = points.astype(np.float64) - self.place
        if self.axis is not None:
            return np.asarray(offset @ np.array(self.axis))
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", offset, offset)))

    def left(self, distances: np.ndarray) -> np.ndarray:
        """The part of their own colour (n,) that things at distances (n,) keep: 1 before the fog begins.

        It falls as `1 - amount * (3 t^2 - 2 t^3)`, where t goes from 0 to 1 between `begin` and `end`.
        """
        part = np.clip((distances - self.begin) / self.thickness, 0.0, 1.0)
        return np.asarray(1.0 - self.amount * part * part * (3.0 - 2.0 * part))

    def before(self, glow: Glow, eye: np.ndarray) -> Glow:
        """Light as an eye (3,) sees it behind the fog, fainter; stars are behind all fog, and as bright as without."""
        seen = glow.seen_from(eye)
        if glow.angular:
            return seen
        return replace(seen, brightness=seen.brightness * self.left(self.distances(seen.position)))

    @property
    def thickness(self) -> float:
        """The length from begin to end; a fog that moves, and for a moment ends where it begins, is a thin wall."""
        return max(self.end - self.begin, 1e-6 * self.end)
