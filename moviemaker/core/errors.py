"""Errors, which are part of the product: what is wrong, at which place, and what would be right.

An `InputError` is raised by code that finds a mistake in one value and knows nothing of files. The scene room turns
each one into a `Problem` with its file, its line and its place in the scene, collects all of them, and raises one
`SceneError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from moviemaker.core.machine.terminal import visible

Location = tuple[str | int | float, ...]
"""The place of a value in a scene: mapping keys (of values that move: seconds) and list indices, outermost first."""


class MoviemakerError(Exception):
    """An error outside the scene. The message says what to do about it; the command exits with 1."""

    exit_status = 1


class DrawingError(MoviemakerError):
    """A picture could not be drawn. That need not happen again, nor with other pictures."""


class UserError(MoviemakerError):
    """The user's own mistake, in an argument or in a file. The command exits with 2."""

    exit_status = 2


class InputError(ValueError):
    """A mistake in one value.

    Args:
        what: what is wrong, without a full stop.
        instead: what would be right, without a full stop.
        at: the place inside the value that was checked, outermost first.
    """

    def __init__(self, what: str, instead: str, at: Location = ()):
        super().__init__(visible(f"{what}; {instead}", lines=False))
        self.what = what
        self.instead = instead
        self.at = at

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, Location]]:
        return type(self), (self.what, self.instead, self.at)


class DataError(InputError):
    """A mistake in a data set of a scene, found while its data were used elsewhere. `at` is the place in the scene."""


@contextmanager
def in_data(name: str) -> Iterator[None]:
    """Says of whatever is raised in the block, which opens or computes data, that it is in the data set of this name.

    Raises:
        DataError, InputErrors: at `data.NAME`, and the place that the mistake names in it.
    """
    try:
        yield
    except DataError:
        raise
    except InputErrors as errors:
        found = [DataError(each.what, each.instead, ("data", name, *each.at)) for each in errors.errors]
        raise InputErrors(found) from errors
    except InputError as error:
        raise DataError(error.what, error.instead, ("data", name, *error.at)) from error
    except MoviemakerError:
        raise
    except MemoryError as error:
        what = f"the data need more memory than is free{f' ({error})' if str(error) else ''}"
        raise DataError(what, "close other programs, or take fewer or smaller data", ("data", name)) from error
    except Exception as error:  # of arithmetic with numbers that the data should not have
        what = f"the data cannot be used ({type(error).__name__}: {str(error).strip()[:160]})"
        right = "check them; if they are right, run it again with --debug and report what it prints"
        raise DataError(what, right, ("data", name)) from error


class InputErrors(ValueError):  # noqa: N818
    """Several mistakes in one value, so that all of them can be reported together."""

    def __init__(self, errors: Iterable[InputError]):
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))


@contextmanager
def collecting(note: Callable[[InputError], None]) -> Iterator[None]:
    """Hands each mistake that is raised in the block to a function, and goes on after the block."""
    try:
        yield
    except InputErrors as errors:
        for error in errors.errors:
            note(error)
    except InputError as error:
        note(error)


@dataclass(frozen=True)
class Problem:
    """One mistake with its place: printed as `FILE:LINE: where.in.the.scene: what is wrong; what would be right`."""

    file: str
    line: int
    where: Location
    what: str
    instead: str

    def __str__(self) -> str:
        found = f"{self.file}:{self.line}: {spell(self.where)}: {self.what}; {self.instead}"
        return visible(found, lines=False)


class SceneError(UserError):
    """Every mistake of one scene and of the data that it names.

    Attributes:
        problems: all of them, in the order of their lines.
    """

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SceneError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def show(value: object) -> str:
    """A value of a scene as a message quotes it: as written, shortened if it is long."""
    if isinstance(value, dict):
        return "a mapping"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = repr(list(value) if isinstance(value, tuple) else value)
    except ValueError:  # a whole number of more digits than Python writes down
        return "a number of thousands of digits"
    return text if len(text) <= 40 else f"{text[:37]}..."


def spell(where: Location) -> str:
    """The place in a scene as a reader would say it: `layers[0].color.by`; the scene itself is `scene`."""
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int | float) else f".{step}" if text else str(step)
    return text or "scene"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one; None if none is near. Words with the same letters come first.

    >>> nearest("h246", ["h264", "h265", "av1"]), nearest("Viridis", ["viridis"]), nearest("x", ["sphere"])
    ('h264', 'viridis', None)
    """
    spelled = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), spelled, n=3, cutoff=0.6)
    near.sort(key=lambda name: sorted(name) != sorted(word.casefold()))  # stable: the nearest stay first
    return spelled[near[0]] if near else None


def suggest(word: str, known: Iterable[str], kind: str) -> str:
    """What would be right instead of an unknown word: the nearest known one, and all of them if they are few.

    >>> suggest("sfere", ["sphere", "cube"], "shape")
    "did you mean 'sphere'? The shapes are cube, sphere"
    """
    names: Sequence[str] = sorted(known)
    near = nearest(word, names)
    hint = f"did you mean {near!r}?" if near else ""
    if not names:
        return f"no {kind} can be named here"
    if len(names) <= 24:
        plural = f"{kind}es" if kind.endswith("s") else f"{kind}s"
        everything = f"the {plural} are {', '.join(names)}" if len(names) > 1 else f"the only {kind} is {names[0]}"
        return f"{hint} {everything[0].upper()}{everything[1:]}" if hint else everything
    return hint or f"{names[0]} and {names[1]} are two of the {len(names)} {kind}s"
