"""Rotations as a scene gives them: an axis and an angle, Euler angles, a quaternion, several of them, or keyframes.

Quaternions are (w, x, y, z), of length 1. Between keyframes a rotation goes the short way, evenly in angle (K.
Shoemake, "Animating rotation with quaternion curves", Proc. SIGGRAPH 1985).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

import numpy as np

from moviemaker.core.errors import InputError, InputErrors, collecting, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import NUMBER, JsonSchema, Parser, Value, list_of
from moviemaker.timeline.easing import EASINGS
from moviemaker.timeline.tracks import SECONDS, LinearNumber, Moving, Track, parse_track

Quaternion = tuple[float, float, float, float]

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_NUMBERS = list_of(NUMBER, "three or four numbers", (3, 4))
_AXIS_RIGHT = "x, y, z, or three numbers that are not all 0: [0, 0, 1]"
_HALF = 180.0


def _parse_axis(written: object) -> tuple[float, float, float]:
    if isinstance(written, str):
        name = written.strip().lower()
        if name.lstrip("+-") in AXES and len(name) <= 2:
            x, y, z = AXES[name[-1]]
            sign = -1.0 if name.startswith("-") else 1.0
            return sign * x, sign * y, sign * z
        raise InputError(f"no such axis {written!r}", f"write {_AXIS_RIGHT}")
    axis: tuple[float, float, float] = list_of(NUMBER, _AXIS_RIGHT, (3,)).parse(written)
    if not any(axis):
        raise InputError("an axis of no length points nowhere", f"write {_AXIS_RIGHT}")
    return axis


_AXIS_SCHEMA: JsonSchema = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": NUMBER.schema, "minItems": 3, "maxItems": 3}]
}
AXIS = Value(_AXIS_RIGHT, _parse_axis, _AXIS_SCHEMA)


class AxisAngle(Kind):
    """A rotation about an axis, counter-clockwise as seen from the axis's tip."""

    axis: Annotated[tuple[float, float, float], Moving(AXIS)] = (0.0, 0.0, 1.0)
    """Axis of the rotation: `x`, `y`, `z` or a vector. Default: z."""

    angle: LinearNumber
    """Degrees. `{0: 0, 10: 720}` turns twice in ten seconds, evenly unless `ease` says otherwise."""

    @property
    def quaternion(self) -> Quaternion:
        """The rotation of a frozen model."""
        return about(self.axis, self.angle)


def about(axis: tuple[float, float, float], angle: float) -> Quaternion:
    """The quaternion of a rotation about an axis of any length above 0 by an angle in degrees."""
    half = math.radians(math.fmod(angle, 720.0) / 2)
    length = math.hypot(*axis)
    sine = math.sin(half) / length
    return math.cos(half), sine * axis[0], sine * axis[1], sine * axis[2]


def product(second: Quaternion, first: Quaternion) -> Quaternion:
    """The rotation `first`, followed by `second`."""
    a, b, c, d = second
    e, f, g, h = first
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )


def matrix_of(quaternion: Quaternion) -> np.ndarray:
    """The matrix (3, 3) of a rotation. Numbers that differ from 0, 1 or -1 by rounding alone are made exact.

    A quarter turn then takes axes onto axes, and a grid that is turned by it has the same samples at the same places.
    """
    w, x, y, z = quaternion
    matrix = np.array(
        [
            (w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)),
            (2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)),
            (2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z),
        ]
    )
    nearest = np.rint(matrix)
    exact: np.ndarray = np.where(np.abs(matrix - nearest) < 1e-15, nearest, matrix)
    return exact


def slerp(start: Quaternion, end: Quaternion, fraction: float) -> Quaternion:
    """The rotation a fraction of the short way from one to another."""
    a, b = np.array(start), np.array(end)
    if a @ b < 0:
        b = -b
    angle = 2 * math.atan2(float(np.linalg.norm(a - b)), float(np.linalg.norm(a + b)))
    if angle < 1e-9:
        mixed = a + (b - a) * fraction
    else:
        mixed = a * math.sin((1 - fraction) * angle) + b * math.sin(fraction * angle)
    w, x, y, z = (mixed / np.linalg.norm(mixed)).tolist()
    return w, x, y, z


def euler(x: float, y: float, z: float) -> Quaternion:
    """Rotations about the x, then the y, then the z axis of space, by degrees."""
    return product(about(AXES["z"], z), product(about(AXES["y"], y), about(AXES["x"], x)))


def _at_rest(written: object) -> Quaternion:
    """A rotation that does not move.

    Raises:
        InputError: it does, or is not a rotation.
    """
    try:
        found = ROTATION.parse_one(written)
    except InputErrors as errors:
        raise errors.errors[0] from None
    steps = found if isinstance(found, tuple) else (found,)
    if any(
        isinstance(part, Track) for step in steps if isinstance(step, AxisAngle) for part in (step.axis, step.angle)
    ):
        what = "an angle that moves stands inside a rotation that moves"
        raise InputError(what, "write {axis: z, angle: {0: 0, 10: 360}}, or keyframes of rotations that do not")
    return rotation_at(found)


