"""The periodic box of each snapshot, and at moments between snapshots."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from moviemaker.data.particle_sets.periodic_box import FILE, Period, PeriodicBox
from moviemaker.data.particle_sets.snapshots import Snapshots, corner_in

Moment = tuple[int, int, float]
"""The snapshot before, the one after, and the fraction of the time between them."""


class Boxes:
    """The boxes that a scene or the files give.

    Args:
        snapshots: the particles at the known times.
        period: lengths, vectors, or `file` for what the files say; None: space is not periodic.
        first_positions: gives the positions (n, 3) of the first snapshot.
        unwrap: `molecules` or `path` if the snapshots have been unwrapped in that way; None: positions are drawn in
            the box.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        period: Period | None,
        first_positions: Callable[[], np.ndarray],
        unwrap: str | None = None,
    ):
        self._snapshots = snapshots
        self._period = period
        self._fixed = None if period is None or period == FILE else PeriodicBox(period)
        self._first_positions = first_positions
        self._unwrap = unwrap
        self._known: dict[int, PeriodicBox | None] = {}

    def of(self, index: int) -> PeriodicBox | None:
        """The box of a snapshot; None: not periodic."""
        if self._period != FILE:
            return self._fixed
        if index not in self._known:  # asking a trajectory again would read the whole frame again
            vectors = self._snapshots.box(index)
            self._known[index] = None if vectors is None else PeriodicBox(vectors)
        return self._known[index]

    def across(self, before: int, after: int) -> tuple[PeriodicBox, PeriodicBox] | None:
        """The boxes in which particles move to the nearest image from one snapshot to another; None: they do not."""
        first, last = self.of(before), self.of(after)
        return None if first is None or last is None or self._unwrap == "path" else (first, last)

    def at(self, moment: Moment) -> PeriodicBox | None:
        """The box at a moment; None: not periodic."""
        before, after, fraction = moment
        first, last = self.of(before), self.of(after)
        return None if first is None or last is None else first.mixed(last, fraction)

    def corner(self, moment: Moment) -> np.ndarray:
        """Lower corner of the box at a moment, in fractions of its vectors.

        It is that of the files, else the same at all times: the origin, or the lowest of the first positions if some
        of them lie outside.
        """
        before, after, fraction = moment
        found = []
        for index in (before, after):
            corner, box = corner_in(self._snapshots, index) if self._period == FILE else None, self.of(index)
            if corner is None or box is None:
                return self._usual_corner
            found.append(box.fractions(corner))
        return np.asarray(found[0] + (found[1] - found[0]) * fraction)

    @cached_property
    def _usual_corner(self) -> np.ndarray:
        box = self.of(0)
        return np.zeros(3) if box is None else box.corner(self._first_positions())

    def drawn(self, position: np.ndarray, moment: Moment) -> np.ndarray:
        """The images of positions (n, 3) that are drawn: those in the box, unless they have been unwrapped."""
        box = self.at(moment)
        return position if box is None or self._unwrap is not None else box.wrapped(position, self.corner(moment))
