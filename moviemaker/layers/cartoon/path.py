"""The path of chains: a smooth curve through their atoms, and at each of its points the direction across the ribbon.

All of it follows from the atoms of one moment, so that a picture does not depend on the ones before. Across a helix or
a strand the ribbon goes along the C=O bonds (M. Carson and C. E. Bugg, J. Mol. Graph. 4, 121 (1986)). These alternate
in a strand; the mean of the axes that they lie on, which has no sign, does not. Coils are round and only carried on
without a twist, so that nothing in them can turn over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.molecules.residues import HELIX, STRAND

LOOSE, FIRM = 0.35, 0.7
"""Sines of the angle between the path of a helix and its axis, between which the ribbon becomes wide. It is 0.94 in an
alpha helix."""

FOLD = 1.0
"""Weight of the folds of a strand beside its C=O bonds."""


@dataclass(frozen=True, eq=False)
class Trace:
    """The residues that ribbons go through at one moment.

    Attributes:
        place: (r, 3), of CA or P atoms.
        across: (r, 3), unit vectors along C=O; not finite where unknown.
        structure: (r,), `COIL`, `HELIX` or `STRAND`.
        linked: (r,), whether each residue is joined to the next one.
        nucleic: (r,), whether each is of a nucleic acid, whose chains are tubes.
    """

    place: np.ndarray
    across: np.ndarray
    structure: np.ndarray
    linked: np.ndarray
    nucleic: np.ndarray

    @property
    def runs(self) -> np.ndarray:
        """Numbers (r,) of stretches of one structure in one chain."""
        ends = ~self.linked[:-1] | (self.structure[1:] != self.structure[:-1])
        return np.concatenate([[0], np.cumsum(ends)])

    @property
    def chains(self) -> np.ndarray:
        """Numbers (r,) of unbroken chains."""
        return np.concatenate([[0], np.cumsum(~self.linked[:-1])])


@dataclass(frozen=True, eq=False)
class Path:
    """Points along ribbons: `pieces + 1` for each residue, from half-way before it to half-way after it.

    Attributes:
        center: (r, s, 3).
        along, across, normal: (r, s, 3), unit vectors: forward, to the side of the ribbon, and out of its flat face.
        speed: (r, s), length of path for each residue.
        place: (r, s), in residues: 3.5 is half-way from residue 3 to 4.
        firm: (r, s), from 0 to 1, how well it is known where the ribbon faces: a helix whose path goes along its own
            axis has no side.
    """

    center: np.ndarray
    along: np.ndarray
    across: np.ndarray
    normal: np.ndarray
    speed: np.ndarray
    place: np.ndarray
    firm: np.ndarray


def path_of(trace: Trace, pieces: int, sides: int) -> Path:
    """The path of chains.

    Args:
        trace: at least one residue; each is linked to another.
        pieces: for each residue.
        sides: of round sections; a turn by one side is not seen.
    """
    count = len(trace.place)
    numbers = np.arange(count)
    chains = trace.chains
    first = np.searchsorted(chains, chains, side="left")
    last = np.searchsorted(chains, chains, side="right") - 1
    low, high = np.maximum(numbers - 0.5, first), np.minimum(numbers + 0.5, last)
    place = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, pieces + 1)
    center, velocity = _curve(_flattened(trace), chains, place)
    speed = norms(velocity.reshape(-1, 3)).reshape(place.shape)
    along = velocity / np.maximum(speed, 1e-12)[..., None]
    across, firm = _across(trace, place, along, sides)
    normal = np.cross(along, across)
    return Path(center, along, across, normal, speed, place, firm)


def _flattened(trace: Trace) -> np.ndarray:
    """Places (r, 3) with strands, whose atoms lie in turn above and below the sheet, in the sheet."""
    place, runs = trace.place, trace.runs
    count = len(place)
    numbers = np.arange(count)
    before = np.where(np.concatenate([[False], trace.linked[:-1]]), numbers - 1, numbers)
    after = np.where(trace.linked, np.minimum(numbers + 1, count - 1), numbers)
    inside = (trace.structure == STRAND) & (before < numbers) & (after > numbers)
    long = np.bincount(runs, minlength=runs[-1] + 1)[runs] > 1
    mean = (place[before] + 2 * place + place[after]) / 4
    return np.where((inside & long)[:, None], mean, place)


def _curve(points: np.ndarray, chains: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and velocities (r, s, 3) on natural cubic splines through the points (r, 3) of each chain."""
    from scipy.interpolate import CubicSpline  # heavy; only where ribbons are drawn

    center, velocity = np.empty((*place.shape, 3)), np.empty((*place.shape, 3))
    starts = np.flatnonzero(np.diff(chains, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(points)], strict=True):
        spline = CubicSpline(np.arange(start, stop), points[start:stop], bc_type="natural")
        center[start:stop] = spline(place[start:stop])
        velocity[start:stop] = spline(place[start:stop], 1)
    return center, velocity


