"""Several processes of this machine, each with a window and data of its own.

```yaml
kind: processes
workers: 4
```
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Annotated, Literal

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.values import COUNT
from moviemaker.farm._job import Done, Farm, Job, compute
from moviemaker.studio import Studio


class Processes(Farm):
    """Frames in any order. Processes are spawned, not forked: a forked OpenGL context draws nothing."""

    kind: Literal["processes"] = "processes"
    workers: Annotated[int, COUNT]

    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Computes the frames by workers that take the next one whenever they are free.

        Raises:
            MoviemakerError: a worker died.
        """
        pool = ProcessPoolExecutor(
            max_workers=min(self.workers, max(1, len(frames))),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(job, self.workers),
        )
        try:
            for future in as_completed([pool.submit(_compute, index) for index in frames]):
                yield future.result()
        except BrokenProcessPool as error:
            raise MoviemakerError(
                "a worker process was ended from outside, as happens when the memory is used up; give the same command "
                "again with fewer --workers: the frames that are finished are kept"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_work: tuple[Studio, Job] | None = None
"""The studio and the job of this worker process. Never set in the process that started it."""


def _begin(job: Job, workers: int) -> None:
    global _work
    # Mesa's software renderer starts a thread for every core by default, and the workers share the cores.
    os.environ.setdefault("LP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    _work = (job.studio(), job)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _compute(index: int) -> Done:
    assert _work is not None
    studio, job = _work
    return compute(studio, job.store, index)


def _end_with_parent() -> None:
    """Ends this worker when the process that started it has ended. It would wait for frames for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
