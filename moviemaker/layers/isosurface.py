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

`roughness` and `metal` say how the surfaces reflect lamps and the `sky`, and `emission` lets them shine.

`caps` closes the surfaces at the sides of the grid, where the field goes on beyond a level: above a level of 0 or more
and below a negative one, or as `above` and `below` say. Each level's cap is seen where no further level lies. The
surfaces stay open at missing samples, because nothing says whether the body ends there:

```yaml
kind: isosurface
data: head
levels: [80, 300]
caps: true
```
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid
from moviemaker.core.histograms.auto_transfer import some_values
from moviemaker.core.histograms.levels import map_level
from moviemaker.core.props import Isosurface as IsosurfaceProp
from moviemaker.core.props import Prop
from moviemaker.core.sources import Source
from moviemaker.core.values import FRACTION, TEXT, TRUTH, Value, choice, list_of, optional
from moviemaker.layers._color_by import ColorBy, Coloring
from moviemaker.layers._near_camera import voxels
from moviemaker.layers._palette import palette
from moviemaker.layers._transfer import LEVEL, Level, with_numbers
from moviemaker.layers.materials.material import MaterialLayer
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.timeline.tracks import Moving, Track

_WORD = choice("above", "below", noun="kind of caps")
LEVELS = list_of(LEVEL, "a list of numbers, or of percentiles of the whole movie such as '99%'")
CAPS = Value(
    "true, false, above or below",
    lambda written: written if isinstance(written, bool) else _WORD.parse(written),
    {"enum": [True, False, "above", "below"]},
    mix=None,
)
OPACITIES = list_of(FRACTION, "a list of numbers from 0 to 1, one for each level")


MOST_LEVELS = 1000
"""More than these cannot be told apart in any picture."""

T = TypeVar("T")


class Isosurface(OutlinedLayer, MaterialLayer):
    """Surfaces of equal value, each level in its colour."""

    takes: ClassVar[type] = Grid

    kind: Literal["isosurface"] = "isosurface"

    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the field whose level surfaces are drawn. Default: the first field of the grid."""

    levels: Annotated[tuple[Level, ...] | None, Moving(LEVELS, optional=True)] = None
    """Values at which surfaces are drawn: `[0.001, 0.004]`, or percentiles of the whole movie, `["99%"]`. Default: one
    level, 1.5 standard deviations above the mean, and higher if the background is noisy."""

    opacities: Annotated[tuple[float, ...] | None, Moving(OPACITIES, optional=True)] = None
    """Opacity of each level, 0 to 1, which `opacity` multiplies. Default: 1 for all."""

    color: Coloring = (0.85, 0.85, 0.85)
    """One colour, or `{by: FIELD, colormap: NAME, range: [lo, hi]}`; by the drawn field itself each level gets the
    colour of its value. Default: light grey."""

    caps: Annotated[bool | str, CAPS] = False
    """Whether the surfaces are closed at the sides of the grid: `true`, above levels from 0 up and below negative ones;
    `above` or `below` all levels; or `false` (default), open."""

    shade: Annotated[bool, TRUTH] = True
    """Whether the scene's lights shade the surfaces; `false` draws their flat colours. Default: true."""

    @property
    def always_translucent(self) -> bool:
        """Whether a surface never hides all that is behind it."""
        given = [opacities for opacities in _at_keys(self.opacities) if opacities is not None]
        return super().always_translucent or (bool(given) and all(min(opacities) < 1 for opacities in given))

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
        field = self.field or source.fields[0]
        given = self.levels
        if given is None:
            given = (map_level(some_values(source, field)),)
        if (most := max(map(len, _at_keys(given)))) > MOST_LEVELS:
            raise InputError(f"{most} levels are too many", f"write at most {MOST_LEVELS}", ("levels",))
        for written in _at_keys(self.opacities):
            if written is not None and any(len(written) != len(levels) for levels in _at_keys(given)):
                what = f"there are {len(written)} opacities, and not one for each level"
                raise InputError(what, "write as many as there are levels", ("opacities",))
        color = self.color.resolve(source) if isinstance(self.color, ColorBy) else self.color
        levels = with_numbers(given, source, field)
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
                tuple(self._way(level) for level in levels.tolist()),
                sample.ends,
                inside=sample.inside,
                nearest=self.field in sample.categorical,
            ),
        )

    def _way(self, level: float) -> int:
        """On which side of a level there is the body that caps close; 0: they close none."""
        if self.caps is True:
            return 1 if level >= 0 else -1
        return {"above": 1, "below": -1}.get(str(self.caps), 0)

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The cells that a surface passes through, and the samples that a cap passes through."""

        def crossed(values: np.ndarray) -> np.ndarray:
            low = high = values
            for axis in range(3):
                before, after = (slice(None),) * axis + (slice(-1),), (slice(None),) * axis + (slice(1, None),)
                low, high = np.minimum(low[before], low[after]), np.maximum(high[before], high[after])
            return np.asarray(
                np.any([(low < level) & (high >= level) for level in np.array(self.levels, float)], axis=0)
            )

        values = sample.field(self.field)
        found = [voxels(sample, values, place, reach, crossed, cells=True)]
        levels = np.array(self.levels, float).tolist()
        ways = [self._way(level) for level in levels]

        def inside(values: np.ndarray) -> np.ndarray:
            bodies = [way * (values - level) >= 0 for way, level in zip(ways, levels, strict=True) if way]
            return np.asarray(np.any(bodies, axis=0))

        for number, is_side in enumerate(sample.ends if any(ways) else ()):
            axis, end = divmod(number, 2)
            if is_side:
                first = (values.shape[axis] - 1) * end
                origin = tuple(sample.world_from_index @ [*(first * (np.arange(3) == axis)), 1])[:3]
                part = np.take(values, [first], axis)
                side = replace(sample, origin=origin, fields={"side": part})
                found.append(voxels(side, part, place, reach, inside))
        return np.concatenate(found)


def _at_keys(value: T | Track) -> tuple[T, ...]:
    """The values at the keys of a value that may move."""
    return value.values if isinstance(value, Track) else (value,)
