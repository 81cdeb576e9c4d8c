"""Materials: the keys of layers, and the props that carry them."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputErrors
from moviemaker.core.fields import Mesh, Particles
from moviemaker.core.kinds import build, load_kind
from moviemaker.core.props import Glyphs, LitProp, Material, Surface
from moviemaker.layers import Layer
from moviemaker.timeline.tracks import freeze

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)


def layer(kind: str, **keys: object) -> Layer:
    """A layer of a kind."""
    made: Layer = build(load_kind("layers", kind), {"kind": kind, "data": "some", **keys})
    return made


def drawn(layer: Layer, sample: object, time: float = 0.0) -> list[LitProp]:
    """What a layer draws of a sample."""
    still = freeze(layer, time)
    return [prop for prop in still.finished(still.props(sample)) if isinstance(prop, LitProp)]


def test_props_are_of_the_material_of_their_layer_at_its_moment():
    points = layer("points", size=1.0, roughness={0: 0, 2: 1, "ease": "linear"}, metal=0.5, emission=2)
    (prop,) = drawn(points, Particles(CORNERS, {}), time=1.0)
    assert isinstance(prop, Glyphs)
    assert prop.material == Material(roughness=0.5, metal=0.5, emission=2.0)
    from moviemaker.core.fields import Cells

    mesh = Mesh(CORNERS, Cells(np.array([0, 3]), np.array([0, 1, 2])), Cells(np.array([0]), np.array([], int)))
    (prop,) = drawn(layer("surface", metal=1), mesh)
    assert isinstance(prop, Surface)
    assert prop.material == Material(metal=1.0)


def test_without_keys_props_stay_the_same_objects():
    points = layer("points", size=1.0)
    props = points.props(Particles(CORNERS, {}))
    assert points.finished(props) is props
    assert props[0].material == Material()
    assert not props[0].material.reflects
    assert not props[0].material.emits


@pytest.mark.parametrize(
    ("kind", "keys", "message"),
    [
        ("points", {"roughness": 1.5}, "out of range"),
        ("points", {"shape": "dot", "roughness": 0.5}, "roughness says nothing about a dot"),
        ("points", {"shape": "glow", "emission": 0.5}, "emission says nothing about a glow"),
        ("surface", {"shade": False, "metal": 1}, "metal says how light is reflected"),
        ("isosurface", {"emission": -1}, "out of range"),
    ],
)
def test_mistakes_are_told(kind, keys, message):
    with pytest.raises(InputErrors, match=message):
        layer(kind, **keys)


@pytest.mark.parametrize("kind", ["vectors", "trails", "lines", "streamlines", "ribbons", "molecule"])
def test_all_layers_of_surfaces_have_materials(kind):
    assert {"roughness", "metal", "emission"} <= set(load_kind("layers", kind).model_fields)
