"""The clock of a scene: its dates as numbers, and its inverse, the seconds at which a data time is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from moviemaker.core.dates import Date, Since
from moviemaker.core.errors import InputError, Location
from moviemaker.timeline.tracks import Track

SAMPLES = 4097
"""Number of times at which the clock is sampled, evenly over the movie."""


def seconds_of(data_time: Callable[[float], float], duration: float) -> Callable[[np.ndarray], np.ndarray]:
    """A function that gives seconds of the movie at data times (n,).

    If the clock is monotone, the function is its inverse, continued evenly before the movie's beginning and after its
    end. A clock that turns back has no inverse: data time then passes at its mean speed.

    Args:
        data_time: the clock.
        duration: of the movie in seconds.
    """
    # Computed on demand: few data need it, and the clock is sampled many times.
    inverse = cache(lambda: _inverse(data_time, duration))
    return lambda times: inverse()(times)


def _inverse(data_time: Callable[[float], float], duration: float) -> Callable[[np.ndarray], np.ndarray]:
    seconds = np.linspace(0.0, duration, SAMPLES)
    shown = np.array([data_time(second) for second in seconds.tolist()])
    steps = np.diff(shown)
    pace = float(np.abs(steps).sum()) / duration
    if pace == 0:  # the clock stands still: a unit of data time counts as a second
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


def in_numbers(data_time: Any, since: Since | None) -> Any:
    """A clock with numbers in place of dates; the same clock if it has no dates.

    Args:
        data_time: the clock as a scene gives it, a track or a moment.
        since: unit and origin of the data's times; None: unknown.

    Raises:
        InputError: the date does not exist in the calendar of the data; at its place in the clock.
    """
    if isinstance(data_time, Track):
        keys = zip(data_time.times, data_time.values, strict=True)
        return replace(data_time, values=tuple(_number(value, since, (_as_written(key),)) for key, value in keys))
    return _number(data_time, since, ())


def _as_written(key: float) -> float:
    return int(key) if key.is_integer() else key


def _number(moment: float | Date | None, since: Since | None, at: Location) -> float | None:
    if not isinstance(moment, Date):
        return moment
    if since is None:
        what = f"{moment} is a date, and no data say from what date their times count"
        raise InputError(
            what, "write a number; or in particles time: {format: ISO}, with the format of their dates", at
        )
    try:
        return since.number(moment)
    except InputError as error:
        raise InputError(error.what, error.instead, at) from None
