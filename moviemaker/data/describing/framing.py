"""The camera of a first scene: what is seen fills most of the picture, all along its path, in the output's projection.

The extent of the data says little about what is seen: a halo reaches far beyond its bright part, and a scan is mostly
air. So the camera is fitted to points on what is seen, each with a weight: particles, vertices, or the samples of a
grid that a layer draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FOV = 40.0
"""Full vertical angle of view of a first scene, degrees."""
SIZE = (1280, 720)
"""Width and height of its picture in pixels."""

FILLED = 0.85
"""Part of the picture's height, or of its width if that is reached first, that is filled where it is filled most."""
ALL_AROUND = 90.0
"""Angle in degrees that is filled in pictures all around, of which most would reach over the zenith."""

MOST = 0.99
"""Part of the weight that has to be in the picture ..."""
_NEARBY = 1.3
"""... and all of it, if the farthest point is at most this factor farther from the middle."""
_POINTS = 20_000
_CENTERED = 3
"""Steps in which the target is moved to the middle of the picture."""
_STEPS = 24
"""Places on the camera's path that are looked at."""
FACING = (20.0, -60.0, 300.0)
"""Elevation of the camera, and its azimuth in the beginning and at the end, degrees: x goes to the right at first."""
_FLAT = ((0.1, 50.0), (0.35, 35.0))
"""Ratios of height to width below which a camera that goes all the way round looks down, and from what elevation."""
_FILLED_ENOUGH = 0.95
"""A picture that is filled so much, compared with the one that is filled most, is a good beginning."""
_LONG = 1.25
"""Ratio of length to width, seen from above, from which on the camera begins at the long side."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Points on what is seen.

    Attributes:
        points: (n, 3), scene units, finite.
        weights: (n,), how much each is seen; None: all alike.
        reach: how far what is seen goes beyond the points: the radius of spheres.
        whole: whether all of it has to be in the picture, as of a surface; if not, few points far off are left out.
    """

    points: np.ndarray
    weights: np.ndarray | None = None
    reach: float = 0.0
    whole: bool = False


@dataclass(frozen=True)
class Framing:
    """A camera that circles a point and looks at it, as `camera.orbit` of a scene describes it.

    Attributes:
        center: that point, scene units.
        radius: its distance from the camera, scene units.
        elevation: of the camera, degrees.
        azimuth: in the beginning and at the end, degrees.
        height: of an orthographic picture that is filled as much, scene units.
        around: the radius at which what is seen fills `ALL_AROUND` of a picture all around, scene units.
    """

    center: tuple[float, float, float]
    radius: float
    elevation: float
    azimuth: tuple[float, float]
    height: float
    around: float


def times_looked_at(times: np.ndarray | Sequence[float] | None, most: int) -> list[float]:
    """At most so many data times, evenly over all snapshots, with the first and the last; [0] for a single one."""
    known = [] if times is None else [float(time) for time in times]
    places = np.unique(np.linspace(0, len(known) - 1, min(most, len(known))).round().astype(int)) if known else ()
    return [known[place] for place in places] or [0.0]


def seen_in_ball(radius: float, center: Sequence[float] = (0.0, 0.0, 0.0)) -> Seen:
    """A ball."""
    return Seen(np.array([center], np.float64), reach=radius, whole=True)


def seen_in_box(bounds: Sequence[tuple[float, float]]) -> Seen:
    """The corners of a box with these bounds (low, high) along x, y, z."""
    corners = np.stack(np.meshgrid(*bounds, indexing="ij"), axis=-1).reshape(-1, 3)
    return Seen(corners.astype(np.float64), whole=True)


def together(parts: Sequence[Seen]) -> Seen:
    """What is seen at several times."""
    weights = [np.ones(len(part.points)) if part.weights is None else part.weights for part in parts]
    return Seen(
        np.concatenate([part.points for part in parts]),
        np.concatenate(weights),
        max(part.reach for part in parts),
        any(part.whole for part in parts),
    )


def frame(seen: Seen, facing: tuple[float, float, float] = FACING, fixed: bool = False) -> Framing:
    """A camera to which what is seen fills most of the picture on all of its path around the z axis.

    Args:
        seen: points on what is seen, at least one.
        facing: elevation of the camera, and its azimuth in the beginning and at the end, degrees. A camera that goes
            all the way round begins at a long side, and looks down on what is flat.
        fixed: whether the camera begins exactly there, as in front of a face.
    """
    points = _robust(seen)
    center = (points.min(axis=0) + points.max(axis=0)) / 2
    elevation, first, last = facing
    if last - first == 360 and not fixed:
        elevation, first = _on_the_way_round(points - center, seen.reach, elevation, first)
        last = first + 360
    angles = np.linspace(first, last, _STEPS)
    for _ in range(_CENTERED):
        views = [_View.of(points - center, elevation, angle) for angle in angles]
        radius = max(view.distance(seen.reach) for view in views) or 1.0
        # The nearer side looks larger: the camera looks at a place between the upper and the lower edge of the picture.
        highest, lowest = (max(view.edge(radius, sign) for view in views) for sign in (1, -1))
        center[2] += (highest - lowest) / 2 * radius / np.cos(np.radians(elevation))
    views = [_View.of(points - center, elevation, angle) for angle in angles]
    radius = max(view.distance(seen.reach) for view in views) or 1.0
    height = max(view.height(seen.reach) for view in views) or 1.0
    around = max(view.distance_around(seen.reach) for view in views) or 1.0
    x, y, z = center.tolist()
    return Framing((x, y, z), radius, elevation, (first, last), height, around)


