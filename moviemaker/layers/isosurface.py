"""Level surfaces of a grid: the surfaces on which a field has given values. Levels may move.

```yaml
kind: isosurface
data: orbital
levels: [0.001, 0.004]
color: {by: density, colormap: viridis}
opacity: 0.5
```

A level may be a percentile of the field over the whole movie: `levels: ["99%"]`. `color` may be taken from another
field of the same grid. Each level may have an opacity of its own, which `opacity` multiplies:

```yaml
kind: isosurface
data: flame
field: mixture
levels: {0: [0.2, 0.5], 4: [0.3, 0.8]}
opacities: [0.3, 1]
color: {by: temperature, colormap: inferno, range: ["1%", "99%"]}
```
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid
from moviemaker.core.props import Isosurface as IsosurfaceProp
from moviemaker.core.props import Prop
from moviemaker.core.sources import Source
from moviemaker.core.values import FRACTION, TEXT, TRUTH, list_of, optional
from moviemaker.layers._color_by import ColorBy, Coloring
from moviemaker.layers._layer import Layer
from moviemaker.layers._near_camera import voxels
from moviemaker.layers._palette import palette
from moviemaker.layers._transfer import LEVEL, Level, with_numbers
from moviemaker.timeline.tracks import Moving, Track

LEVELS = list_of(LEVEL, "a list of numbers, or of percentiles of the whole movie such as '99%'")
OPACITIES = list_of(FRACTION, "a list of numbers from 0 to 1, one for each level")


T = TypeVar("T")


class Isosurface(Layer):
    """Surfaces of equal value, each level in its colour."""

    takes: ClassVar[type] = Grid

    kind: Literal["isosurface"] = "isosurface"

    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the field whose level surfaces are drawn. Default: the first field of the grid."""

    levels: Annotated[tuple[Level, ...], Moving(LEVELS)]
    """Values at which surfaces are drawn: `[0.001, 0.004]`, or percentiles of the whole movie, `["99%"]`."""

    opacities: Annotated[tuple[float, ...] | None, Moving(OPACITIES, optional=True)] = None
    """Opacity of each level, 0 to 1, which `opacity` multiplies. Default: 1 for all."""

    color: Coloring = (0.85, 0.85, 0.85)
    """One colour, or `{by: FIELD, colormap: NAME, range: [lo, hi]}`; by the drawn field itself each level gets the
    colour of its value. Default: light grey."""

    shade: Annotated[bool, TRUTH] = True
    """Whether the scene's lights shade the surfaces; `false` draws their flat colours. Default: true."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field whose levels are drawn and the field that colours them, if the scene names them."""
        named: list[tuple[Location, str]] = [(("field",), self.field)] if self.field is not None else []
        if isinstance(self.color, ColorBy):
            named.append((("color", "by"), self.color.by))
        return tuple(named)

    def resolve(self, source: Source[Any]) -> Self:
        """The field, the levels as numbers, and the range of colours.

        Raises:
            InputError: the numbers of opacities and of levels differ, or the field of colours has several columns.
        """
        for written in _at_keys(self.opacities):
            if written is not None and any(len(written) != len(levels) for levels in _at_keys(self.levels)):
                what = f"there are {len(written)} opacities, and not one for each level"
                raise InputError(what, "write as many as there are levels", ("opacities",))
        color = self.color.resolve(source) if isinstance(self.color, ColorBy) else self.color
        field = self.field or source.fields[0]
        levels = with_numbers(self.levels, source, field)
        return self.model_copy(update={"field": field, "levels": levels, "color": color})

    def props(self, sample: Grid) -> tuple[Prop, ...]:
        """The surfaces of all levels."""
        levels = np.array(self.levels, float)
        painted, colors = None, np.tile((0.0, 0.0, 0.0), (len(levels), 1))
        if not isinstance(self.color, ColorBy):
            colors = np.tile(self.color, (len(levels), 1))
        elif self.color.by == self.field:
            colors = self.color.colors(levels)[:, :3] / 255
        else:
            painted = sample.field(self.color.by)
        return (
            IsosurfaceProp(
                sample.field(self.field),
                sample.origin,
                sample.spacing,
                tuple(levels.tolist()),
                colors,
                self.opacity,
                self.shade,
                sample.direction,
                self.opacities or (),
                painted,
                None if painted is None else palette(self.color),
            ),
        )

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The cells that a surface passes through."""

        def crossed(values: np.ndarray) -> np.ndarray:
            low = high = values
            for axis in range(3):
                before, after = (slice(None),) * axis + (slice(-1),), (slice(None),) * axis + (slice(1, None),)
                low, high = np.minimum(low[before], low[after]), np.maximum(high[before], high[after])
            return np.asarray(
                np.any([(low < level) & (high >= level) for level in np.array(self.levels, float)], axis=0)
            )

        return voxels(sample, sample.field(self.field), place, reach, crossed, cells=True)


def _at_keys(value: T | Track) -> tuple[T, ...]:
    """The values at the keys of a value that may move."""
    return value.values if isinstance(value, Track) else (value,)
