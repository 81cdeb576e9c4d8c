"""Whether frames are drawn faster by this process alone or by several: it is measured on the first frames.

This process draws the first frames. How busy they keep the cores says what several processes could win at best, and
what was spent on the first of them what it costs to start others. Where that is worth it, others are started, while
this process goes on. When all of them draw, their frames are counted for a while, and whoever is faster draws the rest.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from moviemaker.core.machine.memory import size_text

LEAST_GAIN = 0.04
"""Share of the remaining time that several processes have to save at best, or they are not tried."""

_WARM = 2  # frames that are measured before something is decided; the first one is not
_LATEST = 6  # frames that are looked at
_START = 0.6  # seconds of a core in which Python and the libraries are loaded
_LONG = 10.0  # seconds of a frame that is measured even if it is the first one
_TRIED = 3  # frames of each process that are counted ...
_SECONDS = 1.0  # ... and for how long at least


@dataclass(frozen=True)
class Machine:
    """What a machine has for processes that draw.

    Attributes:
        cores: that they share.
        most: how many fit into the memory, this one included.
        each: bytes of memory that one takes.
        gpus: how many processors draw; 0: the cores do.
    """

    cores: int
    most: int
    each: int
    gpus: int = 0

    def workers(self, frames: int) -> int:
        """How many processes are tried for so many frames."""
        wanted = min(self.cores, 2 * self.gpus) if self.gpus else self.cores
        return max(1, min(wanted, self.most, frames))


class Sizing:
    """The decision for the frames of one job.

    Args:
        opening: seconds of a core for which opening the data has kept this process busy.
    """

    def __init__(self, opening: float):
        self._opening = opening
        self._first = 0.0
        self._drawn = 0
        self._warm: deque[tuple[float, float]] = deque(maxlen=_LATEST)
        self._answers: dict[str, list[float]] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether enough frames are drawn to decide something."""
        return len(self._warm) >= _WARM or (self._drawn > 0 and self._warm[0][0] >= _LONG)

    def drawn(self, seconds: float, busy: float) -> None:
        """This process has drawn a frame.

        Args:
            seconds: how long that took.
            busy: seconds of all cores together.
        """
        self._drawn += 1
        if self._drawn == 1:
            self._first = busy
        if self._drawn == 2 and self._warm and self._warm[0][0] < _LONG:
            self._warm.clear()
        self._warm.append((seconds, busy))

    def plan(self, left: int, machine: Machine) -> tuple[int, str]:
        """How many processes are to draw the remaining frames, and why, in words.

        Args:
            left: number of frames.
            machine: what they can have.
        """
        wanted = Machine(machine.cores, left, 0, machine.gpus).workers(left)
        workers = machine.workers(left)
        if wanted > 1 and workers == 1:
            return 1, f"another one needs about {size_text(machine.each)} of memory, which is not free"
        if workers == 1:
            return 1, "it has one core" if machine.cores == 1 else "nothing is left for others"
        seconds, busy = self._seconds, self._busy
        alone, best = left * seconds, left * max(busy / machine.cores, seconds / workers)
        start = self.start * workers / machine.cores
        if alone - best < LEAST_GAIN * alone:
            share = min(1.0, busy / (machine.cores * seconds))
            return 1, f"it keeps {share:.0%} of {machine.cores} cores busy"
        if alone - best - start < LEAST_GAIN * alone:
            return (
                1,
                f"it needs about {_seconds_text(alone)} for the rest, and to start others takes as long as they save",
            )
        return workers, ""

    @property
    def start(self) -> float:
        """Seconds of a core that a process takes until it draws as fast as this one."""
        return _START + self._opening + max(0.0, self._first - self._busy)

    @property
    def is_counting(self) -> bool:
        """Whether frames of others are counted."""
        return self._answers is not None

    def count(self) -> None:
        """From now on, others alone draw, and their frames are counted."""
        self._answers = {}

    def answered(self, worker: str, now: float) -> None:
        """Another process has drawn a frame."""
        if self._answers is not None:
            self._answers.setdefault(worker, []).append(now)

    def verdict(self, workers: int) -> tuple[bool, str] | None:
        """Whether several draw faster than this process alone, and how fast, in words; None: not known yet.

        Args:
            workers: how many draw.
        """
        times = list((self._answers or {}).values())
        if len(times) < workers or any(len(each) <= _TRIED or each[-1] - each[0] < _SECONDS for each in times):
            return None
        together, alone = sum((len(each) - 1) / (each[-1] - each[0]) for each in times), 1 / self._seconds
        if together >= alone:
            return True, f"they draw {_rate(together)}, and one drew {_rate(alone)}"
        return False, f"it draws {_rate(alone)}, and {workers} drew {_rate(together)}"

    @property
    def _seconds(self) -> float:
        ordered = sorted(seconds for seconds, _ in self._warm)
        return max(1e-6, ordered[len(ordered) // 2])

    @property
    def _busy(self) -> float:
        ordered = sorted(busy for _, busy in self._warm)
        return ordered[len(ordered) // 2]


def _rate(frames: float) -> str:
    """Frames per second, in words.

    >>> _rate(3.456), _rate(0.05)
    ('3.5 frames a second', '3.0 frames a minute')
    """
    return f"{frames:.1f} frames a second" if frames >= 0.5 else f"{60 * frames:.1f} frames a minute"


def _seconds_text(seconds: float) -> str:
    return f"{max(1, math.ceil(seconds))} s"
