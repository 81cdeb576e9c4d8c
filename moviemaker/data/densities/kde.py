"""Gaussian kernel density estimates on a grid: particles are shared among samples, which are then convolved.

The definition is that of `scipy.stats.gaussian_kde` (D. W. Scott, "Multivariate Density Estimation", 1992): around
every particle is a Gaussian whose covariance is that of all particles times the square of a factor. On a grid the sum
of all of them is a convolution, by Fourier transforms (B. W. Silverman, 1982, "Algorithm AS 176", Appl. Stat. 31, 93).
Sharing particles among samples smooths them by a quadratic spline. To undo this, the transform of the Gaussian is
divided by that of the spline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft

from moviemaker.core.jit import compiled, numba

REACH = 5.0
"""Standard deviations beyond which a Gaussian is cut off: it has fallen to 4e-6 of its peak."""

FINE = 1.5
"""Least standard deviation of a Gaussian, in cells: a single one is then right to 1 % of its peak."""

FINE_IN_CROWDS = 1.0
CROWD = 50
"""Where so many Gaussians overlap at the peak of the density, their errors, 4 % each at this size, average out."""

_NEGLIGIBLE = -36.0
"""Exponent below which a part of a spectrum is 0 in single precision."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of particles, from which bandwidth and bounds follow.

    Attributes:
        count: number of particles.
        mass, squares: sum of their weights, and of the squares of these.
        mean: (3,), weighted.
        spread: (3, 3) sum of weight times the products of the deviations from the mean.
        low, high: (3,) of the positions.
    """

    count: int
    mass: float
    squares: float
    mean: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def effective_count(self) -> float:
        """Number of particles of equal weight with the same information: (sum w)^2 / sum w^2."""
        return self.mass**2 / self.squares if self.squares > 0 else 0.0

    @property
    def covariance(self) -> np.ndarray:
        """(3, 3), unbiased, as `numpy.cov` with `aweights`; zeros for a single particle."""
        free = self.mass - self.squares / self.mass
        return self.spread / free if free > 0 else np.zeros((3, 3))

    def __add__(self, other: Moments) -> Moments:
        """Moments of both together (T. F. Chan, G. H. Golub & R. J. LeVeque, 1979, "Updating formulae")."""
        if not self.count or not other.count:
            return other if not self.count else self
        mass = self.mass + other.mass
        apart = other.mean - self.mean
        share = other.mass / mass if mass else 0.5
        return Moments(
            self.count + other.count,
            mass,
            self.squares + other.squares,
            self.mean + apart * share,
            self.spread + other.spread + np.outer(apart, apart) * self.mass * share,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )


NOTHING = Moments(0, 0.0, 0.0, np.zeros(3), np.zeros((3, 3)), np.full(3, np.inf), np.full(3, -np.inf))


def moments(position: np.ndarray, mass: np.ndarray | None) -> Moments:
    """Moments of finite positions (3, n) with weights (n,); None: 1 each."""
    count = position.shape[1]
    if not count:
        return NOTHING
    total = float(count if mass is None else mass.sum())
    mean = position.mean(axis=1) if mass is None else (position @ mass) / total if total else position.mean(axis=1)
    apart = position - mean[:, None]
    # Not a matrix product: the order of its sums may depend on the number of cores.
    weighted = apart if mass is None else apart * mass
    spread = np.array([[float(np.add.reduce(a * b)) for b in apart] for a in weighted])
    squares = float(count if mass is None else (mass * mass).sum())
    return Moments(count, total, squares, mean, spread, position.min(axis=1), position.max(axis=1))


def kernel_covariance(found: Moments, bandwidth: str | float) -> np.ndarray:
    """Covariance (3, 3) of the Gaussians.

    Args:
        found: of the particles.
        bandwidth: `scott`, `silverman` or the factor itself.
    """
    return found.covariance * bandwidth_factor(found.effective_count, bandwidth) ** 2


def bandwidth_factor(effective_count: float, bandwidth: str | float) -> float:
    """The ratio of the standard deviations of the Gaussians to those of the particles, in three dimensions."""
    if isinstance(bandwidth, str):
        few = {"scott": 1.0, "silverman": 5.0 / 4.0}[bandwidth]
        return float((effective_count * few) ** (-1 / 7))
    return bandwidth


def smoothed(binned: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """A grid of shared particles convolved periodically with a Gaussian: (nx, ny, nz) float32, same sum.

    Args:
        binned: (nx, ny, nz).
        covariance: (3, 3) of the Gaussian, in cells; no standard deviation is much below 1.
    """
    threads = numba.get_num_threads()
    spectrum = scipy.fft.rfftn(binned.astype(np.float32), workers=threads, overwrite_x=True)
    angles = [2 * np.pi * np.fft.fftfreq(count) for count in binned.shape[:2]]
    angles.append(2 * np.pi * np.fft.rfftfreq(binned.shape[2]))
    wider = [-3 * np.log(np.sinc(angle / (2 * np.pi))) for angle in angles]
    _filter(spectrum, angles[0], angles[1], angles[2], wider[0], wider[1], wider[2], covariance)
    found: np.ndarray = scipy.fft.irfftn(spectrum, binned.shape, workers=threads, overwrite_x=True)
    return found


@compiled
def _filter(
    spectrum: np.ndarray,
    kx: np.ndarray,
    ky: np.ndarray,
    kz: np.ndarray,
    wider_x: np.ndarray,
    wider_y: np.ndarray,
    wider_z: np.ndarray,
    covariance: np.ndarray,
) -> None:
    """Multiplies by the transform of the Gaussian over that of the spline (its logarithm: minus `wider`)."""
    c = covariance
    for i in numba.prange(spectrum.shape[0]):
        for j in range(spectrum.shape[1]):
            alone = -0.5 * (c[0, 0] * kx[i] ** 2 + 2 * c[0, 1] * kx[i] * ky[j] + c[1, 1] * ky[j] ** 2)
            alone += wider_x[i] + wider_y[j]
            mixed = -(c[0, 2] * kx[i] + c[1, 2] * ky[j])
            for k in range(spectrum.shape[2]):
                exponent = alone + (mixed - 0.5 * c[2, 2] * kz[k]) * kz[k] + wider_z[k]
                if exponent < _NEGLIGIBLE:
                    spectrum[i, j, k] = 0
                else:
                    spectrum[i, j, k] *= np.float32(math.exp(exponent))
