"""Scenes from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm


def scene_dict(**changes: Any) -> dict[str, Any]:
    return {
        "duration": 0.3,
        "fps": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points", "size": 1, "shade": False}],
        "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
        "outputs": {
            "hd": {"lens": "perspective", "size": (64, 48)},
            "frames": {"lens": "perspective", "size": (20, 10), "format": "png"},
        },
    } | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.savez(tmp_path / "points.npz", position=np.zeros((1, 3)))
    return tmp_path


@pytest.fixture
def scene(folder: Path) -> Any:
    made = mm.Scene.from_dict(scene_dict(), name="stars", folder=folder)
    yield made
    made.close()


def test_a_still_is_an_array_of_the_size_of_its_output(scene):
    picture = scene.still(0.1)
    assert (picture.shape, picture.dtype) == ((48, 64, 3), np.uint8)
    assert tuple(picture[24, 32]) == (255, 255, 255)
    assert not picture[0].any()
    assert scene.still(0.1, output="frames").shape == (10, 20, 3)
    assert scene.still(0.1, output="frames", scale=2).shape == (20, 40, 3)
    assert np.array_equal(scene.still(0.1, "hd"), picture)


def test_render_returns_the_finished_files(scene, folder):
    paths = scene.render(out=folder / "films")
    assert paths == [folder / "films/stars/stars_hd.mp4", folder / "films/stars/stars_frames"]
    assert all(path.exists() for path in paths)
    assert scene.render(output="hd", out=folder / "films") == paths[:1]
    (part,) = scene.render(output=["frames"], out=folder / "part", frames=range(1, 2))
    assert [path.name for path in part.glob("*.png")] == ["stars_frames_000002.png"]


def test_a_file_says_the_same_as_a_dictionary(scene, folder):
    text = """\
