"""Learns from the log of a render how fast this machine is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from moviemaker.prepare import Prepared
from moviemaker.rendering.events import Run, RunLog
from moviemaker.rendering.speed import Measured, keep
from moviemaker.rendering.work import BESIDE, Size, contents, costs

_FEWEST = 8  # frames that tell something
_LEAST = 2.0  # seconds in which they have to be drawn
_SHARE = 0.1  # of the time of the render, which the data may take to be examined once more, or ...
_SHORT = 3.0  # ... seconds
_TAIL = 1.0  # seconds of encoding after the last frame that tell nothing: buffers are emptied


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
    each = since[-1] / (len(frames) - 1)
    tail = float(run.movie.get("seconds", 0.0))
    numbers = [int(frame["frame"]) for frame in frames]
    guess = costs(contents(prepared, range(min(numbers), max(numbers) + 1)), name, size)
    return Measured(
        scene=scene_of(prepared),
        output=name,
        size=size,
        frames=len(frames),
        workers=len({frame["worker"] for frame in frames[len(frames) // 2 :]}),
        renderer=str(first["renderer"]),
        start=max(0.0, float(first["when"]) - float(run.start["when"]) - each),
        seconds=each + max(0.0, tail - _TAIL) / len(frames),
        parts=_parts(frames),
        guess={part: (cost.alone, cost.spread) for part, cost in guess.items() if part != BESIDE or run.movie},
    )


def scene_of(prepared: Prepared) -> str:
    """The name by which a scene is known again: the path of its file."""
    return str((prepared.document.folder / Path(prepared.document.file).name).resolve())


def _examined(first: Mapping[str, Any]) -> float:
    """Seconds, about, in which the data of three moments are read and made visible again, by those of a first frame."""
    return 3 * float(first["seconds"].get("read", 0.0)) + float(first["seconds"].get("draw", 0.0))


def _parts(frames: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Mean seconds of the parts of the work on a frame, without the first frame of each worker."""
    begun: set[str] = set()
    warm = [frame for frame in frames if frame["worker"] in begun or begun.add(frame["worker"])]  # type: ignore[func-returns-value]
    names = {part for frame in warm for part in frame["seconds"]} - {"start"}
    return {part: fmean(float(frame["seconds"].get(part, 0.0)) for frame in warm) for part in names}
