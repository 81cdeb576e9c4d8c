"""Colours by value: a colour, or `{by: FIELD, colormap: NAME, range: [lo, hi], scale: linear | log}`.

The range is the field's own over the whole movie unless it is given, never that of one frame: colours do not flicker.

A field with three or four columns, such as `rgb`, is the colour itself: red, green, blue and perhaps opacity, in 0 to
1, to 255 or to 65535, whichever is the least that holds all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.colormaps import COLORMAP, Colormap, color_table
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, build
from moviemaker.core.sources import Source, columns_of
from moviemaker.core.values import COLOR, INTERVAL, TEXT, Value, choice
from moviemaker.timeline.tracks import Moving, Track

SAMPLES_PER_SNAPSHOT = 1 << 20
"""Percentiles are taken over at most this many evenly picked values of each snapshot."""

_RANGE_RIGHT = "two numbers [low, high], or percentiles of the whole movie such as ['1%', '99%']"


def _parse_range(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) == 2 and any(isinstance(end, str) for end in value):
        return tuple(_parse_end(end) for end in value)
    low, high = INTERVAL.parse(value)
    if low >= high:
        raise InputError(f"the range [{low:g}, {high:g}] is empty", "write the lower value first")
    return (low, high)


def parse_percentile(text: str, right: str) -> str:
    """A percentile as text, such as "90%"; `right` says what would be right."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not text.endswith("%") or not 0 <= percent <= 100:
        raise InputError(f"{text!r} is not a percentile", f"write {right}")
    return text


def _parse_end(end: Any) -> float | str:
    if isinstance(end, str):
        return parse_percentile(end, _RANGE_RIGHT)
    if isinstance(end, bool) or not isinstance(end, int | float):
        raise InputError(f"{end!r} is not a number", f"write {_RANGE_RIGHT}")
    return float(end)


RANGE = Value(
    _RANGE_RIGHT,
    _parse_range,
    {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "string"}]}, "minItems": 2, "maxItems": 2},
    INTERVAL.mix,
)
_WHITES = (1.0, 255.0, 65535.0)
SCALE = choice("linear", "log", noun="scale")
Range = Annotated[Any, Moving(RANGE, optional=True)]


class ColorBy(Kind):
    """Colours taken from a field. A resolved one has a range of two numbers, for a field of colours black and white."""

    by: Annotated[str, TEXT]
    colormap: Annotated[Colormap, COLORMAP] = "viridis"
    range: Range = None
    scale: Annotated[str, SCALE] = "linear"

    def resolve(self, source: Source[Any]) -> ColorBy:
        """The same with its range made definite.

        Raises:
            InputError: a logarithmic range does not begin above 0; a field of several columns holds no colours, or
                comes with keys for a field of one.
        """
        if columns_of(source, self.by) > 1:
            return self.model_copy(update={"range": (0.0, self._white(source))})
        resolved = settle_range(self.range, source, self.by, positive=self.scale == "log")
        return self.model_copy(update={"range": resolved})

    def _white(self, source: Source[Any]) -> float:
        """The value of full light in a field of colours."""
        for key in ("colormap", "range", "scale"):
            if key in self.model_fields_set:
                what = f"{self.by!r} is a field of colours, which needs no {key}"
                raise InputError(
                    what, f"leave out {key}, or name a field with one number for each particle", ("color", key)
                )
        low, high, whole = 0.0, 0.0, False
        for values in source.survey(self.by):
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
                whole = values.dtype.kind != "f"
        white = next((end for end in _WHITES if high <= end and not (whole and end == 1)), None)
        if low < 0 or white is None:
            what = f"{self.by!r} is not a field of colours: its values go from {low:g} to {high:g}"
            right = "name a field with one number for each particle, such as speed, or colours in 0 to 1, 255 or 65535"
            raise InputError(what, right, ("color", "by"))
        return white

    def colors(self, values: np.ndarray) -> np.ndarray:
        """Colours (n, 4) uint8 by a resolved, frozen model, of values (n,) or of colours (n, 3) or (n, 4).

        What is not finite is clear.
        """
        low, high = self.range
        if values.ndim == 2:
            return _as_bytes(values, high)
        known = np.isfinite(values)
        scaled = np.where(known, values, low).astype(np.float64)
        if self.scale == "log":
            known &= scaled > 0
            scaled = np.log(np.where(scaled > 0, scaled, low) / low) / np.log(high / low)
        else:
            scaled = (scaled - low) / (high - low)
        table = color_table(self.colormap)
        entries = np.empty((len(table), 4), dtype=np.uint8)
        entries[:, :3] = np.rint(table * 255)
        entries[:, 3] = 255
        result: np.ndarray = entries[(np.clip(scaled, 0.0, 1.0) * (len(table) - 1) + 0.5).astype(np.intp)]
        result[~known, 3] = 0
        return result


