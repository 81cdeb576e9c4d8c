"""Smooth geometry: a curve through points, measured by its length, and numbers that pass through keys monotonically.

The curve is the geometry, and a `MonotoneTrack` gives the distance along it at a time. Since the two are separate, the
speed does not depend on the spacing of the points.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from moviemaker.timeline.easing import END_SPEEDS

STEEPEST = 3.0
"""Slopes up to this many times the secant keep a cubic monotone (Fritsch & Carlson 1980)."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
# Denser towards both ends of a piece, where a sharp turn makes the curve's derivative small.
_GRID = (1 - np.cos(np.linspace(0, np.pi, 33))) / 2


@dataclass(frozen=True, eq=False)
class Curve:
    """Cubic Hermite pieces from point to point, addressed by the distance travelled along them.

    Attributes:
        points: (n, 3), no two neighbours equal.
        leaving, arriving: (n - 1, 3), derivatives at the start and at the end of each piece, its parameter in 0..1.
        lengths: (n,), distance along the curve from the first point to each point.
        table: (n - 1, 33), distance from the start of each piece to the parameters of a fixed grid.
    """

    points: np.ndarray
    leaving: np.ndarray
    arriving: np.ndarray
    lengths: np.ndarray
    table: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, leaving: np.ndarray, arriving: np.ndarray) -> Curve:
        """The curve with its lengths measured, by Gauss-Legendre quadrature between the parameters of the grid."""
        half = np.diff(_GRID) / 2
        parameters = _GRID[:-1, None] + half[:, None] * (_NODES + 1)
        steps = np.array(
            [
                half * (_speed(end - start, out, into, parameters) @ _WEIGHTS)
                for start, end, out, into in zip(points[:-1], points[1:], leaving, arriving, strict=True)
            ]
        ).reshape(-1, len(half))
        table = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
        return cls(points, leaving, arriving, np.concatenate([[0.0], np.cumsum(table[:, -1])]), table)

    def at(self, distance: float) -> np.ndarray:
        """The point at a distance along the curve, (3,); exactly a given point at that point's distance."""
        piece = bisect.bisect_right(self.lengths, distance) - 1
        if piece < 0 or piece >= len(self.leaving):
            return np.array(self.points[max(piece, 0)])
        chord, out = self.points[piece + 1] - self.points[piece], self.leaving[piece]
        u = self._parameter(piece, distance - float(self.lengths[piece]))
        second, third = _coefficients(chord, out, self.arriving[piece])
        return np.asarray(self.points[piece] + u * (out + u * (second + u * third)))

    def _parameter(self, piece: int, distance: float) -> float:
        """The parameter of a piece at a distance from its start: Newton's method, kept between bounds."""
        table = self.table[piece]
        if distance <= 0:
            return 0.0
        cell = min(bisect.bisect_right(table, distance), len(_GRID) - 1) - 1
        base, low, high = float(_GRID[cell]), float(_GRID[cell]), float(_GRID[cell + 1])
        rest, whole = distance - float(table[cell]), float(table[cell + 1] - table[cell])
        chord = self.points[piece + 1] - self.points[piece]
        u = low + (high - low) * min(rest / whole, 1.0)
        for _ in range(30):
            nodes = base + (u - base) * (np.append(_NODES, 1.0) + 1) / 2
            speeds = _speed(chord, self.leaving[piece], self.arriving[piece], nodes)
            excess = (u - base) / 2 * float(speeds[:-1] @ _WEIGHTS) - rest
            if abs(excess) <= 1e-14 * float(table[-1]):
                break
            low, high = (low, u) if excess > 0 else (u, high)
            u -= excess / max(float(speeds[-1]), 1e-300)
            if not low < u < high:
                u = (low + high) / 2
        return u


