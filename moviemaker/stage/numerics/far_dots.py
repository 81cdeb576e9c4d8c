"""Stars behind a planet: dots far beyond all else are drawn just behind it.

A depth buffer tells things apart over four orders of magnitude in distance, and what is nearer than the ten-thousandth
part of the farthest would not be drawn. Dots look the same at any distance, so those beyond all else are drawn nearer,
in the same directions and in the same order, still behind all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.props import Drawable, Glyphs
from moviemaker.stage.numerics.units import farthest

BEYOND = 300.0
"""From so many times the distance of all else on dots are drawn nearer."""

BEHIND = 4.0
"""They are drawn farther away than so many times that distance, and nearer than twice as many times."""

UNMOVED = 1e4
"""How many distances of the eyes they are away at least: eyes so near to each other see them in one direction."""


def drawn_nearer(shown: Sequence[Drawable], eye: np.ndarray, apart: float) -> tuple[Drawable, ...]:
    """All that is to be seen by perspective, with dots that are far beyond all else drawn nearer.

    Args:
        shown: all of it.
        eye: (3,), the middle between the eyes, scene units.
        apart: how far the eyes are from there, scene units.
    """
    others = max((farthest(one, eye) for one in shown if not _is_dots(one)), default=0.0)
    start = max(BEHIND * others, UNMOVED * apart)
    if not others:
        return tuple(shown)
    return tuple(
        _nearer(one, eye, start) if isinstance(one, Glyphs) and _is_dots(one) and farthest(one, eye) > BEYOND * others
        else one
        for one in shown
    )  # fmt: skip


def _is_dots(one: Drawable) -> bool:
    return isinstance(one, Glyphs) and one.shape == "dot"


def _nearer(dots: Glyphs, eye: np.ndarray, start: float) -> Glyphs:
    offset = dots.position.astype(np.float64) - eye
    part = start / np.maximum(norms(offset), start)  # what is nearer than the start stays where it is
    return replace(dots, position=eye + offset * (part * (2 - part))[:, None])
