"""Dust that circles around the origin: particles that come from no file.

```yaml
kind: dust
count: 200
time: 3
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np

from moviemaker.plugin import COUNT, POSITIVE, DataSet, InputError, Particles, Vector, suggest


class Dust(DataSet):
    """Particles on circles in a disk around the axis z."""

    kind: Literal["dust"] = "dust"
    count: Annotated[int, COUNT] = 200
    """Number of particles."""
    time: Annotated[float, POSITIVE] = 1.0
    """Time of a revolution at radius 1, in data time."""
    height: Annotated[float, POSITIVE] = 0.2
    """Thickness of the disk, in scene units."""

    def open(self, folder: Path) -> Circling:
        """The particles, which are computed when they are asked for."""
        return Circling(self)


class Circling:
    """What every source has: times, fields and files; and gives: the data of a moment, its centre, all values."""

    files = ()
    fields = ("id", "radius")

    def __init__(self, dust: Dust):
        self.times = np.linspace(0.0, dust.time, 5)
        self._period = dust.time
        random = np.random.default_rng(1)
        self._radius = 1.0 + random.random(dust.count)
        self._start = 2 * np.pi * random.random(dust.count)
        self._z = dust.height * (random.random(dust.count) - 0.5)

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The particles at a data time."""
        for name in fields:
            if name not in self.fields:
                raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))
        angle = self._start + 2 * np.pi * time / self._period / self._radius**1.5
        position = np.stack([self._radius * np.cos(angle), self._radius * np.sin(angle), self._z], axis=1)
        return Particles(position, {"id": np.arange(len(angle)), "radius": self._radius})

    def center(self, time: float) -> Vector:
        """Where a camera looks whose target is this data set."""
        return 0.0, 0.0, 0.0

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """All values of a field, snapshot by snapshot, for ranges over the whole movie."""
        return (self.at(time, (field,)).fields[field] for time in self.times)

    def examine(self) -> list[str]:
        """Warnings about the data: none."""
        return []
