"""Kinds of other packages: used like built-in ones, and left out with one sentence if they cannot be used."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PACKAGE = "moviemaker-fog"

MODULE = """
    from typing import Annotated, Literal

    from moviemaker.core.fields import Particles
    from moviemaker.core.kinds import Kind
    from moviemaker.core.values import NUMBER
    from moviemaker.layers import Layer
    from moviemaker.lights import LightKind
    from moviemaker.core.props import Light

    class Fog(Layer):
        \"\"\"Particles in a haze.\"\"\"
        takes = Particles
        kind: Literal["fog"] = "fog"
        height: Annotated[float, NUMBER] = 1.0
        time: Annotated[float, NUMBER] = 1.0
        def props(self, sample):
            return ()

    class Lamp(LightKind):
        \"\"\"A lamp.\"\"\"
        kind: Literal["lamp"] = "lamp"
        def light(self):
            return Light("ambient", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 0.5)

    class Unfinished(Layer):
        kind: Literal["unfinished"] = "unfinished"

    class Nameless(Layer):
        takes = Particles
        def props(self, sample):
            return ()

    class Hiding(Layer):
        takes = Particles
        kind: Literal["hiding"] = "hiding"
        near: Annotated[float, NUMBER] = 1.0
        def props(self, sample):
            return ()

    class Tasteless(Layer):
        kind: Literal["tasteless"] = "tasteless"
        def props(self, sample):
            return ()

    class NotALayer(Kind):
        kind: Literal["other"] = "other"
"""

SCENE = """
    duration: 1
    data: {d: {kind: sample, name: tidal_stream, count: 10}}
    layers: [{kind: KIND, data: d}]
    lights: [{kind: lamp}]
    camera: {orbit: {center: d, radius: 10}}
    outputs: {a: {lens: perspective, size: [8, 8], format: png}}
"""

BROKEN = {
    "unfinished": ("moviemaker_fog:Unfinished", "lacks the method props"),
    "nameless": ("moviemaker_fog:Nameless", "lacks the field kind: Literal['nameless']"),
    "tasteless": ("moviemaker_fog:Tasteless", "lacks the class attribute takes"),
    "hiding": ("moviemaker_fog:Hiding", "has a field 'near' that hides the near of Layer"),
    "other": ("moviemaker_fog:NotALayer", "is not a subclass of moviemaker.layers.Layer"),
    "text": ("moviemaker_fog:__doc__", "is not a subclass of moviemaker.layers.Layer"),
    "gone": ("moviemaker_fog:Gone", "cannot be loaded (AttributeError: module 'moviemaker_fog' has no attribute"),
    "absent": ("moviemaker_haze:Fog", "cannot be loaded (ModuleNotFoundError: No module named 'moviemaker_haze')"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with an installed package: some of its plug-ins are right, and many are broken."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "moviemaker_fog.py").write_text(textwrap.dedent(MODULE))
    info = folder / "moviemaker_fog-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.1\n")
    layers = {"fog": "moviemaker_fog:Fog", "points": "moviemaker_fog:Fog"}
    layers |= {name: target for name, (target, _) in BROKEN.items()}
    lines = ["[moviemaker.layers]", *(f"{name} = {target}" for name, target in layers.items())]
    lines += ["[moviemaker.lights]", "lamp = moviemaker_fog:Lamp"]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{root}"}
    command = [sys.executable, "-m", "moviemaker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def check(folder: Path, kind: str) -> subprocess.CompletedProcess[str]:
    scene = folder / f"{kind}.yaml"
    scene.write_text(textwrap.dedent(SCENE).replace("KIND", kind))
    return run(folder, "check", str(scene))


def test_the_schema_leaves_out_broken_plugins_with_one_warning_each(folder):
    done = run(folder, "schema")
    assert done.returncode == 0
    assert '"const": "fog"' in done.stdout
    assert '"const": "lamp"' in done.stdout
    warnings = done.stderr.splitlines()
    assert len(warnings) == len(BROKEN) + 1
    for name, (target, fault) in BROKEN.items():
        assert f'"const": "{name}"' not in done.stdout
        (warning,) = [line for line in warnings if f"the layer kind {name!r}" in line]
        assert f"of the package {PACKAGE} cannot be used: {target} {fault}" in warning
    assert any("'points' of the package moviemaker-fog is left out: moviemaker has one" in line for line in warnings)


def test_plugins_that_are_right_are_used_beside_broken_ones(folder):
    done = check(folder, "fog")
    assert done.returncode == 0
    assert "nothing of it is seen: it draws nothing" in done.stderr
    assert PACKAGE not in done.stderr


@pytest.mark.parametrize("name", ["unfinished", "absent"])
def test_a_scene_with_a_broken_plugin_gets_an_error_that_names_the_fault(name, folder):
    done = check(folder, name)
    target, fault = BROKEN[name]
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"the layer kind {name!r} of the package {PACKAGE} cannot be used: {target} {fault}" in line
    assert line.endswith("; correct or uninstall that package")
