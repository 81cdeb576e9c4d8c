"""Open bonds: meshes of any moment, made from the particles of that moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import prod

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Cells, Mesh, Particles, Vector
from moviemaker.core.geometry import norms
from moviemaker.core.sources import MadeFrom, Source, columns_of, first_time
from moviemaker.data.bonding.neighbours import bond_limits, curve, near_pairs
from moviemaker.data.particle_sets.filtered import ids_of
from moviemaker.data.particle_sets.periodic_box import PeriodicBox

STRETCHED = 2.0
"""A bond longer than so many times its limit is not drawn."""

OF_MEDIAN = 1.5
"""A chain ends at a step longer than so many times the median step."""


class _JoinedParticles(MadeFrom, ABC):
    """Lines between particles, which are told apart by their field `id`, or without one by their rows.

    Args:
        particles: that are joined.
        reach: greatest distance of particles that are joined, scene units; None: from the particles.
    """

    sample_type = Mesh

    def __init__(self, particles: Source[Particles], reach: float | None):
        super().__init__(particles)
        self._has_id = "id" in particles.fields
        self._reach = reach
        self._given: dict[tuple[str, ...], tuple[Particles, Mesh]] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """Those of the particles."""
        return self.whole.fields

    def columns(self, field: str) -> int:
        """Number of columns of a field of the particles.

        Raises:
            InputError: no field of this name.
        """
        return columns_of(self.whole, field)

    def center(self, time: float) -> Vector:
        """That of the particles."""
        return self.whole.center(time)

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field of the particles, snapshot by snapshot, flat.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        return self.whole.survey(field)

    def examine(self) -> list[str]:
        """Joins the particles of the first snapshot.

        Raises:
            InputError: none are joined, or their greatest distance is unknown.
        """
        sample = self._first()
        if not len(self.at(self._start).lines):
            what = f"of {len(sample.position)} particles no two are near enough to be joined"
            raise InputError(
                what, "write reach: and the distance, scene units, up to which they are joined", ("reach",)
            )
        return []

    def at(self, time: float, fields: Sequence[str] = ()) -> Mesh:
        """The lines at a data time.

        Raises:
            InputError: no field of this name, or a file cannot be read.
        """
        names = tuple(dict.fromkeys(fields))
        self._prepare()
        sample = self._sample(time, *names)
        if names not in self._given or self._given[names][0] is not sample:
            points, lines, rows = self._lines(sample)
            values = {name: np.asarray(sample.fields[name])[rows] for name in names}
            self._given[names] = sample, Mesh(points.astype(np.float32), values, lines)
        return self._given[names][1]

    @abstractmethod
    def _prepare(self) -> None:
        """Finds which particles are joined, in the first snapshot that has any."""

    @abstractmethod
    def _lines(self, sample: Particles) -> tuple[np.ndarray, Cells, np.ndarray]:
        """Points (n, 3), lines through them, and the rows (n,) of the particles whose values they have."""

    def _sample(self, time: float, *names: str) -> Particles:
        """The particles at a time with fields, and with their ids if they have any."""
        fields = tuple(dict.fromkeys([*names, *(("id",) if self._has_id else ())]))
        sample: Particles = self.whole.at(time, fields)
        return sample

    @cached_property
    def _start(self) -> float:
        """The first time at which there are particles."""
        times = self.whole.times
        filled = (time for time in (() if times is None else times.tolist()) if len(self.whole.at(time).position))
        return next(filled, first_time(self.whole))

    def _first(self, *names: str) -> Particles:
        return self._sample(self._start, *names)

    def _ids(self, sample: Particles) -> np.ndarray:
        return ids_of(sample, self._has_id, self._first_count)

    @cached_property
    def _first_count(self) -> int:
        return len(self._first().position)


def _separate(count: int, points: int) -> Cells:
    """Lines through separate points."""
    return Cells(np.arange(0, count * points + 1, points), np.arange(count * points))


class Pairs(_JoinedParticles):
    """Two halves of a line between any two particles that are near each other in the first snapshot."""

    def _prepare(self) -> None:
        _ = self.pairs

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids (m, 2) of the joined pairs, and the greatest length (m,) at which each of them is drawn."""
        by_radius = self._reach is None
        if by_radius and "radius" not in self.fields:
            what = "the particles have no field 'radius', which would say which of them are bonded"
            raise InputError(
                what, "write reach: and the distance, scene units, up to which they are joined", ("reach",)
            )
        elements = [name for name in ("radius", "atomic_number") if by_radius and name in self.fields]
        sample = self._first(*elements)
        if self._reach is None:
            limit = bond_limits(sample.fields["radius"], sample.fields.get("atomic_number"))
        else:
            limit = np.full(len(sample.position), self._reach / 2)
        rows = near_pairs(sample.position, limit, sample.cell)
        return self._ids(sample)[rows], STRETCHED * limit[rows].sum(axis=1)

    def _lines(self, sample: Particles) -> tuple[np.ndarray, Cells, np.ndarray]:
        ids, longest = self.pairs
        rows, there = _rows_of(ids, self._ids(sample))
        rows, longest = rows[there], longest[there]
        ends = np.asarray(sample.position, np.float64)[rows]
        step = ends[:, 1] - ends[:, 0]
        if sample.box is not None:
            step = PeriodicBox(sample.box).shortest(step)
        kept = norms(step) <= longest
        rows, ends, half = rows[kept], ends[kept], step[kept] / 2
        points = np.stack([ends[:, 0], ends[:, 0] + half, ends[:, 1] - half, ends[:, 1]], axis=1)
        return points.reshape(-1, 3), _separate(2 * len(rows), 2), np.repeat(rows, 2, axis=1).ravel()


