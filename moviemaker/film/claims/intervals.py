"""Sets of frames as ranges: sorted, apart from each other, with steps of 1. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

Frames = tuple[range, ...]
"""Numbers of frames, as ranges in order that neither touch nor overlap."""

ALL: Frames = (range(1 << 40),)
"""More frames than any movie has."""


def frames_in(numbers: Iterable[int]) -> Frames:
    """The set of some numbers.

    >>> frames_in([5, 1, 2, 0])
    (range(0, 3), range(5, 6))
    """
    if isinstance(numbers, range) and numbers.step == 1:
        return (numbers,) if numbers else ()
    found: list[range] = []
    for number in sorted(set(numbers)):
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return tuple(found)


def numbers_of(frames: Frames) -> list[int]:
    """The numbers, in order."""
    return list(chain.from_iterable(frames))


def without(frames: Frames, others: Frames) -> Frames:
    """The frames that are not among others.

    >>> without((range(0, 10),), (range(3, 5), range(8, 20)))
    (range(0, 3), range(5, 8))
    """
    return tuple(part for each in frames for part in _left_of(each, others))


def common(frames: Frames, others: Frames) -> Frames:
    """The frames that are among others too."""
    return without(frames, without(frames, others))


def together(frames: Frames, others: Frames) -> Frames:
    """The frames of both sets.

    >>> together((range(0, 3), range(8, 9)), (range(3, 5),))
    (range(0, 5), range(8, 9))
    """
    found: list[range] = []
    for each in sorted([*frames, *others], key=lambda part: part.start):
        if found and each.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, each.stop))
        else:
            found.append(each)
    return tuple(found)


def count_of(frames: Frames) -> int:
    """How many frames they are."""
    return sum(map(len, frames))


def in_words(frames: Frames) -> str:
    """The frames for a message; of many ranges the first ones.

    >>> in_words((range(0, 25), range(30, 31)))
    'frames 0-24, 30'
    """
    if frames == ALL:
        return "all frames"
    parts = [str(each.start) if len(each) == 1 else f"{each.start}-{each.stop - 1}" for each in frames[:6]]
    more = f" and {count_of(frames[6:])} more" if len(frames) > 6 else ""
    return f"frame{'' if count_of(frames) == 1 else 's'} {', '.join(parts)}{more}"


def _left_of(frames: range, others: Frames) -> Iterator[range]:
    start = frames.start
    for other in others:
        if other.stop > start and other.start < frames.stop:
            if other.start > start:
                yield range(start, other.start)
            start = other.stop
    if start < frames.stop:
        yield range(start, frames.stop)
