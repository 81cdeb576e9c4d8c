"""The contract of farms: a job as a plain value that can be sent anywhere, and the crew that computes its frames."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from moviemaker.core.kinds import Kind
from moviemaker.core.progress import Progress, Silent
from moviemaker.core.sharing.arrays import SharedFolder, share_in
from moviemaker.core.sources import Source
from moviemaker.film.store import FrameStore
from moviemaker.resolved_scene import Script
from moviemaker.studio import Studio


@dataclass(frozen=True)
class Job:
    """The frames of one output.

    Attributes:
        script: the scene, resolved.
        output: name of the output.
        size: (width, height) of the frames.
        store: keeps the finished frames.
        file: which of the rig's files the frames are for.
        shared: where the processes of a render share arrays that take long to make; None: each makes its own.
        sources: data that are open in this process, by name; others are opened when they are needed.
        opening: seconds of a core for which opening the data keeps a process busy.
        progress: reporter for data that take long to read.

    A job that is sent to another process arrives there without open data and without a reporter.
    """

    script: Script
    output: str
    size: tuple[int, int]
    store: FrameStore
    file: str = ""
    shared: SharedFolder | None = None
    sources: Mapping[str, Source[object]] = field(default_factory=dict, compare=False, repr=False)
    opening: float = 0.0
    progress: Progress = field(default_factory=Silent, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"sources": {}, "progress": Silent()}

    def studio(self, sources: Mapping[str, Source[object]] | None = None) -> Studio:
        """A studio for the frames of this job.

        Args:
            sources: open data by name; default: those of the job.
        """
        share_in(self.shared)
        opened = dict(self.sources if sources is None else sources)
        return Studio(self.script, self.output, self.size, opened, self.file, self.progress)

    def same_data(self, other: Job) -> bool:
        """Whether the data of another job are the same, so that what was opened for one serves both."""
        return self is other or self._of_data() == other._of_data()

    def same_studio(self, other: Job) -> bool:
        """Whether a studio for another job draws the frames of this one too."""
        return self is other or (
            (self.output, self.size, self.file) == (other.output, other.size, other.file)
            and self.same_data(other)
            and self.script == other.script
        )

    def _of_data(self) -> tuple[object, ...]:
        """What open data follow from."""
        scene = self.script.scene
        content = dict(self.store.made_from).get("data")  # of the files, which may change while a worker waits
        return scene.data, scene.folder, self.script.clock, scene.header.duration, content


@dataclass(frozen=True)
class Done:
    """A finished frame that the store has kept.

    Attributes:
        index: its number.
        renderer: the renderer that drew it, as OpenGL names it; empty: unknown.
        worker: name of the worker that computed it.
        seconds: how long each part of the work took: `start` (libraries, a window), `read` (data), `draw`, `develop`
            (lens, glowing particles, packing) and `encode` (the file).
        size: bytes of the frame's file.
        busy: seconds of all processor cores together for which the worker was busy with it.
        finished: when, in seconds since 1970 by the clock of the worker's machine.
    """

    index: int
    renderer: str
    worker: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    size: int = 0
    busy: float = 0.0
    finished: float = 0.0

    def work(self, first: bool) -> float | None:
        """Seconds that further frames of its worker take too; None: unknown, as of a frame that it found finished.

        Args:
            first: whether this is the worker's first one, for which it loads libraries and opens data.
        """
        once = ("start", "read") if first else ()
        return sum(seconds for part, seconds in self.seconds.items() if part not in once) or None


@dataclass(frozen=True)
class Failed:
    """A frame that could not be computed, although it was tried again elsewhere and then alone.

    Attributes:
        index: its number.
        why: what ended the workers that tried, in words.
        trace: the traceback of the error, for `--debug`.
    """

    index: int
    why: str
    trace: str = ""


def compute(studio: Studio, store: FrameStore, index: int) -> Done:
    """Draws one frame and keeps it in the store."""
    busy = time.process_time()
    picture = studio.frame(index)
    with studio.watch.part("encode"):
        size = store.put(index, picture).stat().st_size
    renderer, seconds = studio.stage.renderer, studio.watch.take()
    return Done(index, renderer, f"process {os.getpid()}", seconds, size, time.process_time() - busy, time.time())


class Crew(ABC):
    """The workers that a farm has hired. They stay, with what they have opened, until the crew is closed.

    A context manager that closes the crew.
    """

    @abstractmethod
    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done | Failed, None, None]:
        """Computes frames in any order, and yields each one when it is kept, or given up.

        Closing the generator stops the work. Frames that were finished by then are kept.

        Args:
            job: what to compute.
            frames: numbers of the frames, from 0.

        Raises:
            MoviemakerError: what prevents all other frames too, such as data that cannot be read.
        """

    def close(self) -> None:
        """Lets the workers go. A crew that is closed runs no further job."""
        return

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *of_error: object) -> None:
        self.close()


class Farm(Kind, ABC):
    """A way of spreading frames over processes and machines: its settings.

    Attributes:
        on_this_machine: whether this machine alone draws, so that how long frames take tells how fast it is.
    """

    on_this_machine: ClassVar[bool] = False

    @abstractmethod
    def hire(self, progress: Progress) -> Crew:
        """Hires the workers of all jobs of one command. They may be started when the first job needs them.

        Args:
            progress: reporter for what becomes of the workers.
        """
