"""What hides the light, as plain arrays: spheres, tubes, triangles and media, without VTK.

A prop that comes again with the same arrays gives the same caster, as the same object, so that what was computed from
it can be used again. Opacities are rounded to `FADE_STEPS` of them for that: a fade does not give another caster for a
change that cannot be seen.

Dots and glows have no size in the scene and hide nothing. Nor do wire frames, and volumes that only add light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Generic, TypeVar

import numpy as np

from moviemaker.core.fields import Vector
from moviemaker.core.geometry import corners_of
from moviemaker.core.props import Drawable, Glyphs, Isosurface, Prop, Slice, Surface, Tubes, Volume, all_same
from moviemaker.shade.forms import glyph_triangles, line_radius, slice_triangles, surface_triangles
from moviemaker.shade.level_surfaces import level_surfaces
from moviemaker.shade.media import Medium

FADE_STEPS = 64
"""Steps between an opacity of 0 and one of 1."""

MOST_GLYPHS = 50_000
"""Of more cubes, diamonds, arrows and cones than this, each is a sphere or a tube instead of its triangles."""


@dataclass(frozen=True, eq=False)
class Spheres:
    """Opaque or translucent balls. All places of a caster are counted from its origin, to be exact in float32.

    Attributes:
        origin: scene units.
        center: (n, 3) float32, from the origin.
        radius: (n,) float32, scene units, above 0.
        opacity: (n,) float32, above 0.
    """

    origin: Vector
    center: np.ndarray
    radius: np.ndarray
    opacity: np.ndarray


@dataclass(frozen=True, eq=False)
class Lines:
    """Poly-lines as round tubes with round ends.

    Attributes:
        origin: scene units.
        position: (n, 3) float32, from the origin: the points of the first line in order, then those of the next.
        offsets: (m + 1,) int64: line j goes through `position[offsets[j] : offsets[j + 1]]`.
        radius: (n,) float32, scene units.
        opacity: (n,) float32.
    """

    origin: Vector
    position: np.ndarray
    offsets: np.ndarray
    radius: np.ndarray
    opacity: np.ndarray


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles that hide light on both sides.

    Attributes:
        origin: scene units.
        corners: (m, 3, 3) float32, from the origin, all finite.
        opacity: (m,) float32, above 0.
        extent: (m,) float32, how large the thing is that each is a part of, scene units; None: very large.
    """

    origin: Vector
    corners: np.ndarray
    opacity: np.ndarray
    extent: np.ndarray | None = None


Caster = Spheres | Lines | Triangles | Medium


@dataclass(frozen=True, eq=False)
class Casters:
    """Everything that hides light at a moment.

    Attributes:
        parts: the casters; the same objects as long as nothing has changed.
        bounds: (3, 2), of everything that is drawn, whether it casts or not; not finite if nothing is drawn.
    """

    parts: tuple[Caster, ...]
    bounds: np.ndarray

    @property
    def diagonal(self) -> float:
        """Of the bounds, scene units; 0 if nothing is drawn."""
        sides = self.bounds[:, 1] - self.bounds[:, 0]
        return float(np.linalg.norm(sides)) if np.isfinite(sides).all() and (sides >= 0).all() else 0.0


def contents_of(part: Caster) -> tuple[object, ...]:
    """Everything that a caster is made of: arrays, and values that have a representation as text."""
    if isinstance(part, Medium):
        return part.contents
    return (type(part).__name__, *(getattr(part, each.name) for each in fields(part)))


T = TypeVar("T")


@dataclass(eq=False)
class SameAgain(Generic[T]):
    """Results by the objects that they were made of; those that were not asked for since `begin` are forgotten."""

    _now: list[tuple[tuple[object, ...], object, T]] = field(default_factory=list)
    _before: list[tuple[tuple[object, ...], object, T]] = field(default_factory=list)

    def begin(self) -> None:
        """Begins another moment."""
        self._before, self._now = self._now, []

    def get(self, objects: tuple[object, ...], key: object, make: Callable[[], T]) -> T:
        """The result for the same objects and an equal key, made now if it is not remembered."""
        found = self._among(self._now, objects, key)
        if found is None:
            found = self._among(self._before, objects, key) or (objects, key, make())
            self._now.append(found)
        return found[2]

    @staticmethod
    def _among(
        known: list[tuple[tuple[object, ...], object, T]], objects: tuple[object, ...], key: object
    ) -> tuple[tuple[object, ...], object, T] | None:
        return next((one for one in known if one[1] == key and all_same(one[0], objects)), None)


