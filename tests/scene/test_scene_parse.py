"""Parsing plain values into typed ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moviemaker.core.errors import spell
from moviemaker.film.settings import FilmSettings
from moviemaker.scene.model import Draft
from moviemaker.scene.parse import parse_scene
from moviemaker.scene.text import Document

GOOD: dict[str, Any] = {
    "title": "A test",
    "duration": 2.5,
    "fps": 24,
    "background": "white",
    "units": {"length": "kpc"},
    "clock": {0: 0, 2.5: 100},
    "data": {"d": {"kind": "sample", "name": "hydrogen_orbital", "shape": 8}},
    "layers": [
        {"kind": "volume", "data": "d"},
        {"kind": "isosurface", "data": "d", "levels": [1], "opacity": {0: 0, 1: 1}},
    ],
    "camera": {"orbit": {"center": "d", "radius": 9}},
    "outputs": {
        "hd": {"lens": "perspective", "size": [64, 48]},
        "flat": {"lens": "orthographic", "size": [7, 5], "height": 3, "format": "png"},
    },
}


def draft(**changes: Any) -> Draft:
    return parse_scene(Document("s.yaml", Path("/data"), GOOD | changes), "s", FilmSettings)


def said(**changes: Any) -> list[str]:
    return [f"{spell(problem.where)}: {problem.what}; {problem.instead}" for problem in draft(**changes).problems]


def test_a_good_scene_becomes_typed_values():
    parsed = draft()
    assert parsed.problems == ()
    scene = parsed.scene()
    assert (scene.name, scene.folder) == ("s", Path("/data"))
    assert (scene.header.title, scene.header.fps, scene.header.background) == ("A test", 24.0, (1.0, 1.0, 1.0))
    assert scene.header.clock.at(1.25) == 50
    assert scene.header.clock.ease == "linear"
    assert [layer.kind for layer in scene.layers] == ["volume", "isosurface"]
    assert scene.layers[1].opacity.at(0.5) == 0.5
    assert scene.lights is None
    assert list(scene.outputs) == ["hd", "flat"]
    assert scene.outputs["hd"].film.format == "mp4"
    assert scene.outputs["flat"].size == (7, 5)
    assert scene.frame_count == 60


def test_the_number_of_frames():
    def count(duration: float, fps: float) -> int:
        return draft(duration=duration, fps=fps).scene().frame_count

    assert count(12, 30) == 360
    assert count(1.01, 30) == 30
    assert count(0.001, 1) == 1


def test_layers_keep_their_places_beside_bad_ones():
    parsed = draft(layers=[{"kind": "volum", "data": "d"}, {"kind": "volume", "data": "d"}])
    assert parsed.layers[0] is None
    assert parsed.layers[1].kind == "volume"
    assert len(parsed.scene().layers) == 1


def test_the_right_part_of_a_bad_entry_is_kept_for_further_checks():
    parsed = draft(data={"d": {"kind": "grid", "file": "x.npy", "spacin": 1, "interpolation": "none"}})
    assert {spell(problem.where) for problem in parsed.problems} == {"data.d.spacin", "data.d.interpolation"}
    assert parsed.data["d"].file == "x.npy"


def test_a_scene_needs_a_header_and_a_camera():
    assert draft(duration="long").scene() is None
    assert draft(camera={"fov": 3}).scene() is None


def test_references_to_missing_data():
    assert said(layers=[{"kind": "volume", "data": "dd"}]) == [
        "layers[0].data: no such data 'dd'; did you mean 'd'? The only data set is d"
    ]
    assert said(camera={"orbit": {"center": "x", "radius": 9}}) == [
        "camera.orbit.center: no such data 'x'; the only data set is d"
    ]
    (message,) = said(data={}, camera={"orbit": {"radius": 9}}, layers=[{"kind": "volume", "data": "d"}])[1:]
    assert message.startswith("layers[0].data: no such data 'd'; the scene has no data; write data: {NAME:")


def test_a_misspelt_key_is_not_reported_as_missing_too():
    assert [text.partition(";")[0] for text in said(layers=[{"kind": "isosurface", "data": "d", "level": [1]}])] == [
        "layers[0].level: unknown key 'level'"
    ]


def test_each_part_of_an_output_is_checked_separately():
    bad = {"lens": "orthographic", "hight": 3, "size": [63, 48], "quality": "best", "stereo": {"packing": "x"}}
    assert [text.partition(";")[0] for text in said(outputs={"hd": bad})] == [
        "outputs.hd.hight: unknown key 'hight'",
        "outputs.hd.height: the key 'height' is missing",
        "outputs.hd.stereo.packing: no such packing 'x'",
        "outputs.hd.quality: no such quality 'best'",
    ]


@pytest.mark.parametrize("section", ["data", "layers", "lights"])
def test_a_section_may_be_left_empty(section):
    parsed = draft(
        **{section: None, "camera": {"orbit": {"radius": 9}}} | ({"layers": []} if section == "data" else {})
    )
    assert parsed.problems == ()
