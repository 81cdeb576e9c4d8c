"""Data at times of the movie, and how often they are sampled so that large data do not make a check slow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from moviemaker.core.errors import DataError, InputError, Location, in_data
from moviemaker.core.fields import Grid, Particles, Vector
from moviemaker.core.sources import Placed, Source, shown_at
from moviemaker.resolved_scene import Script

MOST_SAMPLES, FEWEST_SAMPLES = 100, 5
"""Number of times at which very small, and very large data are sampled."""

MOST_PARTICLES = 5_000_000
"""Number of particles whose positions may be computed for all samples together, which takes a quarter of a second."""

READ_PER_PARTICLE = 4
"""How many times longer it takes if particles have to be read first."""

VOXELS_PER_PARTICLE, COMPARED_PER_PARTICLE = 5, 10
"""Voxels of a moving grid, and particles at rest, that take as long as the position of one moving particle."""


@contextmanager
def located(*place: str) -> Iterator[None]:
    """Puts a place in the scene before the places of the errors that are raised in the block."""
    try:
        yield
    except DataError:
        raise
    except InputError as error:
        at: Location = (*place, *error.at)
        raise InputError(error.what, error.instead, at) from None


@dataclass(frozen=True, eq=False)
class Data:
    """The open data of a scene, at times of its movie."""

    script: Script
    sources: Mapping[str, Source[object]]

    def at(self, name: str, time: float, fields: tuple[str, ...] = ()) -> object:
        """The data of a name at a time of the movie.

        Raises:
            InputError: at its place in the scene: they cannot be read.
        """
        with located("data", name):
            return shown_at(self.sources[name], time).at(self.script.data_time(time), fields)

    def center(self, name: str, time: float) -> Vector:
        """The centre of the data of a name at a time of the movie.

        Raises:
            InputError: at its place in the scene: they cannot be read.
        """
        with in_data(name):
            return shown_at(self.sources[name], time).center(self.script.data_time(time))

    def times_to_sample(self, names: Iterable[str], most: int = MOST_SAMPLES) -> int:
        """The number of times at which data of these names may be sampled: the larger they are, the fewer.

        Raises:
            InputError: at its place in the scene: data cannot be read.
        """
        effort = 0
        for name in set(names):
            sample, source = self.at(name, 0.0), self.sources[name]
            still = source.times is None and not (isinstance(source, Placed) and source.moves)
            values = 0
            if isinstance(sample, Particles):
                values = len(sample.position) // (COMPARED_PER_PARTICLE if still else 1)
            elif isinstance(sample, Grid) and source.times is not None:
                values = math.prod(sample.shape) // VOXELS_PER_PARTICLE
            effort += values * (READ_PER_PARTICLE if source.files and source.times is not None else 1)
        return max(FEWEST_SAMPLES, min(most, MOST_PARTICLES // max(effort, 1)))
