"""Glowing particles in whole scenes: behind opaque things, in both eyes of stereo, and alone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from tests.lens.ods_truth import directions, rays, to_sphere

WIDTH = 256
AHEAD = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0], "fov": 60}]}


@pytest.fixture
def glow_scene(tmp_path):
    def make(layers: list[dict], output: dict, **arrays: Any) -> mm.Scene:
        np.savez(tmp_path / "wall.npz", position=np.array([[0.0, 3, 0]]))
        np.savez(tmp_path / "light.npz", **({"position": np.array([[0.0, 4, 0]])} | arrays))
        data = {name: {"kind": "particles", "file": f"{name}.npz"} for name in ("wall", "light")}
        return mm.Scene.from_dict(
            {"duration": 1, "data": data, "layers": layers, "camera": AHEAD, "outputs": {"main": output}}
            | ({"background": output.pop("background")} if "background" in output else {}),
            folder=tmp_path,
        )

    return make


WALL = {"kind": "points", "data": "wall", "size": 1.5, "color": "black", "shade": False}
LIGHT = {"kind": "points", "data": "light", "shape": "glow", "size": 4.0, "exposure": 1.0}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("lens", ["equirectangular", "perspective", "orthographic", "domemaster", "cubemap"])
def test_an_opaque_sphere_hides_light(glow_scene, lens, bits):
    output = {"lens": lens, "size": [WIDTH, WIDTH // 2], "format": "png"}
    output |= {"orthographic": {"height": 6}, "domemaster": {"size": [WIDTH, WIDTH], "tilt": 60}}.get(lens, {})
    output |= {"cubemap": {"size": [384, 256]}}.get(lens, {}) | ({"bits": 16} if bits == 16 else {})
    made = []
    for layers in ([LIGHT], [WALL, LIGHT], [WALL | {"color": "white"}]):
        scene = glow_scene(layers, dict(output))
        made.append(scene.still(0.0)[..., 0].astype(float))
        scene.close()
    free, hidden, mask = made
    top = 255 if bits == 8 else 65535
    inside, outside = mask == top, mask == 0
    assert free[inside].min() > 0.3 * top
    # At the outline a pixel is either hidden or not.
    assert (hidden[inside] > 0).sum() <= 0.2 * ((mask > 0) & ~inside).sum() + 2
    assert (hidden[outside] == free[outside]).mean() > 0.999
    assert inside.sum() > 200


@pytest.mark.parametrize("distance", [2.0, 4.0])
def test_in_omnidirectional_stereo_each_eye_sees_light_beside_the_sphere(glow_scene, distance):
    stereo = {"packing": "top-bottom", "ipd": 0.4}
    output = {"lens": "equirectangular", "size": [WIDTH, WIDTH], "stereo": stereo, "format": "png"}
    around = np.random.default_rng(2).normal(size=(4000, 3)) * [2, 0, 2] + [0, distance, 0]
    made = []
    for layers in ([LIGHT | {"size": 0.1}], [WALL, LIGHT | {"size": 0.1}]):
        scene = glow_scene(layers, dict(output), position=around)
        made.append(scene.still(0.0)[..., 0].astype(float))
        scene.close()
    for free, hidden, radius in zip(np.vsplit(made[0], 2), [made[1][:128], made[1][128:]], (-0.2, 0.2), strict=False):
        free = made[0][:128] if radius < 0 else made[0][128:]
        away = to_sphere(rays(np.zeros(3), directions(WIDTH), radius, [60, 75]), np.array([0, 3, 0]), 1.5)
        inside = np.isfinite(away)
        edge = np.zeros_like(inside)
        for shift in (-1, 1):
            for axis in (0, 1):
                edge |= np.roll(inside, shift, axis) != inside
        sure = ~edge
        assert free[inside].mean() > 20
        if distance > 3:
            assert hidden[inside & sure].max() == 0
        else:
            assert (hidden[inside & sure] == free[inside & sure]).all()
        assert (hidden[~inside & sure] == free[~inside & sure]).all()


def test_light_is_the_same_with_an_invisibly_small_thing_on_the_stage(glow_scene):
    for bits in (8, 16):
        output = {"lens": "equirectangular", "size": [128, 64], "format": "png", "background": "#123456"}
        output |= {"bits": 16} if bits == 16 else {}
        made = []
        for layers in ([LIGHT], [LIGHT, WALL | {"size": 1e-7}]):
            scene = glow_scene(layers, dict(output))
            made.append(scene.still(0.0))
            scene.close()
        assert (made[0] == made[1]).mean() > 0.999


def test_light_alone_does_not_import_vtk(glow_scene, tmp_path):
    glow_scene([LIGHT], {"lens": "perspective", "size": [64, 64]})
    script = (
        "import sys, moviemaker as mm;"
        f"s = mm.Scene.from_dict({{'duration': 1, 'data': {{'light': {{'kind': 'particles', 'file': 'light.npz'}}}},"
        f"'layers': [{LIGHT!r}], 'camera': {AHEAD!r},"
        f"'outputs': {{'main': {{'lens': 'perspective', 'size': [64, 64]}}}}}}, folder={str(tmp_path)!r});"
        "assert s.still(0.0).max() > 100;"
        "print([name for name in ('vtkmodules', 'pyvista') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_picture_outside_of_a_dome_is_dark(glow_scene):
    output = {"lens": "domemaster", "size": [128, 128], "format": "png"}
    scene = glow_scene([LIGHT | {"exposure": 50.0}], output, position=np.array([[0.0, 1, 0]]))
    made = scene.still(0.0)[..., 0]
    rows, columns = np.indices(made.shape)
    outside = np.hypot(rows - 63.5, columns - 63.5) > 64.8
    assert made[outside].max() == 0
    assert made[122, 64] > 200


def test_size_opacity_and_color_follow_fields(glow_scene):
    position = np.array([[-1.0, 4, 0], [1.0, 4, 0]])
    layer = LIGHT | {
        "size": {"by": "mass", "size": [0.2, 0.4]},
        "opacity": {"by": "mass", "opacity": [1.0, 0.2], "range": [1, 3]},
        "color": {"by": "mass", "colormap": ["#ff0000", "#0000ff"]},
    }
    scene = glow_scene(
        [layer], {"lens": "orthographic", "height": 2, "size": [400, 200]}, position=position, mass=np.array([1.0, 3])
    )
    made = scene.still(0.0).astype(float)
    left, right = made[100, :200, 0], made[100, 200:, 2]
    assert made[..., 1].max() == 0
    assert left.max() == pytest.approx(255 * (1.055 * (1 - np.exp(-1)) ** (1 / 2.4) - 0.055), abs=1.5)
    assert right.max() == pytest.approx(255 * (1.055 * (1 - np.exp(-0.2)) ** (1 / 2.4) - 0.055), abs=1.5)
