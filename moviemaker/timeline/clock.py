"""The clock of a scene the other way round: when in the movie a data time is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

SAMPLES = 4097
"""Times at which the clock is read, evenly over the movie."""


def seconds_of(data_time: Callable[[float], float], duration: float) -> Callable[[np.ndarray], np.ndarray]:
    """A function that gives seconds of the movie at data times (n,).

    Where the clock goes one way throughout, forwards or backwards, it is the clock's inverse, which goes on evenly
    before the movie's beginning and after its end. A clock that turns shows a data time more than once, and has none:
    then data time passes at its mean speed.

    Args:
        data_time: the clock.
        duration: of the movie in seconds.
    """
    # Few data ask for it, and the clock has to be read a great many times.
    inverse = cache(lambda: _inverse(data_time, duration))
    return lambda times: inverse()(times)


def _inverse(data_time: Callable[[float], float], duration: float) -> Callable[[np.ndarray], np.ndarray]:
    seconds = np.linspace(0.0, duration, SAMPLES)
    shown = np.array([data_time(second) for second in seconds.tolist()])
    steps = np.diff(shown)
    pace = float(np.abs(steps).sum()) / duration
    if pace == 0:  # nothing passes: a unit of data time is as good as a second
        return lambda times: np.asarray(times, float)
    if not ((steps >= 0).all() or (steps <= 0).all()):
        return lambda times: np.asarray(times, float) / pace
    direction = 1.0 if shown[-1] > shown[0] else -1.0
    moving = np.concatenate([[True], steps != 0])
    ordered, found = direction * shown[moving], seconds[moving]

    def inverse(times: np.ndarray) -> np.ndarray:
        along = direction * np.asarray(times, float)
        before, after = np.minimum(along - ordered[0], 0.0), np.maximum(along - ordered[-1], 0.0)
        inside: np.ndarray = np.interp(along, ordered, found) + (before + after) / pace
        return inside

    return inverse
