"""The viewer's path through the movie, sampled often enough to tell how fast and how suddenly it changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from moviemaker.comfort.limits import EASE_IN, TURNING, WINDOW
from moviemaker.core.camera import viewer_frame
from moviemaker.timeline.camera import CameraPath

FIRST_STEPS = 120
"""Number of steps into which the movie is divided at first. One sample of the camera takes half a millisecond."""

MOST_SAMPLES = 480
"""Largest number of samples of the camera in all, most of them where its speed changes."""


@dataclass(frozen=True, eq=False)
class Leg:
    """The viewer's path between two cuts.

    Attributes:
        times: (n,), seconds of the movie, ascending; the first and the last are the ends of the shot.
        positions: (n, 3), of the camera.
        frames: (n, 3, 3), the viewer's right, up and ahead as columns: world from viewer.
        verticals: (n, 3), the way up in the scene.
    """

    times: np.ndarray
    positions: np.ndarray
    frames: np.ndarray
    verticals: np.ndarray

    @property
    def between(self) -> np.ndarray:
        """(n - 1,), the times half way between two samples, to which the velocities belong."""
        middle: np.ndarray = (self.times[:-1] + self.times[1:]) / 2
        return middle

    @property
    def velocity(self) -> np.ndarray:
        """(n - 1, 3), scene units a second."""
        velocity: np.ndarray = np.diff(self.positions, axis=0) / np.diff(self.times)[:, None]
        return velocity

    @property
    def turning(self) -> np.ndarray:
        """(n - 1, 3), angular velocity of the viewer in the world: a vector along its axis, radians a second."""
        turn = self.frames[1:] @ self.frames[:-1].transpose(0, 2, 1)
        # The angle follows from the distance of the two frames, which is exact for small and for large angles.
        apart = np.linalg.norm(self.frames[1:] - self.frames[:-1], axis=(1, 2)) / math.sqrt(8)
        angle = 2 * np.arcsin(np.minimum(apart, 1))
        axis = np.stack(
            [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], 1
        )
        length = np.linalg.norm(axis, axis=1)
        axis[length < 1e-12] = self.verticals[1:][length < 1e-12]  # half a turn, or none at all
        turning: np.ndarray = axis * (angle / np.diff(self.times) / np.linalg.norm(axis, axis=1))[:, None]
        return turning


@dataclass(frozen=True)
class Flight:
    """The viewer's path through the movie.

    Attributes:
        legs: one for each shot of more than a frame, since nothing is measured across a cut.
        cuts: seconds of the cuts that the viewer can see. A jump of the angle of view is not one of them, since a
            picture all around does not have an angle of view.
    """

    legs: tuple[Leg, ...]
    cuts: tuple[float, ...]


def flight(path: CameraPath, level: bool, duration: float, fps: float, most: int = MOST_SAMPLES) -> Flight:
    """The viewer's path through the movie.

    Args:
        path: of the camera.
        level: whether the viewer's frame keeps the horizon level.
        duration: of the movie, seconds.
        fps: frames per second; steps are never shorter than a frame.
        most: largest number of samples of the camera.
    """
    step = max(1 / fps, duration / min(FIRST_STEPS, most / 2))
    cuts = [cut for cut in path.cuts if _is_visible(path, cut, level)]
    legs = []
    for start, end in shots(cuts, duration):
        if end - start > 1.5 / fps:
            legs.append(_leg(path, level, _first_times(start, end, step, path.keyframe_times, 0.5 / fps)))
    spare = most - sum(len(leg.times) for leg in legs)
    while spare > 0:
        wanted = [(rate, i, time) for i, leg in enumerate(legs) for rate, time in _further_times(leg, 1 / fps)]
        wanted = sorted(wanted, reverse=True)[:spare]
        if not wanted:
            break
        spare -= len(wanted)
        for i in {i for _, i, _ in wanted}:
            legs[i] = _with(legs[i], _leg(path, level, sorted(time for _, j, time in wanted if j == i)))
    return Flight(tuple(legs), tuple(cuts))


def shots(cuts: Sequence[float], duration: float) -> Iterator[tuple[float, float]]:
    """Start and end of each shot; the end is just before the cut."""
    return ((start, math.nextafter(end, start)) for start, end in pairwise([0.0, *cuts, duration]))


def _first_times(start: float, end: float, step: float, keys: Sequence[float], least: float) -> list[float]:
    """At least three times from start to end, among them the keyframes, where speeds are likely to change."""
    nodes = [start]
    for key in [key for key in keys if start < key < end][:FIRST_STEPS]:
        if nodes[-1] + least < key < end - least:
            nodes.append(key)
    times = [start]
    for before, after in pairwise([*nodes, end]):
        steps = max(2 if len(nodes) == 1 else 1, math.ceil((after - before) / step - 1e-6))
        times += np.linspace(before, after, steps + 1)[1:].tolist()
    return times


def _is_visible(path: CameraPath, cut: float, level: bool) -> bool:
    before, after = path.at(math.nextafter(cut, 0)), path.at(cut)
    size = max(np.abs(before.position).max(), np.abs(after.position).max())
    moved = np.linalg.norm(after.position - before.position) > 1e-9 * size
    return bool(moved or not np.allclose(viewer_frame(before, level), viewer_frame(after, level), rtol=0, atol=1e-6))


def _leg(path: CameraPath, level: bool, times: list[float]) -> Leg:
    cameras = [path.at(time) for time in times]
    frames = [viewer_frame(camera, level) for camera in cameras]
    positions, verticals = [camera.position for camera in cameras], [camera.vertical for camera in cameras]
    return Leg(np.array(times), np.array(positions), np.array(frames), np.array(verticals))


def _with(leg: Leg, more: Leg) -> Leg:
    order = np.argsort(np.concatenate([leg.times, more.times]), kind="stable")

    def merged(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        both: np.ndarray = np.concatenate([a, b])[order]
        return both

    return Leg(
        merged(leg.times, more.times),
        merged(leg.positions, more.positions),
        merged(leg.frames, more.frames),
        merged(leg.verticals, more.verticals),
    )


def _further_times(leg: Leg, finest: float) -> list[tuple[float, float]]:
    """Further times to sample, each with its weight: the middle of long steps at changes of speed."""
    steps = np.diff(leg.times)
    fastest = float(np.linalg.norm(leg.velocity, axis=1).max()) or 1.0
    change = np.maximum(
        np.linalg.norm(np.diff(leg.velocity, axis=0), axis=1) / fastest,
        np.linalg.norm(np.diff(leg.turning, axis=0), axis=1) / TURNING,
    )
    around = np.maximum(np.append(change, 0), np.append(0, change))  # at either end of each step
    unclear = (around > WINDOW / EASE_IN) & (steps > 1.5 * finest)
    return list(zip((around * steps)[unclear].tolist(), leg.between[unclear].tolist(), strict=True))
