"""Whether snapshots are close enough in time for the cubic through them: one is left out and compared with it."""

from __future__ import annotations

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.data.particle_sets.interpolation import Motion, Velocities, moved

FAR_OFF = 0.15
"""Part of the path by which half of the particles may miss the snapshot that is left out. On a circle it is reached
with about three snapshots a turn."""


def missed_snapshot(
    motion: Motion,
    positions: tuple[np.ndarray, np.ndarray, np.ndarray],
    velocities: Velocities,
    durations: tuple[np.ndarray | float, np.ndarray | float],
) -> list[str]:
    """A warning if the cubic through the first and the third position of particles misses the second.

    The error of the cubic grows with the fourth power of the time between snapshots where they are close enough, so
    that a cubic over twice that time misses by little.

    Args:
        motion: between snapshots.
        positions: (n, 3) at three snapshots.
        velocities: (n, 3) at the first and the third.
        durations: (n,) from the first to the second, and from the second to the third.
    """
    before, between, after = positions
    whole = np.asarray(durations[0] + durations[1], float).reshape(-1, 1)
    fraction = np.asarray(durations[0], float).reshape(-1, 1) / whole
    cubic = moved(motion, before, after - before, fraction, whole, velocities)
    lengths = norms(between - before) + norms(after - between)
    moving = np.isfinite(lengths) & (lengths > 0)
    if not moving.any():
        return []
    part = float(np.nanmedian(norms(cubic - between)[moving] / lengths[moving]))
    if part <= FAR_OFF:
        return []
    what = f"the snapshots are too far apart for hermite: through every other one it misses those between by {part:.0%}"
    return [f"{what} of the path; write interpolation: linear, or take more snapshots"]
