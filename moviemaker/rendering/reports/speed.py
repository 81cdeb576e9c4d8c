"""How fast a run draws, as its log tells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RECENT = 20
"""Frames from which the speed is taken, or the last quarter of a run if that is more."""

_STALLED = 3.0  # times of the usual pause between two frames after which the pause that goes on counts


@dataclass(frozen=True)
class Speed:
    """How fast a run draws.

    Attributes:
        rate: frames a second.
        workers: number of workers that draw.
    """

    rate: float
    workers: int


def speed_of(drawn: Sequence[tuple[float, str]], begun: float, now: float | None = None) -> Speed | None:
    """The speed of the last frames; None: unknown.

    The start of a run, in which libraries are loaded and data are read, counts only as long as nothing else is known.

    Args:
        drawn: when each frame was finished, in order, and the name of its worker; seconds of one clock.
        begun: when the run began.
        now: by the same clock; None: unknown.

    >>> speed_of([(10.0, "1"), (12.0, "1"), (14.0, "1")], 0.0)
    Speed(rate=0.5, workers=1)
    """
    if not drawn:
        return None
    many = max(RECENT, len(drawn) // 4)
    recent = drawn[-many:]
    workers = len({worker for _, worker in recent})
    last = recent[-1][0]
    if len(drawn) > many:
        count, since = many, drawn[-many - 1][0]
    elif len(drawn) > workers:
        count, since = len(drawn) - workers, drawn[workers - 1][0]
    else:
        count, since = len(drawn), begun
    seconds = last - since
    if now is not None and now - last > _STALLED * workers * seconds / count:
        seconds += now - last
    return Speed(count / seconds, workers) if seconds > 0 else None
