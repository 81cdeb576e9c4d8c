"""Views photographed in tiles.

A tile is a rectangle of the whole view and has the same rays. Tiles overlap, since dots and lines reach from one into
the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from moviemaker.core.camera import View

TILE = 2048
"""Width and height of tiles, in pixels that are drawn."""

ENLARGED = {8: 1, 16: 2, 32: 2}
"""Pixels that are drawn for one of a plate, across and down, by the bits of a colour."""


class Photographer(Protocol):
    """What the stage is asked for here."""

    def overlap(self, view: View) -> int:
        """Pixels by which tiles of a view have to overlap."""
        ...

    def photograph(self, view: View, background: tuple[float, float, float] | None) -> np.ndarray:
        """The plate of a view."""
        ...

    def distances(self, view: View) -> np.ndarray:
        """Distances of what is opaque in the view photographed last."""
        ...


def photograph(
    stage: Photographer,
    views: Sequence[View],
    background: tuple[float, float, float] | None,
    bits: int,
    pixels: np.ndarray,
    distances: np.ndarray | None,
) -> None:
    """Photographs views in tiles.

    Args:
        stage: on which everything hangs.
        views: of a strip.
        background: sRGB, 0 to 1; None: transparent.
        bits: of a colour.
        pixels: (n, channels), filled with the plates, one after the other.
        distances: (n,) float32, filled with the distances of what is opaque (default: these are not wanted).
    """
    begin = 0
    for view in views:
        end, overlap = begin + math.prod(view.size), stage.overlap(view)
        plate = pixels[begin:end].reshape(*view.size[::-1], -1)
        away = None if distances is None else distances[begin:end].reshape(view.size[::-1])
        for left, top, right, bottom in _tiles(view, TILE // ENLARGED[bits]):
            x, y = max(left - overlap, 0), max(top - overlap, 0)
            x1, y1 = min(right + overlap, view.whole.size[0]), min(bottom + overlap, view.whole.size[1])
            y1 += (view.whole.size[1] - y1) % 2  # renderers count rows from the bottom, and shade them in pairs
            tile = view.part(x, y, x1, y1)
            column, row = view.corner
            there = (slice(top - row, bottom - row), slice(left - column, right - column))
            here = (slice(top - y, bottom - y), slice(left - x, right - x))
            plate[there] = stage.photograph(tile, background)[here]
            if away is not None:
                away[there] = stage.distances(tile)[here]
        begin = end


def _tiles(view: View, side: int) -> Iterator[tuple[int, int, int, int]]:
    """The tiles of a view: left, top, right and bottom in the whole view. They do not depend on the rectangle of it."""
    (left, top), (width, height), tall = view.corner, view.size, view.whole.size[1]
    lines = [tall - line for line in range(0, tall + side, side)][::-1]  # from the bottom, as renderers count
    for first in lines:
        for column in range(left // side * side, left + width, side):
            rectangle = (
                max(column, left),
                max(first, top),
                min(column + side, left + width),
                min(first + side, top + height),
            )
            if rectangle[0] < rectangle[2] and rectangle[1] < rectangle[3]:
                yield rectangle
