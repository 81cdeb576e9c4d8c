"""What a worker process does: it draws the frames that it is told through a pipe, and answers each."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from moviemaker.core.machine.libraries import quiet_libraries
from moviemaker.core.machine.orphans import end_with_parent
from moviemaker.farm.crew.contract import Done, Failed, Job
from moviemaker.farm.crew.worker import Worker, sendable
from moviemaker.studio import LIBRARIES


@dataclass(frozen=True)
class Hired:
    """The first that a worker is told.

    Attributes:
        name: of the worker, for reports.
        environment: variables that have changed since it was started; None: gone.
    """

    name: str
    environment: Mapping[str, str | None]


@dataclass(frozen=True)
class Begin:
    """Tells a worker the job of the frames that follow. Frames that it has not begun are forgotten.

    Attributes:
        number: of the job, which answers repeat.
        job: pickled, once for all workers.
    """

    number: int
    job: bytes


@dataclass(frozen=True)
class Draw:
    """Tells a worker to draw frames after those that it has."""

    frames: Sequence[int]


@dataclass(frozen=True)
class Forget:
    """Tells a worker not to draw frames that it has not begun."""

    frames: Sequence[int]


@dataclass(frozen=True)
class Answer:
    """Of a worker.

    Attributes:
        job: number of the job.
        content: a frame, or the error that prevents all other frames too.
        at: when it was sent, by the clock that all processes of a machine share.
    """

    job: int
    content: Done | Failed | BaseException
    at: float = field(default_factory=time.monotonic)


def serve(pipe: Connection) -> None:
    """Draws frames until None comes.

    Args:
        pipe: to the process that says what to draw.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one answers Ctrl-C
    if not end_with_parent():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    quiet_libraries()
    worker, job, number = Worker(), None, 0
    waiting: deque[int] = deque()
    try:
        worker.name = _hired(pipe)
        while True:
            while not waiting or pipe.poll():
                told = pipe.recv()
                if told is None:
                    return
                if isinstance(told, Begin):
                    waiting.clear()
                    number, job = told.number, pickle.loads(told.job)
                elif isinstance(told, Draw):
                    waiting.extend(told.frames)
                elif isinstance(told, Forget):
                    waiting = deque(index for index in waiting if index not in told.frames)
            assert isinstance(job, Job)
            pipe.send(Answer(number, worker.compute(job, waiting.popleft())))
    except EOFError:
        return
    except BaseException as error:
        with suppress(OSError):
            pipe.send(Answer(number, sendable(error)))
    finally:
        worker.forget()
        pipe.close()
        _leave()


def _leave() -> None:
    """Ends this process without taking its libraries apart, which takes them most of a second."""
    if multiprocessing.parent_process() is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _hired(pipe: Connection) -> str:
    """Loads libraries until the worker is hired. Gives its name."""
    for load in LIBRARIES:
        if pipe.poll():
            break
        load()
    told = pipe.recv()
    if not isinstance(told, Hired):  # it is not needed
        raise EOFError
    for name, value in told.environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return told.name


def _end_with_parent() -> None:
    """Ends this worker when the process that started it has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
