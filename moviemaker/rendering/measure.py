"""Draws a few small pictures of each output to see how long they take on this machine."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.progress import Progress
from moviemaker.film.picture import write_picture
from moviemaker.prepare import Prepared
from moviemaker.rendering.estimate import note_compiling
from moviemaker.rendering.learning import scene_of
from moviemaker.rendering.speed import Measured, keep
from moviemaker.rendering.work import Contents, Cost, Size, cost
from moviemaker.studio import Studio

PIXELS = 400_000
"""Of the larger pictures that are drawn, at most."""

SMALLER = 0.5
"""Width and height of the smaller pictures, as parts of those of the larger ones."""

PLACES = (0.1, 0.5, 0.9)
"""The fractions of a movie at which neighbouring frames are drawn: those after the first find data that were read."""

NEIGHBOURS = 3

LONGEST = 30.0
"""Seconds after which no further place is tried in this size."""


def measure(shown: Contents, sizes: Mapping[str, Size], progress: Progress) -> None:
    """Measures outputs, and keeps what was found for this machine.

    Args:
        shown: what their frames show.
        sizes: (width, height) of the pictures, by the outputs' names.
        progress: reporter for the frames.

    Raises:
        MoviemakerError: a frame cannot be drawn.
    """
    for name, size in sizes.items():
        film = shown.prepared.script.scene.outputs[name].film
        if note_compiling(shown.prepared.script.layers, progress):  # now, so that it does not count
            _draw(shown.prepared, name, film.fit_size((64, 64)), shown.frames[:1], 1, progress)
        large = min(1.0, math.sqrt(PIXELS / (size[0] * size[1])))
        for scale in (SMALLER * large, large):
            fitted = film.fit_size((max(1, round(scale * size[0])), max(1, round(scale * size[1]))))
            keep(measured(shown, name, fitted if scale < 1 else size, progress))


def measured(shown: Contents, name: str, size: Size, progress: Progress) -> Measured:
    """Draws some of the frames of an output, and tells how long that took.

    Args:
        shown: what the frames show.
        name: of the output.
        size: (width, height) of the pictures, pixels.
        progress: reporter for the frames.

    Raises:
        MoviemakerError: a frame cannot be drawn.
    """
    prepared, frames = shown.prepared, shown.frames
    near = min(NEIGHBOURS, len(frames))
    begins = sorted({round(place * (len(frames) - near)) for place in PLACES})
    asked = [frames[0], *(index for begin in begins for index in frames[begin : begin + near])]
    (first, *taken), renderer = _draw(prepared, name, size, asked, near, progress)
    warm = [taken[place] for place in range(len(taken)) if place % near or near == 1]
    seconds, busy, read = (fmean(getattr(frame, what) for frame in warm) for what in ("seconds", "busy", "read"))
    # Neighbouring frames find data that were read before. As many frames as there are snapshots do not.
    afar = min(1.0, _snapshots(prepared) / len(frames)) * fmean(frame.read for frame in taken[::near])
    again = max(0.0, afar - read)
    return Measured(
        scene=scene_of(prepared),
        output=name,
        size=size,
        renderer=renderer,
        start=max(0.0, first.seconds - seconds),
        cost=Cost(seconds + again, busy + again),
        guess=cost(shown, name, size, usable_cores()),
    )


@dataclass(frozen=True)
class _Frame:
    """What a frame took: seconds, of them those in which data were read, and seconds of all cores together."""

    seconds: float
    read: float
    busy: float


def _draw(
    prepared: Prepared, name: str, size: Size, frames: Sequence[int], near: int, progress: Progress
) -> tuple[list[_Frame], str]:
    """What frames took, of which `near` are neighbours, and the name of the renderer."""
    suffix, taken, begun = prepared.script.scene.outputs[name].film.suffix, list[_Frame](), time.monotonic()
    studio = Studio(prepared.script, name, size, dict(prepared.sources))
    what = f"{name}: measuring pictures of {size[0]} x {size[1]}"
    with (
        closing(studio),
        tempfile.TemporaryDirectory(prefix="moviemaker-") as folder,
        progress.task(what, len(frames), "frame") as advance,
    ):
        for count, index in enumerate(frames):
            if count > near and count % near == 1 % near and time.monotonic() - begun > LONGEST:
                break
            since, busy = time.monotonic(), time.process_time()
            write_picture(Path(folder) / f"picture{suffix}", studio.frame(index), made_from="measured")
            seconds, busy = time.monotonic() - since, time.process_time() - busy
            taken.append(_Frame(seconds, studio.watch.take().get("read", 0.0), busy))
            advance(len(taken))
        return taken, studio.stage.renderer


def _snapshots(prepared: Prepared) -> int:
    """The most snapshots that data pass through during the movie."""
    times = [prepared.sources[layer.data].times for layer in prepared.script.layers]
    return max((len(each) for each in times if each is not None), default=0)
