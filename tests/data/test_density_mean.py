"""Mean densities over all snapshots."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles

STEPS, COUNT = 5, 40
BOX = [[-4, 4], [-4, 4], [-4, 4]]
LOOKS = {
    "kde": {"width": 0.6, "bounds": BOX},
    "weighted": {"width": 0.6, "bounds": BOX, "weights": "mass"},
    "histogram": {"method": "histogram", "bounds": BOX},
    "scott": {},
}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))


def opened(folder, arrays, particles=None, **keys):
    np.savez(folder / "p.npz", **arrays)
    source = build(Particles, {"kind": "particles", "file": "p.npz"} | (particles or {})).open(folder)
    return build(Density, {"kind": "density", "of": "p", "shape": 24, **keys}).open(folder, {"p": source})


def moving():
    rng = np.random.default_rng(3)
    place = rng.normal(0, 1, (STEPS, COUNT, 3)) + np.linspace(-1, 1, STEPS)[:, None, None]
    return {"position": place, "mass": rng.random((STEPS, COUNT)), "time": np.array([0.0, 1, 2, 5, 9])}


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_the_mean_density_is_that_of_all_snapshots(tmp_path, look):
    each = opened(tmp_path, moving(), **LOOKS[look])
    expected = np.mean([each.at(time).field(None) for time in each.times], axis=0)
    mean = opened(tmp_path, moving(), average=True, **LOOKS[look])
    assert mean.examine() == []
    assert mean.times is None
    grid = mean.at(3.0)
    np.testing.assert_allclose(grid.field(None), expected, rtol=1e-4, atol=1e-5 * expected.max())
    assert grid.bounds == each.at(0.0).bounds
    assert mean.at(8.0) is grid
    (values,) = mean.survey("density")
    assert len(values) == grid.field(None).size
    low, high = np.percentile(mean.at(0.0, ("log10_density",)).field(None), [0, 100])
    assert high == pytest.approx(np.log10(expected.max()), abs=1e-3)
    assert np.isfinite(low)


def test_mean_density_wraps_around_a_periodic_box(tmp_path):
    arrays = moving()
    arrays["position"] = np.mod(arrays["position"], 3)
    keys = {"width": 0.4, "particles": {"period": [3, 3, 3]}}
    each = opened(tmp_path, arrays, **keys)
    expected = np.mean([each.at(time).field(None) for time in each.times], axis=0)
    found = opened(tmp_path, arrays, average=True, **keys).at(0.0).field(None)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_the_mean_density_is_cached_and_right_for_one_snapshot(tmp_path, monkeypatch):
    arrays = {"position": moving()["position"][0]}
    alone = opened(tmp_path, arrays, width=0.6).at(0.0).field(None)
    mean = opened(tmp_path, arrays, width=0.6, average=True).at(0.0).field(None)
    np.testing.assert_allclose(mean, alone, rtol=1e-5)
    monkeypatch.setattr("moviemaker.data.densities.lattice.Sum.fields", None)  # nothing can be computed now
    assert np.array_equal(opened(tmp_path, arrays, width=0.6, average=True).at(0.0).field(None), mean)


def test_a_mean_of_a_table_is_refused():
    with pytest.raises(InputErrors, match="a table has only one time"):
        build(Density, {"kind": "density", "file": "a.csv", "average": True})


@pytest.mark.parametrize("keys", [{}, {"average": True}, {"average": True, "weights": "mass"}], ids=str)
def test_another_process_is_told_instead_of_reading_all_snapshots(tmp_path, keys, monkeypatch):
    first = opened(tmp_path, moving(), **keys)
    assert not first.summary()
    first.examine()
    known = {name: array.copy() for name, array in first.summary().items()}
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    told = opened(tmp_path, moving(), **keys)
    told.take(known)
    read = []
    whole = told.whole.at
    monkeypatch.setattr(told.whole, "at", lambda time, *fields: read.append(time) or whole(time, *fields))
    grid = told.at(0.0)
    assert set(read) == {0.0}
    assert grid.field(None).tobytes() == first.at(0.0).field(None).tobytes()
    assert grid.bounds == first.at(0.0).bounds
