"""The stage as a place: what it keeps, what it reports, and what it says when VTK is unhappy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, View
from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.props import Glyphs, Light, TransferFunction, Volume
from moviemaker.stage.stage import Stage
from moviemaker.stage.window import opengl
from moviemaker.stage.window.vtk_errors import vtk_errors_raised

LIGHTS = (Light("ambient", (0, 0, 0), (1, 1, 1), 1.0),)
VIEW = View(
    np.array([0.0, -10, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), Frustum(-0.2, 0.2, -0.2, 0.2), (64, 64)
)


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.close()


def spheres(count: int = 1) -> Glyphs:
    return Glyphs("sphere", np.zeros((count, 3)), np.ones(count), np.full((count, 4), 255, np.uint8), shade=True)


def volume(values: np.ndarray, opacity: float = 1.0) -> Volume:
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0, 0.5), (1, 0.5)))
    return Volume(values, (-1, -1, -1), (2 / 7,) * 3, transfer, opacity, 1.0, 0.2, "composite", shade=False)


def test_it_names_the_renderer(stage):
    assert stage.renderer not in ("", "unknown")
    assert stage.max_size >= 4096


def test_a_prop_that_comes_again_keeps_its_actor_and_its_texture(stage):
    values = np.ones((8, 8, 8), np.float32)
    stage.hang([volume(values)], LIGHTS)
    actor, texture = stage._actors[0], stage._actors[0].textures[0].field
    stage.hang([volume(values, opacity=0.3)], LIGHTS)
    assert stage._actors[0] is actor
    assert actor.textures[0].field is texture
    stage.hang([volume(values.copy())], LIGHTS)
    assert actor.textures[0].field is not texture


def test_props_taken_down_are_gone(stage):
    stage.hang([spheres(), volume(np.ones((8, 8, 8), np.float32))], LIGHTS)
    stage.hang([], LIGHTS)
    assert stage.photograph(VIEW, (0, 0, 0)).max() == 0
    assert stage._scene.GetViewProps().GetNumberOfItems() == 0


def test_a_picture_does_not_depend_on_those_before_it(stage):
    values = np.random.default_rng(0).random((8, 8, 8)).astype(np.float32)
    props = (volume(values), spheres())
    stage.hang(props, LIGHTS)
    first = stage.photograph(VIEW, (0, 0, 0))
    stage.hang([spheres(5)], (Light("sun", (1, 0, 0), (1, 0, 0), 1.0),))
    stage.photograph(View(VIEW.position, VIEW.forward, VIEW.up, VIEW.projection, (33, 47)), (1, 0, 0))
    stage.hang(props, LIGHTS)
    assert (stage.photograph(VIEW, (0, 0, 0)) == first).all()


def test_a_picture_larger_than_the_renderer_draws_is_refused(stage):
    large = View(VIEW.position, VIEW.forward, VIEW.up, VIEW.projection, (stage.max_size + 1, 10))
    with pytest.raises(UserError, match="too large"):
        stage.photograph(large, (0, 0, 0))


def test_errors_that_vtk_prints_are_raised():
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    with (
        pytest.raises(MoviemakerError, match="VTK failed while contouring"),
        vtk_errors_raised("contouring"),
    ):
        vtkFlyingEdges3D().Update()  # it has no input


def test_a_shader_that_does_not_compile_is_raised(stage):
    stage.hang([spheres()], LIGHTS)
    stage._actors[0].vtk.GetShaderProperty().AddFragmentShaderReplacement(
        "//VTK::Light::Impl", True, "nonsense;", False
    )
    with pytest.raises(MoviemakerError, match="VTK failed while drawing"):
        stage.photograph(VIEW, (0, 0, 0))


def test_nothing_of_vtk_is_left_when_a_stage_is_closed():
    script = (
        "import gc, numpy as np, vtkmodules.vtkCommonCore as core; core.vtkDebugLeaks.SetExitError(0);"
        "from tests.stage.test_stage import *;"
        "s = Stage(); s.hang([spheres(), volume(np.ones((8, 8, 8), np.float32))], LIGHTS);"
        "s.photograph(VIEW, (0, 0, 0));"
        "s.close(); del s; gc.collect();"
        "print(sum(type(o).__name__.startswith(('vtkRender', 'vtkVolume', 'vtkActor')) for o in gc.get_objects()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere OpenGL is part of the system")
def test_without_opengl_it_says_what_to_install(monkeypatch):
    monkeypatch.delenv(opengl.CHOICE, raising=False)
    monkeypatch.setattr(opengl, "_loads", lambda *names: None)
    with pytest.raises(MoviemakerError, match="libegl1 libgl1-mesa-dri") as caught:
        opengl.prepare_opengl()
    assert "libosmesa6" in str(caught.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere OpenGL is part of the system")
def test_the_window_that_the_environment_names_is_taken(monkeypatch):
    monkeypatch.setenv(opengl.CHOICE, "vtkXOpenGLRenderWindow")
    monkeypatch.setattr(opengl, "_loads", lambda *names: None)
    opengl.prepare_opengl()
