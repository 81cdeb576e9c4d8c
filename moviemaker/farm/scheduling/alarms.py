"""When workers are expected to be done, when that takes suspiciously long, and when they have hung.

Heaps keep outdated entries, which are left out or brought up to date when they come to the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from math import inf

from moviemaker.farm.scheduling.forecast import Forecast
from moviemaker.farm.scheduling.roster import Hand, Roster

_SUSPICIOUS = 2.0  # times the expected time
_PATIENCE = 1.0  # seconds beyond the expected time that are never suspicious

Entry = tuple[float, int, str]


@dataclass(frozen=True)
class Limits:
    """When a worker has hung, in seconds.

    Attributes:
        first: a worker's first frame may take so long, for which it may have to read and prepare data.
        least: any frame may take so long,
        times: and so many times the expected time, and the longest time of a frame so far.
    """

    first: float = 4 * 3600.0
    least: float = 120.0
    times: float = 10.0


class Alarms:
    """Expected times of the workers that draw.

    Args:
        forecast: of costs.
        roster: the workers.
        limits: when a worker has hung.
    """

    def __init__(self, forecast: Forecast, roster: Roster, limits: Limits):
        self._forecast, self._roster, self._limits = forecast, roster, limits
        self._warm_up, self._warmed = 0.0, False
        self._ends: list[Entry] = []  # when runs end, the last one first; minus the time
        self._heads: list[Entry] = []  # when frames are done, the last one first; minus the time
        self._suspects: list[Entry] = []
        self._hung: list[Entry] = []

    def warm_up(self, worker: Hand) -> float:
        """How much longer the next frame of a worker takes if it is its first."""
        return 0.0 if worker.frames else self._warm_up

    def seconds(self, worker: Hand, place: int) -> float:
        """How long a worker needs for its next frame, if that is this one."""
        return self._forecast.cost(place) / worker.speed.value + self.warm_up(worker)

    def rest(self, worker: Hand) -> float:
        """How long a worker needs for the frames of its run that it has not begun, by what is known now."""
        if len(worker.run) < 2:
            return 0.0
        block, factor = self._forecast.block, self._forecast.factor
        correction = (factor(block(worker.run[1])) + factor(block(worker.run[-1]))) / 2
        return worker.rest * correction / worker.speed.value

    def head_at(self, worker: Hand) -> float:
        """When the frame that a worker draws is expected to be done."""
        return worker.begun + self.seconds(worker, worker.run[0])

    def learn_warm_up(self, worker: Hand, place: int, whole: float, seconds: float | None) -> None:
        """Learns how much longer a first frame takes.

        Args:
            worker: the worker.
            place: its first frame.
            whole: how long that took, seconds.
            seconds: how much of it will be the same with later frames; None: unknown.
        """
        if seconds is None and self._forecast.learnt:
            seconds = self._forecast.cost(place) / worker.speed.value
        if seconds is not None:
            self._warm_up = min(self._warm_up, max(0.0, whole - seconds)) if self._warmed else max(0.0, whole - seconds)
            self._warmed = True

    def set(self, worker: Hand) -> None:
        """The run of a worker, or the frame that it draws, has changed."""
        worker.version += 1
        name, version = worker.name, worker.version
        heappush(self._heads, (-self.head_at(worker), version, name))
        if len(worker.run) > 1:
            heappush(self._ends, (-self._end_at(worker), version, name))
        # Bounds, as these times may become shorter when costs are learnt. They are computed when they come to the top.
        heappush(self._suspects, (worker.begun, version, name))
        heappush(self._hung, (worker.begun + min(self._limits.first, self._limits.least), version, name))

    def overdue(self, now: float) -> list[Hand]:
        """Workers that have hung."""
        found = []
        while (worker := self._top(self._hung, self._hangs_at)) is not None and self._hung[0][0] <= now:
            found.append(worker)
            heappop(self._hung)
        for worker in found:  # until they are lost
            heappush(self._hung, (self._hangs_at(worker), worker.version, worker.name))
        return found

    def next_time(self, now: float, suspects: bool) -> float:
        """When the next worker has hung, or is suspected if that matters; later than now."""
        times = []
        if self._top(self._hung, self._hangs_at) is not None:
            times.append(self._hung[0][0])
        if suspects and self._forecast.learnt and self._top(self._suspects, self._suspect_at) is not None:
            times.append(self._suspects[0][0])
        return min((time for time in times if time > now), default=inf)

    def longest_run(self) -> Hand | None:
        """The worker whose run will end last, of those with frames that are not begun."""
        return self._top(self._ends, lambda worker: -self._end_at(worker), lambda worker: len(worker.run) > 1)

    def last_frame(self, wanted: Callable[[Hand], bool]) -> Hand | None:
        """The worker whose frame will be done last, of those that are wanted."""
        return self._top(self._heads, lambda worker: -self.head_at(worker), wanted)

    def suspect(self, now: float, wanted: Callable[[Hand], bool]) -> Hand | None:
        """A worker that draws for a suspiciously long time, of those that are wanted."""
        if not self._forecast.learnt:
            return None
        while (worker := self._top(self._suspects, self._suspect_at)) is not None and self._suspects[0][0] <= now:
            if wanted(worker):
                return worker
            heappop(self._suspects)
        return None

    def is_late(self, worker: Hand, now: float) -> bool:
        """Whether a worker has been drawing for a suspiciously long time."""
        return not worker.run or self._suspect_at(worker) <= now

    def _top(
        self, heap: list[Entry], key: Callable[[Hand], float], wanted: Callable[[Hand], bool] = lambda _: True
    ) -> Hand | None:
        while heap:
            at, version, name = heap[0]
            worker = self._roster.workers.get(name)
            if worker is None or worker.version != version or not worker.run or not wanted(worker):
                heappop(heap)
            elif (later := key(worker)) > at:
                heapreplace(heap, (later, version, name))
            else:
                return worker
        return None

    def _end_at(self, worker: Hand) -> float:
        return self.head_at(worker) + self.rest(worker)

    def _suspect_at(self, worker: Hand) -> float:
        seconds = self._forecast.cost(worker.run[0]) / worker.speed.value
        return worker.begun + self.warm_up(worker) + max(_SUSPICIOUS * seconds, seconds + _PATIENCE)

    def _hangs_at(self, worker: Hand) -> float:
        if worker.frames == 0 or not self._forecast.learnt:
            return worker.begun + self._limits.first
        longest = max(self.seconds(worker, worker.run[0]), self._forecast.slowest)
        return worker.begun + max(self._limits.least, self._limits.times * longest)
