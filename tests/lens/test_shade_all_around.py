"""The light of the scene is that of a place: the same in every lens, in all views, and to both eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.props import Cells, DepthMap, Shade, Shadow, Sky
from moviemaker.shade.lookup import cells_at
from moviemaker.shade.lookup_suns import lit
from moviemaker.studio import Shading
from tests.lens.ods_truth import Rays, directions, of_eyes, on_dome

RADIUS = 4.0
CAMERA = np.array([1.2, -1.5, 0.8])
IPD = 0.3
AMBIENT, SUN = 0.5, 0.35
RAYS_OF_SUN = np.array([0.6, 0.0, -0.8])


def level(width: float, reach: float) -> Cells:
    """A sky that changes smoothly from place to place."""
    axis = np.arange(-reach, reach + width / 2, width)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    open_part = 0.5 + 0.15 * np.sin(x + 0.5 * y) + 0.15 * np.cos(0.8 * z - 0.3 * y)
    harmonic = np.stack([0.3 * np.cos(y), 0.2 * np.sin(z), -0.2 * np.sin(x)], axis=-1)
    texels = np.concatenate([open_part[..., None], (harmonic / 1.5 + 1) / 2], axis=-1)
    return Cells(np.rint(65535 * texels).astype(np.uint16), (-reach,) * 3, width)


def sun_map() -> DepthMap:
    """A map in which a half and a hole are hidden, with texels wide enough for smooth edges."""
    axes = np.array([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0], RAYS_OF_SUN])
    texel, count = 1.2, 12
    matrix = np.eye(4)
    matrix[:3, :3] = axes / np.array([texel, texel, 1.0])[:, None]
    matrix[:2, 3] = (count - 1) / 2
    depths = np.full((count, count), np.inf, np.float32)
    depths[:, 7:] = -6.0
    depths[3:6, 2:5] = -6.0
    return DepthMap(depths, matrix, axes, texel, 0.01)


LEVELS = level(0.5, 2.5), level(1.0, 6.0)
SHADE = Shade(Sky(LEVELS, 0.9), (Shadow(0.8, (sun_map(),)),))


def sky_of(one: Cells, places: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What surfaces see in a level, and how far inside of it their places are, in cells."""
    ahead = places + 0.75 * one.width * normals
    found = [cells_at(Cells(one.values[..., k], one.origin, one.width), ahead) for k in range(4)]
    harmonic = (2 * np.stack(found[1:], axis=-1) - 1) * 1.5
    cells = (ahead - one.origin) / one.width
    inside = np.minimum(cells, np.array(one.values.shape[:3]) - 1 - cells).min(axis=-1)
    return found[0] + 2 / 3 * (harmonic * normals).sum(axis=-1), inside


def expected(found: Rays, grey: float = 1.0) -> np.ndarray:
    """The colour of a white ball around the camera, where rays meet it from inside."""
    start, ahead = found
    along = (start * ahead).sum(axis=-1)
    reach = np.sqrt(along**2 - (start**2).sum(axis=-1) + RADIUS**2) - along
    places = (start + reach[..., None] * ahead).reshape(-1, 3)
    normals = -places / RADIUS
    (fine, inside), (coarse, _) = (sky_of(one, places, normals) for one in LEVELS)
    part = np.clip(inside, 0, 1)
    open_part = np.clip(part * fine + (1 - part) * coarse, 0, 1)
    light = AMBIENT * (1 - 0.9 * (1 - open_part))
    facing = np.maximum(0, -normals @ RAYS_OF_SUN)
    to_camera = CAMERA - places
    to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
    mirrored = RAYS_OF_SUN - 2 * (normals @ RAYS_OF_SUN)[:, None] * normals
    shine = np.maximum(1e-5, (mirrored * to_camera).sum(axis=1)) ** 30 * (facing > 0)
    light += SUN * (facing + 0.1 * shine) * lit(SHADE.shadows[0], places, normals)
    return np.asarray(255 * np.repeat(light.reshape(along.shape)[..., None], 3, axis=-1))


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """Draws the ball in the light of the scene."""
    monkeypatch.setattr(Shading, "of", lambda self, drawn, lights: SHADE)
    axis = np.linspace(-1.3, 1.3, 96) * RADIUS
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    np.save(tmp_path / "ball.npy", np.sqrt(x * x + y * y + z * z).astype(np.float32))

    def draw(output: dict[str, Any], target: np.ndarray | None = None) -> np.ndarray:
        target = CAMERA + np.array([0, 1, 0]) if target is None else target
        camera = {"position": CAMERA.tolist(), "target": target.tolist(), "fov": 90}
        made = mm.Scene.from_dict(
            {
                "duration": 1,
                "data": {"ball": {"kind": "grid", "file": "ball.npy", "bounds": [[-1.3 * RADIUS, 1.3 * RADIUS]] * 3}},
                "layers": [{"kind": "isosurface", "data": "ball", "levels": [RADIUS], "color": "white"}],
                "lights": [
                    {"kind": "ambient", "intensity": AMBIENT},
                    {"kind": "sun", "direction": RAYS_OF_SUN.tolist(), "intensity": SUN},
                ],
                "camera": {"keyframes": [{"time": 0, **camera}]},
                "outputs": {"main": {"format": "png", **output}},
            },
            folder=Path(tmp_path),
        )
        try:
            return made.still(0.0).astype(float)
        finally:
            made.close()

    return draw


