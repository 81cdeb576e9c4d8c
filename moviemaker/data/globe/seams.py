"""Where a map of longitudes and latitudes closes round the globe, and at the poles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.data.globe.coordinates import globe_axes

_NEAR = 1.5
"""Largest distance of neighbours across a seam, in steps of the grid."""
_SAME = 1e-3
"""Smallest one: below it the samples are the same."""


@dataclass(frozen=True)
class Seams:
    """The edges of a map that lie beside each other.

    Attributes:
        round: whether the first column follows the last.
        folded: whether the last row meets itself, sample i beside the i-th from its end, as in tripolar grids.
        poles: ends of the columns that surround a pole and are closed there: False for the first row, True for the
            last; with the latitude of the pole.
        mirrored: whether rows go to the left of columns, seen from outside.
    """

    round: bool = False
    folded: bool = False
    poles: tuple[tuple[bool, float], ...] = ()
    mirrored: bool = False


def goes_round(longitudes: np.ndarray) -> bool:
    """Whether ascending longitudes span the globe, with or without a last one that repeats the first."""
    step = float(np.median(np.diff(longitudes))) if len(longitudes) > 1 else 360.0
    return bool(360 - (longitudes[-1] - longitudes[0]) <= _NEAR * step)


def is_closed(longitudes: np.ndarray) -> bool:
    """Whether ascending longitudes go round the globe, so that the first follows the last."""
    return goes_round(longitudes) and bool(longitudes[-1] - longitudes[0] < 360)


def regular_seams(longitudes: np.ndarray, latitudes: np.ndarray) -> Seams:
    """The seams of a map with ascending longitudes and latitudes."""
    if not goes_round(longitudes):
        return Seams()
    step = float(np.median(np.diff(latitudes))) if len(latitudes) > 1 else 0.0
    gaps = ((False, -90.0, latitudes[0] + 90), (True, 90.0, 90 - latitudes[-1]))
    poles = tuple((last, pole) for last, pole, gap in gaps if 1e-6 < gap <= step)
    return Seams(is_closed(longitudes), poles=poles)


def curved_seams(longitude: np.ndarray, latitude: np.ndarray) -> Seams:
    """The seams of a map with the longitude and latitude of every sample, each (nx, ny), degrees."""
    nx, ny = longitude.shape
    if nx < 3 or ny < 2:
        return Seams()  # nothing that could close
    points = globe_axes(longitude, latitude)[2]
    steps = _median(points[1:] - points[:-1])
    closed = _between(_distances(points[0], points[-1]), steps)
    around = closed or _median(points[:1] - points[-1:]) <= _SAME * steps
    rises = _distances(points[:, 1:], points[:, :-1])
    poles = []
    for last, row in ((False, 0), (True, -1)) if around else ():
        lats, rise = latitude[:, row], float(np.degrees(np.nanmedian(rises[:, row])))
        pole = float(np.copysign(90.0, np.nanmean(lats)))
        gap = np.abs(pole - lats)
        if (
            np.nanmax(gap, initial=0.0) <= _NEAR * rise
            and np.nanmin(gap, initial=90.0) > 1e-6
            and np.isfinite(lats).all()
        ):
            poles.append((last, pole))
    across = _distances(points[:, -1], points[::-1, -1])
    half = nx // 2
    folded = (
        around
        and not any(last for last, _ in poles)
        and _between(across[: half - 1], float(np.nanmedian(rises[:, -1])))
    )
    cross = np.cross(points[1:, :-1] - points[:-1, :-1], points[:-1, 1:] - points[:-1, :-1])
    outward = (cross * points[:-1, :-1]).sum(axis=-1)
    mirrored = bool(np.count_nonzero(outward < 0) > np.count_nonzero(outward > 0))
    return Seams(closed, folded, tuple(poles), mirrored)


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    distances: np.ndarray = np.linalg.norm(one - other, axis=-1)
    return distances


def _median(ways: np.ndarray) -> float:
    lengths = np.linalg.norm(ways, axis=-1)
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else np.nan


def _between(gaps: np.ndarray, step: float) -> bool:
    """Whether most gaps are as wide as a step of the grid."""
    gaps = gaps[np.isfinite(gaps)]
    return bool(len(gaps) and step > 0 and _SAME * step < np.median(gaps) <= _NEAR * step)
