"""The camera's path between two cuts, through keyframes."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from moviemaker.timeline.easing import EASINGS
from moviemaker.timeline.orientation import (
    CarriedUp,
    angle_between,
    between,
    carried,
    clear_of,
    coincide,
    level,
    looks_along,
    sample_turning,
    unit,
)
from moviemaker.timeline.path import Curve, MonotoneTrack, distinct, hairpin_brakes, lines_through, spline_through

Pose = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Position, direction of view and up in the picture."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A camera that moves through keyframes without a cut. Before the first and after the last, it holds.

    Attributes:
        times: (n,), seconds of the keyframes, ascending.
        positions: (n, 3).
        targets: the keyframes' targets (n, 3), or a function that gives them at a time: data may move.
        vertical: a function that gives the vertical of the keyframe of an index at a time, a unit vector (3,).
        eases: (n - 1,), easing of each segment, or None for a smooth passage.
        straight: lines from keyframe to keyframe instead of a spline.
    """

    times: tuple[float, ...]
    positions: np.ndarray
    targets: np.ndarray | Callable[[float], np.ndarray]
    vertical: Callable[[int, float], np.ndarray]
    eases: tuple[str | None, ...]
    straight: bool
    # Results by segment. They are computed on demand, because they need the targets at many times, and the centre of
    # data may have to be read from files.
    _carried: dict[int, CarriedUp | None] = field(default_factory=dict, repr=False)

    def at(self, time: float) -> Pose:
        """Position and orientation of the camera at a time."""
        position = self.position(time)
        forward = self._forward(time, position)
        return position, forward, self._up(time, forward)

    def position(self, time: float) -> np.ndarray:
        """Position of the camera at a time, (3,)."""
        return self._curve.at(float(self._distance.at(time)[0]))

    def _target(self, time: float) -> np.ndarray:
        if callable(self.targets):
            # The keys are the present positions of the data, so that data that move stay in the middle of the picture.
            return MonotoneTrack.through(self.times, self.targets(time), self.eases).at(time)
        return self._fixed_targets.at(time)

    @cached_property
    def _fixed_targets(self) -> MonotoneTrack:
        assert not callable(self.targets)
        return MonotoneTrack.through(self.times, self.targets, self.eases)

    def _forward(self, time: float, position: np.ndarray | None = None) -> np.ndarray:
        """The direction to the target.

        If the camera flies through its target, it looks as at the last keyframe (or else as at the next).
        """
        for moment in (time, *self.times[self._segment(time) :][:2]):
            position = self.position(moment) if position is None else position
            target = self._target(moment)
            if not coincide(position, target):
                return unit(target - position)
            position = None
        return np.array([1.0, 0.0, 0.0])

    @cached_property
    def _stations(self) -> tuple[np.ndarray, np.ndarray]:
        return distinct(self.positions)

    @cached_property
    def _curve(self) -> Curve:
        return (lines_through if self.straight else spline_through)(self._stations[0])

    @cached_property
    def _distance(self) -> MonotoneTrack:
        """Distance of the camera along the curve."""
        points, index = self._stations
        return MonotoneTrack.through(self.times, self._curve.lengths[index], self.eases, hairpin_brakes(points)[index])

    def _segment(self, time: float) -> int:
        return min(max(bisect.bisect_right(self.times, time) - 1, 0), max(len(self.times) - 2, 0))

    @cached_property
    def _key_ups(self) -> list[np.ndarray]:
        """Up in the picture at each keyframe."""
        forwards = [self._forward(time) for time in self.times]
        verticals = [self.vertical(i, time) for i, time in enumerate(self.times)]
        certain = [i for i in range(len(self.times)) if not looks_along(forwards[i], verticals[i])]
        ups = []
        for i, forward in enumerate(forwards):
            if not certain:
                y = np.array([0.0, 1.0, 0.0])
                x = np.array([1.0, 0.0, 0.0])
                ups.append(level(forward, x if looks_along(forward, y) else y))
            else:
                near = min(certain, key=lambda other: abs(other - i))
                ups.append(carried(forwards[near], level(forwards[near], verticals[near]), forward))
        return ups

    def _up(self, time: float, forward: np.ndarray) -> np.ndarray:
        if len(self.times) == 1:
            return carried(self._forward(self.times[0]), self._key_ups[0], forward)
        segment = self._segment(time)
        if segment not in self._carried:
            self._carried[segment] = self._carry(segment)
        along = self._carried[segment]
        if along is not None:
            return along.at(time, forward)
        return level(forward, self._vertical(segment, time))

    def _vertical(self, segment: int, time: float) -> np.ndarray:
        """The vertical at a time in a segment, on the great circle between those of its two keyframes."""
        first, last = self.vertical(segment, time), self.vertical(segment + 1, time)
        way = (time - self.times[segment]) / (self.times[segment + 1] - self.times[segment])
        return between(first, last, EASINGS[self.eases[segment] or "smooth"](min(max(way, 0.0), 1.0)))

    def _carry(self, segment: int) -> CarriedUp | None:
        """The orientation in a segment in which the camera cannot be kept level; None if it can."""
        times, forwards = sample_turning(self._forward, self.times[segment], self.times[segment + 1])
        opposite = any(
            angle_between(self.vertical(segment, time), self.vertical(segment + 1, time)) > 3.1 for time in times
        )
        if not opposite and all(
            clear_of(forward, self._vertical(segment, time)) for time, forward in zip(times, forwards, strict=True)
        ):
            return None
        ups = self._key_ups
        return CarriedUp.along(times, forwards, ups[segment], ups[segment + 1], self.eases[segment] or "smooth")
