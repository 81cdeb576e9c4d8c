"""Lines along the vectors of a grid, from seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.fields import Grid
from moviemaker.core.geometry import norms, on_globe, own_places, vectors_in_scene

AT_ONCE = 512
"""Points of each line that are found before the others go on: memory is needed for the lines that go on only."""

TOGETHER = 4096
"""Lines that are followed together."""

TURN = np.radians(6)
"""Largest angle between two neighbouring pieces of a line."""

_FAR = 1e30
"""Coordinate of a seed that is nowhere."""

LONGEST = 200_000
"""Points of a line at which it ends, whatever its length."""


@dataclass(frozen=True)
class Followed:
    """Vectors that lines follow.

    Attributes:
        names: of the fields that are their two or three components.
        globe: whether these go east, north and up around the origin.
        slowest: length of a vector that counts as being at rest.
        start: matrix (4, 4) of a grid that moves, at the beginning of the movie, when its seeds are where the scene
            says; row by row. Empty: it does not move.
    """

    names: tuple[str, ...]
    globe: bool
    slowest: float
    start: tuple[float, ...] = ()

    def carried(self, seeds: np.ndarray, frame: np.ndarray | None) -> np.ndarray:
        """Where seeds (n, 3) are that go with a grid whose matrix (4, 4) is now another one."""
        if frame is None or not self.start:
            return seeds
        start = np.reshape(self.start, (4, 4))
        if np.array_equal(start, frame):
            return seeds
        own = own_places(seeds, start)
        return np.asarray(own @ frame[:3, :3].T + frame[:3, 3])


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines, one after the other.

    Attributes:
        points: (n, 3).
        offsets: (m + 1,), where each line begins.
        along: (n,), length along the line from its seed; negative against the vectors.
        number: (n,), of the seed of the line.
    """

    points: np.ndarray
    offsets: np.ndarray
    along: np.ndarray
    number: np.ndarray


def vector_samples(grid: Grid, followed: Followed) -> np.ndarray:
    """Vectors (nx, ny, nz, 3) float32 along x, y and z, at the samples of a grid.

    They are turned with the grid; their lengths are those of the file, whatever the grid is scaled by.
    """
    found = np.zeros((*grid.shape, 3), np.float32)
    for axis, name in enumerate(followed.names):
        found[..., axis] = grid.field(name)
    if followed.globe:
        matrix = grid.world_from_index
        j, k = np.indices(grid.shape[1:])
        for i, layer in enumerate(found):
            index = np.stack([np.full(j.shape, i), j, k], axis=-1).reshape(-1, 3)
            position = own_places(index @ matrix[:3, :3].T + matrix[:3, 3], grid.frame)
            turned = on_globe(layer.reshape(-1, 3).astype(np.float64), position)
            layer[...] = turned.reshape(layer.shape)
    if grid.frame is None:
        return found
    turned = vectors_in_scene(found.reshape(-1, 3).astype(np.float64), grid.frame)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = norms(found.reshape(-1, 3)) / norms(turned)
    turned *= np.where(np.isfinite(factor), factor, 1.0)[:, None]
    return turned.reshape(found.shape).astype(np.float32)


