"""Processes that are started while the data are read, before it is known whether they draw."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from multiprocessing import Pipe

import pytest

from moviemaker.farm.crew import process as crew_process
from moviemaker.farm.crew import serving
from moviemaker.farm.crew import spares as crew_spares
from moviemaker.farm.crew.process import WorkerProcess
from moviemaker.farm.crew.spares import spare_workers
from moviemaker.farm.crew.team import Team
from tests.farm.acting import Plan, Thread, run


@pytest.fixture
def spare(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int | str, int], None]]:
    """Starts spare processes, on four cores."""
    monkeypatch.setattr(crew_process, "WorkerProcess", Thread)
    monkeypatch.setattr(crew_spares, "usable_cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # as the command does
    with spare_workers() as start:
        yield start  # type: ignore[misc]


def test_processes_that_were_started_before_are_hired_first(team, plan, job, spare):
    team.cores = 4
    spare(2, 40)
    waiting = list(crew_spares._spares)
    assert len(waiting) == 2
    assert run(team, job, 40)[0] == list(range(40))
    assert list(team.processes.values()) == waiting
    assert plan.started == ["1", "2"]
    assert crew_spares.count() == 0


def test_a_spare_process_with_other_threads_is_not_hired(plan, job, spare):
    spare(2, 40)  # two threads for each of two processes
    team = Team(4)
    team.cores = 4  # one thread for each of four
    assert run(team, job, 40)[0] == list(range(40))
    assert crew_spares.count() == 2
    team.end_all()


@pytest.mark.parametrize(
    ("workers", "frames", "count"), [("auto", 200, 1), ("auto", 5, 0), (1, 200, 0), (2, 1, 1), (3, 200, 3), (9, 200, 3)]
)
def test_one_core_is_left_to_the_process_that_reads_the_data(spare, workers, frames, count):
    spare(workers, frames)
    assert crew_spares.count() == count


def test_spare_processes_that_are_not_hired_are_ended(plan, monkeypatch):
    monkeypatch.setattr(crew_process, "WorkerProcess", Thread)
    monkeypatch.setattr(crew_spares, "usable_cores", lambda: 4)
    with spare_workers() as start:
        start(3, 40)
        waiting = list(crew_spares._spares)
    assert len(waiting) == 3
    assert crew_spares.count() == 0
    assert all(worker.pipe.closed for worker in waiting)


def test_a_hired_process_gets_the_environment_of_now(monkeypatch):
    """As the permission to read from the local network, which is given while data are read."""
    here, there = Pipe()
    environment = dict(os.environ, GONE="1", PYTHONSAFEPATH="1")
    worker = Thread.__new__(Thread)
    worker.environment, worker.pipe, worker._plan = environment, here, Plan()
    monkeypatch.setenv("PERMITTED", "yes")
    WorkerProcess.hire(worker, "7", 1, {"CUDA_VISIBLE_DEVICES": "5"})
    there.send(there.recv())
    with monkeypatch.context() as patched:
        patched.setattr(serving.os, "environ", environment)
        patched.setattr(serving, "LIBRARIES", ())
        assert serving._hired(here) == "7"
    assert environment["PERMITTED"] == "yes"
    assert environment["CUDA_VISIBLE_DEVICES"] == "5"
    assert "GONE" not in environment