def _rows_of(ids: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows (m, 2) of pairs of ids among those that are present, and whether both are present (m,)."""
    if not len(present):
        return np.zeros(ids.shape, np.intp), np.zeros(len(ids), bool)
    order = np.argsort(present, kind="stable")
    place = np.minimum(np.searchsorted(present, ids, sorter=order), len(present) - 1)
    rows = order[place]
    return rows, (present[rows] == ids).all(axis=1)


class Chains(_JoinedParticles):
    """A line through each chain, in the order of the ids.

    Args:
        particles: that are joined.
        reach: the longest step of a chain, scene units; None: 1.5 times the median step.
        smooth: whether lines are smooth curves.
    """

    def __init__(self, particles: Source[Particles], reach: float | None, smooth: bool):
        super().__init__(particles, reach)
        self._smooth = smooth

    def _prepare(self) -> None:
        _ = self._longest, self._chain

    @cached_property
    def _longest(self) -> float:
        if self._reach is not None:
            return self._reach
        sample = self._first()
        order, image = _along(self._ids(sample), sample)
        steps = norms(_steps(np.asarray(sample.position, np.float64)[order], sample.box))
        steps = steps[image[1:] == image[:-1]]
        return OF_MEDIAN * float(np.median(steps)) if len(steps) else 0.0

    @cached_property
    def _chain(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Ids, ascending, and the chain of each in the first snapshot."""
        if "chain" not in self.fields:
            return None
        sample = self._first("chain")
        ids = self._ids(sample)
        order = np.argsort(ids, kind="stable")
        return ids[order], np.asarray(sample.fields["chain"])[order]

    def _lines(self, sample: Particles) -> tuple[np.ndarray, Cells, np.ndarray]:
        ids = self._ids(sample)
        order, image = _along(ids, sample)
        position = np.asarray(sample.position, np.float64)[order]
        if len(position) < 2:
            return np.zeros((0, 3)), _separate(0, 2), np.zeros(0, np.intp)
        steps = _steps(position, sample.box)
        joined = (norms(steps) <= self._longest) & (image[1:] == image[:-1])
        if self._chain is not None:
            known, chain = self._chain
            mine = chain[np.minimum(np.searchsorted(known, ids[order]), len(known) - 1)]
            joined &= mine[1:] == mine[:-1]
        # Where a line crosses a face of the box, each side gets half of the step.
        crossing = joined & (norms(np.diff(position, axis=0) - steps) > 1e-3 * self._longest)
        at = np.flatnonzero(crossing)
        places = np.concatenate([np.arange(len(position)), at + 0.4, at + 0.6])
        points = np.concatenate([position, position[at] + steps[at] / 2, position[at + 1] - steps[at] / 2])
        ends = np.concatenate([~joined, [True], np.ones(len(at), bool), np.zeros(len(at), bool)])
        ends[at] = False
        along = np.argsort(places, kind="stable")
        points, places, ends = points[along], np.rint(places[along]), ends[along]
        offsets = np.concatenate([[0], np.flatnonzero(ends) + 1])
        longer = np.diff(offsets) > 1  # a single particle is not a line
        chosen = np.repeat(longer, np.diff(offsets))
        points, places = points[chosen], places[chosen]
        offsets = np.concatenate([[0], np.cumsum(np.diff(offsets)[longer])])
        rows = order[places.astype(np.intp)]
        if self._smooth and len(points):
            points, between, offsets = curve(points, offsets)
            rows = rows[np.rint(between).astype(np.intp)]
        return points, Cells(offsets, np.arange(len(points))), rows


def _along(ids: np.ndarray, sample: Particles) -> tuple[np.ndarray, np.ndarray]:
    """The rows in the order of the ids, image after image, and the image of each."""
    images = prod(sample.images)
    order = np.lexsort((ids // images, ids % images))
    return order, (ids % images)[order]


def _steps(position: np.ndarray, box: np.ndarray | None) -> np.ndarray:
    """Steps (n - 1, 3) from each position (n, 3) to the nearest image of the next."""
    steps: np.ndarray = np.diff(position, axis=0)
    return steps if box is None else PeriodicBox(box).shortest(steps)
