"""Lifetimes of particles: those that are born fade in, and those that die fade out.

A particle is born at the first of consecutive snapshots that hold it, and dies at the last one. The first and the last
snapshot of all do not count as births and deaths: the data begin and end there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from moviemaker.core.recent import Recent
from moviemaker.data.particle_sets.snapshots import places_in

Seconds = Callable[[np.ndarray], np.ndarray]
"""Seconds of the movie at data times (n,)."""


def fade_between(now: float, born: np.ndarray | float, died: np.ndarray | float, fade: float) -> np.ndarray | None:
    """Factors of opacity, (n,) float32 from 0 to 1; None: 1 for all.

    Args:
        now: seconds of the movie.
        born: seconds of the births (n,) or of all; -inf: long ago.
        died: seconds of the deaths (n,) or of all; inf: far ahead.
        fade: seconds that fading in or out takes.
    """
    nearest = np.minimum(now - born, died - now)
    if (nearest >= fade).all():
        return None
    found: np.ndarray = np.clip(nearest / fade, 0, 1).astype(np.float32)
    return found


class Lifetimes:
    """Births and deaths in a series of snapshots.

    Args:
        seconds: of the movie at the time of each snapshot (t,).
        ids: gives the ids of a snapshot, in ascending order.
        fade: seconds that fading in or out takes.
        hold: whether the particles of a snapshot stay until the next one.
    """

    def __init__(self, seconds: np.ndarray, ids: Callable[[int], np.ndarray], fade: float, hold: bool):
        backwards = len(seconds) > 1 and seconds[-1] < seconds[0]  # the movie plays the data in reverse
        self._sign = -1.0 if backwards else 1.0
        self._seconds = self._sign * seconds
        self._fade = fade
        self._hold = hold
        self._births: Recent[np.ndarray] = Recent(1)
        self._deaths: Recent[np.ndarray] = Recent(1)
        reach = np.searchsorted(self._seconds, self._seconds + fade, side="right") - np.arange(len(seconds))
        remembered: Recent[np.ndarray] = Recent(2 * int(reach.max(initial=1)) + 4)
        self._ids = lambda index: remembered.get(index, lambda: ids(index))

    def fade(self, now: float, before: int, after: int, ids: np.ndarray) -> np.ndarray | None:
        """Factors of opacity for particles with these ids, which the snapshots before and after a moment both hold."""
        now *= self._sign
        coming = now - self._seconds[before] < self._fade
        going = self._seconds[after] - now < self._fade  # evaluated late, because it needs the next snapshot
        if not coming and not going:
            return None
        born = self._births.get((before, after), lambda: self._born(before, ids)) if coming else -np.inf
        died = self._deaths.get((before, after), lambda: self._died(after, ids)) if going else np.inf
        return fade_between(now, born, died, self._fade)

    def _born(self, index: int, ids: np.ndarray) -> np.ndarray:
        born = np.full(len(ids), -np.inf)
        rest = np.arange(len(ids))
        first = self._seconds[index]
        while index > 0 and len(rest) and first - self._seconds[index] < self._fade:
            _, there = places_in(self._ids(index - 1), ids[rest])
            born[rest[~there]] = self._seconds[index]
            rest = rest[there]
            index -= 1
        return born

    def _died(self, index: int, ids: np.ndarray) -> np.ndarray:
        died = np.full(len(ids), np.inf)
        rest = np.arange(len(ids))
        last = self._seconds[index]
        while index < len(self._seconds) - 1 and len(rest) and self._seconds[index] - last < self._fade:
            _, there = places_in(self._ids(index + 1), ids[rest])
            died[rest[~there]] = self._seconds[index + 1 if self._hold else index]
            rest = rest[there]
            index += 1
        return died
