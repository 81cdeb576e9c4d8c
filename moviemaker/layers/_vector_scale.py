"""Lengths of arrows by the lengths of vectors.

A `scale` is a number, which vectors are multiplied by; `unit`, by which all are equally long; or `log`: a vector v is
`log(1 + 1000 v / top) / log(1001)` long, where `top` is exceeded by one vector of a hundred over the whole movie. So a
hundredth of `top` is a third as long as `top` itself, and what is less than a thousandth shrinks to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Particles
from moviemaker.core.geometry import norms
from moviemaker.core.sources import Source
from moviemaker.core.values import POSITIVE, TEXT, Value, choice, list_of
from moviemaker.timeline.tracks import Moving

SPAN = 1000.0
"""How many times less than the top a vector may be and still have a length to be seen, in a logarithmic scale."""

PERCENT = 99.0

MOST_MOMENTS = 256
"""Of more snapshots only so many, evenly picked, are looked at for how long vectors are."""

MOST_LENGTHS = 1 << 22


@dataclass(frozen=True)
class Log:
    """The logarithmic scale of a movie."""

    top: float


class _Scaling:
    right = "a number above 0, unit or log"
    _number = Moving(POSITIVE, optional=True)
    _word = choice("unit", "log", noun="scale")

    def parse(self, written: Any) -> Any:
        if isinstance(written, str):
            return self._word.parse(written)
        if isinstance(written, Log):
            return written
        try:
            return self._number.parse(written)
        except InputError as error:
            if error.at:  # at a time of a number that moves
                raise
            right = f"write {self.right}, or a mapping from seconds to such numbers"
            raise InputError(error.what, right) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = self._number.__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [*number["anyOf"], self._word.schema, {"type": "null"}]}


Scaling = Annotated[Any, _Scaling()]
"""A field of a layer: after `resolve` and `freeze` a number, "unit", or a Log."""


def settled_scale(scale: Any, top: float) -> Any:
    """A scale made definite: without one, vectors as long as `top` become one long."""
    if scale is None:
        return 1 / top
    return Log(top) if scale == "log" else scale


def scaled(lengths: np.ndarray, scale: Any) -> np.ndarray:
    """Lengths (n,) of arrows of size one for lengths of vectors (n,), by a resolved, frozen scale."""
    if scale == "unit":
        return np.where(lengths > 0, 1.0, 0.0)
    if isinstance(scale, Log):
        return np.asarray(np.log1p(SPAN * lengths / scale.top) / np.log1p(SPAN))
    return np.asarray(lengths * scale)


class _Vector:
    right = "the name of a field with three columns, or two or three names of fields: [u, v, w]"
    _several = list_of(TEXT, right, (2, 3))

    def parse(self, written: Any) -> Any:
        if isinstance(written, str):
            return written
        return self._several.parse(written)


_VECTOR = _Vector()
VECTOR = Value(
    _Vector.right,
    _VECTOR.parse,
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3}]},
    mix=None,
)


def vectors(sample: Particles, names: Sequence[str]) -> np.ndarray:
    """Vectors (n, 3) float64: a field of three columns, or three fields, or two without a z.

    Of particles that have longitudes and latitudes, the fields are components to the east, to the north and upwards.

    Raises:
        InputError: a field does not have as many columns as that.
    """
    columns = []
    for index, name in enumerate(names):
        values = sample.fields[name]
        if values.dtype.kind not in "biuf":
            raise InputError(f"{name!r} holds no numbers", f"write {_Vector.right}", (index,))
        width = 1 if values.ndim == 1 else values.shape[1]
        if width != (3 if len(names) == 1 else 1):
            have = f"{width} number{'s' if width > 1 else ''} for each particle"
            wanted = "three are wanted" if len(names) == 1 else "one is wanted"
            raise InputError(f"{name!r} has {have}, and {wanted}", f"write {_Vector.right}", (index,))
        columns.append(values.reshape(len(values), -1))
    if len(names) == 2:
        columns.append(np.zeros_like(columns[0]))
    found = np.concatenate(columns, axis=1, dtype=np.float64, casting="unsafe")
    return _on_globe(found, sample.position) if sample.globe and len(names) > 1 else found


def _on_globe(components: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Vectors (n, 3) of components east, north and up at positions (n, 3) around the origin, whose poles are on z."""
    up = position / np.maximum(norms(position), 1e-300)[:, None]
    away = np.hypot(up[:, 0], up[:, 1])
    # At a pole all ways are south: there, east is that of the longitude 0.
    x, y = np.where(away > 1e-12, up[:, :2].T / np.maximum(away, 1e-300), [[1.0], [0.0]])
    east = np.column_stack([-y, x, np.zeros_like(x)])
    frame = np.stack([east, np.cross(up, east), up], axis=1)
    vectors: np.ndarray = np.einsum("ni,nij->nj", components, frame)
    return vectors


def longest(source: Source[Particles], names: Sequence[str]) -> float:
    """The length that one vector of a hundred exceeds over the whole movie; 1 where there is none but zeros.

    Raises:
        InputError: the fields are not vectors.
    """
    times = [0.0] if source.times is None else np.asarray(source.times, dtype=float).tolist()
    times = times[:: -(-len(times) // MOST_MOMENTS)]
    found = []
    for time in times:
        lengths = norms(vectors(source.at(time, names), names))
        lengths = lengths[np.isfinite(lengths)]
        found.append(lengths[:: -(-len(lengths) * len(times) // MOST_LENGTHS) or 1])
    every = np.concatenate(found)
    top = float(np.percentile(every, PERCENT)) if every.size else 0.0
    return top or (float(every.max()) if every.size else 0.0) or 1.0
