"""A worker process, as the process that starts it sees it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from moviemaker.farm.crew.serving import Answer, Begin, Draw, Forget, Hired, serve
from moviemaker.farm.crew.worker import end_in_words

_SECONDS_TO_END = 5.0

_SAFE = {"PYTHONSAFEPATH": "1"}
"""Python looks into the current folder first, even for its own modules. That may be someone else's."""


class WorkerProcess:
    """A process of this machine that draws frames.

    It is spawned, not forked: a forked OpenGL context draws nothing. It is asked through a pipe, which leaves nothing
    behind when processes are killed, unlike the semaphores of queues.

    It loads libraries until it is hired, which it has to be before it is told anything else.

    Args:
        variables: of its environment, beside those that it inherits.

    Attributes:
        name: its name, which no other worker has had.
        place: its place among those that are there, from 0.
        environment: what it was started with.
        pipe: this end of the pipe to it.
        frames: those that it has to draw. It draws the first of them.
        answers: number of its answers.
    """

    def __init__(self, variables: Mapping[str, str]):
        context = multiprocessing.get_context("spawn")
        self.name, self.place = "", 0
        self.environment: Mapping[str, str] = {**os.environ, **variables, **_SAFE}
        self.frames: deque[int] = deque()
        self.answers = 0
        here, there = context.Pipe()
        self.pipe: Connection = here
        self._process: SpawnProcess = context.Process(target=serve, args=(there,), daemon=True)
        with _environment({**variables, **_SAFE}):
            self._process.start()
        there.close()

    @property
    def process(self) -> int:
        """Number of the process."""
        return self._process.pid or 0

    @property
    def status(self) -> int | None:
        """Exit status of the process; below 0: minus the number of the signal that ended it; None: it has not ended."""
        return self._process.exitcode

    def hire(self, name: str, place: int, variables: Mapping[str, str]) -> None:
        """Gives it a name and a place, and the environment that it would have if it were started now.

        Args:
            name: its name.
            place: its place.
            variables: of its environment, beside those of this process.
        """
        self.name, self.place = name, place
        now = {**os.environ, **variables, **_SAFE}
        changed = {key: now.get(key) for key in {*now, *self.environment} if now.get(key) != self.environment.get(key)}
        self._send(Hired(name, changed))

    def begin(self, job: Begin) -> None:
        """Sends the job of the frames that follow."""
        self.frames.clear()
        self._send(job)

    def draw(self, frames: Sequence[int]) -> None:
        """Tells it to draw frames after those that it has."""
        self.frames.extend(frames)
        self._send(Draw(tuple(frames)))

    def forget(self, frames: Sequence[int]) -> None:
        """Tells it not to draw frames that it has not begun."""
        self.frames = deque(index for index in self.frames if index not in frames)
        self._send(Forget(tuple(frames)))

    def answer(self) -> Answer | None:
        """What it answers next; None: it has died."""
        try:
            answer: Answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        self.answers += 1
        return answer

    def dismiss(self) -> None:
        """Lets the process end by itself, with its window, when it has nothing to do."""
        self._send(None)

    def wait(self) -> None:
        """Waits until a process ends that was dismissed."""
        self._process.join(_SECONDS_TO_END)

    def end(self) -> str:
        """Ends the process, if it has not ended yet. Gives its end in words."""
        self.pipe.close()
        self._process.join(0.1 if self._process.exitcode is None else 0)
        self._process.kill()
        self._process.join()
        return end_in_words(self._process.exitcode or 0)

    def _send(self, what: Hired | Begin | Draw | Forget | None) -> None:
        with suppress(OSError):  # it has died, which its answer will say
            self.pipe.send(what)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets variables of the environment, which processes inherit that are started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
