"""Projections, compiled: from a point to its pixel, and the bounding box of a cone of directions.

The kinds of projections are numbers here. Coordinates of points are along the axes of the projection; u and v are as
in `core.projection`. All angles are in radians. `proj` is always the array that `projection_numbers` gives.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from moviemaker.core.jit import compiled_piece

PLANE, PARALLEL, SPHERE, DISK = range(4)
KINDS = {"plane": PLANE, "parallel": PARALLEL, "sphere": SPHERE, "disk": DISK}

MAPPED = "mapped"
"""The kind of projections without compiled formulas."""

UNBOUNDED = 1e9
"""Larger than any coordinate in a picture."""


# The arc tangent of a, over a, in powers of a^2 for a from 0 to 1: fitted at Chebyshev nodes, error up to 1e-8 radians.
_A0, _A1, _A2, _A3, _A4, _A5, _A6, _A7, _A8 = (
    np.float32(a)
    for a in (
        0.999999984,
        -0.333330668,
        0.199924836,
        -0.142025705,
        0.106367541,
        -0.0749544544,
        0.0425876075,
        -0.0160050305,
        0.0028340643,
    )
)


COSINE = (0.999999999605, -0.23370051516, 0.0199686429638, -0.000893588452759, 2.36254360151e-05)
"""cos(pi / 2 t) over 1 - t^2, in powers of t^2 for t from 0 to 1: fitted at Chebyshev nodes."""

_C0, _C1, _C2, _C3, _C4 = COSINE


@compiled_piece
def arc(small: Any, large: Any) -> Any:
    """The arc tangent of a ratio from 0 to 1, in the precision of the numbers."""
    a = small / large
    s = a * a
    high = _A4 + s * (_A5 + s * (_A6 + s * (_A7 + s * _A8)))
    return a * (_A0 + s * (_A1 + s * (_A2 + s * (_A3 + s * high))))


@compiled_piece
def ods_seen(
    x: float, y: float, z: float, ux: float, uy: float, uz: float, radius: float, start: float, end: float
) -> tuple[float, float, float]:
    """The vector to a point from the eye of omni-directional stereo that sees it.

    Args:
        x, y, z: the point, from the camera.
        ux, uy, uz: the axis of the circle, in the same coordinates.
        radius: of the circle, with a sign, as in `Ods`.
        start, end: latitudes of the fade.

    Returns:
        The vector; zero where no eye sees the point, nearer to the axis than the eyes.
    """
    height = x * ux + y * uy + z * uz
    hx, hy, hz = x - height * ux, y - height * uy, z - height * uz
    rho = math.sqrt(hx * hx + hy * hy + hz * hz)
    if rho == 0.0:
        return x, y, z
    # The eye is offset at right angles to its direction, so its distance is a leg of a right-angled triangle. The
    # offset depends on the latitude that the eye sees, which depends on the offset.
    away, offset = rho, 0.0
    for _ in range(30):
        if end < 0.0:  # the cosine of the latitude
            fade = away / math.sqrt(away * away + height * height)
        else:
            high = abs(height)
            latitude = arc(min(high, away), max(high, away))
            latitude = 0.5 * math.pi - latitude if high > away else latitude
            t = min(max((latitude - start) / (end - start), 0.0), 1.0)
            s = t * t
            fade = (1.0 - s) * (_C0 + s * (_C1 + s * (_C2 + s * (_C3 + s * _C4))))
        offset = radius * fade
        if abs(offset) >= rho:
            return 0.0, 0.0, 0.0
        nearer = math.sqrt(rho * rho - offset * offset)
        done = abs(nearer - away) <= 1e-9 * rho
        away = nearer
        if done:
            break
    # h x up points to the right and has the length of h.
    sx, sy, sz = hy * uz - hz * uy, hz * ux - hx * uz, hx * uy - hy * ux
    # In the plane of h and that vector, both of length rho, the direction from the eye is turned by asin(offset / rho).
    a, b = away * away / (rho * rho), offset * away / (rho * rho)
    return a * hx - b * sx + height * ux, a * hy - b * sy + height * uy, a * hz - b * sz + height * uz


@compiled_piece
def farthest(proj: np.ndarray) -> float:
    """The distance of the farthest point of the part of the picture from u = v = 0, in units of u and v."""
    return math.hypot(
        max(abs(proj[16] - proj[14]), abs(proj[16] + proj[18] - proj[14])) / abs(proj[12]),
        max(abs(proj[17] - proj[15]), abs(proj[17] + proj[19] - proj[15])) / abs(proj[13]),
    )


@compiled_piece
def place(kind: int, x: float, y: float, z: float) -> tuple[float, float, float, float, float, float, float]:
    """The place of a point, and the local scale of the projection.

    Returns:
        u and v; the axis of the first of two scales, a unit vector in u and v; both scales, units of u and v per
        radian; and the rate of change of the logarithm of a scale per radian, or UNBOUNDED where the point is not in
        the projection.
    """
    if kind == PARALLEL:
        return x, y, 1.0, 0.0, 1.0, 1.0, 0.0
    if kind == PLANE:
        if z <= 0.0:
            return 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, UNBOUNDED
        inverse = 1.0 / z
        u, v = x * inverse, y * inverse
        square = u * u + v * v
        if square < 1e-12:
            return u, v, 1.0, 0.0, 1.0, 1.0, 0.0
        tangent = math.sqrt(square)
        inverse = 1.0 / tangent
        return u, v, u * inverse, v * inverse, 1.0 + square, math.sqrt(1.0 + square), 2.0 * tangent
    if kind == SPHERE:
        h = math.sqrt(x * x + z * z)
        if h <= 1e-9 * abs(y):
            return 0.0, math.copysign(0.5 * math.pi, y), 1.0, 0.0, 1e9, 1.0, UNBOUNDED
        slope = y / h
        return math.atan2(x, z), math.atan(slope), 1.0, 0.0, math.sqrt(1.0 + slope * slope), 1.0, abs(slope)
    h = math.sqrt(x * x + z * z)
    angle = math.atan2(h, y)
    if h <= 1e-9 * abs(y):
        return 0.0, angle if y < 0.0 else 0.0, 1.0, 0.0, 1.0, 1.0, UNBOUNDED if y < 0.0 else 0.0
    ex, ez = x / h, z / h
    change = angle / 3.0 if angle < 1e-3 else abs(1.0 / angle - y / h)
    return angle * ex, angle * ez, ex, ez, 1.0, angle * math.sqrt(1.0 + y * y / (h * h)), change


@compiled_piece
def _angles(along: float, ahead: float, sine: float) -> tuple[float, float]:
    """The range of angles of a cone of directions around an axis; unbounded if the axis is inside of the cone.

    Args:
        along, ahead: the components of the cone's direction, a unit vector, across the axis; angles are from ahead.
        sine: of the half angle of the cone, which is less than a right angle.
    """
    length = math.sqrt(along * along + ahead * ahead)
    if sine >= length:
        return -UNBOUNDED, UNBOUNDED
    angle, half = math.atan2(along, ahead), math.asin(sine / length)
    return angle - half, angle + half


@compiled_piece
def _tangents(low: float, high: float) -> tuple[float, float]:
    """Tangents of a range of angles, cut to the half plane ahead; an empty range where it is all behind."""
    right = 0.5 * math.pi - 1e-9
    if low <= -UNBOUNDED:
        return low, high
    if low >= right or high <= -right:
        return UNBOUNDED, -UNBOUNDED
    return (-UNBOUNDED if low <= -right else math.tan(low)), (UNBOUNDED if high >= right else math.tan(high))


@compiled_piece
def box(kind: int, x: float, y: float, z: float, radius: float) -> tuple[float, float, float, float]:
    """The bounds of u and of v of all directions within an angle of one direction.

    Longitudes in the sphere projection may exceed half a turn. Directions outside of the projection give empty bounds.
    """
    if radius >= 1.5:
        return -UNBOUNDED, UNBOUNDED, -UNBOUNDED, UNBOUNDED
    sine = math.sin(radius)
    if kind == PLANE:
        if z < -sine:
            return UNBOUNDED, -UNBOUNDED, UNBOUNDED, -UNBOUNDED
        left, right = _angles(x, z, sine)
        low, high = _angles(y, z, sine)
        u0, u1 = _tangents(left, right)
        v0, v1 = _tangents(low, high)
        return u0, u1, v0, v1
    if kind == SPHERE:
        latitude = math.atan2(y, math.sqrt(x * x + z * z))
        left, right = _angles(x, z, sine)
        return left, right, latitude - radius, latitude + radius
    h = math.sqrt(x * x + z * z)
    angle = math.atan2(h, y)
    if sine >= h:  # the cone contains the axis, or its opposite, which is the whole rim
        wide = angle + radius if y > 0.0 else UNBOUNDED
        return -wide, wide, -wide, wide
    outer = angle + radius
    chord = math.sqrt(1.0 - (sine / h) ** 2)
    reach = math.sqrt(max(outer * outer + angle * angle - 2.0 * outer * angle * chord, radius * radius))
    u, v = angle * x / h, angle * z / h
    return u - reach, u + reach, v - reach, v + reach
