"""Shaders of omni-directional stereo, where the eye has another place for every direction.

The eye of a direction d with horizontal part h is at `camera + fade(latitude) * radius * normalize(h x up)`. A plain
view from the camera shows what that eye sees, if what it draws is bent: each vertex of a surface is moved to the
direction and distance in which its eye sees it, and each ray through a volume, or towards a sphere, keeps its direction
and starts from its own eye. Straight edges between vertices have to be short: see `edge_limits`. Peleg, Ben-Ezra &
Pritch, "Omnistereo: Panoramic Stereo Imaging", IEEE TPAMI 23 (2001); the fade near the poles is that of the scene
format.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from functools import cache

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from vtkmodules.vtkRenderingCore import vtkActor, vtkShaderProperty, vtkUniforms

from moviemaker.core.camera import Frustum, View

UNIFORMS = """
uniform float odsRadius;
uniform vec3 odsUp;
uniform vec2 odsMerge;
uniform vec2 odsSteep;
uniform vec2 odsFading;
uniform vec4 odsFadeLow;
uniform vec4 odsFadeHigh;
"""
"""The uniforms that `set_eye` sets, for shaders in which VTK does not declare them."""

# An arc tangent and a cosine for each fragment would cost a renderer without a GPU more than everything else.
_FADES = """
float odsFade(float height, float away)
{
  float tangent = abs(height) / (length(vec2(height, away)) + away); // of half the latitude
  float x = clamp((tangent - odsFading.x) * odsFading.y, 0.0, 1.0);
  vec4 powers = vec4(1.0, x, x * x, x * x * x);
  return dot(powers, odsFadeLow) + powers.y * powers.w * dot(powers, odsFadeHigh);
}
"""

_EYE = """
// The place of a direction's eye, from the camera, in the coordinates of odsUp.
vec3 odsEye(vec3 direction)
{
  vec3 aside = cross(direction, odsUp);
  float rho = length(aside);
  if (rho == 0.0) return vec3(0.0);
  return odsRadius * odsFade(dot(direction, odsUp), rho) / rho * aside;
}
"""

EYE = _FADES + _EYE

_MOVED = """
// Where the point q has to be drawn; both from the camera, in view coordinates like odsUp.
vec3 odsMoved(vec3 q)
{
  float height = dot(q, odsUp);
  vec3 h = q - height * odsUp;
  float rho = length(h);
  if (rho == 0.0) return q;
  float away = rho; // horizontal distance from the eye, which depends on the latitude that it sees
  float radius = 0.0;
  float before = 0.0;
  // The bound is not a constant, so that the loop is not unrolled: most points are found in the second step.
  for (int i = 0; i < (odsRadius == 0.0 ? 0 : ODS_STEPS) && abs(away - before) > 1e-5 * rho; ++i)
  {
    before = away;
    radius = odsRadius * odsFade(height, away);
    away = sqrt(max(rho * rho - radius * radius, 1e-8 * rho * rho));
  }
  vec3 side = cross(h, odsUp) / rho;
  vec3 ahead = (away * h / rho - radius * side) / rho;
  return normalize(ahead) * away + height * odsUp;
}
"""


class Eyes(Enum):
    """The eyes in a view, as GLSL. A renderer without a GPU runs all branches of a shader, so it gets the simplest."""

    ONE = "\nvec3 odsEye(vec3 direction) { return vec3(0.0); }\nvec3 odsMoved(vec3 q) { return q; }\n"
    """A single eye, at the camera."""

    APART = "\n#define ODS_STEPS 1\nfloat odsFade(float height, float away) { return 1.0; }\n" + _EYE + _MOVED
    """Two eyes at their full distance in the whole picture."""

    MERGING = "\n#define ODS_STEPS 6\n" + EYE + _MOVED
    """Two eyes that come together towards the poles."""

    @classmethod
    def of(cls, view: View) -> Eyes:
        """The simplest case that is right for a view."""
        if view.ods is None:
            return cls.ONE
        begins, ends = view.ods.merge
        return cls.APART if ends > 0 and highest_latitude(view, view.ods.up) < begins else cls.MERGING


def highest_latitude(view: View, up: np.ndarray) -> float:
    """An upper bound of how far from the horizon a perspective view reaches, up or down, radians."""
    edges = view.projection
    assert isinstance(edges, Frustum)
    across, along = np.meshgrid(np.linspace(edges.left, edges.right, 17), np.linspace(edges.bottom, edges.top, 17))
    right = np.cross(view.forward, view.up)
    sine = view.forward @ up + across * (right @ up) + along * (view.up @ up)
    latitude = np.abs(np.arcsin(np.clip(sine / np.sqrt(1 + across**2 + along**2), -1, 1)))
    step = max(edges.right - edges.left, edges.top - edges.bottom) / 16
    return float(latitude.max()) + step


_SCREEN_BOUNDS = """
  {
    vec3 toward = gl_in[0].gl_Position.xyz;
    float away = length(toward);
    toward /= away;
    float ratio = radiusVCGSOutput / away;
    vec3 east = cross(toward, odsUp);
    float level = length(east);
    float sine = dot(toward, odsUp);
    float angle = 1.5 * ratio;
    float highest = min(abs(sine) + angle * level, 0.9999); // the sine of a latitude, as is the lowest
    float lowest = abs(sine) * (1.0 - 0.5 * angle * angle) - angle * level;
    float merged = clamp((highest - odsMerge.x) / (odsMerge.y - odsMerge.x), 0.0, 1.0);
    vec2 steepness = vec2(min(0.5 * highest / sqrt(1.0 - highest * highest), odsSteep.x), odsSteep.y * merged);
    float eyes = abs(odsRadius) / away;
    vec2 farther = eyes * (steepness + ratio); // how much farther an eye is for each radius of the sphere
    farther += 0.12 * eyes * eyes * max(steepness.x * steepness.x, steepness.y * steepness.y);
    farther *= lowest > odsMerge.y ? 0.0 : 1.0;
    vec2 more = 1.2 * radiusVCGSOutput * farther / max(1.0 - farther, vec2(0.1));
    // The outline is touched, so samples on it might be rounded away.
    vec2 covered = (1.003 * radiusVCGSOutput + min(vec2(2.0 * abs(odsRadius)), more)) / away;
    vec2 grown = covered / max(ratio, 1e-30) / sqrt(max(1.0 - covered * covered, vec2(0.01)));
    east = level > 1e-6 ? east / level : normalize(base1.xyz);
    vec3 longer = normalize(east - sign(odsRadius * sine) * cross(east, toward));
    base1 = vec4(grown.x * longer, 0.0);
    base2 = vec4(grown.y * cross(longer, toward), 0.0);
  }
