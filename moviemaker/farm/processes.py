"""Several processes of this machine, each with a window and data of its own.

```yaml
kind: processes
workers: auto        # or a number
```
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator, Sequence
from typing import Annotated, ClassVar, Literal

from moviemaker.core.progress import Progress
from moviemaker.core.values import COUNT, Value
from moviemaker.farm.crew.contract import Crew, Done, Failed, Farm, Job
from moviemaker.farm.crew.round import IN_SCRIPT, Round
from moviemaker.farm.crew.team import Team


def _workers(value: object) -> object:
    return value if value == "auto" else COUNT.parse(value)


WORKERS = Value(
    "a whole number from 1 up, or auto",
    _workers,
    {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]},
    mix=None,
)


class Processes(Farm):
    """Frames in runs of neighbours, in any order, by processes that stay over all outputs.

    A frame whose process dies, or hangs, is tried by another one, then by one that is alone, and then reported, while
    the rest goes on.

    `auto` draws the first frames in this process, and measures whether several processes would be faster: short
    movies, and those of which one process keeps all cores busy, it draws alone.
    """

    on_this_machine: ClassVar[bool] = True

    kind: Literal["processes"] = "processes"
    workers: Annotated[int | Literal["auto"], WORKERS] = "auto"

    def hire(self, progress: Progress) -> Crew:
        """Processes are started when the first job needs them."""
        return _Processes(self.workers)


class _Processes(Crew):
    """Processes of this machine."""

    def __init__(self, workers: int | Literal["auto"]):
        self._team = Team(None if workers == "auto" else workers)

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done | Failed, None, None]:
        """Computes the frames.

        Raises:
            UserError: the processes run the script that has started them.
            MoviemakerError: processes die again and again before one of them has finished a frame.
        """
        return Round(self._team, job, frames).results()

    def close(self) -> None:
        """Lets the processes end."""
        self._team.close()


def leave_worker() -> None:
    """Ends this process if it is a worker that runs the script which started it, and so would start further ones."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(IN_SCRIPT)
