"""Which waiting frames a free worker gets."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable

from moviemaker.farm.scheduling.forecast import Forecast
from moviemaker.farm.scheduling.pool import Pool
from moviemaker.farm.scheduling.roster import Hand, Roster

LONGEST_RUN = 32
"""Most frames of a run while a movie is encoded beside, which waits for the first frames."""

_LONG = 0.05  # share of the remaining time from which on a frame does not wait for its turn
_MANY = 8  # workers; fewer lose less at the end than by snapshots that are read out of order at the beginning
_FEW = 0.025  # share of a worker's work from which on a frame is one of few, so that costs have to be known early
_HEAVIER = 1.25  # times the cost of the frame whose turn it is: smaller differences are not worth the order
_SLOW = 0.7  # share of the speed of the fastest worker below which a worker leaves expensive frames to others


class Runs:
    """Runs of neighbouring frames for workers that are free.

    Args:
        forecast: costs of the frames.
        pool: those that wait.
        roster: the workers.
        in_order: whether frames go out in order as far as the film's end allows.
        cuts: places at which a run best begins, ascending.
        expected: number of workers that are expected to come.
        sampled: whether costs are unknown, so that the first frames are spread over the film where workers are many.
    """

    def __init__(
        self,
        forecast: Forecast,
        pool: Pool,
        roster: Roster,
        in_order: bool,
        cuts: Iterable[int],
        expected: int,
        sampled: bool = False,
    ) -> None:
        self._forecast, self._pool, self._roster = forecast, pool, roster
        self._in_order, self._cuts, self._expected = in_order, list(cuts), expected
        self._sampled, self._samples = sampled, 0

    def next_for(self, worker: Hand) -> list[int]:
        """The run for a worker, while frames wait."""
        forecast, left = self._forecast, self._share(worker)
        many = self._sampled and len(self._roster.workers) > _MANY
        if many and worker.is_unknown and forecast.cost(self._pool.first()) >= _FEW * left:
            return self._sample()
        first, heaviest = self._pool.first(), self._pool.heaviest()
        cost, start = forecast.cost(heaviest), first
        if cost > _HEAVIER * forecast.cost(first) and (not self._in_order or cost >= _LONG * left):
            if worker.is_unknown:  # two short frames, of which the first one says less
                start = self._pool.short(_LONG * left)
                is_short = start + 1 in self._pool and forecast.cost(start + 1) <= _LONG * left
                return [start, start + 1] if is_short else [start]
            start = heaviest if self.suits(worker, heaviest) else self._pool.short(left * worker.speed.caution)
        room, longest = left / 2 - forecast.cost(start), LONGEST_RUN if self._in_order else len(forecast.known)
        run = deque([start])
        while len(run) < longest:  # to the right, and to the left where the right is taken
            right, before = run[-1] + 1, run[0] - 1
            place = right if right in self._pool else before
            if place not in self._pool or (room := room - forecast.cost(place)) < 0:
                break
            (run.append if place == right else run.appendleft)(place)
        return self._cut(list(run))

    def _sample(self) -> list[int]:
        """Two frames, of which the first one says less, at the next of the places that halve the film ever again."""
        self._samples += 1
        halves = f"{self._samples:b}"[::-1]
        start = self._pool.next_from((len(self._forecast.known) * int(halves, 2)) >> len(halves))
        return [start, start + 1] if start + 1 in self._pool else [start]

    def suits(self, worker: Hand, place: int) -> bool:
        """Whether a frame is not better left to a faster worker."""
        compared = not worker.is_unknown and 2 * self._roster.unknown <= len(self._roster.workers)
        quick = compared and worker.speed.value >= _SLOW * self._roster.fastest
        return quick or not self._pool or self._forecast.cost(place) <= self._share(worker) * worker.speed.caution

    def _share(self, worker: Hand) -> float:
        """The cost that a worker would draw of the waiting frames, if all ended together."""
        missing = max(0, self._expected - len(self._roster.workers))
        return self._pool.cost * worker.speed.value / (self._roster.speed + missing * self._roster.usual_speed)

    def _cut(self, run: list[int]) -> list[int]:
        """The run up to its last cut, if that leaves more than half of it."""
        at = bisect_left(self._cuts, run[-1] + 2) - 1
        cut = self._cuts[at] - run[0] if at >= 0 else 0
        return run[:cut] if 2 * cut > len(run) else run
