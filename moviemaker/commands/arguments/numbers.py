"""Numbers as they are written on the command line: times and frames."""

from __future__ import annotations

import re
from typing import Literal

from moviemaker.core.errors import UserError


def seconds_of(text: str | None) -> float | None:
    """Seconds of the movie that a time such as 2.5, 20s or 1:30 stands for; None: it is not given."""
    from moviemaker.scene.habits.measures import movie_seconds

    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        found = movie_seconds(text)
    if found is None:
        raise UserError(f"--time {text}: this is not a time; write seconds, such as 2.5, or minutes and seconds: 1:30")
    return found


def frames_of(text: str | None, count: int) -> range | None:
    """The numbers that `A:B` stands for, either of which may be left out."""
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", text)
    first, last = (int(found[1] or 0), int(found[2] or count)) if found else (0, 0)
    if not first < last <= count:
        right = f"write A:B, the first frame and the one after the last; this movie has frames 0:{count}"
        raise UserError(f"--frames {text}: no such frames; {right}")
    return range(first, last)


def workers_of(text: str) -> int | Literal["auto"]:
    """The number of processes that a text asks for; `auto`: it is measured."""
    if text.strip().lower() == "auto":
        return "auto"
    try:
        return int(text)
    except ValueError:
        raise UserError(
            f"--workers {text}: this is not a number of processes; give a number from 1 up, or auto"
        ) from None
