"""Transfer functions: the opacity and the colour of a value, given by points or by a shape with a name.

Values are those of the data, or percentiles of the whole movie as text. All numbers may move.

```yaml
transfer: [[80, 0.0], ["90%", 0.05], [255, 0.6]]
transfer: ramp                                              # from 0 at the low end of the range to 0.1
transfer: {ramp: ["50%", "99%"], opacity: 0.3}
transfer: {peaks: [0.2, 0.5], width: 0.05, opacity: 0.3}    # shells; width at half the height
transfer: {threshold: {0: 0.2, 4: 0.6}, opacity: 0.3}       # everything above it
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel

from moviemaker.core.colors import RGB, mix_colors
from moviemaker.core.errors import InputError, Location, show, suggest
from moviemaker.core.kinds import Kind, build
from moviemaker.core.scales import Scale
from moviemaker.core.sources import Source
from moviemaker.core.values import (
    COLOR,
    FRACTION,
    NUMBER,
    POSITIVE,
    JsonSchema,
    Mix,
    Parser,
    Value,
    list_of,
    mix_numbers,
    one_of,
)
from moviemaker.layers._color_by import in_numbers, parse_percentile, percentiles
from moviemaker.timeline.tracks import Fraction, Moving, Track

FIRST_OPACITY = 0.1
"""Opacity at the top of the range if the scene gives no transfer function."""

Level = float | str
"""A data value, or a percentile as text until the layer is resolved."""

Points = tuple[tuple[Level, float], ...]
"""Pairs of a level and an opacity."""

ColorPoints = tuple[tuple[Level, RGB], ...]
"""Pairs of a level and a colour."""

_LEVEL_RIGHT = "a number, or a percentile of the whole movie such as '90%'"


def _parse_level(value: object) -> Level:
    if not isinstance(value, str):
        number: float = NUMBER.parse(value)
        return number
    return parse_percentile(value, _LEVEL_RIGHT)


LEVEL = Value(_LEVEL_RIGHT, _parse_level, {"anyOf": [{"type": "number"}, {"type": "string"}]}, mix_numbers)


def _parse_opacity(value: object) -> float:
    opacity: float = NUMBER.parse(value)
    if not 0 <= opacity <= 1:
        raise InputError(f"the opacity {opacity:g} is out of range", "write a number from 0 to 1")
    return opacity


_OPACITY = Value(FRACTION.right, _parse_opacity, FRACTION.schema)


def _pairs(second: Value, right: str, name: str, mix: Mix) -> Value:
    """A list of pairs of an ascending level and another value."""

    def parse(value: object) -> tuple[tuple[Level, object], ...]:
        if not isinstance(value, list | tuple) or not value:
            raise InputError(f"{show(value)} is not a list of pairs", f"write {right}")
        pairs: list[tuple[Level, object]] = []
        for index, pair in enumerate(value):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise InputError(f"{show(pair)} is not a pair", f"write {name}", (index,))
            parts: list[Any] = []
            for place, (sort, part) in enumerate(zip((LEVEL, second), pair, strict=True)):
                try:
                    parts.append(sort.parse(part))
                except InputError as error:
                    raise InputError(error.what, error.instead, (index, place, *error.at)) from None
            pairs.append((parts[0], parts[1]))
        _check_ascending(pairs)
        return tuple(pairs)

    pair = {"type": "array", "prefixItems": [LEVEL.schema, second.schema], "minItems": 2, "maxItems": 2}
    return Value(right, parse, {"type": "array", "items": pair, "minItems": 1}, mix)


def _check_ascending(pairs: Sequence[tuple[Level, object]], at: Location = ()) -> None:
    for index, ((before, *_), (now, *_)) in enumerate(pairwise(pairs), start=1):
        if not isinstance(before, str) and not isinstance(now, str) and now < before:
            what = f"the value {now:g} comes after {before:g}"
            raise InputError(what, "write the values in ascending order", (*at, index, 0))


def _mix_color_points(a: ColorPoints, b: ColorPoints, fraction: float) -> ColorPoints:
    return tuple(
        (mix_numbers(one, other, fraction), mix_colors(first, second, fraction))
        for (one, first), (other, second) in zip(a, b, strict=True)
    )


POINTS = _pairs(_OPACITY, "a list of pairs: [[value, opacity], ...]", "[value, opacity]", mix_numbers)
COLOR_POINTS = _pairs(COLOR, "a list of pairs: [[value, color], ...]", "[value, color]", _mix_color_points)
_TWO_LEVELS = list_of(LEVEL, "two values: [low, high]", (2,))
_LEVELS = list_of(LEVEL, "a list of values: [a, b, ...]")
_OPACITIES = one_of(
    FRACTION, list_of(FRACTION, "opacities"), right="a number from 0 to 1, or such a number for each peak"
)
_OPACITIES = replace(_OPACITIES, mix=mix_numbers)


class Ramp(Kind):
    """Opacity that grows evenly from 0 at one value to its full amount at another."""

    ramp: Annotated[tuple[Level, Level] | None, Moving(_TWO_LEVELS, optional=True)] = None
    """The two values, or percentiles such as `["50%", "99%"]`. Default: the range of the colours."""

    opacity: Fraction = FIRST_OPACITY
    """Opacity at the second value and beyond. Default: 0.1."""


class Peaks(Kind):
    """Shells around values: Gaussian bells of opacity."""

    peaks: Annotated[tuple[Level, ...], Moving(_LEVELS)]
    """The values at the tops of the bells, or percentiles of the whole movie."""

    width: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Width of each bell at half its height, in the unit of the data, or in decades on a logarithmic scale. Default: a
    twentieth of the range."""

    opacity: Annotated[float | tuple[float, ...], Moving(_OPACITIES)] = FIRST_OPACITY
    """Opacity at the tops: one number, or a list with one for each peak. Default: 0.1."""


