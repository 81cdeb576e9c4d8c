"""What has to be computed, as a plain value that can be sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moviemaker.core.kinds import Kind
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
        store: where finished frames go.
        file: which of the rig's files they are for.
    """

    script: Script
    output: str
    size: tuple[int, int]
    store: FrameStore
    file: str = ""

    def studio(self) -> Studio:
        """A studio for the frames of this job."""
        return Studio(self.script, self.output, self.size, file=self.file)


@dataclass(frozen=True)
class Done:
    """A frame that is finished and kept.

    Attributes:
        index: its number.
        renderer: what drew it, as OpenGL names it.
    """

    index: int
    renderer: str


def compute(studio: Studio, store: FrameStore, index: int) -> Done:
    """Makes one frame and keeps it."""
    store.put(index, studio.frame(index))
    return Done(index, studio.stage.renderer)


class Farm(Kind):
    """A way of spreading frames."""

    def run(self, job: Job, frames: Sequence[int]) -> Iterator[Done]:
        """Computes frames, in any order, and tells of each when it is kept.

        Closing the iterator stops the work; frames that were finished by then are kept.
        """
        raise NotImplementedError
