"""Which worker draws which frames next.

A worker that is free gets a run of neighbouring frames: large runs first, small ones towards the end, so that all
workers end together. The size follows guided self-scheduling (C. D. Polychronopoulos and D. J. Kuck, "Guided
self-scheduling", IEEE Trans. Computers C-36, 1987) with the caution of factoring (S. F. Hummel, E. Schonberg and
L. E. Flynn, "Factoring: a method for scheduling parallel loops", Comm. ACM 35(8), 1992): a worker's share of half of
what is left, where shares are as the workers' speeds (weighted factoring: S. F. Hummel, J. Schmidt, R. N. Uma and
J. Wein, "Load-sharing in heterogeneous systems via weighted factoring", SPAA 1996).

Frames go out in their order, so that a movie can be encoded beside. A frame that takes a tenth of the remaining time or
more goes before that, the most expensive first (R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J.
Appl. Math. 17, 1969): begun late, it would keep the film's end waiting. Where nothing is known of the costs, and many
workers draw few frames each, their first frames are spread over the film, so that the long ones are known early.

When no frames wait, a free worker takes frames that another one has not begun, from the end of its run (work stealing).
When all are begun, it draws one a second time that will otherwise be finished later, or that takes suspiciously long.
The first answer counts. The bytes of both are the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from moviemaker.farm.scheduling.alarms import Alarms, Limits
from moviemaker.farm.scheduling.forecast import Forecast
from moviemaker.farm.scheduling.pool import Pool
from moviemaker.farm.scheduling.roster import Hand, Roster
from moviemaker.farm.scheduling.runs import Runs
from moviemaker.farm.scheduling.tries import GivenUp, Tries

_MOST = 3  # workers that draw the same frame; it is not given to more than one other
_SOONER = 1.25  # a frame is drawn a second time if that is finished by so much sooner


@dataclass(frozen=True)
class Order:
    """What to tell a worker.

    Attributes:
        worker: its name.
        draw: frames to draw, in this order, after those that it has. Empty in a message that only takes frames away.
        forget: frames of its run that others draw now. It leaves out those that it has not begun.
        alone: whether the worker has to be the only one at work on its machine, which the schedule sees to.
    """

    worker: str
    draw: tuple[int, ...] = ()
    forget: tuple[int, ...] = ()
    alone: bool = False


class Schedule:
    """The frames of one job and the workers that draw them.

    The caller tells what happened (`join`, `done`, `failed`, `lost`, `leave`) and then asks for `orders`, which it
    sends to the workers. A worker draws the frames of its orders one after the other and answers each. Times are
    seconds of any clock that the caller reads. Without an event, it asks again at the time that `wake` says, and looks
    for `hung` workers, which it ends and reports as `lost`. A decision takes O(log n) steps.

    Args:
        frames: numbers of the frames.
        costs: what is known of the frames' costs, in any unit; default: nothing, all are taken as equal.
        in_order: frames go out in order as far as the film's end allows; False: the most expensive ones first.
        cuts: frames at which a run best begins, such as the first ones of snapshots.
        workers: how many workers are expected to come, so that the first ones do not take too much.
        limits: when a worker has hung.

    Attributes:
        given_up: frames that failed for good, by number.
    """

    def __init__(
        self,
        frames: Sequence[int],
        costs: Mapping[int, float] | None = None,
        *,
        in_order: bool = True,
        cuts: Collection[int] = (),
        workers: int = 1,
        limits: Limits | None = None,
    ):
        self._frames = sorted(set(frames))
        self._places = {index: place for place, index in enumerate(self._frames)}
        known = [max(float(costs[index]), 1e-12) if costs else 1.0 for index in self._frames]
        self._forecast = Forecast(known, varied=costs is None)
        self._pool = Pool(self._forecast)
        self._roster = Roster()
        at = sorted({bisect_left(self._frames, cut) for cut in cuts})
        self._runs = Runs(self._forecast, self._pool, self._roster, in_order, at, workers, sampled=costs is None)
        self._tries = Tries(self._roster)
        self._alarms = Alarms(self._forecast, self._roster, limits or Limits())
        self._left = len(self._frames)
        self._over = bytearray(len(self._frames))
        self._holders: dict[int, list[Hand]] = {}
        self._forgotten: list[Order] = []
        self.given_up: dict[int, GivenUp] = {}

    @property
    def finished(self) -> bool:
        """Whether every frame is done or has failed for good."""
        return self._left == 0

    @property
    def seconds_left(self) -> float | None:
        """How long the workers that are there still need; None: unknown."""
        if self.finished:
            return 0.0
        if not self._forecast.learnt or not self._roster.speed:
            return None
        held = sum(self._forecast.cost(place) for place in self._holders)
        waiting = sum(self._forecast.cost(place) for place in self._tries.waiting)
        return (self._pool.cost + waiting + held / 2) / self._roster.speed

    def speeds(self) -> dict[str, float]:
        """What has been learnt of the workers' speeds, for the next job of the same workers."""
        return {name: worker.speed.value for name, worker in self._roster.workers.items()}

    def join(self, worker: str, now: float, *, machine: str = "", speed: float | None = None) -> None:
        """A worker has come, which is free.

        Args:
            worker: its name, which no other one has had. A worker that takes the place of a dead one has a new name.
            now: the time.
            machine: where it runs, such as the name of the host.
            speed: its speed against others', as far as it is known. Default: unknown; where frames are long, it first
                gets a short one.
        """
        self._roster.join(worker, machine, speed, now)

    def leave(self, worker: str, now: float) -> None:
        """A worker has gone without having failed. The frames that it had are given to others."""
        self._part(worker, now, None)

    def lost(self, worker: str, now: float, why: str) -> GivenUp | None:
        """A worker has died, or was ended since it had hung. Its frames are given to others.

        Args:
            worker: its name; one that is not there is ignored.
            now: the time.
            why: what happened, in words.

        Returns:
            The frame that it was drawing, if that has failed for good.
        """
        return self._part(worker, now, why)

    def done(self, worker: str, index: int, now: float, seconds: float | None = None) -> bool:
        """A worker has finished a frame.

        Args:
            worker: its name; that of a lost one is taken too.
            index: number of the frame.
            now: the time.
            seconds: how long it took, without opening and preparing what later frames of this worker use too; default:
                the time since it was begun, from which nothing is learnt if it was the worker's first frame.

        Returns:
            Whether this is the first answer. Others are to be ignored.
        """
        place = self._places[index]
        drew = self._roster.workers.get(worker)
        if drew is not None and self._has(drew, place):
            if place == drew.run[0]:
                self._learn(drew, place, now - drew.begun, seconds)
            self._roster.count_frame(drew)
            self._drop(drew, place, now)
        if self._over[place]:
            return False
        self._end(place)
        for other in self._holders.pop(place, []):
            if place != other.run[0]:
                self._drop(other, place, now)
                self._forgotten.append(Order(other.name, forget=(index,)))
        return True

    def failed(self, worker: str, index: int, now: float, why: str, again: bool = False) -> GivenUp | None:
        """A worker could not draw a frame, and goes on with its next one.

        Args:
            worker: its name.
            index: number of the frame.
            now: the time.
            why: what happened, in words.
            again: whether another worker may succeed; otherwise the frame has failed for good.

        Returns:
            The frame, if it has failed for good.
        """
        place = self._places[index]
        drew = self._roster.workers.get(worker)
        if drew is not None and self._has(drew, place):
            self._roster.count_frame(drew)
            self._drop(drew, place, now)
        if self._over[place]:
            return None
        if again and drew is not None:
            return self._try_again(place, drew, why)
        return self._give_up(place, why)

    def hung(self, now: float) -> list[tuple[str, float]]:
        """Workers that have been drawing a frame for so long that they have hung, and for how many seconds."""
        return [(worker.name, now - worker.begun) for worker in self._alarms.overdue(now)]

    def wake(self, now: float) -> float:
        """The time at which `orders` or `hung` may have something new although nothing happens; infinite: none."""
        waits = self._roster.has_idle and not self._pool and not self._tries.waits_alone
        return self._alarms.next_time(now, suspects=waits)

    def orders(self, now: float) -> list[Order]:
        """What the free workers are to draw, and what others need not draw any more."""
        orders, refused = self._forgotten, []
        self._forgotten = []
        while (worker := self._roster.next_idle()) is not None:
            found = self._order(worker, now)
            if found:
                orders += found
                continue
            refused.append(worker)
            if not (self._tries or worker.machine.alone):
                break  # the others are slower
        for worker in refused:
            self._roster.refuse(worker)
        return orders

    def ahead(self, now: float) -> list[Order]:
        """What workers are to draw after the frame that they have begun, if nothing follows it.

        For a caller that will not listen for a while, so that they need not wait for it.
        """
        orders: list[Order] = []
        for worker in self._roster.workers.values():
            if self._pool and len(worker.run) == 1 and not (self._tries or worker.machine.alone):
                orders += self._give(worker, self._runs.next_for(worker), now)
        return orders

    def _order(self, worker: Hand, now: float) -> list[Order]:
        machine = worker.machine
        if machine.alone:
            return []
        place = self._tries.next_for(worker, lambda place: self._runs.suits(worker, place))
        if place is None and not machine.busy and (len(machine.workers) == 1 or not self._pool):
            place = self._tries.next_alone()
            machine.alone = place is not None
        if place is not None:
            return self._give(worker, [place], now)
        if self._pool:
            return self._give(worker, self._runs.next_for(worker), now)
        if stolen := self._stolen_for(worker, now):
            return stolen
        if not self._tries.waits_alone and (place := self._second_for(worker, now)) is not None:
            return self._give(worker, [place], now)
        return []

    def _give(self, worker: Hand, places: list[int], now: float) -> list[Order]:
        for place in places:
            self._pool.take(place)
            self._holders.setdefault(place, []).append(worker)
        worker.run.extend(places)
        worker.rest = sum(self._forecast.known[place] for place in islice(worker.run, 1, None))
        self._roster.begin(worker, now)
        self._alarms.set(worker)
        return [Order(worker.name, tuple(self._frames[place] for place in places), alone=worker.machine.alone)]

    def _stolen_for(self, thief: Hand, now: float) -> list[Order]:
        """Frames that another worker has not begun, from the end of the run that would last longest."""
        holder = self._alarms.longest_run()
        if holder is None:
            return []
        cost, learnt = self._forecast.cost, self._forecast.learnt
        elapsed = now - holder.begun if learnt else 0.0
        theirs = abs(self._alarms.seconds(holder, holder.run[0]) - elapsed)  # if it is late: as long again
        theirs += self._alarms.rest(holder)
        mine = self._alarms.warm_up(thief)
        stolen: list[int] = []
        while len(holder.run) > 1:
            last = cost(holder.run[-1])
            mine += last / thief.speed.value
            if mine >= theirs:
                break
            theirs -= last / holder.speed.value
            stolen.append(holder.run.pop())
            holder.rest = max(0.0, holder.rest - self._forecast.known[stolen[-1]])
        if not stolen:
            return []
        for place in stolen:
            self._holders[place].remove(holder)
        self._alarms.set(holder)
        forget = Order(holder.name, forget=tuple(self._frames[place] for place in stolen))
        return [forget, *self._give(thief, stolen[::-1], now)]

    def _second_for(self, worker: Hand, now: float) -> int | None:
        """A frame that is being drawn, and that this worker would finish sooner."""
        if not self._forecast.learnt:
            return None

        def holders(holder: Hand) -> list[Hand]:
            place = holder.run[0]
            return [] if self._over[place] or holder.machine.alone else self._holders[place]

        def is_suspect(holder: Hand) -> bool:
            found = holders(holder)
            return 0 < len(found) <= _MOST and all(self._alarms.is_late(other, now) for other in found)

        suspect = self._alarms.suspect(now, is_suspect)
        if suspect is not None:
            return suspect.run[0]

        def is_first(holder: Hand) -> bool:
            found = holders(holder)
            return 0 < len(found) <= _MOST and holder is min(found, key=self._alarms.head_at)

        last = self._alarms.last_frame(is_first)
        if last is None:
            return None
        mine = self._alarms.warm_up(worker) + self._forecast.cost(last.run[0]) / worker.speed.value
        return last.run[0] if self._alarms.head_at(last) - now > _SOONER * mine else None

    def _learn(self, worker: Hand, place: int, whole: float, seconds: float | None) -> None:
        first = worker.frames == 0
        if first:
            self._alarms.learn_warm_up(worker, place, whole, seconds)
        if not first or seconds is not None:
            self._pool.learn(place, worker.speed, whole if seconds is None else seconds, doubtful=first)
            self._roster.recount(worker)

    def _has(self, worker: Hand, place: int) -> bool:
        return (bool(worker.run) and worker.run[0] == place) or worker in self._holders.get(place, ())

    def _drop(self, worker: Hand, place: int, now: float) -> None:
        """Takes a frame out of a worker's run."""
        begun = worker.run[0] == place
        worker.run.remove(place)
        if worker.run:
            gone = worker.run[0] if begun else place
            worker.rest = max(0.0, worker.rest - self._forecast.known[gone]) if len(worker.run) > 1 else 0.0
        if worker in self._holders.get(place, ()):
            self._holders[place].remove(worker)
        if begun:
            worker.begun = now
        if worker.run:
            self._alarms.set(worker)
        else:
            self._roster.rest(worker)

    def _part(self, name: str, now: float, why: str | None) -> GivenUp | None:
        worker = self._roster.part(name)
        failed = None
        if worker is None:
            return None
        for number, place in enumerate(worker.run):
            if self._over[place]:
                continue
            self._holders[place].remove(worker)
            if why is not None and number == 0:
                failed = self._try_again(place, worker, why)
            elif not self._holders[place]:
                self._wait_again(place)
        worker.run.clear()
        return failed

    def _wait_again(self, place: int) -> None:
        """Lets a frame wait whose worker has gone, for which it is not to blame."""
        if not self._tries.wait(place):
            self._pool.add(place)

    def _try_again(self, place: int, worker: Hand, why: str) -> GivenUp | None:
        last = self._tries.count(place, worker, why)
        if self._holders.get(place):
            return None  # another one draws it
        if last:
            return self._give_up(place)
        self._tries.wait(place)
        return None

    def _give_up(self, place: int, why: str | None = None) -> GivenUp:
        self._holders.pop(place, None)
        reasons = self._tries.reasons(place) + ([why] if why is not None else [])
        index = self._frames[place]
        self.given_up[index] = GivenUp(index, tuple(reasons))
        self._end(place)
        return self.given_up[index]

    def _end(self, place: int) -> None:
        self._over[place] = 1
        self._left -= 1
        self._pool.take(place)
        self._tries.forget(place)
