"""Maps of labels as meshes on which nothing is mixed: each sample gets the part of its cells that is nearest to it."""

from __future__ import annotations

import numpy as np

from moviemaker.core.fields import Cells, Mesh


def around_samples(mesh: Mesh, round_globe: bool) -> Mesh:
    """The same map, in which each polygon is divided among its corners.

    Args:
        mesh: whose polygons have three or four corners each.
        round_globe: whether the points lie on a globe around the origin, and new ones do too.
    """
    starts, counts = mesh.polys.offsets[:-1], np.diff(mesh.polys.offsets)
    points, owners = [], []
    for count in (3, 4):
        corners = mesh.polys.connectivity[starts[counts == count][:, None] + np.arange(count)]
        if not len(corners):
            continue
        place = mesh.points[corners].astype(np.float64)
        middle = _lifted(place.mean(axis=1, keepdims=True), place, round_globe)
        half = _lifted((place + np.roll(place, -1, axis=1)) / 2, place, round_globe)
        before = np.roll(half, 1, axis=1)
        quads = np.stack([place, half, np.broadcast_to(middle, place.shape), before], axis=2)
        points.append(quads.reshape(-1, 3))
        owners.append(np.repeat(corners.ravel(), 4))
    if not points:
        return mesh
    places, owner = np.concatenate(points), np.concatenate(owners)
    fields = {name: values[owner] for name, values in mesh.fields.items()}
    cells = Cells(np.arange(0, len(places) + 1, 4), np.arange(len(places)))
    return Mesh(places.astype(mesh.points.dtype), fields, polys=cells)


def _lifted(points: np.ndarray, corners: np.ndarray, round_globe: bool) -> np.ndarray:
    """Points between corners, as far from the middle of the globe as these."""
    if not round_globe:
        return points
    away = np.linalg.norm(corners, axis=-1).mean(axis=1)[:, None, None]
    lifted: np.ndarray = points * (away / np.maximum(np.linalg.norm(points, axis=-1, keepdims=True), 1e-300))
    return lifted