@pytest.mark.parametrize("lens", ["equirectangular", "domemaster"])
def test_a_place_has_its_light_in_all_directions_and_for_both_eyes(seen, lens):
    around = lens == "equirectangular"
    look, inside = (directions(256), np.ones((128, 256), bool)) if around else on_dome(160)
    size = [look.shape[1], 2 * look.shape[0]]
    eyes = np.vsplit(seen({"lens": lens, "size": size, "stereo": {"packing": "top-bottom", "ipd": IPD}}), 2)
    for eye, found in zip(eyes, of_eyes(CAMERA, look, IPD), strict=True):
        assert np.abs(eye - expected(found))[inside].max() < 2


def test_two_fixed_eyes_see_a_place_in_the_same_light(seen):
    look = directions(384)[:, 96:288]
    packing = {"stereo": {"packing": "left-right", "ipd": IPD}}
    left, right = np.hsplit(seen({"lens": "vr180", "size": [384, 192], **packing}), 2)
    for eye, side in ((left, -1), (right, 1)):
        start = np.broadcast_to(np.add(CAMERA, [side * IPD / 2, 0, 0]), look.shape)
        assert np.abs(eye - expected((start, look))).max() < 2


@pytest.mark.parametrize("turn", [0.0, 1.0])
def test_a_turning_camera_changes_the_light_of_no_place(seen, turn):
    ahead = np.array([np.sin(turn), np.cos(turn), 0.0])
    right = np.array([np.cos(turn), -np.sin(turn), 0.0])
    x, y = (np.arange(128) - 63.5) / 64, (63.5 - np.arange(128)) / 64
    look = ahead + x[None, :, None] * right + y[:, None, None] * np.array([0.0, 0.0, 1.0])
    look /= np.linalg.norm(look, axis=-1, keepdims=True)
    picture = seen({"lens": "perspective", "size": [128, 128]}, CAMERA + ahead)
    assert np.abs(picture - expected((np.broadcast_to(CAMERA, look.shape), look))).max() < 2


def test_faces_of_a_cube_meet_without_a_step(seen):
    faces = [np.hsplit(row, 3) for row in np.vsplit(seen({"lens": "cubemap", "size": [384, 256]}), 2)]
    (right, left, up), (down, front, back) = faces
    edges = [
        (front[:, -1], right[:, 0], front[:, -2], right[:, 1]),
        (left[:, -1], front[:, 0], left[:, -2], front[:, 1]),
        (right[:, -1], back[:, 0], right[:, -2], back[:, 1]),
        (back[:, -1], left[:, 0], back[:, -2], left[:, 1]),
        (up[-1], front[0], up[-2], front[1]),
        (front[-1], down[0], front[-2], down[1]),
    ]
    for one, other, before, after in edges:
        slope = np.maximum(np.abs(one - before), np.abs(after - other))  # of the light itself
        assert (np.abs(one - other) - slope).max() <= 1.1
