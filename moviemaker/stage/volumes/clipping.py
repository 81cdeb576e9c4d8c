"""Clips of volumes in the ray marching shader.

Where the inside of a convex shape is kept, the ray crosses it in one piece, whose ends are found before the first step.
Where the inside is cut out, each step counts by the part of it that is left. Both are exact to less than a step, so
that no rings of steps show where a volume is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkRenderingCore import vtkUniforms

from moviemaker.core.clips import Clip, ClipBox, ClipPlane, ClipSphere

_BOX = """
  vec3 cutSlope@ = 1.0 / mix(ray, vec3(1e-9), lessThan(abs(ray), vec3(1e-9)));
  vec3 cutOne@ = min((cutLow@ - eye) * cutSlope@, (cutHigh@ - eye) * cutSlope@);
  vec3 cutOther@ = max((cutLow@ - eye) * cutSlope@, (cutHigh@ - eye) * cutSlope@);
  vec2 cut@ = vec2(max(cutOne@.x, max(cutOne@.y, cutOne@.z)), min(cutOther@.x, min(cutOther@.y, cutOther@.z)));
"""

_PLANE = """
  float cutRise@ = dot(cutPlane@.xyz, ray);
  float cutAt@ = -(dot(cutPlane@.xyz, eye) + cutPlane@.w) / (abs(cutRise@) < 1e-9 ? 1e-9 : cutRise@);
  vec2 cut@ = cutRise@ >= 0.0 ? vec2(cutAt@, 1e9) : vec2(-1e9, cutAt@);
"""

# Uses the distance of the centre from the ray: a difference of large squares would be inexact.
_SPHERE = """
  vec3 cutFrom@ = cutSphere@.xyz - eye;
  float cutMiddle@ = dot(cutFrom@, ray);
  vec3 cutAside@ = cutFrom@ - cutMiddle@ * ray;
  float cutHalf@ = cutSphere@.w * cutSphere@.w - dot(cutAside@, cutAside@);
  vec2 cut@ = cutHalf@ < 0.0 ? vec2(1e9, -1e9) : cutMiddle@ + vec2(-1.0, 1.0) * sqrt(max(cutHalf@, 0.0));
"""

_KEPT = """
  enter# = max(enter#, cut@.x);
  leave# = min(leave#, cut@.y);
"""

_LEFT = "      left# -= max(min(until#, cut@.y) - max(since#, cut@.x), 0.0);\n"


@dataclass(frozen=True)
class Cuts:
    """The clips that a shader is compiled for.

    Attributes:
        kinds: the class of each clip, and whether its outside is kept.
    """

    kinds: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def of(cls, clips: Sequence[Clip]) -> Cuts:
        """The kinds of some clips."""
        return cls(tuple((type(clip).__name__, getattr(clip, "outside", False)) for clip in clips))

    @property
    def outside(self) -> bool:
        """Whether any clip cuts out the middle of a ray."""
        return any(outside for _, outside in self.kinds)

    def declarations(self, volume: int) -> str:
        """Uniforms, in GLSL, for the volume of that index."""
        names = {
            "ClipBox": "uniform vec3 cutLow@;\nuniform vec3 cutHigh@;\n",
            "ClipPlane": "uniform vec4 cutPlane@;\n",
            "ClipSphere": "uniform vec4 cutSphere@;\n",
        }
        return _named(
            "".join(names[kind].replace("@", f"#x{index}") for index, (kind, _) in enumerate(self.kinds)), volume
        )

    def bounds(self, volume: int) -> str:
        """Finds where the ray is in each shape, and shortens its path through the volume, from `enter` to `leave`."""
        found = {"ClipBox": _BOX, "ClipPlane": _PLANE, "ClipSphere": _SPHERE}
        parts = [
            (found[kind] + ("" if outside else _KEPT)).replace("@", f"#x{index}")
            for index, (kind, outside) in enumerate(self.kinds)
        ]
        return _named("".join(parts), volume)

    def left(self, volume: int) -> str:
        """Finds how much of a step that begins at `begun` is left: `left`."""
        cut = [_LEFT.replace("@", f"#x{index}") for index, (_, outside) in enumerate(self.kinds) if outside]
        inside = (
            "      float since# = max(begun, enter#);\n      float until# = min(begun + 1.0, leave#);\n"
            "      float left# = max(until# - since#, 0.0);\n"
        )
        return _named("".join([inside, *cut, *(["      left# = max(left#, 0.0);\n"] if cut else [])]), volume)


def _named(lines: str, volume: int) -> str:
    return lines.replace("#", str(volume))


NO_CUTS = Cuts()


def set_cuts(program: vtkUniforms, volume: int, clips: Sequence[Clip], camera: np.ndarray, step: float) -> None:
    """Sets a shader's uniforms for the clips of a volume, with places from the camera in steps (scene units)."""
    for number, clip in enumerate(clips):
        index = f"{volume}x{number}"
        if isinstance(clip, ClipBox):
            program.SetUniform3f(f"cutLow{index}", ((clip.low - camera) / step).tolist())
            program.SetUniform3f(f"cutHigh{index}", ((clip.high - camera) / step).tolist())
        elif isinstance(clip, ClipPlane):
            normal = np.divide(clip.normal, np.linalg.norm(clip.normal))
            away = float(normal @ (camera - clip.origin)) / step
            program.SetUniform4f(f"cutPlane{index}", [*normal.tolist(), away])
        else:
            assert isinstance(clip, ClipSphere)
            center = ((clip.center - camera) / step).tolist()
            program.SetUniform4f(f"cutSphere{index}", [*center, clip.radius / step])
