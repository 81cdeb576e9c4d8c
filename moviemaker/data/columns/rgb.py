"""Colours in three or four columns of a file, combined into one field."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moviemaker.data.formats.contents import Stored

_TRIPLES = (("red", "green", "blue"), ("r", "g", "b"))
_OPACITIES = ("alpha", "a")
_TAKEN = ("rgb", "rgba", "_rgba")


def with_rgb(arrays: Mapping[str, Stored]) -> Mapping[str, Stored]:
    """The same arrays, and `rgb` (n, 3) or (n, 4) if they have columns red, green, blue and perhaps alpha."""
    lower = {name.lower(): name for name in reversed(list(arrays))}
    if any(name in lower for name in _TAKEN):
        return arrays
    for triple, alpha in zip(_TRIPLES, _OPACITIES, strict=True):
        if all(name in lower for name in triple):
            columns = [arrays[lower[name]] for name in (*triple, alpha) if name in lower]
            alike = {(column.shape, column.dtype.kind) for column in columns}
            if len(alike) == 1 and columns[0].dtype.kind in "uif":
                return {**arrays, "rgb": _stacked(columns)}
    return arrays


def _stacked(columns: list[Stored]) -> Stored:
    def read(index: int | None) -> np.ndarray:
        return np.stack([column.read(index) for column in columns], axis=-1)

    def take(numbers: np.ndarray) -> np.ndarray:
        return np.stack([column.rows(numbers) for column in columns], axis=-1)

    dtype = np.result_type(*(column.dtype for column in columns))
    return Stored((*columns[0].shape, len(columns)), dtype, read, take)
