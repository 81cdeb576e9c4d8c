"""Pictures in which nothing is seen are announced, with the reason; pictures that hold something are not."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.visibility import is_blank

AXIS = np.linspace(-1, 1, 16)
BALL = np.exp(-2 * (AXIS[:, None, None] ** 2 + AXIS[:, None] ** 2 + AXIS**2)).astype(np.float32)
BOX = [[-1, 1]] * 3


def said(scene: mm.Scene) -> str:
    return "\n".join(scene.warnings)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ({"transfer": [[5, 0], [9, 0.5]]}, "its transfer function gives no opacity to its values, 0.0024"),
        ({"transfer": {"peaks": [7], "width": 0.5}}, "its transfer function gives no opacity"),
        ({"range": [5, 9]}, "its transfer function gives no opacity"),
        ({"labels": {7: "red"}}, "none of its labels is among its values"),
        ({"clip": [{"kind": "box", "bounds": [[3, 4]] * 3, "keep": "inside"}]}, "is cut away"),
        ({"kind": "isosurface", "levels": [3, 4]}, "no level of 3, 4 lies among its values, 0.0024"),
        ({"kind": "slice", "origin": [0, 0, 5], "normal": [0, 0, 1]}, "its plane does not meet the grid"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_values_that_the_data_do_not_have(layer, reason, grid_scene):
    scene = grid_scene(BALL, BOX, layers=[{"kind": "volume", "data": "grid"} | layer])
    assert "scene:1: layers[0]: nothing of it is seen: " in said(scene)
    assert "outputs.main: the first, middle and last pictures hold nothing: layers[0]: " in said(scene)
    assert reason in said(scene)
    assert is_blank(scene.still(0))


@pytest.mark.parametrize("layer", [{}, {"transfer": [[0.9, 0], [0.99, 0.5]]}, {"blend": "maximum"}, {"labels": None}])
def test_a_volume_that_is_seen_is_not_mentioned(layer, grid_scene):
    assert "nothing" not in said(grid_scene(BALL, BOX, layer))


def test_a_volume_without_thickness(grid_scene):
    scene = grid_scene(BALL[:, :, 8:9], [[-1, 1], [-1, 1], [0, 0]])
    assert "its grid has one sample along z, and a volume needs a thickness; write kind: slice" in said(scene)


def test_a_small_thing_in_a_large_grid_is_found(grid_scene):
    values = np.zeros((200, 180, 190), np.float32)
    values[101, 77, 143] = 1
    assert "nothing" not in said(grid_scene(values, BOX, {"transfer": [[0.5, 0], [1, 1]]}))


SMALL = {"main": {"lens": "perspective", "size": [64, 64]}}


def look(position, target, **more):
    return {"keyframes": [{"time": 0, "position": position, "target": target, **more}]}


def test_a_camera_that_looks_away(particles_scene):
    scene = particles_scene([[0, 0, 0], [1, 0, 0]], camera=look([0, -10, 0], [0, -20, 0]))
    assert "the camera looks away from layers[0]; let its target be what is to be seen, such as target: " in said(scene)
    assert is_blank(scene.still(0))
    name = scene.prepared.script.layers[0].data
    around = particles_scene([[90, 0, 0], [91, 0, 0]], camera={"orbit": {"radius": 8, "azimuth": 0}})
    assert f"such as orbit: {{center: {name}}}" in said(around)
    moved = particles_scene([[90, 0, 0], [91, 0, 0]], camera={"orbit": {"radius": 8, "center": name}})
    assert "nothing" not in said(moved)


def test_a_camera_that_looks_away_in_the_end_only(particles_scene):
    camera = {
        "keyframes": [
            {"time": time, "position": [0, -10, 0], "target": [x, 0, 0]} for time, x in ((0, 0), (0.6, 0), (1, 90))
        ]
    }
    assert "outputs.main: the last picture holds nothing" in said(particles_scene([[0, 0, 0]], camera=camera))


@pytest.mark.parametrize("layer", [{}, {"shape": "glow"}, {"shape": "dot", "size": 4}])
def test_a_part_of_a_large_glyph_at_the_rim_counts(layer, particles_scene):
    scene = particles_scene([[6, 0, 0]], {"size": 5} | layer)
    assert ("nothing" in said(scene)) == (layer.get("shape") == "dot")


def test_everything_below_the_rim_of_a_dome(particles_scene):
    outputs = {"dome": {"lens": "domemaster", "size": [64, 64]}, "flat": {"lens": "perspective", "size": [64, 64]}}
    scene = particles_scene([[0, 0, -5]], camera=look([0, -10, 0], [0, 0, -5]), outputs=outputs)
    assert (
        "outputs.dome: the first, middle and last pictures hold nothing: layers[0]: all of it is below the dome's rim"
        in said(scene)
    )
    assert "outputs.flat" not in said(scene)
    assert is_blank(scene.still(0, "dome"))


def test_everything_in_the_fog(particles_scene):
    scene = particles_scene([[0, 0, 0], [0, 3, 0]], outputs=SMALL, fog={"from": 2, "to": 6})
    assert (
        "layers[0]: all of it is in the fog, 9.5 and more away; write more than that in to: of fog, which has 6"
        in said(scene)
    )
    assert is_blank(scene.still(0))
    for fog in ({"to": 9.6}, {"to": 6, "amount": 0.9}, {"to": 6, "color": "red"}):
        assert "nothing" not in said(particles_scene([[0, 0, 0], [0, 3, 0]], outputs=SMALL, fog=fog))


def test_a_film_that_begins_and_ends_in_black_is_meant_to(particles_scene):
    fading = {"opacity": {0: 0, 0.4: 1, 0.8: 0}}
    assert "nothing" not in said(particles_scene([[0, 0, 0]], fading))


def test_clocks_outside_the_snapshots(tmp_path):
    np.savez(tmp_path / "p.npz", position=np.zeros((3, 2, 3)) + np.arange(3)[:, None, None], id=[0, 1], time=[0, 1, 2])
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "clock": {0: 100, 1: 200},
            "data": {"p": {"kind": "particles", "file": "p.npz"}},
            "layers": [{"kind": "points", "data": "p"}],
            "camera": {"orbit": {"radius": 9}},
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        },
        folder=tmp_path,
    )
    assert "data.p: the clock shows the times 100 to" in said(scene)
    assert "write clock: {0: 0, 1: 2}" in said(scene)


def test_a_still_and_a_render_say_why_they_are_empty(grid_scene, recorder, tmp_path):
    scene = grid_scene(BALL, BOX, {"transfer": [[5, 0], [9, 0.5]]})
    notes = recorder()
    scene.still(0, progress=notes)
    assert [note for note in notes.notes if "the picture holds nothing: layers[0]: its transfer" in note]
    notes = recorder()
    scene.render(out=tmp_path / "out", frames=range(1), progress=notes)
    assert [note for note in notes.notes if "pictures hold nothing" in note]
    assert [note for note in notes.notes if "frame 0 holds nothing: layers[0]: its transfer" in note]


def test_a_render_in_the_colour_of_the_background_says_so(particles_scene, recorder, tmp_path):
    scene = particles_scene([[0, 0, 0]], {"color": "#102030"}, background="#102030")
    assert "nothing" not in said(scene)
    notes = recorder()
    scene.render(out=tmp_path / "out", frames=range(2), progress=notes)
    assert sum("holds nothing: all of it has one colour" in note for note in notes.notes) == 2


def test_light_that_is_near_the_eyes_is_noticed(particles_scene):
    scene = particles_scene(
        [[0, -9.9, 0], [0, 0, 0]],
        {"shape": "glow"},
        outputs={"vr": {"lens": "equirectangular", "size": [64, 64], "stereo": {"packing": "top-bottom", "ipd": 0.1}}},
    )
    assert "layers[0] is nearer to the camera than 10 ipd" in said(scene)
