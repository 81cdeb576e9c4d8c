"""Kinds of another package: one of each room, as the documentation shows them, and what their authors do wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core import kinds, plugins
from moviemaker.core.kinds import load_kind
from moviemaker.data.files import choose_reader

INSTALLED = Path(__file__).parent / "installed"
"""The folder that holds the package of example kinds and what pip writes beside a package."""

CAMERA = {"keyframes": [{"time": 0, "position": [0, -6, 2], "target": [0, 0, 0]}]}
DUST = {"kind": "dust", "count": 300, "time": 3}


def forget_plugins() -> None:
    """Makes the program look for plug-ins anew: it remembers them for as long as a process runs."""
    for module in (kinds, plugins, choose_reader):
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] in ("example_kinds", "broken_kinds")]:
        del sys.modules[name]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package of example kinds, installed."""
    monkeypatch.syspath_prepend(INSTALLED)
    forget_plugins()
    yield
    monkeypatch.undo()
    forget_plugins()


def scene_of(folder: Path, **written: Any) -> mm.Scene:
    whole = {
        "duration": 1,
        "fps": 4,
        "data": {"dust": DUST},
        "layers": [{"kind": "beads", "data": "dust", "height": {0: 0.1, 1: 0.3}}],
        "camera": CAMERA,
        "outputs": {"hd": {"lens": "perspective", "size": [96, 64]}},
    }
    return mm.Scene.from_dict(whole | written, folder=folder)


def moviemaker(*words: str, cwd: Path, path: Path = INSTALLED) -> subprocess.CompletedProcess[str]:
    """The command line, with the packages in a folder installed."""
    python_path = os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "moviemaker", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": python_path},
    )


def test_a_layer_draws_data_of_another_package_under_its_light(installed, tmp_path):
    scene = scene_of(tmp_path, lights=[{"kind": "sunset", "altitude": {0: 40, 1: 0}}])
    early, late = scene.still(0).astype(int), scene.still(0.9).astype(int)
    assert (early.sum(axis=2) > 0).any()
    assert (late[..., 2] > late[..., 0]).sum() == 0  # a red light
    assert late[..., 2].max() < early[..., 2].max()


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("density", {"kind": "volume", "data": "made", "field": "density"}),
        ("bonds", {"kind": "lines", "data": "made", "width": 0.05}),
        ("particles", {"kind": "points", "data": "made", "size": 0.1, "color": {"by": "radius"}}),
    ],
)
def test_data_made_from_particles_take_those_of_another_package(installed, tmp_path, name, layer):
    made = {
        "density": {"kind": "density", "of": "dust", "shape": 16},
        "bonds": {"kind": "bonds", "of": "dust", "reach": 0.3},
        "particles": {"kind": "particles", "of": "dust", "select": "radius > 1.5"},
    }[name]
    scene = scene_of(tmp_path, data={"dust": DUST, "made": made}, layers=[layer])
    assert scene.still(0.5).any()


def test_data_of_another_package_are_placed_by_the_scene(installed, tmp_path):
    layers = [{"kind": "points", "data": "dust", "size": 0.1}]
    scene = scene_of(tmp_path, data={"dust": DUST | {"translate": [0, 0, 50], "scale": 2}}, layers=layers)
    source = scene.prepared.sources["dust"]
    np.testing.assert_allclose(source.center(0.0), 2 * np.array(source.own.center(0.0)) + np.array([0, 0, 50]))


def test_a_sample_and_a_reader_of_another_package_give_particles(installed, tmp_path):
    np.savetxt(tmp_path / "a.dots", np.random.default_rng(0).normal(size=(50, 3)))
    for data in ({"kind": "sample", "name": "helix", "turns": 3}, {"kind": "particles", "file": "a.dots"}):
        scene = scene_of(tmp_path, data={"p": data}, layers=[{"kind": "points", "data": "p", "size": 0.3}])
        assert scene.still(0).any()


def test_a_rig_of_another_package_packs_the_frame(installed, tmp_path):
    scene = scene_of(tmp_path, outputs={"o": {"lens": "perspective", "size": [96, 32], "stereo": "triptych"}})
    picture = scene.still(0)
    assert picture[:, :32].any()
    assert np.array_equal(picture[:, :32], picture[:, 64:])
    with pytest.raises(mm.SceneError, match="98 pixels are not three pictures wide; write a multiple of 3"):
        scene_of(tmp_path, outputs={"o": {"lens": "perspective", "size": [98, 32], "stereo": "triptych"}})


def test_a_farm_of_another_package_computes_the_same_frames(installed, tmp_path):
    scene = scene_of(tmp_path, outputs={"o": {"lens": "perspective", "size": [64, 64], "format": "png"}})
    (there,) = scene.render(out=tmp_path / "a")
    (back,) = scene.render(out=tmp_path / "b", farm=load_kind("farm", "backwards")())
    names = sorted(path.name for path in there.iterdir() if path.suffix == ".png")
    assert len(names) == 4
    assert all((there / name).read_bytes() == (back / name).read_bytes() for name in names)


