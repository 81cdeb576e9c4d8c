import numpy as np
import pytest

from moviemaker.timeline.easing import EASINGS, END_SPEEDS

MOVING = sorted(set(EASINGS) - {"hold"})


@pytest.mark.parametrize("name", sorted(EASINGS))
def test_goes_from_0_to_1_and_never_back(name):
    values = np.array([EASINGS[name](x) for x in np.linspace(0, 1, 101)])
    assert values[0] == 0
    assert values[-1] == 1
    assert np.all(np.diff(values) >= 0)


def test_every_easing_has_its_end_speeds():
    assert END_SPEEDS.keys() == EASINGS.keys()


@pytest.mark.parametrize("name", sorted(EASINGS))
def test_end_speeds_are_the_slopes_at_the_ends(name):
    ease, h = EASINGS[name], 1e-7
    below_one = ease(1 - h) if name == "hold" else 1.0
    slopes = (ease(h) - ease(0)) / h, (below_one - ease(1 - 2 * h)) / (2 * h if name != "hold" else h)
    assert slopes == pytest.approx(END_SPEEDS[name], abs=1e-5)


@pytest.mark.parametrize("name", MOVING)
def test_every_easing_but_hold_is_the_cubic_of_its_end_speeds(name):
    start, end = END_SPEEDS[name]
    for x in np.linspace(0, 1, 11):
        cubic = start * x * (1 - x) ** 2 + x * x * (3 - 2 * x) - end * x * x * (1 - x)
        assert EASINGS[name](x) == pytest.approx(cubic, abs=1e-12)


def test_hold_jumps_at_the_end():
    assert EASINGS["hold"](np.nextafter(1, 0)) == 0
    assert EASINGS["hold"](1) == 1
