"""Gradients of fields, stored beside their samples: one look-up gives both."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

_LAYERS = 16
"""Layers of a grid of integers that are worked on at a time, to save memory."""

_MIDDLE = 1 << 15
"""The code of a zero difference among differences stored as integers."""


@dataclass(frozen=True, eq=False)
class FieldWithGradients:
    """Samples with their differences, as a texture holds them.

    Attributes:
        stored: (n0, n1, n2, 4) uint16 or float32: the sample, and its differences along the last, the middle and the
            first axis.
        sample: (scale, offset) from the texture's values, 0 to 1, to samples.
        change: (scale, offset) to differences between neighbouring samples.
    """

    stored: np.ndarray
    sample: tuple[float, float]
    change: tuple[float, float]


def with_gradients(samples: np.ndarray) -> FieldWithGradients:
    """Samples (n0, n1, n2) and their differences: of integers of up to 16 bits as uint16, of all else as float32."""
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        return FieldWithGradients(_with_differences(samples), (1.0, 0.0), (1.0, 0.0))
    bits = 8 * samples.dtype.itemsize
    lowest = -(1 << bits - 1) if samples.dtype.kind == "i" else 0
    steps = float(1 << 15 - bits) if bits < 16 else 0.5  # a difference is at most as large as the largest number
    stored = np.empty((*samples.shape, 4), np.uint16)
    for first in range(0, len(samples), _LAYERS):
        before = min(first, 1)
        part = _with_differences(samples[first - before : first + _LAYERS + 1])[before : before + _LAYERS]
        part[..., 0] -= lowest
        part[..., 1:] = np.clip(np.rint(part[..., 1:] * steps) + _MIDDLE, 0, 65535)
        stored[first : first + _LAYERS] = part
    return FieldWithGradients(stored, (65535.0, float(lowest)), (65535.0 / steps, -_MIDDLE / steps))


def _with_differences(samples: np.ndarray) -> np.ndarray:
    """Samples (n0, n1, n2) with their differences along the last, middle and first axis: (n0, n1, n2, 4) float32.

    Differences are central, and one-sided at the edges.
    """
    result = np.empty((*samples.shape, 4), np.float32)
    result[..., 0] = samples
    field = result[..., 0]
    for channel, axis in enumerate((2, 1, 0), start=1):
        change, along = np.moveaxis(result[..., channel], axis, 0), np.moveaxis(field, axis, 0)
        if len(along) < 2:
            change[:] = 0
            continue
        np.subtract(along[2:], along[:-2], out=change[1:-1])
        change[1:-1] *= 0.5
        np.subtract(along[1], along[0], out=change[0])
        np.subtract(along[-1], along[-2], out=change[-1])
    return result


def with_normals(labels: np.ndarray) -> FieldWithGradients:
    """Categorical labels (n0, n1, n2), with normals in place of gradients, as float32.

    At the edges of a labelled region its normal points into it, and is up to about 1 long.
    """
    result = np.zeros((*labels.shape, 4), np.float32)
    result[..., 0] = labels
    for step in itertools.product((-1, 0, 1), repeat=3):
        if step == (0, 0, 0):
            continue
        here = tuple(slice(max(-d, 0), n - max(d, 0)) for d, n in zip(step, labels.shape, strict=True))
        there = tuple(slice(max(d, 0), n - max(-d, 0)) for d, n in zip(step, labels.shape, strict=True))
        same = labels[here] == labels[there]
        for channel, along in enumerate(reversed(step), start=1):
            if along:
                part = result[..., channel][here]
                part += same * np.float32(along / 18)
    return FieldWithGradients(result, (1.0, 0.0), (1.0, 0.0))
