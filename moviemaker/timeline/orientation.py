"""The up direction of the picture. Directions are unit vectors, (3,); angles are radians.

There are two ways to keep a camera upright. *Level* keeps the horizon horizontal, and fails if the camera looks along
the vertical. *Carried* turns the picture as little as possible while the camera turns: it is defined everywhere, but
the horizon drifts.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from moviemaker.timeline.easing import EASINGS

CLEAR_OF_UP = math.radians(10)
"""A camera is kept level while it looks at least this far away from straight up and straight down."""

_ALONG_UP = 1e-6
_FINEST_STEP = math.radians(4)


def unit(vector: ArrayLike) -> np.ndarray:
    """The vector's direction; the vector is not zero."""
    array = np.asarray(vector, dtype=float)
    return np.asarray(array / np.linalg.norm(array))


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The cross product of two vectors (3,). (NumPy's own, made for whole arrays, takes ten times as long.)"""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def coincide(a: ArrayLike, b: ArrayLike) -> bool:
    """Whether two points are equal up to rounding, so that the direction from one to the other is undefined."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return bool(np.linalg.norm(a - b) <= 1e-12 * max(np.abs(a).max(), np.abs(b).max()))


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    """Angle between two unit vectors in 0..pi, accurate when it is small too."""
    return 2 * math.atan2(float(np.linalg.norm(a - b)), float(np.linalg.norm(a + b)))


def looks_along(forward: np.ndarray, up: np.ndarray) -> bool:
    """Whether a camera looks straight up or straight down, so that no picture is level."""
    return float(np.linalg.norm(cross(forward, up))) < _ALONG_UP


def clear_of(forward: np.ndarray, up: np.ndarray) -> bool:
    """Whether a camera looks far enough away from straight up and straight down to be kept level."""
    return CLEAR_OF_UP < angle_between(forward, up) < math.pi - CLEAR_OF_UP


def level(forward: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Up in the picture of a camera whose right is horizontal; it must not look along `up`."""
    return unit(cross(unit(cross(forward, up)), forward))


def carried(before: np.ndarray, up: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Up in the picture after the smallest rotation that takes the direction of view from `before` to `after`.

    If the direction is reversed, the camera turns about its up.
    """
    both = before + after
    closeness = float(both @ both) / 2
    if closeness < 1e-20:
        return up
    rotated = up - both * (float(up @ after) / closeness)
    return unit(rotated - after * float(rotated @ after))


def turned(up: np.ndarray, forward: np.ndarray, angle: float) -> np.ndarray:
    """Up in the picture after turning the camera clockwise, as its viewer sees it, about its direction of view.

    The top of the camera goes to the viewer's right; what is seen turns counter-clockwise.
    """
    return math.cos(angle) * up + math.sin(angle) * cross(forward, up)


def turn_between(up: np.ndarray, other: np.ndarray, forward: np.ndarray) -> float:
    """The angle by which `turned` takes one up to another, in -pi..pi; half a turn is always +pi."""
    angle = math.atan2(float(cross(up, other) @ forward), float(up @ other))
    return angle + 2 * math.pi if angle < -math.pi + 1e-9 else angle


def between(a: np.ndarray, b: np.ndarray, fraction: float) -> np.ndarray:
    """The direction a fraction of the way along the great circle from one to another, which is not its opposite."""
    angle = angle_between(a, b)
    if angle < 1e-12:
        return a
    return unit(a * math.sin((1 - fraction) * angle) + b * math.sin(fraction * angle))


def rotation_from_z(up: np.ndarray) -> np.ndarray:
    """The matrix (3, 3) of the smallest rotation that takes z to `up`; for -z, half a turn about x."""
    x, y, z = (float(component) for component in up)
    tilt = x * x + y * y
    if z < 0 and tilt < 1e-24:
        return np.diag([1.0, -1.0, -1.0])
    # Möller & Hughes, "Efficiently building a matrix to rotate one vector to another" (1999), with z as the first.
    k = (1 - z) / tilt if z < 0 else 1 / (1 + z)
    return np.array([[1 - k * x * x, -k * x * y, x], [-k * x * y, 1 - k * y * y, y], [-x, -y, z]])


def sample_turning(forward: Callable[[float], np.ndarray], start: float, end: float) -> tuple[list[float], np.ndarray]:
    """Times from start to end and the directions (n, 3) at them, dense enough to follow a direction that turns.

    Neighbouring directions are at most four degrees apart, unless the direction jumps.
    """
    times = np.linspace(start, end, 17).tolist()
    seen = {time: forward(time) for time in times}
    for _ in range(6):
        coarse = [(a, b) for a, b in pairwise(times) if angle_between(seen[a], seen[b]) > _FINEST_STEP]
        if not coarse:
            break
        seen |= {time: forward(time) for time in ((a + b) / 2 for a, b in coarse)}
        times = sorted(seen)
    return times, np.array([seen[time] for time in times])


@dataclass(frozen=True, eq=False)
class CarriedUp:
    """Up in the picture of a camera that is turned as little as possible between two given orientations.

    The picture is carried along the directions of view (a rotation-minimising frame, Bishop 1975). The remaining angle
    to the orientation at the end is spread over the whole path.

    Attributes:
        times: seconds, ascending.
        forwards, ups: (n, 3), direction of view and carried up at the times.
        twist: remaining angle about the direction of view at the end.
        ease: name of the easing that spreads it.
    """

    times: Sequence[float]
    forwards: np.ndarray
    ups: np.ndarray
    twist: float
    ease: str

    @classmethod
    def along(
        cls, times: Sequence[float], forwards: np.ndarray, first: np.ndarray, last: np.ndarray, ease: str
    ) -> CarriedUp:
        """From the up `first` at the first time to the up `last` at the last."""
        ups = [first]
        for before, after in pairwise(forwards):
            ups.append(carried(before, ups[-1], after))
        return cls(times, forwards, np.array(ups), turn_between(ups[-1], last, forwards[-1]), ease)

    def at(self, time: float, forward: np.ndarray) -> np.ndarray:
        """Up at a time at which the camera looks along `forward`."""
        i = min(max(bisect.bisect_right(self.times, time) - 1, 0), len(self.times) - 1)
        way = (time - self.times[0]) / (self.times[-1] - self.times[0])
        fraction = EASINGS[self.ease](min(max(way, 0.0), 1.0))
        return turned(carried(self.forwards[i], self.ups[i], forward), forward, fraction * self.twist)
