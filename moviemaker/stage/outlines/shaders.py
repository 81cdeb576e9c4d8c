"""Shaders of outlines: of spheres that are grown by the width of the line, and of the grown backsides of meshes.

An outline lies behind its body, so that it is seen only beside it. It hides what is behind it and nothing in front: a
line appears where a body hides something that is farther away than that. Of a sphere it lies as deep as the back of the
grown sphere; so atoms that overlap have no lines where they meet.
"""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkActor, vtkShaderProperty

from moviemaker.stage.ods.shaders import Bending, Eyes, bend_spheres
from moviemaker.stage.shading.fragment_shader import Addition

BEHIND = 3.0
"""How far the outline of a mesh lies behind its backsides, in widths of the line."""

COLOR = Addition(finished="  gl_FragData[0].rgb = outlineColor;\n")
"""A line has one colour."""

OPAQUE_COLOR = Addition(finished=f"  if (gl_FragData[0].a < 0.998) discard;\n{COLOR.finished}")
"""What is translucent, one by one, has no line."""

_GROWN = """radiusVCVSOutput = radiusMC;
  {
    vec3 center = (MCVCMatrix * vertexMC).xyz;
    float ahead = sqrt(max(dot(center, center) - radiusMC * radiusMC, 0.0));
    radiusVCVSOutput = outlineTurn.x * radiusMC + outlineTurn.y * ahead + outlineTurn.z;
  }
"""

# The disk of a sphere is moved back along the rays to it, which leaves it where it is seen. Its depth then need not be
# found for each fragment, and a renderer skips most of those that bodies in front hide.
_DISK = "gl_Position = VCDCMatrix * vertexVCGSOutput;"
_BEHIND = """{
    vec4 behind = vertexVCGSOutput;
    if (cameraParallel == 0) behind.xyz *= 1.0 + radiusVCGSOutput / length(gl_in[0].gl_Position.xyz);
    else behind.z -= radiusVCGSOutput;
    gl_Position = VCDCMatrix * behind;
    gl_Position.z = min(gl_Position.z, 0.99999 * gl_Position.w); // the far plane is that of the bodies
  }
"""

_DECLARED = """
in vec3 normalMC;
uniform mat4 MCVCMatrix;
uniform mat3 normalMatrix;
"""

_MOVED = """
  {
    vec4 there = MCVCMatrix * vertexMC;
    vec3 here = there.xyz / there.w;
    float wide = outlineWide.x * (outlineWide.z > 0.5 ? 1.0 : length(here));
    here = odsMoved(here + wide * (normalMatrix * normalMC));
    here += wide * outlineWide.y * (outlineWide.z > 0.5 ? vec3(0.0, 0.0, -1.0) : normalize(here));
    gl_Position = outlineClip * vec4(here, 1.0);
    gl_Position.z = min(gl_Position.z, 0.99999 * gl_Position.w); // the far plane is that of the bodies
  }
"""


def outline_spheres(actor: vtkActor) -> Bending:
    """Draws spheres grown by an angle, each as a disk where its back is."""
    return bend_spheres(actor, _grow)


def _grow(shaders: vtkShaderProperty) -> None:
    shaders.AddVertexShaderReplacement("radiusVCVSOutput = radiusMC;", True, _GROWN, False)
    shaders.AddGeometryShaderReplacement(_DISK, True, _BEHIND, True)
    shaders.AddFragmentShaderReplacement("//VTK::Depth::Impl", True, "  if (covered == 0) discard;\n", False)


def outline_meshes(actor: vtkActor) -> Bending:
    """Moves corners along their normals by an angle, and bends the backsides as eyes see them."""
    return Bending(actor, _move_corners)


def _move_corners(shaders: vtkShaderProperty, eyes: Eyes) -> None:
    for tag, lines in (("//VTK::PositionVC::Dec", _DECLARED + eyes.value), ("//VTK::PositionVC::Impl", _MOVED)):
        shaders.AddVertexShaderReplacement(tag, True, f"{tag}\n{lines}", False)
