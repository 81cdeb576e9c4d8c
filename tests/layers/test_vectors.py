"""Arrows: how long they are, which way they go, their colours, and what users get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.fields import Particles
from moviemaker.core.kinds import build
from moviemaker.core.props import Glyphs
from moviemaker.data.particles import Particles as ParticlesKind
from moviemaker.layers.tracing.vector_scale import vectors
from moviemaker.layers.vectors import Vectors
from moviemaker.timeline.tracks import freeze


@pytest.fixture
def arrows_scene(tmp_path):
    def make(layer: dict, scene: dict | None = None, **arrays: Any) -> mm.Scene:
        count = len(next(iter(arrays.values()))) if arrays else 2
        given = {"position": np.full((count, 3), 5.0)} | arrays
        np.savez(tmp_path / "p.npz", **given)
        written = {
            "duration": 1,
            "data": {"p": {"kind": "particles", "file": "p.npz"}},
            "layers": [{"kind": "vectors", "data": "p"} | layer],
            "camera": {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0], "fov": 60}]},
            "outputs": {"main": {"lens": "perspective", "size": [160, 120]}},
        }
        return mm.Scene.from_dict(written | (scene or {}), folder=tmp_path)

    return make


def drawn(layer: dict, velocity: Any, position: Any = None, fade: Any = None, **fields: Any) -> Glyphs:
    velocity = np.array(velocity)
    position = np.zeros((len(velocity), 3)) if position is None else np.array(position, float)
    still = freeze(Vectors.model_validate({"data": "p"} | layer), 0.0)
    (prop,) = still.props(Particles(position, {"velocity": velocity} | fields, fade))
    return prop


def resolved(scene: mm.Scene) -> Vectors:
    return scene._prepared.script.layers[0]


def test_an_arrow_is_as_long_as_its_vector_times_scale_times_size():
    prop = drawn({"size": 3, "scale": 0.5}, [[2.0, 0, 0], [0, -4, 3], [0.1, 0, 0]])
    assert prop.size == pytest.approx([3, 7.5, 0.15])
    assert prop.direction == pytest.approx(np.array([[1, 0, 0], [0, -0.8, 0.6], [1, 0, 0]]))


def test_it_begins_at_its_particle_unless_anchored_elsewhere():
    for anchor, middle in (("tail", 2.0), ("middle", 1.0), ("tip", 0.0)):
        prop = drawn({"size": 1, "scale": 1, "anchor": anchor}, [[2.0, 0, 0]], [[1, 5, 7]])
        assert prop.position == pytest.approx(np.array([[middle, 5, 7]]))


def test_with_unit_all_are_as_long_as_the_size():
    assert drawn({"size": 3, "scale": "unit"}, [[1e-20, 0, 0], [0, 1e20, 0]]).size == pytest.approx([3, 3])


@pytest.mark.parametrize("scale", [2, "unit", "log"])
def test_vectors_that_are_zero_or_not_finite_draw_nothing(arrows_scene, scale):
    velocity = np.array([[0.0, 0, 0], [1, 0, 0], [np.nan, 1, 0], [0, np.inf, 0], [0, 0, 1]])
    scene = arrows_scene({"size": 1, "scale": scale, "color": {"by": "m"}}, velocity=velocity, m=np.arange(5.0))
    (prop,) = resolved(scene).props(Particles(np.zeros((5, 3)), {"velocity": velocity, "m": np.arange(5.0)}))
    assert prop.direction.tolist() == [[1, 0, 0], [0, 0, 1]]
    bright = drawn({"size": 1, "scale": 1, "color": {"by": "m", "range": [0, 4], "colormap": ["black", "white"]}},
                   velocity, m=np.arange(5.0))  # fmt: skip
    assert bright.colors[:, 0].tolist() == [64, 255]


def test_without_a_scale_only_one_of_a_hundred_is_longer_than_the_size(arrows_scene):
    lengths = np.linspace(0, 50, 1001)[:, None]
    layer = resolved(arrows_scene({"size": 4}, velocity=lengths * [[0.6, 0, 0.8]]))
    assert layer.scale == pytest.approx(1 / 49.5)
    sizes = layer.props(Particles(np.zeros((1001, 3)), {"velocity": lengths * [[0.6, 0, 0.8]]}))[0].size
    assert (sizes > 4).sum() == 10
    assert sizes.max() == pytest.approx(4 * 50 / 49.5)


def test_the_scale_is_that_of_the_whole_movie(arrows_scene):
    velocity = np.zeros((3, 2, 3))
    velocity[0], velocity[1], velocity[2] = [1, 0, 0], [10, 0, 0], [2, 0, 0]
    times = {"time": np.array([0.0, 1, 2])}
    assert resolved(arrows_scene({}, position=np.zeros((3, 2, 3)), velocity=velocity, **times)).scale == pytest.approx(
        1 / 10
    )


def test_in_a_logarithmic_scale_a_hundredth_is_about_a_third(arrows_scene):
    velocity = np.array([[100.0, 0, 0]] * 200 + [[1.0, 0, 0], [0.001, 0, 0]])
    layer = resolved(arrows_scene({"size": 2, "scale": "log"}, velocity=velocity))
    sizes = layer.props(Particles(np.zeros((202, 3)), {"velocity": velocity}))[0].size
    assert sizes[0] == pytest.approx(2)
    assert sizes[200] == pytest.approx(2 * math.log(11) / math.log(1001))
    assert sizes[201] == pytest.approx(2 * math.log(1.01) / math.log(1001), rel=1e-4)


def test_three_fields_make_a_vector(arrows_scene):
    u, v, w = np.array([1.0, 0]), np.array([0, 2.0]), np.array([0, 0])
    layer = resolved(arrows_scene({"vector": ["u", "v", "w"], "size": 1, "scale": 1}, u=u, v=v, w=w))
    (prop,) = layer.props(Particles(np.zeros((2, 3)), {"u": u, "v": v, "w": w}))
    assert prop.direction.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert prop.size.tolist() == [1, 2]


def test_a_size_by_a_field_is_the_length_itself(arrows_scene):
    velocity, mass = np.array([[9.0, 0, 0], [0, 1, 0]]), np.array([1.0, 3])
    size = {"by": "m", "range": [1, 3], "size": [0.5, 2]}
    fields = {"velocity": velocity, "m": mass}
    (prop,) = resolved(arrows_scene({"size": size}, **fields)).props(Particles(np.zeros((2, 3)), fields))
    assert prop.size.tolist() == [0.5, 2]
    scaled = resolved(arrows_scene({"size": size, "scale": 2}, **fields))
    assert scaled.props(Particles(np.zeros((2, 3)), fields))[0].size.tolist() == [9, 4]


def test_opacity_is_of_the_layer_and_of_how_far_a_particle_is_there():
    fade = np.array([1, 0.5, 0], np.float32)
    prop = drawn({"size": 1, "scale": 1, "color": "red", "opacity": 0.5}, np.eye(3), fade=fade)
    assert prop.colors.tolist() == [[255, 0, 0, 128], [255, 0, 0, 64], [255, 0, 0, 0]]


def test_scale_and_size_may_move(arrows_scene):
    layer = resolved(arrows_scene({"size": {0: 1, 1: 3}, "scale": {0: 2, 1: 4}}, velocity=np.eye(3)))
    for time, length in ((0, 2), (0.5, 6), (1, 12)):
        (prop,) = freeze(layer, time).props(Particles(np.zeros((3, 3)), {"velocity": np.eye(3)}))
        assert prop.size == pytest.approx([length] * 3)


def test_arrows_are_seen_in_their_colours(arrows_scene):
    layer = {"color": {"by": "rgb"}, "size": 4, "scale": "unit", "shape": "cone", "shade": False, "anchor": "middle"}
    rgb = np.array([[1.0, 0, 0], [0, 0.5, 1]])
    scene = arrows_scene(
        layer, position=np.array([[0.0, 5, 1], [0, 5, -1]]), velocity=np.array([[1.0, 0, 0], [-1, 0, 0]]), rgb=rgb
    )
    picture = scene.still(0.0)
    seen = {tuple(color) for color in picture[[40, 80], 80].tolist()}
    assert seen == {(255, 0, 0), (0, 128, 255)}


def test_near_gives_the_nearest_point_of_an_arrow():
    layer = freeze(Vectors.model_validate({"data": "p", "size": 1, "scale": 1}), 0.0)
    sample = Particles(np.array([[-5.0, 2, 0], [0, 30, 0]]), {"velocity": np.array([[10.0, 0, 0], [1, 0, 0]])})
    (point,) = layer.near(sample, np.zeros(3), 1.0)
    # The first passes at a distance of 2, and no part of it is farther from its axis than 1.7.
    assert point == pytest.approx([0, 0.3, 0])
    assert len(layer.near(sample, np.array([0.0, -20, 0]), 1.0)) == 0
    inside = layer.near(sample, np.array([0.0, 2, 0]), 1.0)
    assert inside == pytest.approx(np.array([[0, 2, 0]]))


WRONG = {
    "no such field": ({"vector": "velocty"}, "no such field 'velocty'", "velocity", "vector"),
    "one column": ({"vector": "mass"}, "'mass' has 1 number for each particle, and three", "[u, v, w]", "vector"),
    "three columns": (
        {"vector": ["mass", "velocity", "mass"]},
        "'velocity' has 3 numbers for each particle, and one is wanted",
        "[u, v, w]",
        "vector[1]",
    ),
    "four names": ({"vector": ["mass"] * 4}, "a list of 4 is not of the right length", "[u, v, w]", "vector"),
    "none of its own": ({}, "no such field 'velocity'", "x, y, z", "vector"),
    "no name": ({"vector": 3}, "3 is not", "[u, v, w]", "vector"),
    "no scale": ({"scale": "lgo"}, "no such scale 'lgo'", "'log'", "scale"),
    "scale of nothing": ({"scale": 0}, "0 is out of range", "above 0", "scale"),
    "scale of truth": ({"scale": True}, "true is not a number", "unit or log", "scale"),
    "shape": ({"shape": "arow"}, "no such shape 'arow'", "'arrow'", "shape"),
    "anchor": ({"anchor": "mid"}, "no such anchor 'mid'", "middle", "anchor"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_named_with_its_place_and_what_would_be_right(arrows_scene, case):
    layer, what, right, where = WRONG[case]
    fields = {"velocity": np.eye(3)} if layer else {}
    with pytest.raises(mm.SceneError) as raised:
        arrows_scene(layer, position=np.zeros((3, 3)), mass=np.ones(3), **fields)
    message = str(raised.value)
    assert f"layers[0].{where}: {what}" in message
    assert right in message


def test_on_a_globe_components_go_east_north_and_up():
    places = {
        (0, 0): ([0, 1, 0], [0, 0, 1]),
        (90, 0): ([-1, 0, 0], [0, 0, 1]),
        (0, 60): ([0, 1, 0], [-(0.75**0.5), 0, 0.5]),
    }
    for (longitude, latitude), (east, north) in places.items():
        a, b = np.radians([longitude, latitude])
        up = np.array([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)])
        for wind, right in (((2, 0), east), ((0, 3), north), ((0, 0, 4), up)):
            fields = dict(zip("uvw", np.array(wind, float)[:, None], strict=False))
            sample = Particles(10 * up[None], fields, globe=True)
            found = vectors(sample, tuple(fields))
            assert found[0] == pytest.approx(sum(wind) * np.array(right), abs=1e-12)


def test_positions_by_longitude_and_latitude_say_so(tmp_path):
    (tmp_path / "wind.csv").write_text("lon,lat,u,v\n0,0,1,0\n90,0,1,0\n0,89,0,1\n")
    source = build(ParticlesKind, {"kind": "particles", "file": "wind.csv", "position": ["lon", "lat"], "globe": 5})
    sample = source.open(tmp_path).at(0.0, ("u", "v"))
    east, _, north = vectors(sample, ("u", "v"))
    assert east == pytest.approx([0, 1, 0], abs=1e-9)
    assert north == pytest.approx([-np.cos(np.radians(1)), 0, np.sin(np.radians(1))], abs=1e-9)
