"""What volumes and translucent things let through of a lamp's light, in one grid for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from moviemaker.core.props import Cells, DepthMap, Light
from moviemaker.shade.casters import Caster, Casters, Lines, Spheres, Triangles
from moviemaker.shade.depth_maps import OPAQUE
from moviemaker.shade.levels import MOST_ALONG, LevelPlace, placed
from moviemaker.shade.media import Medium
from moviemaker.shade.skies import optical_depths

MOST_FINE = 2**24
"""Cells of a grid as fine as volumes are. While it is made, a cell takes 14 bytes: 235 MB; 2 or 4 of them are kept."""

MOST = 2**21
"""Cells of a grid of the whole scene."""

BEYOND = 1 / 30
"""What part of the longest side of a volume the scene may go beyond it before another grid is made for that."""

EVEN = 1e-3
"""Samples are cubic cells where their spacings differ by at most this part, and lie along axes of the scene."""


@dataclass(frozen=True, eq=False)
class Depths:
    """Optical depths of ways as long as a cell is wide.

    Attributes:
        values: (nx, ny, nz) float32.
        origin: (3,), the middle of the first cell, scene units.
        width: of a cell, scene units.
    """

    values: np.ndarray
    origin: np.ndarray
    width: float

    def holds(self, box: np.ndarray) -> bool:
        """Whether a box (3, 2) does not go far beyond the cells."""
        sides = self.width * (np.array(self.values.shape) - 1)
        beyond = max(self.width, BEYOND * float(sides.max()))
        return bool((box[:, 0] > self.origin - beyond).all() and (box[:, 1] < self.origin + sides + beyond).all())


def light_through(casters: Casters, light: Light) -> tuple[Cells | None, Cells | None]:
    """What of a lamp's light gets to surfaces and to places in volumes past what lets a part through; None: all of it.

    Volumes get a grid as fine as they are, and so do surfaces if it holds the whole scene.

    Args:
        casters: everything that casts.
        light: a sun or a point light.
    """
    parts = tuple(part for one in casters.parts if (part := _translucent(one)) is not None)
    if not parts:
        return None, None
    fine = _fine(parts)
    in_volumes = None if fine is None else _passed(fine, light)
    if fine is not None and fine.holds(casters.bounds):
        return in_volumes, in_volumes
    box = casters.bounds
    for medium in _media(parts):
        box = np.column_stack([np.minimum(box[:, 0], medium.bounds[:, 0]), np.maximum(box[:, 1], medium.bounds[:, 1])])
    wanted = min(_width_of(part) for part in parts)
    return _passed(_in_grid(parts, _place(box, wanted, MOST)), light), in_volumes


def past_maps(through: Cells, maps: Sequence[DepthMap]) -> Cells:
    """What gets through and past the opaque things in depth maps."""
    from moviemaker.shade.sun_sweeps import add_maps

    cells = np.eye(4)
    cells[:3, :3] *= through.width
    cells[:3, 3] = through.origin
    found = np.empty_like(through.values)
    add_maps(
        through.values,
        found,
        tuple(one.depths for one in maps),
        np.stack([one.matrix @ cells for one in maps]),
        maps[0].bias + through.width / 2,
    )
    return replace(through, values=found)


def _passed(depths: Depths, light: Light) -> Cells:
    """What of a lamp's light gets to cells."""
    through = np.full(depths.values.shape, 65535, np.uint16)
    if light.kind == "sun":
        _sun(depths.values, np.array(light.vector, dtype=np.float64), through)
    else:
        from moviemaker.shade.sun_sweeps import sweep_lamp

        place = (np.array(light.vector) - depths.origin) / depths.width
        sweep_lamp(np.ascontiguousarray(depths.values), through, place)
    x, y, z = depths.origin.tolist()
    return Cells(through, (x, y, z), depths.width)


