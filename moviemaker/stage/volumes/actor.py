"""The actor of volumes: VTK's ray caster with a shader of our own.

VTK draws a box around the volumes after everything opaque, and hands the depths of the latter to a shader. The shader,
and the textures that it looks up, are our own: see `ray_march`.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkUniforms, vtkVolume
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Fog
from moviemaker.stage.ods.shaders import Eyes, set_eye
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.shading.shade_variant import WIDE_OPEN
from moviemaker.stage.volumes.clipping import Cuts
from moviemaker.stage.volumes.field_textures import FieldTextures
from moviemaker.stage.volumes.fog import set_fog
from moviemaker.stage.volumes.grouping import VolumeGroup
from moviemaker.stage.volumes.ray_march import fragment_shader
from moviemaker.stage.volumes.screen_bounds import VERTEX_SHADER, angles, place_box, screen_bounds
from moviemaker.stage.volumes.shader_variant import ShaderVariant, VolumeFeatures
from moviemaker.stage.volumes.shading import ISOTROPIC
from moviemaker.stage.window.arrays import image_data
from moviemaker.stage.window.textures import texture_of

_ALL = np.array([-1.0, -1.0, 1.0, 1.0])


class VolumeActor:
    """Draws a group of volumes.

    Args:
        window: VTK's window, in which they are drawn.

    Attributes:
        textures: one for each volume.
        bounds: (3, 2), the axis-aligned box around all of them.
    """

    def __init__(self, window: vtkRenderWindow) -> None:
        self._window = window
        self.textures: list[FieldTextures] = []
        self._group: VolumeGroup | None = None
        self._light: SceneLight | None = None
        self._fog: Fog | None = None
        self._seen: tuple[View, np.ndarray, float] | None = None
        self._compiled: ShaderVariant | None = None
        self._step = 1.0
        self._between: tuple[vtkTextureObject, ...] = ()
        self._rectangle = _ALL
        self.bounds = np.zeros((3, 2))
        self._unhidden: Any = None
        self._lent: Any = None
        self.vtk = vtkVolume()
        self.vtk.UseBoundsOff()  # VTK's box is not where the volumes are
        self.vtk.GetShaderProperty().SetVertexShaderCode(VERTEX_SHADER)
        self._host()

    def _host(self) -> None:
        """Makes VTK's ray caster, which calls back before and after it draws."""
        self.mapper = vtkGPUVolumeRayCastMapper()
        self.mapper.SetAutoAdjustSampleDistances(False)
        self.mapper.SetInputData(image_data(np.zeros((2, 2, 2), np.uint8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
        self.vtk.SetMapper(self.mapper)
        # VTK keeps what it calls. A weak reference does not keep the actor alive when it has been taken down.
        myself = weakref.ref(self)

        def load(caller: object, event: str) -> None:
            actor = myself()
            if actor is not None:
                actor._load()

        def unload(caller: object, event: str) -> None:
            actor = myself()
            if actor is not None:
                for textures in actor.textures:
                    textures.unload()
                for depths in actor._between:
                    depths.Deactivate()

        self.mapper.AddObserver("VolumeMapperRenderStartEvent", load)
        self.mapper.AddObserver("VolumeMapperRenderEndEvent", unload)

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self._fog = fog

    def set_alone(self, alone: bool) -> None:
        """Sets whether nothing else is drawn. If so, VTK need not fetch depths, which takes long."""
        if alone == (self._unhidden is not None):
            return
        self._unhidden = texture_of(self._window, np.ones((1, 1), np.float32)) if alone else None
        self._lend_depths(self._unhidden)

    def _lend_depths(self, texture: vtkTextureObject | None) -> None:
        """Gives VTK depths in place of those that it would fetch; None lets it fetch them."""
        if texture is None and self._lent is not None:
            # A ray caster that has once been given depths does not find its own again.
            self.mapper.ReleaseGraphicsResources(self._window)
            self._host()
        elif texture is not self._lent:
            self.mapper.SetSharedDepthTexture(texture)
        self._lent = texture

    def update(self, prop: VolumeGroup, light: SceneLight) -> None:
        """Makes the actor draw a group of volumes."""
        self.bounds = prop.bounds
        self._group = prop
        self._light = light
        self._step = min(member.step for member in prop.members)
        del self.textures[len(prop.members) :]
        while len(self.textures) < len(prop.members):
            self.textures.append(FieldTextures(self._window))
        known = tuple(
            VolumeFeatures(cuts=Cuts.of(member.clips), by_gradient=bool(member.gradient)) for member in prop.members
        )
        entry = ShaderVariant(prop.members[0].blend, known).entry
        for textures, member in zip(self.textures, prop.members, strict=True):
            textures.update(member, self._step, entry)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Chooses the shader for a view, and remembers the values of its uniforms."""
        p, flat = projection, not isinstance(view.projection, Frustum)
        near = float((p[2, 3] + 1) / p[2, 2] if flat else p[2, 3] / (p[2, 2] - 1))
        place_box(self.vtk, self.bounds, view, near)
        self._seen = (view, projection, near)
        self._choose(view)

    @property
    def group(self) -> VolumeGroup:
        """What it draws."""
        assert self._group is not None
        return self._group

    @property
    def divisible(self) -> bool:
        """Whether pieces of a ray, composited one over the next, look like the whole ray."""
        return self._group is not None and self._group.members[0].blend in ("composite", "additive")

    def limit_depths(self, between: tuple[vtkTextureObject, vtkTextureObject] | None) -> None:
        """Lets rays begin and end at the depths in two textures of VTK, one for each pixel; None: draws whole rays.

        The actor has to face a view already.
        """
        self._between, self._rectangle = between or (), _ALL
        self._lend_depths(between[1] if between else self._unhidden)
        assert self._seen is not None
        self._choose(self._seen[0])

    def limit_rectangle(self, rectangle: np.ndarray) -> None:
        """Draws only a rectangle of the picture: (left, bottom, right, top), where -1 to 1 is the whole picture."""
        self._rectangle = rectangle

    def _choose(self, view: View) -> None:
        variant = self._variant(Eyes.of(view))
        if variant != self._compiled:
            self.vtk.GetShaderProperty().SetFragmentShaderCode(fragment_shader(variant))
            self._compiled = variant

    def _variant(self, eyes: Eyes) -> ShaderVariant:
        assert self._group is not None
        assert self._light is not None
        members = self._group.members
        blend = members[0].blend
        shaded = any(member.shade for member in members)
        return ShaderVariant(
            blend,
            tuple(textures.features for textures in self.textures),
            tuple(lamp.kind == "sun" for lamp in self._light.lamps) if shaded else (),
            eyes,
            hidden=self._unhidden is None,
            behind=bool(self._between),
            # What emits light is as bright everywhere.
            shade=self._light.textures.variant.within_volumes if shaded and blend == "composite" else WIDE_OPEN,
            fog=self._fog is not None,
            scattering=blend == "composite"
            and shaded
            and any(
                [*(lamp.scatter for lamp in self._light.lamps), *(one.features.scattering for one in self.textures)]
            ),
        )

    def _load(self) -> None:
        if self._seen is None or self._group is None:
            return
        program = self.vtk.GetShaderProperty().GetFragmentCustomUniforms()
        view, p, near = self._seen
        step, flat = self._step, not isinstance(view.projection, Frustum)
        whole, part = screen_bounds(self.bounds, view, p, near), self._rectangle
        low = np.maximum(whole[:2], part[:2])
        rectangle = np.concatenate([low, np.maximum(np.minimum(whole[2:], part[2:]), low)])
        program.SetUniform4f("screenBounds", rectangle.tolist())
        for name, axis in (("right", np.cross(view.forward, view.up)), ("up", view.up), ("forward", view.forward)):
            program.SetUniform3f(name, axis.tolist())
        length = step if flat else 1.0
        shift = -p[:2, 3] if flat else p[:2, 2]
        program.SetUniform4f("lens", [p[0, 0] * length, p[1, 1] * length, float(shift[0]), float(shift[1])])
        program.SetUniform4f("angles", angles(view).tolist())
        program.SetUniform2f("depthOf", [p[2, 2] * length, p[2, 3] / (1.0 if flat else step)])
        program.SetUniformf("parallel", float(flat))
        program.SetUniformf("nearest", near / step)
        if view.ods is not None:
            set_eye(program, view.ods.radius / step, view.ods.up, view.ods.merge)
        if self._fog is not None:
            set_fog(program, self._fog, view, step)
        self._load_lights(program, view)
        for name, depths in zip(("passed", "in_depthSampler"), self._between, strict=False):
            depths.Activate()
            program.SetUniformi(name, depths.GetTextureUnit())
        for index, textures in enumerate(self.textures):
            textures.load(program, index, view.position, step)

    def _load_lights(self, program: vtkUniforms, view: View) -> None:
        assert self._light is not None
        program.SetUniform3f("ambient", list(self._light.from_everywhere))
        isotropic = np.zeros(3)
        for index, lamp in enumerate(self._light.lamps):
            color = np.multiply(lamp.color, lamp.intensity)
            isotropic += ISOTROPIC * color
            program.SetUniform3f(f"color{index}", color.tolist())
            sun = lamp.kind == "sun"
            place = -np.array(lamp.vector) if sun else (np.array(lamp.vector) - view.position) / self._step
            program.SetUniform3f(f"lamp{index}", place.tolist())
        program.SetUniform3f("isotropic", isotropic.tolist())
        program.SetUniform4f("sceneFromPoint", [*view.position.tolist(), self._step])
        self._light.textures.set(program)
        self._light.textures.set_units(program)
