"""One frame after the other, in this process.

```yaml
kind: serial
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from moviemaker.core.progress import Progress
from moviemaker.farm.crew.contract import Crew, Done, Farm, Job, compute


class Serial(Farm):
    """Frames in order. On a machine without a GPU a single frame already keeps all cores busy."""

    kind: Literal["serial"] = "serial"

    def hire(self, progress: Progress) -> Crew:
        """This process is the only worker."""
        return _Alone()


class _Alone(Crew):
    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Computes the frames in order."""
        studio = job.studio()
        try:
            for index in frames:
                yield compute(studio, job.store, index)
        finally:
            studio.close()
