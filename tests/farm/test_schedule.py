"""The schedule of a farm: who draws what, and what becomes of frames whose workers are slow, hang, die or come late."""

from __future__ import annotations

import importlib.util
import math
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from moviemaker.farm.scheduling import Limits, Schedule

FILE = Path(__file__).parents[2] / "benchmarks" / "schedule.py"
SPEC = importlib.util.spec_from_file_location("simulated_schedule", FILE)
assert SPEC is not None
assert SPEC.loader is not None
simulated = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulated
SPEC.loader.exec_module(simulated)
Machine, simulate = simulated.Machine, simulated.simulate


def started(frames, workers, costs=None, machine="", **options):
    """A schedule whose workers `a`, `b` ... came at time 0, and what they draw."""
    schedule = Schedule(frames, costs, workers=workers, **options)
    for number in range(workers):
        schedule.join("abcdefgh"[number], 0.0, machine=machine or f"host{number}", speed=1.0)
    return schedule, {order.worker: order.draw for order in schedule.orders(0.0)}


def test_a_worker_gets_more_before_its_last_frame_is_done_if_it_is_asked_for():
    """As before the process that decides draws a frame itself, and hears nothing meanwhile."""
    schedule, first = started(range(40), 2)
    assert schedule.ahead(0.0) == [], "they have further frames"
    now = 0.0
    for index in first["a"][:-1]:
        now += 1.0
        assert schedule.done("a", index, now, 1.0)
    assert schedule.orders(now) == []
    (order,) = schedule.ahead(now)
    assert order.worker == "a"
    assert order.draw
    assert not {*order.draw} & {*first["a"], *first["b"]}
    assert schedule.done("a", first["a"][-1], now + 1, 1.0)
    assert drawn(schedule, "a", now + 1) == [], "it is at work on what it has got"
    for index in range(40):
        schedule.done("a", index, now + 2)
    assert schedule.finished
    assert schedule.ahead(now + 2) == []


def drawn(schedule, worker, now):
    """What a worker is told to draw when others may be told something too."""
    return [order.draw for order in schedule.orders(now) if order.worker == worker and order.draw]


@pytest.mark.parametrize(("frames", "workers"), [(100, 1), (100, 7), (5, 8), (64, 8), (1000, 3)])
def test_equal_frames_on_equal_workers_take_the_least_time(frames, workers):
    found = simulate([1.0] * frames, [Machine() for _ in range(workers)], known=False)
    assert found.makespan == pytest.approx(math.ceil(frames / workers))
    assert sorted(found.order) == list(range(frames))
    assert found.drawn == frames


def test_a_worker_of_half_the_speed_draws_half_as_much():
    found = simulate([1.0] * 300, [Machine(), Machine(0.5)], known=False)
    assert found.makespan <= 300 / 1.5 + 2


def test_runs_hold_neighbours_and_become_short():
    found, runs = Schedule(range(100), workers=2), []
    for name in "ab":
        found.join(name, 0.0, speed=1.0)
    work, now = {}, 0.0
    while not found.finished:
        for order in found.orders(now):
            runs.append(order.draw)
            work[order.worker] = list(order.draw)
        now += 1.0
        for name, frames in work.items():
            if frames:
                found.done(name, frames.pop(0), now)
    assert runs[0] == tuple(range(25))
    assert runs[1] == tuple(range(25, 43))  # a quarter of what is left
    assert all(b - a == 1 for run in runs for a, b in pairwise(run))
    assert len(runs[-1]) == 1
    assert len(runs) < 20


def test_frames_come_in_order_where_costs_are_equal():
    found = simulate([1.0] * 400, [Machine() for _ in range(4)], known=False)
    behind = [frame - place for place, frame in enumerate(found.order)]
    assert max(map(abs, behind)) <= 4 * 32


def test_what_takes_long_goes_first_and_the_rest_in_order():
    costs = dict.fromkeys(range(100), 1.0) | {70: 50.0}
    _, first = started(range(100), 2, costs)
    assert first["a"] == (70,)
    assert first["b"][0] == 0


def test_by_cost_the_most_expensive_frames_go_first():
    costs = {index: 1.0 + index for index in range(50)}
    _, first = started(range(50), 2, costs, in_order=False)
    assert first["a"][-1] == 49


def test_runs_end_where_snapshots_change():
    _, first = started(range(100), 2, cuts=range(0, 100, 10))
    assert first == {"a": tuple(range(20)), "b": tuple(range(20, 40))}


def test_a_lost_workers_frames_come_back_without_the_finished_ones():
    schedule, first = started(range(8), 2, costs=dict.fromkeys(range(8), 1.0))
    assert first == {"a": (0, 1), "b": (2,)}
    assert schedule.done("a", 0, 1.0)
    schedule.done("b", 2, 1.0)
    assert schedule.lost("a", 1.5, "SIGKILL") is None
    assert drawn(schedule, "b", 1.5) == [(1,)]
    rest = set()
    now = 1.5
    while not schedule.finished:
        now += 1.0
        for index in [1] if not rest else list(rest):
            schedule.done("b", index, now)
        rest = {index for order in schedule.orders(now) for index in order.draw}
    assert not schedule.given_up