def sampled(grid: Grid, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values (n,) or (n, columns) of samples (nx, ny, nz) or (nx, ny, nz, columns) at positions (n, 3), trilinearly."""
    matrix = grid.world_from_index
    index = (points - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
    last = np.array(grid.shape) - 1
    index = np.clip(index, 0, last)
    low = np.minimum(index.astype(np.intp), np.maximum(last - 1, 0))
    high = np.minimum(low + 1, last)
    part = index - low
    found = np.zeros((len(points), *values.shape[3:]))
    for corner in range(8):
        far = [bool(corner >> axis & 1) for axis in range(3)]
        place = tuple((high if up else low)[:, axis] for axis, up in enumerate(far))
        weight = np.prod([part[:, axis] if up else 1 - part[:, axis] for axis, up in enumerate(far)], axis=0)
        taken = values[place].astype(np.float64)
        # A sample without weight does not count, also if it is missing.
        weight = weight.reshape(-1, *(1,) * (taken.ndim - 1))
        found += np.where(weight > 0, taken * weight, 0)
    return found


def trace(
    grid: Grid,
    vectors: np.ndarray,
    seeds: np.ndarray,
    direction: str,
    length: float,
    step: float,
    tolerance: float,
    slowest: float,
) -> Lines:
    """The lines through seeds.

    Args:
        grid: where the samples lie.
        vectors: (nx, ny, nz, 3) float32.
        seeds: (n, 3).
        direction: `forward`, `backward` or `both`.
        length: of a line at most, scene units; with both directions half of it each way.
        step: longest step, scene units.
        tolerance: largest error of a step, scene units.
        slowest: length of a vector that is at rest.
    """
    from moviemaker.layers.tracing.integrator import CLOSED  # compiled: imported when needed

    reach = length / 2 if direction == "both" else length
    seeds = np.where(np.isfinite(seeds), seeds, _FAR).astype(np.float64)
    none = [np.empty((0, 7))] * len(seeds)
    ahead, behind = none, none
    closed = np.zeros(len(seeds), bool)
    if direction != "backward":
        ahead, states = _followed(grid, vectors, seeds, 1.0, reach, step, tolerance, slowest)
        closed = states == CLOSED
    if direction != "forward":
        behind = list(none)
        rest = np.flatnonzero(~closed)
        found, _ = _followed(grid, vectors, seeds[rest], -1.0, reach, step, tolerance, slowest)
        for line, points in zip(rest.tolist(), found, strict=True):
            behind[line] = points
    first = _first_directions(grid, vectors, seeds, slowest)
    joined, numbers = [], []
    for line, (before, after) in enumerate(zip(behind, ahead, strict=True)):
        if len(before) + len(after):
            # Rows of position, direction and length; lines against the vectors are turned around.
            turned = before[::-1] * [1, 1, 1, -1, -1, -1, -1]
            joined.append(np.concatenate([turned, [[*seeds[line], *first[line], 0.0]], after]))
            numbers.append(line)
    if not joined:
        return Lines(np.empty((0, 3)), np.zeros(1, np.int64), np.empty(0), np.empty(0, np.int64))
    rows, offsets = _smooth(np.concatenate(joined), np.cumsum([0, *map(len, joined)]))
    return Lines(rows[:, :3], offsets, rows[:, 6], np.repeat(numbers, np.diff(offsets)))


def _first_directions(grid: Grid, vectors: np.ndarray, seeds: np.ndarray, slowest: float) -> np.ndarray:
    found = sampled(grid, vectors, seeds)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), max(slowest, 1e-300)))


def _followed(
    grid: Grid,
    vectors: np.ndarray,
    seeds: np.ndarray,
    sign: float,
    length: float,
    step: float,
    tolerance: float,
    slowest: float,
) -> tuple[list[np.ndarray], np.ndarray]:
    """For each seed the points after it as rows (n, 7) of position, direction and length; and the last states."""
    from moviemaker.layers.tracing.integrator import ENDED, GOES_ON, follow_all

    matrix = grid.world_from_index
    inverse, origin = np.linalg.inv(matrix[:3, :3]), np.ascontiguousarray(matrix[:3, 3])
    places, steps, gone = seeds.copy(), np.full(len(seeds), 0.25 * step), np.zeros(len(seeds))
    states = np.full(len(seeds), GOES_ON)
    pieces: list[list[np.ndarray]] = [[np.empty((0, 7))] for _ in seeds]
    for start in range(0, len(seeds), TOGETHER):
        going = np.arange(start, min(start + TOGETHER, len(seeds)))
        for _ in range(LONGEST // AT_ONCE):
            if not len(going):
                break
            filled = np.empty((len(going), AT_ONCE, 7))
            counts, ends = np.zeros(len(going), np.int64), np.zeros(len(going), np.int64)
            place, next_step, past = places[going], steps[going], gone[going]
            follow_all(
                vectors, origin, inverse, slowest, sign, length, step, tolerance, seeds[going], place, next_step, past,
                filled, counts, ends,
            )  # fmt: skip
            places[going], steps[going], gone[going], states[going] = place, next_step, past, ends
            for row, line in enumerate(going.tolist()):
                pieces[line].append(filled[row, : counts[row]].copy())
            going = going[ends == GOES_ON]
    states[states == GOES_ON] = ENDED
    return [np.concatenate(parts) for parts in pieces], states


def _smooth(rows: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines with points between those where they turn, on the cubics with the directions at both ends."""
    before = np.setdiff1d(np.arange(len(rows)), offsets[1:] - 1)
    start, end = rows[before], rows[before + 1]
    cosine = np.clip((start[:, 3:6] * end[:, 3:6]).sum(axis=1), -1, 1)
    count = np.maximum(np.ceil(np.arccos(cosine) / TURN), 1).astype(int)
    count = np.minimum(count, 30)
    which = np.repeat(np.arange(len(before)), count)
    part = (np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count, count)
    t, a, b = part[:, None], start[which], end[which]
    span = np.linalg.norm(b[:, :3] - a[:, :3], axis=1)[:, None]
    made = a.copy()
    made[:, :3] = (
        (1 + 2 * t) * (1 - t) ** 2 * a[:, :3]
        + t * (1 - t) ** 2 * span * a[:, 3:6]
        + t**2 * (3 - 2 * t) * b[:, :3]
        - t**2 * (1 - t) * span * b[:, 3:6]
    )
    made[:, 6] = a[:, 6] + part * (b[:, 6] - a[:, 6])
    # The last point of each line follows the pieces before it.
    lasts = offsets[1:] - 1
    places = np.concatenate([np.repeat(before, count) + part, lasts])
    order = np.argsort(places, kind="stable")
    per_point = np.ones(len(rows), np.int64)
    per_point[before] = count
    total = np.concatenate([[0], np.cumsum(per_point)])
    return np.concatenate([made, rows[lasts]])[order], total[offsets]


def even_seeds(grid: Grid, known: np.ndarray, count: int) -> np.ndarray:
    """Positions (count, 3) spread over the known part of a grid; over all of it if little is known.

    Args:
        grid: the grid.
        known: (nx, ny, nz) bool, at the samples.
        count: of positions.
    """
    from moviemaker.layers.tracing.seeds import spread

    last = np.array(grid.shape) - 1
    kept: list[np.ndarray] = []
    found = 0
    for attempt in range(64):
        index = spread(count, attempt * count) * last
        near = tuple(np.rint(index).astype(int).T)
        kept.append(index[known[near]])
        found += len(kept[-1])
        if found >= count:
            break
    index = np.concatenate(kept)[:count] if found else spread(count) * last
    matrix = grid.world_from_index
    return np.asarray(index @ matrix[:3, :3].T + matrix[:3, 3])


def known_vectors(vectors: Sequence[np.ndarray], slowest: float) -> np.ndarray:
    """Samples (nx, ny, nz) bool at which vectors are known at all times, and not at rest at one of them."""
    known = np.ones(vectors[0].shape[:3], bool)
    moves = np.zeros(vectors[0].shape[:3], bool)
    for each in vectors:
        square = np.einsum("...i,...i->...", each, each)
        known &= np.isfinite(square)
        moves |= square > slowest**2
    return known & moves
