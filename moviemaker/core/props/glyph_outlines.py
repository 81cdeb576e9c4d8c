"""The form of glyphs that are longer than wide, as numbers that drawing and shadows share."""

from __future__ import annotations

_HEAD, _HEAD_RADIUS, _SHAFT_RADIUS = 0.35, 0.12, 0.045
_CONE_RADIUS = 0.17

OUTLINES = {
    "arrow": ((0.0, 0.0), (0.0, _SHAFT_RADIUS), (1 - _HEAD, _SHAFT_RADIUS), (1 - _HEAD, _HEAD_RADIUS), (1.0, 0.0)),
    "cone": ((0.0, 0.0), (0.0, _CONE_RADIUS), (1.0, 0.0)),
}
"""Half of the outline of round glyphs of length one, from tail to tip: (place on the axis, distance from it)."""
