"""Light that was computed in the scene, as plain values: how open the sky is, and what of each lamp gets where.

It belongs to the scene and not to a camera, so that every lens and both eyes show the same light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from moviemaker.core.coordinates import CoordinateChange
from moviemaker.core.fields import Vector

STEEPEST = 1.5
"""No component of a harmonic of the sky is larger: half a sky has 3/4 towards its middle."""

STEEP = 0.15
"""Cosine of the angle between a lamp's rays and a normal below which a surface counts as less steep than it is."""

WIDTH = 0.78
"""Width of a coarser texel, of half of the edge of a shadow, at which its level alone gives the edge its width."""

SCATTERED = (2 / 3, 1 / 3)
"""What of the light that a thin place of a volume sends was scattered once there, and several times around it.

Once: `p(g) S`, where S is what of the lamp's light gets there and g is the volume's `phase`. Several times: it comes
from more directions and loses less on its way: `p(g / 2) sqrt(S)`. With the cosine c between the line of
sight and the direction to the lamp, `p(g) = (1 - g^2) / (1 + g^2 - 2 g c)^1.5`, which is 1 on average (Henyey &
Greenstein, "Diffuse radiation in the galaxy", ApJ 93, 1941; Wrenninge, Kulla & Lundqvist, "Oz: the great and
volumetric", SIGGRAPH Talks 2013).
"""


@dataclass(frozen=True, eq=False)
class Cells:
    """Values in the middles of cubic cells, linear in between, and constant beyond the outermost ones.

    Attributes:
        values: (nx, ny, nz) or (nx, ny, nz, channels) uint16; 65535 stands for 1.
        origin: the middle of the first cell, scene units.
        width: of a cell, scene units.
    """

    values: np.ndarray
    origin: Vector
    width: float

    def mapped(self, change: CoordinateChange) -> Self:
        """The same cells in other coordinates, which are not turned."""
        return replace(self, origin=change.place(self.origin), width=change.length(self.width))


@dataclass(frozen=True, eq=False)
class Sky:
    """How much of the sky is seen from places, and where it is.

    The sky that a surface with the unit normal n sees is `clamp(v0 + 2/3 v . n, 0, 1)`, looked up in the finest level
    that holds `place + 0.75 width n`; `v0` is the part of all directions that is open, and `v` is three times the mean
    of the open directions. The four channels of a level are `v0`, and `(v / STEEPEST + 1) / 2`.

    Attributes:
        levels: (nx, ny, nz, 4), the finest first; each lies in the next one.
        occlusion: what of the sky's absence counts, 0 to 1.
    """

    levels: tuple[Cells, ...]
    occlusion: float

    def mapped(self, change: CoordinateChange) -> Self:
        """The same sky in other coordinates, which are not turned."""
        return replace(self, levels=tuple(level.mapped(change) for level in self.levels))


