"""Colours of what is coloured between its points as well: surfaces and slices."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import numpy as np
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.colormaps import color_table
from moviemaker.core.props import Palette
from moviemaker.layers._color_by import ColorBy, Coloring


def palette(color: Any) -> Palette:
    """The palette of a resolved, frozen model, or of one colour for every value."""
    if isinstance(color, ColorBy):
        low, high = color.range
        return Palette(color_table(color.colormap), low, high, color.scale == "log")
    return Palette(np.array([color, color], float), 0.0, 1.0)


class _ColoringOrNone:
    """A `Coloring`, or None for a key that need not be given."""

    _given = get_args(Coloring)[1]
    right = _given.right

    def parse(self, written: Any) -> Any:
        return None if written is None else self._given.parse(written)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        known = self._given.__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [*known["anyOf"], {"type": "null"}]}


OptionalColoring = Annotated[Any, _ColoringOrNone()]
"""A field of a layer: a `Coloring`, or None where the scene gives none."""
