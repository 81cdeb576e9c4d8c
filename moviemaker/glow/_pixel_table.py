"""A table of the directions of a picture's pixels, for lenses whose mapping is not compiled.

Each block of pixels has a cone around its directions. The pixels that a round splat reaches are found quickly by these
cones, also across seams, around poles and in pictures composed of parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from moviemaker.core.errors import UserError
from moviemaker.core.jit import compiled, compiled_piece, numba
from moviemaker.core.projection import PixelMapping, Projection

BLOCK = 16
"""Columns and rows of a block."""

ROWS = 64
"""Rows for which the mapping is evaluated at once."""

AXIS_X, AXIS_Y, AXIS_Z, COSINE, SINE, ANGLE, AT_EDGE = range(7)
"""Index of each number of a cone: its axis, its half angle, and whether an edge of the visible part of the sphere lies
in its block. The angle of a block without any directions is negative infinity."""

CONE = 7


@dataclass(frozen=True, eq=False)
class PixelTable:
    """The directions of all pixels.

    Attributes:
        directions: (3, H, W) float32, unit vectors; NaN where the picture is black.
        dark: (H, W) bool, true where the picture is black.
        bands: (down, CONE) float64, the cones of whole rows of blocks.
        blocks: (down, across, CONE) float64, the cones of the blocks.
        pixel: the width of a typical pixel, radians.
    """

    directions: np.ndarray
    dark: np.ndarray
    bands: np.ndarray
    blocks: np.ndarray
    pixel: float


def pixel_table(projection: Projection, mapping: PixelMapping) -> PixelTable:
    """The table of a projection. The previous table is used again if the mapping is hashable and equal."""
    corner, size, turn = projection.corner, projection.size, projection.turn
    try:
        hash(mapping)
    except TypeError:
        return _build(mapping, corner, size, turn)
    known: object = mapping  # a protocol does not promise a hash
    return _cached(known, corner, size, turn)


def places_of(mapping: PixelMapping, directions: np.ndarray) -> np.ndarray:
    """Columns and rows (n, 2), float64, of directions (n, 3).

    Raises:
        UserError: the mapping gives an array of another shape.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        places = np.asarray(mapping.places(directions), np.float64)
    if places.shape != (len(directions), 2):
        raise UserError(_fault(mapping, "places", places.shape, (len(directions), 2)))
    return places


