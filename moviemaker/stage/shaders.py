"""The lines of GLSL that are added to VTK's own shaders, and why."""

from __future__ import annotations

from typing import Any

from moviemaker.core.props import Light


def smooth_silhouettes(actor: Any) -> None:
    """Antialiases the outlines of sphere impostors.

    An impostor is a triangle whose shader decides which pixels the sphere covers. With multisampling that decision is
    made once for a pixel, at its centre, and the outline comes out in steps. Here it is made for each sample
    (`interpolateAtSample`, GLSL 4.60 specification, section 8.13.2) and handed on in `gl_SampleMask`; what is costly,
    light and depth, is still found once, in the middle of the samples that are covered.
    """
    extensions = ("GL_ARB_sample_shading", "GL_ARB_gpu_shader5")
    _add(actor, "System::Dec", "\n".join(f"#extension {name} : enable" for name in extensions))
    # VTK's triangle around a sphere touches it as seen from infinitely far; from nearby more of it has to be covered.
    actor.GetShaderProperty().AddGeometryShaderReplacement(
        "//VTK::PrimID::Impl",
        True,
        "  if (cameraParallel == 0)\n"
        "  {\n"
        "    float ratio = radiusVCGSOutput / length(gl_in[0].gl_Position.xyz);\n"
        "    float grown = 1.0 / sqrt(max(1.0 - ratio * ratio, 0.01));\n"
        "    base1 *= grown;\n"
        "    base2 *= grown;\n"
        "  }\n"
        "//VTK::PrimID::Impl\n",
        False,
    )
    _add(actor, "PositionVC::Impl", _COVERED)


_COVERED = """
  // The eyes of a pixel's samples are as good as in one place.
  vec3 fromEye = centerVCVSOutput;
  if (odsRadius != 0.0) fromEye += odsEye(centerVCVSOutput) - odsEye(vertexVC.xyz);
  float count = 0.0;
  vec3 middle = vec3(0.0);
  int covered = 0;
  for (int k = 0; k < gl_NumSamples; ++k)
  {
    vec3 place = interpolateAtSample(vertexVCVSOutput, k).xyz;
    vec3 aside;
    if (cameraParallel != 0) aside = vec3(centerVCVSOutput.xy - place.xy, 0.0);
    else aside = fromEye - dot(fromEye, place) / dot(place, place) * place;
    float hit = step(dot(aside, aside), radiusVCVSOutput * radiusVCVSOutput);
    count += hit;
    middle += hit * place;
    covered |= int(hit) << k;
  }
  if (covered != 0) vertexVC.xyz = middle / count;
  gl_SampleMask[0] = covered;
"""


def tint_ambient(actor: Any) -> None:
    """Lets the ambient part of an actor's shading have the colour that `set_ambient` gives it."""
    _add(actor, "Color::Impl", "  ambientColor *= ambientLight;")
    set_ambient(actor, None)


def set_ambient(actor: Any, ambient: Light | None) -> None:
    """Sets the colour and strength of the ambient light that falls on an actor."""
    tint = [component * ambient.intensity for component in ambient.color] if ambient else [0.0, 0.0, 0.0]
    actor.GetShaderProperty().GetFragmentCustomUniforms().SetUniform3f("ambientLight", tint)


def light_surface(actor: Any, shade: bool, ambient: Light | None) -> None:
    """How light falls on a surface."""
    look = actor.GetProperty()
    if not shade:
        look.LightingOff()
        look.SetAmbient(0.0)
        return
    look.LightingOn()
    look.SetAmbient(1.0 if ambient else 0.0)
    look.SetDiffuse(1.0)
    look.SetSpecular(0.1)
    look.SetSpecularPower(30.0)
    set_ambient(actor, ambient)


def _add(actor: Any, place: str, lines: str) -> None:
    """Adds lines after a place of VTK's fragment shader. A place takes lines once: later ones would replace them."""
    tag = f"//VTK::{place}"
    actor.GetShaderProperty().AddFragmentShaderReplacement(tag, True, f"{tag}\n{lines}\n", False)
