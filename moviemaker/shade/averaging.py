"""Extinctions of samples, averaged over blocks of them, compiled."""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled_piece


@compiled_piece
def add_extinctions(
    samples: np.ndarray,
    weights: np.ndarray,
    table: np.ndarray,
    low: np.float32,
    per_entry: np.float32,
    blocks: tuple[int, int, int],
    found: np.ndarray,
) -> None:
    """Adds the extinctions of samples up in blocks.

    Args:
        samples: (n0, n1, n2) float32; those that are not a number have none.
        weights: factors of the extinctions, of the same shape; empty: 1.
        table: (k,) float32, extinctions of values at equal steps.
        low: the value of the first entry.
        per_entry: entries for a difference of 1 between values.
        blocks: samples of a block along each axis.
        found: (n0, n1, n2) over the blocks, rounded up, float32; is added to.
    """
    block_0, block_1, block_2 = blocks
    last = np.float32(len(table) - 1)
    half = np.float32(0.5)
    for a in range(found.shape[0]):
        for i in range(a * block_0, min((a + 1) * block_0, samples.shape[0])):
            for j in range(samples.shape[1]):
                row = found[a, j // block_1]
                for k in range(samples.shape[2]):
                    entry = (samples[i, j, k] - low) * per_entry + half
                    if entry == entry:
                        amount = table[np.int64(min(max(entry, np.float32(0)), last))]
                        if weights.size:
                            amount *= weights[i, j, k]
                        row[k // block_2] += amount
