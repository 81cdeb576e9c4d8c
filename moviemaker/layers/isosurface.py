"""Level surfaces of a grid: where a field has given values. Levels may move.

```yaml
kind: isosurface
data: orbital
levels: [0.001, 0.004]
color: {by: density, colormap: viridis}
opacity: 0.5
```
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import Location, Mistake
from moviemaker.core.fields import Grid, Source
from moviemaker.core.props import Isosurface as IsosurfaceProp
from moviemaker.core.props import Prop
from moviemaker.core.values import TEXT, TRUTH, optional
from moviemaker.layers._coloring import ColorBy, Coloring
from moviemaker.layers._layer import Layer
from moviemaker.layers._nearby import voxels
from moviemaker.timeline.tracks import Numbers


class Isosurface(Layer):
    """Surfaces of equal value, each level in its colour."""

    takes: ClassVar[type] = Grid

    kind: Literal["isosurface"] = "isosurface"
    field: Annotated[str | None, optional(TEXT)] = None
    levels: Numbers
    color: Coloring = (0.85, 0.85, 0.85)
    shade: Annotated[bool, TRUTH] = True

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field whose levels are drawn, and the one that colours them, where the scene names them."""
        named: list[tuple[Location, str]] = [(("field",), self.field)] if self.field is not None else []
        if isinstance(self.color, ColorBy):
            named.append((("color", "by"), self.color.by))
        return tuple(named)

    def settle(self, source: Source[Any]) -> Self:
        """The field, and the range of colours.

        Raises:
            Mistake: the surfaces are to be coloured by a field that is not the one whose levels they are.
        """
        field = self.field or source.fields[0]
        color = self.color
        if isinstance(color, ColorBy):
            if color.by != field:
                what = f"an isosurface of {field!r} cannot be coloured by {color.by!r}"
                raise Mistake(what, f"colour it by {field!r}, or give one colour", ("color", "by"))
            color = color.settle(source)
        return self.model_copy(update={"field": field, "color": color})

    def props(self, sample: Grid) -> tuple[Prop, ...]:
        """The surfaces of all levels."""
        levels = np.array(self.levels)
        if isinstance(self.color, ColorBy):
            colors = self.color.colors(levels)[:, :3] / 255
        else:
            colors = np.tile(self.color, (len(levels), 1))
        values = sample.field(self.field)
        return (
            IsosurfaceProp(
                values,
                sample.origin,
                sample.spacing,
                self.levels,
                colors,
                self.opacity,
                self.shade,
                sample.direction,
            ),
        )

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The cells that a surface passes through."""

        def crossed(values: np.ndarray) -> np.ndarray:
            low = high = values
            for axis in range(3):
                before, after = (slice(None),) * axis + (slice(-1),), (slice(None),) * axis + (slice(1, None),)
                low, high = np.minimum(low[before], low[after]), np.maximum(high[before], high[after])
            return np.asarray(np.any([(low < level) & (high >= level) for level in self.levels], axis=0))

        return voxels(sample, sample.field(self.field), place, reach, crossed, cells=True)
