"""The workers of a schedule: which are there, which are free, and how fast they are together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from moviemaker.farm.scheduling.forecast import Speed


@dataclass(eq=False)
class Host:
    """A machine with workers.

    Attributes:
        workers: those that are there.
        busy: number of those that draw.
        alone: whether one of them draws a frame alone.
    """

    workers: set[Hand] = field(default_factory=set)
    busy: int = 0
    alone: bool = False


class Hand:
    """A worker.

    Attributes:
        name: its name.
        machine: where it runs.
        speed: how fast it is.
        known: whether something was known of its speed when it came.
        run: places of the frames that it has; it draws the first of them.
        rest: costs of the others together, as they were known before any time was.
        begun: when it began that one.
        frames: number of frames that it has drawn.
        busy: whether it has frames.
        version: counts the changes of its run, so that outdated entries of heaps are known.
        counted: its speed as it is counted in that of all.
    """

    __slots__ = ("begun", "busy", "counted", "frames", "known", "machine", "name", "rest", "run", "speed", "version")

    def __init__(self, name: str, machine: Host, speed: Speed, now: float, known: bool):
        self.name, self.machine, self.speed, self.known = name, machine, speed, known
        self.run: deque[int] = deque()
        self.rest = 0.0
        self.begun, self.frames, self.busy, self.version, self.counted = now, 0, False, 0, 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of its speed yet."""
        return not self.known and not self.frames


class Roster:
    """The workers that are there.

    Attributes:
        workers: by name.
        speed: of all together.
        unknown: number of workers of unknown speed.
    """

    def __init__(self) -> None:
        self.workers: dict[str, Hand] = {}
        self.speed = 0.0
        self.unknown = 0
        self._machines: dict[str, Host] = {}
        self._order = count()  # decides between equal speeds
        self._idle: list[tuple[float, int, Hand]] = []
        self._fastest: list[tuple[float, int, Hand]] = []

    @property
    def usual_speed(self) -> float:
        """The mean speed; 1 without workers."""
        return self.speed / len(self.workers) if self.workers else 1.0

    @property
    def fastest(self) -> float:
        """The speed of the fastest worker. There must be one."""
        while not self._is_there(self._fastest[0][2]) or -self._fastest[0][0] != self._fastest[0][2].counted:
            heappop(self._fastest)
        return -self._fastest[0][0]

    @property
    def has_idle(self) -> bool:
        """Whether a worker is free."""
        while self._idle and not self._is_free(self._idle[0][2]):
            heappop(self._idle)
        return bool(self._idle)

    def join(self, name: str, machine: str, speed: float | None, now: float) -> None:
        """A worker has come."""
        if name in self.workers:
            raise ValueError(f"a worker {name} is there already")
        host = self._machines.setdefault(machine, Host())
        known = speed is not None
        worker = Hand(name, host, Speed(self.usual_speed if speed is None else speed, known), now, known)
        self.workers[name] = worker
        self.unknown += worker.is_unknown
        host.workers.add(worker)
        self.recount(worker)
        self.refuse(worker)

    def part(self, name: str) -> Hand | None:
        """A worker has gone; None: it was not there."""
        worker = self.workers.get(name)
        if worker is not None:
            self._end_work(worker)
            del self.workers[name]
            self.unknown -= worker.is_unknown
            worker.machine.workers.discard(worker)
            self.speed = self.speed - worker.counted if self.workers else 0.0
        return worker

    def begin(self, worker: Hand, now: float) -> None:
        """A worker has got frames."""
        if not worker.busy:
            worker.busy, worker.begun = True, now
            worker.machine.busy += 1

    def rest(self, worker: Hand) -> None:
        """A worker has no frames left."""
        self._end_work(worker)
        self.refuse(worker)

    def refuse(self, worker: Hand) -> None:
        """A worker stays free."""
        heappush(self._idle, (-worker.speed.value, next(self._order), worker))

    def next_idle(self) -> Hand | None:
        """Takes the fastest free worker, which then either gets frames or stays free."""
        return heappop(self._idle)[2] if self.has_idle else None

    def count_frame(self, worker: Hand) -> None:
        """A worker has drawn a frame."""
        self.unknown -= worker.is_unknown
        worker.frames += 1

    def recount(self, worker: Hand) -> None:
        """The speed of a worker has changed."""
        self.speed += worker.speed.value - worker.counted
        worker.counted = worker.speed.value
        heappush(self._fastest, (-worker.counted, next(self._order), worker))

    def _is_there(self, worker: Hand) -> bool:
        return self.workers.get(worker.name) is worker

    def _is_free(self, worker: Hand) -> bool:
        return not worker.busy and self._is_there(worker)

    def _end_work(self, worker: Hand) -> None:
        if worker.busy:
            worker.busy = False
            worker.machine.busy -= 1
            worker.machine.alone = worker.machine.alone and worker.machine.busy > 0
