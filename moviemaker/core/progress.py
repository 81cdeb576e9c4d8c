"""How far a render is: a live bar on a terminal, plain lines in a log, nothing where nobody asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Protocol

LINES_PER_TASK = 20
"""In a log, a line is written each time another twentieth is done, and at most one in two seconds before the end."""


class Progress(Protocol):
    """HasColumnCounts about the steps of a render."""

    def note(self, text: str) -> None:
        """Something that the user should know."""
        ...

    def task(self, what: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """A piece of work, as a context manager that gives a function to be called after each step."""
        ...


class Advance(Protocol):
    """Called after each step, with the number of steps done so far."""

    def __call__(self, done: int) -> None:
        """So many steps are done."""
        ...


class Silent:
    """Says nothing."""

    def note(self, text: str) -> None:
        """Drops the text."""

    @contextmanager
    def task(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Counts nothing."""
        yield lambda done: None


class Lines:
    """Plain lines with percentages, for a log."""

    def __init__(self, stream: IO[str]):
        self._stream = stream

    def note(self, text: str) -> None:
        """Writes a line."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def task(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Writes lines with the part that is done, the rate, and the time that is left."""
        begun = time.monotonic()
        written = [0, begun]

        def advance(done: int) -> None:
            now = time.monotonic()
            step = done * LINES_PER_TASK // total
            if done < total and (step == written[0] or now - written[1] < 2):
                return
            written[:] = [step, now]
            rate = done / max(now - begun, 1e-9)
            left = "" if done >= total else f", {duration((total - done) / rate)} left"
            self.note(f"{what}: {100 * done // total}% ({done} of {total} {unit}s, {rate:.1f} {unit}s/s{left})")

        yield advance


class Bar:
    """A live bar on a terminal."""

    def note(self, text: str) -> None:
        """Writes a line above the bar."""
        from rich.console import Console

        Console(stderr=True, highlight=False, markup=False).print(text)

    @contextmanager
    def task(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Shows a bar with the steps, the rate, and the time that is left."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        begun = time.monotonic()
        with RichProgress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task(what, total=total, rate="")

            def advance(done: int) -> None:
                rate = done / max(time.monotonic() - begun, 1e-9)
                shown.update(task, completed=done, rate=f"{rate:.1f} {unit}s/s")

            yield advance


def to_standard_error() -> Progress:
    """What fits standard error: a bar if it is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines(sys.stderr)


def duration(seconds: float) -> str:
    """A length of time in words: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
