"""The things that can be drawn, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self, TypeGuard

import numpy as np

from moviemaker.core.clips import Clip
from moviemaker.core.coordinates import ArrayMemo, CoordinateChange, in_unit
from moviemaker.core.fields import Cells, Vector
from moviemaker.core.props.appearance import Palette, TransferFunction
from moviemaker.core.props.drawable import Drawable, FieldProp, LitProp, Prop
from moviemaker.core.scales import LINEAR, Scale


@dataclass(frozen=True, eq=False)
class Volume(FieldProp):
    """A field drawn by ray casting.

    Attributes:
        values: (nx, ny, nz) samples.
        origin, spacing, direction: where they lie, as in `Grid`.
        transfer: colours and opacities of values.
        opacity: of the whole, 0..1.
        unit_distance: length of path over which the opacities of the transfer function are reached, scene units.
        step: sampling distance along a ray, scene units.
        blend: "composite", "maximum", "minimum", "average" or "additive" (which adds light and hides nothing).
        shade: whether it is lit.
        specular: strength of the specular highlights, 0..1.
        gradient: ((magnitude, factor), ...), ascending: factors of the opacity by the gradient's magnitude, per scene
            unit, linear in between. Empty: 1 everywhere.
        scale: of the values of the transfer function, to which samples are converted first.
        inside: how far samples lie inside of the body of the field, as in `Grid`.
        nearest: whether values are labels, between which nothing is interpolated.
        phase: how it scatters the light of lamps, from -1 (back) to 1 (on in the same direction); None: to all sides,
            and only once unless a lamp has `scatter`.
        mask: (nx, ny, nz): the volume is drawn where it is not 0, or has one of `mask_values` if there are any.
        labels: for samples that are categorical labels: sample `labels[i]` has the value i + 1 of the transfer
            function and all others have 0, without interpolation. Empty: samples are amounts.
        clips: cut parts of it away.
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
    direction: np.ndarray | None = None
    specular: float = 0.0
    gradient: tuple[tuple[float, float], ...] = ()
    scale: Scale = LINEAR
    mask: np.ndarray | None = None
    mask_values: tuple[float, ...] = ()
    labels: tuple[float, ...] = ()
    clips: tuple[Clip, ...] = ()
    inside: np.ndarray | None = None
    nearest: bool = False
    phase: float | None = None

    @property
    def has_unit(self) -> bool:
        """Whether its values may be put into another unit, unlike labels and values on a logarithmic scale."""
        return self.scale == LINEAR and not self.labels and super().has_unit

    def with_values_in(self, unit: float, memo: ArrayMemo[np.ndarray]) -> Self:
        """The same volume with values in another unit."""
        transfer = replace(
            self.transfer,
            color_values=self.transfer.color_values / unit,
            opacities=tuple((value / unit, opacity) for value, opacity in self.transfer.opacities),
        )
        gradient = tuple((magnitude / unit, factor) for magnitude, factor in self.gradient)
        return replace(self, values=in_unit(self.values, unit, memo), transfer=transfer, gradient=gradient)

    def mapped(self, change: CoordinateChange) -> Self:
        """The volume in other coordinates."""
        return replace(
            self,
            origin=change.place(self.origin),
            spacing=change.spacing(self.spacing),
            unit_distance=change.length(self.unit_distance),
            step=change.length(self.step),
            gradient=tuple((change.per_length(magnitude), factor) for magnitude, factor in self.gradient),
            clips=tuple(clip.mapped(change) for clip in self.clips),
        )


