"""Pairs of particles that are near enough to be joined, also in a periodic box, and curves through particles."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from moviemaker.core.errors import InputError
from moviemaker.data.particle_sets.periodic_box import PeriodicBox

OF_RADII = 0.6
"""Atoms are bonded up to this fraction of the sum of their van der Waals radii, as in VMD (its User's Guide)."""

OF_HYDROGEN = 0.6
"""Fraction of hydrogen's radius that counts; with all of it atoms would be bonded across short hydrogen bonds."""

MOST_AROUND = 5
"""Largest number of images on each side, for boxes that are smaller than the reach."""

MOST_PAIRS = 5_000_000
"""Largest number of candidates for bonds."""

PIECES = 6
"""Number of straight pieces of a curve between one particle and the next."""


def near_pairs(position: np.ndarray, limit: np.ndarray, box: np.ndarray | None) -> np.ndarray:
    """Numbers of the particles that are near to each other, (m, 2), ascending.

    Args:
        position: (n, 3).
        limit: (n,), scene units: two particles are near if their distance is at most the sum of their limits.
        box: vectors of the periodic box as rows (3, 3); None: space is not periodic.

    Raises:
        InputError: at `reach`: nearly all are near to each other.
    """
    if len(position) < 2:
        return np.zeros((0, 2), np.int64)
    position = np.asarray(position, np.float64)
    reach = 2 * float(limit.max())
    numbers = np.arange(len(position))
    if box is None:
        images, of = position, numbers
    else:
        images, of = _with_images(position, reach, np.asarray(box, np.float64))
    tree = cKDTree(images)
    if (tree.count_neighbors(tree, reach) - len(images)) / 2 > MOST_PAIRS:
        what = f"more than {MOST_PAIRS} pairs of particles are nearer to each other than {reach:g}"
        raise InputError(what, "write a shorter reach, or take fewer particles", ("reach",))
    pairs = tree.query_pairs(reach, output_type="ndarray")
    apart = np.linalg.norm(images[pairs[:, 0]] - images[pairs[:, 1]], axis=1)
    pairs = of[pairs]
    chosen = (apart <= limit[pairs].sum(axis=1)) & (apart > 0) & (pairs[:, 0] != pairs[:, 1])
    found: np.ndarray = np.unique(np.sort(pairs[chosen], axis=1), axis=0)
    return found


def _with_images(position: np.ndarray, reach: float, box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions and their images in neighbouring boxes within reach (m, 3), and the numbers (m,) of their particles.

    The positions come first. They are those in the box, which positions that go on across its edges have left.
    """
    lattice = PeriodicBox(PeriodicBox(box).reduced)
    position = lattice.wrapped(position, np.zeros(3))
    periods = lattice.vectors
    low, high = position.min(axis=0) - reach, position.max(axis=0) + reach
    places, numbers = [position], [np.arange(len(position))]
    # As many boxes as the reach goes through, and not along an axis that is not periodic.
    heights = 1 / np.maximum(np.linalg.norm(np.linalg.pinv(periods), axis=0), 1e-300)
    around = np.where(periods.any(axis=1), np.minimum(np.ceil(reach / heights), MOST_AROUND), 0).astype(int).tolist()
    for step in product(*(range(-count, count + 1) for count in around)):
        if any(step):
            moved = position + np.array(step) @ periods
            inside = np.flatnonzero(((moved >= low) & (moved <= high)).all(axis=1))
            places.append(moved[inside])
            numbers.append(inside)
    return np.concatenate(places), np.concatenate(numbers)


def bond_limits(radius: np.ndarray, atomic_number: np.ndarray | None) -> np.ndarray:
    """Limits (n,) of atoms for `near_pairs`, from their van der Waals radii.

    Args:
        radius: (n,); an atom without a finite one has no bonds.
        atomic_number: (n,), 1 for hydrogen; None: unknown.
    """
    radius = np.asarray(radius, np.float64)
    if atomic_number is not None:
        radius = np.where(np.asarray(atomic_number) == 1, OF_HYDROGEN * radius, radius)
    limits: np.ndarray = OF_RADII * np.where(np.isfinite(radius), radius, 0)
    return limits


def curve(position: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smooth curves through points: cubics with the tangents of Catmull and Rom (1974).

    Args:
        position: (n, 3), line after line.
        offsets: (m + 1,): line j has the points from `offsets[j]` up to `offsets[j + 1]`.

    Returns:
        Points (k, 3), their indices (k,) among those given (3.5 is half-way from the fourth to the fifth), and offsets
        of the curves.
    """
    first = np.zeros(len(position), bool)
    first[offsets[:-1]] = True
    last = np.roll(first, -1)
    before = np.where(first, 0, -1) + np.arange(len(position))
    after = np.where(last, 0, 1) + np.arange(len(position))
    tangent = (position[after] - position[before]) / np.maximum(after - before, 1)[:, None]
    starts = np.flatnonzero(~last)
    t = (np.arange(PIECES) / PIECES)[None, :, None]
    a, b = position[starts, None], position[starts + 1, None]
    u, v = tangent[starts, None], tangent[starts + 1, None]
    between = a + t * u + t * t * (3 * (b - a) - 2 * u - v) + t**3 * (2 * (a - b) + u + v)
    places = np.concatenate([(starts[:, None] + t[0, :, 0]).ravel(), np.flatnonzero(last).astype(float)])
    order = np.argsort(places, kind="stable")
    points = np.concatenate([between.reshape(-1, 3), position[last]])[order]
    counts = np.diff(offsets)
    return points, places[order], np.concatenate([[0], np.cumsum((counts - 1) * PIECES + 1)])