def _sun(depths: np.ndarray, direction: np.ndarray, through: np.ndarray) -> None:
    """Fills in what of the light of a sun gets to cells, by depths of a way as long as a cell is wide."""
    from moviemaker.shade.sun_sweeps import sweep_sun

    axis = int(np.argmax(np.abs(direction)))
    rest = [one for one in range(3) if one != axis]
    n, rows, columns = (depths.shape[one] for one in (axis, *rest))
    turned = np.zeros((n, rows + 2, columns + 2), np.float32)
    found = np.empty((n, rows, columns), np.uint16)
    way = np.float32(1 / abs(direction[axis]))
    # Piece by piece, each of which fits into a processor's cache.
    for j in range(rows):
        np.multiply(
            depths[:, j] if axis == 0 else (depths[j] if axis == 1 else depths[j].T), way, out=turned[:, j + 1, 1:-1]
        )
    sweep_sun(turned, found, bool(direction[axis] > 0), direction[rest] / abs(direction[axis]))
    for j in range(rows):
        if axis == 0:
            through[:, j] = found[:, j]
        else:
            through[j] = found[:, j] if axis == 1 else found[:, j].T


def _media(parts: Sequence[Caster]) -> list[Medium]:
    return [one for one in parts if isinstance(one, Medium)]


def _fine(parts: tuple[Caster, ...]) -> Depths | None:
    """A grid around volumes as fine as the finest of them; None: without volumes.

    Samples of a volume are cells as they are, if it is alone and lies along the axes of the scene.
    """
    media = _media(parts)
    if not media:
        return None
    if len(parts) == 1 and (found := _as_it_is(media[0])) is not None:
        return found
    boxes = np.array([one.bounds for one in media])
    box = np.column_stack([boxes[..., 0].min(axis=0), boxes[..., 1].max(axis=0)])
    return _in_grid(parts, _place(box, min(map(_width_of, media)), MOST_FINE))


def _in_grid(parts: tuple[Caster, ...], place: LevelPlace) -> Depths:
    bounds = np.column_stack([place.origin, place.origin + place.width * (np.array(place.shape) - 1)])
    return Depths(optical_depths(Casters(parts, bounds), place)[0], place.origin, place.width)


def _width_of(part: Caster) -> float:
    """How wide cells are that show a caster."""
    match part:
        case Medium():
            return float(part.spacing.min())
        case Triangles():
            return float(np.ptp(part.corners.reshape(-1, 3), axis=0).max()) / 100
        case _:
            return 2.1 * float(part.radius.mean())  # in which balls are put like points, without becoming larger


def _place(box: np.ndarray, wanted: float, most: int) -> LevelPlace:
    """Cells around a box, of one of few widths and at whole numbers of it, so that they do not crawl."""
    sides = box[:, 1] - box[:, 0]
    least = max(float(np.prod(np.maximum(sides, wanted)) / most) ** (1 / 3), float(sides.max()) / MOST_ALONG)
    width = 2.0 ** (math.ceil(4 * math.log2(max(wanted, least, 1e-300)) - 1e-6) / 4)
    return placed(box, width, margin=1)


def _translucent(one: Caster) -> Caster | None:
    """What lets through a part of the light, of a caster."""
    if isinstance(one, Medium):
        return one
    clear = one.opacity < OPAQUE
    if not clear.any():
        return None
    if clear.all():
        return one
    match one:
        case Spheres():
            center, radius, opacity = one.center[clear], one.radius[clear], one.opacity[clear]
            return replace(one, center=center, radius=radius, opacity=opacity)
        case Triangles():
            return replace(
                one,
                corners=one.corners[clear],
                opacity=one.opacity[clear],
                extent=None if one.extent is None else one.extent[clear],
            )
        case Lines():
            return replace(one, opacity=np.where(clear, one.opacity, np.float32(0)))


def _as_it_is(one: Medium) -> Depths | None:
    """A volume whose samples are cubic cells along the axes of the scene; None: they are not, or too many."""
    linear = one.matrix[:3, :3]
    order = np.argmax(np.abs(linear), axis=0)  # the axis of the scene that each of the samples' axes goes along
    lengths = linear[order, range(3)]
    width = float(np.abs(lengths).mean())
    even = np.allclose(np.abs(lengths), width, rtol=EVEN) and np.allclose(
        np.abs(linear).sum(axis=0), np.abs(lengths), rtol=EVEN
    )
    if not even or len(set(order.tolist())) < 3 or np.prod(one.shape) > MOST_FINE:
        return None
    extinction, matrix = one.extinction()
    depths = (extinction * np.float32(width)).transpose(np.argsort(order))
    origin = matrix[:3, 3].copy()
    for axis in range(3):
        if lengths[list(order).index(axis)] < 0:
            depths = np.flip(depths, axis)
            origin[axis] -= width * (depths.shape[axis] - 1)
    return Depths(depths, origin, width)
