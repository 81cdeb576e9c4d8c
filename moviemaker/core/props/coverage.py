"""The edge of what is known of a field, between its samples.

Samples tell whether they are known, which gives an edge of steps. Smoothing their mask moves the edge to where a smooth
surface between known and unknown samples lies. `2 G - G G`, with a Gaussian G, leaves the places of curved edges as
they are to leading order, where G alone would shrink them. A known sample stays on the known side, so that what is one
sample thin is still drawn (R. T. Whitaker, "Reducing aliasing artifacts in iso-surfaces of binary volumes", 2000).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from moviemaker.core.recent import Recent

REACH = 1.5
"""Distance from the edge, in samples, beyond which the coverage no longer changes."""

_WIDTH = 2.0
"""Standard deviation of the Gaussian, in samples."""
_APART = 0.02
"""Least distance of a smoothed sample from the edge, as a part of the step of the mask."""
_THIN = 4.0
"""How strongly a sample is drawn back that smoothing moved across the edge."""

_KEPT: Recent[np.ndarray] = Recent(2)


def coverage(known: np.ndarray) -> np.ndarray:
    """How far samples lie inside of what is known, in samples: 0 at the edge, negative outside.

    Args:
        known: (n, ...) bool, with some samples known.

    Returns:
        The same shape, float32, between `-REACH` and `REACH`; linear between samples.
    """
    digest = hashlib.blake2b(np.packbits(known).tobytes(), digest_size=16).digest()
    return _KEPT.get((known.shape, digest), lambda: _smoothed(known))


def edge_of(known: np.ndarray | None, inside: np.ndarray | None) -> np.ndarray | None:
    """The coverage of samples that are known, in a body whose edge lies between samples; None: all is known.

    Args:
        known: (n, ...) bool; None: all samples are.
        inside: how far samples lie inside of the body, as `coverage` gives it; None: no body limits them.
    """
    if known is None:
        return inside
    if inside is None:
        return None if known.all() else coverage(known)
    gaps = ~known & (inside > -1)
    return np.minimum(inside, coverage(~gaps)) if gaps.any() else inside


def _smoothed(known: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    once = gaussian_filter(known.astype(np.float32), _WIDTH, mode="nearest", truncate=3.0)
    inside = gaussian_filter(once, _WIDTH, mode="nearest", truncate=3.0)
    np.subtract(2 * once, inside, out=inside)
    inside -= np.float32(0.5)
    back = _THIN * np.square(inside, out=once)
    np.copyto(inside, back, where=known & (inside < 0))
    np.copyto(inside, -back, where=~known & (inside > 0))
    least = np.float32(_APART)
    inside = np.where(known, np.maximum(inside, least), np.minimum(inside, -least))
    # Across a flat edge the smoothed step is steepest by 1 / (width * sqrt(2 pi)) a sample, less what G G takes away.
    steepness = (2 - math.sqrt(0.5)) / (_WIDTH * math.sqrt(2 * math.pi))
    found: np.ndarray = np.clip(inside / np.float32(steepness), -REACH, REACH)
    return found
