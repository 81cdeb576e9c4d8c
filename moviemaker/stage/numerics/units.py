"""Lengths and values of any magnitude: metres of which galaxies are 1e21 wide and atoms 1e-10, masses in kilograms.

Renderers calculate in single precision, in which the square of a square of 1e10 is not a number any more, and that of
1e-10 is nothing. So scenes that need it are drawn in a unit of their own, and so are fields. It is a power of two, by
which numbers are divided without being rounded: that it is another one in the next frame is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.clips import Clip, ClipBox, ClipPlane
from moviemaker.core.fields import Vector
from moviemaker.core.props import Drawable, Glow, Glyphs, Isosurface, Light, Slice, Surface, Tubes, Volume, box_of
from moviemaker.core.scales import LINEAR

SHORT, LONG = 1e-5, 1e8
"""How far things may be that are drawn in the scene's own unit."""

LITTLE, MUCH = 1e-10, 1e10
"""The largest value that a field may have to be drawn as it is."""

LOOKED_AT = 1000
"""Points of each prop, about, that tell how far things are."""

_STEPS = 8
"""Binary orders of magnitude from one unit to the next: it changes seldom while a camera moves."""


def unit_of(shown: Sequence[Drawable], eye: np.ndarray) -> float:
    """The length, in scene units, in which things are drawn as seen from a place (3,); 1 if theirs are ordinary."""
    return _unit(max((farthest(one, eye) for one in shown), default=0.0), SHORT, LONG)


def _unit(most: float, low: float, high: float) -> float:
    return 1.0 if most == 0.0 or low <= most <= high else 2.0 ** (_STEPS * round(math.log2(most) / _STEPS))


def farthest(one: Drawable, eye: np.ndarray) -> float:
    """How far the farthest of some points of it is along the axes, scene units; 0 if there is nothing."""
    if isinstance(one, Volume | Isosurface):
        points = box_of(one).T
    else:
        points = one.corners if isinstance(one, Slice) else one.position
        points = points[:: max(1, len(points) // LOOKED_AT)].astype(np.float64)
    away = np.abs(points - eye).max(axis=1, initial=0.0)
    return float(away[np.isfinite(away)].max(initial=0.0))


def _value_unit(values: np.ndarray) -> float:
    most = float(np.maximum(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None)))
    if math.isinf(most):
        most = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return 1.0 if math.isnan(most) else _unit(most, LITTLE, MUCH)


class Scaling:
    """Puts things into another unit. An array that comes again is the same array again.

    Attributes:
        unit: of lengths, in scene units.
    """

    def __init__(self) -> None:
        self.unit = 1.0
        self._made: dict[tuple[int, float], tuple[np.ndarray, np.ndarray]] = {}
        self._before = self._made
        self._units: dict[int, tuple[np.ndarray, float]] = {}

    def all(self, shown: Sequence[Drawable], unit: float) -> tuple[Drawable, ...]:
        """All that is to be seen, in this unit of lengths from now on, and fields in units of theirs."""
        self.unit = unit
        self._before, self._made = self._made, {}
        units, self._units = self._units, {}
        found = tuple(self._with_values(one, units) if isinstance(one, Volume | Isosurface) else one for one in shown)
        return found if unit == 1.0 else tuple(map(self._with_lengths, found))

    def camera(self, camera: Camera) -> Camera:
        """An eye."""
        if self.unit == 1.0:
            return camera
        ods = camera.ods and replace(camera.ods, radius=camera.ods.radius / self.unit)
        return replace(camera, position=camera.position / self.unit, ods=ods)

    def lens(self, lens: Any) -> Any:
        """A lens at one moment, which scales its own lengths."""
        return lens if self.unit == 1.0 else lens.scaled(self.unit)

    def lights(self, lights: tuple[Light, ...]) -> tuple[Light, ...]:
        """Lights, of which only those that shine from a point are anywhere."""
        if self.unit == 1.0:
            return lights
        return tuple(one if one.kind != "point" else replace(one, vector=self._vector(one.vector)) for one in lights)

    def _with_values(self, one: Volume | Isosurface, units: dict[int, tuple[np.ndarray, float]]) -> Drawable:
        values = one.values
        counted = isinstance(one, Volume) and (one.scale != LINEAR or bool(one.labels))  # decades, or names of things
        if counted or values.dtype not in (np.float32, np.float64):
            return one
        # What is kept with it keeps the array alive, so that no other has its number.
        self._units[id(values)] = units.get(id(values)) or (values, _value_unit(values))
        unit = self._units[id(values)][1]
        if unit == 1.0:
            return one
        if isinstance(one, Isosurface):
            return replace(one, values=self._array(values, unit), levels=tuple(level / unit for level in one.levels))
        transfer = replace(
            one.transfer,
            color_values=one.transfer.color_values / unit,
            opacities=tuple((value / unit, opacity) for value, opacity in one.transfer.opacities),
        )
        gradient = tuple((magnitude / unit, factor) for magnitude, factor in one.gradient)
        return replace(one, values=self._array(values, unit), transfer=transfer, gradient=gradient)

    def _with_lengths(self, one: Drawable) -> Drawable:
        if isinstance(one, Volume):
            return replace(
                one,
                origin=self._vector(one.origin),
                spacing=self._vector(one.spacing),
                unit_distance=one.unit_distance / self.unit,
                step=one.step / self.unit,
                gradient=tuple((magnitude * self.unit, factor) for magnitude, factor in one.gradient),
                clips=tuple(map(self._clip, one.clips)),
            )
        if isinstance(one, Isosurface):
            return replace(one, origin=self._vector(one.origin), spacing=self._vector(one.spacing))
        if isinstance(one, Slice):
            return replace(one, corners=self._array(one.corners, self.unit))
        position = self._array(one.position, self.unit)
        if isinstance(one, Glyphs):
            return replace(one, position=position, size=self._array(one.size, 1.0 if one.shape == "dot" else self.unit))
        if isinstance(one, Tubes):
            return replace(one, position=position, width=self._array(one.width, self.unit))
        if isinstance(one, Surface):
            return replace(one, position=position)
        assert isinstance(one, Glow)
        brightness = one.brightness
        if one.total:  # a radiance times an area, of which single precision may know nothing
            brightness = brightness.astype(np.float64) / self.unit / self.unit
        return replace(one, position=position, size=self._array(one.size, self.unit), brightness=brightness)

    def _array(self, array: np.ndarray, unit: float) -> np.ndarray:
        if unit == 1.0:
            return array
        key = (id(array), unit)
        known = self._before.get(key) or self._made.get(key)
        real = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
        self._made[key] = known or (array, real / unit)
        return self._made[key][1]

    def _clip(self, clip: Clip) -> Clip:
        if isinstance(clip, ClipBox):
            return replace(clip, low=self._vector(clip.low), high=self._vector(clip.high))
        if isinstance(clip, ClipPlane):
            return replace(clip, origin=self._vector(clip.origin))
        return replace(clip, center=self._vector(clip.center), radius=clip.radius / self.unit)

    def _vector(self, vector: Vector) -> Vector:
        x, y, z = (component / self.unit for component in vector)
        return x, y, z
