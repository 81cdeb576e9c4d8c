"""A picture that is too large to be drawn whole, divided into strips of rows and these into bands.

The plates of a strip are kept, and developed a band of rows at a time, whose glow is added and which is finished by
itself. What is kept of the whole picture is the frame alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.projection import Projection
from moviemaker.lens import Lens, Size

PLATES = 512 << 20
"""Bytes that the plates of a strip may take, those of all eyes together, unless it has the least number of rows."""

OVERDRAWN = 1.5
"""The plates of all strips of a panorama together may have so many times the pixels of the plates of all of it."""

BAND = 4 << 20
"""Pixels of a band."""

ROWS = 64
"""Strips and bands begin at multiples of this number of rows."""


@dataclass(frozen=True)
class Band:
    """Some rows of an eye's picture.

    Attributes:
        lens: of the picture.
        size: of the picture.
        strip: rows of the picture that there are plates for.
        rows: rows that are developed.
        kept: rows that are kept of them.
    """

    lens: Lens
    size: Size
    strip: range
    rows: range
    kept: range

    def projections(self, eye: Camera) -> tuple[Projection, ...]:
        """The mappings from the world to the rows."""
        parts = (projection.in_rows(self.rows) for projection in self.lens.projections(eye, self.size))
        return tuple(part for part in parts if part is not None)

    def finished(self, picture: np.ndarray) -> np.ndarray:
        """The rows that are kept, finished."""
        begin = self.kept.start - self.rows.start
        return self.lens.finish_rows(picture[begin : begin + len(self.kept)], self.size, self.kept)


def strips(lens: Lens, eyes: Sequence[Camera], size: Size, pixel: int) -> list[range]:
    """The rows of an eye's picture of (width, height) pixels, in strips.

    Args:
        lens: of the picture.
        eyes: all that are drawn.
        size: of the picture.
        pixel: bytes of a pixel of the plates.
    """
    whole = range(size[1])
    plates = pixel * sum(math.prod(view.size) for eye in eyes for view in lens.views_of_rows(eye, size, whole))
    count = 1 if plates <= PLATES else math.ceil(OVERDRAWN * plates / PLATES)
    height = ROWS * math.ceil(size[1] / count / ROWS)
    return _divided(range(size[1]), height)


def bands(lens: Lens, size: Size, strip: range, margin: int) -> Iterator[Band]:
    """The bands of a strip.

    Args:
        lens: of the picture.
        size: of the picture.
        strip: its rows, and `margin` more on both sides as far as there are any.
        margin: rows that are developed beyond those that are kept.
    """
    top, bottom = (0 if strip.start == 0 else margin), (0 if strip.stop == size[1] else margin)
    kept = range(strip.start + top, strip.stop - bottom)
    for rows in _divided(kept, max(ROWS, BAND // size[0] // ROWS * ROWS)):
        yield Band(lens, size, strip, widened(rows, margin, strip), rows)


def mapped(projections: Sequence[Projection]) -> bool:
    """Whether the light in some rows depends on the pixels beside them, as that of lenses without formulas does."""
    return any(projection.mapping is not None for projection in projections)


def widened(rows: range, margin: int, limits: range) -> range:
    """Rows and those beside them, within limits."""
    return range(max(rows.start - margin, limits.start), min(rows.stop + margin, limits.stop))


def _divided(rows: range, height: int) -> list[range]:
    return [range(first, min(first + height, rows.stop)) for first in range(rows.start, rows.stop, height)]
