"""Fog in front of surfaces.

It is found for each fragment from its distance to the camera, so it is the same in all views of a panorama. Under
omni-directional stereo a fragment is drawn as far away as its true place is from the eye of its own ray. That eye is
beside the camera, at a right angle to the ray, from which follows the distance to the camera: that of both eyes.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkUniforms

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Fog
from moviemaker.stage.shading.fragment_shader import Addition

AMOUNT = """
// How much of the colour of a thing at a distance the fog takes.
float fogAmount(float away)
{
  float part = clamp((away - fogReach.x) * fogReach.y, 0.0, 1.0);
  return fogReach.z * part * part * (3.0 - 2.0 * part);
}
"""
"""A function for shaders that know `fogReach`: where the fog begins, 1 / its thickness, and its greatest amount."""

_DECLARED = (
    AMOUNT
    + """
vec3 fogged(vec3 color, float away) { return mix(color, fogColor, fogAmount(away)); }
"""
)

# Not all of VTK's shaders know the place of a fragment, but all know its pixel and its depth.
_ON_MESHES = """
  {
    float ahead = cameraParallel != 0 ? gl_FragCoord.z * fogDepth.x + fogDepth.y : 1.0 / gl_FragCoord.w;
    vec3 fromCamera = ahead * vec3(gl_FragCoord.xy * fogRays.xy + fogRays.zw, -1.0) - fogPlace;
    float away = cameraParallel != 0 ? ahead + fogPlace.z : sqrt(dot(fromCamera, fromCamera) + fogAside);
    gl_FragData[0].rgb = fogged(gl_FragData[0].rgb, away);
  }
"""

# The depth of a sphere's fragment is that of the triangle around it.
_ON_SPHERES = """
  gl_FragData[0].rgb =
    fogged(gl_FragData[0].rgb, cameraParallel != 0 ? fogPlace.z - vertexVC.z : length(vertexVC.xyz - fogPlace));
"""

ON_MESHES, ON_SPHERES = (Addition(declared=_DECLARED, finished=lines) for lines in (_ON_MESHES, _ON_SPHERES))


def set_fog(uniforms: vtkUniforms, fog: Fog, view: View, projection: np.ndarray) -> None:
    """Sets the fog of a view.

    Args:
        uniforms: of the fragment shader.
        fog: in the stage's coordinates.
        view: the view to be drawn.
        projection: (4, 4), clip from view coordinates, OpenGL's way round.
    """
    view_from_stage = np.stack([np.cross(view.forward, view.up), view.up, -view.forward])
    p, (width, height) = projection, view.size
    rays = [2 / (width * p[0, 0]), 2 / (height * p[1, 1]), (p[0, 2] - 1) / p[0, 0], (p[1, 2] - 1) / p[1, 1]]
    # Depths of parallel views are linear: from -1 to 1 in clip coordinates, from 0 to 1 in the buffer.
    depths = [1.0, 0.0] if isinstance(view.projection, Frustum) else [-2 / p[2, 2], (1 + p[2, 3]) / p[2, 2]]
    uniforms.SetUniform3f("fogColor", list(fog.color))
    uniforms.SetUniform3f("fogReach", [fog.begin, 1 / fog.thickness, fog.amount])
    uniforms.SetUniform3f("fogPlace", (view_from_stage @ (np.array(fog.place) - view.position)).tolist())
    uniforms.SetUniform4f("fogRays", [float(number) for number in rays])
    uniforms.SetUniform2f("fogDepth", [float(number) for number in depths])
    uniforms.SetUniformf("fogAside", view.ods.radius**2 if view.ods else 0.0)
