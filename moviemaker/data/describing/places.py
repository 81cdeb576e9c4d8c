"""Columns of positions in tables: of stars, and of those whose columns have names of their own.

A scene has to name such columns, so what is guessed stands in the scene that is proposed, for the user to see and to
change. Nothing is guessed while a scene is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moviemaker.data.columns.roles import POSITION_COLUMNS, POSITION_NAMES, vectors
from moviemaker.data.describing.report import quoted
from moviemaker.data.formats.contents import Contents
from moviemaker.data.globe.coordinates import sky_columns

EARTH = 6371.0
"""Radius of the Earth in kilometres."""

_NO_PLACES = re.compile(
    r"(v|vel|velocity|velocities|a|acc|acceleration|f|force|b|bfield|e|efield|j|l|spin|s|m|mom|momentum|u|n|norm|normal"
    r"|std|err|error|sigma|d|delta|w|flux|grad|pm)"
)
"""What the name of a triple without its x is if it says a velocity, a force or an error, and not a place."""
_NUMBERED = ("x", "r", "coord", "coordinate", "pos", "position")
"""Names before 1, 2, 3 (or 0, 1, 2) that are positions."""
_LONGITUDE = ("lon", "long", "longitude", "lng", "lon_deg")
_LATITUDE = ("lat", "latitude", "lat_deg")
_EAST = ("easting", "east", "e")
_NORTH = ("northing", "north", "n")
_UP = ("elevation", "height", "altitude", "alt", "z", "up", "u")


@dataclass(frozen=True)
class Guess:
    """Columns of positions.

    Attributes:
        position: names of columns.
        globe: radius of the globe that longitudes and latitudes lie on; None: they are x, y and z.
        note: about the guess.
    """

    position: tuple[str, ...]
    globe: float | None
    note: str

    @property
    def keys(self) -> str:
        """Text of the keys of a scene."""
        names = f", position: [{', '.join(map(quoted, self.position))}]"
        return names if self.globe is None else f"{names}, globe: {self.globe:g}"


def is_sky(contents: Contents) -> bool:
    """Whether a table is a catalogue of stars, with angles and distances instead of positions."""
    return not _has_places(contents) and sky_columns(contents.arrays) is not None


def _has_places(contents: Contents) -> bool:
    return vectors(contents.arrays, None, POSITION_NAMES, POSITION_COLUMNS, "position", Path()) is not None


def guessed_positions(contents: Contents) -> Guess | None:
    """The columns that are likely to be positions; None: they have usual names, none are likely, or several may be."""
    if contents.groups or _has_places(contents) or sky_columns(contents.arrays) is not None:
        return None
    names = [name for name, stored in contents.arrays.items() if stored.ndim == 1 and stored.dtype.kind in "iuf"]
    on_globe = _named(names, _LONGITUDE, _LATITUDE)
    if on_globe is not None:
        where = f"note: {' and '.join(on_globe)} are drawn on a globe with the radius of the Earth in kilometres"
        return Guess(on_globe, EARTH, where)
    found = _named(names, _EAST, _NORTH, _UP)
    if found is None:
        triples = [triple for triple in _triples(names) if triple is not None]
        found = triples[0] if len(set(triples)) == 1 else None
    if found is None:
        return None
    return Guess(found, None, f"note: {', '.join(found)} are taken for positions; position: in the scene names others")


def _named(names: Sequence[str], *wanted: Sequence[str]) -> tuple[str, ...] | None:
    """One name of each list; None: one list has none."""
    lower = {name.lower(): name for name in reversed(names)}
    found = [next((lower[word] for word in words if word in lower), None) for words in wanted]
    return None if None in found else tuple(name for name in found if name is not None)


def _triples(names: Sequence[str]) -> list[tuple[str, ...] | None]:
    """Names that differ in x, y, z alone, or in numbers behind a word for positions."""
    known = set(names)
    found: list[tuple[str, ...] | None] = []
    for name in names:
        for place in re.finditer("x", name, re.IGNORECASE):
            ends = "xyz" if place[0] == "x" else "XYZ"
            triple = tuple(f"{name[: place.start()]}{end}{name[place.end() :]}" for end in ends)
            rest = re.sub(r"[^a-z]+", "", f"{name[: place.start()]}{name[place.end() :]}".lower())
            parts = re.split(r"[^a-z]+", f"{name[: place.start()]} {name[place.end() :]}".lower())
            moving = _NO_PLACES.fullmatch(rest) or any(_NO_PLACES.fullmatch(part) for part in parts if part)
            if set(triple) <= known and not moving:
                found.append(triple)
        numbered = re.fullmatch(r"([a-z]+)([_ .]?)([01])", name, re.IGNORECASE)
        if numbered and numbered[1].lower() in _NUMBERED:
            first = int(numbered[3])
            triple = tuple(f"{numbered[1]}{numbered[2]}{number}" for number in range(first, first + 3))
            if set(triple) <= known and f"{numbered[1]}{numbered[2]}{first - 1}" not in known:
                found.append(triple)
    return found
