"""Depth peeling: translucent surfaces in the right order, layer by layer from the nearest.

Each layer holds what is nearest behind the layers before it: translucent surfaces are drawn as if they were opaque,
without what has been peeled off (Everitt, "Interactive order-independent transparency", NVIDIA 2001). Depths are kept
for every sample of a pixel, so that edges and crossing lines are antialiased like those of opaque surfaces. Between two
layers the volumes are drawn, a piece of each ray. The layers are then composited over what is opaque.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.stage.actors import Actor
from moviemaker.stage.glyphs.glyph_actor import GlyphActor
from moviemaker.stage.glyphs.tube_actor import TubeActor
from moviemaker.stage.plates import Plates
from moviemaker.stage.surfaces.slice_actor import SliceActor
from moviemaker.stage.transparency.compositing import laid_over, light_of, show_only, translucent, volumes_among
from moviemaker.stage.volumes.actor import VolumeActor
from moviemaker.stage.window.depth_buffers import DepthBuffer
from moviemaker.stage.window.shader_snippets import enable_extensions

SURE_LAYERS = 4
"""This many layers are always peeled, if there are as many."""

MOST_LAYERS = 16
"""At most this many layers are peeled. What lies behind is drawn without an order between one thing and another."""

FEW = 1 / 500
"""Peeling ends behind a layer through which at most this part of the picture's light could still come."""

UNSEEN = 1 / 512
"""If at most this part of the light from behind is left, it changes no pixel of 8 bits."""

_ZERO, _ONE, _SRC_ALPHA, _ONE_MINUS_SRC_ALPHA = 0, 1, 0x0302, 0x0303
"""OpenGL's factors of blending."""

# Depths from 0 to 1 are single precision: if two differ by less than this, they belong to one surface.
_DECLARED = f"const float SAME = {2.0**-22};\n"

# Reading the number of a sample lets the shader run for each sample.
_MESH = "  if (gl_FragCoord.z <= texelFetch(peeled, ivec2(gl_FragCoord.xy), gl_SampleID).r + SAME) discard;\n"

# A sphere has one depth for all samples of a pixel, and has already found which of them it covers.
_SPHERE = """
  int unpeeled = 0;
  for (int index = 0; index < gl_NumSamples; ++index)
  {
    if (gl_FragDepth > texelFetch(peeled, ivec2(gl_FragCoord.xy), index).r + SAME) unpeeled |= 1 << index;
  }
  if (unpeeled == 0) discard;
  gl_SampleMask[0] &= unpeeled;
"""

_SINGLE_MESH = "  if (gl_FragCoord.z <= texelFetch(peeled, ivec2(gl_FragCoord.xy), 0).r + SAME) discard;\n"
_SINGLE_SPHERE = _SINGLE_MESH.replace("gl_FragCoord.z", "gl_FragDepth")

_DECLARATION, _TEST = "//VTK::DepthPeeling::Dec", "//VTK::DepthPeeling::PreColor"
_SAMPLER = "uniform int peeled;"
"""The number of the texture's unit, as VTK declares it."""


def is_needed(actors: Sequence[Actor]) -> bool:
    """Whether the actors have to be drawn with depth peeling.

    Glyphs and tubes alone, or in a volume, are not peeled: they are many and small, each kind is drawn in order by
    itself, and a picture of trails would take seven times as long. Nor is a single slice.
    """
    clear = translucent(actors)
    volumes = any(isinstance(actor, VolumeActor) for actor in actors)
    if len(clear) == 1 and isinstance(clear[0], SliceActor):
        return volumes
    return any(not isinstance(actor, GlyphActor | TubeActor) for actor in clear)


