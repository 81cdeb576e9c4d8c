"""Where the time went, as a table of at most 80 columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moviemaker.core.progress import duration
from moviemaker.rendering.events import PARTS
from moviemaker.rendering.reports.profile import MOVIE, Lane, Piece

_SHOWN = 12  # workers of an output that have a line of their own
_NAMES = 17
_HEADS = (*PARTS, "waiting")
_COLUMNS, _LAST = tuple(max(7, len(head) + 1) for head in _HEADS), 10


def profile_lines(found: Sequence[Piece]) -> list[str]:
    """The table: for each output and worker the seconds of each part, of waiting, and of processor cores (CPU)."""
    return [line for piece in found for line in (*_table(piece), "")][:-1]


def _table(piece: Piece) -> Iterator[str]:
    workers = piece.workers
    frames = sum(lane.frames for lane in workers)
    who = f", {len(workers)} workers" if len(workers) > 1 else ""
    yield f"{piece.output}: {duration(piece.seconds)} for {frames} frame{'' if frames == 1 else 's'}{who}"
    if workers:
        yield _line("seconds", "frames", (*_HEADS, "CPU"))
        for lane in workers if len(workers) <= _SHOWN else workers[: _SHOWN - 1]:
            yield _row(lane)
        if len(workers) > _SHOWN:
            yield _row(_sum(workers[_SHOWN - 1 :], f"{len(workers) - _SHOWN + 1} others"))
        total = _sum(workers, "all")
        if len(workers) > 1:
            yield _row(total)
        wall = sum(total.seconds.values()) + total.waiting
        shares = [f"{100 * each / max(wall, 1e-9):.0f}%" for each in (*_parts(total), total.waiting)]
        drawn = wall / len(workers)
        yield _line("share", "", (*shares, f"{total.cpu / max(drawn, 1e-9):.1f} cores"))
    for lane in piece.lanes:
        if lane.worker == MOVIE:
            beside = f", after {duration(lane.waiting)} beside the drawing" if lane.waiting >= 1 else ""
            yield f"  the movie took {lane.seconds[MOVIE]:.1f} s after the last frame{beside}"
    if piece.opening >= 1:
        yield f"  opening the data took {piece.opening:.0f} s of a core before it began"


def _row(lane: Lane) -> str:
    numbers = (*_parts(lane), lane.waiting, lane.cpu)
    return _line(lane.worker, str(lane.frames), [_seconds(each) for each in numbers])


def _parts(lane: Lane) -> list[float]:
    return [lane.seconds.get(part, 0.0) for part in PARTS]


def _line(name: str, frames: str, columns: Sequence[str]) -> str:
    short = name if len(name) <= _NAMES - 6 else f"{name[: _NAMES - 9]}..."
    return (
        f"  {short:<{_NAMES - 6}}{frames:>6}"
        + "".join(f"{each:>{width}}" for each, width in zip(columns[:-1], _COLUMNS, strict=True))
        + f"{columns[-1]:>{_LAST}}"
    )


def _seconds(taken: float) -> str:
    return f"{taken:.0f}" if taken >= 100 else f"{taken:.1f}" if taken >= 0.05 or taken == 0 else f"{taken:.2f}"


def _sum(lanes: Sequence[Lane], name: str) -> Lane:
    seconds = {part: sum(lane.seconds.get(part, 0.0) for lane in lanes) for part in PARTS}
    busy = [each for lane in lanes for each in lane.busy]
    waiting = sum(lane.waiting for lane in lanes)
    return Lane(lanes[0].output, name, sum(lane.frames for lane in lanes), [], busy, seconds, waiting)
