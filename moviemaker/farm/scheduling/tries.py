"""Frames whose workers died: they are tried by another worker, then alone on a machine, and then have failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from moviemaker.farm.scheduling.roster import Hand, Roster

TRIES = 3
"""Times that a frame is begun whose workers die: by one, by another, and by one that is alone on its machine."""

_LOOKED_AT = 16  # frames of which a worker takes the first that suits it


@dataclass(frozen=True)
class GivenUp:
    """A frame that failed for good.

    Attributes:
        index: its number.
        why: what happened, of each try.
    """

    index: int
    why: tuple[str, ...]


class Tries:
    """What was tried, by the places of frames.

    Args:
        roster: the workers.
    """

    def __init__(self, roster: Roster):
        self._roster = roster
        self._failed: dict[int, list[tuple[Hand, str]]] = {}
        self._again: deque[int] = deque()
        self._alone: deque[int] = deque()

    @property
    def waiting(self) -> tuple[int, ...]:
        """Frames that are to be tried again. Some may be done by now."""
        return (*self._again, *self._alone)

    @property
    def waits_alone(self) -> bool:
        """Whether a frame is to be tried alone."""
        return bool(self._alone)

    def __bool__(self) -> bool:
        return bool(self._again or self._alone)

    def reasons(self, place: int) -> list[str]:
        """What ended the workers that drew a frame."""
        return [why for _, why in self._failed.get(place, ())]

    def count(self, place: int, worker: Hand, why: str) -> bool:
        """Counts a try that has failed. Gives whether it was the last one."""
        self._failed.setdefault(place, []).append((worker, why))
        return len(self._failed[place]) >= TRIES

    def wait(self, place: int) -> bool:
        """Lets a frame wait for its next try; False: no worker has died of it."""
        tries = len(self._failed.get(place, ()))
        if tries:
            (self._alone if tries == TRIES - 1 else self._again).append(place)
        return tries > 0

    def next_for(self, worker: Hand, suits: Callable[[int], bool]) -> int | None:
        """A frame that a worker may try: rather one that failed on other machines, if those have workers."""
        for _ in range(min(len(self._again), _LOOKED_AT)):
            place = self._again.popleft()
            tried = [before for before, _ in self._failed[place]]
            machines = {before.machine for before in tried}
            elsewhere = len(self._roster.workers) - sum(len(machine.workers) for machine in machines)
            near = worker.machine in machines and elsewhere > len(self._again)
            if len(self._roster.workers) == 1 or (worker not in tried and not near and suits(place)):
                return place
            self._again.append(place)
        return None

    def next_alone(self) -> int | None:
        """A frame that is to be tried alone."""
        return self._alone.popleft() if self._alone else None

    def forget(self, place: int) -> None:
        """A frame is done, or has failed for good."""
        if place in self._failed:
            for queue in (self._again, self._alone):
                if place in queue:
                    queue.remove(place)
