"""What surfaces do with light, as GLSL: microfacets that reflect lamps and the sky, and light of their own.

A surface is a rough plane of mirrors. Their normals have the distribution of Trowbridge and Reitz (GGX) with
`alpha = roughness^2`, they hide each other as G. Smith said, correlated in height (E. Heitz, "Understanding the
Masking-Shadowing Function in Microfacet-Based BRDFs", JCGT 3, 2014), and reflect by C. Schlick's formula ("An
Inexpensive BRDF Model for Physically-based Rendering", Eurographics 1994). All reflected light of an even sky is a fit
of B. Karis ("Physically Based Shading on Mobile", 2014). What is reflected several times comes back as E. Turquin says
("Practical multiple scattering compensation for microfacet models", 2019): white metal of any roughness under an even
sky is as bright as the sky.

The rest of the light is matt, as on all surfaces here: in sRGB codes. Reflections are added to it in linear light.
A lamp of the intensity 1 is as bright as it has to be to show a matt white surface white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkRenderingCore import vtkUniforms

from moviemaker.core.camera import Frustum, View
from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.props import Light, Material
from moviemaker.stage.shading.environment_light import LIGHT_AND_CODES, REFLECTED, SAMPLER
from moviemaker.stage.shading.fragment_shader import Addition

ROUGHNESS = 0.3
"""Of a metal whose roughness is not given."""

LAMP_WIDTH = 0.02
"""Lamps are seen in mirrors as if their `alpha` were at least this, so that they are not lost between pixels."""

_DECLARED = """
// How much of an even sky's light comes back: factors of what is reflected straight on, and of white.
vec2 reflectedInAll(float alpha, float facing)
{
  vec4 r = sqrt(alpha) * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
  float a = min(r.x * r.x, exp2(-9.28 * facing)) * r.x + r.y;
  return vec2(-1.04, 1.04) * a + r.zw;
}
// What a lamp's light of 1 becomes that falls from straight above on a white matt surface.
vec3 reflectedLamp(vec3 normal, vec3 toEye, vec3 toLamp, float alpha, vec3 straight)
{
  float above = dot(normal, toLamp), facing = max(dot(normal, toEye), 1e-3);
  vec3 halfway = normalize(toEye + toLamp);
  float upright = dot(normal, halfway), square = alpha * alpha;
  float spread = upright * upright * (square - 1.0) + 1.0;
  float lit = max(above, 1e-3);
  float hidden = lit * sqrt(facing * facing * (1.0 - square) + square)
    + facing * sqrt(lit * lit * (1.0 - square) + square);
  vec3 mirrored = straight + (1.0 - straight) * pow(1.0 - clamp(dot(toLamp, halfway), 0.0, 1.0), 5.0);
  return max(above, 0.0) * square / (spread * spread) * 0.5 / hidden * mirrored;
}
"""

# An image that lies on the surface multiplies the colour after the light. So the light is kept meanwhile.
_KEPT = """
  vec3 materialLit = gl_FragData[0].rgb;
  gl_FragData[0].rgb = vec3(1.0);
