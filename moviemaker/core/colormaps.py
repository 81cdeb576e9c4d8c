"""Colormaps: any Matplotlib name, or a list of colours that are evenly spaced and mixed as Matplotlib mixes them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from moviemaker.core.colors import RGB, parse_color
from moviemaker.core.errors import Mistake, suggest
from moviemaker.core.values import Value

Colormap = str | tuple[RGB, ...]

STEPS = 256
"""Number of colours that a table of a colormap has."""


def _parse(value: Any) -> Colormap:
    right = "write a Matplotlib name such as viridis, or a list of at least two colours"
    if isinstance(value, str):
        from matplotlib import colormaps  # a tenth of a second, which scenes without colormaps do not pay

        if value not in colormaps:
            raise Mistake(f"there is no colormap {value!r}", suggest(value, list(colormaps), "colormap"))
        return value
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise Mistake(f"{value!r} is no colormap", right)
    colors = []
    for index, color in enumerate(value):
        try:
            colors.append(parse_color(color))
        except Mistake as mistake:
            raise Mistake(mistake.what, mistake.instead, (index,)) from None
    return tuple(colors)


COLORMAP = Value(
    "a Matplotlib colormap's name, or a list of colours",
    _parse,
    {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 2}]},
    mix=None,
)


@lru_cache(maxsize=64)
def color_table(colormap: Colormap) -> np.ndarray:
    """The colours of a colormap from its low to its high end, (256, 3), sRGB in 0..1. Read-only."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    if isinstance(colormap, str):
        made = colormaps[colormap]
    else:
        made = LinearSegmentedColormap.from_list("scene", list(colormap), N=STEPS)
    table = np.asarray(made(np.linspace(0.0, 1.0, STEPS)))[:, :3]
    table.flags.writeable = False
    return table