@dataclass(frozen=True, eq=False)
class _View:
    """Points as a camera at a direction sees them: to the right, up, and towards the camera, each (n,)."""

    across: np.ndarray
    above: np.ndarray
    nearer: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, elevation: float, azimuth: float) -> _View:
        """Points (n, 3) around the target of a camera, whose direction is given in degrees."""
        a, e = np.radians([azimuth, elevation])
        toward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        right = np.array([-np.sin(a), np.cos(a), 0.0])
        return cls(points @ right, points @ np.cross(toward, right), points @ toward)

    def distance(self, reach: float) -> float:
        """The distance of the camera at which all points fit."""
        up, aside = FILLED * np.tan(np.radians(FOV / 2)) * np.array([1.0, SIZE[0] / SIZE[1]])
        # The edge of the picture touches a sphere beside its middle.
        tall = (np.abs(self.above) + reach * np.hypot(1, up)) / up
        wide = (np.abs(self.across) + reach * np.hypot(1, aside)) / aside
        return float((self.nearer + np.maximum(tall, wide)).max())

    def distance_around(self, reach: float) -> float:
        """The distance of the camera at which all points are within `ALL_AROUND`."""
        half = np.radians(ALL_AROUND / 2)
        sizes = np.hypot(self.above, self.across) / np.tan(half) + reach / np.sin(half)
        return float((self.nearer + sizes).max())

    def edge(self, distance: float, sign: int) -> float:
        """The tangent of the highest point, or of the lowest one (sign -1, counted downwards)."""
        return float((sign * self.above / np.maximum(distance - self.nearer, 1e-3 * distance)).max())

    def height(self, reach: float) -> float:
        """The height of an orthographic picture that is filled as much."""
        sizes = np.maximum(np.abs(self.above), np.abs(self.across) * SIZE[1] / SIZE[0]) + reach
        return float(2 * sizes.max()) / FILLED


def _robust(seen: Seen) -> np.ndarray:
    """At most `_POINTS` of the points (n, 3), without few that are far off."""
    points = np.asarray(seen.points, np.float64)
    weights = np.ones(len(points)) if seen.weights is None else np.asarray(seen.weights, np.float64)
    if not seen.whole:
        middle = np.array([_quantile(points[:, axis], weights, 0.5) for axis in range(3)])
        far = np.linalg.norm(points - middle, axis=1)
        limit = _quantile(far, weights, MOST)
        if far.max() > _NEARBY * limit > 0:
            points = points[far <= limit]
    if len(points) > _POINTS:
        outer = np.concatenate([points.argmin(axis=0), points.argmax(axis=0)])
        points = points[np.concatenate([outer, np.random.default_rng(0).choice(len(points), _POINTS, replace=False)])]
    return np.asarray(points)


def _quantile(values: np.ndarray, weights: np.ndarray, part: float) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, part * total[-1])), len(values) - 1)])


def _on_the_way_round(points: np.ndarray, reach: float, elevation: float, azimuth: float) -> tuple[float, float]:
    """The elevation of a camera that goes all the way round points (n, 3) around 0, and where it begins, degrees.

    It looks down on what is flat. It begins near a long side, at the azimuth within 45 degrees of it at which most of
    the picture is filled.
    """
    spread, axes = np.linalg.eigh(np.cov(points[:, :2].T) if len(points) > 1 else np.zeros((2, 2)))
    shorter, longer = np.sqrt(np.maximum(spread, 0.0)).tolist()
    flatness = (float(points[:, 2].std()) + reach) / ((shorter + reach) or 1.0)
    elevation = next((above for ratio, above in _FLAT if flatness < ratio), elevation)
    if longer > _LONG * shorter:
        along = float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1])))
        azimuth += (along + 90 - azimuth + 90) % 180 - 90  # of both long sides the nearer one
    around = azimuth + np.arange(-45, 46, 15)
    needed = [_View.of(points, elevation, angle).distance(reach) for angle in around]
    if needed[len(around) // 2] < _FILLED_ENOUGH * max(needed):
        azimuth = float(around[int(np.argmax(needed))])
    return elevation, float(round(azimuth))
