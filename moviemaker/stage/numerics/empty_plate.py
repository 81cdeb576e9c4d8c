"""Plates of an empty stage, the same as the stage's own, made without VTK."""

from __future__ import annotations

import numpy as np


def blank(size: tuple[int, int], background: tuple[float, float, float], bits: int) -> np.ndarray:
    """A plate of (width, height) pixels in a colour, sRGB in 0..1: (height, width, 3) uint8 or uint16, by its bits."""
    white = 2**bits - 1
    code = np.rint(white * np.asarray(background, np.float32)).astype(np.uint16 if bits == 16 else np.uint8)
    plate = np.empty((size[1], size[0], 3), code.dtype)
    plate[:] = code
    return plate
