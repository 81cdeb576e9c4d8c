"""What several features add to the shaders of an actor stands there together, and knows its place in the scene."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.core.fields import Cells
from moviemaker.core.props import Glyphs, Isosurface, Light, Palette, Slice, Surface, Tubes
from moviemaker.stage.shading.fragment_shader import Addition
from moviemaker.stage.stage import Stage
from moviemaker.stage.window.textures import texture_of

SUNS = tuple(Light("sun", (0.0, 1.0, 0.0), (1, 1, 1), 0.2) for _ in range(2))
LIGHTS = (Light("ambient", (0, 0, 0), (1, 1, 1), 0.5), *SUNS)
WHITE = np.full((2, 4), 255, np.uint8)
CORNERS = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1.0)])
QUAD = Cells(np.array([0, 4]), np.arange(4))
PLAIN = Palette(np.ones((2, 3)), 0.0, 1.0)
PLACE, FORWARD = np.array([0.3, -4.0, 0.2]), np.array([-0.1, 1.0, 0.0]) / np.hypot(0.1, 1.0)
VIEW = View(PLACE, FORWARD, np.array([0.0, 0, 1]), Frustum(-0.4, 0.4, -0.4, 0.4), (48, 48))
EYE = View(PLACE, FORWARD, VIEW.up, VIEW.projection, (48, 48), ods=Ods(0.3, np.array([0.0, 0, 1]), (0.9, 1.2)))


def field():
    x, y, z = np.mgrid[-1:1:9j, -1:1:9j, -1:1:9j]
    return np.sqrt(x * x + y * y + z * z).astype(np.float32)


def glyphs(shape):
    direction = np.array([[1.0, 0, 0]]) if shape == "arrow" else None
    return Glyphs(shape, np.zeros((1, 3)), np.array([1.5]), WHITE[:1], True, direction)


PROPS = {
    "spheres": glyphs("sphere"),
    "cubes": glyphs("cube"),
    "arrows": glyphs("arrow"),
    "tubes": Tubes(np.array([[0, 0, -1], [0, 0, 1.0]]), np.array([0, 2]), np.full(2, 0.8), WHITE, True),
    "surface": Surface(CORNERS, QUAD, (1, 1, 1), 1.0, True),
    "image": Surface(
        CORNERS, QUAD, (1, 1, 1), 1.0, True, picture=np.full((2, 2, 3), 255, np.uint8), coordinates=CORNERS[:, ::2]
    ),
    "isosurface": Isosurface(field(), (-1, -1, -1), (0.25,) * 3, (0.7,), np.ones((1, 3)), 1.0, True),
    "slice": Slice(CORNERS, CORNERS[:, ::2] + 1, np.ones((3, 3)), PLAIN, 1.0, True),
}


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def taken(stage, prop, additions, lights=LIGHTS, view=VIEW, lamps=2):
    stage.hang([], lights)  # takes down what was added to before
    stage.hang([prop], lights)
    shader = stage._actors[0].lighting.shader
    shader.set_lamps(lamps)
    for feature, addition in additions.items():
        shader.add(feature, addition)
    return stage.photograph(view, (0.0, 0.0, 0.0)).astype(float)


def inner(covered):
    """The covered pixels that are not at an edge."""
    beside = [np.roll(covered, step, axis) for step in (-1, 1) for axis in (0, 1)]
    return np.all([covered, *beside], axis=0)


@pytest.mark.parametrize("kind", PROPS)
def test_lines_of_several_features_count_together(stage, kind):
    plain = taken(stage, PROPS[kind], {})
    seen = inner(plain.max(axis=2) > 0)
    dark = taken(
        stage,
        PROPS[kind],
        {
            "material": Addition(before_light="  ambientColor *= 0.5;\n", lamp="vec3(1.0 - float(#))"),
            "shade": Addition(
                declared="float halved() { return 0.5; }\n",
                before_light="  ambientColor *= halved();\n",
                lamp="0.0",
                after_light="  gl_FragData[0].rgb += 0.1;\n",
            ),
            "fog": Addition(finished="  gl_FragData[0].rgb *= halved();\n"),
        },
    )
    assert np.abs(dark[seen] - 255 * (0.5 * 0.25 + 0.1) / 2).max() <= 1


@pytest.mark.parametrize("kind", PROPS)
def test_each_lamp_has_its_own_factor(stage, kind):
    none, first = (taken(stage, PROPS[kind], {"shade": Addition(lamp=f"float({which} == #)")}) for which in (9, 0))
    both = taken(stage, PROPS[kind], {})
    seen = inner(both.max(axis=2) > 0)
    assert both.max() > first.max() > none.max() > 100
    assert np.abs((both - none) - 2 * (first - none))[seen].max() <= 2


@pytest.mark.parametrize("view", [VIEW, EYE], ids=["plain", "an eye"])
@pytest.mark.parametrize("kind", PROPS)
def test_fragments_know_their_place_in_the_scene(stage, kind, view):
    lines = "  gl_FragData[0].rgb = 0.5 + 0.25 * (sceneFromView * vec4(vertexVC.xyz, 1.0)).xyz;\n"
    picture = taken(stage, PROPS[kind], {"shade": Addition(after_light=lines)}, view=view)
    inside = inner(picture.min(axis=2) > 0)
    x, y, z = (picture[inside].T / 255 - 0.5) / 0.25
    away = {
        "spheres": np.sqrt(x * x + y * y + z * z) - 0.75,
        "cubes": np.max(np.abs([x, y, z]), axis=0) - 0.75,
        "arrows": np.maximum(np.hypot(y, z) - 0.18, 0),
        "tubes": np.sqrt(x * x + y * y + np.maximum(np.abs(z) - 1, 0) ** 2) - 0.4,
        "isosurface": np.sqrt(x * x + y * y + z * z) - 0.7,
    }.get(kind, y)
    assert inside.sum() > 10
    assert np.abs(away).max() < 0.05


def test_a_feature_that_leaves_takes_its_lines_away(stage):
    plain = taken(stage, PROPS["surface"], {})
    shader = stage._actors[0].lighting.shader
    for feature in ("material", "shade"):
        shader.add(feature, Addition(before_light="  ambientColor *= 0.0;\n", lamp="0.0"))
    dark = stage.photograph(VIEW, (0.0, 0.0, 0.0))
    for feature in ("material", "shade"):
        shader.add(feature, None)
    assert dark.max() == 0
    assert (stage.photograph(VIEW, (0.0, 0.0, 0.0)) == plain).all()


def test_a_texture_reaches_a_shader_by_the_number_of_its_unit(stage):
    addition = Addition(
        samplers=(("laid", "sampler2D"),),
        after_light="  gl_FragData[0].rgb = vec3(textureSize(laid, 0).x == 1 ? 0.5 : 1.0);\n",
    )
    taken(stage, PROPS["image"], {})
    texture = texture_of(stage._window, np.zeros((1, 1), np.uint8))
    texture.Activate()
    shader = stage._actors[0].lighting.shader
    shader.uniforms.SetUniformi("laid", texture.GetTextureUnit())
    shader.add("shade", addition)
    picture = stage.photograph(VIEW, (0.0, 0.0, 0.0))
    texture.Deactivate()
    assert np.abs(picture[24, 24].astype(int) - 128).max() <= 1
