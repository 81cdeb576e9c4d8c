"""How often data may be asked for, so that large data do not make a check slow, and asking for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid, Particles
from moviemaker.core.sources import Source
from moviemaker.resolved_scene import Script

MOST_LOOKS, FEWEST_LOOKS = 100, 5
"""At how many times data are looked at, however small or large they are."""

MOST_PARTICLES = 5_000_000
"""For how many particles positions may be computed in all looks together, which takes a quarter of a second."""

READ_PER_PARTICLE = 4
"""How much longer it takes if they have to be read first."""

VOXELS_PER_PARTICLE, COMPARED_PER_PARTICLE = 5, 10
"""How many voxels of a grid that moves, and how many particles that do not move, take as long as a particle's place."""


@contextmanager
def located(*place: str) -> Iterator[None]:
    """Gives the mistakes that are raised in the block their place in the scene, inside which they know theirs."""
    try:
        yield
    except InputError as error:
        at: Location = (*place, *error.at)
        raise InputError(error.what, error.instead, at) from None


@dataclass(frozen=True, eq=False)
class Data:
    """The open data of a scene, at times of its movie."""

    script: Script
    sources: Mapping[str, Source[Any]]

    def at(self, name: str, time: float, fields: tuple[str, ...] = ()) -> Any:
        """The data of a name at a time of the movie.

        Raises:
            InputError: at its place in the scene: it cannot be read.
        """
        with located("data", name):
            return self.sources[name].at(self.script.data_time(time), fields)

    def looks(self, names: Iterable[str], most: int = MOST_LOOKS) -> int:
        """At how many times these data may be looked at: fewer, the larger they are.

        Raises:
            InputError: at its place in the scene: one cannot be read.
        """
        effort = 0
        for name in set(names):
            sample, source = self.at(name, 0.0), self.sources[name]
            still = source.times is None
            values = 0
            if isinstance(sample, Particles):
                values = len(sample.position) // (COMPARED_PER_PARTICLE if still else 1)
            elif isinstance(sample, Grid) and not still:
                values = math.prod(sample.shape) // VOXELS_PER_PARTICLE
            effort += values * (READ_PER_PARTICLE if source.files and not still else 1)
        return max(FEWEST_LOOKS, min(most, MOST_PARTICLES // max(effort, 1)))
