"""Edges of what is known lie between samples, and are smooth, in volumes, isosurfaces and slices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import moviemaker as mm
from moviemaker.core.props.coverage import coverage, edge_of

N = 40


def away(n=N):
    axis = np.linspace(-1, 1, n)
    return np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)


def crossings(inside, radius, directions):
    """Distances from the middle at which the coverage is 0, in samples."""
    middle = (np.array(inside.shape) - 1) / 2
    steps = np.arange(radius - 3, radius + 3, 0.02)
    places = middle + directions[:, None] * steps[:, None]
    found = map_coordinates(inside, places.reshape(-1, 3).T, order=1).reshape(len(directions), -1)
    return steps[np.argmin(found > 0, axis=1)]


def test_the_edge_of_a_ball_lies_between_samples():
    radius = 0.8 * (N - 1) / 2
    inside = coverage(away() < 0.8)
    assert ((inside > 0) == (away() < 0.8)).all()
    directions = np.random.default_rng(0).normal(size=(2000, 3))
    directions[:500] *= [0.1, 0.1, 1]  # where the steps of the mask are widest
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    off = crossings(inside, radius, directions) - radius
    steps = crossings((away() < 0.8) - 0.5, radius, directions) - radius
    assert np.abs(off).max() < 0.25
    assert off.std() < 0.3 * steps.std()


def test_known_and_unknown_are_alike_and_thin_things_remain():
    known = np.random.default_rng(0).random((20, 20, 20)) < 0.5
    np.testing.assert_allclose(coverage(known), -coverage(~known), atol=1e-6)
    sheet = np.zeros((20, 20, 20), bool)
    sheet[10] = True
    along = coverage(sheet)[:, 5, 5]
    width = sum(np.interp(0, (along[10 + way], along[10]), (1, 0)) for way in (-1, 1))
    assert width == pytest.approx(1, abs=0.3)
    point = np.zeros((9, 9, 9), bool)
    point[4, 4, 4] = True
    assert coverage(point)[4, 4, 4] > 1
    flat = np.zeros((30, 4, 4), bool)
    flat[:15] = True
    np.testing.assert_allclose(coverage(flat)[13:17, 2, 2], [1.4, 0.5, -0.5, -1.4], atol=0.1)


def test_a_body_with_an_edge_of_its_own():
    body = np.clip(0.8 * 19.5 - 19.5 * away(), -1.5, 1.5).astype(np.float32)
    assert edge_of(body > -1.4, body) is body
    gap = (body > -1.4) & (np.arange(N) < 20)
    edge = edge_of(gap, body)
    assert (edge <= body).all()
    assert (edge[..., 22:] < 0).all()
    np.testing.assert_array_equal(edge[..., :7], body[..., :7])
    assert edge_of(np.ones((2, 2, 2), bool), None) is None


def picture(tmp_path, layer, values):
    np.save(tmp_path / "a.npy", values.astype(np.float32))
    scene = {
        "duration": 1,
        "background": "black",
        "data": {"a": {"kind": "grid", "file": "a.npy", "bounds": [[-1, 1]] * 3}},
        "layers": [{"data": "a"} | layer],
        "camera": {"keyframes": [{"time": 0, "position": [0.01, 0, 8], "target": [0, 0, 0]}], "up": [0, 1, 0]},
        "outputs": {"o": {"lens": "orthographic", "size": [240, 240], "height": 2}},
    }
    return mm.Scene.from_dict(scene, folder=tmp_path).still(0).astype(float).sum(axis=2)


VOLUME = {"kind": "volume", "transfer": [[-1, 0.6], [1, 0.6]], "unit_distance": 0.05}


@pytest.mark.parametrize(
    ("layer", "allowed"),
    [
        (VOLUME | {"colormap": ["white", "white"]}, 1.2),
        ({"kind": "isosurface", "levels": [0.01], "color": "white", "shade": False}, 1.2),
        ({"kind": "slice", "normal": [0, 0, 1], "color": "white"}, 1.2),
    ],
    ids=["volume", "isosurface", "slice"],
)
def test_a_ball_is_round_in_pictures(tmp_path, layer, allowed):
    depth = np.linspace(-1, 1, N) + np.zeros((N, N, N))
    image = picture(tmp_path, layer, np.where(away() < 0.8, depth, np.nan))
    solid = image > image.max() / 2
    rows, columns = np.nonzero(solid)
    radius = np.hypot(rows - 119.5, columns - 119.5)
    rim = [
        radius[np.abs(np.arctan2(rows - 119.5, columns - 119.5) - turn) < 0.02].max()
        for turn in np.arange(-3, 3.1, 0.1)
    ]
    assert np.abs(np.array(rim) - 96).max() < allowed * 2  # a sample is 6 pixels wide
    assert np.std(rim) < allowed
    assert solid.sum() == pytest.approx(np.pi * 96**2, rel=0.025)


def test_the_rim_of_a_volume_has_no_terraces(tmp_path):
    """Light of a thin ball changes smoothly towards its rim."""
    thin = VOLUME | {"transfer": [[-1, 0.004], [1, 0.004]], "colormap": ["white", "white"]}
    row = picture(tmp_path, thin, np.where(away() < 0.8, 0, np.nan))[120, 30:210]
    expected = np.sqrt(np.clip(96**2 - (np.arange(30, 210) - 119.5) ** 2, 0, None))
    assert np.abs(row / row.max() - expected / expected.max()).max() < 0.06
