import pickle
from typing import Any

import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind
from moviemaker.core.values import COLOR, NUMBER, NUMBERS, VECTOR
from moviemaker.timeline.tracks import Color, LinearNumber, Moving, Number, Positive, Track, Vector, freeze, parse_track


class Inner(Kind):
    size: Positive = 1.0
    name: str = "x"


class Outer(Kind):
    inner: Inner
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}  # noqa: RUF012 - a pydantic field
    place: Vector = (0, 0, 0)
    azimuth: LinearNumber = 0
    color: Color = "black"


def test_holds_before_the_first_key_and_after_the_last():
    track = parse_track({1: 10, 3: 20}, NUMBER)
    assert [track.at(t) for t in (-100, 1, 3, 100)] == [10, 10, 20, 20]


def test_a_single_key_holds():
    assert parse_track({5: 7}, NUMBER).at(0) == 7


def test_passes_its_keys_exactly():
    values = (0.1, 0.7, 0.3)
    track = parse_track(dict(zip((0, 0.1, 0.3), values, strict=True)), NUMBER)
    assert tuple(track.at(t) for t in (0, 0.1, 0.3)) == values


@pytest.mark.parametrize(
    ("ease", "quarter"), [("linear", 0.25), ("smooth", 0.15625), ("in", 0.0625), ("out", 0.4375), ("hold", 0)]
)
def test_between_keys_the_easing_counts(ease, quarter):
    assert parse_track({0: 0, 2: 1, "ease": ease}, NUMBER).at(0.5) == pytest.approx(quarter)


def test_the_default_easing_is_smooth():
    assert parse_track({0: 0, 1: 1}, NUMBER).ease == "smooth"
    assert Outer.model_validate({"inner": {}, "azimuth": {0: 0, 4: 360}}).azimuth.at(1) == 90


def test_hold_jumps_at_the_next_key():
    track = parse_track({0: 1, 1: 2, 2: 3, "ease": "hold"}, NUMBER)
    assert [track.at(t) for t in (0.999, 1, 1.999, 2)] == [1, 2, 2, 3]


def test_vectors_move_per_component():
    assert parse_track({0: [0, 0, 8], 1: [2, 4, 8]}, VECTOR).at(0.5) == (1, 2, 8)


def test_colors_move_in_a_perceptual_space():
    middle = parse_track({0: "black", 1: "white"}, COLOR).at(0.5)
    assert middle == pytest.approx((0.3885,) * 3, abs=1e-3)  # L = 0.5 in Oklab: 0.5 ** 3 = 0.125 of the light


def test_tracks_are_values():
    a, b = parse_track({0: "red", 1: "blue"}, COLOR), parse_track({0: "red", 1: "blue"}, COLOR)
    assert a == b
    assert hash(a) == hash(b)
    assert pickle.loads(pickle.dumps(a)) == a


@pytest.mark.parametrize(
    ("written", "value", "what", "instead", "at"),
    [
        ({0: 1, "ease": "smoth"}, NUMBER, "no such easing 'smoth'", "did you mean 'smooth'?", ("ease",)),
        ({0: 1, "ease": 3}, NUMBER, "no such easing 3", "the easings are", ("ease",)),
        ({}, NUMBER, "no keys in time", "write a mapping from seconds to values", ()),
        ({"ease": "in"}, NUMBER, "no keys in time", "such as {0: ..., 2: ..., ease: smooth}", ()),
        ({"a": 1}, NUMBER, "'a' is not a time", "write a mapping from seconds", ("a",)),
        ({True: 1}, NUMBER, "True is not a time", "write a mapping from seconds", (True,)),
        ({float("inf"): 1}, NUMBER, "inf is not a time", "write a mapping from seconds", (float("inf"),)),
        ({2: 0, 1: 0}, NUMBER, "time 1 comes after 2", "write the times in ascending order", (1,)),
        ({0: 0, 1: "one"}, NUMBER, "'one' is not a number", "write a number", (1,)),
        ({0: [0, 0, 0], 1: [0, 0, "z"]}, VECTOR, "'z' is not a number", "write a number", (1, 2)),
        ({0: [1], 1: [1, 2]}, NUMBERS, "the values at the keys are lists of different lengths", "give every key", ()),
    ],
)
def test_mistakes_of_a_track(written, value, what, instead, at):
    with pytest.raises(InputError) as raised:
        parse_track(written, value)
    assert raised.value.what == what
    assert instead in raised.value.instead
    assert raised.value.at == at


def test_a_time_that_is_not_a_number_is_an_error():
    with pytest.raises(InputError, match="nan is not a time"):
        parse_track({0: 1, float("nan"): 2, 1: 3}, NUMBER)


def test_the_error_about_a_plain_value_mentions_keyframes():
    with pytest.raises(
        InputError, match="'x' is not a number; write a number, or a mapping from seconds to such values"
    ):
        Moving(NUMBER).parse("x")


def test_the_error_about_a_component_does_not():
    with pytest.raises(InputError, match=r"'z' is not a number; write a number$") as raised:
        Moving(VECTOR).parse([0, "z", 0])
    assert raised.value.at == (1,)


def test_null_is_valid_only_for_optional_fields():
    assert Moving(NUMBER, optional=True).parse(None) is None
    with pytest.raises(InputError, match="nothing"):
        Moving(NUMBER).parse(None)


def test_a_track_is_taken_as_it_is():
    track = parse_track({0: 1}, NUMBER)
    assert Moving(NUMBER).parse(track) is track


def test_freeze_reaches_every_depth():
    outer = Outer.model_validate(
        {
            "inner": {"size": {0: 1, 2: 3}},
            "many": [{"size": 5}, {"size": {0: 1, 2: 3}}],
            "named": {"a": {"size": {0: 1, 2: 3}}},
            "place": {0: [0, 0, 0], 2: [2, 2, 2]},
        }
    )
    still = freeze(outer, 1)
    assert still.inner.size == 2
    assert [inner.size for inner in still.many] == [5, 2]
    assert still.named["a"].size == 2
    assert still.place == (1, 1, 1)
    assert still.many[0] is outer.many[0]
    assert isinstance(outer.inner.size, Track)
    assert freeze(still, 5) is still


def test_constant_values_stay_the_same_object():
    outer = Outer.model_validate({"inner": {}, "many": [{}], "named": {"a": {}}})
    assert freeze(outer, 3) is outer


def test_models_with_tracks_pickle():
    outer = Outer.model_validate({"inner": {"size": {0: 1, 2: 3}}})
    assert pickle.loads(pickle.dumps(outer)) == outer


def test_the_schema_offers_the_plain_value_and_the_mapping():
    class Thing(Kind):
        size: Number

    schema: dict[str, Any] = Thing.model_json_schema()["properties"]["size"]
    plain, track = schema["anyOf"]
    assert plain == {"type": "number"}
    assert track["properties"]["ease"]["enum"] == ["hold", "in", "linear", "out", "smooth"]
