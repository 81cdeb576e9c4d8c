"""Paths that go on across the edges of a periodic box, instead of coming in on the other side."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from moviemaker.data.particle_sets.boxes import Boxes
from moviemaker.data.particle_sets.derived import DerivedSnapshots
from moviemaker.data.particle_sets.snapshots import Snapshots, columns_in, places_in

IMAGE = "image"
"""The field that counts how often each particle has crossed the edges, along each vector of the box."""

_KEPT = 16
"""Number of snapshots, evenly spaced, from which paths can be continued without beginning at the first one."""


@dataclass(frozen=True, eq=False)
class _State:
    """Particles of one snapshot in the order of their ids.

    Attributes:
        ids: ascending (n,).
        position: as stored (n, 3).
        turns: periods of the box that are added to them, along each of its vectors (n, 3).
    """

    ids: np.ndarray
    position: np.ndarray
    turns: np.ndarray


class ContinuedPaths(DerivedSnapshots):
    """Snapshots whose positions continue those of the snapshot before.

    Positions stay as they are if the files have unwrapped them already. Otherwise the images that the files count are
    added, or else each particle is taken to move to the nearest image from one snapshot to the next, so that all
    snapshots before are read once.

    Args:
        snapshots: as stored.
        boxes: of the snapshots.
        unwrapped: whether the files have unwrapped the positions already.
    """

    def __init__(self, snapshots: Snapshots, boxes: Boxes, unwrapped: bool):
        super().__init__(snapshots)
        self._boxes = boxes
        self._unwrapped = unwrapped
        self._counted = IMAGE in snapshots.names and columns_in(snapshots, IMAGE) == 3
        self._alone = threading.RLock()
        self._last: tuple[int, _State] | None = None
        self._states: dict[int, _State] = {}

    def load(self, index: int, name: str) -> np.ndarray:
        """One array of one snapshot; positions go on."""
        values = self.whole.load(index, name)
        box = self._boxes.of(index) if name == "position" and not self._unwrapped else None
        if box is None:
            return values
        turns = np.asarray(self.whole.load(index, IMAGE)) if self._counted else None
        if turns is None or turns.dtype.kind == "f":  # a fraction: some snapshot lacks them
            turns = self._turns(index)
        return np.asarray(values + turns @ box.vectors)

    def summary(self) -> dict[str, np.ndarray]:
        """The snapshots from which paths can be continued, as far as they were read."""
        with self._alone:
            states = dict(self._states)
        return {
            f"{index} {part}": array
            for index, state in states.items()
            for part, array in (("ids", state.ids), ("position", state.position), ("turns", state.turns))
        }

    def take(self, summary: Mapping[str, np.ndarray]) -> None:
        """Takes over snapshots from which paths can be continued."""
        indices = sorted({int(name.split()[0]) for name in summary})
        with self._alone:
            for index in indices:
                parts = (summary[f"{index} {part}"] for part in ("ids", "position", "turns"))
                self._states.setdefault(index, _State(*parts))

    def _turns(self, index: int) -> np.ndarray:
        """Periods (n, 3) to be added to the positions of a snapshot, by its rows."""
        with self._alone:
            state = self._state(index)
        place, _ = places_in(state.ids, self.whole_ids(index))
        found: np.ndarray = state.turns[place]
        return found

    def _state(self, index: int) -> _State:
        known = {**self._states, **({self._last[0]: self._last[1]} if self._last else {})}
        start = max((each for each in known if each <= index), default=None)
        state = self._continued(0, None) if start is None else known[start]
        self._keep(start or 0, state)
        for each in range((start or 0) + 1, index + 1):
            state = self._continued(each, state)
            self._keep(each, state)
        return state

    def _keep(self, index: int, state: _State) -> None:
        self._last = index, state
        if index % max(1, self.steps // _KEPT) == 0:
            self._states[index] = state

    def _continued(self, index: int, before: _State | None) -> _State:
        """A snapshot whose paths continue those of the snapshot before; None: it is the first."""
        ids = self.whole_ids(index)
        order = np.argsort(ids, kind="stable")
        ids, position = ids[order], np.asarray(self.whole.load(index, "position"), np.float64)[order]
        turns = np.zeros((len(ids), 3), np.int32)
        boxes = None if before is None else self._boxes.across(index - 1, index)
        if before is not None and boxes is not None:
            place, found = places_in(before.ids, ids)
            path = np.nan_to_num(position[found] - before.position[place[found]])
            added = boxes[1].fractions(boxes[0].path_to(path, boxes[1]) - path)
            turns[found] = before.turns[place[found]] + np.rint(added).astype(np.int32)
        return _State(ids, position, turns)
