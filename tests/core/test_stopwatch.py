"""A stopwatch: parts inside others count for themselves."""

from __future__ import annotations

import pytest

from moviemaker.core.machine.stopwatch import Stopwatch


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def pass_and_fail(self, seconds):
        self.now += seconds
        raise ValueError("broken")


def test_a_part_inside_another_counts_for_itself_only():
    clock = Clock()
    watch = Stopwatch(clock)
    with watch.part("draw"):
        clock.now += 2
        with watch.part("read"):
            clock.now += 3
            with watch.part("read"):
                clock.now += 1
        clock.now += 5
    clock.now += 50  # outside of all parts
    with watch.part("write"):
        clock.now += 4
    assert watch.take() == {"draw": 7, "read": 4, "write": 4}
    assert watch.take() == {}


def test_a_part_that_fails_counts_too():
    clock = Clock()
    watch = Stopwatch(clock)
    with pytest.raises(ValueError, match="broken"), watch.part("draw"), watch.part("read"):
        clock.pass_and_fail(1)
    with watch.part("draw"):
        clock.now += 2
    assert watch.take() == {"draw": 2, "read": 1}


def test_what_is_taken_inside_a_part_is_not_counted_again():
    clock = Clock()
    watch = Stopwatch(clock)
    with watch.part("draw"):
        clock.now += 1
        assert watch.take() == {"draw": 1}
        clock.now += 2
    assert watch.take() == {"draw": 2}
