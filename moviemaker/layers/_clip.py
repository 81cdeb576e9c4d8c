"""What is cut away: boxes, planes and spheres, which may move.

```yaml
clip:
  - {kind: box, bounds: [[0, 1], [-1, 1], [-1, 1]], keep: outside}      # default: inside
  - {kind: plane, origin: [0, 0, 0], normal: [0, 0, 1]}                 # the side is kept that the normal points to
  - {kind: sphere, center: [0, 0, 0], radius: {0: 0.5, 4: 2}}
```
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.clips import Clip, ClipBox, ClipPlane, ClipSphere
from moviemaker.core.errors import InputError, InputErrors, collecting, show, suggest
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import BOX, VECTOR, Value, choice
from moviemaker.timeline.tracks import Moving, Positive, Vector


def _parse_bounds(value: Any) -> Any:
    bounds = BOX.parse(value)
    for index, (low, high) in enumerate(bounds):
        if low >= high:
            raise InputError(f"there is nothing from {low:g} to {high:g}", "write the lower value first", (index,))
    return bounds


def _parse_normal(value: Any) -> Any:
    normal = VECTOR.parse(value)
    if not any(normal):
        raise InputError("a normal of no length points nowhere", "write a vector such as [0, 0, 1]")
    return normal


_KEEP = choice("inside", "outside", noun="side")
_BOUNDS = Value(BOX.right, _parse_bounds, BOX.schema, BOX.mix)
_NORMAL = Value(VECTOR.right, _parse_normal, VECTOR.schema, VECTOR.mix)


class Box(Kind):
    """An upright box."""

    kind: Literal["box"]
    bounds: Annotated[Any, Moving(_BOUNDS)]
    keep: Annotated[str, _KEEP] = "inside"

    def clip(self) -> Clip:
        """The frozen box."""
        low, high = zip(*self.bounds, strict=True)
        return ClipBox(low, high, self.keep == "outside")


class Plane(Kind):
    """A plane."""

    kind: Literal["plane"]
    origin: Vector
    normal: Annotated[Any, Moving(_NORMAL)]

    def clip(self) -> Clip:
        """The frozen plane."""
        return ClipPlane(self.origin, self.normal)


class Sphere(Kind):
    """A sphere."""

    kind: Literal["sphere"]
    center: Vector
    radius: Positive
    keep: Annotated[str, _KEEP] = "inside"

    def clip(self) -> Clip:
        """The frozen sphere."""
        return ClipSphere(self.center, self.radius, self.keep == "outside")


_KINDS: dict[str, type[Kind]] = {"box": Box, "plane": Plane, "sphere": Sphere}


class _Clips:
    """A list of them."""

    right = "a list such as [{kind: plane, origin: [0, 0, 0], normal: [0, 0, 1]}]"

    def parse(self, written: Any) -> Any:
        if not isinstance(written, list | tuple):
            raise InputError(f"{show(written)} is not a list", f"write {self.right}")
        clips: list[Any] = []
        errors: list[InputError] = []
        for index, one in enumerate(written):

            def note(error: InputError, index: int = index) -> None:
                errors.append(InputError(error.what, error.instead, (index, *error.at)))

            with collecting(note):
                clips.append(_parsed(one))
        if errors:
            raise InputErrors(errors)
        return tuple(clips)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "array", "items": {"anyOf": [kind.model_json_schema() for kind in _KINDS.values()]}}


def _parsed(written: Any) -> Any:
    if isinstance(written, Kind):
        return written
    if not isinstance(written, dict):
        raise InputError(f"{show(written)} is not a mapping", "write {kind: box, plane or sphere, ...}")
    kind = written.get("kind")
    if kind not in _KINDS:
        at = ("kind",) if "kind" in written else ()
        raise InputError(f"no such clip kind {show(kind)}", suggest(str(kind), _KINDS, "kind"), at)
    return build(_KINDS[kind], written)


Clips = Annotated[Any, _Clips()]
"""A field of a layer: after `freeze` a tuple of models, each with its `clip()`."""
