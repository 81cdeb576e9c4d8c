"""Level surfaces of lattices as meshes: one point in each cell that the surface passes (surface nets).

S. F. F. Gibson, "Constrained elastic surface nets", MICCAI 1998. The points are then brought onto the surface along the
gradient, which is its normal.
"""

from __future__ import annotations

import numpy as np

from moviemaker.layers.molecular.atom_fields import Lattice

STEPS = 3
"""Steps towards the surface."""


def surface_of(lattice: Lattice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface on which a lattice is 0; its values at the border of the lattice are below 0.

    Returns:
        Points (n, 3), normals (n, 3) away from what is above 0, and triangles (m, 3).
    """
    values = lattice.values
    inside = values > 0
    crossed, total, count = _cells(values, inside)
    number = np.full(crossed.shape, -1, np.int64)
    cells = np.argwhere(crossed)
    number[crossed] = np.arange(len(cells))
    places = cells + total[crossed] / np.maximum(count[crossed], 1)[:, None]
    triangles = _faces(inside, number)
    points, normals = _on_surface(values, places)
    return lattice.origin + points * lattice.spacing, normals, triangles


def _cells(values: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each cell (x, y, z) is crossed, and the sum and number of the places in it at which its edges are."""
    shape = tuple(size - 1 for size in values.shape)
    total, count = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        for first in (0, 1):
            for second in (0, 1):
                shift = [0, 0, 0]
                shift[others[0]], shift[others[1]] = first, second
                start = tuple(slice(s, s + n) for s, n in zip(shift, shape, strict=True))
                shift[axis] = 1
                stop = tuple(slice(s, s + n) for s, n in zip(shift, shape, strict=True))
                here = inside[start] != inside[stop]
                a, b = values[start][here], values[stop][here]
                total[here, axis] += a / (a - b)
                total[here, others[0]] += first
                total[here, others[1]] += second
                count[here] += 1
    return count > 0, total, count


def _faces(inside: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Triangles (m, 3) between the points of the four cells around each edge that is crossed, seen from outside."""
    found = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        span = [slice(1, -1)] * 3
        low, high = list(span), list(span)
        low[axis], high[axis] = slice(0, -1), slice(1, None)
        a, b = inside[tuple(low)], inside[tuple(high)]
        at = np.argwhere(a != b)
        at[:, u] += 1
        at[:, v] += 1
        outwards = a[a != b]
        corners = []
        for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = at.copy()
            cell[:, u] += du
            cell[:, v] += dv
            corners.append(number[tuple(cell.T)])
        quads = np.stack(corners, axis=1)
        quads[~outwards] = quads[~outwards][:, ::-1]
        found += [quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]
    return np.concatenate(found)


def _on_surface(values: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 3) brought onto the surface, in cells, and normals (n, 3) there."""
    from scipy.ndimage import map_coordinates  # heavy; only where surfaces are drawn

    slopes = np.gradient(values)

    def sampled(array: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.asarray(map_coordinates(array, at.T, order=1, mode="nearest"), np.float64)

    start = places
    for _ in range(STEPS):
        slope = np.stack([sampled(each, places) for each in slopes], axis=1)
        square = np.maximum(np.einsum("ij,ij->i", slope, slope), 1e-12)
        step = -(sampled(values, places) / square)[:, None] * slope
        places = start + np.clip(places + step - start, -0.75, 0.75)  # not far out of its own cell
    slope = np.stack([sampled(each, places) for each in slopes], axis=1)
    return places, -slope / np.maximum(np.linalg.norm(slope, axis=1), 1e-12)[:, None]
