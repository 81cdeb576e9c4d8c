"""Translucent glyphs and tubes in volumes: each is attenuated by the part of the volumes in front of it.

The picture is first drawn without these. Then the volumes are drawn once more, coarsely and in slabs between planes
across the view. Composited from the front, the slabs give for each pixel and plane the light C from in front of the
plane and its transmittance T (Wronski, "Volumetric fog", SIGGRAPH 2014, Advances in Real-Time Rendering). A glyph of
colour c and opacity a at that depth is blended over the picture as `a * (C + T * c) + (1 - a) * picture`. That is
exact, since the picture behind the glyph is attenuated by the volumes already.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from vtkmodules.util.vtkConstants import VTK_FLOAT
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
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
from moviemaker.stage.transparency.compositing import laid_over, light_of, show_only, translucent, volumes_among
from moviemaker.stage.volumes.actor import VolumeActor
from moviemaker.stage.window.textures import texture_of

PLANES = 16
"""Planes between slabs of the volumes; the slabs become thicker with the distance."""

MOST = 512
"""The most pixels a side of the slabs: volumes are soft, and half of a picture's pixels a side are enough."""

NEAREST = 0.02
"""The least distance of the first plane, as a part of the distance of the last."""

_DECLARED = f"""
vec3 occluded(vec3 color, float depth)
{{
  float span = occlusionDepth.y - occlusionDepth.x;
  float away = occlusionDepth.x * occlusionDepth.y / (occlusionDepth.y - depth * span);
  float linear = (occlusionDepth.x + depth * span - occlusionPlanes.x) / (occlusionPlanes.y - occlusionPlanes.x);
  float logarithmic = log(away / occlusionPlanes.x) / log(occlusionPlanes.y / occlusionPlanes.x);
  float place = occlusionDepth.z > 0.5 ? linear : logarithmic;
  float layer = (0.5 + clamp(place, 0.0, 1.0) * {PLANES - 1}.0) / {PLANES}.0;
  vec4 before = texture(occlusion, vec3(gl_FragCoord.xy * occlusionPixel, layer));
  return before.rgb + (1.0 - before.a) * color;
}}
"""

_OCCLUDED = "  gl_FragData[0].rgb = occluded(gl_FragData[0].rgb, {depth});\n"
_DECLARATION, _COLORED = "//VTK::DepthPeeling::Dec", "//VTK::DepthPeeling::Impl"
_SAMPLER = "uniform int occlusion;"
"""The number of the texture's unit, as VTK declares it."""


def is_needed(actors: Sequence[Actor], view: View) -> bool:
    """Whether there are translucent actors and, in the view, volumes that they may be in."""
    bounds = np.array([volume.bounds for volume in volumes_among(actors)[0]])
    if not len(bounds) or not translucent(actors):
        return False
    reach = np.linalg.norm(bounds[..., 1] - bounds[..., 0], axis=1) / 2
    return bool(seen_in(view, bounds.mean(axis=2), reach).any())


def pixels_of_slabs(view: View) -> float:
    """How many pixels of the picture one of the slabs takes, across and down."""
    return max(2.0, max(view.whole.size) / MOST)


