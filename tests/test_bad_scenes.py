"""Wrong scene files: each mistake is reported with its line, its place, and a correction.

A case changes one piece of a good scene. The line that the message has to name is the one with `# <-` at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from moviemaker.cli import main

GOOD = """\
duration: 2
fps: 10
background: black
clock: {0: 0, 2: 4}

data:
  halo: {kind: grid, file: halo.npy}
  stars: {kind: particles, file: stars.npz}
  orbital: {kind: sample, name: hydrogen_orbital, shape: 8}

layers:
  - kind: volume
    data: halo
    colormap: inferno
    range: [0, 1]
    transfer: [[0, 0], [1, 0.5]]
  - kind: points
    data: stars
    size: 0.2
    color: {by: mass, colormap: viridis}
    opacity: {0: 0, 2: 1}

lights:
  - {kind: sun, direction: [1, 0, -1]}

camera:
  keyframes:
    - {time: 0, position: [60, 0, 20], target: [0, 0, 0]}
    - {time: 2, position: [20, 20, 5], target: stars}

outputs:
  hd: {lens: perspective, size: [64, 48]}
"""
HERE = "# <-"
CAMERA = GOOD[GOOD.index("camera:") : GOOD.index("\noutputs:")]
DATA = GOOD[GOOD.index("data:") : GOOD.index("kind: sample")]


class Case(NamedTuple):
    """A mistake: `old` in the good scene becomes `new`; the message holds the place, `what` and `right`."""

    old: str
    new: str
    where: str
    what: str
    right: str


CASES = {
    # Keys
    "misspelt at the top": Case("fps: 10", "fsp: 10  # <-", "fsp", "unknown key 'fsp'", "did you mean 'fps'?"),
    "misspelt in data": Case(
        "grid, file", "grid, spacin: [1, 1, 1], file", "data.halo.spacin", "unknown key 'spacin'",
        "did you mean 'spacing'?"
    ),
    "misspelt in a layer": Case(
        "    range: [0, 1]", "    ragne: [0, 1]  # <-", "layers[0].ragne", "unknown key 'ragne'",
        "did you mean 'range'?"
    ),
    "misspelt in colours": Case(
        "{by: mass, colormap", "{by: mass, colourmapp", "layers[1].color.colourmapp", "unknown key 'colourmapp'",
        "did you mean 'colormap'?"
    ),
    "misspelt in a light": Case("direction", "dirction", "lights[0].dirction", "unknown key", "'direction'?"),
    "misspelt in the camera": Case(
        "camera:\n", "camera:\n  interpolatoin: linear  # <-\n", "camera.interpolatoin", "unknown key",
        "did you mean 'interpolation'?"
    ),
    "misspelt in a keyframe": Case(
        "{time: 2, pos", "{time: 2, role: 3, pos", "camera.keyframes[1].role", "unknown key 'role'",
        "did you mean 'roll'?"
    ),
    "misspelt in an output": Case(
        "size: [64, 48]", "size: [64, 48], qualty: good", "outputs.hd.qualty", "unknown key 'qualty'",
        "did you mean 'quality'?"
    ),
    "misspelt setting of a sample": Case(
        "shape: 8", "shap: 8", "data.orbital.shap", "unknown key 'shap'", "did you mean 'shape'?"
    ),
    "misspelt kind key": Case(
        "{kind: sun,", "{knd: sun,", "lights[0].knd", "unknown key 'knd'", "did you mean 'kind'?"
    ),
    "a key that is a number": Case(
        "    size: 0.2", "    5: 0.2  # <-", "layers[1][5]", "the key 5 is not text", "keys are"
    ),
    "missing, at the top": Case("duration: 2\n", "", "duration", "the key 'duration' is missing", "seconds"),
    "missing, in data": Case(
        "file: halo.npy", "field: value", "data.halo.file", "the key 'file' is missing", "a path"
    ),
    "missing, in an output": Case(
        "size: [64, 48]", "quality: good", "outputs.hd", "the key 'size' is missing", "[width, height]"
    ),
    "missing, in a layer": Case(
        "  - kind: points\n    data: stars", "  - kind: points  # <-", "layers[1].data", "the key 'data' is missing",
        "write data:"
    ),
    "missing, in a light": Case("direction: [1, 0, -1]", "color: red", "lights[0].direction", "missing", "[x, y, z]"),
    "missing kind": Case("kind: particles, ", "", "data.stars", "the key 'kind' is missing", "grid, mesh, particles"),
    # Names of choices
    "unknown kind of layer": Case(
        "kind: volume", "kind: volum  # <-", "layers[0].kind", "no such layer kind 'volum'",
        "did you mean 'volume'?"
    ),
    "unknown kind of data": Case(
        "kind: particles", "kind: partikles", "data.stars.kind", "no such data kind 'partikles'",
        "did you mean 'particles'?"
    ),
    "unknown kind of light": Case("kind: sun", "kind: son", "lights[0].kind", "no such light 'son'", "'sun'?"),
    "a kind that is a number": Case(
        "kind: volume", "kind: 3  # <-", "layers[0].kind", "3 is not a name", "isosurface"
    ),
    "unknown sample": Case(
        "hydrogen_orbital", "hydrogen_orbit", "data.orbital.name", "no such sample",
        "did you mean 'hydrogen_orbital'?"
    ),
    "unknown lens": Case(
        "lens: perspective", "lens: perspectiv", "outputs.hd.lens", "no such lens 'perspectiv'",
        "did you mean 'perspective'? The lenses are"
    ),
    "unknown codec": Case(
        "[64, 48]", "[64, 48], codec: h246", "outputs.hd.codec", "no such codec 'h246'", "'h264'?"
    ),
    "unknown format": Case(
        "[64, 48]", "[64, 48], format: mpeg", "outputs.hd.format", "no such format 'mpeg'", "mp4"
    ),
    "unknown packing": Case(
        "[64, 48]", "[64, 48], stereo: sideways", "outputs.hd.stereo", "no such packing 'sideways'", "none"
    ),
    "unknown easing": Case(
        "{0: 0, 2: 1}", "{0: 0, 2: 1, ease: smoth}", "layers[1].opacity.ease", "no such easing 'smoth'",
        "did you mean 'smooth'?"
    ),
    "unknown colormap": Case(
        "colormap: inferno", "colormap: infreno  # <-", "layers[0].colormap", "no such colormap 'infreno'",
        "did you mean 'inferno'?"
    ),
    "unknown colour": Case(
        "background: black", "background: blakc  # <-", "background", "'blakc' is not a colour",
        "did you mean 'black'?"
    ),
    "unknown shape": Case(
        "size: 0.2", "shape: sfere  # <-", "layers[1].shape", "no such shape 'sfere'", "'sphere'?"
    ),
    "unknown blend": Case(
        "range: [0, 1]", "blend: maxi  # <-", "layers[0].blend", "no such blend 'maxi'", "maximum"
    ),
    # Types
    "text for a number": Case("fps: 10", "fps: ten  # <-", "fps", "'ten' is not a number", "frames per second"),
    "a time of day for a number": Case(
        "fps: 10", "fps: 0:12:30  # <-", "fps", "'0:12:30' is not a number", "frames per second"
    ),
    "a number for text": Case("file: halo.npy", "file: 7", "data.halo.file", "7 is not right here", "a path, a glob"),
    "a list for a mapping": Case(
        "{lens: perspective, size: [64, 48]}", "[64, 48]", "outputs.hd", "expected a mapping",
        "write lens: and one of"
    ),
    "a mapping for a list": Case(
        "size: [64, 48]", "size: {width: 64}", "outputs.hd.size", "a mapping is not a list", "[width, height]"
    ),
    "a mapping for the list of lights": Case(
        "lights:\n  - {", "lights:  # <-\n  {", "lights", "lights is not a list", "a dash"
    ),
    "a list for the mapping of data": Case(
        DATA, "data:  # <-\n  - {", "data", "data is not a mapping of names", "{NAME:"
    ),
    "a word for a layer": Case(
        "  - kind: points\n", "  - points  # <-\n  - kind: points\n", "layers[1]", "expected a mapping", "isosurface"
    ),
    "a word for the camera": Case(
        CAMERA, "camera: front  # <-\n", "camera", "expected a mapping", "keyframes, orbit"
    ),
    "a word for an orbit": Case(
        CAMERA, "camera: {orbit: stars}  # <-\n", "camera.orbit", "expected a mapping", "center, radius"
    ),
    "a number for a keyframe": Case(
        CAMERA, "camera: {keyframes: [5]}  # <-\n", "camera.keyframes[0]", "expected a mapping", "time"
    ),
    "units that are text": Case("fps: 10", "units: kpc  # <-", "units", "expected a mapping", "length, time"),
    "no for a boolean": Case(
        "range: [0, 1]", "visible: no  # <-", "layers[0].visible", "'no' is neither true nor false",
        "yes and no are text"
    ),
    "NaN for a number": Case(
        "size: 0.2", "size: .nan  # <-", "layers[1].size", "nan is not a finite number", "above 0"
    ),
    "infinity for a number": Case(
        "fps: 10", "fps: .inf  # <-", "fps", "inf is not a finite number", "frames per second"
    ),
    "a number beyond floats": Case(
        "fps: 10", f"fps: 1{'0' * 400}  # <-", "fps", "is not a finite number", "frames per"
    ),
    "infinity for a size": Case(
        "[64, 48]", "[64, .inf]", "outputs.hd.size[1]", "inf is not a whole number", "from 1 up"
    ),
    "infinity for a sample": Case("shape: 8", "shape: .inf", "data.orbital.shape", "is not", "2 to 512"),
    "null for a number": Case(
        "fps: 10", "fps: ~  # <-", "fps", "nothing (null) is not a number", "frames per second"
    ),
    # Values
    "a movie without length": Case("duration: 2", "duration: 0  # <-", "duration", "0 is out of range", "above 0"),
    "a movie too long": Case(
        "duration: 2", "duration: 1e300  # <-", "duration", "1e+300 is out of range", "such as 12"
    ),
    "no size": Case("[64, 48]", "[0, 48]", "outputs.hd.size[0]", "0 is out of range", "a whole number from 1 up"),
    "negative size": Case(
        "[64, 48]", "[64, -48]", "outputs.hd.size[1]", "-48 is out of range", "a whole number from 1 up"
    ),
    "half a pixel": Case(
        "[64, 48]", "[64, 48.5]", "outputs.hd.size[1]", "48.5 is not a whole number", "whole number"
    ),
    "one number as size": Case("[64, 48]", "[64]", "outputs.hd.size", "a list of 1", "[width, height]"),
    "odd size for H.264": Case(
        "[64, 48]", "[63, 48]", "outputs.hd.size", "size [63, 48] is odd", "[62, 48] or [64, 48]"
    ),
    "too large for H.264": Case("[64, 48]", "[20000, 20000]", "outputs.hd.size", "too large for H.264", "16384"),
    "too large for the memory": Case(
        "[64, 48]", "[900000, 900000], format: png", "outputs.hd.size", "of memory to be drawn", "this machine has"
    ),
    "a codec in the wrong format": Case(
        "[64, 48]", "[64, 48], format: webm, codec: h264", "outputs.hd.codec", "codec h264 cannot be in format webm",
        "vp9"
    ),
    "a name that is not a file name": Case(
        "  hd:", "  ../hd:", "outputs.../hd", "the name '../hd' cannot be part", "letters"
    ),
    "a range upside down": Case(
        "range: [0, 1]", "range: [1, 0]  # <-", "layers[0].range", "the range [1, 0] is empty",
        "the lower value first"
    ),
    "a percentile above 100": Case(
        "range: [0, 1]", 'range: ["1%", "101%"]  # <-', "layers[0].range", "'101%' is not a percentile", "['1%', '99%']"
    ),
    "opacity above 1 in a transfer": Case(
        "[1, 0.5]]", "[1, 2]]", "layers[0].transfer[1][1]", "the opacity 2 is out of range", "a number from 0 to 1"
    ),
    "unsorted values in a transfer": Case(
        "[[0, 0], [1, 0.5]]", "[[1, 0], [0, 0.5]]", "layers[0].transfer[1][0]", "the value 0 comes after 1",
        "ascending"
    ),
    "a colour beyond 1": Case(
        "background: black", "background: [0, 0, 255]  # <-", "background", "is not a colour", "numbers from 0 to 1"
    ),
    # Values that move
    "a moving value": Case(
        "    opacity: {0: 0, 2: 1}", "    opacity:\n      0: 0\n      1.5: x  # <-", "layers[1].opacity[1.5]",
        "'x' is not a number", "a number from 0 to 1"
    ),
    "opacity that moves above 1": Case(
        "    opacity: {0: 0, 2: 1}", "    opacity:\n      0: 0\n      2: 1.5  # <-", "layers[1].opacity[2]",
        "1.5 is out of range", "a number from 0 to 1"
    ),
    "keys out of order": Case(
        "{0: 0, 2: 1}", "{2: 0, 0: 1}", "layers[1].opacity[0]", "time 0 comes after 2", "ascending order"
    ),
    "a key that is not a time": Case(
        "{0: 0, 2: 1}", "{0: 0, end: 1}", "layers[1].opacity.end", "'end' is not a time", "seconds"
    ),
    "a clock of text": Case(
        "{0: 0, 2: 4}", "{0: 0, 2: late}", "clock[2]", "'late' is not a number", "write a number"
    ),
    # The camera
    "no camera": Case(CAMERA, "", "camera", "the scene has no camera", "orbit"),
    "no keyframes": Case(
        CAMERA, "camera: {keyframes: []}  # <-\n", "camera.keyframes", "the camera has no keyframes", "orbit"
    ),
    "neither keyframes nor orbit": Case(
        CAMERA, "camera: {fov: 30}  # <-\n", "camera", "the camera has no keyframes", "orbit"
    ),
    "both keyframes and orbit": Case(
        "camera:\n", "camera:\n  orbit: {radius: 4}  # <-\n", "camera.orbit", "both keyframes and an orbit",
        "keep one"
    ),
    "target at the position": Case(
        "target: stars", "target: [20, 20, 5]", "camera.keyframes[1].target", "looks at the point where it is",
        "move its position or its target"
    ),
    "a target that is not there": Case(
        "target: stars", "target: star", "camera.keyframes[1].target", "no such data 'star'",
        "did you mean 'stars'?"
    ),
    "keyframes out of order": Case(
        "{time: 2, pos", "{time: -2, pos", "camera.keyframes[1].time", "comes after", "ascending order"
    ),
    "up that points nowhere": Case(
        "camera:\n", "camera:\n  up: [0, 0, 0]  # <-\n", "camera.up", "is not a direction", "not all 0"
    ),
    # Sections
    "no outputs": Case(
        "outputs:\n  hd: {lens: perspective, size: [64, 48]}\n", "", "outputs", "the scene has no outputs",
        "write outputs:"
    ),
    "outputs that are empty": Case(
        "outputs:\n  hd: {lens: perspective, size: [64, 48]}\n", "outputs: {}  # <-\n", "outputs",
        "the scene has no outputs", "{hd: {lens: perspective"
    ),
    "a name that is a number": Case("  orbital: {kind", "  1: {kind", "data[1]", "the name 1 is not text", "letter"),
    "a layer of no data": Case(
        "    data: halo", "    data: halo2  # <-", "layers[0].data", "no such data 'halo2'",
        "did you mean 'halo'?"
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data of the good scene, in which the command runs."""
    random = np.random.default_rng(1)
    np.save(tmp_path / "halo.npy", random.random((6, 5, 4)))
    np.savez(tmp_path / "stars.npz", position=random.normal(size=(20, 3)), mass=random.random(20))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(text: str | bytes, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str, str, str]]:
    """What `moviemaker check` says of a bad scene: (line, place, what is wrong, what would be right)."""
    Path("scene.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["check", "scene.yaml"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return list(_parts(said.err))


def _parts(said: str) -> Iterator[tuple[int, str, str, str]]:
    for line in said.splitlines():
        found = re.fullmatch(r"scene\.yaml:(\d+): (\S+): (.+?); (.+)", line)
        assert found, line
        assert not re.search(r"pydantic|\bvalid\b|Input should|type=|[?], or|None\b|NoneType", line), line
        yield int(found[1]), found[2], found[3], found[4]


def test_the_good_scene_is_good(folder, capsys):
    Path("scene.yaml").write_text(GOOD)
    assert main(["check", "scene.yaml"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("scene.yaml: no mistakes\n  hd: 20 frames of 64 x 48, mp4: ")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_mistake_is_named_with_its_line_and_what_would_be_right(case, folder, capsys):
    assert GOOD.count(case.old) == 1
    text = GOOD.replace(case.old, case.new)
    pointed = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(HERE)]
    changed = GOOD[: GOOD.index(case.old)].count("\n") + 1
    removed = not case.new and case.old.endswith("\n")  # a whole section, which then has no line
    (expected,) = pointed or [1 if removed else changed]
    ((line, where, what, right),) = problems(text, capsys)
    assert (line, where) == (expected, case.where)
    assert case.what in what
    assert case.right in right
