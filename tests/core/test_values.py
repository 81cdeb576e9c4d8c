from typing import Annotated

import pytest

from moviemaker.core import values
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind


@pytest.mark.parametrize(
    ("value", "written", "parsed"),
    [
        (values.NUMBER, 3, 3.0),
        (values.POSITIVE, 0.5, 0.5),
        (values.NOT_NEGATIVE, 0, 0.0),
        (values.FRACTION, 1, 1.0),
        (values.ANGLE_OF_VIEW, 179, 179.0),
        (values.COUNT, 4.0, 4),
        (values.VECTOR, [1, 2, 3], (1.0, 2.0, 3.0)),
        (values.NUMBERS, [1], (1.0,)),
        (values.BOX, [[0, 1], [2, 3], [4, 5]], ((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))),
        (values.SIZE, [1920, 1080], (1920, 1080)),
        (values.TEXT, "no", "no"),
        (values.TRUTH, False, False),
        (values.COLOR, "white", (1.0, 1.0, 1.0)),
    ],
)
def test_valid_values(value, written, parsed):
    assert value.parse(written) == parsed
    assert type(value.parse(written)) is type(parsed)


@pytest.mark.parametrize(
    ("value", "written", "message", "at"),
    [
        (values.NUMBER, "3", "'3' is not a number; write a number", ()),
        (values.NUMBER, True, "true is not a number; write a number", ()),
        (values.NUMBER, None, "nothing (null) is not a number; write a number", ()),
        (values.NUMBER, {"a": 1}, "a mapping is not a number; write a number", ()),
        (values.NUMBER, float("nan"), "nan is not a finite number; write a number", ()),
        (values.POSITIVE, 0, "0 is out of range; write a number above 0", ()),
        (values.NOT_NEGATIVE, -1, "-1 is out of range; write a number from 0 up", ()),
        (values.FRACTION, 1.5, "1.5 is out of range; write a number from 0 to 1", ()),
        (values.ANGLE_OF_VIEW, 180, "180 is out of range; write degrees between 0 and 179", ()),
        (values.COUNT, 1.5, "1.5 is not a whole number; write a whole number from 1 up", ()),
        (values.COUNT, 0, "0 is out of range; write a whole number from 1 up", ()),
        (values.VECTOR, 3, "3 is not a list; write three numbers: [x, y, z]", ()),
        (values.VECTOR, [1, 2], "a list of 2 is not of the right length; write three numbers: [x, y, z]", ()),
        (values.VECTOR, [1, "b", 3], "'b' is not a number; write a number", (1,)),
        (values.NUMBERS, [], "a list of 0 is not of the right length; write a list of numbers: [a, b, ...]", ()),
        (values.BOX, [[0, 1], [0, 1], [0, "x"]], "'x' is not a number; write a number", (2, 1)),
        (values.TEXT, 5, "5 is not text; write text, in quotes if it looks like something else", ()),
        (values.TRUTH, "no", "'no' is neither true nor false; write true or false (yes and no are text)", ()),
        (values.TEXT, list(range(99)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11... is not text; write text", ()),
    ],
)
def test_invalid_values(value, written, message, at):
    with pytest.raises(InputError) as raised:
        value.parse(written)
    assert str(raised.value).startswith(message)
    assert raised.value.at == at


def test_the_first_matching_type_is_used():
    both = values.one_of(values.NUMBER, values.TEXT, right="a number or text")
    assert both.parse(1) == 1.0
    assert both.parse("a") == "a"
    with pytest.raises(InputError, match=r"\[\] is not right here; write a number or text"):
        both.parse([])


def test_optional_values():
    maybe = values.optional(values.POSITIVE)
    assert maybe.parse(None) is None
    assert maybe.parse(2) == 2.0
    with pytest.raises(InputError, match="out of range"):
        maybe.parse(-2)


def test_a_choice_of_names():
    shape = values.choice("sphere", "cube", noun="shape")
    assert shape.parse("cube") == "cube"
    with pytest.raises(InputError, match="no such shape 'sfere'; did you mean 'sphere'"):
        shape.parse("sfere")


def test_mixing_is_per_component_and_as_deep_as_the_value():
    assert values.mix_numbers(((0.0, 2.0), (4.0,)), ((1.0, 2.0), (8.0,)), 0.5) == ((0.5, 2.0), (6.0,))


def test_a_model_reports_the_allowed_values_of_its_fields():
    class Thing(Kind):
        size: Annotated[tuple[int, int], values.SIZE]
        name: Annotated[str, values.TEXT] = "x"

    assert Thing.model_json_schema()["properties"]["size"]["items"] == {"type": "integer", "minimum": 1}
    assert Thing(size=[1, 2]).size == (1, 2)
