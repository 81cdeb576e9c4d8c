"""Exposures of glowing particles that a scene leaves out."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.glow.exposure import count_light, exposure_for
from moviemaker.glow.tone_mapping import apply_contrast
from moviemaker.studio import Studio

CAMERA = {
    "keyframes": [
        {"time": 0, "position": [3.0, -2.4, 1.2], "target": [0, 0, 0], "fov": 40},
        {"time": 2, "position": [0.4, -3.6, 1.0], "target": [0, 0, 0]},
    ]
}
LENSES: dict[str, dict[str, Any]] = {
    "perspective": {"lens": "perspective", "size": [320, 180]},
    "equirectangular": {"lens": "equirectangular", "size": [512, 256]},
    "domemaster": {"lens": "domemaster", "size": [256, 256], "tilt": 60},
    "orthographic": {"lens": "orthographic", "size": [320, 180], "height": 2.6},
}


def particles(name: str, count: int) -> np.ndarray:
    """Positions (count, 3) of a distribution."""
    random = np.random.default_rng(3)
    ball = random.normal(size=(count, 3))
    ball *= random.uniform(size=(count, 1)) ** (1 / 3) / np.linalg.norm(ball, axis=1, keepdims=True)
    if name == "clustered":
        return ball * 0.12 + random.uniform(-0.7, 0.7, (20, 3))[random.integers(0, 20, count)]
    return ball * np.where(np.arange(count) % 2, 1.0, 0.02 if name == "dense core" else 1.0)[:, None]


@pytest.fixture
def film(tmp_path):
    def make(output: dict, layer: dict | None = None, position: np.ndarray | None = None, **fields: Any) -> mm.Scene:
        position = particles("even", 2000) if position is None else position
        np.savez(tmp_path / "it.npz", position=position, **fields)
        return mm.Scene.from_dict(
            {
                "duration": 2,
                "data": {"it": {"kind": "particles", "file": "it.npz"}},
                "layers": [{"kind": "points", "data": "it", "shape": "glow"} | (layer or {})],
                "camera": CAMERA,
                "outputs": {"main": dict(output)},
            },
            folder=tmp_path,
        )

    return make


def layer_of(scene: mm.Scene, size: tuple[int, int] | None = None) -> Any:
    (layer,) = Studio(scene.prepared.script, "main", size, scene.prepared.sources).layers
    return layer


@pytest.mark.parametrize("count", [1000, 30_000])
@pytest.mark.parametrize("name", ["even", "clustered", "dense core"])
@pytest.mark.parametrize("lens", LENSES)
def test_pictures_are_neither_dark_nor_white_by_default(film, lens, name, count):
    scene = film(LENSES[lens], position=particles(name, count))
    for time in (0.0, 1.0, 1.9):
        value = scene.still(time).max(axis=2)
        lit = value[value > 0]
        assert (lit == 255).mean() >= 0.002
        assert (lit >= 250).mean() <= 0.1
        assert 20 <= np.median(lit) <= 160


def test_a_film_has_one_exposure_at_every_scale(film):
    scene = film(LENSES["perspective"], {"size": 0.08})
    assert layer_of(scene) == layer_of(scene, (80, 45))
    large, small = scene.still(0.0, scale=2.0).astype(float), scene.still(0.0).astype(float)
    assert large.mean() == pytest.approx(small.mean(), rel=0.02)


def test_what_the_scene_gives_is_kept(film):
    given = layer_of(film(LENSES["perspective"], {"exposure": 0.4, "size": 0.03}))
    assert (given.exposure, given.contrast, given.size) == (0.4, None, 0.03)
    sized = layer_of(film(LENSES["perspective"], {"size": 0.03}))
    assert sized.size == 0.03
    assert sized.exposure > 0
    hard = layer_of(film(LENSES["perspective"], {"contrast": 2.5}))
    assert hard.contrast == 2.5
    assert hard.exposure != sized.exposure
    moving = layer_of(film(LENSES["perspective"], {"contrast": {0: 1, 2: 2}}))
    assert moving.contrast.values == (1, 2)


def test_an_opacity_that_moves_does_not_change_the_exposure(film):
    plain = layer_of(film(LENSES["perspective"]))
    fading = layer_of(film(LENSES["perspective"], {"opacity": {0: 0, 1: 0.5}}))
    assert (fading.exposure, fading.contrast) == (plain.exposure, plain.contrast)


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e35])
def test_light_in_any_unit_looks_alike(film, unit):
    mass = unit * np.random.default_rng(1).uniform(0.5, 2, 2000)
    value = film(LENSES["perspective"], {"light": "mass"}, mass=mass).still(1.0).max(axis=2)
    assert 20 <= np.median(value[value > 0]) <= 160


def test_a_scale_of_light_is_a_scale_of_exposure():
    light = np.random.default_rng(0).lognormal(0, 2, (3, 64, 64)).astype(np.float32)
    one, other = (exposure_for([count_light(light * factor)]) for factor in (1, 2.0**20))
    assert one.contrast == other.contrast
    assert other.exposure == pytest.approx(one.exposure / 2**20, rel=1e-6)


def test_a_wide_spread_is_compressed_and_a_narrow_one_is_expanded():
    random = np.random.default_rng(0)
    contrasts = [
        exposure_for([count_light(random.lognormal(0, spread, (3, 128, 128)).astype(np.float32))]).contrast
        for spread in (0.1, 1.8, 6.0)
    ]
    assert contrasts[0] > 4
    assert 1 <= contrasts[1] < 2
    assert contrasts[2] < 0.8


def test_without_light_nothing_is_found(film):
    assert exposure_for([count_light(np.zeros((3, 4, 4), np.float32))]) is None
    away = film(LENSES["perspective"], position=np.array([[9.0, -9, 0], [9.1, -9, 0]]))
    assert layer_of(away).exposure == 1


def test_contrast_keeps_ratios_and_light_of_one():
    light = np.array([[[1.0, 0.25, 0, 4]], [[0.5, 0.25, 0, 1]], [[0, 0.125, 0, 2]]], np.float32)
    apply_contrast(light, 3.0)
    assert light[:, 0, 0] == pytest.approx([1, 0.5, 0])
    assert light[:, 0, 1] == pytest.approx([1 / 64, 1 / 64, 1 / 128])
    assert light[:, 0, 2].tolist() == [0, 0, 0]
    assert light[:, 0, 3] == pytest.approx([64, 16, 32])


def test_layers_of_two_contrasts_add_up(film):
    def light(*contrasts: float) -> np.ndarray:
        layers = [
            {"kind": "points", "data": "it", "shape": "glow", "size": 0.1, "exposure": 0.2, "contrast": contrast}
            for contrast in contrasts
        ]
        scene = film(LENSES["perspective"])
        script = mm.Scene.from_dict(
            scene.prepared.document.value | {"layers": layers}, folder=scene.prepared.document.folder
        ).prepared.script
        studio = Studio(script, "main")
        studio.picture(0.0)
        return np.array(studio.darkroom._light)

    assert light(1.0, 2.0) == pytest.approx(light(1.0) + light(2.0), rel=1e-5)
    assert light(2.0) == pytest.approx(light(1.0) ** 2, rel=1e-4, abs=1e-9)


def test_checking_a_scene_imports_no_compiler(film, tmp_path):
    film(LENSES["perspective"])
    program = (
        "import sys, moviemaker as mm;"
        "s = mm.Scene.from_dict({'duration': 1, 'data': {'it': {'kind': 'particles', 'file': 'it.npz'}},"
        "'layers': [{'kind': 'points', 'data': 'it', 'shape': 'glow'}],"
        f"'camera': {CAMERA!r}, 'outputs': {{'main': {LENSES['perspective']!r}}}}}, folder={str(tmp_path)!r});"
        "s.warnings; print([name for name in ('numba', 'scipy', 'vtkmodules') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
