"""The contract of farms: a job as a plain value that can be sent anywhere, and the class that computes its frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from moviemaker.core.kinds import Kind
from moviemaker.core.progress import Progress, Silent
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
        progress: reporter for data that take long to read. A job that is sent to another process arrives without it.
    """

    script: Script
    output: str
    size: tuple[int, int]
    store: FrameStore
    file: str = ""
    progress: Progress = field(default_factory=Silent, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"progress": Silent()}

    def studio(self) -> Studio:
        """A studio for the frames of this job."""
        return Studio(self.script, self.output, self.size, file=self.file, progress=self.progress)


@dataclass(frozen=True)
class Done:
    """A finished frame that the store has kept.

    Attributes:
        index: its number.
        renderer: the renderer that drew it, as OpenGL names it.
    """

    index: int
    renderer: str


def compute(studio: Studio, store: FrameStore, index: int) -> Done:
    """Draws one frame and keeps it in the store."""
    store.put(index, studio.frame(index))
    return Done(index, studio.stage.renderer)


class Farm(Kind, ABC):
    """A way of spreading frames over processes and machines."""

    @abstractmethod
    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Computes frames in any order, and yields each one when it is kept.

        Closing the iterator stops the work. Frames that were finished by then are kept.

        Args:
            job: what to compute.
            frames: numbers of the frames, from 0.
        """
