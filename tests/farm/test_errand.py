"""A job on a cluster whose workers and whose network are simulated: who draws how much, and who is left out."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import UserError
from moviemaker.farm.cluster import errand, joining
from moviemaker.farm.cluster.link import WORKERS
from moviemaker.farm.cluster.messages import Answer, Findings, Outcome
from moviemaker.farm.cluster.seats import Seat
from moviemaker.farm.cluster.versions import versions
from moviemaker.farm.crew.contract import Done, Job
from moviemaker.farm.scheduling import Limits
from moviemaker.film.store import FrameStore

SMALL = {"lens": "perspective", "size": [32, 18], "format": "png"}


@dataclass
class Simulated:
    """A worker: seconds that it needs to answer, to start, and for a frame; and what it cannot read."""

    greeting: float = 0.1
    start: float = 0.0
    frame: float = 1.0
    unreadable: dict[str, str] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)


@dataclass(eq=False)
class Task:
    """Something that a worker was asked; it does one thing after the other."""

    worker: Simulated
    what: object
    seconds: float
    told: bytes
    begun: bool = False

    def cancel(self) -> None:
        if not self.begun and self in self.worker.tasks:
            self.worker.tasks.remove(self)


class SimulatedLink:
    """A link to simulated workers, by a clock that goes on while answers are waited for.

    Args:
        pause: seconds that this program is busy each time when it has heard something.
    """

    address, is_up = "tcp://10.0.0.1:8786", True

    def __init__(self, pause: float = 0.0, **workers: Simulated):
        self.now, self._pause = 0.0, pause
        self._workers = {f"tcp://{name}:1": worker for name, worker in workers.items()}
        self._numbers, self._events = count(), []

    def look(self) -> None:
        self._happens(self.now, WORKERS, dict.fromkeys(self._workers, 1), None)

    def ask(self, what, address, function, *given) -> Task:
        worker, seconds, told = self._workers[address], 0.0, b""
        if function.__name__ == "greet":
            host, seconds = address.split("/")[2].split(":")[0], worker.greeting
            told = pickle.dumps(Answer(host, True, Findings(versions(()), worker.unreadable)))
        elif function.__name__ == "draw":
            parts = {"start": worker.start, "draw": worker.frame}
            seconds, worker.start = sum(parts.values()), 0.0
            told = pickle.dumps(Outcome(Done(given[-1], "", address, parts)))
        task = Task(worker, what, seconds, told)
        worker.tasks.append(task)
        self._go_on(worker, self.now)
        return task

    def hear(self, seconds):
        self.now += self._pause
        if not self._events or self._events[0][0] > self.now + seconds:
            self.now += max(0.0, seconds) + 1e-6
            return []
        self.now = max(self.now, self._events[0][0])
        heard = []
        while self._events and self._events[0][0] <= self.now:
            at, _, what, told, task = heappop(self._events)
            heard.append((what, told, at))
            if task is not None:
                task.worker.tasks.remove(task)
                self._go_on(task.worker, at)
        return heard

    def _go_on(self, worker: Simulated, now: float) -> None:
        if worker.tasks and not worker.tasks[0].begun:
            task = worker.tasks[0]
            task.begun = True
            self._happens(now + task.seconds, task.what, task.told, task)

    def _happens(self, at, what, told, task) -> None:
        heappush(self._events, (at, next(self._numbers), what, told, task))


class Notes:
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    np.savez(tmp_path / "points.npz", position=np.zeros((5, 3)))
    written = {
        "duration": 1,
        "fps": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points", "size": 0.3}],
        "camera": {"orbit": {"radius": 6}},
        "outputs": {"small": SMALL},
    }
    prepared = mm.Scene.from_dict(written, "dots", tmp_path).prepared
    store = FrameStore(tmp_path, "dots", "made", tmp_path)
    return Job(prepared.script, "small", (32, 18), store, sources=prepared.sources, progress=Notes())


def run(job, link, frames, monkeypatch):
    """The answers of a job, and when each came."""
    monkeypatch.setattr(errand, "time", SimpleNamespace(monotonic=lambda: link.now))
    settings = {"shared": True, "wait": 60.0, "patience": 300.0, "limits": Limits()}
    with_this = errand.Errand(link, "run", 1, job, range(frames), set(), **settings)
    found = [(answer, link.now) for answer in with_this.answers()]
    with_this.cancel()
    assert sorted(answer.index for answer, _ in found) == [*range(frames)]
    return found


def best(frames, workers):
    """When the last frame can be finished at the earliest, if workers begin at once."""
    speed = sum(1 / worker.frame for worker in workers)
    return (frames + sum((worker.greeting + worker.start) / worker.frame for worker in workers)) / speed


@pytest.mark.parametrize("pause", [0.0, 0.03])
@pytest.mark.parametrize("frames", [96, 240])
def test_workers_of_two_speeds_share_a_film_although_they_start_slowly(job, frames, pause, monkeypatch):
    workers = {"fast": Simulated(0.7, 2.3, 0.07), "slow": Simulated(1.5, 4.5, 0.14)}
    limit = 1.05 * best(frames, workers.values()) + 1.0  # the first worker waits for what the others say
    found = run(job, SimulatedLink(pause, **workers), frames, monkeypatch)
    assert max(at for _, at in found) <= limit


def test_a_late_answer_of_the_job_before_is_not_taken_for_a_frame(job, monkeypatch):
    link = SimulatedLink(a=Simulated())
    late = pickle.dumps(Outcome(Done(3, "", "before")))
    link._happens(0.0, ("drawn", Seat("tcp://a:1", 0), "a", 3), late, None)
    found = run(job, link, 6, monkeypatch)
    assert {answer.worker for answer, _ in found} == {"tcp://a:1"}


def test_a_worker_that_cannot_read_large_data_is_left_out(job, monkeypatch):
    monkeypatch.setattr(joining, "parcel_of", lambda files: None)
    cannot = {"/far/points.npz": "No such file or directory"}
    found = run(job, SimulatedLink(good=Simulated(), bad=Simulated(unreadable=cannot)), 6, monkeypatch)
    assert {answer.worker for answer, _ in found} == {"tcp://good:1"}
    (said,) = (note for note in job.progress.said if "left out" in note)
    assert "warning: the worker on bad cannot read /far/points.npz (No such file or directory)" in said
    link = SimulatedLink(bad=Simulated(unreadable=cannot), worse=Simulated(unreadable=cannot))
    with pytest.raises(UserError, match="on bad cannot read"):
        run(job, link, 6, monkeypatch)
