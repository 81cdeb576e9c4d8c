"""A plane through a grid: the polygon in which it intersects the grid's box, and samples on it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Grid, Vector
from moviemaker.core.props.coverage import edge_of

TEXELS_PER_SAMPLE = 2
"""Samples on the plane for each sample of the grid. Two: on an oblique plane trilinear interpolation is curved between
samples of the grid, while it is linear between samples on the plane."""

MOST_TEXELS = 2048
"""Most samples along each side of the polygon."""


_LEAST = 1e-4
"""Least weight of known values from which a value is computed."""


@dataclass(frozen=True, eq=False)
class Plane:
    """The part of a plane that lies in a grid.

    Attributes:
        corners: (k, 3), in order around the polygon, scene units; fewer than three: the plane misses the grid.
        origin: (3,), position of sample (0, 0), scene units.
        across, along: (3,), steps from a sample to that of the next column, and of the next row.
        shape: (rows, columns) of samples, which cover all of the polygon.
    """

    corners: np.ndarray
    origin: np.ndarray
    across: np.ndarray
    along: np.ndarray
    shape: tuple[int, int]

    @property
    def coordinates(self) -> np.ndarray:
        """Columns and rows (k, 2) of the corners among the samples."""
        return self.found(self.corners)

    def found(self, points: np.ndarray) -> np.ndarray:
        """Columns and rows (n, 2) of points (n, 3) of the plane among the samples."""
        axes = np.column_stack([self.across, self.along])
        return np.asarray((points - self.origin) @ np.linalg.pinv(axes).T)

    def point(self, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The points (n, 3) at columns (n,) and rows (n,)."""
        return np.asarray(self.origin + columns[:, None] * self.across + rows[:, None] * self.along)


def plane_through(grid: Grid, origin: Vector, normal: Vector) -> Plane:
    """The part of a plane that lies in a grid.

    Args:
        grid: only its position and shape matter.
        origin: a point on the plane, scene units.
        normal: of any length; with length 0 the result is empty.
    """
    matrix = grid.world_from_index
    corners = _polygon(grid, np.array(origin), np.array(normal))
    if len(corners) < 3:
        return Plane(np.empty((0, 3)), np.zeros(3), np.zeros(3), np.zeros(3), (1, 1))
    unit = np.divide(normal, np.linalg.norm(normal))
    # Along the axis of the array that is closest to the plane: on an axis-aligned plane the grid's samples are hit.
    axes = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    axis = axes[:, int(np.abs(axes.T @ unit).argmin())]
    right = axis - (axis @ unit) * unit
    right /= np.linalg.norm(right)
    sides = np.stack([right, np.cross(unit, right)])
    flat = (corners - corners[0]) @ sides.T
    low, extent = flat.min(axis=0), np.ptp(flat, axis=0)
    per_unit = np.abs(np.linalg.inv(matrix[:3, :3]) @ sides.T).max(axis=0)  # samples of the grid per scene unit
    counts = np.clip(np.ceil(TEXELS_PER_SAMPLE * per_unit * extent - 1e-6), 1, MOST_TEXELS - 1).astype(int)
    steps = sides * (extent / counts)[:, None]
    columns, rows = (counts + 1).tolist()
    return Plane(corners, corners[0] + low @ sides, steps[0], steps[1], (rows, columns))


