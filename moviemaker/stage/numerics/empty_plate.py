"""Plates of an empty stage, the same as the stage's own, made without VTK."""

from __future__ import annotations

import numpy as np


def blank(size: tuple[int, int], background: tuple[float, float, float] | None, bits: int) -> np.ndarray:
    """A plate of (width, height) pixels in a colour, sRGB in 0..1: (height, width, 3) uint8 or uint16, by its bits.

    Without a colour it is transparent, with four channels.
    """
    white = 2**bits - 1
    color = np.asarray(background or (0, 0, 0, 0), np.float32)
    code = np.rint(white * color).astype(np.uint16 if bits == 16 else np.uint8)
    plate = np.empty((size[1], size[0], len(code)), code.dtype)
    plate[:] = code
    return plate