def _as_bytes(colors: np.ndarray, white: float) -> np.ndarray:
    known = np.isfinite(colors).all(axis=1)
    result = np.full((len(colors), 4), 255, dtype=np.uint8)
    scaled = np.where(known[:, None], colors, 0).astype(np.float64) * (255 / white)
    result[:, : colors.shape[1]] = np.rint(np.clip(scaled, 0, 255))
    result[~known, 3] = 0
    return result


def settle_range(given: Any, source: Source[Any], field: str, positive: bool = False) -> Any:
    """A range as two numbers, or as it is where it moves: percentiles and a missing range come from the whole movie.

    Args:
        given: what the scene says: None, two ends (numbers, or text such as "1%"), or a Track.
        source: open data.
        field: name of the field whose values count.
        positive: only values above 0 count (for a logarithmic scale).

    Raises:
        InputError: a logarithmic range that does not begin above 0.
    """
    if given is None or (isinstance(given, tuple) and any(isinstance(end, str) for end in given)):
        ends = given or ("0%", "100%")
        found = percentiles(source.survey(field), [_percent(end) for end in ends], positive)
        low, high = found or ([1.0, 2.0] if positive else [0.0, 1.0])
        low, high = (e if isinstance(e, float) else p for e, p in zip(ends, (low, high), strict=True))
        if low >= high:  # a field of one value: any width will do, and its colour is then the lowest
            high = low + (abs(low) or 1.0)
        given = (low, high)
    if isinstance(given, Track) and any(isinstance(end, str) for ends in given.values for end in ends):
        raise InputError("a range that moves has percentiles", "write the values themselves at every time", ("range",))
    if positive and isinstance(given, tuple) and given[0] <= 0:
        raise InputError(f"a logarithmic range cannot begin at {given[0]:g}", "begin above 0", ("range",))
    return given


def _percent(end: float | str) -> float:
    return float(end.removesuffix("%")) if isinstance(end, str) else 50.0


def percentiles(snapshots: Iterator[np.ndarray], percents: Sequence[float], positive: bool) -> list[float]:
    """Percentiles of the values (n,) of all snapshots; empty if there is none that counts.

    The least and the greatest are exact, the others of values picked evenly from each snapshot.
    """
    if not percents:
        return []
    picked = []
    low, high = np.inf, -np.inf
    for values in snapshots:
        counted = values[values > 0] if positive else values
        if counted.size:
            low, high = min(low, float(counted.min())), max(high, float(counted.max()))
            picked.append(counted[:: max(1, counted.size // SAMPLES_PER_SNAPSHOT)])
    if not picked:
        return []
    exact = {0.0: low, 100.0: high}
    inner = np.percentile(np.concatenate(picked), percents)
    return [exact.get(percent, float(value)) for percent, value in zip(percents, inner, strict=True)]


class _ColorOrBy:
    """A plain colour that may move, or a `ColorBy`."""

    right = f"{COLOR.right}, or {{by: FIELD, colormap: NAME, range: [lo, hi]}}"
    _plain = Moving(COLOR)

    def parse(self, written: Any) -> Any:
        if isinstance(written, ColorBy):
            return written
        if isinstance(written, dict) and (set(written) & set(ColorBy.model_fields)):
            return build(ColorBy, written)
        return self._plain.parse(written)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        plain = self._plain.__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [*plain["anyOf"], ColorBy.model_json_schema()]}


Coloring = Annotated[Any, _ColorOrBy()]
"""A field of a layer: after `resolve` and `freeze` either three numbers or a ColorBy with two numbers as its range."""
