"""Snapshots that are computed rather than read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class GridInMemory:
    """Grids whose fields are computed when they are needed.

    Attributes:
        shape: (nx, ny, nz).
        make: gives a field (nx, ny, nz) from its name and the index of the snapshot.
        names: of the fields.
        times: data times of the snapshots; None: one snapshot.
        paths: no files.
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
        """Bytes of one snapshot."""
        return int(np.prod(self.shape)) * 4 * len(self.names)

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """One field of one snapshot."""
        return self.make(name, index)

    def check(self, index: int) -> None:
        """Does nothing: no file has to be read."""


@dataclass(frozen=True, eq=False)
class ParticlesInMemory:
    """Particle sequences that are computed when they are first needed.

    Attributes:
        make: gives `position` and `velocity` (t, n, 3), `id` (n,), and the other fields (n,) or (t, n), by name.
        times: data times of the snapshots.
        names: of the other fields.
        paths: no files.
        has_velocity, has_id: whether `make` gives these arrays.
        period: lengths of the periodic box; None: not periodic.
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
