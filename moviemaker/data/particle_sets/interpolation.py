"""The motion of particles between two known positions: along straight lines, or around a globe."""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np

from moviemaker.core.geometry import norms

Velocities = tuple[np.ndarray, np.ndarray]
"""At the first and at the last position, each (n, 3)."""

FAR_OFF = 3.0
"""Factor beyond which users are warned: velocities in a wrong unit make Hermite curves swing far out."""


class Motion(Protocol):
    """How particles move from `position` (n, 3) to `position + path`."""

    def along(
        self,
        position: np.ndarray,
        path: np.ndarray,
        fraction: np.ndarray | float,
        duration: np.ndarray | float,
        velocities: Velocities | None,
    ) -> np.ndarray:
        """Positions (n, 3) a fraction of the path later.

        Args:
            position: at the beginning (n, 3).
            path: from there to the end (n, 3).
            fraction: of the duration, one for all or (n, 1).
            duration: of the motion, one for all or (n, 1).
            velocities: of the cubic at its ends; None: the shortest path at constant speed.
        """
        ...

    def lengths(self, position: np.ndarray, path: np.ndarray) -> np.ndarray:
        """Lengths of the shortest paths, (n,)."""
        ...


class StraightLines:
    """Straight lines, and the cubic Hermite spline."""

    def along(
        self,
        position: np.ndarray,
        path: np.ndarray,
        fraction: np.ndarray | float,
        duration: np.ndarray | float,
        velocities: Velocities | None,
    ) -> np.ndarray:
        """Positions (n, 3) a fraction of the path later, as in `Motion`."""
        f = fraction
        if velocities is None:
            straight: np.ndarray = position + path * f
            return straight
        before, after = velocities
        moved: np.ndarray = position + path * (f**2 * (3 - 2 * f))
        moved += (f * (1 - f) ** 2 * duration) * before
        moved -= (f**2 * (1 - f) * duration) * after
        return moved

    def lengths(self, position: np.ndarray, path: np.ndarray) -> np.ndarray:
        """Lengths of the straight lines, (n,)."""
        return norms(path)


class GreatCircles:
    """Motion around the origin: particles of constant height stay on the surface of their globe.

    The direction follows a great circle, and the distance from the centre is interpolated separately. With velocities
    the direction follows a Bezier cubic made of arcs of great circles instead of straight lines (K. Shoemake,
    "Animating rotation with quaternion curves", SIGGRAPH 1985), and the distance follows a Hermite cubic.
    """

    def along(
        self,
        position: np.ndarray,
        path: np.ndarray,
        fraction: np.ndarray | float,
        duration: np.ndarray | float,
        velocities: Velocities | None,
    ) -> np.ndarray:
        """Positions (n, 3) a fraction of the path later, as in `Motion`."""
        first, near = _directed(position)
        last, far = _directed(position + path)
        if velocities is None:
            there: np.ndarray = _turned(first, last, fraction) * (near + (far - near) * fraction)
            return there
        rises = [_dot(velocity, unit) for velocity, unit in zip(velocities, (first, last), strict=True)]
        distance = STRAIGHT.along(near, far - near, fraction, duration, (rises[0], rises[1]))
        corners = [first]
        for unit, away, velocity, rise, third in (
            (first, near, velocities[0], rises[0], duration / 3),
            (last, far, velocities[1], rises[1], -duration / 3),
        ):
            corners.append(_gone(unit, (velocity - rise * unit) / _not_zero(away) * third))
        corners.append(last)
        while len(corners) > 1:  # de Casteljau
            corners = [_turned(a, b, fraction) for a, b in pairwise(corners)]
        curved: np.ndarray = corners[0] * distance
        return curved

    def lengths(self, position: np.ndarray, path: np.ndarray) -> np.ndarray:
        """Lengths (n,) of the paths along great circles, at the mean height and including the change of height."""
        first, near = _directed(position)
        last, far = _directed(position + path)
        angle = 2 * np.arctan2(norms(last - first), norms(last + first))
        found: np.ndarray = np.hypot(angle * ((near + far) / 2)[:, 0], (far - near)[:, 0])
        return found


STRAIGHT, AROUND_GLOBE = StraightLines(), GreatCircles()


def moved(
    motion: Motion,
    position: np.ndarray,
    path: np.ndarray,
    fraction: np.ndarray | float,
    duration: np.ndarray | float,
    velocities: Velocities | None,
) -> np.ndarray:
    """Positions (n, 3) as given by `along`; particles without finite velocities take the shortest path."""
    found = motion.along(position, path, fraction, duration, velocities)
    if velocities is None or np.isfinite(found).all():
        return found
    lost = np.flatnonzero(~np.isfinite(found).all(axis=1))
    part = fraction[lost] if isinstance(fraction, np.ndarray) else fraction
    lasts = duration[lost] if isinstance(duration, np.ndarray) else duration
    found[lost] = motion.along(position[lost], path[lost], part, lasts, None)
    return found


def mixed(start: np.ndarray, end: np.ndarray, fraction: np.ndarray | float) -> np.ndarray:
    """Interpolated values of a field; those that are not floating-point numbers stay as they are at the start."""
    if start.dtype.kind != "f" or end.dtype.kind != "f":
        return start
    between_both: np.ndarray = start * (1 - fraction) + end * fraction
    return between_both


def mismatched_velocities(
    lengths: np.ndarray, duration: np.ndarray | float, before: np.ndarray, after: np.ndarray
) -> list[str]:
    """A warning, with the factor, if velocities (n, 3) do not match the lengths (n,) of the paths."""
    said = duration * (norms(before) + norms(after)) / 2
    usable = np.isfinite(said) & (lengths > 0)
    if not usable.any():
        return []
    ratio = float(np.median(said[usable] / lengths[usable]))
    if 1 / FAR_OFF <= ratio <= FAR_OFF:
        return []
    what = f"by their velocities particles move {ratio:.3g} times as far between the first two snapshots as they do"
    unit = "hermite needs velocities in data length per data time"
    return [f"{what}; {unit}: convert them, or write interpolation: linear"]


def _directed(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (n, 3) towards positions, and their distances (n, 1)."""
    away = norms(position)[:, None]
    return position / _not_zero(away), away


def _turned(a: np.ndarray, b: np.ndarray, fraction: np.ndarray | float) -> np.ndarray:
    """Unit vectors (n, 3) a fraction of the great circle from a to b; if b is opposite to a, of any great circle."""
    cosine = _dot(a, b)
    aside = (b - a) - _dot(b - a, a) * a
    sine = norms(aside)[:, None]
    opposite = np.flatnonzero((sine[:, 0] < 1e-12) & (cosine[:, 0] < 0))
    if len(opposite):
        axis = np.eye(3)[np.argmin(np.abs(a[opposite]), axis=1)]
        aside[opposite] = np.cross(a[opposite], axis)
    ahead = aside / _not_zero(norms(aside)[:, None])
    angle = np.arctan2(sine, cosine) * fraction
    turned: np.ndarray = np.cos(angle) * a + np.sin(angle) * ahead
    return turned


def _gone(unit: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Unit vectors (n, 3) after a step (n, 3) on the unit sphere, given as a vector perpendicular to the first ones."""
    angle = norms(step)[:, None]
    gone: np.ndarray = np.cos(angle) * unit + np.sin(angle) / _not_zero(angle) * step
    return gone


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    product: np.ndarray = np.einsum("ij,ij->i", a, b)[:, None]
    return product


def _not_zero(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, lengths, 1.0)
