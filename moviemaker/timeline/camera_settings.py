"""What may be written about the camera in a scene file: the models behind `camera:`."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.kinds import Kind
from moviemaker.core.values import ANGLE_OF_VIEW, NUMBER, VECTOR, Value, choice, optional
from moviemaker.timeline.easing import EASINGS
from moviemaker.timeline.orientation import unit
from moviemaker.timeline.tracks import FieldOfView, LinearNumber, Moving, Number, Positive, Track

_KEYFRAMES = "`keyframes: [{time: 0, position: [..], target: [..]}]`"
_PLACE = "three numbers [x, y, z] or the name of a data set"


def _direction(value: Any) -> tuple[float, ...]:
    vector: tuple[float, ...] = VECTOR.parse(value)
    if not any(vector):
        raise InputError("[0, 0, 0] is not a direction", "write three numbers that are not all 0, such as [0, 0, 1]")
    return vector


def _place(value: Any) -> tuple[float, ...] | str:
    if isinstance(value, list | tuple):
        point: tuple[float, ...] = VECTOR.parse(value)
        return point
    if isinstance(value, str) and value:
        return value
    raise InputError(f"{value!r} is neither a point nor a name", f"write {_PLACE}")


DIRECTION = Value(VECTOR.right, _direction, VECTOR.schema)
EASE = choice(*EASINGS, noun="easing")
INTERPOLATION = choice("smooth", "linear", "hold", noun="interpolation")
PLACE = Value(_PLACE, _place, {"anyOf": [VECTOR.schema, {"type": "string"}]}, mix=None)


class _MovingPlace(Moving):
    """A point that may move, or the name of a data set."""

    def parse(self, written: Any) -> Any:
        """The point, a Track of points, or the name."""
        return super().parse(written) if isinstance(written, dict | Track) else _place(written)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [super().__get_pydantic_json_schema__(schema, handler), {"type": "string"}]}


class Keyframe(Kind):
    """Where the camera is at a time.

    Attributes:
        time: seconds of the movie.
        position: where the camera is.
        target: the point that it looks at, or the name of a data set (its centre).
        up: the vertical here, if not the camera's.
        fov: full vertical angle of view, degrees. Keyframes without one are passed over.
        roll: degrees by which the camera is turned clockwise, so that the horizon tips counter-clockwise. Keyframes
            without one are passed over.
        ease: easing of the segment from here to the next keyframe.
    """

    time: Annotated[float, NUMBER]
    position: Annotated[Any, VECTOR]
    target: Annotated[Any, PLACE]
    up: Annotated[Any, optional(DIRECTION)] = None
    fov: Annotated[float | None, optional(ANGLE_OF_VIEW)] = None
    roll: Annotated[float | None, optional(NUMBER)] = None
    ease: Annotated[str | None, optional(EASE)] = None

    @model_validator(mode="after")
    def _looks_somewhere(self) -> Keyframe:
        if self.position == self.target:
            raise InputError(
                "the camera looks at the point where it is", "move its position or its target", ("target",)
            )
        return self


class OrbitSettings(Kind):
    """A camera that circles a point and looks at it, counter-clockwise as seen from the tip of `up`.

    With `up` along z, azimuth 0 is on +x and azimuth 90 on +y. For another `up`, all that is turned by the smallest
    rotation that takes z there. Elevation may reach 90 degrees and pass beyond: the camera then flies on over the top,
    upside down.

    Attributes:
        center: the point, or the name of a data set (its centre).
        radius: distance from it, scene units.
        elevation: degrees above the horizontal plane through it.
        azimuth: degrees around it; moves linearly unless told otherwise.
    """

    center: Annotated[Any, _MovingPlace(VECTOR)] = (0.0, 0.0, 0.0)
    radius: Positive
    elevation: Number = 0.0
    azimuth: LinearNumber = 0.0


class CameraSettings(Kind):
    """The camera of a scene. Exactly one of `keyframes` and `orbit` is given.

    Attributes:
        up: the vertical of the scene.
        interpolation: how the camera gets from keyframe to keyframe.
        keyframes: in ascending order of time.
        orbit: a circle instead.
        fov: full vertical angle of view, degrees, if no keyframe gives one.
        roll: degrees clockwise, if no keyframe gives one.
    """

    up: Annotated[Any, Moving(DIRECTION)] = (0.0, 0.0, 1.0)
    interpolation: Annotated[str, INTERPOLATION] = "smooth"
    keyframes: tuple[Keyframe, ...] | None = None
    orbit: OrbitSettings | None = None
    fov: FieldOfView = 40.0
    roll: Number = 0.0

    @field_validator("keyframes", mode="before")
    @classmethod
    def _list_of_keyframes(cls, written: Any) -> Any:
        if written is not None and not isinstance(written, list | tuple):
            raise InputError(
                "the keyframes are not a list", "write `keyframes: [{time: 0, position: [..], target: [..]}]`"
            )
        return written

    @field_validator("up")
    @classmethod
    def _up_never_vanishes(cls, up: Any) -> Any:
        if isinstance(up, Track) and up.ease != "hold":
            for time, before, after in zip(up.times[1:], up.values, up.values[1:], strict=False):
                if float(unit(before) @ unit(after)) < -1 + 1e-9:
                    raise InputError(
                        "up turns to its opposite, and the way round is not known",
                        "write a key between the two",
                        (int(time) if time.is_integer() else str(time),),
                    )
        return up

    @model_validator(mode="after")
    def _one_path(self) -> CameraSettings:
        if self.keyframes and self.orbit:
            raise InputError("the camera has both keyframes and an orbit", "keep one of the two", ("orbit",))
        if not self.keyframes and not self.orbit:
            raise InputError(
                "the camera has no keyframes",
                f"give {_KEYFRAMES} or an `orbit`",
                ("keyframes",) if self.keyframes is not None else (),
            )
        errors = []
        for i, (before, after) in enumerate(pairwise(self.keyframes or ()), start=1):
            where = ("keyframes", i, "time")
            if after.time == before.time:
                hint = "give each its own time; to jump, write `ease: hold` at the keyframe before"
                errors.append(InputError(f"there are two keyframes at {after.time:g} s", hint, where))
            if after.time < before.time:
                what = f"a keyframe at {after.time:g} s comes after one at {before.time:g} s"
                errors.append(InputError(what, "write the keyframes in ascending order of time", where))
        if errors:
            raise InputErrors(errors)
        return self

    def targets(self) -> tuple[tuple[Location, str], ...]:
        """The names of data sets that the camera looks at, each with its place inside the camera's mapping."""
        places: list[tuple[Location, Any]] = [
            (("keyframes", i, "target"), keyframe.target) for i, keyframe in enumerate(self.keyframes or ())
        ]
        if self.orbit:
            places.append((("orbit", "center"), self.orbit.center))
        return tuple((where, place) for where, place in places if isinstance(place, str))
