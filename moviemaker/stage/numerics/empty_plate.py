"""Plates of an empty stage, the same as the stage's own, made without VTK."""

from __future__ import annotations

import numpy as np


def blank(size: tuple[int, int], background: tuple[float, float, float] | None, bits: int) -> np.ndarray:
    """A plate of (width, height) pixels in a colour, sRGB in 0..1: (height, width, 3) of uint8, uint16 or float32.

    Its type follows from its bits: 8, 16, or 32 for floats from 0 to 1. Without a colour it is transparent, with four
    channels.
    """
    code = np.asarray(background or (0, 0, 0, 0), np.float32)
    if bits < 32:
        code = np.rint((2**bits - 1) * code).astype(np.uint16 if bits == 16 else np.uint8)
    plate = np.empty((size[1], size[0], len(code)), code.dtype)
    plate[:] = code
    return plate
