"""Changes of coordinates: another origin, or another unit of length.

What is drawn says which of its numbers are places and which are lengths (`mapped`); a change says what becomes of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np

from moviemaker.core.fields import Vector

T = TypeVar("T")


class ArrayMemo(Generic[T]):
    """Results made of arrays. An array that comes again, as the same object, gets the same result again."""

    def __init__(self) -> None:
        self._results: dict[Hashable, tuple[np.ndarray, T]] = {}
        self._before = self._results

    def begin(self) -> None:
        """Begins another picture. Results that were not asked for during the last one are forgotten."""
        self._before, self._results = self._results, {}

    def get(self, array: np.ndarray, key: Hashable, make: Callable[[np.ndarray], T]) -> T:
        """The result for an array and a key, made now if it is not remembered."""
        place = (id(array), key)
        # The array is kept with its result: while it lives, no other array has the same id.
        self._results[place] = self._before.get(place) or self._results.get(place) or (array, make(array))
        return self._results[place][1]


class CoordinateChange(ABC):
    """Turns places and lengths in scene units into those of other coordinates."""

    @abstractmethod
    def place(self, place: Vector) -> Vector:
        """A place."""

    @abstractmethod
    def places(self, places: np.ndarray) -> np.ndarray:
        """Places (n, 3)."""

    def length(self, length: float) -> float:
        """A length."""
        return length

    def lengths(self, lengths: np.ndarray) -> np.ndarray:
        """Lengths (n,)."""
        return lengths

    def per_length(self, value: float) -> float:
        """A change of something per unit of length."""
        return value

    def areas(self, areas: np.ndarray) -> np.ndarray:
        """Areas (n,), or what is multiplied by an area."""
        return areas

    def directions(self, directions: np.ndarray) -> np.ndarray:
        """Unit vectors (n, 3) along things."""
        return directions

    def normals(self, normals: np.ndarray) -> np.ndarray:
        """Unit vectors (n, 3) at right angles to surfaces."""
        return normals

    @property
    def mirrors(self) -> bool:
        """Whether left and right are exchanged, so that polygons have to be wound the other way."""
        return False

    def spacing(self, spacing: Vector) -> Vector:
        """Lengths along three axes."""
        x, y, z = map(self.length, spacing)
        return x, y, z


class Translation(CoordinateChange):
    """Moves everything by an offset, which is added to places."""

    def __init__(self, offset: Vector, memo: ArrayMemo[np.ndarray] | None = None) -> None:
        self._offset = offset
        self._memo: ArrayMemo[np.ndarray] = ArrayMemo() if memo is None else memo

    def place(self, place: Vector) -> Vector:
        """A moved place."""
        x, y, z = (a + b for a, b in zip(place, self._offset, strict=True))
        return x, y, z

    def places(self, places: np.ndarray) -> np.ndarray:
        """Moved places, in double precision."""
        return self._memo.get(places, self._offset, lambda array: array + np.array(self._offset))


class Placing(CoordinateChange):
    """Takes the own coordinates of data to the scene's. It is for things made of points, not for fields on grids.

    Args:
        frame: the matrix (4, 4).
    """

    def __init__(self, frame: np.ndarray) -> None:
        self._linear, self._offset = frame[:3, :3], frame[:3, 3]
        determinant = float(np.linalg.det(self._linear))
        self._factor, self._mirrors = float(abs(determinant) ** (1 / 3)), determinant < 0

    def place(self, place: Vector) -> Vector:
        """A place in the scene."""
        x, y, z = self.places(np.array([place]))[0].tolist()
        return x, y, z

    def places(self, places: np.ndarray) -> np.ndarray:
        """Places in the scene, in double precision."""
        return np.asarray(np.asarray(places, np.float64) @ self._linear.T + self._offset)

    def length(self, length: float) -> float:
        """A length, scaled by the mean of all directions."""
        return length * self._factor

    def lengths(self, lengths: np.ndarray) -> np.ndarray:
        """Lengths, scaled by the mean of all directions."""
        return np.asarray(lengths * self._factor)

    def per_length(self, value: float) -> float:
        """A change per unit of length in the scene."""
        return value / self._factor

    def areas(self, areas: np.ndarray) -> np.ndarray:
        """Areas in the scene."""
        return np.asarray(areas.astype(np.float64) * self._factor**2)

    def directions(self, directions: np.ndarray) -> np.ndarray:
        """Directions that turn with the data."""
        return _units(directions @ self._linear.T)

    def normals(self, normals: np.ndarray) -> np.ndarray:
        """Normals, which transform by the inverse of the transposed matrix."""
        return _units(normals @ np.linalg.inv(self._linear))

    @property
    def mirrors(self) -> bool:
        """Whether the matrix mirrors."""
        return self._mirrors


def _units(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300))


class Rescaling(CoordinateChange):
    """Measures everything in another unit of length, by which lengths are divided."""

    def __init__(self, unit: float, memo: ArrayMemo[np.ndarray] | None = None) -> None:
        self._unit = unit
        self._memo: ArrayMemo[np.ndarray] = ArrayMemo() if memo is None else memo

    def place(self, place: Vector) -> Vector:
        """A place in the unit."""
        return self.spacing(place)

    def places(self, places: np.ndarray) -> np.ndarray:
        """Places in the unit."""
        return self.lengths(places)

    def length(self, length: float) -> float:
        """A length in the unit."""
        return length / self._unit

    def lengths(self, lengths: np.ndarray) -> np.ndarray:
        """Lengths in the unit; integers become doubles."""
        return in_unit(lengths, self._unit, self._memo)

    def per_length(self, value: float) -> float:
        """A change per unit."""
        return value * self._unit

    def areas(self, areas: np.ndarray) -> np.ndarray:
        """Areas in the square of the unit, in double precision: single precision may not hold them."""
        return areas.astype(np.float64) / self._unit / self._unit


def in_unit(values: np.ndarray, unit: float, memo: ArrayMemo[np.ndarray]) -> np.ndarray:
    """Values of any shape divided by a unit; integers become doubles, and in the unit 1 the array stays itself."""
    if unit == 1.0:
        return values

    def divided(array: np.ndarray) -> np.ndarray:
        real = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
        return np.asarray(real / unit)

    return memo.get(values, unit, divided)
