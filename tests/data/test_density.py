"""Densities of particles: SciPy's own kernel density estimates, NumPy's histograms, periodic boxes, sequences."""

import itertools
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from scipy.stats import gaussian_kde

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.core.sharing import disk_cache as cache
from moviemaker.core.sources import Source
from moviemaker.data.densities.kde import NOTHING, moments
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles

SKEW = np.array([[3.0, 0, 0], [1.5, 1, 0], [-0.5, 0.6, 0.5]])


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))


def skewed(count=2000):
    rng = np.random.default_rng(1)
    return rng.standard_normal((count, 3)) @ SKEW.T + [10, 0, -5], rng.exponential(size=count)


def density(folder, arrays, particles=None, **keys):
    """The density of arrays of particles."""
    np.savez(folder / "points.npz", **arrays)
    model = build(Particles, {"kind": "particles", "file": "points.npz"} | (particles or {}))
    points = model.open(folder)
    return build(Density, {"kind": "density", "of": "points", **keys}).open(folder, {"points": points})


def places(grid, chosen):
    """Positions (3, m) of some samples."""
    index = np.stack(np.unravel_index(chosen, grid.shape))
    return grid.world_from_index[:3, :3] @ index + grid.world_from_index[:3, 3:]


def some(grid, values, count=600):
    """Numbers of samples: those of the highest values, and some anywhere."""
    anywhere = np.random.default_rng(0).integers(0, grid.field(None).size, count)
    return np.unique(np.concatenate([np.argsort(values.ravel())[-count:], anywhere]))


@pytest.mark.parametrize("bandwidth", ["scott", "silverman", 0.25])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_density_equals_that_of_scipy(tmp_path, bandwidth, weighted):
    position, mass = skewed()
    source = density(
        tmp_path,
        {"position": position, "mass": mass},
        shape=[48, 44, 40],
        bandwidth=bandwidth,
        weights="mass" if weighted else None,
    )
    assert isinstance(source, Source)
    grid = source.at(0.0)
    values = grid.field("density")
    total = mass.sum() if weighted else 1.0
    chosen = some(grid, values)
    right = total * gaussian_kde(position.T, bandwidth, mass if weighted else None)(places(grid, chosen))
    assert np.abs(values.ravel()[chosen] - right).max() < 0.01 * right.max()
    assert values.sum(dtype=float) * np.prod(grid.spacing) == pytest.approx(total, rel=1e-3)
    assert grid.shape == (48, 44, 40)
    np.testing.assert_allclose(source.center(0.0), np.mean(grid.bounds, axis=1))


def test_particles_beyond_the_bounds_contribute_inside(tmp_path):
    position, _ = skewed()
    bounds = [[9, 11], [-1, 1], [-5.5, -4]]
    grid = density(tmp_path, {"position": position}, shape=[20, 16, 12], bounds=bounds).at(0.0)
    np.testing.assert_allclose(grid.bounds, bounds)
    chosen = np.arange(20 * 16 * 12)
    right = gaussian_kde(position.T)(places(grid, chosen))
    assert np.abs(grid.field(None).ravel() - right).max() < 0.01 * right.max()


def test_one_narrow_particle_is_right_wherever_it_is_between_samples(tmp_path):
    rng = np.random.default_rng(3)
    for _ in range(5):
        middle = rng.uniform(4, 5, 3)
        position = np.array([middle])
        grid = density(tmp_path, {"position": position}, shape=17, bounds=[[0, 8]] * 3, width=0.6).at(0.0)
        away = places(grid, np.arange(17**3)) - middle[:, None]
        right = np.exp(-(away**2).sum(axis=0) / (2 * 0.6**2)) / (2 * np.pi * 0.6**2) ** 1.5
        assert np.abs(grid.field(None).ravel() - right).max() < 0.011 * (2 * np.pi * 0.6**2) ** -1.5


@pytest.mark.parametrize("box", [np.diag([4.0, 5, 6]), np.array([[4.0, 0, 0], [1, 5, 0], [0.5, -1, 6]])])
def test_density_wraps_around_a_periodic_box(tmp_path, box):
    position = np.random.default_rng(2).random((400, 3)) ** 2 @ box
    keys = {"shape": [33, 30, 31], "bandwidth": 0.3}
    grid = density(tmp_path, {"position": position}, {"period": box.tolist()}, **keys).at(0.0)
    values = grid.field(None)
    np.testing.assert_array_equal(values[0], values[-1])
    np.testing.assert_allclose(grid.corners[-1], box.sum(axis=0))
    cell = np.linalg.det(box) / (32 * 29 * 30)
    assert values[:-1, :-1, :-1].sum(dtype=float) * cell == pytest.approx(1, rel=1e-3)
    chosen = some(grid, values, 100)
    kde, at = gaussian_kde(position.T, 0.3), places(grid, chosen)
    right = sum(kde(at + turn[:, None]) for turn in np.array(list(itertools.product((-1, 0, 1), repeat=3))) @ box)
    assert np.abs(values.ravel()[chosen] - right).max() < 0.01 * right.max()
    alone = density(tmp_path, {"position": position}, {"period": box.tolist()}, periodic=False, **keys).at(0.0)
    np.testing.assert_allclose(alone.field(None).sum() * np.prod(alone.spacing), 1, rtol=1e-3)
    assert alone.bounds[0][0] < 0


