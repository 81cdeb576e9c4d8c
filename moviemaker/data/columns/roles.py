"""Roles of the arrays of a file: positions, velocities and ids, as the scene names them or found by usual names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.data.columns.dates import TimeColumn
from moviemaker.data.formats.contents import NAMELESS, Stored

# Names that are tried in this order if the scene gives none. Case does not matter.
POSITION_NAMES = ("position", "positions", "pos", "coordinates", "coords", "xyz", "points", NAMELESS)
VELOCITY_NAMES = ("velocity", "velocities", "vel")
_FORMS = ("{0}_{1}", "{0}:{1}", "{0}.{1}", "{0}{1}", "{0}[{1}]", "{0} {1}")
"""How programs name the components of vectors in columns: `pos_x`, `Points:0` (ParaView), `pos0` ..."""


def _components(*names: str) -> tuple[tuple[str, str, str], ...]:
    triples = (("x", "y", "z"), ("0", "1", "2"))
    found = [[form.format(name, end) for end in ends] for name in names for ends in triples for form in _FORMS]
    return tuple((x, y, z) for x, y, z in found)


POSITION_COLUMNS = (
    ("x", "y", "z"),
    *_components("pos", "position", "points", "coordinates", "coords", "coord", "location"),
)
VELOCITY_COLUMNS = (("vx", "vy", "vz"), ("v_x", "v_y", "v_z"), *_components("vel", "velocity", "velocities"))
_LENGTHS = ("pc", "kpc", "mpc", "au", "ly", "m", "cm", "mm", "km", "um", "nm", "angstrom")
"""Units that may end the names of columns of positions, as in `x_kpc`."""
ID_NAMES = ("id", "ids", "particleids", "particle_id", "particle_ids", "particleid")
TIME_NAMES = ("time", "times", "t")

Columns = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Names:
    """Names of the arrays as the scene gives them; None: found by usual names. `globe` is the radius of a globe."""

    position: Columns = None
    velocity: Columns = None
    id: str | None = None
    time: TimeColumn | None = None
    globe: float | None = None


def vectors(
    arrays: Mapping[str, Stored],
    written: Columns,
    names: tuple[str, ...],
    triples: tuple[tuple[str, str, str], ...],
    key: str,
    path: Path,
) -> tuple[set[str], Stored] | None:
    """The names of the arrays that hold a vector per particle, and that vector.

    Raises:
        InputError: at the key: no such array.
    """
    if isinstance(written, tuple):
        found = [_named(arrays, name, (key, index), path) for index, name in enumerate(written)]
        return set(found), _stacked([arrays[name] for name in found], key)
    name = find(arrays, written, names, key, path)
    if name is not None:
        return {name}, arrays[name]
    columns = _usual(arrays, triples, _LENGTHS if key == "position" else ())
    return None if columns is None else (set(columns), _stacked([arrays[name] for name in columns], key))


def position_columns(names: Iterable[str]) -> tuple[str, str, str] | None:
    """The names of three columns of positions with usual names, of those that there are; None: they have others."""
    return _usual(names, POSITION_COLUMNS, _LENGTHS)


def _usual(
    names: Iterable[str], triples: Iterable[tuple[str, str, str]], units: Iterable[str]
) -> tuple[str, str, str] | None:
    lower = {name.lower(): name for name in reversed(list(names))}
    with_units = ((f"x_{unit}", f"y_{unit}", f"z_{unit}") for unit in units)
    for x, y, z in (*triples, *with_units):
        if x in lower and y in lower and z in lower:
            return lower[x], lower[y], lower[z]
    return None


def find(arrays: Mapping[str, Stored], written: str | None, names: tuple[str, ...], key: str, path: Path) -> str | None:
    """The name of an array: as written, or the first of the usual names that exists, whatever its case.

    Raises:
        InputError: at the key: no such array.
    """
    if written is not None:
        return _named(arrays, written, (key,), path)
    lower = {name.lower(): name for name in reversed(list(arrays))}
    return next((lower[name] for name in names if name in lower), None)


def _named(arrays: Mapping[str, Stored], name: str, at: tuple[str | int, ...], path: Path) -> str:
    if name not in arrays:
        noun = "column" if all(stored.ndim == 1 for stored in arrays.values()) else "array"
        raise InputError(f"no such {noun} {name!r} in {path.name!r}", suggest(name, arrays, noun), at)
    return name


def _stacked(columns: list[Stored], key: str) -> Stored:
    """Columns of equal shape as one array of vectors, combined when it is read."""
    shapes = {column.shape for column in columns}
    if len(shapes) > 1 or any(column.dtype.kind not in "biuf" for column in columns):
        count = {2: "two", 3: "three"}[len(columns)]
        what = f"the {count} columns of the {key} are not numbers, or differ in length"
        raise InputError(what, f"name {count} such columns", (key,))
    dtype = np.result_type(*(column.dtype for column in columns))

    def read(index: int | None) -> np.ndarray:
        return np.stack([column.read(index) for column in columns], axis=-1)

    def take(rows: np.ndarray) -> np.ndarray:
        return np.stack([column.rows(rows) for column in columns], axis=-1)

    return Stored((*shapes.pop(), len(columns)), dtype, read, take)


def numbered(ids: np.ndarray) -> np.ndarray:
    """Ids as int64: whole numbers unchanged, text as a hash that is the same in every file.

    Raises:
        InputError: at `id`: a number is not whole.
    """
    if ids.dtype.kind in "iub":
        return ids.astype(np.int64)
    if ids.dtype.kind == "f":
        if not np.isfinite(ids).all() or np.any(ids != np.rint(ids)):
            raise InputError("an id is not a whole number", "name the column of ids with id:", ("id",))
        return ids.astype(np.int64)
    texts, of_row = np.unique(ids, return_inverse=True)
    hashes = [hashlib.blake2b(str(text).encode(), digest_size=8).digest() for text in texts]
    return np.array([int.from_bytes(digest, "little", signed=True) for digest in hashes], np.int64)[of_row]
