"""The last few results of something slow, remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Remembers the last few results of something that is slow."""

    def __init__(self, count: int):
        self._count = count
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key, made now if it is not remembered."""
        if key not in self._kept:
            while len(self._kept) >= self._count:  # before making the new one: both together may not fit
                self._kept.popitem(last=False)
            self._kept[key] = make()
        self._kept.move_to_end(key)
        return self._kept[key]
