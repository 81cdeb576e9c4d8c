"""Palettes: colours of what is coloured between its points as well, such as surfaces and slices."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from moviemaker.core.colormaps import color_table
from moviemaker.core.colors import RGB
from moviemaker.core.props import Palette
from moviemaker.layers._color_by import ColorBy, ColorOrBy


def palette(color: RGB | ColorBy) -> Palette:
    """The palette of a resolved, frozen model, or of one colour for every value."""
    if isinstance(color, ColorBy) and (categories := color.categories) is not None:
        return Palette(categories / 255, -0.5, len(categories) - 0.5)
    if isinstance(color, ColorBy):
        low, high = color.ends
        return Palette(color_table(color.colormap), low, high, color.scale == "log")
    return Palette(np.array([color, color], float), 0.0, 1.0)


OptionalColoring = Annotated[RGB | ColorBy | None, ColorOrBy(optional=True)]
"""A field of a layer: a `Coloring`, or None if the scene gives none."""
