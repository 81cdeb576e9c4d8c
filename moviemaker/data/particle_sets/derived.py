"""Snapshots that are those of others with something changed, or left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from moviemaker.core.sources import HasTimeUnit, Summarized
from moviemaker.data.columns.components import vectors_of
from moviemaker.data.particle_sets.snapshots import HasGaps, Snapshots, WithWarnings, columns_in, corner_in


class DerivedSnapshots:
    """The snapshots of others; subclasses change what `load` gives.

    Args:
        snapshots: the others.
    """

    def __init__(self, snapshots: Snapshots):
        self.whole = snapshots

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return self.whole.paths

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots."""
        return self.whole.times

    @property
    def time_unit(self) -> str:
        """What the times count; empty: unknown."""
        return self.whole.time_unit if isinstance(self.whole, HasTimeUnit) else ""

    @property
    def steps(self) -> int:
        """Number of snapshots."""
        return self.whole.steps

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self.whole.names

    @property
    def vectors(self) -> tuple[str, ...]:
        """Names of the fields that are vectors."""
        return vectors_of(self.whole, has_velocity=False)

    @property
    def has_velocity(self) -> bool:
        """Whether there are velocities."""
        return self.whole.has_velocity

    @property
    def has_id(self) -> bool:
        """Whether there are ids."""
        return self.whole.has_id

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the files although they can be read."""
        return self.whole.warnings if isinstance(self.whole, WithWarnings) else ()

    def load(self, index: int, name: str) -> np.ndarray:
        """One array of one snapshot."""
        return self.whole.load(index, name)

    def gaps(self) -> dict[str, tuple[int, int]]:
        """Missing values in what was read so far."""
        return self.whole.gaps() if isinstance(self.whole, HasGaps) else {}

    def columns(self, name: str) -> int:
        """Number of columns of an array that `load` gives."""
        return columns_in(self.whole, name)

    def box(self, index: int) -> np.ndarray | None:
        """The periodic box."""
        return self.whole.box(index)

    def corner(self, index: int) -> np.ndarray | None:
        """Lower corner of that box (3,)."""
        return corner_in(self.whole, index)

    def whole_ids(self, index: int) -> np.ndarray:
        """The ids of a snapshot of the others (n,), or else the numbers of its rows."""
        if self.whole.has_id:
            return np.asarray(self.whole.load(index, "id"))
        return np.arange(len(self.whole.load(index, "position")))


def summary_of(snapshots: Snapshots) -> Mapping[str, np.ndarray]:
    """What snapshots, or those that they are made of, have found out by reading many of them."""
    found = _summarized(snapshots)
    return {} if found is None else found.summary()


def tell(snapshots: Snapshots, summary: Mapping[str, np.ndarray]) -> None:
    """Tells snapshots, or those that they are made of, what they have found out in another process."""
    found = _summarized(snapshots)
    if found is not None:
        found.take(summary)


def _summarized(snapshots: Snapshots) -> Summarized | None:
    while not isinstance(snapshots, Summarized):
        if not isinstance(snapshots, DerivedSnapshots):
            return None
        snapshots = snapshots.whole
    return snapshots
