"""How light falls on an actor of polygons."""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkActor

from moviemaker.core.camera import View
from moviemaker.core.props import Light
from moviemaker.stage.shading.fragment_shader import Addition, FragmentShader

_AMBIENT = Addition(before_light="  ambientColor *= ambientLight;\n")


class Lighting:
    """The light on an actor.

    Args:
        actor: VTK's actor.

    Attributes:
        shader: to which features add.
    """

    def __init__(self, actor: vtkActor) -> None:
        self._material = actor.GetProperty()
        self.shader = FragmentShader(actor)
        self.shader.add("ambient", _AMBIENT)
        self._tint(None)

    def set(self, shade: bool, ambient: Light | None) -> None:
        """Sets how light falls on the surface; without `shade` it has its flat colour."""
        material = self._material
        if not shade:
            material.LightingOff()
            material.SetAmbient(0.0)
            return
        material.LightingOn()
        material.SetAmbient(1.0 if ambient else 0.0)
        material.SetDiffuse(1.0)
        material.SetSpecular(0.1)
        material.SetSpecularPower(30.0)
        self._tint(ambient)

    def face(self, view: View) -> None:
        """Prepares it for a view."""
        self.shader.face(view)

    def _tint(self, ambient: Light | None) -> None:
        """Sets the colour and strength of the ambient light."""
        tint = [component * ambient.intensity for component in ambient.color] if ambient else [0.0, 0.0, 0.0]
        self.shader.uniforms.SetUniform3f("ambientLight", tint)
