"""A grid as a cloud: every value has a colour and an opacity, gathered along each line of sight.

`transfer` lists `[value, opacity]`; the opacity is the one reached over `unit_distance` of path, so that a length L of
a value with opacity a hides `1 - (1 - a) ** (L / unit_distance)` of what lies behind, whatever the `step` of sampling.

```yaml
kind: volume
data: halo
colormap: inferno
range: ["1%", "100%"]
transfer: [[80, 0.0], ["90%", 0.02], [255, 0.6]]
clip: [{kind: plane, origin: [0, 0, 0], normal: {0: [0, 0, 1], 4: [1, 0, 0]}}]
```

Shapes of transfer functions have names (`transfer: {peaks: [0.2, 0.5], width: 0.05, opacity: 0.3}`, see `_transfer`),
`colors: [[value, color], ...]` puts colours at values, and `scale: log` or `symlog` is for fields over many decades: on
it colours and opacities are as far apart as decades are. `gradient: [[magnitude, factor], ...]` makes the cloud so many
times as thick where the field changes by so much per scene unit. What overlaps with another cloud is mixed with it.

```yaml
kind: volume
data: head
range: [0, 255]
colors: [[60, "#c08060"], [120, bisque], [255, white]]
transfer: {ramp: [60, 130], opacity: {0: 0.2, 3: 0.9}}
gradient: [[2, 0.1], [12, 1]]
shade: true
specular: 0.2
```

`shade` lets the scene's lights fall on it: where the field hardly changes as on mist, where it changes as on a surface.
`mask` says where the cloud is, and `labels` gives each value of a field of labels its own look:

```yaml
kind: volume
data: head
field: parts
labels: {1: red, 2: {color: "#00ff00", opacity: 0.4}}
mask: {field: parts, values: [1, 2, 7]}
```

`blend: composite` gathers as mist does. `additive` shines and hides nothing: each length L adds the colour times
`a * L / unit_distance`. With `maximum`, `minimum` and `average` one value of those along the line of sight picks colour
and opacity as they stand.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.clips import kept
from moviemaker.core.colormaps import COLORMAP, STEPS, Colormap, color_table
from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid
from moviemaker.core.props import Prop, TransferFunction
from moviemaker.core.props import Volume as VolumeProp
from moviemaker.core.scales import LINEAR, Scale
from moviemaker.core.sources import Source
from moviemaker.core.values import NOT_NEGATIVE, POSITIVE, TEXT, TRUTH, Value, choice, list_of, mix_numbers, optional
from moviemaker.layers._clip import Clips
from moviemaker.layers._color_by import Range, settle_range
from moviemaker.layers._labels import LabelsKey, MaskKey
from moviemaker.layers._layer import Layer
from moviemaker.layers._near_camera import voxels
from moviemaker.layers._transfer import COLOR_POINTS, Ramp, ScaleName, Transfer, opacity_points, resolved
from moviemaker.timeline.tracks import Fraction, Moving

BLENDS = ("composite", "maximum", "minimum", "average", "additive")
UNSEEN = 1 / 255
"""Opacity that changes no pixel of 8 bits."""

LINEAR_PART = 1e-3
"""The linear part of a symmetric logarithmic scale, as a part of the larger end of the range, where none is given."""


def _parse_gradient(value: Any) -> Any:
    pairs = _FACTORS.parse(value)
    for index in range(1, len(pairs)):
        if pairs[index][0] < pairs[index - 1][0]:
            what = f"the magnitude {pairs[index][0]:g} comes after {pairs[index - 1][0]:g}"
            raise InputError(what, "write the magnitudes in ascending order", (index, 0))
    return pairs


_FACTOR_RIGHT = "a list of pairs: [[magnitude, factor], ...], none below 0"
_FACTORS = list_of(list_of(NOT_NEGATIVE, "two numbers: [magnitude, factor]", (2,)), _FACTOR_RIGHT)
GRADIENT = Value(_FACTOR_RIGHT, _parse_gradient, _FACTORS.schema, mix_numbers)


class Volume(Layer):
    """A cloud."""

    takes: ClassVar[type] = Grid

    kind: Literal["volume"] = "volume"
    field: Annotated[str | None, optional(TEXT)] = None
    range: Range = None
    scale: Annotated[ScaleName, choice("linear", "log", "symlog", noun="scale")] = "linear"
    linear_within: Annotated[float | None, optional(POSITIVE)] = None
    colormap: Annotated[Colormap, COLORMAP] = "inferno"
    colors: Annotated[Any, Moving(COLOR_POINTS, optional=True)] = None
    transfer: Transfer = None
    gradient: Annotated[Any, Moving(GRADIENT, optional=True)] = None
    labels: LabelsKey = None
    mask: MaskKey = None
    clip: Clips = ()
    unit_distance: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    blend: Annotated[str, choice(*BLENDS, noun="blend")] = "composite"
    shade: Annotated[bool, TRUTH] = False
    specular: Fraction = 0.0
    step: Annotated[Any, Moving(POSITIVE, optional=True)] = None

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields, where the scene names them."""
        named: list[tuple[Location, str]] = [] if self.field is None else [(("field",), self.field)]
        if self.mask is not None:
            named.append((("mask",) if self.mask.values is None else ("mask", "field"), self.mask.field))
        return tuple(named)

    def resolve(self, source: Source[Any]) -> Self:
        """The field, the range of colours, percentiles, and a first transfer function where the scene gives none.

        Raises:
            InputError: keys do not go together, or values do not fit on the scale.
        """
        self._check_keys()
        field = self.field or source.fields[0]
        if self.labels is not None:
            return self.model_copy(update={"field": field, "range": (0.0, 1.0)})
        positive = self.scale == "log"
        low_high = settle_range(self.range, source, field, positive)
        transfer = resolved(self.transfer or Ramp(), ("transfer",), source, field, positive)
        colors = resolved(self.colors, ("colors",), source, field, positive)
        return self.model_copy(update={"field": field, "range": low_high, "transfer": transfer, "colors": colors})

    def _check_keys(self) -> None:
        given = self.model_fields_set
        if self.colors is not None and "colormap" in given:
            raise InputError("colors and a colormap are given", "write one of them", ("colormap",))
        if self.linear_within is not None and self.scale != "symlog":
            raise InputError("only a scale: symlog has a linear part", "leave linear_within out", ("linear_within",))
        if self.labels is None:
            return
        for key in ("transfer", "colors", "colormap", "range", "scale", "gradient"):
            if key in given and getattr(self, key) is not None:
                raise InputError(f"labels have a look of their own, without {key}", f"leave {key} out", (key,))
        if self.blend not in ("composite", "additive"):
            raise InputError(f"labels have no {self.blend}", "write blend: composite, or leave it out", ("blend",))

    def props(self, sample: Grid) -> tuple[Prop, ...]:
        """One cloud."""
        scale = self._scale()
        return (
            VolumeProp(
                values=sample.field(self.field),
                origin=sample.origin,
                spacing=sample.spacing,
                transfer=self._transfer(scale),
                opacity=self.opacity,
                unit_distance=self.unit_distance or sample.diagonal / 100,
                step=self.step or min(sample.spacing),
                blend=self.blend,
                shade=self.shade,
                direction=sample.direction,
                specular=self.specular,
                gradient=self.gradient or (),
                scale=scale,
                mask=None if self.mask is None else sample.field(self.mask.field),
                mask_values=() if self.mask is None else self.mask.values or (),
                labels=tuple(value for value, _ in self.labels or ()),
                clips=tuple(clip.clip() for clip in self.clip),
            ),
        )

    def _scale(self) -> Scale:
        """The scale; what is not the scene's own number is a power of ten, so that it seldom changes."""
        if self.scale == "linear":
            return LINEAR
        if self.scale == "symlog":
            ends = max(abs(end) for end in self.range)
            return Scale("symlog", self.linear_within or 10 ** math.floor(math.log10(ends * LINEAR_PART)))
        every = Scale("log", 1e-300)
        first = min(opacity_points(self.transfer, self.range, every)[0][0], math.log10(self.range[0]))
        if self.colors is not None:
            first = min(first, math.log10(self.colors[0][0]))
        return Scale("log", 10.0 ** max(math.floor(first), -300))

    def _transfer(self, scale: Scale) -> TransferFunction:
        """What places on the scale look like."""
        if self.labels is not None:
            looks = [look for _, look in self.labels]
            colors = np.array([looks[0].color, *(look.color for look in looks)])
            opacities = ((0.0, 0.0), *((index + 1.0, look.opacity) for index, look in enumerate(looks)))
            return TransferFunction(np.arange(len(colors), dtype=float), colors, opacities)
        opacities = opacity_points(self.transfer, self.range, scale)
        if self.colors is not None:
            places = scale.of(np.array([value for value, _ in self.colors], float))
            return TransferFunction(places, np.array([color for _, color in self.colors], float), opacities)
        low, high = scale.of(np.array(self.range, float))
        return TransferFunction(np.linspace(low, high, STEPS), color_table(self.colormap), opacities)

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The voxels whose mist is thick enough to be seen before it is out of reach."""
        if self.labels is not None:
            places = np.array([value for value, _ in self.labels])
            opacities = np.array([look.opacity for _, look in self.labels], dtype=np.float64)
        else:
            places, opacities = np.array(opacity_points(self.transfer, self.range, self._scale()), np.float64).T
        if self.blend in ("composite", "additive"):
            opacities = 1 - (1 - opacities) ** (reach / (self.unit_distance or sample.diagonal / 100))
        opacities = opacities * self.opacity

        def shown(values: np.ndarray) -> np.ndarray:
            if self.labels is not None:
                return np.isin(values, places[opacities > UNSEEN])
            found = np.interp(self._scale().of(values), places, opacities)
            return np.asarray(np.isfinite(values) & (found > UNSEEN))

        found = voxels(sample, sample.field(self.field), place, reach, shown)
        return np.asarray(found[kept(found, tuple(clip.clip() for clip in self.clip))])
