"""Depth maps of what is opaque, fixed in the scene.

The width of texels is one of few, and the map begins at a whole number of them from the origin of the scene, so that
shadows do not crawl where data move: only things that move change their texels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Vector
from moviemaker.core.props import DepthMap
from moviemaker.core.props.shade import WIDTH
from moviemaker.shade.casters import Lines, Spheres, Triangles

FEWEST, MOST = 1024, 4096
"""Texels along the longer side of a map."""

LAMP_FEWEST, LAMP_MOST, LAMP_FINE = 512, 1024, 3
"""Texels along the sides of the maps around a point light; twice as many if things are on so many sides only."""

LAMP_EMPTY = 8
"""Texels along those on which nothing is."""

MOST_TEXELS = 2**23
"""Of a map. With its coarser levels it takes 8 bytes for each: 67 MB."""

MOST_WORK = 5e7
"""Texels that all spheres of a map together cover. More is not looked at, and larger texels are taken."""

PER_RADIUS = 16.0
"""Texels in the radius of small spheres and tubes, if a map can have so many."""

PER_MESH = 2048
"""Texels along the longer side of a map of triangles."""

BIAS = 2.0
"""Texels by which a lit place may lie deeper than the map says."""

SIDES = np.array([axis * sign for axis in np.eye(3) for sign in (1.0, -1.0)])
"""Where the six sides of a cube of maps look."""

NO_BALLS = np.empty((0, 4), np.float32)
NO_TUBES = np.empty((0, 7), np.float32)
NO_CORNERS = np.empty((0, 3, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Solids:
    """Opaque things in the coordinates of a map: x along columns, y along rows, z along depths.

    Attributes:
        balls: (n, 4) float32, middles and radii.
        tubes: (m, 7) float32, both ends and the radius of open cylinders.
        corners: (k, 3, 3) float32, of triangles.
    """

    balls: np.ndarray
    tubes: np.ndarray
    corners: np.ndarray

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and the highest corner (3,) of the box around them; not finite if there are none."""
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for places, reach in (
            (self.balls[:, :3], self.balls[:, 3:]),
            (self.tubes[:, :3], self.tubes[:, 6:]),
            (self.tubes[:, 3:6], self.tubes[:, 6:]),
            (self.corners.reshape(-1, 3), np.float32(0)),
        ):
            if len(places):
                low, high = (
                    np.minimum(low, (places - reach).min(axis=0)),
                    np.maximum(high, (places + reach).max(axis=0)),
                )
        return low, high

    def meets_side(self) -> bool:
        """Whether something may be in the part of the scene that a lamp at the origin sees in a map of its cube."""
        wide = 1 / 1.02
        bounds = np.array([(0, 0, 1), (wide, 0, 1), (-wide, 0, 1), (0, wide, 1), (0, -wide, 1)], np.float32)
        for ends, reach in (
            ((self.balls[:, :3],), self.balls[:, 3]),
            ((self.tubes[:, :3], self.tubes[:, 3:6]), self.tubes[:, 6]),
            (tuple(self.corners[:, i] for i in range(3)), np.float32(0)),
        ):
            if len(ends[0]):
                inside = [np.max([end @ one for end in ends], axis=0) > -np.float32(1.5) * reach for one in bounds]
                if np.all(inside, axis=0).any():
                    return True
        return False

    def fineness(self, extent: float) -> float:
        """The width of texels that show the smallest of them, between the bounds that a map's size has."""
        wanted = extent / FEWEST
        radii = np.concatenate([self.balls[:, 3], self.tubes[:, 6]])
        if len(radii):
            wanted = min(wanted, float(np.percentile(radii, 5)) / PER_RADIUS)
        if len(self.corners):
            wanted = min(wanted, extent / PER_MESH)
        work = math.pi * float(np.square(self.balls[:, 3], dtype=np.float64).sum())
        return min(max(wanted, extent / MOST, math.sqrt(work / MOST_WORK)), extent / FEWEST)


