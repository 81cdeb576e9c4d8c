"""`inspect`: says what players will make of a movie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.core.errors import UserError
from moviemaker.core.progress import say


def inspect(movie: Annotated[Path, Parameter(help="A movie, or the folder of a sequence.")], /) -> None:
    """Say what a player will make of a movie, and what YouTube, headsets or a dome would object to."""
    from moviemaker.film.inspect.report import inspect as look_into

    found = look_into(movie)
    say(found)
    if found.contradicts:
        raise UserError(f"{movie} contradicts itself: {'; '.join(what for what, _ in found.contradictions)}")
