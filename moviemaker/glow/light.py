"""The light of glowing particles in a picture.

Every particle is projected straight through the lens, from the eye that sees it, and its light is added up in floats.
What it costs grows with the number of particles and with that of the pixels they light; memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numba
import numpy as np

from moviemaker.core.chart import Chart
from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.props import Glow
from moviemaker.glow._adding import add, count, fill
from moviemaker.glow._mapping import KINDS
from moviemaker.glow._projecting import TILE, Splats, numbers_of, project
from moviemaker.glow.profiles import PROFILES

PARTICLES = 1 << 18
"""Particles that are worked on at once."""

ENTRIES = 1 << 21
"""Splats in tiles that are worked on at once."""

RANGES = 16
"""Ranges of particles that are sorted side by side; the same on every machine."""

_LINEAR = linear_from_srgb(np.arange(256) / 255).astype(np.float32)
_WHITE = np.full((1, 3), 255, np.uint8)


def light(
    glows: Sequence[Glow], charts: Sequence[Chart], size: tuple[int, int], nearest: np.ndarray | None = None
) -> np.ndarray:
    """The light of particles, (3, height, width) float32: linear red, green and blue. The same on any number of cores.

    The width of a particle's light is its own angular width, of which the picture shows no less than `NARROWEST`; what
    it gives in all, its radiance times solid angle summed over the pixels, is the same in every lens and resolution.

    Args:
        glows: the particles.
        charts: of the parts of the picture.
        size: (width, height) of the picture.
        nearest: (height, width) float32, how far from the eye what is opaque is, in an orthographic picture along its
            depth; infinite where there is nothing. What is farther does not shine there.
    """
    width, height = size
    picture = np.zeros((3, height, width), np.float32)
    walls = np.empty((0, 0), np.float32) if nearest is None else np.ascontiguousarray(nearest, np.float32)
    for glow in glows:
        if len(glow.colors) > 1:
            _add_glow(glow, charts, walls, picture)
        else:  # one colour needs adding up once, not three times
            amount = np.zeros((1, height, width), np.float32)
            _add_glow(replace(glow, colors=_WHITE), charts, walls, amount)
            for channel, part in enumerate(_LINEAR[glow.colors[0]]):
                picture[channel] += part * amount[0]
    return picture


def _add_glow(glow: Glow, charts: Sequence[Chart], walls: np.ndarray, picture: np.ndarray) -> None:
    room = Splats.empty(min(PARTICLES, len(glow.position)))
    for chart in charts:
        for first in range(0, len(glow.position), PARTICLES):
            last = min(first + PARTICLES, len(glow.position))
            splats = project(glow, _LINEAR, chart, first, last, room)
            for some in _portions(splats):
                _add(some, chart, glow.profile, walls, picture)


def _portions(splats: Splats) -> Iterator[Splats]:
    """The splats, so many at a time that what they touch can be written down."""
    total = np.cumsum(splats.tiles)
    start = 0
    while start < len(total):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + ENTRIES, side="right")))
        if total[end - 1] > before:
            yield splats.part(start, end)
        start = end


def _add(splats: Splats, chart: Chart, profile: str, walls: np.ndarray, picture: np.ndarray) -> None:
    left, top = chart.corner
    width, height = chart.size
    part = np.array([left, left + width, top, top + height, chart.turn], np.int64)
    tiles = -(-width // TILE) * -(-height // TILE)
    ranges = np.linspace(0, len(splats.sort), RANGES + 1).astype(np.int64)
    counts, work = np.empty((RANGES, tiles), np.int64), np.empty((RANGES, tiles))
    count(splats.sort, splats.box, ranges, part, counts, work)
    begin = np.zeros(tiles + 1, np.int64)
    np.cumsum(counts.sum(axis=0), out=begin[1:])
    if not begin[-1]:
        return
    places = begin[:-1] + np.cumsum(counts, axis=0) - counts
    records, boxes = np.empty((begin[-1], 11), np.float32), np.empty((begin[-1], 5), np.uint8)
    fill(splats.sort, splats.middle, splats.light, splats.form, splats.box, ranges, part, places, records, boxes)
    weights: Any = tuple(np.float32(weight) for weight in PROFILES[profile].coefficients)
    shares = _shares(work.sum(axis=0), numba.get_num_threads())
    add(records, boxes, begin, shares, KINDS[chart.kind], numbers_of(chart), part, weights, walls, picture)


def _shares(work: np.ndarray, cores: int) -> np.ndarray:
    """The tiles that each core takes, (cores, most), -1 for none: the most work first, each to who has least so far."""
    order = np.argsort(-work, kind="stable")
    order = order[work[order] > 0]
    shares: list[list[int]] = [[] for _ in range(cores)]
    loads = np.zeros(cores)
    for tile in order.tolist():
        core = int(np.argmin(loads))
        shares[core].append(tile)
        loads[core] += work[tile]
    table = np.full((cores, max(map(len, shares)) + 1), -1, np.int64)
    for core, share in enumerate(shares):
        table[core, : len(share)] = share
    return table
