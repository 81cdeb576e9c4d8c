"""Blocks of samples, of which it is known whether there is anything to be seen in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.stage.volumes.transfer_tables import TABLE_SIZE, Table

BLOCK = 4
"""Samples along an edge of a block."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """The least and the greatest sample of every block of a grid, and of the first samples of the blocks after it.

    Attributes:
        low, high: (b0, b1, b2).
        known: (b0, b1, b2) bool, whether any of these samples is known; None: all are.
    """

    low: np.ndarray
    high: np.ndarray
    known: np.ndarray | None = None


def blocks_of(values: np.ndarray, known: np.ndarray | None = None) -> Blocks:
    """The blocks of samples (n0, n1, n2), and which of the samples are known, if not all are."""
    anything = None if known is None else _extremes(np.maximum, known)
    return Blocks(_extremes(np.minimum, values), _extremes(np.maximum, values), anything)


def _extremes(extreme: Any, values: np.ndarray) -> np.ndarray:
    """Extremes of blocks of samples, each with the first samples of the next blocks: cells reach so far."""
    for axis in range(3):
        starts = np.arange(0, max(values.shape[axis] - 1, 1), BLOCK)
        found = extreme.reduceat(values, starts, axis=axis)
        before = [slice(None)] * 3
        before[axis] = slice(0, len(starts) - 1)
        inner = tuple(before)
        extreme(found[inner], values.take(starts[1:], axis=axis), out=found[inner])
        values = found
    return values


def typical_change(blocks: Blocks) -> float:
    """How much samples side by side differ, of most of those that differ at all."""
    spans = (blocks.high.astype(np.float32) - blocks.low).ravel()
    spans = spans[spans > 0.01 * spans.max(initial=0.0)]
    if not len(spans):
        return 0.0
    return float(np.partition(spans, 3 * len(spans) // 4)[3 * len(spans) // 4]) / BLOCK


def visible_blocks(blocks: Blocks, table: Table) -> np.ndarray:
    """Which blocks have anything to show: (b0, b1, b2) bool."""
    first = np.clip(np.floor((blocks.low - table.low) * table.scale), 0, TABLE_SIZE - 1).astype(int)
    last = np.clip(np.ceil((blocks.high - table.low) * table.scale), 0, TABLE_SIZE - 1).astype(int)
    visible_before = np.concatenate([[0], np.cumsum(table.rgba[0, :, 3] > 0)])
    seen: np.ndarray = visible_before[last + 1] > visible_before[first]
    return seen if blocks.known is None else seen & blocks.known


def leaps(visible: np.ndarray) -> np.ndarray:
    """Distance of each block to the nearest visible one, in blocks, diagonals counted as one: (b0, b1, b2) uint8."""
    from scipy.ndimage import distance_transform_cdt

    if not visible.any():
        return np.full(visible.shape, 255, np.uint8)
    distances: np.ndarray = np.minimum(distance_transform_cdt(~visible, metric="chessboard"), 255)
    return distances.astype(np.uint8)
