"""How a scene shows itself in a notebook: by a small picture."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image

from moviemaker.core.colors import shown_codes
from moviemaker.core.errors import MoviemakerError

WIDTH = 640
"""Greatest width of the picture in pixels ..."""
HEIGHT = 480
"""... and its greatest height."""


def png_of(still: Callable[[float, float], np.ndarray], size: tuple[int, int], duration: float) -> bytes | None:
    """A small picture of a scene as PNG; None, and a warning: it cannot be drawn.

    It is that of the beginning, or of the middle if nothing is seen in the beginning.

    Args:
        still: gives the picture at a time, scaled by a factor.
        size: (width, height) of the unscaled picture.
        duration: of the movie, seconds.
    """
    scale = min(1.0, WIDTH / size[0], HEIGHT / size[1])
    try:
        picture = still(0.0, scale)
        if np.ptp(picture.reshape(-1, picture.shape[-1]), axis=0).max() == 0:
            picture = still(duration / 2, scale)
    except MoviemakerError as error:
        warnings.warn(str(error), stacklevel=2)
        return None
    shown = (picture >> 8).astype(np.uint8) if picture.dtype == np.uint16 else shown_codes(picture)
    file = io.BytesIO()
    Image.fromarray(shown).save(file, "PNG")
    return file.getvalue()
