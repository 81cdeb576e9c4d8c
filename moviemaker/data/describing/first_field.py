"""The field of a grid that a first scene shows: the first that has values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from moviemaker.data.files.boundary import reading
from moviemaker.data.formats.contents import Contents, Stored
from moviemaker.data.formats.grid_contents import GridContents, is_grid
from moviemaker.data.pyramids.budget import UNASKED

_LOOKED_AT = 8
"""Most snapshots of a field that are read in search of a value."""


def first_field(contents: Contents, path: Path) -> tuple[str | None, tuple[str, ...]]:
    """The first field with a finite value, and those before it; None: the first field of all has one, or none has."""
    empty: list[str] = []
    with reading(path):
        for name, stored in _fields(contents):
            if _has_values(stored):
                return (name, tuple(empty)) if empty else (None, ())
            empty.append(name)
    return None, ()


def _fields(contents: Contents) -> Iterator[tuple[str, Stored]]:
    """The fields on the axes of the first one, then those on other axes."""
    yield from ((name, stored) for name, stored in contents.arrays.items() if is_grid(stored))
    if isinstance(contents, GridContents):
        for name, opened in contents.others.items():
            yield name, opened().arrays[name]


def _has_values(stored: Stored) -> bool:
    if stored.dtype.kind != "f" or math.prod(stored.shape[-3:]) * stored.dtype.itemsize > UNASKED:
        return True
    if stored.ndim == 3:
        return bool(np.isfinite(np.asarray(stored.read(None))).any())
    places = np.unique(np.linspace(0, stored.shape[0] - 1, _LOOKED_AT).astype(int)) if stored.shape[0] else ()
    return any(np.isfinite(np.asarray(stored.read(int(index)))).any() for index in places)
