"""The samples of a grid as particles, and arrows at them."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError
from tests.test_api import scene_dict


@pytest.fixture
def opened(tmp_path):
    """Opens particles of a grid of 9 x 8 x 3 samples, of which u is x and v is y, or both more by the time."""
    x, y, _ = np.meshgrid(np.arange(9.0), np.arange(8.0), np.arange(3.0), indexing="ij")
    u = np.stack([x, x + 10])
    u[:, 4, 4, 1] = np.nan
    np.savez(tmp_path / "wind.npz", u=u, v=np.stack([y, y + 10]), time=[0.0, 2.0])
    wind = {"kind": "grid", "file": "wind.npz", "bounds": [[0, 80], [0, 70], [100, 102]]}

    def scene(layer=None, **written):
        layers = [{"kind": "vectors", "data": "points", "vector": ["u", "v"], "size": 1, "scale": 1} | (layer or {})]
        data = {"wind": wind, "points": {"kind": "particles", "of": "wind"} | written}
        return mm.Scene.from_dict(scene_dict(data=data, layers=layers, clock={0: 0, 4: 2}, duration=4), folder=tmp_path)

    return scene


def points_of(scene):
    return scene.prepared.sources["points"]


def test_samples_have_their_positions_and_the_values_at_a_time(opened):
    source = points_of(opened())
    for time in (0.0, 1.0):
        sample = source.at(time, ("u", "v", "x", "z"))
        assert len(sample.position) == 9 * 8 * 3 - 1, "missing samples are left out"
        assert sample.fields["u"] == pytest.approx(sample.position[:, 0] / 10 + 5 * time)
        assert sample.fields["v"] == pytest.approx(sample.position[:, 1] / 10 + 5 * time)
        assert (sample.fields["x"] == sample.position[:, 0]).all()
        assert set(sample.fields["z"]) == {100, 101, 102}
    assert source.at(1.0, ("u",)) is source.at(1.0, ("u",))


@pytest.mark.parametrize(
    ("every", "x", "y", "z"),
    [
        (4, [20, 60], [20, 60], [101]),
        ([3, 5, 1], [10, 40, 70], [20, 70], [100, 101, 102]),
    ],
)
def test_every_takes_each_nth_sample_along_each_axis(opened, every, x, y, z):
    position = points_of(opened(every=every)).at(0.0, ("v",)).position
    assert [sorted(set(axis.tolist())) for axis in position.T] == [x, y, z]


def test_a_condition_is_evaluated_at_every_time(opened):
    source = points_of(opened(select="u > 7.5 and z < 100.5"))
    assert set(source.at(0.0, ("u",)).fields["u"]) == {8}
    assert len(source.at(2.0, ("u",)).position) == 9 * 8


def test_arrows_of_two_components_lie_flat(opened):
    scene = opened(every=4)
    (glyphs,) = scene.prepared.script.layers[0].props(points_of(scene).at(0.0, ("u", "v")))
    assert (glyphs.direction[:, 2] == 0).all()
    assert sorted(glyphs.size) == pytest.approx(sorted(np.hypot(x, y) for x in (2, 6) for y in (2, 6)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"select": "w > 1"}, "points.select: no such field 'w'"),
        ({"sample": 10}, "points.sample: sample is for particles, and 'wind' is a grid"),
        ({"every": [2, 2]}, "points.every: a list of 2 is not of the right length"),
    ],
)
def test_impossible_settings_are_errors(opened, written, said):
    with pytest.raises(mm.SceneError, match=said):
        opened(**written)


def test_every_along_axes_needs_a_grid(tmp_path):
    from moviemaker.core.kinds import build
    from moviemaker.data.particles import Particles

    np.save(tmp_path / "p.npy", np.zeros((5, 3)))
    with pytest.raises(InputError, match="three numbers are for the axes of a grid"):
        build(Particles, {"kind": "particles", "file": "p.npy", "every": [2, 2, 1]}).open(tmp_path)
