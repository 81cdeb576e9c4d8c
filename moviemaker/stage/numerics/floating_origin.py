"""Where the stage stands: close to what is hung up on it, because renderers know places in single precision only.

That is seven digits. Of what is a metre wide and lies at 4,500,000 metres north, as maps count, nothing is left in them
but steps of half a metre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.clips import Clip, ClipBox, ClipPlane
from moviemaker.core.fields import Vector
from moviemaker.core.props import Glyphs, Isosurface, Light, Prop, Slice, Surface, Tubes, Volume, box_of

FAR = 4.0
"""The stage leaves the origin for what is farther from it than so many times its own size."""

ORIGIN = (0.0, 0.0, 0.0)


def floating_origin(props: Sequence[Prop]) -> Vector:
    """Where the stage stands for some props: at the origin, or if all are far from it, about in their middle.

    It follows from the props alone, and stays where it is while they move by less than their size.
    """
    boxes = np.array([box for box in map(_box, props) if np.isfinite(box).all()])
    if not len(boxes):
        return ORIGIN
    low, high = boxes[..., 0].min(axis=0), boxes[..., 1].max(axis=0)
    middle, size = (low + high) / 2, float((high - low).max())
    if np.abs(middle).max() <= FAR * size:
        return ORIGIN
    grid = 2.0 ** math.ceil(math.log2(max(size, 1e-9 * float(np.abs(middle).max()))))
    x, y, z = (np.round(middle / grid) * grid).tolist()
    return x, y, z


def _box(prop: Prop) -> np.ndarray:
    """The box around a prop (3, 2); not finite if there is nothing."""
    if isinstance(prop, Volume | Isosurface):
        return box_of(prop)
    points = prop.corners if isinstance(prop, Slice) else prop.position
    known = points[np.isfinite(points).all(axis=1)]
    return np.column_stack([known.min(axis=0, initial=np.inf), known.max(axis=0, initial=-np.inf)])


class Moving:
    """Moves props to where the stage stands. An array that comes again is the same array again.

    Attributes:
        origin: where it stands, scene units.
    """

    def __init__(self) -> None:
        self.origin: Vector = ORIGIN
        self._moved: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def stand(self, props: Sequence[Prop]) -> bool:
        """Chooses where to stand for some props, and says whether that is elsewhere than before."""
        origin = floating_origin(props)
        changed = origin != self.origin
        self._moved = {} if changed else self._moved
        self.origin = origin
        return changed

    def props(self, props: Sequence[Prop]) -> list[Prop]:
        """The props as seen from there."""
        if self.origin == ORIGIN:
            return list(props)
        before, self._moved = self._moved, {}
        return [self._prop(prop, before) for prop in props]

    def light(self, light: Light) -> Light:
        """A light as seen from there."""
        return light if light.kind != "point" else replace(light, vector=self.place(light.vector))

    def place(self, place: Vector) -> Vector:
        """A place as seen from there."""
        x, y, z = (a - b for a, b in zip(place, self.origin, strict=True))
        return x, y, z

    def _prop(self, prop: Prop, before: dict[int, tuple[np.ndarray, np.ndarray]]) -> Prop:
        if isinstance(prop, Volume):
            return replace(prop, origin=self.place(prop.origin), clips=tuple(map(self._clip, prop.clips)))
        if isinstance(prop, Isosurface):
            return replace(prop, origin=self.place(prop.origin))
        if isinstance(prop, Slice):
            return replace(prop, corners=self._points(prop.corners, before))
        assert isinstance(prop, Surface | Glyphs | Tubes)
        return replace(prop, position=self._points(prop.position, before))

    def _points(self, points: np.ndarray, before: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        known = before.get(id(points)) or self._moved.get(id(points))
        # What is kept with it keeps the array alive, so that no other has its number.
        self._moved[id(points)] = known or (points, points - np.array(self.origin))
        return self._moved[id(points)][1]

    def _clip(self, clip: Clip) -> Clip:
        if isinstance(clip, ClipBox):
            return replace(clip, low=self.place(clip.low), high=self.place(clip.high))
        if isinstance(clip, ClipPlane):
            return replace(clip, origin=self.place(clip.origin))
        return replace(clip, center=self.place(clip.center))
