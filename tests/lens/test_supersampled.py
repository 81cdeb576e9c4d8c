"""Flat pictures that are drawn finer, and made smaller."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import SceneError
from moviemaker.drawing import limits
from moviemaker.rendering.work import contents, cost

LENSES = {"perspective": {"lens": "perspective"}, "orthographic": {"lens": "orthographic", "height": 4}}


def scene(folder, layers, **output):
    np.savez(folder / "p.npz", position=np.random.default_rng(0).uniform(-1, 1, (20, 3)))
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "background": "white",
            "data": {
                "p": {"kind": "particles", "file": str(folder / "p.npz")},
                "o": {"kind": "density", "of": "p", "shape": 16},
            },
            "layers": layers,
            "camera": {"keyframes": [{"time": 0, "position": [0, -5, 1], "target": [0, 0, 0]}]},
            "outputs": {"main": {"size": [60, 40], "format": "png"} | output},
        },
        folder=folder,
    )


LAYERS = [
    {"kind": "points", "data": "p", "size": 0.3, "color": "teal"},
    {"kind": "volume", "data": "o", "transfer": "ramp"},
]


@pytest.mark.parametrize("lens", sorted(LENSES))
@pytest.mark.parametrize("bits", [8, 16])
def test_each_pixel_is_the_mean_of_a_finer_picture(tmp_path, lens, bits):
    output = LENSES[lens] | {"bits": bits}
    picture = scene(tmp_path, LAYERS, **output, supersample=3).still(0.0)
    finer = scene(tmp_path, LAYERS, **output | {"size": [180, 120]}).still(0.0).astype(float)
    assert picture.shape == (40, 60, 3)
    mean = finer.reshape(40, 3, 60, 3, 3).mean(axis=(1, 3))
    assert np.abs(picture - mean).max() <= 0.5
    assert np.ptp(picture) > 100


def test_dots_keep_their_width_and_glow_stays_hidden(tmp_path):
    layers = [{"kind": "points", "data": "p", "shape": "dot", "size": 4, "color": "black", "shade": False}]
    plain, fine = (scene(tmp_path, layers, lens="perspective", supersample=n).still(0.0) for n in (1, 2))
    assert np.sum(255.0 - fine) == pytest.approx(np.sum(255.0 - plain), rel=0.05)
    layers = [
        LAYERS[0],
        {"kind": "points", "data": "p", "shape": "glow", "size": 0.5, "exposure": 1.0, "color": "blue"},
    ]
    plain, fine = (scene(tmp_path, layers, lens="perspective", supersample=n).still(0.0) for n in (1, 2))
    assert np.abs(plain.astype(float) - fine).mean() < 2


def test_too_fine_pictures_are_refused(tmp_path, monkeypatch):
    with pytest.raises(SceneError, match="supersample: 5 is too fine; write a whole number from 1 to 4"):
        scene(tmp_path, LAYERS, lens="perspective", supersample=5)
    monkeypatch.setattr(limits, "total_memory", lambda: 4e9)
    with pytest.raises(SceneError, match="a picture of 60000 x 60000 needs"):
        scene(tmp_path, LAYERS, lens="perspective", supersample=4, size=[60000, 60000], format="png")


def test_the_estimate_is_longer(tmp_path):
    coarse, fine = (
        cost(contents(scene(tmp_path, LAYERS, lens="perspective", supersample=n).prepared), "main", (1000, 1000), 1)
        for n in (1, 4)
    )
    assert fine.seconds == pytest.approx(16 * coarse.seconds, rel=0.5)