class Threshold(Kind):
    """Everything above a value, with a soft edge."""

    threshold: Annotated[Level, Moving(LEVEL)]
    """The value in the middle of the edge, or a percentile of the whole movie."""

    width: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Width of the edge, in the unit of the data, or in decades on a logarithmic scale. Default: 2 % of the range."""

    opacity: Fraction = FIRST_OPACITY
    """Opacity above the edge. Default: 0.1."""


SHAPES: dict[str, type[Ramp] | type[Peaks] | type[Threshold]] = {"ramp": Ramp, "peaks": Peaks, "threshold": Threshold}

PEAK_WIDTH = 0.05
"""Width of peaks as a part of the range, if the scene gives none."""

EDGE_WIDTH = 0.02
"""Width of a threshold's edge as a part of the range, if the scene gives none."""


Written = Points | Track | Ramp | Peaks | Threshold
"""A transfer function as parsed."""


class _Transfer(Parser):
    """Points, which may move, or a shape."""

    right = "a list of pairs [[value, opacity], ...], ramp, or a mapping such as {peaks: [0.2, 0.5], opacity: 0.3}"
    _points = Moving(POINTS, optional=True)

    def parse(self, written: object) -> Written | None:
        if isinstance(written, Ramp | Peaks | Threshold):
            return written
        if isinstance(written, str):
            if written != "ramp":
                raise InputError(f"no such shape {written!r}", f"write {self.right}")
            return Ramp()
        named = [key for key in written if isinstance(key, str) and key != "ease"] if isinstance(written, dict) else []
        if not named:
            points: Points | Track | None = self._points.parse(written)
            return points
        shapes = [key for key in named if key in SHAPES]
        if len(shapes) == 1:
            return build(SHAPES[shapes[0]], written)
        if shapes:
            raise InputError(f"{shapes[0]} and {shapes[1]} are two shapes", "write one of them", (shapes[1],))
        raise InputError(f"no such shape {named[0]!r}", suggest(named[0], SHAPES, "shape"), (named[0],))

    def json_schema(self) -> JsonSchema:
        shapes = [shape.model_json_schema() for shape in SHAPES.values()]
        return {"anyOf": [*self._points.json_schema()["anyOf"], {"const": "ramp"}, *shapes]}


Transfer = Annotated[Points | Ramp | Peaks | Threshold | None, _Transfer()]
"""A field of a layer: after `resolved` and `freeze` either points or a shape, with numbers in place of percentiles."""

ScaleName = Literal["linear", "log", "symlog"]

T = TypeVar("T")


