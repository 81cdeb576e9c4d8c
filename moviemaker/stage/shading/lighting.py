"""How light falls on an actor of polygons."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Fog, Material
from moviemaker.stage.shading.environment_light import FALLING, LIGHT_AND_CODES
from moviemaker.stage.shading.fog import ON_MESHES, ON_SPHERES, set_fog
from moviemaker.stage.shading.fragment_shader import Addition, FragmentShader
from moviemaker.stage.shading.material_glsl import MaterialVariant, material_addition, set_eye, set_material
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.shading.shade_glsl import surface_addition
from moviemaker.stage.window.shader_snippets import enable_extensions

USUAL = Material()
"""Matt, with a slight shine."""

_AMBIENT = Addition(before_light="  ambientColor *= ambientLight;\n")
_UNDER_SKY = Addition(
    declared=LIGHT_AND_CODES + FALLING,
    before_light=(
        "  ambientColor *= ambientLight\n"
        "    + codesOf(environmentLight(normalize(mat3(sceneFromView) * normalVCVSOutput)));\n"
    ),
)


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
        self._reflects = False
        self._gathers = False

    def set(self, shade: bool, light: SceneLight, made_of: Material = USUAL) -> None:
        """Sets how light falls on the surface; without `shade` it has its flat colour."""
        material = self._material
        self._light = light if shade else None
        self._set_material(shade, light, made_of)
        if not shade:
            material.LightingOff()
            material.SetAmbient(0.0)
            self.shader.add("shade", None)
            self.shader.add("ambient", _AMBIENT)
            return
        material.LightingOn()
        material.SetAmbient(1.0 if any(light.ambient) or light.environment is not None else 0.0)
        material.SetDiffuse(1.0)
        material.SetSpecular(0.0 if made_of.reflects else 0.1)
        material.SetSpecularPower(30.0)
        self.shader.add("ambient", _AMBIENT if light.environment is None else _UNDER_SKY)
        self.shader.uniforms.SetUniform3f("ambientLight", list(light.ambient))
        self.shader.set_lamps(len(light.lamps))
        if light.textures.variant.maps and not self._gathers:
            enable_extensions(self._actor)
            self._gathers = True
        self.shader.add("shade", surface_addition(light.textures.variant, self._spheres))
        light.textures.set(self.shader.uniforms)

    def _set_material(self, shade: bool, light: SceneLight, material: Material) -> None:
        self._reflects = shade and material.reflects
        if not self._reflects and not material.emits:
            self.shader.add("material", None)
            return
        known, environment = light.textures.variant, light.environment
        variant = MaterialVariant(shade, False)
        if self._reflects:
            shadowed = any(lamp.on_surfaces for lamp in known.lamps)
            seen = environment is not None and environment.reflections is not None
            variant = MaterialVariant(True, True, len(light.lamps), shadowed, seen, known.levels > 0)
        self.shader.add("material", material_addition(variant))
        set_material(self.shader.uniforms, material, light.lamps)

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self._fog = fog
        self.shader.add("fog", None if fog is None else ON_SPHERES if self._spheres else ON_MESHES)

    @property
    def _spheres(self) -> bool:
        return isinstance(self._actor.GetMapper(), vtkOpenGLSphereMapper)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Prepares it for a view, with the matrix (4, 4) clip from view coordinates.

        The textures of the light are at hand.
        """
        self.shader.face(view)
        if self._reflects:
            set_eye(self.shader.uniforms, view)
        if self._light is not None:
            self._light.textures.face(self.shader.uniforms, self.shader.scene_from_view)
        if self._fog is not None:
            set_fog(self.shader.uniforms, self._fog, view, projection)