//VTK::Clip::Impl
"""


class Bending:
    """Shaders of an actor that draw what an eye of ODS sees.

    Args:
        actor: VTK's actor.
        bend: replaces parts of its shaders for a case of the eyes.
    """

    def __init__(self, actor: vtkActor, bend: Callable[[vtkShaderProperty, Eyes], None]):
        shaders = actor.GetShaderProperty()
        self._shaders, self._bend, self._eyes = shaders, bend, Eyes.ONE
        bend(shaders, Eyes.ONE)
        self._vertex, self._fragment = shaders.GetVertexCustomUniforms(), shaders.GetFragmentCustomUniforms()
        declare(self._vertex)
        declare(self._fragment)
        # A uniform has one value in all shaders of an actor, so these are set only where they are declared.
        self._vertex.SetUniform4f("odsLens", [1.0, 1.0, 0.0, 0.0])
        self._vertex.SetUniform2f("odsDepth", [1.0, 0.0])

    def set_view(self, view: View, projection: np.ndarray) -> None:
        """Sets the eye for a view.

        Args:
            view: the view to be drawn.
            projection: (4, 4), clip from view coordinates, OpenGL's way round.
        """
        eyes = Eyes.of(view)
        if eyes != self._eyes:
            self._bend(self._shaders, eyes)
            self._eyes = eyes
        if view.ods is None:
            return
        view_from_world = np.stack([np.cross(view.forward, view.up), view.up, -view.forward])
        for uniforms in (self._vertex, self._fragment):
            set_eye(uniforms, view.ods.radius, view_from_world @ view.ods.up, view.ods.merge)
        p = projection
        self._vertex.SetUniform4f("odsLens", [float(p[0, 0]), float(p[1, 1]), float(p[0, 2]), float(p[1, 2])])
        self._vertex.SetUniform2f("odsDepth", [float(p[2, 2]), float(p[2, 3])])


def bend_surface(actor: vtkActor) -> Bending:
    """Moves the vertices of an actor to where an eye of ODS sees them."""
    return Bending(actor, _bend_vertices)


def bend_instances(actor: vtkActor) -> Bending:
    """The same for an actor that draws instances of a mesh, in whose shader VTK declares no uniforms."""
    return Bending(actor, lambda shaders, eyes: _bend_vertices(shaders, eyes, "//VTK::CustomUniforms::Dec\n"))


def _bend_vertices(shaders: vtkShaderProperty, eyes: Eyes, uniforms: str = "") -> None:
    tag = "//VTK::PositionVC::Dec"
    shaders.AddVertexShaderReplacement(tag, True, f"{tag}\n{uniforms}{eyes.value}", False)
    tag = "//VTK::PositionVC::Impl"
    # Back from clip coordinates to view coordinates, which not all of VTK's shaders have.
    moved = (
        "  {\n"
        "    float depth = gl_Position.w;\n"
        "    vec3 moved = odsMoved(vec3((gl_Position.xy + odsLens.zw * depth) / odsLens.xy, -depth));\n"
        "    gl_Position = vec4(odsLens.xy * moved.xy + odsLens.zw * moved.z,"
        " odsDepth.x * moved.z + odsDepth.y, -moved.z);\n"
        "  }\n"
    )
    shaders.AddVertexShaderReplacement(tag, True, f"{tag}\n{moved if eyes is not Eyes.ONE else ''}", False)


def bend_spheres(actor: vtkActor, then: Callable[[vtkShaderProperty], None] | None = None) -> Bending:
    """Lets each ray towards a sphere start from the eye of its own direction, so that its outline is exact.

    The impostor, drawn around the centre as its eye sees it, has to cover the outline. Rays in directions x to the east
    and y to the north of the centre, in radians, pass the centre at `away * (x, y)`, less the offset of their eyes:
    `radius * (fade' * y, fade * tan(latitude) * x)`, with one factor below and one above 0. So the outline is, to first
    order, an ellipse with axes between east and north. Per radius of the eyes' circle, one axis is longer by half the
    sum of the factors, the steepness, and the other is as much shorter; which one depends on the eye and the
    hemisphere. Steepnesses of both signs count that occur within one and a half times the sphere's own angle. The
    margins were found by trial: of four million rays that touch spheres of all sizes and places, from two radii of the
    eyes' circle away, one was left out, by a hundredth of its sphere's radius.

    Args:
        actor: VTK's actor.
        then: replaces further parts of the shaders, or the same ones again (default: nothing).
    """

    def bend(shaders: vtkShaderProperty, eyes: Eyes) -> None:
        _bend_spheres(shaders, eyes)
        if then is not None:
            then(shaders)

    return Bending(actor, bend)


def _bend_spheres(shaders: vtkShaderProperty, eyes: Eyes) -> None:
    tag = "//VTK::Normal::Dec"
    shaders.AddVertexShaderReplacement(tag, True, f"//VTK::CustomUniforms::Dec\n{eyes.value}", False)
    shaders.AddFragmentShaderReplacement(tag, True, f"{tag}\n{eyes.value}", False)
    shaders.AddGeometryShaderReplacement(
        "//VTK::PrimID::Dec",
        True,
        f"//VTK::PrimID::Dec\n{UNIFORMS}{eyes.value}",
        False,
    )
    # The impostor stays where the eye sees it, while the centre is passed on at its true place.
    line = "centerVCGSOutput = gl_in[0].gl_Position.xyz/gl_in[0].gl_Position.w;"
    shaders.AddGeometryShaderReplacement(line, False, f"{line}\n  centerVCGSOutput += odsEye(centerVCGSOutput);", False)
    bounds = "//VTK::Clip::Impl\n" if eyes is Eyes.ONE else _SCREEN_BOUNDS
    shaders.AddGeometryShaderReplacement("//VTK::Clip::Impl", True, bounds, False)
    line = "gl_Position = MCVCMatrix * vertexMC;"
    moved = f"{line}\n  gl_Position.xyz = odsMoved(gl_Position.xyz / gl_Position.w) * gl_Position.w;"
    shaders.AddVertexShaderReplacement(line, True, moved, False)
    # The position on the impostor only gives the ray: neither the near nor the far plane may cut it.
    line = "gl_Position = VCDCMatrix * vertexVCGSOutput;"
    shaders.AddGeometryShaderReplacement(line, True, f"{line}\n  if (cameraParallel == 0) gl_Position.z = 0.0;", True)
    for line, instead in (
        (
            "EyePos = EyePos - centerVCVSOutput;",
            "EyePos = EyePos + odsHere - centerVCVSOutput;",
        ),
        ("vec4 pos = VCDCMatrix * vertexVC;", "vec4 pos = VCDCMatrix * (vertexVC - vec4(odsHere, 0.0));"),
    ):
        shaders.AddFragmentShaderReplacement(line, False, instead, False)


def declare(uniforms: vtkUniforms) -> None:
    """Declares an eye's uniforms to one of an actor's shaders, which VTK needs before the first picture."""
    set_eye(uniforms, 0.0, np.zeros(3), (0.0, 1.0))


def set_eye(uniforms: vtkUniforms, radius: float, up: np.ndarray, merge: tuple[float, float]) -> None:
    """Sets the circle that the eye is on; `up` is in the shader's coordinates."""
    uniforms.SetUniformf("odsRadius", radius)
    uniforms.SetUniform3f("odsUp", [float(component) for component in up])
    # A fade by the latitude's cosine is a fade from 0 to 90 degrees.
    begin, end = merge if merge[1] > 0 else (0.0, math.pi / 2)
    coefficients = _fading(begin, end)
    uniforms.SetUniform2f("odsFading", [math.tan(begin / 2), 1 / (math.tan(end / 2) - math.tan(begin / 2))])
    uniforms.SetUniform4f("odsFadeLow", coefficients[:4])
    uniforms.SetUniform4f("odsFadeHigh", coefficients[4:])
    uniforms.SetUniform2f("odsMerge", [math.sin(begin), math.sin(end)])
    uniforms.SetUniform2f("odsSteep", _steepest(begin, end))


