"""What of a sky's light falls on a surface, against quadrature over all directions."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.colors import linear_from_srgb
from moviemaker.environment.gradients import gradient
from moviemaker.environment.irradiance import harmonics, irradiance_of, row_angles


def directions(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Directions (rows, columns, 3) of the texels of a sky, along its ahead, left and up, and their parts of all."""
    latitude, part = row_angles(rows)
    turn = np.pi - 2 * np.pi * (np.arange(columns) + 0.5) / columns
    level = np.cos(latitude)[:, None]
    x, y, z = np.broadcast_arrays(level * np.cos(turn), level * np.sin(turn), np.sin(latitude)[:, None])
    return np.stack([x, y, z], axis=-1), np.repeat(part[:, None] / columns, columns, axis=1)


def by_quadrature(light: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How bright a white matt surface is by its normals (n, 3): the mean light over the half space, by the cosine."""
    toward, part = directions(*light.shape[:2])
    return np.array([4 * np.einsum("rc,rcv->v", np.maximum(toward @ n, 0) * part, light) for n in normals])


NORMALS = np.random.default_rng(5).normal(size=(40, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)
NORMALS = np.vstack([NORMALS, np.eye(3), -np.eye(3)])


@pytest.mark.parametrize(
    "colors",
    [
        ((0.1, 0.3, 0.8), (0.9, 0.9, 1.0), (0.3, 0.25, 0.2)),
        ((1.0, 1.0, 1.0), None, (0.0, 0.0, 0.0)),
        ((0.0, 0.0, 0.1), (0.6, 0.3, 0.1), None),
    ],
)
def test_a_gradient_lights_within_a_hundredth_of_quadrature(colors):
    light = linear_from_srgb(gradient(*colors)).reshape(128, 8, 1, 3).mean(axis=1)
    expected = by_quadrature(np.repeat(light, 256, axis=1), NORMALS)
    assert harmonics(NORMALS) @ irradiance_of(light) == pytest.approx(expected, abs=0.01 * float(light.max()))


def test_light_of_one_everywhere_lights_by_one():
    assert harmonics(NORMALS) @ irradiance_of(np.ones((64, 128, 3))) == pytest.approx(np.ones((46, 3)), abs=1e-3)


def test_light_of_order_two_is_exact_in_all_directions():
    toward, _ = directions(128, 256)
    x, y, z = np.moveaxis(toward, -1, 0)
    light = np.stack([2 + x + y * z, 2 - y + x * y + z * z, 2 + z + x * x - x * z], axis=-1)
    expected = by_quadrature(light, NORMALS)
    assert harmonics(NORMALS) @ irradiance_of(light) == pytest.approx(expected, abs=2e-3)
