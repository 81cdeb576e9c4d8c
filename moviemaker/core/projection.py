"""Projections: where points of the world are in a picture. A lens has one for each part of its picture.

A bent picture is resampled from plates by a map from pixels to directions. A projection is the inverse of that map.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from moviemaker.core.camera import Ods


class PixelMapping(Protocol):
    """Where directions are in a picture, and back, for a lens without compiled code.

    Directions are unit vectors along the axes of the projection. Columns and rows are counted in pixels from the upper
    left corner of the picture, so that the centre of the first pixel is at (0.5, 0.5).

    A mapping that is hashable, and equal to that of the previous frame, lets `glow` reuse its table of pixels.
    """

    def places(self, directions: np.ndarray) -> np.ndarray:
        """The columns and rows (n, 2) of directions (n, 3), float64; NaN where a direction is not in the picture."""

    def rows(self, first: int, last: int) -> np.ndarray:
        """The directions (last - first, width, 3) of the centres of pixels, for the rows of the picture from `first`
        up to, and without, `last`; not finite where the picture is black."""


@dataclass(frozen=True, eq=False)
class Projection:
    """How a point of the scene gets to a column and a row of a picture.

    With x, y and z of the point along the axes of the projection, the coordinates u and v are, by its kind,

    - plane: x / z and y / z;
    - parallel: x and y, in scene units;
    - sphere: longitude atan2(x, z) and latitude atan2(y, hypot(x, z)), radians;
    - disk: with the angle to the axis y, a = atan2(hypot(x, z), y): a x / hypot(x, z) and a z / hypot(x, z), radians;

    and the point is at column `middle[0] + scale[0] * u` and row `middle[1] + scale[1] * v`, counted in pixels from the
    upper left corner of the picture. Of a fifth kind, mapped, the column and row are what `mapping` says.

    Attributes:
        kind: "plane", "parallel", "sphere", "disk" or "mapped".
        position: (3,), the eye.
        axes: (3, 3), unit vectors x, y and z of the projection as rows, in the world.
        scale: pixels for a unit of u and of v, with signs; of equal size but in a sphere's projection.
        middle: column and row of u = v = 0.
        corner: column and row of the upper left corner of the part of the picture that the projection is for.
        size: width and height of that part in pixels.
        turn: columns of a whole turn of longitude, after which the picture goes on at its other side; 0: it does not.
        ods: set for an eye of omni-directional stereo.
        mapping: of the kind mapped only, which needs neither scale nor middle, and is for the whole picture.
    """

    kind: str
    position: np.ndarray
    axes: np.ndarray
    scale: tuple[float, float] = (1.0, 1.0)
    middle: tuple[float, float] = (0.0, 0.0)
    corner: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    turn: int = 0
    ods: Ods | None = None
    mapping: PixelMapping | None = None

    def __post_init__(self) -> None:
        if (self.kind == "mapped") != (self.mapping is not None):
            raise ValueError("a projection has a mapping if, and only if, its kind is mapped")

    def in_rows(self, rows: range) -> Projection | None:
        """The projection to a picture of only some of the rows; None where it has no part in them."""
        left, top = self.corner
        first, last = max(rows.start, top), min(rows.stop, top + self.size[1])
        if first >= last:
            return None
        size = (self.size[0], last - first)
        middle = (self.middle[0], self.middle[1] - rows.start)
        mapping = None if self.mapping is None else _InRows(self.mapping, rows.start)
        return replace(self, middle=middle, corner=(left, first - rows.start), size=size, mapping=mapping)


@dataclass(frozen=True)
class _InRows:
    """A mapping whose picture begins at a row of another one's."""

    whole: PixelMapping
    first: int

    def places(self, directions: np.ndarray) -> np.ndarray:
        return self.whole.places(directions) - (0, self.first)

    def rows(self, first: int, last: int) -> np.ndarray:
        return self.whole.rows(first + self.first, last + self.first)
