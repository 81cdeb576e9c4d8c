"""One mark per particle. `size` is its full width in scene units: a sphere's diameter, a cube's edge. A `dot` is a
square of that many pixels in every picture.

```yaml
kind: points
data: stream
shape: sphere
size: 0.2
color: {by: speed, colormap: viridis}
opacity: {0: 0, 2: 1, ease: smooth}
```
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import Location
from moviemaker.core.fields import Particles, Source
from moviemaker.core.props import Glyphs, Prop
from moviemaker.core.values import POSITIVE, TRUTH, choice
from moviemaker.layers._coloring import ColorBy, Coloring
from moviemaker.layers._layer import Layer
from moviemaker.layers._nearby import surfaces, within
from moviemaker.timeline.tracks import Moving

SHAPES = ("sphere", "cube", "diamond", "dot")
DOT_PIXELS = 2.0


class Points(Layer):
    """Marks."""

    takes: ClassVar[type] = Particles

    kind: Literal["points"] = "points"
    shape: Annotated[str, choice(*SHAPES, noun="shape")] = "sphere"
    size: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    color: Coloring = (1.0, 1.0, 1.0)
    shade: Annotated[bool, TRUTH] = True

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field that gives the colours, if one does."""
        return ((("color", "by"), self.color.by),) if isinstance(self.color, ColorBy) else ()

    def settle(self, source: Source[Any]) -> Self:
        """The range of colours; and a size, where the scene gives none: half the mean distance of neighbours."""
        color = self.color.settle(source) if isinstance(self.color, ColorBy) else self.color
        size = self.size
        if size is None:
            size = DOT_PIXELS if self.shape == "dot" else _typical_size(source)
        return self.model_copy(update={"color": color, "size": size})

    def props(self, sample: Particles) -> tuple[Prop, ...]:
        """All marks together."""
        count = len(sample.position)
        if isinstance(self.color, ColorBy):
            colors = self.color.colors(sample.fields[self.color.by])
        else:
            colors = np.empty((count, 4), dtype=np.uint8)
            colors[:] = [*(round(255 * component) for component in self.color), 255]
        if self.opacity < 1:
            colors[:, 3] = np.rint(colors[:, 3] * self.opacity)
        sizes = np.full(count, self.size, dtype=np.float32)
        return (Glyphs(self.shape, sample.position, sizes, colors, self.shade),)

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The surfaces of the marks that are not clear, taken as spheres; a dot has no size in the scene."""
        radius = 0.0 if self.shape == "dot" else self.size / 2
        near = within(sample.position, place, reach + radius)
        if isinstance(self.color, ColorBy):
            near = near[self.color.colors(sample.fields[self.color.by][near])[:, 3] > 0]
        return surfaces(sample.position[near], radius, place)


def _typical_size(source: Source[Any]) -> float:
    first = 0.0 if source.times is None else float(source.times[0])
    position = source.at(first).position
    if len(position) < 2:
        return 1.0
    low, high = np.percentile(position, [2, 98], axis=0)
    widths = np.sort(high - low)
    volume = float(np.prod(np.maximum(widths, widths[-1] / 100)))
    return 0.5 * (volume / len(position)) ** (1 / 3) or 1.0
