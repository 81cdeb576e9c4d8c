"""Empty-space skipping: blocks of samples that may hold something visible, and how far a ray may skip to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.stage.volumes.transfer_tables import TABLE_SIZE, Table

BLOCK = 4
"""Samples along an edge of a block."""

FEW = 1 << 21
"""Up to so many blocks, importing SciPy's filters takes longer than to do without."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """The extremes of the samples in every block of a grid, with the first samples of the blocks after it.

    Attributes:
        low, high: (b0, b1, b2).
        known: (b0, b1, b2) bool, whether any of these samples is known; None: all samples are.
    """

    low: np.ndarray
    high: np.ndarray
    known: np.ndarray | None = None


def blocks_of(values: np.ndarray, known: np.ndarray | None = None) -> Blocks:
    """The blocks of samples (n0, n1, n2), of which some may be unknown: `known` (n0, n1, n2) bool."""
    anything = None if known is None else _extremes(np.maximum, known)
    return Blocks(_extremes(np.minimum, values), _extremes(np.maximum, values), anything)


def _extremes(extreme: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Extremes of blocks of samples, with the first samples of the next blocks, to which the last cells reach."""
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
    """How much neighbouring samples differ: the upper quartile over blocks that are not constant."""
    spans = (blocks.high.astype(np.float32) - blocks.low).ravel()
    spans = spans[spans > 0.01 * spans.max(initial=0.0)]
    if not len(spans):
        return 0.0
    return float(np.partition(spans, 3 * len(spans) // 4)[3 * len(spans) // 4]) / BLOCK


def visible_blocks(blocks: Blocks, table: Table) -> np.ndarray:
    """Whether each block may hold anything visible: (b0, b1, b2) bool."""
    first = np.clip(np.floor((blocks.low - table.low) * table.scale), 0, TABLE_SIZE - 1).astype(int)
    last = np.clip(np.ceil((blocks.high - table.low) * table.scale), 0, TABLE_SIZE - 1).astype(int)
    visible_before = np.concatenate([[0], np.cumsum(table.rgba[0, :, 3] > 0)])
    seen: np.ndarray = visible_before[last + 1] > visible_before[first]
    return seen if blocks.known is None else seen & blocks.known


def skip_distances(visible: np.ndarray) -> np.ndarray:
    """Distances (b0, b1, b2) uint8 from each block to the nearest visible one, in blocks; a diagonal counts as one."""
    if not visible.any():
        return np.full(visible.shape, 255, np.uint8)
    if visible.size <= FEW:
        return _few_distances(visible)
    from scipy.ndimage import distance_transform_cdt

    distances: np.ndarray = np.minimum(distance_transform_cdt(~visible, metric="chessboard"), 255)
    return distances.astype(np.uint8)


def _few_distances(visible: np.ndarray) -> np.ndarray:
    """The same distances without SciPy: how often what is visible has to grow by a block on all sides."""
    distances = np.zeros(visible.shape, np.uint8)
    reached = visible
    for _ in range(255):
        if reached.all():
            break
        distances += ~reached
        for axis in range(3):
            grown = reached.copy()
            after, before = np.moveaxis(grown, axis, 0), np.moveaxis(reached, axis, 0)
            after[1:] |= before[:-1]
            after[:-1] |= before[1:]
            reached = grown
    return distances
