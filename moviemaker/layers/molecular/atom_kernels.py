"""Compiled loops over the lattice points around atoms. Importing this module imports Numba, which is slow."""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled_piece


@compiled_piece
def add_gaussians(
    values: np.ndarray, places: np.ndarray, radius: np.ndarray, reach: np.ndarray, sharpness: float
) -> None:
    """Adds `exp(-s (d^2 / r^2 - 1))` of each atom to the lattice points within its reach.

    Args:
        values: (nx, ny, nz).
        places: (n, 3), of the atoms, in lattice points.
        radius, reach: (n,), in lattice points.
        sharpness: s.
    """
    for atom in range(len(places)):
        x, y, z = places[atom, 0], places[atom, 1], places[atom, 2]
        far, square = reach[atom] ** 2, radius[atom] ** 2
        for i in range(int(np.ceil(x - reach[atom])), int(np.floor(x + reach[atom])) + 1):
            for j in range(int(np.ceil(y - reach[atom])), int(np.floor(y + reach[atom])) + 1):
                beside = (i - x) ** 2 + (j - y) ** 2
                if beside > far:
                    continue
                for k in range(int(np.ceil(z - reach[atom])), int(np.floor(z + reach[atom])) + 1):
                    apart = beside + (k - z) ** 2
                    if apart <= far:
                        values[i, j, k] += np.exp(-sharpness * (apart / square - 1))


@compiled_piece
def least_distances(values: np.ndarray, places: np.ndarray, radius: np.ndarray, reach: np.ndarray) -> None:
    """Lowers values to the distance from the surface of the nearest ball, at the lattice points within its reach.

    Args:
        values: (nx, ny, nz), in lattice points.
        places: (n, 3), of the balls, in lattice points.
        radius, reach: (n,), in lattice points.
    """
    for atom in range(len(places)):
        x, y, z = places[atom, 0], places[atom, 1], places[atom, 2]
        far = reach[atom] ** 2
        for i in range(int(np.ceil(x - reach[atom])), int(np.floor(x + reach[atom])) + 1):
            for j in range(int(np.ceil(y - reach[atom])), int(np.floor(y + reach[atom])) + 1):
                beside = (i - x) ** 2 + (j - y) ** 2
                if beside > far:
                    continue
                for k in range(int(np.ceil(z - reach[atom])), int(np.floor(z + reach[atom])) + 1):
                    apart = beside + (k - z) ** 2
                    if apart <= far:
                        values[i, j, k] = min(values[i, j, k], np.sqrt(apart) - radius[atom])
