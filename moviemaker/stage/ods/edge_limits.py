"""How long the edges of surfaces and lines may be, where eyes of ODS see them bent.

ODS moves a point by the place e of the eye that sees it (see `shaders`), and only vertices are moved. Over an edge of
length L the straight line between two moved vertices is off by at most L^2 / 8 times the second derivative of e, seen
from the distance d. With the radius r of the eyes' circle, along any straight line,

- below the latitudes where the eyes merge `|e''| <= 2 / sqrt(3) * r / (d * cos(latitude))^2`, since the eye turns with
  the azimuth, and a fade by the latitude's cosine leaves `2 / sqrt(3) * r / d^2`;
- where they merge `|e''| <= r * k / d^2`, and `_sharpness` finds k;
- at the latitude `to`, where the fade ends in a kink of the slope `s = pi / 2 / (to - from)`, a straight line is off by
  at most `L * s * r / (4 * d)`;
- above it nothing is moved.

An edge is short enough if that error, as an angle, is a small part of a pixel. Most edges are, since few things are
near. Most others that span a small angle are drawn well too, since the eye turns less along most directions than along
the worst: for these, the places of the eye along the edge are compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from moviemaker.core.camera import Frustum, View
from moviemaker.core.geometry import norms

TOLERANCE = 0.1
"""How far from its place a piece may be drawn, pixels."""

NEAR = 10
"""Nearer than this many radii of the eyes' circle, the eyes see a thing more than 11 degrees apart and cannot fuse it:
there a piece may be farther from its place, in proportion to that angle."""

KINK = 2.5
"""The tolerance is this many times larger at the kink, which is one line in the picture: finer pieces there would cost
as much as the whole surface."""

SPAN = 0.1
"""Edges that span less than this angle, radians, are checked one by one: a few places tell their shape."""

FINEST = 0.01
"""Edges shorter than this part of their distance, half a degree, are not split: an error is left at the kink only."""


@dataclass(frozen=True)
class EdgeLimits:
    """Limits of the lengths of edges.

    Attributes:
        camera: position of the camera, scene units.
        radius: of the circle that the eyes are on, scene units.
        axis: unit vector up, the axis of that circle.
        merge: as in `Ods`.
        tolerance: radians.
    """

    camera: tuple[float, float, float]
    radius: float
    axis: tuple[float, float, float]
    merge: tuple[float, float]
    tolerance: float

    @classmethod
    def of(cls, view: View) -> EdgeLimits | None:
        """The limits for a view; None where nothing is bent. They are the same for all views and eyes of a picture."""
        ods = view.ods
        if ods is None or ods.radius == 0.0 or not isinstance(view.projection, Frustum):
            return None
        pixel = (view.projection.right - view.projection.left) / view.size[0]
        x, y, z = view.position.tolist()
        a, b, c = ods.up.tolist()
        # The same pixel differs in its last digits from view to view.
        return cls((x, y, z), abs(ods.radius), (a, b, c), ods.merge, float(f"{TOLERANCE * pixel:.4g}"))

    def distance(self, center: np.ndarray, reach: np.ndarray, least: np.ndarray | float = 0.0) -> np.ndarray:
        """Least distances (n,) of the camera to what lies in balls, but at least the distance between the eyes.

        Args:
            center: (n, 3), centres of the balls.
            reach: (n,), radii of the balls.
            least: (n,), other lower bounds of the distances.
        """
        away = np.maximum(norms(center - np.array(self.camera, center.dtype)) - reach, least)
        distance: np.ndarray = np.maximum(away, 2 * self.radius)
        return distance

    def longest(self, center: np.ndarray, reach: np.ndarray, least: np.ndarray | float = 0.0) -> np.ndarray:
        """The longest edges (n,) allowed for what lies in balls; arguments as for `distance`."""
        r, tolerance = self.radius, self.tolerance
        d = self.distance(center, reach, least)
        offset = center - np.array(self.camera, center.dtype)
        latitude = np.abs(_latitude(offset, self.axis))
        spread = np.arcsin(np.clip(reach / np.maximum(norms(offset), 1e-30), 0.0, 1.0))
        low, high = latitude - spread, np.minimum(latitude + spread, math.pi / 2)
        begin, end = self.merge
        turning = 2 / math.sqrt(3)
        if end < 0:
            curvature = np.full(d.shape, turning)
        else:
            curvature = turning / np.cos(np.minimum(high, begin)) ** 2
            steepest = math.pi / 2 / (end - begin)
            curvature = np.where(high > begin, np.maximum(curvature, _sharpness(self.merge)), curvature)
        length = np.sqrt(8 * tolerance * d**3 / (curvature * r))
        if 0 < end < math.radians(89.9):
            kink = 4 * KINK * tolerance * d**2 / (steepest * r)
            length = np.where((low <= end) & (high >= end), np.minimum(length, kink), length)
        if end >= 0:
            length = np.where(low > end, np.inf, length)
        length = np.where(2 * r / d <= tolerance, np.inf, length)  # points are moved by less than the tolerance
        limit: np.ndarray = np.maximum(length, FINEST * d)
        return limit

    def straight(self, starts: np.ndarray, stops: np.ndarray, slack: float) -> np.ndarray:
        """Whether each edge may be drawn straight, (n,) bool, by where three of its points belong.

        Edges that are too long for a test of three points give False. If the edges of a triangle are off by
        some angle, its middle is off by up to 4 / 3 of it.

        Args:
            starts, stops: (n, 3), the ends, scene units.
            slack: how far the camera may be from its position, scene units.
        """
        starts, stops = starts - self.camera, stops - self.camera
        away = np.minimum(norms(starts), norms(stops))
        straight: np.ndarray = (norms(stops - starts) < SPAN * away) & (slack < 0.15 * away)
        told = np.flatnonzero(straight)
        starts, stops, tilt = starts[told], stops[told], slack / away[told]
        off = np.zeros(len(told))
        for raised in (-tilt, 0 * tilt, tilt):
            first, last = self._moved(starts, raised), self._moved(stops, raised)
            for part in (0.25, 0.5, 0.75):
                right, drawn = self._moved(starts + part * (stops - starts), raised), first + part * (last - first)
                off = np.maximum(off, norms(np.cross(right, drawn)) / (norms(right) * norms(drawn)))
        off *= (1 - tilt) ** -3  # as seen from the nearest place where the camera may be
        low, high = np.sort([np.abs(_latitude(place, self.axis)) for place in (starts, stops)], axis=0)
        begin, end = self.merge
        kink = (low - tilt < end) & (high + tilt > end) & (end < math.radians(89.9))
        off += kink * (high - low) / 4 * math.pi / 2 / (end - begin) * self.radius / (away[told] * (1 - tilt))
        nearness = np.maximum(1.0, NEAR * self.radius / np.maximum(away[told], 2 * self.radius))
        straight[told] = off < self.tolerance * nearness * np.where(kink, KINK, 0.75)
        return straight

    def _moved(self, offset: np.ndarray, raised: np.ndarray) -> np.ndarray:
        """Where points at offsets (n, 3) have to be drawn, as the shaders move them.

        Args:
            offset: from the camera.
            raised: (n,), radians, added to the latitudes that the eyes' places depend on.
        """
        begin, end = self.merge if self.merge[1] > 0 else (0.0, math.pi / 2)
        up = np.array(self.axis)
        height = offset @ up
        level = offset - height[:, None] * up
        rho = np.maximum(norms(level), 1e-30)
        away = rho
        for _ in range(3):
            latitude = np.abs(np.arctan2(height, away) + raised)
            radius = self.radius * np.cos(math.pi / 2 * np.clip((latitude - begin) / (end - begin), 0.0, 1.0))
            away = np.sqrt(np.maximum(rho**2 - radius**2, 1e-8 * rho**2))
        ahead = (away / rho)[:, None] * level - (radius / rho)[:, None] * np.cross(level, up)
        moved: np.ndarray = ahead * (away / norms(ahead))[:, None] + height[:, None] * up
        return moved

    def resolved(self, nearest: float) -> tuple[EdgeLimits, float]:
        """The same limits from the nearest node of a grid, and the largest distance to it.

        The grid is finer the nearer something is. Pieces made for a node serve while the camera is near it, and depend
        on where the camera is, not on where it was before.
        """
        cell = 2.0 ** math.floor(math.log2(nearest / 8))
        x, y, z = (round(component / cell) * cell for component in self.camera)
        return replace(self, camera=(x, y, z)), cell * math.sqrt(3) / 2


def _latitude(offset: np.ndarray, axis: tuple[float, float, float]) -> np.ndarray:
    """Latitudes (n,) of offsets (n, 3), radians."""
    up = np.array(axis, offset.dtype)
    height = offset @ up
    latitude: np.ndarray = np.arctan2(height, norms(offset - height[:, None] * up))
    return latitude


@cache
def _sharpness(merge: tuple[float, float]) -> float:
    """The largest second derivative of `e / r`, times d^2, at the latitudes where the eyes merge.

    On the sphere of directions, e is `fade(latitude)` long and at right angles to the meridian. The derivatives are
    tried along great circles at any angle to the meridian, and along lines at any angle to the viewing direction.
    """
    begin, end = merge
    slope = math.pi / 2 / (end - begin)
    latitude = np.linspace(begin, min(end, math.radians(89.9)), 40)[:, None, None]
    course = np.linspace(0, math.pi, 41)[:, None]
    slant = np.linspace(0, math.pi, 41)
    phase = slope * (latitude - begin)
    fade, fade1, fade2 = np.cos(phase), -slope * np.sin(phase), -(slope**2) * np.cos(phase)
    north, east = np.cos(course), np.sin(course) / np.cos(latitude)  # latitude and longitude along the great circle
    north2, east2 = -np.tan(latitude) * np.sin(course) ** 2, 2 * np.tan(latitude) * north * east
    first = fade1 * north, fade * east
    second = fade2 * north**2 + fade1 * north2 - fade * east**2, 2 * fade1 * north * east + fade * east2
    turned = [b * np.sin(slant) ** 2 + a * np.sin(2 * slant) for a, b in zip(first, second, strict=True)]
    return 1.02 * float(np.hypot(*turned).max())
