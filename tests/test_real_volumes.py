"""Public grids drawn: the sea on the globe, a head of three tissues, two haloes. Skipped without the data."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.data.describing.describe import describe

SIZE = 160


def still(folder, data, layers, camera, **output):
    written = {
        "duration": 1,
        "data": data,
        "layers": layers,
        "camera": camera,
        "outputs": {"main": {"lens": "orthographic", "size": [SIZE, SIZE], **output}},
        "lights": [{"kind": "sun", "direction": [0.3, 1, -0.5]}, {"kind": "ambient", "intensity": 0.3}],
    }
    return mm.Scene.from_dict(written, folder=folder).still(0.0).astype(int)


def over(longitude):
    """A camera above the equator, with a globe of radius 1 filling the picture."""
    angle = np.radians(longitude)
    place = [4 * float(np.cos(angle)), 4 * float(np.sin(angle)), 0.0]
    return {"keyframes": [{"time": 0, "position": place, "target": [0, 0, 0]}]}


def test_the_sea_on_the_globe_is_warm_at_the_equator_and_leaves_the_land_out(real_data, tmp_path):
    np.savez(tmp_path / "land.npz", position=np.zeros((1, 3)))
    data = {
        "sea": {"kind": "mesh", "file": str(real_data / "tos_O1_2001-2002.nc"), "field": "tos", "globe": {"radius": 1}},
        "land": {"kind": "particles", "file": "land.npz"},
    }
    colors = {"by": "tos", "colormap": "coolwarm", "range": [271, 303]}
    layers = [
        {"kind": "surface", "data": "sea", "color": colors, "shade": False},
        {"kind": "points", "data": "land", "size": 1.99, "color": "#404040", "shade": False},
    ]
    pacific = still(tmp_path, data, layers, over(-165), height=2)
    red, _, blue = pacific[SIZE // 2, SIZE // 2]
    assert red > blue + 60
    north = round((1 - np.sin(np.radians(50))) * SIZE / 2)
    red, _, blue = pacific[north, SIZE // 2]
    assert blue > red + 30
    africa = still(tmp_path, data, layers, over(20), height=2)
    row = round((1 - np.sin(np.radians(15))) * SIZE / 2)
    assert africa[row, SIZE // 2] == pytest.approx([64, 64, 64], abs=1)
    assert (np.ptp(africa[SIZE // 2, : SIZE // 8], axis=1) > 20).any()  # the Atlantic


def test_a_head_is_skin_around_bone(real_data, tmp_path):
    data = {"head": {"kind": "grid", "file": str(real_data / "male.raw.bz2"), "shape": [256, 256, 128]}}
    head = {
        "kind": "volume",
        "data": "head",
        "colors": [[20, "#c06040"], [60, "#c06040"], [90, "#d0d060"], [140, "white"]],
        "transfer": [[25, 0], [40, 0.01], [70, 0.01], [90, 0.03], [140, 0.5]],
        "range": [0, 255],
        "shade": True,
        "unit_distance": 1,
    }
    camera = {"keyframes": [{"time": 0, "position": [127, -400, 63], "target": [127, 127, 63]}], "up": [0, 0, 1]}
    picture = still(tmp_path, data, [head], camera, height=260)
    seen = picture.sum(axis=2) > 60
    redness = picture[..., 0] - picture[..., 2]
    assert not seen[0, 0]
    assert 0.1 < seen.mean() < 0.6
    bone = seen & (redness < 40) & (picture[..., 0] > 90)
    skin = seen & (redness > 15) & (picture[..., 0] > 1.5 * picture[..., 2])
    assert bone.sum() > 300
    assert skin.sum() > 300
    where = np.argwhere(seen)
    inside = np.abs(np.argwhere(bone) - where.mean(axis=0)).max() < np.abs(where - where.mean(axis=0)).max()
    assert inside


@pytest.mark.parametrize("name", ["aquarius-A2.npy.bz2", "hdz2000.npy.bz2"])
def test_a_halo_is_brightest_where_it_is_densest(real_data, tmp_path, name):
    data = {"halo": {"kind": "grid", "file": str(real_data / name), "bounds": [[-1, 1], [-1, 1], [-1, 1]]}}
    layer = {"kind": "volume", "data": "halo", "colormap": "gray", "transfer": [[0, 1], [255, 1]], "blend": "maximum"}
    camera = {"keyframes": [{"time": 0, "position": [0, -5, 0], "target": [0, 0, 0]}]}
    picture = still(tmp_path, data, [layer], camera, height=2)[..., 0]
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": data,
            "layers": [layer],
            "camera": camera,
            "outputs": {"main": {"lens": "perspective", "size": [16, 16]}},
        },
        folder=tmp_path,
    )
    values = scene.prepared.sources["halo"].at(0.0).field(None)
    seen = np.asarray(values).max(axis=1)
    x, z = np.unravel_index(np.argmax(seen), seen.shape)
    row, column = np.unravel_index(np.argmax(picture), picture.shape)
    voxel = SIZE / (values.shape[0] - 1)
    assert column + 0.5 == pytest.approx(x * voxel, abs=1.5 * voxel + 1)
    assert SIZE - row - 0.5 == pytest.approx(z * voxel, abs=1.5 * voxel + 1)


def test_the_proposed_scene_of_the_sea_hides_its_far_side(real_data):
    pytest.importorskip("netCDF4")
    scene = yaml.safe_load(describe(real_data / "tos_O1_2001-2002.nc").scene)
    scene["camera"] = over(20) | {"fov": 35}
    scene["outputs"] = {"main": {"lens": "perspective", "size": [SIZE, SIZE]}}
    picture = mm.Scene.from_dict(scene, folder=real_data).still(0.0).astype(int)
    africa = picture[SIZE // 2 - 8 : SIZE // 2, SIZE // 2 - 4 : SIZE // 2 + 4]
    assert np.ptp(africa, axis=2).max() < 8
    assert 3 < africa.max() < 70
    assert (np.ptp(picture[SIZE // 2, : SIZE // 4], axis=1) > 60).any()  # the Atlantic
