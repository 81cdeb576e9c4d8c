"""The surfaces on which a field has a value, as triangles."""

from __future__ import annotations

import numpy as np

from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Isosurface

_MOST_SAMPLES = 1 << 25
"""Of larger fields only every n-th sample along each axis is looked at."""


def level_surfaces(prop: Isosurface, number: int) -> np.ndarray:
    """Triangles (m, 3, 3) float32 of one level, from the field's origin, scene units; caps close it at the sides.

    They differ from those that are drawn by less than a tenth of a sample, since the field lies between its samples in
    another way there.
    """
    from moviemaker.shade.tetrahedra import triangles_of

    level = prop.levels[number]
    step = 1
    while prop.values.size // step**3 > _MOST_SAMPLES:
        step += 1
    values = prop.values[::step, ::step, ::step]
    if prop.nearest:
        values, level = (values == level if (values == level).any() else values > level), 0.5
    field = np.array(values, np.float32, order="C")
    if prop.inside is not None:
        field[prop.inside[::step, ::step, ::step] <= -0.5] = np.nan
    before = np.zeros(3)
    if prop.caps and prop.caps[number]:
        beyond = np.float32(level - prop.caps[number] * 1e6 * max(float(np.ptp(field[np.isfinite(field)])), 1e-30))
        pads = np.array(prop.sides, int).reshape(3, 2)
        field = np.pad(field, pads.tolist(), constant_values=beyond)
        before = pads[:, 0].astype(float)
    found: np.ndarray = triangles_of(field, np.float32(level))
    matrix = world_from_index((0.0, 0.0, 0.0), prop.spacing, prop.direction)[:3, :3] * step
    found -= before.astype(np.float32)
    return np.asarray(found @ matrix.T.astype(np.float32))
