"""The workers of a Dask cluster, on this machine or on many.

```yaml
kind: dask
address: tcp://10.0.0.1:8786
```
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from moviemaker.core.progress import Progress
from moviemaker.core.values import COUNT, POSITIVE, TRUTH
from moviemaker.farm.cluster.errand import Errand
from moviemaker.farm.cluster.link import ADDRESS, Link
from moviemaker.farm.cluster.remote import release
from moviemaker.farm.crew.contract import Crew, Done, Failed, Farm, Job
from moviemaker.farm.scheduling import Limits

_RELEASE = 2.0  # seconds for workers to close what they have opened; those that take longer do it by themselves


class Dask(Farm):
    """Frames in any order, on the workers of a cluster of `dask.distributed` (`pip install 'moviemaker[cluster]'`).

    Each worker draws in a process of its own, which keeps its data and its window from frame to frame. Workers may come
    and go, die or hang, and the scheduler may be started again: their frames are drawn by others. Workers with other
    versions of what draws the frames are refused.
    """

    kind: Literal["dask"] = "dask"
    address: Annotated[str, ADDRESS]
    """Address of the scheduler, `tcp://HOST:PORT` or `tls://HOST:PORT`; `local`: a cluster of this process."""
    workers: Annotated[int, COUNT] = 1
    """Number of workers of a local cluster."""
    shared: Annotated[bool, TRUTH] = True
    """Whether workers that see the folder of the results keep frames there; others, or false: they send them."""
    wait: Annotated[float, POSITIVE] = 60.0
    """Longest wait for the first worker, in seconds."""
    patience: Annotated[float, POSITIVE] = 300.0
    """Longest wait for a scheduler that was lost, or for workers when all have gone, in seconds."""
    hangs: Annotated[float, POSITIVE] = 120.0
    """Shortest time without an answer after which a worker has hung, in seconds; frames that take long need longer."""

    def hire(self, progress: Progress) -> Crew:
        """Connects to the scheduler."""
        link = Link(self.address, self.workers)
        link.open()
        return _Cluster(self, link, progress)


class _Cluster(Crew):
    """The workers of a cluster."""

    def __init__(self, farm: Dask, link: Link, progress: Progress):
        self._farm, self._link, self._progress = farm, link, progress
        self._run = os.urandom(8).hex()
        self._jobs = 0
        self._left_out: set[str] = set()
        self._workers: list[str] = []

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done | Failed, None, None]:
        """Computes the frames by the workers that are there, and those that come."""
        self._jobs += 1
        farm = self._farm
        errand = Errand(
            self._link,
            self._run,
            self._jobs,
            _anywhere(job),
            frames,
            self._left_out,
            shared=farm.shared,
            wait=farm.wait,
            patience=farm.patience,
            limits=Limits(least=farm.hangs),
        )
        try:
            yield from errand.answers()
        finally:
            errand.cancel()
            self._workers = errand.addresses

    def close(self) -> None:
        """Lets the workers go, which close what they have opened, and ends the connection."""
        if self._link.is_up and self._workers:
            self._link.tell(self._workers, release, self._run, seconds=_RELEASE)
        self._link.close()


def _anywhere(job: Job) -> Job:
    """The job with paths that hold in every folder."""
    store = job.store
    folder, work = Path(os.path.abspath(store.folder)), Path(os.path.abspath(store.work))
    return replace(job, store=replace(store, folder=folder, work=work))
