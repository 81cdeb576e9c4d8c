"""What runs in the process in which a worker of a cluster draws."""

from __future__ import annotations

import pickle
import signal
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from moviemaker.core.errors import InputError, InputErrors, MoviemakerError
from moviemaker.core.machine.libraries import quiet_libraries
from moviemaker.core.machine.orphans import end_with_parent
from moviemaker.farm.cluster.messages import Findings, Kit, Outcome, Question
from moviemaker.farm.cluster.parcels import FRAMES, relocated, unreadable
from moviemaker.farm.cluster.versions import versions
from moviemaker.farm.crew.contract import Done, Job
from moviemaker.farm.crew.worker import Worker, sendable

IDLE = 600.0
"""Seconds without a frame after which the process ends, and with it its window and its data."""


def main(descriptor: str, folder: str, name: str) -> None:
    """Answers what the worker asks, and draws frames, until it ends or asks for none for long.

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
            message: Question | Kit | tuple[int, int] = pickle.loads(pipe.recv_bytes())
            if isinstance(message, Question):
                pipe.send_bytes(pickle.dumps(Findings(versions(message.plugins), unreadable(message.files))))
            elif isinstance(message, Kit):
                job = _job(message, Path(folder))
                jobs[message.number] = (job, message.keeps)
                with suppress(Exception):  # it comes again with the first frame
                    worker.studio(job)
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
