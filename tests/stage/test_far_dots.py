"""Stars far behind a planet: both are drawn, and the stars stay where they are."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm


@pytest.mark.parametrize(
    "output",
    [
        {"lens": "perspective", "size": [320, 240]},
        {"lens": "equirectangular", "size": [512, 512], "stereo": {"packing": "top-bottom", "ipd": 0.05}},
    ],
    ids=["flat", "stereo 360"],
)
@pytest.mark.parametrize("away", [1e6, 1e12])
def test_a_planet_is_seen_before_stars_however_far_they_are(tmp_path, output, away):
    directions = np.random.default_rng(1).normal(size=(2000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    pictures = []
    for distance in (1e3, away):
        np.save(tmp_path / "stars.npy", directions * distance + [3, 0, 0])
        scene = {
            "duration": 1,
            "data": {"stars": {"kind": "particles", "file": "stars.npy"}, "planet": {"kind": "mesh", "globe": 1}},
            "layers": [
                {"kind": "points", "data": "stars", "shape": "dot", "size": 3, "color": "white"},
                {"kind": "surface", "data": "planet", "color": "#ff0000", "shade": False},
            ],
            "camera": {"keyframes": [{"time": 0, "position": [3, 0, 0], "target": [0, 0, 0], "fov": 60}]},
            "outputs": {"main": output},
        }
        pictures.append(mm.Scene.from_dict(scene, folder=tmp_path).still(0.0).astype(int))
    planet = (pictures[0] == [255, 0, 0]).all(axis=-1)
    assert planet.mean() > 0.01
    assert ((pictures[1] == [255, 0, 0]).all(axis=-1) == planet).all()
    # Only the parallax of the nearer stars may differ, by less than a tenth of a pixel.
    assert np.abs(pictures[1] - pictures[0]).mean() < 0.5
