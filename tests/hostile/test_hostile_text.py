"""Text from files and scenes is printed visibly, and names stay inside of their folder."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import yaml
from errand_scenes import scene
from hostile_runs import refused, run
from zarr_files import BYTES, array_3

NASTY = "a\x1b]0;owned\x07\x1b[2J\x9bA\u202eb\u2066\u200bc: #*'\"{}[]&!|>%@`\nd\r\t\\$e"


def hidden(text):
    """Characters that would control a terminal, or hide or reorder text."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [letter for letter in text if letter not in "\n\t" and unicodedata.category(letter) in kinds]


def nasty_files(folder):
    """Files whose names of fields and arrays are nasty, and the names."""
    import h5py

    np.savez(folder / "p.npz", **{"position": np.random.default_rng(0).random((50, 3)), NASTY: np.arange(50.0)})
    with h5py.File(folder / "g.h5", "w") as file:
        file[NASTY.replace("/", "")] = np.random.default_rng(0).random((8, 8, 8))
    column = "".join(letter for letter in NASTY if letter not in "\n\r#%,\"'\\")
    columns = f"x,y,z,{column}\n"
    (folder / "t.csv").write_text(columns + "0,1,2,3\n3,4,5,6\n", encoding="utf-8", newline="")
    header = (folder / "a.zarr").resolve()
    array_3(header, BYTES, dimension_names=[NASTY, "y", "x"], attributes={"units": NASTY, "long_name": NASTY})
    return ["p.npz", "g.h5", "t.csv", "a.zarr"]


def test_text_from_files_is_made_visible(tmp_path):
    for name in nasty_files(tmp_path):
        outcome = run("info", name, folder=tmp_path)
        assert outcome.status == 0, (name, outcome.err)
        assert not hidden(outcome.out + outcome.err), name
        written = yaml.safe_load(outcome.out)
        (tmp_path / "proposed.yaml").write_text(outcome.out, encoding="utf-8")
        checked = run("check", "proposed.yaml", folder=tmp_path)
        assert checked.status == 0, (name, checked.err)
        assert written["data"]


@pytest.mark.parametrize("place", ["title", "name of data", "field", "key", "file", "output", "kind", "unit"])
def test_text_from_scenes_is_made_visible(place, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    if place == "title":
        written["title"] = NASTY
    elif place == "unit":
        written["units"] = {"length": NASTY}
    elif place == "name of data":
        written["data"][NASTY] = {"kind": "grid", "file": "none.npy"}
    elif place == "field":
        written["layers"][0]["color"] = {"by": NASTY}
    elif place == "key":
        written[NASTY] = 1
    elif place == "file":
        written["data"]["d"] = {"kind": "grid", "file": NASTY}
    elif place == "output":
        written["outputs"][NASTY] = written["outputs"]["main"]
    else:
        written["layers"][0]["kind"] = NASTY
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    outcome = run("check", "s.yaml", folder=tmp_path)
    assert not hidden(outcome.out + outcome.err)
    if place not in ("title", "unit"):
        refused(outcome)
    assert all(line.startswith("s.yaml:") for line in outcome.err.splitlines()), outcome.err


@pytest.mark.parametrize("command", ["info", "check", "inspect", "render", NASTY])
def test_names_of_files_are_made_visible(command, tmp_path):
    name = NASTY.replace("/", "")
    for content in (None, b"what is it"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        outcome = run(command, name, folder=tmp_path)
        assert outcome.status == 2
        assert not hidden(outcome.out + outcome.err)


def test_names_that_yaml_takes_for_values(tmp_path):
    for name in ("no", "null", "1"):
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(0).random((8, 8, 8)))
        (tmp_path / "s.yaml").write_text(run("info", f"{name}.npy", folder=tmp_path).out, encoding="utf-8")
        assert run("check", "s.yaml", folder=tmp_path).status == 0


LOCALES = [
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("locale", LOCALES, ids=["ASCII on the terminal", "ASCII everywhere"])
def test_other_letters_in_every_locale(locale, tmp_path):
    np.save(tmp_path / "grün.npy", np.random.default_rng(0).random((4, 4, 4)))
    text = """title: "Été → 漢"
duration: 1
data: {gr: {kind: grid, file: grün.npy}}
layers: [{kind: volume, data: gr, field: fehlt_ü}]
camera: {orbit: {center: gr, radius: 20}}
outputs: {hdé: {lens: perspective, size: [32, 32]}}
"""
    (tmp_path / "é.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "whole.yaml").write_text(text.replace(", field: fehlt_ü", ""), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONUTF8"))}

    def say(*arguments):
        command = [sys.executable, "-m", "moviemaker", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=kept | locale, capture_output=True)

    wrong = say("check", "é.yaml")
    assert wrong.returncode == 2, wrong.stderr
    assert b"fehlt_" in wrong.stderr, wrong.stderr
    asked = say("render", "whole.yaml", "--output", "hde\u0301", "--frames", "70:80")
    assert b"--frames 70:80" in asked.stderr, asked.stderr  # the output was found, the frames were not


# Names


OUTSIDE = ["a/b", "../a", "..", ".", ".a", "-y", "/tmp/a", "a\x00b", "a\nb", "x" * 300, "", "a\u202eb"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_of_outputs_stay_inside(name, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"] = {name: written["outputs"]["main"]}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    refused(run("check", "s.yaml", folder=tmp_path), "cannot be part of a file's name")


@pytest.mark.parametrize("file", ["...yaml", "..yaml", ".a.yaml", "-a.yaml", "a\nb.yaml", "x" * 150 + ".yaml"])
def test_names_of_scenes_stay_inside(file, tmp_path):
    (tmp_path / scene(tmp_path)).rename(tmp_path / file)
    outcome = run("render", f"./{file}", "--out", "out", folder=tmp_path)
    refused(outcome, "cannot be part of a file's name")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "-x", "/tmp/x", ""])
def test_names_of_scenes_from_python_stay_inside(name, tmp_path):
    import moviemaker as mm

    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    with pytest.raises(mm.SceneError, match="cannot be part of a file's name"):
        mm.Scene.from_dict(written, name=name, folder=tmp_path)


@pytest.mark.parametrize("other", ["MAIN", "Main", "ma\u0131n"])
def test_names_of_outputs_that_are_one_file_on_some_systems(other, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"][other] = written["outputs"]["main"]
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    outcome = run("check", "s.yaml", folder=tmp_path)
    if other.lower() == "main":
        refused(outcome, "one file on some systems")
    else:
        assert outcome.status == 0, outcome.err


def test_names_that_are_composed_in_two_ways(tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"] = dict.fromkeys(("hdé", "hdé"), written["outputs"]["main"])
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    refused(run("check", "s.yaml", folder=tmp_path), "name")
