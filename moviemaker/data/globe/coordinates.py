"""Positions in space from longitude and latitude in degrees, and optionally a height."""

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
"""Names of the third column if the radius is 0, as for stars around the sun."""

Read = Callable[[Callable[[Stored], np.ndarray]], np.ndarray]
"""Computes an array from several stored ones. The argument reads one of them: whole, one snapshot, or some rows."""


@dataclass(frozen=True, eq=False)
class Places:
    """Positions of particles on a globe around the origin.

    The x axis goes through longitude 0, y through 90 degrees east, z through the north pole. A latitude beyond the
    poles gives NaN.

    Attributes:
        names: of the arrays that hold them.
        columns: longitude, latitude (degrees) and optionally height, each (...).
        radius: of the globe, which heights are added to. With 0 heights are distances from the origin.
    """

    names: frozenset[str]
    columns: tuple[Stored, ...]
    radius: float

    @property
    def position(self) -> Stored:
        """Positions in space, (..., 3)."""
        return self._computed(lambda read: globe_position([read(column) for column in self.columns], self.radius))

    def velocity(self, local: Stored) -> Stored:
        """Velocities in space (..., 3) from those to the east, north and optionally upwards (..., 2) or (..., 3)."""

        def turned(read: Callable[[Stored], np.ndarray]) -> np.ndarray:
            axes = globe_axes(read(self.columns[0]), read(self.columns[1]))
            parts = read(local).astype(np.float64)
            return np.asarray(sum(parts[..., [index]] * axes[index] for index in range(parts.shape[-1])))

        return self._computed(turned)

    def _computed(self, make: Read) -> Stored:
        def read(index: int | None) -> np.ndarray:
            return make(lambda stored: np.asarray(stored.read(index)))

        def take(rows: np.ndarray) -> np.ndarray:
            return make(lambda stored: np.asarray(stored.rows(rows)))

        return Stored((*self.columns[0].shape, 3), np.dtype(np.float64), read, take)


def on_globe(arrays: Mapping[str, Stored], written: str | tuple[str, ...] | None, radius: float, path: Path) -> Places:
    """Finds the arrays of longitude, latitude and height.

    Args:
        arrays: of the file, by name.
        written: names of longitude, latitude and optionally height, as the scene gives them.
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
    """Names of right ascension, declination and distance; None: the table is not a catalogue of stars."""
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
    """Positions (..., 3) of longitudes, latitudes (degrees) and optionally heights, each (...)."""
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
