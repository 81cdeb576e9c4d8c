"""Colours beyond the edges of a transparent picture, for codecs that mix the colours of neighbouring pixels.

A movie holds straight colours and an alpha channel. Where nothing is seen, any colour would do for a viewer; but codecs
keep one colour for four pixels, or blur it. Black beside an edge would darken the edge. So the colours that are seen
are carried on into the gaps, by a pyramid: each level is the mean of 2 x 2 pixels, weighted by opacity, and fills
the gaps of the finer one (Gortler et al., "The lumigraph", SIGGRAPH 1996: pull and push).
"""

from __future__ import annotations

import numpy as np

SURE = 4
"""Opacity, of 255, from which a pixel keeps its colour. Below, 8 bits hardly hold one: it is mixed with those around.
"""


def extended(picture: np.ndarray) -> np.ndarray:
    """The same picture with a colour for every pixel; what is seen keeps its own, and opacities stay.

    Args:
        picture: (height, width, 4) uint8, straight colours and opacity.
    """
    opacity = picture[..., 3]
    gaps = opacity < SURE
    if not gaps.any() or gaps.all():
        return picture
    coarse = _filled(_summed(picture))
    rows, columns = np.nonzero(gaps)
    part = picture[rows, columns, 3:] / np.float32(SURE)
    fill = coarse[rows // 2, columns // 2]
    filled = picture.copy()
    filled[rows, columns, :3] = np.rint(part * picture[rows, columns, :3] + (1 - part) * fill)
    return filled


def _summed(picture: np.ndarray) -> np.ndarray:
    """The sums over 2 x 2 pixels of colours times opacity, and opacity: (height / 2, width / 2, 4) float32."""
    height, width = picture.shape[:2]
    total = np.zeros(((height + 1) // 2, (width + 1) // 2, 4), np.float32)
    for row in (0, 1):
        for column in (0, 1):
            part = picture[row::2, column::2]
            weight = part[..., 3:] / np.float32(255)
            into = total[: part.shape[0], : part.shape[1]]
            into[..., :3] += weight * part[..., :3]
            into[..., 3:] += weight
    return total


def _filled(level: np.ndarray) -> np.ndarray:
    """A colour for each pixel of a level (height, width, 4) of colours times weight, and weight: (height, width, 3)."""
    weight = level[..., 3:]
    known = np.minimum(weight, 1)
    colors = level[..., :3] / np.maximum(weight, 1e-12)
    if min(level.shape[:2]) == 1 or (weight > 1e-3).all():
        mean = level[..., :3].sum(axis=(0, 1)) / max(float(weight.sum()), 1e-12)
        known_or_mean: np.ndarray = np.where(weight > 1e-12, colors, mean)
        return known_or_mean
    coarse = _doubled(_filled(_halved(level)), level.shape[:2])
    filled: np.ndarray = known * colors + (1 - known) * coarse
    return filled


def _halved(level: np.ndarray) -> np.ndarray:
    """The sums of 2 x 2 pixels; an odd last row or column counts as if zeros followed."""
    height, width = level.shape[:2]
    if height % 2 or width % 2:
        level = np.pad(level, ((0, height % 2), (0, width % 2), (0, 0)))
    rows = level[::2] + level[1::2]
    halved: np.ndarray = rows[:, ::2] + rows[:, 1::2]
    return halved


def _doubled(colors: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Twice as fine, interpolated bilinearly between the middles of pixels, cut to (height, width)."""
    for axis in (0, 1):
        before = np.concatenate([colors.take([0], axis), colors.take(range(colors.shape[axis] - 1), axis)], axis)
        after = np.concatenate([colors.take(range(1, colors.shape[axis]), axis), colors.take([-1], axis)], axis)
        pair = np.stack([0.75 * colors + 0.25 * before, 0.75 * colors + 0.25 * after], axis=axis + 1)
        shown = list(colors.shape)
        shown[axis] *= 2
        colors = pair.reshape(shown)
    return colors[: shape[0], : shape[1]]
