"""Props: the few things that can be drawn, as plain values. Layers make them, the stage hangs them up.

Props are compared by identity. A prop that comes again as the same object is not touched; one that comes again with the
same arrays inside keeps what was made of them (a texture, a surface) and only changes what is cheap to change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Vector


@dataclass(frozen=True, eq=False)
class Light:
    """One light. Values in `color` are sRGB as shown, `intensity` multiplies them.

    Attributes:
        kind: "sun", "point" or "ambient".
        vector: the way a sun shines (unit vector), or the position of a point light.
    """

    kind: str
    vector: Vector
    color: tuple[float, float, float]
    intensity: float


@dataclass(frozen=True, eq=False)
class TransferFunction:
    """Value to colour and opacity, both linear between their points and constant beyond them.

    Attributes:
        color_values: (n,), ascending data values.
        colors: (n, 3), sRGB in 0..1.
        opacities: ((value, opacity), ...), ascending values; opacity is reached over the unit distance.
    """

    color_values: np.ndarray
    colors: np.ndarray
    opacities: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Volume:
    """A cloud.

    Attributes:
        values: (nx, ny, nz) samples.
        origin, spacing: where they lie: sample (i, j, k) is at origin + (i, j, k) * spacing.
        transfer: what a value looks like.
        opacity: fades the whole, 0..1.
        unit_distance: length of path over which the opacities of the transfer function are reached, scene units.
        step: sampling distance along a ray, scene units.
        blend: "composite", "maximum", "minimum", "average" or "additive".
        shade: whether light falls on it.
    """

    values: np.ndarray
    origin: Vector
    spacing: Vector
    transfer: TransferFunction
    opacity: float
    unit_distance: float
    step: float
    blend: str
    shade: bool


@dataclass(frozen=True, eq=False)
class Isosurface:
    """Surfaces on which a field has given values.

    Attributes:
        values, origin, spacing: the field, as in `Volume`.
        levels: the values.
        colors: (len(levels), 3), sRGB in 0..1.
        opacity: 0..1.
        shade: False draws the flat colour.
    """

    values: np.ndarray
    origin: Vector
    spacing: Vector
    levels: tuple[float, ...]
    colors: np.ndarray
    opacity: float
    shade: bool


@dataclass(frozen=True, eq=False)
class Glyphs:
    """One mark per particle.

    Attributes:
        shape: "sphere", "cube", "diamond" or "dot".
        position: (n, 3), scene units.
        size: (n,) full widths in scene units; of dots, pixels (and equal).
        colors: (n, 4) uint8, sRGB and opacity.
        shade: False draws the flat colour, unlit.
    """

    shape: str
    position: np.ndarray
    size: np.ndarray
    colors: np.ndarray
    shade: bool


Prop = Volume | Isosurface | Glyphs
