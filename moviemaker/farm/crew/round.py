"""One job of the processes of this machine: a schedule says who draws what, and pipes what becomes of it."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.leftovers import watch
from moviemaker.core.machine.memory import size_text
from moviemaker.farm.crew.contract import Done, Failed, Job
from moviemaker.farm.crew.process import WorkerProcess
from moviemaker.farm.crew.serving import Begin
from moviemaker.farm.crew.sizing import Sizing, stays
from moviemaker.farm.crew.team import Team
from moviemaker.farm.scheduling import GivenUp, Order, Schedule

IN_SCRIPT = 113
"""Exit status of a worker that has come to `render` while it runs the script that started it."""

HOPELESS = 6
"""So many deaths of processes, before one of them has finished a frame, end the run."""

_LOOK = 1.0  # seconds after which it looks for processes that have hung
_ASLEEP = 5.0  # seconds beyond that for which the machine must have slept

Result = Done | Failed


class Round:
    """Draws the frames of one job.

    Args:
        team: draws them.
        job: what to draw.
        frames: their numbers.
    """

    def __init__(self, team: Team, job: Job, frames: Sequence[int]):
        team.jobs += 1
        self._team, self._job = team, job
        self._left = len(set(frames))
        self._number = team.jobs
        self._begin: Begin | None = None
        self._sizing = Sizing(job.opening) if team.is_auto and not team.processes else None
        if self._sizing is not None:
            team.wanted = 0
        workers = max(1, min(team.wanted + team.own_draws, self._left))
        self._schedule = Schedule(frames, workers=workers, limits=team.limits)
        self._traces: dict[int, str] = {}
        self._own: deque[int] | None = None  # what this process has to draw; None: it does not take part
        self._own_name = ""
        self._own_seconds: list[float] = []  # of frames of this process, without opening
        self._said = False
        self._asleep = 0.0

    def results(self) -> Generator[Result, None, None]:
        """Frames as they are finished or given up; errors as those of a crew."""
        watch(self._job.store.folder)
        schedule, team, finished = self._schedule, self._team, False
        try:
            for worker in team.processes.values():
                self._join(worker)
            if self._sizing is not None or team.own_draws or team.wanted == 0:
                self._own_joins()
            while not schedule.finished:
                self._hire()
                for order in schedule.orders(self._now):
                    self._tell(order)
                drew = bool(self._own)
                if self._own:
                    for order in schedule.ahead(self._now):
                        self._tell(order)
                    yield from self._draw(self._own.popleft())
                waits = not drew
                while heard := self._heard(waits):  # also all that has come while this process drew
                    for worker in heard:
                        yield from self._hear(worker)
                    waits = False
                for name, seconds in schedule.hung(self._now):
                    if name in team.processes:
                        yield from self._lose(team.processes[name], f"no answer for {seconds:.0f} s")
                self._judge()
            finished = True
        finally:
            for worker in list(team.processes.values()):
                if worker.frames or not finished:  # what it still draws, another one has finished
                    team.end(worker)

    @property
    def _now(self) -> float:
        return time.monotonic() - self._asleep

    def _note(self, text: str) -> None:
        self._job.progress.note(f"{self._job.output}: {text}")

    def _join(self, worker: WorkerProcess) -> None:
        """Lets a process take part."""
        self._begin = self._begin or Begin(self._number, pickle.dumps(self._job))
        worker.begin(self._begin)
        self._schedule.join(worker.name, self._now)

    def _own_joins(self) -> None:
        self._own, self._own_name = deque(), f"own {self._left}"
        self._schedule.join(self._own_name, self._now)

    def _own_leaves(self) -> None:
        self._schedule.leave(self._own_name, self._now)
        self._own = None

    def _own_is_replaced(self) -> None:
        """Lets another process take the place of this one."""
        self._own_leaves()
        self._team.own.forget()
        self._team.own_draws = False
        self._team.wanted += 1

    def _hire(self) -> None:
        """Starts processes that are missing, as many as fit into the memory."""
        team = self._team
        missing = min(team.wanted, self._left - team.own_draws) - len(team.processes)
        if missing > 0 and self._sizing is None:
            fitting, each = team.room()
            most = max(fitting, 0 if team.processes else 1)
            if missing > most:
                team.wanted, missing = len(team.processes) + most, most
                text = f"each needs about {size_text(each)} of memory, and no more are free"
                self._note(f"{team.wanted} {_processes(team.wanted)} draw: {text}")
        for _ in range(missing):
            self._join(team.start())

    def _tell(self, order: Order) -> None:
        """Passes an order of the schedule on."""
        worker = self._team.processes.get(order.worker)
        if worker is not None:
            if order.forget:
                worker.forget(order.forget)
            if order.draw:
                worker.draw(order.draw)
        elif self._own is not None and order.worker == self._own_name:
            self._own = deque(index for index in (*self._own, *order.draw) if index not in order.forget)

    def _draw(self, index: int) -> Iterator[Result]:
        """Draws a frame in this process."""
        begun = time.monotonic()
        result = self._team.own.compute(self._job, index)
        yield from self._take(self._own_name, result, time.monotonic())
        seconds = time.monotonic() - begun
        if not isinstance(result, Done):
            return
        if self._sizing is None:
            self._review(seconds)
        elif not self._team.processes:
            self._sizing.drawn(seconds, result.busy, result.seconds.get("start", 0.0))
            self._plan(self._sizing, result.renderer)

    def _heard(self, wait_for_some: bool) -> list[WorkerProcess]:
        """Processes that have said something."""
        by_pipe = {worker.pipe: worker for worker in self._team.processes.values()}
        now = self._now
        seconds = 0.0 if not wait_for_some else min(max(0.0, self._schedule.wake(now) - now), _LOOK)
        ready = wait(list(by_pipe), seconds)
        late = self._now - now - seconds
        if late > _ASLEEP:  # this process was stopped, and so were the others
            self._asleep += late
        return [worker for pipe, worker in by_pipe.items() if pipe in ready]

    def _hear(self, worker: WorkerProcess) -> Iterator[Result]:
        """Takes an answer of a process."""
        if worker.name not in self._team.processes:
            return  # it was ended meanwhile
        answer = worker.answer()
        if answer is None:
            yield from self._lose(worker)
        elif answer.job == self._number:
            if isinstance(answer.content, BaseException):
                raise answer.content
            worker.frames.remove(answer.content.index)
            yield from self._take(worker.name, answer.content, answer.at)

    def _take(self, name: str, result: Result, at: float) -> Iterator[Result]:
        """Takes a frame, or that it has failed, from whoever has drawn it."""
        if isinstance(result, Failed):
            self._traces[result.index] = result.trace
            yield from self._given_up(self._schedule.failed(name, result.index, self._now, result.why, again=True))
            return
        worker = self._team.processes.get(name)
        if self._sizing is not None:
            self._sizing.answered(name, at, result.busy)
        if worker is not None:
            self._team.drawn += 1
        first = worker is not None and worker.answers == 1
        if self._schedule.done(name, result.index, self._now, result.work(first)):
            self._left -= 1
            yield result

    def _lose(self, worker: WorkerProcess, hung: str = "") -> Iterator[Result]:
        """A process has died, or has to be ended since it has hung."""
        team, frame = self._team, worker.frames[0] if worker.frames else None
        ended = team.end(worker)
        team.deaths += 1
        why = hung or ended
        given_up = self._schedule.lost(worker.name, self._now, f"its process was ended ({why})")
        if worker.status == IN_SCRIPT:
            what = "the processes run the script again that started them, since it renders outside of"
            if not team.is_auto:
                raise UserError(f'{what} `if __name__ == "__main__":`; render inside of it, or in 1 worker')
            why = f'{what} `if __name__ == "__main__":`'
        else:
            again = f"; frame {frame} is drawn again" if frame is not None and given_up is None else ""
            self._note(f"a worker was ended ({why}){again}")
        if self._sizing is not None:
            self._stay_alone(f"others were ended ({why})")
        elif team.deaths >= HOPELESS and team.drawn == 0:
            raise MoviemakerError(
                f"{team.deaths} worker processes were ended ({why}) before one of them had drawn a frame, as happens "
                "when the memory is used up; give the same command again with --workers 1"
            )
        elif team.own_draws:  # the frame may end this process too, and the render with it
            self._own_is_replaced()
        yield from self._given_up(given_up)

    def _given_up(self, frame: GivenUp | None) -> Iterator[Failed]:
        if frame is not None:
            self._left -= 1
            why, tries = "; then ".join(dict.fromkeys(frame.why)), len(frame.why)
            if tries > 1:
                why += f" ({tries} tries, the last one alone)"
            if "SIGKILL" in why:
                why += ", as happens when the memory is used up: use fewer --workers"
            yield Failed(frame.index, why, self._traces.get(frame.index, ""))

    def _plan(self, sizing: Sizing, renderer: str) -> None:
        """Decides whether others are tried, when this process alone has drawn some frames."""
        if not sizing.is_measured or self._left == 0:
            return
        plan = sizing.plan(self._left, self._team.machine(renderer))
        if plan.workers > 1:
            self._team.own_draws, self._team.start_seconds = plan.own, sizing.start
            self._team.wanted = plan.workers - plan.own
        elif not self._said:
            self._note(f"1 process draws: {plan.why}")
            self._said = True

    def _review(self, seconds: float) -> None:
        """Lets another process draw instead of this one where its frames keep the others waiting for too long."""
        team = self._team
        self._own_seconds.append(seconds)
        if team.own_draws and len(self._own_seconds) > 1:
            workers, quickest = len(team.processes) + 1, min(self._own_seconds[-2:])
            if not stays(self._left, workers, quickest, team.start_seconds):
                self._own_is_replaced()

    def _judge(self) -> None:
        """Decides who draws the rest, when others have drawn some frames."""
        sizing, team = self._sizing, self._team
        if sizing is None or not team.processes:
            return
        if not sizing.is_counting and all(worker.answers for worker in team.processes.values()):
            if not team.own_draws:
                self._own_leaves()
            sizing.count()
        workers = len(team.processes) + team.own_draws
        verdict = sizing.verdict(workers)
        if verdict is not None and verdict[0]:
            self._note(f"{workers} processes draw: {verdict[1]}")
            self._sizing = None
            if not team.own_draws:
                team.own.forget()
        elif verdict is not None:
            self._stay_alone(verdict[1])

    def _stay_alone(self, why: str) -> None:
        """Ends the others. This process draws the rest, and all that comes."""
        self._note(f"1 process draws: {why}")
        self._sizing, self._team.wanted, self._team.is_auto = None, 0, False
        self._team.own_draws = False
        for worker in list(self._team.processes.values()):
            self._schedule.leave(worker.name, self._now)
            self._team.end(worker)
        if self._own is None:
            self._own_joins()


def _processes(count: int) -> str:
    return "process" if count == 1 else "processes"
