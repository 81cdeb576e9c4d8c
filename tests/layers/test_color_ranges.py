"""Ranges of colours and sizes that come from the data."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid
from moviemaker.layers._color_by import ColorBy, resolve_range


@pytest.fixture
def constant(tmp_path):
    np.save(tmp_path / "a.npy", np.full((4, 4, 4), 3.0))
    return build(Grid, {"kind": "grid", "file": "a.npy"}).open(tmp_path)


@pytest.mark.parametrize(
    ("given", "positive", "expected"),
    [
        (None, False, (0, 6)),
        (("1%", "99%"), False, (0, 6)),
        (("1%", "99%"), True, (1.5, 6)),
        ((3.0, "99%"), False, (3, 6)),  # numbers of the scene stay
        (("1%", 3.0), False, (0, 3)),
        (("1%", 2.0), True, (1, 2)),
    ],
)
def test_one_value_is_in_the_middle_of_its_range(constant, given, positive, expected):
    assert resolve_range(given, constant, "value", positive) == expected


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_rounding_is_not_stretched_over_all_colours(tmp_path, kind):
    """Vectors of one length: their lengths differ in the last place."""
    vectors = np.random.default_rng(0).normal(size=(9, 9, 9, 3))
    vectors = (0.5 * vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(kind)
    lengths = np.sqrt((vectors**2).sum(axis=-1)).astype(kind)
    assert np.ptp(lengths) > 0
    np.save(tmp_path / "a.npy", lengths)
    source = build(Grid, {"kind": "grid", "file": "a.npy"}).open(tmp_path)
    low, high = resolve_range(None, source, "value")
    assert (low, high) == pytest.approx((0, 1))
    np.save(tmp_path / "b.npy", lengths + np.linspace(0, 1e-4, 9).astype(kind))
    near = build(Grid, {"kind": "grid", "file": "b.npy"}).open(tmp_path)
    assert resolve_range(None, near, "value") == pytest.approx((0.5, 0.5001), abs=1e-6)


def test_one_value_has_the_middle_colour(constant):
    for scale in ("linear", "log"):
        color = ColorBy(by="value", colormap=["black", "white"], scale=scale).resolve(constant)
        assert color.colors(np.array([3.0]))[0, 0] == pytest.approx(128, abs=1)


def test_things_of_one_value_are_seen(tmp_path):
    """The lowest colour of inferno is black, and the smallest of sizes may be 0."""
    np.savez(tmp_path / "a.npz", position=np.eye(3), mass=np.full(3, 7.0))
    by = {"color": {"by": "mass", "colormap": "inferno"}, "size": {"by": "mass", "size": [0, 1.6]}}
    scene = {
        "duration": 1,
        "data": {"a": {"kind": "particles", "file": "a.npz"}},
        "layers": [{"kind": "points", "data": "a", "shape": "sphere"} | by],
        "camera": {"keyframes": [{"time": 0, "position": [4, 4, 4], "target": [0.3, 0.3, 0.3]}]},
        "outputs": {"o": {"lens": "perspective", "size": [96, 96]}},
    }
    picture = mm.Scene.from_dict(scene, folder=tmp_path).still(0)
    assert (picture.max(axis=2) > 100).mean() > 0.005