class Peeling:
    """Takes pictures of translucent things.

    Args:
        window, scene: VTK's window and renderer.
        plates: what is photographed on.
    """

    def __init__(self, window: vtkRenderWindow, scene: vtkRenderer, plates: Plates) -> None:
        self._window, self._scene, self._plates = window, scene, plates
        self._solid, self._peeled = DepthBuffer(window), DepthBuffer(window)  # for each sample
        self._passed, self._until = DepthBuffer(window), DepthBuffer(window)  # for each pixel
        self._drawn: DepthBuffer | None = None
        self._prepared: dict[Actor, int] = {}

    def picture(self, actors: Sequence[Actor], channels: int = 3) -> np.ndarray:
        """The picture of actors that face the view: (height, width, channels) float32 from 0 to 1, row 0 at the bottom.

        It is as large as it is drawn. Of four channels, the last is the opacity, and colours are times opacity.
        """
        clear = translucent(actors)
        divisible, whole = volumes_among(actors)
        background = self._scene.GetBackground()
        show_only(actors, [actor for actor in actors if actor not in clear and not isinstance(actor, VolumeActor)])
        self._window.Render()
        behind = light_of(self._plates.rgba(self._window))[..., :channels]
        drawn = self._take_depths()
        self._prepare(clear, drawn.samples)
        self._scene.SetBackground(0.0, 0.0, 0.0)
        self._scene.PreserveDepthBufferOn()
        for actor in divisible:
            actor.limit_depths((self._passed.texture, self._until.texture))
        light, left = self._composed(actors, clear, divisible, drawn, channels)
        for actor in divisible:
            actor.limit_depths(None)
        picture: np.ndarray = light + left * behind
        self._solid.copy_to(drawn)  # distances are read from it later
        if whole:
            show_only(actors, whole)
            self._window.Render()
            picture = laid_over(picture, self._plates.rgba(self._window))
        self._scene.PreserveDepthBufferOff()
        self._scene.SetBackground(background)
        show_only(actors, actors)
        return picture

    def leave(self, still: Sequence[Actor] = ()) -> None:
        """Removes the peeling test from the shaders of all actors except some."""
        for actor in [actor for actor in self._prepared if actor not in still]:
            shaders = actor.vtk.GetShaderProperty()
            for tag in (_DECLARATION, _TEST):
                shaders.ClearFragmentShaderReplacement(tag, True)
            shaders.ClearFragmentShaderReplacement(_SAMPLER, False)
            shaders.GetFragmentCustomUniforms().RemoveUniform("peeled")
            del self._prepared[actor]

    def release(self) -> None:
        """Frees what the renderer holds."""
        for buffer in (self._solid, self._peeled, self._passed, self._until, self._drawn):
            if buffer is not None:
                buffer.release()

    def _take_depths(self) -> DepthBuffer:
        """The buffer that is drawn to, once everything opaque has been drawn; a copy of its depths is kept."""
        texture = self._plates.depth_texture(self._window)
        if self._drawn is None or not self._drawn.holds(texture):
            self._drawn = DepthBuffer(self._window, texture)
        size, samples = self._drawn.size, self._drawn.samples
        self._solid.fit(size, samples)
        self._peeled.fit(size, samples)
        self._passed.fit(size, 0)
        self._until.fit(size, 0)
        self._drawn.copy_to(self._solid)
        return self._drawn

    def _composed(
        self,
        actors: Sequence[Actor],
        clear: list[Actor],
        volumes: list[VolumeActor],
        drawn: DepthBuffer,
        channels: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The layers together (height, width, channels), and the part of the light from behind (height, width, 1)."""
        self._peeled.clear()
        width, height = drawn.size
        light, left = np.zeros((height, width, channels), np.float32), np.ones((height, width, 1), np.float32)
        count, last = 0, False
        while True:
            self._solid.copy_to(drawn)
            show_only(actors, clear)
            layer = self._layer(clear, last)
            if volumes:
                show_only(actors, volumes)
                _lay_under(light, left, self._volumes_between(drawn))
            passing = _lay_under(light, left, layer)
            if not layer[..., 3].any() or last or left.max() < UNSEEN:
                return light, left
            for volume in volumes:  # all other rays are finished
                volume.limit_rectangle(_bounds(layer))
            drawn.copy_to(self._peeled)
            count += 1
            last = count == MOST_LAYERS or (count >= SURE_LAYERS and passing < FEW)

    def _layer(self, clear: list[Actor], last: bool) -> np.ndarray:
        """The nearest surfaces that have not been peeled off; as the last layer, all surfaces that are left."""
        state = self._window.GetState()

        def replace_colors(caller: object, event: str) -> None:
            state.vtkglBlendFuncSeparate(_SRC_ALPHA, _ZERO, _ONE, _ZERO)

        for actor in clear:
            actor.vtk.SetForceTranslucent(last)
            actor.vtk.SetForceOpaque(not last)
        begun = None if last else self._scene.AddObserver("StartEvent", replace_colors)  # VTK has set its own by then
        with self._peeled.at_hand() as unit:
            for actor in clear:
                actor.vtk.GetShaderProperty().GetFragmentCustomUniforms().SetUniformi("peeled", unit)
            self._window.Render()
        if begun is not None:
            self._scene.RemoveObserver(begun)
            state.vtkglBlendFuncSeparate(_SRC_ALPHA, _ONE_MINUS_SRC_ALPHA, _ONE, _ONE_MINUS_SRC_ALPHA)
        for actor in clear:
            actor.vtk.SetForceOpaque(False)
            actor.vtk.SetForceTranslucent(True)
        return self._plates.rgba(self._window)

    def _volumes_between(self, drawn: DepthBuffer) -> np.ndarray:
        """The volumes between the layer before and the one that has just been drawn."""
        self._peeled.copy_to(self._passed)
        drawn.copy_to(self._until)
        self._window.Render()
        return self._plates.rgba(self._window)

    def _prepare(self, clear: Sequence[Actor], samples: int) -> None:
        """Adds the peeling test to the shaders of these actors, and removes it from all others."""
        self.leave(clear)
        for actor in clear:
            if self._prepared.get(actor) == samples:
                continue
            sphere = isinstance(actor.vtk.GetMapper(), vtkOpenGLSphereMapper)
            if samples > 1:
                sampler, test = "sampler2DMS", _SPHERE if sphere else _MESH
            else:
                sampler, test = "sampler2D", _SINGLE_SPHERE if sphere else _SINGLE_MESH
            shaders = actor.vtk.GetShaderProperty()
            shaders.AddFragmentShaderReplacement(_SAMPLER, False, f"uniform {sampler} peeled;", False)
            enable_extensions(actor.vtk)
            shaders.AddFragmentShaderReplacement(_DECLARATION, True, _DECLARED, False)
            shaders.AddFragmentShaderReplacement(_TEST, True, test, False)
            self._prepared[actor] = samples


def _bounds(layer: np.ndarray) -> np.ndarray:
    """The rectangle that a layer covers: (left, bottom, right, top), where -1 to 1 is the whole picture."""
    ends = []
    for axis in (0, 1):
        seen = np.flatnonzero(layer[..., 3].any(axis=axis))
        ends.append(2 * np.array([seen[0], seen[-1] + 1]) / layer.shape[1 - axis] - 1)
    return np.column_stack(ends).ravel()


def _lay_under(light: np.ndarray, left: np.ndarray, layer: np.ndarray) -> float:
    """Adds a layer behind those before it, and gives the part of the picture's light that may still come through it.

    Args:
        light: (height, width, 3), of the layers before; with a fourth channel, their opacity too.
        left: (height, width, 1), the part of the light from behind that they let through.
        layer: (height, width, 4), colours times opacity, and opacity.
    """
    rows = np.flatnonzero(layer.any(axis=(1, 2)))
    if not len(rows):
        return 0.0
    part = slice(rows[0], rows[-1] + 1)
    seen = light_of(layer[part])
    light[part] += left[part] * seen[..., : light.shape[2]]
    left[part] *= 1 - seen[..., 3:]
    return float(left[part][seen[..., 3] > 0].sum()) / left.size
