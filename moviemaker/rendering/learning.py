"""Learns from the log of a render how fast this machine is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from moviemaker.core.machine.cores import usable_cores
from moviemaker.prepare import Prepared
from moviemaker.rendering.events import Run, RunLog
from moviemaker.rendering.speed import Measured, keep
from moviemaker.rendering.work import Cost, Size, contents, cost

_FEWEST = 8  # frames that tell something
_LEAST = 2.0  # seconds in which they have to be drawn
_SHARE = 0.1  # of the time of the render, which the data may take to be examined once more, or ...
_SHORT = 3.0  # ... seconds
_TAIL = 1.0  # seconds of encoding after the last frame that tell nothing: buffers are emptied
_ALONE = 2  # frames of one worker that tell how long it takes if it has the machine for itself
_TICK = 1e-4  # seconds that no frame is quicker than, as logs tell it


@contextmanager
def learning(prepared: Prepared, name: str, size: Size, log: RunLog) -> Iterator[None]:
    """Keeps what the render of an output shows about this machine, if the context ends without an error.

    Args:
        prepared: the scene.
        name: of the output.
        size: (width, height) of its pictures, pixels.
        log: of the run.
    """
    yield
    with suppress(Exception):  # the movie is finished, whatever becomes of its data now
        run = log.told()
        measured = None if run is None else measured_by(run, prepared, name, size)
        if measured is not None:
            keep(measured)


def measured_by(run: Run, prepared: Prepared, name: str, size: Size) -> Measured | None:
    """What the log of a run tells of the machine; None: too little.

    Args:
        run: the log.
        prepared: the scene.
        name: of the output.
        size: (width, height) of its pictures, pixels.

    Raises:
        InputError: data cannot be read.
    """
    frames = [frame for frame in run.frames if frame["renderer"]]  # without those that a worker has found finished
    if len(frames) < _FEWEST:
        return None
    first = frames[0]
    since = [float(frame["when"]) - float(first["when"]) for frame in frames]
    if since[-1] < _LEAST or _examined(first) > max(_SHORT, _SHARE * since[-1]):
        return None
    taken, numbers = _cost(frames), [int(frame["frame"]) for frame in frames]
    shown, movie = contents(prepared, range(min(numbers), max(numbers) + 1)), run.movie
    slower = float(movie.get("seconds", 0.0)) > _TAIL
    return Measured(
        scene=scene_of(prepared),
        output=name,
        size=size,
        renderer=str(first["renderer"]),
        start=max(0.0, float(first["when"]) - float(run.start["when"]) - taken.seconds),
        cost=taken,
        guess=cost(shown, name, size, usable_cores()),
        encoding=(float(movie["when"]) - float(movie["began"])) / float(movie["frames"]) if slower else 0.0,
    )


def scene_of(prepared: Prepared) -> str:
    """The name by which a scene is known again: the path of its file."""
    return str((prepared.document.folder / Path(prepared.document.file).name).resolve())


def _examined(first: Mapping[str, Any]) -> float:
    """Seconds, about, in which the data of three moments are read and made visible again, by those of a first frame."""
    return 3 * float(first["seconds"].get("read", 0.0)) + float(first["seconds"].get("draw", 0.0))


def _cost(frames: Sequence[Mapping[str, Any]]) -> Cost:
    """The mean cost of a frame, without the first one of each worker.

    How long one takes that has the machine for itself, the frames tell that were finished before others began. Where
    none were, it lies between what the cores take at least and what it took beside the others.
    """
    begun: set[str] = set()
    warm = [frame for frame in frames if frame["worker"] in begun or begun.add(frame["worker"])]  # type: ignore[func-returns-value]
    busy, seconds = fmean(float(frame["busy"]) for frame in warm), fmean(map(_seconds, warm))
    others = min((_began(frame) for frame in frames if frame["worker"] != frames[0]["worker"]), default=math.inf)
    alone = [frame for frame in warm if float(frame["finished"]) <= others]
    if len(alone) >= _ALONE:
        ratio = sum(map(_seconds, alone)) / max(_TICK, sum(float(frame["busy"]) for frame in alone))
        return Cost(max(_TICK, busy * ratio), max(_TICK, busy))
    return Cost(math.sqrt(max(_TICK, seconds) * max(_TICK, min(seconds, busy / usable_cores()))), max(_TICK, busy))


def _seconds(frame: Mapping[str, Any]) -> float:
    return float(sum(frame["seconds"].values()))


def _began(frame: Mapping[str, Any]) -> float:
    return float(frame["finished"]) - _seconds(frame)