def solids(casters: Sequence[Spheres | Lines | Triangles], axes: np.ndarray, origin: np.ndarray) -> Solids:
    """What is opaque of casters, in the coordinates of a map with three axes (3, 3) and an origin (3,)."""
    balls, tubes, corners = [NO_BALLS], [NO_TUBES], [NO_CORNERS]
    for one in casters:
        opaque = one.opacity >= OPAQUE
        turned, moved = axes.T.astype(np.float32), ((np.array(one.origin) - origin) @ axes.T).astype(np.float32)
        match one:
            case Spheres():
                chosen = np.s_[:] if opaque.all() else opaque
                balls.append(_balls(one.center[chosen] @ turned + moved, one.radius[chosen]))
            case Lines():
                places = one.position @ turned + moved
                balls.append(_balls(places[opaque], one.radius[opaque]))
                firsts = np.ones(len(places), bool)
                firsts[one.offsets[1:] - 1] = False
                starts = np.flatnonzero(firsts[:-1] & opaque[:-1] & opaque[1:])
                radius = (one.radius[starts] + one.radius[starts + 1]) / 2
                tubes.append(np.column_stack([places[starts], places[starts + 1], radius]).astype(np.float32))
            case Triangles():
                chosen = np.s_[:] if opaque.all() else opaque
                corners.append(one.corners[chosen] @ turned + moved)
    parts = [np.concatenate(found) if len(found) > 2 else found[-1] for found in (balls, tubes, corners)]
    return Solids(*(np.ascontiguousarray(part, np.float32) for part in parts))


OPAQUE = 0.99
"""Things of at least this opacity let nothing through; others are translucent."""


def _balls(places: np.ndarray, radius: np.ndarray) -> np.ndarray:
    return np.column_stack([places, radius]).astype(np.float32, copy=False)


def sun_map(
    casters: Sequence[Spheres | Lines | Triangles], direction: Vector, angle: float, bounds: np.ndarray
) -> DepthMap | None:
    """The depth map of a sun; None: nothing is opaque.

    Args:
        casters: what may be opaque.
        direction: in which it shines, a unit vector.
        angle: how wide it is, degrees.
        bounds: (3, 2), of everything that is drawn: shadows get no farther.
    """
    axes = axes_of(np.array(direction, dtype=np.float64))
    middle = bounds.mean(axis=1)
    found = solids(casters, axes, middle)
    low, high = found.box()
    if not np.isfinite(low).all() or not np.isfinite(high).all():
        return None
    extent = float(max(high[:2] - low[:2]))
    spread = math.tan(math.radians(angle) / 2)
    farthest = float((np.abs(axes[2]) @ (bounds[:, 1] - bounds[:, 0])) / 2)
    widest = spread * max(farthest, float(high[2])) - spread * float(low[2])
    texel = width_of_texels(found.fineness(max(extent, 1e-30)), math.prod(high[:2] - low[:2] + 2 * widest))
    levels = max(0, math.ceil(math.log2(max(WIDTH * widest / texel, 1e-9)) - 0.2))
    # From whole texels of the coarsest level at the scene's origin; two of them are left free on all sides.
    whole = texel * 2**levels
    moved = axes @ middle
    first = np.floor((low[:2] + moved[:2] - widest) / whole) * 2**levels - 2
    first = np.floor(first / 2**levels) * 2**levels
    counts = np.ceil(((high[:2] + moved[:2] + widest) / texel + 2 - first) / 2**levels).astype(int) * 2**levels
    depths = np.full((counts[1], counts[0]), np.inf, np.float32)
    _draw(depths, texel, first * texel - moved[:2] + 0.0, False, found)
    # depths count from the middle of the bounds; the matrix says so
    matrix = np.eye(4)
    matrix[:3, :3] = axes / np.array([texel, texel, 1.0])[:, None]
    matrix[:3, 3] = [-first[0], -first[1], -moved[2]]
    return _with_levels(
        DepthMap(depths, matrix, axes, texel, BIAS * texel, spread), levels, float(low[2]), float(high[2])
    )


