"""The frames of a job that wait for a worker: the first of them, the most expensive one, and their cost together.

Each is found in O(log n). Heaps keep outdated entries, which are left out when they come to the top.
"""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush

from moviemaker.farm.scheduling.forecast import Forecast, Speed


class Pool:
    """Frames that wait, by their places.

    Args:
        forecast: their costs; all frames of it wait at first. From then on, it learns through the pool only.
    """

    def __init__(self, forecast: Forecast):
        self._forecast = forecast
        count = len(forecast.known)
        self._waiting = bytearray(b"\1") * count
        self._count = count
        self._places = list(range(count))  # sorted, and so a heap
        self._short = list(self._places)
        self._longer: list[tuple[float, int]] = []
        size = forecast.block_size
        self._blocks = [
            [(-forecast.known[place], place) for place in range(first, min(first + size, count))]
            for first in range(0, count, size)
        ]
        for block in self._blocks:
            heapify(block)
        self._sums = [-sum(cost for cost, _ in block) for block in self._blocks]
        self._unlearnt = math.fsum(self._sums)  # costs as they were known, in blocks without a correction
        self._learnt = 0.0  # seconds, in the other blocks
        self._heaviest_unlearnt = [(block[0][0], number) for number, block in enumerate(self._blocks)]
        self._heaviest_learnt: list[tuple[float, int]] = []
        self._entries: list[tuple[bool, float] | None] = [(False, weight) for weight, _ in self._heaviest_unlearnt]
        heapify(self._heaviest_unlearnt)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, place: int) -> bool:
        return 0 <= place < len(self._waiting) and bool(self._waiting[place])

    @property
    def cost(self) -> float:
        """The cost of all waiting frames."""
        return max(0.0, self._learnt) + max(0.0, self._unlearnt) * math.exp(self._forecast.latest)

    def add(self, place: int) -> None:
        """Lets a frame wait again."""
        if self._waiting[place]:
            return
        self._change(place, 1)
        heappush(self._places, place)
        heappush(self._short, place)
        block = self._forecast.block(place)
        heappush(self._blocks[block], (-self._forecast.known[place], place))
        self._push(block)

    def take(self, place: int) -> None:
        """Takes a frame out."""
        if self._waiting[place]:
            self._change(place, 0)

    def learn(self, place: int, speed: Speed, seconds: float, doubtful: bool = False) -> None:
        """Learns from the time of a frame that is done."""
        block = self._forecast.block(place)
        if block in self._forecast.corrections:
            self._learnt -= self._sums[block] * self._forecast.factor(block)
        else:
            self._unlearnt -= self._sums[block]
        self._forecast.learn(place, speed, seconds, doubtful)
        self._learnt += self._sums[block] * self._forecast.factor(block)
        self._push(block)

    def first(self) -> int:
        """The first waiting frame. One has to wait."""
        while not self._waiting[self._places[0]]:
            heappop(self._places)
        return self._places[0]

    def next_from(self, place: int) -> int:
        """The first waiting frame from a place on; else the first one of all. One has to wait."""
        found = self._waiting.find(1, place)
        return found if found >= 0 else self.first()

    def heaviest(self) -> int:
        """The most expensive waiting frame, the first of those that are equally so. One has to wait."""
        learnt = self._top(self._heaviest_learnt, True)
        unlearnt = self._top(self._heaviest_unlearnt, False)
        if learnt is None or unlearnt is None:
            found = learnt if unlearnt is None else unlearnt
            assert found is not None
            return found
        costs = self._forecast.cost(learnt), self._forecast.cost(unlearnt)
        if costs[0] == costs[1]:
            return min(learnt, unlearnt)
        return learnt if costs[0] > costs[1] else unlearnt

    def short(self, limit: float) -> int:
        """The first waiting frame that costs no more than a limit; else about the cheapest one. One has to wait."""
        while self._short:
            place = self._short[0]
            if self._waiting[place] and self._forecast.cost(place) <= limit:
                return place
            heappop(self._short)
            if self._waiting[place]:  # limits fall while frames are drawn: others come before it
                heappush(self._longer, (self._forecast.known[place], place))
        while not self._waiting[self._longer[0][1]]:
            heappop(self._longer)
        return self._longer[0][1]

    def _change(self, place: int, waits: int) -> None:
        step, block = 2 * waits - 1, self._forecast.block(place)
        known = step * self._forecast.known[place]
        self._waiting[place] = waits
        self._count += step
        self._sums[block] += known
        if block in self._forecast.corrections:
            self._learnt += known * self._forecast.factor(block)
        else:
            self._unlearnt += known

    def _heaviest_of(self, block: int) -> int | None:
        frames = self._blocks[block]
        while frames and not self._waiting[frames[0][1]]:
            heappop(frames)
        return frames[0][1] if frames else None

    def _weight(self, place: int, learnt: bool) -> float:
        """Minus the cost by which heaps are sorted. Corrections of blocks that have none are all the same."""
        return -(self._forecast.cost(place) if learnt else self._forecast.known[place])

    def _push(self, block: int) -> None:
        """Brings the entry of a block in a heap up to date. Former ones are recognised by their weights."""
        place = self._heaviest_of(block)
        if place is None:
            self._entries[block] = None
            return
        learnt = block in self._forecast.corrections
        weight = self._weight(place, learnt)
        if self._entries[block] != (learnt, weight):
            self._entries[block] = (learnt, weight)
            heappush(self._heaviest_learnt if learnt else self._heaviest_unlearnt, (weight, block))

    def _top(self, heap: list[tuple[float, int]], learnt: bool) -> int | None:
        while heap:
            weight, block = heap[0]
            valid = self._entries[block] == (learnt, weight)
            place = self._heaviest_of(block) if valid else None
            if place is not None and self._weight(place, learnt) == weight:
                return place
            heappop(heap)
            if valid:
                self._entries[block] = None
                self._push(block)
        return None
