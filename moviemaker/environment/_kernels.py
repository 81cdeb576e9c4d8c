"""The sky behind the pixels of a plate, compiled: every pixel that is not covered looks up its direction."""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, numba


@compiled
def lay_behind(
    plate: np.ndarray,
    across: np.ndarray,
    along: np.ndarray,
    axes: np.ndarray,
    sky: np.ndarray,
    white: float,
    half: float,
    picture: np.ndarray,
) -> None:
    """Fills a picture (height, width, 3) with a plate before the sky.

    Args:
        plate: (height, width, 4), colours times opacity, and opacity.
        across, along: (width,) and (height,), places of pixels on the plane at distance 1, to the right and upwards.
        axes: (3, 3), what the view looks along, its right and its up, as rows, along the sky's ahead, left and up.
        sky: (rows, columns, 3) float32, equirectangular, codes from 0 to 1, brighter ones above.
        white: the code of white in plates.
        half: 0.5 for whole numbers, which are rounded and end at white; 0 for floats.
        picture: is filled.
    """
    height, width, _ = plate.shape
    rows, columns, _ = sky.shape
    for row in numba.prange(height):
        for column in range(width):
            clear = white - plate[row, column, 3]
            if clear <= 0:
                for channel in range(3):
                    picture[row, column, channel] = plate[row, column, channel]
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
                begin = math.floor(u)
                part = u - begin
                left = int(begin) % columns
            a, b = (left + upper_turn) % columns, (left + 1 + upper_turn) % columns
            c, d = (left + lower_turn) % columns, (left + 1 + lower_turn) % columns
            for channel in range(3):
                upper = sky[upper_row, a, channel] * (1 - part) + sky[upper_row, b, channel] * part
                under = sky[lower_row, c, channel] * (1 - part) + sky[lower_row, d, channel] * part
                seen = plate[row, column, channel] + clear * (upper * (1 - lower) + under * lower) + half
                picture[row, column, channel] = min(seen, white) if half > 0 else seen
