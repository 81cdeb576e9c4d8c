"""Fragment shaders of actors, put together from what several features add to VTK's own.

VTK keeps one replacement for each place of a shader: of two features that replaced the same place, the second would
undo the first. So features give their lines to an actor's `FragmentShader`, and it alone replaces these places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor

from moviemaker.core.camera import View
from moviemaker.stage.window.shader_snippets import set_matrix

ORDER = ("ambient", "material", "shade", "outline", "fog")
"""The features, in the order in which their lines stand in every place."""

_DECLARED, _LIGHT = "//VTK::Light::Dec", "//VTK::Light::Impl"
_HANDED_DECLARED, _HANDED = "//VTK::Picking::Dec", "//VTK::Picking::Impl"
_FINISHED = "if (gl_FragData[0].a <= 0.0)"
"""What VTK's shader does with the finished colour: nothing is drawn where it is clear."""


@dataclass(frozen=True)
class Addition:
    """What one feature adds. All is GLSL; uniforms are those of `FragmentShader.uniforms`, which VTK declares.

    A lit fragment has these variables: `vertexVC.xyz`, its place, and `normalVCVSOutput`, its normal on the side that
    is seen, both in view coordinates; `ambientColor`, `diffuseColor` and `specularColor`, its own colours, and
    `specularPower`. An unlit one has `ambientColor + diffuseColor` alone. `(sceneFromView * vec4(place, 1.0)).xyz` is a
    place in the stage's coordinates, and `mat3(sceneFromView) * normal` a direction: also where eyes of
    omni-directional stereo see things bent.

    Attributes:
        declared: functions and constants, outside of `main`.
        samplers: (name, type) of textures: the uniform int of that name is the number of a texture's unit.
        before_light: lines before the light of all lamps is added up.
        replaced: texts of VTK's lines that add up the light, and what stands there instead.
        handed: (type, name, expression) of what the geometry shader of sphere impostors hands on, once for a sphere:
            fragments know it as `nameVCVSOutput`. It knows the place of the middle, `centerVCGSOutput`, in view
            coordinates, and the radius, `radiusVCGSOutput`.
        uniforms_there: declarations of the uniforms in these expressions.
        lamp: what of a lamp's light counts, an expression: a float or a vec3. `#` stands for the number of the lamp.
        after_light: lines that may change `gl_FragData[0]`, the colour in its light.
        finished: lines that may change `gl_FragData[0]` after the image that lies on a surface, and before the volumes
            in front of it.
    """

    declared: str = ""
    samplers: tuple[tuple[str, str], ...] = ()
    before_light: str = ""
    replaced: tuple[tuple[str, str], ...] = ()
    handed: tuple[tuple[str, str, str], ...] = ()
    uniforms_there: str = ""
    lamp: str = ""
    after_light: str = ""
    finished: str = ""


class FragmentShader:
    """The fragment shader of an actor of polygons.

    Args:
        actor: VTK's actor.

    Attributes:
        uniforms: VTK's, in which each feature sets its own.
        scene_from_view: (4, 4), for the view that was faced last.
    """

    def __init__(self, actor: vtkActor) -> None:
        self._shaders = actor.GetShaderProperty()
        self.uniforms = self._shaders.GetFragmentCustomUniforms()
        self._additions: dict[str, Addition] = {}
        self._lamps = 0
        self._written: dict[tuple[str, bool], str] = {}
        self._handed: tuple[str, str] = ("", "")
        self.scene_from_view = np.eye(4)

    def add(self, feature: str, addition: Addition | None) -> None:
        """Sets what a feature adds; None: nothing."""
        if self._additions.get(feature) == addition:
            return
        if addition is None:
            del self._additions[feature]
        else:
            self._additions[feature] = addition
        self._write()

    def set_lamps(self, count: int) -> None:
        """Sets how many lamps there are, that is lights that are not ambient."""
        if count != self._lamps:
            self._lamps = count
            self._write()

    def face(self, view: View) -> None:
        """Sets `sceneFromView` for a view, in the stage's coordinates."""
        axes = np.stack([np.cross(view.forward, view.up), view.up, -view.forward], axis=1)
        rows = np.eye(4)
        rows[:3] = np.column_stack([axes, view.position])
        set_matrix(self.uniforms, "sceneFromView", rows)
        self.scene_from_view = rows

    def _write(self) -> None:
        """Replaces the places of VTK's shader whose lines have changed."""
        lines = self._lines()
        for place in self._written.keys() - lines.keys():
            self._shaders.ClearFragmentShaderReplacement(*place)
        for place, text in lines.items():
            if self._written.get(place) != text:
                self._shaders.AddFragmentShaderReplacement(*place, text, False)
        self._written = lines
        self._write_handed()

    def _write_handed(self) -> None:
        """Makes the geometry shader hand on what features ask for."""
        added = list(self._additions.values())
        declared = "".join(one.uniforms_there for one in added)
        declared += "".join(f"flat out {kind} {name}VCGSOutput;\n" for one in added for kind, name, _ in one.handed)
        lines = "".join(f"  {name}VCGSOutput = {worth};\n" for one in added for _, name, worth in one.handed)
        if (declared, lines) != self._handed:
            self._handed = (declared, lines)
            for tag, text in ((_HANDED_DECLARED, declared), (_HANDED, lines)):
                self._shaders.AddGeometryShaderReplacement(tag, True, f"{tag}\n{text}", False)

    def _lines(self) -> dict[tuple[str, bool], str]:
        """What stands in which place: (VTK's text, whether it is replaced before VTK replaces its own)."""
        added = [self._additions[feature] for feature in ORDER if feature in self._additions]
        lines: dict[tuple[str, bool], str] = {}
        declared = "".join(f"flat in {kind} {name}VCVSOutput;\n" for one in added for kind, name, _ in one.handed)
        declared += "".join(one.declared for one in added)
        if declared:
            lines[_DECLARED, True] = f"{_DECLARED}\n{declared}"
        before, after = ("".join(getattr(one, name) for one in added) for name in ("before_light", "after_light"))
        if before or after:
            lines[_LIGHT, True] = f"{before}{_LIGHT}\n{after}"
        finished = "".join(one.finished for one in added)
        if finished:
            lines[_FINISHED, True] = f"{finished}  {_FINISHED}"
        for name, kind in (sampler for one in added for sampler in one.samplers):
            lines[f"uniform int {name};", False] = f"uniform {kind} {name};"
        lines |= {(old, False): new for one in added for old, new in one.replaced}
        factors = [f"({one.lamp})" for one in added if one.lamp]
        for lamp in range(self._lamps if factors else 0):
            counted = " * ".join(factors).replace("#", str(lamp))
            for part in ("df", "sf"):  # the diffuse and the specular one
                lines[f"({part} * lightColor{lamp})", False] = f"({part} * {counted} * lightColor{lamp})"
        return lines
