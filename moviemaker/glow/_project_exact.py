"""From one particle to its splat, compiled, for particles at any distance, of any width and in any direction."""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled_piece
from moviemaker.glow._project_fast import MAX_BEND, NARROWEST, ROUND_FACTOR
from moviemaker.glow._projections import DISK, PARALLEL, SPHERE, UNBOUNDED, box, farthest, ods_seen, place
from moviemaker.glow._splat_layout import (
    AWAY,
    BENT,
    CODE,
    DX,
    DY,
    ELLIPSE,
    FORM,
    FORM_1,
    FORM_2,
    FROM_COLUMN,
    FROM_ROW,
    NEAR,
    RED,
    ROUND,
    TO_COLUMN,
    TO_ROW,
)

WIDEST = 1.0
"""Full width at half maximum of a particle that the eye is inside of, radians."""


@compiled_piece
def seen(proj: np.ndarray, px: float, py: float, pz: float) -> tuple[float, float, float]:
    """The vector from the eye to a point, in the axes of the projection; zero if the eye does not see it."""
    x, y, z = px - proj[0], py - proj[1], pz - proj[2]
    if proj[24] != 0.0:
        x, y, z = ods_seen(x, y, z, proj[21], proj[22], proj[23], proj[24], proj[25], proj[26])
    return (
        x * proj[3] + y * proj[4] + z * proj[5],
        x * proj[6] + y * proj[7] + z * proj[8],
        x * proj[9] + y * proj[10] + z * proj[11],
    )


@compiled_piece
def _clipped(low: float, high: float, start: float, end: float) -> tuple[int, int]:
    """The first pixel whose centre is between two places, and the one after the last, within a range."""
    return math.ceil(min(max(low, start), end) - 0.5), math.floor(min(max(high, start), end) - 0.5) + 1


@compiled_piece
def angular_width(size: float, away: float) -> tuple[float, float]:
    """The factor by which the light of a near particle is dimmed, and its full width at half maximum in radians."""
    # The light fades when the eye enters the particle, as otherwise it would fill the picture at once.
    faded = (away / size) ** 2 if away < size else 1.0
    half = 0.5 * size / away
    # The first terms of the series are faster than the arc tangent.
    return faded, 2.0 * half * (1.0 - half * half / 3.0) if half < 0.01 else min(2.0 * math.atan(half), WIDEST)


@compiled_piece
def splat(
    kind: int,
    proj: np.ndarray,
    profile: np.ndarray,
    px: float,
    py: float,
    pz: float,
    size: float,
    bright: float,
    records: np.ndarray,
    at: np.uint64,
) -> bool:
    """Fills the record at index `at` from a particle's position, size and brightness; all its light is red.

    Returns:
        Whether the splat reaches any pixel.
    """
    x, y, z = seen(proj, px, py, pz)
    away = math.sqrt(x * x + y * y + z * z)
    if not (bright > 0.0 and size > 0.0 and 0.0 < away < math.inf):
        return False
    reach, deviation, unit = profile[0], profile[1], profile[2]
    if unit > 0.0:
        bright *= unit / (size * size)
    width = size
    if kind == PARALLEL:
        away = z
    else:
        faded, width = angular_width(size, away)
        bright *= faded
        nearness = 1.0 / away
        x, y, z = x * nearness, y * nearness, z * nearness
    u, v, ex, ey, first, second, change = place(kind, x, y, z)
    sx, sy = proj[12], proj[13]
    column, row = proj[14] + sx * u, proj[15] + sy * v
    turn = proj[20]
    start, end = proj[16], proj[16] + proj[18]
    left, right = (start - turn, end + turn) if turn > 0.0 else (start, end)
    top, bottom = proj[17], proj[17] + proj[19]
    radius, narrowest = reach * width, NARROWEST * reach / deviation
    if kind == SPHERE:
        first, second = first * abs(sx), second * abs(sy)
    else:
        first, second = first * abs(sx), second * abs(sx)
        ex, ey = math.copysign(ex, ex * sx), math.copysign(ey, ey * sy)
    finest = narrowest / min(first, second)
    bend = change + (0.0 if kind == PARALLEL else 0.5 * max(radius, finest))
    if bend * max(radius, finest) < MAX_BEND:
        a, b = radius * first, radius * second
        along, across = max(a, narrowest), max(b, narrowest)
        shorter, narrower = 1.0 / along, 1.0 / across
        bright *= (a * shorter) * (b * narrower)
        p, q = shorter * shorter, narrower * narrower
        records[at + FORM] = ex * ex * p + ey * ey * q
        records[at + FORM_1] = 2.0 * ex * ey * (p - q)
        records[at + FORM_2] = ey * ey * p + ex * ex * q
        wide = math.sqrt((ex * along) ** 2 + (ey * across) ** 2)
        high = math.sqrt((ey * along) ** 2 + (ex * across) ** 2)
        c0, c1 = _clipped(column - wide, column + wide, left, right)
        r0, r1 = _clipped(row - high, row + high, top, bottom)
        records[at + DX], records[at + DY], records[at + CODE] = c0 + 0.5 - column, r0 + 0.5 - row, ELLIPSE
    else:
        narrowest *= ROUND_FACTOR / (max(abs(sx), abs(sy)) if change >= UNBOUNDED else min(first, second))
        wider = max(radius, narrowest)
        bright *= (radius / wider) ** 2
        if kind == DISK and math.hypot(u, v) - wider > farthest(proj):
            return False  # light around the point opposite to the axis would lie all around the rim
        if kind == SPHERE:
            # Around a pole the rows are rings, and the sum over them exceeds the integral over the distance from the
            # pole. The correction is the first terms of the Euler-Maclaurin formula for a Gaussian beside the pole.
            inverse = (reach / (deviation * sy * wider)) ** 2
            off = 0.5 * inverse * (math.acos(min(abs(y), 1.0)) * sy) ** 2
            more = 7 / 1920 * (1.0 - off) + inverse * 31 / 64512 * (1.0 - 2.0 * off + 0.5 * off * off)
            bright /= 1.0 + inverse * (1 / 24 + inverse * more) * math.exp(-off)
        # u as a function of the chord: exact at the reach, and to first order in the middle.
        chord = 4.0 * math.sin(0.5 * min(wider, math.pi)) ** 2
        records[at + FORM], records[at + FORM_1], records[at + FORM_2], records[at + CODE] = x, y, z, ROUND
        records[at + NEAR] = 1.0 / (wider * wider)
        records[at + BENT] = (1.0 / chord - 1.0 / (wider * wider)) / chord
        u0, u1, v0, v1 = box(kind, x, y, z, wider)
        x0, x1 = proj[14] + sx * u0, proj[14] + sx * u1
        y0, y1 = proj[15] + sy * v0, proj[15] + sy * v1
        if u0 > u1 or v0 > v1:
            return False
        c0, c1 = _clipped(min(x0, x1), max(x0, x1), left, right)
        r0, r1 = _clipped(min(y0, y1), max(y0, y1), top, bottom)
        if turn > 0.0 and max(x0, x1) - min(x0, x1) >= turn:
            c0, c1 = int(start), int(end)
    records[at + RED], records[at + AWAY] = bright, away
    records[at + FROM_COLUMN], records[at + TO_COLUMN] = c0, c1
    records[at + FROM_ROW], records[at + TO_ROW] = r0, r1
    return c0 < c1 and r0 < r1
