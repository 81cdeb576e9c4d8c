"""Snapshots in time: their times, and the two snapshots around a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.errors import InputError

READ_AT_MOST = 512 * 2**20
"""Most bytes of one series that `examine` reads."""


@dataclass(frozen=True)
class EvenTimes:
    """Evenly spaced data times, of as many snapshots as there are.

    Attributes:
        first: time of the first snapshot.
        step: from each to the next.
    """

    first: float
    step: float

    def of(self, count: int) -> np.ndarray:
        """The times (count,) of so many snapshots."""
        return self.first + self.step * np.arange(count)


WrittenTimes = Sequence[float] | EvenTimes
"""Times as a scene gives them."""


def resolve_times(written: WrittenTimes | None, stored: np.ndarray | None, count: int) -> np.ndarray | None:
    """Data times of a series: of the scene, else of the files, else 0, 1, 2, ...; None for one snapshot.

    Raises:
        InputError: at `times`, or at `file` for times of a file: too few, too many, or not ascending.
    """
    if written is None and stored is None:
        return None if count == 1 else np.arange(count, dtype=float)
    at = ("times",) if written is not None else ("file",)
    given = written.of(count) if isinstance(written, EvenTimes) else stored if written is None else written
    times = np.asarray(given, float).ravel()
    if len(times) != count:
        what = f"there are {len(times)} times and {count} snapshots"
        raise InputError(what, "write one time for each snapshot", at)
    if not np.isfinite(times).all():
        raise InputError("a time of the data is not a finite number", "give every snapshot its time", at)
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        index = int(late[0]) + 1
        what = f"time {times[index]:g} comes after {times[index - 1]:g}"
        where: tuple[str | int, ...] = (*at, index) if at == ("times",) else at
        raise InputError(what, "the times of the snapshots have to ascend", where)
    return times if count > 1 else None  # the time of a single snapshot is ignored


def between(times: np.ndarray | None, time: float, hold: bool = False) -> tuple[int, int, float]:
    """The snapshots before and after a time, and the fraction of the way from one to the other.

    At a snapshot's own time, before the first, after the last, and always with `hold`, both are the same and the
    fraction is 0.
    """
    if times is None or time <= times[0]:
        return 0, 0, 0.0
    before = int(np.searchsorted(times, time, side="right")) - 1
    if hold or before == len(times) - 1 or times[before] == time:
        return before, before, 0.0
    fraction = (time - times[before]) / (times[before + 1] - times[before])
    return before, before + 1, float(fraction)


def native(array: np.ndarray) -> np.ndarray:
    """The same numbers in native byte order, with half and long floats as single and double ones."""
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        return array.astype(np.float32 if array.dtype.itemsize == 2 else np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
