"""What a process keeps while it computes frames: open data, and a studio."""

from __future__ import annotations

import pickle
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import replace

from moviemaker.core.errors import DrawingError, InputError, InputErrors, MoviemakerError
from moviemaker.core.sources import Source
from moviemaker.farm.crew.contract import Done, Failed, Job, compute
from moviemaker.studio import Studio

FATAL = (MoviemakerError, InputError, InputErrors)
"""Errors that prevent all other frames too, unless they are a `DrawingError`."""


class Worker:
    """Computes frames in this process.

    Data stay open from job to job while the jobs have the same. The studio of the last job stays warm too. A process
    has one worker, since it has one stage.

    Args:
        name: of the worker, for reports (default: that of the process).
    """

    def __init__(self, name: str = ""):
        self.name = name
        self._job: Job | None = None
        self._studio: Studio | None = None
        self._sources: dict[str, Source[object]] = {}

    @property
    def draws(self) -> bool:
        """Whether it has a studio."""
        return self._studio is not None

    def compute(self, job: Job, index: int) -> Done | Failed:
        """Draws one frame and keeps it in the store of the job.

        One that the store has already is not drawn again, such as that of a worker that died before it could tell.

        Returns:
            The frame. `Failed`: something failed inside that need not happen again, so another worker may succeed.

        Raises:
            MoviemakerError, InputError, InputErrors: what prevents other frames too, such as data that cannot be read.
        """
        if not job.store.missing([index]):
            size = job.store.path(index).stat().st_size
            return Done(index, "", self.name, size=size, finished=time.time())
        try:
            done = compute(self.studio(job), job.store, index)
        except BaseException as error:
            self.forget()  # its state is unknown
            if is_of_this_frame(error):
                return Failed(index, in_words(error), "".join(traceback.format_exception(error)))
            raise
        return replace(done, worker=self.name) if self.name else done

    def studio(self, job: Job) -> Studio:
        """The studio for the frames of a job."""
        if self._studio is None or (job is not self._job and not (self._job and job.same_studio(self._job))):
            self._put_away()
            if self._job is None or not job.same_data(self._job):
                self._sources = dict(job.sources)
            self._studio = job.studio(self._sources)
        self._job = job
        return self._studio

    def forget(self) -> None:
        """Closes the studio and lets go of the data."""
        self._put_away()
        self._job, self._sources = None, {}

    def _put_away(self) -> None:
        studio, self._studio = self._studio, None
        if studio is not None:
            self._sources = dict(studio.sources)
            studio.close()


def is_of_this_frame(error: BaseException) -> bool:
    """Whether an error need not prevent other frames, nor the same one elsewhere."""
    if isinstance(error, DrawingError):
        return True
    return isinstance(error, Exception) and not isinstance(error, FATAL)


def in_words(error: BaseException) -> str:
    """An error that is not addressed to users, in words."""
    if isinstance(error, MoviemakerError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"there is not enough memory ({error})" if str(error) else "there is not enough memory"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def sendable(error: BaseException) -> BaseException:
    """The error with its traceback, or its words if it cannot be sent to another process."""
    with suppress(Exception):
        error.add_note("".join(traceback.format_exception(error)))
        pickle.loads(pickle.dumps(error))
        return error
    return MoviemakerError(f"{type(error).__name__}: {error}")


def end_in_words(status: int) -> str:
    """How a process has ended, by its exit status: below 0 it is minus the number of the signal that ended it."""
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
