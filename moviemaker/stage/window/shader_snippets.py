"""Lines of GLSL that are added to VTK's own shaders."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkUniforms


def smooth_silhouettes(actor: vtkActor) -> None:
    """Antialiases the outlines of sphere impostors.

    An impostor is a triangle whose shader decides which pixels the sphere covers. With multisampling that decision is
    made once for a pixel, at its centre, and the outline has steps. Here it is made for each sample and passed on in
    `gl_SampleMask`. Light and depth, which cost most, are still found once, in the middle of the covered samples.
    """
    enable_extensions(actor)
    # VTK's triangle around a sphere touches its outline from infinitely far; from nearby it has to be larger.
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


# The ray of a sample at (x, y), pixels from the middle of the pixel, passes the centre at `aside - x * right - y * up`;
# the error is smaller by the width of a pixel in radians. The places of 2, 4 and 8 samples are those that most graphics
# cards share (Vulkan specification, "Standard sample locations"). GLSL's `interpolateAtSample` would do without
# them, but costs a renderer without a GPU as much as all the rest.
_COVERED = """
  // The eyes of a pixel's samples are practically in one place.
  vec3 odsHere = odsEye(vertexVC.xyz);
  vec3 fromEye = centerVCVSOutput - odsHere;
  vec3 seen = cameraParallel != 0 ? vertexVC.xyz : vertexVC.xyz / vertexVC.z;
  vec2 pixel = vec2(dFdx(seen.x), dFdy(seen.y));
  vec3 aside = vec3(fromEye.xy - seen.xy, 0.0);
  vec3 right = vec3(pixel.x, 0.0, 0.0);
  vec3 up = vec3(0.0, pixel.y, 0.0);
  if (cameraParallel == 0)
  {
    float square = dot(seen, seen);
    float reach = dot(fromEye, seen) / square;
    aside = fromEye - reach * seen;
    right = reach * (right - pixel.x * seen.x / square * seen);
    up = reach * (up - pixel.y * seen.y / square * seen);
  }
  vec3 middle = vec3(0.0);
  int covered = 0;
  for (int first = 0; first < max(gl_NumSamples, 1); first += 4)
  {
    vec4 x = vec4(0.0), y = vec4(0.0);
    if (gl_NumSamples == 2) x = y = vec4(4.0, -4.0, 4.0, -4.0) / 16.0;
    if (gl_NumSamples == 4) { x = vec4(-2.0, 6.0, -6.0, 2.0) / 16.0; y = vec4(-6.0, -2.0, 2.0, 6.0) / 16.0; }
    if (gl_NumSamples == 8)
    {
      x = (first == 0 ? vec4(1.0, -1.0, 5.0, -3.0) : vec4(-5.0, -7.0, 3.0, 7.0)) / 16.0;
      y = (first == 0 ? vec4(-3.0, 3.0, 1.0, -5.0) : vec4(5.0, -1.0, 7.0, -7.0)) / 16.0;
    }
    vec4 passes = dot(aside, aside) - 2.0 * (x * dot(aside, right) + y * dot(aside, up))
      + x * x * dot(right, right) + 2.0 * x * y * dot(right, up) + y * y * dot(up, up);
    vec4 hit = step(passes, vec4(radiusVCVSOutput * radiusVCVSOutput));
    middle += vec3(dot(hit, x), dot(hit, y), dot(hit, vec4(1.0)));
    covered |= int(dot(hit, vec4(1.0, 2.0, 4.0, 8.0))) << first;
  }
  vertexVC.xy += middle.xy / max(middle.z, 1.0) * pixel * (cameraParallel != 0 ? 1.0 : vertexVC.z);
  gl_SampleMask[0] = covered;
"""


def set_matrix(uniforms: vtkUniforms, name: str, rows: np.ndarray) -> None:
    """Sets a uniform mat4 to a matrix (4, 4), which VTK hands to shaders column by column."""
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(rows.T.ravel().tolist())
    uniforms.SetUniformMatrix(name, matrix)


def enable_extensions(actor: vtkActor) -> None:
    """Lets an actor's fragment shader know the samples of a pixel, and gather texels."""
    _add(actor, "System::Dec", _EXTENSIONS)


_EXTENSIONS = "#extension GL_ARB_sample_shading : enable\n#extension GL_ARB_texture_gather : enable"


def _add(actor: vtkActor, place: str, lines: str) -> None:
    """Adds lines after a place of VTK's fragment shader, once for each place: later lines would replace them."""
    tag = f"//VTK::{place}"
    actor.GetShaderProperty().AddFragmentShaderReplacement(tag, True, f"{tag}\n{lines}\n", False)
