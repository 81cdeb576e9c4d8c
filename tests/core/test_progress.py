"""Progress reporters: what a log and a terminal show of a task."""

from __future__ import annotations

import io

import pytest

from moviemaker.core import progress
from moviemaker.core.progress import Bar, Lines


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when a test moves it: a list of one number."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def log():
    return io.StringIO()


def test_a_log_has_the_percentage_the_rate_and_the_time_left(clock, log):
    with Lines(log).task("hd: rendering", 40, "frame") as advance:
        for done in range(1, 41):
            clock[0] += 3
            advance(done)
    lines = log.getvalue().splitlines()
    assert len(lines) == 20
    assert lines[4] == "hd: rendering: 25% (10 of 40 frames, 0.3 frames/s, 2 min left)"
    assert lines[-1] == "hd: rendering: 100% (40 of 40 frames, 0.3 frames/s)"


def test_a_log_has_no_more_than_a_line_in_two_seconds(clock, log):
    with Lines(log).task("a", 40, "row") as advance:
        for done in range(1, 41):
            clock[0] += 0.25
            advance(done)
    assert [line.split()[1] for line in log.getvalue().splitlines()] == ["20%", "40%", "60%", "80%", "100%"]


def test_the_time_until_the_first_step_is_not_in_the_rate(clock, log):
    with Lines(log).task("hd: rendering", 20, "frame") as advance:
        clock[0] += 60  # workers start
        for done in range(1, 11):
            clock[0] += 2
            advance(done)
    assert log.getvalue().splitlines()[-1] == "hd: rendering: 50% (10 of 20 frames, 0.5 frames/s, 20 s left)"


def test_a_task_of_unknown_length(clock, log):
    with Lines(log).task("reading a.csv", None, "row") as advance:
        for done in (1000, 2000, 3000):
            clock[0] += 4
            advance(done)
    assert log.getvalue().splitlines()[-1] == "reading a.csv: 3000 rows (250 rows/s)"


def test_a_task_that_ends_early_is_not_mentioned(clock, log):
    for seconds, mentioned in ((0.5, False), (3.0, True)):
        with Lines(log).task("a", 2, "row", after=2.0) as advance:
            clock[0] += seconds
            advance(2)
        assert bool(log.getvalue()) is mentioned


def test_bars_lie_below_each_other_and_notes_above(capsys):
    bar = Bar()
    with bar.task("outer", 2, "frame") as advance:
        advance(1)
        bar.note("a [note]")
        with bar.task("inner", None, "row") as inner, bar.task("short", 9, "row", after=60) as short:
            inner(5)
            short(9)
        advance(2)
    with bar.task("next", 1, "frame") as advance:
        advance(1)
    said = capsys.readouterr()
    assert said.out == ""
    assert "a [note]" in said.err
    assert "outer" in said.err
    assert "2/2" in said.err
    assert "next" in said.err
    assert "short" not in said.err
