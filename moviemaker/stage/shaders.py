"""The lines of GLSL that are added to VTK's own shaders, and why."""

from __future__ import annotations

from typing import Any

from moviemaker.core.props import Light


def smooth_silhouettes(actor: Any) -> None:
    """Antialiases the outlines of sphere impostors.

    An impostor is a square whose shader decides which pixels the sphere covers. With multisampling that decision is
    made once for a pixel, at its centre, and the outline comes out in steps. Asking for `gl_SamplePosition` makes the
    shader run once for each sample (GLSL 4.60 specification, section 7.1.5); the point on the square is moved there.
    """
    _add(actor, "System::Dec", "#extension GL_ARB_sample_shading : enable")
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
    _add(
        actor,
        "PositionVC::Impl",
        "  vec2 fromCenter = gl_SamplePosition - vec2(0.5);\n"
        "  vertexVC.xyz += dFdx(vertexVCVSOutput.xyz) * fromCenter.x + dFdy(vertexVCVSOutput.xyz) * fromCenter.y;",
    )


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
