"""How fast fields change, kept beside their samples: one look-up gives both."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

_LAYERS = 16
"""Layers of a grid of whole numbers that are worked on at a time, for the sake of memory."""

_MIDDLE = 1 << 15
"""What stands for no change where changes are kept as whole numbers."""


@dataclass(frozen=True, eq=False)
class Differences:
    """Samples with their changes, as a texture holds them.

    Attributes:
        stored: (n0, n1, n2, 4) uint16 or float32: the sample, and how it changes along the last axis, the middle one,
            the first.
        sample: what 1 in the texture stands for, and what 0, of a sample.
        change: the same of a change from one sample to the next.
    """

    stored: np.ndarray
    sample: tuple[float, float]
    change: tuple[float, float]


def differences_of(samples: np.ndarray) -> Differences:
    """Samples (n0, n1, n2) and their changes: of whole numbers of up to 16 bits as such, of all else as float32."""
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        return Differences(with_differences(samples), (1.0, 0.0), (1.0, 0.0))
    bits = 8 * samples.dtype.itemsize
    lowest = -(1 << bits - 1) if samples.dtype.kind == "i" else 0
    steps = float(1 << 15 - bits) if bits < 16 else 0.5  # a change is at most as large as the largest number
    stored = np.empty((*samples.shape, 4), np.uint16)
    for first in range(0, len(samples), _LAYERS):
        before = min(first, 1)
        part = with_differences(samples[first - before : first + _LAYERS + 1])[before : before + _LAYERS]
        part[..., 0] -= lowest
        part[..., 1:] = np.clip(np.rint(part[..., 1:] * steps) + _MIDDLE, 0, 65535)
        stored[first : first + _LAYERS] = part
    return Differences(stored, (65535.0, float(lowest)), (65535.0 / steps, -_MIDDLE / steps))


def with_differences(samples: np.ndarray) -> np.ndarray:
    """Samples (n0, n1, n2), and how they change from one to the next along the last axis, the middle one, the first:
    (n0, n1, n2, 4) float32. Differences are central, at the edges to the one neighbour there is.
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


def with_sides(labels: np.ndarray) -> np.ndarray:
    """Names of things (n0, n1, n2), and at the edges of a thing the way into it, up to about 1, along the last axis,
    the middle one, the first: (n0, n1, n2, 4) float32.
    """
    result = np.zeros((*labels.shape, 4), np.float32)
    result[..., 0] = labels
    for way in itertools.product((-1, 0, 1), repeat=3):
        if way == (0, 0, 0):
            continue
        here = tuple(slice(max(-d, 0), n - max(d, 0)) for d, n in zip(way, labels.shape, strict=True))
        there = tuple(slice(max(d, 0), n - max(-d, 0)) for d, n in zip(way, labels.shape, strict=True))
        same = labels[here] == labels[there]
        for channel, along in enumerate(reversed(way), start=1):
            if along:
                part = result[..., channel][here]
                part += same * np.float32(along / 18)
    return result