def _fault(mapping: PixelMapping, method: str, given: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    kind = type(mapping)
    return f"{kind.__module__}.{kind.__qualname__}.{method} gives an array of shape {given} instead of {wanted}"


@lru_cache(maxsize=1)
def _cached(mapping: PixelMapping, corner: tuple[int, int], size: tuple[int, int], turn: int) -> PixelTable:
    return _build(mapping, corner, size, turn)


def _build(mapping: PixelMapping, corner: tuple[int, int], size: tuple[int, int], turn: int) -> PixelTable:
    width, height = size
    directions = np.empty((3, height, width), np.float32)
    for first in range(0, height, ROWS):
        last = min(first + ROWS, height)
        rows = np.asarray(mapping.rows(corner[1] + first, corner[1] + last), np.float64)
        if rows.shape != (last - first, width, 3):
            raise UserError(_fault(mapping, "rows", rows.shape, (last - first, width, 3)))
        with np.errstate(invalid="ignore"):
            rows = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
        directions[:, first:last] = np.moveaxis(
            np.where(np.isfinite(rows).all(axis=-1, keepdims=True), rows, np.nan), 2, 0
        )
    down, across = -(-height // BLOCK), -(-width // BLOCK)
    bands, blocks = np.zeros((down, CONE)), np.zeros((down, across, CONE))
    _find_cones(directions, bands, blocks)
    for row, column in _edge_pixels(directions, mapping, corner, turn):
        blocks[row // BLOCK, column // BLOCK, AT_EDGE] = 1
    return PixelTable(directions, np.isnan(directions[0]), bands, blocks, _typical_pixel(directions))


def _edge_pixels(directions: np.ndarray, mapping: PixelMapping, corner: tuple[int, int], turn: int) -> np.ndarray:
    """Rows and columns (n, 2) of the pixels at an edge of the visible part of the sphere.

    The poles and the seam of a panorama are not edges, as a step beyond them leads to another pixel of the picture.
    """
    _, height, width = directions.shape
    seen = np.pad(np.isfinite(directions[0]), 1)
    edges = [np.empty((0, 2), np.int64)]
    for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        last = seen & ~np.roll(seen, (-down, -right), (0, 1))
        rows, columns = (found - 1 for found in np.nonzero(last))
        inner = seen[rows + 1 - down, columns + 1 - right]
        edges.append(np.column_stack([rows, columns])[~inner])  # the step from a pixel without a neighbour is unknown
        rows, columns = rows[inner], columns[inner]
        here = directions[:, rows, columns].T.astype(np.float64)
        step = here - directions[:, rows - down, columns - right].T
        beyond = here + step
        beyond /= np.linalg.norm(beyond, axis=1)[:, None]
        places = places_of(mapping, beyond) - corner
        if turn > 0:
            places[:, 0] %= turn
        inside = np.asarray(((places >= 0) & (places < (width, height))).all(axis=1))
        there = np.where(inside[:, None], places, 0).astype(np.int64)
        apart = np.linalg.norm(directions[:, there[:, 1], there[:, 0]].T - beyond, axis=1)
        ends = np.logical_not(inside & (apart <= 2 * np.linalg.norm(step, axis=1)))
        edges.append(np.column_stack([rows, columns])[np.flatnonzero(ends)])
    return np.concatenate(edges)


def _typical_pixel(directions: np.ndarray) -> float:
    """The median angle between neighbouring pixels, radians; 1 if all pixels are dark."""
    steps: np.ndarray = np.linalg.norm(np.diff(directions[:, ::7].astype(np.float64), axis=2), axis=0)
    steps = steps[np.isfinite(steps)]
    return float(np.median(steps)) if len(steps) else 1.0


@compiled
def _find_cones(directions: np.ndarray, bands: np.ndarray, blocks: np.ndarray) -> None:
    height, width = directions.shape[1], directions.shape[2]
    for down in numba.prange(len(bands)):
        r0, r1 = down * BLOCK, min((down + 1) * BLOCK, height)
        _find_cone(directions, r0, r1, 0, width, bands[down])
        for across in range(blocks.shape[1]):
            _find_cone(directions, r0, r1, across * BLOCK, min((across + 1) * BLOCK, width), blocks[down, across])


@compiled_piece
def _find_cone(directions: np.ndarray, r0: int, r1: int, c0: int, c1: int, cone: np.ndarray) -> None:
    """Fills the cone around the directions of a rectangle of pixels."""
    x, y, z, count = 0.0, 0.0, 0.0, 0
    for row in range(r0, r1):
        for column in range(c0, c1):
            if not math.isnan(directions[0, row, column]):
                x, y, z = x + directions[0, row, column], y + directions[1, row, column], z + directions[2, row, column]
                count += 1
    if count == 0:
        cone[ANGLE] = -math.inf
        return
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-3 * count:  # directions all around
        cone[AXIS_Z], cone[ANGLE], cone[COSINE] = 1.0, math.pi, -1.0
        return
    x, y, z = x / length, y / length, z / length
    farthest = 0.0  # the square of a chord, which is also precise for narrow cones
    for row in range(r0, r1):
        for column in range(c0, c1):
            if not math.isnan(directions[0, row, column]):
                dx, dy, dz = (
                    directions[0, row, column] - x,
                    directions[1, row, column] - y,
                    directions[2, row, column] - z,
                )
                farthest = max(farthest, dx * dx + dy * dy + dz * dz)
    angle = 2.0 * math.asin(min(0.5 * math.sqrt(farthest), 1.0)) + 1e-6
    cone[AXIS_X], cone[AXIS_Y], cone[AXIS_Z] = x, y, z
    cone[COSINE], cone[SINE], cone[ANGLE] = math.cos(angle), math.sin(angle), angle
