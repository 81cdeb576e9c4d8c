"""Particles and their images in neighbouring periodic boxes, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Particles, Vector
from moviemaker.core.machine.memory import check_memory
from moviemaker.core.sources import MadeFrom, Source, columns_of, first_time
from moviemaker.data.particle_sets.filtered import FilteredParticles, Selectable, ids_of
from moviemaker.data.particle_sets.positions import PLACES, mean_position, of_place
from moviemaker.data.particle_sets.selection import Selection

_BYTES = 64
"""Memory that a particle takes, about."""


class ReplicatedParticles(MadeFrom):
    """Images of particles, `counts` along the vectors of their periodic box; the particles themselves are the first.

    The id of image k of a particle is its own id times the number of images, plus k. Fields and velocities are
    repeated.

    Args:
        particles: in a periodic box.
        counts: number of images along each vector of the box.
    """

    sample_type = Particles
    globe = False

    def __init__(self, particles: Source[Particles], counts: tuple[int, int, int]):
        super().__init__(particles)
        self._counts = counts
        self._has_id = "id" in particles.fields
        self._first_count: int | None = None
        self._given: dict[tuple[str, ...], tuple[Particles, Particles]] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the particles."""
        return tuple(dict.fromkeys([*self.whole.fields, "id", *PLACES]))

    def columns(self, field: str) -> int:
        """Number of columns of a field.

        Raises:
            InputError: no field of this name.
        """
        self._check(field)
        return columns_of(self.whole, field) if field in self.whole.fields else 1

    def pace(self, seconds: Callable[[np.ndarray], np.ndarray]) -> None:
        """Passes on the seconds of the movie at data times."""
        self._given = {}
        super().pace(seconds)

    def chosen(
        self, selection: Selection, interpolation: str | None = None, fade: float | None = None
    ) -> Source[Particles]:
        """Some of the images; None: interpolated and faded as these are.

        Raises:
            InputError: at `select`: no such field.
        """
        particles = self.whole
        if isinstance(particles, Selectable) and (interpolation is not None or fade is not None):
            particles = particles.chosen(Selection(), interpolation, fade)
        images = ReplicatedParticles(particles, self._counts)
        return FilteredParticles(images, selection) if selection else images

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """All images at a data time, with the named fields.

        Raises:
            InputError: no field of this name, or at `replicate`: the particles are not in a periodic box.
        """
        names = tuple(dict.fromkeys(fields))
        for name in names:
            self._check(name)
        used = dict.fromkeys([*names, *(("id",) if "id" in names and self._has_id else ())])
        sample = self.whole.at(time, tuple(name for name in used if name in self.whole.fields))
        if names not in self._given or self._given[names][0] is not sample:
            self._given[names] = sample, self._images(sample, names)
        return self._given[names][1]

    def _check(self, name: str) -> None:
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))

    def _images(self, sample: Particles, names: Sequence[str]) -> Particles:
        self._check_box(sample)
        assert sample.box is not None
        count, copies = len(sample.position), prod(self._counts)
        steps = np.array([*product(*map(range, self._counts))], float) @ sample.box
        first = np.asarray(sample.position)
        position = (first[None] + steps[:, None]).reshape(-1, 3).astype(first.dtype)
        found = {}
        for name in names:
            if name == "id":
                ids = ids_of(sample, self._has_id, self._count_at_first(sample)) * copies
                found[name] = (ids[None] + np.arange(copies)[:, None]).ravel()
            elif name in PLACES and self._follows(name, sample):
                found[name] = of_place(name, position)
            else:
                values = np.asarray(sample.fields[name])
                found[name] = np.broadcast_to(values, (copies, *values.shape)).reshape(-1, *values.shape[1:])
        fade = None if sample.fade is None else np.tile(sample.fade, copies)
        corner = None if sample.corner is None else np.asarray(sample.corner)
        assert len(position) == count * copies
        return Particles(position, found, fade, sample.box, sample.globe, corner, self._counts)

    def _follows(self, name: str, sample: Particles) -> bool:
        """Whether a field is that of the position, and not one of the same name in a file."""
        if name not in sample.fields:
            return True
        return np.array_equal(np.asarray(sample.fields[name]), of_place(name, np.asarray(sample.position)))

    def _count_at_first(self, sample: Particles) -> int:
        if self._first_count is None:
            self._first_count = len(sample.position)
        return self._first_count

    def _check_box(self, sample: Particles) -> None:
        if sample.box is None:
            right = "write period: and the lengths of the box, [a, b, c], or leave replicate out"
            raise InputError("the particles are not in a periodic box, which could be repeated", right, ("replicate",))
        lacking = [n for n, vector in enumerate(sample.box) if self._counts[n] > 1 and not np.any(vector)]
        if lacking:
            what = f"the box is not periodic along its vector {lacking[0] + 1}"
            raise InputError(what, "write 1 there", ("replicate", lacking[0]))
        copies = prod(self._counts)
        check_memory(
            float(len(sample.position)) * copies * _BYTES,
            f"{copies} images of {len(sample.position)} particles",
            "write smaller numbers",
            ("replicate",),
        )

    def center(self, time: float) -> Vector:
        """Mean of the positions of all images; without particles that of the particles alone."""
        position = self.at(time).position
        return mean_position(position) if len(position) else self.whole.center(time)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, flat; those that all images share come once.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        self._check(field)
        if field != "id" and field not in PLACES:
            return self.whole.survey(field)
        times = [first_time(self.whole)] if self.times is None else self.times.tolist()
        return (self.at(time, (field,)).fields[field].ravel() for time in times)

    def examine(self) -> list[str]:
        """Reads the particles.

        Raises:
            InputError: as for the particles, or at `replicate`: they are not in a periodic box.
        """
        warnings = self.whole.examine()
        self._check_box(self.whole.at(first_time(self.whole)))
        return warnings
