"""Marching tetrahedra, compiled.

Every cube of eight samples is six tetrahedra around one of its diagonals. A level cuts each of them in a triangle or
two (A. Doi and A. Koide, "An efficient method of triangulating equi-valued surfaces by using tetrahedral cells", IEICE
Transactions E74, 1991).
"""

from __future__ import annotations

import itertools

import numpy as np

from moviemaker.core.jit import compiled_piece

_CORNERS = np.array(list(itertools.product((0, 1), repeat=3)), np.int64)
_TETRAHEDRA = np.array([(0, 1 << a, (1 << a) | (1 << b), 7) for a, b in itertools.permutations(range(3), 2)])


def triangles_of(field: np.ndarray, level: np.float32) -> np.ndarray:
    """The triangles (m, 3, 3) float32 of a level among samples (nx, ny, nz) float32, in fractional indices.

    Beside samples that are not a number there are none.
    """
    if min(field.shape) < 2:
        return np.empty((0, 3, 3), np.float32)
    counts = np.zeros(field.shape[0], np.int64)
    nothing = np.empty((0, 3, 3), np.float32)
    _march(field, level, counts, nothing, _CORNERS, _TETRAHEDRA)
    ends = np.cumsum(counts)
    found = np.empty((int(ends[-1]), 3, 3), np.float32)
    if len(found):
        _march(field, level, ends - counts, found, _CORNERS, _TETRAHEDRA)
    return found


@compiled_piece
def _march(
    field: np.ndarray,
    level: np.float32,
    places: np.ndarray,
    found: np.ndarray,
    corners: np.ndarray,
    tetrahedra: np.ndarray,
) -> None:
    """Counts the triangles of each layer of cubes into `places`, or writes them into `found` from there on."""
    for i in range(field.shape[0] - 1):
        value = np.empty(8, np.float32)
        high = np.empty(4, np.int64)
        low = np.empty(4, np.int64)
        ends = np.empty((4, 3), np.float32)
        place = places[i]
        for j in range(field.shape[1] - 1):
            for k in range(field.shape[2] - 1):
                least, most = field[i, j, k], field[i, j, k]
                for c in range(8):
                    value[c] = field[i + corners[c, 0], j + corners[c, 1], k + corners[c, 2]]
                    least, most = min(least, value[c]), max(most, value[c])
                if not (least < level <= most):
                    continue
                total = np.float32(0)
                for c in range(8):
                    total += value[c] * np.float32(0)
                if total != total:
                    continue
                for t in range(6):
                    above = below = 0
                    for c in range(4):
                        corner = tetrahedra[t, c]
                        if value[corner] >= level:
                            high[above] = corner
                            above += 1
                        else:
                            low[below] = corner
                            below += 1
                    if above == 0 or below == 0:
                        continue
                    if len(found):
                        count = 0
                        for a in range(above):
                            for b in range(below):
                                # Around the quadrangle between two and two corners.
                                lower = low[below - 1 - b if a == 1 else b]
                                upper = high[a]
                                part = (level - value[lower]) / (value[upper] - value[lower])
                                for axis in range(3):
                                    start = np.float32(corners[lower, axis])
                                    end = np.float32(corners[upper, axis])
                                    ends[count, axis] = start + part * (end - start)
                                ends[count, 0] += np.float32(i)
                                ends[count, 1] += np.float32(j)
                                ends[count, 2] += np.float32(k)
                                count += 1
                        for triangle in range(count - 2):
                            for axis in range(3):
                                found[place + triangle, 0, axis] = ends[0, axis]
                                found[place + triangle, 1, axis] = ends[triangle + 1, axis]
                                found[place + triangle, 2, axis] = ends[triangle + 2, axis]
                    place += above * below - 2
        if not len(found):
            places[i] = place
