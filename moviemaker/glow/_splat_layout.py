"""The record of a splat: the index of each quantity.

Records are stored in rows of eight numbers of single precision, 32 bytes. A splat that belongs to one tile and has one
colour takes one row, any other takes two.
"""

from __future__ import annotations

import numpy as np

from moviemaker.glow._scratch import scratch_array

ROW = 8

RED, FORM, FORM_1, FORM_2, DX, DY, CODE, AWAY, GREEN, BLUE, FROM_COLUMN, TO_COLUMN, FROM_ROW, TO_ROW = (
    np.uint64(k) for k in range(14)
)
"""RED, GREEN and BLUE are the light in the middle of the splat; AWAY is the distance from the eye.

The form of an ellipse is the coefficients of dx^2, dx dy and dy^2 in u, where u is the square of the distance from the
middle over the square of the reach. DX and DY lead from the middle to the centre of the first pixel of the bounding
box. The form of round light is its direction, a unit vector in the axes of the projection. NEAR and BENT are the
coefficients of q and q^2 that give u, where q is the square of the chord.
The bounding box is columns from and up to, rows from and up to, ends excluded; columns are not wrapped yet.
"""

NEAR, BENT = DX, DY

ELLIPSE, ROUND = np.float32(-1), np.float32(-2)
"""Codes of ellipses that belong to several tiles, and of round light. The code of an ellipse that belongs to one tile
is 0 or more: it gives the pixel of the tile where the bounding box begins and the number of its rows (see
`_project_fast.to_pixels`)."""


def rows(count: int) -> np.ndarray:
    """Scratch memory for records, (count, 8) float32, aligned so that one cache line of 64 bytes holds two rows."""
    wide = scratch_array("records", (ROW * count + 16,), np.float32)
    skipped = -(wide.ctypes.data // 4) % 16
    return wide[skipped : skipped + ROW * count].reshape(count, ROW)
