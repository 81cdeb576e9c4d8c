"""Poly-lines as round tubes: stream lines, field lines, roads, the backbone of a molecule.

```yaml
kind: lines
data: field_lines
width: 0.05
color: {by: strength, colormap: viridis}
```

`width` is in scene units (default: 1/300 of the extent of the lines), or is taken from a field as the size of points.
Colours and opacities may be taken from fields too; the field `id` is the number of a line. A line narrower than a pixel
is drawn one pixel wide and fainter in proportion.

```yaml
kind: lines
data: neuron
width: {by: radius, range: [0, 4], size: [0.1, 1]}
color: {by: id, colormap: tab20}
shade: false
```
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Mesh, Particles
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.sources import Source
from moviemaker.layers._glyphs import GlyphLayer
from moviemaker.layers._near_camera import nearest_on_lines
from moviemaker.layers._size_by import SizeBy, Sizing
from moviemaker.layers.materials.outlined import OutlinedLayer

PART_OF_ALL = 1 / 300
"""A line's width as a part of the extent of the data, if the scene gives none."""


class Lines(GlyphLayer, OutlinedLayer):
    """Poly-lines as tubes."""

    takes: ClassVar[type] = Mesh

    kind: Literal["lines"] = "lines"

    width: Sizing = None
    """Full width of the tubes in scene units, or `{by: FIELD, size: [s0, s1]}`. Default: 1/300 of the extent of the
    lines."""

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, and a width if the scene gives none.

        Raises:
            InputError: at `data`: no lines.
        """
        mesh = source.at(0.0 if source.times is None else float(source.times[0]))
        if not len(mesh.lines):
            right = "name data with poly-lines; polygons are for a layer of kind surface"
            raise InputError(f"no lines in {self.data!r}", right, ("data",))
        resolved = super().resolve(source)
        if self.width is not None:
            return resolved
        points = mesh.points[np.isfinite(mesh.points).all(axis=1)]
        span = float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0
        return resolved.model_copy(update={"width": span * PART_OF_ALL or 1.0})

    def props(self, sample: Mesh) -> tuple[Drawable, ...]:
        """All lines together."""
        chosen, offsets = _drawn(sample)
        colors = self.rgba(_as_particles(sample))[chosen]
        return (Tubes(sample.points[chosen], offsets, self._widths(sample)[chosen], colors, self.shade),)

    def _widths(self, sample: Mesh) -> np.ndarray:
        """Widths (n,) at the points."""
        if isinstance(self.width, SizeBy):
            return self.width.sizes(sample.fields[self.width.by], sample.frame)
        assert self.width is not None
        return np.full(len(sample.points), self.width, dtype=np.float32)

    def near(self, sample: Mesh, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest points of the line segments that are not transparent."""
        chosen, offsets = _drawn(sample)
        opaque = self.rgba(_as_particles(sample))[chosen, 3] > 0
        points, radii = sample.points[chosen].astype(np.float64), self._widths(sample)[chosen] / 2
        return nearest_on_lines(points, offsets, radii, opaque, place, reach)


def _as_particles(sample: Mesh) -> Particles:
    """The points of a mesh as particles, so that their colours and opacities are found in the same way."""
    return Particles(sample.points, sample.fields, frame=sample.frame)


def _drawn(sample: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Indices (k,) of the points that lines go through, and where each line begins among them (m + 1,).

    A point that is not finite ends a line, and the next finite one begins another.
    """
    points, offsets = sample.lines.connectivity, sample.lines.offsets
    known = np.isfinite(sample.points[points]).all(axis=1)
    begins = np.zeros(len(points), bool)
    begins[offsets[:-1][np.diff(offsets) > 0]] = True
    begins[1:] |= known[1:] & ~known[:-1]
    piece = np.cumsum(begins)[known]
    counts = np.unique(piece, return_counts=True)[1]
    return points[known], np.concatenate([[0], np.cumsum(counts)])
