"""Integration of lines along a field of unit vectors on a grid, by the method of Dormand and Prince of order 5(4).

J. R. Dormand and P. J. Prince, "A family of embedded Runge-Kutta formulae", J. Comput. Appl. Math. 6, 19 (1980). The
variable is the length of the line, so that all steps are equally long where the field is smooth, however fast it is.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

GOES_ON, ENDED, CLOSED = 0, 1, 2
"""States of a line: not at its end yet; ended at an edge, at rest or at its full length; back at its beginning."""

LEAST_STEP = 1e-3
"""Shortest step as a part of the longest one: a line ends there if the field is unknown, at rest or turns about."""

EDGE = 1e-6
"""Distance outside of a grid, in samples, that is still taken for its edge: places on it are rounded."""

MEETS = 0.01
"""Distance from its beginning, in longest steps, at which a line is closed."""


@compiled_piece
def direction_at(field, origin, inverse, slowest, x, y, z, sign, found):  # type: ignore[no-untyped-def]
    """Writes the unit vector at a place into `found` (3,); says whether the vector is known and not at rest."""
    x, y, z = x - origin[0], y - origin[1], z - origin[2]
    i = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2] * z
    j = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2] * z
    k = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2] * z
    nx, ny, nz = field.shape[0] - 1, field.shape[1] - 1, field.shape[2] - 1
    if not (-EDGE <= i <= nx + EDGE and -EDGE <= j <= ny + EDGE and -EDGE <= k <= nz + EDGE):
        return False
    i, j, k = min(max(i, 0.0), nx), min(max(j, 0.0), ny), min(max(k, 0.0), nz)
    a, b, c = min(int(i), max(nx - 1, 0)), min(int(j), max(ny - 1, 0)), min(int(k), max(nz - 1, 0))
    d, e, f = min(a + 1, nx), min(b + 1, ny), min(c + 1, nz)
    p, q, r = i - a, j - b, k - c
    square = 0.0
    for m in range(3):
        near = (field[a, b, c, m] * (1 - r) + field[a, b, f, m] * r) * (1 - q) + (
            field[a, e, c, m] * (1 - r) + field[a, e, f, m] * r
        ) * q
        far = (field[d, b, c, m] * (1 - r) + field[d, b, f, m] * r) * (1 - q) + (
            field[d, e, c, m] * (1 - r) + field[d, e, f, m] * r
        ) * q
        found[m] = near * (1 - p) + far * p
        square += found[m] * found[m]
    if not (square >= slowest * slowest and square > 0):  # also if it is NaN
        return False
    factor = sign / np.sqrt(square)
    for m in range(3):
        found[m] *= factor
    return True


@compiled_piece
def step_from(field, origin, inverse, slowest, sign, here, slopes, h, there):  # type: ignore[no-untyped-def]
    """One step of length `h` from `here` (3,) to `there` (3,).

    `slopes` (8, 3) holds the direction at the beginning in row 0; row 6 becomes that at the end.

    Returns the estimated error, or -1 where the field is unknown or at rest on the way.
    """
    work = slopes[7]
    for stage in range(1, 7):
        for m in range(3):
            if stage == 1:
                moved = slopes[0, m] / 5
            elif stage == 2:
                moved = 3 / 40 * slopes[0, m] + 9 / 40 * slopes[1, m]
            elif stage == 3:
                moved = 44 / 45 * slopes[0, m] - 56 / 15 * slopes[1, m] + 32 / 9 * slopes[2, m]
            elif stage == 4:
                moved = (
                    19372 / 6561 * slopes[0, m]
                    - 25360 / 2187 * slopes[1, m]
                    + 64448 / 6561 * slopes[2, m]
                    - 212 / 729 * slopes[3, m]
                )
            elif stage == 5:
                moved = (
                    9017 / 3168 * slopes[0, m]
                    - 355 / 33 * slopes[1, m]
                    + 46732 / 5247 * slopes[2, m]
                    + 49 / 176 * slopes[3, m]
                    - 5103 / 18656 * slopes[4, m]
                )
            else:
                moved = (
                    35 / 384 * slopes[0, m]
                    + 500 / 1113 * slopes[2, m]
                    + 125 / 192 * slopes[3, m]
                    - 2187 / 6784 * slopes[4, m]
                    + 11 / 84 * slopes[5, m]
                )
            there[m] = here[m] + h * moved
        if not direction_at(field, origin, inverse, slowest, there[0], there[1], there[2], sign, work):
            return -1.0
        for m in range(3):
            slopes[stage, m] = work[m]
    error = 0.0
    for m in range(3):
        off = (
            71 / 57600 * slopes[0, m]
            - 71 / 16695 * slopes[2, m]
            + 71 / 1920 * slopes[3, m]
            - 17253 / 339200 * slopes[4, m]
            + 22 / 525 * slopes[5, m]
            - 1 / 40 * slopes[6, m]
        )
        error += off * off
    return h * np.sqrt(error)


@compiled_piece
def meets(seed, toward, before, after, slopes, h, reach):  # type: ignore[no-untyped-def]
    """The part of the step from `before` to `after` at which it passes the beginning of its line; -1: it does not."""
    along, square = 0.0, 0.0
    for m in range(3):
        way = after[m] - before[m]
        along += way * (seed[m] - before[m])
        square += way * way
    t = along / square
    if not 0 < t <= 1:
        return -1.0
    away, cosine = 0.0, 0.0
    for m in range(3):  # on the cubic with the directions at both ends
        place = (1 + 2 * t) * (1 - t) ** 2 * before[m] + t * t * (3 - 2 * t) * after[m]
        place += h * (t * (1 - t) ** 2 * slopes[0, m] - t * t * (1 - t) * slopes[6, m])
        away += (place - seed[m]) ** 2
        cosine += toward[m] * ((1 - t) * slopes[0, m] + t * slopes[6, m])
    return t if away < reach * reach and cosine > 0.5 else -1.0


@compiled_piece
def follow(  # type: ignore[no-untyped-def]
    field, origin, inverse, slowest, sign, length, longest, tolerance, seed, place, step, gone, rows
):
    """Follows one line until it ends or `rows` is full.

    Returns the number of points, the next step, the length so far and the state of the line.
    """
    slopes = np.empty((8, 3))
    there = np.empty(3)
    toward = np.empty(3)
    count = 0
    if not direction_at(field, origin, inverse, slowest, seed[0], seed[1], seed[2], sign, toward):
        return count, step, gone, ENDED
    if not direction_at(field, origin, inverse, slowest, place[0], place[1], place[2], sign, slopes[0]):
        return count, step, gone, ENDED
    while count < rows.shape[0]:
        h = min(step, longest, length - gone)
        if h <= 1e-9 * length:
            return count, step, gone, ENDED
        error = step_from(field, origin, inverse, slowest, sign, place, slopes, h, there)
        if error < 0 or error > tolerance:
            step = h / 2 if error < 0 else h * max(0.9 * (tolerance / error) ** 0.2, 0.2)
            if step < LEAST_STEP * longest:
                return count, step, gone, ENDED
            continue
        part = -1.0
        if gone > 4 * longest:
            part = meets(seed, toward, place, there, slopes, h, MEETS * longest)
        closed = part > 0
        gone += h * part if closed else h
        for m in range(3):
            place[m] = seed[m] if closed else there[m]
            slopes[0, m] = toward[m] if closed else slopes[6, m]
            rows[count, m] = place[m]
            rows[count, 3 + m] = slopes[0, m]
        rows[count, 6] = gone
        count += 1
        if closed:
            return count, step, gone, CLOSED
        step = min(h * min(0.9 * (tolerance / max(error, 1e-300)) ** 0.2, 5.0), longest) if h == step else step
        step = max(step, LEAST_STEP * longest)
    return count, step, gone, GOES_ON


@compiled
def follow_all(  # type: ignore[no-untyped-def]
    field, origin, inverse, slowest, sign, length, longest, tolerance, seeds, places, steps, gone, rows, counts,
    states
):  # fmt: skip
    """Follows lines until each has ended or its part of `rows` is full.

    Args:
        field: (nx, ny, nz, 3) float32, vectors along x, y and z.
        origin: (3,), position of the first sample.
        inverse: (3, 3), from positions to indices.
        slowest: length of a vector that is at rest.
        sign: 1 for forward, -1 for backward.
        length: of a line at most.
        longest: step.
        tolerance: error of a step at most.
        seeds: (n, 3), the beginnings.
        places: (n, 3), where the lines are, which is moved.
        steps: (n,), the next steps, which are changed.
        gone: (n,), the lengths so far, which are changed.
        rows: (n, m, 7), to be filled with positions, directions and lengths so far.
        counts: (n,), how many of them were filled.
        states: (n,), to be filled.
    """
    for line in numba.prange(len(seeds)):
        counts[line], steps[line], gone[line], states[line] = follow(
            field, origin, inverse, slowest, sign, length, longest, tolerance, seeds[line], places[line], steps[line],
            gone[line], rows[line],
        )  # fmt: skip
