"""Gathers the frames of one output: those that are kept, those that this run draws, those that other runs draw."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.progress import LONG
from moviemaker.farm import Crew, Failed, Job
from moviemaker.film.claims.intervals import common, count_of, frames_in, in_words, numbers_of, without
from moviemaker.film.claims.taking import Held
from moviemaker.film.store import FrameStore
from moviemaker.prepare import Prepared
from moviemaker.rendering.data_watch import DataWatch
from moviemaker.rendering.events import RunLog
from moviemaker.resolved_scene import Script
from moviemaker.studio import Studio
from moviemaker.visibility import is_blank, why_empty

HOPELESS = 3
"""If so many frames fail before one is finished, the others are not tried."""

MOST = 3
"""Times that a run draws a frame whose file is damaged or deleted again and again."""

_PAUSE = 1.0  # seconds between looks at what other runs have drawn


@dataclass
class Gathering:
    """Sees to it that frames are there and sound.

    Attributes:
        name: of the output.
        frames: what this run is to see to, in order.
        store: where they are kept.
        held: the claim of this run.
        waits: whether it waits for frames that other runs draw.
        draw: draws frames.
        log: of the run.
        reads: whether it reads all of the frames that are kept, to find damage; False: whoever uses them does.
    """

    name: str
    frames: Sequence[int]
    store: FrameStore
    held: Held
    waits: bool
    draw: Callable[[list[int]], None]
    log: RunLog
    reads: bool = True
    _sound: set[int] = field(default_factory=set)  # frames that this run has drawn or checked
    _drawn: Counter[int] = field(default_factory=Counter)

    def gather(self, missing: Sequence[int]) -> None:
        """Returns when all frames are there, but for those of other runs if it does not wait. Those it reads are sound.

        Args:
            missing: those that have to be drawn, as far as is known.

        Raises:
            MoviemakerError: frames cannot be drawn, or are lost again and again.
        """
        while True:
            missing = self._checked(missing)
            mine = numbers_of(common(frames_in(missing), self.held.frames))
            if mine:
                self._draw(mine)
            elif not missing or not self.waits:
                return
            else:
                self._wait(missing)
            missing = self.store.missing(self.frames)

    def _checked(self, missing: Sequence[int]) -> list[int]:
        """The missing frames, and those whose files turn out to be damaged when all of each is read."""
        if not self.reads:
            return [*missing]
        lacking = set(missing)
        self._sound -= lacking
        kept = [index for index in self.frames if index not in lacking and index not in self._sound]
        damaged: list[int] = []
        with self.log.task(f"{self.name}: checking frames that are kept", len(kept), "frame", after=LONG) as advance:
            for count, index in enumerate(kept, start=1):
                if self.store.is_sound(index):
                    self._sound.add(index)
                else:
                    damaged.append(index)
                advance(count)
        if damaged:
            self.store.discard(damaged)
            they = "frame is" if len(damaged) == 1 else "frames are"
            what = f"{len(damaged)} kept {they} damaged and drawn again ({in_words(frames_in(damaged))})"
            self.log.note(f"{self.name}: {what}")
        return sorted([*missing, *damaged])

    def _draw(self, frames: list[int]) -> None:
        self._drawn.update(frames)
        often = [index for index in frames if self._drawn[index] > MOST]
        if often:
            what = f"frame {often[0]} has been drawn {MOST} times, and its file is gone or damaged again"
            raise MoviemakerError(
                f"{self.name}: {what}; look at the disk, and at what else writes in {self.store.folder}"
            )
        self.draw(frames)
        self._sound.update(frames)

    def _wait(self, missing: Sequence[int]) -> None:
        """Waits until other runs have drawn frames, or have ended and left some."""
        said = False
        left = frames_in(missing)
        with self.log.task(f"{self.name}: waiting for frames of other runs", len(missing), "frame") as advance:
            while left:
                others = [each for each in self.held.others() if common(left, each.frames)]
                free = left
                for each in others:
                    free = without(free, each.frames)
                if free:
                    self.store.take(self.held, self.log.note)
                    return
                if not said:
                    said = True
                    who = ", ".join(map(str, others))
                    self.log.note(f"{self.name}: waiting for {in_words(left)}, which other runs are drawing ({who})")
                time.sleep(_PAUSE)
                left = frames_in(self.store.missing(numbers_of(left)))
                advance(len(missing) - count_of(left))


def exposed(prepared: Prepared, name: str, note: Callable[[str], None]) -> Script:
    """The script with all exposures that it lacks for an output, found here once for all processes."""
    script = prepared.script
    layers = Studio(script, name, sources=prepared.sources).layers
    for index, (layer, before) in enumerate(zip(layers, script.layers, strict=True)):
        if layer is not before:
            given = "" if before.contrast is not None else f", contrast: {layer.contrast:.3g}"
            note(f"layers[{index}]: found exposure: {layer.exposure:.3g}{given}")
    return replace(script, layers=layers)


def compute(job: Job, missing: list[int], crew: Crew, log: RunLog, data: DataWatch) -> None:
    """Has a crew draw frames. One that fails is reported with its number, while the rest goes on.

    Raises:
        ChangedData: of frames that may show other data than at the beginning, none is kept.
        MoviemakerError: frames failed.
    """
    renderers: set[str] = set()
    failed: list[Failed] = []
    with (
        data.guarding(missing, job.store.discard) as finished,
        log.task(f"{job.output}: rendering", len(missing), "frame") as advance,
        closing(crew.run(job, missing)) as results,
    ):
        for count, done in enumerate(results, start=1):
            if isinstance(done, Failed):
                failed.append(done)
                log.failed(done)
                log.note(f"{job.output}: frame {done.index} failed: {done.why}")
                if len(failed) == count == HOPELESS:
                    break
            else:
                log.frame(done)
                finished(done.index)
                if done.renderer and done.renderer not in renderers:  # empty: a worker found the frame finished
                    renderers.add(done.renderer)
                    log.note(f"{job.output}: drawn by {done.renderer}")
            advance(count)
    if failed:
        raise _failure(job, missing, failed)


def note_blank_frames(prepared: Prepared, name: str, store: FrameStore, frames: Iterable[int], log: RunLog) -> None:
    """Says of frames in which nothing is seen why that is."""
    for index in frames:
        with suppress(MoviemakerError):  # its file is damaged, and will be drawn again
            seconds = index / prepared.script.scene.header.fps
            if is_blank(store.get(index)) and (why := why_empty(prepared, name, seconds)):
                log.note(f"{name}: warning: frame {index} holds nothing: {why}")


def _failure(job: Job, missing: Sequence[int], failed: Sequence[Failed]) -> MoviemakerError:
    which = ", ".join(str(each.index) for each in failed[:5]) + (" ..." if len(failed) > 5 else "")
    what = f"{job.output}: {len(failed)} of {len(missing)} frames could not be drawn ({which}): {failed[0].why}"
    error = MoviemakerError(f"{what}; give the same command again to try these alone: all others are kept")
    if failed[0].trace:
        error.add_note(failed[0].trace)
    return error
