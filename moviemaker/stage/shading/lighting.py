"""How light falls on an actor of polygons."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Fog
from moviemaker.stage.shading.fog import ON_MESHES, ON_SPHERES, set_fog
from moviemaker.stage.shading.fragment_shader import Addition, FragmentShader
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.shading.shade_glsl import surface_addition

_AMBIENT = Addition(before_light="  ambientColor *= ambientLight;\n")


class Lighting:
    """The light on an actor.

    Args:
        actor: VTK's actor.

    Attributes:
        shader: to which features add.
    """

    def __init__(self, actor: vtkActor) -> None:
        self._actor = actor
        self._material = actor.GetProperty()
        self.shader = FragmentShader(actor)
        self.shader.add("ambient", _AMBIENT)
        self.shader.uniforms.SetUniform3f("ambientLight", [0.0, 0.0, 0.0])
        self._light: SceneLight | None = None
        self._fog: Fog | None = None

    def set(self, shade: bool, light: SceneLight) -> None:
        """Sets how light falls on the surface; without `shade` it has its flat colour."""
        material = self._material
        self._light = light if shade else None
        if not shade:
            material.LightingOff()
            material.SetAmbient(0.0)
            self.shader.add("shade", None)
            return
        material.LightingOn()
        material.SetAmbient(1.0 if any(light.ambient) else 0.0)
        material.SetDiffuse(1.0)
        material.SetSpecular(0.1)
        material.SetSpecularPower(30.0)
        self.shader.uniforms.SetUniform3f("ambientLight", list(light.ambient))
        self.shader.set_lamps(len(light.lamps))
        self.shader.add("shade", surface_addition(light.textures.variant))
        light.textures.set(self.shader.uniforms)

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self._fog = fog
        on_surface = ON_SPHERES if isinstance(self._actor.GetMapper(), vtkOpenGLSphereMapper) else ON_MESHES
        self.shader.add("fog", None if fog is None else on_surface)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Prepares it for a view, with the matrix (4, 4) clip from view coordinates.

        The textures of the light are at hand.
        """
        self.shader.face(view)
        if self._light is not None:
            self._light.textures.set_units(self.shader.uniforms)
        if self._fog is not None:
            set_fog(self.shader.uniforms, self._fog, view, projection)
