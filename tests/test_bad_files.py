"""Files that are not scenes, harmful scenes, and unusable data: each ends in one sentence."""

from __future__ import annotations

import bz2
import gzip
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_bad_scenes import GOOD, HERE, folder, problems

from moviemaker.cli import main

__all__ = ["folder"]

LAYERS = """\
duration: 1
layers: [{kind: LAYER, data: d}]
camera: {orbit: {radius: 9}}
outputs: {hd: {lens: perspective, size: [64, 48]}}
data:
  d: """

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(9 * ['*' + before])}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 600))

TEXTS = {
    "empty": ("", 1, "scene", "the file is empty", "moviemaker new"),
    "only a comment": ("# later\n", 1, "scene", "the file is empty", "moviemaker new"),
    "a list": ("- duration: 2\n", 1, "scene", "expected a mapping", "the keys are title, duration"),
    "a word": ("scene\n", 1, "scene", "expected a mapping", "the keys are title, duration"),
    "a tab": ("duration: 2\ncamera:\n\tfov: 3\n", 3, "scene", "this is not YAML", "indent with spaces"),
    "a bracket that stays open": ("duration: 2\nfps: [1, 2\nlayers: 4\n", 3, "scene", "this is not YAML", "brackets"),
    "a quote that stays open": ('title: "x\nfps: 1\n', 3, "scene", "this is not YAML", "quotes"),
    "not UTF-8": (b"duration: 2\ntitle: \xff\xfe\n", 2, "scene", "this is not UTF-8 text", "save the file as UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "scene", "this is not UTF-8 text", "name a YAML file"),
    "a control character": ("duration: 2\ntitle: a\x01b\n", 2, "scene", r"the character '\x01'", "remove it"),
    "a repeated key": ("fps: 2\nfps: 3\n", 2, "fps", "given in line 1 already", "keep one of them"),
    "a list as a key": ("duration: 2\n[1, 2]: 3\n", 2, "scene", "a key is a list or a mapping", "write a name"),
    "code to run": (
        "duration: 2\ntitle: !!python/object/apply:os.system ['touch ran']\n", 2, "title",
        "the tag !!python/object/apply:os.system is refused", "no code runs here"
    ),
    "an unknown tag": ("fps: !rate 3\n", 1, "fps", "the tag !rate is refused", "write plain values"),
    "an alias to nothing": ("fps: *rate\n", 1, "scene", "this is not YAML", "mend"),
    "an alias to itself": ("fps: 3\ndata: &a [*a]\n", 2, "scene", "holds more than 100000 values", "write out"),
    "aliases of aliases": (BOMB, 6, "scene", "holds more than 100000 values", "write out what is meant"),
    "a chain of aliases": (CHAIN, 101, "scene", "100 levels", "write out what is meant"),
    "too many brackets": ("data: " + "[" * 5000 + "\n", 1, "scene", "more than 100 levels deep", "nest less"),
    "10 MB of aliases": (
        "a: &a [x]\nb: [" + "*a, " * 2_500_000 + "]\n", 1, "scene", "a scene file may have 1 MB", "data files"
    ),
    "1 MB of aliases": (
        "a: &a [x]\nb: [" + "*a, " * 240_000 + "]\n", 2, "scene", "100000 values", "data files"
    ),
    "1 MB of numbers": ("a: [" + "1, " * 330_000 + "]\n", 1, "scene", "100000 values long", "data files"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "where", "what", "right"), TEXTS.values(), ids=TEXTS.keys())
def test_texts_that_are_not_scenes(text, line, where, what, right, folder, capsys):
    found = problems(text, capsys)
    assert any((line, where) == said[:2] and what in said[2] and right in said[3] for said in found), found
    assert not Path("ran").exists()


@pytest.mark.parametrize("name", ["aliases of aliases", "10 MB of aliases", "1 MB of aliases", "too many brackets"])
def test_a_scene_that_would_do_harm_costs_little(name, folder):
    Path("scene.yaml").write_text(TEXTS[name][0])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "moviemaker", "check", "scene.yaml"]
    little = 3 << 30  # bytes of addresses, most of which NumPy's threads set aside and do not touch
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (little, little)),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stdout) == (2, "")
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3


