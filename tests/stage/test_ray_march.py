"""Ray marching: neither empty-space skipping nor the length of steps changes a picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import moviemaker.stage.volumes.field_textures as field_textures
from moviemaker.core.props import TransferFunction, Volume
from moviemaker.stage.volumes import empty_space
from moviemaker.stage.volumes.empty_space import BLOCK, blocks_of, skip_distances, visible_blocks
from moviemaker.stage.volumes.transfer_tables import Entry, table_of


def volume(values, **changed):
    transfer = TransferFunction(np.array([0.0, 1.0]), np.array([[1.0, 0.5, 0.0]] * 2), ((0.0, 0.0), (1.0, 0.5)))
    known = {"transfer": transfer, "opacity": 1.0, "unit_distance": 1.0, "step": 1.0} | changed
    return Volume(values, (0, 0, 0), (1, 1, 1), blend="composite", shade=False, **known)


@pytest.mark.parametrize("shape", [(9, 13, 8), (1, 2, 30), (5, 4, 3)])
def test_a_block_knows_the_extremes_of_all_that_is_interpolated_in_it(shape):
    values = np.random.default_rng(0).normal(size=shape)
    blocks = blocks_of(values)
    for index in itertools.product(*map(range, blocks.low.shape)):
        part = values[tuple(slice(i * BLOCK, i * BLOCK + BLOCK + 1) for i in index)]
        assert (blocks.low[index], blocks.high[index]) == (part.min(), part.max())
    assert blocks.low.shape == tuple(max(1, -(-(n - 1) // BLOCK)) for n in shape)


def test_a_block_is_visible_if_any_value_between_its_extremes_is():
    values = np.zeros((2, 2, 2))
    values[1] = 10
    values = np.concatenate([values] * BLOCK)  # from 0 to 10 and back
    peak = TransferFunction(np.array([0.0, 10.0]), np.ones((2, 3)), ((0, 0), (4.9, 0), (5, 0.5), (5.1, 0), (10, 0)))
    shown = volume(values, transfer=peak)
    assert visible_blocks(blocks_of(values), table_of(shown, 0, 10, 1.0, Entry.OPACITY)).all()
    assert not visible_blocks(blocks_of(np.zeros((9, 9, 9))), table_of(shown, 0, 10, 1.0, Entry.OPACITY)).any()


def test_rays_skip_to_the_nearest_visible_block():
    visible = np.zeros((7, 7, 7), bool)
    visible[3, 3, 3] = True
    far = skip_distances(visible)
    assert far[3, 3, 3] == 0
    assert far[0, 1, 2] == 3
    assert far[6, 6, 6] == 3
    assert (skip_distances(np.zeros((2, 2, 2), bool)) == 255).all()


@pytest.mark.parametrize("shape", [(9, 14, 11), (1, 300, 2)])
def test_few_distances_are_those_of_scipy(monkeypatch, shape):
    for share in (0.002, 0.05):
        visible = np.random.default_rng(3).random(shape) < share
        visible[0, 0, 0] = True
        few = skip_distances(visible)
        monkeypatch.setattr(empty_space, "FEW", 0)
        assert np.array_equal(skip_distances(visible), few)
        monkeypatch.undo()


def test_the_table_holds_the_opacity_of_a_step():
    table = table_of(volume(np.zeros((2, 2, 2)), opacity=0.5), 0, 1, 0.25, Entry.OPACITY)
    assert table.rgba[0, -1, 3] == pytest.approx(1 - (1 - 0.25) ** 0.25, rel=1e-6)
    assert table.rgba[0, -1, :3] == pytest.approx(table.rgba[0, -1, 3] * np.array([1, 0.5, 0]), rel=1e-6)


@pytest.mark.parametrize(("lens", "step"), [("perspective", 0.013), ("perspective", 0.1), ("equirectangular", 0.013)])
def test_skipping_changes_no_picture(grid_scene, monkeypatch, lens, step):
    rng = np.random.default_rng(1)
    values = np.zeros((50, 41, 33), np.float32)
    values[tuple(rng.integers(2, 30, (3, 400)))] = rng.uniform(0.3, 1, 400)
    layer = {"range": [0, 1], "transfer": [[0.05, 0], [1, 0.9]], "unit_distance": 0.02, "step": step}
    outputs = {"main": {"lens": lens, "size": [256, 128]}}
    place = {"perspective": [0, -4, 0], "equirectangular": [0.1, -0.2, 0.05]}[lens]
    camera = {"keyframes": [{"time": 0, "position": place, "target": [0, 1, 0]}]}
    pictures = []
    for sparse in (1.0, -1.0):
        monkeypatch.setattr(field_textures, "SPARSE", sparse)
        scene = grid_scene(values, [[-1, 1]] * 3, layer, camera=camera, outputs=outputs)
        pictures.append(scene.still(0.0).astype(int))
    skipped, walked = pictures
    assert skipped.max() > 100
    assert np.abs(skipped - walked).max() <= 1


@pytest.mark.parametrize("step", [0.3, 0.7, 3.0])
def test_the_last_and_shorter_step_counts_as_much_as_it_is_long(grid_scene, step):
    layer = {"range": [0, 2], "transfer": [[0, 0.5], [2, 0.5]], "unit_distance": 1.0, "step": step}
    scene = grid_scene(np.ones((9, 9, 9), np.float32), [[-0.5, 0.5]] * 3, layer)
    assert scene.still(0.0)[32, 32] / 255 == pytest.approx(0.5, abs=0.004)
