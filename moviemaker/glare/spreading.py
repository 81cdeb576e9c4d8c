"""Spreading light on the sphere as heat does.

`exp(s^2/2 L)`, with the Laplacian L of the sphere, is a Gaussian of the standard deviation s in angle: the same
everywhere, across the line where longitude begins again and over the poles. In longitude the light becomes waves, each
of which diffuses along the meridians by itself. Six implicit steps with one and the same operator, weighted, come
within 0.5 % of the exponential function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.jit import numba
from moviemaker.glare._meridians import diffuse
from moviemaker.glare.halo import Gaussian

_POLE = 0.23077
_POWERS = np.array([0.0, 0.0, 0.487522, -3.727206, 7.658512, -3.418828])
"""`exp(-x)` is nearly the sum over k of `_POWERS[k] (1 + _POLE x)^-(k + 1)`. Fitted so that the worst error of the
Gaussian that it makes in the plane is least; sum 1, so that no light is lost, and slope -1, so that it is as wide."""

_FASTEST = 4.5
"""Waves shorter than this, in waves per radian times the standard deviation, have lost all but 4e-5."""

_ROWS = 64
"""Rows that are transformed together: always the same ones, so that numbers do not depend on the cores."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A part of the sphere between two angles from a pole, and between two longitudes or all around.

    Attributes:
        first: angle of the middle of the first row from the pole, radians.
        rows, columns: their numbers.
        down, across: distances of rows and of columns, radians.
        widened: how often light has been widened by half a column on both sides, on its way into the grid and back.
    """

    first: float
    rows: int
    columns: int
    down: float
    across: float
    widened: int = 0

    @property
    def sines(self) -> np.ndarray:
        """Sines of the angles of the rows from the pole, (rows,): areas of cells in units of `down * across`."""
        return np.asarray(np.sin(self.first + np.arange(self.rows) * self.down))

    @property
    def edges(self) -> np.ndarray:
        """Sines of the angles of the lines between the rows, (rows + 1,); 0 at the poles."""
        found = np.sin(self.first + (np.arange(self.rows + 1) - 0.5) * self.down)
        return np.where(found > 1e-9, found, 0.0)


def spread(light: np.ndarray, grid: Grid, parts: Sequence[Gaussian]) -> np.ndarray:
    """The light spread by a sum of Gaussians.

    Args:
        light: (channels, rows, columns) float32, radiance: red, green and blue, perhaps several times.
        grid: where it is. Without all longitudes, the columns at both sides are empty enough for the light to get lost.
        parts: widths and shares. Without all shares, some light is lost.

    Returns:
        The same shape. The sum of light times area over a grid of the whole sphere is kept.
    """
    waves = _transformed(light)
    done = np.zeros_like(waves)
    frequency = 2 * math.pi / (grid.columns * grid.across)
    sines, edges = grid.sines, grid.edges
    for part in parts:
        for channel in range(len(light)):
            deviation = part.deviations[channel % 3]
            number = min(waves.shape[2], int(_FASTEST / deviation / frequency) + 2)
            blurred = np.sinc(np.arange(number) / grid.columns) ** grid.widened
            along = _POLE * (deviation / grid.down) ** 2 / 2
            diffuse(
                _numbers(waves[channel], number),
                _numbers(done[channel], number),
                sines,
                edges,
                _mixing(edges, deviation),
                frequency,
                along,
                _POLE * deviation**2 / 2,
                deviation / _FASTEST,
                part.share / blurred,
                _POWERS,
            )
    return _transformed(done, light.shape[2])


def _mixing(edges: np.ndarray, deviation: float) -> np.ndarray:
    """Shares of neighbouring rows in the values of a row, (rows + 1,).

    1/12 makes the error that of the fourth order for waves across a plane. Round about a pole, 1/16 makes a halo what
    it is elsewhere: within 0.5 % of its peak with 2.8 rows for the standard deviation, and within 0.7 % with 2.1. Found
    by trial with these.
    """
    return np.asarray(1 / 12 - np.exp(-((edges / deviation) ** 2) / 2) / 48)


def _numbers(waves: np.ndarray, count: int) -> np.ndarray:
    """The real and imaginary parts of the first waves of (rows, n) as (rows, 2 count) float32."""
    return waves.view(np.float32)[:, : 2 * count]


def _transformed(given: np.ndarray, columns: int = 0) -> np.ndarray:
    """The waves of rows, or the rows of so many columns of waves; on all cores, with the same numbers on any."""
    import scipy.fft

    channels, rows = given.shape[:2]
    width = columns or given.shape[2] // 2 + 1
    made = np.empty((channels, rows, width), np.float32 if columns else np.complex64)

    def transform(place: tuple[int, int]) -> None:
        some: Any = (place[0], slice(place[1], place[1] + _ROWS))
        made[some] = scipy.fft.irfft(given[some], n=columns, axis=1) if columns else scipy.fft.rfft(given[some], axis=1)

    places = [(channel, row) for channel in range(channels) for row in range(0, rows, _ROWS)]
    threads = numba.get_num_threads()
    if threads == 1:
        for place in places:
            transform(place)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(transform, places))
    return made