def _polygon(grid: Grid, origin: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Corners (k, 3) of the polygon in which a plane intersects the grid's box, in order around it."""
    length = float(np.linalg.norm(normal))
    box = grid.corners
    if length == 0:
        return np.empty((0, 3))
    unit = normal / length
    away = (box - origin) @ unit
    away[np.abs(away) < 1e-9 * (grid.diagonal + np.abs(box - origin).max())] = 0.0  # a side of the box in it
    found = [box[away == 0]]
    ends = list(itertools.product((0, 1), repeat=3))
    for one, other in itertools.combinations(range(8), 2):
        neighbors = sum(a != b for a, b in zip(ends[one], ends[other], strict=True)) == 1
        if neighbors and away[one] * away[other] < 0:
            part = away[one] / (away[one] - away[other])
            found.append((box[one] + part * (box[other] - box[one]))[None])
    points = np.concatenate(found)
    if len(points) < 3:
        return points
    middle = points.mean(axis=0)
    right = points[int(np.linalg.norm(points - middle, axis=1).argmax())] - middle
    turn = np.arctan2((points - middle) @ np.cross(unit, right), (points - middle) @ right)
    return points[np.argsort(turn, kind="stable")]


def nearest_in_polygon(corners: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The point (3,) of a flat, convex polygon (k, 3) that is nearest to a place (3,)."""
    return np.asarray(nearest_in_polygons(corners[None], place)[0])


def nearest_in_polygons(corners: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The points (m, 3) of flat, convex polygons (m, k, 3) that are nearest to a place (3,)."""
    sides = np.roll(corners, -1, axis=1) - corners
    squares = np.maximum((sides * sides).sum(axis=2), 1e-300)
    first = corners - corners[:, :1]
    normal = np.cross(first, np.roll(first, -1, axis=1)).sum(axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    foot = place - ((place - corners[:, 0]) * normal).sum(axis=1, keepdims=True) * normal
    inside = (np.einsum("mki,mi->mk", np.cross(sides, foot[:, None] - corners), normal) >= 0).all(axis=1)
    parts = np.clip(((place - corners) * sides).sum(axis=2) / squares, 0, 1)
    points = corners + parts[..., None] * sides
    nearest = np.linalg.norm(points - place, axis=2).argmin(axis=1)
    closest: np.ndarray = np.where(inside[:, None], foot, points[np.arange(len(points)), nearest])
    return closest


def sampled(
    grid: Grid, values: np.ndarray, plane: Plane, nearest: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """A field (nx, ny, nz) on a plane, by trilinear interpolation, or the nearest samples.

    Returns:
        Samples (rows, columns), float32 or float64: weighted means of the finite values around; NaN without any. And
        how far they lie inside of what is known, as in `core.props.coverage`; None: all is known.
    """
    inverse = np.linalg.inv(grid.world_from_index)
    start = inverse[:3, :3] @ plane.origin + inverse[:3, 3]
    across, along = inverse[:3, :3] @ plane.across, inverse[:3, :3] @ plane.along
    rows, columns = plane.shape
    places = start[:, None, None] + along[:, None, None] * np.arange(rows)[:, None]
    places = places + across[:, None, None] * np.arange(columns)
    known = np.isfinite(values) if values.dtype.kind == "f" else None
    if known is not None and not known.any():
        return np.full(places.shape[1:], np.nan, _real(values)), None
    edge = edge_of(known, grid.inside)
    if nearest:
        return _trilinear(values, places, order=0), None if edge is None else _trilinear(edge, places)
    if edge is None:
        return _trilinear(values, places), None
    if known is None or known.all():
        return _trilinear(values, places), _trilinear(edge, places)
    weight = _trilinear(known.astype(np.float32), places)
    total = _trilinear(np.where(known, values, 0), places)
    found: np.ndarray = np.where(weight > _LEAST, total / np.maximum(weight, _LEAST), np.nan).astype(_real(values))
    return found, _trilinear(edge, places)


def known_part(values: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """Samples on a plane with NaN beyond the edge of what is known."""
    return values if inside is None else np.where(inside >= 0, values, values.dtype.type(np.nan))


def _trilinear(values: np.ndarray, places: np.ndarray, order: int = 1) -> np.ndarray:
    from scipy.ndimage import map_coordinates

    real = values if values.dtype.kind == "f" else values.astype(np.float32)
    found: np.ndarray = map_coordinates(
        real, places, order=order, mode="nearest", prefilter=False, output=_real(values)
    )
    return found


def _real(values: np.ndarray) -> type:
    """Single precision, except for double precision fields."""
    return np.float64 if values.dtype == np.float64 else np.float32
