"""One frame after the other, in this process.

```yaml
kind: serial
```
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import ClassVar, Literal

from moviemaker.core.progress import Progress
from moviemaker.farm.crew.contract import Crew, Done, Failed, Farm, Job
from moviemaker.farm.crew.worker import Worker


class Serial(Farm):
    """Frames in order. On a machine without a GPU a single frame already keeps all cores busy."""

    on_this_machine: ClassVar[bool] = True

    kind: Literal["serial"] = "serial"

    def hire(self, progress: Progress) -> Crew:
        """This process is the only worker."""
        return _Alone()


class _Alone(Crew):
    def __init__(self) -> None:
        self._worker = Worker()

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done | Failed, None, None]:
        """Computes the frames in order. One that fails is tried again with data and a window opened anew."""
        for index in frames:
            done = self._worker.compute(job, index)
            yield self._worker.compute(job, index) if isinstance(done, Failed) else done

    def close(self) -> None:
        """Closes the window and the data."""
        self._worker.forget()
