"""Volumes without a transfer function: what stands out is drawn, and projections reach the top of their colours."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.progress import Silent
from moviemaker.data.describing.describe import describe

AXIS = np.linspace(-1, 1, 32)
RADIUS = np.sqrt(AXIS[:, None, None] ** 2 + AXIS[:, None] ** 2 + AXIS**2)
NOISE = np.random.default_rng(0).normal(size=RADIUS.shape)
BLOB = (100 * np.exp(-((RADIUS / 0.4) ** 2)) + NOISE).astype(np.float32)


def scene_of(folder, values, **layer):
    np.save(folder / "g.npy", values)
    scene = {
        "duration": 1,
        "data": {"g": {"kind": "grid", "file": str(folder / "g.npy")}},
        "layers": [{"kind": "volume", "data": "g"} | layer],
        "camera": {"orbit": {"radius": 90, "azimuth": 20}, "fov": 40, "up": [0, 0, 1]},
        "outputs": {"a": {"lens": "perspective", "size": [64, 64]}},
    }
    return mm.Scene.from_dict(scene)


def transfer_of(scene) -> np.ndarray:
    (layer,) = scene._prepared.script.layers
    return np.array(layer.transfer, float)


def test_the_rule_is_that_of_info(tmp_path):
    np.save(tmp_path / "g.npy", BLOB)
    (layer,) = yaml.safe_load(str(describe(tmp_path / "g.npy", Silent())))["layers"]
    assert transfer_of(scene_of(tmp_path, BLOB)) == pytest.approx(np.array(layer["transfer"]), rel=5e-3)


@pytest.mark.parametrize("blend", ["maximum", "minimum", "average", "additive"])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_brightest_pixel_is_near_the_top_of_the_colors(blend, sign, tmp_path):
    picture = scene_of(tmp_path, sign * BLOB, blend=blend).still(0)
    assert picture.max() > 190
    assert (picture.max(axis=2) > 190).mean() < 0.5  # but not all of it is


def test_of_one_value_projections_show_a_body(tmp_path):
    picture = scene_of(tmp_path, np.full((8, 8, 8), 3.0), blend="maximum").still(0)
    assert picture.max() > 100


def test_values_beyond_a_given_range_count_as_its_ends(tmp_path):
    values = BLOB.copy()
    values[0, 0, 0] = 1e6
    points = transfer_of(scene_of(tmp_path, values, range=[0, 100]))
    assert points[-1, 0] <= 100
    assert np.interp(50, *points.T) > 0 == np.interp(0, *points.T)


def test_on_a_logarithmic_scale_decades_below_one_have_no_sign(tmp_path):
    values = 10.0 ** np.clip(3 - 6 * RADIUS, -3, 3)
    scene = scene_of(tmp_path, values, scale="log")
    points = transfer_of(scene)
    assert (points[:, 0] > 0).all()
    assert np.interp(1e-3, *points.T) == 0 < np.interp(1e2, *points.T)
    assert scene.still(0).max() > 100


def test_hot_voxels_hide_nothing_without_info_too(tmp_path):
    values = BLOB.copy()
    hot = tuple(np.random.default_rng(1).integers(0, 32, (3, 40)))
    values[hot] = 1e5
    drawn = np.interp(values, *transfer_of(scene_of(tmp_path, values)).T) > 0
    drawn[hot] = False
    assert 0.02 < drawn.mean() <= 0.5


def test_labels_get_a_color_each_unless_the_scene_says_otherwise(tmp_path):
    parts = np.where(RADIUS < 0.4, 2, np.where(RADIUS < 0.8, 1, 0)).astype(np.uint8)
    (layer,) = scene_of(tmp_path, parts)._prepared.script.layers
    assert [value for value, _ in layer.labels] == [1, 2]
    assert layer.shade
    (layer,) = scene_of(tmp_path, parts, colormap="gray")._prepared.script.layers
    assert layer.labels is None
    (layer,) = scene_of(tmp_path, np.random.default_rng(0).integers(0, 3, parts.shape))._prepared.script.layers
    assert layer.labels is None