def resolved(written: T, at: Location, source: Source[Any], field: str, positive: bool) -> T:
    """Points or a shape with numbers in place of percentiles of a field, moving or not.

    Args:
        written: as parsed.
        at: its place in the layer.
        source: open data.
        field: name of the field.
        positive: whether only values above 0 count and are allowed.

    Raises:
        InputError: values are not in ascending order once percentiles are known, or not above 0.
    """
    definite = with_numbers(written, source, field, positive)
    for where, points in _lists(definite):
        _check_ascending(points, (*at, *where))
    low = min(levels_of(definite), default=1.0)
    if positive and low <= 0:
        raise InputError(f"a logarithmic scale has no place for {low:g}", "write values above 0, or scale: symlog", at)
    return definite


def with_numbers(written: T, source: Source[Any], field: str, positive: bool = False) -> T:
    """A value with numbers in place of percentiles of a field, however deep, moving or not.

    Args:
        written: as parsed.
        source: open data.
        field: name of the field.
        positive: whether only values above 0 count.
    """
    texts = sorted(set(_texts(written)))
    found = percentiles(source.survey(field), [float(text[:-1]) for text in texts], positive)
    known: T = _with(written, dict(zip(texts, found or [1.0] * len(texts), strict=True)))
    return known


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Track):
        yield from _texts(value.values)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, BaseModel):
        for _, part in value:
            yield from _texts(part)


def _with(value: Any, known: Mapping[str, float]) -> Any:
    if isinstance(value, str):
        return known[value]
    if isinstance(value, Track):
        return replace(value, values=_with(value.values, known))
    if isinstance(value, tuple):
        return tuple(_with(part, known) for part in value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _with(part, known) for name, part in value})
    return value


def _lists(value: object) -> Iterator[tuple[Location, Any]]:
    """The lists of pairs in points that may move, each with its place."""
    if isinstance(value, Track):
        for time, points in zip(value.times, value.values, strict=True):
            yield (int(time) if time.is_integer() else time,), points
    elif isinstance(value, tuple):
        yield (), value


def levels_of(transfer: object) -> Iterator[float]:
    """The data values in resolved points or a resolved shape, at all times."""
    if isinstance(transfer, Kind):
        name = next(name for name in SHAPES if name in type(transfer).model_fields)
        yield from _numbers(getattr(transfer, name))
    else:
        for _, points in _lists(transfer):
            yield from (value for value, _ in points)


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, Track):
        value = value.values
    if isinstance(value, tuple):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, float):
        yield value


def opacity_points(
    transfer: Points | Ramp | Peaks | Threshold | None, low_high: tuple[float, float], scale: Scale
) -> tuple[tuple[float, float], ...]:
    """Resolved, frozen points or a shape as points on a scale: ((place, opacity), ...), ascending.

    Args:
        transfer: points or a shape.
        low_high: the range of colours.
        scale: on which the values are put.
    """
    assert transfer is not None
    if isinstance(transfer, Peaks):
        return _bells(scale.of(np.array(transfer.peaks, float)), transfer, _span(low_high, scale))
    if isinstance(transfer, Threshold):
        middle = float(scale.of(np.array(transfer.threshold, float)))
        half = (transfer.width or EDGE_WIDTH * _span(low_high, scale)) / 2
        return ((middle - half, 0.0), (middle + half, transfer.opacity))
    if isinstance(transfer, Ramp):
        first, last = sorted(low_high if transfer.ramp is None else in_numbers(transfer.ramp))
        transfer = ((first, 0.0), (last, transfer.opacity))
    places = scale.of(np.array([value for value, _ in transfer], float)).tolist()
    return tuple((place, opacity) for place, (_, opacity) in zip(places, transfer, strict=True))


def _span(low_high: tuple[float, float], scale: Scale) -> float:
    low, high = scale.of(np.array(low_high, float))
    return float(high - low)


def _bells(centers: np.ndarray, peaks: Peaks, span: float) -> tuple[tuple[float, float], ...]:
    """Gaussian bells, cut off below a thousandth of their height; where two overlap, the higher one counts."""
    width = peaks.width or PEAK_WIDTH * span
    heights = np.broadcast_to(np.asarray(peaks.opacity, float), centers.shape)
    reach = 1.6 * width  # the bell is exp(-4 ln 2 (x / width)^2)
    places = np.unique(centers[:, None] + np.linspace(-reach, reach, 65))
    bells = np.exp(-4 * np.log(2) * ((places[:, None] - centers) / width) ** 2)
    bells[np.abs(places[:, None] - centers) > 0.999 * reach] = 0
    return tuple(zip(places.tolist(), (heights * bells).max(axis=1).tolist(), strict=True))
