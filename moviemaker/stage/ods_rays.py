"""Omni-directional stereo of clouds: each ray keeps its direction and starts from its own eye."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from moviemaker.core.camera import View
from moviemaker.core.geometry import distance_to_box
from moviemaker.stage.ods import EYE, declare, set_eye

_RAY = """
  if (odsRadius != 0.0)
  {
    vec3 shift = (ip_inverseTextureDataAdjusted * vec4(odsEye(rayDir), 0.0)).xyz;
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


_CLOSE = 4
"""Radii of the eyes' circle: farther away than that no eye is inside a box, nor does the near plane cut it where it is
seen."""

_COVERING = (
    "(odsSpan == 0.0 ? odsMiddle + odsScale * (in_vertexPos - odsMiddle)"
    " : odsCamera - odsSpan * normalize(in_vertexPos - odsMiddle))"
)


def bend_volume(volume: Any) -> None:
    """Lets the rays of a volume start from the eye of their own direction.

    Rays are followed where VTK draws the volume's box, which the eyes see elsewhere than the camera does: it is made
    larger. Close to it an eye may be inside the box and the camera not. There the box is turned inside out around the
    camera, so that every ray finds out by itself whether it meets the box.
    """
    shaders = volume.GetShaderProperty()
    shaders.AddVertexShaderReplacement("ip_vertexPos = in_vertexPos;", True, f"ip_vertexPos = {_COVERING};", False)
    shaders.AddVertexShaderReplacement(
        "//VTK::ComputeClipPos::Impl",
        True,
        "//VTK::ComputeClipPos::Impl\n"
        f"  gl_Position = in_projectionMatrix * in_modelViewMatrix * in_volumeMatrix[0] * vec4({_COVERING}, 1.0);\n"
        "  if (odsSpan != 0.0) gl_Position.z = -0.9999 * gl_Position.w;\n",  # before all that is opaque
        False,
    )
    shaders.AddFragmentShaderReplacement("//VTK::Base::Dec", True, f"//VTK::Base::Dec\n{EYE}", False)
    shaders.AddFragmentShaderReplacement("//VTK::Matrices::Init", True, f"//VTK::Matrices::Init\n{_RAY}", False)
    declare(shaders.GetFragmentCustomUniforms())
    shaders.GetFragmentCustomUniforms().SetUniformf("odsNear", 0.0)
    vertex = shaders.GetVertexCustomUniforms()
    vertex.SetUniformf("odsSpan", 0.0)
    vertex.SetUniform3f("odsScale", [1.0, 1.0, 1.0])
    vertex.SetUniform3f("odsMiddle", [0.0, 0.0, 0.0])
    vertex.SetUniform3f("odsCamera", [0.0, 0.0, 0.0])


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
        vertex.SetUniformf("odsSpan", 0.0)
        vertex.SetUniform3f("odsScale", [1.0, 1.0, 1.0])
        return
    set_eye(fragment, view.ods.radius, view.ods.up, view.ods.merge)
    fragment.SetUniformf("odsNear", near)
    radius, (low, high) = abs(view.ods.radius), np.reshape(volume.GetBounds(), (3, 2)).T
    close = distance_to_box(view.position, low, high) <= _CLOSE * radius
    scale = 1 + 2 * radius / np.maximum(high - low, 1e-6 * radius)
    vertex.SetUniformf("odsSpan", float(np.linalg.norm(high - low)) / 2 if close else 0.0)
    vertex.SetUniform3f("odsScale", scale.tolist())
    vertex.SetUniform3f("odsMiddle", (_middle(low, high, view, near) if close else (low + high) / 2).tolist())
    vertex.SetUniform3f("odsCamera", view.position.tolist())


def _middle(low: np.ndarray, high: np.ndarray, view: View, near: float) -> np.ndarray:
    """A point (3,) well inside the part of a box that is drawn: VTK drops what is nearer than the near plane."""
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))))
    depth = (corners - view.position) @ view.forward - near
    if (depth <= 0).all() or (depth >= 0).all():
        middle: np.ndarray = corners.mean(axis=0)
        return middle
    edges = [(a, b) for a, b in itertools.combinations(range(8), 2) if (corners[a] != corners[b]).sum() == 1]
    cut = [
        (depth[a] * corners[b] - depth[b] * corners[a]) / (depth[a] - depth[b])
        for a, b in edges
        if depth[a] * depth[b] < 0
    ]
    ahead = depth > 0
    deep: np.ndarray = np.average(corners[ahead], axis=0, weights=depth[ahead])
    inside: np.ndarray = 0.8 * deep + 0.2 * np.concatenate([corners[ahead], np.reshape(cut, (-1, 3))]).mean(axis=0)
    return inside
