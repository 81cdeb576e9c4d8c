"""Frames are drawn again when the code that draws them has changed, with a note that says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.fingerprint import plugin_packages, program_fingerprint

ROOT = Path(__file__).parents[2]
ALREADY = "a: 4 of 4 frames are finished already"

SCENE = """
duration: 0.4
fps: 10
data: {d: {kind: particles, file: d.npy}}
layers: [{kind: KIND, data: d}]
camera: {orbit: {center: d, radius: 10}}
outputs: {a: {lens: perspective, size: [16, 12]}}
"""

DISKS = """
from typing import Literal
from moviemaker.layers.points import Points

class Disks(Points):
    kind: Literal["disks"] = "disks"
"""


class Site:
    """A folder of installed packages, with a scene beside it.

    Args:
        folder: of all.
        program: folder of the package moviemaker.
    """

    def __init__(self, folder: Path, program: Path = ROOT):
        self.folder, self.program = folder, program
        np.save(folder / "d.npy", np.eye(3))

    def scene(self, kind: str, **changes: str) -> None:
        text = SCENE.replace("KIND", kind)
        for old, new in changes.items():
            text = text.replace(old, new)
        (self.folder / "s.yaml").write_text(text)

    def render(self) -> tuple[str, bytes]:
        """What it says on standard error, and a frame."""
        environment = os.environ | {"PYTHONPATH": f"{self.folder}{os.pathsep}{self.program}"}
        command = [sys.executable, "-m", "moviemaker", "render", "s.yaml"]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stderr, (self.folder / "outputs/s/.s_a.frames/s_a_000001.png").read_bytes()

    def install(self, version: str, wheel: bool) -> None:
        """Installs `moviemaker-disks`, as a wheel or for editing."""
        for old in self.folder.glob("*.dist-info"):
            shutil.rmtree(old)
        info = self.folder / f"moviemaker_disks-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: moviemaker-disks\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[moviemaker.layers]\ndisks = moviemaker_disks:Disks\n")
        (info / "RECORD").write_text("moviemaker_disks.py,,\n" if wheel else "__editable__.pth,,\n")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.scene("disks")
    (tmp_path / "moviemaker_disks.py").write_text(textwrap.dedent(DISKS))
    return made


def test_an_edited_plugin(site):
    site.install("0.1", wheel=False)
    _, first = site.render()
    assert ALREADY in site.render()[0]
    edited = f"{DISKS}\n    def props(self, sample):\n        return ()\n"
    (site.folder / "moviemaker_disks.py").write_text(edited)
    said, second = site.render()
    note = "a: the plug-in moviemaker-disks has changed since these frames were drawn: 4 frames are drawn again"
    assert note in said.splitlines()
    assert second != first
    assert ALREADY in site.render()[0]


def test_another_version_of_an_installed_plugin(site):
    site.install("0.1", wheel=True)
    site.render()
    with (site.folder / "moviemaker_disks.py").open("a") as file:
        file.write("# an installer has put it there: the version says all\n")
    assert ALREADY in site.render()[0]
    site.install("0.2", wheel=True)
    said, _ = site.render()
    assert "a: the plug-in moviemaker-disks has changed since these frames were drawn: 4 frames" in said


def test_the_edited_program(tmp_path):
    shutil.copytree(ROOT / "moviemaker", tmp_path / "tree/moviemaker", ignore=shutil.ignore_patterns("__pycache__"))
    site = Site(tmp_path, tmp_path / "tree")
    site.scene("points")
    site.render()
    assert ALREADY in site.render()[0]
    with (tmp_path / "tree/moviemaker/layers/points.py").open("a") as file:
        file.write("# edited\n")
    said, _ = site.render()
    assert "a: the program has changed since these frames were drawn: 4 frames are drawn again" in said.splitlines()


def test_a_changed_scene_and_changed_data_are_distinguished(tmp_path):
    site = Site(tmp_path)
    site.scene("points")
    site.render()
    site.scene("points", radius="elevation: 20, radius")
    assert "a: the scene has changed since these frames were drawn: 4 frames are drawn again" in site.render()[0]
    np.save(tmp_path / "d.npy", np.eye(3) / 2)
    assert "a: the data has changed since these frames were drawn: 4 frames are drawn again" in site.render()[0]
    np.save(tmp_path / "d.npy", np.eye(3))
    site.scene("points")
    assert "a: the scene and the data have changed since these frames were drawn: 4 frames" in site.render()[0]


def test_all_files_of_a_package_that_may_be_edited_count(tmp_path, monkeypatch):
    package = tmp_path / "moviemaker_parts"
    package.mkdir()
    (package / "__init__.py").write_text("from moviemaker.core.kinds import Kind\nclass Part(Kind): ...\n")
    (package / "shader.glsl").write_text("void main() {}")
    monkeypatch.syspath_prepend(tmp_path)
    import moviemaker_parts

    assert plugin_packages([{"a": [moviemaker_parts.Part()]}]) == ["moviemaker_parts"]
    seen = [program_fingerprint("moviemaker_parts"), program_fingerprint("moviemaker_parts")]
    (package / "shader.glsl").write_text("void main() { }")
    seen.append(program_fingerprint("moviemaker_parts"))
    (package / "notes.txt").write_text("not a part of the program")
    seen.append(program_fingerprint("moviemaker_parts"))
    (package / "more.py").write_text("")
    seen.append(program_fingerprint("moviemaker_parts"))
    assert [seen.index(each) for each in seen] == [0, 0, 2, 2, 4]
