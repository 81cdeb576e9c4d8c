"""Bilinear interpolation through a map, compiled: the only step of a panorama that touches every pixel."""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, numba


@compiled
def resample(
    pixels: np.ndarray,
    corner: np.ndarray,
    stride: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    half: float,
    picture: np.ndarray,
) -> None:
    """Fills a picture (H, W, channels) from the pixels (n, channels) of all plates, of the same type.

    Args:
        pixels: those of all plates, one after the other.
        corner: (H, W), index of the upper left one of the four pixels to mix; negative where the picture is black.
        stride: (H, W), how many pixels further the lower ones are.
        across, down: (H, W) uint16, weights of the right and of the lower ones, in 1/65535.
        half: 0.5 for unsigned integers, which are then rounded to the nearest; 0 for floats.
        picture: is filled.
    """
    height, width, channels = picture.shape
    for row in numba.prange(height):
        for column in range(width):
            first = corner[row, column]
            if first < 0:
                picture[row, column] = 0
                continue
            below = first + stride[row, column]
            right, lower = across[row, column] / 65535.0, down[row, column] / 65535.0
            for channel in range(channels):
                a = pixels[first, channel] * (1 - right) + pixels[first + 1, channel] * right
                b = pixels[below, channel] * (1 - right) + pixels[below + 1, channel] * right
                picture[row, column, channel] = a * (1 - lower) + b * lower + half


@compiled
def pick(
    pixels: np.ndarray,
    corner: np.ndarray,
    stride: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    picture: np.ndarray,
) -> None:
    """Fills a picture (H, W) with the nearest of the pixels (n,) of all plates, and with infinity where it is black.

    For the other arguments see `resample`.
    """
    height, width = picture.shape
    for row in numba.prange(height):
        for column in range(width):
            first = corner[row, column]
            if first < 0:
                picture[row, column] = np.inf
                continue
            lower = stride[row, column] if down[row, column] > 32767 else 0
            picture[row, column] = pixels[first + lower + (1 if across[row, column] > 32767 else 0)]
