"""Computes the last frame first, in this process.

```yaml
kind: backwards
```
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal

from moviemaker.plugin import Crew, Done, Farm, Job, Progress, compute


class Backwards(Farm):
    """Frames in the opposite order, which come out the same."""

    kind: Literal["backwards"] = "backwards"

    def hire(self, progress: Progress) -> Crew:
        """This process is the only worker."""
        return Reversed()


class Reversed(Crew):
    """Draws the last frame first."""

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done, None, None]:
        """Tells of each frame when it is kept."""
        studio = job.studio()
        try:
            for index in reversed(frames):
                yield compute(studio, job.store, index)
        finally:
            studio.close()
