"""Fog in front of the samples of volumes, in GLSL: each sample's own, with its opacity unchanged."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkUniforms

from moviemaker.core.camera import View
from moviemaker.core.props import Fog
from moviemaker.stage.shading.fog import AMOUNT
from moviemaker.stage.volumes.shader_variant import ShaderVariant
from moviemaker.stage.volumes.transfer_tables import Entry

_FOG = f"""
uniform vec3 fogColor;
uniform vec3 fogPlace;
uniform vec3 fogReach;
{AMOUNT}// What is seen, premultiplied, of something at a distance along a ray. All lengths are steps of the rays.
vec4 fogged(vec4 seen, float along, vec2 fromFog)
{{
  float away = parallel > 0.5 ? along + fromFog.x : sqrt(along * (along + 2.0 * fromFog.x) + fromFog.y);
  return vec4(mix(seen.rgb, FOGGY, fogAmount(away)), seen.a);
}}
"""


def fog_function(variant: ShaderVariant) -> str:
    """The function `fogged`. Light that adds up gets fainter; what hides other things takes the colour of the fog."""
    return _FOG.replace("FOGGY", "vec3(0.0)" if variant.entry is Entry.EMISSION else "fogColor * seen.a")


BEGUN = """  vec2 fromFog = vec2(dot(eye - fogPlace, ray), dot(eye - fogPlace, eye - fogPlace));
"""
"""Where a ray begins, as seen from the middle of the fog: how far ahead of it, and the square of its distance."""


def fogged(variant: ShaderVariant, seen: str, along: str) -> str:
    """What is seen at a distance along the ray, with the fog in front of it: an expression."""
    return f"fogged({seen}, {along}, fromFog)" if variant.fog else seen


def set_fog(program: vtkUniforms, fog: Fog, view: View, step: float) -> None:
    """Sets the fog of a view, with lengths in steps."""
    program.SetUniform3f("fogColor", list(fog.color))
    program.SetUniform3f("fogPlace", ((np.array(fog.place) - view.position) / step).tolist())
    program.SetUniform3f("fogReach", [fog.begin / step, step / fog.thickness, fog.amount])
