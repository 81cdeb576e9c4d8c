"""The time in the movie at which a data time is shown."""

import numpy as np
import pytest

from moviemaker.timeline.clock import seconds_of
from moviemaker.timeline.tracks import LINEAR_NUMBER


def seconds(clock, *times, duration=10.0):
    track = LINEAR_NUMBER.parse(clock)
    return seconds_of(track.at, duration)(np.array(times, float))


def test_the_inverse_of_the_clock():
    clock = {0: 100, 5: 200, 10: 700}
    np.testing.assert_allclose(seconds(clock, 100, 150, 200, 450, 700), [0, 2.5, 5, 7.5, 10], atol=1e-2)


def test_the_inverse_continues_linearly_outside_the_movie():
    np.testing.assert_allclose(seconds({0: 100, 10: 300}, 60, 360), [-2, 13])


def test_a_clock_that_runs_backwards():
    np.testing.assert_allclose(seconds({0: 300, 10: 100}, 300, 200, 100, 340), [0, 5, 10, -2], atol=1e-9)


def test_a_clock_that_stands_for_a_while():
    found = seconds({0: 0, 2: 20, 8: 20, 10: 40}, 10, 19.9, 20.1, 30)
    np.testing.assert_allclose(found, [1, 1.99, 8.01, 9], atol=1e-2)


@pytest.mark.parametrize(("clock", "right"), [({0: 0, 5: 50, 10: 0}, 2.0), ({0: 7, 10: 7}, 20.0)])
def test_clocks_without_an_inverse(clock, right):
    found = seconds(clock, 10, 30)
    assert found[1] - found[0] == pytest.approx(right, rel=1e-2)
