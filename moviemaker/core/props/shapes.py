"""The things that can be drawn, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self, TypeGuard

import numpy as np

from moviemaker.core.clips import Clip
from moviemaker.core.coordinates import ArrayMemo, CoordinateChange, in_unit
from moviemaker.core.fields import Cells, Vector
from moviemaker.core.props.appearance import Palette, TransferFunction
from moviemaker.core.props.drawable import Drawable, FieldProp, Prop
from moviemaker.core.scales import LINEAR, Scale


@dataclass(frozen=True, eq=False)
class Volume(FieldProp):
    """A field seen through, by rays.

    Attributes:
        values: (nx, ny, nz) samples.
        origin, spacing, direction: where they lie, as in `Grid`.
        transfer: what a value looks like.
        opacity: fades the whole, 0..1.
        unit_distance: length of path over which the opacities of the transfer function are reached, scene units.
        step: sampling distance along a ray, scene units.
        blend: "composite", "maximum", "minimum", "average" or "additive" (it shines and hides nothing).
        shade: whether light falls on it.
        specular: how strongly a shaded one mirrors the lights, 0..1.
        gradient: ((magnitude, factor), ...), ascending: where the field changes by that much per scene unit the cloud
            is so many times as thick; linear between. Empty: it does not matter.
        scale: on which the values of the transfer function stand; samples are put there before anything else.
        mask: (nx, ny, nz), where the cloud is: where it is not 0, or has one of `mask_values` if there are any.
        labels: what the samples mean if they are names of things and not amounts: sample `labels[i]` is the value
            i + 1 of the transfer function, all others are 0, and nothing is between two of them.
        clips: what of it is cut away.
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

    @property
    def has_unit(self) -> bool:
        """Whether values may be given in another unit: not decades, and not labels."""
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
class Isosurface(FieldProp):
    """Surfaces on which a field has given values.

    Attributes:
        values, origin, spacing, direction: the field, as in `Volume`.
        levels: the values.
        colors: (len(levels), 3), sRGB in 0..1.
        opacity: 0..1.
        shade: False draws the flat colour.
        opacities: of each level, which `opacity` multiplies; empty: 1.
        painted: samples (nx, ny, nz) of the field that colours the surfaces, by `palette`; None: their levels do.
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

    def with_values_in(self, unit: float, memo: ArrayMemo[np.ndarray]) -> Self:
        """The same surfaces with values in another unit."""
        return replace(
            self, values=in_unit(self.values, unit, memo), levels=tuple(level / unit for level in self.levels)
        )

    def mapped(self, change: CoordinateChange) -> Self:
        """The surfaces in other coordinates."""
        return replace(self, origin=change.place(self.origin), spacing=change.spacing(self.spacing))


@dataclass(frozen=True, eq=False)
class Surface(Prop):
    """Polygons, both of whose sides are seen.

    What colours them is the first of these that is there: a picture, values, the colours of the points, one colour.

    Attributes:
        position: (n, 3), of the points, scene units; what goes through one that is not finite is not drawn.
        polys: the polygons, each flat and convex.
        color: sRGB in 0..1.
        opacity: 0..1.
        shade: False draws the flat colour.
        wireframe: whether only the edges of the polygons are drawn.
        colors: (n, 4) uint8, sRGB and opacity.
        values: (n,), which `palette` colours; what goes through a point whose value has no colour is not drawn.
        picture: (height, width, 3) uint8, sRGB, row 0 on top; or (height, width, 4), with opacity below 255.
        coordinates: (n, 2), where in the picture the points are: (0, 0) is its lower left corner, (1, 1) its upper
            right one, and beyond it comes again. Or (n, 3), directions from the middle of a globe to them: the picture
            goes round it, longitude -180 degrees at its left edge, 0 along x, 90 along y, and z is north, on top.
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

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same surface in other coordinates."""
        return replace(self, position=change.places(self.position))


@dataclass(frozen=True, eq=False)
class Slice(Prop):
    """A flat, convex polygon with samples on it.

    Attributes:
        corners: (k, 3), in their order around it, scene units; none: there is nothing to be seen.
        coordinates: (k, 2), where among the samples the corners are, as (column, row).
        values: (rows, columns); where they are not finite is a hole.
        palette: colours the values.
        opacity: 0..1.
        shade: False draws the flat colour.
    """

    corners: np.ndarray
    coordinates: np.ndarray
    values: np.ndarray
    palette: Palette
    opacity: float
    shade: bool

    @property
    def points(self) -> np.ndarray:
        """Its corners."""
        return self.corners

    def mapped(self, change: CoordinateChange) -> Self:
        """The same slice in other coordinates."""
        return replace(self, corners=change.places(self.corners))


@dataclass(frozen=True, eq=False)
class Glyphs(Prop):
    """One mark per particle.

    Attributes:
        shape: "sphere", "cube", "diamond", "dot", "arrow" or "cone".
        position: (n, 3), of the middle of each, scene units.
        size: (n,) full widths in scene units, of arrows and cones lengths; of dots, pixels (and equal).
        colors: (n, 4) uint8, sRGB and opacity.
        shade: False draws the flat colour, unlit.
        direction: (n, 3) unit vectors, from tail to tip; None but for arrows and cones.
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
        return replace(self, position=change.places(self.position), size=size)


@dataclass(frozen=True, eq=False)
class Tubes(Prop):
    """Poly-lines as round tubes with round ends.

    Attributes:
        position: (n, 3), scene units, all finite: the points of the first line in their order, then those of the next.
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


@dataclass(frozen=True, eq=False)
class Glow(Drawable):
    """Light without a surface: no actor on the stage, but added to the picture of a lens.

    The light of a particle at distance d has in the middle the radiance `color * brightness`, whatever the distance,
    and an angular width of `2 atan(size / 2 d)`: as that of a luminous ball, the light that arrives falls with the
    square of the distance, in every lens and at every resolution. Colours are made linear; radiance 1 is shown as
    `1 - 1 / e` of white.

    Attributes:
        position: (n, 3), scene units.
        size: (n,) or (1,) for all, scene units: the full width at half maximum of a Gaussian, the smoothing length of
            an SPH kernel.
        colors: (n, 3) or (1, 3) uint8, sRGB.
        brightness: (n,) or (1,), from 0 up, linear.
        profile: "gaussian", or "sph": the cubic spline of smoothed particle hydrodynamics, seen through.
        total: whether brightness is that of the whole particle, its radiance times area in scene units; then the
            radiance in the middle follows from the size. What a density is: the sum is the column density.
    """

    position: np.ndarray
    size: np.ndarray
    colors: np.ndarray
    brightness: np.ndarray
    profile: str = "gaussian"
    total: bool = False

    @property
    def points(self) -> np.ndarray:
        """Its position."""
        return self.position

    def mapped(self, change: CoordinateChange) -> Self:
        """The same glow in other coordinates."""
        return replace(
            self,
            position=change.places(self.position),
            size=change.lengths(self.size),
            brightness=change.areas(self.brightness) if self.total else self.brightness,
        )


def is_dots(one: Drawable) -> TypeGuard[Glyphs]:
    """Whether it is dots, which are as many pixels wide at any distance."""
    return isinstance(one, Glyphs) and one.shape == "dot"
