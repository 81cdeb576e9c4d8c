"""Prefetching: two snapshots are in memory, and the next is read in the background while frames are drawn."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from moviemaker.data.particle_sets.snapshots import Snapshot, Snapshots

KEPT = 2
"""Number of snapshots in memory, beside those being read."""


class _Coming:
    """A snapshot that is being read in the background."""

    def __init__(self, snapshots: Snapshots, index: int, names: Sequence[str]):
        self._snapshot: Snapshot | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._read, args=(snapshots, index, names))
        self._thread.start()

    def _read(self, snapshots: Snapshots, index: int, names: Sequence[str]) -> None:
        try:
            self._snapshot = _read(snapshots, index, names)
        except Exception as error:  # raised where the snapshot is asked for
            self._error = error

    def result(self) -> Snapshot:
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._snapshot is not None
        return self._snapshot


class Reader:
    """Reads the snapshots of one source, keeps two of them and prefetches the next.

    Attributes:
        waited: seconds spent waiting for snapshots.
    """

    def __init__(self, snapshots: Snapshots):
        self._snapshots = snapshots
        self._kept: OrderedDict[int, Snapshot] = OrderedDict()
        self._coming: dict[int, _Coming] = {}
        self.waited = 0.0

    def get(self, index: int, names: Sequence[str] = ()) -> Snapshot:
        """A snapshot, with these fields loaded.

        Raises:
            InputError: a file cannot be read.
        """
        if index not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.popitem(last=False)
            began = time.perf_counter()
            coming = self._coming.pop(index, None)
            self._kept[index] = coming.result() if coming else _read(self._snapshots, index, names)
            self.waited += time.perf_counter() - began
        self._kept.move_to_end(index)
        return self._kept[index]

    def known(self, index: int) -> Snapshot | None:
        """A snapshot that is in memory or being read; None if neither.

        Raises:
            InputError: a file cannot be read.
        """
        if index in self._kept or index not in self._coming:
            return self._kept.get(index)
        return self._coming[index].result()

    def expect(self, indices: Iterable[int], names: Sequence[str]) -> None:
        """Starts to read the snapshots that will be asked for next, and drops those that were expected before."""
        if not self._snapshots.paths:
            return  # arrays in memory are not read
        wanted = [index for index in indices if 0 <= index < self._snapshots.steps and index not in self._kept]
        self._coming = {index: self._coming[index] for index in wanted if index in self._coming}
        for index in wanted:
            if index not in self._coming:
                self._coming[index] = _Coming(self._snapshots, index, names)


def _read(snapshots: Snapshots, index: int, names: Sequence[str]) -> Snapshot:
    snapshot = Snapshot(snapshots, index)
    snapshot.prepare(names)
    return snapshot
