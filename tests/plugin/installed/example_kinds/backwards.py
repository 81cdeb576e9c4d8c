"""Computes the last frame first, in this process.

```yaml
kind: backwards
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from moviemaker.plugin import Done, Farm, Job, compute


class Backwards(Farm):
    """Frames in the opposite order, which come out the same."""

    kind: Literal["backwards"] = "backwards"

    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Tells of each frame when it is kept."""
        studio = job.studio()
        try:
            for index in reversed(frames):
                yield compute(studio, job.store, index)
        finally:
            studio.close()
