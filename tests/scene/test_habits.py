"""What people write by habit: each spelling is understood, or answered with the right key."""

from __future__ import annotations

from pathlib import Path

import pytest
from spellings import ANSWERED, BASE, PLACES, UNDERSTOOD

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.kinds import kind_names
from moviemaker.film.settings import FilmSettings
from moviemaker.scene.habits import elsewhere, keys, values
from moviemaker.scene.habits.understand import understood
from moviemaker.scene.model import Draft
from moviemaker.scene.parse import parse_scene
from moviemaker.scene.text import parse_text


def scene_with(part: str, written: str) -> str:
    """The scene in which something stands at a part."""
    new = PLACES[part].format(written) if part in PLACES else written
    return "\n".join(new if name == part else line for name, line in BASE.items())


def drafted(text: str) -> Draft:
    document = understood(parse_text(text, "scene.yaml", Path("/")), FilmSettings)
    return parse_scene(document, "scene", FilmSettings)


def test_there_are_enough_of_them():
    assert len({row[:2] for row in (*UNDERSTOOD, *ANSWERED)}) >= 200


@pytest.mark.parametrize(("part", "written", "right"), UNDERSTOOD, ids=[row[1].split(", ")[-1] for row in UNDERSTOOD])
def test_a_habit_is_understood(part, written, right):
    found, expected = drafted(scene_with(part, written)), drafted(scene_with(part, right))
    assert expected.problems == ()
    assert found == expected


@pytest.mark.parametrize(("part", "written", "answer"), ANSWERED, ids=[row[1].split(", ")[-1] for row in ANSWERED])
def test_a_habit_is_answered(part, written, answer):
    text = scene_with(part, written)
    problem, *others = drafted(text).problems
    assert not others
    assert answer in problem.instead
    assert problem.line == 1 + next(i for i, line in enumerate(text.splitlines()) if written.split("\n")[0] in line)


def test_a_mistake_behind_another_word_has_its_line():
    text = scene_with("keyframe", "time: 0,\n       eye: [9, 0, 0],\n       look_at: [0, 0]")
    (problem,) = drafted(text).problems
    assert problem.where == ("camera", "keyframes", 0, "target")
    assert "look_at" in text.splitlines()[problem.line - 1]


def test_merge_keys_and_shared_anchors():
    shared = "x-look: &look {kind: points, data: p, size: 1, color: red}\nx-more: &more {size: 3, shape: cube}\n"
    merged = drafted(shared + scene_with("points", "<<: *look, size: 2"))
    assert merged.problems == ()
    assert merged.layers[3] == drafted(scene_with("points", "kind: points, data: p, size: 2, color: red")).layers[3]
    several = drafted(shared + scene_with("points", "<<: [*more, *look]"))
    right = scene_with("points", "kind: points, data: p, size: 3, color: red, shape: cube")
    assert several.layers[3] == drafted(right).layers[3]
    (problem,) = drafted(shared + scene_with("points", "<<: red, kind: points, data: p")).problems
    assert "<<: *name" in problem.instead


def test_a_word_that_a_kind_knows_is_its_own():
    # `opacities` is a key of isosurfaces, and another word for `transfer` of volumes.
    text = scene_with("isosurface", "kind: isosurface, data: g, levels: [1, 2], opacities: [0.2, 1]")
    assert next(each for each in drafted(text).layers if each.kind == "isosurface").opacities == (0.2, 1.0)


def test_no_word_has_two_meanings():
    for part, words in keys.KEYS.items():
        assert not words.keys() & {word for other, word in keys.CONVERTED if other == part}
        assert not {word for word, key in words.items() if word == key}
    for words in values.VALUES.values():
        assert not {word for word, value in words.items() if word == value}
    for part, key, room in (("data", "kind", "data"), ("layer", "kind", "layers"), ("light", "kind", "lights")):
        assert not values.VALUES[part, key].keys() & set(kind_names(room))
    assert not values.VALUES["output", "lens"].keys() & set(kind_names("lens"))
    assert elsewhere.ELSEWHERE.keys() <= keys.KEYS.keys()


