"""The keys of the volume layer: transfer functions by name, percentiles, colours at values, scales, labels, clips."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.clips import ClipBox, ClipPlane, ClipSphere
from moviemaker.core.fields import Grid
from moviemaker.core.props import Volume as VolumeProp
from moviemaker.core.scales import LINEAR, Scale
from moviemaker.layers.volume import Volume
from moviemaker.timeline.tracks import freeze

VALUES = np.linspace(0, 10, 1001)


def grid_of(**fields: np.ndarray) -> Grid:
    return Grid(fields, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


FIELD = grid_of(f=VALUES.reshape(7, 11, 13), mask=np.arange(1001).reshape(7, 11, 13) % 3)


def source_of(grid: Grid) -> SimpleNamespace:
    return SimpleNamespace(
        times=None,
        fields=tuple(grid.fields),
        survey=lambda name: iter([grid.field(name).ravel()]),
        at=lambda time, fields=(): grid,
    )


def prop_of(layer: dict, time: float = 0.0, grid: Grid = FIELD) -> VolumeProp:
    resolved = Volume.model_validate({"data": "g"} | layer).resolve(source_of(grid))
    (prop,) = freeze(resolved, time).props(grid)
    return prop


def opacity(prop: VolumeProp, *values: float) -> list[float]:
    """What the transfer function gives for places on the scale."""
    return np.interp(values, *np.array(prop.transfer.opacities).T).tolist()


def color(prop: VolumeProp, value: float) -> list[float]:
    return [float(np.interp(value, prop.transfer.color_values, part)) for part in prop.transfer.colors.T]


def test_a_ramp_rises_over_the_range():
    assert opacity(prop_of({"transfer": "ramp"}), 0, 5, 10, 11) == pytest.approx([0, 0.05, 0.1, 0.1])
    for layer in ({}, {"transfer": "ramp"}):
        moving = prop_of(layer | {"range": {0: [0, 10], 1: [4, 6]}}, time=1)
        assert opacity(moving, 4, 5, 6) == pytest.approx([0, 0.05, 0.1])


def test_percentiles_are_those_of_the_data():
    ramp = prop_of({"transfer": {"ramp": ["20%", "70%"], "opacity": 0.4}})
    assert opacity(ramp, 2, 4.5, 7) == pytest.approx([0, 0.2, 0.4])
    points = prop_of({"transfer": [[1, 0], ["50%", 0.2], ["100%", 0.8]]})
    assert opacity(points, 1, 3, 5, 7.5, 10) == pytest.approx([0, 0.1, 0.2, 0.5, 0.8])


def test_peaks_are_as_wide_as_they_say_at_half_their_height():
    prop = prop_of({"transfer": {"peaks": [2, "60%"], "width": 0.5, "opacity": [0.3, 0.8]}})
    assert opacity(prop, 2, 1.75, 2.25, 6, 6.25) == pytest.approx([0.3, 0.15, 0.15, 0.8, 0.4], abs=0.004)
    assert opacity(prop, 0, 1, 4, 9) == [0, 0, 0, 0]


def test_peaks_that_overlap_hide_nothing_of_each_other():
    prop = prop_of({"transfer": {"peaks": [2, 2.1], "width": 1, "opacity": [0.8, 0.2]}})
    assert opacity(prop, 2, 1.5, 2.5) == pytest.approx([0.8, 0.4, 0.4], abs=0.005)


def test_a_threshold_shows_all_above_it():
    prop = prop_of({"transfer": {"threshold": {0: 2, 1: 8}, "opacity": 0.5, "width": 0.2}}, time=0.5)
    assert opacity(prop, 4.9, 5, 5.1, 9) == pytest.approx([0, 0.25, 0.5, 0.5])


def test_all_numbers_of_a_transfer_function_move():
    moving = {"peaks": {0: [2, 4], 1: [4, 8]}, "width": {0: 0.2, 1: 0.4}, "opacity": {0: 0, 1: 1}}
    prop = prop_of({"transfer": moving}, time=0.5)
    assert opacity(prop, 3, 3.15, 6) == pytest.approx([0.5, 0.25, 0.5], abs=0.005)
    points = {0: [[0, 0], ["50%", 0.2]], 1: [[1, 0], [9, 0.6]]}
    assert opacity(prop_of({"transfer": points}, time=0.5), 0.5, 7) == pytest.approx([0, 0.4])


def test_colors_stand_at_values():
    prop = prop_of({"colors": [[2, "red"], ["60%", [0, 0, 1]]]})
    assert color(prop, 1) == [1, 0, 0]
    assert color(prop, 4) == pytest.approx([0.5, 0, 0.5])
    assert color(prop, 7) == [0, 0, 1]
    moving = {0: [[2, "red"], [6, "blue"]], 1: [[4, "red"], [8, "lime"]]}
    assert color(prop_of({"colors": moving}, time=1), 6) == pytest.approx([0.5, 0.5, 0])


DECADES = grid_of(f=np.array([0, 1e-6, 1e-4, 1e-2, 1, 1e2]).reshape(1, 2, 3))


def test_on_a_logarithmic_scale_values_are_as_far_apart_as_decades():
    layer = {"scale": "log", "range": [1e-4, 1], "colormap": ["black", "white"], "transfer": [[1e-4, 0], [1, 0.8]]}
    prop = prop_of(layer, grid=DECADES)
    assert prop.scale == Scale("log", 1e-4)
    assert prop.scale.of(DECADES.field("f")).ravel().tolist() == [-4, -4, -4, -2, 0, 2]
    assert opacity(prop, -4, -2, 0) == pytest.approx([0, 0.4, 0.8])
    assert color(prop, -2) == pytest.approx([0.5] * 3)
    assert color(prop, -1) == pytest.approx([0.75] * 3)


def test_the_range_of_a_logarithmic_scale_is_that_of_the_values_above_zero():
    prop = prop_of({"scale": "log", "transfer": "ramp"}, grid=DECADES)
    assert prop.transfer.color_values[[0, -1]] == pytest.approx([-6, 2])
    assert opacity(prop, -6, -2, 2) == pytest.approx([0, 0.05, 0.1])


def test_a_symmetric_scale_has_a_linear_part():
    grid = grid_of(f=np.array([-100.0, -1, -0.01, 0, 1, 100]).reshape(1, 2, 3))
    prop = prop_of({"scale": "symlog", "linear_within": 1, "transfer": [[-99, 1], [0, 0], [9, 0.5]]}, grid=grid)
    assert opacity(prop, -2, -1, 0, 0.5, 1) == pytest.approx([1, 0.5, 0, 0.25, 0.5])
    assert prop_of({"scale": "symlog", "transfer": "ramp"}, grid=grid).scale == Scale("symlog", 0.1)


def test_a_scale_that_need_not_be_is_linear():
    assert prop_of({}).scale is LINEAR


def test_labels_have_a_look_each():
    prop = prop_of({"labels": {2: "red", -1.5: {"color": "blue", "opacity": {0: 0, 1: 0.5}}}}, time=1)
    assert prop.labels == (2.0, -1.5)
    assert opacity(prop, 0, 1, 2) == pytest.approx([0, 0.2, 0.5])
    assert color(prop, 1) == [1, 0, 0]
    assert color(prop, 2) == [0, 0, 1]


def test_a_mask_is_a_field_with_or_without_values():
    layer = Volume.model_validate({"data": "g", "mask": "mask"})
    assert layer.named_fields() == ((("mask",), "mask"),)
    assert prop_of({"mask": "mask"}).mask is FIELD.field("mask")
    prop = prop_of({"mask": {"field": "mask", "values": [1, 2]}})
    assert prop.mask_values == (1.0, 2.0)


def test_clips_move():
    clip = [
        {"kind": "box", "bounds": {0: [[0, 1]] * 3, 1: [[2, 5]] * 3}},
        {"kind": "plane", "origin": [0, 0, 1], "normal": {0: [0, 0, 1], 1: [0, 2, 0]}},
        {"kind": "sphere", "center": [1, 2, 3], "radius": {0: 1, 1: 3}, "keep": "outside"},
    ]
    assert prop_of({"clip": clip}, time=0.5).clips == (
        ClipBox((1, 1, 1), (3, 3, 3)),
        ClipPlane((0, 0, 1), (0, 1, 0.5)),
        ClipSphere((1, 2, 3), 2, outside=True),
    )


def test_clipped_parts_are_not_near():
    layer = Volume.model_validate({"data": "g", "field": "f", "range": (0, 10), "transfer": [[0, 0.9], [10, 0.9]]})
    place = np.array([3.0, 5, -2])
    assert layer.near(FIELD, place, 3.0)[:, 2].min() == pytest.approx(0)
    cut = layer.model_copy(update={"clip": Volume.model_validate({"data": "g", "clip": [
        {"kind": "plane", "origin": [0, 0, 0.4], "normal": [0, 0, 1]}]}).clip})  # fmt: skip
    near = cut.near(FIELD, place, 3.0)
    assert len(near)
    assert near[:, 2].min() > 0.4


def test_labels_are_near_where_they_are():
    layer = Volume.model_validate({"data": "g", "field": "mask", "labels": {2: "red"}}).resolve(source_of(FIELD))
    near = layer.near(FIELD, np.array([3.0, 5, 6]), 2.0)
    assert (FIELD.field("mask")[tuple(np.rint(near).astype(int).T)] == 2).mean() > 0.5


@pytest.mark.parametrize(
    ("layer", "where", "what"),
    [
        ({"transfer": "bump"}, "transfer", "no such shape 'bump'"),
        ({"transfer": {"peeks": [1]}}, "transfer.peeks", "did you mean 'peaks'?"),
        ({"transfer": {"peaks": [1], "ramp": [0, 1]}}, "transfer.ramp", "peaks and ramp are two shapes"),
        ({"transfer": {"peaks": [1, "x%"]}}, "transfer.peaks[1]", "'x%' is not a percentile"),
        ({"transfer": {"peaks": [1], "opacity": 3}}, "transfer.opacity", "a number from 0 to 1"),
        ({"transfer": {"ramp": [0, 1], "width": 3}}, "transfer.width", "unknown key 'width'"),
        ({"transfer": [[1, 0], [0, 1]]}, "transfer[1][0]", "the value 0 comes after 1"),
        ({"transfer": [[5, 0], ["10%", 1]]}, "transfer[1][0]", "the value 1 comes after 5"),
        ({"transfer": {0: [[0, 0], [1, 1]], 1: [["90%", 0], [1, 1]]}}, "transfer[1][1][0]", "comes after 9"),
        ({"transfer": [[1, 0, 2]]}, "transfer[0]", "[1, 0, 2] is not a pair"),
        ({"transfer": 3}, "transfer", "3 is not a list of pairs"),
        ({"colors": [[0, "redd"]]}, "colors[0][1]", "did you mean 'red'"),
        ({"colors": [[0, "red"]], "colormap": "viridis"}, "colormap", "colors and a colormap are given"),
        ({"scale": "log", "transfer": [[0, 0], [1, 1]]}, "transfer", "a logarithmic scale has no place for 0"),
        ({"scale": "log", "range": [0, 1]}, "range", "a logarithmic range cannot begin at 0"),
        ({"scale": "ln"}, "scale", "no such scale 'ln'"),
        ({"linear_within": 1}, "linear_within", "only a scale: symlog has a linear part"),
        ({"gradient": [[2, 0], [1, 1]]}, "gradient[1][0]", "the magnitude 1 comes after 2"),
        ({"gradient": [[-2, 0]]}, "gradient[0][0]", "a number from 0 up"),
        ({"labels": {"x": "red"}}, "labels.x", "'x' is not a value of a label"),
        ({"labels": {1: "rot"}}, "labels[1]", "'rot' is not a colour"),
        ({"labels": {1: {"color": "red", "alpha": 1}}}, "labels[1].alpha", "unknown key 'alpha'"),
        ({"labels": {1: "red"}, "transfer": "ramp"}, "transfer", "labels have colours and opacities of their own"),
        ({"labels": {1: "red"}, "blend": "maximum"}, "blend", "labels have no maximum"),
        ({"mask": "nothing"}, "mask", "no such field 'nothing'"),
        ({"mask": {"field": "no", "values": [1]}}, "mask.field", "no such field 'no'"),
        ({"clip": {"kind": "box"}}, "clip", "a mapping is not a list"),
        ({"clip": [{"kind": "cone"}]}, "clip[0].kind", "no such clip kind 'cone'"),
        ({"clip": [{"kind": "plane", "origin": [0, 0, 0], "normal": [0, 0, 0]}]}, "clip[0].normal", "points nowhere"),
        ({"clip": [{"kind": "box", "bounds": [[0, 1], [1, 1], [0, 1]]}]}, "clip[0].bounds[1]", "nothing from 1 to 1"),
        ({"clip": [{"kind": "sphere", "center": [0, 0, 0], "radius": 0}]}, "clip[0].radius", "0 is out of range"),
    ],
)
def test_mistakes_are_reported_at_their_place(tmp_path, layer, where, what):
    np.save(tmp_path / "g.npy", np.linspace(0, 10, 64).reshape(4, 4, 4))
    written = {
        "duration": 1,
        "data": {"g": {"kind": "grid", "file": "g.npy"}},
        "layers": [{"kind": "volume", "data": "g"} | layer],
        "camera": {"keyframes": [{"time": 0, "position": [0, -9, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
    }
    with pytest.raises(mm.SceneError) as error:
        mm.Scene.from_dict(written, folder=tmp_path)
    (problem,) = error.value.problems
    assert f"layers[0].{where}: " in str(problem)
    assert what in str(problem)


def test_values_that_move_render(grid_scene):
    layer = {
        "range": [0, 1],
        "transfer": {"threshold": {0: 0.1, 1: 0.9}, "opacity": 0.9},
        "clip": [{"kind": "plane", "origin": {0: [0, 0, -1], 1: [0, 0, 1]}, "normal": [0, 0, -1]}],
        "unit_distance": 0.1,
    }
    values = np.broadcast_to(np.linspace(0, 1, 32)[:, None, None], (32, 32, 32)).astype(np.float32)
    picture = grid_scene(values, [[-0.5, 0.5]] * 3, layer).still(0.5)[..., 0]
    assert picture[40:, 40:].min() > 240  # x > 0 and z < 0
    assert picture[:24].max() == 0
    assert picture[:, :24].max() == 0
    assert math.isclose(picture[40:, 40:].std(), 0, abs_tol=3)
