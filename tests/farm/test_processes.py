"""Processes that draw for one job after the other, die, hang, and are as many as are worth it.

The processes are threads here that speak to the pipe as processes do.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from typing import Any

import pytest

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.farm import Done, Failed
from moviemaker.farm.crew import round as crew_round
from moviemaker.farm.crew import sizing as crew_sizing
from moviemaker.farm.crew import team as crew_team
from moviemaker.farm.crew.round import Round
from moviemaker.farm.crew.serving import Answer, Begin, Draw, Forget
from moviemaker.farm.crew.team import Team
from moviemaker.farm.scheduling import Limits
from tests.farm.acting import DIES, FAILS, HANGS, IN_A_SCRIPT, RAISES, Own, Plan, run


@pytest.fixture
def auto(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """A team of two cores that starts others at once if that is worth anything."""
    monkeypatch.setattr(crew_sizing, "PROCESS", 0.0)
    monkeypatch.setattr(crew_sizing, "_SECONDS", 0.0)
    made = Team(None)
    made.cores, made.own = 2, Own()  # type: ignore[assignment]
    yield made
    made.end_all()


def test_processes_stay_over_all_jobs(team, plan, job):
    for _ in range(3):
        assert run(team, job, 40)[0] == list(range(40))
    assert len(plan.started) == 2
    assert plan.begun == 6
    assert set(plan.drawn.values()) == {3}
    team.close()
    assert not team.processes


def test_no_more_processes_than_frames(team, plan, job):
    assert run(team, job, 1)[0] == [0]
    assert len(plan.started) == 1


def test_a_frame_whose_process_dies_is_drawn_by_another_one(team, plan, job):
    plan.of = {7: [DIES], 9: [FAILS]}
    done, failed = run(team, job, 40)
    assert done == list(range(40))
    assert not failed
    assert len(plan.started) == 3
    assert job.notes == ["hd: a worker was ended (status -6); frame 7 is drawn again"]


def test_a_frame_that_fails_always_is_given_up_and_the_others_are_drawn(team, plan, job):
    plan.of = {7: [DIES] * 9, 9: [FAILS] * 9}
    done, failed = run(team, job, 40)
    assert done == [index for index in range(40) if index not in (7, 9)]
    assert failed[7].why == "its process was ended (status -6) (3 tries, the last one alone)"
    assert failed[9] == Failed(9, "ValueError: odd (3 tries, the last one alone)", "Traceback: odd")
    assert plan.drawn[7] == plan.drawn[9] == 3
    assert plan.drawn.total() == 38 + 6
    assert run(team, job, 3)[0] == [0, 1, 2]


def test_a_process_that_hangs_is_ended(team, plan, job):
    team.limits = Limits(first=0.2, least=0.2, times=3)
    plan.of = {3: [HANGS]}
    assert run(team, job, 20)[0] == list(range(20))
    assert job.notes == ["hd: a worker was ended (no answer for 0 s); frame 3 is drawn again"] or not job.notes
    assert plan.drawn[3] == 2


def test_time_in_which_all_were_stopped_does_not_count(team, plan, job, monkeypatch):
    """As after Ctrl-Z, or when a laptop has slept."""
    team.limits = Limits(first=100.0, least=100.0, times=1)
    slept = iter([1e4])
    real = crew_round.wait
    offset = [0.0]

    def waiting(pipes: Any, seconds: float) -> Any:
        offset[0] += next(slept, 0.0)
        return real(pipes, seconds)

    monkeypatch.setattr(crew_round, "wait", waiting)
    monkeypatch.setattr(crew_round.time, "monotonic", lambda: time.perf_counter() + offset[0])
    plan.seconds = 0.01
    assert run(team, job, 10)[0] == list(range(10))
    assert not job.notes


def test_what_prevents_all_frames_ends_the_run_and_the_processes(team, plan, job):
    plan.of = {5: [RAISES]}
    with pytest.raises(MoviemakerError, match="the disk is full"):
        run(team, job, 20)
    assert not team.processes


def test_processes_that_all_die_end_the_run(team, plan, job):
    plan.of = {index: [DIES] * 9 for index in range(40)}
    with pytest.raises(MoviemakerError, match=r"6 worker processes were ended .* before one of them had drawn a frame"):
        run(team, job, 40)


def test_closing_the_iterator_ends_the_processes(team, plan, job):
    plan.seconds = 0.01
    results = Round(team, job, range(100)).results()  # type: ignore[arg-type]
    next(results)
    results.close()
    assert not team.processes


def test_a_script_without_a_guard_is_an_error(team, plan, job):
    plan.of = {0: [IN_A_SCRIPT]}
    with pytest.raises(UserError, match="__main__"):
        run(team, job, 2)


def test_no_more_processes_than_fit_into_the_memory(plan, job, monkeypatch):
    team = Team(8)
    monkeypatch.setattr(crew_team, "available_memory", lambda: 10 << 30)
    monkeypatch.setattr(crew_team, "memory_of", lambda process=None: 3 << 30)
    assert run(team, job, 40)[0] == list(range(40))
    assert len(plan.started) == 2
    assert job.notes == ["hd: 2 processes draw: each needs about 3.5 GB of memory, and no more are free"]
    team.end_all()


def test_this_process_stays_one_of_those_that_draw_a_short_film(auto, plan, job, monkeypatch):
    for module in (crew_sizing, crew_round):
        monkeypatch.setattr(module, "stays", lambda *of: True)
    auto.own.seconds = auto.own.busy = plan.seconds = plan.busy = 0.02
    assert run(auto, job, 100)[0] == list(range(100))
    assert len(plan.started) == 1
    assert len(auto.own.drawn) > 20
    (note,) = job.notes
    assert note.startswith("hd: 2 processes draw: ")
    auto.own.drawn = []
    assert run(auto, job, 40)[0] == list(range(40))
    assert auto.own.drawn, "it does not take part in the next job"
    assert len(plan.started) == 1


def test_another_one_draws_instead_of_this_process_where_its_frames_become_long(auto, plan, job):
    auto.is_auto, auto.wanted, auto.own_draws, auto.start_seconds = False, 1, True, 0.1
    auto.own.seconds = plan.seconds = 0.15
    assert run(auto, job, 20)[0] == list(range(20))
    assert len(plan.started) == 2
    assert len(auto.own.drawn) == 2
    assert auto.own.forgotten


def test_this_process_draws_no_frame_that_has_ended_another_one(auto, plan, job):
    auto.is_auto, auto.wanted, auto.own_draws, auto.start_seconds = False, 1, True, 1e9
    plan.of = {index: [DIES] * 9 for index in range(5, 40, 5)}
    done, failed = run(auto, job, 40)
    assert failed
    assert not failed.keys() & set(auto.own.drawn)
    assert sorted((*done, *failed)) == list(range(40))


def test_several_are_tried_where_one_leaves_cores_idle(auto, plan, job):
    auto.own.seconds = auto.own.busy = 0.05
    assert run(auto, job, 100)[0] == list(range(100))
    assert len(plan.started) == 2
    assert 3 <= len(auto.own.drawn) < 60
    assert auto.own.forgotten, "the data and the window of this process stay open"
    (note,) = job.notes
    assert note.startswith("hd: 2 processes draw: they draw ")
    assert set(plan.drawn.values()) == {1}, "a frame was drawn twice"
    own = len(auto.own.drawn)
    assert run(auto, job, 20)[0] == list(range(20))
    assert len(auto.own.drawn) == own
    assert len(plan.started) == 2


def test_one_draws_where_several_turn_out_to_be_slower(auto, plan, job):
    auto.own.seconds = auto.own.busy = 0.005
    plan.seconds = 0.15
    assert run(auto, job, 80)[0] == list(range(80))
    assert len(plan.started) == 2
    assert not auto.processes
    (note,) = job.notes
    assert note.startswith("hd: 1 process draws: it draws ")
    assert run(auto, job, 20)[0] == list(range(20))
    assert len(plan.started) == 2


@pytest.mark.parametrize(
    ("cores", "busy", "opening", "free", "why"),
    [
        (2, 0.04, 0.0, 1 << 40, "it keeps 100% of 2 cores busy"),
        (2, 0.005, 60.0, 1 << 40, "to start others takes as long as they save"),
        (1, 0.01, 0.0, 1 << 40, "it has one core"),
        (2, 0.01, 0.0, 1 << 20, "of memory, which is not free"),
    ],
)
def test_one_draws_where_others_can_not_win(cores, busy, opening, free, why, auto, plan, job, monkeypatch):
    monkeypatch.setattr(crew_team, "available_memory", lambda: free)
    auto.cores, auto.own.busy, job.opening = cores, busy, opening
    auto.own.seconds = 0.005
    assert run(auto, job, 20)[0] == list(range(20))
    assert not plan.started
    (note,) = job.notes
    assert note.startswith("hd: 1 process draws: ")
    assert why in note


@pytest.mark.parametrize("what", [DIES, IN_A_SCRIPT])
def test_one_goes_on_if_others_die_while_they_are_tried(what, auto, plan, job):
    plan.of = {index: [what] for index in range(100)}
    assert run(auto, job, 100)[0] == list(range(100))
    assert len(plan.started) == 2
    assert "hd: 1 process draws: " in job.notes[-1]
    assert ("__main__" in job.notes[-1]) == (what == IN_A_SCRIPT)


def test_frames_of_this_process_that_fail_are_given_up(auto, plan, job, monkeypatch):
    auto.cores = 1
    compute = auto.own.compute
    monkeypatch.setattr(
        auto.own, "compute", lambda job, index: Failed(index, "odd") if index == 3 else compute(job, index)
    )
    done, failed = run(auto, job, 10)
    assert done == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert failed[3].why == "odd (3 tries, the last one alone)"


def test_messages_can_be_sent():
    for message in (Begin(1, b""), Draw((1, 2)), Forget((1,)), Answer(1, Done(0, "x"))):
        assert pickle.loads(pickle.dumps(message)) == message
