"""Colours by value: a colour, or `{by: FIELD, colormap: NAME, range: [lo, hi], scale: linear | log}`.

Without a given range, the range is that of the field over the whole movie, never that of one frame: colours do not
flicker.

A field with three or four columns, such as `rgb`, is the colour itself: red, green, blue and perhaps opacity. Its
values go from 0 to 1, to 255 or to 65535: the least of these that holds all of them.

The fields `chain`, `residue`, `element` and `secondary_structure` of molecules are codes. Without a colormap and a
range they have their usual colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np

from moviemaker.core.colormaps import COLORMAP, Colormap, color_table
from moviemaker.core.colors import RGB, is_color
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, build
from moviemaker.core.molecules.palettes import CATEGORIES
from moviemaker.core.sources import Source, columns_of
from moviemaker.core.values import COLOR, INTERVAL, TEXT, JsonSchema, Parser, Value, choice
from moviemaker.timeline.tracks import Moving, Track

SAMPLES_PER_SNAPSHOT = 1 << 20
"""Percentiles are taken over at most this many evenly picked values of each snapshot."""

_RANGE_RIGHT = "two numbers [low, high], or percentiles of the whole movie such as ['1%', '99%']"


Ends = tuple[float | str, float | str]
"""Both ends of a range: values, or percentiles as text."""


def _parse_range(value: object) -> Ends:
    if isinstance(value, list | tuple) and len(value) == 2 and any(isinstance(end, str) for end in value):
        return _parse_end(value[0]), _parse_end(value[1])
    low, high = INTERVAL.parse(value)
    if low >= high:
        raise InputError(f"the range [{low:g}, {high:g}] is empty", "write the lower value first")
    return (low, high)


def parse_percentile(text: str, right: str) -> str:
    """A percentile as text, such as "90%".

    Args:
        text: as it was written.
        right: what would be right, for the error.

    Raises:
        InputError: the text is not a percentile.
    """
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not text.endswith("%") or not 0 <= percent <= 100:
        raise InputError(f"{text!r} is not a percentile", f"write {right}")
    return text


def _parse_end(end: object) -> float | str:
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
_ROUNDING = 4  # units in the last place by which equal values may differ
_OF_MOLECULES = frozenset({"backbone", "atomic_number"})
"""Fields of which molecules have at least one: a column `chain` or `element` of other data may hold anything."""
_WHITES = (1.0, 255.0, 65535.0)
SCALE = choice("linear", "log", noun="scale")
Range = Annotated[Ends | None, Moving(RANGE, optional=True)]
"""A field of a layer: after `resolve_range` and `freeze` two numbers."""


class ColorBy(Kind):
    """Colours by the values of a field.

    The range of a resolved model is two numbers; for a field of colours they are the values of black and white.
    """

    by: Annotated[str, TEXT]
    """Name of the field whose values pick the colours, such as `speed`; or of a field of colours, such as `rgb`."""

    colormap: Annotated[Colormap, COLORMAP] = "viridis"
    """A Matplotlib colormap's name, or a list of colours, evenly spaced from low to high. Default: viridis."""

    range: Range = None
    """Values at both ends of the colormap, `[lo, hi]`, or percentiles of the whole movie, `["1%", "99%"]`. Default: the
    least and the greatest value of the whole movie."""

    scale: Annotated[str, SCALE] = "linear"
    """`linear` (default), or `log`: equal ratios of values are equally far apart in the colormap."""

    @property
    def ends(self) -> tuple[float, float]:
        """The range of a resolved, frozen model."""
        return in_numbers(self.range)

    def resolve(self, source: Source[Any]) -> ColorBy:
        """The same with numbers as its range.

        Raises:
            InputError: a logarithmic range does not begin above 0; a field of several columns holds no colours, or
                keys for a field of one column are given with it.
        """
        given = {"colormap", "range", "scale"} & self.model_fields_set
        if self.by in CATEGORIES and not given and not _OF_MOLECULES.isdisjoint(source.fields):
            return self
        if columns_of(source, self.by) > 1:
            return self.model_copy(update={"range": (0.0, self._white(source))})
        resolved = resolve_range(self.range, source, self.by, positive=self.scale == "log")
        return self.model_copy(update={"range": resolved})

    @property
    def categories(self) -> np.ndarray | None:
        """Usual colours (k, 3) uint8 of a field of codes, by a resolved model; None: it has a range of values."""
        return CATEGORIES.get(self.by) if self.range is None else None

    def _white(self, source: Source[Any]) -> float:
        """The value of full brightness in a field of colours."""
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
        """Colours (n, 4) uint8 of values (n,), or of colours (n, 3) or (n, 4), by a resolved, frozen model.

        Values that are not finite are transparent.
        """
        categories = self.categories
        if categories is not None:
            there = np.isfinite(values)
            codes = np.where(there, values, 0).astype(np.int64) % len(categories)
            return np.column_stack([categories[codes], np.where(there, 255, 0).astype(np.uint8)])
        low, high = self.ends
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


