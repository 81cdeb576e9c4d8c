"""Snapshots that are computed rather than read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class GridInMemory:
    """Grids whose fields are made when they are first needed.

    Attributes:
        shape: (nx, ny, nz).
        make: gives a field of a snapshot by its name and the snapshot's index.
        names: of the fields.
        times: of the snapshots; None for one.
    """

    shape: tuple[int, ...]
    make: Callable[[str, int], np.ndarray]
    names: tuple[str, ...]
    times: np.ndarray | None = None
    paths: tuple[Path, ...] = ()

    @property
    def places(self) -> tuple[int, ...]:
        """One entry per snapshot."""
        return tuple(range(1 if self.times is None else len(self.times)))

    @property
    def nbytes(self) -> int:
        """Of one snapshot."""
        return int(np.prod(self.shape)) * 4 * len(self.names)

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """One field of one snapshot."""
        return self.make(name, index)

    def check(self, index: int) -> None:
        """There is nothing to check."""


@dataclass(frozen=True, eq=False)
class ParticlesInMemory:
    """Particle sequences that are made when they are first needed.

    Attributes:
        make: gives (t, n, 3) arrays `position` and `velocity`, `id` (n,) and other fields (n,) or (t, n).
        times: of the snapshots.
        names: of the other fields.
        period: lengths of the periodic box, if there is one.
    """

    make: Callable[[], Mapping[str, np.ndarray]]
    times: np.ndarray
    names: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    has_velocity: bool = True
    has_id: bool = True
    period: tuple[float, float, float] | None = None

    @property
    def steps(self) -> int:
        """Number of snapshots."""
        return len(self.times)

    @cached_property
    def _arrays(self) -> Mapping[str, np.ndarray]:
        return self.make()

    def load(self, index: int, name: str) -> np.ndarray:
        """One array of one snapshot."""
        array = self._arrays[name]
        return array[index] if array.shape[:2] == self._arrays["position"].shape[:2] else array

    def box(self, index: int) -> np.ndarray | None:
        """The periodic box, as rows (3, 3)."""
        return None if self.period is None else np.diag(self.period)
