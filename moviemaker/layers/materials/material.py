"""Materials of layers that draw surfaces: how rough they are, whether they are of metal, and whether they shine.

Without `roughness` and `metal` a surface is matt, with a slight shine of the lamps. With one of them it reflects lamps
and the `sky` of the scene as microfacets do (`moviemaker.stage.shading.material_glsl` names the formulas).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.props import Drawable, LitProp, Material
from moviemaker.core.values import FRACTION
from moviemaker.layers import Layer
from moviemaker.timeline.tracks import Moving, NotNegative


class MaterialLayer(Layer):
    """A layer whose surfaces are of some material."""

    roughness: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """How rough the surface is: 0 reflects like a mirror, 0.3 like polished plastic, 1 like chalk. Default: a slight
    shine that reflects no `sky`; 0.3 with `metal`."""

    metal: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """Whether the surface is of metal, from 0 (not: it reflects white over its own colour) to 1 (it reflects in its own
    colour alone). Default: 0."""

    emission: NotNegative = 0.0
    """Light that the surface emits, times its own colour: 1 is as bright as its colour in full light. Default: 0."""

    @model_validator(mode="after")
    def _check_material(self) -> MaterialLayer:
        for key in ("roughness", "metal"):
            if getattr(self, "shade", True) is False and getattr(self, key) is not None:
                what = f"{key} says how light is reflected, and shade: false draws flat colours"
                raise InputError(what, f"leave {key} or shade out", (key,))
        return self

    @property
    def material(self) -> Material:
        """The material of a frozen layer."""
        return Material(self.roughness, self.metal, self.emission)

    def finished(self, props: tuple[Drawable, ...]) -> tuple[Drawable, ...]:
        """What the layer draws, of its material."""
        props, material = super().finished(props), self.material
        if material == Material():
            return props
        return tuple(replace(one, material=material) if isinstance(one, LitProp) else one for one in props)
