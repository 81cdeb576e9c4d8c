"""Progress reporters: a live bar on a terminal, plain lines in a log, or silence.

The caller chooses a reporter and hands it down; no other code writes warnings or progress to standard error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, TYPE_CHECKING, Protocol

from moviemaker.core.errors import MoviemakerError
from moviemaker.core.machine.terminal import visible

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

LINES_PER_TASK = 20
"""A log gets a line for each twentieth of a task ..."""

SECONDS_PER_LINE = 2.0
"""... and at most one line in so many seconds before the end."""

_READY = 1.0  # seconds after the first step until a rate counts from there

LONG = 2.0
"""Seconds after which a task that usually takes no time at all is reported (`after=LONG`)."""


class Progress(Protocol):
    """Reports notes for the user, and how far a task is."""

    def note(self, text: str) -> None:
        """Reports something that the user should know."""
        ...

    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> AbstractContextManager[Advance]:
        """Reports a task while the context is open.

        Args:
            what: what is being done.
            total: number of steps; None: unknown.
            unit: what a step is, in the singular.
            after: seconds after which the task is reported; one that ends earlier is not mentioned.

        Returns:
            A context manager that gives a function to be called after each step.
        """
        ...


class Advance(Protocol):
    """Function to be called after each step of a task."""

    def __call__(self, done: int) -> None:
        """Takes the number of steps done so far."""
        ...


class Silent:
    """Reports nothing."""

    def note(self, text: str) -> None:
        """Drops the text."""

    @contextmanager
    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> Iterator[Advance]:
        """Counts nothing."""
        yield lambda done: None


class _Pace:
    """Steps in a second, without the time until the first one, in which all is made ready."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self._first: tuple[int, float] | None = None

    def rate(self, done: int) -> float:
        """The rate when so many steps are done; in the first second after the first one that since the beginning."""
        now = time.monotonic()
        before, at = self._first = self._first or (done, now)
        if done > before and now - at >= _READY:
            return (done - before) / (now - at)
        return done / max(now - self.begun, 1e-9)


class Lines:
    """Plain lines with percentages, for a log."""

    def __init__(self, stream: IO[str]):
        self._stream = stream

    def note(self, text: str) -> None:
        """Writes a line."""
        print(visible(text), file=self._stream, flush=True)

    @contextmanager
    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> Iterator[Advance]:
        """Writes lines with the percentage, the rate, and the time that is left."""
        pace = _Pace()
        last_step, last_time = 0, pace.begun

        def advance(done: int) -> None:
            nonlocal last_step, last_time
            now, rate = time.monotonic(), pace.rate(done)
            step = done * LINES_PER_TASK // total if total else done
            ended = bool(total) and done >= (total or 0)
            if now - pace.begun < after or (not ended and (step == last_step or now - last_time < SECONDS_PER_LINE)):
                return
            last_step, last_time = step, now
            self.note(f"{visible(what, lines=False)}: {_status(done, total, unit, rate)}")

        yield advance


class Bar:
    """A live bar on a terminal. Tasks inside another task get a bar of their own below it."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._bars: RichProgress | None = None

    def note(self, text: str) -> None:
        """Writes a line above the bars."""
        self._console.print(visible(text))

    @contextmanager
    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> Iterator[Advance]:
        """Shows a bar with the steps, the rate, and the time that is left."""
        outermost = self._bars is None
        bars = self._bars = self._bars or self._new_bars()
        pace = _Pace()
        row = bars.add_task(visible(what, lines=False), total=total, rate="", visible=not after)
        if not after:
            bars.start()

        def advance(done: int) -> None:
            rate = pace.rate(done)
            if time.monotonic() - pace.begun >= after:
                bars.update(row, completed=done, rate=_rate(rate, unit), visible=True)
                bars.start()

        try:
            yield advance
        finally:
            if outermost:
                bars.stop()
                self._bars = None
            else:
                bars.remove_task(row)

    def _new_bars(self) -> RichProgress:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        return RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
        )


def to_standard_error() -> Progress:
    """The reporter that fits standard error: bars if it is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines(sys.stderr)


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(40), duration(720), duration(12600)
    ('40 s', '12 min', '3.5 h')
    """
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _status(done: int, total: int | None, unit: str, rate: float) -> str:
    """How far a task is, in words.

    >>> _status(5, 20, "frame", 0.5), _status(3000, None, "row", 3000.0)
    ('25% (5 of 20 frames, 0.5 frames/s, 30 s left)', '3000 rows (3000 rows/s)')
    """
    if not total:
        return f"{done} {unit}s ({_rate(rate, unit)})"
    left = "" if done >= total else f", {duration((total - done) / max(rate, 1e-9))} left"
    return f"{100 * done // total}% ({done} of {total} {unit}s, {_rate(rate, unit)}{left})"


def _rate(rate: float, unit: str) -> str:
    return f"{rate:.1f} {unit}s/s" if rate < 100 else f"{rate:.0f} {unit}s/s"


def say(result: object) -> None:
    """Writes a result to standard output at once."""
    try:
        print(visible(str(result)), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise MoviemakerError(f"the results cannot be written to standard output: {reason}") from error