def in_numbers(ends: Ends | None) -> tuple[float, float]:
    """A resolved, frozen range."""
    assert ends is not None
    low, high = ends
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    return low, high


def resolve_range(given: Ends | Track | None, source: Source[Any], field: str, positive: bool = False) -> Ends | Track:
    """A range as two numbers, or as it is if it moves: percentiles and a missing range come from the whole movie.

    Args:
        given: as the scene says: None, two ends (numbers, or text such as "1%"), or a Track.
        source: open data.
        field: name of the field whose values count.
        positive: only values above 0 count (for a logarithmic scale).

    Raises:
        InputError: a logarithmic range does not begin above 0, or a range that moves has percentiles.
    """
    if given is None or (isinstance(given, tuple) and any(isinstance(end, str) for end in given)):
        ends = given or ("0%", "100%")
        found = percentiles(source.survey(field), [_percent(end) for end in ends], positive)
        first, last = found or ([1.0, 2.0] if positive else [0.0, 1.0])
        low = first if isinstance(ends[0], str) else ends[0]
        high = last if isinstance(ends[1], str) else ends[1]
        given = _of_one_value(low, high, ends, positive) if low >= high else (low, high)
    if isinstance(given, Track) and any(isinstance(end, str) for ends in given.values for end in ends):
        raise InputError("a range that moves has percentiles", "write the values themselves at every time", ("range",))
    if positive and isinstance(given, tuple) and in_numbers(given)[0] <= 0:
        raise InputError(f"a logarithmic range cannot begin at {given[0]:g}", "begin above 0", ("range",))
    return given


def _of_one_value(low: float, high: float, ends: Ends, positive: bool) -> Ends:
    """A range for a field of one value, which gets the middle colour: many colormaps begin with one that is not seen.

    An end that the scene gives as a number stays as it is.
    """
    width = abs(low) or 1.0
    if not isinstance(ends[0], str):
        return low, low + width
    if not isinstance(ends[1], str):
        return (high / 2 if positive else high - (abs(high) or 1.0)), high
    return (low / 2, low * 2) if positive else (low - width, low + width)


def _percent(end: float | str) -> float:
    return float(end.removesuffix("%")) if isinstance(end, str) else 50.0


def percentiles(snapshots: Iterator[np.ndarray], percents: Sequence[float], positive: bool) -> list[float]:
    """Percentiles of the values (n,) of all snapshots; empty if no value counts.

    The least and the greatest are exact; the others are those of values picked evenly from each snapshot. Values that
    differ by their rounding alone, as lengths of vectors that are equally long do, are one value: what is stretched
    over all colours would be no more than noise.
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
    kind = picked[0].dtype
    if kind.kind == "f" and high - low <= _ROUNDING * float(np.finfo(kind).eps) * max(abs(low), abs(high)):
        return [float(np.median(picked[0]))] * len(percents)
    exact = {0.0: low, 100.0: high}
    inner = np.percentile(np.concatenate(picked), percents)
    return [exact.get(percent, float(value)) for percent, value in zip(percents, inner, strict=True)]


_WORDS = frozenset(CATEGORIES)
"""Words that may stand for a colour: fields with usual colours."""


class ColorOrBy(Parser):
    """A plain colour that may move, or a `ColorBy`. A text that is not a colour is the name of a field.

    Args:
        optional: whether the key may be left out; its value is then None.
    """

    right = f"{COLOR.right}, the name of a field, or {{by: FIELD, colormap: NAME, range: [lo, hi]}}"

    def __init__(self, optional: bool = False):
        self._plain = Moving(COLOR, optional=optional)

    def parse(self, written: object) -> RGB | Track | ColorBy | None:
        """The colour, a Track of colours, or the model."""
        if isinstance(written, ColorBy):
            return written
        if isinstance(written, str) and written in _WORDS:
            return ColorBy(by=written)
        if isinstance(written, dict) and (set(written) & set(ColorBy.model_fields)):
            return build(ColorBy, written)
        if isinstance(written, str) and not is_color(written) and not written.startswith("#"):
            return ColorBy(by=written)
        color: RGB | Track | None = self._plain.parse(written)
        return color

    def json_schema(self) -> JsonSchema:
        """That of a colour that may move, or that of the model."""
        none = [{"type": "null"}] if self._plain.optional else []
        return {"anyOf": [*self._plain.json_schema()["anyOf"], ColorBy.model_json_schema(), *none]}


Coloring = Annotated[RGB | ColorBy, ColorOrBy()]
"""A field of a layer: after `resolve` and `freeze` either three numbers or a ColorBy with two numbers as its range."""
