"""Simulates the schedule of a farm: makespan against the best possible, and the schedule's own work per frame.

    python benchmarks/schedule.py
    python benchmarks/schedule.py --frames 20000 --workers 1000 --seed 1

Frames have known, skewed costs; workers differ in speed, come, go, die and hang. The best possible makespan is bounded
by the work that the workers which are there can do, and by the longest frame on the fastest of them. Who cannot know
which workers will go has a second bound: a frame whose worker has gone begins again, on the fastest one at best. Time
is simulated: figures do not depend on the machine, but for the schedule's own work, which is processor time.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from moviemaker.farm.scheduling import Limits, Schedule

LIMITS = Limits(first=600.0, least=30.0, times=10.0)


@dataclass
class Machine:
    """A simulated worker.

    Attributes:
        speed: cost that it draws in a second.
        comes: when it comes.
        goes: when it goes.
        dies: when it dies, and another one takes its place; None: never.
        hangs: when it hangs; None: never.
        start: seconds that its first frame takes longer.
    """

    speed: float = 1.0
    comes: float = 0.0
    goes: float = float("inf")
    dies: float | None = None
    hangs: float | None = None
    restart: float = 5.0
    start: float = 0.0
    queue: deque[int] = field(default_factory=deque)
    drawing: int | None = None
    hung: bool = False


@dataclass
class Result:
    """What a simulation shows.

    Attributes:
        makespan: seconds until all frames were done or had failed.
        bound: seconds that no schedule can fall short of.
        lost_bound: the same, given which frames were lost with their workers, and when.
        drawn: frames that were drawn, with those that were drawn twice.
        failed: frames that failed.
        work: processor time of the schedule, seconds for each frame.
        order: frames as they were done.
        runs: number of orders.
    """

    makespan: float
    bound: float
    lost_bound: float
    drawn: int
    failed: list[int]
    work: float
    order: list[int]
    runs: int


def simulate(
    costs: list[float],
    machines: list[Machine],
    known: bool = True,
    in_order: bool = True,
    poisonous: frozenset[int] = frozenset(),
    host: Callable[[int], str] = lambda number: f"host{number // 8}",
) -> Result:
    """Simulates a job of frames 0, 1, 2 ... of these costs."""
    schedule = Schedule(
        range(len(costs)),
        dict(enumerate(costs)) if known else None,
        in_order=in_order,
        workers=sum(not machine.comes for machine in machines),
        limits=LIMITS,
    )
    events: list[tuple[float, int, str, str, int]] = []
    serial, names = count(), count()
    capacity = _capacity_bound(sum(costs), machines)
    there: dict[str, Machine] = {}
    hosts: dict[str, str] = {}
    drawn = runs = 0
    now = work = lost = 0.0
    fastest = max(machine.speed for machine in machines)
    order: list[int] = []

    def later(at: float, what: str, name: str, frame: int = -1) -> None:
        heappush(events, (at, next(serial), what, name, frame))

    def come(machine: Machine, at: float, at_host: str) -> None:
        name = f"w{next(names)}"
        there[name], hosts[name] = machine, at_host
        later(at, "join", name)

    for number, machine in enumerate(machines):
        come(machine, machine.comes, host(number))

    def begin(name: str) -> None:
        machine = there[name]
        while machine.queue and machine.drawing is None and not machine.hung:
            machine.drawing = machine.queue.popleft()
            later(now + machine.start + costs[machine.drawing] / machine.speed, "drawn", name, machine.drawing)
            machine.start = 0.0

    def end(name: str) -> None:
        machine = there.pop(name)
        if machine.goes == float("inf"):
            fresh = Machine(machine.speed, restart=machine.restart)
            come(fresh, now + machine.restart, hosts[name])

    while not schedule.finished:
        if not events:
            raise RuntimeError(f"the schedule stands still at {now}")
        now, _, what, name, frame = heappop(events)
        if name and name not in there:
            continue
        machine = there.get(name)
        if what == "join":
            if machine.goes < float("inf"):
                later(machine.goes, "leave", name)
            if machine.dies is not None:
                later(machine.dies, "die", name)
            if machine.hangs is not None:
                later(machine.hangs, "hang", name)
        elif what == "hang":
            machine.hung = True
            continue
        elif what == "drawn":
            if machine.hung:
                continue
            drawn += 1
            machine.drawing = None
        began = time.process_time()
        if what == "join":
            schedule.join(name, now, machine=hosts[name])
        elif what == "drawn" and frame in poisonous:
            schedule.lost(name, now, "SIGSEGV")
        elif what == "drawn":
            if schedule.done(name, frame, now, costs[frame] / machine.speed):
                order.append(frame)
        elif what == "leave":
            schedule.leave(name, now)
        elif what == "die":
            schedule.lost(name, now, "SIGKILL")
        stuck = schedule.hung(now)
        for late, _ in stuck:
            schedule.lost(late, now, "hung")
        orders = schedule.orders(now)
        wake = schedule.wake(now)
        work += time.process_time() - began
        if what in ("leave", "die") and machine.drawing is not None:
            lost = max(lost, now + costs[machine.drawing] / fastest)
        if what in ("leave", "die") or (what == "drawn" and frame in poisonous):
            end(name)
        for late, _ in stuck:
            end(late)
        for message in orders:
            runs += bool(message.draw)
            told = there[message.worker]
            told.queue = deque(index for index in told.queue if index not in message.forget)
            told.queue.extend(message.draw)
            begin(message.worker)
        if what == "drawn" and name in there:
            begin(name)
        if wake < float("inf"):
            later(max(wake, now) + 1e-6, "wake", "")
            if len(events) > 50_000:  # of alarms that have been put off, only the next one counts
                events = [event for event in events if event[2] != "wake"]
                events.sort()
                later(max(wake, now) + 1e-6, "wake", "")
    longest = max((cost for frame, cost in enumerate(costs) if frame not in poisonous), default=0.0)
    bound = max(capacity, longest / fastest)
    return Result(now, bound, max(bound, lost), drawn, sorted(schedule.given_up), work / len(costs), order, runs)


def _capacity_bound(total: float, machines: list[Machine]) -> float:
    """When workers could be done at the earliest that lose nothing but the time while they are not there."""
    changes: list[tuple[float, float]] = []
    for machine in machines:
        changes.append((machine.comes + machine.start, machine.speed))
        if machine.goes < float("inf"):
            changes.append((machine.goes, -machine.speed))
    at = speed = 0.0
    for moment, change in sorted(changes):
        if speed * (moment - at) >= total:
            break
        total -= speed * (moment - at)
        at, speed = moment, speed + change
    return at + total / speed


def cases(frames: int, workers: int, seed: int) -> Iterator[tuple[str, list[float], list[Machine], bool]]:
    """(name, costs, workers, whether costs are known) of all cases."""
    chance = random.Random(seed)
    lognormal = [chance.lognormvariate(0, 1) for _ in range(frames)]
    ramp = [0.1 + 2 * number / frames for number in range(frames)]
    heavy = [0.5 if number < 0.9 * frames else 10.0 for number in range(frames)]
    usual = sum(lognormal) / workers

    def steady() -> list[Machine]:
        return [Machine() for _ in range(workers)]

    def mixed() -> list[Machine]:
        return [Machine(chance.choice([0.25, 0.5, 1.0, 2.0])) for _ in range(workers)]

    def changing(span: float) -> list[Machine]:
        found = []
        for number in range(workers):
            machine = Machine(chance.choice([0.5, 1.0, 2.0]), restart=0.05 * span)
            if number % 5 == 1:
                machine.comes = chance.uniform(0, 0.5 * span)
            if number % 10 == 2:
                machine.goes = chance.uniform(0.3 * span, span)
            elif number % 10 == 3:
                machine.dies = chance.uniform(0, span)
            found.append(machine)
        return found

    for name, costs in (("lognormal", lognormal), ("ramp", ramp), ("heavy end", heavy)):
        span = sum(costs) / workers
        yield f"{name}, equal workers", costs, steady(), True
        yield f"{name}, four speeds", costs, mixed(), True
        yield f"{name}, comings, goings and deaths", costs, changing(span), True
    yield "ramp, nothing known", ramp, mixed(), False
    yield "heavy end, nothing known", heavy, steady(), False
    few = [Machine(), Machine(0.5)]
    yield "ramp, two workers, nothing known", ramp[:: max(1, frames // 300)], few, False
    cold = [Machine(start=3.0), Machine(0.5, start=7.0)]
    yield "short frames, two workers that start slowly", [0.07] * 96, cold, False
    slow = [Machine(speed, start=chance.uniform(4, 6) / speed) for speed in chance.choices([0.5, 1.0, 2.0], k=20)]
    yield "long frames, 20 workers that start slowly", [20.0] * 400, slow, False
    stuck = steady()
    for machine in stuck[:: max(1, workers // 10)]:
        machine.hangs = chance.uniform(0, usual)
    yield "lognormal, hung workers", lognormal, stuck, True


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by-cost", action="store_true", help="the most expensive frames first, not the first ones")
    options = parser.parse_args()
    print(f"{options.frames} frames on {options.workers} workers")
    print(
        f"{'case':44} {'makespan':>9} {'bound':>9} {'ratio':>6} {'losses':>6} {'twice':>6} {'runs':>6} {'ms/frame':>9}"
    )
    for name, costs, machines, known in cases(options.frames, options.workers, options.seed):
        found = simulate(costs, machines, known, in_order=not options.by_cost)
        twice = found.drawn - len(costs) + len(found.failed)
        ratio, losses = found.makespan / found.bound, found.makespan / found.lost_bound
        print(
            f"{name:44} {found.makespan:9.2f} {found.bound:9.2f} {ratio:6.3f} {losses:6.3f} {twice:6} {found.runs:6} "
            f"{1e3 * found.work:9.4f}"
        )


if __name__ == "__main__":
    main()
