"""A stopwatch for the parts of a piece of work, such as reading and drawing, which takes microseconds itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up the seconds of named parts. A part inside another one counts for itself, and not for the other.

    Args:
        clock: gives the time in seconds.

    Attributes:
        seconds: of each part so far.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts the time until the context ends for a part."""
        self._count()
        self._open.append(name)
        try:
            yield
        finally:
            self._count()
            self._open.pop()

    def take(self) -> dict[str, float]:
        """The seconds of each part since the last time that they were taken."""
        self._count()
        taken, self.seconds = self.seconds, {}
        return taken

    def _count(self) -> None:
        now = self._clock()
        if self._open:
            self.seconds[self._open[-1]] = self.seconds.get(self._open[-1], 0.0) + now - self._since
        self._since = now
