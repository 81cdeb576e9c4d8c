"""What may be written for glare, exposure and tone, and what follows from it."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.prepare import check_glare
from moviemaker.scene.model import Header, Output
from moviemaker.timeline.tracks import freeze


def header(**keys: object) -> Header:
    return build(Header, {"duration": 1, **keys})


def test_nothing_is_changed_unless_it_is_asked_for() -> None:
    assert header().printing.is_plain
    assert header().prints_plainly


def test_a_number_is_the_amount() -> None:
    printing = header(glare=0.2).printing
    assert (printing.glare, printing.width) == (0.2, math.radians(1))


def test_the_amount_may_move_in_both_spellings() -> None:
    for written in ({0: 0, 2: 0.5, "ease": "linear"}, {"amount": {0: 0, 2: 0.5, "ease": "linear"}}):
        moving = header(glare=written)
        assert freeze(moving, 1.0).printing.glare == 0.25
        assert freeze(moving, 0.0).printing.is_plain
        assert not moving.prints_plainly


def test_the_look_decides_what_the_scene_leaves_out() -> None:
    assert header(look="cinematic").printing.glare > 0
    assert header(look="cinematic", glare=0).printing.glare == 0
    assert header(look="studio").prints_plainly


def test_exposure_and_tone_count_without_glare() -> None:
    assert not header(exposure=2).prints_plainly
    assert header(tone="filmic").printing.filmic


@pytest.mark.parametrize(
    "written", [{"glare": 2}, {"glare": "much"}, {"glare": {"width": 90}}, {"glare": {"amout": 1}}, {"tone": "film"}]
)
def test_mistakes_are_told(written: dict[str, object]) -> None:
    with pytest.raises((InputErrors, ValidationError)):
        header(**written)


def test_a_lens_that_does_not_know_directions_is_refused() -> None:
    class Blind:
        lens, can_glow = "blind", False

    output = Output("main", (64, 32), Blind(), None, None)
    check_glare(output, header())
    check_glare(output, None)
    with pytest.raises(InputError, match="write glare: 0"):
        check_glare(output, header(glare={0: 0, 1: 0.2}))