def test_files_that_are_not_scene_files(folder, capsys):
    Path("scene.yaml").write_text(GOOD)
    Path("scenes").mkdir()
    Path("scenes/a.yaml").write_text(GOOD)
    said = {}
    for name in ("scnee.yaml", "nothing.yaml", "scenes", "nowhere/scene.yaml", "scene.yaml/x", "halo.npy"):
        assert main(["check", name]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        (said[name],) = captured.err.splitlines()
    assert said["scnee.yaml"] == "scnee.yaml: no such scene file; did you mean scene.yaml?"
    assert said["nothing.yaml"] == "nothing.yaml: no such scene file; write one with: moviemaker new FILE"
    assert said["scenes"] == "scenes: this is a folder; name a scene file (YAML) in it, such as a.yaml"
    assert said["nowhere/scene.yaml"].startswith("nowhere/scene.yaml: no such scene file; ")
    assert said["scene.yaml/x"].startswith("scene.yaml/x: cannot be read (")
    assert said["halo.npy"].startswith("halo.npy: this is a data file, not a scene")


def npz(**arrays: np.ndarray) -> bytes:
    np.savez_compressed("made.npz", **arrays)
    return Path("made.npz").read_bytes()


def npy(array: np.ndarray) -> bytes:
    np.save("made.npy", array)
    return Path("made.npy").read_bytes()


GRID, FIELD = np.ones((3, 3, 3)), np.linspace(0, 1, 27).reshape(3, 3, 3)
P = np.eye(3)
DATA = {
    # The data's mapping; the files; the place below `data.d`; what is wrong; what would be right
    "a missing file": ("{kind: grid, file: hallo.npy}", {}, "file", "no such file 'hallo.npy'", "mean 'halo.npy'"),
    "a missing folder": ("{kind: grid, file: far/h.npy}", {}, "file", "no such file 'far/h.npy'", "the folder 'far'"),
    "no file of a glob": ("{kind: grid, file: 'z*.npy'}", {}, "file", "no file matches 'z*.npy'", "relative to the"),
    "one of a list": ("{kind: grid, file: [halo.npy, h2.npy]}", {}, "file[1]", "no such file 'h2.npy'", ""),
    "a folder": ("{kind: grid, file: .}", {}, "file", "'.' is a folder", "glob"),
    "an unknown ending": ("{kind: grid, file: d.jpg}", {"d.jpg": b"1"}, "file", "'.jpg' cannot be read", ".npy"),
    "garbage": ("{kind: grid, file: d.npy}", {"d.npy": bytes(range(200))}, "file", "'d.npy' cannot be", "whole"),
    "an empty file": ("{kind: grid, file: d.npy}", {"d.npy": b""}, "file", "'d.npy' cannot be", "whole"),
    "an npy cut short": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(FIELD)[:-9]}, "file", "cannot be", "whole"),
    "a broken header": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(FIELD).replace(b"}", b"(", 1)}, "file",
                        "cannot be read", "whole"),
    "an npz cut short": ("{kind: particles, file: d.npz}", {"d.npz": lambda: npz(position=P)[:-40]}, "file",
                         "cannot be read", "whole"),
    "a bz2 cut short": ("{kind: grid, file: d.npy.bz2}", {"d.npy.bz2": lambda: bz2.compress(npy(FIELD))[:-20]}, "file",
                        "cannot be read", "whole"),
    "a gz cut short": ("{kind: grid, file: d.npy.gz}", {"d.npy.gz": lambda: gzip.compress(npy(FIELD))[:-12]}, "file",
                       "cannot be read", "whole"),
    "objects": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(np.array([None, {}], object))}, "file",
                "'d.npy'", ""),
    "a wrong row": ("{kind: particles, file: d.csv}", {"d.csv": b"x,y,z\n1,2,3\n4,5\n"}, "file",
                    "row 2 has 2 columns where 3 are named", "whole"),
    "a table of nothing": ("{kind: particles, file: d.csv}", {"d.csv": b"x,y,z\n"}, "file", "holds no particles",
                           "at least one"),
    "a file of nothing": ("{kind: particles, file: d.csv}", {"d.csv": b""}, "file", "it is empty", "whole"),
    "no sample": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(np.ones((0, 3, 3)))}, "file",
                  "is empty: its shape is 0 x 3 x 3", "at least one sample"),
    "no particles": ("{kind: particles, file: d.npz}", {"d.npz": lambda: npz(position=np.ones((0, 3)))}, "file",
                     "holds no particles", "at least one"),
    "no finite sample": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(np.nan * GRID)}, "file",
                         "has no finite value", "NaN or infinite"),
    "no finite position": ("{kind: particles, file: d.npz}", {"d.npz": lambda: npz(position=np.nan * P)}, "file",
                           "no particle has a finite position", "how the file was written"),
    "two axes": ("{kind: grid, file: d.npy}", {"d.npy": lambda: npy(P)}, "file", "holds no grid", "kind: particles"),
    "an unknown field": ("{kind: grid, file: d.npz, field: densty}", {"d.npz": lambda: npz(density=GRID)}, "field",
                         "no such field 'densty'", "did you mean 'density'?"),
    "times out of order": ("{kind: grid, file: d.npy, times: [0, 2, 1]}", {"d.npy": lambda: npy(np.ones((3, 2, 2, 2)))},
                           "times[2]", "time 1 comes after 2", "ascend"),
    "too few times": ("{kind: grid, file: d.npy, times: [0, 2]}", {"d.npy": lambda: npy(np.ones((3, 2, 2, 2)))},
                      "times", "there are 2 times and 3 snapshots", "one time for each"),
    "bounds upside down": ("{kind: grid, file: halo.npy, bounds: [[0, 1], [1, 0], [0, 1]]}", {}, "bounds[1]",
                           "are reversed", "the lower one first"),
    "twice the same": ("{kind: grid, file: halo.npy, spacing: [1, 1, 1], bounds: [[0, 1], [0, 1], [0, 1]]}", {},
                       "spacing", "say the same thing twice", "either bounds"),
    "hermite without velocities": ("{kind: particles, file: stars.npz, interpolation: hermite}", {}, "interpolation",
                                   "hermite needs velocities", "interpolation: linear"),
    "raw without a shape": ("{kind: grid, file: d.raw}", {"d.raw": b"12345678"}, "file", "not say the shape", "shape:"),
    "raw too short": ("{kind: grid, file: d.raw, shape: [9, 9, 9]}", {"d.raw": b"12345678"}, "file", "8 bytes", ""),
}  # fmt: skip