def test_the_command_line_knows_them(tmp_path):
    assert '"mercator"' in moviemaker("schema", cwd=tmp_path).stdout
    shown = moviemaker("help", "beads", cwd=tmp_path)
    assert "Full width of a bead" in shown.stdout
    assert shown.stderr == ""


BROKEN: dict[str, tuple[str, str, str, str]] = {
    # what is wrong: group and name, the object, the file, words of the sentence
    "a layer without props": (
        "layers:flat",
        "broken_kinds:Flat",
        "class Flat(Layer):\n    takes = Particles\n    kind: Literal['flat'] = 'flat'\n",
        "lacks the method props",
    ),
    "a lens without views": (
        "lens:flat",
        "broken_kinds:Flat",
        "class Flat(Lens):\n    lens: Literal['flat'] = 'flat'\n",
        "lacks the methods cone, views",
    ),
    "a rig without pack": (
        "rig:flat",
        "broken_kinds:Flat",
        "class Flat(Rig):\n    packing: Literal['flat'] = 'flat'\n",
        "lacks the methods eye_size, eyes_at, layout, pack",
    ),
    "a farm without hire": (
        "farm:flat",
        "broken_kinds:Flat",
        "class Flat(Farm):\n    kind: Literal['flat'] = 'flat'\n",
        "lacks the method hire",
    ),
    "a light without light": (
        "lights:flat",
        "broken_kinds:Flat",
        "class Flat(LightKind):\n    kind: Literal['flat'] = 'flat'\n",
        "lacks the method light",
    ),
    "an entry point to no module": ("layers:flat", "broken_kindz:Flat", "", "cannot be loaded"),
    "an entry point to no class": ("layers:flat", "broken_kinds:Flot", "", "cannot be loaded"),
    "an entry point to something else": ("layers:flat", "broken_kinds:Flat", "Flat = 5\n", "is not a subclass of"),
    "a module that fails": ("lens:flat", "broken_kinds:Flat", "1 / 0\n", "ZeroDivisionError"),
    "a kind that does not say its name": (
        "layers:flat",
        "broken_kinds:Flat",
        "class Flat(Layer):\n    takes = Particles\n    def props(self, sample): return ()\n",
        "lacks the field kind: Literal['flat']",
    ),
    "a built-in name": (
        "lens:perspective",
        "broken_kinds:Flat",
        "class Flat(Lens):\n    lens: Literal['perspective'] = 'perspective'\n",
        "moviemaker has one of that name",
    ),
    "a field that hides a method": (
        "layers:flat",
        "broken_kinds:Flat",
        "class Flat(Layer):\n    takes = Particles\n    kind: Literal['flat'] = 'flat'\n    moments: float = 1\n"
        "    def props(self, sample): return ()\n",
        "moments",
    ),
}


@pytest.fixture
def break_kinds(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a package with a kind that cannot be used, and gives the folder that it is installed in."""

    def write(case: str) -> Path:
        point, target, code, _ = BROKEN[case]
        group, _, name = point.partition(":")
        folder = tmp_path / "site"
        info = folder / "broken_kinds-3.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-kinds\nVersion: 3.1\n")
        (info / "entry_points.txt").write_text(f"[moviemaker.{group}]\n{name} = {target}\n")
        head = "from typing import Literal\nfrom moviemaker.plugin import *\n"
        (folder / "broken_kinds.py").write_text(head + code)
        return folder

    return write


@pytest.mark.parametrize("case", BROKEN)
def test_a_fault_of_an_author_is_one_sentence_and_stops_no_other_scene(break_kinds, tmp_path, case):
    folder, what = break_kinds(case), BROKEN[case][3]
    for words in (("schema",), ("new", "mine.yaml"), ("check", "mine.yaml")):
        done = moviemaker(*words, cwd=tmp_path, path=folder)
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) <= 1, lines
        if words == ("schema",) and not BROKEN[case][0].startswith("farm"):
            assert len(lines) == 1
            assert "broken-kinds" in lines[0]
            assert what in lines[0]


@pytest.mark.parametrize("case", [case for case in BROKEN if BROKEN[case][0] == "layers:flat"])
def test_a_scene_that_asks_for_it_says_why_it_cannot_be_had(break_kinds, tmp_path, case):
    folder = break_kinds(case)
    scene = "duration: 1\ndata: {s: {kind: sample, name: tidal_stream}}\nlayers: [{kind: flat, data: s}]\n"
    (tmp_path / "s.yaml").write_text(
        scene + "camera: {orbit: {center: s, radius: 9}}\noutputs: {o: {lens: perspective, size: [32, 32]}}\n"
    )
    done = moviemaker("check", "s.yaml", cwd=tmp_path, path=folder)
    assert done.returncode == 2
    assert "s.yaml:3: layers[0]" in done.stderr
    assert "broken-kinds" in done.stderr
    assert "Traceback" not in done.stderr
