"""Places on a globe: longitude and latitude in degrees, and perhaps a height, as positions in space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.columns.roles import find
from moviemaker.data.formats.contents import Stored

LONGITUDE_NAMES = ("longitude", "lon", "long", "lng", "ra", "right_ascension")
LATITUDE_NAMES = ("latitude", "lat", "dec", "declination")
DISTANCE_NAMES = ("distance", "dist")
"""Of the third column where there is no globe: of stars around the sun."""

Read = Callable[[Callable[[Stored], np.ndarray]], np.ndarray]
"""Makes an array of several that are stored, all of which are read in the same way."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where particles are on a globe around the origin.

    The axis x goes through longitude 0, y through 90 degrees east, z through the north pole. A latitude beyond the
    poles gives no position.

    Attributes:
        names: of the arrays that say it.
        columns: longitude, latitude (degrees) and perhaps height, each (...).
        radius: of the globe; heights are added to it. With 0 they are distances from the origin.
    """

    names: frozenset[str]
    columns: tuple[Stored, ...]
    radius: float

    @property
    def position(self) -> Stored:
        """In space, (..., 3)."""
        return self._made(lambda read: globe_position([read(column) for column in self.columns], self.radius))

    def velocity(self, local: Stored) -> Stored:
        """In space (..., 3), of velocities to the east, to the north and perhaps upwards (..., 2) or (..., 3)."""

        def turned(read: Callable[[Stored], np.ndarray]) -> np.ndarray:
            axes = globe_axes(read(self.columns[0]), read(self.columns[1]))
            parts = read(local).astype(np.float64)
            return np.asarray(sum(parts[..., [index]] * axes[index] for index in range(parts.shape[-1])))

        return self._made(turned)

    def _made(self, make: Read) -> Stored:
        def read(index: int | None) -> np.ndarray:
            return make(lambda stored: np.asarray(stored.read(index)))

        def take(rows: np.ndarray) -> np.ndarray:
            return make(lambda stored: np.asarray(stored.rows(rows)))

        return Stored((*self.columns[0].shape, 3), np.dtype(np.float64), read, take)


def on_globe(arrays: Mapping[str, Stored], written: str | tuple[str, ...] | None, radius: float, path: Path) -> Places:
    """Finds the arrays that say where particles are on a globe.

    Args:
        arrays: of the file, by name.
        written: names of longitude, latitude and perhaps height, if the scene names them.
        radius: of the globe.
        path: of the file.

    Raises:
        InputError: at `position`: no such arrays.
    """
    if isinstance(written, str):
        right = f"name the columns of longitude and latitude, such as {_such_as(radius)}"
        raise InputError("one array of positions is not longitude and latitude", right, ("position",))
    named = written or ((None, None) if radius else (None, None, None))
    usual = (LONGITUDE_NAMES, LATITUDE_NAMES, () if radius else DISTANCE_NAMES)
    found = [find(arrays, name, names, "position", path) for name, names in zip(named, usual, strict=False)]
    names = [name for name in found if name is not None]
    if len(names) < len(named):
        what = f"no longitude{' and' if radius else ','} latitude{'' if radius else ' and distance'} could be found"
        right = f"write position: and their names, such as {_such_as(radius)}"
        raise InputError(f"{what} in {path.name!r}", right, ("position",))
    columns = [arrays[name] for name in names]
    if len({column.shape for column in columns}) > 1 or any(column.dtype.kind not in "biuf" for column in columns):
        what = "longitude, latitude and height are not numbers of equal count"
        raise InputError(what, "name columns that are", ("position",))
    return Places(frozenset(names), tuple(columns), radius)


def sky_columns(arrays: Mapping[str, Stored]) -> tuple[str, str, str] | None:
    """The names of right ascension, declination and distance in a catalogue of stars, if that is what it is."""
    usual = (LONGITUDE_NAMES, LATITUDE_NAMES, DISTANCE_NAMES)
    found = [find(arrays, None, names, "position", Path()) for names in usual]
    if None in found or not all(
        arrays[str(name)].ndim == 1 and arrays[str(name)].dtype.kind in "iuf" for name in found
    ):
        return None
    return str(found[0]), str(found[1]), str(found[2])


def _such_as(radius: float) -> str:
    return "[lon, lat]" if radius else "[ra, dec, distance]"


def globe_position(place: list[np.ndarray], radius: float) -> np.ndarray:
    """Positions (..., 3) of longitudes, latitudes (degrees) and perhaps heights, each (...)."""
    away = radius + (np.asarray(place[2], np.float64) if len(place) == 3 else 0.0)
    away = np.where(np.abs(np.asarray(place[1], np.float64)) <= 90, away, np.nan)
    position: np.ndarray = away[..., None] * globe_axes(place[0], place[1])[2]
    return position


def globe_axes(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors (..., 3) to the east, to the north and upwards at longitudes and latitudes (...), degrees."""
    turn, rise = np.radians(np.asarray(longitude, np.float64)), np.radians(np.asarray(latitude, np.float64))
    east = np.stack([-np.sin(turn), np.cos(turn), np.zeros_like(turn)], axis=-1)
    outward = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=-1)
    pole = np.array([0.0, 0.0, 1.0])
    sine, cosine = np.sin(rise)[..., None], np.cos(rise)[..., None]
    return east, cosine * pole - sine * outward, cosine * outward + sine * pole
