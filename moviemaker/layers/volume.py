"""A grid as a ray-cast volume: every value has a colour and an opacity, composited along each line of sight.

`transfer` lists `[value, opacity]`. The opacity is the one reached over `unit_distance` of path: a path of length L
through a value with opacity a hides `1 - (1 - a) ** (L / unit_distance)` of what lies behind, whatever the `step` of
sampling.

```yaml
kind: volume
data: halo
colormap: inferno
range: ["1%", "100%"]
transfer: [[80, 0.0], ["90%", 0.02], [255, 0.6]]
clip: [{kind: plane, origin: [0, 0, 0], normal: {0: [0, 0, 1], 4: [1, 0, 0]}}]
```

A transfer function may also be a named shape: `ramp`, `{ramp: ["50%", "99%"], opacity: 0.3}`, `{peaks: [0.2, 0.5],
width: 0.05, opacity: 0.3}` or `{threshold: 0.2, opacity: 0.3}`. `colors: [[value, color], ...]` puts colours at values.
`scale: log` and `scale: symlog` are for fields over many decades: colours and opacities are interpolated in decades.
`gradient: [[magnitude, factor], ...]` multiplies the density where the field changes by that magnitude per scene unit.
Volumes that overlap are mixed.

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

`shade` lights the volume with the scene's lights: like a surface where the field changes, on the side that is turned to
the camera, and from all sides alike where it hardly changes. `mask` says where the volume is drawn, and `labels` gives
each value of a categorical field its own colour and opacity:

```yaml
kind: volume
data: head
field: parts
labels: {1: red, 2: {color: "#00ff00", opacity: 0.4}}
mask: {field: parts, values: [1, 2, 7]}
```

`preset` is a ready transfer function with its colours for medical scans: `bone`, `skin`, `muscle`, `lung` and
`vessels` of CT in Hounsfield units, `mr` and `mr_vessels` of magnetic resonance. Presets may be mixed, and their
weights may move:

```yaml
kind: volume
data: head
preset: {bone: 1, skin: {0: 1, 4: 0.05}}
hounsfield: [24, 1024]    # values of air and of water in the file
```

The thresholds are published ones: lung from -900 to -500 (L. Gattinoni et al., Am. J. Respir. Crit. Care Med. 164,
1701, 2001), muscle from -29 to 150 (N. Mitsiopoulos et al., J. Appl. Physiol. 85, 115, 1998), bone from 150 (C. E.
Misch, Contemporary Implant Dentistry, 2008), vessels with a contrast medium from 130 (A. S. Agatston et al., J. Am.
Coll. Cardiol. 15, 827, 1990). Those of magnetic resonance are percentiles of what stands out from the background.

`blend: composite` lets what is in front hide what is behind. `additive` adds light and hides nothing: each length L
adds the colour times `a * L / unit_distance`. With `maximum`, `minimum` and `average` one value along the line of sight
picks the colour and the opacity as they are.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.clips import kept
from moviemaker.core.colormaps import COLORMAP, STEPS, Colormap, color_table
from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid
from moviemaker.core.histograms.hounsfield import AIR, WATER
from moviemaker.core.props import Prop, TransferFunction
from moviemaker.core.props import Volume as VolumeProp
from moviemaker.core.scales import LINEAR, Scale
from moviemaker.core.sources import Source, first_time
from moviemaker.core.values import (
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    SIGNED_FRACTION,
    TEXT,
    TRUTH,
    Value,
    choice,
    list_of,
    mix_numbers,
    optional,
)
from moviemaker.layers._color_by import Range, in_numbers, resolve_range
from moviemaker.layers._layer import Layer
from moviemaker.layers._near_camera import voxels
from moviemaker.layers._transfer import (
    COLOR_POINTS,
    ColorPoints,
    Ramp,
    ScaleName,
    Transfer,
    opacity_points,
    resolved,
)
from moviemaker.layers.planes.clip import Clips
from moviemaker.layers.volumes.automatic import LINEAR_PART, automatic, automatic_parts
from moviemaker.layers.volumes.labels import LABELS, LabelsKey, MaskKey
from moviemaker.layers.volumes.presets import HOUNSFIELD, PresetKey, mixed, resolve_presets
from moviemaker.layers.volumes.tissues import is_ct
from moviemaker.timeline.tracks import Moving, Track

BLENDS = ("composite", "maximum", "minimum", "average", "additive")
UNSEEN = 1 / 255
"""Largest opacity that changes no pixel of 8 bits."""

MOST_STEPS = 100_000
"""Largest number of samples along a ray, about a hundred for each voxel of a large grid."""
_OF_VALUES = {"transfer", "range", "colormap", "colors", "scale", "gradient"}
"""Keys that say how values are drawn."""

FINE_STEP = 0.5
"""Step of shaded presets, voxels: longer ones leave rings on surfaces as opaque as a bone's."""