@dataclass(frozen=True, eq=False)
class Isosurface(FieldProp, LitProp):
    """Surfaces on which a field has given values.

    Attributes:
        values, origin, spacing, direction: the field, as in `Volume`.
        levels: the values.
        colors: (len(levels), 3), sRGB in 0..1.
        opacity: 0..1.
        shade: False draws the flat colour.
        opacities: of each level, multiplied by `opacity`; empty: 1.
        painted: (nx, ny, nz), samples of the field that colours the surfaces by `palette`; None: one colour a level.
        palette: colours the values of `painted`.
        caps: for each level 1 if the body above it is closed at the sides of the grid, -1 if that below it is, 0 if
            none is; empty: none.
        sides: whether the first and the last samples along x, y and z are sides of the grid that caps close.
        inside: how far samples lie inside of the body of the field, as in `Grid`.
        nearest: whether values are labels, between which nothing is interpolated.
    """

    values: np.ndarray
    origin: Vector
    spacing: Vector
    levels: tuple[float, ...]
    colors: np.ndarray
    opacity: float
    shade: bool
    direction: np.ndarray | None = None
    opacities: tuple[float, ...] = ()
    painted: np.ndarray | None = None
    palette: Palette | None = None
    caps: tuple[int, ...] = ()
    sides: tuple[bool, ...] = (True,) * 6
    inside: np.ndarray | None = None
    nearest: bool = False

    def with_values_in(self, unit: float, memo: ArrayMemo[np.ndarray]) -> Self:
        """The same surfaces with values in another unit."""
        return replace(
            self, values=in_unit(self.values, unit, memo), levels=tuple(level / unit for level in self.levels)
        )

    def mapped(self, change: CoordinateChange) -> Self:
        """The surfaces in other coordinates."""
        return replace(self, origin=change.place(self.origin), spacing=change.spacing(self.spacing))


@dataclass(frozen=True, eq=False)
class Surface(LitProp):
    """Polygons that are visible from both sides.

    They are coloured by the first of these that is given: a picture, values, the colours of the points, one colour.

    Attributes:
        position: (n, 3), of the points, scene units; polygons through a point that is not finite are not drawn.
        polys: the polygons, each flat and convex.
        color: sRGB in 0..1.
        opacity: 0..1.
        shade: False draws the flat colour.
        wireframe: whether only the edges of the polygons are drawn.
        colors: (n, 4) uint8, sRGB and opacity.
        values: (n,), coloured by `palette`; polygons through a point whose value has no colour are not drawn.
        palette: colours the values.
        picture: (height, width, 3) uint8, sRGB, row 0 on top; or (height, width, 4), with opacity.
        coordinates: (n, 2), places of the points in the picture: (0, 0) is its lower left corner, (1, 1) its upper
            right one, and it repeats beyond. Or (n, 3), directions from the centre of a globe: the picture covers the
            globe, with longitude -180 degrees at its left edge, 0 along x, 90 along y, and north (z) on top.
        normals: (n, 3) unit vectors at the points, by which the surface is lit; None: they follow from the polygons,
            and edges sharper than 30 degrees stay sharp.
    """

    position: np.ndarray
    polys: Cells
    color: tuple[float, float, float]
    opacity: float
    shade: bool
    wireframe: bool = False
    colors: np.ndarray | None = None
    values: np.ndarray | None = None
    palette: Palette | None = None
    picture: np.ndarray | None = None
    coordinates: np.ndarray | None = None
    normals: np.ndarray | None = None

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same surface in other coordinates."""
        normals = None if self.normals is None else change.normals(self.normals)
        polys = self.polys.reversed if change.mirrors else self.polys
        return replace(self, position=change.places(self.position), polys=polys, normals=normals)


@dataclass(frozen=True, eq=False)
class Slice(Prop):
    """A flat, convex polygon with samples on it.

    Attributes:
        corners: (k, 3), in their order around it, scene units; it is not drawn if they are empty.
        coordinates: (k, 2), places of the corners among the samples, as (column, row).
        values: (rows, columns); those that are not finite leave holes.
        palette: colours the values.
        opacity: 0..1.
        shade: False draws the flat colour.
        inside: (rows, columns), how far the samples lie inside of what is known, as in `props.coverage`; None: those
            that are finite are known.
        nearest: whether values are labels, between which nothing is interpolated.
    """

    corners: np.ndarray
    coordinates: np.ndarray
    values: np.ndarray
    palette: Palette
    opacity: float
    shade: bool
    inside: np.ndarray | None = None
    nearest: bool = False

    @property
    def points(self) -> np.ndarray:
        """Its corners."""
        return self.corners

    def mapped(self, change: CoordinateChange) -> Self:
        """The same slice in other coordinates."""
        return replace(self, corners=change.places(self.corners))


@dataclass(frozen=True, eq=False)
class Glyphs(LitProp):
    """One glyph per particle.

    Attributes:
        shape: "sphere", "cube", "diamond", "dot", "arrow" or "cone".
        position: (n, 3), of the middle of each glyph, scene units.
        size: (n,) full widths, of arrows and cones lengths, in scene units; of dots equal widths in pixels.
        colors: (n, 4) uint8, sRGB and opacity.
        shade: False draws the flat colour, unlit.
        direction: (n, 3) unit vectors from tail to tip, of arrows and cones; None for other shapes.
    """

    shape: str
    position: np.ndarray
    size: np.ndarray
    colors: np.ndarray
    shade: bool
    direction: np.ndarray | None = None

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same glyphs in other coordinates."""
        size = self.size if is_dots(self) else change.lengths(self.size)
        direction = None if self.direction is None else change.directions(self.direction)
        return replace(self, position=change.places(self.position), size=size, direction=direction)


