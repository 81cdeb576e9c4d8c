"""Small geometry that several rooms need."""

from __future__ import annotations

import numpy as np


def distance_to_box(point: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Distance from a point (3,) to the box between two corners (3,); 0 inside."""
    return float(np.linalg.norm(np.maximum(0.0, np.maximum(low - point, point - high))))


def norms(vectors: np.ndarray) -> np.ndarray:
    """Lengths (n,) of vectors (n, 3), by plain loops: no threads of a linear algebra library are left spinning."""
    found: np.ndarray = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return found