class VolumeOcclusion:
    """Takes pictures of translucent glyphs and tubes in volumes.

    Args:
        window, scene: VTK's window and renderer.
        plates: what is photographed on.
    """

    def __init__(self, window: vtkRenderWindow, scene: vtkRenderer, plates: Plates) -> None:
        self._window, self._scene, self._plates = window, scene, plates
        self._prepared: set[Actor] = set()

    def picture(self, actors: Sequence[Actor], view: View, channels: int = 3) -> np.ndarray:
        """The picture of actors that face the view: (height, width, channels) float32 from 0 to 1, row 0 at the bottom.

        Of four channels, the last is the opacity, and colours are times opacity.
        """
        clear = translucent(actors)
        volumes, whole = volumes_among(actors)
        background = self._scene.GetBackground()
        show_only(actors, [actor for actor in actors if actor not in clear and actor not in whole])
        self._window.Render()
        picture = light_of(self._plates.rgba(self._window))[..., :channels]
        self._scene.SetBackground(0.0, 0.0, 0.0)
        planes = self._planes(volumes, view)
        show_only(actors, volumes)
        occlusion = texture_of(self._window, self._light_before(planes, volumes, view), 4)
        self._scene.PreserveDepthBufferOn()
        show_only(actors, clear)
        occlusion.Activate()
        self._prepare(clear, view, planes, occlusion.GetTextureUnit())
        self._window.Render()
        occlusion.Deactivate()
        occlusion.ReleaseGraphicsResources(self._window)
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
        """Removes the attenuation from the shaders of all actors except some."""
        for actor in self._prepared - set(still):
            shaders = actor.vtk.GetShaderProperty()
            for tag in (_DECLARATION, _COLORED):
                shaders.ClearFragmentShaderReplacement(tag, True)
            shaders.ClearFragmentShaderReplacement(_SAMPLER, False)
            shaders.GetFragmentCustomUniforms().RemoveUniform("occlusion")
            self._prepared.discard(actor)

    def _range(self, view: View) -> tuple[float, float, bool]:
        """The nearest and the farthest depth that is drawn, and whether rays are parallel."""
        near, far = self._scene.GetActiveCamera().GetClippingRange()
        return near, far, not isinstance(view.projection, Frustum)

    def _planes(self, volumes: Sequence[VolumeActor], view: View) -> np.ndarray:
        """Distances of the planes (PLANES,), scene units."""
        near, far, parallel = self._range(view)
        corners = np.concatenate([list(itertools.product(*volume.bounds)) for volume in volumes])
        depths = (corners - view.position) @ view.forward
        reach = abs(view.ods.radius) if view.ods is not None else 0.0
        apart = 1e-6 * (far - near)  # of the first and the last plane at least
        last = float(np.clip(depths.max() + reach, near + apart, far))
        first = float(np.clip(depths.min() - reach, near, last - apart))
        if parallel:
            return np.linspace(first, last, PLANES)
        return np.geomspace(max(first, NEAREST * last), last, PLANES)

    def _light_before(self, planes: np.ndarray, volumes: Sequence[VolumeActor], view: View) -> np.ndarray:
        """The volumes in front of each plane: (PLANES, height, width, 4) uint16, light and opacity."""
        near, far, parallel = self._range(view)
        drawn = (planes - near) / (far - near) * (1.0 if parallel else far / planes)
        depths = [texture_of(self._window, np.array([[depth]], np.float32)) for depth in np.clip([0.0, *drawn], 0, 1)]
        usual, drawing = self._scene.GetPass(), _pass_of_floats()
        self._scene.SetPass(drawing)
        part = min(0.5, MOST / max(view.whole.size))
        self._scene.SetViewport(0.0, 0.0, part, part)
        before: list[np.ndarray] = []
        light, left = np.zeros(3, np.float32), np.ones(1, np.float32)
        for begin, end in itertools.pairwise(depths):
            for volume in volumes:
                volume.limit_depths((begin, end))
            self._scene.Render()  # into the pass alone: the window would resolve its samples each time
            piece = _read(drawing.GetColorTexture())
            light, left = light + left * piece[..., :3], left * (1 - piece[..., 3:])
            before.append(_in_16_bits(light, 1 - left))
        for volume in volumes:
            volume.limit_depths(None)
        self._scene.SetViewport(0.0, 0.0, 1.0, 1.0)
        self._scene.SetPass(usual)
        drawing.ReleaseGraphicsResources(self._window)
        return np.stack(before)

    def _prepare(self, clear: Sequence[Actor], view: View, planes: np.ndarray, unit: int) -> None:
        """Adds the attenuation to the shaders of these actors, and removes it from all others."""
        self.leave(clear)
        near, far, parallel = self._range(view)
        for actor in clear:
            shaders = actor.vtk.GetShaderProperty()
            uniforms = shaders.GetFragmentCustomUniforms()
            uniforms.SetUniformi("occlusion", unit)
            uniforms.SetUniform2f("occlusionPixel", [1 / view.size[0], 1 / view.size[1]])
            uniforms.SetUniform3f("occlusionDepth", [near, far, float(parallel)])
            uniforms.SetUniform2f("occlusionPlanes", [float(planes[0]), float(planes[-1])])
            if actor not in self._prepared:
                sphere = isinstance(actor.vtk.GetMapper(), vtkOpenGLSphereMapper)
                occluded = _OCCLUDED.format(depth="gl_FragDepth" if sphere else "gl_FragCoord.z")
                shaders.AddFragmentShaderReplacement(_SAMPLER, False, "uniform sampler3D occlusion;", False)
                shaders.AddFragmentShaderReplacement(_DECLARATION, True, _DECLARED, False)
                shaders.AddFragmentShaderReplacement(_COLORED, True, f"{occluded}{_COLORED}\n", False)
                self._prepared.add(actor)


def _pass_of_floats() -> vtkFramebufferPass:
    """A pass of VTK that draws into a texture of floats: opacities of thin slabs are less than a byte can hold."""
    drawn = vtkFramebufferPass()
    drawn.SetDelegatePass(vtkRenderStepsPass())
    drawn.SetColorFormat(vtkTextureObject.Float32)
    drawn.SetDepthFormat(vtkTextureObject.Fixed32)
    return drawn


def _read(texture: vtkTextureObject) -> np.ndarray:
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
