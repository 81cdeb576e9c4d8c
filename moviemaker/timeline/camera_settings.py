"""The models behind `camera:` in a scene file."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import field_validator, model_validator

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.kinds import Kind
from moviemaker.core.values import ANGLE_OF_VIEW, NUMBER, VECTOR, JsonSchema, Value, choice, optional
from moviemaker.timeline.easing import EASINGS
from moviemaker.timeline.orientation import unit
from moviemaker.timeline.tracks import FieldOfView, LinearNumber, Moving, Number, Positive, Track

_KEYFRAMES = "`keyframes: [{time: 0, position: [..], target: [..]}]`"
_PLACE = "three numbers [x, y, z] or the name of a data set"


Point = tuple[float, float, float]


def _direction(value: object) -> Point:
    vector: Point = VECTOR.parse(value)
    if not any(vector):
        raise InputError("[0, 0, 0] is not a direction", "write three numbers that are not all 0, such as [0, 0, 1]")
    return vector


def _place(value: object) -> Point | str:
    if isinstance(value, list | tuple):
        point: Point = VECTOR.parse(value)
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

    @property
    def right(self) -> str:
        """What a right value is at one moment."""
        return _PLACE

    def parse(self, written: object) -> Point | Track | str:
        """The point, a Track of points, or the name."""
        place: Point | Track | str = super().parse(written) if isinstance(written, dict | Track) else _place(written)
        return place

    def json_schema(self) -> JsonSchema:
        """A point, a mapping from seconds to points, or a name."""
        return {"anyOf": [super().json_schema(), {"type": "string"}]}


class Keyframe(Kind):
    """The camera at one time."""

    time: Annotated[float, NUMBER]
    """Time of the keyframe in seconds of the movie."""

    position: Annotated[Point, VECTOR]
    """Position of the camera, scene units."""

    target: Annotated[Point | str, PLACE]
    """The point that the camera looks at, or the name of a data set, whose centre it then follows."""

    up: Annotated[Point | None, optional(DIRECTION)] = None
    """The vertical at this keyframe. Default: `up` of the camera."""

    fov: Annotated[float | None, optional(ANGLE_OF_VIEW)] = None
    """Full vertical angle of view, degrees. Keyframes without one are skipped in its interpolation."""

    roll: Annotated[float | None, optional(NUMBER)] = None
    """Degrees by which the camera is turned clockwise, so that the horizon tips counter-clockwise. Keyframes without
    one are skipped in its interpolation."""

    ease: Annotated[str | None, optional(EASE)] = None
    """Easing from here to the next keyframe: `linear`, `smooth`, `in`, `out`, or `hold`, which cuts there. Default: the
    camera passes smoothly."""

    @model_validator(mode="after")
    def _looks_somewhere(self) -> Keyframe:
        if self.position == self.target:
            raise InputError(
                "the camera looks at the point where it is", "move its position or its target", ("target",)
            )
        return self


class OrbitSettings(Kind):
    """A camera that circles a point and looks at it, counter-clockwise as seen from the tip of `up`.

    With `up` along z, azimuth 0 is on +x and azimuth 90 on +y. For another `up`, the whole orbit is turned by the
    smallest rotation that takes z there. Elevation may pass 90 degrees: the camera then flies over the top, upside
    down.
    """

    center: Annotated[Point | str, _MovingPlace(VECTOR)] = (0.0, 0.0, 0.0)
    """The point that the camera circles and looks at, or the name of a data set, whose centre it then follows. Default:
    the origin."""

    radius: Positive
    """Distance of the camera from the centre, scene units."""

    elevation: Number = 0.0
    """Degrees above the horizontal plane through the centre. Default: 0."""

    azimuth: LinearNumber = 0.0
    """Degrees around the centre: `{0: 0, 12: 360}` goes round once. It moves linearly by default. Default: 0."""


class CameraSettings(Kind):
    """The camera of a scene. Exactly one of `keyframes` and `orbit` is given."""

    up: Annotated[Point, Moving(DIRECTION)] = (0.0, 0.0, 1.0)
    """The vertical of the scene, a vector of any length. Default: z."""

    interpolation: Annotated[str, INTERPOLATION] = "smooth"
    """Path between keyframes: `smooth` (default), a spline without overshoot; `linear`; or `hold`, which cuts."""

    keyframes: tuple[Keyframe, ...] | None = None
    """A list of positions and targets in ascending order of time:
    `[{time: 0, position: [60, 0, 20], target: [0, 0, 0]}, ...]`."""

    orbit: OrbitSettings | None = None
    """A circle around a point instead of keyframes: `{center: stream, radius: 60, azimuth: {0: 0, 12: 360}}`."""

    fov: FieldOfView = 40.0
    """Full vertical angle of view, degrees, if no keyframe gives one. Default: 40."""

    roll: Number = 0.0
    """Degrees by which the camera is turned clockwise, if no keyframe gives one. Default: 0."""

    @field_validator("keyframes", mode="before")
    @classmethod
    def _list_of_keyframes(cls, written: object) -> object:
        if written is not None and not isinstance(written, list | tuple):
            raise InputError(
                "the keyframes are not a list", "write `keyframes: [{time: 0, position: [..], target: [..]}]`"
            )
        return written

    @field_validator("up")
    @classmethod
    def _up_never_vanishes(cls, up: Point | Track) -> Point | Track:
        if isinstance(up, Track) and up.ease != "hold":
            for time, before, after in zip(up.times[1:], up.values, up.values[1:], strict=False):
                if float(unit(before) @ unit(after)) < -1 + 1e-9:
                    raise InputError(
                        "up turns to its opposite, and the direction of the turn is not known",
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
        places: list[tuple[Location, Point | str]] = [
            (("keyframes", i, "target"), keyframe.target) for i, keyframe in enumerate(self.keyframes or ())
        ]
        if self.orbit:
            places.append((("orbit", "center"), self.orbit.center))
        return tuple((where, place) for where, place in places if isinstance(place, str))