def test_a_worker_that_leaves_is_not_to_blame():
    schedule, _ = started([5], 1)
    for number in range(10):
        schedule.leave("a" if number == 0 else f"w{number}", 1.0)
        schedule.join(f"w{number + 1}", 1.0)
        assert drawn(schedule, f"w{number + 1}", 1.0) == [(5,)]


def test_a_frame_that_kills_its_workers_is_tried_elsewhere_then_alone_then_fails():
    schedule, first = started([3], 1, machine="one")
    assert first == {"a": (3,)}
    schedule.join("other", 0.0, machine="two")
    assert schedule.lost("a", 1.0, "SIGSEGV") is None
    (again,) = schedule.orders(1.0)
    assert (again.worker, again.draw, again.alone) == ("other", (3,), False)
    schedule.join("third", 1.5, machine="two")
    assert schedule.lost("other", 2.0, "SIGABRT") is None
    (alone,) = schedule.orders(2.0)
    assert (alone.worker, alone.draw, alone.alone) == ("third", (3,), True)
    failed = schedule.lost("third", 3.0, "SIGKILL")
    assert failed is not None
    assert (failed.index, failed.why) == (3, ("SIGSEGV", "SIGABRT", "SIGKILL"))
    assert schedule.finished


def test_nothing_else_runs_on_the_machine_of_a_frame_that_is_alone():
    schedule, first = started(range(3), 3, machine="one")
    for number, name in enumerate("ab"):
        schedule.lost(name, 1.0, "SIGKILL")
        schedule.join(f"w{number}", 1.0, machine="one", speed=1.0)
    second = {order.worker: order.draw for order in schedule.orders(1.0)}
    schedule.lost("w0", 2.0, "SIGKILL")
    schedule.join("w2", 2.0, machine="one", speed=1.0)
    assert schedule.orders(2.0) == []  # two others draw
    schedule.done("c", first["c"][0], 3.0)
    assert schedule.orders(3.0) == []
    schedule.done("w1", second["w1"][0], 4.0)
    (alone,) = schedule.orders(4.0)
    assert alone.alone
    assert alone.draw == second["w0"]
    assert schedule.orders(5.0) == []
    assert schedule.done(alone.worker, alone.draw[0], 6.0)
    assert schedule.finished


def test_a_poisonous_frame_fails_after_three_tries_and_the_rest_is_drawn():
    found = simulate([1.0] * 60, [Machine(restart=0.5) for _ in range(4)], False, poisonous=frozenset({7, 40}))
    assert found.failed == [7, 40]
    assert sorted(found.order) == [index for index in range(60) if index not in (7, 40)]
    assert found.drawn == 58 + 2 * 3


def test_an_error_of_the_data_is_not_tried_again():
    schedule, _ = started(range(2), 1)
    failed = schedule.failed("a", 0, 1.0, "no such column")
    assert failed is not None
    assert failed.why == ("no such column",)
    assert drawn(schedule, "a", 1.0) == [(1,)]


def test_an_error_that_may_pass_is_tried_by_another_worker():
    schedule, first = started(range(2), 2)
    assert schedule.failed("a", first["a"][0], 1.0, "cannot read", again=True) is None
    assert drawn(schedule, "a", 1.0) == []
    schedule.done("b", first["b"][0], 1.0)
    assert drawn(schedule, "b", 1.0) == [first["a"]]


def test_frames_that_are_not_begun_are_taken_from_a_slow_worker():
    schedule, first = started(range(40), 2, dict.fromkeys(range(40), 1.0))
    held, mine, now = list(first["b"]), list(first["a"]), 0.0
    taken: list[int] = []
    while not schedule.finished and now < 100:
        now += 1.0
        if mine:
            assert schedule.done("a", mine.pop(0), now)
        for order in schedule.orders(now):
            if order.worker == "a":
                mine += order.draw
            taken += order.forget
    assert set(held[1:]) == set(taken)  # `b` has not finished a single frame
    assert schedule.finished
    assert now <= 40 + 10


def test_the_last_frame_is_given_twice_when_it_takes_suspiciously_long():
    schedule, first = started(range(10), 2, dict.fromkeys(range(10), 1.0))
    now, mine = 0.0, list(first["a"])
    given: list[int] = []
    while not given:
        now += 1.0
        if mine:
            schedule.done("a", mine.pop(0), now)
        orders = schedule.orders(now)
        fresh = [index for order in orders if order.worker == "a" for index in order.draw]
        given = [index for index in fresh if index == first["b"][0]]
        mine += fresh
        assert now < 30
    assert schedule.done("a", given[0], now + 1)
    assert not schedule.done("b", given[0], now + 2)  # the first answer has won
    assert schedule.finished


