"""Dots far beyond everything else, such as stars behind a planet, are drawn just behind it.

A depth buffer tells things apart over four orders of magnitude in distance: what is nearer than a ten-thousandth of the
largest distance would not be drawn. Dots look the same at any distance, so those beyond everything else are drawn
nearer: in the same directions, in the same order, and still behind everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.props import Drawable, Glyphs, is_dots

BEYOND = 300.0
"""Dots are drawn nearer from this many times the distance of everything else on."""

BEHIND = 4.0
"""They are drawn between this many times that distance and twice as many."""

UNMOVED = 1e4
"""They stay at least this many distances between the eyes away: both eyes then see them in the same direction."""


def drawn_nearer(shown: Sequence[Drawable], eye: np.ndarray, apart: float) -> tuple[Drawable, ...]:
    """What a perspective picture shows, with dots far beyond everything else drawn nearer.

    Args:
        shown: everything in the picture.
        eye: (3,), the middle between the eyes, scene units.
        apart: distance of the eyes from there, scene units.
    """
    if not any(map(is_dots, shown)):
        return tuple(shown)
    others = max((one.farthest(eye) for one in shown if not is_dots(one)), default=0.0)
    start = max(BEHIND * others, UNMOVED * apart)
    if not others:
        return tuple(shown)
    return tuple(
        _nearer(one, eye, start) if is_dots(one) and one.farthest(eye) > BEYOND * others else one for one in shown
    )


def _nearer(dots: Glyphs, eye: np.ndarray, start: float) -> Glyphs:
    offset = dots.position.astype(np.float64) - eye
    part = start / np.maximum(norms(offset), start)  # dots nearer than the start stay where they are
    return replace(dots, position=eye + offset * (part * (2 - part))[:, None])
