"""Diffusion along meridians, compiled."""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

LANES = 64
"""Numbers of a row that are worked on together: real and imaginary parts of half as many waves."""


@compiled
def diffuse(
    waves: np.ndarray,
    spread: np.ndarray,
    sines: np.ndarray,
    edges: np.ndarray,
    mixing: np.ndarray,
    frequency: float,
    along: float,
    across: float,
    narrowest: float,
    shares: np.ndarray,
    powers: np.ndarray,
) -> None:
    """Adds the light that has diffused, sum over k of `powers[k] (1 - D)^-(k + 1)`, with the diffusion D of one step.

    A column is a wave in longitude, for which D is a differential operator of the angle from the pole alone. It is
    discretised so that its error is of the fourth order: where values are needed, `u + h^2/12 u''` stands for them.

    Args:
        waves: (rows, 2 n) float32, real and imaginary parts of the waves along the rows.
        spread: (rows, 2 n) float32, changed.
        sines: (rows,), areas of the cells of a row, near the sine of its angle from the pole.
        edges: (rows + 1,), sines between the rows; 0 where no light passes.
        mixing: (rows + 1,), about 1/12: the factor on `h^2 u''` between the rows.
        frequency: of the second wave, per radian; that of the first one is 0.
        along: of one step along the meridian, in squares of the distance of rows.
        across: of one step across it, in square radians.
        narrowest: where the sine is below the frequency times this, a wave has no light worth following.
        shares: (n,) factors on the light of each wave.
        powers: (steps,).
    """
    height, width = waves.shape
    for block in numba.prange((width + LANES - 1) // LANES):
        first = block * LANES
        count = min(LANES, width - first)
        low, high, least = 0, height, first // 2 * frequency * narrowest
        while low < height and sines[low] < least:
            low += 1
        while high > low and sines[high - 1] < least:
            high -= 1
        number = high - low
        if number > 1:
            _solve(
                waves[low:high, first : first + count],
                spread[low:high, first : first + count],
                sines[low:high],
                edges[low : high + 1],
                mixing[low : high + 1],
                first // 2 * frequency,
                frequency,
                along,
                across,
                shares[first // 2 : (first + count + 1) // 2],
                powers,
            )


@compiled_piece
def _solve(
    waves: np.ndarray,
    spread: np.ndarray,
    sines: np.ndarray,
    edges: np.ndarray,
    mixing: np.ndarray,
    first: float,
    frequency: float,
    along: float,
    across: float,
    shares: np.ndarray,
    powers: np.ndarray,
) -> None:
    """Diffuses a few waves, of frequencies `first`, `first + frequency`, ..., by Thomas's algorithm for each step."""
    height, width = waves.shape
    factors = np.empty((3, height, LANES), np.float32)
    passed, back, scale = factors[0], factors[1], factors[2]
    light = np.zeros((2, height, LANES), np.float32)
    old, new = light[0], light[1]
    beside, here = np.empty(height + 1, np.float32), np.empty(height, np.float32)
    for row in range(height):
        beside[row] = edges[row] * mixing[row]
        here[row] = sines[row] - edges[row] * mixing[row] - edges[row + 1] * mixing[row + 1]
    beside[height] = edges[height] * mixing[height]
    square, last, above = np.empty(LANES), np.zeros(LANES), np.empty(LANES)
    for lane in range(LANES):
        square[lane] = across * (first + lane // 2 * frequency) ** 2
        above[lane] = _coupling(edges[0], mixing[0], along, square[lane])
    for row in range(height):
        area, edge, mixed = sines[row], edges[row + 1], mixing[row + 1]
        wide, narrow = 1 / area, (mixed / edge if edge > 0 else 0.0)
        even = edge * (along - mixed)
        for lane in range(LANES):
            below = even - square[lane] * narrow
            pivot = 1 / (area + square[lane] * wide + above[lane] + below - above[lane] * last[lane])
            last[lane] = below * pivot
            passed[row, lane], back[row, lane], scale[row, lane] = above[lane], last[lane], pivot
            above[lane] = below
    weights = np.zeros((len(powers), LANES), np.float32)
    for step in range(len(powers)):
        for lane in range(width):
            weights[step, lane] = powers[step] * shares[lane // 2]
    for row in range(height):
        for lane in range(width):
            old[row, lane] = waves[row, lane]
    for step in range(len(powers)):
        for row in range(height):
            before, after = max(row - 1, 0), min(row + 1, height - 1)
            left = beside[row] if row else np.float32(0)
            right = beside[row + 1] if row + 1 < height else np.float32(0)
            middle = here[row]
            for lane in range(LANES):
                source = left * old[before, lane] + middle * old[row, lane] + right * old[after, lane]
                new[row, lane] = (source + passed[row, lane] * new[before, lane]) * scale[row, lane]
        for lane in range(LANES):
            old[height - 1, lane] = new[height - 1, lane]
        for row in range(height - 2, -1, -1):
            for lane in range(LANES):
                old[row, lane] = new[row, lane] + back[row, lane] * old[row + 1, lane]
        if powers[step] != 0:
            for row in range(height):
                for lane in range(width):
                    spread[row, lane] += weights[step, lane] * old[row, lane]


@compiled_piece
def _coupling(edge: float, mixed: float, along: float, square: float) -> float:
    """What passes between two rows for a unit of difference."""
    return edge * (along - mixed) - square * mixed / edge if edge > 0 else 0.0
