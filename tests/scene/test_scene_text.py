"""Reading YAML 1.2, and the line numbers of values."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from moviemaker.core.errors import SceneError
from moviemaker.scene.text import MAX_DEPTH, MAX_VALUES, Document, parse_text


def read(text: str) -> Document:
    return parse_text(text, "s.yaml", Path())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        (".5", 0.5),
        ("-1.", -1.0),
        ("+12", 12),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("y", "y"),
        ("12:30:00", "12:30:00"),
        ("2001-12-14", "2001-12-14"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("0o9", "0o9"),
        ("1e", "1e"),
        ("<<", "<<"),
        ("=", "="),
        ("'1'", "1"),
        ('"no"', "no"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
        ("[1, [2, x]]", [1, [2, "x"]]),
        ("{a: 1, 2: b}", {"a": 1, 2: "b"}),
    ],
)
def test_plain_scalars_mean_what_yaml_1_2_says(written, meant):
    value = read(f"key: {written}").value["key"]
    assert value == meant
    assert type(value) is type(meant)


def test_nan_is_a_number():
    assert math.isnan(read("key: .nan").value["key"])


def test_aliases_stand_for_the_same_value():
    assert read("a: &x {b: [1]}\nc: *x").value == {"a": {"b": [1]}, "c": {"b": [1]}}


def test_every_value_knows_its_line():
    document = read("a: 1\nb:\n  - x\n  -\n    c: 2\n    0.5: [3,\n      4]\n")
    assert document.lines[("a",)] == 1
    assert document.lines[("b", 0)] == 3
    assert document.lines[("b", 1, "c")] == 5
    assert document.lines[("b", 1, 0.5)] == 6
    assert document.lines[("b", 1, 0.5, 1)] == 7
    assert document.line(("b", 1, "c", "not", "there")) == 5
    assert document.line(("nowhere",)) == 1


def test_the_line_of_a_mapping_entry_is_that_of_its_key():
    assert read("a:\n\n  b: 1\n").lines[("a",)] == 1


def test_byte_order_marks_and_windows_line_ends_are_accepted(tmp_path):
    from moviemaker.scene.text import read_document

    (tmp_path / "s.yaml").write_bytes("\ufefffps: 1\r\nduration: 2\r\n".encode())
    document = read_document(tmp_path / "s.yaml")
    assert document.value == {"fps": 1, "duration": 2}
    assert document.lines[("duration",)] == 2
    assert document.folder == tmp_path


def test_the_limits_are_wide_enough():
    assert len(read("a: [" + "1, " * (MAX_VALUES - 10) + "]").value["a"]) == MAX_VALUES - 10
    assert read("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)).value


def test_refused_values_do_not_stop_the_reading():
    document = read("a: 1\na: 2\nb: !!set {x}\nc: 3\n")
    assert document.value == {"a": 1, "b": None, "c": 3}
    assert [(problem.line, problem.where) for problem in document.problems] == [(2, ("a",)), (3, ("b",))]


def test_unreadable_text_is_an_error_with_its_line():
    with pytest.raises(SceneError) as raised:
        read("a: 1\nb: [1\n")
    assert raised.value.problems[0].line == 3
