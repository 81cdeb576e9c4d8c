"""The layer that is proposed for grids of one layer, of one value and with hot voxels: it shows something."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from scipy.ndimage import gaussian_filter

import moviemaker as mm
from moviemaker.core.progress import Silent
from moviemaker.data.describing.describe import describe


def proposed(path) -> dict:
    text = str(describe(path, Silent()))
    (path.parent / "s.yaml").write_text(text)
    return yaml.safe_load(text)


def lit(folder) -> float:
    """The part of the pixels in which something is seen."""
    picture = mm.load(folder / "s.yaml").still(1, scale=0.2)
    return float((picture.max(axis=2) > 40).mean())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_one_layer_is_a_slice_that_is_seen_all_the_time(axis, tmp_path):
    values = np.add.outer(np.arange(24.0), np.arange(20.0))
    np.save(tmp_path / "g.npy", np.expand_dims(values, axis))
    scene = proposed(tmp_path / "g.npy")
    (layer,) = scene["layers"]
    assert layer["kind"] == "slice"
    assert layer["normal"] == np.eye(3)[axis].tolist()
    made = mm.load(tmp_path / "s.yaml")
    assert not made.warnings
    for time in (0, 4, 8):
        picture = made.still(time, scale=0.2)
        assert (picture.max(axis=2) > 40).mean() > 0.05
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50


def test_a_mask_is_a_body(tmp_path):
    axis = np.linspace(-1, 1, 24)
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    np.save(tmp_path / "g.npy", np.where(radius < 0.7, 1, np.nan).astype(np.float32))
    proposed(tmp_path / "g.npy")
    assert lit(tmp_path) > 0.02
    assert not [warning for warning in mm.load(tmp_path / "s.yaml").warnings if "nothing of it" in warning]


@pytest.mark.parametrize("value", [0.0, 1.0, -5.0, 1e9])
def test_a_constant_is_a_body(value, tmp_path):
    np.save(tmp_path / "g.npy", np.full((8, 8, 8), value))
    proposed(tmp_path / "g.npy")
    assert lit(tmp_path) > 0.02


@pytest.mark.parametrize("sign", [1, -1], ids=["hot", "dead"])
def test_hot_voxels_do_not_hide_the_others(sign, tmp_path):
    chance = np.random.default_rng(0)
    smooth = gaussian_filter(chance.normal(size=(40, 40, 40)), 2, mode="wrap")
    values = 9000 + 2000 * smooth / smooth.std()
    hot = tuple(chance.integers(0, 40, (3, 320)))
    values[hot] = 9000 + sign * chance.uniform(6000, 21000, 320)
    np.save(tmp_path / "g.npy", values)
    (layer,) = proposed(tmp_path / "g.npy")["layers"]
    drawn = np.interp(values, *np.array(layer["transfer"]).T) > 0
    drawn[hot] = False
    assert 0.02 < drawn.mean() <= 0.5


def test_a_few_bright_things_that_hang_together_are_kept(tmp_path):
    values = np.random.default_rng(0).normal(size=(40, 40, 40))
    values[18:22, 18:22, 18:22] = 50
    np.save(tmp_path / "g.npy", values)
    (layer,) = proposed(tmp_path / "g.npy")["layers"]
    assert layer["transfer"][-1][0] > 3


def test_particles_stay_in_the_picture_all_the_time(tmp_path):
    for step in range(-2, 3):
        np.savez(tmp_path / f"z_{5 * step}.npz", position=np.array([[5.0 * step, 0, 0], [5.0 * step, 1, 0]]))
    scene = proposed(tmp_path / "z_*.npz")
    assert scene["camera"]["orbit"]["center"][:2] == [0, 0.5]
    made = mm.load(tmp_path / "s.yaml")
    assert not made.warnings
    for time in (0, 4, 7.9):
        assert (made.still(time, scale=0.5).max(axis=2) > 20).any()


def test_few_other_values_are_not_rounded_away(tmp_path):
    values = np.zeros((20, 20, 20))
    values[3:5, 3:5, 3:5] = 0.5 + np.random.default_rng(0).random((2, 2, 2))
    np.save(tmp_path / "g.npy", values)
    assert "99.9 % are 0, 0.1 % stand out" in str(describe(tmp_path / "g.npy", Silent()))


def test_one_page_is_a_flat_picture(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "g.tif", (np.add.outer(np.arange(32), np.arange(32)) * 8).astype(np.uint16))
    (layer,) = proposed(tmp_path / "g.tif")["layers"]
    assert (layer["kind"], layer["normal"]) == ("slice", [0, 0, 1])
    assert lit(tmp_path) > 0.05
    assert not mm.load(tmp_path / "s.yaml").warnings


@pytest.mark.parametrize("dtype", ["f4", "u2"], ids=["dose", "counts"])
def test_a_small_body_in_an_empty_volume_is_seen(dtype, tmp_path):
    values = np.zeros((20, 12, 8), dtype)
    values[14:16, 2:4, 5:7] = 1000
    np.save(tmp_path / "g.npy", values)
    proposed(tmp_path / "g.npy")
    assert lit(tmp_path) > 0.001


def density_map(noise: float) -> np.ndarray:
    """Atoms along a coil in a box, with noise around 0."""
    turns = np.linspace(0, 4 * np.pi, 40)
    values = np.zeros((40, 40, 40), np.float32)
    places = np.array([20 + 9 * np.cos(turns), 20 + 9 * np.sin(turns), np.linspace(8, 32, 40)]).round().astype(int)
    values[tuple(places)] = 1
    values = gaussian_filter(values, 1.6)
    return values / values.max() + noise * np.random.default_rng(0).normal(size=values.shape).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.08])
def test_a_map_of_density_starts_as_a_surface_without_specks(noise, tmp_path):
    mrcfile = pytest.importorskip("mrcfile")
    values = density_map(noise)
    mrcfile.write(tmp_path / "g.map", values.astype(np.float32), voxel_size=3)
    (layer,) = proposed(tmp_path / "g.map")["layers"]
    assert layer["kind"] == "isosurface"
    (level,) = layer["levels"]
    above = values > level
    assert 0.01 < above.mean() < 0.2
    assert (density_map(0)[above] > 0.1).all()
    assert lit(tmp_path) > 0.01


def test_a_density_of_electrons_starts_with_nine_tenths_of_them(tmp_path):
    from moviemaker.core.histograms.levels import charge_levels

    values = density_map(0).ravel()
    (level,) = charge_levels(values)
    assert values[values > level].sum() / values.sum() == pytest.approx(0.9, abs=0.01)
    orbital = np.concatenate([values, -values])
    assert charge_levels(orbital) == pytest.approx((-charge_levels(orbital)[1], charge_levels(orbital)[1]))
