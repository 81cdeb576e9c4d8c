"""The size that a header declares, held against the bytes that are there and the memory, before anything is allocated.

Uncompressed samples take as many bytes in the file as in memory. Of compressed ones a file may declare up to a thousand
times its own size; the environment variable `MOVIEMAKER_RATIO` sets another factor, for data that are nearly constant.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from moviemaker.core.machine.memory import check_memory, size_text

VARIABLE = "MOVIEMAKER_RATIO"
RATIO = 1000.0
HARMLESS = 16 << 20
"""Bytes that may be allocated whatever the size of the file."""


def ratio() -> float:
    """The largest size of decompressed data, as a multiple of the file's own size."""
    try:
        return max(1.0, float(os.environ.get(VARIABLE, RATIO)))
    except ValueError:
        return RATIO


def product(counts: Sequence[int], itemsize: int, noun: str = "samples") -> str:
    """An array's size as a message gives it.

    >>> product((4, 5), 2), product((3,), 1, "points")
    ('4 x 5 samples of 2 bytes', '3 points of 1 byte')
    """
    return f"{' x '.join(map(str, counts))} {noun} of {itemsize} byte{'' if itemsize == 1 else 's'}"


def check_stored(counts: Sequence[int], itemsize: int, there: int, noun: str = "samples") -> int:
    """The size in bytes of uncompressed data, all of which have to be there.

    Args:
        counts: numbers of entries along each axis, as the header declares them.
        itemsize: bytes of one entry.
        there: bytes in the file, from the first entry on.
        noun: what the entries are.

    Raises:
        ValueError: they are not, or a count is negative.
    """
    needed = _needed(counts, itemsize, noun)
    if needed > there:
        declared = f"its header declares {product(counts, itemsize, noun)}, which is {size_text(needed)}"
        raise ValueError(f"it is not whole: {declared}, and {size_text(max(there, 0))} of them are there")
    return needed


def check_packed(counts: Sequence[int], itemsize: int, there: int, noun: str = "samples") -> int:
    """The size in bytes of compressed data once they are decompressed.

    Args:
        counts, itemsize, noun: as in `check_stored`.
        there: compressed bytes in the file.

    Raises:
        ValueError: the data would be more than `ratio` times as many bytes, or a count is negative.
    """
    needed = _needed(counts, itemsize, noun)
    if needed > max(ratio() * there, HARMLESS):
        declared = f"its header declares {product(counts, itemsize, noun)}, which is {size_text(needed)}"
        raise ValueError(f"{declared}, more than {ratio():g} times the {size_text(there)} that are there")
    return needed


def check_room(counts: Sequence[int], itemsize: int, noun: str = "samples") -> None:
    """Refuses data that do not fit into the memory that is free.

    Raises:
        InputError: at `file`.
    """
    needed = _needed(counts, itemsize, noun)
    if needed > HARMLESS:
        check_memory(needed, product(counts, itemsize, noun), "store fewer or smaller samples", ("file",))


def check_read(done: int, there: int) -> None:
    """Stops decompressing what grows without end.

    Args:
        done: decompressed bytes so far.
        there: compressed bytes in the file.

    Raises:
        ValueError: the bytes are more than `ratio` times as many.
    """
    if done > max(ratio() * there, HARMLESS):
        grown = f"it unpacks to {size_text(done)} and more"
        raise ValueError(f"{grown}, over {ratio():g} times its {size_text(there)}; {VARIABLE} sets another limit")


def _needed(counts: Sequence[int], itemsize: int, noun: str) -> int:
    numbers = [int(count) for count in counts]
    if min(numbers, default=0) < 0:
        raise ValueError(f"its header declares {product(numbers, itemsize, noun)}")
    return math.prod(numbers) * itemsize