def test_other_bounds_in_a_periodic_box_show_its_images(tmp_path):
    position = np.random.default_rng(2).random((200, 3)) * [4, 5, 6]
    box = np.diag([4.0, 5, 6])
    source = density(
        tmp_path,
        {"position": position},
        {"period": [4, 5, 6]},
        shape=[6, 5, 7],
        bandwidth=0.3,
        bounds=[[-1, 6], [2, 4], [-7, 13]],
    )
    grid = source.at(0.0)
    kde, at = gaussian_kde(position.T, 0.3), places(grid, np.arange(6 * 5 * 7))
    right = sum(kde(at + turn[:, None]) for turn in np.array(list(itertools.product(range(-2, 3), repeat=3))) @ box)
    assert np.abs(grid.field(None).ravel() - right).max() < 0.01 * right.max()


def test_a_histogram_equals_that_of_numpy(tmp_path):
    position, mass = skewed()
    bounds = [[4, 14], [-4, 4], [-7, -3]]
    for weights in (None, "mass"):
        arrays = {"position": position, "mass": mass}
        keys = {"method": "histogram", "shape": [10, 12, 8], "weights": weights}
        source = density(tmp_path, arrays, bounds=bounds, **keys)
        grid = source.at(0.0, ["count", "density"])
        right, _ = np.histogramdd(position, [10, 12, 8], bounds, weights=None if weights is None else mass)
        np.testing.assert_allclose(grid.field("count"), right, rtol=1e-12)
        np.testing.assert_allclose(grid.field("density") * np.prod(grid.spacing), right, rtol=1e-6)
        np.testing.assert_allclose(grid.origin, [4.5, -4 + 1 / 3, -6.75])
        whole = density(tmp_path, arrays, **keys).at(0.0, ["count"])
        assert whole.field("count").sum() == pytest.approx(2000 if weights is None else mass.sum())


def test_density_follows_the_particles_on_one_grid(tmp_path):
    rng = np.random.default_rng(5)
    start = rng.standard_normal((300, 3))
    moving = np.stack([start, start + np.array([8, 0, 0]), 0.5 * start + np.array([8, 8, 0])])
    source = density(tmp_path, {"position": moving, "time": np.array([0.0, 2, 3])}, shape=24)
    assert source.times.tolist() == [0, 2, 3]
    first, between, last = source.at(0.0), source.at(1.0), source.at(3.0)
    assert source.at(3.0) is last
    assert first.bounds == between.bounds == last.bounds
    covariance = np.mean([np.cov(step.T) for step in moving], axis=0) * 300 ** (-2 / 7)
    for grid, position in ((first, moving[0]), (between, start + np.array([4, 0, 0])), (last, moving[2])):
        kde = gaussian_kde(position.T)
        kde.cho_cov = np.linalg.cholesky(covariance)
        kde.covariance, kde.log_det = covariance, 2 * np.log(np.diag(kde.cho_cov * np.sqrt(2 * np.pi))).sum()
        chosen = some(grid, grid.field(None), 200)
        right = kde(places(grid, chosen))
        assert np.abs(grid.field(None).ravel()[chosen] - right).max() < 0.01 * right.max()


def test_particles_that_fade_in_are_weighted_by_their_fade(tmp_path):
    position = np.random.default_rng(0).standard_normal((4, 3))
    for step, ids in enumerate(([1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4])):
        np.savez(tmp_path / f"s{step}.npz", position=position[: len(ids)], id=ids, time=float(step))
    points = build(Particles, {"kind": "particles", "file": "s*.npz", "fade": 0.5}).open(tmp_path)
    model = build(Density, {"kind": "density", "of": "p", "method": "histogram", "shape": 3})
    source = model.open(tmp_path, {"p": points})
    counts = [source.at(time, ["count"]).field("count").sum() for time in (0.0, 1.2, 2.0)]
    assert counts[0] == 3
    assert counts[1] == pytest.approx(points.at(1.2).fade.sum())
    assert 3 < counts[1] < 4
    assert counts[2] == 4


