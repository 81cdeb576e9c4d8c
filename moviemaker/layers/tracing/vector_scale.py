"""Lengths of arrows by the lengths of vectors.

A `scale` is a number by which vectors are multiplied; `unit`, which makes all arrows equally long; or `log`: the arrow
of a vector v has the length `log(1 + 1000 v / top) / log(1001)`, where one vector of a hundred over the whole movie is
longer than `top`. A vector of a hundredth of `top` is then drawn a third as long as one of `top`, and vectors below a
thousandth shrink to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Particles
from moviemaker.core.geometry import norms, on_globe, own_places, vectors_in_scene
from moviemaker.core.sources import Source
from moviemaker.core.values import POSITIVE, TEXT, JsonSchema, Parser, Value, choice, list_of
from moviemaker.timeline.tracks import Moving, Track

SPAN = 1000.0
"""Ratio of the top to the shortest vector that is still visible on a logarithmic scale."""

PERCENT = 99.0
"""Percentile of the lengths that is the top."""

MOST_MOMENTS = 256
"""Most snapshots, evenly picked, in which lengths of vectors are measured."""

MOST_LENGTHS = 1 << 22
"""Most lengths that are measured, over all snapshots together."""


@dataclass(frozen=True)
class Log:
    """The logarithmic scale of a movie.

    Attributes:
        top: length of a vector whose arrow is as long as `size`.
    """

    top: float


class _Scaling(Parser):
    """A scale as a scene gives it."""

    right = "a number above 0, unit or log"
    _number = Moving(POSITIVE, optional=True)
    _word = choice("unit", "log", noun="scale")

    def parse(self, written: object) -> float | str | Log | Track | None:
        if isinstance(written, Log):
            return written
        try:
            scale: float | str | Track | None = (self._word if isinstance(written, str) else self._number).parse(
                written
            )
            return scale
        except InputError as error:
            if error.at or isinstance(written, str):  # at a time of a number that moves, or a wrong word
                raise
            right = f"write {self.right}, or a mapping from seconds to such numbers"
            raise InputError(error.what, right) from None

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [*self._number.json_schema()["anyOf"], self._word.schema, {"type": "null"}]}


Scaling = Annotated[float | str | Log | None, _Scaling()]
"""A field of a layer: after `resolve` and `freeze` a number, "unit", or a Log."""


def resolved_scale(scale: float | str | Log | Track | None, top: float) -> float | str | Log | Track:
    """A scale for the whole movie: by default, vectors as long as `top` get arrows of length 1."""
    if scale is None:
        return 1 / top
    return Log(top) if scale == "log" else scale


def scaled(lengths: np.ndarray, scale: float | str | Log | None) -> np.ndarray:
    """Lengths (n,) of arrows of size 1 for vectors of lengths (n,), by a resolved, frozen scale."""
    if scale == "unit":
        return np.where(lengths > 0, 1.0, 0.0)
    if isinstance(scale, Log):
        return np.asarray(np.log1p(SPAN * lengths / scale.top) / np.log1p(SPAN))
    assert scale is not None
    assert not isinstance(scale, str)
    return np.asarray(lengths * scale)


_VECTOR_RIGHT = "the name of a field with three columns, or two or three names of fields: [u, v, w]"
_SEVERAL = list_of(TEXT, _VECTOR_RIGHT, (2, 3))


def _parse_vector(written: object) -> str | tuple[str, ...]:
    names: str | tuple[str, ...] = written if isinstance(written, str) else _SEVERAL.parse(written)
    return names


VECTOR = Value(_VECTOR_RIGHT, _parse_vector, {"anyOf": [{"type": "string"}, _SEVERAL.schema]}, mix=None)


def vectors(sample: Particles, names: Sequence[str]) -> np.ndarray:
    """Vectors (n, 3) float64 of a field of three columns, of three fields, or of two fields with z = 0.

    They are turned and scaled with the particles. If these have longitudes and latitudes, the fields are components to
    the east, to the north and upwards.

    Raises:
        InputError: a field has another number of columns, or no numbers.
    """
    columns = []
    for index, name in enumerate(names):
        values = sample.fields[name]
        if values.dtype.kind not in "biuf":
            raise InputError(f"{name!r} holds no numbers", f"write {_VECTOR_RIGHT}", (index,))
        width = 1 if values.ndim == 1 else values.shape[1]
        if width != (3 if len(names) == 1 else 1):
            have = f"{width} number{'s' if width > 1 else ''} for each particle"
            wanted = "three are wanted" if len(names) == 1 else "one is wanted"
            raise InputError(f"{name!r} has {have}, and {wanted}", f"write {_VECTOR_RIGHT}", (index,))
        columns.append(values.reshape(len(values), -1))
    if len(names) == 2:
        columns.append(np.zeros_like(columns[0]))
    found = np.concatenate(columns, axis=1, dtype=np.float64, casting="unsafe")
    if sample.globe and len(names) > 1:
        found = on_globe(found, own_places(sample.position, sample.frame))
    return vectors_in_scene(found, sample.frame)


def longest(source: Source[Particles], names: Sequence[str]) -> float:
    """The length that one vector of a hundred exceeds over the whole movie; 1 if all are zero.

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
