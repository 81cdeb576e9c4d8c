"""A scene may be in any unit of length and of values: its picture is the same in metres, parsecs and nanometres."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.geometry import norms

VR = {"lens": "equirectangular", "size": [256, 256], "stereo": {"packing": "top-bottom", "ipd": 0.2}}
OUTPUTS = {
    "flat": {"lens": "perspective", "size": [192, 128]},
    "parallel": {"lens": "orthographic", "height": 5, "size": [192, 128]},
    "vr": VR,
}


def picture(folder, unit: float, output: str) -> np.ndarray:
    """A picture of everything that can be drawn, with all lengths and values multiplied by `unit`."""
    rng = np.random.default_rng(1)
    place = np.array([40.0, 3.0, -2.0])
    position = (place + rng.normal(size=(300, 3))) * unit
    mass = rng.uniform(1, 5, 300)
    np.savez(folder / "points.npz", position=position, velocity=np.ones((300, 3)) * unit, mass=mass)
    np.savez(folder / "flying.npz", position=np.stack([position, position * 1.01]), time=[0.0, 1.0], id=np.arange(300))
    axis = np.linspace(-1, 1, 24)
    np.save(folder / "grid.npy", unit * np.exp(-3 * (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)))
    bounds = [[(c - 2) * unit, (c + 2) * unit] for c in place.tolist()]
    points = {"kind": "points", "data": "points"}
    scene = {
        "duration": 2,
        "clock": {0: 0, 2: 1},
        "data": {
            "points": {"kind": "particles", "file": "points.npz", "sample": 40},
            "flying": {"kind": "particles", "file": "flying.npz", "sample": 30},
            "field": {"kind": "grid", "file": "grid.npy", "bounds": bounds},
            "density": {"kind": "density", "of": "flying", "shape": 24},
        },
        "layers": [
            {"kind": "volume", "data": "field", "range": [0, unit], "transfer": [[0.1 * unit, 0], [unit, 0.1]],
             "gradient": [[0.1, 0.2], [0.5, 1]], "shade": True,
             "clip": [{"kind": "sphere", "center": (place * unit).tolist(), "radius": 1.8 * unit}]},
            {"kind": "isosurface", "data": "density", "levels": [0.02 / unit**3], "opacity": 0.4, "color": "teal"},
            points | {"size": 0.2 * unit, "color": {"by": "distance"}},
            points | {"shape": "glow", "size": 0.3 * unit, "color": {"by": "speed"}},
            points | {"shape": "glow", "profile": "sph", "light": "mass", "size": 0.3 * unit,
                      "exposure": 0.02 * unit**2},
            {"kind": "vectors", "data": "points", "vector": "velocity", "size": 0.5 * unit},
            {"kind": "trails", "data": "flying", "width": 0.05 * unit, "length": 1},
            {"kind": "slice", "data": "field", "origin": [40 * unit, 0, -3 * unit], "normal": [0, 0, 1],
             "range": [0, unit]},
        ],
        "lights": [{"kind": "point", "position": [40 * unit, -unit, unit]}, {"kind": "ambient"}],
        "camera": {"keyframes": [{"time": 0, "position": [41 * unit, -3 * unit, 0],
                                  "target": (place * unit).tolist(), "fov": 45}]},
        "outputs": {"main": {**OUTPUTS[output]}},
    }  # fmt: skip
    if output == "parallel":
        scene["outputs"]["main"]["height"] = 5 * unit
    if output == "vr":
        scene["outputs"]["main"]["stereo"] = {"packing": "top-bottom", "ipd": 0.2 * unit}
    return mm.Scene.from_dict(scene, folder=folder).still(1.0).astype(int)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("unit", [2.0**73, 2.0**-40])
def test_a_scene_looks_the_same_in_any_unit(tmp_path, output, unit):
    (tmp_path / "one").mkdir()
    expected = picture(tmp_path / "one", 1.0, output)
    assert expected.max() > 100
    off = np.abs(picture(tmp_path, unit, output) - expected)
    assert off.max() <= 3
    assert off.mean() < 0.01


def test_densities_per_cubic_metre_of_a_galaxy_are_numbers():
    position = np.random.default_rng(2).normal(size=(500, 3)) * 1e22
    near, far = mm.density(position / 1e22, shape=16), mm.density(position, shape=16)
    np.testing.assert_allclose(far.fields["density"] * 1e66, near.fields["density"], rtol=1e-5)
    counted = [mm.density(position / unit, shape=16, method="histogram").fields["density"] for unit in (1e22, 1)]
    np.testing.assert_allclose(counted[1] * 1e66, counted[0], rtol=1e-5)


@pytest.mark.parametrize("unit", [1e25, 1.0, 1e-25])
def test_lengths_of_single_precision_are_numbers(unit):
    found = norms(np.array([[3, 4, 0], [0, 0, 0]], np.float32) * np.float32(unit))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [5 * unit, 0], rtol=1e-6)
