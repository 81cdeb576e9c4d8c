"""Worker processes that are started before a crew hires them, while this process reads the scene's data.

Starting one takes seconds of a core, and others are idle while data are read. One that is hired is like any other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from moviemaker.core.machine.cores import THREADS, usable_cores
from moviemaker.core.machine.memory import available_memory
from moviemaker.farm.crew.surroundings import surroundings

if TYPE_CHECKING:
    from moviemaker.farm.crew.process import WorkerProcess

LONG = 24
"""Frames of a film from which on a process is started although it is not known yet whether it will draw."""

_ROOM = 500 << 20  # bytes of free memory for each, at least

_spares: list[WorkerProcess] = []


@contextmanager
def spare_workers() -> Iterator[Callable[[int | Literal["auto"], int], None]]:
    """Gives a function that starts processes: of (workers, frames), as they are asked for.

    Those that no crew has hired are ended.
    """
    try:
        yield _start
    finally:
        while _spares:
            _spares.pop().end()


def take(variables: Mapping[str, str]) -> WorkerProcess | None:
    """One of them, which belongs to the caller from now on; None: all have other numbers of threads than are wanted.

    Args:
        variables: of the environment that it is to have, beside those of this process.
    """
    wanted = {**os.environ, **variables}
    for worker in _spares:
        if worker.status is None and all(worker.environment.get(name) == wanted.get(name) for name in THREADS):
            _spares.remove(worker)
            return worker
    return None


def count() -> int:
    """How many are there."""
    return len(_spares)


def _start(workers: int | Literal["auto"], frames: int) -> None:
    if workers == 1 or (workers == "auto" and frames < LONG):
        return
    cores = usable_cores()
    asked, sharing = (1, cores) if workers == "auto" else (workers, workers)
    wanted = min(asked, frames, cores - 1, available_memory() // _ROOM)  # one core reads the data
    if wanted > 0:
        from moviemaker.farm.crew.process import WorkerProcess  # it loads what `check` does not need

        variables = surroundings(0, sharing, cores, (), os.environ)
        _spares.extend(WorkerProcess(variables) for _ in range(wanted))
