"""Omni-directional stereo of clouds: each ray keeps its direction and starts from its own eye."""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.camera import View
from moviemaker.core.geometry import distance_to_box
from moviemaker.stage.ods import EYE, declare, set_eye

_RAY = """
  if (odsRadius != 0.0)
  {
    vec3 odsH = rayDir - dot(rayDir, odsUp) * odsUp;
    float odsRho = length(odsH);
    vec3 odsShift = odsRho == 0.0 ? vec3(0.0)
      : odsRadius * odsFade(atan(dot(rayDir, odsUp), odsRho)) * cross(odsH, odsUp) / odsRho;
    vec3 shift = (ip_inverseTextureDataAdjusted * vec4(odsShift, 0.0)).xyz;
    vec3 eye = (ip_inverseTextureDataAdjusted * vec4(in_eyePosObjs[0].xyz, 1.0)).xyz + shift;
    vec3 way = g_dirStep;
    way = mix(way, vec3(1e-9), lessThan(abs(way), vec3(1e-9)));
    vec3 one = (in_texMin[0] - eye) / way;
    vec3 other = (in_texMax[0] - eye) / way;
    vec3 enters = min(one, other);
    vec3 leaves = max(one, other);
    float first = max(max(enters.x, enters.y), max(enters.z, odsNear / in_sampleDistance));
    float last = min(leaves.x, min(leaves.y, leaves.z));
    float stop = dot(g_rayTermination + shift - eye, g_dirStep) / dot(g_dirStep, g_dirStep);
    last = min(last, stop);
    if (last <= first) discard;
    g_rayOrigin = eye + first * g_dirStep + g_rayJitter;
    g_rayTermination = eye + last * g_dirStep;
    g_dataPos = g_rayOrigin;
    g_terminatePos = g_rayTermination;
    g_terminatePointMax = max(last - first - 1.0, 0.0);
  }
"""


def bend_volume(volume: Any) -> None:
    """Lets the rays of a volume start from the eye of their own direction."""
    shaders = volume.GetShaderProperty()
    # The box whose pixels are drawn has to cover the shifted rays too.
    line = "ip_vertexPos = in_vertexPos;"
    grown = "in_vertexPos + odsGrown * sign(in_vertexPos - odsMiddle)"
    shaders.AddVertexShaderReplacement(line, True, f"ip_vertexPos = {grown};", False)
    shaders.AddVertexShaderReplacement(
        "//VTK::ComputeClipPos::Impl",
        True,
        "//VTK::ComputeClipPos::Impl\n"
        "  gl_Position = in_projectionMatrix * in_modelViewMatrix * in_volumeMatrix[0] *\n"
        f"    vec4({grown}, 1.0);\n",
        False,
    )
    shaders.AddFragmentShaderReplacement("//VTK::Base::Dec", True, f"//VTK::Base::Dec\n{EYE}", False)
    shaders.AddFragmentShaderReplacement("//VTK::Matrices::Init", True, f"//VTK::Matrices::Init\n{_RAY}", False)
    declare(shaders.GetFragmentCustomUniforms())
    vertex = shaders.GetVertexCustomUniforms()
    vertex.SetUniformf("odsGrown", 0.0)
    vertex.SetUniform3f("odsMiddle", [0.0, 0.0, 0.0])


def look_at_volume(volume: Any, view: View, near: float) -> None:
    """Sets the eye for what `bend_volume` has prepared.

    Args:
        volume: of VTK.
        view: the view to be drawn.
        near: distance at which rays begin, scene units.
    """
    shaders = volume.GetShaderProperty()
    fragment, vertex = shaders.GetFragmentCustomUniforms(), shaders.GetVertexCustomUniforms()
    if view.ods is None:
        fragment.SetUniformf("odsRadius", 0.0)
        vertex.SetUniformf("odsGrown", 0.0)
        return
    set_eye(fragment, view.ods.radius, view.ods.up, view.ods.merge)
    fragment.SetUniformf("odsNear", near)
    low, high = np.reshape(volume.GetBounds(), (3, 2)).T
    # From inside, VTK draws the box cut open right in front of the camera, which covers every pixel as it is.
    inside = distance_to_box(view.position, low, high) <= 2 * near
    vertex.SetUniformf("odsGrown", 0.0 if inside else abs(view.ods.radius))
    vertex.SetUniform3f("odsMiddle", list(volume.GetCenter()))
