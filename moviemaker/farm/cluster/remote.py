"""What the program does in the process of a Dask worker: it passes questions and frames on to the child that draws.

It imports nothing that draws, so that a slow machine loads all that only once.
"""

from __future__ import annotations

import pickle
import re
import shutil
import socket
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from moviemaker.farm.cluster.child import Child, ChildEnded
from moviemaker.farm.cluster.messages import Answer, Findings, Kit, Outcome, Question
from moviemaker.farm.cluster.probe import keeps_in

_FORGOTTEN = 3600.0  # seconds after which what a render has left here is removed

_desks: dict[tuple[str, str], _Desk] = {}
_lock = Lock()


def greet(run: str, question: bytes) -> bytes:
    """Answers what a render wants to know of a worker before it gives it frames. Task of Dask.

    Args:
        run: name of the render.
        question: a pickled `Question`.

    Returns:
        The pickled `Answer`.
    """
    asked: Question = pickle.loads(question)
    keeps = asked.folder is not None and keeps_in(asked.folder, asked.probe)
    return pickle.dumps(Answer(socket.gethostname(), keeps, _desk(run).greet(asked)))


def equip(kit: bytes) -> bytes:
    """Takes a job. Task of Dask."""
    taken: Kit = pickle.loads(kit)
    _desk(taken.run).take(taken)
    return b""


def draw(run: str, number: int, index: int) -> bytes:
    """Draws a frame of a job. Task of Dask.

    Args:
        run: name of the render.
        number: of the job.
        index: of the frame.

    Returns:
        The pickled `Outcome`.
    """
    return _desk(run).draw(number, index)


def end_child(run: str, dask_worker: Any) -> None:
    """Ends the process that draws, which has hung. Dask runs it beside the tasks."""
    with _lock:
        desk = _desks.get((dask_worker.address, run))
    if desk is not None:
        desk.kill()


def release(run: str, dask_worker: Any) -> None:
    """Lets go of everything that a render has had here. Dask runs it beside the tasks."""
    with _lock:
        desk = _desks.pop((dask_worker.address, run), None)
    if desk is not None:
        desk.close()


def _desk(run: str) -> _Desk:
    """What a render has at the Dask worker that runs this task. What others have left long ago is removed."""
    from distributed import get_worker

    worker = get_worker()
    with _lock:
        old = [key for key, desk in _desks.items() if time.monotonic() - desk.used > _FORGOTTEN and not desk.is_busy]
        for key in old:
            _desks.pop(key).close()
        if (worker.address, run) not in _desks:
            name = f"{socket.gethostname()} {re.split('[:/]', worker.address)[-1]}"
            _desks[worker.address, run] = _Desk(name, worker.local_directory)
        return _desks[worker.address, run]


class _Desk:
    """What a render has at a worker: its jobs, and the process that draws.

    Args:
        name: of the worker, for reports.
        folder: in which it may make one of its own.
    """

    def __init__(self, name: str, folder: str):
        self.used = time.monotonic()
        self._name = name
        self._folder = Path(tempfile.mkdtemp(prefix="moviemaker-", dir=folder))
        self._asked: Question | None = None
        self._kits: dict[int, Kit] = {}
        self._child: Child | None = None
        # One thread, also for a worker of several: it draws one frame at a time. Linux ends a child with the *thread*
        # that started it, and threads of tasks come and go.
        self._thread = ThreadPoolExecutor(1, "moviemaker")
        self._waiting = 0

    @property
    def is_busy(self) -> bool:
        """Whether frames are drawn or wait."""
        return self._waiting > 0

    def greet(self, asked: Question) -> Findings:
        """What the process that draws says about itself.

        Raises:
            RuntimeError: it has ended.
        """
        self._asked = asked
        try:
            found: Findings = pickle.loads(self._thread.submit(lambda: self._live_child().ask(asked)).result())
        except ChildEnded as error:
            raise RuntimeError(f"its process was ended ({error}), and its log says why") from None
        return found

    def take(self, kit: Kit) -> None:
        """Takes a job, for which the process that draws makes itself ready."""
        if kit.parcel is not None:
            from moviemaker.farm.cluster.parcels import unpack

            unpack(kit.parcel, self._folder)
        self._kits[kit.number] = kit
        self._thread.submit(lambda: self._told_child(kit))

    def draw(self, number: int, index: int) -> bytes:
        """The pickled outcome of a frame."""
        self._waiting += 1
        try:
            return self._thread.submit(self._drawn, number, index).result()
        finally:
            self._waiting -= 1
            self.used = time.monotonic()

    def _drawn(self, number: int, index: int) -> bytes:
        try:
            return self._told_child(self._kits[number]).draw(number, index)
        except ChildEnded as error:
            self._child = None
            return pickle.dumps(Outcome(ended=str(error)))

    def _told_child(self, kit: Kit) -> Child:
        """The process that draws, which knows the job."""
        child = self._live_child()
        if kit.number not in child.told:
            child.tell(kit)
        return child

    def _live_child(self) -> Child:
        """The process that draws, which is started if it has ended."""
        if self._child is None or not self._child.is_alive:
            self._put_away()
            assert self._asked is not None
            self._child = Child(self._folder, self._name, self._asked)
        return self._child

    def kill(self) -> None:
        """Ends the process that draws at once."""
        child = self._child
        if child is not None:
            child.kill()

    def close(self) -> None:
        """Ends the process that draws, and removes all files."""
        self.kill()
        self._thread.submit(self._remove)
        self._thread.shutdown(wait=False)

    def _put_away(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def _remove(self) -> None:
        self._put_away()
        shutil.rmtree(self._folder, ignore_errors=True)
