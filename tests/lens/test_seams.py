"""No seams: smooth things are as smooth across the edges of the views as inside them."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.lens._cube_faces import FACES, plan

SIZE = (1024, 512)


def faces_of_pixels(scene: mm.Scene) -> np.ndarray:
    """The cube's face that each pixel of an eye's picture comes from."""
    lens = scene.prepared.script.scene.outputs["main"].lens
    directions = lens.rows(0, SIZE[1], SIZE)
    assert len(plan(lens, SIZE).faces) == 6
    return np.argmax(np.einsum("hwi,fi->hwf", directions, FACES[:, 0]), axis=-1)


def largest_steps(picture: np.ndarray, face: np.ndarray) -> tuple[float, float]:
    """The largest difference of neighbouring pixels across an edge of two faces, and inside faces."""
    across, inside = 0.0, 0.0
    for axis in (0, 1):
        step = np.abs(np.diff(picture.astype(float), axis=axis)).max(axis=-1)
        edge = np.diff(face, axis=axis) != 0
        across, inside = max(across, step[edge].max()), max(inside, step[~edge].max())
    return across, inside


VOLUME = {
    "kind": "volume",
    "data": "waves",
    "colormap": ["#200040", "#ff8040", "white"],
    "range": [0, 1],
    "transfer": [[0, 0.0], [1, 0.3]],
    "unit_distance": 0.2,
    "step": 0.02,
}
MARBLES = {"kind": "points", "data": "marbles", "size": 1.6, "color": "white", "shade": True}


FOG = {"fog": {"from": 0.2, "to": 2.2, "color": "teal"}}


BOTH = {"packing": "top-bottom", "ipd": 0.05}
CASES = {
    "volume-mono": (VOLUME, "none", {}),
    "volume-stereo": (VOLUME, BOTH, {}),
    "spheres-mono": (MARBLES, "none", {}),
    "spheres-stereo": (MARBLES, BOTH, {}),
    "volume in fog": (VOLUME, "none", FOG),
    "spheres in fog": (MARBLES, BOTH, FOG),
}


@pytest.mark.parametrize(("layer", "stereo", "fog"), CASES.values(), ids=CASES)
def test_steps_across_an_edge_are_no_larger_than_steps_inside(tmp_path, layer, stereo, fog):
    axis = np.linspace(0, 3, 32)
    waves = 0.5 + 0.17 * (np.sin(axis + 0.4)[:, None, None] + np.sin(1.3 * axis)[:, None] + np.cos(0.9 * axis))
    np.save(tmp_path / "waves.npy", waves.astype(np.float32))
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    np.savez(tmp_path / "marbles.npz", position=corners * 1.1)  # each lies where three faces meet
    height = SIZE[1] * (1 if stereo == "none" else 2)
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "background": "gray",
            "data": {
                "waves": {"kind": "grid", "file": "waves.npy", "bounds": [[-1, 1]] * 3},
                "marbles": {"kind": "particles", "file": "marbles.npz"},
            },
            "layers": [layer],
            **fog,
            "lights": [{"kind": "point", "position": [0, 0, 0]}],
            "camera": {"keyframes": [{"time": 0, "position": [0.05, -0.1, 0.02], "target": [0.05, 5, 0.02]}]},
            "outputs": {"main": {"lens": "equirectangular", "size": [SIZE[0], height], "stereo": stereo}},
        },
        folder=tmp_path,
    )
    face = faces_of_pixels(scene)
    picture = scene.still(0.0)
    for eye in [picture] if stereo == "none" else np.vsplit(picture, 2):
        across, inside = largest_steps(eye, face)
        assert across <= 1.1 * inside
    scene.close()