def _coefficients(chord: np.ndarray, out: np.ndarray, into: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the second and the third power in the cubic Hermite polynomial."""
    return 3 * chord - 2 * out - into, out + into - 2 * chord


def _speed(chord: np.ndarray, out: np.ndarray, into: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Length of the derivative of a piece at parameters of any shape."""
    second, third = _coefficients(chord, out, into)
    u = u[..., None]
    return np.asarray(np.linalg.norm(out + u * (2 * second + u * 3 * third), axis=-1))


def distinct(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points (n, 3) without those equal to the one before, and for each point its index among them (n,)."""
    size = float(np.max(np.ptp(points, axis=0)))
    new = np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-12 * size
    return points[np.concatenate([[True], new])], np.concatenate([[0], np.cumsum(new)])


def spline_through(points: np.ndarray) -> Curve:
    """The centripetal Catmull-Rom spline through points (n, 3) of which no two neighbours are equal.

    Knots lie apart by the square root of the chord (alpha = 0.5), which keeps each piece free of cusps and loops. The
    tangents are those of Barry & Goldman's pyramid (1988); parametrisation after Yuksel, Schaefer & Keyser,
    "Parameterization and applications of Catmull-Rom curves" (2011). Beyond both ends the missing point is the
    next-to-last one reflected, so that two points give a straight line.
    """
    chords = np.diff(points, axis=0)
    knots = np.sqrt(np.linalg.norm(chords, axis=1))[:, None]
    velocity = chords / knots
    inner = velocity[:-1] - (chords[:-1] + chords[1:]) / (knots[:-1] + knots[1:]) + velocity[1:]
    tangents = np.concatenate([velocity[:1], inner, velocity[-1:]])
    return Curve.of(points, tangents[:-1] * knots, tangents[1:] * knots)


def lines_through(points: np.ndarray) -> Curve:
    """Straight lines from point to point, (n, 3), of which no two neighbours are equal."""
    chords = np.diff(points, axis=0)
    return Curve.of(points, chords, chords)


def hairpin_brakes(points: np.ndarray) -> np.ndarray:
    """Factors (n,) in 0..1 on the speed at each of the points (n, 3).

    A curve that turns back at a point has a cusp there: the camera must come to rest, or its velocity would jump. Turns
    of up to 120 degrees (those of a triangle) are not slowed down.
    """
    chords = np.diff(points, axis=0)
    chords = chords / np.linalg.norm(chords, axis=1, keepdims=True)
    cosine = np.sum(chords[:-1] * chords[1:], axis=1)
    inner = np.sqrt(np.clip(2 * (1 + cosine), 0, 1))
    return np.concatenate([[1.0], inner, [1.0]]) if len(points) > 1 else np.ones(1)


@dataclass(frozen=True, eq=False)
class MonotoneTrack:
    """Numbers that pass through keys in time: never beyond their neighbours, constant between equal keys.

    A cubic in every segment, at rest at the first and at the last key. Before and after them it holds.

    Attributes:
        times: (n,), seconds, ascending.
        values: (n, k).
        starts, ends: (n - 1, k), slopes at the start and at the end of each segment, per second.
    """

    times: tuple[float, ...]
    values: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def through(
        cls,
        times: Sequence[float],
        values: ArrayLike,
        eases: Sequence[str | None] | None = None,
        brakes: ArrayLike = 1.0,
    ) -> MonotoneTrack:
        """The track through the values (n, k) or (n,) at the times.

        Slopes at the keys are the weighted harmonic means of Fritsch & Butland (1984), as in PCHIP. A segment with an
        easing follows that easing; its neighbours without one take over its speed at the common key, as far as they
        stay monotone.

        Args:
            times: n, ascending.
            values: one for each time.
            eases: n - 1 names of easings, or None where a segment has none.
            brakes: (n,), factors in 0..1 for the slopes at the keys.
        """
        values = np.asarray(values, dtype=float).reshape(len(times), -1)
        steps = np.diff(np.asarray(times, dtype=float))[:, None]
        secants = np.diff(values, axis=0) / steps
        slopes = np.zeros_like(values)
        slopes[1:-1] = _harmonic_slopes(steps, secants)
        slopes = slopes * np.reshape(np.broadcast_to(np.asarray(brakes, dtype=float), len(times)), (-1, 1))
        starts, ends = slopes[:-1].copy(), slopes[1:].copy()
        eases = list(eases or [None] * len(secants))
        for i, ease in enumerate(eases):
            if ease is None:
                continue
            starts[i], ends[i] = (speed * secants[i] for speed in END_SPEEDS[ease])
            if i > 0 and eases[i - 1] is None:
                ends[i - 1] = _limited(starts[i], secants[i - 1])
            if i + 1 < len(eases) and eases[i + 1] is None:
                starts[i + 1] = _limited(ends[i], secants[i + 1])
        return cls(tuple(times), values, starts, ends)

    def at(self, time: float) -> np.ndarray:
        """The values at a time, (k,); exactly the given ones at a key."""
        i = bisect.bisect_right(self.times, time) - 1
        if i < 0 or i >= len(self.starts):
            return np.array(self.values[max(i, 0)])
        duration = self.times[i + 1] - self.times[i]
        x = (time - self.times[i]) / duration
        out = self.starts[i] * duration
        second, third = _coefficients(self.values[i + 1] - self.values[i], out, self.ends[i] * duration)
        return np.asarray(self.values[i] + x * (out + x * (second + x * third)))


def _harmonic_slopes(steps: np.ndarray, secants: np.ndarray) -> np.ndarray:
    """Slopes at the inner keys, (n - 2, k): zero where the values turn back or stand still."""
    before, after = secants[:-1], secants[1:]
    weight_before, weight_after = steps[:-1] + 2 * steps[1:], 2 * steps[:-1] + steps[1:]
    rising = before * after > 0
    before, after = np.where(rising, before, 1.0), np.where(rising, after, 1.0)
    mean = (weight_before + weight_after) / (weight_before / before + weight_after / after)
    return np.where(rising, mean, 0.0)


def _limited(slopes: np.ndarray, secants: np.ndarray) -> np.ndarray:
    """The slopes, limited so that a cubic with these secants stays monotone."""
    return np.where(slopes * secants > 0, np.sign(secants) * np.minimum(abs(slopes), STEEPEST * abs(secants)), 0.0)
