"""Omni-directional stereo: the picture of an eye that is somewhere else for every direction, from a plain view.

The eye of a direction d with horizontal part h sits at `camera + fade(latitude) * radius * normalize(h x up)`. A plain
view from the camera itself shows just that if what it draws is bent accordingly: of a surface each vertex is moved to
the direction in which its eye sees it, at the distance from there; of a volume each ray keeps its direction and starts
from its own eye. Peleg, Ben-Ezra & Pritch, "Omnistereo: Panoramic Stereo Imaging", IEEE TPAMI 23 (2001); the fade near
the poles is that of the scene format.
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
    """Lets the centres of sphere impostors be moved to where an eye of ODS sees them."""
    shaders = actor.GetShaderProperty()
    shaders.AddVertexShaderReplacement("//VTK::Normal::Dec", True, f"//VTK::CustomUniforms::Dec\n{_MOVED}", False)
    line = "gl_Position = MCVCMatrix * vertexMC;"
    moved = f"{line}\n  gl_Position.xyz = odsMoved(gl_Position.xyz / gl_Position.w) * gl_Position.w;"
    shaders.AddVertexShaderReplacement(line, True, moved, False)
    declare(shaders.GetVertexCustomUniforms())


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
    uniforms = actor.GetShaderProperty().GetVertexCustomUniforms()
    if view.ods is None:
        uniforms.SetUniformf("odsRadius", 0.0)
        return
    view_from_world = np.stack([np.cross(view.forward, view.up), view.up, -view.forward])
    set_eye(uniforms, view.ods.radius, view_from_world @ view.ods.up, view.ods.merge)
    p = projection
    uniforms.SetUniform4f("odsLens", [float(p[0, 0]), float(p[1, 1]), float(p[0, 2]), float(p[1, 2])])
    uniforms.SetUniform2f("odsDepth", [float(p[2, 2]), float(p[2, 3])])
