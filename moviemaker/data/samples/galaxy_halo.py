"""The mass of the Milky Way as a grid: halo with its clumps, disk and bulge. The galaxy that `tidal_stream` moves in.

Smooth parts: MWPotential2014 (Bovy 2015, see `_milky_way`). Clumps of dark matter: their masses follow
dn/dm ~ m^-1.9 (V. Springel et al. 2008, MNRAS 391, 1685, doi:10.1111/j.1365-2966.2008.14066.x), from 10^7 to 10^10
solar masses; each is a Hernquist sphere with the scale 1.05 kpc (m / 10^8)^0.5 (D. Erkal et al. 2016, MNRAS 463, 102,
doi:10.1093/mnras/stw1957). Their positions are random: their number in each shell follows the mass of the smooth halo,
without clumps inside of 5 kpc, where the disk destroys them. The default number is several times that of simulations
so close to the centre, for flights through them. `clumps: 0` leaves them out.

The field `density` is log10 of the density in solar masses per kpc^3. Lengths are kpc. The disk's plane is z = 0.

```yaml
kind: sample
name: galaxy_halo
shape: 96
bounds: [[-40, 40], [-40, 40], [-40, 40]]
clumps: 300
```
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from moviemaker.core.sharing.made_once import made_once
from moviemaker.core.values import BOX, COUNT
from moviemaker.data.grids.source import GridSource
from moviemaker.data.samples._base import Sample
from moviemaker.data.samples._in_memory import GridInMemory
from moviemaker.data.samples._limits import SHAPE, axes, whole_between
from moviemaker.data.samples._milky_way import HALO_SCALE, bulge_density, disk_density, halo_density

LIGHTEST, HEAVIEST = 1e7, 1e10
NEAREST = 5.0

Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class GalaxyHalo(Sample):
    """The mass of a galaxy on a grid."""

    name: Literal["galaxy_halo"] = "galaxy_halo"
    """Name of this sample."""
    shape: Annotated[tuple[int, int, int], SHAPE] = (96, 96, 96)
    """Number of samples along each axis: one number for all three, or `[nx, ny, nz]`."""
    bounds: Annotated[Box, BOX] = ((-40.0, 40.0), (-40.0, 40.0), (-40.0, 40.0))
    """Positions of the first and the last sample along x, y and z, in kpc from the centre of the galaxy."""
    clumps: Annotated[int, whole_between(0, 5000)] = 300
    """Number of clumps of dark matter. 0 leaves them out."""
    seed: Annotated[int, COUNT] = 1
    """Seed of the random numbers. Another seed gives another realisation of the same model."""

    def open(self) -> GridSource:
        """The grid. It is computed when it is first needed, once for all processes of a render."""
        origin, spacing = axes(self.shape, self.bounds)
        return GridSource(
            GridInMemory(self.shape, lambda name, index: log_density(self), ("density",)), origin, spacing
        )


@made_once
def log_density(galaxy: GalaxyHalo) -> np.ndarray:
    """log10 of the density in solar masses per kpc^3, float32."""
    lines = [np.linspace(low, high, n) for (low, high), n in zip(galaxy.bounds, galaxy.shape, strict=True)]
    x, y, z = np.meshgrid(*lines, indexing="ij", sparse=True)
    # Within half a voxel of the cusp the density at a point is not that of the voxel.
    r = np.maximum(np.sqrt(x * x + y * y + z * z), 0.5 * max(line[1] - line[0] for line in lines))
    density = halo_density(r) + bulge_density(r) + disk_density(x, y, z)
    half = max(max(abs(low), abs(high)) for low, high in galaxy.bounds)
    for place, mass in zip(*_clumps(galaxy.clumps, half, galaxy.seed), strict=True):
        scale = 1.05 * np.sqrt(mass / 1e8)
        # Beyond 20 scales a Hernquist sphere holds a tenth of its mass, spread too thin to be seen.
        windows = [
            slice(*np.searchsorted(line, (c - 20 * scale, c + 20 * scale)))
            for line, c in zip(lines, place, strict=True)
        ]
        near = [(line[window] - c) ** 2 for line, window, c in zip(lines, windows, place, strict=True)]
        distance = np.sqrt(near[0][:, None, None] + near[1][None, :, None] + near[2][None, None, :])
        distance = np.maximum(distance, 0.3 * max(line[1] - line[0] for line in lines))
        beyond = distance + scale
        density[tuple(windows)] += mass * scale / (2 * np.pi) / (distance * beyond * beyond * beyond)  # powers are slow
    logarithm: np.ndarray = np.log10(density).astype(np.float32)
    return logarithm


def _clumps(count: int, reach: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions (count, 3) within a distance of the centre, and masses (count,)."""
    rng = np.random.default_rng(seed)
    # Inverse of the cumulative distribution of m^-1.9 between the two limits.
    low, high = LIGHTEST**-0.9, HEAVIEST**-0.9
    mass = (low + rng.random(count) * (high - low)) ** (-1 / 0.9)
    radii = np.linspace(min(NEAREST, reach / 2), reach, 1000) / HALO_SCALE
    inside = np.log1p(radii) - radii / (1 + radii)
    r = HALO_SCALE * np.interp(rng.uniform(inside[0], inside[-1], count), inside, radii)
    direction = rng.standard_normal((count, 3))
    return direction / np.linalg.norm(direction, axis=1, keepdims=True) * r[:, None], mass
