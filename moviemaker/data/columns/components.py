"""Components and lengths of vectors as fields of their own: `force_x`, `force_y`, `force_z` and `force_magnitude`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.geometry import norms

ENDINGS = ("x", "y", "z", "magnitude")


@runtime_checkable
class WithVectors(Protocol):
    """Particles that know which of their fields are vectors, those beside the velocity."""

    @property
    def vectors(self) -> tuple[str, ...]:
        """Their names."""
        ...


@runtime_checkable
class WithColumns(Protocol):
    """Particles that know how many numbers each of them has of an array without reading it."""

    def columns(self, name: str) -> int:
        """How many."""
        ...


def vectors_of(particles: object, has_velocity: bool) -> tuple[str, ...]:
    """The names of the fields of particles that are vectors."""
    others = particles.vectors if isinstance(particles, WithVectors) else ()
    return ("velocity", *others) if has_velocity else tuple(others)


def components_of(vectors: Iterable[str]) -> dict[str, str]:
    """The fields that vectors have as their components and lengths, and the vector that each is of."""
    return {f"{vector}_{ending}": vector for vector in vectors for ending in ENDINGS}


def component(name: str, vectors: np.ndarray) -> np.ndarray:
    """The field (n,) of a name from `components_of`, of its vectors (n, 3)."""
    ending = name.rpartition("_")[2]
    found: np.ndarray = norms(vectors) if ending == "magnitude" else vectors[:, ENDINGS.index(ending)]
    return found
