"""Numbers at the ends of what a computer has, and conditions that compute with other conditions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hostile_runs import refused, run

from moviemaker.core.errors import InputError
from moviemaker.data.columns.conditions import Condition

CAMERA = {"keyframes": [{"time": 0, "position": [0, -9, 0], "target": [0, 0, 0]}]}


@pytest.fixture
def check(tmp_path):
    """Checks a scene of a grid `g` and particles `p`, in which one key at a path has another value."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "g.npy", rng.normal(size=(6, 5, 4)))
    np.savez(tmp_path / "p.npz", position=rng.normal(size=(20, 3)), mass=np.arange(20.0))

    def checked(path, value):
        scene = {
            "fps": 2,
            "duration": 1,
            "data": {"g": {"kind": "grid", "file": "g.npy"}, "p": {"kind": "particles", "file": "p.npz"}},
            "layers": [
                {"kind": "points", "data": "p", "size": 1},
                {"kind": "isosurface", "data": "g", "levels": [0.5]},
            ],
            "camera": CAMERA,
            "outputs": {"hd": {"lens": "perspective", "size": [64, 64]}},
        }
        place = scene
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        (tmp_path / "s.yaml").write_text(json.dumps(scene))
        outcome = run("check", "s.yaml", folder=tmp_path)
        if outcome.status:
            refused(outcome)
            assert "cannot be used" not in outcome.err, outcome.err
        return outcome

    return checked


CONDITIONS = {
    "(x > 0) - (y > 0) == 1": lambda f: (f["x"] > 0) & ~(f["y"] > 0),
    "-(y > 0) < 0": lambda f: f["y"] > 0,
    "(x > 0) == -(y > 0)": lambda f: ~(f["x"] > 0) & ~(f["y"] > 0),
    "mass > 1 - y": lambda f: f["mass"] > 1 - f["y"],
    "red - green < 0": lambda f: f["red"].astype(int) < f["green"].astype(int),
    "-red < 0": lambda f: f["red"] > 0,
    "red * 2 > 300": lambda f: f["red"].astype(int) > 150,
    "abs(red - green) <= 5": lambda f: np.abs(f["red"].astype(int) - f["green"].astype(int)) <= 5,
    "id - 1 < 0": lambda f: f["id"] == 0,
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_compute_with_whole_numbers_that_do_not_wrap(text):
    rng = np.random.default_rng(0)
    fields = {name: rng.normal(size=500) for name in ("x", "y", "mass")}
    fields |= {name: rng.integers(0, 256, 500).astype(np.uint8) for name in ("red", "green")}
    fields["id"] = np.arange(500, dtype=np.uint64)
    assert np.array_equal(Condition(text).holds(fields, 500), CONDITIONS[text](fields))


@pytest.mark.parametrize(
    "text", ["x - 1", "x > 1 -", "x > 0 - -", "(" * 300 + "x > 0" + ")" * 300, "x > 1e999", "1 - 2"]
)
def test_conditions_that_are_none(text):
    with pytest.raises(InputError):
        Condition(text)


@pytest.mark.parametrize("value", [1e308, 1e-320, 1e200])
@pytest.mark.parametrize(
    ("path", "of"),
    [
        (
            ("camera",),
            lambda v: {"orbit": {"center": [0, 0, 0], "radius": v, "elevation": 10, "azimuth": {0: 0, 1: 90}}},
        ),
        (("camera", "keyframes", 0, "position"), lambda v: [v, v, v]),
        (("data", "g", "bounds"), lambda v: [[0, v]] * 3),
        (("data", "g", "spacing"), lambda v: [v, v, v]),
        (("data", "p", "period"), lambda v: [v, v, v]),
        (("data", "d"), lambda v: {"kind": "density", "of": "p", "shape": 8, "width": v}),
        (("data", "d"), lambda v: {"kind": "density", "of": "p", "shape": 8, "bounds": [[0, v]] * 3}),
        (("layers", 0, "size"), lambda v: v),
        (("layers", 0), lambda v: {"kind": "trails", "data": "p", "length": v, "width": 1}),
        (("duration",), lambda v: v),
    ],
    ids=["orbit", "position", "bounds", "spacing", "period", "width", "density bounds", "size", "length", "duration"],
)
def test_extreme_numbers(check, path, of, value):
    check(path, of(value))
