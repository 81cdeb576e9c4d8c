"""Triangles of tubes around poly-lines, with rotation-minimising frames.

A ring of vertices lies around every point, across the line. From one point to the next the rings turn as little as
possible (parallel transport: R. L. Bishop, "There is more than one way to frame a curve", Amer. Math. Monthly 82
(1975)). In a corner the ring is the section of the two tubes that meet, up to a limit. At both ends the rings close to
half a sphere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.geometry import norms

SIDES = np.array([3, 5, 8, 12, 16, 24, 32, 48, 64])
"""Numbers of sides that a tube may have. Small ones are odd, which makes it about as wide from every direction."""

NARROW = 0.55
"""Up to this radius, pixels, three sides are enough."""

ROUNDNESS = 0.125
"""How far a tube's outline may be from that of a round one, pixels."""

STRAIGHT = 0.1
"""How far a point that is left out may be from the line between its neighbours, pixels."""

SHADE = 1.5
"""How far its colour may be from theirs, of 255."""

ROUNDS = 4
"""Rounds of simplification; in each, every second point may be left out."""

LONGEST_CORNER = 2.0
"""In a corner a ring may reach out to this many radii: corners sharper than 60 degrees are cut."""


@dataclass(frozen=True, eq=False)
class TubeMesh:
    """Triangles, in bands from one ring to the next.

    Attributes:
        points, normals: (v, 3) float32.
        colors: (v, 4) uint8.
        triangles: (k, 3), counter-clockwise as seen from outside.
        firsts: (b + 1,), where the triangles of each band begin.
        center, reach: (b, 3) and (b,), centres and radii of balls around the bands.
    """

    points: np.ndarray
    normals: np.ndarray
    colors: np.ndarray
    triangles: np.ndarray
    firsts: np.ndarray
    center: np.ndarray
    reach: np.ndarray

    def taken(self, bands: np.ndarray) -> np.ndarray:
        """The triangles (k, 3) of some bands (n,), in their order."""
        counts = np.diff(self.firsts)[bands]
        if not len(counts):
            return self.triangles[:0]
        if (counts == counts[0]).all() and (np.diff(self.firsts) == counts[0]).all():
            equal: np.ndarray = self.triangles.reshape(-1, counts[0], 3)[bands].reshape(-1, 3)
            return equal
        starts = np.cumsum(counts) - counts
        chosen: np.ndarray = self.triangles[np.arange(counts.sum()) + np.repeat(self.firsts[bands] - starts, counts)]
        return chosen


def sides_for(radius: np.ndarray) -> np.ndarray:
    """Numbers of sides (n,) with which tubes look round.

    The outline of n sides whose mean size is right is off by at most `radius * (pi / n)^2 / 3`.

    Args:
        radius: (n,), pixels.
    """
    needed = np.pi * np.sqrt(radius / (3 * ROUNDNESS))
    place = np.where(radius <= NARROW, 0, np.clip(np.searchsorted(SIDES, needed), 1, len(SIDES) - 1))
    found: np.ndarray = SIDES[place]
    return found


