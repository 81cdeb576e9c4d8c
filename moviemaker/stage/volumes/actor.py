"""Clouds: the rays that are followed through them, hosted by VTK's ray caster.

VTK draws a box around the clouds after all that is opaque, and hands the depths of that to a shader; the shader, and
what it looks up, are our own: see `marching`.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkVolume
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Light
from moviemaker.stage.ods.shaders import Eyes, set_eye
from moviemaker.stage.volumes.clipping import Cuts
from moviemaker.stage.volumes.field_textures import CloudTextures
from moviemaker.stage.volumes.grouping import Clouds
from moviemaker.stage.volumes.ray_march import fragment_shader
from moviemaker.stage.volumes.screen_bounds import VERTEX_SHADER, angles, covered, place
from moviemaker.stage.volumes.shader_variant import Cloud, Way
from moviemaker.stage.window.arrays import image_data
from moviemaker.stage.window.textures import texture_of

MIST = 0.5
"""How much of a lamp's light comes from where there is no surface: what surfaces of all directions give on average."""

_ALL = np.array([-1.0, -1.0, 1.0, 1.0])


class VolumeActor:
    """Clouds in one place.

    Args:
        window: of VTK, that they are drawn in.

    Attributes:
        textures: of each cloud.
        bounds: of the upright box around all, (3, 2).
    """

    def __init__(self, window: Any) -> None:
        self._window = window
        self.textures: list[CloudTextures] = []
        self._clouds: Clouds | None = None
        self._lamps: tuple[Light, ...] = ()
        self._ambient = np.zeros(3)
        self._seen: tuple[View, np.ndarray, float] | None = None
        self._compiled: Way | None = None
        self._step = 1.0
        self._between: tuple[Any, ...] = ()
        self._rectangle = _ALL
        self.bounds = np.zeros((3, 2))
        self._unhidden: Any = None
        self._lent: Any = None
        self.vtk = vtkVolume()
        self.vtk.UseBoundsOff()  # they say nothing
        self.vtk.GetShaderProperty().SetVertexShaderCode(VERTEX_SHADER)
        self._host()

    def _host(self) -> None:
        """Makes VTK's ray caster, and has it call back before and after it draws."""
        self.mapper = vtkGPUVolumeRayCastMapper()
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetInputData(image_data(np.zeros((2, 2, 2), np.uint8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
        self.vtk.SetMapper(self.mapper)
        # VTK keeps what it calls: by a weak reference it does not keep the actor, which goes when it is taken down.
        myself = weakref.ref(self)

        def load(caller: Any, event: str) -> None:
            actor = myself()
            if actor is not None:
                actor._load()

        def unload(caller: Any, event: str) -> None:
            actor = myself()
            if actor is not None:
                for textures in actor.textures:
                    textures.unload()
                for depths in actor._between:
                    depths.Deactivate()

        self.mapper.AddObserver("VolumeMapperRenderStartEvent", load)
        self.mapper.AddObserver("VolumeMapperRenderEndEvent", unload)

    def light(self, lights: Sequence[Light]) -> None:
        """Lets lights shine on the clouds."""
        self._lamps = tuple(light for light in lights if light.kind != "ambient")

    def stand(self, alone: bool) -> None:
        """Says whether there is nothing else that may stand in the clouds: to fetch its depths takes VTK long."""
        if alone == (self._unhidden is not None):
            return
        self._unhidden = texture_of(self._window, np.ones((1, 1), np.float32)) if alone else None
        self._lend_depths(self._unhidden)

    def _lend_depths(self, texture: Any) -> None:
        """Gives VTK depths that stand for those that it would fetch; None lets it fetch them."""
        if texture is None and self._lent is not None:
            # A ray caster that has been lent depths for a while does not find its own again.
            self.mapper.ReleaseGraphicsResources(self._window)
            self._host()
        elif texture is not self._lent:
            self.mapper.SetSharedDepthTexture(texture)
        self._lent = texture

    def show(self, prop: Clouds, ambient: Light | None) -> None:
        """Makes the actor show clouds."""
        self.bounds = prop.bounds
        self._clouds = prop
        self._ambient = np.multiply(ambient.color, ambient.intensity) if ambient else np.zeros(3)
        self._step = min(member.step for member in prop.members)
        del self.textures[len(prop.members) :]
        while len(self.textures) < len(prop.members):
            self.textures.append(CloudTextures(self._window))
        known = tuple(Cloud(cuts=Cuts.of(member.clips), faded=bool(member.gradient)) for member in prop.members)
        entry = Way(prop.members[0].blend, known).entry
        for textures, member in zip(self.textures, prop.members, strict=True):
            textures.show(member, self._step, entry)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Chooses the shader for a view, and remembers what it has to be told."""
        p, flat = projection, not isinstance(view.projection, Frustum)
        near = float((p[2, 3] + 1) / p[2, 2] if flat else p[2, 3] / (p[2, 2] - 1))
        place(self.vtk, self.bounds, view, near)
        self._seen = (view, projection, near)
        self._choose(view)

    @property
    def divisible(self) -> bool:
        """Whether pieces of a ray, each seen by itself and laid over the next, look as the whole does."""
        return self._clouds is not None and self._clouds.members[0].blend in ("composite", "additive")

    def part(self, between: tuple[Any, Any] | None) -> None:
        """Lets rays begin and end at depths that two textures of VTK hold, one for each pixel; None: draws the whole.

        The actor faces a view already.
        """
        self._between, self._rectangle = between or (), _ALL
        self._lend_depths(between[1] if between else self._unhidden)
        assert self._seen is not None
        self._choose(self._seen[0])

    def only(self, rectangle: np.ndarray) -> None:
        """Draws no more than a rectangle of the picture: (left, bottom, right, top), from -1 to 1 in all of it."""
        self._rectangle = rectangle

    def _choose(self, view: View) -> None:
        way = self._way(Eyes.of(view))
        if way != self._compiled:
            self.vtk.GetShaderProperty().SetFragmentShaderCode(fragment_shader(way))
            self._compiled = way

    def _way(self, eyes: Eyes) -> Way:
        assert self._clouds is not None
        members = self._clouds.members
        shaded = any(member.shade for member in members)
        return Way(
            members[0].blend,
            tuple(textures.cloud for textures in self.textures),
            tuple(lamp.kind == "sun" for lamp in self._lamps) if shaded else (),
            eyes,
            hidden=self._unhidden is None,
            behind=bool(self._between),
        )

    def _load(self) -> None:
        if self._seen is None or self._clouds is None:
            return
        program = self.vtk.GetShaderProperty().GetFragmentCustomUniforms()
        view, p, near = self._seen
        step, flat = self._step, not isinstance(view.projection, Frustum)
        whole, part = covered(self.bounds, view, p, near), self._rectangle
        low = np.maximum(whole[:2], part[:2])
        rectangle = np.concatenate([low, np.maximum(np.minimum(whole[2:], part[2:]), low)])
        program.SetUniform4f("covered", rectangle.tolist())
        for name, axis in (("right", np.cross(view.forward, view.up)), ("up", view.up), ("forward", view.forward)):
            program.SetUniform3f(name, axis.tolist())
        length = step if flat else 1.0
        program.SetUniform4f("lens", [p[0, 0] * length, p[1, 1] * length, float(p[0, 2]), float(p[1, 2])])
        program.SetUniform4f("angles", angles(view).tolist())
        program.SetUniform2f("depthOf", [p[2, 2] * length, p[2, 3] / (1.0 if flat else step)])
        program.SetUniformf("parallel", float(flat))
        program.SetUniformf("nearest", near / step)
        if view.ods is not None:
            set_eye(program, view.ods.radius / step, view.ods.up, view.ods.merge)
        self._load_lights(program, view)
        for name, depths in zip(("passed", "in_depthSampler"), self._between, strict=False):
            depths.Activate()
            program.SetUniformi(name, depths.GetTextureUnit())
        for index, textures in enumerate(self.textures):
            textures.load(program, index, view.position, step)

    def _load_lights(self, program: Any, view: View) -> None:
        program.SetUniform3f("ambient", self._ambient.tolist())
        mist = np.zeros(3)
        for index, lamp in enumerate(self._lamps):
            color = np.multiply(lamp.color, lamp.intensity)
            mist += MIST * color
            program.SetUniform3f(f"color{index}", color.tolist())
            sun = lamp.kind == "sun"
            place = -np.array(lamp.vector) if sun else (np.array(lamp.vector) - view.position) / self._step
            program.SetUniform3f(f"lamp{index}", place.tolist())
        program.SetUniform3f("mist", mist.tolist())