class CasterMaker:
    """Turns props into casters."""

    def __init__(self) -> None:
        self._known: SameAgain[tuple[Caster, ...]] = SameAgain()
        self._opacities: SameAgain[np.ndarray] = SameAgain()
        self._bounds: SameAgain[np.ndarray] = SameAgain()

    def of(self, drawn: Sequence[Drawable]) -> Casters:
        """The casters of everything that is drawn."""
        for memo in (self._known, self._opacities, self._bounds):
            memo.begin()
        boxes = [self._bounds.get((one,), None, partial(getattr, one, "bounds")) for one in drawn]
        casting = [one for one in drawn if isinstance(one, Prop) and one.casts]
        parts = [part for one in casting for part in self._parts(one)]
        return Casters(tuple(parts), _around(boxes))

    def _parts(self, prop: Prop) -> tuple[Caster, ...]:
        objects: tuple[object, ...]
        key: object
        match prop:
            case Glyphs() if prop.shape != "dot":
                opacity = self._opacities.get((prop.colors,), None, lambda: _alpha(prop.colors))
                objects, key = (prop.position, prop.size, prop.direction), (prop.shape, opacity.tobytes())
                return self._known.get(objects, key, lambda: tuple(_glyphs(prop, opacity)))
            case Tubes():
                opacity = self._opacities.get((prop.colors,), None, lambda: _alpha(prop.colors))
                objects = (prop.position, prop.offsets, prop.width)
                return self._known.get(objects, opacity.tobytes(), lambda: tuple(_tubes(prop, opacity)))
            case Surface() if not prop.wireframe:
                objects = (prop.position, prop.polys, prop.colors, prop.values, prop.palette, prop.picture)
                objects = (*objects, prop.coordinates)
                return self._known.get(objects, _stepped(prop.opacity), lambda: tuple(_surface(prop)))
            case Slice() if len(prop.corners):
                key = (prop.corners.tobytes(), prop.coordinates.tobytes(), _stepped(prop.opacity))
                return self._known.get((prop.values, prop.inside), key, lambda: tuple(_slice(prop)))
            case Isosurface():
                place = (prop.origin, prop.spacing, _bytes(prop.direction))
                key = (place, prop.levels, prop.opacities, prop.caps, prop.sides, prop.nearest, _stepped(prop.opacity))
                return self._known.get((prop.values, prop.inside), key, lambda: tuple(_isosurface(prop)))
            case Volume() if prop.blend == "composite" and prop.shade and prop.opacity > 0:
                # What is made follows from the step alone, wherever a render begins.
                still = replace(prop, opacity=_stepped(prop.opacity))
                objects, key = (prop.values, prop.mask, prop.inside), Medium.key(still)
                return self._known.get(objects, key, lambda: (Medium(still),))
            case _:
                return ()


def _stepped(opacity: float) -> float:
    return round(opacity * FADE_STEPS) / FADE_STEPS


def _alpha(colors: np.ndarray) -> np.ndarray:
    """Opacities of colours (n, 4) uint8, in steps: (n,) uint8; (1,) if all are the same."""
    alpha: np.ndarray = np.rint(np.arange(256) * (FADE_STEPS / 255)).astype(np.uint8)[colors[:, 3]]
    return alpha[:1] if len(alpha) and (alpha == alpha[0]).all() else alpha


def _bytes(array: np.ndarray | None) -> bytes | None:
    return None if array is None else array.tobytes()


def _around(boxes: Sequence[np.ndarray]) -> np.ndarray:
    """The box (3, 2) around boxes; those that are not finite are of things without places."""
    known = np.array([box for box in boxes if np.isfinite(box).all()]).reshape(-1, 3, 2)
    return np.column_stack([known[..., 0].min(axis=0, initial=np.inf), known[..., 1].max(axis=0, initial=-np.inf)])


