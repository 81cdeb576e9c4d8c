"""A job, a store and processes for a round. The processes are threads that speak to the pipe as processes do."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from moviemaker.core.errors import MoviemakerError
from moviemaker.farm import Done, Failed
from moviemaker.farm.crew.process import WorkerProcess
from moviemaker.farm.crew.round import IN_SCRIPT, Round
from moviemaker.farm.crew.serving import Answer, Begin, Draw, Forget, Hired
from moviemaker.farm.crew.team import Team

DIES, HANGS, FAILS, RAISES, IN_A_SCRIPT = "dies", "hangs", "fails", "raises", "in a script"


class Plan:
    """What becomes of frames.

    Attributes:
        of: by number of the frame: what happens each time that it is drawn.
        seconds: for which a frame is drawn by a process.
        busy: seconds of all cores that a process says it needed; 0: it does not know.
        started: names of processes.
        begun: jobs that were sent.
        drawn: by number of the frame, how often it was drawn.
    """

    of: dict[int, list[str]]
    seconds, busy = 0.0, 0.0

    def __init__(self) -> None:
        self.of, self.started, self.begun, self.drawn = {}, [], 0, Counter[int]()


class Thread(WorkerProcess):
    """A worker that is a thread."""

    plan: Plan

    def __init__(self, variables: dict[str, str]):
        self.environment = {**os.environ, **variables}
        self.frames, self.answers = deque(), 0
        self.pipe, self._there = Pipe()
        self._status: int | None = None
        self._ended = threading.Event()
        self._plan = type(self).plan
        threading.Thread(target=self._work, daemon=True).start()

    process = 0

    def hire(self, name: str, place: int, variables: dict[str, str]) -> None:
        super().hire(name, place, variables)
        self._plan.started.append(name)

    @property
    def status(self) -> int | None:
        return self._status

    def wait(self) -> None:
        self._ended.wait(5)

    def end(self) -> str:
        self._ended.set()
        self.pipe.close()
        return "SIGKILL" if self._status is None else f"status {self._status}"

    def _work(self) -> None:
        number, waiting = 0, []
        try:
            while not self._ended.is_set():
                while not waiting or self._there.poll():
                    told = self._there.recv()
                    if isinstance(told, Hired):
                        continue
                    if isinstance(told, Begin):
                        number, waiting = told.number, []
                        self._plan.begun += 1
                    elif isinstance(told, Draw):
                        waiting += told.frames
                    elif isinstance(told, Forget):
                        waiting = [index for index in waiting if index not in told.frames]
                    else:
                        return
                self._answer(number, waiting.pop(0))
        except (EOFError, OSError):
            pass
        finally:
            self._there.close()
            self._ended.set()

    def _answer(self, number: int, index: int) -> None:
        what = self._plan.of[index].pop(0) if self._plan.of.get(index) else ""
        self._plan.drawn[index] += 1
        self._ended.wait(self._plan.seconds)
        if what == HANGS:
            self._ended.wait(60)
        if what in (DIES, IN_A_SCRIPT):
            self._status = IN_SCRIPT if what == IN_A_SCRIPT else -6
            raise EOFError
        done: Any = Done(index, "llvmpipe", self.name, {"draw": self._plan.seconds}, busy=self._plan.busy)
        if what == FAILS:
            done = Failed(index, "ValueError: odd", "Traceback: odd")
        self._there.send(Answer(number, MoviemakerError("the disk is full") if what == RAISES else done))


class Store:
    def __init__(self, folder: Path):
        self.folder = folder


class Job:
    """What a round needs of a job."""

    output, opening = "hd", 0.0

    def __init__(self, folder: Path):
        self.store, self.progress = Store(folder), self
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def __reduce__(self) -> Any:
        return str, ("a job",)


class Own:
    """Draws in this process.

    Attributes:
        seconds: for a frame.
        busy: seconds of all cores for a frame.
        drawn: frames.
    """

    seconds, busy, draws = 0.02, 0.02, True

    def __init__(self) -> None:
        self.drawn: list[int] = []
        self.forgotten = 0

    def compute(self, job: Any, index: int) -> Done | Failed:
        time.sleep(self.seconds)
        self.drawn.append(index)
        return Done(index, "llvmpipe", "own", {"draw": self.seconds}, busy=self.busy)

    def forget(self) -> None:
        self.forgotten += 1


def run(team: Team, job: Job, count: int) -> tuple[list[int], dict[int, Failed]]:
    """Frames that were finished, sorted, and those that failed."""
    results = list(Round(team, job, range(count)).results())  # type: ignore[arg-type]
    failed = {result.index: result for result in results if isinstance(result, Failed)}
    return sorted(result.index for result in results if isinstance(result, Done)), failed