def _across(trace: Trace, place: np.ndarray, along: np.ndarray, sides: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (r, s, 3) at right angles to the path, to the sides of the ribbon, and how firm (r, s) they are."""
    runs, shape = trace.runs, place.shape
    guide = _guides(trace, along[:, shape[1] // 2], runs)
    flat = np.isfinite(guide).all(axis=1)
    # In helices and strands, the guides of both residues around a point, mixed.
    first, last = np.searchsorted(runs, runs, side="left"), np.searchsorted(runs, runs, side="right") - 1
    bounded = np.clip(place, first[:, None], last[:, None])
    lower = np.minimum(np.floor(bounded).astype(np.int64), np.maximum(last - 1, first)[:, None])
    part = (bounded - lower)[..., None]
    guided = (1 - part) * guide[lower] + part * guide[np.minimum(lower + 1, last[:, None])]
    along = along.reshape(-1, 3)
    # Everywhere, the angle of the guide from a direction that is carried along the chain without a twist.
    carried = _carried(along, np.repeat(trace.chains, shape[1]))
    beside = np.cross(along, carried)
    wanted = guided.reshape(-1, 3)
    parts = np.stack([np.einsum("ij,ij->i", wanted, axis) for axis in (carried, beside)], axis=1)
    # Where the path of a helix goes along its axis, as at a kink, the points around it know better.
    half = shape[1] * 3 // 2
    near = [*range(1, half), *range(half, 0, -1)]
    parts = _mean_in_runs(np.where(np.isfinite(parts), parts, 0.0), np.repeat(runs, shape[1]), tuple(near))
    parts = _met(parts.reshape(*shape, 2), runs).reshape(-1, 2)
    angle = np.arctan2(parts[:, 1], parts[:, 0]).reshape(shape)
    upright = np.clip((norms(parts).reshape(shape) / sum(near) - LOOSE) / (FIRM - LOOSE), 0, 1)
    firm = np.where(trace.structure[:, None] == HELIX, upright * upright * (3 - 2 * upright), 1.0)
    angle = _filled(angle, flat, trace.chains, 2 * np.pi / sides).reshape(-1, 1)
    return np.asarray(np.cos(angle) * carried + np.sin(angle) * beside).reshape(*shape, 3), firm


def _guides(trace: Trace, along: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """Directions (r, 3) across helices and strands, without a turn-over inside of each; NaN in coils."""
    bond = np.where(np.isfinite(trace.across), trace.across, 0.0)
    side = _beside(bond, along)
    found = np.full(side.shape, np.nan)
    helix, strand = trace.structure == HELIX, trace.structure == STRAND
    # Along a helix all bonds point the same way; their mean over a turn is its axis.
    found[helix] = _mean_in_runs(bond, runs, (1, 2, 3, 4, 3, 2, 1))[helix]
    if strand.any():
        # In a sheet the bonds lie along it, and its atoms in turn above and below it.
        fold = _beside(_folds(trace), along)
        axes = side[:, :, None] * side[:, None, :] - FOLD * fold[:, :, None] * fold[:, None, :]
        mean = _mean_in_runs(axes.reshape(-1, 9), runs, (1, 2, 3, 2, 1)).reshape(-1, 3, 3)
        inside = np.eye(3) - along[:, :, None] * along[:, None, :]
        mean = inside @ mean @ inside - 1e3 * along[:, :, None] * along[:, None, :]
        found[strand] = np.linalg.eigh(mean[strand])[1][:, :, -1]
    # At its ends, where a stretch merges into coils, it goes on as inside.
    first, last = np.searchsorted(runs, runs, side="left"), np.searchsorted(runs, runs, side="right") - 1
    middle = (first + last) // 2
    numbers = np.arange(len(runs))
    inner = np.clip(numbers, np.minimum(first + 1, middle), np.maximum(last - 1, middle))
    found = found[inner]
    lost = norms(found) < 1e-6
    found[lost] = np.cross(along[lost], np.roll(along[lost], 1, axis=1))
    found /= norms(found)[:, None]
    # Of two opposite directions of a strand, the one that goes on with that of the residue before; at first, of C=O.
    follows = np.einsum("ij,ij->i", found, np.roll(found, 1, axis=0))
    begins = np.einsum("ij,ij->i", found, side[inner])
    sign = np.where(strand & (np.where(numbers > first, follows, begins) < 0), -1.0, 1.0)
    total = np.cumprod(sign)
    return np.asarray(found * (total / total[first] * sign[first])[:, None])


def _beside(vectors: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The parts of vectors (r, 3) at right angles to the path."""
    return np.asarray(vectors - np.einsum("ij,ij->i", vectors, along)[:, None] * along)


def _folds(trace: Trace) -> np.ndarray:
    """Vectors (r, 3) of about unit length from the middle of both neighbours to each residue; 0 at ends of chains."""
    place = trace.place
    fold = np.zeros(place.shape)
    fold[1:-1] = place[1:-1] - (place[:-2] + place[2:]) / 2
    whole = trace.linked[:-2] & trace.linked[1:-1]
    fold[1:-1][~whole] = 0.0
    steps = np.linalg.norm(place[2:] - place[:-2], axis=1)
    fold[1:-1] *= (6.7 / np.maximum(steps, 1e-12))[:, None]  # in angstrom, as between the neighbours in a strand
    return fold


def _mean_in_runs(values: np.ndarray, runs: np.ndarray, weights: tuple[int, ...]) -> np.ndarray:
    """Sums (r, k) of values over neighbours in the same run, with weights."""
    count, half = len(values), len(weights) // 2
    total = np.zeros(values.shape)
    for step, weight in zip(range(-half, half + 1), weights, strict=True):
        here = np.arange(max(-step, 0), min(count, count - step))
        here = here[runs[here] == runs[here + step]]
        total[here] += weight * values[here + step]
    return total


def _met(values: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """Values (r, s, k) that are the same where two residues of a run meet."""
    here = np.flatnonzero(runs[1:] == runs[:-1])
    values[here, -1] = values[here + 1, 0] = (values[here, -1] + values[here + 1, 0]) / 2
    return values


def _carried(along: np.ndarray, chains: np.ndarray) -> np.ndarray:
    """Unit vectors (n, 3) at right angles to the path that turn with it but never around it (Bishop's frame)."""
    start = np.eye(3)[np.argmin(np.abs(along), axis=1)]
    start = start - np.einsum("ij,ij->i", start, along)[:, None] * along
    start /= norms(start)[:, None]
    beside = np.cross(along, start)
    # Each vector, brought to the next point by the shortest rotation of the path's direction.
    a, b, vector = along[:-1], along[1:], start[:-1]
    cosine = np.einsum("ij,ij->i", a, b)
    axis = np.cross(a, b)
    lean = np.einsum("ij,ij->i", axis, vector) / np.maximum(1 + cosine, 1e-9)
    brought = cosine[:, None] * vector + np.cross(axis, vector) + lean[:, None] * axis
    turn = np.arctan2(np.einsum("ij,ij->i", brought, beside[1:]), np.einsum("ij,ij->i", brought, start[1:]))
    turn[chains[1:] != chains[:-1]] = 0.0
    angle = np.concatenate([[0.0], np.cumsum(turn)])[:, None]
    return np.asarray(np.cos(angle) * start + np.sin(angle) * beside)


def _filled(angle: np.ndarray, flat: np.ndarray, chains: np.ndarray, side: float) -> np.ndarray:
    """Angles (r, s) with those of coils, which lead from the stretch before to the one after without being seen.

    A round section looks the same after a turn by a side, so that no more than half of one is left to be turned.
    """
    found = angle.copy()
    numbers = np.arange(len(flat))
    before = np.maximum.accumulate(np.where(flat, numbers, -1))
    after = np.minimum.accumulate(np.where(flat, numbers, len(flat))[::-1])[::-1]
    coil = np.flatnonzero(~flat)
    before, after = before[coil], after[coil]
    has_before = (before >= 0) & (chains[np.maximum(before, 0)] == chains[coil])
    has_after = (after < len(flat)) & (chains[np.minimum(after, len(flat) - 1)] == chains[coil])
    start = np.where(has_before, angle[np.maximum(before, 0), -1], 0.0)
    end = np.where(has_after, angle[np.minimum(after, len(flat) - 1), 0], start)
    start = np.where(has_before, start, end)
    left = end - start
    left -= side * np.rint(left / side)
    steps = np.linspace(0, 1, angle.shape[1])
    length = np.where(has_before & has_after, after - before - 1, 1)
    part = np.where(has_before & has_after, coil - before - 1, 0)[:, None] + steps
    found[coil] = start[:, None] + left[:, None] * part / length[:, None]
    return found
