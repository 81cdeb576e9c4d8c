"""Props: the few things that can be drawn, as plain values. Layers make them, the stage hangs them up.

Props are compared by identity. A prop that comes again as the same object is not touched; one that comes again with the
same arrays inside keeps what was made of them (a texture, a surface) and only changes what is cheap to change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.clips import Clip
from moviemaker.core.fields import Cells, Vector, world_from_index
from moviemaker.core.scales import LINEAR, Scale


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


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours by value, evenly spaced over a range; beyond it they are those of its ends.

    Attributes:
        table: (n, 3), sRGB in 0..1.
        low, high: the ends of the range.
        log: whether values stand on a logarithmic scale; both ends are then above 0.
    """

    table: np.ndarray
    low: float
    high: float
    log: bool = False

    def places(self, values: np.ndarray) -> np.ndarray:
        """Where values of any shape are in the table, float32 from 0 to 1; NaN for what has no place there."""
        known = np.isfinite(values)
        real = np.where(known, values, self.high).astype(np.float64)
        if self.log:
            known &= real > 0
            real = np.log(np.where(known, real, self.high) / self.low) / np.log(self.high / self.low)
        else:
            real = (real - self.low) / (self.high - self.low)
        return np.where(known, np.clip(real, 0.0, 1.0), np.nan).astype(np.float32)

    def same(self, other: Palette) -> bool:
        """Whether another one gives the same colours."""
        return self.table is other.table and (self.low, self.high, self.log) == (other.low, other.high, other.log)


@dataclass(frozen=True, eq=False)
class Isosurface:
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


@dataclass(frozen=True, eq=False)
class Surface:
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


@dataclass(frozen=True, eq=False)
class Slice:
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


@dataclass(frozen=True, eq=False)
class Glyphs:
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


@dataclass(frozen=True, eq=False)
class Tubes:
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


@dataclass(frozen=True, eq=False)
class Glow:
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


Prop = Volume | Isosurface | Slice | Surface | Glyphs | Tubes
"""What the stage hangs up."""

Drawable = Prop | Glow
"""What layers show."""


def all_same(new: tuple[object, ...], old: tuple[object, ...]) -> bool:
    """Whether two tuples hold the very same objects, of which nothing has changed then."""
    return len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True))


def box_of(prop: Volume | Isosurface) -> np.ndarray:
    """The upright box around the samples of a field, (3, 2)."""
    ends = np.array(np.meshgrid(*((0, n - 1) for n in prop.values.shape))).reshape(3, 8).T
    matrix = world_from_index(prop.origin, prop.spacing, prop.direction)
    corners = ends @ matrix[:3, :3].T + matrix[:3, 3]
    return np.column_stack([corners.min(axis=0), corners.max(axis=0)])
