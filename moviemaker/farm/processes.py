"""Several processes of this machine, each with a window and data of its own.

```yaml
kind: processes
workers: 4
```
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Annotated, Literal

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.leftovers import watch
from moviemaker.core.machine.libraries import quiet_libraries
from moviemaker.core.machine.orphans import end_with_parent
from moviemaker.core.progress import Progress
from moviemaker.core.values import COUNT
from moviemaker.farm.crew.contract import Crew, Done, Farm, Job, compute

TRIES = 3
"""A frame whose worker died is given to another one, until so many have died of it."""

IN_SCRIPT = 113
"""Exit status of a worker that has come to `render` while it runs the script that started it."""

_SECONDS_TO_END = 5.0


class Processes(Farm):
    """Frames in any order. Processes are spawned, not forked: a forked OpenGL context draws nothing.

    A worker that dies costs the frame that it was drawing: another worker takes its place and draws it. Workers are
    asked through pipes, which leave nothing behind when processes are killed, unlike the semaphores of queues.
    """

    kind: Literal["processes"] = "processes"
    workers: Annotated[int, COUNT]

    def hire(self, progress: Progress) -> Crew:
        """Processes are started for each job."""
        return _Team(self.workers)


class _Team(Crew):
    """Processes of this machine."""

    def __init__(self, workers: int):
        self.workers = workers

    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Computes the frames by workers that take the next one whenever they are free.

        Raises:
            MoviemakerError: workers died again and again of the same frame.
        """
        watch(job.store.folder)
        waiting = deque(frames)
        deaths: dict[int, int] = {}
        team = [_Worker.started(job, self.workers) for _ in range(min(self.workers, len(frames)))]
        try:
            for worker in team:
                worker.take(waiting)
            while busy := [worker for worker in team if worker.index is not None]:
                ready = wait([worker.pipe for worker in busy])
                for place, worker in enumerate(team):
                    if worker.pipe not in ready:
                        continue
                    answer, index = worker.answer(), worker.index
                    assert index is not None
                    if isinstance(answer, Done):
                        worker.take(waiting)
                        yield answer
                    elif answer is not None:
                        raise answer
                    else:
                        deaths[index] = deaths.get(index, 0) + 1
                        why = worker.end()
                        if worker.process.exitcode == IN_SCRIPT:
                            what = "the processes run the script again that started them, since it renders outside of"
                            raise UserError(f'{what} `if __name__ == "__main__":`; render inside of it, or in 1 worker')
                        if deaths[index] == TRIES:
                            raise _hopeless(index, why)
                        job.progress.note(f"{job.output}: a worker was ended ({why}); frame {index} is drawn again")
                        waiting.appendleft(index)
                        team[place] = _Worker.started(job, self.workers)
                        team[place].take(waiting)
            for worker in team:
                worker.dismiss()
        finally:
            for worker in team:
                worker.end()


def leave_worker() -> None:
    """Ends this process if it is a worker that runs the script which started it, and so would start further ones."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(IN_SCRIPT)


@contextmanager
def _without_current_folder() -> Iterator[None]:
    """Keeps processes of Python that are started here from importing modules of the current folder.

    That may be the folder of someone else's data. A worker that is spawned looks there first, even for Python's own.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTHONSAFEPATH")
        if before is not None:
            os.environ["PYTHONSAFEPATH"] = before


@dataclass
class _Worker:
    """A process that draws one frame after the other.

    Attributes:
        process: the process.
        pipe: this end of the pipe to it.
        index: number of the frame that it is drawing; None: it has nothing to do.
    """

    process: SpawnProcess
    pipe: Connection
    index: int | None = None

    @classmethod
    def started(cls, job: Job, workers: int) -> _Worker:
        """A new process."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_work, args=(there, job, workers), daemon=True)
        with _without_current_folder():
            process.start()
        there.close()
        return cls(process, here)

    def take(self, waiting: deque[int]) -> None:
        """Gives the process the next frame, if one is waiting."""
        self.index = waiting.popleft() if waiting else None
        if self.index is not None:
            with suppress(OSError):  # it has died, which its answer will say
                self.pipe.send(self.index)

    def answer(self) -> Done | BaseException | None:
        """The finished frame or an error; None: the process has died."""
        try:
            answer: Done | BaseException = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return answer

    def dismiss(self) -> None:
        """Lets a process that has nothing to do end by itself, with its window."""
        with suppress(OSError):
            self.pipe.send(None)
        self.process.join(_SECONDS_TO_END)

    def end(self) -> str:
        """Ends the process, if it has not ended yet. Gives its end in words."""
        self.pipe.close()
        self.process.join(0.1 if self.process.exitcode is None else 0)
        self.process.kill()
        self.process.join()
        status = self.process.exitcode or 0
        return f"status {status}" if status >= 0 else signal.Signals(-status).name


def _hopeless(index: int, why: str) -> MoviemakerError:
    return MoviemakerError(
        f"{TRIES} worker processes were ended ({why}) while they drew frame {index}, as happens when the memory is "
        "used up; give the same command again with fewer --workers: the frames that are finished are kept"
    )


def _work(pipe: Connection, job: Job, workers: int) -> None:
    """Draws the frames whose numbers come through the pipe, until None comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one answers Ctrl-C
    if not end_with_parent():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    quiet_libraries()
    # Mesa's software renderer starts a thread for every core by default, and the workers share the cores.
    os.environ.setdefault("LP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    studio = None
    try:
        while (index := pipe.recv()) is not None:
            studio = studio or job.studio()
            pipe.send(compute(studio, job.store, index))
    except EOFError:
        return
    except BaseException as error:
        with suppress(OSError):
            pipe.send(_sendable(error))
    finally:
        if studio is not None:
            studio.close()


def _sendable(error: BaseException) -> BaseException:
    """The error, or its words if it cannot be sent to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return MoviemakerError(f"{type(error).__name__}: {error}")
    return error


def _end_with_parent() -> None:
    """Ends this worker when the process that started it has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