def _from_origin(places: np.ndarray) -> tuple[Vector, np.ndarray]:
    """An origin, and places (..., 3) from there in float32; it is 0 where float32 is exact enough without one."""
    low, high = corners_of(places.reshape(-1, 3)).T
    if (np.maximum(np.abs(low), np.abs(high)).max() <= 16 * (high - low).max()) or places.dtype == np.float32:
        return (0.0, 0.0, 0.0), np.ascontiguousarray(places, np.float32)
    middle = (low + high) / 2
    x, y, z = middle.tolist()
    return (x, y, z), np.ascontiguousarray(places - middle, np.float32)


def _glyphs(prop: Glyphs, alpha: np.ndarray) -> Iterator[Caster]:
    opacity = np.broadcast_to(alpha.astype(np.float32) / FADE_STEPS, len(prop.position))
    size = np.broadcast_to(prop.size, len(prop.position))
    there = np.isfinite(size) & (size > 0) & (opacity > 0)
    if not np.isfinite(prop.position.sum()):
        there &= np.isfinite(prop.position).all(axis=1)
    if prop.direction is not None:
        there &= np.isfinite(prop.direction).all(axis=1)
    if not there.any():
        return
    position, direction = prop.position, prop.direction
    if not there.all():
        position, size, opacity = position[there], size[there], opacity[there]
        direction = None if direction is None else direction[there]
    if prop.shape != "sphere" and len(position) <= MOST_GLYPHS:
        origin, corners = _from_origin(glyph_triangles(prop.shape, position, size, direction))
        opacity, extent = (np.repeat(each, len(corners) // len(position)) for each in (opacity, size))
        yield Triangles(origin, corners, opacity, extent.astype(np.float32))
    elif direction is not None:
        ends = np.stack([position - direction * size[:, None] / 2, position + direction * size[:, None] / 2], axis=1)
        origin, places = _from_origin(ends.reshape(-1, 3))
        radius = np.repeat(size * line_radius(prop.shape), 2).astype(np.float32)
        yield Lines(origin, places, np.arange(0, len(places) + 1, 2), radius, np.repeat(opacity, 2))
    else:
        origin, places = _from_origin(position)
        part = {"sphere": 0.5, "cube": 0.6, "diamond": 0.35}[prop.shape]
        yield Spheres(origin, places, (part * size).astype(np.float32), np.ascontiguousarray(opacity))


def _tubes(prop: Tubes, alpha: np.ndarray) -> Iterator[Caster]:
    if not len(prop.position) or not alpha.any() or not (prop.width > 0).any():
        return
    opacity = np.broadcast_to(alpha.astype(np.float32) / FADE_STEPS, len(prop.position))
    radius = (np.broadcast_to(prop.width, len(prop.position)) / 2).astype(np.float32)
    origin, places = _from_origin(prop.position)
    yield Lines(origin, places, prop.offsets.astype(np.int64), radius, np.ascontiguousarray(opacity))


def _surface(prop: Surface) -> Iterator[Caster]:
    corners, opacity = surface_triangles(prop)
    yield from _opaque(corners, opacity * _stepped(prop.opacity))


def _slice(prop: Slice) -> Iterator[Caster]:
    corners = slice_triangles(prop)
    yield from _opaque(corners, np.full(len(corners), _stepped(prop.opacity)))


def _isosurface(prop: Isosurface) -> Iterator[Caster]:
    for number in range(len(prop.levels)):
        opacity = _stepped(prop.opacity) * (prop.opacities[number] if prop.opacities else 1.0)
        if opacity > 0:
            corners = level_surfaces(prop, number)
            yield from _triangles(prop.origin, corners, np.full(len(corners), opacity))


def _opaque(corners: np.ndarray, opacity: np.ndarray) -> Iterator[Caster]:
    """The triangles (m, 3, 3) that are not wholly transparent."""
    seen = opacity > 0
    if seen.any():
        origin, places = _from_origin(corners if seen.all() else corners[seen])
        yield from _triangles(origin, places, opacity[seen])


def _triangles(origin: Vector, corners: np.ndarray, opacity: np.ndarray) -> Iterator[Caster]:
    if len(corners):
        places = corners.reshape(-1, 3)
        extent = np.full(len(corners), np.linalg.norm(np.diff(corners_of(places))), np.float32)
        yield Triangles(origin, corners, opacity.astype(np.float32), extent)
