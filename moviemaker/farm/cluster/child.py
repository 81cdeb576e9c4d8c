"""The process in which a worker of a cluster draws.

The worker itself answers its scheduler at every moment. Libraries that draw may keep Python from doing anything else
for minutes, hang, or end their process: here they can be ended, and start anew, without the worker being lost. Threads,
between which no window can be passed, do not matter either: a worker with several threads draws in one process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Pipe
from pathlib import Path

from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.machine.leftovers import VARIABLE
from moviemaker.farm.cluster.messages import Kit, Question
from moviemaker.farm.crew.surroundings import surroundings

_MAIN = "import sys; from moviemaker.farm.cluster.drawing import main; main(*sys.argv[1:])"


class ChildEnded(Exception):  # noqa: N818
    """The process has ended while it was asked. The message says how."""


class Child:
    """A process that draws.

    Args:
        folder: for its files.
        name: of the worker, for reports.
        asked: by the render.
    """

    def __init__(self, folder: Path, name: str, asked: Question):
        self._pipe, there = Pipe()
        self.told: set[int] = set()
        """Numbers of the jobs that it knows."""
        environment = os.environ | surroundings(0, asked.sharing, usable_cores(), (), os.environ)
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), VARIABLE: asked.leftovers}
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _MAIN, str(there.fileno()), str(folder), name],
                stdin=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                env=environment,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def ask(self, question: Question) -> bytes:
        """Asks it about itself.

        Returns:
            The pickled `Findings`.

        Raises:
            ChildEnded: it has ended.
        """
        return self._answer(question)

    def tell(self, kit: Kit) -> None:
        """Tells a job, for which it makes everything ready at once."""
        self._send(kit)
        self.told.add(kit.number)

    def draw(self, number: int, index: int) -> bytes:
        """Lets it draw a frame of a job that it was told.

        Returns:
            The pickled outcome.

        Raises:
            ChildEnded: it has ended.
        """
        return self._answer((number, index))

    def _answer(self, message: object) -> bytes:
        self._send(message)
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise ChildEnded(self.end()) from None

    def _send(self, message: object) -> None:
        try:
            self._pipe.send_bytes(pickle.dumps(message))
        except OSError:
            raise ChildEnded(self.end()) from None

    def kill(self) -> None:
        """Ends it at once, from any thread. Whoever waits for its answer hears of it."""
        self._process.kill()

    def end(self) -> str:
        """Ends it, if it has not ended yet. Gives its end in words."""
        self._pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        self._process.kill()
        status = self._process.wait()
        from moviemaker.farm.crew.worker import end_in_words  # with all that draws: late

        return end_in_words(status)
