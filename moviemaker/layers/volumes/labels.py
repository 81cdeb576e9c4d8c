"""Masks, which say where a volume is drawn, and categorical labels with a colour each.

```yaml
mask: brain                                        # where the field is not 0
mask: {field: parts, values: [1, 4]}
labels: {1: red, 2: {color: "#00ff00", opacity: {0: 0, 2: 0.4}}}
```
"""

from __future__ import annotations

import math
from typing import Annotated

from moviemaker.core.errors import InputError, InputErrors, collecting, show
from moviemaker.core.kinds import Kind, build, shorthand
from moviemaker.core.values import NUMBERS, TEXT, JsonSchema, Parser, optional
from moviemaker.timeline.tracks import SECONDS, Color, Fraction

LABEL_OPACITY = 0.2
"""Opacity of a label if the scene gives none."""

MOST_LABELS = 4000
"""A little less than the number of entries in the table of labels."""


class Mask(Kind):
    """Where a field has one of some values; without values, where it is not 0."""

    field: Annotated[str, TEXT]
    """Name of a field of the same data."""

    values: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    """Values of the field where the volume is drawn: `[1, 4]`. Default: all but 0."""


class Label(Kind):
    """Colour and opacity of the samples of one value."""

    color: Color
    """Colour of the samples."""

    opacity: Fraction = LABEL_OPACITY
    """Opacity reached over `unit_distance`, 0 to 1. Default: 0.2."""


class _LabelsKey(Parser):
    """A mapping from values to colours or to models of labels."""

    right = "a mapping from values to colours, such as {1: red, 2: {color: blue, opacity: 0.5}}"

    def parse(self, written: object) -> tuple[tuple[float, Label], ...] | None:
        if written is None or isinstance(written, tuple):
            return written
        if not isinstance(written, dict) or not written:
            raise InputError(f"{show(written)} is not a mapping of labels", f"write {self.right}")
        if len(written) > MOST_LABELS:
            raise InputError(f"{len(written)} labels are too many", f"write at most {MOST_LABELS}")
        labels: list[tuple[float, Label]] = []
        errors: list[InputError] = []
        for value, label in written.items():

            def note(error: InputError, value: float = value) -> None:
                errors.append(InputError(error.what, error.instead, (value, *error.at)))

            with collecting(note):
                if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                    raise InputError(f"{show(value)} is not a value of a label", f"write {self.right}")
                if isinstance(label, dict) and set(label) & set(Label.model_fields):
                    labels.append((float(value), build(Label, label)))
                else:
                    labels.append((float(value), _colored(label)))
        if errors:
            raise InputErrors(errors)
        return tuple(labels)

    def json_schema(self) -> JsonSchema:
        label = Label.model_json_schema()
        plain = label["properties"]["color"]
        labels = {
            "type": "object",
            "patternProperties": {SECONDS: {"anyOf": [plain, label]}},
            "additionalProperties": False,
        }
        return {"anyOf": [labels, {"type": "null"}]}


def _colored(color: object) -> Label:
    """A label of which only the colour is written: errors are at the place of the label itself."""
    try:
        return build(Label, {"color": color})
    except InputErrors as errors:
        raise InputErrors([InputError(one.what, one.instead, one.at[1:]) for one in errors.errors]) from None


MaskKey = Annotated[
    Mask | None, optional(shorthand(Mask, "field", "mask", "the name of a field, or {field: NAME, values: [1, 2]}"))
]
LABELS = _LabelsKey()
LabelsKey = Annotated[tuple[tuple[float, Label], ...] | None, LABELS]
"""A field of a layer: ((value, Label), ...)."""
