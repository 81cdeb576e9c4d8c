"""From positions to densities: where the samples lie, and what is added up there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Vector
from moviemaker.data.densities.binning import add_particles
from moviemaker.data.densities.kde import (
    CROWD,
    FINE,
    FINE_IN_CROWDS,
    NOTHING,
    REACH,
    Moments,
    kernel_covariance,
    smoothed,
)
from moviemaker.data.densities.settings import MOST_SAMPLES, Bounds, DensitySettings

MARGIN = 4.0
"""Standard deviations by which bounds extend beyond the particles; 6 in 100,000 of a Gaussian lie farther out."""

_ORDINARY = (1e-25, 1e25)
"""Range of the volumes by which densities in single precision may be divided."""

MOST_FINE_SAMPLES = 1 << 26
"""Samples of the largest grid that is refined for narrow Gaussians: 1.3 GB while it is used."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Settings that hold for a whole movie.

    Attributes:
        bounds: in space, as in `DensitySettings`; unused if the grid is that of a periodic box.
        covariance: of the Gaussians (3, 3); None for a histogram.
        fine: least standard deviation of the Gaussians, in cells.
    """

    bounds: Bounds
    covariance: np.ndarray | None = None
    fine: float = FINE


_SHORTEST = 1e-40


def resolve(settings: DensitySettings, found: Sequence[Moments]) -> Frame:
    """Bounds that hold all particles, and Gaussians that have a width in every direction.

    Args:
        settings: of the density.
        found: of the particles, at one or several times.

    Raises:
        InputError: at `bandwidth`: the particles lie in a plane; at `width` or `bounds`: a length is extreme.
    """
    total: Moments = sum((each for each in found if each.count), NOTHING)
    _check_lengths("width", [settings.width or 1.0])
    _check_lengths("bounds", [high - low for low, high in settings.bounds or ()])
    covariance, fine = _gaussians(settings, found) if settings.method == "kde" else (None, FINE)
    if settings.bounds is not None:
        return Frame(settings.bounds, covariance, fine)
    margin = np.full(3, settings.margin or 0.0)
    if settings.margin is None and covariance is not None:
        margin = MARGIN * np.sqrt(np.diag(covariance))
    low, high = total.low - margin, total.high + margin
    for axis in np.flatnonzero(low == high):  # cells need a width, even if all particles share a coordinate
        low[axis], high[axis] = low[axis] - 0.5, high[axis] + 0.5
    return Frame(tuple(zip(low.tolist(), high.tolist(), strict=True)), covariance, fine)


def _check_lengths(key: str, lengths: Sequence[float]) -> None:
    """Refuses lengths whose sixth power is not a number that a computer has."""
    for length in lengths:
        if not _SHORTEST < abs(length) < 1 / _SHORTEST:
            what = f"a length of {length:g} is too {'small' if abs(length) < 1 else 'large'} to be computed with"
            raise InputError(what, f"write lengths between {_SHORTEST:g} and {1 / _SHORTEST:g}", (key,))


def _gaussians(settings: DensitySettings, found: Sequence[Moments]) -> tuple[np.ndarray, float]:
    """Covariance of the Gaussians, the mean of those of each time, and their least standard deviation in cells."""
    there = [each for each in found if each.count]
    if settings.width is None:
        covariance = np.asarray(np.mean([kernel_covariance(each, settings.bandwidth) for each in there], axis=0))
        scale = float(np.abs(np.diag(covariance)).max())
        if not scale > 0 or np.linalg.eigvalsh(covariance / scale)[0] < 1e-12:
            what = "the particles lie in a plane, on a line or in a point, which gives no bandwidth perpendicular to it"
            raise InputError(what, "write width: and a length, or method: histogram", ("bandwidth",))
    else:
        covariance = settings.width**2 * np.eye(3)
    volumes = [math.sqrt(max(0.0, np.linalg.det(each.covariance))) for each in there]
    own = math.sqrt(np.linalg.det(covariance))
    crowded = all(own * each.effective_count > CROWD * volume > 0 for each, volume in zip(there, volumes, strict=True))
    return covariance, FINE_IN_CROWDS if crowded else FINE


class Lattice:
    """The positions of the samples.

    Args:
        settings: of the density.
        frame: of the movie.
        box: vectors of the periodic box as rows (3, 3); None: space is not periodic.
        corner: of the box, in fractions of its vectors.

    Attributes:
        box: as given.
        bounds, covariance: those of the frame.
        warning: if the samples are too far apart; else empty.
    """

    def __init__(
        self, settings: DensitySettings, frame: Frame, box: np.ndarray | None = None, corner: np.ndarray | None = None
    ):
        self._settings = settings
        self.box = box
        self._wraps = box is not None and settings.bounds is None
        self._histogram = settings.method == "histogram"
        self.warning = ""
        shape = np.array(settings.shape)
        # Samples of a histogram are centres of cells; a periodic kde repeats its first samples at the end.
        steps = shape if self._histogram else np.maximum(shape - 1, 1)
        if self._wraps:
            assert box is not None
            vectors, start = box, (np.zeros(3) if corner is None else corner) @ box
        else:
            low, high = np.array(frame.bounds, float).T
            vectors, start = np.diag(high - low), low
        self.bounds: Bounds = frame.bounds
        self._edges = vectors.T / steps  # columns: from one sample to the next
        self._start = start
        self._fine = 1
        self.covariance = frame.covariance
        self._covariance = None
        if frame.covariance is not None:
            inverse = np.linalg.inv(self._edges)
            self._covariance = self._fine_enough(inverse @ frame.covariance @ inverse.T, steps, frame.fine)
        self._edges_fine = self._edges / self._fine
        self._steps = steps * self._fine

    def _fine_enough(self, covariance: np.ndarray, steps: np.ndarray, enough: float) -> np.ndarray:
        """Chooses how much the grid is refined; returns the covariance of the Gaussians in its cells."""
        variances, axes = np.linalg.eigh(covariance)
        narrow = math.sqrt(variances[0])
        most = max(1, math.floor(np.cbrt(MOST_FINE_SAMPLES / np.prod(steps + 2.0 * REACH))))
        self._fine = min(max(1, math.ceil(enough / narrow - 1e-9)), most)
        if narrow < 0.5:
            shown = ", ".join(f"{math.ceil(0.5 / narrow * n) + 1}" for n in steps)
            what = f"the samples are {1 / narrow:.2g} bandwidths apart, and clumps fall between them"
            self.warning = f"{what}; write shape: [{shown}] or more, or a larger bandwidth"
        variances = variances * self._fine**2
        if variances[0] < 1 and not self.warning:
            self.warning = "the samples are further apart than the bandwidth, and clumps are drawn wider than they are"
        variances = np.maximum(variances, 1.0)
        return np.asarray((axes * variances) @ axes.T)

    def sum(self, low: np.ndarray, high: np.ndarray) -> Sum:
        """An empty grid for particles that lie between two corners (3,)."""
        return Sum(self, low, high)

    def grid(self, made: Mapping[str, np.ndarray], names: Sequence[str]) -> Grid:
        """A grid with the named fields, from the arrays that a `Sum` made."""
        lengths = np.linalg.norm(self._edges, axis=0)
        origin = self._start + (self._edges.sum(axis=1) / 2 if self._histogram else 0)
        oblique = np.any(self._edges - np.diag(np.diag(self._edges)))
        direction = self._edges / lengths if oblique else None
        fields = {name: _logarithm(made) if name == "log10_density" else made[name] for name in names}
        return Grid(fields, _vector(origin), _vector(lengths), direction)

    @property
    def center(self) -> Vector:
        """Centre of the bounds."""
        steps = np.array(self._settings.shape) - (0 if self._histogram else 1)
        return _vector(self._start + self._edges @ steps / 2)


class Sum:
    """Particles added up on a lattice.

    Args:
        lattice: the samples.
        low, high: (3,) bounds of all particles.

    Attributes:
        added: number of particles added so far.
        cells: (nx, ny, nz) float64, the sums; for a histogram the field `count`.
    """

    def __init__(self, lattice: Lattice, low: np.ndarray, high: np.ndarray):
        self._lattice = lattice
        self._negative = False
        self.added = 0
        steps = lattice._steps
        matrix = np.linalg.inv(lattice._edges_fine)
        self._from_world = np.ascontiguousarray(np.column_stack([matrix, -matrix @ lattice._start]))
        sizes = steps
        if lattice._wraps:
            self._limits = np.full((3, 2), [-np.inf, np.inf])
        else:
            self._limits = np.array(lattice.bounds, float)
        if lattice._covariance is not None and not lattice._wraps:
            # Particles within reach beyond the bounds add to the nearby samples, but not to those at the opposite end.
            reach = np.ceil(REACH * np.sqrt(np.diag(lattice._covariance))) + 2
            self._limits += np.outer(reach * np.diag(lattice._edges_fine), [-1, 1])
            first, last = -reach, steps + reach
            if lattice.box is None:
                ends = [self._from_world[:, :3] @ end + self._from_world[:, 3] for end in (low, high)]
                first, last = np.clip(ends[0], first, last), np.clip(ends[1], first, last)
            sizes = np.maximum(np.ceil(np.maximum(steps - first, last) + reach), steps + 1)
            if np.prod(sizes) > 2 * MOST_SAMPLES:
                what = "the Gaussians are far wider than the bounds"
                raise InputError(what, "write larger bounds, or a smaller bandwidth or width", ("bounds",))
            sizes = np.array([scipy.fft.next_fast_len(int(n), real=axis == 2) for axis, n in enumerate(sizes)])
        self.cells = np.zeros(tuple(int(n) for n in sizes))

    def add(self, position: np.ndarray, mass: np.ndarray | None) -> None:
        """Adds finite positions (3, n) float64 with weights (n,) float64; None: 1 each."""
        lattice = self._lattice
        self._negative |= mass is not None and bool((mass < 0).any())
        if lattice.box is not None and not lattice._wraps:
            position, mass = self._with_images(position, mass)
        shared = lattice._covariance is not None
        self.added += add_particles(self.cells, position, mass, self._from_world, self._limits, shared)

    def _with_images(self, position: np.ndarray, mass: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        """The particles, and their images in a periodic box that reach into the bounds."""
        assert self._lattice.box is not None
        lengths = np.diag(self._lattice.box)
        low, high = self._limits.T
        position = position - np.floor((position - low[:, None]) / lengths[:, None]) * lengths[:, None]
        for axis in range(3):
            images = [position[axis] + turn * lengths[axis] for turn in range(_turns(low, high, lengths)[axis] + 1)]
            seen = [np.flatnonzero(image <= high[axis]) for image in images]
            position = np.concatenate([position[:, which] for which in seen], axis=1)
            position[axis] = np.concatenate([image[which] for image, which in zip(images, seen, strict=True)])
            mass = None if mass is None else np.concatenate([mass[which] for which in seen])
        return position, mass

    def fields(self, total: float) -> dict[str, np.ndarray]:
        """The fields at the samples.

        Args:
            total: divides the density of a kde.

        Returns:
            The `density`, for a histogram also the `count`, and a `floor` for logarithms: a tenth of one particle in a
            cell, or a thousandth of the peak of one Gaussian.
        """
        lattice = self._lattice
        one = float(self.cells.sum()) / max(self.added, 1)
        if lattice.covariance is None:
            floor = 0.1 * one / abs(float(np.linalg.det(lattice._edges_fine)))
            return {"density": self._density(1.0), "count": self.cells, "floor": np.array(floor)}
        peak = 1 / math.sqrt(np.linalg.det(2 * np.pi * lattice.covariance))
        return {"density": self._density(total), "floor": np.array(1e-3 * one * peak / total)}

    def _density(self, total: float) -> np.ndarray:
        """The sums per unit of volume, divided by a number: (nx, ny, nz).

        They are float32, or float64 beyond its range, such as per cubic metre of a cluster of galaxies.
        """
        lattice = self._lattice
        share = abs(float(np.linalg.det(lattice._edges_fine))) * total
        real = np.float32 if _ORDINARY[0] < share < _ORDINARY[1] else np.float64
        if lattice._covariance is None:
            return np.asarray(self.cells / share, real)
        found = smoothed(self.cells, lattice._covariance)
        step, last = lattice._fine, lattice._steps + 1
        if lattice._wraps:
            found = np.pad(
                found[::step, ::step, ::step], [(0, int(n > 1)) for n in lattice._settings.shape], mode="wrap"
            )
        else:
            found = found[: last[0] : step, : last[1] : step, : last[2] : step]
        shape = lattice._settings.shape
        found = found[: shape[0], : shape[1], : shape[2]].astype(real, copy=False) / np.asarray(share, real)
        # Transforms leave rounding errors in empty regions.
        return np.asarray(found if self._negative else np.maximum(found, 0))


def _logarithm(made: Mapping[str, np.ndarray]) -> np.ndarray:
    """Logarithm of the density to the base 10, float32; at least that of the floor, so that it is finite everywhere."""
    density = made["density"]
    least = 1e-37 if density.dtype == np.float32 else 1e-300
    return np.asarray(np.log10(np.maximum(density, max(float(made["floor"]), least))), np.float32)


def _turns(low: np.ndarray, high: np.ndarray, lengths: np.ndarray) -> list[int]:
    return [int(n) for n in np.floor((high - low) / lengths)]


def _vector(values: np.ndarray) -> Vector:
    x, y, z = values.tolist()
    return float(x), float(y), float(z)
