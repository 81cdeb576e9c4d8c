"""Sorts of values in a scene file.

A `Value` parses a value that came out of YAML, says in plain words what would be right if it is wrong, and describes
itself to JSON Schema. Put it into a pydantic field as `Annotated[float, NUMBER]`. Neither text nor a boolean is taken
for a number.
"""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from moviemaker.core.colors import mix_colors, parse_color
from moviemaker.core.errors import InputError, show, suggest

JsonSchema = dict[str, Any]
"""A JSON Schema, or a part of one."""

Mix = Callable[[Any, Any, float], Any]
"""A function that gives the value a fraction of the way from one value to another of the same sort."""


def mix_numbers(a: Any, b: Any, fraction: float) -> Any:
    """The value between two numbers, or between two (nested) tuples of numbers, component by component."""
    if isinstance(a, tuple):
        return tuple(mix_numbers(x, y, fraction) for x, y in zip(a, b, strict=True))
    return a + (b - a) * fraction


class Parser(ABC):
    """Parses the value of a pydantic field: `Annotated[TYPE, PARSER]`, where TYPE is what `parse` returns."""

    @property
    @abstractmethod
    def right(self) -> str:
        """What a right value is, to end the sentence "; write ..."."""

    @abstractmethod
    def parse(self, written: Any) -> Any:
        """The value of the field.

        Raises:
            InputError: what was written is not right.
        """

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """The JSON Schema of what may be written."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        return self.json_schema()


@dataclass(frozen=True, eq=False)
class Value:
    """One sort of value.

    Attributes:
        right: what a right value is, to end the sentence "; write ...".
        parse: turns what YAML gave into the value, or raises InputError.
        schema: JSON Schema of it.
        mix: the value a fraction of the way from one to another, for values that move; None if they cannot.
    """

    right: str
    parse: Callable[[Any], Any]
    schema: JsonSchema
    mix: Mix | None = mix_numbers

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        return dict(self.schema)


def _number(right: str, low: float = -math.inf, high: float = math.inf, open_low: bool = False) -> Value:
    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{show(value)} is not a number", f"write {right}")
        if not abs(value) <= sys.float_info.max:  # infinite, NaN, or a whole number too large for a float
            raise InputError(f"{show(value)} is not a finite number", f"write {right}")
        if not low <= value <= high or (open_low and value == low):
            raise InputError(f"{value:g} is out of range", f"write {right}")
        return float(value)

    schema: JsonSchema = {"type": "number"}
    if math.isfinite(low):
        schema["exclusiveMinimum" if open_low else "minimum"] = low
    if math.isfinite(high):
        schema["maximum"] = high
    return Value(right, parse, schema)


def number_between(low: float, high: float, right: str) -> Value:
    """A number from one to another."""
    return _number(right, low, high)


def whole_number(right: str, low: int, high: int = sys.maxsize) -> Value:
    """A whole number in a range; 4.0 is one too."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise InputError(f"{show(value)} is not a whole number", f"write {right}")
        if value != int(value):
            raise InputError(f"{show(value)} is not a whole number", f"write {right}")
        if not low <= value <= high:
            raise InputError(f"{value:g} is out of range", f"write {right}")
        return int(value)

    schema = {"type": "integer", "minimum": low}
    return Value(right, parse, schema if high == sys.maxsize else schema | {"maximum": high}, mix=None)


def list_of(item: Value, right: str, lengths: tuple[int, ...] = ()) -> Value:
    """A list of values of one sort, kept as a tuple: of one of the given lengths, or of any length above 0."""

    def parse(value: object) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise InputError(f"{show(value)} is not a list", f"write {right}")
        if not value or (lengths and len(value) not in lengths):
            raise InputError(f"a list of {len(value)} is not of the right length", f"write {right}")
        return tuple(_parse_at(item, element, index) for index, element in enumerate(value))

    schema: JsonSchema = {"type": "array", "items": item.schema, "minItems": min(lengths, default=1)}
    if lengths:
        schema["maxItems"] = max(lengths)
    return Value(right, parse, schema)


def optional(value: Value) -> Value:
    """The same sort of value, or None, for a key that may be left out."""

    def parse(written: object) -> object:
        return None if written is None else value.parse(written)

    return Value(value.right, parse, {"anyOf": [value.schema, {"type": "null"}]}, value.mix)


def choice(*names: str, noun: str) -> Value:
    """One of a few names."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise InputError(f"no such {noun} {show(value)}", suggest(str(value), names, noun))
        return value

    return Value(f"one of {', '.join(names)}", parse, {"enum": list(names)}, mix=None)


def one_of(*choices: Value, right: str) -> Value:
    """The first of several sorts that fits."""

    def parse(value: object) -> object:
        for choice in choices:
            try:
                return choice.parse(value)
            except InputError:
                continue
        raise InputError(f"{show(value)} is not right here", f"write {right}")

    return Value(right, parse, {"anyOf": [choice.schema for choice in choices]}, mix=None)


def _parse_at(item: Value, element: object, index: int) -> object:
    try:
        return item.parse(element)
    except InputError as error:
        raise InputError(error.what, error.instead, (index, *error.at)) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"{show(value)} is not text", "write text, in quotes if it looks like something else")
    if "\0" in value:  # neither files nor other programs can be given it
        raise InputError(f"{show(value)} holds the character '\\0'", "write it without")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{show(value)} is neither true nor false", "write true or false (yes and no are text)")
    return value


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


NUMBER = _number("a number")
POSITIVE = _number("a number above 0", low=0, open_low=True)
NOT_NEGATIVE = _number("a number from 0 up", low=0)
FRACTION = _number("a number from 0 to 1", low=0, high=1)
SIGNED_FRACTION = _number("a number from -1 to 1", low=-1, high=1)
ANGLE_OF_VIEW = _number("degrees between 0 and 179", low=0, high=179, open_low=True)
COUNT = whole_number("a whole number from 1 up", low=1)
VECTOR = list_of(NUMBER, "three numbers: [x, y, z]", (3,))
NUMBERS = list_of(NUMBER, "a list of numbers: [a, b, ...]")
INTERVAL = list_of(NUMBER, "two numbers: [low, high]", (2,))
BOX = list_of(INTERVAL, "three pairs: [[x0, x1], [y0, y1], [z0, z1]]", (3,))
PAIRS = list_of(INTERVAL, "a list of pairs: [[value, opacity], ...]")
SIZE = list_of(COUNT, "two whole numbers: [width, height]", (2,))
_EVERY_ALONG = list_of(COUNT, "three whole numbers: [8, 8, 1]", (3,))
EVERY = Value(
    "a whole number n, to take every n-th; for a grid also three, along x, y and z: [8, 8, 1]",
    lambda written: _EVERY_ALONG.parse(written) if isinstance(written, list | tuple) else COUNT.parse(written),
    {"anyOf": [COUNT.schema, _EVERY_ALONG.schema]},
    mix=None,
)
TEXT = Value("text", _text, {"type": "string"}, mix=None)
DATA_NAME = Value("the name of a data set", _text, {"type": "string"}, mix=None)
TRUTH = Value("true or false", _truth, {"type": "boolean"}, mix=None)
COLOR = Value(
    "a CSS colour name, '#rrggbb' or [r, g, b] in 0..1",
    parse_color,
    {"anyOf": [{"type": "string"}, {"type": "array", "items": FRACTION.schema, "minItems": 3, "maxItems": 3}]},
    mix=mix_colors,
)
