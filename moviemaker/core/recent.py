"""A small cache of the last results of a slow function."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """A cache of the last few results of a slow function.

    Args:
        count: largest number of results that are kept.
    """

    def __init__(self, count: int):
        self._count = count
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result for a key, made now if it is not in the cache."""
        if key not in self._kept:
            while len(self._kept) >= self._count:  # before making the new one: both may not fit into memory
                self._kept.popitem(last=False)
            self._kept[key] = make()
        self._kept.move_to_end(key)
        return self._kept[key]
