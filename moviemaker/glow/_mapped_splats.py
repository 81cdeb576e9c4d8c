"""From particles to splats, compiled, for projections that a mapping describes.

Columns and rows count from the corner of the projection's part of the picture.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba
from moviemaker.glow._project_exact import angular_width, seen
from moviemaker.glow._project_fast import MAX_BEND, NARROWEST, ROUND_FACTOR

STEP = 1 / 2048
"""Angle between a direction and the samples around it, radians."""

SAMPLES = 6
"""Directions at which the mapping is evaluated: that of a particle, one step forward and back along each of two
tangents, and one step along both."""

NARROW = 10.0
"""Multiple of its smallest width from which round light needs no correction, as the pixels are close enough."""

KIND, RED, GREEN, BLUE, AWAY, XX, XY, YY, DX, DY, C0, C1, R0, R1 = range(14)
"""Index of each number of a splat. An ellipse has the coefficients of dx^2, dx dy and dy^2 in u, where u is the square
of the distance from its middle over that of the reach. DX and DY lead from its middle to the centre of the first pixel
of its bounding box, columns C0 up to C1 and rows R0 up to R1, ends excluded."""

SPLAT = 14
X, Y, Z, NEAR, BENT, WIDTH, COSINE_OF, SINE_OF = XX, XY, YY, DX, DY, C0, C1, R0
"""Round light has a direction instead, the coefficients of q and q^2 that give u, where q is the square of the chord,
and the angle of its reach."""

UNSEEN, ELLIPSE, ROUND, NARROW_ROUND = (np.float32(k) for k in range(4))
"""Kinds of splats. The total of narrow round light is corrected."""


@compiled
def sample_directions(
    position: np.ndarray,
    size: np.ndarray,
    brightness: np.ndarray,
    proj: np.ndarray,
    profile: np.ndarray,
    samples: np.ndarray,
    lights: np.ndarray,
) -> None:
    """Fills the directions of particles from the eyes that see them, the samples around them, and their light.

    Args:
        position: (n, 3); size, brightness: (n,) or (1,).
        proj, profile: as `projection_numbers` and `profile_numbers` give them.
        samples: (SAMPLES, n, 3) unit vectors in the axes of the projection; undefined for unseen particles.
        lights: (n, 3): brightness, reach in radians and distance; all 0 for unseen particles.
    """
    for n in numba.prange(len(position)):
        k = int(np.int64(n))
        of_size, of_light = float(size[min(k, len(size) - 1)]), float(brightness[min(k, len(brightness) - 1)])
        _sample(position[n], of_size, of_light, proj, profile, samples[:, n], lights[n])


@compiled_piece
def _sample(
    position: np.ndarray,
    size: float,
    bright: float,
    proj: np.ndarray,
    profile: np.ndarray,
    samples: np.ndarray,
    light: np.ndarray,
) -> None:
    x, y, z = seen(proj, float(position[0]), float(position[1]), float(position[2]))
    away = math.sqrt(x * x + y * y + z * z)
    light[:] = 0.0
    if not (0.0 < bright < math.inf and size > 0.0 and 0.0 < away < math.inf):
        return
    if profile[2] > 0.0:
        bright *= profile[2] / (size * size)
    faded, width = angular_width(size, away)
    light[0], light[1], light[2] = bright * faded, profile[0] * width, away
    x, y, z = x / away, y / away, z / away
    # Two tangents: T. Duff et al., "Building an orthonormal basis, revisited", JCGT 6 (2017).
    sign = math.copysign(1.0, z)
    a = -1.0 / (sign + z)
    b = x * y * a
    ax, ay, az = 1.0 + sign * x * x * a, sign * b, -sign * x
    bx, by, bz = b, sign + y * y * a, -y
    _put(samples, 0, x, y, z, 0.0, x, y, z)
    _put(samples, 1, x, y, z, STEP, ax, ay, az)
    _put(samples, 2, x, y, z, -STEP, ax, ay, az)
    _put(samples, 3, x, y, z, STEP, bx, by, bz)
    _put(samples, 4, x, y, z, -STEP, bx, by, bz)
    half = math.sqrt(0.5)
    _put(samples, 5, x, y, z, STEP / half, (ax + bx) * half, (ay + by) * half, (az + bz) * half)


@compiled_piece
def _put(
    samples: np.ndarray, k: int, x: float, y: float, z: float, angle: float, tx: float, ty: float, tz: float
) -> None:
    """Fills a sample, a direction rotated by an angle towards a tangent."""
    cosine, sine = math.cos(angle), math.sin(angle)
    samples[k, 0], samples[k, 1], samples[k, 2] = cosine * x + sine * tx, cosine * y + sine * ty, cosine * z + sine * tz


@compiled
def make_splats(
    samples: np.ndarray,
    lights: np.ndarray,
    places: np.ndarray,
    turn: int,
    profile: np.ndarray,
    directions: np.ndarray,
    pixel: float,
    splats: np.ndarray,
) -> None:
    """Fills the splats of visible particles, (n, SPLAT). All light is red.

    Args:
        samples, lights: as `sample_directions` fills them.
        places: (SAMPLES, n, 2), columns and rows of the samples; NaN outside of the picture.
        turn: columns of a whole turn, or 0.
        profile: as `profile_numbers` gives it.
        directions, pixel: as in `PixelTable`.
    """
    for n in numba.prange(len(lights)):
        if not _ellipse(samples[0, n], lights[n], places[:, n], turn, profile, directions, splats[n]):
            _round(samples[0, n], lights[n], places[0, n], profile, directions, pixel, splats[n])


@compiled_piece
def _step(places: np.ndarray, k: int, turn: int) -> tuple[float, float]:
    """The vector from the place of a particle to that of a sample, the short way around a turn."""
    across = places[k, 0] - places[0, 0]
    if turn > 0:
        across -= turn * np.round(across / turn)
    return across, places[k, 1] - places[0, 1]


@compiled_piece
def _ellipse(
    direction: np.ndarray,
    light: np.ndarray,
    places: np.ndarray,
    turn: int,
    profile: np.ndarray,
    directions: np.ndarray,
    splat: np.ndarray,
) -> bool:
    """Fills a splat that is an ellipse or certainly outside of the picture; returns False for any other."""
    bright, radius = light[0], light[1]
    column, row = places[0, 0], places[0, 1]
    x1, y1 = _step(places, 1, turn)
    x2, y2 = _step(places, 2, turn)
    x3, y3 = _step(places, 3, turn)
    x4, y4 = _step(places, 4, turn)
    x5, y5 = _step(places, 5, turn)
    # First and second derivatives of column and row along both tangents.
    a, b, c, d = (x1 - x2) / (2 * STEP), (x3 - x4) / (2 * STEP), (y1 - y2) / (2 * STEP), (y3 - y4) / (2 * STEP)
    square = STEP * STEP
    axx, axy, ayy = (x1 + x2) / square, (x5 - x1 - x3) / square, (x3 + x4) / square
    bxx, bxy, byy = (y1 + y2) / square, (y5 - y1 - y3) / square, (y3 + y4) / square
    # Singular values: pixels per radian along two axes, the first of which is (ex, ey) in the picture.
    m, k, o = 0.5 * (a * a + b * b + c * c + d * d), 0.5 * (a * a + b * b - c * c - d * d), a * c + b * d
    first = math.sqrt(m + math.sqrt(k * k + o * o))
    second = abs(a * d - b * c) / first
    if not (first < math.inf and second > 1e-9 * first):  # a place is NaN, or the mapping is degenerate
        return False
    angle = 0.5 * math.atan2(o, k)
    ex, ey = math.cos(angle), math.sin(angle)
    px, py = (a * ex + c * ey) / first, (b * ex + d * ey) / first
    qx, qy = (c * ex - a * ey) / second, (d * ex - b * ey) / second
    # The rate of change of the logarithm of each.
    one = math.hypot(
        ex * (axx * px + axy * py) + ey * (bxx * px + bxy * py), ex * (axy * px + ayy * py) + ey * (bxy * px + byy * py)
    )
    other = math.hypot(
        ex * (bxx * qx + bxy * qy) - ey * (axx * qx + axy * qy), ex * (bxy * qx + byy * qy) - ey * (axy * qx + ayy * qy)
    )
    change = max(one / first, other / second)
    narrowest = NARROWEST * profile[0] / profile[1]
    wider = max(radius, narrowest / second)
    if not (change + 0.5 * wider) * wider < MAX_BEND:
        return False
    along, across = max(radius * first, narrowest), max(radius * second, narrowest)
    wide, high = math.hypot(ex * along, ey * across), math.hypot(ey * along, ex * across)
    height, width = directions.shape[1], directions.shape[2]
    splat[KIND] = UNSEEN
    if row + high < 0.0 or row - high > height or (turn == 0 and (column + wide < 0.0 or column - wide > width)):
        return True
    c0, c1 = math.ceil(column - wide - 0.5), math.floor(column + wide - 0.5) + 1
    r0, r1 = math.ceil(row - high - 0.5), math.floor(row + high - 0.5) + 1
    if r0 < 0 or r1 > height or (turn == 0 and (c0 < 0 or c1 > width)) or (turn > 0 and c1 - c0 > turn):
        return False
    if c0 >= c1 or r0 >= r1:
        return True
    limit = (2.0 * wider) ** 2
    x, y = min(max(math.floor(column), c0), c1 - 1), min(max(math.floor(row), r0), r1 - 1)
    if not (
        _near(directions, y, c0, turn, direction, limit)
        and _near(directions, y, c1 - 1, turn, direction, limit)
        and _near(directions, r0, x, turn, direction, limit)
        and _near(directions, r1 - 1, x, turn, direction, limit)
    ):
        return False
    p, q = 1.0 / (along * along), 1.0 / (across * across)
    splat[KIND], splat[AWAY] = ELLIPSE, light[2]
    splat[RED] = bright * (radius * first / along) * (radius * second / across)
    splat[XX], splat[XY], splat[YY] = ex * ex * p + ey * ey * q, 2.0 * ex * ey * (p - q), ey * ey * p + ex * ex * q
    splat[DX], splat[DY] = c0 + 0.5 - column, r0 + 0.5 - row
    splat[C0], splat[C1], splat[R0], splat[R1] = c0, c1, r0, r1
    return True


@compiled_piece
def _near(directions: np.ndarray, row: int, column: int, turn: int, direction: np.ndarray, limit: float) -> bool:
    """Whether a pixel has nearly a given direction: the square of the chord between them is within a limit."""
    if turn > 0:
        column %= turn
    if column < 0 or column >= directions.shape[2]:
        return False
    x, y, z = directions[0, row, column], directions[1, row, column], directions[2, row, column]
    apart: float = (x - direction[0]) ** 2 + (y - direction[1]) ** 2 + (z - direction[2]) ** 2
    return apart <= limit  # False for NaN


@compiled_piece
def _round(
    direction: np.ndarray,
    light: np.ndarray,
    place: np.ndarray,
    profile: np.ndarray,
    directions: np.ndarray,
    pixel: float,
    splat: np.ndarray,
) -> None:
    """Fills a splat that is round in angle."""
    height, width = directions.shape[1], directions.shape[2]
    if 0.0 <= place[0] < width and 0.0 <= place[1] < height:
        found, _ = pixel_extent(directions, int(place[1]), int(place[0]))
        pixel = found if found > 0.0 else pixel
    radius, narrowest = light[1], NARROWEST * ROUND_FACTOR * profile[0] / profile[1] * pixel
    wider = max(radius, narrowest)
    reach = min(wider, math.pi)
    # u as a function of the chord: exact at the reach, and to first order in the middle.
    chord = 4.0 * math.sin(0.5 * reach) ** 2
    splat[KIND] = NARROW_ROUND if wider < NARROW * narrowest else ROUND
    splat[RED], splat[AWAY] = light[0] * (radius / wider) ** 2, light[2]
    splat[X], splat[Y], splat[Z] = direction[0], direction[1], direction[2]
    splat[NEAR], splat[BENT] = 1.0 / (wider * wider), (1.0 / chord - 1.0 / (wider * wider)) / chord
    splat[WIDTH], splat[COSINE_OF], splat[SINE_OF] = reach, math.cos(reach), math.sin(reach)


@compiled_piece
def pixel_extent(directions: np.ndarray, row: int, column: int) -> tuple[float, float]:
    """The width of a pixel along its longer axis in radians, and its solid angle; 0 where unknown."""
    ax, ay, az = _side(directions, row, column, 0, 1)
    bx, by, bz = _side(directions, row, column, 1, 0)
    aa, bb, ab = ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz, ax * bx + ay * by + az * bz
    wide = math.sqrt(0.5 * (aa + bb) + math.sqrt(0.25 * (aa - bb) ** 2 + ab * ab))
    return wide, math.sqrt(max(aa * bb - ab * ab, 0.0))


@compiled_piece
def _side(directions: np.ndarray, row: int, column: int, down: int, right: int) -> tuple[float, float, float]:
    """The step in direction from one pixel to the next; beside a seam, the step on one side only."""
    ax, ay, az, a = _between(directions, row, column, row + down, column + right)
    bx, by, bz, b = _between(directions, row - down, column - right, row, column)
    if b < 0.0 or b > 4.0 * a >= 0.0:
        return ax, ay, az
    if a < 0.0 or a > 4.0 * b:
        return bx, by, bz
    return 0.5 * (ax + bx), 0.5 * (ay + by), 0.5 * (az + bz)


@compiled_piece
def _between(directions: np.ndarray, r0: int, c0: int, r1: int, c1: int) -> tuple[float, float, float, float]:
    """The vector between the directions of two pixels, and its square, which is negative where one is dark."""
    height, width = directions.shape[1], directions.shape[2]
    if min(r0, c0) < 0 or r1 >= height or c1 >= width:
        return 0.0, 0.0, 0.0, -1.0
    x = float(directions[0, r1, c1]) - float(directions[0, r0, c0])
    y = float(directions[1, r1, c1]) - float(directions[1, r0, c0])
    z = float(directions[2, r1, c1]) - float(directions[2, r0, c0])
    square = x * x + y * y + z * z
    return (x, y, z, square) if square >= 0.0 else (0.0, 0.0, 0.0, -1.0)
