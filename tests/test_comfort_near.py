"""Warnings about things nearer to the eyes of a stereo picture than ten times the distance between the eyes."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.comfort.data_budget import FEWEST_SAMPLES, MOST_SAMPLES, Data
from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Particles
from moviemaker.layers.isosurface import Isosurface
from moviemaker.layers.points import Points
from moviemaker.layers.volume import Volume
from tests.test_api import scene_dict

PASSING = {  # along x through the origin at 5 s, at 2 a second
    "keyframes": [{"time": t, "position": [x, 0, 0], "target": [1000, 0, 0]} for t, x in ((0, -10), (10, 10))],
    "interpolation": "linear",
}
STEREO = {"packing": "top-bottom", "ipd": 0.25}
OUTPUTS = {
    "vr": {"lens": "equirectangular", "size": [64, 64], "stereo": STEREO},
    "vr180": {"lens": "vr180", "size": [64, 64], "stereo": STEREO},
    "dome": {"lens": "domemaster", "size": [64, 128], "stereo": STEREO},
    "flat": {"lens": "perspective", "size": [64, 128], "stereo": STEREO},
    "cube": {"lens": "cubemap", "size": [48, 64], "stereo": STEREO},
    "mono": {"lens": "equirectangular", "size": [64, 32]},
}
WHOLE = [0, 10]


@pytest.fixture
def near(tmp_path):
    """Times at which something is near, by output, and the warnings."""

    def found(position, layer=None, camera=None, outputs=None, **stored):
        np.savez(tmp_path / "points.npz", position=np.array(position, dtype=float), **stored)
        layers = [{"kind": "points", "data": "points", "size": 0.5} | (layer or {})]
        outputs = {name: OUTPUTS[name] for name in outputs} if isinstance(outputs, list) else outputs or OUTPUTS
        written = scene_dict(layers=layers, camera=camera or PASSING, outputs=outputs, duration=10, fps=30)
        warnings = [text for text in mm.Scene.from_dict(written, folder=tmp_path).warnings if "ipd" in text]
        return {
            name: [float(time) for time in re.findall(r"([\d.]+) s\b", text)]
            for text in warnings
            for name in re.findall(r"outputs\.(\w+)", text)
        }, warnings

    return found


def around(time, half):
    return pytest.approx([time - half, time + half], abs=0.06)


def test_a_passed_point_is_near_for_the_right_time(near):
    times, warnings = near([[0, 1.2, 1.6]])
    # The surface of a sphere 0.5 wide is nearer than 2.5 while the camera is within sqrt(2.75^2 - 2^2) of the origin.
    half = math.sqrt(2.75**2 - 4) / 2
    assert times["vr"] == times["cube"] == around(5, half)
    assert times["vr180"] == pytest.approx([5 - half, 5], abs=0.11)  # then it is behind, half a sample later at most
    assert set(times) == {"vr", "vr180", "dome", "cube"}  # the flat picture is 40 degrees high; mono has no parallax
    assert warnings[0].startswith("scene:1: outputs.vr, outputs.dome, outputs.cube: layers[0] is nearer to the camera")
    assert "nearer to the camera than 10 ipd (2.5) from" in warnings[0]
    assert "(as near as 1.8); keep the camera away from it, or write an ipd of at most 0.17" in warnings[0]
    assert near([[0, 2.8, 0]], outputs=["vr"])[0] == {}


def test_only_points_in_the_picture_count(near):
    ahead, behind, left, up, down = (1.5, 0, 0.1), (-1.5, 0, 0.1), (0.1, 1.5, 0.1), (0.1, 0, 1.5), (0.1, 0, -1.5)
    still = {"keyframes": [PASSING["keyframes"][0] | {"position": [0, 0, 0]}]}
    everywhere = {"vr", "cube"}
    for place, seen in (
        (ahead, everywhere | {"vr180", "dome", "flat"}),
        (behind, everywhere | {"dome"}),
        (left, everywhere | {"vr180", "dome"}),
        (up, everywhere | {"vr180", "dome"}),
        (down, everywhere | {"vr180"}),
    ):
        times, _ = near([place], camera=still)
        assert times == dict.fromkeys(seen, WHOLE)


def test_a_wide_picture_shows_more(near):
    still = {"keyframes": [PASSING["keyframes"][0] | {"position": [0, 0, 0], "fov": 60}]}
    stereo = STEREO | {"packing": "left-right"}
    for width, seen in ((64, set()), (384, {"flat"})):  # of both eyes together
        outputs = {"flat": {"lens": "perspective", "size": [width, 64], "stereo": stereo}}
        assert set(near([[1, 1.5, 0]], camera=still, outputs=outputs)[0]) == seen


def test_a_point_that_passes_the_camera_is_near_too(near):
    still = {"keyframes": [PASSING["keyframes"][0] | {"position": [0, 0, 0]}]}
    path = np.array([[[-10, 2, 0]], [[10, 2, 0]]])
    times, _ = near(path, camera=still, outputs=["vr"], time=np.array([0.0, 1]))
    assert times["vr"] == around(5, math.sqrt(2.75**2 - 4) / 2)


def test_hidden_layers_are_not_near(near):
    assert near([[0, 2, 0]], {"visible": False})[0] == {}
    assert near([[0, 2, 0]], {"opacity": {0: 1, 4: 0, 6: 0, 8: 1, "ease": "linear"}})[0] == {}
    shown, _ = near([[0, 2, 0]], {"opacity": {0: 0, 5: 1, "ease": "hold"}}, outputs=["vr"])
    assert shown["vr"] == pytest.approx([5, 5 + math.sqrt(2.75**2 - 4) / 2], abs=0.11)
    by_mass = {"color": {"by": "mass", "range": [0, 1]}}
    assert near([[0, 2, 0], [0, 9, 0]], by_mass, mass=np.array([np.nan, 1]))[0] == {}
    assert set(near([[0, 2, 0], [0, 9, 0]], by_mass, outputs=["vr"], mass=np.array([0.5, 1]))[0]) == {"vr"}


def test_the_camera_inside_of_something(near):
    still = {"keyframes": [PASSING["keyframes"][0] | {"position": [0, 0.1, 0]}]}
    _, (warning,) = near([[0, 0, 0]], {"name": "stars"}, camera=still, outputs=["vr", "flat"])
    assert "outputs.vr, outputs.flat: the layer 'stars' is nearer to the camera than 10 ipd (2.5) from 0 s" in warning
    assert "(it is all around it); keep the camera out of it" in warning


def test_eyes_that_move_apart(near):
    still = {"keyframes": [PASSING["keyframes"][0] | {"position": [0, 0, 0]}]}
    stereo = {"packing": "separate", "ipd": {0: 0.1, 10: 0.3, "ease": "linear"}}
    times, _ = near([[4.25, 0, 0]], camera=still, outputs={"flat": OUTPUTS["flat"] | {"stereo": stereo}})
    assert times == {}
    times, _ = near([[2.25, 0, 0]], camera=still, outputs={"flat": OUTPUTS["flat"] | {"stereo": stereo}})
    assert times["flat"] == pytest.approx([5, 10], abs=0.06)


@pytest.mark.parametrize(
    ("layer", "face"),
    [
        ({"kind": "volume", "transfer": [[0, 0], [0.5, 0], [1, 0.5]]}, 1.5),  # half a voxel beyond its samples
        ({"kind": "volume", "transfer": [[0, 0], [0.5, 0], [1, 0.5]], "blend": "maximum"}, 1.5),
        ({"kind": "isosurface", "levels": [0.5]}, 2.0),  # the cell that it passes through reaches from 1 to 2
    ],
)
def test_a_volume_and_a_surface_are_near_at_their_face(tmp_path, layer, face):
    values = np.zeros((21, 21, 21))
    values[9:12, 9:12, 9:12] = 1  # samples from -1 to 1
    np.save(tmp_path / "grid.npy", values)
    camera = {
        "keyframes": [{"time": t, "position": [x, 0, 0], "target": [-9, 0, 0]} for t, x in ((0, 60), (10, 10))],
        "interpolation": "linear",
    }
    output = {"lens": "perspective", "size": [64, 128], "stereo": {"packing": "top-bottom", "ipd": 2}}
    data = {"grid": {"kind": "grid", "file": "grid.npy", "bounds": [[-10, 10]] * 3}}
    layers = [layer | {"data": "grid"}]
    written = scene_dict(data=data, layers=layers, camera=camera, duration=10, outputs={"flat": output})
    (warning,) = mm.Scene.from_dict(written, folder=tmp_path).warnings
    assert f"than 10 ipd (20) from {(40 - face) / 5:.1f} s to 10 s" in warning
    assert f"(as near as {10 - face:.2g})" in warning


def test_a_visible_fog_around_the_camera_counts(grid_scene):
    output = {"lens": "vr180", "size": [64, 32], "stereo": {"packing": "left-right", "ipd": 0.1}}
    camera = {"keyframes": [{"time": 0, "position": [0, 0.3, 0], "target": [0, 5, 0]}]}
    for opacity, counts in ((0.0, 0), (0.001, 0), (0.01, 1)):  # a thousandth over 1 is not seen over 2
        layer = {"transfer": [[0, opacity], [1, opacity]], "unit_distance": 1}
        scene = grid_scene(np.zeros((3, 3, 3)), [[-50, 50]] * 3, layer, camera=camera, outputs={"vr": output})
        assert sum("10 ipd" in warning for warning in scene.warnings) == counts
    assert "(it is all around it)" in scene.warnings[0]


def test_the_density_of_a_fog_depends_on_blending_and_fading():
    values, place = np.ones((3, 3, 3)), np.ones(3)
    thin = {"data": "d", "field": "f", "range": (0, 1), "transfer": ((0.0, 0.003), (1.0, 0.003))}
    thin["unit_distance"] = 1
    assert len(Volume(**thin).near(grid_of(values), place, 5.0))
    assert not len(Volume(**thin, blend="maximum").near(grid_of(values), place, 5.0))
    assert not len(Volume(**thin, opacity=0.1).near(grid_of(values), place, 5.0))


def grid_of(values, spacing=1.0):
    return Grid({"f": values}, (0.0, 0.0, 0.0), (spacing,) * 3)


def test_only_some_voxels_of_large_grids_are_examined():
    values = np.zeros((200, 200, 200), dtype=np.uint8)
    values[100:140, 100:140, 100:140] = 1
    volume = Volume(data="d", field="f", range=(0, 1), transfer=((0.0, 0.0), (1.0, 0.5)))
    place = np.array([60.0, 120.0, 120.0])
    points = volume.near(grid_of(values), place, 80.0)
    assert 0 < len(points) <= 32**3
    assert np.linalg.norm(points - place, axis=1).min() == pytest.approx(39.5, abs=160 / 32)
    assert len(volume.near(grid_of(values), place, 30.0)) == 0
    assert volume.near(grid_of(values), np.array([120.2, 120, 120]), 80.0).tolist() == [[120.2, 120, 120]]


def test_values_that_are_not_finite_are_not_near():
    values = np.full((5, 5, 5), np.nan)
    place = np.array([2.0, 2, 2])
    assert not len(Volume(data="d", field="f", range=(0, 1), transfer=((0.0, 1.0),)).near(grid_of(values), place, 9.0))
    assert not len(Isosurface(data="d", field="f", levels=(0.5,)).near(grid_of(values), place, 9.0))


def test_points_reach_as_far_as_their_size():
    sample = Particles(np.array([[3.0, 0, 0], [0, 3, 0], [9, 9, 9]]), {})
    for shape, reach, nearest in (("sphere", 2.1, 2), ("cube", 2.1, 2), ("dot", 3.1, 3)):
        layer = Points(data="d", shape=shape, size=2.0)
        assert np.linalg.norm(layer.near(sample, np.zeros(3), reach), axis=1).tolist() == [nearest, nearest]
    assert not len(Points(data="d", size=2.0).near(sample, np.zeros(3), 1.9))


class Large:
    """Data of any size that are never read."""

    fields, files = (), ("d.npy",)

    def __init__(self, sample, moves):
        self.sample, self.times = sample, np.arange(3.0) if moves else None

    def at(self, time, fields=()):
        return self.sample


@pytest.mark.parametrize(
    ("sample", "moves", "samples"),
    [
        (Particles(np.empty((100, 3)), {}), True, MOST_SAMPLES),
        (Particles(np.empty((50_000, 3)), {}), True, 25),
        (Particles(np.empty((50_000, 3)), {}), False, MOST_SAMPLES),
        (Particles(np.broadcast_to(0.0, (10**7, 3)), {}), True, FEWEST_SAMPLES),
        (grid_of(np.broadcast_to(0.0, (1000, 1000, 1000))), False, MOST_SAMPLES),
        (grid_of(np.broadcast_to(0.0, (1000, 1000, 1000))), True, FEWEST_SAMPLES),
        (object(), True, MOST_SAMPLES),
    ],
)
def test_large_data_are_sampled_less_often(sample, moves, samples):
    script = SimpleNamespace(data_time=lambda time: time)
    assert Data(script, {"d": Large(sample, moves)}).times_to_sample(["d", "d"]) == samples


def test_data_that_cannot_be_read_are_named():
    class Broken(Large):
        def at(self, time, fields=()):
            raise InputError("it is cut short", "copy it again", ("file",))

    script = SimpleNamespace(data_time=lambda time: time)
    with pytest.raises(InputError) as raised:
        Data(script, {"d": Broken(None, True)}).at("d", 0.5)
    assert raised.value.at == ("data", "d", "file")
