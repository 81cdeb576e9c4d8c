"""Pieces that run along lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from moviemaker.core.errors import InputError, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import JsonSchema, Parser
from moviemaker.layers.tracing.lines import Lines
from moviemaker.timeline.tracks import Fraction, NotNegative, Number, Positive

_GOLDEN = (5**0.5 - 1) / 2


class Dashes(Kind):
    """Pieces of lines of equal length, with gaps between them."""

    length: Positive
    """Length of a piece, scene units."""

    gap: NotNegative
    """Length of the gap behind a piece, scene units."""

    shift: Number = 0.0
    """Distance by which the pieces are moved on along the lines, scene units: `{0: 0, 10: 30, ease: linear}`."""

    tail: Fraction = 0.0
    """Opacity of the tail of a piece, whose head has opacity 1. Default: 0, it fades out."""


class _Dashing(Parser):
    """Dashes as a scene gives them."""

    right = "a mapping {length: 2, gap: 4, shift: 0}"

    def parse(self, written: object) -> Dashes | None:
        if written is None or isinstance(written, Dashes):
            return written
        if not isinstance(written, dict):
            raise InputError(f"{show(written)} does not say how lines are cut", f"write {self.right}")
        return build(Dashes, written)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [Dashes.model_json_schema(), {"type": "null"}]}


Dashing = Annotated[Dashes | None, _Dashing()]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Parts of lines, through some of their points and through points between these.

    Attributes:
        places: (n,), fractional indices of the points of the lines.
        offsets: (m + 1,), where each piece begins.
        opacity: (n,), 0 to 1.
    """

    places: np.ndarray
    offsets: np.ndarray
    opacity: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values (n, ...) of the pieces from those at the points of the lines, in the same type."""
        before = self.places.astype(np.intp)
        after = np.minimum(before + 1, max(len(values) - 1, 0))
        part = (self.places - before).reshape(-1, *(1,) * (values.ndim - 1))
        mixed = values[before] * (1 - part) + values[after] * part
        return np.rint(mixed).astype(values.dtype) if values.dtype.kind in "iu" else mixed.astype(values.dtype)


def dashed(lines: Lines, dashes: Dashes) -> Pieces:
    """The pieces of lines. They begin at other places on each line, so that they do not run in step.

    On a closed line the gaps change a little, so that a whole number of pieces goes round.

    Args:
        lines: with at least one point.
        dashes: frozen at a moment.
    """
    firsts, lasts = lines.offsets[:-1], lines.offsets[1:] - 1
    low, high = lines.along[firsts], lines.along[lasts]
    period = np.full(len(firsts), dashes.length + dashes.gap)
    closed = (lines.points[firsts] == lines.points[lasts]).all(axis=1) & (high > low)
    around = (high - low)[closed]
    period[closed] = around / np.maximum(np.rint(around / period[closed]), 1)
    shift = dashes.shift + period * (lines.number[firsts] * _GOLDEN % 1)
    # Heads are at shift + k period; a piece is seen if its head is behind the beginning and its tail before the end.
    k = np.floor((low - shift) / period).astype(int) + 1
    count = np.maximum(np.floor((high + dashes.length - shift) / period).astype(int) - k + 1, 0)
    which = np.repeat(np.arange(len(firsts)), count)
    number = k[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    head = shift[which] + number * period[which]
    start, end = np.maximum(head - dashes.length, low[which]), np.minimum(head, high[which])
    seen = end - start > 1e-6 * dashes.length
    which, head, start, end = which[seen], head[seen], start[seen], end[seen]
    # One coordinate that grows over all lines, so that all ends are searched for together.
    apart = np.concatenate([[0.0], np.cumsum(high[:-1] - low[:-1] + 1) if len(low) > 1 else []])
    base = np.repeat(apart - low, np.diff(lines.offsets))
    coordinate = lines.along + base
    moved = (apart - low)[which]
    begins, stops = _places(coordinate, start + moved), _places(coordinate, end + moved)
    inner_first, inner_last = np.floor(begins).astype(int) + 1, np.ceil(stops).astype(int)
    inner = np.maximum(inner_last - inner_first, 0)
    offsets = np.concatenate([[0], np.cumsum(inner + 2)])
    places = np.empty(offsets[-1])
    places[offsets[:-1]], places[offsets[1:] - 1] = begins, stops
    within = np.setdiff1d(np.arange(len(places)), np.concatenate([offsets[:-1], offsets[1:] - 1]))
    places[within] = np.repeat(inner_first - (offsets[:-1] + 1), inner) + within
    along = np.interp(places, np.arange(len(lines.along)), lines.along)
    behind = (np.repeat(head, inner + 2) - along) / dashes.length
    return Pieces(places, offsets, np.clip(1 - (1 - dashes.tail) * behind, 0, 1))


def _places(coordinate: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Fractional indices of values in an array that grows."""
    return np.asarray(np.interp(wanted, coordinate, np.arange(len(coordinate))))
