"""The workers of a cluster as a render knows them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal

from moviemaker.farm.crew.contract import Done

if TYPE_CHECKING:
    from distributed import Future

State = Literal["greeted", "equipped", "ready", "hung", "left out"]
"""It was asked about itself; it was sent the job; it draws; it does not answer; it is not used."""

_numbers = count()


@dataclass(eq=False)
class Seat:
    """A worker.

    Attributes:
        address: by which Dask knows it.
        job: number of the job that it takes part in.
        state: what is expected of it.
        host: name of its machine; empty: not known yet.
        keeps: whether it keeps frames in the store; else it sends them.
        name: by which the schedule knows it; a new one whenever the process that draws is a new one.
        queue: frames to be sent to it.
        sent: frames that it was sent and has not answered.
        since: when it was free for the first of those.
        is_warm: whether it has drawn a frame of the job.
    """

    address: str
    job: int
    state: State = "greeted"
    host: str = ""
    keeps: bool = True
    name: str = ""
    queue: deque[int] = field(default_factory=deque)
    sent: dict[int, Future] = field(default_factory=dict)
    since: float = 0.0
    is_warm: bool = False

    @property
    def machine(self) -> str:
        """Its machine in words, also before its name is known."""
        return self.host or self.address.rpartition("://")[2].rpartition(":")[0]

    def begin(self) -> str:
        """Makes it a new worker of the schedule. Gives its name."""
        self.state, self.name = "ready", f"{self.machine} {self.address} {next(_numbers)}"
        self.is_warm = False
        return self.name

    def seconds(self, frame: Done, waited: float) -> float | None:
        """How long a frame has taken that later ones will take too.

        Of the first one, that is what the worker says of the work itself. Later ones take at least as long as it took
        to have an answer, in which they also may have had to come through a slow network.

        Args:
            frame: as the worker answered.
            waited: seconds since it was free for the frame.

        Returns:
            Seconds; None: unknown.
        """
        first, self.is_warm = not self.is_warm, True
        work = frame.work(first)
        return work if first or work is None else max(waited, work)

    def drop(self, index: int) -> None:
        """Takes a frame from it."""
        if index in self.queue:
            self.queue.remove(index)
        elif index in self.sent:
            self.sent.pop(index).cancel()

    def clear(self, listen: bool = False) -> None:
        """Takes all frames from it. What it draws at the moment, it draws to the end.

        Args:
            listen: hear what becomes of the one that it draws.
        """
        self.queue.clear()
        for future in [*self.sent.values()][1 if listen else 0 :]:
            future.cancel()
        self.sent.clear()
