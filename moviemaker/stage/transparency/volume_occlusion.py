"""Translucent marks and tubes in clouds: each is veiled by what there is of the clouds before it.

The picture is drawn with all but these. Then the clouds are drawn once more, coarsely and in pieces, between planes
across the view: added up, they tell for each pixel and each plane what light comes from before the plane, and how much
is let through (Wronski, "Volumetric fog", SIGGRAPH 2014, Advances in Real-Time Rendering). A mark of colour c and
opacity a at a depth from before which comes the light C, and the part T of what is behind, is blended over the picture
as `a * (C + T * c) + (1 - a) * picture`. That is exact, since of what is behind the mark as much is veiled as before.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from vtkmodules.util.vtkConstants import VTK_FLOAT
from vtkmodules.vtkRenderingOpenGL2 import (
    vtkFramebufferPass,
    vtkOpenGLSphereMapper,
    vtkRenderStepsPass,
    vtkTextureObject,
)

from moviemaker.core.camera import Frustum, View
from moviemaker.stage.actors import Actor
from moviemaker.stage.ods.culling import seen_in
from moviemaker.stage.plates import Plates
from moviemaker.stage.transparency.compositing import clouds_among, laid_over, light_of, show_only, translucent
from moviemaker.stage.volumes.actor import VolumeActor
from moviemaker.stage.window.textures import texture_of

PLANES = 16
"""Planes that the clouds are cut at, each a little farther behind the last than that is behind the one before."""

MOST = 512
"""How many pixels a side the pieces are drawn with: clouds are soft, and half of a picture's pixels are enough."""

NEAREST = 0.02
"""How near the first plane is at most, as a part of how far the last is."""

# A sampler that nobody has told where its texture is looks at unit 0.
_DECLARED = f"""
uniform sampler3D veil;
vec3 veiled(vec3 color, float depth)
{{
  float span = veilDepth.y - veilDepth.x;
  float away = veilDepth.x * veilDepth.y / (veilDepth.y - depth * span);
  float even = (veilDepth.x + depth * span - veilPlanes.x) / (veilPlanes.y - veilPlanes.x);
  float place = veilDepth.z > 0.5 ? even : log(away / veilPlanes.x) / log(veilPlanes.y / veilPlanes.x);
  float layer = (0.5 + clamp(place, 0.0, 1.0) * {PLANES - 1}.0) / {PLANES}.0;
  vec4 before = texture(veil, vec3(gl_FragCoord.xy * veilPixel, layer));
  return before.rgb + (1.0 - before.a) * color;
}}
"""

_VEILED = "  gl_FragData[0].rgb = veiled(gl_FragData[0].rgb, {depth});\n"
_DECLARATION, _COLORED = "//VTK::DepthPeeling::Dec", "//VTK::DepthPeeling::Impl"


def in_need(actors: Sequence[Actor], view: View) -> bool:
    """Whether there are both translucent marks and, in the view, clouds that they may be in."""
    bounds = np.array([cloud.bounds for cloud in clouds_among(actors)[0]])
    if not len(bounds) or not translucent(actors):
        return False
    reach = np.linalg.norm(bounds[..., 1] - bounds[..., 0], axis=1) / 2
    return bool(seen_in(view, bounds.mean(axis=2), reach).any())


