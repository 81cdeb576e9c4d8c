"""Where the grids of the sky lie, and how fine they are: by the things that cast, never by a camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from moviemaker.core.fields import Vector
from moviemaker.core.geometry import corners_of
from moviemaker.core.props import Cells
from moviemaker.shade.casters import Caster, Casters, Lines, Spheres, Triangles

MOST_CELLS = 1 << 21
"""Cells of the finest level."""

MOST_CELLS_AROUND = 1 << 18
"""Cells of the levels around it."""

MOST_LEVELS = 4
MOST_ALONG = 1000
"""Cells of a level along an axis: textures are not much larger."""

MARGIN = 2
"""Cells around what casts; over the outermost ones, a level turns into the next one."""

_FINER = 2.0
"""Another level is worth it where its cells are smaller by this factor."""

_CORE = 0.02
"""What part of the places of a caster may lie beyond each side of the box that a finer level is made for."""

_OF_A_BODY = 0.3
"""Cells for many small bodies are as wide as this part of one of them."""

_SAMPLED = 20_000
_STEPS = 4
"""Widths of cells are powers of 2^(1 / 4), so that they stay the same while things move a little."""


@dataclass(frozen=True)
class LevelPlace:
    """Where the cells of a level lie.

    Attributes:
        first: middle of the first cell, in whole widths.
        shape: number of cells.
        width: of a cell, scene units.
    """

    first: tuple[int, int, int]
    shape: tuple[int, int, int]
    width: float

    @property
    def origin(self) -> np.ndarray:
        """The middle of the first cell, (3,), scene units."""
        return np.array(self.first) * self.width

    def cells(self, values: np.ndarray) -> Cells:
        """The level with values in its cells."""
        x, y, z = self.origin.tolist()
        return Cells(values, (x, y, z), self.width)


@dataclass(frozen=True, eq=False)
class _Detail:
    """What a caster asks for: cells of a width (scene units) in a box (3, 2), and in the core of it."""

    width: float
    box: np.ndarray
    core: np.ndarray


_DETAILS: WeakKeyDictionary[Caster, _Detail] = WeakKeyDictionary()


def plan_levels(casters: Casters, reach: float) -> list[LevelPlace]:
    """The levels of the sky, the finest first; each lies in the next one. None if nothing casts."""
    for part in casters.parts:
        if part not in _DETAILS:
            _DETAILS[part] = _detail(part)
    details = [_DETAILS[part] for part in casters.parts]
    details = [one for one in details if np.isfinite(one.box).all() and one.width > 0]
    if not details:
        return []
    # Light is looked up where anything is drawn that the casters reach.
    cast = _around([one.box for one in details])
    box = np.column_stack([
        np.minimum(cast[:, 0], np.maximum(cast[:, 0] - reach, casters.bounds[:, 0])),
        np.maximum(cast[:, 1], np.minimum(cast[:, 1] + reach, casters.bounds[:, 1])),
    ])  # fmt: skip
    diagonal = float(np.linalg.norm(box[:, 1] - box[:, 0]))
    if not diagonal > 0:
        return []
    least = max(min(one.width for one in details), diagonal * 1e-6)
    width = _width(least, box, MOST_CELLS)
    if width < _FINER * least:
        return [placed(box, min(width, _stepped_down(diagonal / 32)))]
    finest = placed(box, width)
    levels = [placed(box, _width(least, box, MOST_CELLS_AROUND))]
    while len(levels) < MOST_LEVELS:
        outer = levels[0]
        # What lies everywhere, such as the edges of a box, asks for nothing in one place.
        most = np.prod(np.array(outer.shape) * outer.width) / 8
        asking = [one for one in details if one.width * _FINER <= outer.width]
        asking = [one for one in asking if np.prod(np.diff(one.core)) <= most]
        if not asking:
            break
        inner = _within(_around([one.core for one in asking]), outer)
        width = _width(min(one.width for one in asking), inner, MOST_CELLS_AROUND)
        finer = _width(min(one.width for one in asking), inner, MOST_CELLS)
        if width * _FINER > outer.width and finer * _FINER > outer.width:
            break
        last = finer < _FINER * least or width * _FINER > outer.width or len(levels) == MOST_LEVELS - 1
        levels.insert(0, placed(inner, finer if last else width))
        if last:
            break
    return levels if len(levels) > 1 and levels[0].width * _FINER <= finest.width else [finest]


def _width(wanted: float, box: np.ndarray, most: int) -> float:
    """The width of cells of a box (3, 2), on the ladder of widths."""
    sides = box[:, 1] - box[:, 0]
    least = float(sides.max()) / MOST_ALONG
    # A flat box has at least the cells of its margin across.
    volume = float(np.prod(np.maximum(sides, max(wanted, least))))
    return max(
        _stepped_up((volume / most) ** (1 / 3)), _stepped_up(least), 2 ** (round(_STEPS * math.log2(wanted)) / _STEPS)
    )


def _stepped_up(width: float) -> float:
    return float(2 ** (math.ceil(_STEPS * math.log2(max(width, 1e-300))) / _STEPS))


def _stepped_down(width: float) -> float:
    return float(2 ** (math.floor(_STEPS * math.log2(width)) / _STEPS))


def placed(box: np.ndarray, width: float, margin: int = MARGIN) -> LevelPlace:
    """Cells around a box (3, 2), at whole multiples of their width: they do not crawl when the box grows.

    Args:
        box: scene units.
        width: of a cell, scene units.
        margin: cells around it.
    """
    first = np.floor(box[:, 0] / width).astype(int) - margin
    last = np.ceil(box[:, 1] / width).astype(int) + margin
    i, j, k = first.tolist()
    n0, n1, n2 = (last - first + 1).tolist()
    return LevelPlace((i, j, k), (n0, n1, n2), width)


def _within(box: np.ndarray, outer: LevelPlace) -> np.ndarray:
    """The part of a box inside of a level, in whole cells of that level, so that it changes seldom."""
    low = np.floor((box[:, 0] - outer.origin) / outer.width)
    high = np.ceil((box[:, 1] - outer.origin) / outer.width)
    low, high = np.maximum(low, 1), np.minimum(high, np.array(outer.shape) - 2)
    return np.column_stack([outer.origin + low * outer.width, outer.origin + np.maximum(high, low + 1) * outer.width])


def _around(boxes: Sequence[np.ndarray]) -> np.ndarray:
    together = np.array(boxes)
    return np.column_stack([together[..., 0].min(axis=0), together[..., 1].max(axis=0)])


def _detail(part: Caster) -> _Detail:
    """How fine the cells around a caster should be."""
    if isinstance(part, Spheres):
        return _of_points(part.center, part.origin, part.radius, float(part.radius.mean()))
    if isinstance(part, Lines):
        return _of_points(part.position, part.origin, part.radius, float(part.radius.mean()))
    if isinstance(part, Triangles):
        some = part.corners[:: max(1, len(part.corners) // _SAMPLED)].astype(float)
        width = float(np.linalg.norm(some - np.roll(some, 1, axis=1), axis=2).mean())
        if part.extent is not None:
            # Few triangles may be a body whose form is finer than they are; many small bodies are seen as a whole.
            extent = float(np.median(part.extent[:: max(1, len(part.extent) // _SAMPLED)]))
            whole = extent > 0.5 * np.linalg.norm(np.diff(corners_of(part.corners.reshape(-1, 3))))
            width = min(width, extent / 24 if whole else _OF_A_BODY * extent)
        return _of_points(part.corners.reshape(-1, 3), part.origin, np.zeros(1), width)
    width = 2 * float(np.prod(part.spacing)) ** (1 / 3)
    return _Detail(width, part.bounds, part.bounds)


def _of_points(places: np.ndarray, origin: Vector, radius: np.ndarray, width: float) -> _Detail:
    """The detail of things around places (n, 3), from an origin. If most are close together, these are its core."""
    largest, start = float(radius.max()), np.array(origin)[:, None]
    box = corners_of(places) + np.array([-largest, largest]) + start
    core = box
    if len(places) > 1000:
        some = places[:: max(1, len(places) // _SAMPLED)]
        inner = np.quantile(some, [_CORE, 1 - _CORE], axis=0).T + start
        if np.prod(inner[:, 1] - inner[:, 0]) < np.prod(box[:, 1] - box[:, 0]) / 8:
            core = inner
    return _Detail(width, box, core)
