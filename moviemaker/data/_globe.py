"""Places on a globe: longitude and latitude in degrees, and perhaps a height, as positions in space."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from moviemaker.core.errors import Mistake
from moviemaker.data._columns import find
from moviemaker.data.readers._contents import Stored

LONGITUDE_NAMES = ("longitude", "lon", "long", "lng")
LATITUDE_NAMES = ("latitude", "lat")


def on_globe(
    arrays: Mapping[str, Stored], written: str | tuple[str, ...] | None, radius: float, path: Path
) -> tuple[set[str], Stored]:
    """The names of the arrays that say the places, and the positions (..., 3) on a globe around the origin.

    The axis x goes through longitude 0, y through 90 degrees east, z through the north pole. A latitude beyond the
    poles gives no position.

    Args:
        arrays: of the file, by name.
        written: names of longitude, latitude and perhaps height, if the scene names them.
        radius: of the globe; heights are added to it.
        path: of the file.

    Raises:
        Mistake: at `position`: there are no such arrays.
    """
    if isinstance(written, str):
        right = "name the columns of longitude and latitude, such as [lon, lat]"
        raise Mistake("one array of positions is no longitude and latitude", right, ("position",))
    named = written or (None, None)
    usual = (LONGITUDE_NAMES, LATITUDE_NAMES, ())
    found = [find(arrays, name, names, "position", path) for name, names in zip(named, usual, strict=False)]
    names = [name for name in found if name is not None]
    if len(names) < len(named):
        what = f"no longitude and latitude could be found in {path.name!r}"
        raise Mistake(what, "write position: and their names, such as [lon, lat]", ("position",))
    columns = [arrays[name] for name in names]
    if len({column.shape for column in columns}) > 1 or any(column.dtype.kind not in "biuf" for column in columns):
        what = "longitude, latitude and height are not numbers of equal count"
        raise Mistake(what, "name columns that are", ("position",))

    def read(index: int | None) -> np.ndarray:
        return globe_position([column.read(index) for column in columns], radius)

    def take(rows: np.ndarray) -> np.ndarray:
        return globe_position([column.rows(rows) for column in columns], radius)

    return set(names), Stored((*columns[0].shape, 3), np.dtype(np.float64), read, take)


def globe_position(place: list[np.ndarray], radius: float) -> np.ndarray:
    """Positions (..., 3) of longitudes, latitudes (degrees) and perhaps heights, each (...)."""
    longitude, latitude = (np.radians(np.asarray(angle, np.float64)) for angle in place[:2])
    away = radius + (np.asarray(place[2], np.float64) if len(place) == 3 else 0.0)
    away = np.where(np.abs(latitude) <= np.pi / 2, away, np.nan)
    level = away * np.cos(latitude)
    return np.stack([level * np.cos(longitude), level * np.sin(longitude), away * np.sin(latitude)], axis=-1)