class Veiling:
    """Takes pictures of translucent marks in clouds.

    Args:
        window, scene: VTK's window and renderer.
        plates: what is photographed on.
    """

    def __init__(self, window: Any, scene: Any, plates: Plates) -> None:
        self._window, self._scene, self._plates = window, scene, plates
        self._prepared: set[Actor] = set()

    def picture(self, actors: Sequence[Actor], view: View) -> np.ndarray:
        """The picture of actors that face the view: (height, width, 3) float32 from 0 to 1, row 0 at the bottom."""
        clear = translucent(actors)
        clouds, whole = clouds_among(actors)
        background = self._scene.GetBackground()
        show_only(actors, [actor for actor in actors if actor not in clear and actor not in whole])
        self._window.Render()
        picture = light_of(self._plates.rgba(self._window))[..., :3]
        self._scene.SetBackground(0.0, 0.0, 0.0)
        planes = self._planes(clouds, view)
        show_only(actors, clouds)
        veil = texture_of(self._window, self._light_before(planes, clouds, view), 4)
        self._prepare(clear, view, planes)
        self._scene.PreserveDepthBufferOn()
        show_only(actors, clear)
        veil.Activate()
        self._window.Render()
        veil.Deactivate()
        veil.ReleaseGraphicsResources(self._window)
        picture = laid_over(picture, self._plates.rgba(self._window))
        if whole:
            show_only(actors, whole)
            self._window.Render()
            picture = laid_over(picture, self._plates.rgba(self._window))
        self._scene.PreserveDepthBufferOff()
        self._scene.SetBackground(background)
        show_only(actors, actors)
        return picture

    def leave(self, still: Sequence[Actor] = ()) -> None:
        """Lets actors be drawn without a veil again, but for some that still need it."""
        for actor in self._prepared - set(still):
            for tag in (_DECLARATION, _COLORED):
                actor.vtk.GetShaderProperty().ClearFragmentShaderReplacement(tag, True)
            self._prepared.discard(actor)

    def _range(self, view: View) -> tuple[float, float, bool]:
        """The depths that are drawn, and whether rays are parallel."""
        near, far = self._scene.GetActiveCamera().GetClippingRange()
        return near, far, not isinstance(view.projection, Frustum)

    def _planes(self, clouds: Sequence[VolumeActor], view: View) -> np.ndarray:
        """How far the planes are (PLANES,), scene units."""
        near, far, parallel = self._range(view)
        corners = np.concatenate([list(itertools.product(*cloud.bounds)) for cloud in clouds])
        depths = (corners - view.position) @ view.forward
        reach = abs(view.ods.radius) if view.ods is not None else 0.0
        apart = 1e-6 * (far - near)  # of the first and the last plane at least
        last = float(np.clip(depths.max() + reach, near + apart, far))
        first = float(np.clip(depths.min() - reach, near, last - apart))
        if parallel:
            return np.linspace(first, last, PLANES)
        return np.geomspace(max(first, NEAREST * last), last, PLANES)

    def _light_before(self, planes: np.ndarray, clouds: Sequence[VolumeActor], view: View) -> np.ndarray:
        """What comes from the clouds before each plane: (PLANES, height, width, 4) uint16, light and opacity."""
        near, far, parallel = self._range(view)
        drawn = (planes - near) / (far - near) * (1.0 if parallel else far / planes)
        depths = [texture_of(self._window, np.array([[depth]], np.float32)) for depth in np.clip([0.0, *drawn], 0, 1)]
        usual, drawing = self._scene.GetPass(), _pass_of_floats()
        self._scene.SetPass(drawing)
        part = min(0.5, MOST / max(view.size))
        self._scene.SetViewport(0.0, 0.0, part, part)
        before: list[np.ndarray] = []
        light, left = np.zeros(3, np.float32), np.ones(1, np.float32)
        for begin, end in itertools.pairwise(depths):
            for cloud in clouds:
                cloud.part((begin, end))
            self._scene.Render()  # into the pass alone: the window would put its samples together each time
            piece = _read(drawing.GetColorTexture())
            light, left = light + left * piece[..., :3], left * (1 - piece[..., 3:])
            before.append(_in_16_bits(light, 1 - left))
        for cloud in clouds:
            cloud.part(None)
        self._scene.SetViewport(0.0, 0.0, 1.0, 1.0)
        self._scene.SetPass(usual)
        drawing.ReleaseGraphicsResources(self._window)
        return np.stack(before)

    def _prepare(self, clear: Sequence[Actor], view: View, planes: np.ndarray) -> None:
        """Adds the veil to the shaders of these actors, and of no others."""
        self.leave(clear)
        near, far, parallel = self._range(view)
        for actor in clear:
            shaders = actor.vtk.GetShaderProperty()
            uniforms = shaders.GetFragmentCustomUniforms()
            uniforms.SetUniform2f("veilPixel", [1 / view.size[0], 1 / view.size[1]])
            uniforms.SetUniform3f("veilDepth", [near, far, float(parallel)])
            uniforms.SetUniform2f("veilPlanes", [float(planes[0]), float(planes[-1])])
            if actor not in self._prepared:
                sphere = isinstance(actor.vtk.GetMapper(), vtkOpenGLSphereMapper)
                veiled = _VEILED.format(depth="gl_FragDepth" if sphere else "gl_FragCoord.z")
                shaders.AddFragmentShaderReplacement(_DECLARATION, True, _DECLARED, False)
                shaders.AddFragmentShaderReplacement(_COLORED, True, f"{veiled}{_COLORED}\n", False)
                self._prepared.add(actor)


def _pass_of_floats() -> Any:
    """A pass of VTK that draws into a texture: opacities of thin pieces are less than a byte can say."""
    drawn = vtkFramebufferPass()
    drawn.SetDelegatePass(vtkRenderStepsPass())
    drawn.SetColorFormat(vtkTextureObject.Float32)
    drawn.SetDepthFormat(vtkTextureObject.Fixed32)
    return drawn


def _read(texture: Any) -> np.ndarray:
    """The texels (height, width, 4) of a texture, float32."""
    width, height = texture.GetWidth(), texture.GetHeight()
    texels = np.empty(width * height * 4, np.float32)
    texture.Download().Download2D(VTK_FLOAT, texels, [width, height], 4, [0, 0])
    return texels.reshape(height, width, 4)


def _in_16_bits(light: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Light (height, width, 3) and opacity (height, width, 1) as (height, width, 4) uint16."""
    both = np.concatenate([light, opacity], axis=2)
    np.minimum(both, np.float32(1), out=both)
    both *= np.float32(65535)
    both += np.float32(0.5)
    return both.astype(np.uint16)