@pytest.mark.parametrize(("written", "files", "where", "what", "right"), DATA.values(), ids=DATA.keys())
def test_data_that_cannot_be_used(written, files, where, what, right, folder, capsys):
    for name, content in files.items():
        Path(name).write_bytes(content() if callable(content) else content)
    layer = "points" if "particles" in written else "volume"
    text = LAYERS.replace("LAYER", layer) + written + "\n"
    ((line, place, wrong, instead),) = problems(text, capsys)
    assert (line, place) == (6, f"data.d.{where}")
    assert what in wrong
    assert right in instead


@pytest.mark.parametrize(
    ("layer", "data", "where", "what", "right"),
    [
        ("{kind: volume, data: d, field: speed}", "halo.npy", "field", "no such field 'speed' in 'd'", "value"),
        (
            "{kind: points, data: d, color: {by: mas}}",
            "stars.npz",
            "color.by",
            "no such field 'mas' in 'd'",
            "mean 'mass'?",
        ),
        ("{kind: volume, data: d}", "stars.npz", "data", "which is particles", "name data that is a grid"),
        ("{kind: points, data: d}", "halo.npy", "data", "which is a grid", "name data that is particles"),
    ],
)
def test_a_layer_that_does_not_fit_its_data(layer, data, where, what, right, folder, capsys):
    kind = "particles" if data == "stars.npz" else "grid"
    text = LAYERS.replace("{kind: LAYER, data: d}", layer) + f"{{kind: {kind}, file: {data}}}\n"
    ((line, place, wrong, instead),) = problems(text, capsys)
    assert (line, place) == (2, f"layers[0].{where}")
    assert what in wrong
    assert right in instead


