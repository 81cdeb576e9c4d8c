"""What the motion between the first snapshots says of the velocities in files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from moviemaker.data.particle_sets.interpolation import Motion, mismatched_velocities
from moviemaker.data.particle_sets.left_out import missed_snapshot
from moviemaker.data.particle_sets.snapshots import Pair

PairAt = Callable[[int], Pair]
"""Gives a snapshot and the one after it."""


def first_pair(pair_at: PairAt, indices: range) -> Pair:
    """The first of neighbouring snapshots that share particles; without such, the last.

    Args:
        pair_at: gives a pair by the index of its first snapshot.
        indices: of the pairs; empty: there is only the last pair of the series.
    """
    for index in indices[:-1]:
        pair = pair_at(index)
        if len(pair.path):
            return pair
    return pair_at(indices[-1] if indices else indices.stop - 1)


def first_velocities(pair_at: PairAt, indices: range, motion: Motion, periodic: bool) -> list[str]:
    """Warnings if the velocities do not fit the motion between the first snapshots that share particles.

    Args:
        pair_at: gives a pair by the index of its first snapshot.
        indices: of the pairs.
        motion: from snapshot to snapshot.
        periodic: whether space is periodic.
    """
    pair = first_pair(pair_at, indices)
    before, after = pair.ends("velocity")
    found = mismatched_velocities(pair.lengths, pair.duration, before, after)
    if found or periodic or not pair.has_id or pair.start.index + 1 not in indices:
        return found
    after_next = pair_at(pair.start.index + 1)
    _, mine, theirs = np.intersect1d(pair.ids, after_next.ids, assume_unique=True, return_indices=True)
    if not len(mine):
        return found
    positions = (
        pair.position[mine],
        after_next.position[theirs],
        after_next.position[theirs] + after_next.path[theirs],
    )
    velocities = before[mine], after_next.ends("velocity")[1][theirs]
    return missed_snapshot(motion, positions, velocities, (pair.duration, after_next.duration))
