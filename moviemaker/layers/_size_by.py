"""Sizes and opacities by value: one for all, or `{by: FIELD, range: [lo, hi], size: [s0, s1], scale: linear | log}`.

Values inside the range give sizes between the two ends, and values beyond it the nearer end. The range is given in
values or in percentiles; by default it is that of the field over the whole movie. Without sizes at the ends, the size
is the value of the field itself in scene units, such as a smoothing length.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.geometry import mean_factor
from moviemaker.core.kinds import Kind, build
from moviemaker.core.sources import Source
from moviemaker.core.values import FRACTION, NOT_NEGATIVE, POSITIVE, TEXT, JsonSchema, Parser, Value, list_of
from moviemaker.layers._color_by import SCALE, Range, in_numbers, resolve_range
from moviemaker.timeline.tracks import Moving, Track

SIZES = list_of(NOT_NEGATIVE, "two sizes: [at the low end, at the high end]", (2,))
FRACTIONS = list_of(FRACTION, "two opacities: [at the low end, at the high end]", (2,))


class ByField(Kind):
    """Numbers by the values of a field. The range of a resolved model is two numbers."""

    by: Annotated[str, TEXT]
    """Name of a field with one number for each particle, such as `mass`."""

    range: Range = None
    """Values at the low and the high end, `[lo, hi]`, or percentiles of the whole movie, `["1%", "99%"]`. Default: the
    least and the greatest value of the whole movie."""

    scale: Annotated[str, SCALE] = "linear"
    """`linear` (default), or `log`: equal ratios of values give equal steps."""

    def resolve(self, source: Source[Any]) -> Self:
        """The same with numbers as its range.

        Raises:
            InputError: the field has several columns; a logarithmic range does not begin above 0.
        """
        first = 0.0 if source.times is None else float(source.times[0])
        if source.at(first, (self.by,)).fields[self.by].ndim != 1:
            such = f"{self.by}_magnitude" if f"{self.by}_magnitude" in source.fields else "speed"
            right = f"name a field with one number for each particle, such as {such}"
            raise InputError(f"{self.by!r} has several columns", right, ("by",))
        return self.model_copy(
            update={"range": resolve_range(self.range, source, self.by, positive=self.scale == "log")}
        )

    def between(self, values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
        """Numbers (n,) float32 for values (n,) by a resolved, frozen model; 0 for values that are not finite.

        Args:
            values: of the field.
            ends: the numbers at the ends of the range.
        """
        low, high = in_numbers(self.range)
        known = np.isfinite(values)
        if self.scale == "log":
            known = known & (values > 0)
        scaled = np.where(known, values, low).astype(np.float64)
        if self.scale == "log":
            low, high, scaled = np.log(low), np.log(high), np.log(scaled)
        part = (scaled - low) / (high - low)
        numbers = ends[0] + np.clip(part, 0, 1) * (ends[1] - ends[0])
        return np.where(known, numbers, 0).astype(np.float32)


class SizeBy(ByField):
    """Sizes by the values of a field."""

    size: Annotated[tuple[float, float] | None, Moving(SIZES, optional=True)] = None
    """Sizes at the low and the high end of the range, scene units: `[0.1, 1]`. Default: the values of the field are
    sizes themselves, which the `scale` of the data scales too."""

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        for key in ("range", "scale"):
            if self.size is None and key in self.model_fields_set:
                what = f"{key} says nothing without the sizes at its ends"
                raise InputError(what, f"write size: [s0, s1] beside it, or leave {key} out", (key,))
        return self

    def resolve(self, source: Source[Any]) -> Self:
        """The same with numbers as its range, if it has one."""
        resolved = super().resolve(source)
        return resolved if self.size is not None else self

    def sizes(self, values: np.ndarray, frame: np.ndarray | None = None) -> np.ndarray:
        """Sizes (n,) float32, scene units, of values (n,); 0, which draws nothing, for values that are not a size.

        Args:
            values: of the field.
            frame: of the sample, as in `Particles`: values that are sizes themselves are scaled with the data.
        """
        if self.size is not None:
            return self.between(values, self.size)
        sizes = values if frame is None else values * mean_factor(frame)
        return np.where(np.isfinite(values) & (values > 0), sizes, 0).astype(np.float32)


class OpacityBy(ByField):
    """Opacities by the values of a field."""

    opacity: Annotated[tuple[float, float], Moving(FRACTIONS)] = (0.0, 1.0)
    """Opacities at the low and the high end of the range, 0 to 1. Default: `[0, 1]`."""

    def opacities(self, values: np.ndarray) -> np.ndarray:
        """Opacities (n,) float32 of values (n,)."""
        return self.between(values, self.opacity)


class _NumberOrBy(Parser):
    """A plain number that may move, or one of the models above."""

    def __init__(self, plain: Value, kind: type[ByField], optional: bool = False):
        self._kind = kind
        self._plain = Moving(plain, optional=optional)

    @property
    def right(self) -> str:
        key = next(reversed(self._kind.model_fields))
        return f"{self._plain.right}, or {{by: FIELD, range: [lo, hi], {key}: [low, high]}}"

    def parse(self, written: object) -> float | Track | ByField | None:
        if isinstance(written, self._kind):
            return written
        if isinstance(written, dict) and set(written) & set(self._kind.model_fields):
            return build(self._kind, written)
        number: float | Track | None = self._plain.parse(written)
        return number

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [*self._plain.json_schema()["anyOf"], self._kind.model_json_schema()]}


Sizing = Annotated[float | SizeBy | None, _NumberOrBy(POSITIVE, SizeBy, optional=True)]
"""A field of a layer: after `resolve` and `freeze` a number, or a SizeBy whose range is two numbers if it has one."""

Fading = Annotated[float | OpacityBy, _NumberOrBy(FRACTION, OpacityBy)]
"""A field of a layer: after `resolve` and `freeze` a number, or an OpacityBy with two numbers as its range."""
