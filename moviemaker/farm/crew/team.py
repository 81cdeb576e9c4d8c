"""The processes of this machine that draw, over all jobs of a command."""

from __future__ import annotations

import os
from itertools import count

from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.machine.memory import available_memory, memory_of
from moviemaker.core.sharing.arrays import share_in
from moviemaker.farm.crew import spares
from moviemaker.farm.crew.process import WorkerProcess
from moviemaker.farm.crew.sizing import Machine
from moviemaker.farm.crew.surroundings import gpus_of, surroundings
from moviemaker.farm.crew.worker import Worker
from moviemaker.farm.scheduling import Limits

_LIBRARIES = 250 << 20  # bytes that a process takes to draw at all
_SPARE = 0.9  # share of the free memory that may be taken
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "SWR", "unknown")
"""Names of renderers that draw by the cores."""


class Team:
    """Processes that draw, and this process, which may draw too.

    Args:
        wanted: number of processes; None: as many as are found to be best.

    Attributes:
        wanted: as given, or less if that has turned out to be too many.
        is_auto: whether the number is to be found.
        own: draws in this process.
        own_draws: whether it does so beside processes, although it need not.
        start_seconds: of a core that a process takes until it draws as fast as this one, as far as it is known.
        processes: by name.
        jobs: how many jobs it has had.
        drawn: number of frames that processes have drawn.
        deaths: number of processes that have died.
        limits: when a process has hung.
        cores: that all share.
    """

    def __init__(self, wanted: int | None):
        self.wanted, self.is_auto = wanted or 0, wanted is None
        self.own, self.own_draws, self.start_seconds = Worker(), False, 0.0
        self.processes: dict[str, WorkerProcess] = {}
        self.jobs = self.drawn = self.deaths = 0
        self.limits = Limits()
        self.cores = usable_cores()
        self._gpus = gpus_of(os.environ)
        self._names = count(1)

    def start(self) -> WorkerProcess:
        """Starts a process."""
        taken = {worker.place for worker in self.processes.values()}
        place = next(place for place in count(int(self.own_draws)) if place not in taken)
        variables = surroundings(place, self.wanted + self.own_draws, self.cores, self._gpus, os.environ)
        worker = spares.take(variables) or WorkerProcess(variables)
        worker.hire(str(next(self._names)), place, variables)
        self.processes[worker.name] = worker
        return worker

    def end(self, worker: WorkerProcess) -> str:
        """Ends a process. Gives its end in words."""
        self.processes.pop(worker.name, None)
        return worker.end()

    def room(self) -> tuple[int, int]:
        """How many further processes fit into the memory, and the bytes that one takes."""
        drawing = [memory_of(worker.process) for worker in self.processes.values() if worker.answers]
        if self.own.draws:
            drawing.append(memory_of())
        each = max(drawing, default=0) or memory_of() + _LIBRARIES
        return int(_SPARE * available_memory() // max(1, each)), each

    def machine(self, renderer: str) -> Machine:
        """What there is for processes that draw as this one does, which has drawn some frames.

        Args:
            renderer: OpenGL's name of the renderer.
        """
        gpus = 0 if any(name in renderer for name in _SOFTWARE) else max(1, len(self._gpus))
        return Machine(self.cores, *self.room(), gpus, spares.count())

    def close(self) -> None:
        """Lets all processes end."""
        ready = [worker for worker in self.processes.values() if worker.answers and not worker.frames]
        for worker in ready:
            worker.dismiss()
        for worker in ready:
            worker.wait()
        self.end_all()
        self.own.forget()
        share_in(None)

    def end_all(self) -> None:
        """Ends all processes at once."""
        for worker in list(self.processes.values()):
            self.end(worker)