def test_the_logarithm_of_the_density_is_finite_everywhere(tmp_path):
    source = density(tmp_path, {"position": skewed()[0]}, shape=24)
    grid = source.at(0.0, ["density", "log10_density"])
    values, logarithm = grid.field("density"), grid.field("log10_density")
    assert np.isfinite(logarithm).all()
    dense = values > 0.01 * values.max()
    np.testing.assert_allclose(logarithm[dense], np.log10(values[dense]), rtol=1e-5)
    assert logarithm.min() < np.log10(values.max()) - 3
    (surveyed,) = source.survey("log10_density")
    np.testing.assert_array_equal(surveyed, logarithm.ravel())


@pytest.mark.parametrize("method", ["kde", "histogram"])
def test_the_number_of_threads_changes_no_bit(tmp_path, monkeypatch, method):
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("one core")
    position, mass = skewed(20_000)
    many = numba.get_num_threads()
    made = []
    for threads in (1, 2, many):
        numba.set_num_threads(threads)
        source = density(tmp_path, {"position": position, "mass": mass}, weights="mass", shape=40, method=method)
        made.append(source.at(0.0).field(None).tobytes())
    numba.set_num_threads(many)
    assert made[0] == made[1] == made[2]


def test_moments_of_parts_are_those_of_the_whole():
    position, mass = skewed(500)
    whole = moments(position.T, mass)
    parts = NOTHING + moments(position[:100].T, mass[:100]) + moments(position[100:].T, mass[100:])
    np.testing.assert_allclose(parts.covariance, whole.covariance, rtol=1e-10)
    np.testing.assert_allclose(whole.covariance, np.cov(position.T, aweights=mass), rtol=1e-10)
    assert parts.effective_count == pytest.approx(gaussian_kde(position.T, weights=mass).neff)


def test_warnings(tmp_path):
    position, mass = skewed(200)
    assert density(tmp_path, {"position": position}, shape=60).examine() == []
    mass[3] = np.nan
    source = density(tmp_path, {"position": position, "mass": mass}, shape=8, bandwidth=0.05, weights="mass")
    first, second = source.examine()
    assert first == "1 of 200 particles has no finite weight; it is left out"
    assert "bandwidths apart, and clumps fall between them; write shape: [" in second
    narrow = density(tmp_path, {"position": position}, shape=8, width=1e-9)
    assert "apart" in narrow.examine()[0]
    assert np.isfinite(narrow.at(0.0).field(None)).all()


