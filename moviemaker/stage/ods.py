"""Omni-directional stereo: the picture of an eye that is somewhere else for every direction, from a plain view.

The eye of a direction d with horizontal part h sits at `camera + fade(latitude) * radius * normalize(h x up)`. A plain
view from the camera itself shows just that if what it draws is bent accordingly: of a surface each vertex is moved to
the direction in which its eye sees it, at the distance from there; of a volume each ray keeps its direction and starts
from its own eye, and so does each ray that looks for a sphere. What is drawn straight between two vertices has to be
short: see `fineness`. Peleg, Ben-Ezra & Pritch, "Omnistereo: Panoramic Stereo Imaging", IEEE TPAMI 23 (2001); the fade
near the poles is that of the scene format.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.camera import View

EYE = """
float odsFade(float latitude)
{
  latitude = abs(latitude);
  if (odsMerge.y < 0.0) return cos(latitude);
  return cos(1.5707963267948966 * clamp((latitude - odsMerge.x) / (odsMerge.y - odsMerge.x), 0.0, 1.0));
}

// Where the eye of a direction is, from the camera. In the coordinates that odsUp is in.
vec3 odsEye(vec3 direction)
{
  float height = dot(direction, odsUp);
  vec3 h = direction - height * odsUp;
  float rho = length(h);
  if (odsRadius == 0.0 || rho == 0.0) return vec3(0.0);
  return odsRadius * odsFade(atan(height, rho)) * cross(h, odsUp) / rho;
}
"""

_MOVED = (
    EYE
    + """
// Where the point q, as seen from the camera, has to be drawn. In view coordinates, as odsUp is.
vec3 odsMoved(vec3 q)
{
  if (odsRadius == 0.0) return q;
  float height = dot(q, odsUp);
  vec3 h = q - height * odsUp;
  float rho = length(h);
  if (rho == 0.0) return q;
  float away = rho; // horizontal distance from the eye, which depends on the latitude as seen from the eye, and so on
  float radius = 0.0;
  for (int i = 0; i < 6; ++i)
  {
    radius = odsRadius * odsFade(atan(height, away));
    away = sqrt(max(rho * rho - radius * radius, 1e-8 * rho * rho));
  }
  vec3 side = cross(h, odsUp) / rho;
  vec3 ahead = (away * h / rho - radius * side) / rho;
  return normalize(ahead) * away + height * odsUp;
}
"""
)


_COVERING = """
  if (odsRadius != 0.0)
  {
    vec3 center = gl_in[0].gl_Position.xyz;
    float away = length(center);
    float ratio = radiusVCGSOutput / away;
    float latitude = abs(asin(clamp(dot(center, odsUp) / away, -1.0, 1.0)));
    float steepness = 1.0;
    if (odsMerge.y >= 0.0)
    {
      steepness = latitude + 2.0 * ratio < odsMerge.x ? 1.0 / cos(odsMerge.x) : 2.5 / (odsMerge.y - odsMerge.x);
    }
    float covered = radiusVCGSOutput + abs(odsRadius) * min(2.0, 2.0 * steepness * ratio);
    float before = 1.0 / sqrt(max(1.0 - ratio * ratio, 0.01));
    ratio = covered / away;
    float grown = covered / max(radiusVCGSOutput, 1e-30) / sqrt(max(1.0 - ratio * ratio, 0.01)) / before;
    base1 *= grown;
    base2 *= grown;
  }
