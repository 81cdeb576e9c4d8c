"""One arrow or cone per particle or per sample of a grid, along a vector of the data (a quiver).

```yaml
kind: vectors
data: stream
vector: velocity
shape: arrow
size: 2
color: {by: speed, colormap: plasma}
```

`vector` is the name of a field with three columns, or the names of three fields, `vector: [u, v, w]`, or of two fields
for vectors with z = 0. On a globe these are the components to the east, to the north and upwards. An arrow begins at
its particle; with `anchor: middle` or `anchor: tip` that part of the arrow is there. Its length is that of the vector
times `scale` times `size`, and its thickness grows with its length. An arrow is 24 % of its length wide, its head is 35
% of it long and its shaft 9 % thick; a cone is 34 % wide. Vectors that are zero or not finite draw nothing.

The vectors of a grid, such as a wind, are drawn at its samples, of which `every` takes each n-th along every axis; by
default, so many that there are at most 4,000 arrows. Their colours may be those of any field of the grid, of `speed` or
of `velocity_magnitude`:

```yaml
kind: vectors
data: wind
vector: velocity
every: [4, 4, 1]
color: {by: speed}
```

`scale` is a number; `unit`, for arrows that are all as long as `size`; or `log`: the arrow of a vector v is then
`log(1 + 1000 v / top) / log(1001)` times `size` long. By default an arrow is as long as `size` if its vector is as long
as `top`. `top` is the length that one vector of a hundred exceeds over the whole movie. A size by a field is the length
itself, unless a `scale` is given:

```yaml
kind: vectors
data: stream
shape: cone
anchor: middle
size: {by: distance, size: [0.5, 2]}
opacity: 0.8
```
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.geometry import norms
from moviemaker.core.props import Drawable, Glyphs
from moviemaker.core.sources import Source
from moviemaker.core.values import EVERY, choice, optional
from moviemaker.layers._glyphs import GlyphLayer, spacing
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.layers._size_by import SizeBy, Sizing
from moviemaker.layers.tracing.vector_scale import VECTOR, Scaling, longest, resolved_scale, scaled, vectors

ANCHORS = {"tail": 0.5, "middle": 0.0, "tip": -0.5}
"""Distance of an arrow's middle ahead of its particle, in lengths of the arrow."""

THICKEST = 0.17
"""Largest radius of an arrow or a cone, in lengths of the arrow."""


MOST_SAMPLES = 4000
"""Most arrows on a grid if the scene does not say which samples have one."""


class Vectors(GlyphLayer):
    """One arrow or cone per particle."""

    kind: Literal["vectors"] = "vectors"

    vector: Annotated[str | tuple[str, ...], VECTOR] = "velocity"
    """Name of a field with three columns, or names of two or three fields: `[u, v, w]`. Default: velocity."""

    shape: Annotated[str, choice("arrow", "cone", noun="shape")] = "arrow"
    """Shape of each glyph: `arrow` (default) or `cone`."""

    size: Sizing = None
    """Length of an arrow for a scaled vector of length 1, scene units; or `{by: FIELD, size: [s0, s1]}`. Default: the
    mean distance of neighbours."""

    scale: Scaling = None
    """Factor on the lengths of the vectors; `unit`, for arrows of one length; or `log`. Default: one vector of a
    hundred is longer than `size`."""

    every: Annotated[int | tuple[int, int, int] | None, optional(EVERY)] = None
    """Draws one particle in `every`; of a grid every n-th sample along each axis, or `[4, 4, 1]` along x, y and z.
    Default: all particles, and at most 4,000 samples of a grid."""

    anchor: Annotated[str, choice(*ANCHORS, noun="anchor")] = "tail"
    """The part of the arrow that is at the particle: `tail` (default), `middle` or `tip`."""

    def sampled(self, shape: tuple[int, int, int] | None) -> int | tuple[int, int, int] | None:
        """Every n-th sample of a grid, and particles as the scene says."""
        if shape is None or self.every is not None:
            return self.every
        every = 1
        while np.prod([-(-count // every) for count in shape]) > MOST_SAMPLES:
            every += 1
        return every

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields of the vectors, and those that give colours, sizes and opacities."""
        if isinstance(self.vector, str):
            return ((("vector",), self.vector), *super().named_fields())
        return (*((("vector", index), name) for index, name in enumerate(self.vector)), *super().named_fields())

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.vector,) if isinstance(self.vector, str) else self.vector

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, the scale, and if the scene gives no size, the mean distance of neighbours."""
        try:
            top = longest(source, self._names)
        except InputError as error:
            at = ("vector",) if isinstance(self.vector, str) else ("vector", *error.at)
            raise InputError(error.what, error.instead, at) from None
        of_one_length = self.scale is None and isinstance(self.size, SizeBy)
        changes: dict[str, object] = {"scale": "unit" if of_one_length else resolved_scale(self.scale, top)}
        if self.size is None:
            changes["size"] = spacing(source)
        return super().resolve(source).model_copy(update=changes)

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """All arrows together."""
        drawn, middle, direction, length = self._arrows(sample)
        return (Glyphs(self.shape, middle, length, self.rgba(sample)[drawn], self.shade, direction),)

    def _arrows(self, sample: Particles) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The indices of the particles that have an arrow; the middles, directions and lengths of the arrows."""
        given = vectors(sample, self._names)
        with np.errstate(invalid="ignore", over="ignore"):
            lengths = norms(given)
            long = (scaled(lengths, self.scale) * self._sizes(sample)).astype(np.float32)
        drawn = np.flatnonzero(np.isfinite(lengths) & np.isfinite(long) & (long > 0))
        direction, long = given[drawn] / lengths[drawn, None], long[drawn]
        ahead = ANCHORS[self.anchor] * long[:, None] * direction
        return drawn, sample.position[drawn] + ahead, direction, long

    def _sizes(self, sample: Particles) -> np.ndarray | float:
        assert self.size is not None
        return (
            self.size.sizes(sample.fields[self.size.by], sample.frame) if isinstance(self.size, SizeBy) else self.size
        )

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The surfaces of arrows that are not transparent, taken as rods with round ends."""
        drawn, middle, direction, length = self._arrows(sample)
        near = within(middle, place, reach + (0.5 + THICKEST) * float(length.max(initial=0.0)))
        near = near[self.rgba(sample)[drawn[near], 3] > 0]
        half, direction = length[near, None] / 2, direction[near]
        along = np.einsum("ij,ij->i", place - middle[near], direction)[:, None]
        axis = middle[near] + np.clip(along, -half, half) * direction
        return surfaces(axis, 2 * THICKEST * half, place)
