"""The sky behind the pixels of a plate, compiled: every pixel that is not covered looks up its direction."""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, numba


@compiled
def sky_behind(
    clear: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
    axes: np.ndarray,
    sky: np.ndarray,
    table: np.ndarray,
    light: np.ndarray,
) -> None:
    """Fills what is seen of the sky through the pixels of a plate, (height, width, 3) float32 `light`.

    Args:
        clear: (height, width) float32, how much of the sky is seen through each pixel; 0 where it is covered.
        across, along: (width,) and (height,), places of pixels on the plane at distance 1, to the right and upwards.
        axes: (3, 3), what the view looks along, its right and its up, as rows, along the sky's ahead, left and up.
        sky: (rows, columns, 3) uint16, equirectangular.
        table: (65536,) float32, the colours of its texels.
        light: is filled.
    """
    height, width = clear.shape
    rows, columns, _ = sky.shape
    for row in numba.prange(height):
        for column in range(width):
            if clear[row, column] <= 0:
                light[row, column] = 0
                continue
            right, up = across[column], along[row]
            x = axes[0, 0] + right * axes[1, 0] + up * axes[2, 0]
            y = axes[0, 1] + right * axes[1, 1] + up * axes[2, 1]
            z = axes[0, 2] + right * axes[1, 2] + up * axes[2, 2]
            v = (0.5 - math.atan2(z, math.sqrt(x * x + y * y)) / math.pi) * rows - 0.5
            top = math.floor(v)
            lower = v - top
            # Beyond a pole the sky goes on half a turn away.
            upper_row, lower_row = max(top, 0), min(top + 1, rows - 1)
            upper_turn = columns // 2 if top < 0 else 0
            lower_turn = columns // 2 if top + 1 >= rows else 0
            left, part = 0, 0.0
            if columns > 1:
                u = (0.5 - math.atan2(y, x) / (2 * math.pi)) * columns - 0.5
                left = math.floor(u)
                part = u - left
            a, b = (left + upper_turn) % columns, (left + 1 + upper_turn) % columns
            c, d = (left + lower_turn) % columns, (left + 1 + lower_turn) % columns
            for channel in range(3):
                upper = table[sky[upper_row, a, channel]] * (1 - part) + table[sky[upper_row, b, channel]] * part
                under = table[sky[lower_row, c, channel]] * (1 - part) + table[sky[lower_row, d, channel]] * part
                light[row, column, channel] = clear[row, column] * (upper * (1 - lower) + under * lower)
