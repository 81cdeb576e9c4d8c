"""Presets of a volume: transfer functions with names, which may be mixed.

```yaml
preset: bone
preset: [bone, skin]
preset: {bone: 1, skin: {0: 1, 4: 0.05}}      # the skin becomes thin
hounsfield: [24, 1024]                        # the values of air and of water in the file
```

Mixed presets lie in each other as if two substances filled the same space: their optical depths, each times its weight,
add up, and their colours mix in that proportion (N. Max, "Optical models for direct volume rendering", IEEE TVCG 1,
1995).
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from moviemaker.core.errors import InputError, InputErrors, collecting, show, suggest
from moviemaker.core.histograms.auto_transfer import some_values
from moviemaker.core.histograms.hounsfield import air_and_water
from moviemaker.core.props import TransferFunction
from moviemaker.core.sources import Source
from moviemaker.core.values import INTERVAL, NOT_NEGATIVE, JsonSchema, Parser, Value, optional
from moviemaker.layers.volumes.tissues import NAMES, Tissue, in_values, is_ct, of_body
from moviemaker.timeline.tracks import Moving

_WEIGHT = Moving(NOT_NEGATIVE)
_FINE = 512
"""Places at which mixed opacities are known: their logarithms are what is linear between the points."""
_MOST_OPAQUE = 0.9999


class _PresetKey(Parser):
    """A name, a list of names, or a mapping from names to weights that may move."""

    right = "a name such as bone, a list of names, or a mapping such as {bone: 1, skin: 0.2}"

    def parse(self, written: object) -> tuple[tuple[str, Any], ...] | None:
        if written is None or isinstance(written, tuple):
            return written
        if isinstance(written, str):
            return ((_name(written), 1.0),)
        if not isinstance(written, dict | list) or not written:
            raise InputError(f"{show(written)} is not a preset", f"write {self.right}")
        found: list[tuple[str, Any]] = []
        errors: list[InputError] = []
        for index, name in enumerate(written):
            at = (index,) if isinstance(written, list) else (name,)

            def note(error: InputError, at: tuple[Any, ...] = at) -> None:
                errors.append(InputError(error.what, error.instead, (*at, *error.at)))

            with collecting(note):
                weight = _WEIGHT.parse(written[name]) if isinstance(written, dict) else 1.0
                if any(_name(name) == known for known, _ in found):
                    raise InputError(f"{name} is there twice", "write it once")
                found.append((_name(name), weight))
        if not errors and len({is_ct(name) for name, _ in found}) > 1:
            errors = [InputError("presets for CT and for MR are mixed", "write presets of one of them")]
        if errors:
            raise InputErrors(errors)
        return tuple(found)

    def json_schema(self) -> JsonSchema:
        names = {"enum": list(NAMES)}
        weights = {
            "type": "object",
            "properties": {name: _WEIGHT.json_schema() | {"description": f"Weight of {name}."} for name in NAMES},
            "additionalProperties": False,
        }
        return {"anyOf": [names, {"type": "array", "items": names, "minItems": 1}, weights, {"type": "null"}]}


def _name(written: object) -> str:
    if not isinstance(written, str) or written not in NAMES:
        raise InputError(f"no such preset {show(written)}", suggest(str(written), NAMES, "preset"))
    return written


PresetKey = Annotated[tuple[tuple[Any, float], ...] | None, _PresetKey()]
"""A field of a layer: ((name, weight), ...), and ((tissue, weight), ...) once it is resolved."""


def _parse_scale(value: object) -> tuple[float, float]:
    air, water = INTERVAL.parse(value)
    if air >= water:
        raise InputError(f"air at {air:g} is not below water at {water:g}", "write the value of air first")
    return air, water


HOUNSFIELD = optional(
    Value("the values of air and of water in the data: [-1000, 0]", _parse_scale, INTERVAL.schema, mix=None)
)


def resolve_presets(
    written: tuple[tuple[str, Any], ...], hounsfield: tuple[float, float] | None, source: Source[Any], field: str
) -> tuple[tuple[tuple[Tissue, Any], ...], tuple[float, float] | None]:
    """Tissues in the values of a field with their weights, and the values of air and of water for those of CT.

    Args:
        written: names and weights.
        hounsfield: the values of air and of water; None: to be found.
        source: an open grid.
        field: name of the field.

    Raises:
        InputError: the values are not those of a CT scan, and the scene does not say where air and water are.
    """
    if not is_ct(written[0][0]):
        values = some_values(source, field)
        values = values if len(values) else np.zeros(1)
        return tuple((of_body(name, values), weight) for name, weight in written), None
    if hounsfield is None:
        values = some_values(source, field)
        hounsfield = air_and_water(values)
        if hounsfield is None:
            low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
            what = f"the values of {field!r} go from {low:g} to {high:g} and do not look like Hounsfield units"
            right = "write the values of air and of water beside it, such as hounsfield: [24, 1024]; or preset: mr"
            raise InputError(what, right, ("preset",))
    return tuple((in_values(name, *hounsfield), weight) for name, weight in written), hounsfield


def mixed(tissues: tuple[tuple[Tissue, float], ...]) -> TransferFunction:
    """The transfer function of resolved, frozen presets."""
    ends = [value for tissue, _ in tissues for value, _ in (*tissue.opacities, *tissue.colors)]
    points = [value for tissue, _ in tissues for value, _ in tissue.opacities]
    places = np.union1d(np.linspace(min(ends), max(ends), _FINE), points)
    depth = np.zeros(len(places))
    light = np.zeros((len(places), 3))
    for tissue, weight in tissues:
        opacity = np.minimum(np.interp(places, *np.array(tissue.opacities).T), _MOST_OPAQUE)
        color = np.array([color for _, color in tissue.colors])
        at = [value for value, _ in tissue.colors]
        painted = np.column_stack([np.interp(places, at, part) for part in color.T])
        own = -np.log1p(-opacity) * weight
        depth += own
        # What has no depth still has a colour, which a little of every tissue gives.
        light += painted * (own + 1e-9)[:, None]
    colors = light / (depth + 1e-9 * len(tissues))[:, None]
    opacities = zip(places.tolist(), (-np.expm1(-depth)).tolist(), strict=True)
    return TransferFunction(places, np.clip(colors, 0, 1), tuple(opacities))