def lamp_maps(casters: Sequence[Spheres | Lines | Triangles], place: Vector) -> tuple[DepthMap, ...]:
    """The six depth maps around a point light, a little wider than the sides of a cube; none: nothing is opaque.

    A lamp inside of a ball shines through it.

    Args:
        casters: what may be opaque.
        place: of the lamp.
    """
    origin = np.array(place, dtype=np.float64)
    sides = [(axes, solids(casters, axes, origin)) for axes in (axes_of(side, turned=False) for side in SIDES)]
    first = sides[0][1]
    if not len(first.balls) + len(first.tubes) + len(first.corners):
        return ()
    filled = [found.meets_side() for _, found in sides]
    most = LAMP_MOST if sum(filled) > LAMP_FINE else 2 * LAMP_MOST
    wanted = _lamp_texels(first, most)
    made = []
    for (axes, found), meets in zip(sides, filled, strict=True):
        count = wanted if meets else LAMP_EMPTY
        texel = 2.0 / (count - 4)  # a texel of the edge has all its neighbours
        middle = (count - 1) / 2
        depths = np.full((count, count), np.inf, np.float32)
        if meets:
            _draw(depths, texel, np.full(2, -middle * texel), True, found)
        offset = -axes @ origin
        rows = np.column_stack([axes, offset])
        matrix = np.stack([rows[0] / texel + middle * rows[2], rows[1] / texel + middle * rows[2], rows[2], rows[2]])
        made.append(DepthMap(depths, matrix, axes, texel, BIAS * texel))
    return tuple(made)


def _lamp_texels(found: Solids, most: int) -> int:
    """Texels along a side of a map around a lamp at the origin, by how small the smallest things look from there."""
    looks = []
    for places, radii in ((found.balls[:, :3], found.balls[:, 3]), (found.tubes[:, :3], found.tubes[:, 6])):
        if len(places):
            looks.append(radii / np.maximum(np.linalg.norm(places, axis=1), np.maximum(radii, 1e-30)))
    wanted = PER_RADIUS * 2 / max(float(np.percentile(np.concatenate(looks), 5)), 1e-6) if looks else 0.0
    if len(found.corners):
        wanted = max(wanted, most)
    return int(min(max(LAMP_FEWEST, 2 ** math.ceil(math.log2(max(wanted, 1.0)))), most))


def _draw(depths: np.ndarray, texel: float, first: np.ndarray, from_lamp: bool, found: Solids) -> None:
    from moviemaker.shade.depth_kernels import draw

    balls = found.balls
    if len(balls) > 1:
        nearest = balls[:, 2] - balls[:, 3] if not from_lamp else np.einsum("ij,ij->i", balls[:, :3], balls[:, :3])
        low, high = float(nearest.min()), float(nearest.max())
        steps = ((nearest - np.float32(low)) * np.float32(65535 / max(high - low, 1e-30))).astype(np.uint16)
        balls = balls[np.argsort(steps, kind="stable")]  # few steps are sorted fastest
    draw(depths, texel, np.asarray(first, np.float64), from_lamp, balls, found.tubes, found.corners)


def _with_levels(made: DepthMap, levels: int, near: float, far: float) -> DepthMap:
    if levels == 0:
        return made
    from dataclasses import replace

    from moviemaker.shade.depth_kernels import coarsen

    rows, columns = made.depths.shape
    coarser = np.zeros((rows // 2, columns, 4), np.uint16)
    far = max(far, near + made.texel)
    coarsen(made.depths, coarser, levels, made.texel, near, far)
    return replace(made, coarser=coarser, levels=levels, near=near, far=far)


def width_of_texels(wanted: float, area: float) -> float:
    """The next smaller width of a ladder with four steps an octave, or a larger one of too many texels in an area."""
    steps = math.floor(4 * math.log2(wanted) + 1e-9)
    least = math.ceil(2 * math.log2(max(area, wanted**2) / MOST_TEXELS) - 1e-9)  # an area seen edge on is 0
    return float(2.0 ** (max(steps, least) / 4))


def axes_of(depth: np.ndarray, turned: bool = True) -> np.ndarray:
    """Unit vectors (3, 3) at right angles: where columns, rows and depths of a map go.

    Args:
        depth: where depths go.
        turned: whether columns do not go along an axis of the scene.
    """
    depth = depth / np.linalg.norm(depth)
    other = np.eye(3)[int(np.argmin(np.abs(depth)))]
    column = np.cross(other, depth)
    column /= np.linalg.norm(column)
    if not turned:
        return np.stack([column, np.cross(depth, column), depth])
    # Edges along the axes of the scene cross a column in every second row, so that on the average over the rows of a
    # texel's neighbours they lie everywhere between two columns.
    column = (2 * column + np.cross(depth, column)) / math.sqrt(5)
    return np.stack([column, np.cross(depth, column), depth])
