"""Exact rays against spheres, tubes, triangles and volumes, to judge light by.

What a ray hits at a distance s hides `exp(-s / reach)` of the sky in that direction. Bodies are found by a grid of
lists, along whose cells rays step (Amanatides & Woo, "A fast voxel traversal algorithm for ray tracing", 1987).
"""

from __future__ import annotations

import math

import numba
import numpy as np

SPHERE, TUBE, TRIANGLE = 0, 1, 2


class Bodies:
    """Opaque bodies, each as 9 numbers: a sphere's middle and radius, a tube's ends and radius, or three corners.

    Args:
        parts: (kind, (n, 9)) of each kind.
    """

    def __init__(self, *parts: tuple[int, np.ndarray]):
        self.kinds = np.concatenate([np.full(len(each), kind) for kind, each in parts])
        self.numbers = np.concatenate([np.asarray(each, float) for _, each in parts])
        low, high = np.concatenate([_boxes(*part) for part in parts], axis=1)
        self.low, self.high = low.min(axis=0), high.max(axis=0)
        size = self.high - self.low
        typical = float(np.median((high - low).max(axis=1)))
        cell = max((np.prod(size) / min(len(low), 2e6)) ** (1 / 3) * 1.3, 0.5 * typical, size.max() / 400)
        shape = np.ceil(size / cell).astype(np.int64) + 1
        cells = [np.clip(np.floor((corner - self.low) / cell).astype(np.int64), 0, shape - 1) for corner in (low, high)]
        self._grid = (*_lists(*cells, shape), self.low, cell, shape)

    @property
    def diagonal(self) -> float:
        """Of the box around all bodies."""
        return float(np.linalg.norm(self.high - self.low))

    def seen(self, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Points that cameras all around see, and unit normals there: (count, 3) each."""
        rng = np.random.default_rng(seed)
        points, normals = [np.empty((0, 3))], [np.empty((0, 3))]
        while sum(map(len, points)) < count:
            ray, aside = rng.normal(size=(2, 4 * count, 3))
            ray /= np.linalg.norm(ray, axis=1, keepdims=True)
            aside -= ray * np.einsum("ij,ij->i", aside, ray)[:, None]
            aside *= (np.sqrt(rng.random(len(ray))) / np.linalg.norm(aside, axis=1))[:, None]
            start = (self.low + self.high) / 2 + self.diagonal * (aside / 2 - ray)
            away, body = _first_hits(self.kinds, self.numbers, *self._grid, start, ray)
            hit = body >= 0
            place = start[hit] + ray[hit] * away[hit, None]
            normal = _normals(self.kinds[body[hit]], self.numbers[body[hit]], place)
            normal[np.einsum("ij,ij->i", normal, ray[hit]) > 0] *= -1
            points.append(place)
            normals.append(normal)
        return np.concatenate(points)[:count], np.concatenate(normals)[:count]

    def openness(self, places: np.ndarray, normals: np.ndarray, reach: float, rays: int) -> np.ndarray:
        """The part of the sky that surfaces see, (n,), by so many rays for each, as dense as the cosine."""
        start = places + 1e-4 * self.diagonal * normals
        return np.asarray(_openness(self.kinds, self.numbers, *self._grid, start, normals, _cosine(rays), reach))


def _boxes(kind: int, numbers: np.ndarray) -> np.ndarray:
    """The lowest and the highest corners, (2, n, 3)."""
    if kind == SPHERE:
        middle, radius = numbers[:, :3], numbers[:, 3:4]
        return np.stack([middle - radius, middle + radius])
    corners = numbers[:, : 6 if kind == TUBE else 9].reshape(len(numbers), -1, 3)
    wider = numbers[:, 6:7] if kind == TUBE else 0.0
    return np.stack([corners.min(axis=1) - wider, corners.max(axis=1) + wider])


def _normals(kinds: np.ndarray, numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    first, second, third = numbers[:, :3], numbers[:, 3:6], numbers[:, 6:9]
    found = places - first
    tube, along = kinds == TUBE, second - first
    square = np.maximum(np.einsum("ij,ij->i", along, along), 1e-300)
    part = np.clip(np.einsum("ij,ij->i", found, along) / square, 0, 1)
    found[tube] -= (along * part[:, None])[tube]
    flat = kinds == TRIANGLE
    found[flat] = np.cross(along, third - first)[flat]
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _cosine(count: int) -> np.ndarray:
    """Directions (count, 3) around z, as dense as the cosine of their angle to it."""
    number = np.arange(count) + 0.5
    z = np.sqrt(1 - number / count)
    angle, across = np.pi * (1 + np.sqrt(5)) * number, np.sqrt(1 - z * z)
    return np.column_stack([across * np.cos(angle), across * np.sin(angle), z])


@numba.njit(cache=True)
def _lists(low, high, shape):
    """The bodies in each cell: where the list of a cell begins, and all lists."""
    counts = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    items = np.empty(0, np.int64)
    for turn in range(2):
        for body in range(len(low)):
            for i in range(low[body, 0], high[body, 0] + 1):
                for j in range(low[body, 1], high[body, 1] + 1):
                    for k in range(low[body, 2], high[body, 2] + 1):
                        cell = (i * shape[1] + j) * shape[2] + k
                        if turn == 0:
                            counts[cell + 1] += 1
                        else:
                            items[counts[cell]] = body
                            counts[cell] += 1
        if turn == 0:
            counts = np.cumsum(counts)
            items = np.empty(counts[-1], np.int64)
    starts = np.zeros_like(counts)
    starts[1:] = counts[:-1]
    return starts, items


@numba.njit(cache=True)
def _distance(kind, body, start, ray):
    """How far away a body is along a ray; infinite: it is not hit."""
    if kind == TRIANGLE:  # Moeller & Trumbore, "Fast, minimum storage ray/triangle intersection", 1997
        one, other = body[3:6] - body[:3], body[6:9] - body[:3]
        across = np.cross(ray, other)
        flat = np.dot(one, across)
        if abs(flat) < 1e-300:
            return np.inf
        away = start - body[:3]
        u = np.dot(away, across) / flat
        turned = np.cross(away, one)
        v = np.dot(ray, turned) / flat
        found = np.dot(other, turned) / flat
        return found if u >= 0 and v >= 0 and u + v <= 1 and found > 0 else np.inf
    best = np.inf
    radius = body[3] if kind == SPHERE else body[6]
    for end in range(1 if kind == SPHERE else 2):
        away = start - body[3 * end : 3 * end + 3]
        half = np.dot(away, ray)
        square = half * half - np.dot(away, away) + radius * radius
        if square > 0 and 0 < -half - math.sqrt(square) < best:
            best = -half - math.sqrt(square)
    if kind == TUBE:
        along = body[3:6] - body[:3]
        length = math.sqrt(np.dot(along, along))
        if length > 0:
            along = along / length
            away = start - body[:3]
            across, aside = ray - np.dot(ray, along) * along, away - np.dot(away, along) * along
            a, b = np.dot(across, across), np.dot(across, aside)
            square = b * b - a * (np.dot(aside, aside) - radius * radius)
            if square > 0 and a > 1e-12:
                found = (-b - math.sqrt(square)) / a
                if 0 < found < best and 0 < np.dot(away, along) + found * np.dot(ray, along) < length:
                    best = found
    return best


@numba.njit(cache=True)
def _first_hit(kinds, numbers, starts, items, low, cell, shape, start, ray):
    """How far the first body along a ray is, and its number; -1: none is hit."""
    enter, leave = 0.0, np.inf
    for axis in range(3):
        if ray[axis] == 0:
            if not low[axis] <= start[axis] <= low[axis] + shape[axis] * cell:
                return np.inf, -1
            continue
        one = (low[axis] - start[axis]) / ray[axis]
        other = one + shape[axis] * cell / ray[axis]
        enter, leave = max(enter, min(one, other)), min(leave, max(one, other))
    if enter >= leave:
        return np.inf, -1
    place, step = np.empty(3, np.int64), np.sign(ray)
    ahead = np.full(3, np.inf)
    for axis in range(3):
        at = (start[axis] + ray[axis] * enter * (1 + 1e-12) - low[axis]) / cell
        place[axis] = min(max(math.floor(at), 0), shape[axis] - 1)
        if ray[axis] != 0:
            ahead[axis] = (low[axis] + (place[axis] + (ray[axis] > 0)) * cell - start[axis]) / ray[axis]
    best, found = np.inf, -1
    while True:
        here = (place[0] * shape[1] + place[1]) * shape[2] + place[2]
        for item in range(starts[here], starts[here + 1]):
            away = _distance(kinds[items[item]], numbers[items[item]], start, ray)
            if away < best:
                best, found = away, items[item]
        axis = np.argmin(ahead)
        if best <= ahead[axis]:
            return best, found
        place[axis] += int(step[axis])
        if not 0 <= place[axis] < shape[axis]:
            return best, found
        ahead[axis] += cell / abs(ray[axis])


@numba.njit(cache=True, parallel=True)
def _first_hits(kinds, numbers, starts, items, low, cell, shape, begin, rays):
    away, body = np.empty(len(rays)), np.empty(len(rays), np.int64)
    for n in numba.prange(len(rays)):
        away[n], body[n] = _first_hit(kinds, numbers, starts, items, low, cell, shape, begin[n], rays[n])
    return away, body


@numba.njit(cache=True, parallel=True)
def _openness(kinds, numbers, starts, items, low, cell, shape, places, normals, directions, reach):
    found = np.empty(len(places))
    for n in numba.prange(len(places)):
        normal = normals[n]
        least = np.zeros(3)
        least[np.argmin(np.abs(normal))] = 1.0
        u = np.cross(normal, least)
        u /= math.sqrt(np.dot(u, u))
        v = np.cross(normal, u)
        turn = 2 * math.pi * ((n * 0.6180339887) % 1)  # another turn for each place, so that errors are apart
        light = 0.0
        for each in range(len(directions)):
            x = math.cos(turn) * directions[each, 0] - math.sin(turn) * directions[each, 1]
            y = math.sin(turn) * directions[each, 0] + math.cos(turn) * directions[each, 1]
            ray = x * u + y * v + directions[each, 2] * normal
            away, _ = _first_hit(kinds, numbers, starts, items, low, cell, shape, places[n], ray)
            light += 1 - math.exp(-away / reach)
        found[n] = light / len(directions)
    return found


@numba.njit(cache=True, parallel=True)
def openness_in_volume(values, table, places, rays, reach, step):
    """The part of the sky that places (n, 3) in a volume see, by random rays.

    Args:
        values: (nx, ny, nz), from 0 to 1, linear in between; nothing is beyond.
        table: (k,), optical depth for the width of a voxel, of values at equal steps from 0 to 1.
        places: (n, 3), in voxels.
        rays: (n, k, 3) unit vectors.
        reach, step: in voxels.
    """
    found = np.empty(len(places))
    n0, n1, n2 = values.shape
    longest = math.sqrt(n0**2 + n1**2 + n2**2)
    for n in numba.prange(len(places)):
        light = 0.0
        for each in range(rays.shape[1]):
            passed, hidden, away = 1.0, 0.0, 0.5 * step
            while away < longest and passed > 1e-4:
                x = places[n, 0] + away * rays[n, each, 0]
                y = places[n, 1] + away * rays[n, each, 1]
                z = places[n, 2] + away * rays[n, each, 2]
                if not (0 <= x < n0 - 1 and 0 <= y < n1 - 1 and 0 <= z < n2 - 1):
                    break
                i, j, k = math.floor(x), math.floor(y), math.floor(z)
                fx, fy, fz = x - i, y - j, z - k
                value = 0.0
                for a in range(2):
                    for b in range(2):
                        for c in range(2):
                            weight = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if c else 1 - fz)
                            value += weight * values[i + a, j + b, k + c]
                depth = table[int(value * (len(table) - 1) + 0.5)]
                lost = passed * (1 - math.exp(-depth * step))
                hidden += lost
                passed = (passed - lost) * math.exp(-step / reach)
                away += step
            light += 1 - hidden
        found[n] = light / rays.shape[1]
    return found
