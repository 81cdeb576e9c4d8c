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

    A place P of the scene is multiplied by the matrix: `(column, row, depth, w) = matrix @ (P, 1)`. It lies at
    `(column / w, row / w)` of the map, in texels, whose middles are at whole numbers. Where w is not above 0, or that
    is outside, the map knows nothing of it. It is in the light if `depth <= depths[row, column] + bias`.

    Attributes:
        depths: (rows, columns) float32; infinite where nothing is opaque.
        matrix: (4, 4). Its last row is (0, 0, 0, 1) for parallel rays.
        bias: how much deeper a lit place may lie than the map says, scene units.
    """

    depths: np.ndarray
    matrix: np.ndarray
    bias: float

    def mapped(self, change: CoordinateChange) -> Self:
        """The same map in other coordinates, which are not turned."""
        origin, one = np.array(change.place((0.0, 0.0, 0.0))), change.length(1.0)
        back = np.eye(4)
        back[:3, :3] /= one
        back[:3, 3] = -origin / one
        matrix = self.matrix @ back
        matrix[2] *= one
        return replace(self, depths=self.depths * np.float32(one), matrix=matrix, bias=self.bias * one)


@dataclass(frozen=True, eq=False)
class Shadow:
    """What of a lamp's light gets to places.

    Attributes:
        strength: what of the light's absence counts, 0 to 1.
        maps: several maps of a sun stand for places on its disk, and the mean of their answers counts; those of a point
            light are the six sides of a cube, and each place lies on one of them. Empty: nothing opaque is in the way.
        through: (nx, ny, nz), what volumes let through; None: there are none.
    """

    strength: float
    maps: tuple[DepthMap, ...] = ()
    through: Cells | None = None

    def mapped(self, change: CoordinateChange) -> Self:
        """The same shadow in other coordinates, which are not turned."""
        maps = tuple(one.mapped(change) for one in self.maps)
        return replace(self, maps=maps, through=None if self.through is None else self.through.mapped(change))


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
