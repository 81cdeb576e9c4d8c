"""Cubes whose values are linear in space, and what tests of large grids ask of them."""

from __future__ import annotations

import numpy as np

from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid

SIDE = 192
SPACING = 0.5
ORIGIN = np.array([-40.0, -50.0, -60.0])
SLOPES = np.array([1.0, 10.0, -3.0])


def ramp(side=SIDE):
    """A field that is linear in space, so that all levels agree except at the edges of the grid."""
    i, j, k = np.meshgrid(*[np.arange(side, dtype=np.float32) * SPACING] * 3, indexing="ij", sparse=True)
    return (SLOPES[0] * i + SLOPES[1] * j + SLOPES[2] * k).astype(np.float32)


def cube(folder, name="cube.zarr", values=None, version=3, chunk=48):
    """A Zarr with the linear field, or with other values."""
    import zarr

    values = ramp() if values is None else values
    array = zarr.create_array(
        str(folder / name), shape=values.shape, chunks=(chunk,) * 3, dtype=values.dtype, zarr_format=version
    )
    array[:] = values
    return folder / name


def opened(folder, file="cube.zarr", memory="24 MB", **keys):
    """The open data of such a cube."""
    keys = {"origin": ORIGIN.tolist(), "spacing": [SPACING] * 3} | keys
    return build(Grid, {"kind": "grid", "file": file, "memory": memory} | keys).open(folder)


NEAR = (8.0, -20.0, -12.0)


def check_values(part, slopes=SLOPES, origin=ORIGIN, edge=4 * SPACING):
    """Compares samples with the linear field, except those near the edge, whose means cover fewer samples."""
    places = [first + step * np.arange(n) for first, step, n in zip(part.origin, part.spacing, part.shape, strict=True)]
    inside = [
        (p >= low + edge) & (p <= low + (SIDE - 1) * SPACING - edge) for p, low in zip(places, origin, strict=True)
    ]
    i, j, k = np.meshgrid(*(p - low for p, low in zip(places, origin, strict=True)), indexing="ij", sparse=True)
    expected = slopes[0] * i + slopes[1] * j + slopes[2] * k
    here = np.ix_(*inside)
    np.testing.assert_allclose(part.field(None)[here], expected[here], atol=0.02)


def volume_of(part):
    """Of the bounds of a part."""
    return float(np.prod([high - low for low, high in part.bounds]))
