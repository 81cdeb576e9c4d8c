"""The frames of one job, drawn by a cluster: passes orders of the schedule to workers, and what they answer back."""

from __future__ import annotations

import pickle
import time
from asyncio import CancelledError
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from moviemaker.core.errors import InputError, InputErrors, MoviemakerError, UserError
from moviemaker.core.progress import duration
from moviemaker.farm.cluster.joining import Joining, Refusal, machines
from moviemaker.farm.cluster.link import GONE, WORKERS, Link
from moviemaker.farm.cluster.messages import Outcome
from moviemaker.farm.cluster.probe import probe_file
from moviemaker.farm.cluster.remote import draw, end_child
from moviemaker.farm.cluster.seats import Seat
from moviemaker.farm.crew.contract import Done, Failed, Job
from moviemaker.farm.scheduling import GivenUp, Limits, Schedule

_AHEAD = 2  # frames that a worker has: one that it draws and one that waits there, so that it never waits itself
_LOOK = 1.0  # seconds between looks for workers
_SAY = 60.0  # seconds in which all workers that are there at first have to say what they are

Answer = Done | Failed


class Errand:
    """A job on its way.

    Args:
        link: to the scheduler.
        run: name of the render.
        number: of the job, from 1.
        job: with absolute paths.
        frames: numbers of the frames.
        left_out: addresses of workers that are not used; more are added.
        shared: whether workers that can keep frames do so.
        wait: longest wait for the first worker, seconds.
        patience: longest wait for a scheduler that was lost, or for workers when all have gone, seconds.
        limits: when a worker has hung.
    """

    def __init__(
        self,
        link: Link,
        run: str,
        number: int,
        job: Job,
        frames: Sequence[int],
        left_out: set[str],
        *,
        shared: bool,
        wait: float,
        patience: float,
        limits: Limits,
    ):
        self._shared, self._wait, self._patience, self._limits = shared, wait, patience, limits
        self._link, self._run, self._number, self._job, self._left_out = link, run, number, job, left_out
        self._seats: dict[str, Seat] = {}
        self._frames = frames
        self._kept = 0
        self._looked = self._staffed = time.monotonic()
        self._begun = number > 1
        self._refused: list[Refusal] = []
        self._stack = ExitStack()

    @property
    def addresses(self) -> list[str]:
        """Addresses of the workers."""
        return [*self._seats]

    def cancel(self) -> None:
        """Takes all frames from the workers."""
        for seat in self._seats.values():
            seat.clear()
        self._stack.close()

    def answers(self) -> Iterator[Answer]:
        """The frames, as they are finished or given up.

        Raises:
            UserError: workers cannot be used.
            MoviemakerError: no workers, the scheduler is lost, or something prevents all frames.
        """
        probe = self._stack.enter_context(probe_file(self._job.store.folder)) if self._shared else ""
        self._joining = Joining(self._run, self._number, self._job, self._shared, probe)
        self._schedule = Schedule(self._frames, limits=self._limits)
        self._link.look()
        yield from self._muster()
        while not self._schedule.finished:
            if not self._link.is_up:
                self._connect_again()
            yield from self._look_after()
            now = time.monotonic()
            for order in self._schedule.orders(now):
                seat = self._seat_of(order.worker)
                if seat is not None:
                    seat.queue.extend(order.draw)
                    for index in order.forget:
                        seat.drop(index)
            for seat in self._seats.values():
                self._feed(seat)
            until = min(self._looked + _LOOK, self._schedule.wake(now))
            for event in self._link.hear(until - now):
                yield from self._heard(*event)

    def _muster(self) -> Iterator[Answer]:
        """Waits for the first worker, and for what all say that are there by then."""
        begun = time.monotonic()
        while True:
            waiting = [seat for seat in self._seats.values() if seat.state in ("greeted", "equipped")]
            ready = [seat for seat in self._seats.values() if seat.state == "ready"]
            late = time.monotonic() - begun
            if ready and (self._begun or not waiting or late > _SAY):
                break
            if self._refused and (not waiting or late > _SAY):
                break
            if late > max(self._wait, _SAY if waiting else 0.0):
                who = f"{machines(waiting)} did not answer" if waiting else "no workers came"
                right = "start some with: dask worker " + self._link.address
                raise MoviemakerError(f"{self._link.address}: {who} within {duration(late)}; {right}")
            yield from self._look_after()
            for event in self._link.hear(_LOOK / 2):
                yield from self._heard(*event)
        if not self._begun:
            for refusal in self._refused:
                if not (ready and refusal.is_spared):
                    raise refusal.error()
                self._leave_out(refusal)
            self._job.progress.note(f"{self._link.address}: {machines(ready)}; {self._way(ready)}")
        self._begun = True

    def _way(self, seats: Sequence[Seat]) -> str:
        """How frames come back, in words."""
        folder = self._job.store.folder
        if not self._shared:
            return "frames come through the network"
        sending = [seat for seat in seats if not seat.keeps]
        if not sending:
            return f"frames are kept in {folder}, which all see"
        some = "the frames" if len(sending) == len(seats) else f"the frames of {machines(sending)}"
        return f"{some} come through the network, since {folder} is not seen there or may not be written to"

    def _look_after(self) -> Iterator[Failed]:
        """Looks for workers that have come, gone or hung, from time to time."""
        now = time.monotonic()
        if now - self._looked >= _LOOK:
            self._looked = now
            self._link.look()
        for name, seconds in self._schedule.hung(now):
            seat = self._seat_of(name)
            if seat is None:
                continue
            why = f"it did not answer for {duration(seconds)}"
            self._job.progress.note(f"{self._job.output}: the worker on {seat.machine} is started again: {why}")
            self._link.tell([seat.address], end_child, self._run)
            seat.clear(listen=True)  # it comes back when its process has ended
            seat.state = "hung"
            yield from _failed(self._schedule.lost(name, now, f"on {seat.machine} {why}"))
        if any(seat.state == "ready" for seat in self._seats.values()):
            self._staffed = now
        elif self._begun and now - self._staffed > self._patience:
            raise MoviemakerError(
                f"all workers of {self._link.address} have gone, and none has come for {duration(self._patience)}; "
                f"{self._carry_on()}"
            )

    def _carry_on(self) -> str:
        some = f"{self._kept} of {len(self._frames)} frames are finished and kept; " if self._kept else ""
        return f"{some}give the same command again when there are workers, or without --cluster to draw on this machine"

    def _connect_again(self) -> None:
        now = time.monotonic()
        for seat in self._seats.values():
            if seat.state == "ready":
                self._schedule.leave(seat.name, now)
            seat.sent.clear()
        self._seats.clear()
        note, until = self._job.progress.note, now + self._patience
        note(f"the scheduler at {self._link.address} is lost; it is looked for during {duration(self._patience)}")
        while True:
            try:
                self._link.open()
                break
            except MoviemakerError as error:
                if isinstance(error, UserError) or time.monotonic() > until:
                    raise MoviemakerError(f"{str(error).partition(';')[0]}; {self._carry_on()}") from error
                time.sleep(_LOOK)
        note(f"the scheduler at {self._link.address} is there again")
        self._staffed = time.monotonic()
        self._link.look()

    def _heard(self, what: object, told: object, now: float) -> Iterator[Answer]:
        """Takes an event that has come at this time."""
        if what == WORKERS:
            assert isinstance(told, dict)
            for address in [*self._seats]:
                if address not in told:
                    yield from self._gone(address, False, now)
            for address in told:
                if address not in self._seats and address not in self._left_out:
                    seat = self._seats[address] = Seat(address, self._number)
                    self._joining.greet(self._link, seat, _neighbours(address, told))
        elif what == GONE:
            assert isinstance(told, tuple)
            yield from self._gone(told[0], told[1], now)
        else:
            assert isinstance(what, tuple)
            kind, seat, name, index = what
            if seat.job != self._number:
                return  # a frame of the job before, which another worker has drawn too
            if kind == "drawn":
                yield from self._drawn(seat, name, index, told, now)
            elif self._seats.get(seat.address) is seat and not isinstance(told, CancelledError):
                self._joined(kind, seat, told, now)

    def _joined(self, kind: str, seat: Seat, told: object, now: float) -> None:
        """A worker has said what it is, or that it has the job."""
        if kind == "greeted":
            refusal = self._joining.equip(self._link, seat, told)
        elif isinstance(told, bytes):
            self._schedule.join(seat.begin(), now, machine=seat.machine)
            return
        else:
            refusal = Refusal(f"the worker on {seat.machine} cannot take the job ({told})", "see its log")
        if refusal is None:
            return
        seat.state = "left out"
        self._left_out.add(seat.address)
        self._refused.append(refusal)
        if self._begun:
            self._leave_out(refusal)

    def _leave_out(self, refusal: Refusal) -> None:
        self._job.progress.note(f"{self._job.output}: warning: {refusal.what}: it is left out; {refusal.instead}")

    def _gone(self, address: str, expected: bool, now: float) -> Iterator[Failed]:
        """A worker has gone."""
        seat = self._seats.pop(address, None)
        if seat is None or seat.state != "ready":
            return
        seat.sent.clear()
        if expected:
            self._schedule.leave(seat.name, now)
            return
        self._job.progress.note(f"{self._job.output}: a worker on {seat.machine} has gone; others draw its frames")
        yield from _failed(self._schedule.lost(seat.name, now, f"the worker on {seat.machine} has gone"))

    def _feed(self, seat: Seat) -> None:
        """Sends a worker frames, of those that are meant for it."""
        while seat.state == "ready" and seat.queue and len(seat.sent) < _AHEAD:
            index = seat.queue.popleft()
            what = ("drawn", seat, seat.name, index)
            if not seat.sent:
                seat.since = time.monotonic()
            seat.sent[index] = self._link.ask(what, seat.address, draw, self._run, self._number, index)

    def _drawn(self, seat: Seat, name: str, index: int, told: object, now: float) -> Iterator[Answer]:
        """A worker has answered about a frame; it may have been given up as lost before."""
        is_mine = seat.name == name and index in seat.sent
        waited = now - seat.since
        if is_mine:
            del seat.sent[index]
            seat.since = now
        if not isinstance(told, bytes):
            if is_mine and not isinstance(told, CancelledError):
                why = f"{type(told).__name__} on {seat.machine}: {' '.join(str(told).split())[:200]}"
                yield from _failed(self._schedule.failed(name, index, now, why, again=True))
            return
        outcome: Outcome = pickle.loads(told)
        if outcome.error is not None:
            raise _of_host(outcome.error, seat.machine)
        if outcome.ended and is_mine:
            self._job.progress.note(
                f"{self._job.output}: a process that draws on {seat.machine} was ended ({outcome.ended}); "
                f"frame {index} is drawn again"
            )
            why = f"its process on {seat.machine} was ended ({outcome.ended})"
            yield from _failed(self._schedule.lost(name, now, why))
        elif isinstance(outcome.frame, Done):
            if self._schedule.done(name, index, now, seat.seconds(outcome.frame, waited) if is_mine else None):
                if outcome.data is not None:
                    self._job.store.receive(index, outcome.data)
                self._kept += 1
                yield outcome.frame
        elif outcome.frame is not None and is_mine:
            why = f"{outcome.frame.why} (on {seat.machine})"
            yield from _failed(self._schedule.failed(name, index, now, why, again=True))
        has_lost = (outcome.ended and is_mine) or (seat.state == "hung" and seat.name == name)
        if has_lost and self._seats.get(seat.address) is seat:  # its process is a new one: so it is a new worker
            seat.clear()
            self._schedule.join(seat.begin(), now, machine=seat.machine)

    def _seat_of(self, name: str) -> Seat | None:
        return next((seat for seat in self._seats.values() if seat.name == name), None)


def _neighbours(address: str, others: Iterable[str]) -> int:
    """How many of the workers are on the machine of one of them."""
    return sum(other.rpartition(":")[0] == address.rpartition(":")[0] for other in others)


def _failed(frame: GivenUp | None) -> Iterator[Failed]:
    if frame is not None:
        yield Failed(frame.index, "; ".join(dict.fromkeys(frame.why)))


def _of_host(error: BaseException, host: str) -> BaseException:
    """An error of a worker that prevents all frames, with the name of its machine."""
    if isinstance(error, InputErrors):
        return InputErrors([_named(each, host) for each in error.errors])
    if isinstance(error, InputError):
        return _named(error, host)
    kind = UserError if isinstance(error, UserError) else MoviemakerError
    return kind(f"on {host}: {error}")


def _named(error: InputError, host: str) -> InputError:
    return type(error)(f"on {host}: {error.what}", error.instead, error.at)
