"""The sky as rough mirrors reflect it: blurred by the lobes of microfacets.

A surface with the distribution of normals of Trowbridge and Reitz (GGX, B. Walter et al., "Microfacet Models for
Refraction through Rough Surfaces", EGSR 2007), seen from straight above, reflects light from the angle t to its normal
by `D(t / 2) cos t`. The sky is blurred by that around each direction, as if it were seen so everywhere; what is lost at
grazing angles is put right by the shader (B. Karis, "Real Shading in Unreal Engine 4", SIGGRAPH 2013).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from moviemaker.core.props import Reflections
from moviemaker.environment.irradiance import row_angles

LEVELS = 8
"""What a mirror shows, and seven lobes from 1/64 to 1 in `alpha`, each twice as wide as the one before."""

WIDEST, NARROWEST = 1024, 32
"""Texels across: of the first level at most, half as many of each next one, and of the last ones."""

REACH = 10.0
"""Lobes end at so many times `alpha` as the tangent of half the angle, where a hundredth of them is left."""


def reflections_of(light: np.ndarray) -> Reflections:
    """The levels of a sky.

    Args:
        light: (rows, columns, 3), linear, equirectangular; its columns are a power of two, twice its rows, or one
            column of a sky without longitudes.
    """
    height, columns = light.shape[:2]
    widths = tuple(max(min(2 * height, WIDEST >> level), NARROWEST) for level in range(LEVELS))
    parts = []
    for level, width in enumerate(widths):
        rows = width // 2
        if level == 0:
            found = light
        else:
            finer = light.reshape(rows, height // rows, columns, 1, 3).mean(axis=(1, 3))
            if columns > 1:
                finer = finer.reshape(rows, width, columns // width, 3).mean(axis=2)
            found = _blurred(finer, 2.0 ** (level - LEVELS + 1))
        parts.append(_bordered(np.broadcast_to(found, (rows, width, 3))))
    texels = np.zeros((sum(map(len, parts)), widths[0] + 2, 3), np.float32)
    first = 0
    for part in parts:
        texels[first : first + len(part), : part.shape[1]] = part
        first += len(part)
    return Reflections(texels, widths)


def _blurred(light: np.ndarray, alpha: float) -> np.ndarray:
    """Light (rows, columns, 3) blurred by a lobe."""
    rows, columns = light.shape[:2]
    if columns == 1:
        return np.asarray((_lobe_of_rows(rows, alpha) @ light[:, 0])[:, None])
    latitude, part = row_angles(rows)
    reach = 2 * math.atan(REACH * alpha)
    near = math.ceil(reach / math.pi * rows)
    waves = np.fft.rfft(light, axis=1)
    blurred = np.empty((rows, columns, 3), np.float64)
    for row in range(rows):
        some = slice(max(row - near, 0), row + near + 1)
        lobes = _lobe(latitude[row], latitude[some], columns, alpha) * part[some, None]
        lobes /= lobes.sum()
        turned = np.fft.rfft(lobes, axis=1)
        blurred[row] = np.fft.irfft(np.einsum("rm,rmc->mc", turned, waves[some]), columns, axis=0)
    return blurred


@lru_cache(maxsize=LEVELS)
def _lobe_of_rows(rows: int, alpha: float) -> np.ndarray:
    """A lobe (rows, rows) of a sky without longitudes: of each row, how much of every row it reflects."""
    latitude, part = row_angles(rows)
    found = np.array([_lobe(each, latitude, 2 * rows, alpha).sum(axis=1) * part for each in latitude])
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _lobe(latitude: float, others: np.ndarray, columns: int, alpha: float) -> np.ndarray:
    """A lobe around a latitude at longitude 0: (len(others), columns), from longitude 0 on, up to a factor."""
    cosine = np.cos(2 * math.pi / columns * np.arange(columns))
    toward = math.sin(latitude) * np.sin(others)[:, None] + math.cos(latitude) * np.cos(others)[:, None] * cosine
    halfway = (1 + toward) / 2  # the square of the cosine of half the angle
    return np.asarray(np.maximum(toward, 0.0) / (halfway * (alpha * alpha - 1) + 1) ** 2)


def _bordered(light: np.ndarray) -> np.ndarray:
    """Light with a texel more on each side; beyond a pole the sky goes on half a turn away."""
    half = light.shape[1] // 2
    tall = np.concatenate([np.roll(light[:1], half, axis=1), light, np.roll(light[-1:], half, axis=1)])
    return np.concatenate([tall[:, -1:], tall, tall[:, :1]], axis=1)
