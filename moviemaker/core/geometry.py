"""Small geometry that several rooms need."""

from __future__ import annotations

import numpy as np

_LEAST = 1e-30
"""Below this square of a length, lengths are calculated in double precision."""


def distance_to_box(point: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Distance from a point (3,) to the box between two corners (3,); 0 inside."""
    return float(np.linalg.norm(np.maximum(0.0, np.maximum(low - point, point - high))))


def norms(vectors: np.ndarray) -> np.ndarray:
    """Lengths (n,) of vectors (n, 3), by plain loops, which leave no threads of a linear algebra library spinning."""
    with np.errstate(over="ignore", under="ignore"):
        squares = np.einsum("ij,ij->i", vectors, vectors)
    if squares.dtype == np.float32 and len(squares) and not _LEAST < squares.min() <= squares.max() < np.inf:
        wide = vectors.astype(np.float64)  # the square of 1e20 is infinite in single precision
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", wide, wide)).astype(np.float32))
    found: np.ndarray = np.sqrt(squares)
    return found


def corners_of(points: np.ndarray) -> np.ndarray:
    """The box (3, 2) around points (n, 3); those that are not finite are left out. It is not finite for none."""
    with np.errstate(over="ignore", invalid="ignore"):
        known = points if np.isfinite(points.sum()) else points[np.isfinite(points).all(axis=1)]
    # NumPy takes many times as long for three columns together.
    return np.array([[axis.min(initial=np.inf), axis.max(initial=-np.inf)] for axis in known.T])


def own_places(places: np.ndarray, frame: np.ndarray | None) -> np.ndarray:
    """Places (n, 3) in the own coordinates of data, which a matrix (4, 4) takes to the scene's; None: the same."""
    if frame is None:
        return places
    inverse = np.linalg.inv(frame)
    return np.asarray(places @ inverse[:3, :3].T + inverse[:3, 3])


def vectors_in_scene(vectors: np.ndarray, frame: np.ndarray | None) -> np.ndarray:
    """Vectors (..., 3) along the own axes of data as they are in the scene: turned and scaled with the data."""
    return vectors if frame is None else np.asarray(vectors @ frame[:3, :3].T)


def mean_factor(frame: np.ndarray | None) -> float:
    """The factor by which a matrix (4, 4) scales lengths, in the geometric mean of all directions; None: 1."""
    return 1.0 if frame is None else float(abs(np.linalg.det(frame[:3, :3]))) ** (1 / 3)


def on_globe(components: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Vectors (n, 3) of components east, north and up at positions (n, 3) around the origin, whose poles are on z."""
    up = position / np.maximum(norms(position), 1e-300)[:, None]
    away = np.hypot(up[:, 0], up[:, 1])
    # At a pole east is not defined; the east of longitude 0 is taken there.
    x, y = np.where(away > 1e-12, up[:, :2].T / np.maximum(away, 1e-300), [[1.0], [0.0]])
    east = np.column_stack([-y, x, np.zeros_like(x)])
    frame = np.stack([east, np.cross(up, east), up], axis=1)
    vectors: np.ndarray = np.einsum("ni,nij->nj", components, frame)
    return vectors