@dataclass(frozen=True, eq=False)
class Tubes(LitProp):
    """Poly-lines as round tubes with round ends.

    Attributes:
        position: (n, 3), scene units, all finite: the points of the first line in order, then those of the next.
        offsets: (m + 1,): line j goes through `position[offsets[j] : offsets[j + 1]]`.
        width: (n,) full widths, scene units.
        colors: (n, 4) uint8, sRGB and opacity.
        shade: False draws the flat colour, unlit.
    """

    position: np.ndarray
    offsets: np.ndarray
    width: np.ndarray
    colors: np.ndarray
    shade: bool

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same tubes in other coordinates."""
        return replace(self, position=change.places(self.position), width=change.lengths(self.width))


BRIGHTEST = 1e12
"""Most light in the middle of a star, so that sums stay in single precision."""


@dataclass(frozen=True, eq=False)
class Glow(Drawable):
    """Particles that emit light and hide nothing. They are added to the picture of a lens, not hung on the stage.

    A particle at distance d has the radiance `color * brightness` in its middle, whatever the distance, and an angular
    width of `2 atan(size / 2 d)`. So the light that arrives falls with the square of the distance, as from a luminous
    ball, in every lens and at every resolution. Colours are made linear; radiance 1 is shown as `1 - 1 / e` of white.

    Attributes:
        position: (n, 3), scene units.
        size: (n,) or (1,) for all, scene units: the full width at half maximum of a Gaussian, or the smoothing length
            of an SPH kernel.
        colors: (n, 3) or (1, 3) uint8, sRGB.
        brightness: (n,) or (1,), from 0 up, linear.
        profile: "gaussian", or "sph": the cubic spline of smoothed particle hydrodynamics, integrated along the ray.
        total: whether brightness is the total of a particle, its radiance times area in scene units; the radiance in
            the middle then follows from the size. If brightness is a mass, the sum is the column density.
        contrast: power of the sum of the light; the light of glows of the same contrast is added up first.
        angular: whether sizes are angles, radians, and brightness is that in the middle times the square of the
            distance, as of stars, which look as wide from anywhere and fainter from far away.
    """

    position: np.ndarray
    size: np.ndarray
    colors: np.ndarray
    brightness: np.ndarray
    profile: str = "gaussian"
    total: bool = False
    contrast: float = 1.0
    angular: bool = False

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same glow in other coordinates."""
        return replace(
            self,
            position=change.places(self.position),
            size=self.size if self.angular else change.lengths(self.size),
            brightness=change.areas(self.brightness) if self.total or self.angular else self.brightness,
        )

    def seen_from(self, eye: np.ndarray) -> Glow:
        """The same light with sizes and brightness as they are from an eye (3,), if these depend on it."""
        if not self.angular:
            return self
        offset = self.position.astype(np.float64) - eye
        square = np.einsum("ij,ij->i", offset, offset)
        away = np.sqrt(square)
        with np.errstate(all="ignore"):
            brightness = np.minimum(self.brightness / square, BRIGHTEST)
        kept = np.flatnonzero(away > 0)
        size, colors = (each if len(each) == 1 else each[kept] for each in (self.size, self.colors))
        return replace(
            self,
            position=self.position[kept],
            size=2 * away[kept] * np.tan(size / 2),
            colors=colors,
            brightness=brightness[kept],
            angular=False,
        )


def is_dots(one: Drawable) -> TypeGuard[Glyphs]:
    """Whether something drawable is dots, which have the same width in pixels at any distance."""
    return isinstance(one, Glyphs) and one.shape == "dot"