Factors = tuple[tuple[float, float], ...]
"""Pairs of a magnitude of the gradient and a factor."""


def _parse_gradient(value: object) -> Factors:
    pairs: Factors = _FACTORS.parse(value)
    for index in range(1, len(pairs)):
        if pairs[index][0] < pairs[index - 1][0]:
            what = f"the magnitude {pairs[index][0]:g} comes after {pairs[index - 1][0]:g}"
            raise InputError(what, "write the magnitudes in ascending order", (index, 0))
    return pairs


_FACTOR_RIGHT = "a list of pairs: [[magnitude, factor], ...], none below 0"
_FACTORS = list_of(list_of(NOT_NEGATIVE, "two numbers: [magnitude, factor]", (2,)), _FACTOR_RIGHT)
GRADIENT = Value(_FACTOR_RIGHT, _parse_gradient, _FACTORS.schema, mix_numbers)


class Volume(Layer):
    """A grid as a ray-cast volume."""

    takes: ClassVar[type] = Grid

    kind: Literal["volume"] = "volume"

    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the field that is drawn. Default: the first field of the grid."""

    range: Range = None
    """Values at both ends of the colormap, `[lo, hi]`, or percentiles of the whole movie, `["1%", "99%"]`. Default: the
    least and the greatest value of the whole movie; without a `transfer`, those of what is drawn."""

    scale: Annotated[ScaleName, choice("linear", "log", "symlog", noun="scale")] = "linear"
    """`linear` (default); `log`, for positive values over many decades; or `symlog`, for values of both signs."""

    linear_within: Annotated[float | None, optional(POSITIVE)] = None
    """With `scale: symlog`, the scale is linear from minus to plus this value. Default: about a thousandth of the
    larger end of the range."""

    colormap: Annotated[Colormap, COLORMAP] = "inferno"
    """A Matplotlib colormap's name, or a list of colours, evenly spaced over the range. Default: inferno; without a
    `transfer`, one for both signs if both are drawn."""

    colors: Annotated[ColorPoints | None, Moving(COLOR_POINTS, optional=True)] = None
    """Colours at values instead of a colormap: `[[60, "#c08060"], [120, bisque], [255, white]]`."""

    transfer: Transfer = None
    """Opacities of values, reached over `unit_distance`: `[[80, 0], ["90%", 0.02], [255, 0.6]]`; or a shape: `ramp`, or
    a mapping with `ramp`, `peaks` or `threshold`. Default: a ramp over the range, up to 0.1."""

    preset: PresetKey = None
    """A ready transfer function with its colours: `bone`, `skin`, `muscle`, `lung` or `vessels` for CT, `mr` or
    `mr_vessels` for magnetic resonance; a list of them; or weights, `{bone: 1, skin: {0: 1, 4: 0.05}}`."""

    hounsfield: Annotated[tuple[float, float] | None, HOUNSFIELD] = None
    """With a preset for CT, the values of air and of water in the data. Default: [-1000, 0], or moved by 1024 or 1000
    if the values show it."""

    gradient: Annotated[Factors | None, Moving(GRADIENT, optional=True)] = None
    """Factors on the density by the magnitude of the field's gradient, in units of the field per scene unit:
    `[[2, 0.1], [12, 1]]` thins out the interior and keeps edges."""

    labels: LabelsKey = None
    """Colours of the values of a categorical field: `{1: red, 2: {color: "#00ff00", opacity: 0.4}}`. Values without a
    colour are not drawn, and nothing is interpolated between two values. Default: for few whole numbers that change
    only at the edges of parts, a colour for each, if neither opacities nor other colours are given."""

    mask: MaskKey = None
    """Where the volume is drawn: the name of a field that is not 0 there, or `{field: parts, values: [1, 4]}`."""

    clip: Clips = ()
    """What is cut away: a list of boxes, planes and spheres, such as
    `[{kind: plane, origin: [0, 0, 0], normal: [0, 0, 1]}]`."""

    unit_distance: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Length of path over which the opacities are reached, scene units. Default: a hundredth of the grid's diagonal."""

    blend: Annotated[str, choice(*BLENDS, noun="blend")] = "composite"
    """How values along a line of sight are combined: `composite` (default), `additive`, `maximum`, `minimum` or
    `average`."""

    shade: Annotated[bool | None, optional(TRUTH)] = None
    """Whether the scene's lights shade the volume by its gradient. Default: true with a `phase`, or what is best for a
    `preset`; otherwise false."""

    specular: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """Strength of the highlights of a shaded volume, 0 to 1. Default: 0, or what is best for the `preset`."""

    phase: Annotated[float | None, Moving(SIGNED_FRACTION, optional=True)] = None
    """How thin parts of a shaded volume scatter the light of lamps: 1 is on in its own direction, so that they shine
    when a lamp is behind them, -1 is back, and 0 is to all sides. Default: 0 with `look: cinematic`; other looks do not
    follow light that is scattered."""

    step: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Distance between samples along a ray, scene units; opacity does not depend on it. Default: one voxel, for a
    shaded `preset` half of one."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that the scene names."""
        named: list[tuple[Location, str]] = [] if self.field is None else [(("field",), self.field)]
        if self.mask is not None:
            named.append((("mask",) if self.mask.values is None else ("mask", "field"), self.mask.field))
        return tuple(named)

    def resolve(self, source: Source[Any]) -> Self:
        """The field, the range of colours, percentiles, and a transfer function if the scene gives none.

        Raises:
            InputError: keys contradict each other, or values do not fit on the scale.
        """
        self._check_keys()
        self._check_step(source)
        field = self.field or source.fields[0]
        if self.preset is not None:
            return self._resolve_preset(source, field)
        if self.labels is not None:
            return self.model_copy(update={"field": field, "range": (0.0, 1.0)})
        is_free = not self.model_fields_set & _OF_VALUES and self.blend in ("composite", "additive")
        if is_free and (parts := automatic_parts(source, field)):
            shade = True if self.shade is None else self.shade
            found = {"field": field, "range": (0.0, 1.0), "labels": LABELS.parse(parts), "shade": shade}
            return self.model_copy(update=found)
        positive = self.scale == "log"
        colors = resolved(self.colors, ("colors",), source, field, positive)
        known = {"field": field, "colors": colors}
        low_high = None if self.range is None else resolve_range(self.range, source, field, positive)
        if self.transfer is not None or isinstance(low_high, Track):
            low_high = low_high or resolve_range(None, source, field, positive)
            transfer = resolved(self.transfer or Ramp(), ("transfer",), source, field, positive)
            return self.model_copy(update=known | {"range": low_high, "transfer": transfer})
        ends = None if low_high is None else in_numbers(low_high)
        auto = automatic(source, field, self.blend, ends, self.scale, self.linear_within)
        if "colormap" not in self.model_fields_set:
            known["colormap"] = auto.colormap
        return self.model_copy(update=known | {"range": auto.range, "transfer": auto.transfer})

    def _resolve_preset(self, source: Source[Any], field: str) -> Self:
        assert self.preset is not None
        tissues, hounsfield = resolve_presets(self.preset, self.hounsfield, source, field)
        ends = [value for tissue, _ in tissues for value, _ in tissue.opacities]
        first = tissues[0][0]
        return self.model_copy(
            update={
                "field": field,
                "preset": tissues,
                "hounsfield": hounsfield,
                "range": (min(ends), max(ends)),
                "shade": any(tissue.shade for tissue, _ in tissues) if self.shade is None else self.shade,
                "specular": first.specular if self.specular is None else self.specular,
            }
        )

    def remarks(self, written: Self) -> tuple[str, ...]:
        """Where air and water were found, if this is elsewhere than in Hounsfield units."""
        if written.hounsfield is not None or self.hounsfield in (None, (AIR, WATER)):
            return ()
        air, water = self.hounsfield or (AIR, WATER)
        return (
            f"the values of {self.field!r} look like Hounsfield units that are moved up by {water - WATER:g}: air is "
            f"taken to have {air:g} and water {water:g}; if this is right, write hounsfield: [{air:g}, {water:g}]",
        )

    def _check_step(self, source: Source[Any]) -> None:
        """Raises InputError, at `step`, if a ray would take longer than any picture is worth."""
        if self.step is None:
            return
        shortest = min(self.step.values) if isinstance(self.step, Track) else self.step
        least = source.at(first_time(source)).diagonal / MOST_STEPS
        if shortest < least:
            what = f"a step of {shortest:g} makes more than {MOST_STEPS} samples along a ray"
            raise InputError(what, f"write at least {least:.3g}, or leave it out: a voxel is enough", ("step",))

    def _check_keys(self) -> None:
        given = self.model_fields_set
        if self.colors is not None and "colormap" in given:
            raise InputError("colors and a colormap are given", "write one of them", ("colormap",))
        if self.linear_within is not None and self.scale != "symlog":
            raise InputError("only a scale: symlog has a linear part", "leave linear_within out", ("linear_within",))
        if self.hounsfield is not None and (self.preset is None or not all(is_ct(name) for name, _ in self.preset)):
            raise InputError("only a preset for CT has Hounsfield units", "leave hounsfield out", ("hounsfield",))
        if self.preset is not None:
            for key in ("transfer", "colors", "colormap", "range", "scale", "labels"):
                if key in given and getattr(self, key) is not None:
                    raise InputError(f"a preset has a {key} of its own", f"leave {key} or preset out", (key,))
            if self.blend not in ("composite", "additive"):
                raise InputError(f"a preset has no {self.blend}", "write blend: composite, or leave it out", ("blend",))
        if self.labels is None:
            return
        for key in ("transfer", "colors", "colormap", "range", "scale", "gradient"):
            if key in given and getattr(self, key) is not None:
                raise InputError(
                    f"labels have colours and opacities of their own, without {key}", f"leave {key} out", (key,)
                )
        if self.blend not in ("composite", "additive"):
            raise InputError(f"labels have no {self.blend}", "write blend: composite, or leave it out", ("blend",))

    def props(self, sample: Grid) -> tuple[Prop, ...]:
        """One volume."""
        scale = self._scale()
        return (
            VolumeProp(
                values=sample.field(self.field),
                origin=sample.origin,
                spacing=sample.spacing,
                transfer=self._transfer(scale),
                opacity=self.opacity,
                unit_distance=self.unit_distance or sample.diagonal / 100,
                step=self.step or min(sample.spacing) * (FINE_STEP if self.preset is not None and self.shade else 1.0),
                blend=self.blend,
                shade=self.phase is not None if self.shade is None else self.shade,
                direction=sample.direction,
                inside=sample.inside,
                nearest=self.field in sample.categorical,
                specular=self.specular or 0.0,
                phase=self.phase,
                gradient=self.gradient or (),
                scale=scale,
                mask=None if self.mask is None else sample.field(self.mask.field),
                mask_values=() if self.mask is None else self.mask.values or (),
                labels=tuple(value for value, _ in self.labels or ()),
                clips=tuple(clip.clip() for clip in self.clip),
            ),
        )

    def _scale(self) -> Scale:
        """The scale. A part of it that the scene does not give is a power of ten, so that it seldom changes."""
        if self.scale == "linear":
            return LINEAR
        low_high = in_numbers(self.range)
        if self.scale == "symlog":
            ends = max(abs(end) for end in low_high)
            return Scale("symlog", self.linear_within or 10 ** math.floor(math.log10(ends * LINEAR_PART)))
        every = Scale("log", 1e-300)
        first = min(opacity_points(self.transfer, low_high, every)[0][0], math.log10(low_high[0]))
        if self.colors is not None:
            first = min(first, math.log10(float(self.colors[0][0])))
        return Scale("log", 10.0 ** max(math.floor(first), -300))

    def _transfer(self, scale: Scale) -> TransferFunction:
        """The colours and opacities of places on the scale."""
        if self.preset is not None:
            return mixed(self.preset)
        if self.labels is not None:
            labels = [label for _, label in self.labels]
            colors = np.array([labels[0].color, *(label.color for label in labels)])
            opacities = ((0.0, 0.0), *((index + 1.0, label.opacity) for index, label in enumerate(labels)))
            return TransferFunction(np.arange(len(colors), dtype=float), colors, opacities)
        low_high = in_numbers(self.range)
        opacities = opacity_points(self.transfer, low_high, scale)
        if self.colors is not None:
            places = scale.of(np.array([value for value, _ in self.colors], float))
            return TransferFunction(places, np.array([color for _, color in self.colors], float), opacities)
        low, high = scale.of(np.array(low_high, float))
        return TransferFunction(np.linspace(low, high, STEPS), color_table(self.colormap), opacities)

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The voxels that are opaque enough to be visible within reach."""
        if self.labels is not None:
            places = np.array([value for value, _ in self.labels])
            opacities = np.array([label.opacity for _, label in self.labels], dtype=np.float64)
        else:
            places, opacities = np.array(self._transfer(self._scale()).opacities, np.float64).T
        if self.blend in ("composite", "additive"):
            opacities = 1 - (1 - opacities) ** (reach / (self.unit_distance or sample.diagonal / 100))
        opacities = opacities * self.opacity

        def visible(values: np.ndarray) -> np.ndarray:
            if self.labels is not None:
                return np.isin(values, places[opacities > UNSEEN])
            found = np.interp(self._scale().of(values), places, opacities)
            return np.asarray(np.isfinite(values) & (found > UNSEEN))

        found = voxels(sample, sample.field(self.field), place, reach, visible)
        return np.asarray(found[kept(found, tuple(clip.clip() for clip in self.clip))])