def test_a_worker_has_hung_after_many_times_the_longest_frame():
    schedule, first = started(range(6), 2, limits=Limits(first=1000.0, least=30.0, times=10.0))
    for name in "ab":
        schedule.done(name, first[name][0], 5.0, seconds=5.0)
    schedule.orders(5.0)
    now = 5.0
    while not schedule.hung(now):
        assert schedule.wake(now) > now
        now = schedule.wake(now)
        schedule.orders(now)
    assert now == pytest.approx(55.0)
    assert {name for name, _ in schedule.hung(now)} <= {"a", "b"}


def test_a_workers_first_frame_may_take_long():
    schedule, _ = started(range(6), 1, limits=Limits(first=1000.0, least=30.0, times=10.0))
    assert not schedule.hung(999.0)
    assert schedule.hung(1000.0) == [("a", 1000.0)]


def test_first_frames_of_many_workers_are_spread_over_a_film_of_unknown_costs():
    schedule = Schedule(range(160), workers=16)
    for number in range(16):
        schedule.join(f"w{number}", 0.0)
    first = [order.draw for order in schedule.orders(0.0)]
    assert first[:7] == [(80, 81), (40, 41), (120, 121), (20, 21), (100, 101), (60, 61), (140, 141)]
    assert all(any(abs(draw[0] - place) <= 10 for draw in first) for place in range(10, 160))


def test_the_long_end_of_a_film_of_unknown_costs_is_not_left_to_slow_workers():
    (case,) = (case for case in simulated.cases(2000, 100, seed=3) if case[0] == "ramp, nothing known")
    found = simulate(*case[1:])
    assert found.makespan <= 1.10 * found.bound


def test_short_films_of_two_workers_of_which_one_is_half_as_fast():
    found = simulate([1.0] * 96, [Machine(), Machine(0.5)], known=False)
    assert found.makespan <= 1.05 * found.bound


@pytest.mark.parametrize("frames", [24, 48, 96])
@pytest.mark.parametrize("slow", [5.0, 7.0, 12.0])
def test_a_worker_that_starts_slowly_does_not_keep_a_short_film_waiting(frames, slow):
    machines = [Machine(start=3.0), Machine(0.5, start=slow)]
    found = simulate([0.07] * frames, machines, known=False)
    assert found.makespan <= 1.05 * found.bound


@pytest.mark.parametrize("seconds", [0.05, 1.0, 20.0])
def test_frames_of_any_length_are_shared_by_workers_that_start_slowly(seconds):
    machines = [Machine(speed, start=4.0 / speed) for speed in (0.5, 1.0, 2.0, 1.0)]
    found = simulate([seconds] * 120, machines, known=False)
    assert found.makespan <= 1.07 * found.bound


@pytest.mark.parametrize("seconds", [0.05, 1.0, 20.0])
def test_a_run_is_shared_that_was_given_before_any_cost_was_known(seconds):
    schedule, held, steps = Schedule(range(64)), {name: [] for name in "abcd"}, 0
    for name in held:  # `a` takes half of the film at once
        schedule.join(name, 0.0)
        held[name] += [index for order in schedule.orders(0.0) for index in order.draw]
    assert len(held["a"]) == 32
    while not schedule.finished:
        steps += 1
        for name, now in (("a", steps - 0.5), *((name, float(steps)) for name in held)):  # `a` is twice as fast
            if held[name]:
                schedule.done(name, held[name].pop(0), now * seconds)
            for order in schedule.orders(now * seconds):
                held[order.worker] = [index for index in held[order.worker] if index not in order.forget]
                held[order.worker] += order.draw
    assert steps <= 64 / 5 + 2


def test_few_workers_begin_at_the_beginning():
    schedule = Schedule(range(40), workers=2)
    for name in "ab":
        schedule.join(name, 0.0)
    assert [order.draw[0] for order in schedule.orders(0.0)] == [0, 10]


def test_workers_that_come_late_get_work():
    found = simulate([1.0] * 100, [Machine(), Machine(comes=50.0)], known=False)
    assert found.makespan <= 75 + 2


def test_an_answer_of_a_lost_worker_counts():
    schedule, first = started(range(4), 1)
    schedule.lost("a", 1.0, "hung")
    for index in range(4):
        assert schedule.done("a", index, 2.0)
    assert first
    assert schedule.finished
    assert schedule.orders(2.0) == []


@pytest.mark.parametrize("number", range(9))
def test_skewed_costs_on_a_hundred_workers(number):
    """As in `benchmarks/schedule.py`, with fewer frames, so that single long ones weigh more."""
    name, costs, machines, known = list(simulated.cases(2000, 100, seed=5))[number]
    found = simulate(costs, machines, known)
    assert sorted(found.order) == list(range(2000))
    assert found.makespan <= 1.35 * found.lost_bound, name