//VTK::Clip::Impl
"""


def bend_surface(actor: Any, instances: bool = False) -> None:
    """Lets the vertices of an actor be moved to where an eye of ODS sees them.

    Args:
        actor: of VTK, with a mesh or with points.
        instances: whether its mapper draws instances of a mesh; VTK's shader for these has no place for uniforms.
    """
    shaders = actor.GetShaderProperty()
    place = "//VTK::CustomUniforms::Dec\n" if instances else ""
    tag = "//VTK::PositionVC::Dec"
    shaders.AddVertexShaderReplacement(tag, True, f"{tag}\n{place}{_MOVED}", False)
    shaders.AddVertexShaderReplacement(
        "//VTK::PositionVC::Impl",
        True,
        "//VTK::PositionVC::Impl\n"
        "  if (odsRadius != 0.0)\n"
        "  {\n"
        # Back from clip coordinates to view coordinates, which not all of VTK's shaders have at hand.
        "    float depth = gl_Position.w;\n"
        "    vec3 moved = odsMoved(vec3((gl_Position.xy + odsLens.zw * depth) / odsLens.xy, -depth));\n"
        "    gl_Position = vec4(odsLens.xy * moved.xy + odsLens.zw * moved.z,"
        " odsDepth.x * moved.z + odsDepth.y, -moved.z);\n"
        "  }\n",
        False,
    )
    declare(shaders.GetVertexCustomUniforms())


def bend_spheres(actor: Any) -> None:
    """Lets each ray that looks for a sphere start from the eye of its own direction, so that its outline is exact.

    What is drawn around the sphere to find it, at its centre as the eye sees it, has to cover the outline: the eye of a
    direction at an angle a from the centre's is at most `radius * steepness * a` farther along, where the steepness is
    that of the eye's position on the sphere of directions.
    """
    shaders = actor.GetShaderProperty()
    shaders.AddVertexShaderReplacement("//VTK::Normal::Dec", True, f"//VTK::CustomUniforms::Dec\n{_MOVED}", False)
    line = "gl_Position = MCVCMatrix * vertexMC;"
    moved = f"{line}\n  gl_Position.xyz = odsMoved(gl_Position.xyz / gl_Position.w) * gl_Position.w;"
    shaders.AddVertexShaderReplacement(line, True, moved, False)
    shaders.AddGeometryShaderReplacement(
        "//VTK::PrimID::Dec",
        True,
        "//VTK::PrimID::Dec\nuniform float odsRadius;\nuniform vec3 odsUp;\nuniform vec2 odsMerge;\n",
        False,
    )
    shaders.AddGeometryShaderReplacement("//VTK::Clip::Impl", True, _COVERING, False)
    # The position on what is drawn is only for finding the ray: neither the near nor the far plane may cut it.
    line = "gl_Position = VCDCMatrix * vertexVCGSOutput;"
    shaders.AddGeometryShaderReplacement(line, True, f"{line}\n  if (cameraParallel == 0) gl_Position.z = 0.0;", True)
    tag = "//VTK::Normal::Dec"
    shaders.AddFragmentShaderReplacement(tag, True, f"{tag}\n{EYE}", False)
    for line, instead in (
        (
            "EyePos = EyePos - centerVCVSOutput;",
            "vec3 odsHere = odsEye(EyeDir);\n"
            "  vec3 odsCenter = centerVCVSOutput + odsEye(centerVCVSOutput);\n"
            "  EyePos = EyePos + odsHere - odsCenter;",
        ),
        (
            "vertexVC.xyz = normalVCVSOutput*radiusVCVSOutput + centerVCVSOutput;",
            "vertexVC.xyz = normalVCVSOutput*radiusVCVSOutput + odsCenter;",
        ),
        ("vec4 pos = VCDCMatrix * vertexVC;", "vec4 pos = VCDCMatrix * (vertexVC - vec4(odsHere, 0.0));"),
    ):
        shaders.AddFragmentShaderReplacement(line, False, instead, False)
    declare(shaders.GetVertexCustomUniforms())
    declare(shaders.GetFragmentCustomUniforms())


def declare(uniforms: Any) -> None:
    """Declares the uniforms of an eye to one of an actor's shaders; before its first picture, or they are not known."""
    set_eye(uniforms, 0.0, np.zeros(3), (0.0, 1.0))
    uniforms.SetUniform4f("odsLens", [1.0, 1.0, 0.0, 0.0])
    uniforms.SetUniform2f("odsDepth", [1.0, 0.0])
    uniforms.SetUniformf("odsNear", 0.0)


def set_eye(uniforms: Any, radius: float, up: np.ndarray, merge: tuple[float, float]) -> None:
    """Sets the circle that the eye is on; `up` in the coordinates that the shader works in."""
    uniforms.SetUniformf("odsRadius", radius)
    uniforms.SetUniform3f("odsUp", [float(component) for component in up])
    uniforms.SetUniform2f("odsMerge", list(merge))


def look_at_surface(actor: Any, view: View, projection: np.ndarray) -> None:
    """Sets the eye for what `bend_surface` and `bend_spheres` have prepared.

    Args:
        actor: of VTK.
        view: the view to be drawn.
        projection: (4, 4), clip from view coordinates, OpenGL's way round.
    """
    shaders = actor.GetShaderProperty()
    vertex, fragment = shaders.GetVertexCustomUniforms(), shaders.GetFragmentCustomUniforms()
    if view.ods is None:
        vertex.SetUniformf("odsRadius", 0.0)
        fragment.SetUniformf("odsRadius", 0.0)
        return
    view_from_world = np.stack([np.cross(view.forward, view.up), view.up, -view.forward])
    for uniforms in (vertex, fragment):
        set_eye(uniforms, view.ods.radius, view_from_world @ view.ods.up, view.ods.merge)
    p = projection
    vertex.SetUniform4f("odsLens", [float(p[0, 0]), float(p[1, 1]), float(p[0, 2]), float(p[1, 2])])
    vertex.SetUniform2f("odsDepth", [float(p[2, 2]), float(p[2, 3])])