"""


@dataclass(frozen=True)
class MaterialVariant:
    """What a shader of a material is compiled for.

    Attributes:
        lit: whether light falls on it.
        reflects: whether it reflects.
        lamps: how many lamps it reflects.
        shadowed: whether what gets there of their light is known.
        environment: whether it reflects a sky.
        occluded: whether how open the sky is is known.
    """

    lit: bool
    reflects: bool
    lamps: int = 0
    shadowed: bool = False
    environment: bool = False
    occluded: bool = False


def material_addition(variant: MaterialVariant) -> Addition:
    """What a material adds to shaders."""
    own = "(ambientColor + diffuseColor)" if not variant.lit else "diffuseColor"
    lines = (
        f"  {{\n    vec3 own = lightOf({own} * gl_FragData[0].rgb);\n"
        "    vec3 light = lightOf(materialLit * gl_FragData[0].rgb);\n"
    )
    declared = LIGHT_AND_CODES
    samplers: tuple[tuple[str, str], ...] = ()
    if variant.reflects:
        declared += _DECLARED
        lines += _reflecting(variant)
        if variant.environment:
            declared += REFLECTED
            samplers = (SAMPLER,)
    lines += "    gl_FragData[0].rgb = codesOf(light + materialNumbers.z * own);\n  }\n"
    return Addition(declared, samplers, after_light=_KEPT, finished=lines)


def _reflecting(variant: MaterialVariant) -> str:
    """Lines that add what is reflected to the `light`, of a surface of the `own` colour."""
    lines = """
    vec3 place = (sceneFromView * vec4(vertexVC.xyz, 1.0)).xyz;
    vec3 normal = normalize(mat3(sceneFromView) * normalVCVSOutput);
    vec3 toEye = normalize(materialEye.xyz - materialEye.w * place), mirrored = reflect(-toEye, normal);
    float alpha = materialNumbers.x;
    vec3 straight = mix(vec3(0.04), own, materialNumbers.y);
    vec2 inAll = reflectedInAll(alpha, clamp(dot(normal, toEye), 0.0, 1.0));
    vec3 again = 1.0 + straight * (1.0 / (inAll.x + inAll.y) - 1.0);
    vec3 part = (straight * inAll.x + inAll.y) * again;
    vec3 around = lightOf(ambientLight);
"""
    if variant.environment:
        # A pixel of a small body sees much of the sky, as a rougher one would.
        lines += """
    vec3 across = dFdx(mirrored), along = dFdy(mirrored);
    float wide = min(0.35 * sqrt(max(dot(across, across), dot(along, along))), 0.25);
    around += environmentBrightness * environmentSeen(mirrored, max(alpha, wide));
"""
    if variant.occluded:
        lines += "    around *= 1.0 - skyOcclusion * (1.0 - skyOpen(place, mirrored));\n"
    lines += "    light = light * (1.0 - materialNumbers.y) * (1.0 - part) + around * part;\n"
    lines += f"    float wider = sqrt(alpha * alpha + {LAMP_WIDTH**2});\n    vec3 toLamp;\n"
    for index in range(variant.lamps):
        reaching = f"reaching{index} * " if variant.shadowed else ""
        lines += (
            f"    toLamp = normalize(materialLamp{index}.xyz - materialLamp{index}.w * place);\n"
            f"    light += {reaching}materialColor{index} * again\n"
            "      * reflectedLamp(normal, toEye, toLamp, wider, straight);\n"
        )
    return lines


def set_material(uniforms: vtkUniforms, material: Material, lamps: Sequence[Light]) -> None:
    """Sets the uniforms that do not depend on the view; lamps are in the stage's coordinates."""
    roughness = ROUGHNESS if material.roughness is None else material.roughness
    uniforms.SetUniform3f("materialNumbers", [roughness**2, material.metal or 0.0, material.emission])
    uniforms.SetUniform4f("materialEye", [0.0, 0.0, 1.0, 0.0])
    for index, lamp in enumerate(lamps if material.reflects else ()):
        sun = lamp.kind == "sun"
        place = [-component for component in lamp.vector] if sun else list(lamp.vector)
        uniforms.SetUniform4f(f"materialLamp{index}", [*place, 0.0 if sun else 1.0])
        color = linear_from_srgb(np.multiply(lamp.color, lamp.intensity))
        uniforms.SetUniform3f(f"materialColor{index}", color.tolist())


def set_eye(uniforms: vtkUniforms, view: View) -> None:
    """Sets from where a view looks. Both eyes of omni-directional stereo see reflections as the camera does."""
    if isinstance(view.projection, Frustum):
        uniforms.SetUniform4f("materialEye", [*view.position.tolist(), 1.0])
    else:
        uniforms.SetUniform4f("materialEye", [*(-view.forward).tolist(), 0.0])
