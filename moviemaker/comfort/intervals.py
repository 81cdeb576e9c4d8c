"""Intervals of time, and how a message names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np


class Finding(NamedTuple):
    """A habit that was found: what happens and when, and what to do instead."""

    what: str
    instead: str


Span = tuple[float, float]
"""First and last second of an interval of the movie."""

NAMED = 3
"""How many intervals a message names."""

MOMENT = 0.25
"""Longest interval, seconds, that a message calls one point in time."""


def spans_above(times: np.ndarray, values: np.ndarray, limit: float, start: float, end: float) -> list[Span]:
    """Intervals in which values are above a limit.

    Args:
        times: (n,), ascending.
        values: (n,), measured at the times; linear between them.
        limit: values up to it are right; a millionth more is rounding.
        start, end: the first value holds from `start` on, and the last one up to `end`.
    """
    above = np.concatenate([[False], values > limit + 1e-6 * abs(limit), [False]])
    firsts = np.flatnonzero(above[1:-1] & ~above[:-2])
    lasts = np.flatnonzero(above[1:-1] & ~above[2:])

    def crossing(under: int, over: int) -> float:
        fraction = (limit - values[under]) / (values[over] - values[under])
        return float(times[under] + fraction * (times[over] - times[under]))

    return [
        (
            start if first == 0 else crossing(first - 1, first),
            end if last == len(values) - 1 else crossing(last + 1, last),
        )
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]


def joined(spans: Iterable[Span], gap: float = MOMENT / 2) -> list[Span]:
    """The same intervals in order; those with at most a gap (seconds) between them are joined."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first - result[-1][1] <= gap:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def when(spans: Sequence[Span]) -> str:
    """Intervals in words: the first few of them, and the number of further ones.

    >>> when([(2.1, 3.4), (5, 5.1)])
    'from 2.1 s to 3.4 s and at 5 s'
    """
    named = [_one(span) for span in spans[:NAMED]]
    more = len(spans) - NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more time{'s' if more > 1 else ''}"
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def _one(span: Span) -> str:
    first, last = span
    if last - first <= MOMENT:
        return f"at {seconds((first + last) / 2)}"
    return f"from {seconds(first)} to {seconds(last)}"


def seconds(time: float) -> str:
    """A time of the movie to a tenth of a second: `2.1 s`."""
    return f"{round(time, 1):.10g} s"
