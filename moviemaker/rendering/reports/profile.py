"""Where the time of renders went: read from their logs. Pure.

Each worker has a lane of time. A frame fills it with the parts of its work, which end when the frame was finished; what
lies between is waiting. Clocks of other machines are set right by the fastest answer of each worker: its frames cannot
have been finished after they were heard of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from moviemaker.rendering.events import PARTS, Run

MOVIE = "movie"
"""The part in which a movie is encoded after its last frame; what comes before is waiting for frames."""

_TOGETHER = 120.0  # seconds between the runs of one command, in which the next output is prepared


@dataclass(frozen=True)
class Span:
    """A part of the work on a frame.

    Attributes:
        start: seconds since 1970.
        end: of it.
        part: one of `PARTS`, or `MOVIE`.
    """

    start: float
    end: float
    part: str


@dataclass
class Lane:
    """What a worker has done for an output.

    Attributes:
        output: the output, with the eye and the shard if there are some.
        worker: its name.
        frames: number of its frames.
        spans: in the order of time.
        busy: when each of its frames began and ended, and seconds of processor cores that it took.
        seconds: of each part.
        waiting: seconds of the output's run in which it did nothing of these.
    """

    output: str
    worker: str
    frames: int = 0
    spans: list[Span] = field(default_factory=list)
    busy: list[tuple[float, float, float]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    waiting: float = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of processor cores that its frames took."""
        return sum(seconds for _, _, seconds in self.busy)


@dataclass(frozen=True)
class Piece:
    """A run on an output.

    Attributes:
        output: as in `Lane`.
        start: seconds since 1970.
        end: of it, as far as is known.
        opening: seconds of a core for opening the data before.
        lanes: of the workers, the busiest first, and of the encoder.
    """

    output: str
    start: float
    end: float
    opening: float
    lanes: tuple[Lane, ...]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start

    @property
    def workers(self) -> tuple[Lane, ...]:
        """The lanes but that of the encoder."""
        return tuple(lane for lane in self.lanes if lane.worker != MOVIE)


def pieces(labelled: Iterable[tuple[str, Run]]) -> list[Piece]:
    """Where the time of runs went, in the order in which they began.

    Args:
        labelled: the runs, and the name of the output of each.
    """
    found = [_piece(label, run) for label, run in labelled]
    return sorted((piece for piece in found if piece.lanes), key=lambda piece: piece.start)


def last_together(labelled: Sequence[tuple[str, Run]]) -> list[tuple[str, Run]]:
    """The latest run, and all that went on with it: at the same time, or right before it by the same process."""
    left = sorted((each for each in labelled if each[1].frames or each[1].movie), key=lambda each: each[1].last)
    found, more = left[-1:], left[-1:]
    while more:
        left = [each for each in left if all(each[1] is not other for _, other in found)]
        more = [each for each in left if any(_go_together(each[1], other) for _, other in more)]
        found = [*found, *more]
    return found


def _go_together(run: Run, other: Run) -> bool:
    same = all(run.start.get(name) == other.start.get(name) for name in ("host", "process"))
    apart = max(float(run.start["when"]) - other.last, float(other.start["when"]) - run.last)
    return apart < (_TOGETHER if same else 0.0)


def _piece(label: str, run: Run) -> Piece:
    shard, host = run.start.get("shard"), str(run.start.get("host", ""))
    label = f"{label} {shard}" if shard else label
    start, end = float(run.start["when"]), run.last
    lanes: dict[str, Lane] = {}
    early = _corrections(run)
    for frame in run.frames:
        worker = str(frame["worker"])
        lane = lanes.setdefault(worker, Lane(label, _named(worker, host)))
        lane.frames += 1
        finished = float(frame["finished"]) + early[worker] if frame["finished"] else float(frame["when"])
        seconds = {part: max(0.0, float(frame["seconds"].get(part, 0.0))) for part in PARTS}
        at = begun = finished - sum(seconds.values())
        for part, taken in seconds.items():
            lane.seconds[part] = lane.seconds.get(part, 0.0) + taken
            if taken:
                lane.spans.append(Span(at, at + taken, part))
            at += taken
        lane.busy.append((begun, finished, max(0.0, float(frame["busy"]))))
        start = min(start, begun)
    drawn = max((float(frame["when"]) for frame in run.frames), default=start)
    for lane in lanes.values():
        lane.spans.sort(key=lambda span: span.start)
        lane.waiting = max(0.0, drawn - start - sum(lane.seconds.values()))
    movie = [_movie(label, run)] if run.movie else []
    ordered = sorted(lanes.values(), key=lambda lane: (-lane.frames, lane.worker))
    return Piece(label, start, end, float(run.start.get("opening") or 0.0), (*ordered, *movie))


def _movie(label: str, run: Run) -> Lane:
    end, taken = float(run.movie["when"]), float(run.movie["seconds"])
    began = min(float(run.movie["began"]), end - taken)
    return Lane(label, MOVIE, 0, [Span(end - taken, end, MOVIE)], [], {MOVIE: taken}, max(0.0, end - taken - began))


def _corrections(run: Run) -> dict[str, float]:
    """What has to be added to each worker's clock."""
    found: dict[str, float] = {}
    for frame in run.frames:
        late = float(frame["when"]) - float(frame["finished"])
        worker = str(frame["worker"])
        found[worker] = min(found.get(worker, late), late)
    return found


def _named(worker: str, host: str) -> str:
    own = worker.removeprefix(f"{host} ")
    return f"worker {own}" if own.isdigit() else own