def error_of(folder, arrays, particles=None, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        density(folder, arrays, particles, **keys).examine()
    found = getattr(caught.value, "errors", (caught.value,))
    return {each.at: str(each) for each in found}


def test_mistakes(tmp_path):
    position, _ = skewed(50)
    arrays = {"position": position, "vector": position, "zero": np.zeros(50)}
    assert "did you mean 'zero'?" in error_of(tmp_path, arrays, weights="zeros")[("weights",)]
    assert "3 values for each particle" in error_of(tmp_path, arrays, weights="vector")[("weights",)]
    assert "add up to 0" in error_of(tmp_path, arrays, weights="zero")[("weights",)]
    assert "lie in a plane" in error_of(tmp_path, {"position": position * [1, 1, 0]})[("bandwidth",)]
    assert "not have a periodic box" in error_of(tmp_path, arrays, periodic=True)[("periodic",)]
    oblique = {"period": [[40.0, 0, 0], [1, 50, 0], [0, 0, 60]]}
    assert "is oblique" in error_of(tmp_path, arrays, oblique, bounds=[[0, 1]] * 3)[("bounds",)]
    assert "are empty" in error_of(tmp_path, arrays, bounds=[[0, 1], [2, 1], [0, 1]])[("bounds", 1)]
    assert "twice" in error_of(tmp_path, arrays, bounds=[[0, 1]] * 3, margin=1)[("margin",)]
    assert "too many" in error_of(tmp_path, arrays, shape=2000)[("shape",)]
    assert "has no bandwidth" in error_of(tmp_path, arrays, method="histogram", bandwidth=1)[("bandwidth",)]
    assert "twice" in error_of(tmp_path, arrays, width=1, bandwidth=1)[("width",)]
    assert "far wider than the" in error_of(tmp_path, arrays, width=1e4, bounds=[[0, 1]] * 3)[("bounds",)]
    assert "write position for 'points'" in error_of(tmp_path, arrays, position="x")[("position",)]
    assert "either of or file" in error_of(tmp_path, arrays, file="a.csv")[("file",)]
    with pytest.raises(InputErrors, match="the key 'of' is missing"):
        build(Density, {"kind": "density"})
    with pytest.raises(InputError, match="no such field 'count'"):
        density(tmp_path, arrays).at(0.0, ["count"])


def test_errors_name_their_place_in_the_scene(tmp_path):
    np.savez(tmp_path / "points.npz", position=skewed(50)[0])
    scene = {
        "duration": 1,
        "data": {
            "points": {"kind": "particles", "file": "points.npz"},
            "gas": {"kind": "density", "of": "points", "weights": "mass"},
        },
        "layers": [{"kind": "volume", "data": "gas"}],
        "camera": {"orbit": {"radius": 30}},
        "outputs": {"small": {"lens": "perspective", "size": [64, 64]}},
    }
    with pytest.raises(mm.SceneError, match=r"data\.gas\.weights: no such field 'mass'"):
        mm.Scene.from_dict(scene, folder=tmp_path)


def test_computed_densities_are_cached(tmp_path, monkeypatch):
    position, _ = skewed(100)
    kept = tmp_path / "cache" / "density"
    first = density(tmp_path, {"position": position}, shape=16).at(0.0).field(None)
    (file,) = kept.iterdir()
    with np.load(file) as found:
        np.testing.assert_array_equal(found["density"], first)
    np.savez(file, density=np.full((16, 16, 16), 7, np.float32), floor=1.0)
    assert density(tmp_path, {"position": position}, shape=16).at(0.0).field(None).max() == 7
    assert density(tmp_path, {"position": position + 1e-9}, shape=16).at(0.0).field(None).max() < 7
    assert density(tmp_path, {"position": position}, shape=16, bandwidth=0.5).at(0.0).field(None).max() < 7
    weighed = [
        density(tmp_path, {"position": position, "mass": mass}, shape=16, weights="mass").at(0.0).field(None).sum()
        for mass in (np.ones(100), np.full(100, 3.0))
    ]
    assert weighed[1] == pytest.approx(3 * weighed[0])
    file.write_bytes(file.read_bytes()[:1000])  # damaged: made again
    np.testing.assert_array_equal(density(tmp_path, {"position": position}, shape=16).at(0.0).field(None), first)
    monkeypatch.setattr(cache, "LIMIT", 5 * file.stat().st_size // 2)
    os.utime(file, (0, 0))
    cache._tidy(kept)
    assert not file.exists()
    assert len(list(kept.iterdir())) < 3


def test_the_cache_is_skipped_if_switched_off_or_impossible(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    assert cache.cache_folder() is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "file"))
    assert density(tmp_path, {"position": skewed(50)[0]}, shape=8).at(0.0).field(None).max() > 0
    monkeypatch.delenv("MOVIEMAKER_CACHE")
    assert cache.cache_folder().parts[-2:] == ("moviemaker", "density")


def test_the_model_pickles_without_loading_the_compiler():
    model = build(Density, {"kind": "density", "of": "points", "shape": [3, 4, 5], "bandwidth": 0.1})
    assert pickle.loads(pickle.dumps(model)) == model
    script = "import sys, moviemaker.data.density; print('numba' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_density_of_a_protein(real_data):
    pytest.importorskip("MDAnalysis")
    files = {"file": str(real_data / "adk_dims.dcd"), "topology": str(real_data / "adk.psf")}
    scene = mm.Scene.from_dict(
        {
            "duration": 2,
            "data": {
                "atoms": {"kind": "particles", "atoms": "not name H*", **files},
                "gas": {"kind": "density", "of": "atoms", "weights": "mass", "width": 1.5, "shape": 56},
            },
            "layers": [{"kind": "isosurface", "data": "gas", "levels": [0.3], "color": "white"}],
            "camera": {"orbit": {"center": "gas", "radius": 110, "elevation": 40}, "fov": 40},
            "outputs": {"small": {"lens": "perspective", "size": [96, 96]}},
        }
    )
    gas, atoms = (scene.prepared.sources[name] for name in ("gas", "atoms"))
    for time in (atoms.times[0], atoms.times[-1]):
        grid, sample = gas.at(time), atoms.at(time, ["mass"])
        values, mass = grid.field(None), sample.fields["mass"]
        volume = np.prod(grid.spacing)
        assert values.sum(dtype=float) * volume == pytest.approx(mass.sum(), rel=1e-3)
        center = places(grid, np.arange(values.size)) @ values.ravel() * volume / mass.sum()
        np.testing.assert_allclose(center, mass @ sample.position / mass.sum(), atol=0.02)
        # Proteins have about 1.35 g/cm3 (0.81 dalton per cubic angstrom), most of it without hydrogen, in their core.
        assert 0.5 < np.percentile(values[values > 0.3], 90) < 1.3
    lit = [np.count_nonzero(scene.still(time).any(axis=2)) for time in (0, 2)]
    assert min(lit) > 300
    assert Path(scene.prepared.sources["gas"].files[0]).name == "adk_dims.dcd"
