"""Open densities: grids of any moment, made from the particles of that moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Grid, Particles, Vector
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.sharing.disk_cache import Arrays, kept
from moviemaker.core.sources import MadeFrom, Source
from moviemaker.data.densities.kde import NOTHING, Moments, moments
from moviemaker.data.densities.lattice import Frame, Lattice, resolve
from moviemaker.data.densities.settings import DensitySettings
from moviemaker.data.particle_sets.periodic_box import PeriodicBox

LOOKED_AT = 32
"""Largest number of snapshots, spread evenly over the sequence, from which bandwidth, bounds and ranges follow."""

VERSION = 2
"""Version of the algorithm: densities kept by another version are not used."""


class DensitySource(MadeFrom):
    """The density of particles that move, on one grid for all times.

    Args:
        particles: whose density it is.
        settings: of the density.
        weights: name of the field that weighs the particles; None: all weigh the same.
        periodic: whether the density is periodic in the box of the particles; None: if they have one.
    """

    sample_type = Grid

    def __init__(
        self,
        particles: Source[Particles],
        settings: DensitySettings,
        weights: str | None = None,
        periodic: bool | None = None,
    ):
        super().__init__(particles)
        self._settings = settings
        self._weights = weights
        self._periodic = periodic
        self._last: tuple[Particles, Lattice, Arrays] | None = None
        self._given: dict[tuple[str, ...], Grid] = {}

    @property
    def fields(self) -> tuple[str, ...]:
        """The density, its logarithm, and for a histogram the count in each cell."""
        return self._settings.fields

    def columns(self, field: str) -> int:
        """One: a density is a number.

        Raises:
            InputError: no field of this name.
        """
        self._settings.check_field(field)
        return 1

    def at(self, time: float, fields: Sequence[str] = ()) -> Grid:
        """The density at a data time.

        Raises:
            InputError: no field of this name, or the particles have no density.
        """
        names = self._settings.chosen(fields)
        sample = self._sample(time)
        if self._last is None or self._last[0] is not sample:
            self._last, self._given = None, {}  # frees memory first: both densities together may not fit
            lattice = self._lattice(sample)
            self._last = (sample, lattice, self._made(sample, lattice, keep=self._is_snapshot(time)))
        if names not in self._given:
            _, lattice, made = self._last
            self._given[names] = lattice.grid(made, names)
        return self._given[names]

    def _sample(self, time: float) -> Particles:
        sample: Particles = self.whole.at(time, () if self._weights is None else (self._weights,))
        return sample

    def _is_snapshot(self, time: float) -> bool:
        return self.times is None or bool(np.any(self.times == time))

    def _made(self, sample: Particles, lattice: Lattice, keep: bool) -> Arrays:
        """Arrays on the grid at a moment; those of snapshots are kept on disk, for other processes and commands."""
        position, mass = self._points(sample)

        def make() -> dict[str, np.ndarray]:
            low, high = corners(position)
            summed = lattice.sum(low, high)
            summed.add(position, mass)
            # A kde without weights is a probability.
            counted = float(position.shape[1] if mass is None else mass.sum()) if self._weights is None else 1.0
            return summed.fields(counted or 1.0)  # without particles the density is 0

        if not keep:
            return make()
        digest = hashlib.blake2b(position.tobytes(), digest_size=32)
        digest.update(b"" if mass is None else mass.tobytes())
        key = fingerprint(digest.hexdigest(), VERSION, *self._made_by(lattice))
        return kept(key, make, lasting=self.times is None)

    def _made_by(self, lattice: Lattice) -> tuple[object, ...]:
        """Everything beside the particles that determines a density."""
        frame = self._frame
        box = None if lattice.box is None else lattice.box.tolist()
        covariance = None if frame.covariance is None else frame.covariance.tolist()
        resolved = (frame.bounds, covariance, frame.fine, box, self._corner.tolist())
        return (self._settings, self._weights is not None, *resolved)

    def _lattice(self, sample: Particles) -> Lattice:
        return Lattice(self._settings, self._frame, self._box(sample), self._corner)

    def _box(self, sample: Particles) -> np.ndarray | None:
        """Vectors of the periodic box; None: the density is not periodic.

        Raises:
            InputError: at `periodic`: the box is missing; at `bounds`: the box is oblique.
        """
        if self._periodic is False:
            return None
        cell = sample.cell
        if cell is None or not cell.any(axis=1).all():
            if self._periodic:
                right = "write period: and its lengths, or file, for the particles"
                raise InputError("the particles do not have a periodic box", right, ("periodic",))
            return None
        if self._settings.bounds is not None and np.any(cell - np.diag(np.diag(cell))):
            what = "bounds are along x, y and z, and the periodic box of the particles is oblique"
            raise InputError(what, "leave bounds out, or write periodic: false", ("bounds",))
        return np.asarray(cell, np.float64)

    def _points(self, sample: Particles) -> tuple[np.ndarray, np.ndarray | None]:
        """Positions (3, n) and weights (n,) or None, without those whose weight is not finite."""
        position = np.ascontiguousarray(np.asarray(sample.position).T, np.float64)
        mass = None if sample.fade is None else np.asarray(sample.fade, np.float64)
        if self._weights is None:
            return position, mass
        weight = np.asarray(sample.fields[self._weights])
        if weight.ndim > 1:
            what = f"{self._weights!r} has {weight.shape[1]} values for each particle"
            raise InputError(what, "name a field with one number for each", ("weights",))
        mass = weight.astype(np.float64) if mass is None else weight * mass
        known = np.isfinite(mass)
        return (position, mass) if known.all() else (np.ascontiguousarray(position[:, known]), mass[known])

    @cached_property
    def _sampled_times(self) -> tuple[float, ...]:
        """Times of the snapshots that represent the whole movie."""
        times = self.whole.times
        if times is None:
            return (0.0,)
        few = np.unique(np.linspace(0, len(times) - 1, LOOKED_AT).round().astype(int))
        return tuple(times[few].tolist())

    @cached_property
    def _frame(self) -> Frame:
        found = [self._moments(time) for time in self._sampled_times]
        total: Moments = sum(found, NOTHING)
        if not total.count:
            raise InputError("no particles to make a density of", "check the data that of: names", ("of",))
        if self._settings.method == "kde":
            check_mass(total, self._weights)
        return resolve(self._settings, found)

    def _moments(self, time: float) -> Moments:
        return moments(*self._points(self._sample(time)))

    @cached_property
    def _corner(self) -> np.ndarray:
        """Corner of the periodic box, in fractions of its vectors."""
        samples = (self._sample(time) for time in self._sampled_times)
        first = next((each for each in samples if len(each.position)), None) or self._sample(self._sampled_times[0])
        cell = self._box(first)
        if cell is None:
            return np.zeros(3)
        box = PeriodicBox(cell)
        return (
            box.corner(np.asarray(first.position, np.float64)) if first.corner is None else box.fractions(first.corner)
        )

    def summary(self) -> dict[str, np.ndarray]:
        """Bounds and bandwidth, once they are known."""
        if "_frame" not in self.__dict__ or "_corner" not in self.__dict__:
            return {}
        frame = self._frame
        shape = {} if frame.covariance is None else {"covariance": frame.covariance}
        return {"bounds": np.array(frame.bounds), "fine": np.array(frame.fine), "corner": self._corner, **shape}

    def take(self, summary: Mapping[str, np.ndarray]) -> None:
        """Takes over bounds and bandwidth, without reading the snapshots that they follow from."""
        bounds = tuple((float(low), float(high)) for low, high in summary["bounds"])
        self._frame = Frame(bounds, summary.get("covariance"), float(summary["fine"]))
        self._corner = summary["corner"]

    def center(self, time: float) -> Vector:
        """Centre of the bounds."""
        return self._lattice(self._sample(time)).center

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The values of snapshots, flat; for a long sequence those of 32 evenly spread ones.

        Raises:
            InputError: no field of this name.
        """
        self._settings.check_field(field)
        return (self.at(time, (field,)).fields[field].ravel() for time in self._sampled_times)

    def examine(self) -> list[str]:
        """Makes the first density, and reads the snapshots from which bandwidth and bounds follow.

        Returns:
            Warnings: weights that are not finite, and a grid that is too coarse.

        Raises:
            InputError: the particles have no density.
        """
        check_given(self._weights, self.whole.fields)
        sample = self._sample(self._sampled_times[0])
        warnings = []
        lost = len(sample.position) - self._points(sample)[0].shape[1]
        if lost:
            warnings.append(weightless(lost, len(sample.position)))
        self.at(self._sampled_times[0])  # raises errors here rather than in the first layer that draws it
        warning = self._lattice(sample).warning
        return [*warnings, warning] if warning else warnings


def corners(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest coordinates (3,) of positions (3, n); 0 for n = 0."""
    return (position.min(axis=1), position.max(axis=1)) if position.size else (np.zeros(3), np.zeros(3))


def check_given(weights: str | None, known: Sequence[str]) -> None:
    """Raises InputError at `weights` if the particles have no such field."""
    if weights is not None and weights not in known:
        raise InputError(f"no such field {weights!r}", suggest(weights, known, "field"), ("weights",))


def check_mass(found: Moments, weights: str | None) -> None:
    """Raises InputError at `weights` if their sum is not above 0."""
    if not found.mass > 0:
        what = f"the weights {weights!r} add up to {found.mass:g}"
        raise InputError(what, "name a field whose values are above 0", ("weights",))


def weightless(count: int, total: int) -> str:
    """The warning that some particles have no finite weight."""
    verb, they = ("has", "it is") if count == 1 else ("have", "they are")
    return f"{count} of {total} particles {verb} no finite weight; {they} left out"