def test_a_name_that_is_neither_a_colour_nor_a_field(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene = """duration: 1
data: {p: {kind: sample, name: tidal_stream, count: 20}}
layers: [{kind: points, data: p, color: %s}]
camera: {orbit: {radius: 60}}
outputs: {hd: {lens: perspective, size: [64, 48]}}
"""
    for word, answer in (("gren", "did you mean 'green'?"), ("sped", "did you mean 'speed'")):
        Path("s.yaml").write_text(scene % word)
        assert main(["check", "s.yaml"]) == 2
        said = capsys.readouterr().err
        assert f"'{word}' is neither a colour nor a field of 'p'" in said
        assert answer.lower() in said.lower()
        assert "s.yaml:3: layers[0].color: " in said
    Path("s.yaml").write_text(scene % "speed")
    assert mm.load("s.yaml").prepared.script.layers[0].color.by == "speed"


@pytest.mark.parametrize("command", ["check", "render"])
def test_a_data_file_in_place_of_a_scene(command, tmp_path, capsys):
    (tmp_path / "stars.csv").write_text("x,y,z\n1,2,3\n")
    assert main([command, str(tmp_path / "stars.csv")]) == 2
    said = capsys.readouterr().err
    assert "this is a data file, not a scene" in said
    assert f"moviemaker info {tmp_path / 'stars.csv'}" in said


def test_a_still_without_a_time_is_of_the_middle(tmp_path, capsys):
    (tmp_path / "s.yaml").write_text(
        "duration: 2\nbackground: {0: black, 1: red, 2: black}\ncamera: {orbit: {radius: 9}}\n"
        "outputs: {hd: {lens: perspective, size: [8, 8]}}\n"
    )
    scene = mm.load(tmp_path / "s.yaml")
    assert (scene.still() == scene.still(1.0)).all()
    for written in ("0:01", "1s", "1.0"):
        assert main(["still", str(tmp_path / "s.yaml"), "-t", written, "-o", str(tmp_path / "a.png")]) == 0
    assert main(["still", str(tmp_path / "s.yaml"), "--time", "soon", "-o", str(tmp_path / "a.png")]) == 2
    assert "write seconds, such as 2.5" in capsys.readouterr().err


def test_completion_is_installed_by_one_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert main(["completion", "--shell", "bash"]) == 0
    script = Path(capsys.readouterr().out.strip()).read_text()
    assert "storyboard" in script
    assert (tmp_path / ".bashrc").read_text().count("moviemaker") >= 1


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (["make", "s.yaml"], "moviemaker render"),
        (["validate", "s.yaml"], "moviemaker check"),
        (["preview", "a.npy"], "moviemaker quick FILE"),
        (["preview", "s.yaml"], "moviemaker still s.yaml -o s.png"),
        (["still", "s.yaml"], "moviemaker still s.yaml -o s.png"),
        (["still", "stars.csv"], "moviemaker quick stars.csv"),
        (["storyboard", "s.yaml"], "moviemaker storyboard s.yaml -o s_sheet.png"),
        (["quick", "stars.csv", "--output", "a.png"], "write -o FILE"),
        (["screenshot", "s.yaml"], "moviemaker still"),
        (["init"], "moviemaker new FILE"),
        (["version"], "moviemaker --version"),
        (["stars.csv"], "moviemaker quick stars.csv"),
        (["s.yaml"], "moviemaker render s.yaml"),
        (["render", "s.yaml", "--fps", "30"], "fps: 30"),
        (["render", "s.yaml", "--resolution=4k"], "size: [1920, 1080] of an output"),
        (["render", "s.yaml", "--resume"], "leave it out"),
        (["render", "s.yaml", "-y"], "--restart"),
        (["still", "s.yaml", "--frame", "3", "-o", "a.png"], "--time SECONDS"),
    ],
)
def test_a_command_line_of_another_program_is_answered(words, right, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("s.yaml", "stars.csv"):
        Path(name).write_text("x: 1\n")
    assert main(words) == 2
    said = capsys.readouterr().err
    assert right in said
    assert len(said.splitlines()) == 1
