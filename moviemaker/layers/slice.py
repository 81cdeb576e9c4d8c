"""A plane through a grid, in the colours of the values on it. The plane may move and turn.

```yaml
kind: slice
data: ocean
field: temperature
origin: {0: [0, 0, -2], 5: [0, 0, 2]}
normal: [0, 0, 1]
colormap: viridis
range: ["1%", "99%"]
```

`origin` is any point on the plane (default: the middle of the grid). The plane ends where the grid ends, and has a hole
where a value is not finite. Its colours may be taken from another field than `field`, or be one colour. `contours`
draws lines where `field` has given values, or a number of lines evenly spaced in its range:

```yaml
kind: slice
data: ocean
field: salinity
normal: [0, 1, 0]
color: {by: temperature, colormap: coolwarm, range: [-2, 30]}
contours: [34, 34.5, 35]
contour_color: white
contour_width: 0.02
```

Unless `shade` is true the colours are exactly those of the colormap.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.colormaps import COLORMAP, Colormap
from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Grid
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.props import Slice as SliceProp
from moviemaker.core.sources import Source
from moviemaker.core.values import NUMBERS, POSITIVE, TEXT, TRUTH, VECTOR, Value, mix_numbers, optional, whole_number
from moviemaker.layers._color_by import SCALE, ColorBy, Range, in_numbers, resolve_range
from moviemaker.layers._layer import Layer
from moviemaker.layers._near_camera import NOTHING
from moviemaker.layers._palette import OptionalColoring, palette
from moviemaker.layers.planes.clip import NORMAL
from moviemaker.layers.planes.contours import contours
from moviemaker.layers.planes.plane import Plane, known_part, nearest_in_polygon, plane_through, sampled
from moviemaker.timeline.tracks import Color, Moving, Track

PART_OF_DIAGONAL = 1 / 400
"""A contour's width as a part of the grid's diagonal, if the scene gives none."""


MOST_CONTOURS = 1000
"""More than these cannot be told apart in any picture."""

_COUNT = whole_number(f"a whole number from 1 to {MOST_CONTOURS}", 1, MOST_CONTOURS)


def _parse_contours(value: object) -> int | tuple[float, ...]:
    contours: int | tuple[float, ...] = (NUMBERS if isinstance(value, list | tuple) else _COUNT).parse(value)
    if isinstance(contours, tuple) and len(contours) > MOST_CONTOURS:
        raise InputError(f"{len(contours)} contours are too many", f"write at most {MOST_CONTOURS}")
    return contours


_CONTOURS = Value(
    "the number of lines, or a list of the values that they follow",
    _parse_contours,
    {"anyOf": [_COUNT.schema, NUMBERS.schema]},
    lambda a, b, fraction: mix_numbers(a, b, fraction) if isinstance(a, tuple) else a,
)


class Slice(Layer):
    """A plane with colours and contours."""

    takes: ClassVar[type] = Grid
    why_empty: ClassVar[tuple[str, str]] = (
        "its plane does not meet the grid",
        "write an origin inside the grid's bounds",
    )

    kind: Literal["slice"] = "slice"

    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the field that is drawn. Default: the first field of the grid."""

    origin: Annotated[tuple[float, float, float] | None, Moving(VECTOR, optional=True)] = None
    """Any point on the plane, scene units. `{0: [0, 0, -2], 5: [0, 0, 2]}` moves it. Default: the middle of the
    grid."""

    normal: Annotated[tuple[float, float, float], Moving(NORMAL)] = (0.0, 0.0, 1.0)
    """A vector at right angles to the plane, of any length but 0. Default: along z."""

    color: OptionalColoring = None
    """One colour, or colours by a field: `{by: temperature, colormap: coolwarm, range: [-2, 30]}`. Default: those of
    `field` by `colormap`, `range` and `scale`."""

    colormap: Annotated[Colormap, COLORMAP] = "viridis"
    """A Matplotlib colormap's name, or a list of colours, evenly spaced over the range. Default: viridis."""

    range: Range = None
    """Values at both ends of the colormap, `[lo, hi]`, or percentiles of the whole movie, `["1%", "99%"]`. Default: the
    least and the greatest value of the whole movie."""

    scale: Annotated[str, SCALE] = "linear"
    """`linear` (default), or `log`: equal ratios of values are equally far apart in the colormap."""

    shade: Annotated[bool, TRUTH] = False
    """Whether the scene's lights shade the plane. Default: false."""

    contours: Annotated[int | tuple[float, ...] | None, Moving(_CONTOURS, optional=True)] = None
    """Lines of equal value: the values that they follow, `[34, 34.5, 35]`, or the number of lines, evenly spaced over
    the range of the field. Default: none."""

    contour_color: Color = (0.0, 0.0, 0.0)
    """Colour of the contours. Default: black."""

    contour_width: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Width of the contours, scene units. Default: 1/400 of the grid's diagonal."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field and the field that colours the plane, if the scene names them."""
        named: list[tuple[Location, str]] = [] if self.field is None else [(("field",), self.field)]
        if isinstance(self.color, ColorBy):
            named.append((("color", "by"), self.color.by))
        return tuple(named)

    def resolve(self, source: Source[Any]) -> Self:
        """The field, the colours, and the values of the contours.

        Raises:
            InputError: keys contradict each other, or values do not fit on the scale.
        """
        for key in ("colormap", "range", "scale"):
            if self.color is not None and key in self.model_fields_set:
                right = f"write {key} inside color: {{by: FIELD, ...}}, or leave color out"
                raise InputError(f"a color and a {key} of its own are given", right, (key,))
        field = self.field or source.fields[0]
        color = self.color
        if color is None:
            color = ColorBy(by=field, colormap=self.colormap, range=self.range, scale=self.scale)
            low_high = resolve_range(self.range, source, field, positive=self.scale == "log")
            color = color.model_copy(update={"range": low_high})
        elif isinstance(color, ColorBy):
            color = color.resolve(source)
        return self.model_copy(update={"field": field, "color": color, "contours": self._levels(source, field)})

    def _levels(self, source: Source[Any], field: str) -> tuple[float, ...] | Track | None:
        """The values of the contours, which may move."""
        if isinstance(self.contours, Track) and not all(isinstance(value, tuple) for value in self.contours.values):
            raise InputError("a number of contours cannot move", "write the values that they follow", ("contours",))
        if not isinstance(self.contours, int):
            return self.contours
        ends = resolve_range(None, source, field)
        assert not isinstance(ends, Track)
        low, high = in_numbers(ends)
        return tuple(np.linspace(low, high, self.contours + 2)[1:-1].tolist())

    def props(self, sample: Grid) -> tuple[Drawable, ...]:
        """The plane, and tubes along the contours."""
        plane = self._plane(sample)
        if len(plane.corners) < 3:
            return ()
        assert self.color is not None
        field, edge = sampled(sample, sample.field(self.field), plane, self.field in sample.categorical)
        by = self.color.by if isinstance(self.color, ColorBy) else self.field
        values, inside = (
            (field, edge) if by == self.field else sampled(sample, sample.field(by), plane, by in sample.categorical)
        )
        drawn: list[Drawable] = [
            SliceProp(
                plane.corners,
                plane.coordinates,
                values,
                palette(self.color),
                self.opacity,
                self.shade,
                inside,
                by in sample.categorical,
            )
        ]
        if self.contours and not isinstance(self.contours, int):
            position, offsets = contours(plane, known_part(field, edge), self.contours)
            width = np.full(len(position), self.contour_width or PART_OF_DIAGONAL * sample.diagonal)
            rgba = np.rint(255 * np.array([*self.contour_color, self.opacity])).astype(np.uint8)
            drawn.append(Tubes(position, offsets, width, np.tile(rgba, (len(position), 1)), shade=False))
        return tuple(drawn)

    def _plane(self, sample: Grid) -> Plane:
        return plane_through(sample, self.origin or sample.center, self.normal)

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest point of the plane's polygon."""
        plane = self._plane(sample)
        if len(plane.corners) < 3:
            return NOTHING
        nearest = nearest_in_polygon(plane.corners, place)
        return nearest[None] if np.linalg.norm(nearest - place) <= reach else NOTHING
