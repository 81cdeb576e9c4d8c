"""The key `times` of a scene: every time of a series, or the first one and the step from each to the next."""

from __future__ import annotations

from moviemaker.core.errors import InputError, show
from moviemaker.core.values import NUMBER, NUMBERS, POSITIVE, Value
from moviemaker.data.files.series import EvenTimes

_RIGHT = "a list of numbers: [0, 0.5, 2], or evenly spaced times: {first: 0, step: 0.5}"


def _parse(written: object) -> tuple[float, ...] | EvenTimes:
    if isinstance(written, EvenTimes):
        return written
    if not isinstance(written, dict):
        times: tuple[float, ...] = NUMBERS.parse(written)
        return times
    words = {"start": "first", "begin": "first", "t0": "first", "dt": "step", "delta": "step", "every": "step"}
    given = {words.get(key, key): value for key, value in written.items()}
    if "step" not in given or not given.keys() <= {"first", "step"}:
        keys = ", ".join(map(str, written)) or "nothing"
        raise InputError(f"evenly spaced times have a first one and a step, and {keys} is given", f"write {_RIGHT}")
    for key, value in given.items():
        if isinstance(value, str):
            raise InputError(f"{show(value)} is not a number", f"write {_RIGHT}", (str(key),))
    return EvenTimes(NUMBER.parse(given.get("first", 0)), POSITIVE.parse(given["step"]))


TIMES = Value(
    _RIGHT,
    _parse,
    {
        "anyOf": [
            NUMBERS.schema,
            {
                "type": "object",
                "properties": {
                    "first": NUMBER.schema | {"description": "Data time of the first snapshot. Default: 0."},
                    "step": POSITIVE.schema | {"description": "Data time from each snapshot to the next."},
                },
                "required": ["step"],
                "additionalProperties": False,
            },
        ]
    },
    mix=None,
)
"""Data times of the snapshots of a series."""
