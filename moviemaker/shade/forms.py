"""Triangles of glyphs, surfaces and slices."""

from __future__ import annotations

import itertools
import math

import numpy as np

from moviemaker.core.props import Slice, Surface
from moviemaker.core.props.glyph_outlines import OUTLINES

_SIDES = 8
"""Sides of arrows and cones."""

_SLICE_CELLS = 64
"""A slice with holes is divided into at most so many cells along each side."""


def glyph_triangles(shape: str, position: np.ndarray, size: np.ndarray, direction: np.ndarray | None) -> np.ndarray:
    """Triangles (n * k, 3, 3) of the glyphs of `Glyphs`, float64."""
    unit = {"cube": _cube, "diamond": _diamond}[shape]() if direction is None else _turned(OUTLINES[shape])
    if direction is not None:
        unit = unit @ _frames(direction.astype(np.float64))[:, None]
    scaled = np.asarray(size, np.float64)[:, None, None, None] * unit
    return np.asarray((scaled + position[:, None, None, :]).reshape(-1, 3, 3))


def line_radius(shape: str) -> float:
    """The radius of the tube that hides as much as a round glyph of length one."""
    outline = OUTLINES[shape]
    area = sum((b[0] - a[0]) * (a[1] + b[1]) for a, b in itertools.pairwise(outline))
    return area / 2


def surface_triangles(prop: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (m, 3, 3) of a surface's polygons, and opacities (m,) from 0 to 1 of its colours."""
    numbers = _fans(prop.polys.offsets, prop.polys.connectivity)
    corners = prop.position[numbers]
    there = np.isfinite(corners).all(axis=(1, 2))
    if prop.picture is None and prop.values is not None and prop.palette is not None:
        there &= np.isfinite(prop.palette.places(prop.values))[numbers].all(axis=1)
    if not there.all():
        numbers, corners = numbers[there], corners[there]
    alpha = _opacities(prop)
    return corners, np.ones(len(corners)) if alpha is None else alpha[numbers].mean(axis=1)


def _opacities(prop: Surface) -> np.ndarray | None:
    """Opacities (n,) of the points of a surface by its colours; None: 1."""
    if prop.picture is None:
        return None if prop.colors is None or prop.values is not None else prop.colors[:, 3] / 255
    if prop.picture.shape[2] < 4 or prop.coordinates is None:
        return None
    across, up = prop.coordinates[:, :2].T
    if prop.coordinates.shape[1] == 3:
        x, y, z = prop.coordinates.T
        across, up = np.arctan2(y, x) / (2 * np.pi) + 0.5, np.arctan2(z, np.hypot(x, y)) / np.pi + 0.5
    rows, columns = prop.picture.shape[:2]
    column = np.floor(np.nan_to_num(across) % 1 * columns).astype(int) % columns
    row = rows - 1 - np.floor(np.nan_to_num(up) % 1 * rows).astype(int) % rows
    return np.asarray(prop.picture[row, column, 3] / 255)


def _fans(offsets: np.ndarray, connectivity: np.ndarray) -> np.ndarray:
    """Triangles (m, 3) of convex polygons, as numbers of points."""
    counts = np.diff(offsets)
    if len(counts) and (counts == 3).all() and offsets[0] == 0:
        return np.asarray(connectivity[: offsets[-1]].reshape(-1, 3))
    found = []
    for corner in range(1, int(counts.max(initial=2)) - 1):
        first = offsets[:-1][counts > corner + 1]
        found.append(connectivity[np.stack([first, first + corner, first + corner + 1], axis=1)])
    return np.concatenate(found) if found else np.empty((0, 3), np.int64)


def slice_triangles(prop: Slice) -> np.ndarray:
    """Triangles (m, 3, 3) of a slice, without its holes."""
    known = np.isfinite(prop.palette.places(prop.values))
    if prop.inside is not None:
        known &= prop.inside > 0
    corners = prop.corners.astype(np.float64)
    count = len(corners)
    if known.all() or count < 3:
        return corners[[[0, k, k + 1] for k in range(1, count - 1)]].reshape(-1, 3, 3)
    # Places follow from coordinates by an affine map, since both are flat.
    flat = np.column_stack([prop.coordinates, np.ones(count)])
    to_place = np.linalg.lstsq(flat, corners, rcond=None)[0]
    steps = [max(1, math.ceil(n / _SLICE_CELLS)) for n in known.shape]
    rows, columns = (np.arange(-0.5, n, step) for n, step in zip(known.shape, steps, strict=True))
    row, column = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    middle = np.column_stack([column + steps[1] / 2, row + steps[0] / 2])
    last = np.array(known.shape) - 1
    here = np.minimum(np.maximum(np.rint(middle[:, ::-1]).astype(int), 0), last)
    kept = known[here[:, 0], here[:, 1]] & _within(middle, prop.coordinates)
    row, column = row[kept], column[kept]
    ends = [(column + a * steps[1], row + b * steps[0]) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    places = np.stack([np.column_stack([*end, np.ones(len(row))]) @ to_place for end in ends], axis=1)
    return np.asarray(places[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3))


def _within(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Whether points (n, 2) lie in a convex polygon (k, 2): (n,) bool."""
    along = np.roll(polygon, -1, axis=0) - polygon
    from_corner = points[:, None] - polygon
    sides = along[:, 0] * from_corner[..., 1] - along[:, 1] * from_corner[..., 0]
    return np.asarray((sides >= 0).all(axis=1) | (sides <= 0).all(axis=1))


def _cube() -> np.ndarray:
    """The triangles (12, 3, 3) of a cube one unit wide."""
    side = 0.5 * np.array([[[-1, -1, 1], [1, -1, 1], [1, 1, 1]], [[-1, -1, 1], [1, 1, 1], [-1, 1, 1]]])
    return np.concatenate([np.roll(face, turn, axis=2) for turn in range(3) for face in (side, -side[:, ::-1])])


def _diamond() -> np.ndarray:
    """The triangles (8, 3, 3) of an octahedron one unit wide."""
    ends = 0.5 * np.eye(3)
    signs = itertools.product((-1, 1), repeat=3)
    return np.array([[a * ends[0], b * ends[1], c * ends[2]] for a, b, c in signs])


def _turned(outline: tuple[tuple[float, float], ...]) -> np.ndarray:
    """The triangles (k, 3, 3) of the surface of revolution of an outline about the x axis, its middle at 0."""
    # The circle lies half-way between the corners of the sides and their middles.
    wider = 2 / (1 + math.cos(math.pi / _SIDES))
    angle = 2 * np.pi / _SIDES * np.arange(_SIDES + 1)
    rings = [np.column_stack([np.full(len(angle), x - 0.5), wider * r * np.cos(angle), wider * r * np.sin(angle)])
             for x, r in outline]  # fmt: skip
    found = []
    for near, far in itertools.pairwise(rings):
        found.append(np.stack([near[:-1], near[1:], far[:-1]], axis=1))
        found.append(np.stack([near[1:], far[1:], far[:-1]], axis=1))
    triangles = np.concatenate(found)
    area = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    return np.asarray(triangles[area > 1e-12])


def _frames(direction: np.ndarray) -> np.ndarray:
    """Matrices (n, 3, 3) whose rows are directions (n, 3) and two unit vectors at right angles to them."""
    least = np.eye(3)[np.abs(direction).argmin(axis=1)]
    second = np.cross(direction, least)
    second /= np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-30)
    return np.stack([direction, second, np.cross(direction, second)], axis=1)
