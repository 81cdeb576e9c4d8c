"""Sizes and opacities by value: one for all, or `{by: FIELD, range: [lo, hi], size: [s0, s1], scale: linear | log}`.

Values between the two of `range` give what is between the two ends, those beyond it the nearer end. The range is the
field's own over the whole movie unless it is given, in values or in percentiles. A size without the ends is the value
of the field itself, in scene units, such as a smoothing length.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, build
from moviemaker.core.sources import Source
from moviemaker.core.values import FRACTION, NOT_NEGATIVE, POSITIVE, TEXT, Value, list_of
from moviemaker.layers._color_by import SCALE, Range, settle_range
from moviemaker.timeline.tracks import Moving

SIZES = list_of(NOT_NEGATIVE, "two sizes: [at the low end, at the high end]", (2,))
FRACTIONS = list_of(FRACTION, "two opacities: [at the low end, at the high end]", (2,))


class ByField(Kind):
    """Numbers taken from a field. A resolved one has a range of two numbers."""

    by: Annotated[str, TEXT]
    range: Range = None
    scale: Annotated[str, SCALE] = "linear"

    def resolve(self, source: Source[Any]) -> Self:
        """The same with its range made definite.

        Raises:
            InputError: the field has several columns; a logarithmic range does not begin above 0.
        """
        first = 0.0 if source.times is None else float(source.times[0])
        if source.at(first, (self.by,)).fields[self.by].ndim != 1:
            such = f"{self.by}_magnitude" if f"{self.by}_magnitude" in source.fields else "speed"
            right = f"name a field with one number for each particle, such as {such}"
            raise InputError(f"{self.by!r} has several columns", right, ("by",))
        return self.model_copy(
            update={"range": settle_range(self.range, source, self.by, positive=self.scale == "log")}
        )

    def between(self, values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
        """Numbers (n,) float32 for values (n,) by a resolved, frozen model; 0 for values that are not finite.

        Args:
            values: of the field.
            ends: the numbers at the ends of the range.
        """
        low, high = self.range
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
    """Sizes by a field."""

    size: Annotated[Any, Moving(SIZES, optional=True)] = None

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        for key in ("range", "scale"):
            if self.size is None and key in self.model_fields_set:
                what = f"{key} says nothing without the sizes at its ends"
                raise InputError(what, f"write size: [s0, s1] beside it, or leave {key} out", (key,))
        return self

    def resolve(self, source: Source[Any]) -> Self:
        """The same with its range made definite, if it has one."""
        resolved = super().resolve(source)
        return resolved if self.size is not None else self

    def sizes(self, values: np.ndarray) -> np.ndarray:
        """Sizes (n,) float32, scene units, of values (n,); 0, which shows nothing, for what is not a size."""
        if self.size is not None:
            return self.between(values, self.size)
        return np.where(np.isfinite(values) & (values > 0), values, 0).astype(np.float32)


class OpacityBy(ByField):
    """Opacities by a field."""

    opacity: Annotated[Any, Moving(FRACTIONS)] = (0.0, 1.0)

    def opacities(self, values: np.ndarray) -> np.ndarray:
        """Opacities (n,) float32 of values (n,)."""
        return self.between(values, self.opacity)


class _NumberOrBy:
    """A plain number that may move, or a model of the above."""

    def __init__(self, plain: Value, kind: type[ByField], optional: bool = False):
        self._kind = kind
        self._plain = Moving(plain, optional=optional)

    def parse(self, written: Any) -> Any:
        if isinstance(written, self._kind):
            return written
        if isinstance(written, dict) and set(written) & set(self._kind.model_fields):
            return build(self._kind, written)
        return self._plain.parse(written)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        plain = self._plain.__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [*plain.get("anyOf", [plain]), self._kind.model_json_schema()]}


Sizing = Annotated[Any, _NumberOrBy(POSITIVE, SizeBy, optional=True)]
"""A field of a layer: after `resolve` and `freeze` a number, or a SizeBy whose range is two numbers if it has one."""

Fading = Annotated[Any, _NumberOrBy(FRACTION, OpacityBy)]
"""A field of a layer: after `resolve` and `freeze` a number, or an OpacityBy with two numbers as its range."""
