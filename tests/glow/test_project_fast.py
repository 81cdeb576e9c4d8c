"""Splats that are projected many at a time, in single precision: their places and forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moviemaker.core.camera import Ods
from moviemaker.core.projection import Projection
from moviemaker.glow import _project_fast
from moviemaker.glow._project import projection_numbers
from moviemaker.glow._projections import DISK, PLANE, SPHERE, arc, ods_seen, place

rng = np.random.default_rng(3)


def block(kind: int, position: np.ndarray, projection: Projection) -> np.ndarray:
    """The quantities of small particles, (16, n)."""
    w = np.full(_project_fast.NUMBERS, 1e-4, np.float32)
    _project_fast.project_block(
        kind, position, 0, len(position), projection_numbers(projection), np.array([1.5, 0.42, 0.0]), w
    )
    return w.reshape(16, -1)[:, : len(position)]


def quantity_of(made: np.ndarray, quantity: np.uint64) -> np.ndarray:
    return made[int(quantity) // _project_fast.BLOCK]


def test_the_arc_tangent_is_precise():
    small = rng.uniform(0, 1, 2000).astype(np.float32)
    found = np.array([arc(a, np.float32(1)) for a in small])
    assert np.abs(found - np.arctan(small.astype(float))).max() < 2e-7


@pytest.mark.parametrize("far", [0.0, 1e6])
def test_places_are_right_in_the_largest_panorama(far):
    eye = np.array([far, -far, far])
    projection = Projection(
        "sphere", eye, np.eye(3), (16384 / math.tau, -16384 / math.tau), (8192, 4096), (0, 0), (16384, 8192)
    )
    away = rng.normal(size=(_project_fast.BLOCK, 3))
    made = block(SPHERE, away + eye, projection)
    x, y, z = (away + eye - eye).T
    sure = quantity_of(made, _project_fast.STATE) == _project_fast.ELLIPSE
    assert sure.mean() > 0.95
    column = 8192 + np.arctan2(x, z) * 16384 / math.tau
    row = 4096 - np.arctan2(y, np.hypot(x, z)) * 16384 / math.tau
    assert np.abs(quantity_of(made, _project_fast.COLUMN) - column)[sure].max() < 0.005
    assert np.abs(quantity_of(made, _project_fast.ROW) - row)[sure].max() < 0.005


def test_places_and_forms_are_right_in_a_dome():
    projection = Projection("disk", np.zeros(3), np.eye(3), (2600.0, -2600.0), (4096, 4096), (0, 0), (8192, 8192))
    position = rng.normal(size=(_project_fast.BLOCK, 3))
    made = block(DISK, position, projection)
    sure = quantity_of(made, _project_fast.STATE) == _project_fast.ELLIPSE
    x, y, z = position.T
    angle = np.arctan2(np.hypot(x, z), y)
    assert sure[(angle > 0.03) & (angle < 1.6)].all()
    assert (quantity_of(made, _project_fast.STATE)[angle > 2.3] == _project_fast.UNSEEN).all()
    column, row = 4096 + 2600 * angle * x / np.hypot(x, z), 4096 - 2600 * angle * z / np.hypot(x, z)
    assert np.abs(quantity_of(made, _project_fast.COLUMN) - column)[sure].max() < 0.005
    assert np.abs(quantity_of(made, _project_fast.ROW) - row)[sure].max() < 0.005
    for k in np.flatnonzero(sure)[:50]:
        away = np.linalg.norm(position[k])
        _, _, ex, ey, *scales, _ = place(DISK, *(position[k] / away))
        axes = np.array([[ex, -ey], [ey, ex]])  # rows go down
        a, b = (max(1.5 * 1e-4 / away * 2600 * scale, 0.6 * 1.5 / 0.42) for scale in scales)
        form = axes @ np.diag([a**-2, b**-2]) @ axes.T
        found = (
            quantity_of(made, _project_fast.XX)[k],
            -quantity_of(made, _project_fast.XY)[k] / 2,
            quantity_of(made, _project_fast.YY)[k],
        )
        assert found == pytest.approx((form[0, 0], form[0, 1], form[1, 1]), rel=1e-4, abs=1e-6)


def test_all_particles_in_a_flat_picture_are_ellipses():
    projection = Projection("plane", np.zeros(3), np.eye(3), (300.0, -300.0), (400, 300), (0, 0), (800, 600))
    position = rng.normal(size=(_project_fast.BLOCK, 3))
    made = block(PLANE, position, projection)
    x, y, z = position.T
    column, row = 400 + 300 * x / z, 300 - 300 * y / z
    inside = (z > 0) & (column > -2) & (column < 802) & (row > -2) & (row < 602)
    state = quantity_of(made, _project_fast.STATE)
    assert inside.sum() > 20
    assert (state[inside] == _project_fast.ELLIPSE).all()
    assert (state[z < -0.1] == _project_fast.UNSEEN).all()
    assert np.abs(quantity_of(made, _project_fast.COLUMN) - column)[inside].max() < 0.001
    assert np.abs(quantity_of(made, _project_fast.ROW) - row)[inside].max() < 0.001


@pytest.mark.parametrize("fade", [(0.0, -1.0), (math.radians(60), math.radians(75))])
@pytest.mark.parametrize("radius", [-0.2, 0.2])
def test_each_eye_of_omnidirectional_stereo_is_where_the_iteration_finds_it(fade, radius):
    axis = np.array([0.0, 1, 0])
    scales = ((100.0, -100.0), (314, 157), (0, 0), (628, 314))
    projection = Projection("sphere", np.zeros(3), np.eye(3), *scales, ods=Ods(radius, axis, fade))
    position = rng.normal(size=(_project_fast.BLOCK, 3)) * 2
    made = block(SPHERE, position, projection)
    sure = quantity_of(made, _project_fast.STATE) == _project_fast.ELLIPSE
    assert sure.mean() > 0.7
    truth = np.array([ods_seen(*one, *axis, radius, *fade) for one in position])
    found = np.stack(
        [quantity_of(made, _project_fast.X), quantity_of(made, _project_fast.Y), quantity_of(made, _project_fast.Z)],
        axis=1,
    )
    assert np.abs(found - truth)[sure].max() < 1e-5