def test_samples_that_are_not_finite_are_counted_in_one_warning(folder, capsys):
    field, positions = FIELD.copy(), np.random.default_rng(1).normal(size=(9, 3))
    field[0, 0, :2] = np.nan, np.inf
    positions[3] = np.nan
    np.save("d.npy", field)
    np.savez("d.npz", position=positions)
    for layer, data, warning in (
        ("volume", "{kind: grid, file: d.npy}", "2 of 27 samples are not finite; they are drawn as nothing"),
        ("points", "{kind: particles, file: d.npz}", "1 of 9 particles has no finite position; it is drawn as nothing"),
    ):
        Path("scene.yaml").write_text(LAYERS.replace("LAYER", layer) + data)
        assert main(["check", "scene.yaml"]) == 0
        assert capsys.readouterr().err == f"warning: data.d: {warning}\n"


def test_a_scene_without_layers_is_odd(folder, capsys):
    Path("scene.yaml").write_text("duration: 1\n" + LAYERS[LAYERS.index("camera") : LAYERS.index("data:\n")])
    assert main(["check", "scene.yaml"]) == 0
    assert capsys.readouterr().err == "warning: the scene has no layers; its picture is the background\n"


def test_all_mistakes_of_a_scene_are_reported_together_in_the_order_of_lines(folder, capsys):
    np.save("flat.npy", np.zeros((3, 3)))
    text = """\
duration: 2
fsp: 10                                                       # <- unknown key 'fsp'
background: blakc                                             # <- 'blakc' is not a colour
title: !!python/name:os.system x                              # <- the tag !!python/name:os.system is refused
duration: 3                                                   # <- this key was given in line 1 already
data:
  halo: {kind: grid, file: hallo.npy, spacin: 2}              # <- no such file 'hallo.npy', unknown key 'spacin'
  flat: {kind: grid, file: flat.npy}                          # <- 'flat.npy' holds no grid
  stars: {kind: particles, file: stars.npz}
layers:
  - {kind: volum, data: halo}                                 # <- no such layer kind 'volum'
  - kind: points
    data: stars
    shap: cube                                                # <- unknown key 'shap'
    color: {by: masss}                                        # <- no such field 'masss' in 'stars'
  - {kind: points, data: stras}                               # <- no such data 'stras'
  - {kind: isosurface, data: stars, levels: [1]}              # <- cannot draw 'stars', which is particles
lights:
  - {kind: sun}                                               # <- the key 'direction' is missing
camera:
  keyframes:
    - {time: 0, position: [1, 2], target: stars}              # <- a list of 2 is not of the right length
outputs:
  hd: {lens: perspectiv, size: [0, 48], quality: fine}        # <- no such lens 'perspectiv', 0 is out, no such quality
  big: {lens: orthographic, height: 1, size: [20000, 2]}  # <- too large for H.264
"""
    found = problems(text, capsys)
    expected = [
        (number, what)
        for number, line in enumerate(text.splitlines(), 1)
        if HERE in line
        for what in line.partition(HERE)[2].split(", ")
    ]
    expected = [(number, what.strip()) for number, what in expected if what != "which is particles"]
    assert [line for line, *_ in found] == sorted(line for line, *_ in found)
    for number, what in expected:
        assert any(line == number and what in said for line, _, said, _ in found), (number, what)
    assert len(found) == len(expected)
