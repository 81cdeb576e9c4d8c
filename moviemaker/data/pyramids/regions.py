"""Which parts of a large grid a picture needs, and at which level of detail.

Levels are nested around the viewer as in clipmaps (Tanner, Migdal & Jones, "The clipmap: a virtual mipmap", Proc.
SIGGRAPH 1998). The coarsest level shows the whole grid. Each finer level shows a box around the near part of the view
cone: it begins where the data begin and is as deep as the memory allows. In the outer part of its box a level fades
into the coarser one (Losasso & Hoppe, "Geometry clipmaps", ACM TOG 23, 2004). The fade moves smoothly with the viewer
and ends inside of the box, so the fact that boxes begin and end at whole samples does not show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.camera import ViewCone

SHARP = 0.7
"""Fraction of a box along each axis that is drawn from its own level alone."""

DEPTH = 0.4
"""Depth, as a fraction of the side of the box, from which on a level has its full weight; below, it fades."""


@dataclass(frozen=True)
class Lattice:
    """Positions at which a level is drawn: every `step`-th sample of the finest level, starting with the first.

    Attributes:
        step: along x, y and z, whole numbers.
        count: number of samples. The last one may lie beyond the last of the finest level.
    """

    step: tuple[int, int, int]
    count: tuple[int, int, int]


@dataclass(frozen=True)
class Region:
    """A box of samples of a level.

    Attributes:
        level: its number, 0 for the finest.
        low, high: indices of the first and the last sample of its lattice along x, y and z.
        window: for x, y and z four positions, in samples of the finest level: the weight of the level rises from 0 to
            1 between the first two, and falls to 0 between the last two. Infinite where it does not fade.
        weight: of the level where it does not fade, above 0 and up to 1.
    """

    level: int
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    window: tuple[tuple[float, float, float, float], ...] = ()
    weight: float = 1.0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of samples."""
        x, y, z = (high - low + 1 for low, high in zip(self.low, self.high, strict=True))
        return x, y, z

    def weights(self, step: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Weights of the level along x, y and z, float32. The weight of a sample is the product of three."""
        found = []
        for axis, (zero, one, last, end) in enumerate(self.window):
            places = np.arange(self.low[axis], self.high[axis] + 1) * float(step[axis])
            rise = np.ones(len(places)) if math.isinf(zero) else _smooth((places - zero) / (one - zero))
            fall = np.ones(len(places)) if math.isinf(end) else _smooth((end - places) / (end - last))
            found.append((rise * fall * (self.weight if axis == 0 else 1.0)).astype(np.float32))
        return tuple(found)


def regions(
    view_cone: ViewCone, lattices: Sequence[Lattice], most: int, origin: np.ndarray, spacing: np.ndarray
) -> list[Region]:
    """Regions that a picture needs: the whole coarsest level, and boxes of finer ones, each inside of the one before.

    Args:
        view_cone: of the picture.
        lattices: of the levels, the finest first.
        most: largest number of samples of a box.
        origin, spacing: (3,), of the finest level, scene units.
    """
    last = len(lattices) - 1
    whole = lattices[last]
    found = [Region(last, (0, 0, 0), (whole.count[0] - 1, whole.count[1] - 1, whole.count[2] - 1))]
    end = origin + spacing * (np.array(whole.count) - 1) * whole.step
    cone = _Cone(view_cone, origin, end)
    for level in range(last - 1, -1, -1):
        region = _box(cone, level, lattices[level], lattices[level + 1], most, origin, spacing)
        inside = None if region is None else _within(region, lattices[level], found[-1], lattices[level + 1])
        if inside is None:
            break  # finer levels reach less far
        found.append(inside)
    return found


class _Cone:
    """The view cone of a picture, and the distance at which it enters the box of the data.

    Attributes:
        nearest: lower bound of the distance from its tip to data inside of it; infinite if it holds no data.
        up, down: (3,), the largest and the smallest cosine between a ray and each axis.
    """

    def __init__(self, view_cone: ViewCone, low: np.ndarray, high: np.ndarray):
        tilt = np.arccos(np.clip(view_cone.forward, -1.0, 1.0))
        self.view_cone = view_cone
        self.up = np.cos(np.maximum(tilt - view_cone.angle, 0.0))
        self.down = np.cos(np.minimum(tilt + view_cone.angle, math.pi))
        self._aside = view_cone.radius * np.sqrt(np.maximum(1.0 - view_cone.forward**2, 0.0))
        nearest = 0.0
        for axis in range(3):
            place, aside = view_cone.position[axis], self._aside[axis]
            for gap, cosine in (
                (low[axis] - place - aside, self.up[axis]),
                (place - aside - high[axis], -self.down[axis]),
            ):
                if gap > 0:
                    nearest = max(nearest, gap / cosine if cosine > 1e-9 else math.inf)
        self.nearest = nearest

    def box(self, far: float) -> tuple[np.ndarray, np.ndarray]:
        """Corners of the axis-aligned box around the part of the cone between `nearest` and a distance."""
        near = self.nearest
        low = self.view_cone.position + np.minimum(self.down * near, self.down * far) - self._aside
        high = self.view_cone.position + np.maximum(self.up * near, self.up * far) + self._aside
        return low, high

    def reach(self, sides: np.ndarray) -> float:
        """Largest distance for which that box has at most these sides (3,); infinite sides set no bound."""
        near = self.nearest
        fixed = np.minimum(self.up, 0) * near - np.maximum(self.down, 0) * near + 2 * self._aside
        growth = np.maximum(self.up, 0) + np.maximum(-self.down, 0)
        bound = np.isfinite(sides) & (growth > 1e-12)
        return float(np.min((sides[bound] - fixed[bound]) / growth[bound], initial=math.inf))

    def room(self, sides: np.ndarray) -> float:
        """How well a bundle of parallel rays fits into a box with these sides: from 0 to 1."""
        bound = np.isfinite(sides)
        left = 1 - 2 * self._aside[bound] / np.maximum(sides[bound], 1e-300)
        return float(_smooth(np.min(5 * left, initial=1.0)))


def _box(
    cone: _Cone, level: int, own: Lattice, coarser: Lattice, most: int, origin: np.ndarray, spacing: np.ndarray
) -> Region | None:
    """The box of a level that a picture needs; None: it needs none."""
    step, coarse, counts = np.array(own.step), np.array(coarser.step), np.array(own.count)
    factor = coarse // step
    sides = _sides(own.count, most)
    limited = sides < counts
    # A box begins and ends at samples of the coarser level, so it grows by up to one of them at each end.
    lengths = np.where(limited, np.maximum(sides - 1 - 2 * factor, 0) * step * spacing, math.inf)
    far, weight = _extent(cone, lengths, float((coarse * spacing).min()), float((counts * step * spacing).max()))
    if weight <= 0:
        return None
    low, high = cone.box(far) if math.isfinite(far) else (origin, origin)
    if not limited.any():
        limited[:] = math.isfinite(far)  # memory does not limit the box, but pixels do
    windows, firsts, lasts = [], [], []
    for axis in range(3):
        window, first, last = (-math.inf, -math.inf, math.inf, math.inf), 0, coarser.count[axis] - 1
        if limited[axis]:
            a, b = (float((edge[axis] - origin[axis]) / spacing[axis]) for edge in (low, high))
            fade = max((b - a) * (1 / SHARP - 1) / 2, 1e-9)
            window = (a - fade, a, b, b + fade)
            first, last = (
                int(np.clip(rounded, 0, last))
                for rounded in (math.floor(window[0] / coarse[axis]), math.ceil(window[3] / coarse[axis]))
            )
        if first >= last and counts[axis] > 1:
            return None
        windows.append(window)
        firsts.append(first * int(factor[axis]))
        lasts.append(last * int(factor[axis]))
    return Region(level, (firsts[0], firsts[1], firsts[2]), (lasts[0], lasts[1], lasts[2]), tuple(windows), weight)


def _extent(cone: _Cone, lengths: np.ndarray, voxel: float, widest: float) -> tuple[float, float]:
    """The distance to which a level is drawn, and its weight.

    Args:
        cone: of the picture.
        lengths: (3,), largest sides of a box of the level; infinite along axes that it covers entirely.
        voxel: size of a voxel of the next coarser level, scene units.
        widest: longest side of the whole grid.
    """
    view_cone = cone.view_cone
    side = float(min(lengths.min(), widest))
    if not math.isfinite(cone.nearest) or side <= 0:
        return 0.0, 0.0
    far, ramp, weight = cone.reach(SHARP * lengths), DEPTH * side, 1.0
    if view_cone.angle == 0:  # parallel rays see all samples equally large
        weight = float(_smooth(np.array(2 * voxel / view_cone.pixel - 1))) * cone.room(SHARP * lengths)
    else:
        small = voxel / view_cone.pixel  # beyond, samples of the coarser level are smaller than pixels
        far, ramp = min(far, small), min(ramp, small / 2)
    return far, weight * float(_smooth(np.array((far - cone.nearest) / ramp)))


def _sides(counts: tuple[int, ...], most: int) -> np.ndarray:
    """Sides of the largest box of at most that many samples, as close to a cube as the whole grid allows."""
    sides, left, axes = [0, 0, 0], float(most), sorted(range(3), key=lambda axis: counts[axis])
    for number, axis in enumerate(axes):
        sides[axis] = min(counts[axis], int(left ** (1 / (3 - number)) + 1e-9))
        left /= max(sides[axis], 1)
    return np.array(sides)


def _within(region: Region, own: Lattice, outer: Region, coarser: Lattice) -> Region | None:
    """The part of a box inside of the box of the coarser level; None: they do not overlap."""
    factors = [c // s for c, s in zip(coarser.step, own.step, strict=True)]
    low = [max(a, b * f) for a, b, f in zip(region.low, outer.low, factors, strict=True)]
    high = [min(a, b * f) for a, b, f in zip(region.high, outer.high, factors, strict=True)]
    if any(a >= b for a, b, count in zip(low, high, own.count, strict=True) if count > 1):
        return None
    return Region(region.level, (low[0], low[1], low[2]), (high[0], high[1], high[2]), region.window, region.weight)


def around(outer: Region, inner: Region | None, factor: Sequence[int]) -> Iterator[tuple[slice, slice, slice]]:
    """The part of a box outside of the box of the next finer level, as boxes that share their faces.

    Args:
        outer: the box.
        inner: the box of the finer level; None: the whole outer box is returned.
        factor: steps of the finer level in one step of the coarser level, along x, y and z.
    """
    rest = [(0, n - 1) for n in outer.shape]
    if inner is not None:
        for axis in range(3):
            low = inner.low[axis] // factor[axis] - outer.low[axis]
            high = inner.high[axis] // factor[axis] - outer.low[axis]
            first, last = rest[axis]
            for start, stop in ((first, low), (high, last)):
                if stop > start:
                    part = [*rest[:axis], (start, stop), *rest[axis + 1 :]]
                    x, y, z = (slice(a, b + 1) for a, b in part)
                    yield x, y, z
            rest[axis] = (low, high)
        return
    x, y, z = (slice(a, b + 1) for a, b in rest)
    yield x, y, z


def _smooth(part: np.ndarray) -> np.ndarray:
    """A smooth step from 0 to 1, with slope 0 at both ends."""
    part = np.clip(part, 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part))
