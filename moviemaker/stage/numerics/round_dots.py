"""Dots in pictures all around: as wide in every direction, whichever of the views they are drawn in.

The views' own pixels are narrower the farther they are from the middle of a view, and a square of so many of them would
be an eighth of the sky's area in one place that it is in another. So dots become small balls there, whose outline is a
circle of the same angle in every view and to every eye.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.props import Glyphs, Prop, is_dots


def rounded(props: Sequence[Prop], eye: np.ndarray, pixel: float) -> tuple[Prop, ...]:
    """Props of which the dots are unlit balls that cover as much of the sky as their squares of pixels.

    Args:
        eye: (3,), from where they are seen, scene units.
        pixel: width of one in the picture, radians.
    """
    return tuple(_ball(prop, eye, pixel) if is_dots(prop) else prop for prop in props)


def _ball(dots: Glyphs, eye: np.ndarray, pixel: float) -> Glyphs:
    width = dots.size * (pixel * 2 / math.sqrt(math.pi))
    # A ball is seen under the angle whose sine is its radius over its distance.
    return replace(dots, shape="sphere", size=2 * np.sin(width / 2) * norms(dots.position - eye), shade=False)