def distinct(position: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of poly-lines that differ from the one before them, and the offsets without the others.

    Lines with fewer than two such points are left out.

    Args:
        position: (n, 3).
        offsets: (m + 1,).

    Returns:
        (n,) bool, and the offsets (k + 1,) of the lines that are left.
    """
    kept = np.ones(len(position), bool)
    if len(position) > 1:
        # The second is the least difference in single precision, in which places are drawn.
        least = max(1e-6 * float(np.ptp(position, axis=0).max()), 2e-7 * float(np.abs(position).max()))
        kept[1:] = np.abs(np.diff(position, axis=0)).max(axis=1) > least
    kept[offsets[:-1][offsets[:-1] < len(position)]] = True
    counts = np.add.reduceat(np.append(kept, False), offsets[:-1]) if len(offsets) > 1 else np.zeros(0, np.int64)
    counts = np.where(np.diff(offsets) == 0, 0, counts).astype(np.int64)
    short = counts < 2
    kept &= ~np.repeat(short, np.diff(offsets))
    return kept, np.concatenate([[0], np.cumsum(counts[~short])])


def needed(
    position: np.ndarray, offsets: np.ndarray, radius: np.ndarray, colors: np.ndarray, tolerance: np.ndarray
) -> np.ndarray:
    """Points of poly-lines that cannot be left out without a visible difference: (n,) bool.

    In each round every second point may go, if its place, radius and colour are those between its neighbours.

    Args:
        position, offsets, radius, colors: as for `tube_mesh`.
        tolerance: (n,), how far a point that is left out may be from the line, scene units.
    """
    left = np.arange(len(position))
    first = np.zeros(len(position), bool)
    first[offsets[:-1]] = True
    last = np.roll(first, -1)
    for _ in range(ROUNDS):
        starts = np.flatnonzero(first[left])
        place = np.arange(len(left)) - np.repeat(starts, np.diff(np.append(starts, len(left))))
        middle = np.flatnonzero((place % 2 == 1) & ~last[left])
        a, b, c = left[middle - 1], left[middle], left[middle + 1]
        chord, offset = position[c] - position[a], position[b] - position[a]
        length = np.maximum(_dot(chord, chord), 1e-300)
        part = np.clip(_dot(offset, chord) / length, 0, 1)
        off = norms(offset - part[:, None] * chord)
        allowed = np.minimum(np.minimum(tolerance[a], tolerance[b]), tolerance[c])
        going = (off <= allowed) & (np.abs(radius[a] + part * (radius[c] - radius[a]) - radius[b]) <= allowed)
        before, after = colors[a].astype(np.float32), colors[c].astype(np.float32)
        shade = np.abs(before + part[:, None].astype(np.float32) * (after - before) - colors[b]).max(axis=1)
        going &= shade <= SHADE
        left = np.delete(left, middle[going])
    kept = np.zeros(len(position), bool)
    kept[left] = True
    return kept


def tube_mesh(
    position: np.ndarray, offsets: np.ndarray, radius: np.ndarray, colors: np.ndarray, sides: np.ndarray
) -> TubeMesh:
    """The triangles of tubes.

    Args:
        position: (n, 3), the points of each line after those of the line before; neighbours are in different places.
        offsets: (m + 1,): line j goes through `position[offsets[j] : offsets[j + 1]]`, at least two points.
        radius: (n,), scene units.
        colors: (n, 4) uint8.
        sides: (m,), the number of sides of each tube.
    """
    frames = _Frames(position, offsets)
    parts = [_tubes(frames, radius, colors, np.flatnonzero(sides == count), int(count)) for count in np.unique(sides)]
    if not parts:
        nothing = np.zeros((0, 3), np.float32)
        triangles, colors = np.zeros((0, 3), np.int64), np.zeros((0, 4), np.uint8)
        return TubeMesh(nothing, nothing, colors, triangles, np.zeros(1, np.int64), np.zeros((0, 3)), np.zeros(0))
    if len(parts) == 1:
        return parts[0]
    vertices = np.cumsum([0, *(len(part.points) for part in parts)])
    triangles = np.cumsum([0, *(len(part.triangles) for part in parts)])
    return TubeMesh(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colors for part in parts]),
        np.concatenate([part.triangles + first for part, first in zip(parts, vertices[:-1], strict=True)]),
        np.concatenate([*(p.firsts[:-1] + first for p, first in zip(parts, triangles, strict=False)), triangles[-1:]]),
        np.concatenate([part.center for part in parts]),
        np.concatenate([part.reach for part in parts]),
    )


class _Frames:
    """Frames at the points of poly-lines.

    Attributes:
        position: (n, 3).
        offsets: (m + 1,).
        along, normal, binormal: (n, 3), right-handed unit vectors, the first along the line.
        corner: (n, 3), unit vectors across the line towards the inside of its corner; 0 where it is straight.
        stretch: (n,), the reach of a ring towards the corner, in radii.
    """

    def __init__(self, position: np.ndarray, offsets: np.ndarray):
        self.position, self.offsets = position.astype(np.float64), offsets
        count = len(position)
        first = np.zeros(count, bool)
        first[offsets[:-1]] = True
        step = np.zeros((count, 3))
        step[1:] = _unit(np.diff(self.position, axis=0))
        step[first] = 0
        ahead = np.roll(step, -1, axis=0)  # 0 at the last point of a line, as it is before the first
        both = step + ahead
        bent = norms(both)
        ends = norms(step) + norms(ahead) < 1.5
        turned_back = (bent < 1e-6) & ~ends
        both[turned_back] = step[turned_back]
        self.along = _unit(both)
        half = np.where(ends | turned_back, 1.0, bent / 2)  # cosine of half the angle of the corner
        self.corner = _unit(np.where(ends[:, None] | turned_back[:, None], 0.0, ahead - step))
        self.stretch: np.ndarray = np.minimum(1 / np.maximum(half, 1e-6), LONGEST_CORNER)
        self._turn(first)

    def _turn(self, first: np.ndarray) -> None:
        """Finds any frame at each point, and turns it by parallel transport from one point to the next."""
        aside = np.eye(3)[np.argmin(np.abs(self.along), axis=1)]
        a = _unit(aside - _dot(aside, self.along)[:, None] * self.along)
        b = np.cross(self.along, a)
        before, now = self.along[:-1], self.along[1:]
        middle = before + now
        moved = a[:-1] - (_dot(a[:-1], now) / np.maximum(1 + _dot(before, now), 1e-9))[:, None] * middle
        turns = np.zeros(len(a))
        turns[1:] = np.arctan2(_dot(moved, b[1:]), _dot(moved, a[1:]))
        turns[first] = 0
        angle = np.cumsum(turns)
        angle -= np.repeat(angle[self.offsets[:-1]], np.diff(self.offsets))
        cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
        self.normal: np.ndarray = cosine * a + sine * b
        self.binormal: np.ndarray = cosine * b - sine * a


def _tubes(frames: _Frames, radius: np.ndarray, colors: np.ndarray, lines: np.ndarray, sides: int) -> TubeMesh:
    """The triangles of some lines, whose tubes have a number of sides."""
    cap = max(1, sides // 4)  # rings of each end
    counts = np.diff(frames.offsets)[lines] + 2 * cap
    starts = np.cumsum(counts) - counts
    place = np.arange(counts.sum()) - np.repeat(starts, counts) - cap  # in its line, beyond its points in the ends
    last = np.repeat(counts - 2 * cap - 1, counts)
    point = np.clip(place, 0, last)
    tilt = (place - point) * (np.pi / 2 / cap)
    point += np.repeat(frames.offsets[lines], counts)
    # The sides lie in and out of the round outline by turns: in the mean over all viewing directions, just on it.
    size = radius[point] * (np.pi / sides) / np.sin(np.pi / sides)
    turn = 2 * np.pi * np.arange(sides) / sides
    out = (
        np.cos(turn)[:, None] * frames.normal[point][:, None] + np.sin(turn)[:, None] * frames.binormal[point][:, None]
    )
    corner = frames.corner[point][:, None]
    longer = np.einsum("rsk,rk->rs", out, corner[:, 0]) * (frames.stretch[point] - 1)[:, None]
    axis = frames.along[point][:, None]
    rise, flat = np.sin(tilt)[:, None, None], np.cos(tilt)[:, None, None]
    normals = flat * out + rise * axis
    points = frames.position[point][:, None] + size[:, None, None] * (normals + flat * longer[..., None] * corner)
    ring = np.flatnonzero(np.diff(np.repeat(lines, counts), append=-1) == 0)  # those that the next is one of the line
    return TubeMesh(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        np.repeat(colors[point], sides, axis=0),
        _bands(ring, sides),
        np.arange(len(ring) + 1) * 2 * sides,
        *_balls(frames.position[point] + (size * np.sin(tilt))[:, None] * axis[:, 0], size, ring),
    )


def _bands(ring: np.ndarray, sides: int) -> np.ndarray:
    """Triangles (n * 2 * sides, 3) from each of some rings (n,) to the next ring."""
    side = np.arange(sides)
    a, b = ring[:, None] * sides + side, ring[:, None] * sides + (side + 1) % sides
    corners = np.stack([a, b, b + sides, a, b + sides, a + sides], axis=2)
    return corners.reshape(-1, 3)


def _balls(middle: np.ndarray, size: np.ndarray, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Balls around the bands from each of some rings to the next: centres (n, 3) and radii (n,)."""
    center = (middle[ring] + middle[ring + 1]) / 2
    reach = norms(middle[ring + 1] - middle[ring]) / 2 + LONGEST_CORNER * np.maximum(size[ring], size[ring + 1])
    return center, reach


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    product: np.ndarray = np.einsum("ij,ij->i", a, b)
    return product


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = norms(vectors)[:, None]
    unit: np.ndarray = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit
