"""Whether frames are drawn faster by this process alone or by several: it is measured on the first frames.

This process draws the first frames. How busy they keep the cores says what several processes could win at best, and
what was spent on the first of them what it costs to start others. Where that is worth it, others are started, while
this process goes on. When all of them draw, their frames are counted for a while, and whoever is faster draws the rest.
Frames that are drawn later may cost more or less. So where the cores draw, it counts too how many are kept busy.

Where the film is short, this process stays one of them, which saves the start of another one. But it says who draws
what between its own frames only, and a crash of it ends the render, so that it leaves the frames of a long film to
others.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from moviemaker.core.machine.memory import size_text

LEAST_GAIN = 0.08
"""Share of the remaining time that several processes have to save at best, or they are not tried."""

_MORE = 2.0  # times that share, once it was decided that one draws: what is left becomes less, and measurements vary

PROCESS = 0.6
"""Seconds of a core in which a further process loads Python and the libraries."""

_WARM = 2  # frames that are measured before something is decided; the first one is not

ALONE = 1 + _WARM
"""Frames that this process draws before several are tried."""

_LATEST = 6  # frames that are looked at
_SURELY = 1.15  # times the cores of one process that several keep busy if they are faster whatever else is measured
_CROWDED = 0.95  # times the work of one process that several need for the same frames, at best: measured 0.89
_LONG = 10.0  # seconds of a frame that is measured even if it is the first one
_SHORT = 20.0  # times the start of a process: films that take less are short
_TRIED = 3  # frames of each process that are counted ...
_SECONDS = 1.0  # ... and for how long at least


@dataclass(frozen=True)
class Machine:
    """What a machine has for processes that draw.

    Attributes:
        cores: that they share.
        further: how many processes fit into the memory beside those that are there.
        each: bytes of memory that one takes.
        gpus: how many processors draw; 0: the cores do.
        spares: how many processes have been started that wait for frames, with their libraries loaded.
    """

    cores: int
    further: int
    each: int
    gpus: int = 0
    spares: int = 0

    def workers(self, frames: int) -> int:
        """How many processes are tried for so many frames, this one included."""
        return max(1, min(self.wanted, 1 + self.further, frames))

    @property
    def wanted(self) -> int:
        """How many processes can be kept busy."""
        return min(self.cores, 2 * self.gpus) if self.gpus else self.cores


@dataclass(frozen=True)
class Plan:
    """Who is to draw the remaining frames.

    Attributes:
        workers: number of processes that draw.
        own: whether this process is one of them.
        why: it draws alone, in words.
    """

    workers: int
    own: bool = True
    why: str = ""


class Sizing:
    """The decision for the frames of one job.

    Args:
        opening: seconds of a core for which opening the data has kept this process busy.
    """

    def __init__(self, opening: float):
        self._opening = opening
        self._first = self._loading = 0.0
        self._drawn = 0
        self._warm: deque[tuple[float, float]] = deque(maxlen=_LATEST)
        self._answers: dict[str, list[tuple[float, float]]] | None = None
        self._by_cores = self._decided = False

    @property
    def is_measured(self) -> bool:
        """Whether enough frames are drawn to decide something."""
        return len(self._warm) >= _WARM or (self._drawn > 0 and self._warm[0][0] >= _LONG)

    def drawn(self, seconds: float, busy: float, loading: float = 0.0) -> None:
        """This process has drawn a frame.

        Args:
            seconds: how long that took.
            busy: seconds of all cores together.
            loading: for how long libraries were loaded.
        """
        self._drawn += 1
        if self._drawn == 1:
            self._first, self._loading = busy, loading
        if self._drawn == 2 and self._warm and self._warm[0][0] < _LONG:
            self._warm.clear()
        self._warm.append((seconds, busy))

    def plan(self, left: int, machine: Machine) -> Plan:
        """Who is to draw the remaining frames.

        Args:
            left: number of frames.
            machine: what they can have.
        """
        self._by_cores = machine.gpus == 0
        workers = machine.workers(left)
        if workers == 1:
            if machine.cores == 1:
                return Plan(1, why="it has one core")
            if min(machine.wanted, left) == 1:
                return Plan(1, why="nothing is left for others")
            return Plan(1, why=f"another one needs about {size_text(machine.each)} of memory, which is not free")
        seconds, busy = self._seconds, self._busy
        alone = left * seconds
        least = alone * LEAST_GAIN * (_MORE if self._decided else 1.0)
        work, shared = left * busy * _CROWDED / machine.cores, alone / workers
        if alone - max(work, shared) < least:
            self._decided = True
            share = min(1.0, busy / (machine.cores * seconds))
            return Plan(1, why=f"it keeps {share:.0%} of {machine.cores} cores busy")
        own = machine.further < workers or stays(left, workers, seconds, self.start)
        started = workers - 1 if own else workers
        spares = min(machine.spares, started)
        starts = started * self.start - spares * self._loaded
        # Until others draw, this process does; starting them is work too; and one draws the last frame.
        late = (starts / started + seconds) * (1 - 1 / workers)
        best = max(work + starts / machine.cores, shared + late)
        if alone - best < least:
            self._decided = True
            why = f"it needs about {_seconds_text(alone)} for the rest, and to start others takes as long as they save"
            return Plan(1, why=why)
        return Plan(workers, own)

    @property
    def start(self) -> float:
        """Seconds of a core that a process takes until it draws as fast as this one."""
        return PROCESS + self._opening + max(0.0, self._first - self._busy)

    @property
    def _loaded(self) -> float:
        """Seconds of a core that a spare process has spent before it is needed."""
        return PROCESS + min(self._loading, max(0.0, self._first - self._busy))

    @property
    def is_counting(self) -> bool:
        """Whether frames of others are counted."""
        return self._answers is not None

    def count(self) -> None:
        """From now on, all draw that are to be compared with this process alone, and their frames are counted."""
        self._answers = {}

    def answered(self, worker: str, at: float, busy: float = 0.0) -> None:
        """A process has drawn a frame.

        Args:
            worker: its name.
            at: the time.
            busy: seconds of all cores together; 0: unknown.
        """
        if self._answers is not None:
            self._answers.setdefault(worker, []).append((at, busy))

    def verdict(self, workers: int) -> tuple[bool, str] | None:
        """Whether several draw faster than this process alone, and how fast, in words; None: not known yet.

        Args:
            workers: how many draw, this one included if it does.
        """
        answers = list((self._answers or {}).values())
        if len(answers) < workers or any(
            len(each) <= _TRIED or each[-1][0] - each[0][0] < _SECONDS for each in answers
        ):
            return None
        spans = [each[-1][0] - each[0][0] for each in answers]
        together = sum((len(each) - 1) / span for each, span in zip(answers, spans, strict=True))
        alone, faster = 1 / self._seconds, together * self._seconds >= 1
        cores = sum(sum(busy for _, busy in each[1:]) / span for each, span in zip(answers, spans, strict=True))
        if self._by_cores and cores > 0:
            own = self._busy / self._seconds
            surely = cores >= _SURELY * own or (faster and cores >= own)
            if surely != faster:
                return surely, f"one keeps {own:.1f} cores busy, and {workers} keep {cores:.1f}"
        if faster:
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


def stays(left: int, workers: int, seconds: float, start: float) -> bool:
    """Whether this process had better be one of those that draw, instead of another one that is started.

    The others wait for it at the end of the film, when it cannot pass on what one of them has not begun.

    Args:
        left: number of frames.
        workers: how many processes draw, this one included.
        seconds: for which this process draws a frame.
        start: seconds of a core that a process takes until it draws as fast as this one.
    """
    return (workers - 1) * seconds < start and left * seconds / workers < _SHORT * start


def _rate(frames: float) -> str:
    """Frames per second, in words.

    >>> _rate(3.456), _rate(0.05)
    ('3.5 frames a second', '3.0 frames a minute')
    """
    return f"{frames:.1f} frames a second" if frames >= 0.5 else f"{60 * frames:.1f} frames a minute"


def _seconds_text(seconds: float) -> str:
    return f"{max(1, math.ceil(seconds))} s"
