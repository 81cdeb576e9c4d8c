"""Components and lengths of vectors as fields: `force_x`, `force_y`, `force_z` and `force_magnitude`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.geometry import norms

ENDINGS = ("x", "y", "z", "magnitude")


@runtime_checkable
class WithVectors(Protocol):
    """Particles that know which of their fields, beside the velocity, are vectors."""

    @property
    def vectors(self) -> tuple[str, ...]:
        """Names of these fields."""
        ...


@runtime_checkable
class WithColumns(Protocol):
    """Particles that know the number of columns of an array without reading it."""

    def columns(self, name: str) -> int:
        """Number of columns."""
        ...


def vectors_of(particles: object, has_velocity: bool) -> tuple[str, ...]:
    """The names of the fields of particles that are vectors."""
    others = particles.vectors if isinstance(particles, WithVectors) else ()
    return ("velocity", *others) if has_velocity else tuple(others)


def components_of(vectors: Iterable[str]) -> dict[str, str]:
    """Names of the components and lengths of vectors, with the vector of each."""
    return {f"{vector}_{ending}": vector for vector in vectors for ending in ENDINGS}


def component(name: str, vectors: np.ndarray) -> np.ndarray:
    """The component or length (n,) of vectors (n, 3) that a name from `components_of` stands for."""
    ending = name.rpartition("_")[2]
    found: np.ndarray = norms(vectors) if ending == "magnitude" else vectors[:, ENDINGS.index(ending)]
    return found
