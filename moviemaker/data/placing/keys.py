"""The keys of every data set that say where it lies in the scene.

```yaml
data:
  planet: {kind: mesh, globe: 6371, rotate: [{axis: z, angle: {0: 0, 20: 720}}, {axis: x, angle: 23.4}]}
  moon:   {kind: mesh, globe: 1737, translate: [30000, 0, 0], attached_to: planet}
  head:   {kind: grid, file: head.nrrd, rotate: [-90, 0, 0], pivot: center, scale: 0.1}
```

Data are scaled first, then rotated, both about `pivot`, then moved by `translate`, and then go with what they are
`attached_to`. Layers, the camera, clips and warnings see the result. The values of fields stay those of the file, `x`,
`y`, `z` and `distance` among them; vectors turn and grow with the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from moviemaker.core.errors import InputError, Location, show
from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import DATA_NAME, NUMBER, VECTOR, JsonSchema, Value, choice, list_of, optional
from moviemaker.data.placing.rotations import ROTATION, AxisAngle, Quaternion
from moviemaker.timeline.tracks import Moving, Track

Point = tuple[float, float, float]

PLACING = ("translate", "rotate", "scale", "pivot", "attached_to")
"""Names of the keys."""

CENTER = "center"

_SCALE_RIGHT = "a number other than 0, or three: [x, y, z]"
_THREE = list_of(NUMBER, _SCALE_RIGHT, (3,))


def _parse_scale(written: object) -> Point:
    if isinstance(written, list | tuple):
        factors: Point = _THREE.parse(written)
    else:
        try:
            factors = (NUMBER.parse(written),) * 3
        except InputError as error:
            raise InputError(error.what, f"write {_SCALE_RIGHT}") from None
    if not all(factors):
        right = "write a small number such as 0.001, or fade the layer out by its opacity"
        raise InputError("a scale of 0 leaves nothing of the data", right)
    return factors


class _Scale(Moving):
    """Factors that may move, but not through 0."""

    def parse(self, written: object) -> Point | Track | None:
        """Three factors, or a Track of them."""
        found: Point | Track | None = super().parse(written)
        if isinstance(found, Track):
            for axis, factors in enumerate(zip(*found.values, strict=True)):
                if min(factors) < 0 < max(factors):
                    what = f"the scale along {'xyz'[axis]} changes its sign, and is 0 on the way"
                    raise InputError(what, "keep factors above 0 or below 0")
        return found


SCALE = _Scale(Value(_SCALE_RIGHT, _parse_scale, {"anyOf": [NUMBER.schema, VECTOR.schema]}), optional=True)

_PIVOT_RIGHT = "center, or three numbers: [x, y, z]"


def _parse_pivot(written: object) -> Point | str:
    if isinstance(written, str):
        if written.strip().lower() in (CENTER, "centre"):
            return CENTER
        raise InputError(f"no such pivot {written!r}", f"write {_PIVOT_RIGHT}")
    if not isinstance(written, list | tuple):
        raise InputError(f"{show(written)} is not a point", f"write {_PIVOT_RIGHT}")
    point: Point = VECTOR.parse(written)
    return point


class _Pivot(Moving):
    """A point that may move, or the word `center`."""

    def parse(self, written: object) -> Point | Track | str | None:
        """The point, a Track of points, or the word."""
        found: Point | Track | None = super().parse(written) if isinstance(written, dict | Track) else None
        return found if found is not None or written is None else _parse_pivot(written)

    def json_schema(self) -> JsonSchema:
        """A point, a mapping from seconds to points, or the word."""
        return {"anyOf": [super().json_schema(), {"enum": [CENTER]}, {"type": "null"}]}


PIVOT = _Pivot(Value(_PIVOT_RIGHT, VECTOR.parse, VECTOR.schema), optional=True)


class Attachment(Kind):
    """Other data whose coordinates, or whose centre, the data go with."""

    data: Annotated[str, DATA_NAME]
    """Name of the data set to go with."""

    at: Annotated[str | None, optional(choice("origin", CENTER, noun="place"))] = None
    """Where the origin of the attached data goes: `origin`, to that of the other data, or `center`, to their centre at
    that time. Default: `center` of particles that move in time, else `origin`."""

    frame: Annotated[str, choice("data", "scene", "path", noun="frame")] = "data"
    """Axes of the attached data: `data`, which turn and scale with the other data (default); `scene`, which keep their
    directions; or `path`, with x along the motion of the place, and z as near to the scene's z as can be."""


ATTACHMENT = optional(
    shorthand(Attachment, "data", "name of data", "the name of a data set, or {data: NAME, frame: scene}")
)


@dataclass(frozen=True)
class Transform:
    """The keys of a data set that scale, turn and move it; frozen or not.

    Attributes:
        translate: (3,), scene units.
        rotate: a rotation as `rotations` describes it.
        scale: factors (3,) along the data's own axes.
        pivot: point (3,) of the data's own coordinates that scaling and rotation keep, or "center".
    """

    translate: Point | Track = (0.0, 0.0, 0.0)
    rotate: Quaternion | AxisAngle | tuple[AxisAngle, ...] | Track = (1.0, 0.0, 0.0, 0.0)
    scale: Point | Track = (1.0, 1.0, 1.0)
    pivot: Point | Track | str = (0.0, 0.0, 0.0)


class DataSet(Kind):
    """What every kind of data has: keys that place it in the scene."""

    translate: Annotated[Point | None, Moving(VECTOR, optional=True)] = None
    """Offset by which the data are moved, scene units: `[10, 0, 0]`. Default: none."""

    rotate: Annotated[Quaternion | AxisAngle | tuple[AxisAngle, ...] | None, ROTATION] = None
    """Rotation about `pivot`: `{axis: z, angle: {0: 0, 10: 720}}`; a list of these, one after the other; degrees about
    the axes x, then y, then z, as `[0, 0, 90]`; a quaternion `[w, x, y, z]`; or a mapping from seconds to rotations,
    which goes the short way. Default: none."""

    scale: Annotated[Point | None, SCALE] = None
    """Factor of all lengths, or three factors along x, y and z, about `pivot`. Default: 1."""

    pivot: Annotated[Point | str | None, PIVOT] = None
    """Point that `rotate` and `scale` keep in its place, in the data's own coordinates; or `center`, that of the data
    at their first time. Default: their origin, `[0, 0, 0]`."""

    attached_to: Annotated[Attachment | None, ATTACHMENT] = None
    """Data that these data go with: a name, or `{data: NAME, at: center, frame: scene}`. Their coordinates are then
    counted from those of the other data. Default: the scene."""

    @property
    def attached(self) -> tuple[tuple[Location, str], ...]:
        """The place of the key that names the data that these are attached to, and the name."""
        if self.attached_to is None:
            return ()
        long = "data" in self.attached_to.model_fields_set and len(self.attached_to.model_fields_set) > 1
        return ((("attached_to", "data") if long else ("attached_to",), self.attached_to.data),)

    @property
    def transform(self) -> Transform | None:
        """How the data are scaled, turned and moved; None: not at all."""
        given = {key: getattr(self, key) for key in ("translate", "rotate", "scale", "pivot")}
        given = {key: value for key, value in given.items() if value is not None}
        return Transform(**given) if set(given) - {"pivot"} else None
