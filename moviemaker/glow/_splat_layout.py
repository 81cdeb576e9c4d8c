"""What is known of a splat: where in its numbers each of them is.

Records follow each other in rows of eight numbers of single precision, 32 bytes. A splat that belongs to one tile and
has one colour takes one row, any other two.
"""

from __future__ import annotations

import numpy as np

from moviemaker.glow._scratch import kept

ROW = 8

RED, FORM, FORM_1, FORM_2, DX, DY, CODE, AWAY, GREEN, BLUE, FROM_COLUMN, TO_COLUMN, FROM_ROW, TO_ROW = (
    np.uint64(k) for k in range(14)
)
"""Red, green and blue are those in the middle of the splat; AWAY is the distance from the eye.

Of an ellipse the form is the coefficients of dx^2, dx dy and dy^2 in u, the square of the distance from the middle over
that of the reach; DX and DY are column and row of the centre of its box's first pixel, from its middle.
Of round light the form is the unit vector in the axes of the projection. NEAR and BENT are the coefficients of q and
q^2 that give u, with q the square of the chord.
The box is columns from and to (not including), rows from and to; columns are not yet wrapped.
"""

NEAR, BENT = DX, DY

FLAT, ROUND = np.float32(-1), np.float32(-2)
"""Codes of other ellipses and of what is round in angle; those of narrow ones, which are not below 0, say where in the
tile the box begins and how many rows it has, as in `quick`."""


def rows(count: int) -> np.ndarray:
    """(count, 8) float32, two of them in the 64 bytes that a processor fetches at a time; earlier ones are lost."""
    wide = kept("records", (ROW * count + 16,), np.float32)
    skipped = -(wide.ctypes.data // 4) % 16
    return wide[skipped : skipped + ROW * count].reshape(count, ROW)
