"""The process in which a worker of a cluster draws.

The worker itself answers its scheduler at every moment. Libraries that draw may keep Python from doing anything else
for minutes, hang, or end their process: here they can be ended, and start anew, without the worker being lost. Threads,
between which no window can be passed, do not matter either: a worker with several threads draws in one process.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from moviemaker.core.errors import InputError, InputErrors, MoviemakerError
from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.machine.leftovers import VARIABLE
from moviemaker.core.machine.libraries import quiet_libraries
from moviemaker.core.machine.orphans import end_with_parent
from moviemaker.farm.cluster.messages import Kit, Outcome
from moviemaker.farm.cluster.parcels import FRAMES, relocated
from moviemaker.farm.crew.contract import Done, Job
from moviemaker.farm.crew.surroundings import surroundings
from moviemaker.farm.crew.worker import Worker, end_in_words, sendable

IDLE = 600.0
"""Seconds without a frame after which the process ends, and with it its window and its data."""

_MAIN = "import sys; from moviemaker.farm.cluster.child import main; main(*sys.argv[1:])"


class ChildEnded(Exception):  # noqa: N818
    """The process has ended while it was asked. The message says how."""


class Child:
    """A process that draws.

    Args:
        folder: for its files.
        name: of the worker, for reports.
        kit: its first job.
    """

    def __init__(self, folder: Path, name: str, kit: Kit):
        self._pipe, there = Pipe()
        self.told: set[int] = set()
        """Numbers of the jobs that it knows."""
        environment = os.environ | surroundings(0, kit.sharing, usable_cores(), (), os.environ)
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), VARIABLE: kit.leftovers}
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

    def tell(self, kit: Kit) -> None:
        """Tells a job."""
        self._send(kit)
        self.told.add(kit.number)

    def draw(self, number: int, index: int) -> bytes:
        """Lets it draw a frame of a job that it was told.

        Returns:
            The pickled outcome.

        Raises:
            ChildEnded: it has ended.
        """
        self._send((number, index))
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
        return end_in_words(self._process.wait())


def main(descriptor: str, folder: str, name: str) -> None:
    """Draws the frames that the worker asks for, until it ends or asks for none for long.

    Args:
        descriptor: of the pipe to the worker.
        folder: for files of this process.
        name: of the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started the worker answers Ctrl-C
    end_with_parent()
    quiet_libraries()
    pipe, worker = Connection(int(descriptor)), Worker(name)
    jobs: dict[int, tuple[Job, bool]] = {}
    with suppress(EOFError, OSError):
        while pipe.poll(IDLE):
            message: Kit | tuple[int, int] = pickle.loads(pipe.recv_bytes())
            if isinstance(message, Kit):
                jobs[message.number] = (_job(message, Path(folder)), message.keeps)
            else:
                number, index = message
                pipe.send_bytes(pickle.dumps(_outcome(worker, *jobs[number], index)))
    worker.forget()


def _job(kit: Kit, folder: Path) -> Job:
    """The job as this process does it: with the files of the parcel, and a store of its own if it sends the frames."""
    job: Job = pickle.loads(kit.job)
    if kit.parcel is not None:
        job = replace(job, script=relocated(job.script, folder, kit.parcel))
    if not kit.keeps:
        job = replace(job, store=job.store.apart(folder / FRAMES / str(kit.number)), shared=None)
    return job


def _outcome(worker: Worker, job: Job, keeps: bool, index: int) -> Outcome:
    """Draws a frame."""
    try:
        frame = worker.compute(job, index)
        if keeps or not isinstance(frame, Done):
            return Outcome(frame)
        path = job.store.path(index)
        data = path.read_bytes()
        path.unlink()
        return Outcome(frame, data)
    except (MoviemakerError, InputError, InputErrors) as error:
        return Outcome(error=sendable(error))