@cache
def _fading(begin: float, end: float) -> list[float]:
    """Coefficients of the fade between two latitudes as a polynomial of degree 7, lowest power first, within 2e-5.

    Its argument runs from 0 to 1 with the tangent of half the latitude, which is smooth even at the poles.
    """
    first, last = math.tan(begin / 2), math.tan(end / 2)

    def fade(x: np.ndarray) -> np.ndarray:
        latitude = 2 * np.arctan(first + x * (last - first))
        return np.asarray(np.cos(math.pi / 2 * (latitude - begin) / (end - begin)))

    fitted: list[float] = (
        Chebyshev.interpolate(fade, 7, domain=[0, 1]).convert(kind=Polynomial, domain=[-1, 1]).coef.tolist()
    )
    return fitted


@cache
def _steepest(begin: float, end: float) -> list[float]:
    """Bounds of the steepness, half of `|fade'| - fade * tan(latitude)`, where the eyes merge.

    Returns:
        How far it is below 0; and how far above 0, per part of the range from the sine of `begin` to that of `end`.
    """
    slope = math.pi / 2 / (end - begin)
    latitude = np.linspace(begin, min(end, 1.5707), 1000)[1:]
    phase = slope * (latitude - begin)
    steepness = 0.5 * (slope * np.sin(phase) - np.cos(phase) * np.tan(latitude))
    part = (np.sin(latitude) - math.sin(begin)) / (math.sin(end) - math.sin(begin))
    return [max(0.5 * math.tan(begin), float((-steepness).max())), max(0.0, float((steepness / part).max()))]
