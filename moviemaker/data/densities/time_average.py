"""The mean density of moving particles over all of their snapshots: where they are how often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import numpy as np

from moviemaker.core.fields import Grid
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.sharing.disk_cache import Arrays, kept
from moviemaker.data.densities.lattice import Lattice
from moviemaker.data.densities.source import VERSION, DensitySource, corners

_MEAN = "mean "
"""Before the names of the arrays of the density, where bounds and bandwidth stand beside them."""


class MeanDensity(DensitySource):
    """A density that does not move: the mean of those of all snapshots, with equal weights."""

    _told: Arrays = MappingProxyType({})
    """The density, if another process has computed it."""

    @property
    def times(self) -> None:
        """None: the density does not move."""
        return

    def at(self, time: float, fields: Sequence[str] = ()) -> Grid:
        """The mean density, the same at any time.

        Raises:
            InputError: no field of this name, or the particles have no density.
        """
        names = self._settings.chosen(fields)
        if names not in self._given:
            lattice, made = self._mean
            self._given[names] = lattice.grid(made, names)
        return self._given[names]

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The values, flat, once.

        Raises:
            InputError: no field of this name.
        """
        return iter([self.at(0.0, (field,)).fields[field].ravel()])

    def summary(self) -> dict[str, np.ndarray]:
        """Bounds and bandwidth, and the density, once they are known."""
        mean = self._mean[1] if "_mean" in self.__dict__ else {}
        return super().summary() | {f"{_MEAN}{name}": array for name, array in mean.items()}

    def take(self, summary: Mapping[str, np.ndarray]) -> None:
        """Takes over bounds, bandwidth and the density, without reading the snapshots."""
        super().take(summary)
        self._told = {name.removeprefix(_MEAN): array for name, array in summary.items() if name.startswith(_MEAN)}

    @property
    def _all_times(self) -> list[float]:
        times = self.whole.times
        return [0.0] if times is None else times.tolist()

    @cached_property
    def _mean(self) -> tuple[Lattice, Arrays]:
        """The grid and its arrays. One snapshot of the particles at a time is in memory."""
        lattice = self._lattice(self._sample(self._all_times[0]))
        if self._told:
            return lattice, self._told
        low, high, digest = np.full(3, np.inf), np.full(3, -np.inf), hashlib.blake2b(digest_size=32)
        for time in self._all_times:
            position, mass = self._points(self._sample(time))
            if position.size:
                first, last = corners(position)
                low, high = np.minimum(low, first), np.maximum(high, last)
            digest.update(position.tobytes())
            digest.update(b"" if mass is None else mass.tobytes())

        def make() -> dict[str, np.ndarray]:
            part = 1 / len(self._all_times)
            summed = lattice.sum(low, high)
            total = 0.0
            for time in self._all_times:
                position, mass = self._points(self._sample(time))
                weight = np.full(position.shape[1], part) if mass is None else part * mass
                summed.add(position, weight)
                total += float(weight.sum())
            return summed.fields((total if self._weights is None else 1.0) or 1.0)

        key = fingerprint(digest.hexdigest(), VERSION, "mean", *self._made_by(lattice))
        return lattice, kept(key, make, lasting=True)
