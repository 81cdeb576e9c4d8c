"""Where a cloud is, and what its samples are called: masks, and labels with a colour each.

```yaml
mask: brain                                        # where this field is not 0
mask: {field: parts, values: [1, 4]}
labels: {1: red, 2: {color: "#00ff00", opacity: {0: 0, 2: 0.4}}}
```
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.errors import InputError, InputErrors, collecting, show
from moviemaker.core.kinds import Kind, build, shorthand
from moviemaker.core.values import NUMBERS, TEXT, optional
from moviemaker.timeline.tracks import Color, Fraction

LABEL_OPACITY = 0.2
"""Opacity of a label where the scene gives none."""

MOST_LABELS = 4000
"""As many as a table of looks has entries, or a few less."""


class Mask(Kind):
    """Where a field has one of some values; without values, where it is not 0."""

    field: Annotated[str, TEXT]
    values: Annotated[Any, optional(NUMBERS)] = None


class Label(Kind):
    """What samples of one value look like."""

    color: Color
    opacity: Fraction = LABEL_OPACITY


class _LabelsKey:
    right = "a mapping from values to colours, such as {1: red, 2: {color: blue, opacity: 0.5}}"

    def parse(self, written: Any) -> Any:
        if written is None or isinstance(written, tuple):
            return written
        if not isinstance(written, dict) or not written:
            raise InputError(f"{show(written)} is not a mapping of labels", f"write {self.right}")
        if len(written) > MOST_LABELS:
            raise InputError(f"{len(written)} labels are too many", f"write at most {MOST_LABELS}")
        labels: list[tuple[float, Any]] = []
        errors: list[InputError] = []
        for value, look in written.items():

            def note(error: InputError, value: Any = value) -> None:
                errors.append(InputError(error.what, error.instead, (value, *error.at)))

            with collecting(note):
                if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                    raise InputError(f"{show(value)} is not a value of a label", f"write {self.right}")
                whole = isinstance(look, dict) and bool(set(look) & set(Label.model_fields))
                if whole:
                    labels.append((float(value), build(Label, look)))
                else:
                    labels.append((float(value), _colored(look)))
        if errors:
            raise InputErrors(errors)
        return tuple(labels)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        look = Label.model_json_schema()
        plain = look["properties"]["color"]
        return {
            "anyOf": [
                {
                    "type": "object",
                    "patternProperties": {r"^-?[0-9.]+(e[+-]?[0-9]+)?$": {"anyOf": [plain, look]}},
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        }


def _colored(color: Any) -> Label:
    """A label of which only the colour is written: its mistakes stand right there."""
    try:
        return build(Label, {"color": color})
    except InputErrors as errors:
        raise InputErrors([InputError(one.what, one.instead, one.at[1:]) for one in errors.errors]) from None


MaskKey = Annotated[
    Any, optional(shorthand(Mask, "field", "mask", "the name of a field, or {field: NAME, values: [1, 2]}"))
]
LabelsKey = Annotated[Any, _LabelsKey()]
"""A field of a layer: ((value, Label), ...)."""
