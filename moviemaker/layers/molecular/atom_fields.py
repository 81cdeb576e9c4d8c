"""Fields on a lattice around atoms, whose level 0 is the surface of a molecule; they are above 0 inside.

The lattice is anchored to whole multiples of its spacing, so that it stays where it is while atoms move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Lattice:
    """Values on a lattice.

    Attributes:
        values: (nx, ny, nz).
        origin: (3,), of the first.
        spacing: between neighbours.
    """

    values: np.ndarray
    origin: np.ndarray
    spacing: float

    def places(self, position: np.ndarray) -> np.ndarray:
        """Positions (n, 3) in lattice points from the first."""
        return np.asarray((position - self.origin) / self.spacing)


def gaussian_field(position: np.ndarray, radius: np.ndarray, spacing: float, sharpness: float) -> Lattice:
    """The logarithm of a sum of Gaussians: `sum_i exp(-s (d_i^2 / r_i^2 - 1))`, each of which is 1 at an atom's radius.

    J. F. Blinn, ACM Transactions on Graphics 1, 235 (1982).

    Args:
        position: (n, 3), n > 0.
        radius: (n,), scene units.
        spacing: of the lattice, scene units.
        sharpness: s.
    """
    from moviemaker.layers.molecular.atom_kernels import add_gaussians  # compiled; only where surfaces are drawn

    reach = radius * np.sqrt(1 + _FAINT / sharpness)
    lattice = _lattice(position, float(reach.max()), spacing)
    add_gaussians(lattice.values, lattice.places(position), radius / spacing, reach / spacing, sharpness)
    values = np.log(np.maximum(lattice.values, np.exp(-_FAINT))) / sharpness
    return Lattice(values.astype(np.float32), lattice.origin, spacing)


def excluded_field(position: np.ndarray, radius: np.ndarray, spacing: float, probe: float) -> Lattice:
    """How far places are inside of the surface that a ball of solvent cannot cross.

    The centres of the ball reach the surface of the atoms widened by its radius; what is farther from there than the
    radius is inside (F. M. Richards, Annu. Rev. Biophys. Bioeng. 6, 151 (1977)).

    Args:
        position: (n, 3), n > 0.
        radius: (n,), scene units.
        spacing: of the lattice, scene units.
        probe: radius of the ball, scene units.
    """
    from scipy.spatial import cKDTree  # heavy; only where surfaces are drawn

    from moviemaker.layers.molecular.atom_kernels import least_distances

    reach = radius + probe + 2 * spacing
    lattice = _lattice(position, float(reach.max()), spacing)
    lattice.values[:] = 2.0
    least_distances(lattice.values, lattice.places(position), (radius + probe) / spacing, reach / spacing)
    away = lattice.values * spacing
    border = _crossings(away, lattice)
    values = np.where(away < 0, 2 * probe, -away) - probe
    near = np.argwhere((away < 0) & (away > -probe - 2 * spacing))
    if len(border) and len(near):
        distance, _ = cKDTree(border).query(lattice.origin + near * spacing, distance_upper_bound=2 * probe + spacing)
        values[tuple(near.T)] = np.minimum(distance, 2 * probe) - probe
    return Lattice(values.astype(np.float32), lattice.origin, spacing)


_FAINT = 7.0
"""A Gaussian is left out where its exponent is less than minus this."""


def _lattice(position: np.ndarray, reach: float, spacing: float) -> Lattice:
    """An empty lattice around places."""
    low = np.floor((position.min(axis=0) - reach) / spacing) - 1
    high = np.ceil((position.max(axis=0) + reach) / spacing) + 1
    shape = (high - low + 1).astype(np.int64).tolist()
    return Lattice(np.zeros(shape), low * spacing, spacing)


def _crossings(values: np.ndarray, lattice: Lattice) -> np.ndarray:
    """Places (k, 3) on the edges of the lattice at which values are 0, linear in between."""
    found = []
    for axis in range(3):
        low = values[_part(axis, slice(-1))]
        high = values[_part(axis, slice(1, None))]
        at = np.argwhere((low < 0) != (high < 0))
        a, b = low[tuple(at.T)], high[tuple(at.T)]
        place = at.astype(float)
        place[:, axis] += a / (a - b)
        found.append(lattice.origin + place * lattice.spacing)
    return np.concatenate(found)


def _part(axis: int, part: slice) -> tuple[slice, ...]:
    return tuple(part if each == axis else slice(None) for each in range(3))
