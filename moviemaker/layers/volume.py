"""A grid as a cloud: every value has a colour and an opacity, gathered along each line of sight.

`transfer` lists `[value, opacity]`; the opacity is the one reached over `unit_distance` of path, so that a length L of
a value with opacity a hides `1 - (1 - a) ** (L / unit_distance)` of what lies behind, whatever the `step` of sampling.

```yaml
kind: volume
data: halo
colormap: inferno
range: ["1%", "100%"]
transfer: [[0, 0.0], [80, 0.02], [255, 0.6]]
```
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.colormaps import COLORMAP, STEPS, Colormap, color_table
from moviemaker.core.errors import Location, Mistake
from moviemaker.core.fields import Grid, Source
from moviemaker.core.props import Prop, TransferFunction
from moviemaker.core.props import Volume as VolumeProp
from moviemaker.core.values import PAIRS, POSITIVE, TEXT, TRUTH, Value, choice, optional
from moviemaker.layers._coloring import Range, settle_range
from moviemaker.layers._layer import Layer
from moviemaker.layers._nearby import voxels
from moviemaker.timeline.tracks import Moving

BLENDS = ("composite", "maximum", "minimum", "average", "additive")
FIRST_OPACITY = 0.1
"""Opacity at the top of the range where the scene gives no transfer function."""
UNSEEN = 1 / 255
"""Opacity that changes no pixel of 8 bits."""


def _parse_transfer(value: Any) -> Any:
    pairs = PAIRS.parse(value)
    for index, (_, opacity) in enumerate(pairs):
        if not 0 <= opacity <= 1:
            raise Mistake(f"the opacity {opacity:g} is out of range", "write a number from 0 to 1", (index, 1))
    for index, (before, now) in enumerate(pairwise(pairs), start=1):
        if now[0] < before[0]:
            what = f"the value {now[0]:g} comes after {before[0]:g}"
            raise Mistake(what, "write the values in ascending order", (index, 0))
    return pairs


TRANSFER = Value("a list of pairs: [[value, opacity], ...]", _parse_transfer, PAIRS.schema, PAIRS.mix)


class Volume(Layer):
    """A cloud."""

    takes: ClassVar[type] = Grid

    kind: Literal["volume"] = "volume"
    field: Annotated[str | None, optional(TEXT)] = None
    range: Range = None
    colormap: Annotated[Colormap, COLORMAP] = "inferno"
    transfer: Annotated[Any, Moving(TRANSFER, optional=True)] = None
    unit_distance: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    blend: Annotated[str, choice(*BLENDS, noun="blend")] = "composite"
    shade: Annotated[bool, TRUTH] = False
    step: Annotated[Any, Moving(POSITIVE, optional=True)] = None

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field, where the scene names one."""
        return ((("field",), self.field),) if self.field is not None else ()

    def settle(self, source: Source[Any]) -> Self:
        """The range of colours, the field and a first transfer function, where the scene gives none."""
        field = self.field or source.fields[0]
        low_high = settle_range(self.range, source, field)
        transfer = self.transfer
        if transfer is None:
            low, high = low_high if isinstance(low_high, tuple) else low_high.values[0]
            transfer = ((low, 0.0), (high, FIRST_OPACITY))
        return self.model_copy(update={"field": field, "range": low_high, "transfer": transfer})

    def props(self, sample: Grid) -> tuple[Prop, ...]:
        """One cloud."""
        low, high = self.range
        transfer = TransferFunction(np.linspace(low, high, STEPS), color_table(self.colormap), self.transfer)
        return (
            VolumeProp(
                values=sample.field(self.field),
                origin=sample.origin,
                spacing=sample.spacing,
                transfer=transfer,
                opacity=self.opacity,
                unit_distance=self.unit_distance or sample.diagonal / 100,
                step=self.step or min(sample.spacing),
                blend=self.blend,
                shade=self.shade,
                direction=sample.direction,
            ),
        )

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The voxels whose mist is thick enough to be seen before it is out of reach."""
        points, opacities = np.array(self.transfer, dtype=np.float64).T
        if self.blend in ("composite", "additive"):
            opacities = 1 - (1 - opacities) ** (reach / (self.unit_distance or sample.diagonal / 100))
        opacities = opacities * self.opacity

        def shown(values: np.ndarray) -> np.ndarray:
            return np.asarray(np.isfinite(values) & (np.interp(values, points, opacities) > UNSEEN))

        return voxels(sample, sample.field(self.field), place, reach, shown)
