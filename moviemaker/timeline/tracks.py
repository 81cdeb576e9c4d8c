"""Values that may move: a plain value, or a mapping from movie time to values.

```yaml
opacity: 0.5
opacity: {0: 0, 2: 1, ease: smooth}
```

A field declared with one of the types below (`Number`, `Color`, ...) holds the plain value or a `Track`; `freeze` turns
a model with tracks into the same model at one moment, in which nothing moves.
"""

from __future__ import annotations

import bisect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.values import (
    ANGLE_OF_VIEW,
    COLOR,
    FRACTION,
    NOT_NEGATIVE,
    NUMBER,
    NUMBERS,
    POSITIVE,
    VECTOR,
    JsonSchema,
    Mix,
    Parser,
    Value,
)
from moviemaker.timeline.easing import EASINGS


@dataclass(frozen=True)
class Track:
    """Values at keys in time. Before the first key and after the last, the value holds.

    Attributes:
        times: seconds of the movie, ascending.
        values: one for each time.
        ease: name of the easing between every two keys.
        mix: the value a fraction of the way from one to another. (A function of a module, so that tracks can be
            pickled, hashed and compared.)
    """

    times: tuple[float, ...]
    values: tuple[Any, ...]
    ease: str
    mix: Mix = field(compare=False)

    def at(self, time: float) -> Any:
        """The value at a time in seconds."""
        after = bisect.bisect_right(self.times, time)
        if after == 0:
            return self.values[0]
        if after == len(self.times):
            return self.values[-1]
        start, end = self.times[after - 1], self.times[after]
        fraction = EASINGS[self.ease]((time - start) / (end - start))
        return self.mix(self.values[after - 1], self.values[after], fraction)


def parse_track(written: Mapping[Any, object], value: Value, default_ease: str = "smooth") -> Track:
    """A track from a mapping of movie times to values, with `ease` beside them.

    Raises:
        InputError: a time or a value is invalid, or the list of keys is empty.
    """
    right = f"a mapping from seconds to values, such as {{0: ..., 2: ..., ease: {default_ease}}}"
    ease = written.get("ease", default_ease)
    if not isinstance(ease, str) or ease not in EASINGS:
        raise InputError(f"no such easing {ease!r}", suggest(str(ease), EASINGS, "easing"), ("ease",))
    keys = [(time, key) for time, key in written.items() if time != "ease"]
    if not keys:
        raise InputError("no keys in time", f"write {right}")
    for time, _ in keys:
        if isinstance(time, bool) or not isinstance(time, int | float) or not abs(time) <= sys.float_info.max:
            raise InputError(f"{time!r} is not a time", f"write {right}", (time,))
    times = tuple(float(time) for time, _ in keys)
    for (time, _), before, now in zip(keys[1:], times, times[1:], strict=False):
        if now <= before:
            raise InputError(f"time {now:g} comes after {before:g}", "write the times in ascending order", (time,))
    values = []
    for time, key in keys:
        try:
            values.append(value.parse(key))
        except InputError as error:
            raise InputError(error.what, error.instead, (time, *error.at)) from None
    if len({_shape(parsed) for parsed in values}) > 1:
        raise InputError("the values at the keys are lists of different lengths", "give every key as many numbers")
    assert value.mix is not None, "values of this sort cannot move"
    return Track(times, tuple(values), ease, value.mix)


def _shape(value: object) -> object:
    return tuple(_shape(item) for item in value) if isinstance(value, tuple) else None


@dataclass(frozen=True)
class Moving(Parser):
    """A value that may move, as the metadata of a pydantic field: `Annotated[float, Moving(NUMBER)]`.

    Attributes:
        value: the sort of value.
        default_ease: easing of a track that names none.
        optional: whether the key may be left out; its value is then None.
    """

    value: Value
    default_ease: str = "smooth"
    optional: bool = False

    @property
    def right(self) -> str:
        """What a right value is at one moment."""
        return self.value.right

    def parse(self, written: Any) -> Any:
        """The plain value, or a Track; None only for a key that may be left out."""
        if isinstance(written, Track) or (written is None and self.optional):
            return written
        if isinstance(written, Mapping):
            return parse_track(written, self.value, self.default_ease)
        try:
            return self.value.parse(written)
        except InputError as error:
            if error.at or error.instead != f"write {self.value.right}":  # inside the value, or not of its sort
                raise
            hint = f"{error.instead}, or a mapping from seconds to such values"
            raise InputError(error.what, hint) from None

    def json_schema(self) -> JsonSchema:
        """The value itself, or a mapping from seconds to values."""
        ease = {"enum": sorted(EASINGS), "description": "How the value moves between two keys."}
        track = {
            "type": "object",
            "properties": {"ease": ease},
            "patternProperties": {SECONDS: self.value.schema},
            "additionalProperties": False,
        }
        return {"anyOf": [self.value.schema, track]}


SECONDS = r"^-?[0-9.]+(e[+-]?[0-9]+)?$"
"""Pattern of the keys of a mapping from seconds, or other numbers, to values in a JSON Schema."""

# A type checker sees the plain value, which is there after `freeze`; before it, a Track may stand in its place.
Number = Annotated[float, Moving(NUMBER)]
LINEAR_NUMBER = Moving(NUMBER, default_ease="linear")
LinearNumber = Annotated[float, LINEAR_NUMBER]
Positive = Annotated[float, Moving(POSITIVE)]
NotNegative = Annotated[float, Moving(NOT_NEGATIVE)]
Fraction = Annotated[float, Moving(FRACTION)]
FieldOfView = Annotated[float, Moving(ANGLE_OF_VIEW)]
Vector = Annotated[tuple[float, float, float], Moving(VECTOR)]
Color = Annotated[tuple[float, float, float], Moving(COLOR)]
Numbers = Annotated[tuple[float, ...], Moving(NUMBERS)]

T = TypeVar("T")


def freeze(value: T, time: float) -> T:
    """The value at one moment: every track in it, however deep, is replaced by its value at `time` seconds."""
    if isinstance(value, Track):
        return value.at(time)  # type: ignore[no-any-return]
    if isinstance(value, BaseModel):
        moved = {name: freeze(part, time) for name, part in value if name in type(value).model_fields}
        changes = {name: part for name, part in moved.items() if part is not getattr(value, name)}
        return value.model_copy(update=changes) if changes else value
    if isinstance(value, tuple):
        parts = tuple(freeze(part, time) for part in value)
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else parts  # type: ignore[return-value]
    if isinstance(value, dict):
        entries = {key: freeze(part, time) for key, part in value.items()}
        same = all(entries[key] is part for key, part in value.items())
        return value if same else entries  # type: ignore[return-value]
    return value
