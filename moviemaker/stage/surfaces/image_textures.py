"""Images on surfaces, as textures."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkActor, vtkShaderProperty, vtkTexture

from moviemaker.stage.window.arrays import shared_array

_PLACE = "//VTK::TCoord::Dec"
_LAID = "//VTK::TCoord::Impl"

SHARPEST = 16
"""The most samples for one pixel of an image around a globe."""

# VTK passes on texture coordinates of one and of two numbers, but not of three.
_DIRECTION_IN = "in vec3 tcoord;\nout vec3 aroundVCVSOutput;\n"
_DIRECTION_ON = "  aroundVCVSOutput = tcoord;\n"

# Longitudes and latitudes are found for each pixel: between the corners of a triangle they are not linear, least of all
# where it reaches over a pole or from 180 degrees east to 180 degrees west.
_AROUND = f"""
  vec3 around = normalize(aroundVCVSOutput);
  vec2 placed = 0.5 + vec2(atan(around.y, around.x) / {2 * math.pi}, asin(clamp(around.z, -1.0, 1.0)) / {math.pi});
  // Longitude jumps by a whole turn in one place, and shifted by half a turn in another: the smaller change is true.
  vec2 beside = vec2(placed.x, fract(placed.x + 0.5));
  vec2 across = dFdx(beside), along = dFdy(beside);
  vec2 toRight = vec2(abs(across.y) < abs(across.x) ? across.y : across.x, dFdx(placed.y));
  vec2 upwards = vec2(abs(along.y) < abs(along.x) ? along.y : along.x, dFdy(placed.y));
  // A pixel covers an ellipse of the image: samples lie side by side along its long axis, each as wide as its short
  // axis. Otherwise the image would be blurred both ways near the poles, where it is squeezed sideways. (OpenGL has an
  // anisotropic filter for it, which some renderers without a GPU get wrong.)
  vec2 texels = vec2(textureSize(actortexture, 0));
  vec2 a = toRight * texels, b = upwards * texels;
  vec3 square = vec3(a.x * a.x + b.x * b.x, a.x * a.y + b.x * b.y, a.y * a.y + b.y * b.y);
  float apart = 0.5 * length(vec2(square.x - square.z, 2.0 * square.y));
  float longest = 0.5 * (square.x + square.z) + apart, shortest = max(longest - 2.0 * apart, 0.0);
  vec2 axis = square.x > square.z ? vec2(longest - square.z, square.y) : vec2(square.y, longest - square.x);
  vec2 longAxis = sqrt(longest) * axis / max(length(axis), 1e-20) / texels; // 0 for a circle
  float steps = clamp(ceil(sqrt(longest) / max(sqrt(shortest), 1.0)), 1.0, {SHARPEST}.0);
  float blurred = max(sqrt(max(shortest, longest / (steps * steps))), 1.0);
  // A texture repeats beyond its edges, and one pole must not shine through at the other.
  float edge = min(blurred / texels.y, 0.5);
  vec4 summed = vec4(0.0);
  for (float i = 0.5; i < steps; ++i)
  {{
    vec2 place = placed + (i / steps - 0.5) * longAxis;
    summed += textureLod(actortexture, vec2(place.x, clamp(place.y, edge, 1.0 - edge)), log2(blurred));
  }}
  gl_FragData[0] *= vec4(summed.rgb / max(summed.a, 1e-6), summed.a / steps);
"""

# A transparent texel has no colour: interpolated as it is, it would darken its neighbours. So texels are premultiplied
# by their opacity, and interpolated ones are divided by it again.
_SEEN_THROUGH = """
  vec4 laid = texture(actortexture, tcoordVCVSOutput);
  gl_FragData[0] *= vec4(laid.rgb / max(laid.a, 1e-6), laid.a);
"""


def plane_texture(array: np.ndarray, smooth: bool = True, repeat: bool = False) -> vtkTexture:
    """A texture of an array (rows, columns, channels), row 0 at the coordinate 0.

    Args:
        array: uint8 or float32, with three channels, or four: colours times opacity, and opacity.
        smooth: whether texels are interpolated.
        repeat: whether the image repeats beyond its edges.
    """
    rows, columns, channels = array.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(shared_array(array.reshape(-1, channels), "texels"))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.SetColorModeToDirectScalars()
    texture.SetInterpolate(smooth)
    texture.SetMipmap(smooth and array.dtype == np.uint8)
    texture.SetRepeat(repeat)
    texture.SetEdgeClamp(not repeat)
    return texture


class SurfaceImage:
    """The image on an actor of VTK, which is loaded again only when it is another one."""

    def __init__(self, actor: vtkActor):
        self._actor = actor
        self._shown: np.ndarray | None = None
        self._variant: _Variant | None = None

    def set(self, picture: np.ndarray | None, coordinates: np.ndarray | None) -> None:
        """Puts an image on the actor, or takes it off.

        Args:
            picture: (height, width, 3) uint8, row 0 on top, or (height, width, 4) with opacity.
            coordinates: of the actor's points: (n, 2), places in the image, or (n, 3), directions from the centre of a
                globe that the image covers.
        """
        variant: _Variant | None = None
        if picture is not None and coordinates is not None:
            variant = _Variant(coordinates.shape[1] == 3, picture.shape[2] == 4)
        if picture is not self._shown or variant != self._variant:
            texture: Any = None if picture is None else plane_texture(_multiplied(picture[::-1]), repeat=True)
            if variant is not None and variant.around:
                texture.SetMaximumAnisotropicFiltering(1.0)
            self._actor.SetTexture(texture)
        if variant != self._variant:
            _set_shaders(self._actor.GetShaderProperty(), variant)
        self._shown, self._variant = picture, variant


class _Variant(NamedTuple):
    """A shader variant: whether the image goes around a globe, and whether it has opacity."""

    around: bool
    clear: bool


def _multiplied(picture: np.ndarray) -> np.ndarray:
    """An image with opacity as colours times opacity, and opacity; an image without as it is."""
    if picture.shape[2] == 3:
        return picture
    texels = np.empty_like(picture)
    opacity = texels[..., 3] = picture[..., 3]
    for channel in range(3):  # divided by 255 and rounded, in integers of 16 bits
        product = picture[..., channel].astype(np.uint16) * opacity + 128
        texels[..., channel] = (product + (product >> 8)) >> 8
    return texels


def _set_shaders(shaders: vtkShaderProperty, variant: _Variant | None) -> None:
    """Makes shaders draw an image in a variant, or none."""
    for place in (_PLACE, _LAID):
        shaders.ClearVertexShaderReplacement(place, True)
        shaders.ClearFragmentShaderReplacement(place, True)
    if variant is None:
        return
    if variant.around:
        shaders.AddVertexShaderReplacement(_PLACE, True, _DIRECTION_IN, False)
        shaders.AddVertexShaderReplacement(_LAID, True, _DIRECTION_ON, False)
        shaders.AddFragmentShaderReplacement(_PLACE, True, "in vec3 aroundVCVSOutput;\n", False)
        shaders.AddFragmentShaderReplacement(_LAID, True, _AROUND, False)
    elif variant.clear:
        shaders.AddFragmentShaderReplacement(_LAID, True, _SEEN_THROUGH, False)
