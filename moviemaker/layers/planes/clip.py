"""What is cut away: boxes, planes and spheres, which may move.

```yaml
clip:
  - {kind: box, bounds: [[0, 1], [-1, 1], [-1, 1]], keep: outside}      # default: inside
  - {kind: plane, origin: [0, 0, 0], normal: [0, 0, 1]}                 # keeps the side that the normal points to
  - {kind: sphere, center: [0, 0, 0], radius: {0: 0.5, 4: 2}}
```
"""

from __future__ import annotations

from typing import Annotated, Literal

from moviemaker.core.clips import Clip, ClipBox, ClipPlane, ClipSphere
from moviemaker.core.errors import InputError, InputErrors, collecting, show, suggest
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import BOX, VECTOR, JsonSchema, Parser, Value, choice
from moviemaker.timeline.tracks import Moving, Positive, Vector

Bounds = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def _parse_bounds(value: object) -> Bounds:
    bounds: Bounds = BOX.parse(value)
    for index, (low, high) in enumerate(bounds):
        if low >= high:
            raise InputError(f"there is nothing from {low:g} to {high:g}", "write the lower value first", (index,))
    return bounds


def parse_normal(value: object) -> tuple[float, float, float]:
    """A normal of a plane: three numbers that are not all 0.

    Raises:
        InputError: they are, or the value is not a vector.
    """
    normal: tuple[float, float, float] = VECTOR.parse(value)
    if not any(normal):
        raise InputError("a normal of no length points nowhere", "write a vector such as [0, 0, 1]")
    return normal


NORMAL = Value(VECTOR.right, parse_normal, VECTOR.schema, VECTOR.mix)
_KEEP = choice("inside", "outside", noun="side")
_BOUNDS = Value(BOX.right, _parse_bounds, BOX.schema, BOX.mix)


class Box(Kind):
    """Keeps an axis-aligned box, or what is outside of it."""

    kind: Literal["box"]

    bounds: Annotated[Bounds, Moving(_BOUNDS)]
    """Lower and upper end of the box along x, y and z: `[[0, 1], [-1, 1], [-1, 1]]`, scene units."""

    keep: Annotated[str, _KEEP] = "inside"
    """The part that is kept: `inside` (default) or `outside`."""

    def clip(self) -> Clip:
        """The box of a frozen model."""
        low, high = zip(*self.bounds, strict=True)
        return ClipBox(low, high, self.keep == "outside")


class Plane(Kind):
    """Keeps one side of a plane."""

    kind: Literal["plane"]

    origin: Vector
    """Any point on the plane, scene units."""

    normal: Annotated[tuple[float, float, float], Moving(NORMAL)]
    """A vector at right angles to the plane. The side that it points to is kept."""

    def clip(self) -> Clip:
        """The plane of a frozen model."""
        return ClipPlane(self.origin, self.normal)


class Sphere(Kind):
    """Keeps a sphere, or what is outside of it."""

    kind: Literal["sphere"]

    center: Vector
    """Centre of the sphere, scene units."""

    radius: Positive
    """Radius of the sphere, scene units."""

    keep: Annotated[str, _KEEP] = "inside"
    """The part that is kept: `inside` (default) or `outside`."""

    def clip(self) -> Clip:
        """The sphere of a frozen model."""
        return ClipSphere(self.center, self.radius, self.keep == "outside")


_KINDS: dict[str, type[Box] | type[Plane] | type[Sphere]] = {"box": Box, "plane": Plane, "sphere": Sphere}


class _Clips(Parser):
    """A list of clips."""

    right = "a list such as [{kind: plane, origin: [0, 0, 0], normal: [0, 0, 1]}]"

    def parse(self, written: object) -> tuple[Box | Plane | Sphere, ...]:
        if not isinstance(written, list | tuple):
            raise InputError(f"{show(written)} is not a list", f"write {self.right}")
        clips: list[Box | Plane | Sphere] = []
        errors: list[InputError] = []
        for index, one in enumerate(written):

            def note(error: InputError, index: int = index) -> None:
                errors.append(InputError(error.what, error.instead, (index, *error.at)))

            with collecting(note):
                clips.append(_parsed(one))
        if errors:
            raise InputErrors(errors)
        return tuple(clips)

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": {"anyOf": [kind.model_json_schema() for kind in _KINDS.values()]}}


def _parsed(written: object) -> Box | Plane | Sphere:
    if isinstance(written, Box | Plane | Sphere):
        return written
    if not isinstance(written, dict):
        raise InputError(f"{show(written)} is not a mapping", "write {kind: box, plane or sphere, ...}")
    kind = written.get("kind")
    if kind not in _KINDS:
        at = ("kind",) if "kind" in written else ()
        raise InputError(f"no such clip kind {show(kind)}", suggest(str(kind), _KINDS, "kind"), at)
    return build(_KINDS[kind], written)


Clips = Annotated[tuple[Box | Plane | Sphere, ...], _Clips()]
"""A field of a layer: models of clips, each with its `clip()` after `freeze`."""