_KEY = Value("a rotation", _at_rest, {}, slerp)

Rotating = Quaternion | AxisAngle | tuple[AxisAngle, ...] | Track
"""A rotation as a model holds it: at rest, by an angle that may move, several in order, or keyframes."""


def rotation_at(frozen: Quaternion | AxisAngle | tuple[AxisAngle, ...]) -> Quaternion:
    """The rotation of a frozen value."""
    if isinstance(frozen, AxisAngle):
        return frozen.quaternion
    whole: Quaternion = (1.0, 0.0, 0.0, 0.0)
    for step in frozen:
        if not isinstance(step, AxisAngle):
            w, x, y, z = frozen  # numbers: it is a quaternion
            return w, x, y, z  # type: ignore[return-value]
        whole = product(step.quaternion, whole)
    return whole


class Rotation(Parser):
    """A rotation as a scene gives it."""

    right = (
        "{axis: z, angle: 90}, degrees about x, y and z such as [0, 0, 90], a quaternion [w, x, y, z], "
        "a list of {axis, angle} in order, or a mapping from seconds to rotations"
    )

    def parse(self, written: object) -> Rotating | None:
        """The rotation; None for a key that is left out."""
        if written is None or isinstance(written, Track):
            return written
        if isinstance(written, Mapping) and not set(written) & set(AxisAngle.model_fields):
            if not written or any(isinstance(key, str) and key != "ease" for key in written):
                return build(AxisAngle, dict(written))  # which names the keys that are unknown
            self._check_turns(written)
            return parse_track(written, _KEY)
        return self.parse_one(written)

    def parse_one(self, written: object) -> Quaternion | AxisAngle | tuple[AxisAngle, ...]:
        """A rotation without keyframes of rotations.

        Raises:
            InputError: it is not one.
        """
        if isinstance(written, AxisAngle):
            return written
        if isinstance(written, dict):
            return build(AxisAngle, written)
        if not isinstance(written, list | tuple) or not written:
            raise InputError(f"{show(written)} is not a rotation", f"write {self.right}")
        if any(isinstance(item, dict | AxisAngle) for item in written):
            return self._steps(written)
        if len(written) not in (3, 4):
            what = f"a list of {len(written)} numbers is not a rotation"
            raise InputError(what, f"write {self.right}")
        numbers = _NUMBERS.parse(written)
        if len(numbers) == 3:
            return euler(*numbers)
        length = math.hypot(*numbers)
        if length == 0:
            raise InputError("a quaternion of zeros is not a rotation", "write [1, 0, 0, 0] for none")
        w, x, y, z = (number / length for number in numbers)
        return w, x, y, z

    def _steps(self, written: list[object] | tuple[object, ...]) -> tuple[AxisAngle, ...]:
        steps: list[AxisAngle] = []
        errors: list[InputError] = []
        for index, one in enumerate(written):

            def note(error: InputError, index: int = index) -> None:
                errors.append(InputError(error.what, error.instead, (index, *error.at)))

            with collecting(note):
                steps.append(one if isinstance(one, AxisAngle) else build(AxisAngle, one))
        if errors:
            raise InputErrors(errors)
        return tuple(steps)

    @staticmethod
    def _check_turns(written: Mapping[object, object]) -> None:
        """Refuses Euler angles whose author expects more than half a turn from one key to the next.

        Raises:
            InputError: at the second key.
        """
        before: list[float] | None = None
        for time, key in written.items():
            angles = None
            if isinstance(key, list | tuple) and len(key) == 3 and all(isinstance(part, int | float) for part in key):
                angles = [float(part) for part in key]
            if isinstance(key, dict) and isinstance(key.get("angle"), int | float):
                angles = [float(key["angle"])]
            if angles and before and len(angles) == len(before):
                turn = max(abs(b - a) for a, b in zip(before, angles, strict=True))
                if turn > _HALF:
                    what = f"from one key to the next it turns by {turn:g} degrees, and rotations go the short way"
                    right = f"write {{axis: z, angle: {{0: 0, 10: {turn:g}}}}}, which turns that far"
                    raise InputError(what, right, (time,))  # type: ignore[arg-type]
            before = angles

    def json_schema(self) -> JsonSchema:
        """A rotation, or a mapping from seconds to rotations."""
        numbers = {"type": "array", "items": NUMBER.schema, "minItems": 3, "maxItems": 4}
        one = AxisAngle.model_json_schema()
        several = {"type": "array", "items": one, "minItems": 1}
        keys = {
            "type": "object",
            "properties": {
                "ease": {"enum": sorted(EASINGS), "description": "How the rotation moves between two keys."}
            },
            "patternProperties": {SECONDS: {"anyOf": [numbers, one, several]}},
            "additionalProperties": False,
        }
        return {"anyOf": [numbers, one, several, keys, {"type": "null"}]}


ROTATION = Rotation()