@dataclass(frozen=True, eq=False)
class DepthMap:
    """How far from a lamp the first opaque thing is, along parallel rays, or along all rays through a place.

    A place P of the scene is multiplied by the matrix: `(a, b, z, w) = matrix @ (P, 1)`. It lies in the column
    `c = a / w` and the row `r = b / w`, in texels, whose middles are at whole numbers, at the depth z. Where w is not
    above 0, or that is outside, the map knows nothing of it, and it is in the light.

    What a surface does not see of the lamp is a sum over the levels of the map, from 0, the finest, clamped to 1. Of
    each it is the mean, over the middles of texels around the place, of

        front_share * weight(level, zk - front) + back_share * weight(level, zk - back)

    Texels of a level are 2^level as wide as the finest ones; the middle of texel k is at `(k + 0.5) 2^level - 0.5`. A
    texel of level 0 has the front `depths[row, column]` with the share 1, and no back, and the mean is the bilinear one
    of four. Of other levels it is that of the nearest nine, each of which counts `clamp(3 / 4 - t / 2, 0, 1 / 2)` along
    both axes, where t is how far away its middle is, in its own widths. Beyond the map texels are like those at its
    edge. What lies so far in front of a place that the edge of its shadow is x texels wide counts in the levels whose
    texels are about as wide:

        x = WIDTH * spread * d / (texel * w)
        weight(level, d) = 0 if d <= bias * w, else rise(level - 1, x^2) * (1 - rise(level, x^2))
        rise(level, q) = clamp((q - e) / (4^(level + 1) - e), 0, 1),  e = 4^level, and 0.4 for level 0

    where level 0 lacks the first factor, and the last level the second one: a map with level 0 alone answers 0 or 1.

    A surface leaves a place in the direction of its tangent plane, so that zk is the depth of that plane at the middle
    of the texel: with its unit normal n on the side that the lamp lights, and the unit vectors `axes` of columns, rows
    and depth,

        ray = axes[2] + (c - (columns - 1) / 2) texel axes[0] + (r - (rows - 1) / 2) texel axes[1]
        slope = texel * w * (n . axes[0], n . axes[1]) / max(-n . ray, STEEP)
        zk = z + slope . (column of k - c, row of k - r)

    where the ray of parallel ones is axes[2] alone. Without a normal zk is z.

    Attributes:
        depths: (rows, columns) float32; infinite where nothing is opaque.
        matrix: (4, 4). Its last row is (0, 0, 0, 1) for parallel rays, and the third one for others.
        axes: (3, 3), unit vectors of the scene: where columns, rows and depths go.
        texel: width of a texel where w is 1, scene units.
        bias: how much deeper a lit place may lie than the map says where w is 1, scene units.
        spread: tangent of half of the angle that the sun is wide.
        coarser: levels from 1 to `levels`, (rows / 2, columns, 4) uint16: the depths of the front and the back as parts
            of the way from `near` to `far`, and their shares, 65535 for 1. Level L has rows / 2^L rows, from row 0, and
            columns / 2^L columns, from column `columns - columns / 2^(L - 1)`. None: the sun has no width.
        levels: number of coarser levels.
        near, far: scene units.
    """

    depths: np.ndarray
    matrix: np.ndarray
    axes: np.ndarray
    texel: float
    bias: float
    spread: float = 0.0
    coarser: np.ndarray | None = None
    levels: int = 0
    near: float = 0.0
    far: float = 1.0

    def mapped(self, change: CoordinateChange) -> Self:
        """The same map in other coordinates, which are not turned."""
        origin, one = np.array(change.place((0.0, 0.0, 0.0))), change.length(1.0)
        back = np.eye(4)
        back[:3, :3] /= one
        back[:3, 3] = -origin / one
        matrix = self.matrix @ back
        matrix[2] *= one
        return replace(
            self,
            depths=self.depths * np.float32(one),
            matrix=matrix,
            texel=self.texel * one,
            bias=self.bias * one,
            near=self.near * one,
            far=self.far * one,
        )


@dataclass(frozen=True, eq=False)
class Shadow:
    """What of a lamp's light gets to places.

    Attributes:
        strength: what of the light's absence counts, 0 to 1.
        maps: one map of a sun; those of a point light are the six sides of a cube, +x, -x, +y, -y, +z and -z, and the
            one with the greatest w counts for a place. Empty: nothing opaque is in the way.
        through: (nx, ny, nz), what volumes and translucent things let through to surfaces, looked up at
            `place + 0.75 width n`; None: there are none. It holds everything that is drawn.
        in_volumes: (nx, ny, nz), what of the light gets to places in volumes: what `through` and the maps let through,
            at the place itself; None: all of it.
    """

    strength: float
    maps: tuple[DepthMap, ...] = ()
    through: Cells | None = None
    in_volumes: Cells | None = None

    def mapped(self, change: CoordinateChange) -> Self:
        """The same shadow in other coordinates, which are not turned."""
        maps = tuple(one.mapped(change) for one in self.maps)
        through = None if self.through is None else self.through.mapped(change)
        if self.in_volumes is self.through:
            return replace(self, maps=maps, through=through, in_volumes=through)
        in_volumes = None if self.in_volumes is None else self.in_volumes.mapped(change)
        return replace(self, maps=maps, through=through, in_volumes=in_volumes)


@dataclass(frozen=True, eq=False)
class Shade:
    """The light of one moment.

    Attributes:
        sky: how open the sky is; None: wide open everywhere.
        shadows: one for each light that is not ambient, in their order; None: it gets everywhere.
    """

    sky: Sky | None = None
    shadows: tuple[Shadow | None, ...] = ()

    def mapped(self, change: CoordinateChange) -> Self:
        """The same light in other coordinates, which are not turned."""
        shadows = tuple(None if one is None else one.mapped(change) for one in self.shadows)
        return replace(self, sky=None if self.sky is None else self.sky.mapped(change), shadows=shadows)