duration: 0.3
fps: 10
data: {points: {kind: particles, file: points.npz}}
layers: [{kind: points, data: points, size: 1, shade: false}]
camera: {keyframes: [{time: 0, position: [0, -10, 0], target: [0, 0, 0]}]}
outputs: {hd: {lens: perspective, size: [64, 48]}}
"""
    (folder / "stars.yaml").write_text(text)
    loaded = mm.load(str(folder / "stars.yaml"))
    assert loaded.outputs == ("hd",)
    assert loaded.frame_count == 3
    assert np.array_equal(loaded.still(0), scene.still(0))
    loaded.close()


def test_numpy_values_and_paths_may_stand_in_a_dictionary(folder):
    data = {"points": {"kind": "particles", "file": folder / "points.npz"}}
    camera = {"keyframes": [{"time": np.float64(0), "position": np.array([0, -9.0, 0]), "target": (0, 0, 0)}]}
    assert mm.Scene.from_dict(scene_dict(data=data, camera=camera, fps=np.int64(10))).frame_count == 3


def test_the_error_holds_every_mistake(folder):
    wrong = scene_dict(fps="ten", data={"points": {"kind": "particles", "file": "pints.npz"}})
    with pytest.raises(mm.SceneError) as raised:
        mm.Scene.from_dict(wrong, name="stars", folder=folder)
    first, second = sorted(raised.value.problems, key=lambda problem: str(problem.where))
    assert first.where == ("data", "points", "file")
    assert (first.what, first.instead) == ("no such file 'pints.npz'", "did you mean 'points.npz'?")
    assert second.where == ("fps",)
    assert second.what == "'ten' is not a number"
    assert str(raised.value).count("\n") == 1
    assert raised.value.exit_status == 2


def test_a_file_with_mistakes_names_their_lines(folder):
    (folder / "s.yaml").write_text("duration: 1\nfsp: 3\ncamera: {orbit: {radius: 1}}\noutputs: {}\n")
    with pytest.raises(mm.SceneError) as raised:
        mm.load(folder / "s.yaml")
    assert [problem.line for problem in raised.value.problems] == [2, 4]


def test_warnings_are_not_errors(folder):
    np.savez(folder / "points.npz", position=[[0, 0, 0], [np.nan, 0, 0]])
    scene = mm.Scene.from_dict(scene_dict(), folder=folder)
    (warning,) = scene.warnings
    assert warning == "data.points: 1 of 2 particles has no finite position; it is drawn as nothing"


def test_a_reporter_gets_all_warnings_and_standard_error_none(folder, recorder, capfd):
    np.savez(folder / "points.npz", position=[[0, 0, 0], [np.nan, 0, 0]])
    table = {"kind": "density", "file": "points.npz", "shape": 8, "method": "histogram"}
    layers = [*scene_dict()["layers"], {"kind": "volume", "data": "table"}]
    written = scene_dict(data=scene_dict()["data"] | {"table": table}, layers=layers)
    reporter = recorder()
    scene = mm.Scene.from_dict(written, folder=folder, progress=reporter)
    assert {what for what, *_ in reporter.steps} == {
        f"density of points.npz: {what}" for what in ("finding the particles", "adding them up")
    }
    scene.still(0, progress=reporter)
    scene.storyboard("hd", 2, progress=reporter)
    scene.render("frames", folder, progress=reporter)
    warnings = [note for note in reporter.notes if note.startswith("warning")]
    assert warnings == [f"warning: {warning}" for warning in scene.warnings]
    assert len(warnings) == 2
    assert ("frames: rendering", 3, 3, "frame") in reporter.steps
    scene.still(0, progress=(another := recorder()))
    assert another.notes == warnings
    scene.close()
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda scene: scene.still(1), "the movie has no time 1; it lasts from 0 to 0.3 seconds"),
        (lambda scene: scene.still(0, output="4k"), "no such output '4k'"),
        (lambda scene: scene.still(0, scale=0), "the scale 0 is out of range"),
        (lambda scene: scene.still(0, scale=1e9), "the scale 1e\\+09 is out of range"),
        (lambda scene: scene.render("4k"), "no such output '4k'"),
        (lambda scene: scene.render(frames=range(4)), "the movie has no frames 0:4; it has 0:3"),
        (lambda scene: scene.render(frames=range(0)), "the movie has no frames 0:0"),
        (lambda scene: scene.render(workers=0), "0 workers cannot render"),
        (lambda scene: scene.check_outputs(["hd", "x"]), "no such output 'x'; the outputs are frames, hd"),
    ],
)
def test_wrong_arguments(call, message, scene):
    with pytest.raises(mm.UserError, match=message):
        call(scene)


def test_what_the_package_offers():
    assert {"load", "Scene", "SceneError"} <= set(mm.__all__)
    for name in mm.__all__:
        assert getattr(mm, name)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        mm.lod


GLOW = {"kind": "points", "data": "p", "shape": "glow"}
ADDITIVE = {"kind": "volume", "data": "o", "blend": "additive"}
LOST = "is not seen before a white background"


@pytest.mark.parametrize(
    ("background", "layer", "told"),
    [
        ("white", GLOW, f"layers[0]: a glow adds light, which {LOST}; write a darker background, or a shape such"),
        ("white", ADDITIVE, f"layers[0]: blend: additive adds light, which {LOST}"),
        ("white", GLOW | {"shape": "sphere"}, ""),
        ({0: "white", 1: "black"}, GLOW, ""),
        ("gray", GLOW, ""),
    ],
)
def test_light_before_a_white_background_is_warned_of(tmp_path, background, layer, told):
    np.save(tmp_path / "p.npy", np.eye(3))
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "background": background,
            "data": {
                "p": {"kind": "particles", "file": "p.npy"},
                "o": {"kind": "sample", "name": "hydrogen_orbital", "shape": 8},
            },
            "layers": [layer],
            "camera": {"keyframes": [{"time": 0, "position": [5, 5, 5], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        },
        folder=tmp_path,
    )
    found = [warning for warning in scene.warnings if LOST in warning]
    assert len(found) == bool(told)
    assert all(warning.startswith(told) for warning in found)
