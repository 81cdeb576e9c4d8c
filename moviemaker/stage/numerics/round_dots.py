"""Dots in pictures all around: equally wide in every direction, whichever view they are drawn in.

The farther a view's pixels are from its middle, the smaller their angle: a square of some of them would cover an eighth
of the area in one place that it covers in another. So dots become small balls, whose outline is a circle of the same
angle in every view and to every eye.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.props import Glyphs, Prop, is_dots


def rounded(props: Sequence[Prop], eye: np.ndarray, pixel: float) -> tuple[Prop, ...]:
    """The props with dots as unlit balls that cover the same area of the sky as their squares of pixels.

    Args:
        props: all props.
        eye: (3,), the place of the eye, scene units.
        pixel: width of a pixel in the picture, radians.
    """
    return tuple(_ball(prop, eye, pixel) if is_dots(prop) else prop for prop in props)


def _ball(dots: Glyphs, eye: np.ndarray, pixel: float) -> Glyphs:
    width = dots.size * (pixel * 2 / math.sqrt(math.pi))
    # The sine of half the angle of a ball is its radius over its distance.
    return replace(dots, shape="sphere", size=2 * np.sin(width / 2) * norms(dots.position - eye), shade=False)
