"""Draws spheres, tubes and triangles into a depth map, on all cores.

Places are counted from the origin of the map, in scene units: x along columns, y along rows, z along depths. A texel
looks along the ray `(X, Y, 0) + s (0, 0, 1)`, or from a lamp along `s (X, Y, 1)`, where X and Y are those of its
middle. Each core draws bands of rows of its own, and the least depth counts, so that the map does not depend on the
order or the number of cores.
"""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, compiled_piece, numba

BAND = 64
"""Rows of a band."""


@compiled
def draw(
    depths: np.ndarray,
    texel: float,
    first: np.ndarray,
    from_lamp: bool,
    balls: np.ndarray,
    tubes: np.ndarray,
    corners: np.ndarray,
) -> None:
    """Draws everything into a map.

    Args:
        depths: (rows, columns) float32, deepest first: infinite where nothing has been drawn.
        texel: width of a texel, at depth 1 if rays come from a lamp.
        first: (2,), X and Y of the middle of the first texel.
        from_lamp: whether rays come from the origin of the map; otherwise they are parallel.
        balls: (n, 4) float32, middles and radii, the nearest first.
        tubes: (m, 7) float32, both ends and the radius of cylinders, whose ends are open.
        corners: (k, 3, 3) float32, of triangles.
    """
    rows, columns = depths.shape
    for band in numba.prange((rows + BAND - 1) // BAND):
        low, high = band * BAND, min(rows, (band + 1) * BAND)
        deepest = np.full((columns + BAND - 1) // BAND, np.inf, np.float32)
        drawn = 0.0
        low_y, high_y = np.float32(first[1] + (low - 1) * texel), np.float32(first[1] + high * texel)
        for i in range(len(balls)):
            y, radius = balls[i, 1], balls[i, 3]
            if not from_lamp and (y + radius < low_y or y - radius > high_y):
                continue  # most are in other bands
            if from_lamp and max(abs(balls[i, 0]), abs(y)) - 1.02 * balls[i, 2] > 1.5 * radius:
                continue  # on another side of the cube
            drawn += _ball(depths, low, high, texel, first, from_lamp, balls[i], deepest)
            if drawn > 4 * BAND * columns:  # hidden ones are found by what is drawn already
                drawn = 0.0
                for k in range(len(deepest)):
                    most = np.float32(-np.inf)
                    for row in range(low, high):
                        for column in range(k * BAND, min(columns, (k + 1) * BAND)):
                            most = max(most, depths[row, column])
                    deepest[k] = most
        for i in range(len(tubes)):
            _tube(depths, low, high, texel, first, from_lamp, tubes[i])
        for i in range(len(corners)):
            _triangle(depths, low, high, texel, first, from_lamp, corners[i])


@compiled_piece
def _ball(
    depths: np.ndarray,
    low: int,
    high: int,
    texel: float,
    first: np.ndarray,
    from_lamp: bool,
    ball: np.ndarray,
    deepest: np.ndarray,
) -> float:
    """Draws a sphere into the rows from `low` to `high`, and gives the number of texels that were looked at."""
    x, y, z, radius = ball[0], ball[1], ball[2], ball[3]
    left, right, inside = _span(x, z, radius, from_lamp, texel, first[0], depths.shape[1])
    above, below, _ = _span(y, z, radius, from_lamp, texel, first[1], depths.shape[0])
    above, below = max(above, low), min(below, high - 1)
    if above > below or left > right:
        return 0.0
    hidden = not inside
    for k in range(left // BAND, right // BAND + 1):
        hidden = hidden and z - radius > deepest[k]
    if hidden:
        return 0.0
    step, square = np.float32(texel), radius * radius
    X0, Y0 = np.float32(first[0]), np.float32(first[1])
    if not from_lamp:
        for row in range(above, below + 1):
            dy = Y0 + np.float32(row) * step - y
            rest = square - dy * dy
            if rest > 0:
                half = math.sqrt(rest)
                start = max(left, math.ceil((x - half - X0) / step))
                end = min(right, math.floor((x + half - X0) / step))
                for column in range(start, end + 1):
                    dx = X0 + np.float32(column) * step - x
                    depths[row, column] = min(depths[row, column], z - math.sqrt(max(rest - dx * dx, np.float32(0.0))))
        return float((below - above + 1) * (right - left + 1))
    away = x * x + y * y + z * z - square
    for row in range(above, below + 1):
        Y = Y0 + np.float32(row) * step
        for column in range(left, right + 1):
            X = X0 + np.float32(column) * step
            along, long = X * x + Y * y + z, X * X + Y * Y + np.float32(1.0)
            rest = along * along - long * away
            if rest > 0 and away > 0 and along > 0:
                depths[row, column] = min(depths[row, column], (along - math.sqrt(rest)) / long)
    return float((below - above + 1) * (right - left + 1))


@compiled_piece
def _span(
    place: float, depth: float, radius: float, from_lamp: bool, texel: float, first: float, count: int
) -> tuple[int, int, bool]:
    """The first and the last texel along one axis that a sphere may cover, and whether the lamp's plane cuts it."""
    low, high, cut = place - radius, place + radius, False
    if from_lamp:
        if depth + radius <= 0:
            return 0, -1, False
        cut = depth <= radius * 1.001
        if cut:
            return 0, count - 1, True
        square = depth * depth - radius * radius
        root = radius * math.sqrt(place * place + square)
        low, high = (place * depth - root) / square, (place * depth + root) / square
    start, end = math.ceil((low - first) / texel), math.floor((high - first) / texel)
    return int(max(0.0, min(start, float(count)))), int(min(count - 1.0, max(end, -1.0))), cut


@compiled_piece
def _tube(
    depths: np.ndarray, low: int, high: int, texel: float, first: np.ndarray, from_lamp: bool, tube: np.ndarray
) -> None:
    """Draws the side of a cylinder into the rows from `low` to `high`."""
    radius = float(tube[6])
    ax, ay, az = float(tube[0]), float(tube[1]), float(tube[2])
    kx, ky, kz = tube[3] - ax, tube[4] - ay, tube[5] - az
    long = math.sqrt(kx * kx + ky * ky + kz * kz)
    if long == 0 or radius <= 0:
        return
    kx, ky, kz = kx / long, ky / long, kz / long
    l0, r0, cut0 = _span(ax, az, radius, from_lamp, texel, first[0], depths.shape[1])
    l1, r1, cut1 = _span(float(tube[3]), float(tube[5]), radius, from_lamp, texel, first[0], depths.shape[1])
    a0, b0, _ = _span(ay, az, radius, from_lamp, texel, first[1], depths.shape[0])
    a1, b1, _ = _span(float(tube[4]), float(tube[5]), radius, from_lamp, texel, first[1], depths.shape[0])
    left, right, above, below = min(l0, l1), max(r0, r1), min(a0, a1), max(b0, b1)
    if from_lamp and (cut0 or cut1 or az <= radius or tube[5] <= radius):
        left, right, above, below = 0, depths.shape[1] - 1, 0, depths.shape[0] - 1
    # Of an oblique tube only a part of the columns is looked at in each row.
    lean = 0.0 if from_lamp or abs(ky) < 1e-6 else kx / ky
    wide = radius * (1.0 + abs(lean)) if lean != 0.0 else 0.0
    for row in range(max(above, low), min(below, high - 1) + 1):
        Y = first[1] + row * texel
        start, end = left, right
        if lean != 0.0:
            middle = ax + (Y - ay) * lean
            start = max(left, math.ceil((middle - wide - first[0]) / texel))
            end = min(right, math.floor((middle + wide - first[0]) / texel))
        for column in range(start, end + 1):
            X = first[0] + column * texel
            if from_lamp:
                ox, oy, oz, dx, dy = -ax, -ay, -az, X, Y
            else:
                ox, oy, oz, dx, dy = X - ax, Y - ay, -az, 0.0, 0.0
            dk, ok = dx * kx + dy * ky + kz, ox * kx + oy * ky + oz * kz
            a = dx * dx + dy * dy + 1.0 - dk * dk
            b = dx * ox + dy * oy + oz - dk * ok
            c = ox * ox + oy * oy + oz * oz - ok * ok - radius * radius
            rest = b * b - a * c
            if rest <= 0 or a <= 1e-12:
                continue
            depth = (-b - math.sqrt(rest)) / a
            along = ok + depth * dk
            if 0 <= along <= long and (depth > 0 or not from_lamp):
                depths[row, column] = min(depths[row, column], np.float32(depth))


@compiled_piece
def _triangle(
    depths: np.ndarray, low: int, high: int, texel: float, first: np.ndarray, from_lamp: bool, corners: np.ndarray
) -> None:
    """Draws a triangle into the rows from `low` to `high`: both sides, and its edges belong to it.

    Whether a ray passes to the left or to the right of an edge, and the depth above and below its fraction bar, are
    linear in X and Y for both kinds of rays.
    """
    least_x, most_x, least_y, most_y = math.inf, -math.inf, math.inf, -math.inf
    before = behind = 0
    for i in range(3):
        x, y, z = float(corners[i, 0]), float(corners[i, 1]), float(corners[i, 2])
        if from_lamp:
            if z <= 1e-6 * (abs(x) + abs(y)):
                behind += 1
                continue
            before += 1
            x, y = x / z, y / z
        least_x, most_x = min(least_x, x), max(most_x, x)
        least_y, most_y = min(least_y, y), max(most_y, y)
    left, right, above, below = 0, depths.shape[1] - 1, low, high - 1
    if from_lamp and before == 0:
        return
    if behind == 0:
        left = max(left, int(max(-1.0, min(math.ceil((least_x - first[0]) / texel), 1e9))))
        right = min(right, int(max(-1.0, min(math.floor((most_x - first[0]) / texel), 1e9))))
        above = max(above, int(max(-1.0, min(math.ceil((least_y - first[1]) / texel), 1e9))))
        below = min(below, int(max(-1.0, min(math.floor((most_y - first[1]) / texel), 1e9))))
    if left > right or above > below:
        return
    ax, ay, az = float(corners[0, 0]), float(corners[0, 1]), float(corners[0, 2])
    bx, by, bz = corners[1, 0] - ax, corners[1, 1] - ay, corners[1, 2] - az
    cx, cy, cz = corners[2, 0] - ax, corners[2, 1] - ay, corners[2, 2] - az
    nx, ny, nz = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx
    turn = nx * ax + ny * ay + nz * az if from_lamp else nz
    if turn == 0:
        return
    sign = 1.0 if turn > 0 else -1.0
    e = np.empty((3, 3))
    for i in range(3):
        j = (i + 1) % 3
        x0, y0, z0 = float(corners[i, 0]), float(corners[i, 1]), float(corners[i, 2])
        x1, y1, z1 = float(corners[j, 0]), float(corners[j, 1]), float(corners[j, 2])
        if from_lamp:
            e[i, 0], e[i, 1], e[i, 2] = y0 * z1 - z0 * y1, z0 * x1 - x0 * z1, x0 * y1 - y0 * x1
        else:
            e[i, 0], e[i, 1], e[i, 2] = y0 - y1, x1 - x0, x0 * y1 - y0 * x1
        size = 1e-7 * (abs(e[i, 0]) + abs(e[i, 1])) * texel  # what rounding may leave open between neighbours
        e[i, 0], e[i, 1], e[i, 2] = e[i, 0] * sign, e[i, 1] * sign, e[i, 2] * sign + size
    for row in range(above, below + 1):
        Y = first[1] + row * texel
        start, end = float(left), float(right)
        for i in range(3):
            beside, rest = e[i, 0] * texel, e[i, 1] * Y + e[i, 2] + e[i, 0] * first[0]
            if beside > 0:
                start = max(start, math.ceil(-rest / beside))
            elif beside < 0:
                end = min(end, math.floor(-rest / beside))
            elif rest < 0:
                end = -1.0
        for column in range(int(start), int(end) + 1):
            X = first[0] + column * texel
            if from_lamp:
                depth = turn / (nx * X + ny * Y + nz)
                if depth <= 0:
                    continue
            else:
                depth = az - (nx * (X - ax) + ny * (Y - ay)) / nz
            depths[row, column] = min(depths[row, column], np.float32(depth))


GAP = 4.0
"""Depths in a texel of a coarser level that differ by less than so many of its widths are one cluster."""

WHOLE = 65535.0


@compiled
def coarsen(depths: np.ndarray, coarser: np.ndarray, levels: int, texel: float, near: float, far: float) -> None:
    """Fills the coarser levels of a map: what lies in front and at the back of each texel, and on how much of it.

    Args:
        depths: (rows, columns) float32.
        coarser: (rows / 2, columns, 4) uint16, as `DepthMap.coarser` holds it; filled.
        levels: how many there are.
        texel: width of the finest texels, scene units.
        near, far: the depths that 0 and 65535 stand for.
    """
    for level in range(1, levels + 1):
        for row in numba.prange(len(depths) // 2**level):
            _coarsen_row(depths, coarser, level, row, texel, near, far)


@compiled_piece
def _coarsen_row(
    depths: np.ndarray, coarser: np.ndarray, level: int, row: int, texel: float, near: float, far: float
) -> None:
    """Fills a row of a level from the next finer one."""
    columns, side = depths.shape[1], 2**level
    per = (far - near) / WHOLE
    at, before = columns - columns // (side // 2), columns - columns // max(side // 4, 1)
    depth, share = np.empty(8), np.empty(8)
    for column in range(columns // side):
        count = 0
        for quarter in range(4):
            i, j = 2 * row + quarter // 2, 2 * column + quarter % 2
            if level == 1:
                if depths[i, j] < np.inf:
                    depth[count], share[count], count = float(depths[i, j]), 0.25, count + 1
                continue
            for part in range(2):
                if coarser[i, before + j, 2 + part] > 0:
                    depth[count] = near + per * coarser[i, before + j, part]
                    share[count], count = 0.25 / WHOLE * coarser[i, before + j, 2 + part], count + 1
        if count == 0:
            continue  # it holds 0, and counts as nothing
        split = _split(depth, share, count, GAP * side * texel)
        for part in range(2):
            total = mean = 0.0
            for k in range(0 if part == 0 else split, split if part == 0 else count):
                total += share[k]
                mean += share[k] * depth[k]
            mean = mean / total if total > 0 else far
            coarser[row, at + column, part] = np.uint16(min(max((mean - near) / per, 0.0), WHOLE) + 0.5)
            coarser[row, at + column, 2 + part] = np.uint16(min(total, 1.0) * WHOLE + 0.5)


@compiled_piece
def _split(depth: np.ndarray, share: np.ndarray, count: int, gap: float) -> int:
    """Sorts depths with their shares, and gives the number of those in front of the widest gap."""
    low, high = math.inf, -math.inf
    for k in range(count):
        low, high = min(low, depth[k]), max(high, depth[k])
    if high - low < gap:
        return count
    for k in range(1, count):
        one, part, place = depth[k], share[k], k
        while place > 0 and depth[place - 1] > one:
            depth[place], share[place] = depth[place - 1], share[place - 1]
            place -= 1
        depth[place], share[place] = one, part
    split, widest = count, 0.0
    for k in range(1, count):
        if depth[k] - depth[k - 1] > widest:
            split, widest = k, depth[k] - depth[k - 1]
    return split
